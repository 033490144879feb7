package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii/client"
)

// P-8 25: an agreement's dates.
func TestVectorsOfDates(t *testing.T) {
	until := func(day, baseline string) []policyFile {
		return folder(member(xb, 3), agreement("mou", xb, "flows: ["+gives(xb, tlpAmber)+"]", "valid: {until: "+day+"}", "baseline: "+baseline))
	}
	judge(t, []row{
		{"P-8 25 agreement expired yesterday, AMBER", until("2026-06-14", "keep"), obj("indicator", tlpAmber), "withhold ceiling"},
		{"P-8 25 agreement expired yesterday, CLEAR by the baseline", until("2026-06-14", "keep"), obj("indicator", tlpClear), "release"},
		{"P-8 25 agreement ends today", until("2026-06-15", "keep"), obj("indicator", tlpAmber), "release"},
		{"P-8 25 baseline: replace outlives its agreement", until("2026-06-14", "replace"), obj("indicator", tlpClear), "withhold ceiling"},
		{"P-8 25 an exclusion outlives its agreement", append(north(2), agreement("mou", xb,
			"flows: ["+gives(xb, tlpAmber, "exclude: {labels: [legal-hold]}")+"]", "valid: {until: 2026-06-14}")), obj("indicator", tlpGreen).labelled("legal-hold"), "withhold exclude"},
	})
	each(t, "P-8 25 the last second of an agreement", until("2026-06-15", "keep"), func(w *world) {
		o, open := obj("indicator", tlpAmber), obj("indicator", tlpClear)
		w.publish(o, open)
		w.turn("2026-06-15T23:59:59Z")
		w.shows(xb, o, open)
		w.turn("2026-06-16T00:00:00Z")
		w.comesToShow(xb, open)
		w.judged(o, xb, "withhold ceiling")
	})
	each(t, "P-8 25 the first second of an agreement", folder(member(xb, 3), agreement("mou", xb, "flows: ["+gives(xb, tlpAmber)+"]", "valid: {from: 2026-06-16}")), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber))
		w.turn("2026-06-15T23:59:59Z")
		w.judged(o, xb, "withhold ceiling")
		w.turn("2026-06-16T00:00:00Z")
		v := w.comesToShow(xb, o)
		assert.Equal(w.t, "2026-06-16", v.added[o.name()].Format(time.DateOnly))
	})
	each(t, "P-8 25 an agreement that ends with destroy", folder(member(xb, 3), member(xc, 3), agreement("mou", xb,
		"flows: ["+gives(xb, tlpAmber)+"]", "valid: {until: 2026-06-15}", "ends: {then: destroy}")), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber))
		w.shows(xb, o)
		w.turn("2026-06-16T00:00:00Z")
		w.told(o, xb, "")
		w.shows(xb)
		w.untold(o, xc)
	})
}

// P-8 26: what a policy takes away, it takes away in mid-page.
func TestVectorsOfMidPage(t *testing.T) {
	five := []object{obj("indicator", tlpAmber), obj("malware", tlpAmber), obj("campaign", tlpAmber), obj("tool", tlpAmber), obj("domain-name", tlpAmber)}
	for name, tighter := range map[string]policyFile{
		"agreement suspended":      local("suspended: [mou-" + xb + "]"),
		"trust lowered":            member(xb, 2),
		"flow narrowed":            mou(xb, gives(xb, tlpGreen)),
		"everything excluded":      local("rules: [{to: csirt-xb, exclude: [{types: [indicator, malware, campaign, tool, domain-name]}]}]"),
		"an embargo of this night": local("rules: [{to: csirt-xb, embargo: 2026-06-16T00:00:00Z}]"),
	} {
		each(t, "P-8 26 "+name+" between pages", agreed(3, tlpAmber), func(w *world) {
			w.publish(five...)
			c, col := w.collection(xb, home(xb))
			q := client.Query{Limit: 2, Versions: []string{"all"}}
			one, err := c.Objects(w.t.Context(), col, q)
			require.NoError(w.t, err)
			require.Len(w.t, one.Items, 2)
			w.apply(tighter)
			byNext, byDate := q, q
			byNext.Next, byDate.AddedAfter = one.Next, one.Last
			for _, q := range []client.Query{byNext, byDate} {
				two, err := c.Objects(w.t.Context(), col, q)
				require.NoError(w.t, err)
				assert.Empty(w.t, two.Items)
				assert.False(w.t, two.More)
			}
			w.shows(xb)
			w.apply(member(xb, 3), mou(xb, gives(xb, tlpAmber)), local("unmarked: hold"))
			w.comesToShow(xb, five...)
			again := w.glance(xb, home(xb), one.Last)
			for _, o := range five[2:] {
				assert.Contains(w.t, again.names, o.name(), "a poller misses nothing when it comes back")
			}
		})
	}
}

