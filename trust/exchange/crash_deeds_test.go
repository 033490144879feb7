package exchange_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
	"entente/trust"
	"entente/trust/exchange"
)

// beforeDeath is a world with every kind of reason to get an object or not.
func beforeDeath() world {
	return peers().with(
		"members/csirt-xe.yaml", "member: csirt-xe\ntrust: 3\nrelation: peer\n",
		"links/csirt-xb.yaml", "member: csirt-xb\ndiscovery: https://taxii.xb.example/taxii2/\n",
		"communities/north.yaml", "community: north\nmembers: [csirt-xa, csirt-xb, csirt-xc, csirt-xe]\n",
		"agreements/mou.yaml", agreed("max_tlp: amber", "  - {from: csirt-xb, to: csirt-xa, max_tlp: amber, onward: constituents}"),
		"agreements/term.yaml", "agreement: term\nparties: [csirt-xa, csirt-xc]\nvalid: {from: 2026-01-01, until: 2026-11-21}\nends: {notice: 90d, then: destroy}\n"+
			"flows: [{from: csirt-xa, to: csirt-xc, max_tlp: amber}]\n",
		"local.yaml", localBefore("{to: csirt-xe, embargo: 2h}, {to: csirt-xc, approval: {amber: one}}"),
	)
}

func localBefore(rules string) string {
	return "public: true\naccounts: {person: amber+strict, tool: amber, red: [officer]}\nrules: [" + rules + "]\n"
}

// thing is an object with a version, marked with a level unless that is empty.
func thing(typ string, n, version int, level, fields string) string {
	if l, ok := trust.ParseLevel(level); ok {
		fields += fmt.Sprintf(`,"object_marking_refs":[%q]`, trust.MarkingOf(l))
	}
	return fmt.Sprintf(`{"type":%q,"spec_version":"2.1","id":"%s--%s","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:0%d.000Z",%s}`, typ, typ, uid(n), version, fields)
}

func malware(version int, level string) string {
	return thing("malware", 5, version, level, `"is_family":false,"name":"m"`)
}

// begin makes the database on which every drill is held, and what members have read of it.
func begin(t *testing.T) (base image, now time.Time, viewers []watcher) {
	n := &node{t: t, path: t.TempDir() + "/node.db", now: time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC), open: unsynced}
	n.policy, _ = beforeDeath().parse(t)
	n.start()
	defer n.shut()
	n.apply(beforeDeath())
	viewers = everybody()
	poll := func() {
		n.settle()
		for i := range viewers {
			viewers[i].poll(n)
		}
		n.turn(time.Second)
	}
	cites := `"object_marking_refs":["` + string(trust.MarkingOf(trust.Amber)) + `","marking-definition--` + uid(500) + `"]`
	n.put(officer, "publish", statement(500),
		`{"type":"identity","spec_version":"2.1","id":"identity--aaaaaaaa-0000-4000-8000-000000000001","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"xa"}`,
		indicator(1, 1, "green"), indicator(2, 1, "", cites), indicator(3, 1, "clear", `"created_by_ref":"identity--aaaaaaaa-0000-4000-8000-000000000001"`),
		indicator(4, 1, "green"), indicator(5, 1, ""), malware(1, "green"), indicator(7, 1, "green"), indicator(11, 1, "red"), indicator(14, 1, "clear"),
		thing("relationship", 6, 1, "clear", `"relationship_type":"indicates","source_ref":"indicator--`+uid(1)+`","target_ref":"malware--`+uid(5)+`"`),
		thing("report", 9, 1, "green", `"name":"r","published":"2026-01-01T00:00:00.000Z","object_refs":["indicator--`+uid(5)+`","malware--`+uid(5)+`","relationship--`+uid(6)+`"]`),
		indicator(15, 1, "marking-definition--"+uid(501)), address(1, `,"object_marking_refs":["`+string(trust.MarkingOf(trust.Green))+`"]`))
	n.put(xb, "from-csirt-xb", indicator(20, 1, ""), indicator(21, 1, "green", `"created_by_ref":"identity--bbbbbbbb-0000-4000-8000-000000000001"`), indicator(22, 1, "amber"))
	n.put(xc, "from-csirt-xc", indicator(21, 1, "green", `"created_by_ref":"identity--bbbbbbbb-0000-4000-8000-000000000001"`, `"confidence":1`))
	poll()
	_, err := n.Approve(ctx, exchange.HoldChoice{Objects: []stix.ID{stix.ID("indicator--" + uid(2))}, Member: "csirt-xc"}, trust.Unmarked, "anna", "")
	require.NoError(t, err)
	n.put(analyst, "publish", indicator(1, 2, "green"), indicator(4, 2, "green", `"revoked":true`))
	n.turn(3 * time.Hour)
	poll()
	_, err = n.Recall(ctx, stix.ID("indicator--"+uid(7)), "anna", "wrong")
	require.NoError(t, err)
	require.NoError(t, n.Delete(ctx, officer, "publish", stix.ID("indicator--"+uid(14)), taxii.Query{}))
	n.put(analyst, "publish", indicator(8, 1, "green"), indicator(12, 1, ""), indicator(13, 1, "amber"), indicator(16, 1, "clear"))
	poll()
	poll()
	now = n.clock()
	n.shut()
	return imageOf(t, n.path), now, viewers
}

