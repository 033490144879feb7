package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
	"entente/taxii/server"
	"entente/trust"
)

// Inference and disclosure (I-1, I-2): each row is one object, and the members who get it.
func TestWithheldObjects(t *testing.T) {
	const clearance, nobody = "csirt-xb csirt-xc csirt-xs", ""
	lax, green, red, strict := tlp(trust.Clear), tlp(trust.Green), tlp(trust.Red), tlp(trust.AmberStrict)
	granular := func(n int, mark, selector string) string {
		return marked(n, "indicator", trust.Green, `"granular_markings":[{"marking_ref":"`+mark+`","selectors":`+selector+`}]`)
	}
	open, secret := marked(1, "malware", trust.Green), marked(2, "threat-actor", trust.Red)
	address := marked(3, "ipv4-addr", trust.Red)
	uuid5 := strings.Replace(address, mark(3, "ipv4-addr"), "ipv4-addr--dead0003-0000-5000-8000-000000000000", 1)
	for _, c := range []struct {
		name, object, goes string
		with               []string // before it
		after              []string
	}{
		{name: "ADV-01 RED", object: markedBy(10, "indicator", red), goes: nobody},
		{name: "ADV-01 GREEN, so that rows tell something", object: markedBy(10, "indicator", green), goes: clearance},
		{name: "ADV-03 GREEN and RED", object: markedBy(10, "indicator", green, red), goes: nobody},
		{name: "ADV-03 RED and GREEN", object: markedBy(10, "indicator", red, green), goes: nobody},
		{name: "ADV-03 CLEAR and a mark of an agreement", object: markedBy(10, "indicator", lax, mark(99, "marking-definition")), goes: "csirt-xb"},
		{name: "ADV-03 a mark of an agreement and CLEAR", object: markedBy(10, "indicator", mark(99, "marking-definition"), lax), goes: "csirt-xb"},
		{name: "ADV-03 two levels", object: markedBy(10, "indicator", lax, strict), goes: "csirt-xb"},
		{name: "ADV-03 WHITE v1, RED v2", object: sameID(markedBy(9, "indicator", "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"), 10), after: []string{markedBy(10, "indicator", red)}, goes: nobody},
		{name: "ADV-04 no marking", object: marked(10, "indicator", trust.Unmarked), goes: nobody},
		{name: "ADV-04 unknown marking", object: markedBy(10, "indicator", green, mark(11, "marking-definition")), goes: nobody},
		{name: "ADV-04 a marking that is no statement", with: []string{strings.NewReplacer(`"statement"`, `"licence"`).Replace(marked(11, "marking-definition", trust.Green))},
			object: markedBy(10, "indicator", green, mark(11, "marking-definition")), goes: nobody},
		{name: "ADV-04 a statement", with: []string{marked(11, "marking-definition", trust.Unmarked)}, object: markedBy(10, "indicator", green, mark(11, "marking-definition")), goes: clearance},
		{name: "ADV-06 RED on a part", object: granular(10, red, `["name"]`), goes: nobody},
		{name: "ADV-06 an unknown marking on a part", object: granular(10, mark(11, "marking-definition"), `["name"]`), goes: nobody},
		{name: "ADV-08 a relationship to RED", with: []string{open, secret}, goes: nobody,
			object: marked(10, "relationship", trust.Green, refersTo("source_ref", mark(1, "malware")), refersTo("target_ref", mark(2, "threat-actor")))},
		{name: "ADV-08 RED comes after what refers to it", after: []string{open, secret}, goes: nobody,
			object: marked(10, "relationship", trust.Green, refersTo("source_ref", mark(1, "malware")), refersTo("target_ref", mark(2, "threat-actor")))},
		{name: "ADV-08 a relationship to a withheld observable", with: []string{open, uuid5}, goes: nobody,
			object: marked(10, "relationship", trust.Green, refersTo("source_ref", mark(1, "malware")), refersTo("target_ref", "ipv4-addr--dead0003-0000-5000-8000-000000000000"))},
		{name: "ADV-08 a reference in a custom property", with: []string{secret}, goes: nobody, object: marked(10, "indicator", trust.Green, `"x_deep":{"a":[{"x_actor_ref":"`+mark(2, "threat-actor")+`"}]}`)},
		{name: "ADV-10 a translation of RED", with: []string{secret}, goes: nobody,
			object: marked(10, "language-content", trust.Green, refersTo("object_ref", mark(2, "threat-actor")), `"contents":{"de":{"name":"x"}}`)},
		{name: "ADV-10 a translation of what is not there", goes: nobody,
			object: marked(10, "language-content", trust.Green, refersTo("object_ref", unknownID), `"contents":{"de":{"name":"x"}}`)},
		{name: "ADV-12 created by a withheld identity", with: []string{marked(4, "identity", trust.Red)}, goes: nobody,
			object: marked(10, "indicator", trust.Green, refersTo("created_by_ref", mark(4, "identity")))},
		{name: "ADV-12 and that comes after it", after: []string{marked(4, "identity", trust.Red)}, goes: nobody,
			object: marked(10, "indicator", trust.Green, refersTo("created_by_ref", mark(4, "identity")))},
		{name: "ADV-12 created by an identity that goes along", with: []string{marked(4, "identity", trust.Unmarked)}, goes: clearance,
			object: marked(10, "indicator", trust.Green, refersTo("created_by_ref", mark(4, "identity")))},
		{name: "ADV-15 v1 GREEN, v2 RED", object: sameID(marked(9, "indicator", trust.Green), 10), after: []string{marked(10, "indicator", trust.Red)}, goes: nobody},
		{name: "ADV-15 v2 RED, then the older v1 GREEN", with: []string{marked(10, "indicator", trust.Red)}, object: sameID(marked(9, "indicator", trust.Green), 10), goes: nobody},
		{name: "P-2 v2 without any mark", object: sameID(marked(9, "indicator", trust.Green), 10), after: []string{marked(10, "indicator", trust.Unmarked)}, goes: nobody},
		{name: "P-1 labelled as MISP does", object: marked(10, "indicator", trust.Clear, `"labels":["tlp:red"]`), goes: nobody},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newArena(t)
			for _, o := range append(append(c.with, c.object), c.after...) {
				w.pass(time.Second)
				w.gives("analyst", o)
			}
			for _, member := range []string{"csirt-xb", "csirt-xc", "csirt-xs"} {
				if strings.Contains(c.goes, member) {
					assert.Contains(t, w.has(member), c.object, member)
				} else {
					assert.NotContains(t, strings.Join(w.has(member), ""), idOf(c.object), member)
					w.unknown(idOf(c.object), member)
				}
			}
		})
	}
}