// P-8 27 and 28: a later version has another label.
func TestVectorsOfRemarking(t *testing.T) {
	policy := folder(member(xb, 3), member(xc, 2), member(xd, 2), mou(xb, gives(xb, tlpAmber)), community("north", xa+", "+xb+", "+xc+", "+xd))
	each(t, "P-8 27 v1 GREEN, v2 RED", policy, func(w *world) {
		o := obj("indicator", tlpGreen)
		w.publish(o)
		w.shows(xc, o)
		w.publish(o.version(2).marked(tlpRed))
		w.shows(xc)
		w.shows(xd)
		w.judged(o.version(2).marked(tlpRed), xc, "withhold red")
		w.told(o, xc, "")
		w.untold(o, xd)
	})
	each(t, "P-8 27 v1 GREEN, v2 AMBER: the others just get the new version", policy, func(w *world) {
		o := obj("indicator", tlpGreen)
		w.publish(o)
		w.shows(xb, o)
		w.shows(xc, o)
		w.publish(o.version(2).marked(tlpAmber))
		w.shows(xb, o, o.version(2).marked(tlpAmber))
		w.shows(xc)
		w.told(o, xc, "")
		w.untold(o, xb)
	})
	each(t, "P-8 27 a member's v2 is RED", policy, func(w *world) {
		o := objOf(xb, "indicator", tlpGreen)
		w.posts(xb, o)
		w.shows(xc, o)
		w.posts(xb, o.version(2).marked(tlpRed))
		w.shows(xc)
		w.judged(o.version(2).marked(tlpRed), xc, "withhold red")
	})
	each(t, "P-8 27 v2 is unmarked", policy, func(w *world) {
		o := obj("indicator", tlpGreen)
		w.publish(o)
		w.publish(o.version(2).marked())
		w.judged(o.version(2).marked(), xc, "hold unmarked")
		w.shows(xc)
	})
	each(t, "P-8 28 v1 RED, v2 GREEN", policy, func(w *world) {
		o := obj("indicator", tlpRed)
		w.publish(o)
		w.shows(xc)
		w.publish(o.version(2).marked(tlpGreen))
		w.shows(xc, o.version(2).marked(tlpGreen))
	})
	each(t, "P-8 28 v1 GREEN, v2 RED, v3 GREEN", policy, func(w *world) {
		o := obj("indicator", tlpGreen)
		w.publish(o)
		w.publish(o.version(2).marked(tlpRed))
		w.publish(o.version(3))
		w.shows(xc, o.version(3))
	})
	each(t, "P-8 28 v2 comes before v1", policy, func(w *world) {
		o := obj("indicator", tlpGreen)
		w.publish(o.version(2).marked(tlpRed))
		w.publish(o)
		w.shows(xc)
		w.judged(o, xc, "withhold red")
	})
}

