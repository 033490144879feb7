package exchange

import (
	"context"
	"fmt"
	"reflect"

	"entente/storage"
)

// Divide makes the parts of the work in the background so small that little work has many.
func (x *Exchange) Divide() { x.parts = parts{entries: 8, anew: 5, affected: 4, due: 1} }

// Serve is Run, but that work in the background is done by Step alone.
func (x *Exchange) Serve(ctx context.Context) error {
	defer close(x.stopped)
	for {
		select {
		case s := <-x.queue:
			if err := x.serve(s); err != nil {
				return err
			}
		case <-ctx.Done():
			return x.rest()
		}
	}
}

// Step does one part of the work in the background; more is false where there was none.
func (x *Exchange) Step(ctx context.Context) (more bool, err error) {
	err = x.submit(ctx, &submission{alone: func() error {
		switch more = true; {
		case x.busy():
			return x.step()
		case x.now().UnixMicro() >= x.turn.Load():
			return x.passTime()
		}
		more = false
		return nil
	}})
	return more, err
}

// Differing judges every object anew, as if it were written now, and lists the versions that the
// log has under another case: none, or something was not looked at when it should have been.
func (x *Exchange) Differing(ctx context.Context) (list []string, err error) {
	err = x.submit(ctx, &submission{alone: func() error {
		return x.store.View(ctx, func(s storage.Snapshot) error {
			w := x.newWriter(x.regime.Load(), s)
			w.rereadAll = true
			var lines []*line
			for e, err := range s.Log(0) {
				if err != nil {
					return err
				}
				b, err := s.Body(e.Body)
				if err != nil {
					return err
				}
				l, err := w.line(b.ID)
				if err != nil {
					return err
				}
				if !l.judged {
					l.reconsider()
					lines = append(lines, l)
				}
			}
			for _, l := range lines {
				l.reconsider()
			}
			for _, l := range lines {
				if err := w.judge(l); err != nil {
					return err
				}
				for _, c := range l.copies {
					if c.State != storage.Live || len(c.stored) == 0 {
						continue
					}
					for _, e := range c.stored {
						if e.Class != c.full {
							list = append(list, fmt.Sprintf("%s@%s %s", l.id, c.Instant, w.difference(w.caseOf(e.Class), w.caseOf(c.full))))
						}
					}
					k := w.caseOf(c.full)
					if now, is := w.g.evaluate(&k, w.cases, w.rows, w.company).open, w.row(c.full).open; !now.equal(is) {
						list = append(list, fmt.Sprintf("%s@%s is open to %v, should be to %v", l.id, c.Instant, is, now))
					}
					var seen columns
					for _, e := range c.stored {
						saw := w.seeing(e)
						if !saw.and(seen).empty() {
							list = append(list, fmt.Sprintf("%s has two entries for %v: %+v of case %d, row %+v", l.id, saw.and(seen), c.stored, e.Class, w.row(e.Class)))
						}
						seen = seen.or(saw)
					}
					if missing := w.row(c.full).open.without(seen); !missing.empty() {
						list = append(list, fmt.Sprintf("%s@%s is missing for %v", l.id, c.Instant, missing))
					}
				}
			}
			return nil
		})
	}})
	return list, err
}

// difference names the fields in which two cases differ.
func (w *writer) difference(is, should storage.Case) (text string) {
	a, b := reflect.ValueOf(is), reflect.ValueOf(should)
	for _, f := range reflect.VisibleFields(a.Type()) {
		if x, y := a.FieldByIndex(f.Index), b.FieldByIndex(f.Index); !f.Anonymous && x.Interface() != y.Interface() {
			text += fmt.Sprintf(" %s is %v, should be %v", f.Name, x, y)
			these, _ := x.Interface().(storage.Numbers)
			those, _ := y.Interface().(storage.Numbers)
			if a, b := these.All(), those.All(); len(a) == 1 && len(b) == 1 {
				text += " {" + w.difference(w.caseOf(a[0]), w.caseOf(b[0])) + "}"
			}
		}
	}
	return text
}
