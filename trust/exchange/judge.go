package exchange

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// judge finds the cases of every version of an id, in the light of everything that is known when
// the batch is done.
func (w *writer) judge(l *line) error {
	for _, g := range l.owned() {
		for i, c := range g.copies {
			if c.State == storage.Withdrawn {
				continue
			}
			if err := w.find(l, g, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// find finds a copy's cases.
func (w *writer) find(l *line, g *group, i int) error {
	c := g.copies[i]
	if c.full != 0 || c.finding {
		return nil
	}
	c.finding = true
	defer func() { c.finding = false }()
	if err := w.load(c); err != nil {
		return err
	}
	if !l.judged && len(c.stored) > 0 { // nothing about it changed
		c.full = c.stored[0].Class
		return nil
	}
	if err := w.findAlone(l, g, i); err != nil {
		return err
	}
	return w.under(l, g, i)
}

// under lets the newest version of a line decide about the earlier ones: a member that may not get it
// sees none of them either (P-4).
func (w *writer) under(l *line, g *group, i int) error {
	c := g.copies[i]
	c.full = c.alone
	newest := g.newest()
	if newest == nil || !c.Instant.Before(newest.Instant) || c.State == storage.Recalled {
		return nil
	}
	var ids []uint32
	for j, v := range g.copies {
		if v.State == storage.Withdrawn || !v.Instant.Equal(newest.Instant) {
			continue
		}
		if err := w.findAlone(l, g, j); err != nil {
			return err
		}
		ids = append(ids, v.alone)
	}
	k := w.caseOf(c.alone)
	k.Under = storage.NumbersOf(ids...)
	c.full = w.caseID(k)
	return nil
}

// findAlone finds a copy's case as if it were the newest version.
func (w *writer) findAlone(l *line, g *group, i int) error {
	c := g.copies[i]
	if c.alone != 0 {
		return nil
	}
	err := w.load(c)
	if err == nil {
		err = w.bare(l, g, i)
	}
	if err == nil {
		err = w.findFull(l, g, i)
	}
	return err
}

// reclassify takes a stored copy's facts anew where what they depend on has changed: a marking that
// was unknown is defined now, or the policy reads objects otherwise.
func (w *writer) reclassify(l *line, c *copyState) error {
	if c.fresh || !w.rereads(c) {
		return nil
	}
	o, err := w.factsOf(c)
	if err != nil {
		return err
	}
	k, err := w.classify(o, c.class.Source)
	if err != nil {
		return err
	}
	was := &c.class // what holds from when it came
	k.Owner, k.SecondHand, k.Onward, k.System = was.Owner, was.SecondHand, was.Onward, was.System
	if k != c.class {
		c.class, c.Class, c.changed = k, w.caseID(storage.Case{Class: k}), true
	}
	return nil
}

// rereads reports whether a stored copy's own class may be another one now.
func (w *writer) rereads(c *copyState) bool { return w.rereadAll || w.redefined[c.Key] }

// contradicted joins a label with those of other contents that are said to be the same version:
// which of them is true is unknown, so that one is released to nobody (P-5).
func (l *line) contradicted(c *copyState, label trust.Label) trust.Label {
	for _, o := range l.copies {
		if o.State == storage.Conflict && o.Instant.Equal(c.Instant) && (o.class.Source == c.class.Source || ownerOf(&o.class) == ownerOf(&c.class)) {
			label = label.Join(o.class.Label)
			label.Unresolvable = true
		}
	}
	return label
}

// bareOf is the case of a copy as others refer to it.
func (w *writer) bareOf(l *line, g *group, c *copyState) (uint32, error) {
	if c.bare != 0 {
		return c.bare, nil
	}
	if err := w.load(c); err != nil {
		return 0, err
	}
	if !l.judged && len(c.stored) > 0 { // nothing about it changed
		c.bare = w.caseID(w.caseOf(c.stored[0].Class).Bare())
		return c.bare, nil
	}
	err := w.bare(l, g, slices.Index(g.copies, c))
	return c.bare, err
}

// bare finds what a decision about a version depends on, but for what it refers to.
func (w *writer) bare(l *line, g *group, i int) error {
	c := g.copies[i]
	if c.bare != 0 {
		return nil
	}
	k := storage.Case{Class: c.class}
	if c.State == storage.Recalled { // nobody gets it, whatever it was
		k.Label, k.Recalled = trust.Label{}, true
		c.bare = w.caseID(k)
		return nil
	}
	labels, err := w.labels(l, g, 0)
	if err != nil {
		return err
	}
	k.Class, k.Label = c.class, labels[i]
	if len(l.copies) > 1 && !k.Observable {
		if k.Routes, err = w.routes(l, c); err != nil {
			return err
		}
	}
	if w.g.Scoped() {
		if k.Scope, err = w.scope(l, g, c); err != nil {
			return err
		}
	}
	if err := errors.Join(w.waive(c, &k), w.age(l, c, &k)); err != nil {
		return err
	}
	c.bare = w.caseID(k)
	return nil
}

// routes are the other members that brought the same bytes.
func (w *writer) routes(l *line, c *copyState) (trust.Set, error) {
	var from []string
	for _, r := range l.copies {
		if r == c || r.class.Source.Kind != trust.FromMember || r.class.Source == c.class.Source || !r.Instant.Equal(c.Instant) || r.State == storage.Withdrawn {
			continue
		}
		same := r.Body == c.Body
		if !same && r.State != storage.Route {
			mine, err := w.hash(c)
			if err != nil {
				return "", err
			}
			theirs, err := w.hash(r)
			if err != nil {
				return "", err
			}
			same = mine == theirs
		}
		if same {
			from = append(from, r.class.Source.Name)
		}
	}
	return trust.SetOf(from...), nil
}

// findFull adds what other objects add: references, containers, corrections, and whether somebody
// else speaks for the object.
func (w *writer) findFull(l *line, g *group, i int) error {
	c := g.copies[i]
	k := w.caseOf(c.bare)
	if c.State == storage.Recalled {
		c.alone = c.bare
		return nil
	}
	var err error
	if k.Targets, k.Derived, err = w.targets(l, c); err != nil {
		return err
	}
	if k.Inside, err = w.inside(l, g, i); err != nil {
		return err
	}
	k.Shadowed = !k.Observable && !g.owner.speaks() &&
		slices.ContainsFunc(l.owned(), func(other *group) bool { return other.owner.speaks() && other.hasLive() })
	if k.Type == "marking-definition" || k.Type == "extension-definition" || isAuthor(&k) {
		along := k
		along.Companion = l.id
		if w.known(along) || w.mayGrow(&along) {
			k = along
		}
	}
	if err := w.correct(l, g, i, &k); err != nil {
		return err
	}
	c.alone = w.caseID(k)
	return nil
}

// targets are the cases of what a version refers to and the node holds (P-4, 11).
func (w *writer) targets(l *line, c *copyState) (random, derived storage.Numbers, err error) {
	if c.fresh && len(c.facts.Refs) == 0 && c.facts.CreatedBy == "" {
		return "", "", nil
	}
	o, err := w.factsOf(c)
	if err != nil {
		return "", "", err
	}
	var ids, guessable []uint32
	for _, id := range named(o) {
		if id == l.id || id.Type() == "marking-definition" || id.Type() == "extension-definition" {
			continue
		}
		n, err := w.referred(id, c)
		switch {
		case err != nil:
			return "", "", err
		case n == 0:
		case id.UUID()[6]>>4 == 5:
			guessable = append(guessable, n)
		default:
			ids = append(ids, n)
		}
	}
	return storage.NumbersOf(ids...), storage.NumbersOf(guessable...), nil
}

// target is the copy that a reference means: of a third party's object, what the same source gave;
// of ours, our own copy, else who speaks for it, else what came before the reference did.
func (w *writer) target(id stix.ID, c *copyState) (best place, err error) {
	l, err := w.line(id)
	if err != nil {
		return best, err
	}
	third := c.class.Received() || c.class.Source.Kind == trust.FromPinned
	rank := func(g *group, v *copyState) int {
		switch {
		case v == nil || third && v.class.Source != c.class.Source:
			return 0
		case g.owner == ownerOf(&c.class):
			return 3
		case g.owner.speaks():
			return 2
		case v.Key < c.Key || third:
			return 1
		}
		return 0 // unverified, and came after what refers to it: it counts for nothing
	}
	most := 0
	for _, g := range l.owned() {
		v := g.newest()
		if n := rank(g, v); n > most {
			best, most = place{l, g, v}, n
		}
	}
	return best, nil
}

// correct lets a newer version follow one that members hold beyond the scope that they may choose
// from (P-4, corrections).
func (w *writer) correct(l *line, g *group, i int, k *storage.Case) error {
	c := g.copies[i]
	before := slices.IndexFunc(g.copies[i+1:], live)
	if before < 0 || slices.ContainsFunc(g.copies[:i], live) {
		return nil
	}
	prev := g.copies[i+1+before]
	if err := w.load(prev); err != nil || len(prev.stored) == 0 {
		return err
	}
	if err := w.findAlone(l, g, i+1+before); err != nil {
		return err
	}
	var holders columns
	if len(c.stored) > 0 {
		holders = w.g.set(w.caseOf(c.stored[0].Class).Holders)
	} else {
		for _, e := range prev.stored {
			holders = holders.or(w.seeing(e))
		}
	}
	if holders = holders.without(w.row(w.caseID(*k)).open); w.g.membersOf(holders) == "" {
		return nil
	}
	with := *k
	with.Before, with.Holders = prev.alone, w.g.membersOf(holders)
	if !w.row(w.caseID(with)).open.and(holders).empty() {
		*k = with
	}
	return nil
}

// waiver is what people did about a version.
type waiver struct {
	Explicit map[string]act      `json:"explicit,omitempty"` // by member
	Approved map[string][]string `json:"approved,omitempty"` // by member: who
	Denied   map[string]act      `json:"denied,omitempty"`
	As       trust.Level         `json:"as,omitempty"`

	Addressed []string `json:"addressed,omitempty"` // of a notice: for whom it is
}

// act is who did something, when and why.
type act struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
}

func (w *writer) waiver(c *copyState) (v waiver, err error) {
	if v, ok := w.waivers[c.Key]; ok {
		return v, nil
	}
	if !c.Waived {
		return v, nil
	}
	data, err := w.s.Record(waiverRecord, keyAfter(nil, c.Key))
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	return v, ignoreNotFound(err)
}

// waive adds what people did.
func (w *writer) waive(c *copyState, k *storage.Case) error {
	if !c.Waived {
		return nil
	}
	v, err := w.waiver(c)
	if err != nil {
		return err
	}
	var explicit, one, two []string
	for m := range v.Explicit {
		explicit = append(explicit, m)
	}
	for m, who := range v.Approved {
		if one = append(one, m); len(who) > 1 {
			two = append(two, m)
		}
	}
	k.Explicit, k.Approved, k.Confirmed, k.As = trust.SetOf(explicit...), trust.SetOf(one...), trust.SetOf(two...), v.As
	k.Addressed = trust.SetOf(v.Addressed...)
	return nil
}

// age finds which embargoes from receipt are over, and notes when the next one will be.
func (w *writer) age(l *line, c *copyState, k *storage.Case) error {
	if len(w.g.embargoes) == 0 {
		return nil
	}
	received, err := w.received(c)
	if err != nil {
		return err
	}
	for _, d := range w.g.embargoes { // ascending
		if due := received.Add(d); w.now.Before(due) {
			w.await(due, l.id, c)
			return nil
		}
		k.Age = d
	}
	return nil
}

func (w *writer) received(c *copyState) (time.Time, error) {
	if c.from != nil {
		return c.from.received, nil
	}
	b, err := w.s.Body(c.Body)
	return b.Received, err
}
