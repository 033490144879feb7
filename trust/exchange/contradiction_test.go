package exchange_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A member that sends two contents of one version is believed neither until it sends a newer
// one, and learns nothing from the answers (P-5).
func TestContradiction(t *testing.T) {
	n := newNode(t)
	n.put(xb, "from-csirt-xb", indicator(1, 1, "green"))
	require.Len(t, n.sees(xc, "for-csirt-xc", ""), 1)
	n.put(xb, "from-csirt-xb", indicator(1, 1, "clear"))
	assert.Empty(t, n.sees(xc, "for-csirt-xc", ""), "releases stop")
	n.restart()
	head := n.head()
	n.put(xb, "from-csirt-xb", indicator(1, 1, "clear"), indicator(1, 1, "green"))
	assert.Equal(t, head, n.head(), "I-5: sent again, neither is stored again")
	n.put(xb, "from-csirt-xb", indicator(1, 2, "green"))
	assert.Equal(t, []string{name(1, 2)}, n.sees(xc, "for-csirt-xc", "match[version]=all"))
	n.checkLog()

	suspects, err := n.Suspects(ctx)
	require.NoError(t, err)
	require.Len(t, suspects, 1)
	require.NoError(t, n.Purge(ctx, suspects[0].Object, suspects[0].Key, "officer", "a slip"))
	assert.Len(t, n.sees(xc, "for-csirt-xc", "match[version]=all"), 2, "what is not contradicted any more")
	n.checkLog()
}

// What somebody lets out of quarantine takes the place of what it contradicts (P-5).
func TestContradictionIsSettled(t *testing.T) {
	n := newNode(t)
	n.put(xb, "from-csirt-xb", indicator(1, 1, "green"))
	n.put(xb, "from-csirt-xb", indicator(1, 1, "clear"))
	suspects, err := n.Suspects(ctx)
	require.NoError(t, err)
	require.Len(t, suspects, 1)
	require.Empty(t, n.sees(xc, "for-csirt-xc", ""))
	require.NoError(t, n.Free(ctx, suspects[0].Object, suspects[0].Key, "officer", "asked them"))
	page, err := n.objects(xc, "for-csirt-xc", "")
	require.NoError(t, err)
	assert.Equal(t, indicator(1, 1, "clear"), string(page.Objects))
	assert.Len(t, n.sees(public, "public", ""), 1, "what it says of itself holds")
	n.checkLog()
}
