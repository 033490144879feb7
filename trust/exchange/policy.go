package exchange

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/trust"
	"entente/trust/ledger"
)

// revision is what is kept of a policy that was in force.
type revision struct {
	Applied
	Files map[string]string `json:"files"`
}

// pending is a revision that waits for a second officer.
type pending struct {
	Revision string    `json:"revision"`
	Author   string    `json:"author"`
	At       time.Time `json:"at"`
}

// Plan says what a policy would change for members, and changes nothing.
func (x *Exchange) Plan(ctx context.Context, p *trust.Policy) (Change, error) {
	g := x.regime.Load()
	then := newRegime(p.At(x.now()), slices.Concat(g.names(), strangers(p, g.names())))
	then.alarm = x.alarm
	plan := &planner{x: x, now: g, then: then, changes: map[int]*memberPlan{}}
	if err := x.store.View(ctx, func(s storage.Snapshot) error { return plan.run(ctx, s) }); err != nil {
		return Change{}, err
	}
	return plan.change(), nil
}

// planner compares two regimes object by object.
type planner struct {
	x         *Exchange
	now, then *regime
	changes   map[int]*memberPlan // by column
}

type memberPlan struct{ release, withdraw []planned }

type planned struct {
	id    stix.ID
	level trust.Level
}

func (p *planner) run(ctx context.Context, s storage.Snapshot) error {
	p.then.evaluateAll(p.x.cases.all(), p.x.company, nil, 0)
	anew := p.now.fingerprint() != p.then.fingerprint()
	after := storage.Added(0)
	for {
		w := p.x.newWriter(p.then, s)
		w.rereadAll = anew
		last, done, err := p.part(w, after)
		if err != nil || done {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		after = last
	}
}

// part compares as many entries as one writer should keep in mind.
func (p *planner) part(w *writer, after storage.Added) (last storage.Added, done bool, err error) {
	n := 0
	for e, err := range w.s.Log(after) {
		if err != nil {
			return 0, false, err
		}
		if n++; n > p.x.parts.entries {
			return last, false, nil
		}
		last = e.Added
		if e.Newer != 0 && !e.Split {
			continue // the newest version decides
		}
		if !w.rereadAll && !e.Split && e.Audience == 0 {
			p.compare(w, e, w.row(e.Class))
			continue
		}
		if err := p.compareLine(w, e); err != nil {
			return 0, false, err
		}
	}
	return last, true, nil
}

// compareLine compares a version that was released in parts, or is judged anew.
func (p *planner) compareLine(w *writer, e storage.Entry) error {
	b, err := w.s.Body(e.Body)
	if err != nil {
		return err
	}
	l, err := w.line(b.ID)
	if err != nil {
		return err
	}
	if w.rereadAll && !l.judged {
		l.reconsider()
		if err := w.judge(l); err != nil {
			return err
		}
	}
	for _, g := range l.owned() {
		c := g.newest()
		if c == nil || c.State != storage.Live || c.Added != e.Added {
			continue
		}
		if err := w.load(c); err != nil {
			return err
		}
		id := e.Class
		if w.rereadAll {
			id = c.full
		}
		var seen columns
		for _, e := range c.stored {
			seen = seen.or(p.seesNow(e))
		}
		p.note(b.ID, w.caseOf(id).Label.Level, seen, w.row(id).open)
	}
	return nil
}

func (p *planner) seesNow(e storage.Entry) columns {
	seen := (*p.now.rows.Load())[e.Class].seeing(e.Added)
	if e.Audience != 0 {
		seen = seen.and(p.x.audiences.all()[e.Audience])
	}
	return seen
}

func (p *planner) compare(w *writer, e storage.Entry, then *row) {
	now := p.seesNow(e)
	if now.equal(then.open) {
		return
	}
	b, err := w.s.Body(e.Body)
	if err == nil {
		p.note(b.ID, w.caseOf(e.Class).Label.Level, now, then.open)
	}
}

func (p *planner) note(id stix.ID, level trust.Level, now, then columns) {
	of := func(i int) *memberPlan {
		if p.changes[i] == nil {
			p.changes[i] = &memberPlan{}
		}
		return p.changes[i]
	}
	for i := range then.without(now).all() {
		of(i).release = append(of(i).release, planned{id, level})
	}
	for i := range now.without(then).all() {
		of(i).withdraw = append(of(i).withdraw, planned{id, level})
	}
}

// change lists what was found by member, most sensitive first.
func (p *planner) change() Change {
	c := Change{Revision: p.then.Revision, Members: []MemberChange{}}
	for i, r := range p.then.readers {
		if found := p.changes[i]; found != nil && r.Kind == trust.Member {
			c.Members = append(c.Members, MemberChange{r.ID, sensitiveFirst(found.release), sensitiveFirst(found.withdraw)})
		}
	}
	slices.SortFunc(c.Members, func(a, b MemberChange) int { return cmp.Compare(a.Member, b.Member) })
	return c
}

func sensitiveFirst(list []planned) []stix.ID {
	slices.SortFunc(list, func(a, b planned) int {
		return cmp.Or(cmp.Compare(b.level, a.level), cmp.Compare(a.id, b.id))
	})
	ids := make([]stix.ID, len(list))
	for i, p := range list {
		ids[i] = p.id
	}
	return slices.Compact(ids)
}

// Apply puts a revision in force (P-6): all of it or, with an error, nothing. When it returns,
// nobody sees any more what the revision forbids; what it permits is released in the background. With
// `widening: two` a revision that releases anything waits until a second officer applies it too.
func (x *Exchange) Apply(ctx context.Context, r Revision) (Change, error) {
	for {
		before := x.regime.Load()
		change, err := x.Plan(ctx, r.Policy)
		if err != nil {
			return change, err
		}
		stale := false
		err = x.submit(ctx, &submission{alone: func() error {
			if stale = x.regime.Load() != before; stale {
				return nil // another policy is in force than it was compared with
			}
			return x.apply(ctx, r, &change)
		}})
		if err != nil || !stale {
			return change, err
		}
	}
}

func (x *Exchange) apply(ctx context.Context, r Revision, change *Change) error {
	g := x.regime.Load()
	two := g.Local.Widening == "two" || r.Policy.Local.Widening == "two"
	widens := slices.ContainsFunc(change.Members, func(m MemberChange) bool { return len(m.Release) > 0 })
	var records []storage.Record
	told := ledger.Record{Kind: ledger.Policy, Actor: cmp.Or(r.Author, nodeActor)}
	if two && widens {
		first, err := x.awaited(ctx)
		if err != nil {
			return err
		}
		if first.Revision != r.Policy.Revision || first.Author == r.Author {
			change.Waits = true
			return x.askSecond(ctx, pending{r.Policy.Revision, r.Author, x.now().UTC()})
		}
		records = append(records, storage.Record{Kind: stateRecord, Key: []byte("pending")})
		told.Detail = "as " + first.Author + " asked; "
	}
	record, err := x.revise(ctx, r, change)
	if err != nil {
		return err
	}
	change.Applied = true
	release, withdraw := change.size()
	told.Detail += fmt.Sprintf("applied: releases %d and withdraws %d, over all members", release, withdraw)
	return x.enact(context.WithoutCancel(ctx), r.Policy, g, append(records, record), told)
}

// size is how many objects a change releases and withdraws, over all members.
func (c *Change) size() (release, withdraw int) {
	for _, m := range c.Members {
		release, withdraw = release+len(m.Release), withdraw+len(m.Withdraw)
	}
	return release, withdraw
}

func (x *Exchange) awaited(ctx context.Context) (p pending, err error) {
	err = x.store.View(ctx, func(s storage.Snapshot) error {
		data, err := s.Record(stateRecord, []byte("pending"))
		if err == nil {
			err = json.Unmarshal(data, &p)
		}
		return ignoreNotFound(err)
	})
	return p, err
}

// askSecond keeps who applied a revision that another officer must apply too.
func (x *Exchange) askSecond(ctx context.Context, p pending) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	batch := storage.Batch{Records: []storage.Record{{Kind: stateRecord, Key: []byte("pending"), Value: data}}}
	told := []ledger.Record{{Kind: ledger.Act, Actor: cmp.Or(p.Author, nodeActor), Detail: "policy.apply: waits for a second officer; revision " + p.Revision}}
	if err := x.commitTold(context.WithoutCancel(ctx), &batch, told, p.At, x.regime.Load().Revision); err != nil {
		return unknown{err}
	}
	return nil
}

