package exchange_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/trust"
	"entente/trust/exchange"
	"entente/trust/ledger"
)

// TestNoticesNameWhatEachHas is P-7 and I-1: a notice names all versions that a member may have, and
// none that it never could.
func TestNoticesNameWhatEachHas(t *testing.T) {
	w := peers().with("agreements/mou.yaml", agreed("max_tlp: amber"), "communities/north.yaml", "community: north\nmembers: [csirt-xa, csirt-xb, csirt-xc]\n")
	version := func(n int) string { return strings.SplitN(name(1, n), "@", 2)[1] }
	notices := func(n *node, who trust.Principal) string {
		page, err := n.objects(who, "for-"+who.ID, "match[type]=note")
		require.NoError(t, err)
		return string(page.Objects)
	}
	read := func(n *node) {
		for _, who := range []trust.Principal{xb, xc} {
			n.sees(who, "for-"+who.ID, everything)
		}
		n.turn(time.Minute)
	}
	t.Run("a recall", func(t *testing.T) {
		n := newWorld(t, w)
		n.put(analyst, "publish", indicator(1, 1, "green"))
		read(n)
		n.put(analyst, "publish", indicator(1, 2, "amber"))
		require.Contains(t, notices(n, xc), version(1))
		read(n)
		_, err := n.Recall(ctx, stix.ID("indicator--"+uid(1)), "officer", "wrong")
		require.NoError(t, err)
		assert.Contains(t, notices(n, xb), version(1))
		assert.Contains(t, notices(n, xb), version(2))
		assert.Equal(t, 2, strings.Count(notices(n, xc), `"type":"note"`))
		assert.NotContains(t, notices(n, xc), version(2), "which it never could have")
		assert.NotContains(t, notices(n, xc), string(trust.MarkingOf(trust.Amber)), "nor its mark")
		assert.Len(t, n.told(exchange.LedgerChoice{Kind: ledger.Recall}), 2, "I-8 the rise and the recall")
		n.checkLog()
	})
	t.Run("a label that rises", func(t *testing.T) {
		n := newWorld(t, w)
		n.put(analyst, "publish", indicator(1, 1, "green"))
		read(n)
		n.put(analyst, "publish", indicator(1, 2, "green"))
		read(n)
		n.put(officer, "publish", indicator(1, 3, "red"))
		for _, who := range []trust.Principal{xb, xc} {
			assert.Contains(t, notices(n, who), version(1))
			assert.Contains(t, notices(n, who), version(2))
			assert.NotContains(t, notices(n, who), version(3))
		}
		assert.Len(t, n.told(exchange.LedgerChoice{Kind: ledger.Recall}), 1, "I-8")
	})
}
