package exchange

import (
	"encoding/binary"
	"slices"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// interned is what a batch adds to the gate: cases with their rows, and audiences.
type interned struct {
	cases     []storage.Case // all of them, those of this batch last
	first     int            // of this batch
	ids       map[storage.Case]uint32
	of        map[trust.Source]tally
	rows      []*row
	replaced  map[uint32]bool // rows of earlier cases that are others now
	sets      []columns
	firstSet  int
	setIDs    map[string]uint32
	companied map[[16]byte][]uint32 // cases of this batch that companions decide
}

func (x *Exchange) newInterned(g *regime) interned {
	rows, sets := slices.Clone(*g.rows.Load()), x.audiences.all()
	return interned{
		cases: slices.Clip(x.cases.all()[:len(rows)]), first: len(rows), ids: map[storage.Case]uint32{}, of: map[trust.Source]tally{},
		rows: rows, replaced: map[uint32]bool{},
		sets: slices.Clip(sets), firstSet: len(sets), setIDs: map[string]uint32{}, companied: map[[16]byte][]uint32{},
	}
}

func (w *writer) list() []storage.Case { return w.cases }

func (w *writer) caseOf(id uint32) storage.Case {
	if int(id) < len(w.cases) {
		return w.cases[id]
	}
	return storage.Case{}
}

func (w *writer) known(k storage.Case) bool {
	if _, ok := w.ids[k]; ok {
		return true
	}
	_, ok := w.x.cases.id(k)
	return ok
}

func (w *writer) mayGrow(k *storage.Case) bool { return w.x.cases.mayGrow(k, w.of[k.Source]) }

// caseID interns a case, and decides it.
func (w *writer) caseID(k storage.Case) uint32 {
	if id, ok := w.ids[k]; ok {
		return id
	}
	id, ok := w.x.cases.id(k)
	if ok && int(id) < w.first { // a later one is of a commit after this snapshot
		w.ids[k] = id
		return id
	}
	if isDerived(&k) && !w.mayGrow(&k) {
		return w.caseID(storage.Case{Class: trust.Class{Type: k.Type, SpecVersion: k.SpecVersion, Source: k.Source, Label: trust.Label{Level: trust.Red, Unresolvable: true}}})
	}
	id = uint32(len(w.cases))
	w.cases = append(w.cases, k)
	w.ids[k] = id
	t := w.of[k.Source]
	t.count(&k)
	w.of[k.Source] = t
	w.rows = append(w.rows, w.g.evaluate(&k, w.cases, w.rows, w.company))
	if of := goesBy(&k, w.cases); of != "" {
		uuid := of.UUID()
		w.companied[uuid] = append(w.companied[uuid], id)
	}
	return id
}

func (w *writer) row(id uint32) *row { return w.rows[id] }

func (w *writer) replaceRow(id uint32, r *row) {
	w.rows[id] = r
	if int(id) < w.first {
		w.replaced[id] = true
	}
}

func (w *writer) audience(id uint32) columns { return w.sets[id] }

// audienceID interns an audience.
func (w *writer) audienceID(c columns) uint32 {
	key := audienceKey(c)
	if id, ok := w.setIDs[key]; ok {
		return id
	}
	id, ok := w.x.audiences.id(c)
	if !ok || int(id) >= w.firstSet {
		id = uint32(len(w.sets))
		w.sets = append(w.sets, readColumns([]byte(key)))
	}
	w.setIDs[key] = id
	return id
}

// seeing are all readers for whom an entry is the release of its version.
func (w *writer) seeing(e storage.Entry) columns {
	seen := w.row(e.Class).open
	if e.Added != 0 { // else it gets its date in this batch
		seen = w.row(e.Class).seeing(e.Added)
	}
	if e.Audience != 0 {
		seen = seen.and(w.audience(e.Audience))
	}
	return seen
}

// record puts what was interned into the batch.
func (w *writer) record() {
	for id := w.first; id < len(w.cases); id++ {
		w.batch.Classes = append(w.batch.Classes, storage.Class{ID: uint32(id), Case: w.cases[id]})
		w.batch.Records = append(w.batch.Records, w.rows[id].record(uint32(id)))
	}
	for id := range w.replaced {
		w.batch.Records = append(w.batch.Records, w.rows[id].record(id))
	}
	for id := w.firstSet; id < len(w.sets); id++ {
		w.batch.Records = append(w.batch.Records, storage.Record{Kind: audienceRecord, Key: number(uint32(id)), Value: w.sets[id].append([]byte{})})
	}
}

// publish lets readers know what was interned, before the commit: whoever sees an entry must find
// its case and its audience at the gate.
func (w *writer) publish() {
	for id := w.first; id < len(w.cases); id++ {
		w.x.cases.add(storage.Class{ID: uint32(id), Case: w.cases[id]})
	}
	for id := w.firstSet; id < len(w.sets); id++ {
		w.x.audiences.add(uint32(id), w.sets[id])
	}
	if w.first < len(w.cases) || len(w.replaced) > 0 {
		w.g.rows.Store(&w.rows)
	}
}

// keyAfter is a record's key that ends in a number.
func keyAfter(prefix []byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64(slices.Clone(prefix), n)
}

func key64(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

// await notes that a copy is to be judged again at an instant.
func (w *writer) await(at time.Time, id stix.ID, c *copyState) {
	key := keyAfter(keyAfter(nil, uint64(at.UnixMicro())), c.Key)
	w.batch.Records = append(w.batch.Records, storage.Record{Kind: dueRecord, Key: key, Value: []byte(id)})
	if w.due.IsZero() || at.Before(w.due) {
		w.due = at
	}
}
