package exchange

import (
	"cmp"
	"slices"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/taxii"
	"entente/trust"
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
	s       storage.Snapshot
	now     time.Time
	ceiling storage.Added // the first date of this batch, if it is later than the last one's
	head    storage.Head
	lines   map[stix.ID]*line
	fresh   map[trust.Class]uint32
	freshOf map[trust.Source]int // of fresh, by source
	begun   map[lineKey]int      // lines that this batch begins
	neutral map[markingKey]bool
	batch   storage.Batch
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

func (w *writer) write(s storage.Snapshot, group []*submission) error {
	w.s = s
	var err error
	if w.head, err = s.Head(); err != nil {
		return err
	}
	if err := w.meet(group); err != nil {
		return err
	}
	for _, sub := range group {
		if err := w.take(sub); err != nil {
			return err
		}
	}
	for _, l := range w.lines {
		if err := w.relink(l); err != nil {
			return err
		}
	}
	w.flush()
	w.batch.Expired = w.now
	return nil
}

// meet notes the marking definitions of the group before anything is labelled, so that their
// order among the objects that cite them does not matter. What is stored already stands: see isNeutral.
func (w *writer) meet(group []*submission) error {
	w.neutral = map[markingKey]bool{}
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
			if !slices.ContainsFunc(l.copies, func(c *copyState) bool { return c.defines(sub.source) }) {
				w.neutral[markingKey{o.ID, sub.source}] = saysNothing(o.Marking)
			}
		}
	}
	return nil
}

// defines reports whether a copy of a marking definition says what it means to a source: its own
// does, and ours. A stranger's word for what a marking means counts for nothing.
func (c *copyState) defines(source trust.Source) bool {
	return (c.State == storage.Live || c.State == storage.Route) && (c.class.Source == source || c.class.Source.Ours())
}

// saysNothing reports whether a marking leaves who may read as it is: a statement does (P-1),
// but not one with an extension that we do not understand.
func saysNothing(m *stix.Marking) bool {
	return m.DefinitionType == "statement" && len(m.Extensions) == 0
}

