package exchange

import (
	"slices"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// classOf is what decisions depend on of an object that comes in now, by itself.
func (w *writer) classOf(o *stix.Object, source trust.Source) (trust.Class, error) {
	c, err := w.classify(o, source)
	if err != nil {
		return c, err
	}
	if !c.Observable || source.Kind != trust.FromUs { // an SCO that we publish is always ours (P-5)
		c.Owner, c.SecondHand = w.g.Authority(o.CreatedBy, source)
	}
	c.Onward = w.g.Terms(&c)
	return c, nil
}

// classify reads an object's own facts; what its markings mean, its source, we or agreements say.
func (w *writer) classify(o *stix.Object, source trust.Source) (trust.Class, error) {
	var failed error
	c := w.g.Classify(o, source, func(id stix.ID) (trust.Label, bool) {
		if l, ok := w.g.Meaning(id, source); ok {
			return l, true
		}
		neutral, err := w.isNeutral(id, source)
		if err != nil {
			failed = err
		}
		return trust.Label{}, neutral
	})
	return c, failed
}

// standing says what a new copy is beside those that are there (P-5): a version of its own, another
// route of the same bytes, a claim that is kept aside, or a contradiction within its line. It may
// change what is there: who speaks for an object takes over what nobody vouched for.
func (w *writer) standing(l *line, class *trust.Class, o *stix.Object, instant time.Time) (storage.State, uint64, error) {
	if class.Observable { // every source's copy stands by itself
		return storage.Live, 0, nil
	}
	state := storage.Live
	for _, c := range l.copies {
		if c.class.Source == class.Source || c.class.Observable || c.State != storage.Live && c.State != storage.Recalled {
			continue
		}
		same := c.Instant.Equal(instant) && c.class.SpecVersion == o.SpecVersion
		equal := false
		if same {
			hash, err := w.hash(c)
			if err != nil {
				return 0, 0, err
			}
			equal = hash == o.Hash || isTLP(o)
		}
		switch beside := w.beside(c, class, same, equal); beside {
		case storage.Route:
			return storage.Route, c.Body, nil
		case storage.Conflict:
			return storage.Conflict, 0, nil
		case storage.Withdrawn:
			if err := w.tellWithdrawal(l, c, nodeActor, "gives way to the same from whom it is of"); err != nil {
				return 0, 0, err
			}
			if err := w.leave(l, c, storage.Withdrawn); err != nil {
				return 0, 0, err
			}
		case storage.Claim:
			state = storage.Claim
		}
	}
	if o.CreatedBy == w.x.cfg.Identity && class.Source.Kind == trust.FromMember && o.CreatedBy != "" {
		state = storage.Claim // nobody else creates as this node does
	}
	return state, 0, nil
}

// beside says what one other copy of the id makes of a new one: Live is nothing, Withdrawn that the
// other one gives way.
func (w *writer) beside(c *copyState, class *trust.Class, same, equal bool) storage.State {
	mine, theirs := ownerOf(class), ownerOf(&c.class)
	republished := func(k *trust.Class) bool { return k.Source.Kind == trust.FromUs && k.Owner != "" }
	verified := theirs.kind == trust.FromMember && theirs.speaks()
	names := mine.kind == trust.FromPinned && theirs.kind == trust.FromUs && c.State == storage.Live
	switch {
	case same && equal && names: // it says now whose it is, which it did not when it was published first
		return storage.Withdrawn
	case same && names:
		return storage.Claim
	case same && equal && class.Source.Kind == trust.FromUs && !verified && c.State == storage.Live && theirs.kind == trust.FromMember:
		return storage.Live // what we publish we speak for
	case same && equal:
		w.vouch(c, class)
		return storage.Route
	case class.Source.Kind == trust.FromUs && verified && !republished(&c.class): // tools must not launder what is a member's
		if same {
			return storage.Route
		}
		return storage.Claim
	case republished(&c.class) && mine == theirs && c.State == storage.Live:
		return storage.Withdrawn // its owner gives it now
	case same && c.State == storage.Recalled:
		return storage.Claim
	case mine == theirs && class.Source.Name != mine.name && looser(class.Label, c.class.Label): // a relay loosens nothing
		return storage.Claim
	case mine == theirs && same:
		return storage.Conflict
	case mine == theirs || names:
		return storage.Live
	case theirs.speaks() || looser(class.Label, c.class.Label):
		return storage.Claim
	}
	return storage.Live
}

// vouch makes a copy that nobody vouched for that of the member who now brings the same bytes and
// speaks for them: who has it need not get it again.
func (w *writer) vouch(c *copyState, class *trust.Class) {
	if class.Owner == "" || ownerOf(&c.class).speaks() || c.State != storage.Live {
		return
	}
	c.class.Owner, c.class.SecondHand, c.class.Onward = class.Owner, false, class.Onward
	c.Class, c.changed = w.caseID(storage.Case{Class: c.class}), true
}

// looser reports whether a label lets through what another does not. What is unmarked is no label,
// but it drops one.
func looser(l, than trust.Label) bool {
	return l.Level < than.Level || than.Named && (!l.Named || l.To.Intersect(than.To) != l.To)
}

// isPinned reports whether a pinned source holds the id.
func (l *line) isPinned() bool {
	return slices.ContainsFunc(l.owned(), func(g *group) bool { return g.owner.kind == trust.FromPinned && g.hasLive() })
}

// contradict keeps a second content that a source sent for one version aside. Which of the two is
// true is unknown, so the version is released to nobody until a newer one comes (P-5). The member is
// answered as if nothing had happened, because another answer would tell it whether the version
// that it contradicts counts here.
func (w *writer) contradict(sub *submission, l *line, own *copyState, it *item) error {
	class, err := w.classOf(&it.object, sub.source)
	if err != nil {
		return err
	}
	w.store(sub, l, it, &copyState{Copy: storage.Copy{Instant: own.Instant, State: storage.Conflict}, class: class})
	return nil
}

// suspect puts a copy into quarantine, where people see it (P-5).
func (w *writer) suspect(l *line, c *copyState) {
	w.batch.Records = append(w.batch.Records, storage.Record{Kind: suspicionRecord, Key: keyAfter(nil, c.Key), Value: []byte(l.id)})
	if c.class.Source.Kind == trust.FromUs {
		return // our own tools' doing
	}
	w.x.metrics.quarantined.Inc()
	w.x.log.Warn("an object was put in quarantine: see `entente quarantine list`", "source", c.class.Source.Name, "kind", kindOf(c.State))
}

// kindOf names what keeps a copy in quarantine.
func kindOf(s storage.State) string {
	switch s {
	case storage.Claim:
		return "claim"
	case storage.Conflict:
		return "conflict"
	case storage.Future:
		return "future"
	}
	return ""
}
