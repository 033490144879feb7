package exchange_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
	"entente/trust"
	"entente/trust/exchange"
	"entente/trust/ledger"
)

// TestLedgerTellsOfActs is I-8: each thing that a person does is in the ledger, once, with who did it.
func TestLedgerTellsOfActs(t *testing.T) {
	north := peers().with("communities/north.yaml", "community: north\nmembers: [csirt-xa, csirt-xb, csirt-xc]\n")
	one := stix.ID("indicator--" + uid(1))
	suspect := func(n *node) exchange.Suspect {
		list, err := n.Suspects(ctx)
		require.NoError(n.t, err)
		require.Len(n.t, list, 1)
		return list[0]
	}
	contradict := func(n *node) {
		n.put(xb, "from-csirt-xb", indicator(1, 1, "green"))
		n.put(xb, "from-csirt-xb", indicator(1, 1, "clear"))
	}
	for _, c := range []struct {
		name   string
		before func(n *node)
		do     func(n *node) error
		kind   ledger.Kind
		member string
		detail string
	}{
		{"a mark for what is ours", func(n *node) { n.put(analyst, "publish", indicator(1, 1, "")) }, func(n *node) error {
			_, err := n.Approve(ctx, exchange.HoldChoice{}, trust.Green, "anna", "checked")
			return err
		}, ledger.Act, "", "hold.mark green: checked"},
		{"an approval", func(n *node) { n.put(xb, "from-csirt-xb", indicator(1, 1, "")) }, func(n *node) error {
			_, err := n.Approve(ctx, exchange.HoldChoice{Member: "csirt-xc"}, trust.Green, "anna", "checked")
			return err
		}, ledger.Act, "csirt-xc", "hold.approve: checked"},
		{"a denial", func(n *node) { n.put(xb, "from-csirt-xb", indicator(1, 1, "")) }, func(n *node) error {
			_, err := n.Deny(ctx, exchange.HoldChoice{Member: "csirt-xc"}, "anna", "checked")
			return err
		}, ledger.Act, "csirt-xc", "hold.deny: checked"},
		{"an explicit release", func(n *node) { n.put(officer, "publish", indicator(1, 1, "red")) }, func(n *node) error {
			return n.ReleaseTo(ctx, one, []string{"csirt-xc"}, "anna", "checked")
		}, ledger.Act, "csirt-xc", "release: checked"},
		{"out of quarantine", contradict, func(n *node) error {
			return n.Free(ctx, one, suspect(n).Key, "anna", "checked")
		}, ledger.Act, "csirt-xb", "quarantine.release: checked"},
		{"a purge", contradict, func(n *node) error {
			return n.Purge(ctx, one, suspect(n).Key, "anna", "checked")
		}, ledger.Act, "csirt-xb", "quarantine.purge: checked"},
		{"a recall", func(n *node) { n.put(officer, "publish", indicator(1, 1, "green")) }, func(n *node) error {
			_, err := n.Recall(ctx, one, "anna", "checked")
			return err
		}, ledger.Recall, "", "checked"},
		{"a deletion", func(n *node) { n.put(officer, "publish", indicator(1, 1, "clear")) }, func(n *node) error {
			return n.Delete(ctx, trust.Principal{Kind: trust.Account, ID: "anna", Role: trust.Officer, Person: true}, "publish", one, taxii.Query{})
		}, ledger.Withdrawal, "", "deleted"},
		{"a version that hides one", func(n *node) { n.put(officer, "publish", indicator(1, 1, "green")) }, func(n *node) error {
			n.put(officer, "publish", indicator(1, 2, "red"))
			return nil
		}, ledger.Withdrawal, "", "what came later hides it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newWorld(t, north)
			c.before(n)
			n.turn(time.Minute)
			require.NoError(t, c.do(n))
			var found []string
			require.NoError(t, n.Ledger(ctx, exchange.LedgerChoice{Kind: c.kind}, func(e exchange.LedgerEntry) error {
				member := ""
				if c.kind == ledger.Act && len(e.Members) == 1 {
					member = e.Members[0]
				}
				found = append(found, fmt.Sprint(e.Object, " ", member, " ", e.Detail))
				return nil
			}))
			assert.Equal(t, []string{fmt.Sprint(one, " ", c.member, " ", c.detail)}, found)
		})
	}
}
