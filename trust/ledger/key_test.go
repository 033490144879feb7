package ledger_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust/ledger"
)

func TestKey(t *testing.T) {
	older, err := ledger.NewKey(rand.Reader, "csirt-xa")
	require.NoError(t, err)
	newer, err := ledger.NewKey(rand.Reader, "csirt-xa")
	require.NoError(t, err)
	before, err := ledger.ParseKey(older)
	require.NoError(t, err)
	after, err := ledger.ParseKey(newer + older)
	require.NoError(t, err)
	assert.Equal(t, before.Public, after.Public[1:])

	var tree ledger.Tree
	h := tree.Head("csirt-xa", begin, revision)
	signed, err := h.Sign(before.Signer)
	require.NoError(t, err)
	_, err = ledger.OpenHead(signed, after.Verifiers)
	assert.NoError(t, err, "an earlier key's head still verifies")
	public, err := ledger.ParsePublic(after.Public[1] + "\n")
	require.NoError(t, err)
	_, err = ledger.OpenHead(signed, public)
	assert.NoError(t, err, "with nothing but the public key")

	signed, err = h.Sign(after.Signer)
	require.NoError(t, err)
	_, err = ledger.OpenHead(signed, before.Verifiers)
	assert.Error(t, err, "the newer key is not among these")
}

func TestKeyIsRefused(t *testing.T) {
	good, err := ledger.NewKey(rand.Reader, "csirt-xa")
	require.NoError(t, err)
	key, err := ledger.ParseKey(good)
	require.NoError(t, err)
	secret := strings.TrimSpace(good)[len(good)-20:]
	for _, row := range []struct{ name, text string }{
		{"nothing", ""}, {"words", "a key"}, {"a public key alone", key.Public[0]},
		{"a private key that is cut", good[:len(good)-9]}, {"an earlier key that is cut", good + good[:len(good)-9]},
		{"words after the key", good + "and more"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := ledger.ParseKey(row.text)
			require.Error(t, err)
			assert.NotContains(t, err.Error(), secret)
		})
	}
	for _, text := range []string{"", "a key", good} {
		_, err := ledger.ParsePublic(text)
		assert.Error(t, err)
	}
}