// ADV-04, ADV-06, ADV-42: what says nothing certain about who may read it is rejected, or seen by our own
// people alone. None of these objects gets to a member as what it would look like on a glance.
func TestUncertainMarkings(t *testing.T) {
	green, lax := tlp(trust.Green), tlp(trust.Clear)
	refs := func(value string) string {
		return marked(10, "indicator", trust.Unmarked, `"object_marking_refs":`+value)
	}
	granular := func(entry string) string {
		return marked(10, "indicator", trust.Green, `"granular_markings":`+entry)
	}
	strict := `"object_marking_refs":["` + tlp(trust.AmberStrict) + `"]`
	for name, object := range map[string]string{
		"ADV-04 an empty list":               refs(`[]`),
		"ADV-04 null":                        refs(`null`),
		"ADV-04 no list":                     refs(`"` + green + `"`),
		"ADV-04 not a marking":               refs(`["` + identityOfXB + `"]`),
		"ADV-04 in capitals":                 refs(`["` + strings.ToUpper(green) + `"]`),
		"ADV-06 a path that is not there":    granular(`[{"marking_ref":"` + lax + `","selectors":["x_nothing"]}]`),
		"ADV-06 an index beyond the list":    granular(`[{"marking_ref":"` + lax + `","selectors":["external_references.[99]"]}]`),
		"ADV-06 a dot at the end":            granular(`[{"marking_ref":"` + lax + `","selectors":["description."]}]`),
		"ADV-06 another letter":              granular(`[{"marking_ref":"` + lax + `","selectors":["descrıption"]}]`),
		"ADV-06 the markings themselves":     granular(`[{"marking_ref":"` + lax + `","selectors":["granular_markings.[0]"]}]`),
		"ADV-06 no selectors":                granular(`[{"marking_ref":"` + lax + `","selectors":[]}]`),
		"ADV-06 lang and marking_ref":        granular(`[{"marking_ref":"` + lax + `","lang":"en","selectors":["name"]}]`),
		"ADV-42 refs twice, looser at last":  marked(10, "indicator", trust.Unmarked, strict, `"object_marking_refs":["`+lax+`"]`),
		"ADV-42 refs twice, looser at first": marked(10, "indicator", trust.Unmarked, `"object_marking_refs":["`+lax+`"]`, strict),
		"ADV-42 refs twice, one escaped":     marked(10, "indicator", trust.Unmarked, strict, `"object_m\u0061rking_refs":["`+lax+`"]`),
		"ADV-42 in another case":             marked(10, "indicator", trust.Unmarked, `"Object_Marking_Refs":["`+lax+`"]`),
		"ADV-42 a Kelvin sign":               marked(10, "indicator", trust.Unmarked, `"object_mar`+"\u212a"+`ing_refs":["`+lax+`"]`),
		"ADV-42 the id twice":                strings.Replace(marked(10, "indicator", trust.Clear), `"id":`, `"id":"`+unknownID+`","id":`, 1),
		"ADV-42 modified twice":              marked(10, "indicator", trust.Clear, `"modified":"2020-01-01T00:00:00.000Z"`),
		"ADV-42 the creator twice":           marked(10, "indicator", trust.Clear, refersTo("created_by_ref", identityOfXB), refersTo("created_by_ref", identityOfXC)),
	} {
		t.Run(name, func(t *testing.T) {
			w := newArena(t)
			for _, who := range []string{"analyst", "csirt-xx"} {
				collection := map[string]string{"analyst": "publish", "csirt-xx": "from-csirt-xx"}[who]
				beside := sameID(marked(20, "indicator", trust.Clear), len(who))
				a := w.as(who).post("collections/"+collection+"/objects/", envelope(beside, object))
				if a.status == http.StatusAccepted {
					assert.Contains(t, w.has("csirt-xc"), beside, "ADV-47 the others live")
				}
			}
			for _, member := range []string{"csirt-xb", "csirt-xc", "csirt-xh", "csirt-xs"} {
				assert.NotContains(t, strings.Join(w.has(member), ""), "kanari10", member)
			}
		})
	}
}

