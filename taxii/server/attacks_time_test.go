package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
)

// midway is how a member goes on after a page whose query was `limit=2&match[version]=all`.
var midway = map[string]func(a *answer) string{
	"next": func(a *answer) string { return "limit=2&next=" + a.envelope().Next },
	"added_after": func(a *answer) string {
		return "limit=2&match[version]=all&added_after=" + a.header.Get("X-TAXII-Date-Added-Last")
	},
	"both": func(a *answer) string {
		return "limit=2&match[version]=all&added_after=" + a.header.Get("X-TAXII-Date-Added-Last") + "&next=" + a.envelope().Next
	},
}

// P-8 26, ADV-67: what is tightened between two pages is on neither the second page nor any later one, and
// takes effect before the call returns that did it.
func TestTighteningBetweenPages(t *testing.T) {
	const strictFrom = 3 // of six objects: what is on the second page
	objects := func() (list []string) {
		for n := 1; n <= 6; n++ {
			list = append(list, marked(n, "indicator", trust.AmberStrict))
		}
		return list
	}()
	stricter := func(n int) string { return sameID(marked(20+n, "indicator", trust.Red), n) }
	policy := func(path, text string) func(*world) {
		return func(w *world) { w.apply(changed(w.folder(), path, text)) }
	}
	for _, c := range []struct {
		name    string
		tighten func(w *world)
		left    []string
	}{
		{"P-8 26 the agreement is suspended", policy("local.yaml", "suspended: [mou-xb]\n"), nil},
		{"P-6 its level is lowered", policy("agreements/mou-xb.yaml", strings.Replace(agreementXB, "max_tlp: amber+strict", "max_tlp: amber", 1)), nil},
		{"P-3 the scope becomes narrower", policy("agreements/mou-xb.yaml", strings.Replace(agreementXB, "max_tlp: amber+strict}", "max_tlp: amber+strict, types: [malware]}", 1)), nil},
		{"P-8 37 trust becomes 0", policy("members/csirt-xb.yaml", "member: csirt-xb\ntrust: 0\n"), nil},
		{"P-4 12 an embargo", policy("local.yaml", "rules: [{to: any, embargo: 2026-06-02T00:00:00Z}]\n"), nil},
		{"P-4 13 an approval is asked for", policy("local.yaml", "rules: [{to: csirt-xb, approval: {amber: one}}]\n"), nil},
		{"P-4 10 a confidence is asked for", policy("local.yaml", "rules: [{to: csirt-xb, min_confidence: 10}]\n"), nil},
		{"P-8 27 the next one is marked RED", func(w *world) { w.gives("analyst", stricter(strictFrom)) }, []string{objects[3], objects[4], objects[5]}},
		{"P-8 27 the last one is marked RED", func(w *world) { w.gives("analyst", stricter(6)) }, objects[2:5]},
		{"all but one are marked RED", func(w *world) { w.gives("analyst", stricter(3), stricter(4), stricter(6)) }, objects[4:5]},
		{"P-2 the next one loses its mark", func(w *world) { w.gives("analyst", sameID(marked(23, "indicator", trust.Unmarked), 3)) }, objects[3:]},
		{"P-7 the next one is recalled", func(w *world) { w.recall(3, "indicator") }, objects[3:]},
		{"T-5.7-01 the next one is deleted", func(w *world) { w.remove(mark(3, "indicator")) }, objects[3:]},
	} {
		for style, onward := range midway {
			t.Run(c.name+", "+style, func(t *testing.T) {
				w := newArena(t)
				for _, o := range objects {
					w.pass(time.Second)
					w.gives("analyst", o)
				}
				const at = "collections/for-csirt-xb/objects/?"
				first := w.as("csirt-xb").get(at + "limit=2&match[version]=all").want(http.StatusOK).holds(objects[:2]...)
				w.pass(time.Second)
				c.tighten(w)
				var rest []string
				for a := first; ; {
					a = w.as("csirt-xb").get(at + onward(a)).want(http.StatusOK)
					for _, o := range a.envelope().Objects {
						if !strings.Contains(string(o), `"type":"note"`) {
							rest = append(rest, string(o))
						}
					}
					if !a.envelope().More {
						break
					}
					assert.Len(t, a.envelope().Objects, 2, "ADV-13 pages stay full")
				}
				assert.Equal(t, c.left, rest)
			})
		}
	}
}

