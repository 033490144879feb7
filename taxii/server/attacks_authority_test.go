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
	"entente/trust"
)

// Authority and re-marking (P-5, I-6): what somebody says of an object that is not theirs changes it for
// nobody, and is answered as anything else is.
func TestClaimsOverHTTP(t *testing.T) {
	ours := sameID(marked(10, "indicator", trust.AmberStrict), 15)
	theirs := sameID(marked(10, "indicator", trust.Green, refersTo("created_by_ref", identityOfXC)), 15)
	bare := sameID(marked(10, "indicator", trust.Green), 15)
	later := func(level trust.Level, members ...string) string { return marked(15, "indicator", level, members...) }
	earlier := func(level trust.Level, members ...string) string {
		return sameID(marked(5, "indicator", level, members...), 15)
	}
	for _, c := range []struct {
		name          string
		owner, object string
		who, says     string
		sees          string // who must go on seeing exactly the owner's object
	}{
		{"ADV-30 a newer CLEAR version of what is hidden from it", "analyst", ours, "csirt-xx", later(trust.Clear), "csirt-xb"},
		{"ADV-30 the same version, marked CLEAR", "analyst", ours, "csirt-xx", sameID(marked(10, "indicator", trust.Clear), 15), "csirt-xb"},
		{"ADV-30 an older version, marked CLEAR", "analyst", ours, "csirt-xx", earlier(trust.Clear), "csirt-xb"},
		{"ADV-30 a revocation", "analyst", ours, "csirt-xx", later(trust.Green, `"revoked":true`), "csirt-xb"},
		{"ADV-30 by a member with an agreement", "analyst", ours, "csirt-xb", later(trust.Clear), "csirt-xb"},
		{"ADV-31 in our name", "analyst", ours, "csirt-xx", later(trust.Clear, refersTo("created_by_ref", ourIdentity)), "csirt-xb"},
		{"ADV-30 a newer version of another member's", "csirt-xc", theirs, "csirt-xx", later(trust.Clear), "csirt-xb csirt-xy"},
		{"ADV-31 in that member's name", "csirt-xc", theirs, "csirt-xx", later(trust.Clear, refersTo("created_by_ref", identityOfXC)), "csirt-xb csirt-xy"},
		{"ADV-30 a stricter one: RED", "csirt-xc", theirs, "csirt-xx", later(trust.Red, refersTo("created_by_ref", identityOfXC)), "csirt-xb csirt-xy"},
		{"P-8 32 a label lowered by a relay", "csirt-xc", theirs, "csirt-xb", sameID(marked(10, "indicator", trust.Clear, refersTo("created_by_ref", identityOfXC)), 15), "csirt-xy"},
		{"P-5 between unverified sources: looser than what is held", "csirt-xc", bare, "csirt-xx", later(trust.Clear), "csirt-xb csirt-xy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newArena(t)
			w.gives(c.owner, c.object)
			for _, member := range strings.Fields(c.sees) {
				w.holdsOnly(member, c.object)
			}
			for range 2 { // the second time it is the same again
				w.pass(time.Second)
				w.gives(c.who, c.says)
			}
			for _, member := range []string{"csirt-xb", "csirt-xc", "csirt-xx", "csirt-xy", "csirt-xs", "csirt-xh"} {
				if strings.Contains(c.sees, member) {
					w.holdsOnly(member, c.object)
				} else {
					assert.NotContains(t, w.has(member), c.says, member)
				}
			}
			assert.Equal(t, []string{"claim of " + c.who}, w.suspects(), "people see it")
		})
	}
}

