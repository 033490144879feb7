package exchange

import (
	"encoding/json"
	"maps"
	"slices"

	"entente/storage"
)

// ending is an agreement that is over and whose parties must destroy what they had by it: on its way
// through the log, telling them what that is (P-7).
type ending struct {
	Agreement string        `json:"agreement"`
	Parties   []string      `json:"parties"`
	After     storage.Added `json:"after"`
}

// endings are what the node keeps of agreements with `then: destroy`, also while it does not run.
type endings struct {
	Bound map[string][]string `json:"bound"` // the parties of those that are not over
	Over  []ending            `json:"over"`  // whose parties are still to be told
}

func (e *endings) record() storage.Record {
	data, _ := json.Marshal(e) // texts and numbers
	return storage.Record{Kind: stateRecord, Key: []byte("endings"), Value: data}
}

// under is what a policy makes of them: an agreement is over when its dates say so or its file is
// gone, not while it is suspended.
func (e *endings) under(g *regime) *endings {
	next := &endings{Bound: map[string][]string{}, Over: e.Over}
	for id, a := range g.Agreements {
		if a.Ends.Then == "destroy" && slices.Contains(a.Parties, g.Node) && !a.Valid.Over(g.At) {
			next.Bound[id] = a.Parties
		}
	}
	for _, id := range slices.Sorted(maps.Keys(e.Bound)) {
		if a, exists := g.Agreements[id]; !exists || a.Ends.Then == "destroy" && a.Valid.Over(g.At) {
			next.Over = append(slices.Clip(next.Over), ending{Agreement: id, Parties: e.Bound[id]})
		}
	}
	return next
}

// endOn tells the parties of the first agreement that is over of the next objects.
func (w *writer) endOn() error {
	over := w.x.endings.Over[0]
	var to columns
	for _, id := range over.Parties {
		if i, ok := w.g.column[id]; ok {
			to = to.with(i)
		}
	}
	n, done := 0, true
	for e, err := range w.s.Log(over.After) {
		if err != nil {
			return err
		}
		if n++; n > w.x.parts.anew {
			done = false
			break
		}
		over.After = e.Added
		if err := w.endFor(e, to, over.Agreement); err != nil {
			return err
		}
	}
	next := *w.x.endings
	if next.Over = slices.Clone(next.Over[1:]); !done {
		next.Over = slices.Insert(next.Over, 0, over)
	}
	w.batch.Records = append(w.batch.Records, next.record())
	w.after = func() { w.x.endings = &next }
	return nil
}

// endFor takes the line whose newest version an entry is back from the parties who had any version
// of it and may not have it any more.
func (w *writer) endFor(e storage.Entry, parties columns, agreement string) error {
	if parties.and(w.row(e.Class).ever).empty() && e.Older == 0 && !e.Split {
		return nil // nobody ever saw it
	}
	b, err := w.s.Body(e.Body)
	if err != nil {
		return err
	}
	l, err := w.line(b.ID)
	if err != nil {
		return err
	}
	for _, g := range l.owned() {
		c := g.newest()
		if c == nil || c.State != storage.Live || c.Added != e.Added || c.class.System {
			continue
		}
		over := parties.without(w.row(e.Class).open)
		if over.empty() {
			continue
		}
		if _, err := w.takeBack(l, g.copies, over, act{Reason: "the agreement " + agreement + " has ended"}); err != nil {
			return err
		}
	}
	return nil
}
