package main

import (
	"testing"
)

// translation is a language-content of ours about an object.
func translation(level string, of object) object {
	return obj("language-content", level).drop("name").with("object_ref", of.id()).with("contents", map[string]any{"de": map[string]any{"name": "Übersetzung"}})
}

// What P-2 and P-4 say of kinds of objects, where several play together.
func TestVectorsOfKinds(t *testing.T) {
	green := folder(member(xb, 3), member(xc, 2), mou(xb, gives(xb, tlpAmber)), community("north", xa+", "+xb+", "+xc))
	each(t, "P-2 a translation has the label of what it translates", green, func(w *world) {
		o := obj("malware", tlpAmber)
		text := translation(tlpClear, o)
		w.publish(o, text)
		w.judged(text, xb, "release")
		w.judged(text, xc, "withhold ceiling")
	})
	each(t, "P-2 a translation of what is not here", green, func(w *world) {
		o := obj("malware", tlpGreen)
		text := w.publish(translation(tlpClear, o))
		w.judged(text, xc, "withhold marking")
		w.publish(o)
		w.comesToShow(xc, o, text)
	})
	each(t, "P-2 a note tightens what a report marks", green, func(w *world) {
		child := obj("indicator", tlpUnmarked)
		report, note := container("report", tlpGreen, child), container("note", tlpRed, child)
		w.publish(child, report)
		w.comesToShow(xc, child, report)
		w.publish(note)
		w.judged(child, xc, "withhold red")
	})
	each(t, "P-5 two copies of an observable, one may go", relayed(), func(w *world) {
		o := obj("domain-name", tlpUnmarked)
		w.posts(xc, o.marked(tlpRed))
		w.posts(xb, o.marked(tlpGreen))
		w.posts(hub, o.marked(tlpRed).with("defanged", true))
		w.apply(member(xd, 2), community("north", xa+", "+xb+", "+xc+", "+xd))
		w.comesToShow(xd, o.marked(tlpGreen))
		w.shows(xb)
	})
	each(t, "P-5 a relay's word is not enough where keys are known", append(relayed("relays_for: ["+xb+"]"), member(xb, 3,
		"signing_keys: [{id: one, ed25519: 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=}]")), func(w *world) {
		w.judged(w.posts(hub, objOf(xb, "indicator", tlpClear)), xc, "withhold onward")
	})
	each(t, "P-5 a community's hub relays for its members", folder(member(xb, 3), member(xc, 3), member(hub, 3, "relation: hub"),
		community("north", xa+", "+xb+", "+xc, "hub: "+hub)), func(w *world) {
		o := w.posts(hub, objOf(xb, "indicator", tlpClear))
		w.judged(o, xc, "release")
		w.judged(o, xb, "withhold echo")
	})
	each(t, "P-2 unmarked_from", append(green, local("unmarked_from: {"+xb+": green}")), func(w *world) {
		w.judged(w.posts(xb, objOf(xb, "indicator", tlpUnmarked)), xc, "release")
		w.judged(w.publish(obj("indicator", tlpUnmarked)), xc, "hold unmarked")
	})
	each(t, "P-3 a parent counts as a peer", append(between(tlpAmber, "onward: constituents"), member(xc, 4, "relation: parent")), func(w *world) {
		w.judged(w.posts(xb, objOf(xb, "indicator", tlpAmber)), xc, "withhold onward")
	})
	each(t, "P-4 1 a link that is suspended", north(2), func(w *world) {
		o := w.publish(obj("indicator", tlpGreen))
		w.shows(xb, o)
		w.write("links/"+xb+".yaml", mapping("member: "+xb, "suspended: true", "credentials: [{token_hash_file: "+xb+".tokens}]"))
		w.must("policy", "apply", "--json")
		e := w.explain(o, xb)
		if e.Decision != "withhold" || e.Primary != "recipient" {
			w.t.Errorf("%+v", e)
		}
	})
}

// What objects are chosen by (P-4, 10): their own words, and those of others where they have none.
func TestVectorsOfScope(t *testing.T) {
	scoped := func(scope string) []policyFile { return folder(member(xb, 3), mou(xb, gives(xb, tlpAmber, scope))) }
	excluded := func(what string) []policyFile {
		return append(agreed(3, tlpAmber), local("rules: [{to: any, exclude: {"+what+"}}, {to: csirt-xc, exclude: {labels: [another]}}]"), member(xc, 1))
	}
	const energy, health = "sector:energy", "sector:health"
	each(t, "P-4 10 the sectors of its report", scoped("sectors: [energy]"), func(w *world) {
		child := obj("indicator", tlpAmber)
		parent := container("report", tlpAmber, child).labelled(energy)
		w.publish(child, parent)
		w.comesToShow(xb, child, parent)
	})
	each(t, "P-4 10 the sectors of its target", scoped("sectors: [energy]"), func(w *world) {
		o, victim := obj("malware", tlpAmber), obj("identity", tlpAmber).with("sectors", []string{"energy"})
		r := rel(o, "targets", victim, tlpAmber)
		w.publish(o, victim, r)
		w.comesToShow(xb, o, victim, r)
	})
	each(t, "P-4 10 the labels of its report are not its own", scoped("labels: [share]"), func(w *world) {
		child := obj("indicator", tlpAmber)
		parent := container("report", tlpAmber, child).labelled("share")
		w.publish(child, parent)
		w.judged(child, xb, "withhold scope:labels")
		w.judged(parent, xb, "release")
	})
	each(t, "P-4 10 the labels of what a relationship joins", scoped("labels: [share]"), func(w *world) {
		a, b := obj("malware", tlpAmber).labelled("share"), obj("threat-actor", tlpAmber).labelled("share")
		r := rel(a, "authored-by", b, tlpAmber)
		w.publish(a, b, r)
		w.comesToShow(xb, a, b, r)
	})
	each(t, "P-4 10 an observable has the sectors of what refers to it", scoped("sectors: [energy]"), func(w *world) {
		o := obj("domain-name", tlpAmber)
		parent := container("observed-data", tlpAmber, o).labelled(energy)
		lone := obj("domain-name", tlpAmber)
		w.publish(o, parent, lone)
		w.comesToShow(xb, o, parent)
		w.judged(lone, xb, "withhold scope:sectors")
	})
	each(t, "P-4 10 a relationship with a label has the sectors of what it joins", excluded("sectors: [energy]"), func(w *world) {
		a, b := obj("malware", tlpAmber), obj("threat-actor", tlpAmber)
		r := rel(a, "authored-by", b, tlpAmber)
		w.publish(a, b.labelled(energy), r.labelled("another"))
		w.judged(r, xb, "withhold exclude")
		w.judged(a, xb, "release")
	})
	each(t, "P-4 10 a relationship with sectors of its own", scoped("sectors: [energy]"), func(w *world) {
		a, b := obj("malware", tlpAmber).labelled(energy), obj("threat-actor", tlpAmber).labelled(energy)
		r := rel(a, "authored-by", b, tlpAmber).labelled(health)
		w.publish(a, b, r)
		w.judged(r, xb, "withhold scope:sectors")
	})
	each(t, "P-4 10 types choose among domain objects only", scoped("types: [malware]"), func(w *world) {
		a, b := obj("malware", tlpAmber), obj("malware", tlpAmber)
		r, d := rel(a, "variant-of", b, tlpAmber), obj("domain-name", tlpAmber)
		w.publish(a, b, r, d)
		w.comesToShow(xb, a, b, r, d)
	})
}
