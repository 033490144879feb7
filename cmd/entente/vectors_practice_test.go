package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii/client"
)

// practice is a peer with an agreement up to AMBER, one in the same community, and one with neither.
func practice() []policyFile {
	return folder(member(xb, 3), member(xc, 2), member(xd, 1), mou(xb, gives(xb, tlpAmber)), community("north", xa+", "+xc))
}

// event is a MISP event as misp-stix writes it: an author, a container that alone is marked, an
// indicator, an observation with its observable, and how the two go together.
func event(container, level string) (author, whole object, children []object) {
	author = obj("identity", tlpUnmarked)
	by := author.id()
	domain := obj("domain-name", tlpUnmarked)
	sample := obj("indicator", tlpUnmarked).with("created_by_ref", by).labelled(`misp:type="domain"`, `misp:to_ids="True"`)
	seen := obj("observed-data", tlpUnmarked).with("created_by_ref", by).with("object_refs", []string{domain.id()})
	together := rel(sample, "based-on", seen, tlpUnmarked)
	children = []object{sample, domain, seen, together}
	var refs []string
	for _, c := range children {
		refs = append(refs, c.id())
	}
	whole = obj(container, level).with("created_by_ref", by).with("object_refs", refs).labelled("Threat-Report", `misp:tool="MISP-STIX-Converter"`)
	return author, whole, children
}

// An event of MISP is marked on its container alone: the children have that label (P-2).
func TestPracticeOfMISP(t *testing.T) {
	for _, kind := range []string{"report", "grouping"} {
		each(t, "P-2 a "+kind+" marked AMBER labels its children", practice(), func(w *world) {
			author, whole, children := event(kind, tlpAmber)
			all := append([]object{author, whole}, children...)
			w.publish(all...)
			v := w.comesToShow(xb, all...)
			for _, o := range all[1:] {
				if _, says := o["created_by_ref"]; says {
					assert.Less(w.t, slices.Index(v.names, author.name()), slices.Index(v.names, o.name()), "the author goes before")
				}
			}
			w.shows(xc)
			w.shows(xd)
			w.judged(children[0], xc, "withhold ceiling")
			assert.Empty(w.t, w.queue(), "nothing waits for a person")
		})
		each(t, "P-2 a "+kind+" posted by a tool", practice(), func(w *world) {
			author, whole, children := event(kind, tlpGreen)
			all := append([]object{author, whole}, children...)
			w.sends("tool", "publish", all...)
			w.comesToShow(xc, all...)
			w.shows(xd)
		})
	}
	each(t, "P-2 an event that is corrected upward", practice(), func(w *world) {
		author, whole, children := event("grouping", tlpGreen)
		all := append([]object{author, whole}, children...)
		w.publish(all...)
		w.comesToShow(xc, all...)
		w.publish(whole.version(2).marked(tlpAmber))
		w.shows(xc)
		w.comesToShow(xb, append(all, whole.version(2).marked(tlpAmber))...)
	})
	each(t, "P-2 an event without any mark waits as a whole", practice(), func(w *world) {
		author, whole, children := event("report", tlpUnmarked)
		w.publish(append([]object{author, whole}, children...)...)
		w.shows(xb)
		for _, o := range append(children, whole) {
			assert.True(w.t, w.waits(o, xb, "unmarked"), o.name())
		}
	})
}

// The same with what misp-stix itself wrote.
func TestPracticeOfMISPBundles(t *testing.T) {
	const internal = "misp-stix/extracted-internal21/"
	t.Run("P-2 an event whose grouping is WHITE", func(t *testing.T) {
		path, objects := corpusFile(t, internal+"event_report.json")
		w := newWorld(t, practice()...)
		w.must("publish", path)
		want := idsOf(objects, func(object) bool { return true })
		w.soon("the event", func() bool { return containsAll(w.ids(xd), want) })
		assert.ElementsMatch(t, want, w.ids(xd))
		assert.Empty(t, w.queue())
	})
	t.Run("P-2 observations of every level", func(t *testing.T) {
		path, objects := corpusFile(t, internal+"tlp_2_0_markings.json")
		w := newWorld(t, practice()...)
		w.must("publish", path)
		for who, levels := range map[string][]string{xb: {tlpClear, tlpGreen, tlpAmber}, xc: {tlpClear, tlpGreen}, xd: {tlpClear}} {
			want := idsOf(objects, func(o object) bool { return levelled(objects, o, levels) })
			require.Len(t, want, 2*len(levels))
			w.soon("the observations", func() bool { return containsAll(w.ids(who), want) })
			got := slices.DeleteFunc(w.ids(who), func(id string) bool { return strings.HasPrefix(id, "marking-definition--") })
			assert.ElementsMatch(t, want, got, who)
		}
	})
}

