package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The vectors of P-8, end to end: a node with a policy folder, and whoever writes to it and reads
// from it over HTTP. Each is here with variations of its kind, and named by its number; 40 alone is
// not, because nothing in a folder or an object makes a rule panic: trust's own tests provoke it.

// row is a vector of one object of ours and one decision about it.
type row struct {
	name   string
	policy []policyFile
	object object
	want   string // "release", or an outcome and its primary check
}

// judge publishes each row's object at a node of its own, and reads what csirt-xb gets.
func judge(t *testing.T, rows []row) {
	for _, row := range rows {
		each(t, row.name, row.policy, func(w *world) {
			w.publish(row.object)
			w.judged(row.object, xb, row.want)
		})
	}
}

// each runs a vector at a node of its own.
func each(t *testing.T, name string, policy []policyFile, check func(w *world)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		check(newWorld(t, policy...))
	})
}

// folder is a policy folder.
func folder(files ...policyFile) []policyFile { return files }

// north is a community of the node with one member, who is trusted so far.
func north(trust int) []policyFile {
	return folder(member(xb, trust), community("north", xa+", "+xb))
}

// agreed is a member who is trusted so far, and an agreement that gives it so much.
func agreed(trust int, level string, more ...string) []policyFile {
	return folder(member(xb, trust, more...), mou(xb, gives(xb, level)))
}

// P-8 1 to 7 and 44: what a label, an agreement and trust make of an object of ours.
func TestVectorsOfClearance(t *testing.T) {
	judge(t, []row{
		{"P-8 01 CLEAR, no agreement, trust 1", folder(member(xb, 1)), obj("indicator", tlpClear), "release"},
		{"P-8 01 TLP1 WHITE, no agreement, trust 1", folder(member(xb, 1)), obj("malware", white1), "release"},
		{"P-8 01 CLEAR, a hub at trust 1", folder(member(xb, 1, "relation: hub")), obj("campaign", tlpClear), "release"},
		{"P-8 01 CLEAR observable, trust 1", folder(member(xb, 1)), obj("domain-name", tlpClear), "release"},
		{"P-8 03 GREEN, same community", north(2), obj("indicator", tlpGreen), "release"},
		{"P-8 03 TLP1 GREEN, same community", north(2), obj("indicator", green1), "release"},
		{"P-8 03 GREEN, same community, trust 1", north(1), obj("indicator", tlpGreen), "withhold ceiling"},
		{"P-8 04 GREEN, no common community, no agreement", folder(member(xb, 4)), obj("indicator", tlpGreen), "withhold ceiling"},
		{"P-8 04 GREEN, a community of others", folder(member(xb, 4), member(xc, 4), community("south", xb+", "+xc)), obj("indicator", tlpGreen), "withhold ceiling"},
		{"P-8 04 GREEN, a constituent", folder(constituent(xb, 2, "energy")), obj("indicator", tlpGreen), "release"},
		{"P-8 05 AMBER by flow amber, trust 3", agreed(3, tlpAmber), obj("indicator", tlpAmber), "release"},
		{"P-8 05 AMBER by flow amber, trust 2", agreed(2, tlpAmber), obj("indicator", tlpAmber), "withhold ceiling"},
		{"P-8 05 AMBER by a flow the other way", folder(member(xb, 3), mou(xb, gets(xb, tlpAmber))), obj("indicator", tlpAmber), "withhold ceiling"},
		{"P-8 05 AMBER, community amber, to its hub", folder(member(xb, 3), community("north", xa, "hub: "+xb, "max_tlp: amber")), obj("indicator", tlpAmber), "release"},
		{"P-8 05 AMBER, community amber, to a fellow member", folder(member(xb, 3), member(hub, 3), community("north", xa+", "+xb, "hub: "+hub, "max_tlp: amber")), obj("indicator", tlpAmber), "withhold ceiling"},
		{"P-8 06 AMBER+STRICT, flow amber", agreed(4, tlpAmber), obj("indicator", tlpStrict), "withhold ceiling"},
		{"P-8 06 AMBER+STRICT, flow amber+strict, trust 4", agreed(4, tlpStrict), obj("indicator", tlpStrict), "release"},
		{"P-8 06 AMBER+STRICT, flow amber+strict, trust 3", agreed(3, tlpStrict), obj("indicator", tlpStrict), "withhold ceiling"},
		{"P-8 07 RED, flow amber+strict, trust 4", agreed(4, tlpStrict), obj("indicator", tlpRed), "withhold red"},
		{"P-8 07 TLP1 RED, flow amber+strict, trust 4", agreed(4, tlpStrict), obj("indicator", red1), "withhold red"},
		{"P-8 07 RED observable, flow amber+strict, trust 4", agreed(4, tlpStrict), obj("domain-name", tlpRed), "withhold red"},
		{"P-8 44 AMBER+STRICT to a TLP 1 member", agreed(4, tlpStrict, "understands: tlp1"), obj("indicator", tlpStrict), "withhold dialect"},
		{"P-8 44 826578e1… to a TLP 1 member", agreed(4, tlpStrict, "understands: tlp1"), obj("indicator", strictOpenCTI), "withhold dialect"},
		{"P-8 44 AMBER to a TLP 1 member", agreed(4, tlpStrict, "understands: tlp1"), obj("indicator", tlpAmber), "release"},
	})
}

