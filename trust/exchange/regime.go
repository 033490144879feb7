package exchange

import (
	"encoding/binary"
	"errors"
	"iter"
	"slices"
	"sync/atomic"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// regime is the policy in force as reads see it. A request takes one and keeps it from beginning to
// end (I-9). It is immutable, but that its rows grow with the cases.
type regime struct {
	*trust.Snapshot
	readers     []trust.Principal // by column
	column      map[string]int    // of members
	embargoes   []time.Duration   // from receipt, ascending
	forgiving   map[string]*stix.Reader
	collections []*collection // ascending by id
	byName      map[string]*collection
	rows        atomic.Pointer[[]*row] // by case
	alarm       func(k *storage.Case, readers int)
}

// Columns of the gate that are no members'.
const (
	personColumn = iota
	redColumn    // persons who are named to read RED
	toolColumn
	anonymousColumn
	memberColumns // from here on
)

// row is what the gate says of one case.
type row struct {
	open  columns         // who may have it
	hold  columns         // for whom it waits
	ever  columns         // who may have it or once might
	since []storage.Added // by column: entries up to here are from before it opened; nil: none are
	until []storage.Added // by column: what came later came when it was shut; of one that was never open, 0
}

// sees reports whether the reader of a column has what was released at an instant.
func (r *row) sees(column int, added storage.Added) bool {
	return r.open.has(column) && (column >= len(r.since) || added > r.since[column])
}

// seeing are all columns that have what was released at an instant.
func (r *row) seeing(added storage.Added) columns {
	seen := r.open
	for i, since := range r.since {
		if added <= since && seen.has(i) {
			seen = seen.without(columns(nil).with(i))
		}
	}
	return seen
}

// newRegime makes the regime of a snapshot. Members that have a column already keep it.
func newRegime(s *trust.Snapshot, names []string) *regime {
	g := &regime{Snapshot: s, column: map[string]int{}}
	g.readers = []trust.Principal{
		personColumn:    {Kind: trust.Account, Role: trust.Reader, Person: true},
		redColumn:       {Kind: trust.Account, Role: trust.Reader, Person: true},
		toolColumn:      {Kind: trust.Account, Role: trust.Reader},
		anonymousColumn: {Kind: trust.Anonymous},
	}
	if len(s.Local.Red) > 0 {
		g.readers[redColumn].ID = s.Local.Red[0]
	}
	for _, id := range names {
		g.column[id] = len(g.readers)
		g.readers = append(g.readers, trust.Principal{Kind: trust.Member, ID: id})
	}
	for i := range s.Local.Rules {
		if d := s.Local.Rules[i].Embargo.For; d > 0 {
			g.embargoes = append(g.embargoes, d)
		}
	}
	slices.Sort(g.embargoes)
	g.embargoes = slices.Compact(g.embargoes)
	g.rows.Store(&[]*row{{}})
	return g
}

// names are the members that have columns, in order.
func (g *regime) names() []string {
	var out []string
	for _, p := range g.readers[memberColumns:] {
		out = append(out, p.ID)
	}
	return out
}

// strangers are the members of a policy that have no column yet.
func strangers(p *trust.Policy, names []string) (fresh []string) {
	for id := range p.Members {
		if !slices.Contains(names, id) {
			fresh = append(fresh, id)
		}
	}
	slices.Sort(fresh)
	return fresh
}

// columnOf is the column of a caller; ok is false for nobody.
func (g *regime) columnOf(p trust.Principal) (column int, ok bool) {
	switch p.Kind {
	case trust.Anonymous:
		return anonymousColumn, true
	case trust.Member:
		column, ok = g.column[p.ID]
		return column, ok
	case trust.Account:
		switch {
		case p.Role < trust.Reader:
			return 0, false
		case !p.Person:
			return toolColumn, true
		case g.ReadsRed(p):
			return redColumn, true
		}
		return personColumn, true
	}
	return 0, false
}

// set is the columns of some members; those without a column are left out.
func (g *regime) set(members trust.Set) (c columns) {
	for _, m := range members.Names() {
		if i, ok := g.column[m]; ok {
			c = c.with(i)
		}
	}
	return c
}

// membersOf are the members among the columns.
func (g *regime) membersOf(c columns) trust.Set {
	var names []string
	for i := range c.all() {
		if i >= memberColumns && i < len(g.readers) {
			names = append(names, g.readers[i].ID)
		}
	}
	return trust.SetOf(names...)
}

// evaluate decides a case for every reader. What the case refers to by number was interned before
// it, so its row is there; what a companion goes along with may be interned later.
func (g *regime) evaluate(k *storage.Case, list []storage.Case, rows []*row, along *companions) *row {
	r := &row{open: make(columns, (len(g.readers)+63)/64), hold: make(columns, (len(g.readers)+63)/64)}
	faults := 0
	for i, p := range g.readers {
		d := g.decide(k, list, rows, along, i, p)
		switch {
		case d.Outcome == trust.Release:
			r.open.with(i)
		case d.Outcome == trust.Hold:
			r.hold.with(i)
		case d.Has(trust.CheckInternal):
			faults++
		}
	}
	if faults > 0 {
		g.alarm(k, faults)
	}
	r.ever = r.open
	return r
}

// decide is the decision about a case for one reader, with what other cases add to it (P-2).
func (g *regime) decide(k *storage.Case, list []storage.Case, rows []*row, along *companions, column int, p trust.Principal) trust.Decision {
	local := p.Kind == trust.Account
	if k.System && !k.Addressed.Has(p.ID) || k.Shadowed && !local {
		return trust.Decision{}
	}
	passes := func(id uint32) bool { return rows[id].open.has(column) }
	if k.Under != "" && !local && !slices.ContainsFunc(k.Under.All(), passes) {
		return trust.Decision{}
	}
	o := g.circumstances(k, p)
	for _, refs := range [...]struct {
		ids     storage.Numbers
		derived bool
	}{{k.Targets, false}, {k.Derived, true}} {
		for _, id := range refs.ids.All() {
			its := g.circumstances(&list[id], p)
			o.Targets = append(o.Targets, trust.Target{Class: &list[id].Class, Circumstances: &its, Derived: refs.derived})
		}
	}
	o.Apart = k.Inside != "" && !slices.ContainsFunc(k.Inside.All(), passes)
	o.Corrects = k.Before != 0 && k.Holders.Has(p.ID) && passes(k.Before)
	d := g.Decide(&k.Class, &o, p)
	if k.Companion != "" && d.Outcome != trust.Release && g.goesAlong(k, list, rows, along, column) {
		o.Companion = true
		d = g.Decide(&k.Class, &o, p)
	}
	return d
}

// circumstances are what people did about a case for one recipient.
func (g *regime) circumstances(k *storage.Case, p trust.Principal) trust.Circumstances {
	o := trust.Circumstances{
		Received: g.At.Add(-k.Age), Recalled: k.Recalled, Routes: k.Routes,
		Explicit: k.Explicit.Has(p.ID) && p.Kind == trust.Member,
	}
	if p.Kind == trust.Member {
		switch {
		case k.Confirmed.Has(p.ID):
			o.Approval = trust.Approval{By: 2, As: k.As}
		case k.Approved.Has(p.ID):
			o.Approval = trust.Approval{By: 1, As: k.As}
		}
	}
	return o
}

// evaluateAll decides every case anew. What was open before it says from when on what is open now
// counts: what becomes visible now lies at the end of the log, so that it is read also by those who
// have read beyond its old date (I-4).
func (g *regime) evaluateAll(list []storage.Case, along *companions, before []*row, head storage.Added) (opened bool) {
	rows := make([]*row, len(list))
	rows[0] = &row{}
	var companions []uint32
	for id := 1; id < len(list); id++ {
		if goesBy(&list[id], list) == "" {
			rows[id] = g.evaluate(&list[id], list, rows, along)
		} else {
			companions = append(companions, uint32(id))
		}
	}
	g.evaluateCompanions(companions, list, rows, along)
	for id, r := range rows {
		if id < len(before) && before[id] != nil {
			opened = r.follow(before[id], head) || opened
		}
	}
	g.rows.Store(&rows)
	return opened
}

// follow takes over from the row before it; opened tells whether it lets somebody through who was not.
func (r *row) follow(before *row, head storage.Added) (opened bool) {
	r.ever = before.ever.or(r.open)
	r.until = dateAll(before.until, before.open.without(r.open), head)
	fresh := r.open.without(before.open)
	r.since = dateAll(before.since, fresh, head)
	return !fresh.empty()
}

// dateAll is a list of dates by column with those of some columns set.
func dateAll(dates []storage.Added, of columns, to storage.Added) []storage.Added {
	if of.empty() {
		return dates
	}
	dates = slices.Clone(dates)
	for i := range of.all() {
		for i >= len(dates) {
			dates = append(dates, 0)
		}
		dates[i] = to
	}
	return dates
}

// everSeeing are all columns that have, or had while they were open, what was released at an instant.
func (r *row) everSeeing(added storage.Added) columns {
	seen := slices.Clone(r.open)
	for i := range r.ever.without(r.open).all() {
		if i < len(r.until) && added <= r.until[i] {
			seen = seen.with(i)
		}
	}
	return seen
}

// Kinds of records.
const (
	audienceRecord  = 'a' // number → columns
	columnRecord    = 'c' // number → member
	gateRecord      = 'g' // case → row
	alongRecord     = 'f' // companion's UUID, case → how many
	referrerRecord  = 'r' // UUID, referrer's key, type of what has the UUID → referrer's id
	workRecord      = 'b' // creator's UUID, copy's key → id
	waiverRecord    = 'w' // copy's key → waiver as JSON
	dueRecord       = 'd' // instant, copy's key → id
	stateRecord     = 's' // name → JSON
	revisionRecord  = 'p' // number → revision as JSON
	recallRecord    = 'R' // id → recall as JSON
	readingRecord   = 'm' // column → position
	waitingRecord   = 't' // id → anything
	suspicionRecord = 'q' // copy's key → id, of what is in quarantine

	// Of the ledger.
	entryRecord  = 'e' // Seq → entry
	hashRecord   = 'h' // number of a block → hashes
	headRecord   = 'H' // size, or latestHead → signed head
	rosterRecord = 'A' // columns → Seq of the record that defines the audience
)

func (r *row) record(id uint32) storage.Record {
	n := max(len(r.open), len(r.ever))
	b := binary.BigEndian.AppendUint16(nil, uint16(n))
	for _, c := range []columns{r.open, r.ever} {
		b = append(c.append(b), make([]byte, 8*(n-len(c)))...)
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(r.since)))
	for _, date := range slices.Concat(r.since, r.until) {
		b = binary.BigEndian.AppendUint64(b, uint64(date))
	}
	return storage.Record{Kind: gateRecord, Key: number(id), Value: b}
}

func readRow(b []byte) (*row, error) {
	damaged := errors.New("a row of the gate is damaged: restore a backup")
	if len(b) < 2 || len(b) < 4+16*int(binary.BigEndian.Uint16(b)) {
		return nil, damaged
	}
	n := int(binary.BigEndian.Uint16(b))
	r := &row{open: readColumns(b[2 : 2+8*n]), ever: readColumns(b[2+8*n : 2+16*n])}
	since := int(binary.BigEndian.Uint16(b[2+16*n:]))
	var dates []storage.Added
	for b = b[4+16*n:]; len(b) >= 8; b = b[8:] {
		dates = append(dates, storage.Added(binary.BigEndian.Uint64(b)))
	}
	if since > len(dates) {
		return nil, damaged
	}
	r.since, r.until = slices.Clip(dates[:since]), dates[since:]
	return r, nil
}

// recordsOf yields a kind's records with their errors handled once.
func recordsOf(s storage.Snapshot, kind byte, prefix []byte, fail *error) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		for r, err := range s.Records(kind, prefix) {
			if err != nil {
				*fail = err
				return
			}
			if !yield(r.Key, r.Value) {
				return
			}
		}
	}
}