// revise is the record of a revision that is put in force.
func (x *Exchange) revise(ctx context.Context, r Revision, change *Change) (storage.Record, error) {
	kept := revision{
		Applied: Applied{Revision: r.Policy.Revision, Author: r.Author, At: x.now().UTC()},
		Files:   map[string]string{},
	}
	for _, f := range r.Files {
		kept.Files[f.Path] = string(f.Data)
	}
	kept.Release, kept.Withdraw = change.size()
	err := x.store.View(ctx, func(s storage.Snapshot) (failed error) {
		for k := range recordsOf(s, revisionRecord, nil, &failed) {
			kept.Number = key64(k)
		}
		return failed
	})
	if err != nil {
		return storage.Record{}, err
	}
	kept.Number++
	data, err := json.Marshal(kept)
	return storage.Record{Kind: revisionRecord, Key: binary.BigEndian.AppendUint64(nil, kept.Number), Value: data}, err
}

// firstRevision is the record of the policy that the node first starts with; nil later.
func (x *Exchange) firstRevision(ctx context.Context) ([]storage.Record, error) {
	known := x.cfg.Files == nil
	err := x.store.View(ctx, func(s storage.Snapshot) (failed error) {
		for range recordsOf(s, revisionRecord, nil, &failed) {
			known = true
			break
		}
		return failed
	})
	if err != nil || known {
		return nil, err
	}
	record, err := x.revise(ctx, Revision{x.cfg.Policy, x.cfg.Files, "first start"}, &Change{})
	return []storage.Record{record}, err
}

// History are the revisions that were in force, the first one first.
func (x *Exchange) History(ctx context.Context) (list []Applied, err error) {
	err = x.store.View(ctx, func(s storage.Snapshot) (failed error) {
		for _, v := range recordsOf(s, revisionRecord, nil, &failed) {
			var r revision
			if err := json.Unmarshal(v, &r); err != nil {
				return fmt.Errorf("read a revision: %w", err)
			}
			list = append(list, r.Applied)
		}
		return failed
	})
	return list, err
}

// LastRevision is the folder that was put in force last, as a store holds it; nil if none was.
func LastRevision(ctx context.Context, store storage.Store) (files []trust.File, sha256 string, err error) {
	err = store.View(ctx, func(s storage.Snapshot) (failed error) {
		var last []byte
		for _, v := range recordsOf(s, revisionRecord, nil, &failed) {
			last = v
		}
		if failed != nil || last == nil {
			return failed
		}
		var r revision
		if err := json.Unmarshal(last, &r); err != nil {
			return fmt.Errorf("read the last revision: %w", err)
		}
		for _, path := range slices.Sorted(maps.Keys(r.Files)) {
			files = append(files, trust.File{Path: path, Data: []byte(r.Files[path])})
		}
		sha256 = r.Revision
		return nil
	})
	return files, sha256, err
}
