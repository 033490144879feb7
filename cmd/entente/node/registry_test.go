package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust/auth"
	"entente/trust/exchange"
)

// registry is that of a new folder, whose policy files are written by write.
func registry(t *testing.T) (r *Registry, config string, write func(name, content string)) {
	t.Helper()
	f, err := Create(plan(filepath.Join(t.TempDir(), "node")))
	require.NoError(t, err)
	s, problems := Load(f.Config, time.Now())
	require.Empty(t, problems)
	r, problems = newRegistry(s, s.Folder.Policy, time.Now)
	require.Empty(t, problems)
	return r, f.Config, func(name, content string) {
		require.NoError(t, os.WriteFile(filepath.Join(s.Config.Policy, name), []byte(content), 0o600))
	}
}

func inForce(r exchange.Revision) (exchange.Change, error) {
	return exchange.Change{Revision: r.Policy.Revision, Applied: true}, nil
}

const agreementOfTests = `agreement: mou
parties: [csirt-xa, csirt-xb]
flows: [{from: csirt-xa, to: csirt-xb, max_tlp: green}]
tests:
  - {from: csirt-xa, to: csirt-xb, object: {type: indicator, tlp: %s}, expect: release}
`

// Who may sign in, and who may read without, follows what is applied, at once and not before.
func TestRegistryFollows(t *testing.T) {
	r, _, write := registry(t)
	write("members/csirt-xb.yaml", "member: csirt-xb\ntrust: 2\n")
	write("links/csirt-xb.yaml", "member: csirt-xb\ncredentials: [{token_hash_file: xb.tokens}]\n")
	write("links/xb.tokens", auth.HashToken("a-token-of-some-length")+"\n")
	write("local.yaml", "public: true\n")
	signsIn := func() bool {
		p, err := r.Authenticate(t.Context(), auth.Credentials{Authorization: "Bearer a-token-of-some-length"})
		return err == nil && p.ID == "csirt-xb"
	}

	seen, err := r.ReadPolicy()
	require.NoError(t, err)
	assert.Contains(t, seen.Policy.Members, "csirt-xb")
	assert.False(t, signsIn(), "reading changes nothing")

	for _, apply := range []func(exchange.Revision) (exchange.Change, error){
		func(exchange.Revision) (exchange.Change, error) { return exchange.Change{Waits: true}, nil },
		func(exchange.Revision) (exchange.Change, error) {
			return exchange.Change{Applied: true}, errors.New("no")
		},
	} {
		_, _ = r.ApplyPolicy(apply)
		assert.False(t, signsIn(), "nothing is in force")
		assert.False(t, r.Public())
	}

	var applied exchange.Revision
	change, err := r.ApplyPolicy(func(given exchange.Revision) (exchange.Change, error) {
		applied = given
		assert.False(t, signsIn(), "it is not in force yet")
		assert.NotEmpty(t, r.Accounts().List, "nobody waits for it")
		return inForce(given)
	})
	require.NoError(t, err)
	assert.Equal(t, seen.Policy.Revision, change.Revision)
	assert.Equal(t, seen.Files, applied.Files)
	assert.True(t, signsIn())
	assert.True(t, r.Public())
	list, err := r.MemberTokens()
	require.NoError(t, err)
	assert.Len(t, list, 1, "tokens are those of the policy in force")

	write("links/csirt-xb.yaml", "member: csirt-xb\ncredentials: []\n")
	write("local.yaml", "public: false\n")
	require.Empty(t, r.Reload(), "accounts are read again, the policy is not")
	assert.True(t, signsIn())
	_, err = r.ApplyPolicy(inForce)
	require.NoError(t, err)
	assert.False(t, signsIn())
	assert.False(t, r.Public())
}

// Vector 38: with any fault the old revision stays, and every fault is named with its place.
func TestPolicyWithFaults(t *testing.T) {
	r, config, write := registry(t)
	write("members/csirt-xb.yaml", "member: csirt-xb\ntrust: 2\n")
	write("agreements/mou.yaml", "format: 1\n"+fmt.Sprintf(agreementOfTests, "amber"))
	write("links/csirt-xb.yaml", "member: csirt-xb\ncredentials: [{token_hash_file: nowhere}]\n")

	applied := false
	_, err := r.ApplyPolicy(func(exchange.Revision) (exchange.Change, error) {
		applied = true
		return exchange.Change{Applied: true}, nil
	})
	assert.False(t, applied)
	require.ErrorContains(t, err, filepath.Join("policy", "agreements", "mou.yaml")+":6:")
	assert.ErrorContains(t, err, "test 1: expected release, and the policy says withhold (ceiling)")
	assert.ErrorContains(t, err, filepath.Join("policy", "links", "nowhere")+": named by links/csirt-xb.yaml")
	_, read := r.ReadPolicy()
	assert.Equal(t, err, read, "a plan says the same")

	_, problems := Check(config, time.Now())
	assert.ErrorContains(t, problems, "test 1: expected release", "it does not start with it")

	write("agreements/mou.yaml", fmt.Sprintf(agreementOfTests, "green"))
	write("links/csirt-xb.yaml", "member: csirt-xb\n")
	write("communities/none.yaml", "community: none\nmembers: [csirt-xq]\n")
	_, err = r.ApplyPolicy(inForce)
	assert.ErrorContains(t, err, filepath.Join("communities", "none.yaml"), "an unknown member")
	require.NoError(t, os.Remove(filepath.Join(r.config.Policy, "communities", "none.yaml")))
	_, err = r.ApplyPolicy(inForce)
	assert.NoError(t, err)
}