// routesOf are all reads of one object by a member, each of which may be the first that the node is asked
// after an instant.
func routesOf(member, id string) map[string]string {
	at := "collections/for-" + member + "/"
	return map[string]string{
		"objects": at + "objects/", "objects by id": at + "objects/?match[id]=" + id, "manifest": at + "manifest/?match[version]=all",
		"object": at + "objects/" + id + "/", "versions": at + "objects/" + id + "/versions/",
	}
}

// P-3, P-6, P-8 25, P-8 36: what ends or begins does so in the microsecond that it is due, without
// anybody's doing, whichever request comes first.
func TestInTheSecondItIsDue(t *testing.T) {
	midnight := time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC)
	dated := func(validity string) map[string]string {
		return changed(arena(), "agreements/mou-xb.yaml", agreementXB+"valid: {"+validity+"}\n")
	}
	rules := func(rule string) map[string]string {
		return changed(arena(), "local.yaml", "rules: [{to: csirt-xb, "+rule+"}]\n")
	}
	for _, c := range []struct {
		name   string
		files  map[string]string
		due    time.Time
		before bool // whether it is visible until then
	}{
		{"P-8 25 an agreement ends", dated("from: 2026-01-01, until: 2026-06-01"), midnight, true},
		{"P-3 an agreement begins", dated("from: 2026-06-02"), midnight, false},
		{"P-8 36 an embargo until an instant", rules("embargo: 2026-06-01T18:30:00.5Z"), time.Date(2026, 6, 1, 18, 30, 0, 500_000_000, time.UTC), false},
		{"P-8 36 an embargo from receipt", rules("embargo: 90m"), begin.Add(90 * time.Minute), false},
	} {
		object := marked(1, "indicator", trust.AmberStrict)
		for route, path := range routesOf("csirt-xb", idOf(object)) {
			t.Run(c.name+", "+route, func(t *testing.T) {
				w := newWorld(t, withFiles(c.files))
				w.gives("analyst", object)
				sees := func() bool {
					return strings.Contains(w.as("csirt-xb").get(path).bytes(), `"`+version(1)+`"`)
				}
				w.pass(c.due.Add(-time.Microsecond).Sub(w.now()))
				assert.Equal(t, c.before, sees(), "a microsecond before")
				w.pass(time.Microsecond)
				if !c.before {
					sees()
					w.settle() // what opens may follow in the background
				}
				assert.Equal(t, !c.before, sees(), "in time")
				if !c.before {
					added := w.as("csirt-xb").get("collections/for-csirt-xb/objects/").header.Get("X-TAXII-Date-Added-First")
					assert.GreaterOrEqual(t, added, c.due.Format("2006-01-02T15:04:05.000000Z"), "P-8 33 with the date at which it became visible")
				}
			})
		}
	}
}

// P-8 25 and I-4: a walk that an agreement's end cuts off ends, whatever it was cut off by.
func TestAnAgreementEndsBetweenPages(t *testing.T) {
	for style, onward := range midway {
		t.Run(style, func(t *testing.T) {
			w := newWorld(t, withFiles(changed(arena(), "agreements/mou-xb.yaml", agreementXB+"valid: {until: 2026-06-01}\n")))
			for n := range 5 {
				w.gives("analyst", marked(n+1, "indicator", trust.Amber))
			}
			const at = "collections/for-csirt-xb/objects/?"
			w.pass(12*time.Hour - time.Microsecond)
			first := w.as("csirt-xb").get(at + "limit=2&match[version]=all").want(http.StatusOK)
			require.Len(t, first.envelope().Objects, 2)
			w.pass(time.Microsecond)
			second := w.as("csirt-xb").get(at + onward(first)).want(http.StatusOK).holds()
			assert.False(t, second.envelope().More)
		})
	}
}

