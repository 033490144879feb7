package exchange

import (
	"cmp"
	"slices"
	"strings"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// line is all that is known of one id, from every source.
type line struct {
	id       stix.ID
	copies   []*copyState
	touched  bool // something was written under this id
	judged   bool
	turns    int  // how often this batch judged it
	queued   bool // it will be
	replaced bool // its entries changed
	kept     bool // whoever acts goes on with it, so that it must not be forgotten

	namesakes map[trust.Source]int // copies of other types that share the UUID, by source
	groups    []*group             // see owned
}

// group is what one owner holds of an id, from the newest version down: a line of P-5.
type group struct {
	owner  owner
	copies []*copyState // live, withdrawn and recalled
	labels []trust.Label
}

// copyState is one copy with what this batch does to it.
type copyState struct {
	storage.Copy
	class   trust.Class  // its own
	hash    [32]byte     // zero: not looked up yet
	facts   *stix.Object // nil: not read yet
	fresh   bool         // not in the store yet
	from    *submission  // that brought it in this batch
	changed bool         // in the store, but otherwise

	stored  []storage.Entry // as they are in the log
	entries []storage.Entry // as they will be, ascending; those without a date will be appended
	loaded  bool

	// Its cases, 0 if not found yet: as others refer to it, as if it were the newest version, and as it is.
	bare, alone, full uint32
	finding           bool // they are being found
}

// owner is whose an object is (P-5): us, a pinned source, a member, or the source that brought it
// where nobody vouches for more.
type owner struct {
	kind trust.SourceKind
	name string
	bare bool // nobody vouches for it
}

func ownerOf(c *trust.Class) owner {
	switch {
	case c.Owner != "":
		return owner{trust.FromMember, c.Owner, false}
	case c.Source.Kind == trust.FromMember:
		return owner{trust.FromMember, c.Source.Name, true}
	}
	return owner{c.Source.Kind, c.Source.Name, false}
}

// speaks reports whether the owner's word for an object counts before others'.
func (o owner) speaks() bool { return !o.bare }

func (l *line) add(c *copyState) {
	l.copies = append(l.copies, c)
	l.touched = true
	l.groups = nil
}

func (l *line) count(source trust.Source) (n int) {
	for _, c := range l.copies {
		if c.class.Source == source {
			n++
		}
	}
	return n
}

func (w *writer) line(id stix.ID) (*line, error) {
	if l, ok := w.lines[id]; ok {
		return l, nil
	}
	l := &line{id: id}
	for c, err := range w.s.Copies(id) {
		if err != nil {
			return nil, err
		}
		class := w.caseOf(c.Class).Class
		if class.Type == id.Type() {
			l.copies = append(l.copies, &copyState{Copy: c, class: class})
			continue
		}
		if l.namesakes == nil {
			l.namesakes = map[trust.Source]int{}
		}
		l.namesakes[class.Source]++
	}
	w.lines[id] = l
	return l, nil
}

// owned are the lines of P-5 under one id, in the order in which they came.
func (l *line) owned() []*group {
	if l.groups != nil {
		return l.groups
	}
	for _, c := range l.copies {
		if c.State != storage.Live && c.State != storage.Withdrawn && c.State != storage.Recalled {
			continue
		}
		of := ownerOf(&c.class)
		i := slices.IndexFunc(l.groups, func(g *group) bool { return g.owner == of })
		if i < 0 {
			i, l.groups = len(l.groups), append(l.groups, &group{owner: of})
		}
		l.groups[i].copies = append(l.groups[i].copies, c)
	}
	for _, g := range l.groups {
		slices.SortStableFunc(g.copies, func(a, b *copyState) int { return b.Instant.Compare(a.Instant) })
	}
	return l.groups
}

// newest is the newest version that is not withdrawn; nil if there is none.
func (g *group) newest() *copyState {
	i := slices.IndexFunc(g.copies, func(c *copyState) bool { return c.State != storage.Withdrawn })
	if i < 0 {
		return nil
	}
	return g.copies[i]
}

func live(c *copyState) bool { return c.State == storage.Live }

// hasLive reports whether any version is in the log.
func (g *group) hasLive() bool { return slices.ContainsFunc(g.copies, live) }

// load brings the entries of a copy.
func (w *writer) load(c *copyState) error {
	if c.loaded {
		return nil
	}
	c.loaded = true
	if c.fresh || c.State != storage.Live || c.Added == 0 {
		return nil
	}
	for _, at := range append([]storage.Added{c.Added}, c.Also...) {
		e, err := w.s.Entry(at)
		if err != nil {
			return err
		}
		c.stored = append(c.stored, e)
	}
	c.entries = slices.Clone(c.stored)
	return nil
}

// latest is the date of the last entry, as far as it has one.
func (c *copyState) latest() storage.Added {
	if len(c.entries) == 0 {
		return 0
	}
	return c.entries[len(c.entries)-1].Added
}

// place gives every version of an id its place among the others of its owner.
func (w *writer) place(l *line) error {
	for _, c := range l.copies {
		if err := w.load(c); err != nil {
			return err
		}
	}
	beside := 0
	for _, g := range l.owned() {
		if g.hasLive() {
			beside++
		}
	}
	split := slices.ContainsFunc(l.copies, func(c *copyState) bool { return len(c.entries) > 1 })
	for _, g := range l.owned() {
		places := placesOf(g.copies)
		for i, c := range g.copies {
			for j := range c.entries {
				e := &c.entries[j]
				e.Newer, e.Older, e.NewerSpec = places[i].Newer, places[i].Older, places[i].NewerSpec
				e.Beside, e.Split = beside > 1, split
			}
		}
	}
	return nil
}

// placesOf finds Newer, Older and NewerSpec of versions that are sorted from the newest down.
func placesOf(cs []*copyState) []storage.Entry {
	places := make([]storage.Entry, len(cs))
	latestSpec := storage.Added(0)
	for _, c := range cs {
		if c.State == storage.Live && c.class.SpecVersion != "2.0" {
			latestSpec = max(latestSpec, c.latest())
		}
	}
	ascend := func(i int) int { return len(cs) - 1 - i }
	visit(cs, func(i int) int { return i }, func(i int, seen storage.Added) { places[i].Newer = seen })
	visit(cs, ascend, func(i int, seen storage.Added) { places[i].Older = seen })
	for i, c := range cs {
		if c.class.SpecVersion == "2.0" {
			places[i].NewerSpec = latestSpec
		}
	}
	return places
}

// visit goes through the versions in an order and tells each the greatest Added of those of its STIX
// version that come strictly before it; equals in time are no predecessors of each other.
func visit(cs []*copyState, at func(int) int, tell func(int, storage.Added)) {
	type run struct {
		before, within storage.Added
		last           *copyState
	}
	runs := map[string]*run{}
	for n := range cs {
		i := at(n)
		c := cs[i]
		r := runs[c.class.SpecVersion]
		if r == nil {
			r = &run{}
			runs[c.class.SpecVersion] = r
		}
		if r.last == nil || !r.last.Instant.Equal(c.Instant) {
			r.before = max(r.before, r.within)
			r.within = 0
		}
		r.last = c
		tell(i, r.before)
		if c.State == storage.Live {
			r.within = max(r.within, c.latest())
		}
	}
}

// referrer is an object that refers to another.
type referrer struct {
	id  stix.ID
	key uint64
	to  string // type of what it refers to: others may share the UUID
}

// referrers are the objects that refer to an id, as far as they were indexed: those of the store,
// then those of this batch.
func (w *writer) referrers(id stix.ID) (list []referrer, err error) {
	uuid := id.UUID()
	if known, ok := w.referring[uuid]; ok {
		return append(known, w.refs[uuid]...), nil
	}
	for k, v := range recordsOf(w.s, referrerRecord, uuid[:], &err) {
		list = append(list, referrer{stix.ID(strings.Clone(string(v))), key64(k[16:24]), string(k[24:])})
	}
	w.referring[uuid] = slices.Clip(list)
	return append(list, w.refs[uuid]...), err
}

// subjects are the referrers whose subject an object is. A marking is nobody's: what cites it
// neither contains it nor gives it a scope.
func (w *writer) subjects(id stix.ID) ([]referrer, error) {
	if id.Type() == "marking-definition" {
		return nil, nil
	}
	refs, err := w.referrers(id)
	return slices.DeleteFunc(slices.Clone(refs), func(r referrer) bool { return r.to != id.Type() }), err
}

// index notes what a new copy refers to: what comes later under those ids is looked at in its light,
// and it in theirs.
func (w *writer) index(l *line, c *copyState) {
	o := c.facts
	w.attribute(l, c)
	note := func(id stix.ID) {
		uuid := id.UUID()
		w.refs[uuid] = append(w.refs[uuid], referrer{l.id, c.Key, id.Type()})
		w.batch.Records = append(w.batch.Records, storage.Record{
			Kind: referrerRecord, Key: append(keyAfter(uuid[:], c.Key), id.Type()...), Value: []byte(l.id),
		})
	}
	for _, id := range o.Refs {
		note(id)
	}
	for _, id := range markingsOf(o) {
		note(id)
	}
}

// markingsOf are the markings of an object that are not TLP's.
func markingsOf(o *stix.Object) (ids []stix.ID) {
	add := func(id stix.ID) {
		if _, isTLP := trust.LevelOf(id); !isTLP && id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, id := range o.Markings {
		add(id)
	}
	for _, g := range o.Granular {
		add(g.Marking)
	}
	return ids
}

// cited are what goes along with an object, where it may (P-2): the definitions that it cites, and
// its creator.
func cited(o *stix.Object) (ids []stix.ID) {
	ids = append(ids, o.Markings...)
	for _, g := range o.Granular {
		if g.Marking != "" {
			ids = append(ids, g.Marking)
		}
	}
	ids = append(ids, o.Extensions...)
	if o.CreatedBy != "" {
		ids = append(ids, o.CreatedBy)
	}
	ids = slices.DeleteFunc(ids, func(id stix.ID) bool { return id == o.ID })
	slices.Sort(ids)
	return slices.Compact(ids)
}

// factsOf reads a copy's object once.
func (w *writer) factsOf(c *copyState) (*stix.Object, error) {
	if c.facts == nil {
		raw, err := w.raw(c)
		if err != nil {
			return nil, err
		}
		o, _ := w.x.readerFor(c.class.Source).Read(raw)
		c.facts = &o
	}
	return c.facts, nil
}

// flush moves what the lines became into the batch.
func (w *writer) flush() {
	for id, l := range w.lines {
		for _, c := range l.copies {
			if c.changed || c.fresh {
				c.settleDates()
				w.batch.Copies = append(w.batch.Copies, storage.IDCopy{ID: id, Copy: c.Copy})
			}
			w.flushEntries(c)
		}
	}
	slices.SortFunc(w.batch.Append, func(a, b storage.Entry) int { return cmp.Compare(a.Added, b.Added) })
}

// settleDates names the entries in the index record.
func (c *copyState) settleDates() {
	if !c.loaded {
		return
	}
	c.Added, c.Also = 0, nil
	for i, e := range c.entries {
		if i == 0 {
			c.Added = e.Added
		} else {
			c.Also = append(c.Also, e.Added)
		}
	}
}

func (w *writer) flushEntries(c *copyState) {
	if !c.loaded {
		return
	}
	for _, was := range c.stored {
		i := slices.IndexFunc(c.entries, func(e storage.Entry) bool { return e.Added == was.Added })
		switch {
		case i < 0:
			w.batch.Remove = append(w.batch.Remove, was.Added)
		case c.entries[i] != was:
			w.batch.Amend = append(w.batch.Amend, c.entries[i])
		}
	}
	for _, e := range c.entries {
		if e.Added > w.began {
			w.batch.Append = append(w.batch.Append, e)
		}
	}
}
