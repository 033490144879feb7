package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// Suspects lists what is in quarantine, the oldest first.
func (x *Exchange) Suspects(ctx context.Context) (list []Suspect, err error) {
	list = []Suspect{}
	err = x.store.View(ctx, func(s storage.Snapshot) (failed error) {
		w := x.newWriter(x.regime.Load(), s)
		for k, v := range recordsOf(s, suspicionRecord, nil, &failed) {
			_, c, err := w.suspected(stix.ID(strings.Clone(string(v))), key64(k))
			if err != nil {
				return err
			}
			of, err := w.describeSuspect(c)
			if err != nil {
				return err
			}
			list = append(list, of)
		}
		return failed
	})
	return list, err
}

// suspected finds a copy in quarantine; with key 0, the only one of its object.
func (w *writer) suspected(id stix.ID, key uint64) (*line, *copyState, error) {
	if _, err := stix.ParseID(string(id)); err != nil {
		return nil, nil, ErrNotFound
	}
	l, err := w.line(id)
	if err != nil {
		return nil, nil, err
	}
	var found []*copyState
	for _, c := range l.copies {
		if c.State.Aside() && (key == 0 || c.Key == key) {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 0:
		return nil, nil, ErrNotFound
	case len(found) > 1:
		return nil, nil, Refusal(fmt.Sprintf("%d copies of %s are in quarantine: name one with --key", len(found), id))
	}
	return l, found[0], nil
}

func (w *writer) describeSuspect(c *copyState) (Suspect, error) {
	b, err := w.s.Body(c.Body)
	return Suspect{Object: b.ID, Version: b.Version, Source: c.class.Source.Name, Kind: kindOf(c.State), Since: b.Received, Key: c.Key}, err
}

// Suspect shows one copy in quarantine, and what it stands against: nil where there is nothing.
func (x *Exchange) Suspect(ctx context.Context, id stix.ID, key uint64) (of Suspect, raw, against []byte, err error) {
	err = x.store.View(ctx, func(s storage.Snapshot) error {
		w := x.newWriter(x.regime.Load(), s)
		l, c, err := w.suspected(id, key)
		if err != nil {
			return err
		}
		if of, err = w.describeSuspect(c); err != nil {
			return err
		}
		if raw, err = s.Raw(c.Body); err != nil {
			return err
		}
		raw = slices.Clone(raw)
		var holds *copyState
		for _, g := range l.owned() {
			if v := g.newest(); v != nil && (holds == nil || g.owner.speaks()) {
				holds = v
			}
		}
		if holds == nil {
			return nil
		}
		against, err = s.Raw(holds.Body)
		against = slices.Clone(against)
		return err
	})
	return of, raw, against, err
}

// Free takes a copy out of quarantine as what it says it is: a version by the owner of its object.
func (x *Exchange) Free(ctx context.Context, id stix.ID, key uint64, by, reason string) error {
	return x.act(ctx, func(w *writer) error {
		l, c, err := w.suspected(id, key)
		if err != nil {
			return err
		}
		for _, g := range l.owned() {
			if !g.hasLive() || !g.owner.speaks() || c.State != storage.Claim {
				continue
			}
			switch g.owner.kind {
			case trust.FromMember:
				c.class.Owner, c.class.SecondHand = g.owner.name, false
			case trust.FromUs, trust.FromPinned:
				return Refusal(fmt.Sprintf("%s is ours: publish the version that is right, and purge this one", id))
			}
		}
		if c.State == storage.Conflict {
			if err := w.swap(l, c); err != nil {
				return err
			}
		}
		w.clear(c)
		c.State, c.changed = storage.Live, true
		c.Class = w.caseID(storage.Case{Class: c.class})
		w.order = append(w.order, c)
		l.touched, l.groups = true, nil
		if _, err := w.factsOf(c); err != nil {
			return err
		}
		w.index(l, c)
		w.tellAct(act{By: by, Reason: reason}, "quarantine.release", id, c.class.Source.Name)
		return nil
	})
}

// swap puts the copy that a conflict stands against aside instead: one of the two is true.
func (w *writer) swap(l *line, c *copyState) error {
	for _, o := range l.copies {
		if o == c || o.State != storage.Live || !o.Instant.Equal(c.Instant) || ownerOf(&o.class) != ownerOf(&c.class) {
			continue
		}
		if err := w.leave(l, o, storage.Claim); err != nil { // it contradicts nothing any more
			return err
		}
		w.suspect(l, o)
	}
	return nil
}

// clear takes a copy off the list of what is in quarantine.
func (w *writer) clear(c *copyState) {
	w.batch.Records = append(w.batch.Records, storage.Record{Kind: suspicionRecord, Key: keyAfter(nil, c.Key)})
}

// Purge deletes a copy in quarantine with its bytes. That it was there stays in the ledger.
func (x *Exchange) Purge(ctx context.Context, id stix.ID, key uint64, by, reason string) error {
	return x.act(ctx, func(w *writer) error {
		l, c, err := w.suspected(id, key)
		if err != nil {
			return err
		}
		w.clear(c)
		c.State, c.changed = 0, true
		w.batch.Purge = append(w.batch.Purge, c.Body)
		l.touched, l.groups = true, nil // what it contradicted stands alone again
		w.tellAct(act{By: by, Reason: reason}, "quarantine.purge", id, c.class.Source.Name)
		return nil
	})
}
