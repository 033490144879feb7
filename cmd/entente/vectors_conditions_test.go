package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// P-8 23: what our own objects refer to (check 11).
func TestVectorsOfReferences(t *testing.T) {
	green := folder(member(xb, 3), member(xc, 2), mou(xb, gives(xb, tlpAmber)), community("north", xa+", "+xb+", "+xc))
	for _, row := range []struct {
		name, level, want string
	}{
		{"P-8 23 our CLEAR relationship from GREEN malware to AMBER identity, GREEN peer", tlpAmber, "withhold reference"},
		{"P-8 23 to a RED identity", tlpRed, "withhold reference"},
		{"P-8 23 to an unmarked identity", tlpUnmarked, "hold reference"},
		{"P-8 23 to a GREEN identity", tlpGreen, "release"},
	} {
		each(t, row.name, green, func(w *world) {
			malware, victim := obj("malware", tlpGreen), obj("identity", row.level)
			r := rel(malware, "targets", victim, tlpClear)
			w.publish(malware, victim, r)
			w.judged(r, xc, row.want)
			w.judged(malware, xc, "release")
		})
	}
	each(t, "P-8 23 the peer with the agreement gets all three", green, func(w *world) {
		malware, victim := obj("malware", tlpGreen), obj("identity", tlpAmber)
		r := rel(malware, "targets", victim, tlpClear)
		w.publish(r, malware, victim)
		w.comesToShow(xb, malware, victim, r)
		w.comesToShow(xc, malware)
	})
	each(t, "P-8 23 an excluded target", append(green, local("rules: [{to: any, exclude: {labels: [legal-hold]}}]")), func(w *world) {
		malware, victim := obj("malware", tlpClear), obj("identity", tlpClear).labelled("legal-hold")
		both, r := container("grouping", tlpClear, malware, victim), rel(malware, "targets", victim, tlpClear)
		w.publish(malware, victim, both, r)
		w.judged(both, xc, "withhold reference")
		w.judged(r, xc, "withhold exclude") // a relationship without labels has those of what it joins (P-4)
	})
	for _, row := range []struct{ name, id, want string }{
		{"P-8 23 a target that is merely out of scope", "threat-actor--6f6c1b5e-4b3a-4c80-9d0e-0a4b7f8c2d11", "release"},
		{"P-8 23 a target out of scope whose id tells its content", "threat-actor--6f6c1b5e-4b3a-5c80-9d0e-0a4b7f8c2d11", "withhold reference"},
	} {
		each(t, row.name, folder(member(xb, 3), mou(xb, gives(xb, tlpAmber, "types: [malware]"))), func(w *world) {
			malware, actor := obj("malware", tlpAmber), obj("threat-actor", tlpAmber).with("id", row.id)
			r := rel(actor, "uses", malware, tlpAmber)
			w.publish(malware, actor, r)
			w.judged(actor, xb, "withhold scope:types")
			w.judged(r, xb, row.want)
		})
	}
	each(t, "P-8 23 the target comes later", green, func(w *world) {
		malware, victim := obj("malware", tlpGreen), obj("identity", tlpRed)
		r := rel(malware, "targets", victim, tlpClear)
		w.publish(malware, r)
		w.shows(xc, malware, r)
		w.publish(victim)
		w.judged(r, xc, "withhold reference")
	})
	each(t, "P-8 23 the target opens later", green, func(w *world) {
		malware, victim := obj("malware", tlpGreen), obj("identity", tlpRed)
		r := rel(malware, "targets", victim, tlpClear)
		w.publish(malware, victim, r)
		w.judged(r, xc, "withhold reference")
		w.publish(victim.version(2).marked(tlpClear))
		w.comesToShow(xc, malware, victim.version(2).marked(tlpClear), r)
	})
	for name, deep := range map[string]func(target object) object{
		"a list":       func(x object) object { return container("grouping", tlpClear, obj("malware", tlpClear), x) },
		"created_by":   func(x object) object { return obj("malware", tlpClear).with("created_by_ref", x.id()) },
		"a sighting":   func(x object) object { return sighting(obj("malware", tlpClear), x) },
		"another list": func(x object) object { return container("note", tlpClear, x) },
	} {
		each(t, "P-8 23 a reference in "+name, green, func(w *world) {
			target := obj("identity", tlpRed)
			o := deep(target)
			w.publish(target, o)
			w.judged(o, xc, "withhold reference")
		})
	}
}

// sighting is a sighting of ours that names where.
func sighting(of, where object) object {
	return obj("sighting", tlpClear).with("sighting_of_ref", of.id()).with("where_sighted_refs", []string{where.id()})
}

