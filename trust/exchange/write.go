package exchange

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/taxii"
	"entente/trust"
	"entente/trust/ledger"
)

// Bounds of what one source can pile up under one UUID (I-10): versions of an object, since every
// new one is placed among all of them, and objects of other types, since the index finds them together.
const (
	maxVersions  = 10_000
	maxNamesakes = 100
)

// writer turns a group of submissions into one batch, from one snapshot. It belongs to the
// committer alone.
type writer struct {
	x       *Exchange
	g       *regime
	s       storage.Snapshot
	now     time.Time
	ceiling storage.Added // the first date of this batch, if it is later than the last one's
	began   storage.Added // the last date before this batch
	head    storage.Head
	lines   map[stix.ID]*line
	order   []*copyState    // new copies, as they came
	begun   map[lineKey]int // lines that this batch begins
	neutral map[markingKey]bool
	batch   storage.Batch

	interned                              // what the batch adds to the gate
	referring map[[16]byte][]referrer     // of the store, as far as looked up
	refs      map[[16]byte][]referrer     // of this batch
	works     map[[16]byte][]stix.ID      // of this batch, by who made them
	waivers   map[uint64]waiver           // that this batch changes, by copy
	redefined map[uint64]bool             // copies that may cite a marking whose definition came
	rereadAll bool                        // every copy's class may be another one now
	postponed map[stix.ID]bool            // lines that are to wait until they are judged
	hidden    map[stix.ID]bool            // lines that waited, and are judged now
	regained  []*copyState                // that a sweep releases
	due       time.Time                   // of the first embargo that will be over
	after     func()                      // when all is durable
	concealed []stix.ID                   // that members see again then
	told      []ledger.Record             // for the ledger
	notices   []notice                    // to send
	lost      []loss                      // for the ledger
	company   *companions                 // what goes along with what
	alongside map[[16]byte]map[uint32]int // how the counts of companions change
}

// lineKey is a UUID as one source uses it.
type lineKey struct {
	uuid   [16]byte
	source trust.Source
}

// markingKey is a marking as one source defines it.
type markingKey struct {
	id     stix.ID
	source trust.Source
}

func (x *Exchange) newWriter(g *regime, s storage.Snapshot) *writer {
	now := x.now()
	return &writer{
		x: x, g: g, s: s, now: now, company: x.company, ceiling: ceilMillisecond(now),
		lines: map[stix.ID]*line{}, begun: map[lineKey]int{}, neutral: map[markingKey]bool{},
		interned:  x.newInterned(g),
		referring: map[[16]byte][]referrer{}, refs: map[[16]byte][]referrer{}, works: map[[16]byte][]stix.ID{}, waivers: map[uint64]waiver{},
		redefined: map[uint64]bool{}, postponed: map[stix.ID]bool{}, hidden: map[stix.ID]bool{},
		alongside: map[[16]byte]map[uint32]int{},
	}
}

func (w *writer) write(fill func(*writer) error) error {
	var err error
	if w.head, err = w.s.Head(); err != nil {
		return err
	}
	w.began = w.head.Added
	if err := fill(w); err != nil {
		return err
	}
	if err := w.settle(); err != nil {
		return err
	}
	w.flush()
	if err := errors.Join(w.tellLosses(), w.tellReleases()); err != nil {
		return err
	}
	w.record()
	w.batch.Expired = w.now
	return nil
}

// takeAll writes what was submitted.
func (w *writer) takeAll(group []*submission) error {
	if err := w.meet(group); err != nil {
		return err
	}
	for _, sub := range group {
		if err := w.take(sub); err != nil {
			return err
		}
	}
	return nil
}

// meet notes the marking definitions of the group before anything is labelled, so that their
// order among the objects that cite them does not matter. What is stored already stands: see isNeutral.
func (w *writer) meet(group []*submission) error {
	for _, sub := range group {
		for i := range sub.items {
			o := &sub.items[i].object
			if sub.items[i].failed || o.Marking == nil {
				continue
			}
			l, err := w.line(o.ID)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(l.copies, func(c *copyState) bool { return l.defines(c, sub.source) || c.State == storage.Recalled }) {
				w.neutral[markingKey{o.ID, sub.source}] = saysNothing(o.Marking)
			}
		}
	}
	return nil
}

// defines reports whether a copy of a marking definition says what it means to a source: its own
// does, and ours. A stranger's word for what a marking means counts for nothing, nor does what was recalled.
func (l *line) defines(c *copyState, source trust.Source) bool {
	recalled := func(r *copyState) bool { return r.State == storage.Recalled && r.Body == c.Body }
	return (c.State == storage.Live || c.State == storage.Route && !slices.ContainsFunc(l.copies, recalled)) &&
		(c.class.Source == source || c.class.Source.Ours())
}