// P-8 2: whoever shows no credentials.
func TestVectorsOfTheAnonymous(t *testing.T) {
	for _, row := range []struct {
		name   string
		object object
		want   string
	}{
		{"P-8 01 CLEAR, anonymous", obj("indicator", tlpClear), "release"},
		{"P-8 02 GREEN, anonymous", obj("indicator", tlpGreen), "withhold"},
		{"P-8 02 AMBER, anonymous", obj("malware", amber1), "withhold"},
		{"P-8 02 unmarked, anonymous", obj("indicator", tlpUnmarked), "hold"},
		{"P-8 02 GREEN observable, anonymous", obj("domain-name", tlpGreen), "withhold"},
	} {
		each(t, row.name, folder(member(xb, 1), local("public: true")), func(w *world) {
			w.publish(row.object)
			w.judged(row.object, anonymous, row.want)
		})
	}
}

// P-8 8: what a person releases to a member by name.
func TestVectorsOfExplicitRelease(t *testing.T) {
	two := folder(member(xb, 4), member(xc, 4), mou(xb, gives(xb, tlpStrict)), mou(xc, gives(xc, tlpStrict)))
	each(t, "P-8 08 RED with explicit release", two, func(w *world) {
		o := w.publish(obj("indicator", tlpRed))
		w.release(o, xb)
		w.comesToShow(xb, o)
		w.judged(o, xb, "release")
		w.judged(o, xc, "withhold red")
	})
	each(t, "P-8 08 the next version is not released with it", two, func(w *world) {
		o := obj("indicator", tlpRed)
		w.publish(o.version(1))
		w.release(o, xb)
		w.comesToShow(xb, o.version(1))
		w.publish(o.version(2))
		w.judged(o.version(2), xb, "withhold red")
		w.shows(xb)
	})
	each(t, "P-8 08 AMBER above every grant, explicit release", folder(member(xb, 1), member(xc, 1)), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber))
		w.release(o, xb)
		w.comesToShow(xb, o)
		w.judged(o, xc, "withhold ceiling")
	})
	each(t, "P-8 08 an explicit release overrides no exclusion", append(two, local("rules: [{to: csirt-xb, exclude: {labels: [legal-hold]}}]")), func(w *world) {
		o := w.publish(obj("indicator", tlpRed).labelled("legal-hold"))
		w.run("release", o.id(), "--to", xb, "--reason", "they need it")
		w.judged(o, xb, "withhold")
	})
}

