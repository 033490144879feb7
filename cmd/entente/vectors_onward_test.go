package main

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// between is a peer that gives the node up to a level, under onward terms, and a constituent that
// looks after energy and has a mandate up to the same level; another peer has that too.
func between(level string, onward ...string) []policyFile {
	return folder(
		member(xb, 4), mou(xb, gets(xb, level, onward...)),
		member(xc, 4), mou(xc, gives(xc, level)),
		constituent(fin, 4, "energy"), agreement("mandate", fin, "kind: mandate", "flows: ["+gives(fin, level)+"]"),
	)
}

// P-8 9 to 12: what a peer gave us, on its way to a constituent or another peer.
func TestVectorsOfOnwardTerms(t *testing.T) {
	const none, constituents, energy = "onward: none", "onward: constituents", "sector:energy"
	for _, row := range []struct {
		name     string
		policy   []policyFile
		object   object
		to, want string
	}{
		{"P-8 09 received AMBER, onward none, constituent", between(tlpAmber, none), objOf(xb, "indicator", tlpAmber).labelled(energy), fin, "withhold onward"},
		{"P-8 09 received GREEN, onward none, constituent", between(tlpAmber, none), objOf(xb, "indicator", tlpGreen).labelled(energy), fin, "withhold onward"},
		{"P-8 09 received CLEAR, onward none, constituent", between(tlpAmber, none), objOf(xb, "indicator", tlpClear), fin, "release"},
		{"P-8 10 onward constituents, sectors meet", between(tlpAmber, constituents), objOf(xb, "indicator", tlpAmber).labelled(energy), fin, "release"},
		{"P-8 10 onward constituents, no match", between(tlpAmber, constituents), objOf(xb, "indicator", tlpAmber).labelled("sector:health"), fin, "hold need-to-know"},
		{"P-8 10 onward constituents, no sectors", between(tlpAmber, constituents), objOf(xb, "indicator", tlpAmber), fin, "hold need-to-know"},
		{"P-8 10 onward not said: what TLP says, sectors meet", between(tlpAmber), objOf(xb, "indicator", tlpAmber).labelled("sector:health", energy), fin, "release"},
		{"P-8 10 an identity's sectors meet", between(tlpAmber), objOf(xb, "identity", tlpAmber).with("sectors", []string{"energy"}), fin, "release"},
		{"P-8 10 received GREEN, constituent, no sectors", between(tlpAmber, constituents), objOf(xb, "indicator", tlpGreen), fin, "release"},
		{"P-8 10 a constituent without a constituency", append(between(tlpAmber), member(fin, 4, "relation: constituent")), objOf(xb, "indicator", tlpAmber).labelled(energy), fin, "hold need-to-know"},
		{"P-8 11 received AMBER+STRICT, constituent", between(tlpStrict, constituents), objOf(xb, "indicator", tlpStrict).labelled(energy), fin, "withhold onward"},
		{"P-8 11 received RED, constituent", between(tlpStrict, constituents), objOf(xb, "indicator", tlpRed).labelled(energy), fin, "withhold red"},
		{"P-8 12 received AMBER, onward constituents, another peer", between(tlpAmber, constituents), objOf(xb, "indicator", tlpAmber), xc, "withhold onward"},
		{"P-8 12 received AMBER, onward not said, another peer", between(tlpAmber), objOf(xb, "malware", amber1), xc, "withhold onward"},
		{"P-8 12 received GREEN, onward constituents, another peer", between(tlpAmber, constituents), objOf(xb, "indicator", tlpGreen), xc, "withhold onward"},
		{"P-8 12 received CLEAR, onward constituents, another peer", between(tlpAmber, constituents), objOf(xb, "indicator", tlpClear), xc, "release"},
		{"P-8 12 the same at a hub", append(between(tlpAmber, constituents), member(xc, 4, "relation: hub")), objOf(xb, "indicator", tlpAmber), xc, "withhold onward"},
	} {
		each(t, row.name, row.policy, func(w *world) {
			w.posts(xb, row.object)
			w.judged(row.object, row.to, row.want)
			w.showsIn("officer", "received", row.object)
		})
	}
	each(t, "P-8 10 the report's sectors meet", between(tlpAmber), func(w *world) {
		child := objOf(xb, "indicator", tlpAmber)
		parent := container("report", tlpAmber, child).by(xb).labelled(energy)
		w.posts(xb, child, parent)
		w.comesToShow(fin, child, parent)
	})
	each(t, "P-8 11 our own AMBER+STRICT, by mandate", between(tlpStrict), func(w *world) {
		w.judged(w.publish(obj("indicator", tlpStrict)), fin, "release")
	})
	each(t, "P-8 11 our own AMBER, by mandate, without need to know", between(tlpStrict), func(w *world) {
		w.judged(w.publish(obj("indicator", tlpAmber).labelled("sector:health")), fin, "release")
	})
}