// deeds are what a node is killed at.
func deeds() []deed {
	w := beforeDeath()
	apply := func(w world) func(*node) error {
		return func(n *node) error {
			p, files := w.parse(n.t)
			_, err := n.Apply(ctx, exchange.Revision{Policy: p, Files: files, Author: "officer"})
			return err
		}
	}
	recall := func(id string) func(*node) error {
		return func(n *node) error {
			_, err := n.Recall(ctx, stix.ID(id), "anna", "it names a victim")
			return err
		}
	}
	publish := func(objects ...string) func(*node) error {
		return func(n *node) error {
			var raws [][]byte
			for _, o := range objects {
				raws = append(raws, []byte(o))
			}
			status, err := n.Add(ctx, officer, "publish", raws)
			if err == nil {
				require.Zero(n.t, status.FailureCount, "%+v", status.Failures)
			}
			return err
		}
	}
	approve := func(choice exchange.HoldChoice, as trust.Level) func(*node) error {
		return func(n *node) error {
			_, err := n.Approve(ctx, choice, as, "anna", "checked")
			return err
		}
	}
	poll := func(n *node) error {
		_, err := n.objects(xd, "for-csirt-xd", "")
		return err
	}
	narrow := strings.Replace(w["agreements/mou.yaml"], "amber", "green", 1)
	wide := "agreement: mandate\nparties: [csirt-xa, csirt-xd]\nflows: [{from: csirt-xa, to: csirt-xd, max_tlp: amber}]\n"
	claim := stix.ID("indicator--" + uid(21))
	return []deed{
		{name: "P-6 a policy that tightens", do: apply(w.with("agreements/mou.yaml", narrow, "members/csirt-xe.yaml", "member: csirt-xe\ntrust: 1\n"))},
		{name: "P-6 a policy that widens", do: apply(w.with("agreements/mandate.yaml", wide, "local.yaml", localBefore("{to: csirt-xe, embargo: 2h}")))},
		{name: "P-6 a policy that does both", do: apply(w.with("agreements/mou.yaml", narrow, "agreements/mandate.yaml", wide))},
		{name: "P-6 a policy that reads objects otherwise", do: apply(w.with(
			"communities/north.yaml", w["communities/north.yaml"]+"markings: {marking-definition--"+uid(501)+": {level: green}}\n",
			"local.yaml", localBefore("{to: csirt-xe, embargo: 1h}, {to: csirt-xb, exclude: {labels: [secret]}}"),
			"agreements/mou.yaml", agreed("max_tlp: amber, sectors: [energy]")))},
		{name: "P-7 a policy without an agreement that asks to destroy", do: apply(w.with("agreements/term.yaml", "")), told: []string{"csirt-xc", "csirt-xc"}},
		{name: "P-7 a recall", do: recall("indicator--" + uid(1)), told: []string{"csirt-xb", "csirt-xc", "csirt-xd", "csirt-xe"}},
		{name: "P-7 a recall of what others refer to", do: recall("malware--" + uid(5)), told: []string{"csirt-xb", "csirt-xc", "csirt-xd", "csirt-xe"}},
		{name: "P-7 a recall of what cites a companion", do: recall("indicator--" + uid(2)), told: []string{"csirt-xb", "csirt-xc"}},
		{name: "P-4 an explicit release", do: func(n *node) error {
			return n.ReleaseTo(ctx, stix.ID("indicator--"+uid(11)), []string{"csirt-xb", "csirt-xd"}, "officer", "incident 7")
		}},
		{name: "P-4 an approval of all that waits", do: approve(exchange.HoldChoice{}, trust.Green)},
		{name: "P-4 an approval of what is ours", do: approve(exchange.HoldChoice{Objects: []stix.ID{stix.ID("indicator--" + uid(12))}}, trust.Amber)},
		{name: "P-4 a denial of all that waits", do: func(n *node) error {
			_, err := n.Deny(ctx, exchange.HoldChoice{}, "anna", "no")
			return err
		}},
		{name: "P-7 a label that rises", do: publish(malware(2, "amber"), indicator(1, 3, "red")), told: []string{"csirt-xb", "csirt-xc", "csirt-xc", "csirt-xd", "csirt-xd", "csirt-xe", "csirt-xe"}},
		{name: "P-4 a revocation that may not go", do: publish(indicator(16, 2, "red", `"revoked":true`)), told: []string{"csirt-xb", "csirt-xc", "csirt-xd"}},
		{name: "a deletion of what cites a companion", do: func(n *node) error {
			return n.Delete(ctx, officer, "publish", stix.ID("indicator--"+uid(2)), taxii.Query{})
		}},
		{name: "a deletion of a report with children", do: func(n *node) error {
			return n.Delete(ctx, officer, "publish", stix.ID("report--"+uid(9)), taxii.Query{})
		}},
		{name: "P-5 a release from quarantine", do: func(n *node) error { return n.Free(ctx, claim, 0, "officer", "asked them") }},
		{name: "P-5 a purge of quarantine", do: func(n *node) error { return n.Purge(ctx, claim, 0, "officer", "asked them") }},
		{name: "P-8 36 an embargo that passes", begins: func(n *node) { n.turn(2 * time.Hour) }, do: poll},
		{name: "P-7 an agreement that ends", begins: func(n *node) { n.turn(15 * time.Hour) }, do: poll, told: []string{"csirt-xc", "csirt-xc"}},
	}
}