// saysNothing reports whether a marking leaves who may read as it is: a statement does (P-1),
// but not one with an extension that we do not understand.
func saysNothing(m *stix.Marking) bool {
	return m.DefinitionType == "statement" && len(m.Extensions) == 0
}

func (w *writer) take(sub *submission) error {
	if sub.act != nil {
		sub.err = sub.act(w)
		if errors.Is(sub.err, ErrNotFound) || errors.As(sub.err, new(Refusal)) {
			return nil
		}
		return sub.err
	}
	for i := range sub.items {
		if sub.items[i].failed {
			continue
		}
		if err := w.put(sub, &sub.items[i]); err != nil {
			return err
		}
	}
	status, err := sub.complete(w.x.cfg.StatusRetention)
	if err != nil {
		return err
	}
	w.batch.Statuses = append(w.batch.Statuses, status)
	for name, value := range sub.meta {
		if w.batch.Meta == nil {
			w.batch.Meta = map[string][]byte{}
		}
		w.batch.Meta[name] = value
	}
	return nil
}

// put finds what an object is in the light of what is known of its id, and writes it so.
// Whatever somebody else has sent, the answer to the writer is the same (P-5).
func (w *writer) put(sub *submission, it *item) error {
	o := &it.object
	l, err := w.line(o.ID)
	if err != nil {
		return err
	}
	instant := o.VersionTime
	if o.Version == "" {
		instant = sub.received.Truncate(time.Microsecond)
	}
	own, err := w.ownCopy(l, sub.source, o, instant)
	if err != nil {
		return err
	}
	if own == nil || own.hash != o.Hash {
		if why := w.crowded(l, sub.source); why != "" {
			it.failed, it.message = true, why
			return nil
		}
	}
	if own != nil {
		return w.again(sub, l, own, it)
	}
	if err := w.checkHistory(sub, l, it); err != nil || it.failed {
		return err
	}
	if o.Version == "" {
		it.version = taxii.FormatTimestamp(instant)
	}
	class, err := w.classOf(o, sub.source)
	if err != nil {
		return err
	}
	if !w.admits(storage.Case{Class: class}) {
		it.failed, it.message = true, "too many kinds of objects came from you: use the types that STIX defines, or fewer of your own"
		return nil
	}
	state, body, err := w.standing(l, &class, o, instant)
	if err != nil {
		return err
	}
	if it.future {
		state, body = storage.Future, 0
	}
	if state == storage.Claim && sub.source.Ours() && class.Owner == "" && l.isPinned() {
		it.failed = true
		it.message = "a pinned source holds this id with other content: publish it with that --source, or use a new id"
		return nil
	}
	c := &copyState{Copy: storage.Copy{Body: body, Instant: instant, State: state}, class: class}
	w.store(sub, l, it, c)
	if state != storage.Live {
		return nil
	}
	return w.inherit(l, c)
}

// freeHistory is how much of earlier versions the committer reads for a submission, in bytes,
// besides as much as the submission itself has: a few small versions after large ones must not
// make everybody else wait.
const freeHistory = 1 << 20

// checkHistory compares a new version with the one before it that the same source sent, whatever
// became of that: the answer must not tell (P-5). Versions of one submission have been compared
// already. Definitions of TLP levels have no history: any wording is as good as another, and what
// is kept of ours may be the bytes that somebody else sent (see standing).
func (w *writer) checkHistory(sub *submission, l *line, it *item) error {
	if sub.history <= 0 || isTLP(&it.object) {
		return nil
	}
	var before *copyState
	for _, c := range l.copies {
		earlier := c.class.Source == sub.source && c.Instant.Before(it.object.VersionTime)
		if earlier && (before == nil || before.Instant.Before(c.Instant)) {
			before = c
		}
	}
	if before == nil || before.from == sub {
		return nil
	}
	raw, err := w.raw(before)
	if err != nil {
		return err
	}
	sub.history -= len(raw)
	reader := w.x.readerFor(sub.source)
	earlier, _ := reader.Read(raw)
	it.find(reader.CheckTogether([]stix.Object{earlier, it.object})[1])
	return nil
}

// crowded says why a source can add nothing under an id; empty: it can.
func (w *writer) crowded(l *line, source trust.Source) string {
	key := lineKey{l.id.UUID(), source}
	switch n := l.count(source); {
	case n >= maxVersions:
		return "too many versions of this object: use a new id"
	case n > 0:
	case l.namesakes[source]+w.begun[key] >= maxNamesakes:
		return "too many objects of other types have this UUID: use a new id"
	default:
		w.begun[key]++
	}
	return ""
}

// admits reports whether a case is known or may become so.
func (w *writer) admits(k storage.Case) bool { return w.known(k) || w.mayGrow(&k) }