// ADV-16, ADV-27, P-8 27: what is marked more strictly is gone at once for those who have it, by every
// route; they alone are told, and of nothing but which object and versions.
func TestReMarking(t *testing.T) {
	w := newArena(t)
	v1, v2 := sameID(marked(9, "indicator", trust.Green), 10), marked(10, "indicator", trust.Red)
	id := idOf(v2)
	w.gives("analyst", v1)
	w.holdsOnly("csirt-xb", v1)
	w.holdsOnly("csirt-xc", v1)
	before := w.as("csirt-xx").get("collections/for-csirt-xx/").bytes()
	w.pass(time.Minute)
	w.gives("analyst", v2)
	w.unknown(id, "csirt-xy", "csirt-xx", "csirt-xs")
	for _, member := range []string{"csirt-xb", "csirt-xc"} {
		w.as(member).get("collections/for-" + member + "/objects/" + id + "/").want(http.StatusNotFound)
		w.unknown(id, member)
		assert.Equal(t, []string{id}, w.notices(member), "ADV-16 %s", member)
		notice := w.has(member)
		require.Len(t, notice, 1)
		assert.NotContains(t, notice[0], word(9), "ADV-27 nothing of the object")
		assert.NotContains(t, notice[0], word(10))
		assert.NotContains(t, notice[0], "T00:10:00", "ADV-27 nor of the version that it does not have")
		assert.Contains(t, notice[0], version(9))
	}
	for _, member := range []string{"csirt-xy", "csirt-xx", "csirt-xs", "csirt-xh"} {
		assert.Empty(t, w.has(member), "ADV-16 ADV-27 who never had it is told nothing: %s", member)
	}
	assert.Equal(t, before, w.as("csirt-xx").get("collections/for-csirt-xx/").bytes())
	t.Run("P-8 28 and down again: only the last", func(t *testing.T) {
		v3 := sameID(marked(11, "indicator", trust.Green), 10)
		w.pass(time.Minute)
		w.gives("analyst", v3)
		w.holdsOnly("csirt-xy", v3)
		assert.Contains(t, w.has("csirt-xc"), v3)
		assert.NotContains(t, w.has("csirt-xc"), v1)
	})
}

