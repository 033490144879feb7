package exchange_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"entente/stix"
	"entente/storage"
	"entente/storage/bolt"
	"entente/taxii"
	"entente/trust"
	"entente/trust/exchange"
)

// TestAnyPolicy lets anybody write anything, and officers change anything, in any order, and checks
// what holds always: the log says what judging everything anew would say, whoever polls has read all
// that it sees (I-4), nobody sees what is not decided for it (I-1), and a restart changes nothing.
func TestAnyPolicy(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := peers()
		n := &node{t: t, path: t.TempDir() + "/node.db", now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), hand: rapid.Bool().Draw(rt, "in parts")}
		n.open = func(path string) (storage.Store, error) { return bolt.Open(path, bolt.Options{NoSync: true}) }
		n.policy, _ = w.parse(t)
		n.start()
		defer n.shut()
		xdd := trust.Principal{Kind: trust.Member, ID: "csirt-xd"}
		viewers := []watcher{{who: xb, at: "for-csirt-xb"}, {who: xc, at: "for-csirt-xc"}, {who: xdd, at: "for-csirt-xd"}, {who: public, at: "public"}}
		for i := range viewers {
			viewers[i].read = map[string]bool{}
		}
		for range rapid.IntRange(1, 14).Draw(rt, "steps") {
			n.turn(time.Duration(rapid.IntRange(0, 5).Draw(rt, "pass")) * time.Hour / 2)
			switch rapid.IntRange(0, 9).Draw(rt, "act") {
			case 0, 1, 2:
				w = change(rt, w)
				n.apply(w)
			case 3:
				id := stix.ID(anyID(rt))
				n.Delete(ctx, officer, "publish", id, taxii.Query{}) // not found is as good
			case 4:
				n.Approve(ctx, exchange.HoldChoice{}, rapid.SampledFrom([]trust.Level{trust.Clear, trust.Green}).Draw(rt, "as"), "officer", "")
			case 5:
				n.ReleaseTo(ctx, stix.ID(anyID(rt)), []string{rapid.SampledFrom([]string{"csirt-xb", "csirt-xc", "csirt-xd"}).Draw(rt, "to")}, "officer", "")
			case 6:
				if rapid.Bool().Draw(rt, "recalls") {
					n.Recall(ctx, stix.ID(anyID(rt)), "officer", "wrong")
				}
			default:
				from := rapid.SampledFrom([]watcher{{who: officer, at: "publish"}, {who: officer, at: "publish"}, {who: xb, at: "from-csirt-xb"}, {who: xc, at: "from-csirt-xc"}}).Draw(rt, "from")
				n.add(from.who, from.at, rapid.SliceOfN(rapid.Custom(anyJoined), 1, 4).Draw(rt, "objects")...)
			}
			n.settle()
			for i := range viewers {
				viewers[i].poll(n)
			}
			differing, err := n.Differing(ctx)
			require.NoError(rt, err)
			require.Empty(rt, strings.Join(differing, "\n"))
		}
		n.checkLog()
		before := make([][]string, len(viewers))
		for i, v := range viewers {
			before[i] = n.sees(v.who, v.at, everything)
			v.checkDecided(rt, n)
		}
		n.restart()
		n.settle()
		for i, v := range viewers {
			require.Equal(rt, before[i], n.sees(v.who, v.at, everything))
		}
	})
}

// checkDecided compares what a member sees with what the decision says of each object.
func (v *watcher) checkDecided(t *rapid.T, n *node) {
	page, err := n.objects(v.who, v.at, everything)
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, o := range bodies(page) {
		// Of what several sources say of one version, it has read one.
		require.True(t, v.read[said(o)] || v.read[names(n.t, []byte(o))[0]], "I-4: %s has not read %s", v.who, o)
		require.False(t, seen[o], "twice: %s", o)
		seen[o] = true
		var is struct{ ID stix.ID }
		require.NoError(t, json.Unmarshal([]byte(o), &is))
		if v.who.Kind != trust.Member {
			continue
		}
		e, err := n.Explain(ctx, is.ID, v.who.ID)
		require.NoError(t, err)
		require.Equal(t, "release", e.Decision, "I-1: %s sees %s", v.who, o)
	}
}

func anyID(t *rapid.T) string {
	return rapid.SampledFrom([]string{"indicator--" + uid(1), "indicator--" + uid(2), "malware--" + uid(5), "relationship--" + uid(6), "report--" + uid(9), "marking-definition--" + uid(500), "ipv4-addr--" + strings.Replace(uid(1), "4000", "5000", 1)}).Draw(t, "id")
}

