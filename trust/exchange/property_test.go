package exchange_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
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
)

// TestAnyHistory lets members and accounts do anything in any order and checks what holds always:
// whoever polls has read all that it sees now (I-4), a restart changes nothing, first and last
// are of what is seen, and nobody sees a level that is not theirs (I-1).
func TestAnyHistory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := &node{t: t, path: t.TempDir() + "/node.db", policy: policy(), now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
		n.open = func(path string) (storage.Store, error) { return bolt.Open(path, bolt.Options{NoSync: true}) }
		n.start()
		defer n.shut()
		viewers := []watcher{{who: xb, at: "for-csirt-xb"}, {who: xc, at: "for-csirt-xc"}, {who: public, at: "public"}, {who: tool, at: "publish"}, {who: analyst, at: "received"}, {who: officer, at: "publish"}}
		for i := range viewers {
			viewers[i].read = map[string]bool{}
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			n.turn(time.Duration(rapid.IntRange(-2, 5).Draw(rt, "pass")) * time.Millisecond)
			switch rapid.IntRange(0, 5).Draw(rt, "act") {
			case 0:
				query := taxii.Query{Version: rapid.SampledFrom([]taxii.VersionMatch{{}, {First: true}, {Last: true}}).Draw(rt, "which")}
				id := rapid.SampledFrom([]stix.ID{stix.ID("indicator--" + uid(1)), stix.ID("indicator--" + uid(2)), stix.ID("ipv4-addr--" + strings.Replace(uid(1), "4000", "5000", 1))}).Draw(rt, "id")
				n.Delete(ctx, officer, "publish", id, query) // not found is as good
			default:
				from := rapid.SampledFrom([]watcher{{who: officer, at: "publish"}, {who: xb, at: "from-csirt-xb"}, {who: xc, at: "from-csirt-xc"}, {who: zero, at: "from-csirt-x0"}}).Draw(rt, "from")
				n.add(from.who, from.at, rapid.SliceOfN(rapid.Custom(anyObject), 1, 3).Draw(rt, "objects")...)
			}
			for i := range viewers {
				viewers[i].poll(n)
			}
		}
		n.checkLog()
		for _, v := range viewers {
			v.check(rt, n)
		}
		before := make([][]string, len(viewers))
		for i, v := range viewers {
			before[i] = n.sees(v.who, v.at, "match[version]=all&match[spec_version]=2.0,2.1")
		}
		n.restart()
		for i, v := range viewers {
			require.Equal(rt, before[i], n.sees(v.who, v.at, "match[version]=all&match[spec_version]=2.0,2.1"))
		}
	})
}

func anyObject(t *rapid.T) string {
	level := rapid.SampledFrom([]string{"clear", "green", "green", "amber", "red", ""}).Draw(t, "level")
	extra := rapid.SampledFrom([]string{`"confidence":1`, `"confidence":2`, `"revoked":true`}).Draw(t, "extra")
	if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
		mark := ""
		if l, ok := trust.ParseLevel(level); ok {
			mark = fmt.Sprintf(`,"object_marking_refs":[%q]`, trust.MarkingOf(l))
		}
		return address(1, mark)
	}
	o := indicator(rapid.IntRange(1, 2).Draw(t, "n"), rapid.IntRange(1, 3).Draw(t, "version"), level, extra)
	if rapid.Bool().Draw(t, "2.0") {
		o = strings.Replace(strings.Replace(o, `"spec_version":"2.1",`, `"labels":["malicious-activity"],`, 1), `"pattern_type":"stix",`, "", 1)
	}
	return o
}

// watcher is somebody who polls a collection.
type watcher struct {
	who  trust.Principal
	at   string
	last time.Time
	read map[string]bool // bodies
}

const everything = "match[version]=all&match[spec_version]=2.0,2.1"

func (v *watcher) poll(n *node) {
	n.t.Helper()
	require.NoError(n.t, v.look(n))
}

func (v *watcher) look(n *node) error {
	n.t.Helper()
	query := everything
	if !v.last.IsZero() {
		query += "&added_after=" + taxii.FormatTimestamp(v.last)
	}
	page, err := n.objects(v.who, v.at, query)
	if err != nil {
		return err
	}
	for _, o := range bodies(page) {
		v.read[said(o)], v.read[names(n.t, []byte(o))[0]] = true, true
	}
	v.last = page.Last
	return nil
}

// said is what a reader must have read once: a body, or anybody's copy of an object without versions.
func said(body string) string {
	if strings.Contains(body, `"ipv4-addr"`) {
		return "ipv4-addr"
	}
	return body
}

func bodies(page taxii.Page) []string {
	if page.Count == 0 {
		return nil
	}
	var raws []json.RawMessage
	if err := json.Unmarshal([]byte("["+string(page.Objects)+"]"), &raws); err != nil {
		panic(err)
	}
	out := make([]string, len(raws))
	for i, raw := range raws {
		out[i] = string(raw)
	}
	return out
}

func (v *watcher) check(t *rapid.T, n *node) {
	page, err := n.objects(v.who, v.at, everything)
	require.NoError(t, err)
	places := map[string][]string{} // versions by id and STIX version
	seen := map[string]bool{}
	for _, o := range bodies(page) {
		// Of what several sources say of one version, it has read one.
		require.True(t, v.read[said(o)] || v.read[names(n.t, []byte(o))[0]], "I-4: %s has not read %s", v.who, o)
		require.False(t, seen[o], "twice: %s", o)
		seen[o] = true
		ceiling := map[string]trust.Level{"csirt-xb": trust.Green, "csirt-xc": trust.Green, "": trust.Clear, "tool": trust.Amber, "analyst": trust.AmberStrict, "officer": trust.Red}[v.who.ID]
		for level := ceiling + 1; level <= trust.Red; level++ {
			require.NotContains(t, o, string(trust.MarkingOf(level)), "I-1: %s", v.who)
		}
		if strings.Contains(o, `"indicator"`) {
			spec := "2.1"
			if !strings.Contains(o, "spec_version") {
				spec = "2.0"
			}
			key := o[strings.Index(o, "indicator--"):][:47] + " " + spec
			places[key] = append(places[key], o[strings.Index(o, `"modified":"`)+12:][:24])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(places)) {
		id, spec, _ := strings.Cut(key, " ")
		for which, want := range map[string]string{"first": slices.Min(places[key]), "last": slices.Max(places[key])} {
			got := n.sees(v.who, v.at, fmt.Sprintf("match[id]=%s&match[spec_version]=%s&match[version]=%s", id, spec, which))
			require.NotEmpty(t, got, "%s of %s for %s", which, key, v.who)
			for _, name := range got {
				require.Equal(t, id+"@"+want, name, "%s of %s for %s", which, key, v.who)
			}
		}
	}
}
