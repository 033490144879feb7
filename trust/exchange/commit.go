package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// groupObjects bounds how many objects wait for one another's fsync.
const groupObjects = 4000

// Run is the one committer: it takes what was submitted, in order, as much as waits at once, and
// writes it in one transaction, so that an object and what it refers to cannot race and the
// fsync is shared. It returns when ctx ends, after what was submitted is written, or with an
// error after which the outcome of the last writes is unknown and the process must stop (I-3).
func (x *Exchange) Run(ctx context.Context) error {
	defer close(x.stopped)
	for {
		select {
		case s := <-x.queue:
			if err := x.commit(x.gather(s)); err != nil {
				return fmt.Errorf("commit: the outcome is unknown: %w", err)
			}
		case <-ctx.Done():
			select {
			case s := <-x.queue:
				if err := x.commit(x.gather(s)); err != nil {
					return fmt.Errorf("commit: the outcome is unknown: %w", err)
				}
			default:
				return nil
			}
		}
	}
}

// gather takes what else waits.
func (x *Exchange) gather(first *submission) []*submission {
	group, n := []*submission{first}, len(first.items)
	for n < groupObjects {
		select {
		case s := <-x.queue:
			group, n = append(group, s), n+len(s.items)
		default:
			return group
		}
	}
	return group
}

func (x *Exchange) commit(group []*submission) error {
	ctx := context.Background() // a write that began is finished
	start := x.now()
	w := &writer{
		x: x, now: start, ceiling: ceilMillisecond(start),
		lines: map[stix.ID]*line{}, begun: map[lineKey]int{},
		fresh: map[trust.Class]uint32{}, freshOf: map[trust.Source]int{},
	}
	// The snapshot is closed before the commit, which might wait for it.
	if err := x.store.View(ctx, func(s storage.Snapshot) error { return w.write(s, group) }); err != nil {
		return err
	}
	// Classes come first: whoever sees an entry must find its class at the gate.
	for _, c := range w.batch.Classes {
		x.classes.add(c)
	}
	if err := x.store.Commit(ctx, &w.batch); err != nil {
		return err
	}
	x.metrics.commits.Observe(x.now().Sub(start).Seconds())
	x.metrics.grouped.Observe(float64(len(group)))
	for _, s := range group {
		x.metrics.count(s)
		close(s.done)
	}
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