// levelled reports whether an observation is marked with one of the levels, or an observable is in one that is.
func levelled(objects []object, o object, levels []string) bool {
	for _, parent := range objects {
		refs, _ := parent["object_refs"].([]any)
		marks, _ := parent["object_marking_refs"].([]any)
		if parent["type"] != "observed-data" || len(marks) != 1 || parent.id() != o.id() && !slices.Contains(refs, any(o.id())) {
			continue
		}
		level, _ := stix.TLP(stix.ID(marks[0].(string)))
		return slices.Contains(levels, level)
	}
	return false
}

func idsOf(objects []object, wanted func(object) bool) (ids []string) {
	for _, o := range objects {
		if wanted(o) {
			ids = append(ids, o.id())
		}
	}
	return ids
}

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(id string) bool { return !slices.Contains(have, id) })
}

// ids are those of everything that a member sees, notices apart.
func (w *world) ids(who string) (ids []string) {
	w.t.Helper()
	for _, name := range w.glance(who, home(who), time.Time{}).names {
		id, _, _ := strings.Cut(name, "@")
		ids = append(ids, id)
	}
	return ids
}

// What OpenCTI sends and does (P-1, P-5).
func TestPracticeOfOpenCTI(t *testing.T) {
	each(t, "P-1 its AMBER+STRICT, with its definition", folder(member(xb, 4), member(xc, 4), mou(xb, gives(xb, tlpStrict)), mou(xc, gives(xc, tlpAmber))), func(w *world) {
		definition := object{"type": "marking-definition", "spec_version": "2.1", "id": strictOpenCTI, "created": firstVersion,
			"definition_type": "statement", "definition": map[string]any{"statement": "custom"}, "name": "TLP:AMBER+STRICT"}
		o := obj("indicator", strictOpenCTI)
		w.offers("tool", "publish", definition)
		w.sends("tool", "publish", o)
		w.judged(o, xb, "release")
		w.judged(o, xc, "withhold ceiling")
	})
	each(t, "P-5 it publishes again what it read, as it was", laundering(), func(w *world) {
		o := w.posts(xb, objOf(xb, "indicator", tlpAmber))
		w.sends("tool", "publish", o)
		w.judged(o, xc, "withhold onward")
		assert.Empty(w.t, w.quarantine())
	})
	each(t, "P-5 it publishes again what it read, in other bytes", laundering(), func(w *world) {
		o := w.posts(xb, objOf(xb, "indicator", tlpAmber))
		w.offers("tool", "publish", o.with("description", "enriched"))
		w.judged(o, xc, "withhold onward")
		assert.Empty(w.t, w.quarantine(), "it is another route, whatever its bytes")
	})
	each(t, "P-5 it publishes again what it read, with its own mark", laundering(), func(w *world) {
		o := w.posts(xb, objOf(xb, "indicator", tlpAmber))
		w.offers("tool", "publish", o.marked(tlpClear))
		w.offers("tool", "publish", o.version(2).marked(tlpClear))
		w.judged(o, xc, "withhold onward")
		w.shows(xc)
	})
	each(t, "P-5 it publishes what names a member as its creator", laundering(), func(w *world) {
		o := objOf(xb, "indicator", tlpAmber)
		w.sends("tool", "publish", o)
		w.judged(o, xc, "withhold onward")
	})
	each(t, "P-5 an observable that it publishes is ours", laundering(), func(w *world) {
		o := obj("domain-name", tlpAmber)
		w.posts(xb, o)
		w.judged(o, xc, "withhold onward")
		w.sends("tool", "publish", o)
		w.comesToShow(xc, o)
	})
}