// ADV-67: a scope is granted for objects of long ago, taken back while the member is on page 2, and granted
// again: nothing is lost, and nothing shows in between.
func TestGrantRevokeGrant(t *testing.T) {
	w := newArena(t)
	without := changed(w.folder(), "agreements/mou-xb.yaml", strings.Replace(agreementXB, "max_tlp: amber+strict", "max_tlp: green", 1))
	w.apply(without)
	var objects []string
	for n := range 6 {
		objects = append(objects, marked(n+1, "indicator", trust.Amber))
		w.gives("analyst", objects[n])
	}
	w.holdsOnly("csirt-xb")
	const at = "collections/for-csirt-xb/objects/?limit=2&added_after="
	checkpoint := w.now().Add(time.Hour)
	w.pass(time.Hour + time.Second)
	w.apply(w.folder())
	page := w.as("csirt-xb").get(at + checkpoint.Format(time.RFC3339)).want(http.StatusOK).holds(objects[:2]...)
	w.pass(time.Second)
	w.apply(without)
	w.as("csirt-xb").get(at + page.header.Get("X-TAXII-Date-Added-Last")).want(http.StatusOK).holds()
	w.as("csirt-xb").get("collections/for-csirt-xb/objects/?next=" + page.envelope().Next).want(http.StatusOK).holds()
	w.pass(time.Second)
	again := w.now()
	w.apply(w.folder())
	var got []string
	for after := page.header.Get("X-TAXII-Date-Added-Last"); ; {
		a := w.as("csirt-xb").get(at + after).want(http.StatusOK)
		for _, o := range a.envelope().Objects {
			got = append(got, string(o))
		}
		if after = a.header.Get("X-TAXII-Date-Added-Last"); !a.envelope().More {
			break
		}
	}
	assert.Subset(t, got, objects[2:], "whoever went on from page 1 has the rest now")
	for _, r := range w.as("csirt-xb").get("collections/for-csirt-xb/manifest/").want(http.StatusOK).manifest().Objects {
		assert.GreaterOrEqual(t, r.DateAdded, again.Format("2006-01-02T15:04:05.000000Z"), "a date of its own")
	}
}

// ADV-28 and confused references: a cursor is good for its holder, collection, endpoint and object, and
// opens nothing elsewhere; what it answers with says nothing of what it would open.
func TestStolenCursors(t *testing.T) {
	w := newArena(t)
	for n := range 4 {
		w.gives("analyst", sameID(marked(n+1, "indicator", trust.Clear), 1), marked(n+11, "indicator", trust.Clear))
	}
	paths := func(member string) []string {
		at := "collections/for-" + member + "/"
		return []string{at + "objects/", at + "manifest/", at + "objects/" + mark(1, "indicator") + "/", at + "objects/" + mark(1, "indicator") + "/versions/", at + "objects/" + mark(11, "indicator") + "/versions/"}
	}
	garbage := func(member, path string) string {
		return masked(w.as(member).get(path + "?next=" + strings.Repeat("A", 40)).want(http.StatusBadRequest))
	}
	for _, from := range paths("csirt-xb")[:4] {
		next := w.as("csirt-xb").get(from + "?limit=1&match[version]=all").want(http.StatusOK)
		token := nextToken.FindStringSubmatch(next.bytes())
		require.NotNil(t, token, "%s: %s", from, next.bytes())
		for _, member := range []string{"csirt-xb", "csirt-xc", "csirt-xy"} {
			for _, to := range paths(member) {
				if to == from {
					w.as(member).get(to + "?next=" + token[1]).want(http.StatusOK)
					continue
				}
				assert.Equal(t, garbage(member, to), masked(w.as(member).get(to+"?next="+token[1])), "%s: from %s to %s", member, from, to)
			}
		}
		w.as("csirt-xc").get(from + "?next=" + token[1]).want(http.StatusNotFound)
	}
}

// P-3: under which terms an object comes in is settled by the policy of the moment at which it comes, also
// when its POST is the first request after that moment.
func TestTermsOfTheMoment(t *testing.T) {
	w := newWorld(t, withFiles(changed(arena(), "members/csirt-xc.yaml", "member: csirt-xc\ntrust: 3\n", "agreements/mou-xb.yaml",
		strings.Replace(agreementXB, "to: csirt-xa, max_tlp: amber+strict", "to: csirt-xa, max_tlp: amber, onward: community", 1)+"valid: {until: 2026-06-01}\n")))
	w.pass(12*time.Hour - time.Microsecond)
	w.gives("csirt-xb", marked(1, "indicator", trust.Amber))
	w.pass(time.Microsecond)
	w.gives("csirt-xb", marked(2, "indicator", trust.Amber))
	w.holdsOnly("csirt-xc", marked(1, "indicator", trust.Amber))
}