// store writes a new copy, with its bytes unless they are there already.
func (w *writer) store(sub *submission, l *line, it *item, c *copyState) {
	o := &it.object
	w.head.Key++
	c.Key, c.Class, c.hash, c.fresh, c.from, c.facts = w.head.Key, w.caseID(storage.Case{Class: c.class}), o.Hash, true, sub, o
	if c.State != storage.Route {
		c.Body = c.Key
		w.batch.Bodies = append(w.batch.Bodies, storage.Body{
			Key: c.Key, ID: o.ID, Version: it.version, Instant: c.Instant, Class: c.Class,
			Received: sub.received, Hash: o.Hash, Raw: o.Raw,
		})
	}
	l.add(c)
	w.admit(sub, it, c)
	switch {
	case c.State == storage.Live:
		w.order = append(w.order, c)
		w.index(l, c)
	case c.State.Aside():
		w.suspect(l, c)
	}
}

// ownCopy finds what the same source sent before under the same version, its same bytes first;
// of an object without versions only those.
func (w *writer) ownCopy(l *line, source trust.Source, o *stix.Object, instant time.Time) (own *copyState, err error) {
	for _, c := range l.copies {
		versioned := o.Version != ""
		if c.class.Source != source || versioned && (c.class.SpecVersion != o.SpecVersion || !c.Instant.Equal(instant)) {
			continue
		}
		hash, err := w.hash(c)
		if err != nil || hash == o.Hash {
			return c, err
		}
		if versioned && own == nil {
			own = c
		}
	}
	return own, nil
}

// again answers a writer who sent this version before: the same content changes nothing (I-5),
// but brings back what was withdrawn; other content has no place under a version that is taken.
func (w *writer) again(sub *submission, l *line, own *copyState, it *item) error {
	same, err := w.sameContent(own, &it.object)
	switch {
	case err != nil:
		return err
	case !same && sub.source.Ours():
		it.failed = true
		it.message = "other content is stored under this version: a change needs a later `modified`"
		return nil
	case !same:
		return w.contradict(sub, l, own, it)
	}
	if it.version == "" {
		it.version = taxii.FormatTimestamp(own.Instant)
	}
	if own.State == storage.Withdrawn {
		own.State, own.changed = storage.Live, true
		w.order = append(w.order, own)
		l.touched, l.groups = true, nil
	}
	return nil
}

// isNeutral looks for a marking's definition among what the same source, or we ourselves, have given.
func (w *writer) isNeutral(id stix.ID, source trust.Source) (bool, error) {
	for _, s := range []trust.Source{source, {Kind: trust.FromUs}} {
		if neutral, known := w.neutral[markingKey{id, s}]; known {
			return neutral, nil
		}
	}
	l, err := w.line(id)
	if err != nil {
		return false, err
	}
	for _, c := range l.copies {
		if !l.defines(c, source) {
			continue
		}
		raw, err := w.raw(c)
		if err != nil {
			return false, err
		}
		o, _ := w.x.reader.Read(raw)
		neutral := o.Marking != nil && saysNothing(o.Marking)
		w.neutral[markingKey{id, source}] = neutral
		return neutral, nil
	}
	return false, nil
}

func (w *writer) hash(c *copyState) (h [32]byte, err error) {
	if c.hash == h {
		b, err := w.s.Body(c.Body)
		if err != nil {
			return h, err
		}
		c.hash = b.Hash
	}
	return c.hash, nil
}

// sameContent compares bytes, and where these differ what they say.
func (w *writer) sameContent(c *copyState, o *stix.Object) (bool, error) {
	hash, err := w.hash(c)
	if err != nil || hash == o.Hash || isTLP(o) {
		return err == nil, err
	}
	stored, err := w.raw(c)
	if err != nil {
		return false, err
	}
	return stix.SameContent(stored, o.Raw), nil
}

// isTLP reports whether an object defines a TLP level. Tools carry definitions of their own wording;
// since levels go by id alone (P-1) and the reader has checked the level, one is as good as another.
func isTLP(o *stix.Object) bool {
	_, ok := trust.LevelOf(o.ID)
	return ok
}

func (w *writer) raw(c *copyState) ([]byte, error) {
	if b := w.pending(c.Body); b != nil {
		return b.Raw, nil
	}
	return w.s.Raw(c.Body)
}

// body finds a stored copy's bytes with what is kept of them.
func (w *writer) body(key uint64) (storage.Body, error) {
	if b := w.pending(key); b != nil {
		return *b, nil
	}
	return w.s.Body(key)
}

// pending is a body of this batch; nil where it is none.
func (w *writer) pending(key uint64) *storage.Body {
	fresh := w.batch.Bodies
	i, found := slices.BinarySearchFunc(fresh, key, func(b storage.Body, key uint64) int { return cmp.Compare(b.Key, key) })
	if !found {
		return nil
	}
	return &fresh[i]
}
