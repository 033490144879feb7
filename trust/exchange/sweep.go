package exchange

import (
	"context"
	"encoding/json"
	"math"

	"entente/storage"
)

// parts is how much one commit looks at beside what was submitted, so that nobody waits long for it.
type parts struct {
	entries  int // of the log, of which a sweep judges only what its case newly permits
	anew     int // of the log, each judged anew, which costs more
	affected int // objects that are judged again because of others; the rest is hidden until its turn comes
	due      int // embargoes that are over
}

// busy reports whether there is work in the background.
func (x *Exchange) busy() bool {
	return x.sweep != nil || x.waiting.any() || len(x.endings.Over) > 0
}

// step does one part of the work in the background.
func (x *Exchange) step() error {
	if x.waiting.any() {
		ids := x.waiting.some(x.parts.anew)
		return x.batch(func(w *writer) error { return w.judgeWaiting(ids) })
	}
	if x.sweep == nil {
		return x.batch(func(w *writer) error { return w.endOn() })
	}
	return x.batch(func(w *writer) error { return w.sweepOn() })
}

// sweepState is how far the release of what a policy newly permits has come (P-6). It is resumed
// where it stood when the node stopped.
type sweepState struct {
	After storage.Added `json:"after"`
	Anew  bool          `json:"anew"` // every object is read and judged anew
}

// again starts from the beginning.
func (s *sweepState) again(anew bool) *sweepState {
	return &sweepState{Anew: anew || s != nil && s.Anew}
}

func (s *sweepState) record() storage.Record {
	r := storage.Record{Kind: stateRecord, Key: []byte("sweep")}
	if s != nil {
		r.Value, _ = json.Marshal(s) // numbers and booleans
	}
	return r
}

// reached is the date of the last entry that is judged as the policy in force reads objects. What
// comes later is shown to nobody yet: what it is decided by may no longer hold (P-6).
func (s *sweepState) reached() storage.Added {
	if s == nil || !s.Anew {
		return math.MaxInt64
	}
	return s.After
}

// sweepOn releases what the next entries newly permit.
func (w *writer) sweepOn() error {
	state := *w.x.sweep
	most := w.x.parts.entries
	if state.Anew {
		most = w.x.parts.anew
		w.rereadAll = true
	}
	n, done := 0, true
	for e, err := range w.s.Log(state.After) {
		if err != nil {
			return err
		}
		if n++; n > most {
			done = false
			break
		}
		state.After = e.Added
		if !state.Anew && !w.reopened(e) {
			continue
		}
		b, err := w.s.Body(e.Body)
		if err != nil {
			return err
		}
		l, err := w.line(b.ID)
		if err != nil {
			return err
		}
		if state.Anew {
			l.touched = true
			continue
		}
		if err := w.release(l, e); err != nil {
			return err
		}
	}
	next := &state
	if done {
		next = nil
	}
	w.batch.Records = append(w.batch.Records, next.record())
	w.after = func() {
		w.x.sweep = next
		w.x.reread.Store(int64(next.reached()))
	}
	return nil
}

// reopened reports whether somebody may see an entry's version who has none of it at this date.
func (w *writer) reopened(e storage.Entry) bool {
	r := w.row(e.Class)
	return e.Audience != 0 && !r.open.without(w.seeing(e)).empty() || e.Audience == 0 && !r.seeing(e.Added).equal(r.open)
}

// release gives those who may see a version now and did not an entry.
func (w *writer) release(l *line, e storage.Entry) error {
	for _, c := range l.copies {
		if c.State != storage.Live || c.Added != e.Added {
			continue
		}
		if err := w.load(c); err != nil {
			return err
		}
		if w.regain(c) {
			w.regained = append(w.regained, c)
			w.touch(l)
		}
	}
	return nil
}

// Pending reports whether anything that the policy permits is still to be released.
func (x *Exchange) Pending(ctx context.Context) (pending bool, err error) {
	err = x.submit(ctx, &submission{alone: func() error {
		pending = x.busy()
		return nil
	}})
	return pending, err
}