// P-8 13 to 15: the node is the hub, or in communities with both.
func TestVectorsOfCommunities(t *testing.T) {
	ours := func(terms ...string) []policyFile {
		return folder(member(xb, 3), member(xc, 3), member(xd, 3), mou(xd, gives(xd, tlpAmber)),
			community("north", xb+", "+xc, append([]string{"hub: " + xa}, terms...)...))
	}
	named := folder(member(xb, 3), member(xc, 3), member(xd, 3),
		mou(xb, gets(xb, tlpAmber, "onward: community", "community: north")), mou(xc, gives(xc, tlpAmber)), mou(xd, gives(xd, tlpAmber)),
		community("north", xa+", "+xb+", "+xc))
	south := folder(member(xb, 3), member(xc, 3), community("north", xa+", "+xb), community("south", xa+", "+xc))
	for _, row := range []struct {
		name     string
		policy   []policyFile
		object   object
		to, want string
	}{
		{"P-8 13 hub, community amber, both members", ours("max_tlp: amber"), objOf(xb, "indicator", tlpAmber), xc, "release"},
		{"P-8 13 hub, community amber, GREEN", ours("max_tlp: amber"), objOf(xb, "indicator", tlpGreen), xc, "release"},
		{"P-8 13 the originator's flow names the community", named, objOf(xb, "indicator", tlpAmber), xc, "release"},
		{"P-8 14 same, recipient outside", ours("max_tlp: amber"), objOf(xb, "indicator", tlpAmber), xd, "withhold onward"},
		{"P-8 14 the flow's community, recipient outside", named, objOf(xb, "indicator", tlpAmber), xd, "withhold onward"},
		{"P-8 14 hub, community amber, onward none", ours("max_tlp: amber", "onward: none"), objOf(xb, "indicator", tlpAmber), xc, "withhold onward"},
		{"P-8 14 hub, community green, AMBER", ours(), objOf(xb, "indicator", tlpAmber), xc, "withhold"},
		{"P-8 14 hub, community amber, AMBER+STRICT", ours("max_tlp: amber"), objOf(xb, "indicator", tlpStrict), xc, "withhold onward"},
		{"P-8 15 GREEN relayed outside the originator's communities", south, objOf(xb, "indicator", tlpGreen), xc, "withhold onward"},
		{"P-8 15 GREEN inside a community of all three", append(south, community("south", xa+", "+xb+", "+xc)), objOf(xb, "indicator", tlpGreen), xc, "release"},
		{"P-8 15 CLEAR outside the originator's communities", south, objOf(xb, "indicator", tlpClear), xc, "release"},
		{"P-8 15 GREEN to a member with an agreement, outside", ours(), objOf(xb, "indicator", tlpGreen), xd, "withhold onward"},
	} {
		each(t, row.name, row.policy, func(w *world) {
			w.posts(xb, row.object)
			w.judged(row.object, row.to, row.want)
		})
	}
}

// relayed is a peer and a hub that brings its objects as the peer's, if the node says so; csirt-xc reads.
func relayed(terms ...string) []policyFile {
	return folder(member(xb, 3), member(xc, 3), member(hub, 3, append([]string{"relation: hub"}, terms...)...),
		mou(xc, gives(xc, tlpAmber)), community("north", xa+", "+xb+", "+xc+", "+hub))
}

