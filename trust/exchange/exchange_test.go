package exchange_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
	"entente/trust"
	"entente/trust/exchange"
)

const x20 = `{"type":"indicator","id":"indicator--00000000-0000-4000-8000-000000000020","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:01.000Z","labels":["malicious-activity"],"pattern":"[ipv4-addr:value = '198.51.100.20']","valid_from":"2026-01-01T00:00:00.000Z"}`

func TestVersions(t *testing.T) {
	n := newNode(t)
	n.put(analyst, "publish", indicator(1, 1, "clear"))
	n.put(analyst, "publish", indicator(1, 2, "clear"))
	n.put(analyst, "publish", indicator(1, 3, "clear"))
	n.put(analyst, "publish", x20)
	n.put(analyst, "publish", indicator(20, 1, "clear"))
	n.put(analyst, "publish", indicator(30, 3, "clear"))
	n.put(analyst, "publish", indicator(30, 2, "clear"))
	n.checkLog()
	d := func(i int) string { return n.dates(analyst, "publish")[i-1] }
	x := name(20, 1)
	for _, c := range []struct {
		name, query string
		want        []string
	}{
		{"T-3.4.1-07 only the latest version of each", "", []string{name(1, 3), x, name(30, 3)}},
		{"T-3.4.1-10 last", "match[version]=last", []string{name(1, 3), x, name(30, 3)}},
		{"T-3.4.1-10 first", "match[version]=first", []string{name(1, 1), x, name(30, 2)}},
		{"T-3.4.1-10 all", "match[version]=all", []string{name(1, 1), name(1, 2), name(1, 3), x, name(30, 3), name(30, 2)}},
		{"T-3.4.1-10 a value", "match[version]=2026-01-01T00:00:02Z", []string{name(1, 2), name(30, 2)}},
		{"T-3.4.1-13 several", "match[version]=first,last&match[id]=indicator--" + uid(1), []string{name(1, 1), name(1, 3)}},
		{"T-3.4.1-16 the window comes first: last", "match[id]=indicator--" + uid(1) + "&added_after=" + d(1), []string{name(1, 3)}},
		{"T-3.4.1-16 the window comes first: first", "match[version]=first&match[id]=indicator--" + uid(1) + "&added_after=" + d(1), []string{name(1, 2)}},
		{"an older version that came later is the latest of its window", "match[id]=indicator--" + uid(30) + "&added_after=" + d(6), []string{name(30, 2)}},
		{"T-3.4.1-03 only the latest STIX version", "match[id]=indicator--" + uid(20), []string{x}},
		{"T-3.4.1-02 no other STIX version", "match[spec_version]=2.0", []string{x}},
		{"T-3.4.1-02 both", "match[spec_version]=2.0,2.1&match[id]=indicator--" + uid(20), []string{x, x}},
		{"an optional filter narrows what last is of", "match[confidence-gte]=1", []string{}},
	} {
		assert.Equal(t, c.want, n.sees(analyst, "publish", c.query), c.name)
	}
}

// dates lists date_added of everything, by the manifest.
func (n *node) dates(p trust.Principal, collection string) (dates []string) {
	n.t.Helper()
	page, err := n.Manifest(ctx, p, collection, taxii.Query{Version: taxii.VersionMatch{All: true}, SpecVersions: []string{"2.0", "2.1"}})
	require.NoError(n.t, err)
	for _, r := range page.Records {
		dates = append(dates, r.DateAdded)
	}
	return dates
}

func TestOptionalFiltersChooseAmongWhatTheyMatch(t *testing.T) {
	n := newNode(t)
	n.put(analyst, "publish", indicator(1, 1, "clear", `"confidence":80`), indicator(1, 2, "clear", `"confidence":80`), indicator(1, 3, "clear", `"confidence":10`))
	assert.Equal(t, []string{name(1, 2)}, n.sees(analyst, "publish", "match[confidence]=80"), "T-3.4.1-07: the latest that matches the remainder")
	assert.Equal(t, []string{name(1, 1)}, n.sees(analyst, "publish", "match[confidence]=80&match[version]=first"))
}