// P-8 24: a third party's reference tells nothing of ours.
func TestVectorsOfThirdParties(t *testing.T) {
	policy := folder(member(xb, 3), member(xc, 2), mou(xb, gives(xb, tlpAmber)), community("north", xa+", "+xb+", "+xc))
	each(t, "P-8 24 a third party's relationship to an id that only we hold as RED", policy, func(w *world) {
		actor := w.publish(obj("threat-actor", tlpRed))
		malware := objOf(xb, "malware", tlpClear)
		r := rel(malware, "attributed-to", actor, tlpClear).by(xb)
		w.posts(xb, malware, r)
		w.judged(r, xc, "release")
		w.judged(actor, xc, "withhold red")
	})
	each(t, "P-8 24 our RED object comes later", policy, func(w *world) {
		actor := obj("threat-actor", tlpRed)
		r := rel(objOf(xb, "malware", tlpClear), "attributed-to", actor, tlpGreen).by(xb)
		w.posts(xb, r)
		before := w.shows(xc, r)
		w.publish(actor)
		assert.Equal(w.t, before.added, w.shows(xc, r).added)
	})
	each(t, "P-8 24 the third party itself holds it back", policy, func(w *world) {
		malware, actor := objOf(xb, "malware", tlpClear), objOf(xb, "threat-actor", tlpAmber)
		r := rel(malware, "attributed-to", actor, tlpClear).by(xb)
		w.posts(xb, malware, actor, r)
		w.judged(r, xc, "withhold reference")
	})
	each(t, "P-8 24 our own relationship to what a third party gave us", policy, func(w *world) {
		actor := w.posts(xb, objOf(xb, "threat-actor", tlpAmber))
		malware := obj("malware", tlpGreen)
		r := rel(malware, "attributed-to", actor, tlpGreen)
		w.publish(malware, r)
		w.judged(r, xc, "withhold")
	})
}

// P-8 34 and 35: what a rule takes away, whoever granted it.
func TestVectorsOfExclusions(t *testing.T) {
	legal := func(rule string) []policyFile {
		return folder(member(xb, 4),
			agreement("one", xb, "flows: ["+gives(xb, tlpAmber)+"]"), agreement("two", xb, "flows: ["+gives(xb, tlpStrict)+"]"),
			local("rules: ["+rule+"]"))
	}
	const all, pair = "{to: any, exclude: {labels: [legal-hold]}}", "{to: csirt-xb, exclude: {types: [malware], labels: [legal-hold]}}"
	const either = "{to: any, exclude: [{types: [malware]}, {labels: [legal-hold]}]}"
	judge(t, []row{
		{"P-8 34 excluded by a local rule, granted by two agreements", legal(all), obj("indicator", tlpAmber).labelled("legal-hold"), "withhold exclude"},
		{"P-8 34 by a rule of two keys, both match", legal(pair), obj("malware", tlpAmber).labelled("legal-hold"), "withhold exclude"},
		{"P-8 34 by a rule of two keys, one matches", legal(pair), obj("indicator", tlpAmber).labelled("legal-hold"), "release"},
		{"P-8 34 by the second of two alternatives", legal(either), obj("indicator", tlpAmber).labelled("x", "legal-hold"), "withhold exclude"},
		{"P-8 34 excluded by one flow, granted by another", folder(member(xb, 4), mou(xb, gives(xb, tlpAmber), gives(xb, tlpGreen, "exclude: {labels: [legal-hold]}"))),
			obj("indicator", tlpAmber).labelled("legal-hold"), "withhold exclude"},
		{"P-8 34 a rule for somebody else", append(legal("{to: csirt-xc, exclude: {labels: [legal-hold]}}"), member(xc, 1)), obj("indicator", tlpAmber).labelled("legal-hold"), "release"},
		{"P-8 35 CLEAR with an excluded label", append(folder(member(xb, 1)), local("rules: ["+all+"]")), obj("indicator", tlpClear).labelled("legal-hold"), "withhold exclude"},
		{"P-8 35 CLEAR of an excluded type", append(folder(member(xb, 1)), local("rules: ["+either+"]")), obj("malware", tlpClear), "withhold exclude"},
		{"P-8 35 CLEAR of an excluded sector", append(folder(member(xb, 1)), local("rules: [{to: any, exclude: {sectors: [energy]}}]")), obj("indicator", tlpClear).labelled("sector:energy"), "withhold exclude"},
		{"P-8 35 CLEAR without the label", append(folder(member(xb, 1)), local("rules: ["+all+"]")), obj("indicator", tlpClear), "release"},
		{"P-4 10 out of the sectors", folder(member(xb, 3), mou(xb, gives(xb, tlpAmber, "sectors: [energy]"))), obj("indicator", tlpAmber).labelled("sector:health"), "withhold scope:sectors"},
		{"P-4 10 without a sector", folder(member(xb, 3), mou(xb, gives(xb, tlpAmber, "sectors: [energy]"))), obj("indicator", tlpAmber), "withhold scope:sectors"},
		{"P-4 10 out of the countries", folder(member(xb, 3), mou(xb, gives(xb, tlpAmber, "countries: [XB]"))), obj("indicator", tlpAmber).labelled("country:xc"), "withhold scope:countries"},
		{"P-4 10 within the types of one of two flows", folder(member(xb, 3), mou(xb, gives(xb, tlpAmber, "types: [malware]"), gives(xb, tlpAmber, "types: [indicator]"))), obj("indicator", tlpAmber), "release"},
		{"P-4 10 too little confidence", append(agreed(3, tlpAmber), local("rules: [{to: csirt-xb, min_confidence: 50}]")), obj("indicator", tlpAmber).with("confidence", 49), "withhold scope:min_confidence"},
		{"P-4 10 no confidence said", append(agreed(3, tlpAmber), local("rules: [{to: csirt-xb, min_confidence: 50}]")), obj("indicator", tlpAmber), "withhold scope:min_confidence"},
		{"P-4 10 an observable has no confidence to miss", append(agreed(3, tlpAmber), local("rules: [{to: csirt-xb, min_confidence: 50}]")), obj("domain-name", tlpAmber), "release"},
		{"P-4 10b personal data, withhold", folder(member(xb, 3), agreement("mou", xb, "flows: ["+gives(xb, tlpAmber)+"]", "terms: {personal_data: withhold}")), obj("email-addr", tlpAmber), "withhold personal"},
		{"P-4 10b personal data, hold", folder(member(xb, 3), agreement("mou", xb, "flows: ["+gives(xb, tlpAmber)+"]", "terms: {personal_data: hold}")), obj("identity", tlpAmber).with("identity_class", "individual"), "hold personal"},
	})
	each(t, "P-8 35 CLEAR with an excluded label, anonymous", append(folder(member(xb, 1)), local("public: true", "rules: ["+all+"]")), func(w *world) {
		o := w.publish(obj("indicator", tlpClear).labelled("legal-hold"))
		w.judged(o, anonymous, "withhold")
	})
}

