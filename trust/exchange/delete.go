package exchange

import (
	"context"
	"slices"

	"entente/stix"
	"entente/storage"
	"entente/taxii"
	"entente/trust"
)

// Delete withdraws an object from every view (TAXII 2.1 §5.7): all its versions, unless the
// query says which. Its labels go on covering what they covered.
func (x *Exchange) Delete(ctx context.Context, p trust.Principal, name string, id stix.ID, q taxii.Query) error {
	if err := x.keepTime(ctx); err != nil {
		return err
	}
	g := x.regime.Load()
	_, r, err := g.find(p, name)
	switch {
	case err != nil:
		return err
	case !r.read && !r.write:
		return ErrNotFound
	case !r.read || !r.write:
		return ErrForbidden
	}
	column, ok := g.columnOf(p)
	if !ok {
		return ErrNotFound
	}
	gone := &removal{p.String(), column, id, q}
	return x.submit(ctx, &submission{owner: p.String(), act: func(w *writer) error { return w.remove(gone) }})
}

// removal is a deletion on its way to the committer.
type removal struct {
	by     string
	column int // the caller's: what it cannot see it cannot delete
	id     stix.ID
	query  taxii.Query
}

func (w *writer) remove(r *removal) error {
	l, err := w.line(r.id)
	if err != nil {
		return err
	}
	var seen []*copyState
	for _, c := range l.copies {
		if c.State != storage.Live || !c.class.Source.Ours() {
			continue
		}
		if err := w.load(c); err != nil {
			return err
		}
		if c.fresh || slices.ContainsFunc(c.entries, func(e storage.Entry) bool { return w.seeing(e).has(r.column) }) {
			seen = append(seen, c)
		}
	}
	gone := r.choose(seen)
	if len(gone) == 0 {
		return ErrNotFound
	}
	for _, c := range gone {
		if err := w.tellWithdrawal(l, c, r.by, "deleted"); err != nil {
			return err
		}
		if err := w.leave(l, c, storage.Withdrawn); err != nil {
			return err
		}
	}
	return nil
}

// leave takes a copy out of every view. Who had it is remembered.
func (w *writer) leave(l *line, c *copyState, s storage.State) error {
	if err := w.load(c); err != nil {
		return err
	}
	for _, e := range c.stored {
		w.remember(c, w.everSeeing(e))
	}
	w.order = slices.DeleteFunc(w.order, func(o *copyState) bool { return o == c })
	c.State, c.changed, c.entries = s, true, nil
	l.touched, l.groups = true, nil
	return nil
}

// choose applies match[version] and match[spec_version]; without them it takes all.
func (r *removal) choose(cs []*copyState) (chosen []*copyState) {
	if len(r.query.SpecVersions) > 0 {
		cs = slices.DeleteFunc(cs, func(c *copyState) bool { return !slices.Contains(r.query.SpecVersions, c.class.SpecVersion) })
	}
	v := r.query.Version
	if !v.First && !v.Last && len(v.At) == 0 {
		return cs
	}
	slices.SortStableFunc(cs, func(a, b *copyState) int { return b.Instant.Compare(a.Instant) })
	for i, place := range placesOf(cs) {
		if v.Selects(cs[i].Instant, int64(place.Newer), int64(place.Older), 0) {
			chosen = append(chosen, cs[i])
		}
	}
	return chosen
}