// ADV-31: whose an object is says the channel, never the payload. What names another as its creator is
// used here and given to nobody.
func TestSpoofedCreators(t *testing.T) {
	spoof := func(n int, creator string) string {
		return marked(n, "indicator", trust.Green, refersTo("created_by_ref", creator))
	}
	for _, source := range []string{"csirt-xx", "csirt-xs", "csirt-xy"} {
		for name, object := range map[string]string{"a member": spoof(10, identityOfXB), "another": spoof(11, identityOfXC)} {
			t.Run("ADV-31 "+source+" as "+name, func(t *testing.T) {
				w := newArena(t)
				w.gives(source, object)
				for _, member := range []string{"csirt-xb", "csirt-xc", "csirt-xx", "csirt-xy", "csirt-xs", "csirt-xh"} {
					w.holdsOnly(member)
				}
				w.as("analyst").get("collections/received/objects/").want(http.StatusOK).holds(object)
				w.as("analyst").get("collections/publish/objects/").want(http.StatusOK).holds()
			})
		}
		t.Run("ADV-31 "+source+" as us", func(t *testing.T) {
			w := newArena(t)
			w.gives(source, spoof(12, ourIdentity))
			for _, collection := range []string{"received", "publish"} {
				w.as("analyst").get("collections/" + collection + "/objects/").want(http.StatusOK).holds()
			}
			w.holdsOnly("csirt-xc")
			assert.Equal(t, []string{"claim of " + source}, w.suspects())
		})
	}
	t.Run("P-5 the hub of a community relays for its members, under GREEN", func(t *testing.T) {
		w := newArena(t)
		w.gives("csirt-xh", spoof(10, identityOfXB))
		for _, member := range []string{"csirt-xb", "csirt-xc", "csirt-xy", "csirt-xs"} {
			w.holdsOnly(member)
		}
		w.as("analyst").get("collections/received/objects/").want(http.StatusOK).holds(spoof(10, identityOfXB))
	})
	t.Run("P-5 who speaks for it takes it over, and then it goes on", func(t *testing.T) {
		w := newArena(t)
		w.gives("csirt-xx", spoof(10, identityOfXC))
		w.holdsOnly("csirt-xb")
		w.pass(time.Second)
		w.gives("csirt-xc", spoof(10, identityOfXC))
		w.holdsOnly("csirt-xb", spoof(10, identityOfXC))
		w.holdsOnly("csirt-xx")
		w.holdsOnly("csirt-xc")
	})
}

// ADV-32: a date far ahead leads nobody past other objects, and stops nobody's next version.
func TestFromTheFuture(t *testing.T) {
	w := newArena(t)
	first := sameID(marked(10, "indicator", trust.Green), 15)
	w.gives("csirt-xb", first)
	last := strings.ReplaceAll(sameID(marked(20, "indicator", trust.Clear), 15), version(20), "9999-12-31T00:00:00.000Z")
	w.gives("csirt-xx", last)
	w.gives("csirt-xb", last)
	w.holdsOnly("csirt-xc", first)
	assert.ElementsMatch(t, []string{"future of csirt-xx", "future of csirt-xb"}, w.suspects())
	w.pass(time.Minute)
	next := marked(15, "indicator", trust.Green)
	w.gives("csirt-xb", next)
	w.as("csirt-xc").get("collections/for-csirt-xc/objects/").want(http.StatusOK).holds(next)
	all, err := w.exchange.Suspects(t.Context())
	require.NoError(t, err)
	for _, s := range all {
		require.NoError(t, w.exchange.Purge(t.Context(), s.Object, s.Key, "officer", "void"))
	}
	assert.Empty(t, w.suspects())
	w.as("csirt-xc").get("collections/for-csirt-xc/objects/").want(http.StatusOK).holds(next)
}

// ADV-35, P-1: levels go by id, and whose word for another marking counts is settled before any object
// cites it. No definition that a member sends changes who may have anything.
func TestRedefinedMarkings(t *testing.T) {
	agreed, licence, stranger := mark(99, "marking-definition"), mark(50, "marking-definition"), mark(60, "marking-definition")
	extension := func(levels ...string) string {
		var parts []string
		for i, l := range levels {
			parts = append(parts, fmt.Sprintf(`"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e8%02x":{"extension_type":"property-extension","tlp_2_0":%q}`, 0x8d+i, l))
		}
		return `"extensions":{` + strings.Join(parts, ",") + `}`
	}
	define := func(id, rest string) string {
		return `{"type":"marking-definition","spec_version":"2.1","id":"` + id + `","created":"2022-10-01T00:00:00.000Z",` + rest + `}`
	}
	statement := func(id string) string {
		return define(id, `"definition_type":"statement","definition":{"statement":"free"}`)
	}
	for name, definition := range map[string]string{
		"TLP:RED as green":                  define(tlp(trust.Red), `"name":"TLP:GREEN",`+extension("green")),
		"TLP 1 RED as green":                define("marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", `"definition_type":"tlp","name":"TLP:GREEN","definition":{"tlp":"green"}`),
		"TLP:RED with two extensions":       define(tlp(trust.Red), extension("red", "clear")),
		"TLP:RED as a statement":            statement(tlp(trust.Red)),
		"an agreement's mark, free for all": statement(agreed),
		"a licence of ours, as a statement": statement(licence),
		"a marking that nobody here knows":  statement(stranger),
	} {
		t.Run("ADV-35 "+name, func(t *testing.T) {
			w := newArena(t)
			restrictive := strings.Replace(statement(licence), `"statement"`, `"licence"`, 1)
			w.gives("analyst", restrictive, markedBy(10, "indicator", tlp(trust.Red)), markedBy(11, "indicator", tlp(trust.Green), agreed),
				markedBy(12, "indicator", tlp(trust.Green), licence), markedBy(13, "indicator", tlp(trust.Green), stranger))
			members := []string{"csirt-xc", "csirt-xs", "csirt-xh", "csirt-xy"}
			before := w.has("csirt-xb")
			assert.Equal(t, []string{markedBy(11, "indicator", tlp(trust.Green), agreed)}, before)
			w.pass(time.Second)
			w.as("csirt-xx").post("collections/from-csirt-xx/objects/", envelope(definition, marked(14, "x-other", trust.Clear))).want(http.StatusAccepted)
			w.pass(time.Second)
			w.as("csirt-xx").post("collections/from-csirt-xx/objects/", envelope(strings.Replace(definition, "2022-10-01", "2023-10-01", 1))).want(http.StatusAccepted)
			for _, member := range members {
				for _, o := range w.has(member) {
					assert.NotRegexp(t, `dead001[0-3]`, o, member)
				}
			}
			assert.Equal(t, before[0], w.has("csirt-xb")[0])
			w.gives("analyst", markedBy(20, "indicator", tlp(trust.Red)), markedBy(21, "indicator", tlp(trust.Green), agreed), markedBy(22, "indicator", tlp(trust.Green), licence), markedBy(23, "indicator", tlp(trust.Green), stranger))
			for _, member := range members {
				for _, o := range w.has(member) {
					assert.NotRegexp(t, `dead002[0-3]`, o, "what comes after it: %s", member)
				}
			}
		})
	}
}