// P-8 42: a public source that is pinned.
func TestVectorsOfPinnedSources(t *testing.T) {
	const feedMark = "marking-definition--7a1d2f5e-3b53-4a58-9f5b-0d5c4f6b8a11" // only the source's file explains it
	const mitre = "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"
	pinned := []string{"--source", "mitre-attack"}
	technique := func() object { return obj("attack-pattern", tlpUnmarked).with("created_by_ref", mitre) }
	policy := folder(member(xb, 1), member(xc, 2), member(xd, 1))
	each(t, "P-8 42 ATT&CK by the pinned source", policy, func(w *world) {
		o := technique()
		w.publishWith(pinned, o)
		w.judged(o, xb, "release")
		w.showsIn("tool", "publish", o)
	})
	each(t, "P-8 42 ATT&CK with MITRE's identity and statement", policy, func(w *world) {
		statement := obj("marking-definition", tlpUnmarked).with("created_by_ref", mitre)
		author := obj("identity", statement.id()).with("id", mitre)
		o := technique().marked(statement.id())
		w.publishWith(pinned, statement, author, o)
		w.comesToShow(xb, statement, author, o)
	})
	each(t, "P-8 42 the same id from elsewhere with other bytes", policy, func(w *world) {
		o := technique()
		w.publishWith(pinned, o)
		before := w.shows(xb, o)
		w.offers(xc, "from-"+xc, o.with("description", "changed").marked(tlpClear))
		w.offers(xc, "from-"+xc, o.version(2).marked(tlpClear))
		after := w.glance(xb, home(xb), time.Time{})
		assert.Equal(w.t, before.bodies, after.bodies, "it is not merged")
	})
	each(t, "P-8 42 the same id came from elsewhere before", policy, func(w *world) {
		o := technique()
		w.offers(xc, "from-"+xc, o.with("description", "changed"))
		w.publishWith(pinned, o)
		w.comesToHave(xb, o)
	})
	each(t, "P-8 42 MITRE's name on what we publish ourselves", policy, func(w *world) {
		o := w.publish(technique())
		w.judged(o, xb, "hold unmarked")
	})
	each(t, "P-8 42 MITRE's name on what a member sends", policy, func(w *world) {
		o := w.posts(xc, technique())
		w.judged(o, xb, "hold unmarked")
	})
	feed := policyFile{"sources/feed.yaml", mapping("source: feed", "identities: ["+identityOf("feed")+"]", "via: [\"account:tool\"]", "unmarked: clear")}
	each(t, "P-8 42 by the account of the source", append(policy, feed), func(w *world) {
		o := obj("indicator", tlpUnmarked).with("created_by_ref", identityOf("feed"))
		w.sends("tool", "publish", o)
		w.judged(o, xb, "release")
		assert.Equal(w.t, 1, w.offers("tool", "publish", technique()).FailureCount, "what somebody else made does not come this way")
		other := o.with("id", obj("indicator", "").id())
		w.sends("analyst", "publish", other)
		w.judged(other, xb, "hold unmarked")
	})
	each(t, "P-8 42 the source has a mark of its own", append(policy, policyFile{"sources/feed.yaml", mapping("source: feed",
		"identities: ["+identityOf("feed")+"]", "via: [cli]", "unmarked: green", "markings: {"+feedMark+": amber}")}), func(w *world) {
		o := obj("indicator", feedMark).with("created_by_ref", identityOf("feed"))
		w.publishWith([]string{"--source", "feed"}, o)
		w.judged(o, xb, "withhold ceiling")
	})
}