// ADV-27, P-7: a recall reaches those who have read the object and nobody else, whatever its label.
func TestRecallReachesWhoReadIt(t *testing.T) {
	w := newArena(t)
	w.gives("analyst", marked(1, "indicator", trust.Green), marked(2, "indicator", trust.AmberStrict))
	require.Len(t, w.has("csirt-xb"), 2)
	require.Len(t, w.has("csirt-xc"), 1)
	w.recall(2, "indicator")
	assert.Equal(t, []string{mark(2, "indicator")}, w.notices("csirt-xb"))
	w.holdsOnly("csirt-xc", marked(1, "indicator", trust.Green))
	w.recall(1, "indicator")
	assert.Equal(t, []string{mark(1, "indicator")}, w.notices("csirt-xc"))
	assert.Empty(t, w.has("csirt-xx"), "it never looked")
	for _, id := range []string{mark(1, "indicator"), mark(2, "indicator")} {
		w.unknown(id, "csirt-xb", "csirt-xc", "csirt-xx")
	}
}

// ADV-18: whatever a member sends under the id of what it must not see, it learns nothing and changes
// nothing. The twin is an id that nobody has.
func TestProbingByPost(t *testing.T) {
	w := newArena(t)
	secret := marked(10, "indicator", trust.Red)
	w.gives("analyst", secret)
	attempts := map[string]string{
		"(a) the exact version": secret,
		"(b) an older one":      sameID(marked(9, "indicator", trust.Clear), 10),
		"(c) a newer one":       sameID(marked(11, "indicator", trust.Clear), 10),
		"(d) other content":     marked(10, "indicator", trust.Clear),
	}
	for name, object := range attempts {
		twin := strings.ReplaceAll(object, "dead0010", "dead0000")
		post := func(o string) string {
			a := w.as("csirt-xx").post("collections/from-csirt-xx/objects/", envelope(o)).want(http.StatusAccepted)
			s := a.accepted(1)
			stored := w.as("csirt-xx").get("status/" + s.ID + "/").want(http.StatusOK)
			assert.JSONEq(t, a.bytes(), stored.bytes())
			return strings.NewReplacer(s.ID, "", "dead0010", "", "dead0000", "").Replace(masked(a))
		}
		assert.Equal(t, post(twin), post(object), name)
		assert.Equal(t, post(twin), post(object), "%s, again", name)
	}
	w.unknown(idOf(secret), "csirt-xx", "csirt-xb", "csirt-xc")
	assert.NotContains(t, strings.Join(append(w.has("csirt-xb"), w.has("csirt-xc")...), ""), "dead0010", "nothing is merged")
	_, raw, against, err := w.exchange.Suspect(t.Context(), stix.ID(idOf(secret)), firstKey(w))
	require.NoError(t, err)
	assert.NotEmpty(t, raw)
	assert.Equal(t, secret, string(against), "ours is unchanged")
}

func firstKey(w *world) uint64 {
	w.t.Helper()
	all, err := w.exchange.Suspects(w.t.Context())
	require.NoError(w.t, err)
	require.NotEmpty(w.t, all)
	return all[0].Key
}

// ADV-20: another's status is as one that never was, to everybody.
func TestForeignStatus(t *testing.T) {
	w := newArena(t)
	id := w.as("csirt-xb").post("collections/from-csirt-xb/objects/", envelope(marked(1, "indicator", trust.Clear))).want(http.StatusAccepted).accepted(1).ID
	w.as("csirt-xb").get("status/" + id + "/").want(http.StatusOK)
	for _, who := range []string{"csirt-xx", "csirt-xc", "csirt-xs", "csirt-xh", "analyst", "robot", ""} {
		assert.Equal(t, masked(w.as(who).get("status/"+unknownCollection+"/")), masked(w.as(who).get("status/"+id+"/")), who)
	}
	w.as("csirt-xx").get("status/" + id + "/").want(http.StatusNotFound)
}