// laundering is a peer whose AMBER may not go on, and another that has ours up to AMBER.
func laundering() []policyFile {
	return folder(member(xb, 3), member(xc, 3), mou(xb, gets(xb, tlpAmber)), mou(xc, gives(xc, tlpAmber)))
}

// The queue of what carries no mark, and what an analyst does with it (P-4).
func TestPracticeOfHolds(t *testing.T) {
	each(t, "P-4 a level for many at once, by type", practice(), func(w *world) {
		one, two, other := obj("indicator", tlpUnmarked), obj("indicator", tlpUnmarked), obj("malware", tlpUnmarked)
		w.publish(one, two, other)
		for _, o := range []object{one, two, other} {
			assert.True(w.t, w.waits(o, xc, "unmarked"))
		}
		w.refuses("hold", "approve", "--all", "--type", "indicator", "--to", xc)
		w.must("hold", "approve", "--all", "--type", "indicator", "--to", xc, "--tlp", "green", "--json")
		for _, o := range []object{one, two} {
			assert.Equal(w.t, []any{greenMark}, w.latest(xc, o)["object_marking_refs"], "ours is marked")
			assert.False(w.t, w.waits(o, xc, "unmarked"))
		}
		assert.True(w.t, w.waits(other, xc, "unmarked"))
		assert.NotContains(w.t, w.ids(xc), other.id())
		assert.Empty(w.t, w.ids(xd))
	})
	each(t, "P-4 ours may be named any level", practice(), func(w *world) {
		o := w.publish(obj("indicator", tlpUnmarked))
		w.must("hold", "approve", o.id(), "--to", xb, "--tlp", "amber", "--json")
		assert.Equal(w.t, []any{amber2}, w.latest(xb, o)["object_marking_refs"])
		assert.Empty(w.t, w.ids(xc))
	})
	each(t, "P-4 a member's may be named CLEAR or GREEN, and goes as it came", append(practice(), member(xb, 3), community("north", xa+", "+xb+", "+xc)), func(w *world) {
		o, p := objOf(xb, "indicator", tlpUnmarked), objOf(xb, "malware", tlpUnmarked)
		w.posts(xb, o, p)
		assert.True(w.t, w.waits(o, xc, "unmarked"))
		w.refuses("hold", "approve", o.id(), "--to", xc, "--tlp", "amber")
		w.shows(xc)
		w.must("hold", "approve", "--all", "--source", xb, "--tlp", "green", "--json")
		w.comesToShow(xc, o, p)
		w.shows(xd)
	})
	each(t, "P-4 several by name, to everybody who waits", practice(), func(w *world) {
		one, two, three := obj("indicator", tlpUnmarked), obj("malware", tlpUnmarked), obj("tool", tlpUnmarked)
		w.publish(one, two, three)
		w.must("hold", "approve", one.id(), two.id(), "--tlp", "clear", "--json")
		for _, who := range []string{xb, xc, xd} {
			w.latest(who, one)
			w.latest(who, two)
			assert.NotContains(w.t, w.ids(who), three.id())
		}
	})
	each(t, "P-4 denied", practice(), func(w *world) {
		o := w.publish(obj("indicator", tlpUnmarked))
		w.must("hold", "deny", o.id(), "--to", xc, "--reason", "not theirs", "--json")
		assert.False(w.t, w.waits(o, xc, "unmarked"))
		assert.True(w.t, w.waits(o, xb, "unmarked"))
		assert.Empty(w.t, w.ids(xc))
	})
}

