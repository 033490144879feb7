package exchange

import (
	"context"

	"entente/storage"
	"entente/taxii"
	"entente/trust"
)

// page answers any of the four paged reads. Objects that a member has no mark for yet are read once
// more when the mark is durable, as they are by then: in between they may have been taken back.
func (x *Exchange) page(ctx context.Context, p trust.Principal, req request) (taxii.Page, error) {
	if err := x.keepTime(ctx); err != nil {
		return taxii.Page{}, err
	}
	column, ok := x.regime.Load().columnOf(p)
	if ok && p.Kind == trust.Member {
		defer x.marks.begin(column)()
	}
	r, err := x.read(ctx, p, req, 0)
	if err == nil && r.delivers() && !x.marks.covers(column, r.last) {
		var upto storage.Added
		if upto, err = x.deliver(ctx, column); err == nil {
			r, err = x.read(ctx, p, req, upto)
		}
		if err == nil && !x.marks.covers(column, r.last) {
			err = ErrStopping
		}
	}
	if err != nil {
		return taxii.Page{}, err
	}
	x.metrics.released.Add(float64(r.page.Count))
	return r.page, nil
}

// read assembles a page, with nothing that was released after upto; 0: without that bound.
func (x *Exchange) read(ctx context.Context, p trust.Principal, req request, upto storage.Added) (*reader, error) {
	g := x.regime.Load()
	c, err := g.readable(p, req.collection)
	if err != nil {
		return nil, err
	}
	r := &reader{x: x, g: g, c: c, caller: p, req: req, query: req.query, binding: binding(p, req.endpoint, c.id, req.object), upto: upto}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	if reached := storage.Added(x.reread.Load()); upto == 0 || reached < upto {
		r.upto = reached
	}
	r.turn, r.waiting = x.waiting.begin()
	defer x.waiting.end(r.turn)
	return r, x.store.View(ctx, func(s storage.Snapshot) error { return r.run(ctx, s) })
}

// delivers reports whether the page hands objects to a member.
func (r *reader) delivers() bool { return r.c.kind == forView && !r.req.records && r.page.Count > 0 }