// P-8 30 and 31: nothing goes back to where it came from.
func TestVectorsOfEcho(t *testing.T) {
	relays := "relays_for: [" + xb + "]"
	each(t, "P-8 30 echo", relayed(), func(w *world) {
		o := w.posts(xb, objOf(xb, "indicator", tlpClear))
		w.judged(o, xb, "withhold echo")
		w.judged(o, xc, "release")
	})
	each(t, "P-8 30 echo of an object without a creator", relayed(), func(w *world) {
		w.judged(w.posts(xb, obj("indicator", tlpClear)), xb, "withhold echo")
	})
	each(t, "P-8 30 echo to the originator and to the relay", relayed(relays), func(w *world) {
		o := w.posts(hub, objOf(xb, "indicator", tlpGreen))
		w.judged(o, xb, "withhold echo")
		w.judged(o, hub, "withhold echo")
		w.judged(o, xc, "withhold onward") // without the originator's signed terms it goes no further (P-3)
		open := w.posts(hub, objOf(xb, "indicator", tlpClear))
		w.judged(open, xb, "withhold echo")
		w.judged(open, xc, "release")
	})
	each(t, "P-8 30 echo of an observable", relayed(), func(w *world) {
		w.judged(w.posts(xb, obj("domain-name", tlpClear)), xb, "withhold echo")
	})
	each(t, "P-8 31 ours comes back by a hub", relayed(), func(w *world) {
		o := w.publish(obj("indicator", tlpGreen))
		before := w.shows(xc, o)
		w.shows(hub, o)
		w.posts(hub, o)
		after := w.shows(xc, o)
		assert.Equal(w.t, before.added, after.added, "nothing is released anew")
		assert.Empty(w.t, w.quarantine())
		w.showsIn("analyst", "received")
		w.showsIn("analyst", "publish", o)
	})
	each(t, "P-8 31 theirs comes by two ways", relayed(relays), func(w *world) {
		o := w.posts(xb, objOf(xb, "indicator", tlpGreen))
		before := w.shows(xc, o)
		w.posts(hub, o)
		assert.Equal(w.t, before.added, w.shows(xc, o).added)
		assert.Empty(w.t, w.quarantine())
		w.shows(xb)
	})
}