// P-8 16: what carries no mark, and the report that does.
func TestVectorsOfTheUnmarked(t *testing.T) {
	policy := folder(member(xb, 3), member(xc, 2), mou(xb, gives(xb, tlpAmber)), community("north", xa+", "+xc))
	each(t, "P-8 16 unmarked", policy, func(w *world) {
		o := w.publish(obj("indicator", tlpUnmarked))
		w.judged(o, xb, "hold unmarked")
		assert.True(w.t, w.waits(o, xb, "unmarked"))
		w.showsIn("analyst", "publish", o)
		w.showsIn("tool", "publish")
	})
	each(t, "P-8 16 a tag of MISP is no mark", policy, func(w *world) {
		w.judged(w.publish(obj("indicator", tlpUnmarked).labelled("tlp:green")), xb, "hold unmarked")
	})
	for _, kind := range []string{"report", "grouping", "observed-data"} {
		each(t, "P-8 16 unmarked child of an AMBER "+kind, policy, func(w *world) {
			child := obj("domain-name", tlpUnmarked)
			parent := container(kind, tlpAmber, child)
			w.publish(child, parent)
			w.comesToShow(xb, child, parent)
			w.judged(child, xb, "release")
			w.judged(child, xc, "withhold ceiling")
		})
	}
	each(t, "P-8 16 the report comes later", policy, func(w *world) {
		child := w.publish(obj("indicator", tlpUnmarked))
		w.judged(child, xc, "hold unmarked")
		parent := w.publish(container("report", tlpGreen, child))
		w.comesToShow(xc, child, parent)
		w.judged(child, xc, "release")
	})
	each(t, "P-8 16 two reports, the stricter counts", policy, func(w *world) {
		child := obj("indicator", tlpUnmarked)
		open, shut := container("report", tlpGreen, child), container("report", tlpAmber, child)
		w.publish(child, open, shut)
		w.comesToShow(xb, child, open, shut)
		w.judged(child, xc, "withhold ceiling")
		w.shows(xc)
	})
	each(t, "P-8 16 the report does not go, and so neither does its child", folder(member(xb, 3), mou(xb, gives(xb, tlpAmber, "types: [indicator]"))), func(w *world) {
		child := obj("indicator", tlpUnmarked)
		parent := container("report", tlpAmber, child)
		w.publish(child, parent)
		w.judged(parent, xb, "withhold scope:types")
		w.shows(xb)
	})
	each(t, "P-8 16 a note opens nothing", policy, func(w *world) {
		o := obj("indicator", tlpUnmarked)
		note := container("note", tlpClear, o)
		w.publish(o, note)
		w.judged(o, xb, "hold unmarked")
		w.judged(note, xb, "hold reference")
	})
	each(t, "P-8 16 a member's report about our object opens nothing", policy, func(w *world) {
		o := w.publish(obj("indicator", tlpUnmarked))
		w.posts(xc, container("report", tlpClear, o).by(xc))
		w.judged(o, xb, "hold unmarked")
	})
	each(t, "P-8 16 unmarked: green", append(policy, local("unmarked: green")), func(w *world) {
		o := w.publish(obj("indicator", tlpUnmarked))
		w.judged(o, xc, "release")
	})
}

