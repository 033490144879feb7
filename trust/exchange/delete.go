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
	c, r, err := x.find(p, name)
	switch {
	case err != nil:
		return err
	case !r.read && !r.write:
		return ErrNotFound
	case !r.read || !r.write:
		return ErrForbidden
	}
	return x.submit(ctx, &submission{owner: p.String(), remove: &removal{x.gates.of(c, p), id, q}})
}

// removal is a deletion on its way to the committer.
type removal struct {
	open  []bool // the caller's gate: what it cannot see it cannot delete
	id    stix.ID
	query taxii.Query
}

func (w *writer) remove(r *removal) error {
	l, err := w.line(r.id)
	if err != nil {
		return err
	}
	var seen []*copyState
	for _, c := range l.copies {
		if c.State != storage.Live {
			continue
		}
		class, err := w.effective(c)
		if err != nil {
			return err
		}
		if c.class.Source.Ours() && int(class) < len(r.open) && r.open[class] {
			seen = append(seen, c)
		}
	}
	gone := r.choose(seen)
	if len(gone) == 0 {
		return ErrNotFound
	}
	for _, c := range gone {
		w.withdraw(c)
	}
	l.touched = true
	return nil
}

// withdraw takes a copy out of every view.
func (w *writer) withdraw(c *copyState) {
	if !c.appended {
		w.batch.Remove = append(w.batch.Remove, c.Added)
	}
	c.State, c.Added, c.entry, c.appended = storage.Withdrawn, 0, nil, false
	c.changed = true
}

// effective is the class under which readers see a copy now.
func (w *writer) effective(c *copyState) (uint32, error) {
	if c.entry != nil {
		return c.entry.Class, nil
	}
	e, err := w.s.Entry(c.Added)
	return e.Class, err
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