// P-8 32: what others say of an object is kept aside (P-5).
func TestVectorsOfClaims(t *testing.T) {
	relays := "relays_for: [" + xb + "]"
	for name, policy := range map[string][]policyFile{"a relay": relayed(relays), "anybody else": relayed()} {
		each(t, "P-8 32 label lowered by "+name, policy, func(w *world) {
			o := w.posts(xb, objOf(xb, "indicator", tlpAmber))
			w.offers(hub, "from-"+hub, o.marked(tlpClear))
			w.aside(o, hub, "claim")
			w.judged(o, xc, "withhold onward")
			v := w.read("analyst", "received")
			assert.Equal(w.t, o.text(), v.bodies[o.name()], "the owner's bytes stay")
		})
	}
	each(t, "P-8 32 label lowered by a relay in a later version", relayed(relays), func(w *world) {
		o := w.posts(xb, objOf(xb, "indicator", tlpGreen))
		w.offers(hub, "from-"+hub, o.version(2).marked(tlpClear))
		w.aside(o, hub, "claim")
		w.shows(xc, o)
		w.posts(xb, o.version(3).marked(tlpClear))
		w.comesToHave(xc, o.version(3).marked(tlpClear))
	})
	each(t, "P-8 32 label raised by a relay", relayed(relays), func(w *world) {
		o := w.posts(xb, objOf(xb, "indicator", tlpGreen))
		w.posts(hub, o.version(2).marked(tlpRed))
		assert.Empty(w.t, w.quarantine())
		w.shows(xc)
	})
	for name, change := range map[string]func(o object) object{
		"other bytes":       func(o object) object { return o.with("description", "changed") },
		"another version":   func(o object) object { return o.version(2) },
		"a revocation":      func(o object) object { return o.version(2).with("revoked", true) },
		"a looser label":    func(o object) object { return o.marked(tlpClear) },
		"a version between": func(o object) object { return o.with("modified", "2025-01-01T00:00:00.001Z") },
	} {
		each(t, "P-8 32 a stranger sends "+name+" of ours", relayed(), func(w *world) {
			o := w.publish(obj("indicator", tlpGreen))
			claim := change(o)
			s := w.offers(xb, "from-"+xb, claim)
			assert.Equal(w.t, 1, s.SuccessCount, "it is answered as any other (P-5)")
			w.aside(o, xb, "claim")
			v := w.glance(xc, home(xc), time.Time{})
			assert.Equal(w.t, []string{o.name()}, v.names)
			assert.Equal(w.t, o.text(), v.bodies[o.name()])
		})
	}
	each(t, "P-8 32 second-hand: the word of who is no relay", relayed(), func(w *world) {
		o := w.posts(hub, objOf(xb, "indicator", tlpClear))
		w.showsIn("analyst", "received", o)
		w.judged(o, xc, "withhold onward")
		theirs := o.marked(tlpGreen)
		w.posts(xb, theirs)
		w.comesToShow(xc, theirs)
	})
	each(t, "P-8 32 two bodies by the owner itself", relayed(), func(w *world) {
		o := w.posts(xb, objOf(xb, "indicator", tlpGreen))
		w.shows(xc, o)
		w.offers(xb, "from-"+xb, o.with("description", "changed"))
		w.aside(o, xb, "conflict")
		w.shows(xc)
		w.posts(xb, o.version(2))
		w.comesToHave(xc, o.version(2))
	})
	each(t, "P-8 32 a version of tomorrow", relayed(), func(w *world) {
		o := objOf(xb, "indicator", tlpClear).with("modified", "2026-06-16T12:00:00.000Z")
		w.offers(xb, "from-"+xb, o)
		w.aside(o, xb, "future")
		w.shows(xc)
		w.showsIn("analyst", "received")
	})
	each(t, "P-8 32 a claim that is purged", relayed(), func(w *world) {
		o := w.publish(obj("indicator", tlpGreen))
		w.offers(xb, "from-"+xb, o.version(2))
		assert.Contains(w.t, w.must("quarantine", "show", o.id(), "--json").out, "2025-01-02T00:00:00.000Z")
		w.must("quarantine", "purge", o.id(), "--reason", "no word of theirs", "--json")
		assert.Empty(w.t, w.quarantine())
		w.shows(xc, o)
	})
}

// P-8 45: what a peer gave us, read in this house.
func TestVectorsOfLocalReaders(t *testing.T) {
	policy := folder(member(xb, 3), local("accounts: {person: amber+strict, tool: amber, red: [officer]}"))
	for _, row := range []struct {
		name   string
		object object
		sees   []string
	}{
		{"P-8 45 RED from a peer", objOf(xb, "indicator", tlpRed), []string{"officer"}},
		{"P-8 45 TLP1 RED from a peer", objOf(xb, "malware", red1), []string{"officer"}},
		{"P-8 45 AMBER+STRICT from a peer", objOf(xb, "indicator", tlpStrict), []string{"officer", "analyst", "reader"}},
		{"P-8 45 AMBER from a peer", objOf(xb, "indicator", tlpAmber), []string{"officer", "analyst", "reader", "tool"}},
		{"P-8 45 unmarked from a peer", objOf(xb, "indicator", tlpUnmarked), []string{"officer", "analyst", "reader"}},
		{"P-8 45 unresolvable from a peer", objOf(xb, "indicator", obj("marking-definition", "").id()), []string{"officer", "analyst", "reader"}},
	} {
		each(t, row.name, policy, func(w *world) {
			w.posts(xb, row.object)
			for _, who := range []string{"officer", "analyst", "reader", "tool"} {
				if slices.Contains(row.sees, who) {
					w.showsIn(who, "received", row.object)
				} else {
					w.showsIn(who, "received")
				}
			}
		})
	}
	each(t, "P-8 45 a named account", append(policy, local("accounts: {tool: amber, red: [analyst]}")), func(w *world) {
		o := w.posts(xb, objOf(xb, "indicator", tlpRed))
		w.showsIn("analyst", "received", o)
		w.showsIn("officer", "received")
	})
}