// ADV-39, I-7: nothing goes back to where it came from, by whatever way it came, and what the hub brings
// back of ours stays ours.
func TestEcho(t *testing.T) {
	w := newArena(t)
	ours, strict, red := marked(10, "indicator", trust.Green), marked(11, "indicator", trust.AmberStrict), marked(12, "indicator", trust.Red)
	w.gives("analyst", ours, strict, red)
	w.holdsOnly("csirt-xh", ours)
	theirs := marked(20, "indicator", trust.Green, refersTo("created_by_ref", identityOfXB))
	w.gives("csirt-xb", theirs)
	for cycle := range 3 {
		w.pass(time.Minute)
		for _, member := range []string{"csirt-xh", "csirt-xb", "csirt-xc"} {
			if objects := w.has(member); len(objects) > 0 {
				w.gives(member, objects...)
			}
		}
		w.holdsOnly("csirt-xb")
		w.holdsOnly("csirt-xc")
		assert.NotContains(t, w.has("csirt-xh"), strict, "cycle %d", cycle)
		assert.NotContains(t, w.has("csirt-xh"), red, "cycle %d", cycle)
		w.as("analyst").get("collections/publish/objects/").want(http.StatusOK).holds(ours, strict)
	}
	w.holdsOnly("csirt-xy", ours, theirs)
	assert.Empty(t, w.suspects())
}

// P-5: a second content of one version, by its owner: who reads it sees neither until a newer one comes.
func TestTwoContentsOfOneVersion(t *testing.T) {
	w := newArena(t)
	first := marked(10, "indicator", trust.Green)
	w.gives("csirt-xb", first)
	w.holdsOnly("csirt-xc", first)
	w.gives("csirt-xb", marked(10, "indicator", trust.Clear))
	w.holdsOnly("csirt-xc")
	w.unknown(idOf(first), "csirt-xc", "csirt-xy", "csirt-xs")
	assert.Equal(t, []string{"conflict of csirt-xb"}, w.suspects())
	next := sameID(marked(11, "indicator", trust.Green), 10)
	w.gives("csirt-xb", next)
	w.as("csirt-xc").get("collections/for-csirt-xc/objects/?match[version]=all").want(http.StatusOK).holds(next)
	t.Run("ours is refused, and says why", func(t *testing.T) {
		ours := marked(20, "indicator", trust.Green)
		w.gives("analyst", ours)
		a := w.as("analyst").post(rw+"objects/", envelope(marked(20, "indicator", trust.Clear))).want(http.StatusAccepted)
		assert.Contains(t, a.bytes(), `"failure_count":1`)
		w.as("csirt-xc").get("collections/for-csirt-xc/objects/" + mark(20, "indicator") + "/").want(http.StatusOK).holds(ours)
	})
	t.Run("P-8 39 what was recalled does not come back by another way", func(t *testing.T) {
		_, err := w.exchange.Recall(t.Context(), stix.ID(mark(20, "indicator")), "analyst", "wrong")
		require.NoError(t, err)
		w.gives("csirt-xx", marked(20, "indicator", trust.Green))
		w.gives("analyst", marked(20, "indicator", trust.Green))
		w.unknown(mark(20, "indicator"), "csirt-xb", "csirt-xx", "csirt-xy")
	})
}
