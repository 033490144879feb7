package exchange_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
	"entente/trust/exchange"
)

// TestMoreThanOneCommit is what no commit looks at in one piece.
func TestMoreThanOneCommit(t *testing.T) {
	flow := peers().with("agreements/mou.yaml", agreed("max_tlp: amber"), "communities/north.yaml", "community: north\nmembers: [csirt-xa, csirt-xb, csirt-xc]\n")
	cites := `"object_marking_refs":["` + string(trust.MarkingOf(trust.Green)) + `","marking-definition--` + uid(500) + `"]`
	for _, c := range []struct {
		name string
		do   func(n *node)
	}{
		{"P-4 11 I-1 what was judged before what it refers to", func(n *node) {
			var children []string
			for i := range 3 {
				n.put(analyst, "publish", indicator(i, 1, ""))
				children = append(children, `"indicator--`+uid(i)+`"`)
			}
			refs := `"object_refs":[` + strings.Join(children, ",") + `]`
			report := func(version int, level string) string {
				return thing("report", 9, version, level, `"name":"r","published":"2026-01-01T00:00:00.000Z",`+refs)
			}
			n.put(analyst, "publish", report(1, "green"))
			n.settle()
			require.Len(n.t, n.sees(xc, "for-csirt-xc", ""), 4)
			n.turn(time.Minute)
			n.put(analyst, "publish", report(2, "amber"), thing("note", 20, 1, "green", `"content":"n",`+refs), thing("note", 21, 1, "green", `"content":"n",`+refs))
			n.settle()
			assert.NotContains(n.t, types(n, xc, "for-csirt-xc"), "indicator")
			assert.NotContains(n.t, n.sees(xc, "for-csirt-xc", ""), "note--"+uid(20)+"@2026-01-01T00:00:01.000Z")
			assert.Len(n.t, n.sees(xb, "for-csirt-xb", ""), 6)
		}},
		{"P-1 a definition that comes after what cites it", func(n *node) {
			for i := range 9 {
				n.put(analyst, "publish", indicator(i, 1, "", cites))
			}
			require.Empty(n.t, n.sees(xc, "for-csirt-xc", ""))
			batch := []string{statement(500)}
			for i := range 6 {
				batch = append(batch, thing("campaign", 20+i, 1, "", cites+`,"name":"c"`))
			}
			n.put(analyst, "publish", batch...)
			n.settle()
			assert.Len(n.t, n.sees(xc, "for-csirt-xc", ""), 16)
		}},
		{"P-4 an approval of more than a part of the log", func(n *node) {
			for i := range 30 {
				n.put(xb, "from-csirt-xb", indicator(i, 1, ""))
			}
			done, err := n.Approve(ctx, exchange.HoldChoice{Member: "csirt-xc"}, trust.Green, "anna", "")
			require.NoError(n.t, err)
			assert.Len(n.t, done, 30)
			assert.Len(n.t, n.sees(xc, "for-csirt-xc", ""), 30)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := &node{t: t, path: t.TempDir() + "/node.db", now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), open: unsynced, hand: true}
			n.policy, _ = flow.parse(t)
			n.start()
			t.Cleanup(n.shut)
			c.do(n)
			n.checkLog()
			differing, err := n.Differing(ctx)
			require.NoError(t, err)
			assert.Empty(t, differing)
		})
	}
}