// P-8 29: corrections follow, but only out of scope.
func TestVectorsOfCorrections(t *testing.T) {
	scoped := folder(member(xb, 3), mou(xb, gives(xb, tlpAmber, "sectors: [energy]")))
	each(t, "P-8 29 v2 falls out of scope after v1 was released", scoped, func(w *world) {
		o := obj("indicator", tlpAmber).labelled("sector:energy")
		w.publish(o)
		w.shows(xb, o)
		w.publish(o.version(2).labelled("sector:health"))
		w.comesToShow(xb, o, o.version(2).labelled("sector:health"))
		w.judged(o.version(2).labelled("sector:health"), xb, "release")
	})
	each(t, "P-8 29 v2 has too little confidence", append(agreed(3, tlpAmber), local("rules: [{to: csirt-xb, min_confidence: 50}]")), func(w *world) {
		o := obj("indicator", tlpAmber).with("confidence", 80)
		w.publish(o)
		w.publish(o.version(2).with("confidence", 10))
		w.comesToShow(xb, o, o.version(2).with("confidence", 10))
	})
	each(t, "P-8 29 v2 is excluded", append(scoped, local("rules: [{to: any, exclude: {labels: [legal-hold]}}]")), func(w *world) {
		o := obj("indicator", tlpAmber).labelled("sector:energy")
		w.publish(o)
		w.shows(xb, o)
		w.publish(o.version(2).labelled("sector:energy", "legal-hold"))
		w.shows(xb)
	})
	each(t, "P-8 29 v1 was never released", scoped, func(w *world) {
		o := obj("indicator", tlpAmber).labelled("sector:health")
		w.publish(o)
		w.publish(o.version(2))
		w.judged(o.version(2), xb, "withhold scope:sectors")
	})
	each(t, "P-8 29 v2 adds a reference to a withheld object", agreed(3, tlpAmber), func(w *world) {
		known, secret := obj("malware", tlpAmber), obj("threat-actor", tlpRed)
		o := container("grouping", tlpAmber, known)
		two := container("grouping", tlpAmber, known, secret)["object_refs"]
		w.publish(known, secret, o)
		w.shows(xb, known, o)
		w.publish(o.version(2).with("object_refs", two))
		w.judged(o.version(2), xb, "withhold reference")
		w.shows(xb, known)
	})
}

// P-8 33, 36 to 38 and 43: the policy itself changes, or time does.
func TestVectorsOfPolicyChanges(t *testing.T) {
	t.Run("P-8 33 agreement widened today, object of last year", func(t *testing.T) {
		t.Parallel()
		w := newWorldAt(t, "2025-06-15T12:00:00Z", append(agreed(3, tlpGreen), member(xc, 3))...)
		old, known := obj("indicator", tlpAmber), obj("indicator", tlpGreen)
		w.publish(old, known)
		checkpoint := w.shows(xb, known).last
		w.turn(noon)
		w.edit(mou(xb, gives(xb, tlpAmber)))
		release, withdraw := w.plan().of(xb)
		assert.Equal(t, []string{old.id()}, release)
		assert.Empty(t, withdraw)
		w.shows(xb, known)
		release, _ = w.apply().of(xb)
		assert.Equal(t, []string{old.id()}, release)
		v := w.comesToShow(xb, known, old)
		assert.Equal(t, "2026-06-15", v.added[old.name()].Format(time.DateOnly))
		assert.Equal(t, []string{old.name()}, w.known(w.glance(xb, home(xb), checkpoint).names), "a poller gets it")
		w.shows(xc)
	})
	each(t, "P-8 33 and narrowed again", agreed(3, tlpAmber), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber))
		w.edit(mou(xb, gives(xb, tlpGreen)))
		_, withdraw := w.plan().of(xb)
		assert.Equal(w.t, []string{o.id()}, withdraw)
		w.shows(xb, o)
		w.apply()
		w.shows(xb)
	})
	each(t, "P-8 33 a member that is new", folder(member(xc, 1)), func(w *world) {
		o := w.publish(obj("indicator", tlpGreen))
		w.apply(member(xb, 2), community("north", xa+", "+xb))
		w.comesToShow(xb, o)
	})
	each(t, "P-8 36 embargo until noon", append(agreed(3, tlpAmber), local("rules: [{to: csirt-xb, embargo: 2026-06-16T12:00:00Z}]")), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber))
		w.judged(o, xb, "hold embargo")
		w.turn("2026-06-16T11:59:59Z")
		w.judged(o, xb, "hold embargo")
		w.turn("2026-06-16T12:00:00Z")
		v := w.comesToShow(xb, o)
		assert.False(w.t, v.added[o.name()].Before(moment(w.t, "2026-06-16T12:00:00Z")))
		w.judged(o, xb, "release")
	})
	each(t, "P-8 36 embargo of two hours from receipt", append(agreed(3, tlpAmber), member(xc, 3), mou(xc, gives(xc, tlpAmber)), local("rules: [{to: csirt-xb, embargo: 2h}]")), func(w *world) {
		first := w.publish(obj("indicator", tlpAmber))
		w.turn("2026-06-15T13:00:00Z")
		second := w.publish(obj("indicator", tlpAmber))
		w.shows(xc, first, second)
		w.turn("2026-06-15T14:00:00Z")
		w.comesToShow(xb, first)
		w.turn("2026-06-15T15:00:00Z")
		w.comesToShow(xb, first, second)
	})
	each(t, "P-8 36 two embargoes, the later counts", append(agreed(3, tlpAmber), local("rules: [{to: csirt-xb, embargo: 1h}, {to: any, embargo: 2h}]")), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber))
		w.turn("2026-06-15T13:30:00Z")
		w.judged(o, xb, "hold embargo")
		w.turn("2026-06-15T14:00:00Z")
		w.comesToShow(xb, o)
	})
	each(t, "P-8 37 trust set to 0", append(north(2), member(xc, 2)), func(w *world) {
		o, open := obj("indicator", tlpGreen), obj("indicator", tlpClear)
		w.publish(o, open)
		w.shows(xb, o, open)
		w.apply(member(xb, 0))
		w.shows(xb)
		w.judged(open, xb, "withhold recipient")
		w.recall(o)
		w.told(o, xb, "sent in error")
		w.shows(xb)
	})
	each(t, "P-8 37 trust set back", north(2), func(w *world) {
		o := w.publish(obj("indicator", tlpGreen))
		w.apply(member(xb, 0))
		w.shows(xb)
		w.apply(member(xb, 2))
		w.comesToShow(xb, o)
	})
}