// P-8 17 to 22: markings that are unknown, several, or on a part.
func TestVectorsOfMarkings(t *testing.T) {
	policy := folder(member(xb, 3), member(xc, 2), member(xd, 1), mou(xb, gives(xb, tlpAmber)), community("north", xa+", "+xb+", "+xc))
	judge(t, []row{
		{"P-8 17 unknown marking id", policy, obj("indicator", obj("marking-definition", tlpUnmarked).id()), "withhold marking"},
		{"P-8 17 unknown marking id beside CLEAR", policy, obj("indicator", tlpClear).marked(tlpClear, obj("marking-definition", tlpUnmarked).id()), "withhold marking"},
		{"P-8 17 unknown marking id on a part", policy, obj("malware", tlpClear).granular(obj("marking-definition", tlpUnmarked).id(), "name"), "withhold marking"},
		{"P-8 18 826578e1…, flow amber", agreed(4, tlpAmber), obj("indicator", strictOpenCTI), "withhold ceiling"},
		{"P-8 18 826578e1…, flow amber+strict", agreed(4, tlpStrict), obj("indicator", strictOpenCTI), "release"},
		{"P-8 19 TLP1 AMBER + TLP2 CLEAR, flow amber", policy, obj("indicator", "").marked(amber1, clear2), "release"},
		{"P-8 19 TLP2 CLEAR + TLP1 AMBER, flow amber", policy, obj("indicator", "").marked(clear2, amber1), "release"},
		{"P-8 19 TLP1 AMBER + TLP2 CLEAR, no flow", folder(member(xb, 4)), obj("indicator", "").marked(amber1, clear2), "withhold ceiling"},
		{"P-8 19 TLP2 CLEAR + TLP1 AMBER, no flow", folder(member(xb, 4)), obj("indicator", "").marked(clear2, amber1), "withhold ceiling"},
		{"P-8 19 TLP2 CLEAR + TLP1 RED", policy, obj("indicator", "").marked(clear2, red1), "withhold red"},
		{"P-8 21 granular RED in a GREEN object", policy, obj("malware", tlpGreen).granular(tlpRed, "name"), "withhold red"},
		{"P-8 21 granular RED alone", policy, obj("malware", tlpUnmarked).granular(tlpRed, "name"), "withhold red"},
		{"P-8 21 granular AMBER in a CLEAR object, flow amber", policy, obj("malware", tlpClear).granular(tlpAmber, "name"), "release"},
		{"P-8 21 granular AMBER in a CLEAR object, no flow", folder(member(xb, 4)), obj("malware", tlpClear).granular(tlpAmber, "name"), "withhold ceiling"},
		{"P-8 21 granular CLEAR in an AMBER object", folder(member(xb, 4)), obj("malware", tlpAmber).granular(tlpClear, "name"), "withhold ceiling"},
	})
	each(t, "P-8 17 the definition comes later", policy, func(w *world) {
		definition := obj("marking-definition", tlpUnmarked)
		o := w.publish(obj("indicator", tlpGreen).marked(tlpGreen, definition.id()))
		w.judged(o, xb, "withhold marking")
		w.publish(definition)
		w.comesToShow(xb, definition, o)
		w.judged(o, xb, "release")
	})
	each(t, "P-8 17 a meaning that the parties gave", policy, func(w *world) {
		definition := obj("marking-definition", tlpUnmarked)
		w.apply(agreement("mou-csirt-xb", xb, "flows: ["+gives(xb, tlpAmber)+"]", "markings: {"+definition.id()+": {level: amber, to: [csirt-xb]}}"),
			mou(xc, gives(xc, tlpAmber)), member(xc, 3))
		o := obj("indicator", definition.id())
		w.publish(definition, o)
		w.comesToShow(xb, definition, o)
		w.judged(o, xc, "withhold recipients")
	})
	each(t, "P-8 20 GREEN + statement, which goes along", policy, func(w *world) {
		statement := obj("marking-definition", tlpUnmarked).with("definition", map[string]any{"statement": "free to share"})
		o := obj("indicator", "").marked(tlpGreen, statement.id())
		w.publish(statement, o)
		v := w.shows(xb, statement, o)
		assert.Less(w.t, v.added[statement.name()].UnixMicro(), v.added[o.name()].UnixMicro(), "just before it")
		w.judged(o, xd, "withhold ceiling")
		w.shows(xd)
	})
	each(t, "P-8 20 a statement alone is no mark", policy, func(w *world) {
		statement := obj("marking-definition", tlpUnmarked)
		o := obj("indicator", statement.id())
		w.publish(statement, o)
		w.judged(o, xb, "hold unmarked")
		w.shows(xb)
	})
	for name, selector := range map[string]string{"an index beyond the list": "labels.[9]", "a property that is not there": "description"} {
		each(t, "P-8 22 a selector that resolves to nothing: "+name, policy, func(w *world) {
			o := obj("malware", tlpGreen).labelled("one").granular(tlpGreen, selector)
			if s := w.offers("analyst", "publish", o); s.FailureCount == 0 {
				w.judged(o, xb, "withhold marking")
			}
			w.shows(xb)
		})
	}
}

// What explain prints is P-4's table, whole and in its order, and where the policy decided.
func TestVectorsAreExplained(t *testing.T) {
	w := newWorld(t, member(xb, 3), mou(xb, gives(xb, tlpAmber)), local("rules: [{to: csirt-xb, exclude: {labels: [legal-hold]}}]"))
	o := w.publish(obj("indicator", tlpRed).labelled("legal-hold"))
	e := w.explain(o, xb)
	var codes []string
	for _, c := range e.Checks {
		if !strings.HasPrefix(c.Code, "scope") {
			codes = append(codes, c.Code)
		}
		want := map[string]string{"red": "withhold", "ceiling": "withhold", "exclude": "withhold"}[c.Code]
		if want == "" {
			want = "pass"
		}
		assert.Equal(t, want, c.Outcome, c.Code)
		if c.Code == "exclude" {
			assert.Contains(t, c.File, "local.yaml")
			assert.Equal(t, 1, c.Line)
		}
	}
	assert.Equal(t, "withhold red", e.Decision+" "+e.Primary)
	assert.Equal(t, []string{"recipient", "echo", "recalled", "marking", "unmarked", "recipients", "red", "onward", "need-to-know",
		"dialect", "ceiling", "exclude", "personal", "reference", "embargo", "approval"}, codes)
}
