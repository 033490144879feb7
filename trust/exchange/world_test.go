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
)

// world is a policy folder by path; each step of a test changes files of it.
type world map[string]string

// peers is a world of two peers and a constituent, at trust 3, without any agreement.
func peers() world {
	return world{
		"members/csirt-xb.yaml": "member: csirt-xb\ntrust: 3\nrelation: peer\nidentities: [{id: identity--bbbbbbbb-0000-4000-8000-000000000001}]\n",
		"members/csirt-xc.yaml": "member: csirt-xc\ntrust: 3\nrelation: peer\nidentities: [{id: identity--cccccccc-0000-4000-8000-000000000001}]\n",
		"members/csirt-xd.yaml": "member: csirt-xd\ntrust: 3\nrelation: constituent\nconstituency: {sectors: [energy]}\n",
		"local.yaml":            "public: true\naccounts: {person: amber+strict, tool: amber, red: [officer]}\n",
	}
}

// with is the world with some files changed; an empty one is removed.
func (w world) with(pairs ...string) world {
	next := world{}
	for k, v := range w {
		next[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		if next[pairs[i]] = pairs[i+1]; pairs[i+1] == "" {
			delete(next, pairs[i])
		}
	}
	return next
}

// agreed is an agreement with csirt-xb whose one flow says this.
func agreed(flow string, more ...string) string {
	return "agreement: mou\nparties: [csirt-xa, csirt-xb]\nflows:\n  - {from: csirt-xa, to: csirt-xb, " + flow + "}\n" + strings.Join(more, "\n") + "\n"
}

func (w world) parse(t testing.TB) (*trust.Policy, []trust.File) {
	t.Helper()
	var files []trust.File
	for path, text := range w {
		files = append(files, trust.File{Path: path, Data: []byte(text)})
	}
	p, problems := trust.Parse("csirt-xa", files)
	require.Empty(t, problems)
	return p, files
}

func newWorld(t testing.TB, w world) *node {
	n := &node{t: t, path: t.TempDir() + "/node.db", now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	n.policy, _ = w.parse(t)
	n.start()
	t.Cleanup(n.shut)
	return n
}

// apply puts a world in force and waits until everything that it permits is released.
func (n *node) apply(w world) exchange.Change {
	n.t.Helper()
	p, files := w.parse(n.t)
	n.policy = p
	c, err := n.Apply(ctx, exchange.Revision{Policy: p, Files: files, Author: "officer"})
	require.NoError(n.t, err)
	n.settle()
	return c
}

func (n *node) settle() {
	n.t.Helper()
	pending := n.Pending
	if n.hand {
		pending = n.Step
	}
	for {
		pending, err := pending(ctx)
		require.NoError(n.t, err)
		if !pending {
			return
		}
	}
}

func (n *node) decision(id, member string) exchange.Explanation {
	n.t.Helper()
	e, err := n.Explain(ctx, stix.ID(id), member)
	require.NoError(n.t, err)
	return e
}

func TestLateVisibility(t *testing.T) {
	t.Run("P-8 33 I-4 what an agreement newly permits has a new date, once", func(t *testing.T) {
		n := newWorld(t, peers())
		n.put(analyst, "publish", indicator(1, 1, "amber"), indicator(2, 1, "clear"))
		require.Equal(t, []string{name(2, 1)}, n.sees(xb, "for-csirt-xb", ""))
		page, err := n.objects(xb, "for-csirt-xb", "")
		require.NoError(t, err)
		n.turn(time.Hour)
		change := n.apply(peers().with("agreements/mou.yaml", agreed("max_tlp: amber")))
		assert.Equal(t, []exchange.MemberChange{{Member: "csirt-xb", Release: []stix.ID{stix.ID("indicator--" + uid(1))}, Withdraw: []stix.ID{}}}, change.Members)
		assert.True(t, change.Applied)
		after := "added_after=" + page.Last.Format("2006-01-02T15:04:05.000000Z")
		assert.Equal(t, []string{name(1, 1)}, n.sees(xb, "for-csirt-xb", after))
		assert.Equal(t, []string{name(2, 1), name(1, 1)}, n.sees(xb, "for-csirt-xb", ""))
		assert.Empty(t, n.sees(xc, "for-csirt-xc", after))
		n.restart()
		assert.Equal(t, []string{name(2, 1), name(1, 1)}, n.sees(xb, "for-csirt-xb", ""))
		n.checkLog()
	})
	t.Run("P-6 withdrawn and permitted again: a third date", func(t *testing.T) {
		n := newWorld(t, peers().with("agreements/mou.yaml", agreed("max_tlp: amber")))
		n.put(analyst, "publish", indicator(1, 1, "amber"))
		require.Len(t, n.sees(xb, "for-csirt-xb", ""), 1)
		n.turn(time.Hour)
		change := n.apply(peers())
		assert.Len(t, change.Members[0].Withdraw, 1)
		assert.Empty(t, n.sees(xb, "for-csirt-xb", ""))
		page, err := n.objects(xb, "for-csirt-xb", "")
		require.NoError(t, err)
		n.turn(time.Hour)
		n.put(analyst, "publish", indicator(3, 1, "clear"))
		n.apply(peers().with("agreements/mou.yaml", agreed("max_tlp: amber")))
		_ = page
		assert.Equal(t, []string{name(3, 1), name(1, 1)}, n.sees(xb, "for-csirt-xb", ""))
		n.checkLog()
	})
	t.Run("P-8 25 an agreement ends in the second that it is due, unasked", func(t *testing.T) {
		n := newWorld(t, peers().with("agreements/mou.yaml", agreed("max_tlp: amber", "valid: {from: 2026-01-01, until: 2026-11-21}")))
		n.put(analyst, "publish", indicator(1, 1, "amber"), indicator(2, 1, "clear"))
		n.turn(12*time.Hour - time.Nanosecond)
		require.Len(t, n.sees(xb, "for-csirt-xb", ""), 2)
		n.turn(time.Nanosecond)
		assert.Equal(t, []string{name(2, 1)}, n.sees(xb, "for-csirt-xb", ""))
	})
	t.Run("P-8 36 an embargo from receipt passes unasked", func(t *testing.T) {
		n := newWorld(t, peers().with("local.yaml", "rules: [{to: csirt-xb, embargo: 2h}]\n"))
		n.put(analyst, "publish", indicator(1, 1, "clear"))
		assert.Equal(t, "embargo", n.decision("indicator--"+uid(1), "csirt-xb").Primary)
		n.turn(2*time.Hour - time.Microsecond)
		require.Empty(t, n.sees(xb, "for-csirt-xb", ""))
		require.Len(t, n.sees(xc, "for-csirt-xc", ""), 1)
		n.turn(time.Microsecond)
		n.settle()
		assert.Equal(t, []string{name(1, 1)}, n.sees(xb, "for-csirt-xb", ""))
		assert.Equal(t, n.clock().Truncate(time.Minute), func() time.Time { p, _ := n.objects(xb, "for-csirt-xb", ""); return p.Last.Truncate(time.Minute) }())
	})
}

func TestConditions(t *testing.T) {
	flow := peers().with("agreements/mou.yaml", agreed("max_tlp: amber"))
	t.Run("P-8 16 an unmarked child has its report's label, whichever comes first", func(t *testing.T) {
		report := func(level trust.Level, refs ...string) string {
			return `{"type":"report","spec_version":"2.1","id":"report--` + uid(9) + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"r","published":"2026-01-01T00:00:00.000Z","object_refs":["` + strings.Join(refs, `","`) + `"],"object_marking_refs":["` + string(trust.MarkingOf(level)) + `"]}`
		}
		for name0, order := range map[string]func(n *node, r string){
			"together":      func(n *node, r string) { n.put(analyst, "publish", indicator(1, 1, ""), r) },
			"report first":  func(n *node, r string) { n.put(analyst, "publish", r); n.put(analyst, "publish", indicator(1, 1, "")) },
			"report second": func(n *node, r string) { n.put(analyst, "publish", indicator(1, 1, "")); n.put(analyst, "publish", r) },
		} {
			t.Run(name0, func(t *testing.T) {
				n := newWorld(t, flow)
				order(n, report(trust.Green, "indicator--"+uid(1)))
				assert.Equal(t, "GREEN", n.decision("indicator--"+uid(1), "csirt-xb").Label)
				n.settle()
				assert.Len(t, n.sees(xb, "for-csirt-xb", ""), 2)
				n.checkLog()
			})
		}
		t.Run("P-2 above GREEN by its container alone, it goes only where that goes", func(t *testing.T) {
			n := newWorld(t, peers().with("agreements/mou.yaml", agreed("max_tlp: amber, types: [indicator]")))
			n.put(analyst, "publish", indicator(1, 1, ""), report(trust.Amber, "indicator--"+uid(1)))
			assert.Empty(t, n.sees(xb, "for-csirt-xb", ""))
			e := n.decision("indicator--"+uid(1), "csirt-xb")
			assert.Equal(t, "reference", e.Primary)
			n.apply(flow)
			assert.Len(t, n.sees(xb, "for-csirt-xb", ""), 2)
		})
	})
	t.Run("P-8 08 RED to whom a person names, and to nobody else", func(t *testing.T) {
		n := newWorld(t, flow)
		n.put(officer, "publish", indicator(1, 1, "red"))
		require.NoError(t, n.ReleaseTo(ctx, stix.ID("indicator--"+uid(1)), []string{"csirt-xc"}, "officer", "incident 7"))
		assert.Equal(t, []string{name(1, 1)}, n.sees(xc, "for-csirt-xc", ""))
		assert.Empty(t, n.sees(xb, "for-csirt-xb", ""))
		n.restart()
		assert.Equal(t, []string{name(1, 1)}, n.sees(xc, "for-csirt-xc", ""))
	})
	t.Run("P-4 an unmarked object of another waits until somebody names a level", func(t *testing.T) {
		n := newWorld(t, peers().with("communities/north.yaml", "community: north\nmembers: [csirt-xa, csirt-xb, csirt-xc]\n"))
		n.put(xb, "from-csirt-xb", indicator(1, 1, ""))
		held, err := n.Held(ctx, exchange.HoldChoice{Member: "csirt-xc"})
		require.NoError(t, err)
		require.Len(t, held, 1)
		assert.Equal(t, []string{"unmarked"}, held[0].Codes)
		_, err = n.Approve(ctx, exchange.HoldChoice{}, trust.Unmarked, "analyst", "")
		assert.ErrorAs(t, err, new(exchange.Refusal))
		_, err = n.Approve(ctx, exchange.HoldChoice{}, trust.Amber, "analyst", "")
		assert.ErrorAs(t, err, new(exchange.Refusal))
		n.turn(time.Minute)
		done, err := n.Approve(ctx, exchange.HoldChoice{Member: "csirt-xc"}, trust.Green, "analyst", "")
		require.NoError(t, err)
		assert.Len(t, done, 1)
		assert.Equal(t, []string{name(1, 1)}, n.sees(xc, "for-csirt-xc", ""))
		assert.Empty(t, n.sees(xb, "for-csirt-xb", ""), "echo")
	})
	t.Run("P-4 an unmarked object of ours becomes a marked version", func(t *testing.T) {
		n := newWorld(t, flow)
		n.put(analyst, "publish", indicator(1, 1, ""))
		_, err := n.Approve(ctx, exchange.HoldChoice{}, trust.Amber, "analyst", "checked")
		require.NoError(t, err)
		page, err := n.objects(xb, "for-csirt-xb", "match[version]=all")
		require.NoError(t, err)
		assert.Equal(t, 1, page.Count)
		assert.Contains(t, string(page.Objects), string(trust.MarkingOf(trust.Amber)))
		held, err := n.Held(ctx, exchange.HoldChoice{})
		require.NoError(t, err)
		assert.Empty(t, held)
	})
	t.Run("P-8 23 a reference to what a member may not get keeps the referrer", func(t *testing.T) {
		n := newWorld(t, peers().with("communities/north.yaml", "community: north\nmembers: [csirt-xa, csirt-xb, csirt-xc]\n"))
		malware := func(level trust.Level, version string) string {
			return `{"type":"malware","spec_version":"2.1","id":"malware--` + uid(5) + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:0` + version + `.000Z","is_family":false,"name":"m","object_marking_refs":["` + string(trust.MarkingOf(level)) + `"]}`
		}
		relationship := `{"type":"relationship","spec_version":"2.1","id":"relationship--` + uid(6) + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","relationship_type":"indicates","source_ref":"indicator--` + uid(1) + `","target_ref":"malware--` + uid(5) + `","object_marking_refs":["` + string(trust.MarkingOf(trust.Clear)) + `"]}`
		n.put(analyst, "publish", indicator(1, 1, "green"), malware(trust.Amber, "0"), relationship)
		assert.Equal(t, []string{name(1, 1)}, n.sees(xb, "for-csirt-xb", ""))
		e := n.decision("relationship--"+uid(6), "csirt-xb")
		assert.Equal(t, "reference", e.Primary)
		n.turn(time.Minute)
		n.put(analyst, "publish", malware(trust.Green, "1"))
		assert.Len(t, n.sees(xb, "for-csirt-xb", ""), 3, "P-4 11: its referrers are judged again")
		n.turn(time.Minute)
		n.put(analyst, "publish", malware(trust.Amber, "2"))
		assert.Equal(t, []string{name(1, 1)}, n.sees(xb, "for-csirt-xb", "match[type]=indicator,relationship,malware"), "tightened: gone with its referrers")
	})
	t.Run("P-2 companions go along with what cites them, and never by themselves", func(t *testing.T) {
		n := newWorld(t, flow)
		cites := func(i int, level trust.Level) string {
			return indicator(i, 1, "", `"object_marking_refs":["`+string(trust.MarkingOf(level))+`","marking-definition--`+uid(500)+`"]`)
		}
		n.put(analyst, "publish", statement(500))
		assert.Empty(t, n.sees(xb, "for-csirt-xb", ""))
		n.put(officer, "publish", cites(1, trust.Red))
		assert.Empty(t, n.sees(xb, "for-csirt-xb", ""))
		n.turn(time.Minute)
		n.put(analyst, "publish", cites(2, trust.Amber))
		assert.Equal(t, []string{"marking-definition--" + uid(500) + "@2026-01-01T00:00:00.000Z", name(2, 1)}, n.sees(xb, "for-csirt-xb", ""))
		assert.Empty(t, n.sees(xc, "for-csirt-xc", ""))
		require.NoError(t, n.Delete(ctx, officer, "publish", stix.ID("indicator--"+uid(2)), query("")))
		assert.Empty(t, n.sees(xb, "for-csirt-xb", ""))
		n.checkLog()
	})
	t.Run("P-8 27 P-7 v1 GREEN, v2 RED: a notice for who has it", func(t *testing.T) {
		n := newWorld(t, flow)
		n.put(analyst, "publish", indicator(1, 1, "green"))
		require.Len(t, n.sees(xb, "for-csirt-xb", ""), 1)
		n.put(officer, "publish", indicator(1, 2, "red"))
		page, err := n.objects(xb, "for-csirt-xb", "match[version]=all")
		require.NoError(t, err)
		assert.Equal(t, 1, page.Count)
		assert.Contains(t, string(page.Objects), `"type":"note"`)
		assert.Contains(t, string(page.Objects), "indicator--"+uid(1))
		assert.Empty(t, n.sees(xc, "for-csirt-xc", ""))
		n.apply(flow.with("members/csirt-xb.yaml", "member: csirt-xb\ntrust: 0\n"))
		assert.Len(t, n.sees(xb, "for-csirt-xb", ""), 1, "P-8 37: nothing but notices")
	})
	t.Run("P-8 39 a recalled object does not come back by any route, until its owner gives a later version", func(t *testing.T) {
		n := newWorld(t, flow)
		n.put(analyst, "publish", indicator(1, 1, "green"))
		require.Len(t, n.sees(xb, "for-csirt-xb", ""), 1)
		r, err := n.Recall(ctx, stix.ID("indicator--"+uid(1)), "analyst", "wrong")
		require.NoError(t, err)
		assert.Equal(t, []exchange.Recipient{{Member: "csirt-xb", State: "unable"}}, r.Recipients)
		assert.Equal(t, []string{"note"}, types(n, xb, "for-csirt-xb"))
		n.put(xc, "from-csirt-xc", indicator(1, 1, "green"))
		n.put(analyst, "publish", indicator(1, 1, "green"))
		assert.Equal(t, []string{"note"}, types(n, xb, "for-csirt-xb"))
		assert.Equal(t, "recalled", n.decision("indicator--"+uid(1), "csirt-xb").Primary)
		n.put(analyst, "publish", indicator(1, 2, "green"))
		assert.Equal(t, []string{"note", "indicator"}, types(n, xb, "for-csirt-xb"))
		n.checkLog()
	})
}