// anyJoined is an object that others may refer to, or that refers to others.
func anyJoined(t *rapid.T) string {
	level := rapid.SampledFrom([]string{"clear", "green", "amber", "red", "", ""}).Draw(t, "level")
	version := rapid.IntRange(1, 3).Draw(t, "version")
	var tail []string
	if l, ok := trust.ParseLevel(level); ok {
		marks := fmt.Sprintf("%q", trust.MarkingOf(l))
		if rapid.IntRange(0, 3).Draw(t, "statement") == 0 {
			marks += `,"marking-definition--` + uid(500) + `"`
		}
		tail = append(tail, `"object_marking_refs":[`+marks+`]`)
	}
	if rapid.IntRange(0, 4).Draw(t, "creator") == 0 {
		tail = append(tail, `"created_by_ref":"identity--bbbbbbbb-0000-4000-8000-000000000001"`)
	}
	if rapid.IntRange(0, 4).Draw(t, "sector") == 0 {
		tail = append(tail, `"labels":["sector:energy"]`)
	}
	sdo := func(typ string, n int, more string) string {
		text := fmt.Sprintf(`{"type":%q,"spec_version":"2.1","id":"%s--%s","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:0%d.000Z"%s`, typ, typ, uid(n), version, more)
		return text + strings.Join(append([]string{""}, tail...), ",") + "}"
	}
	switch rapid.IntRange(0, 7).Draw(t, "type") {
	case 0:
		return sdo("malware", 5, `,"is_family":false,"name":"m"`)
	case 1:
		return sdo("relationship", 6, `,"relationship_type":"indicates","source_ref":"indicator--`+uid(1)+`","target_ref":"malware--`+uid(5)+`"`)
	case 2:
		return sdo("report", 9, `,"name":"r","published":"2026-01-01T00:00:00.000Z","object_refs":["indicator--`+uid(1)+`","malware--`+uid(5)+`"]`)
	case 3:
		return statement(500)
	case 4:
		return sdo("identity", 7, `,"name":"i","sectors":["energy"]`)
	case 5:
		more := rapid.SampledFrom([]string{"", `,"identity_class":"individual"`, `,"object_marking_refs":["` + string(trust.MarkingOf(trust.Amber)) + `"]`}).Draw(t, "author")
		return fmt.Sprintf(`{"type":"identity","spec_version":"2.1","id":"identity--bbbbbbbb-0000-4000-8000-000000000001","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:0%d.000Z","name":"xb"%s}`, version, more)
	}
	extra := rapid.SampledFrom([]string{`"confidence":1`, `"confidence":80`, `"revoked":true`}).Draw(t, "extra")
	n := rapid.IntRange(1, 2).Draw(t, "n")
	return sdo("indicator", n, `,"pattern":"[ipv4-addr:value = '198.51.100.1']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00.000Z",`+extra)
}

// change edits one file of a world.
func change(t *rapid.T, w world) world {
	switch rapid.IntRange(0, 4).Draw(t, "file") {
	case 0:
		return w.with("members/csirt-xb.yaml", fmt.Sprintf("member: csirt-xb\ntrust: %d\nidentities: [{id: identity--bbbbbbbb-0000-4000-8000-000000000001}]\n", rapid.IntRange(0, 4).Draw(t, "trust")))
	case 1:
		return w.with("agreements/mou.yaml", rapid.SampledFrom([]string{"", agreed("max_tlp: amber"), agreed("max_tlp: green"), agreed("max_tlp: amber, types: [indicator, report]"), agreed("max_tlp: amber, sectors: [energy]"), agreed("max_tlp: green", "baseline: replace")}).Draw(t, "agreement"))
	case 2:
		return w.with("communities/north.yaml", rapid.SampledFrom([]string{"", "community: north\nmembers: [csirt-xa, csirt-xb, csirt-xc]\n", "community: north\nhub: csirt-xb\nmembers: [csirt-xa, csirt-xc]\nmax_tlp: amber\n"}).Draw(t, "community"))
	default:
		return w.with("local.yaml", rapid.SampledFrom([]string{"public: true\n", "unmarked: green\npublic: true\n", "public: true\nrules: [{to: csirt-xb, embargo: 1h}]\n", "public: true\nrules: [{to: any, approval: {green: one}}]\n", "public: true\nrules: [{to: any, min_confidence: 50}]\n", "public: true\nrules: [{to: csirt-xc, exclude: {labels: [\"sector:energy\"]}}]\n"}).Draw(t, "local"))
	}
}
