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

// maxDepth bounds how far labels are followed from container to container.
const maxDepth = 3

// labels are the effective labels of a group's versions (P-2): each is covered by all later ones,
// also by withdrawn ones; versions of one instant cover each other.
func (w *writer) labels(l *line, g *group, depth int) ([]trust.Label, error) {
	if g.labels != nil {
		return g.labels, nil
	}
	for _, c := range g.copies {
		if err := w.reclassify(l, c); err != nil {
			return nil, err
		}
	}
	own, err := w.ownLabels(l, g, depth)
	if err != nil {
		return nil, err
	}
	effective := make([]trust.Label, len(own))
	var cover trust.Label
	for i := 0; i < len(own); {
		end := i
		for ; end < len(own) && g.copies[end].Instant.Equal(g.copies[i].Instant); end++ {
			cover = cover.Join(own[end])
		}
		for ; i < end; i++ {
			effective[i] = cover
		}
	}
	if depth == 0 {
		g.labels = effective
	}
	return effective, nil
}

// ownLabels are the labels that versions have by themselves and by what they stand in; a revoked
// version without a mark has the label before it (P-4).
func (w *writer) ownLabels(l *line, g *group, depth int) ([]trust.Label, error) {
	own := make([]trust.Label, len(g.copies))
	for i := len(own) - 1; i >= 0; i-- {
		c := g.copies[i]
		own[i] = l.contradicted(c, c.class.Label)
		if c.class.Revoked && own[i].Unmarked && i+1 < len(own) {
			own[i] = own[i+1]
		}
		if !own[i].Unmarked && c.class.Type != "language-content" && g.owner.kind != trust.FromUs {
			continue
		}
		more, opens, err := w.borrowed(l, g, c, own[i].Unmarked, depth)
		if err != nil {
			return nil, err
		}
		own[i] = own[i].Join(more)
		own[i].Unmarked = own[i].Unmarked && !opens
	}
	return own, nil
}

// borrowed is the label that a version has from other objects: of an unmarked one, its containers';
// of a translation, what it translates; of ours, what of others' it refers to. Opens reports whether
// it marks what is unmarked.
func (w *writer) borrowed(l *line, g *group, c *copyState, unmarked bool, depth int) (more trust.Label, opens bool, err error) {
	if depth >= maxDepth {
		return more, false, nil
	}
	if unmarked {
		found, err := w.containers(l, g)
		if err != nil {
			return more, false, err
		}
		for _, at := range found {
			labels, err := w.labels(at.line, at.group, depth+1)
			if err != nil {
				return more, false, err
			}
			its := labels[slices.Index(at.group.copies, at.copy)]
			opens = opens || isContainer(at.copy.class.Type) && !its.Unmarked
			its.Unmarked = false
			more = more.Join(its)
		}
	}
	if c.class.Type != "language-content" && g.owner.kind != trust.FromUs {
		return more, opens, nil
	}
	joined, err := w.ofReferences(c, depth)
	return more.Join(joined), opens, err
}

// ofReferences joins the labels of what a translation translates, and of what our object refers to
// and only others gave.
func (w *writer) ofReferences(c *copyState, depth int) (joined trust.Label, err error) {
	if c.fresh && c.facts.Translates == "" && len(c.facts.Refs) == 0 {
		return joined, nil
	}
	o, err := w.factsOf(c)
	if err != nil {
		return joined, err
	}
	for _, id := range o.Refs {
		t, err := w.line(id)
		if err != nil {
			return joined, err
		}
		translated := id == o.Translates
		at := place{}
		for _, g := range t.owned() {
			if v := g.newest(); v != nil && (at.group == nil || !at.group.owner.speaks() && g.owner.speaks() || g.owner == ownerOf(&c.class)) {
				at = place{t, g, v}
			}
		}
		switch {
		case at.group == nil:
			joined.Unresolvable = joined.Unresolvable || translated
			continue
		case !translated && (ownerOf(&c.class).kind != trust.FromUs || at.group.owner.kind != trust.FromMember):
			continue
		}
		labels, err := w.labels(t, at.group, depth+1)
		if err != nil {
			return joined, err
		}
		its := labels[slices.Index(at.group.copies, at.copy)]
		its.Unmarked = false
		joined = joined.Join(its)
	}
	return joined, nil
}

// place is a copy and where it stands.
type place struct {
	line  *line
	group *group
	copy  *copyState
}

// isContainer reports whether a mark on an object of the type counts for what it contains (P-2).
func isContainer(typ string) bool {
	return typ == "report" || typ == "grouping" || typ == "observed-data"
}

