package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// P-8 39: what was taken back stays away (P-7).
func TestVectorsOfRecall(t *testing.T) {
	policy := folder(member(xb, 2), member(xc, 2), member(xd, 2), community("north", xa+", "+xb+", "+xc+", "+xd))
	each(t, "P-8 39 recall, then the same bytes from another peer", policy, func(w *world) {
		o := w.publish(obj("indicator", tlpGreen))
		w.shows(xb, o)
		w.shows(xc, o)
		assert.Equal(w.t, []string{xb, xc}, w.recall(o), "whoever got it, and nobody else")
		for _, who := range []string{xb, xc, xd} {
			w.shows(who)
		}
		w.showsIn("analyst", "publish")
		w.judged(o, xb, "withhold recalled")
		w.told(o, xb, "sent in error")
		w.told(o, xc, "sent in error")
		w.untold(o, xd)
		assert.Equal(w.t, 1, w.offers(xc, "from-"+xc, o).SuccessCount, "it is answered as any other")
		w.shows(xb)
		w.shows(xd)
		w.showsIn("analyst", "received")
		two := w.publish(o.version(2))
		w.comesToShow(xb, two)
		w.comesToShow(xd, two)
	})
	each(t, "P-8 39 recall, then the same bytes from ourselves", policy, func(w *world) {
		o := w.publish(obj("indicator", tlpGreen))
		w.recall(o)
		w.publish(o)
		w.shows(xb)
		w.judged(o, xb, "withhold recalled")
	})
	each(t, "P-8 39 recall of two versions, then an older one", policy, func(w *world) {
		o := obj("indicator", tlpGreen)
		w.publish(o.version(2))
		w.publish(o.version(3))
		w.shows(xb, o.version(2), o.version(3))
		w.recall(o)
		w.shows(xb)
		w.offers(xd, "from-"+xd, o.version(2))
		w.offers(xd, "from-"+xd, o.version(3))
		w.shows(xb)
		w.publish(o.version(4))
		w.comesToShow(xb, o.version(4))
	})
	each(t, "P-8 39 a newer version that is RED", policy, func(w *world) {
		o := w.publish(obj("indicator", tlpGreen))
		w.recall(o)
		two := w.publish(o.version(2).marked(tlpRed))
		w.judged(two, xb, "withhold red")
		w.shows(xb)
	})
	each(t, "P-8 39 recall of what refers and of what is referred to", policy, func(w *world) {
		malware, actor := obj("malware", tlpGreen), obj("threat-actor", tlpGreen)
		r := rel(malware, "attributed-to", actor, tlpGreen)
		w.publish(malware, actor, r)
		w.shows(xb, malware, actor, r)
		w.recall(actor)
		w.shows(xb, malware)
		w.judged(r, xb, "withhold reference")
	})
	each(t, "P-8 39 nobody recalls what is another's", policy, func(w *world) {
		o := w.posts(xb, objOf(xb, "indicator", tlpGreen))
		w.refuses("recall", o.id(), "--reason", "not ours")
		w.refuses("recall", obj("indicator", "").id(), "--reason", "there is none")
		w.shows(xc, o)
	})
}

// P-8 41: a revocation reaches everyone who has the object.
func TestVectorsOfRevocation(t *testing.T) {
	ended := agreement("mou-"+xb, xb, "flows: ["+gives(xb, tlpAmber)+"]", "valid: {until: 2026-06-14}")
	for name, tighter := range map[string]policyFile{
		"an object whose agreement ended":        ended,
		"an object whose agreement is suspended": local("suspended: [mou-" + xb + "]"),
		"what trust lets through no more":        member(xb, 1),
		"what a member had who is not trusted":   member(xb, 0),
	} {
		each(t, "P-8 41 revocation of "+name, append(agreed(3, tlpAmber), member(xc, 3)), func(w *world) {
			o := w.publish(obj("indicator", tlpAmber))
			w.shows(xb, o)
			w.apply(tighter)
			w.shows(xb)
			w.publish(o.version(2).with("revoked", true))
			w.told(o.drop("modified"), xb, "revoked")
			w.shows(xb)
			w.untold(o, xc)
		})
	}
	each(t, "P-8 41 revocation of what a member may still have", agreed(3, tlpAmber), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber))
		two := w.publish(o.version(2).with("revoked", true))
		w.shows(xb, o, two)
		w.untold(o, xb)
	})
	each(t, "P-8 41 a revocation without a mark has the label before it", folder(member(xb, 3), member(xc, 3), mou(xb, gives(xb, tlpAmber))), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber))
		w.shows(xb, o)
		two := w.publish(o.version(2).marked().with("revoked", true))
		w.comesToShow(xb, o, two)
		w.judged(two, xc, "withhold ceiling")
	})
	each(t, "P-8 41 revocation of what a member never read", agreed(3, tlpAmber), func(w *world) {
		o := w.publish(obj("indicator", tlpAmber))
		w.apply(mou(xb, gives(xb, tlpGreen)))
		w.publish(o.version(2).with("revoked", true))
		w.shows(xb)
		w.untold(o, xb)
	})
}