func (w *writer) take(sub *submission) error {
	if sub.remove != nil {
		sub.err = w.remove(sub.remove)
		return nil
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
	if !w.admits(class) {
		it.failed, it.message = true, "too many kinds of objects came from you: use the types that STIX defines, or fewer of your own"
		return nil
	}
	state, body, err := w.standing(l, sub.source, o, instant)
	if err != nil {
		return err
	}
	if state == storage.Claim && sub.source.Ours() {
		it.failed = true
		it.message = "a pinned source holds this id with other content: publish it with that --source, or use a new id"
		return nil
	}
	w.store(sub, l, it, &copyState{Copy: storage.Copy{Body: body, Instant: instant, State: state}, class: class})
	return nil
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

// admits reports whether a class is known or may become so.
func (w *writer) admits(c trust.Class) bool {
	if _, ok := w.x.classes.id(c); ok {
		return true
	}
	if _, ok := w.fresh[c]; ok {
		return true
	}
	return w.x.classes.count(c.Source)+w.freshOf[c.Source] < maxClasses
}

// store writes a new copy, with its bytes unless they are there already.
func (w *writer) store(sub *submission, l *line, it *item, c *copyState) {
	o := &it.object
	w.head.Key++
	c.Key, c.Class, c.hash, c.fresh, c.from = w.head.Key, w.classID(c.class), o.Hash, true, sub
	if c.State != storage.Route {
		c.Body = c.Key
		w.batch.Bodies = append(w.batch.Bodies, storage.Body{
			Key: c.Key, ID: o.ID, Version: it.version, Instant: c.Instant, Class: c.Class,
			Received: sub.received, Hash: o.Hash, Raw: o.Raw,
		})
	}
	if c.State == storage.Live {
		w.append(c)
	}
	l.add(c)
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
		w.contradict(sub, l, own, it)
		return nil
	}
	if it.version == "" {
		it.version = taxii.FormatTimestamp(own.Instant)
	}
	if own.State == storage.Withdrawn {
		own.State = storage.Live
		own.changed = true
		w.append(own)
		l.touched = true
	}
	return nil
}

// contradict keeps a member's second content of one version aside. Which of the two is true is
// unknown, so the version is released to nobody until a newer one comes (P-5). The member is
// answered as if nothing had happened, because another answer would tell it whether the version
// that it contradicts counts here.
func (w *writer) contradict(sub *submission, l *line, own *copyState, it *item) {
	if own.State == storage.Live && !own.class.Label.Unresolvable {
		own.class.Label.Unresolvable = true
		own.Class = w.classID(own.class)
		own.changed = true
	}
	w.store(sub, l, it, &copyState{
		Copy:  storage.Copy{Instant: own.Instant, State: storage.Claim},
		class: trust.Class{Type: it.object.Type, SpecVersion: it.object.SpecVersion, Source: sub.source, Label: trust.Label{Unresolvable: true}},
	})
}

// standing says what a new copy is beside those of other sources: a release of its own, another
// route of the same bytes, or a claim that is kept aside (I-6).
func (w *writer) standing(l *line, source trust.Source, o *stix.Object, instant time.Time) (storage.State, uint64, error) {
	state := storage.Live
	if o.Version == "" { // P-5: of an object without versions every source's copy stands by itself
		return state, 0, nil
	}
	for _, c := range l.copies {
		if c.class.Source == source || c.class.Observable || c.State != storage.Live {
			continue
		}
		if source.Ours() && !c.class.Source.Ours() {
			continue // what we publish we speak for, whoever else had the id
		}
		names := source.Kind == trust.FromPinned && c.class.Source.Kind == trust.FromUs
		if !c.Instant.Equal(instant) || c.class.SpecVersion != o.SpecVersion {
			if !names {
				state = storage.Claim
			}
			continue
		}
		hash, err := w.hash(c)
		if err != nil {
			return 0, 0, err
		}
		switch same := hash == o.Hash || isTLP(o); {
		case same && names: // it says now whose it is, which it did not when it was published first
			w.withdraw(c)
		case same:
			return storage.Route, c.Body, nil
		default:
			state = storage.Claim
		}
	}
	return state, 0, nil
}

// append puts a copy at the end of the log.
func (w *writer) append(c *copyState) {
	w.head.Added = max(w.head.Added+1, w.ceiling)
	c.Added = w.head.Added
	c.entry = &storage.Entry{Added: c.Added, Body: c.Body, Class: c.Class}
	c.appended = true
}

func (w *writer) classOf(o *stix.Object, source trust.Source) (trust.Class, error) {
	var failed error
	label := trust.LabelOf(o, func(id stix.ID) bool {
		ok, err := w.isNeutral(id, source)
		if err != nil {
			failed = err
		}
		return ok
	})
	return trust.Class{Type: o.Type, SpecVersion: o.SpecVersion, Label: label, Revoked: o.Revoked, Observable: o.Version == "", Source: source}, failed
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
		if !c.defines(source) {
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

func (w *writer) classID(c trust.Class) uint32 {
	if id, ok := w.x.classes.id(c); ok {
		return id
	}
	if id, ok := w.fresh[c]; ok {
		return id
	}
	id := uint32(len(w.x.classes.all()) + len(w.fresh))
	w.fresh[c] = id
	w.freshOf[c.Source]++
	w.batch.Classes = append(w.batch.Classes, storage.Class{ID: id, Class: c})
	return id
}

func (w *writer) class(id uint32) trust.Class {
	if list := w.x.classes.all(); int(id) < len(list) {
		return list[id]
	}
	return trust.Class{}
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
	pending := w.batch.Bodies
	i, found := slices.BinarySearchFunc(pending, c.Body, func(b storage.Body, key uint64) int { return cmp.Compare(b.Key, key) })
	if found {
		return pending[i].Raw, nil
	}
	return w.s.Raw(c.Body)
}