// containers are the reports and the like of the same owner that refer to an id, by their newest
// versions; notes and opinions among them, which can only tighten.
func (w *writer) containers(l *line, g *group) (found []place, err error) {
	refs, err := w.subjects(l.id)
	if err != nil {
		return nil, err
	}
	for _, r := range refs {
		if t := r.id.Type(); !isContainer(t) && t != "note" && t != "opinion" {
			continue
		}
		at, err := w.at(r)
		if err != nil {
			return nil, err
		}
		if at.copy != nil && at.group.owner == g.owner && !at.copy.class.System {
			found = append(found, at)
		}
	}
	return found, nil
}

// at finds a referrer, if it is the newest version of its line.
func (w *writer) at(r referrer) (place, error) {
	l, err := w.line(r.id)
	if err != nil {
		return place{}, err
	}
	for _, g := range l.owned() {
		if c := g.newest(); c != nil && c.Key == r.key && c.State == storage.Live {
			return place{l, g, c}, nil
		}
	}
	return place{}, nil
}

// inside are the cases of the containers of what is labelled above GREEN by these alone: it goes
// only where one of them goes (P-2).
func (w *writer) inside(l *line, g *group, i int) (storage.Numbers, error) {
	c := g.copies[i]
	if !c.class.Label.Unmarked || w.caseOf(c.bare).Label.Level <= trust.Green {
		return "", nil
	}
	found, err := w.containers(l, g)
	if err != nil {
		return "", err
	}
	var ids []uint32
	for _, at := range found {
		if !isContainer(at.copy.class.Type) {
			continue
		}
		if err := w.find(at.line, at.group, slices.Index(at.group.copies, at.copy)); err != nil {
			return "", err
		}
		if at.copy.full != 0 {
			ids = append(ids, at.copy.full)
		}
	}
	return storage.NumbersOf(ids...), nil
}

// scope is what agreements choose by (P-4): of what joins others, its own values or, field by field
// where it has none, theirs; of any other object its own, its report's sectors and its target's.
func (w *writer) scope(l *line, g *group, c *copyState) (trust.Scope, error) {
	joins := c.class.Observable || c.class.Type == "relationship" || c.class.Type == "sighting"
	others, err := w.referringScope(l, g, joins)
	if err != nil || !joins {
		return join(c.class.Scope, others), err
	}
	o, err := w.factsOf(c)
	if err != nil {
		return others, err
	}
	for _, id := range o.Joins {
		its, err := w.scopeOf(id)
		if err != nil {
			return others, err
		}
		others = join(others, its)
	}
	if len(o.Sectors) > 0 {
		others.Sectors = c.class.Scope.Sectors
	}
	if len(o.Countries) > 0 {
		others.Countries = c.class.Scope.Countries
	}
	if len(o.Labels) > 0 {
		others.Labels = c.class.Scope.Labels
	}
	return others, nil
}

// referringScope is what an object has from those that refer to it.
func (w *writer) referringScope(l *line, g *group, joins bool) (s trust.Scope, err error) {
	refs, err := w.subjects(l.id)
	if err != nil {
		return s, err
	}
	for _, r := range refs {
		typ := r.id.Type()
		if !joins && !isContainer(typ) && typ != "relationship" {
			continue
		}
		at, err := w.at(r)
		if err != nil {
			return s, err
		}
		if at.copy == nil || at.group.owner != g.owner {
			continue
		}
		its := at.copy.class.Scope
		switch {
		case joins:
		case typ == "relationship":
			if its, err = w.targetScope(l.id, at.copy); err != nil {
				return s, err
			}
			its.Labels = ""
		default:
			its = trust.Scope{Sectors: its.Sectors}
		}
		s = join(s, its)
	}
	return s, nil
}

// targetScope is that of what an object targets, by a relationship.
func (w *writer) targetScope(source stix.ID, relationship *copyState) (s trust.Scope, err error) {
	o, err := w.factsOf(relationship)
	if err != nil {
		return s, err
	}
	for _, id := range o.Joins {
		if typ := id.Type(); id == source || typ != "identity" && typ != "location" {
			continue
		}
		its, err := w.scopeOf(id)
		if err != nil {
			return s, err
		}
		s = join(s, its)
	}
	return s, nil
}

// scopeOf joins what every newest version under an id says of itself.
func (w *writer) scopeOf(id stix.ID) (s trust.Scope, err error) {
	l, err := w.line(id)
	if err != nil {
		return s, err
	}
	for _, g := range l.owned() {
		if c := g.newest(); c != nil {
			s = join(s, c.class.Scope)
		}
	}
	return s, nil
}

func join(a, b trust.Scope) trust.Scope {
	both := func(a, b trust.Set) trust.Set {
		if b == "" || a == b {
			return a
		}
		return trust.SetOf(append(a.Names(), b.Names()...)...)
	}
	return trust.Scope{Sectors: both(a.Sectors, b.Sectors), Countries: both(a.Countries, b.Countries), Labels: both(a.Labels, b.Labels)}
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
