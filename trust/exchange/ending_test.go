package exchange_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAgreementEnds is P-7 where an agreement ends with `then: destroy`: who had something by it and
// may not have it any more is told, once.
func TestAgreementEnds(t *testing.T) {
	bound := func(ends string) world {
		return peers().with("agreements/mou.yaml", agreed("max_tlp: amber", "valid: {from: 2026-01-01, until: 2026-11-21}", "ends: {notice: 90d, then: "+ends+"}"))
	}
	begin := func(t *testing.T, w world) *node {
		n := newWorld(t, w)
		n.put(analyst, "publish", indicator(1, 1, "amber"), indicator(2, 1, "clear"), indicator(3, 1, "amber"))
		require.Equal(t, []string{name(1, 1)}, n.sees(xb, "for-csirt-xb", "limit=1"), "it does not read on")
		return n
	}
	notice := func(t *testing.T, n *node) string {
		t.Helper()
		page, err := n.objects(xb, "for-csirt-xb", "match[type]=note")
		require.NoError(t, err)
		return string(page.Objects)
	}
	for _, c := range []struct {
		name string
		then string
		end  func(*node)
		told bool
	}{
		{"P-7 by its date", "destroy", func(n *node) { n.turn(12 * time.Hour) }, true},
		{"P-7 while the node was down", "destroy", func(n *node) { n.shut(); n.turn(13 * time.Hour); n.start() }, true},
		{"P-7 its file is gone", "destroy", func(n *node) { n.apply(peers()) }, true},
		{"P-7 suspended is not ended", "destroy", func(n *node) { n.apply(bound("destroy").with("local.yaml", "suspended: [mou]\n")) }, false},
		{"P-7 what may be kept", "keep-under-terms", func(n *node) { n.turn(12 * time.Hour) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := begin(t, bound(c.then))
			c.end(n)
			n.sees(xb, "for-csirt-xb", "") // its time has come
			n.settle()
			if !c.told {
				assert.Empty(t, notice(t, n))
				return
			}
			assert.Contains(t, notice(t, n), "indicator--"+uid(1))
			assert.Contains(t, notice(t, n), "the agreement mou has ended")
			assert.Contains(t, notice(t, n), "2026-01-01T00:00:01.000Z")
			assert.NotContains(t, notice(t, n), "indicator--"+uid(2), "which it may have still")
			assert.Equal(t, []string{"indicator", "note"}, types(n, xb, "for-csirt-xb"), "nothing of what it has not read")
			assert.Empty(t, types(n, xc, "for-csirt-xc")[1:], "which is no party")
			said := notice(t, n)
			n.turn(24 * time.Hour)
			n.restart()
			n.settle()
			assert.Equal(t, said, notice(t, n), "once")
			n.checkLog()
		})
	}
}