// What waits for approval, and what an approval covers (P-4, 13).
func TestPracticeOfApprovals(t *testing.T) {
	approval := func(rule string) []policyFile {
		return append(agreed(3, tlpAmber), local("rules: [{to: csirt-xb, approval: "+rule+"}]"))
	}
	each(t, "P-4 13 approval from AMBER up", approval("{amber: one}"), func(w *world) {
		o, green := obj("indicator", tlpAmber), obj("indicator", tlpGreen)
		w.publish(o, green)
		w.judged(o, xb, "hold approval")
		w.judged(green, xb, "release")
		assert.True(w.t, w.waits(o, xb, "approval"))
		w.must("hold", "approve", o.id(), "--to", xb, "--json")
		w.comesToShow(xb, o, green)
		assert.Empty(w.t, w.queue())
	})
	each(t, "P-4 13 an approval covers what changed in nothing that matters", approval("{green: one}"), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber).with("confidence", 50))
		w.must("hold", "approve", o.id(), "--to", xb, "--json")
		w.comesToShow(xb, o)
		same := w.publish(o.with("modified", "2025-01-02T00:00:00.000Z").with("confidence", 90))
		w.comesToShow(xb, o, same)
		w.publish(o.version(3))
		w.judged(o.version(3), xb, "hold approval")
		w.shows(xb)
	})
	each(t, "P-4 13 two people", approval("{amber: two}"), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber))
		for range 2 {
			w.run("hold", "approve", o.id(), "--to", xb, "--as", "anna")
			w.judged(o, xb, "hold approval")
		}
		w.must("hold", "approve", o.id(), "--to", xb, "--as", "bert")
		w.comesToShow(xb, o)
	})
}

// greenMark is TLP 2's id of GREEN.
const greenMark = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"

// latest waits until a member sees an object, and is its latest version there.
func (w *world) latest(who string, o object) (latest object) {
	w.t.Helper()
	c, col := w.collection(who, home(who))
	w.soon("that "+who+" sees "+o.id(), func() bool {
		page, err := c.Object(w.t.Context(), col, stix.ID(o.id()), client.Query{})
		return err == nil && len(page.Items) == 1 && json.Unmarshal(page.Items[0], &latest) == nil
	})
	return latest
}

// MITRE ATT&CK by its pinned source goes to whoever gets CLEAR, as what it is (P-2).
func TestPracticeOfATTACK(t *testing.T) {
	path, objects := corpusFile(t, "attack/ics-attack-12.1.json")
	w := newWorld(t, member(xb, 1))
	w.must("publish", path, "--source", "mitre-attack", "--json")
	want := idsOf(objects, func(object) bool { return true })
	w.soon("all of it", func() bool { return containsAll(w.ids(xb), want) })
	assert.ElementsMatch(t, want, w.ids(xb))
	assert.Empty(t, w.queue())
}

// Who made an object goes along with it, or is judged like whatever else it names (P-2, P-4).
func TestPracticeOfAuthors(t *testing.T) {
	policy := relayed("relays_for: [" + xb + "]")
	named := func(who string) object { return obj("identity", tlpUnmarked).with("id", identityOf(who)) }
	each(t, "P-2 a member's own identity goes along", policy, func(w *world) {
		author, o := named(xb), objOf(xb, "indicator", tlpGreen)
		w.posts(xb, author, o)
		w.comesToShow(xc, author, o)
	})
	each(t, "P-2 it comes later", policy, func(w *world) {
		author, o := named(xb), objOf(xb, "indicator", tlpGreen)
		w.posts(xb, o)
		before := w.shows(xc, o)
		w.posts(xb, author)
		assert.Equal(w.t, before.added[o.name()], w.comesToShow(xc, author, o).added[o.name()])
	})
	each(t, "P-2 not an individual", policy, func(w *world) {
		author, o := named(xb).with("identity_class", "individual"), objOf(xb, "indicator", tlpGreen)
		w.posts(xb, author, o)
		w.judged(o, xc, "hold reference")
		w.shows(xc)
	})
	each(t, "P-4 11 an author above what a member gets", policy, func(w *world) {
		author, o := named(xb).marked(tlpAmber), objOf(xb, "indicator", tlpGreen)
		w.posts(xb, author, o)
		w.judged(o, xc, "withhold reference")
	})
	each(t, "P-4 11 an author above what a member gets, who comes later", policy, func(w *world) {
		author, o := obj("identity", tlpRed), obj("indicator", tlpGreen)
		o = o.with("created_by_ref", author.id())
		w.publish(o)
		w.shows(xc, o)
		w.publish(author)
		w.judged(o, xc, "withhold reference")
		w.publish(author.version(2).marked())
		w.comesToHave(xc, o)
	})
	each(t, "P-2 a relay brings the author too", policy, func(w *world) {
		author, o := named(xb), objOf(xb, "indicator", tlpClear)
		w.posts(hub, author, o)
		w.comesToHave(xc, o)
	})
}