// P-8 38 and 43: a revision that has a fault is refused whole.
func TestVectorsOfBadRevisions(t *testing.T) {
	wide := "flows: [" + gives(xb, tlpAmber) + "]"
	test := func(test string) policyFile { return agreement("mou-"+xb, xb, wide, "tests: ["+test+"]") }
	for name, bad := range map[string]policyFile{
		"P-8 38 a failing test":         test("{from: csirt-xa, to: csirt-xb, object: {type: indicator, tlp: red}, expect: release}"),
		"P-8 38 a test, another reason": test("{from: csirt-xa, to: csirt-xb, object: {type: indicator, tlp: red}, expect: withhold, reason: echo}"),
		"P-8 38 an unknown key":         agreement("mou-"+xb, xb, wide, "flow: []"),
		"P-8 38 an unknown member":      agreement("mou-"+xb, xb, wide, "tests: [{from: csirt-xa, to: csirt-xz, object: {type: indicator}, expect: hold}]"),
		"P-8 43 sectors: []":            mou(xb, gives(xb, tlpAmber, "sectors: []")),
		"P-8 43 types: []":              mou(xb, gives(xb, tlpAmber, "types: []")),
		"P-8 43 an empty exclusion":     mou(xb, gives(xb, tlpAmber, "exclude: {labels: []}")),
	} {
		each(t, name, append(agreed(3, tlpGreen), member(xc, 1)), func(w *world) {
			o, green := obj("indicator", tlpAmber), obj("indicator", tlpGreen)
			w.publish(o, green)
			before := w.plan().Revision
			w.edit(bad, member(xc, 3), mou(xc, gives(xc, tlpAmber)))
			commands := [][]string{{"policy", "plan"}, {"policy", "apply"}}
			if strings.HasPrefix(name, "P-8 43") {
				commands = append(commands, []string{"check"})
			}
			for _, args := range commands {
				assert.Contains(w.t, w.refuses(args...), "agreements/mou-"+xb+".yaml:1")
			}
			w.shows(xb, green)
			w.shows(xc)
			w.judged(o, xb, "withhold ceiling")
			w.edit(mou(xb, gives(xb, tlpGreen)), member(xc, 1))
			w.without("agreements/mou-" + xc + ".yaml")
			assert.Equal(w.t, before, w.plan().Revision, "the old one stayed")
		})
	}
	each(t, "P-8 38 a test that holds", agreed(3, tlpGreen), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber))
		w.apply(test("{from: csirt-xa, to: csirt-xb, object: {type: indicator, tlp: red}, expect: withhold, reason: red}"))
		w.comesToShow(xb, o)
	})
	each(t, "P-6 widening takes two officers", append(agreed(3, tlpGreen), local("widening: two")), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber))
		w.edit(mou(xb, gives(xb, tlpAmber)))
		for range 2 {
			w.run("policy", "apply", "--as", "anna")
			w.judged(o, xb, "withhold ceiling")
		}
		w.must("policy", "apply", "--as", "bert")
		w.comesToShow(xb, o)
		history := w.must("policy", "history", "--json").out
		assert.Contains(w.t, history, w.plan().Revision)
		assert.Contains(w.t, history, "bert")
	})
}