// ADV-22: nothing that a cache could use, whatever the request offers.
func TestNoCacheKnows(t *testing.T) {
	w := newArena(t)
	w.gives("analyst", marked(1, "indicator", trust.AmberStrict))
	const path = "collections/for-csirt-xb/objects/"
	want := w.as("csirt-xb").get(path).want(http.StatusOK).holds(marked(1, "indicator", trust.AmberStrict)).bytes()
	for header, value := range map[string]string{"If-None-Match": `*`, "If-Modified-Since": "Mon, 01 Jun 2099 00:00:00 GMT", "Range": "bytes=0-1", "If-Range": `"x"`} {
		assert.Equal(t, want, w.as("csirt-xb").with(header, value).get(path).want(http.StatusOK).bytes(), header)
		w.as("csirt-xx").with(header, value).get(path).want(http.StatusNotFound)
	}
}

// T-5.7, I-1: a version that somebody could not see is not said to be deleted either.
func TestADeletedVersionThatWasHidden(t *testing.T) {
	secret := marked(1, "malware", trust.Red)
	about := marked(10, "relationship", trust.Green, refersTo("source_ref", mark(1, "malware")), refersTo("target_ref", mark(1, "malware")))
	later := sameID(marked(11, "relationship", trust.Green, refersTo("source_ref", mark(2, "malware")), refersTo("target_ref", mark(2, "malware"))), 10)
	for name, first := range map[string]string{
		"its mark hid it":                sameID(marked(10, "relationship", trust.Red, refersTo("source_ref", mark(2, "malware")), refersTo("target_ref", mark(2, "malware"))), 10),
		"what it referred to hid it":     about,
		"nothing hid it: it was visible": sameID(marked(10, "relationship", trust.Green, refersTo("source_ref", mark(2, "malware")), refersTo("target_ref", mark(2, "malware"))), 10),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, withFiles(changed(arena(), "local.yaml", "accounts: {red: [analyst]}\n")))
			w.gives("analyst", secret, marked(2, "malware", trust.Green), first)
			w.as("analyst").delete(rw + "objects/" + mark(10, "relationship") + "/").want(http.StatusOK)
			w.pass(time.Second)
			w.gives("analyst", later)
			ask := func(at string) string {
				return masked(w.as("csirt-xc").get(fmt.Sprintf("collections/for-csirt-xc/objects/%s/?match[version]=%s", mark(10, "relationship"), at)))
			}
			require.Contains(t, ask(version(11)), word(11))
			if strings.Contains(name, "visible") {
				assert.NotEqual(t, ask("2019-09-09T00:00:00.000Z"), ask(version(10)), "TAXII 2.1 §5.7")
				return
			}
			assert.Equal(t, ask("2019-09-09T00:00:00.000Z"), ask(version(10)), "as a version that never was")
		})
	}
}

// I-10, P-5: how many kinds of objects a member may still bring tells nothing of what we do with those that
// it brought. In the other world we hold a RED object under the id of one of them.
func TestQuotaOfKinds(t *testing.T) {
	var refused [2]int
	for i := range refused {
		w := newWorld(t, withFiles(arena()), withServer(func(c *server.Config) { c.MaxContentLength = 1 << 20 }))
		w.gives("csirt-xx", sameID(marked(1, "indicator", trust.Green), 2))
		w.pass(time.Second)
		if i == 1 {
			w.gives("analyst", marked(2, "indicator", trust.Red))
		}
		for n := 0; n < 4200; n += 600 {
			var kinds []string
			for k := range 600 {
				kinds = append(kinds, strings.ReplaceAll(marked(3, "x-kind", trust.Clear), "x-kind", fmt.Sprintf("x-kind%d", n+k)))
			}
			for k := range kinds { // each under a UUID of its own
				kinds[k] = strings.Replace(kinds[k], "-000000000000", fmt.Sprintf("-%012d", n+k), 1)
			}
			a := w.as("csirt-xx").post("collections/from-csirt-xx/objects/", envelope(kinds...)).want(http.StatusAccepted)
			refused[i] += decode[taxii.Status](a).FailureCount
		}
	}
	require.Positive(t, refused[0])
	assert.Equal(t, refused[0], refused[1])
}