// TestGate is who sees what, one object a label, in every view.
func TestGate(t *testing.T) {
	unknown := "marking-definition--" + uid(999)
	tlp1 := func(ids ...string) string { return `"object_marking_refs":["` + strings.Join(ids, `","`) + `"]` }
	for i, c := range []struct {
		name   string
		object func(n int) string
		seenBy string // of: member tool analyst officer public
	}{
		{"P-1 clear", level("clear"), "member tool analyst officer public"},
		{"P-1 green", level("green"), "member tool analyst officer"},
		{"P-1 amber", level("amber"), "tool analyst officer"},
		{"P-1 amber+strict: above a tool's level (P-3)", level("amber+strict"), "analyst officer"},
		{"P-8 45 red: read by a named officer only", level("red"), "officer"},
		{"P-8 16 unmarked: held, persons see it", level(""), "analyst officer"},
		{"P-8 17 an unknown marking id", level(unknown), "analyst officer"},
		{"P-8 18 what OpenCTI emits is AMBER+STRICT", level("marking-definition--826578e1-40ad-459f-bc73-ede076f81f37"), "analyst officer"},
		{"P-8 19 TLP1 AMBER and TLP2 CLEAR", extra(tlp1("marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487")), "tool analyst officer"},
		{"P-8 19 the other way round", extra(tlp1("marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82")), "tool analyst officer"},
		{"P-8 20 GREEN and a statement that we hold", extra(tlp1("marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "marking-definition--"+uid(500))), "member tool analyst officer"},
		{"I-2 GREEN and a marking that nobody defined", extra(tlp1("marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", unknown)), "analyst officer"},
		{"P-8 21 a granular RED counts for the whole", level("green", `"granular_markings":[{"marking_ref":"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1","selectors":["pattern"]}]`), "officer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNode(t)
			n.put(analyst, "publish", statement(500))
			object := c.object(i + 1)
			n.put(analyst, "publish", object)
			id := stix.ID("indicator--" + uid(i+1))
			for who, at := range map[string]struct {
				p          trust.Principal
				collection string
			}{
				"member": {xb, "for-csirt-xb"}, "tool": {tool, "publish"}, "analyst": {analyst, "publish"},
				"officer": {officer, "publish"}, "public": {public, "public"},
			} {
				_, err := n.Object(ctx, at.p, at.collection, id, taxii.Query{})
				if strings.Contains(c.seenBy, who) {
					assert.NoError(t, err, "%s should see it", who)
				} else {
					assert.ErrorIs(t, err, exchange.ErrNotFound, "I-1: %s should not see it", who)
					page, err := n.Objects(ctx, at.p, at.collection, taxii.Query{})
					require.NoError(t, err)
					assert.NotContains(t, string(page.Objects), string(id))
					records, err := n.Manifest(ctx, at.p, at.collection, taxii.Query{})
					require.NoError(t, err)
					assert.NotContains(t, fmt.Sprint(records.Records), string(id))
				}
			}
			for _, who := range []trust.Principal{xb, zero, tool, officer} {
				_, mine := n.Object(ctx, who, "public", id, taxii.Query{})
				_, anybodys := n.Object(ctx, public, "public", id, taxii.Query{})
				assert.Equal(t, anybodys, mine, "F-21: public is the same for %s as for anybody", who)
			}
			_, err := n.Object(ctx, zero, "for-csirt-x0", id, taxii.Query{})
			assert.ErrorIs(t, err, exchange.ErrNotFound, "P-8 37: at trust 0 a member's collection is empty")
		})
	}
}

func level(l string, fields ...string) func(int) string {
	return func(n int) string { return indicator(n, 1, l, fields...) }
}

func extra(fields ...string) func(int) string {
	return func(n int) string { return indicator(n, 1, "", fields...) }
}

func TestRemarking(t *testing.T) {
	t.Run("P-8 27 v1 GREEN, v2 RED: both withheld at once", func(t *testing.T) {
		n := newNode(t)
		n.put(analyst, "publish", indicator(1, 1, "green"))
		require.Equal(t, []string{name(1, 1)}, n.sees(xb, "for-csirt-xb", ""))
		n.put(analyst, "publish", indicator(1, 2, "red"))
		assert.Empty(t, n.sees(xb, "for-csirt-xb", "match[version]=all&match[type]=indicator"))
		assert.Empty(t, n.sees(analyst, "publish", "match[version]=all"), "nor does a person who may not read RED")
		assert.Len(t, n.sees(officer, "publish", "match[version]=all"), 2)
		n.restart()
		assert.Equal(t, []string{"note"}, types(n, xb, "for-csirt-xb"), "P-7: who had it is told")
	})
	t.Run("P-8 28 v1 RED, v2 GREEN: only v2", func(t *testing.T) {
		n := newNode(t)
		n.put(analyst, "publish", indicator(1, 1, "red"))
		n.put(analyst, "publish", indicator(1, 2, "green"))
		assert.Equal(t, []string{name(1, 2)}, n.sees(xb, "for-csirt-xb", "match[version]=all"))
	})
	t.Run("P-2 the versions arrive in the other order, or in one batch", func(t *testing.T) {
		n := newNode(t)
		n.put(analyst, "publish", indicator(1, 2, "red"))
		n.put(analyst, "publish", indicator(1, 1, "green"))
		n.put(analyst, "publish", indicator(2, 1, "green"), indicator(2, 2, "red"))
		assert.Empty(t, n.sees(xb, "for-csirt-xb", "match[version]=all"))
	})
	t.Run("ADV-15 v1 GREEN, v2 RED, v3 GREEN: only v3", func(t *testing.T) {
		n := newNode(t)
		for v, l := range []string{"green", "red", "green"} {
			n.put(analyst, "publish", indicator(1, v+1, l))
		}
		for _, q := range []string{"match[version]=all", "match[version]=last", ""} {
			assert.Equal(t, []string{name(1, 3)}, n.sees(xb, "for-csirt-xb", "match[type]=indicator&"+q), q)
		}
	})
	t.Run("I-2 an unmarked later version covers too", func(t *testing.T) {
		n := newNode(t)
		n.put(analyst, "publish", indicator(1, 1, "green"))
		n.put(analyst, "publish", indicator(1, 2, ""))
		assert.Empty(t, n.sees(xb, "for-csirt-xb", "match[version]=all"))
	})
	t.Run("P-4 a revoked version without a mark has the label before it", func(t *testing.T) {
		n := newNode(t)
		n.put(analyst, "publish", indicator(1, 1, "green"))
		n.put(analyst, "publish", indicator(1, 2, "", `"revoked":true`))
		assert.Equal(t, []string{name(1, 2)}, n.sees(xb, "for-csirt-xb", ""))
	})
	t.Run("a withdrawn version goes on covering", func(t *testing.T) {
		n := newNode(t)
		n.put(officer, "publish", indicator(1, 1, "green"), indicator(1, 2, "red"))
		require.NoError(t, n.Delete(ctx, officer, "publish", stix.ID("indicator--"+uid(1)), taxii.Query{Version: taxii.VersionMatch{Last: true}}))
		assert.Equal(t, []string{name(1, 1)}, n.sees(officer, "publish", "match[version]=all"))
		assert.Empty(t, n.sees(xb, "for-csirt-xb", "match[version]=all"))
	})
}

func TestWriters(t *testing.T) {
	t.Run("T-5.5-03 I-5 a duplicate changes nothing", func(t *testing.T) {
		n := newNode(t)
		n.put(analyst, "publish", indicator(1, 1, "clear"), address(1, ""))
		before := n.dates(analyst, "publish")
		n.turn(time.Hour)
		again := n.put(analyst, "publish", indicator(1, 1, "clear"), address(1, ""), address(1, ""))
		assert.Equal(t, before, n.dates(analyst, "publish"))
		assert.Equal(t, "2026-11-21T12:00:00.000000Z", again.Successes[1].Version, "T-4.3.1-08: the version it has had all along")
	})
	t.Run("the same content in other bytes is the same version", func(t *testing.T) {
		n := newNode(t)
		n.put(analyst, "publish", indicator(1, 1, "clear"))
		n.put(analyst, "publish", strings.Replace(indicator(1, 1, "clear"), `"spec_version":"2.1",`, ` "spec_version" : "2.1" , `, 1))
		assert.Len(t, n.dates(analyst, "publish"), 1)
	})
	t.Run("S-3.6-06 other content under one version is refused and says what to do", func(t *testing.T) {
		n := newNode(t)
		n.put(analyst, "publish", indicator(1, 1, "red"))
		st := n.add(analyst, "publish", indicator(1, 1, "clear"))
		require.Equal(t, 1, st.FailureCount)
		assert.Contains(t, st.Failures[0].Message, "a change needs a later `modified`")
		assert.Empty(t, n.sees(xb, "for-csirt-xb", ""))
	})
	t.Run("a changed SCO is a new copy with a new version", func(t *testing.T) {
		n := newNode(t)
		n.put(analyst, "publish", address(1, ""))
		n.turn(time.Second)
		n.put(analyst, "publish", address(1, `,"defanged":true`))
		page, err := n.objects(analyst, "publish", "")
		require.NoError(t, err)
		assert.Equal(t, address(1, `,"defanged":true`), string(page.Objects))
	})
	t.Run("T-5.5-09 I-3 a bad object fails alone", func(t *testing.T) {
		n := newNode(t)
		st := n.add(analyst, "publish", indicator(1, 1, "clear"), `{"type":"indicator"}`, `{"a":1,"a":2}`, indicator(2, 1, "clear"))
		assert.Equal(t, 2, st.SuccessCount)
		require.Equal(t, 2, st.FailureCount)
		for _, f := range st.Failures {
			assert.NotEmpty(t, f.ID)
			assert.NotEmpty(t, f.Version)
			assert.NotEmpty(t, f.Message)
		}
		assert.Len(t, n.sees(analyst, "publish", ""), 2)
	})
	t.Run("P-5 ADV-32 a version from the future is refused", func(t *testing.T) {
		n := newNode(t)
		n.now = time.Date(2025, 12, 31, 23, 50, 0, 0, time.UTC)
		assert.Zero(t, n.add(analyst, "publish", indicator(1, 0, "clear")).FailureCount, "ten minutes are forgiven")
		st := n.add(analyst, "publish", indicator(2, 1, "clear"))
		require.Equal(t, 1, st.FailureCount)
		assert.Contains(t, st.Failures[0].Message, "in the future")
	})
	t.Run("P-1 a TLP definition in other words is the same definition", func(t *testing.T) {
		n := newNode(t)
		white := func(words string) string {
			return `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9","created":"2017-01-20T00:00:00.000Z","definition_type":"tlp",` + words + `}`
		}
		published, other := white(`"name":"TLP:WHITE","definition":{"tlp":"white"}`), white(`"name":"TLP:CLEAR","definition":{"tlp":"clear"}`)
		n.put(analyst, "publish", published)
		n.put(analyst, "publish", other)
		n.put(xb, "from-csirt-xb", other)
		page, err := n.objects(analyst, "publish", "")
		require.NoError(t, err)
		assert.Equal(t, published, string(page.Objects))

		n = newNode(t)
		_, err = n.Publish(ctx, analyst, exchange.Publication{Objects: [][]byte{[]byte(published)}, Source: "mitre-attack"})
		require.NoError(t, err)
		n.put(analyst, "publish", other) // no claim against the pinned source, so no failure
	})
	t.Run("P-1 ADV-35 nobody redefines a TLP level", func(t *testing.T) {
		n := newNode(t)
		const red = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
		st := n.add(xb, "from-csirt-xb", strings.Replace(statement(1), "marking-definition--"+uid(1), red, 1))
		require.Equal(t, 1, st.FailureCount)
		n.put(analyst, "publish", indicator(1, 1, "red"))
		assert.Empty(t, n.sees(xb, "for-csirt-xb", ""))
	})
	t.Run("rights", func(t *testing.T) {
		n := newNode(t)
		for _, c := range []struct {
			p          trust.Principal
			collection string
			want       error
		}{
			{viewer, "publish", exchange.ErrForbidden},
			{analyst, "received", exchange.ErrForbidden},
			{analyst, "from-csirt-xb", exchange.ErrNotFound},
			{analyst, "for-csirt-xb", exchange.ErrNotFound},
			{xb, "for-csirt-xb", exchange.ErrForbidden},
			{xb, "from-csirt-xc", exchange.ErrNotFound},
			{xb, "publish", exchange.ErrNotFound},
			{public, "public", exchange.ErrForbidden},
			{trust.Principal{}, "public", exchange.ErrNotFound},
			{xb, "from-csirt-xb", nil},
			{zero, "from-csirt-x0", nil},
			{analyst, "publish", nil},
		} {
			_, err := n.Add(ctx, c.p, c.collection, [][]byte{[]byte(indicator(1, 1, "clear"))})
			assert.ErrorIs(t, err, c.want, "%s writes %s", c.p, c.collection)
		}
	})
}

// A claim is answered like a success and changes nothing for anybody (P-5, I-6, ADV-18, ADV-30).
func TestClaims(t *testing.T) {
	n := newNode(t)
	n.put(officer, "publish", indicator(1, 2, "red"))
	fresh := newNode(t).add(xb, "from-csirt-xb", indicator(9, 1, "green")).Successes[0].Message
	attempts := map[string]string{
		"(a) the exact version": indicator(1, 2, "red"),
		"(b) an older one":      indicator(1, 1, "clear"),
		"(c) a newer one":       indicator(1, 3, "clear"),
		"(d) other content":     indicator(1, 2, "clear"),
		"(e) a twin":            indicator(2, 2, "clear"),
	}
	for name, object := range attempts {
		st := n.put(xc, "from-csirt-xc", object)
		assert.Equal(t, 1, st.SuccessCount, name)
		assert.Equal(t, fresh, st.Successes[0].Message, "%s: what is said of an object that nobody else has", name)
		again := n.put(xc, "from-csirt-xc", object)
		assert.Equal(t, st.Successes, again.Successes, "%s: the same answer the second time", name)
	}
	assert.Empty(t, n.sees(xb, "for-csirt-xb", "match[id]=indicator--"+uid(1)+"&match[version]=all"))
	assert.Equal(t, []string{name(1, 2)}, n.sees(officer, "publish", "match[version]=all"))
	assert.Equal(t, []string{name(2, 2)}, n.sees(analyst, "received", "match[version]=all"), "nothing of the claims is merged")
}

func TestOtherIDsMatchNothing(t *testing.T) {
	n := newNode(t)
	n.put(analyst, "publish", indicator(1, 1, "clear"))
	_, err := n.Object(ctx, analyst, "publish", stix.ID("malware--"+uid(1)), taxii.Query{})
	assert.ErrorIs(t, err, exchange.ErrNotFound, "an id is its type too")
	assert.Empty(t, n.sees(analyst, "publish", "match[id]=malware--"+uid(1)))
	n.put(analyst, "publish", strings.ReplaceAll(indicator(0, 1, "clear"), uid(0), "00000000-0000-0000-0000-000000000000"))
	assert.Empty(t, n.sees(analyst, "publish", "match[id]=indicator--garbage"))
	_, err = n.Object(ctx, analyst, "publish", "indicator--garbage", taxii.Query{})
	assert.ErrorIs(t, err, exchange.ErrNotFound)
}

func TestRoutes(t *testing.T) {
	n := newNode(t)
	n.put(xb, "from-csirt-xb", indicator(1, 1, "green"), address(2, ""))
	n.put(xc, "from-csirt-xc", indicator(1, 1, "green"))
	assert.Len(t, n.sees(analyst, "received", "match[type]=indicator"), 1, "P-5: another route of the same bytes changes nothing")
	assert.Empty(t, n.sees(xb, "for-csirt-xb", ""), "P-8 30 I-7: nothing goes back to where it came from")
	assert.Empty(t, n.sees(xc, "for-csirt-xc", "match[type]=indicator"), "I-7: nor to who brought the same")
	assert.Equal(t, []string{name(1, 1)}, n.sees(xd, "for-csirt-xd", "match[type]=indicator"))
	assert.Empty(t, n.sees(analyst, "publish", ""), "what members gave us is not what we publish")

	n.put(analyst, "publish", indicator(1, 1, "green"))
	assert.Equal(t, []string{name(1, 1)}, n.sees(xd, "for-csirt-xd", "match[type]=indicator"), "one body for a reader, whoever else had it")
	for what, read := range map[string]func(context.Context, trust.Principal, string, taxii.Query) (taxii.Page, error){
		"manifest": n.Manifest,
		"versions": func(ctx context.Context, p trust.Principal, c string, q taxii.Query) (taxii.Page, error) {
			return n.Versions(ctx, p, c, stix.ID("indicator--"+uid(1)), q)
		},
	} {
		page, err := read(ctx, xd, "for-csirt-xd", taxii.Query{Types: []string{"indicator"}})
		require.NoError(t, err)
		assert.Len(t, page.Records, 1, what)
	}
	assert.Equal(t, []string{name(1, 1)}, n.sees(analyst, "publish", ""))
	assert.Equal(t, []string{name(1, 1)}, n.sees(analyst, "received", "match[type]=indicator"))
	n.checkLog()
}

func TestPinnedSource(t *testing.T) {
	n := newNode(t)
	st, err := n.Publish(ctx, analyst, exchange.Publication{Objects: [][]byte{[]byte(indicator(1, 1, ""))}, Source: "mitre-attack"})
	require.NoError(t, err)
	require.Equal(t, 1, st.SuccessCount)
	assert.Equal(t, []string{name(1, 1)}, n.sees(public, "public", ""), "P-8 42: what the pinned source leaves unmarked is CLEAR")
	assert.Equal(t, []string{name(1, 1)}, n.sees(tool, "publish", ""))
	n.put(xc, "from-csirt-xc", strings.Replace(indicator(1, 1, ""), "198.51", "203.0", 1))
	page, err := n.objects(public, "public", "")
	require.NoError(t, err)
	assert.Equal(t, indicator(1, 1, ""), string(page.Objects), "P-8 42: the same id from elsewhere with other bytes is not merged")
	_, err = n.Publish(ctx, analyst, exchange.Publication{Source: "nobody"})
	assert.ErrorIs(t, err, exchange.ErrNotFound)
}

// Whoever forgot --source can say it later: what was held as ours becomes the source's.
func TestPinnedSourceTakesOver(t *testing.T) {
	n := newNode(t)
	pinned := func(objects ...string) taxii.Status {
		var raws [][]byte
		for _, o := range objects {
			raws = append(raws, []byte(o))
		}
		st, err := n.Publish(ctx, analyst, exchange.Publication{Objects: raws, Source: "mitre-attack"})
		require.NoError(t, err)
		return st
	}
	n.put(analyst, "publish", indicator(1, 1, ""), indicator(2, 1, ""))
	require.Empty(t, n.sees(xb, "for-csirt-xb", ""))
	require.Zero(t, pinned(indicator(1, 1, ""), indicator(2, 2, "")).FailureCount)
	assert.Equal(t, []string{name(1, 1), name(2, 2)}, n.sees(xb, "for-csirt-xb", "match[version]=all"))
	assert.Equal(t, []string{name(1, 1), name(2, 2)}, n.sees(analyst, "publish", ""), "once each")
	n.put(analyst, "publish", indicator(1, 1, ""))
	assert.Len(t, n.sees(xb, "for-csirt-xb", ""), 2, "P-5: the same bytes by another way change nothing")

	st := n.add(analyst, "publish", indicator(1, 2, "red"))
	require.Equal(t, 1, st.FailureCount, "P-8 42: not merged, and our own people are told")
	assert.Contains(t, st.Failures[0].Message, "publish it with that --source")
	assert.Equal(t, 1, pinned(strings.Replace(indicator(2, 1, ""), "198.51", "203.0", 1)).FailureCount, "other content of a version that we hold")
	assert.Equal(t, []string{name(1, 1), name(2, 2)}, n.sees(xb, "for-csirt-xb", ""))
	n.restart()
	n.checkLog()
}

func TestPublishMarksOurOwn(t *testing.T) {
	n := newNode(t)
	own := `"created_by_ref":"identity--aaaaaaaa-0000-4000-8000-000000000001"`
	theirs := `"created_by_ref":"identity--bbbbbbbb-0000-4000-8000-000000000001"`
	var raws [][]byte
	for _, o := range []string{indicator(1, 1, "", own), indicator(2, 1, ""), indicator(3, 1, "", theirs), indicator(4, 1, "red"), address(5, ""), statement(6)} {
		raws = append(raws, []byte(o))
	}
	st, err := n.Publish(ctx, analyst, exchange.Publication{Objects: raws, Mark: trust.Green})
	require.NoError(t, err)
	require.Equal(t, 6, st.SuccessCount)
	seen := n.sees(xb, "for-csirt-xb", "")
	assert.Equal(t, []string{name(1, 1), name(2, 1), "ipv4-addr--00000000-0000-5000-8000-000000000005@"}, seen)
	page, err := n.objects(analyst, "publish", "match[id]=indicator--"+uid(3))
	require.NoError(t, err)
	assert.Equal(t, string(raws[2]), string(page.Objects), "somebody else's object is never marked")
}

func TestJob(t *testing.T) {
	n := newNode(t)
	done, err := n.Published(ctx, "job")
	require.NoError(t, err)
	assert.Zero(t, done)
	_, err = n.Publish(ctx, analyst, exchange.Publication{Objects: [][]byte{[]byte(indicator(1, 1, "clear"))}, Job: "job", Done: 500})
	require.NoError(t, err)
	n.restart()
	done, err = n.Published(ctx, "job")
	require.NoError(t, err)
	assert.Equal(t, 500, done, "I-5: the objects and how far they go are one transaction")
}

func TestStatus(t *testing.T) {
	n := newNode(t)
	st := n.put(xb, "from-csirt-xb", indicator(1, 1, "green"))
	_, err := n.Status(ctx, xb, st.ID)
	require.NoError(t, err)
	for _, p := range []trust.Principal{xc, analyst, public, {}} {
		_, err := n.Status(ctx, p, st.ID)
		assert.ErrorIs(t, err, exchange.ErrNotFound, "ADV-20: %s", p)
	}
	_, err = n.Status(ctx, xb, strings.ToUpper(st.ID))
	assert.ErrorIs(t, err, exchange.ErrNotFound, "one id has one spelling")
	n.turn(24*time.Hour + time.Minute)
	n.put(xb, "from-csirt-xb", indicator(2, 1, "green"))
	n.restart()
	_, err = n.Status(ctx, xb, st.ID)
	require.NoError(t, err, "T-4.3-01: kept for more than a day, also across a restart")
	n.turn(48 * time.Hour)
	_, err = n.Status(ctx, xb, st.ID)
	assert.ErrorIs(t, err, exchange.ErrNotFound)
}

func TestDates(t *testing.T) {
	n := newNode(t)
	n.put(analyst, "publish", indicator(1, 1, "clear"), indicator(2, 1, "clear"))
	n.turn(-time.Hour)
	n.put(analyst, "publish", indicator(3, 1, "clear"))
	n.restart()
	n.turn(-time.Hour)
	n.put(analyst, "publish", indicator(4, 1, "clear"))
	n.turn(3 * time.Hour)
	n.put(analyst, "publish", indicator(5, 1, "clear"))
	assert.Equal(t, []string{
		"2026-11-21T12:00:00.001000Z", "2026-11-21T12:00:00.001001Z", // a burst goes on by microseconds
		"2026-11-21T12:00:00.001002Z", "2026-11-21T12:00:00.001003Z", // a clock that steps back repeats nothing
		"2026-11-21T13:00:00.001000Z", // whole milliseconds while the rate allows
	}, n.dates(analyst, "publish"))
	n.checkLog()
}

func TestCursor(t *testing.T) {
	n := newNode(t)
	for i := range 5 {
		n.put(analyst, "publish", indicator(i, 1, "green"))
	}
	page, err := n.objects(xb, "for-csirt-xb", "limit=2&match[type]=indicator")
	require.NoError(t, err)
	require.True(t, page.More)
	next := taxii.Query{Next: page.Next}
	n.restart()
	second, err := n.Objects(ctx, xb, "for-csirt-xb", next)
	require.NoError(t, err, "it lives through a restart, and carries its filters")
	assert.Equal(t, []string{name(2, 1), name(3, 1), name(4, 1)}, names(t, second.Objects))
	ours, err := n.objects(analyst, "publish", "limit=2&match[type]=indicator")
	require.NoError(t, err)
	for what, try := range map[string]func() error{
		"another member":     func() error { _, err := n.Objects(ctx, xc, "for-csirt-xc", next); return err },
		"another account":    func() error { _, err := n.Objects(ctx, officer, "publish", taxii.Query{Next: ours.Next}); return err },
		"another collection": func() error { _, err := n.Objects(ctx, analyst, "publish", next); return err },
		"another endpoint":   func() error { _, err := n.Manifest(ctx, xb, "for-csirt-xb", next); return err },
		"another object": func() error {
			_, err := n.Object(ctx, xb, "for-csirt-xb", stix.ID("indicator--"+uid(1)), next)
			return err
		},
		"tampered": func() error {
			_, err := n.Objects(ctx, xb, "for-csirt-xb", taxii.Query{Next: strings.ToUpper(page.Next)})
			return err
		},
	} {
		assert.ErrorIs(t, try(), exchange.ErrCursor, "I-4: %s", what)
	}
}

func TestEmptyPageHasDates(t *testing.T) {
	n := newNode(t)
	epoch := time.Unix(0, 0).UTC()
	page, err := n.objects(xb, "for-csirt-xb", "")
	require.NoError(t, err)
	assert.Equal(t, epoch, page.First)
	assert.Equal(t, epoch, page.Last)
	page, err = n.objects(xb, "for-csirt-xb", "added_after=1960-01-02T03:04:05Z")
	require.NoError(t, err)
	assert.Equal(t, time.Date(1960, 1, 2, 3, 4, 5, 0, time.UTC), page.Last, "the request's added_after")
	assert.False(t, page.More)
	assert.Empty(t, page.Next)
}

func TestPageBytes(t *testing.T) {
	n := newNode(t)
	big := strings.Repeat("x", 6<<20)
	for i := range 5 {
		n.put(analyst, "publish", indicator(i, 1, "clear", fmt.Sprintf(`"description":%q`, big)))
	}
	page, err := n.objects(analyst, "publish", "")
	require.NoError(t, err)
	assert.Equal(t, 2, page.Count, "F-53: a page ends early rather than grow beyond 16 MiB")
	assert.True(t, page.More)
}

func TestTolerances(t *testing.T) {
	n := newNode(t)
	n.shut()
	strict := n.policy.Members["csirt-xb"]
	strict.Tolerate = &[]string{}
	n.policy.Members["csirt-xb"] = strict
	n.start()
	short := strings.Replace(indicator(1, 1, "green"), `"created":"2026-01-01T00:00:00.000Z"`, `"created":"2026-01-01T00:00:00Z"`, 1)
	st := n.add(xb, "from-csirt-xb", short)
	require.Equal(t, 1, st.FailureCount, "`tolerate: []` is strict")
	assert.Contains(t, st.Failures[0].Message, "S-3.2-04")
	st = n.put(xc, "from-csirt-xc", short)
	assert.Contains(t, st.Successes[0].Message, "S-3.2-04", "what is forgiven is shown")
	assert.Equal(t, 1, st.Forgiven, "and counted")
}

func TestCollections(t *testing.T) {
	n := newNode(t)
	aliases := func(p trust.Principal) (out []string) {
		for _, c := range n.Collections(p) {
			out = append(out, c.Alias)
		}
		return out
	}
	assert.ElementsMatch(t, []string{"publish", "received", "public"}, aliases(analyst))
	assert.ElementsMatch(t, []string{"for-csirt-xb", "from-csirt-xb", "public"}, aliases(xb), "ADV-28")
	assert.ElementsMatch(t, []string{"public"}, aliases(public))
	assert.Empty(t, aliases(trust.Principal{}))
	before := n.Names()
	n.restart()
	assert.Equal(t, before, n.Names(), "an id is made once")
	byID, err := n.Collection(xb, before["for-csirt-xb"])
	require.NoError(t, err)
	byAlias, err := n.Collection(xb, "for-csirt-xb")
	require.NoError(t, err)
	assert.Equal(t, byID, byAlias)
	cs := n.Collections(xb)
	for i := 1; i < len(cs); i++ {
		assert.Less(t, cs[i-1].ID, cs[i].ID, "X-02")
	}
}
