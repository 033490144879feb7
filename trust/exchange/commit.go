package exchange

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"entente/stix"
	"entente/storage"
)

// groupObjects bounds how many objects wait for one another's fsync.
const groupObjects = 4000

// Run is the one committer: it takes what was submitted, in order, as much as waits at once, and
// writes it in one transaction, so that an object and what it refers to cannot race and the
// fsync is shared. Between writes it releases what a change of policy permits. It returns when ctx
// ends, after what was submitted is written, or with an error after which the outcome of the last
// writes is unknown and the process must stop (I-3).
func (x *Exchange) Run(ctx context.Context) error {
	defer close(x.stopped)
	for {
		s, err := x.next(ctx)
		if err == nil && s != nil {
			err = x.serve(s)
		}
		if err != nil {
			return fmt.Errorf("commit: the outcome is unknown: %w", err)
		}
		if s == nil && ctx.Err() != nil {
			if err := x.rest(); err != nil {
				return fmt.Errorf("write how far members have read: %w", err)
			}
			return nil
		}
	}
}

// maxWait is how long the committer rests before it looks at the clock again, which may be set.
const maxWait = time.Minute

// pause is how many times as long as a part of the work in the background took the committer is
// then there for submissions alone, while there are any: that work has a fifth of its time.
const pause = 4

// lately is how long after a submission more of them are expected.
const lately = 100 * time.Millisecond

// next waits for a submission; nil where there was other work, or the end.
func (x *Exchange) next(ctx context.Context) (*submission, error) {
	wait := min(maxWait, time.UnixMicro(x.turn.Load()).Sub(x.now()))
	if x.busy() {
		start := x.now()
		if !start.Before(x.resting) {
			if err := x.step(); err != nil {
				return nil, err
			}
			if now := x.now(); now.Sub(x.served) < lately {
				x.resting = now.Add(pause * now.Sub(start))
			}
		}
		wait = min(wait, x.resting.Sub(x.now()))
	}
	timer := time.NewTimer(max(wait, 0))
	defer timer.Stop()
	select {
	case s := <-x.queue:
		return s, nil
	case <-timer.C:
		if x.now().UnixMicro() < x.turn.Load() {
			return nil, nil
		}
		return nil, x.passTime()
	case <-ctx.Done():
		select {
		case s := <-x.queue:
			return s, nil
		default:
			return nil, nil
		}
	}
}

// serve writes a submission and what waits with it.
func (x *Exchange) serve(s *submission) error {
	group, alone := x.gather(s)
	if len(group) > 0 {
		if err := x.commit(group); err != nil {
			return err
		}
	}
	if alone == nil {
		return nil
	}
	alone.err = alone.alone()
	if errors.As(alone.err, new(unknown)) {
		return alone.err
	}
	close(alone.done)
	return nil
}

// gather takes what else waits, up to what must be done alone.
func (x *Exchange) gather(first *submission) (group []*submission, alone *submission) {
	n := 0
	for s := first; ; {
		if s.alone != nil {
			return group, s
		}
		group, n = append(group, s), n+len(s.items)
		if n >= groupObjects {
			return group, nil
		}
		select {
		case s = <-x.queue:
		default:
			return group, nil
		}
	}
}

func (x *Exchange) commit(group []*submission) error {
	start := x.now()
	if err := x.batch(func(w *writer) error { return w.takeAll(group) }); err != nil {
		return err
	}
	x.served = x.now()
	x.metrics.commits.Observe(x.served.Sub(start).Seconds())
	x.metrics.grouped.Observe(float64(len(group)))
	for _, s := range group {
		x.metrics.count(s)
		close(s.done)
	}
	return nil
}

// batch makes one transaction of what fill does.
func (x *Exchange) batch(fill func(*writer) error) error {
	ctx := context.Background() // a write that began is finished
	var w *writer
	// The snapshot is closed before the commit, which might wait for it.
	err := x.store.View(ctx, func(s storage.Snapshot) error {
		w = x.newWriter(x.regime.Load(), s)
		w.due = x.due
		return w.write(fill)
	})
	if err != nil {
		return unknown{err}
	}
	w.publish()
	for id := range w.postponed {
		x.waiting.add(id, nil)
	}
	if err := x.commitTold(ctx, &w.batch, w.told, w.now, w.g.Revision); err != nil {
		return unknown{err}
	}
	shown := slices.AppendSeq(w.concealed, maps.Keys(w.hidden))
	x.waiting.release(slices.DeleteFunc(shown, func(id stix.ID) bool { return w.postponed[id] }))
	if w.after != nil {
		w.after()
	}
	x.due = w.due
	x.await()
	return nil
}

// ceilMillisecond keeps `date_added` on whole milliseconds while the rate allows, because
// clients cut it to that; upwards, so that nothing is dated before it was asked for.
func ceilMillisecond(t time.Time) storage.Added {
	const ms = storage.Added(1000)
	return (storage.AddedAt(t) + ms) / ms * ms
}

func ignoreNotFound(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}
