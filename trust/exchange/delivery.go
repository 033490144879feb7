package exchange

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"entente/stix"
	"entente/storage"
	"entente/trust/ledger"
)

// marks say how far each member has read, by column. The durable mark lies at the end of the log of
// its time, so that one commit is enough for a pull of many pages; what the pages held stands beside
// it, exactly. After a crash only the durable mark is known: it says too much, never too little (P-7).
type marks struct {
	mu      sync.RWMutex
	durable []storage.Added
	exact   []storage.Added
	reads   []int // that are under way
	closed  bool  // the exact marks are written, and must not change any more
}

// readingMark is a member's durable mark as a record.
func readingMark(column int, at storage.Added) storage.Record {
	return storage.Record{Kind: readingRecord, Key: number(uint32(column)), Value: keyAfter(nil, uint64(at))}
}

// restore reads the durable marks. They are all that is known of pages given out before.
func (m *marks) restore(s storage.Snapshot) (err error) {
	for k, v := range recordsOf(s, readingRecord, nil, &err) {
		if len(k) != 4 || len(v) != 8 {
			return errors.New("a reading mark is damaged: restore a backup")
		}
		column, at := int(binary.BigEndian.Uint32(k)), storage.Added(key64(v))
		m.durable, m.exact = raise(m.durable, column, at), raise(m.exact, column, at)
	}
	return err
}

// raise moves one mark up, never down.
func raise(list []storage.Added, column int, at storage.Added) []storage.Added {
	if column >= len(list) {
		list = append(list, make([]storage.Added, column+1-len(list))...)
	}
	list[column] = max(list[column], at)
	return list
}

func markAt(list []storage.Added, column int) storage.Added {
	if column >= len(list) {
		return 0
	}
	return list[column]
}

// begin notes a read, before it looks at anything; the function that it returns notes its end.
func (m *marks) begin(column int) (end func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for column >= len(m.reads) {
		m.reads = append(m.reads, 0)
	}
	m.reads[column]++
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.reads[column]--
	}
}

// covers reports whether a page up to a position may be given out, and then notes that it is.
// After the node's last commit only what that said may still be.
func (m *marks) covers(column int, last storage.Added) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if markAt(m.durable, column) < last || m.closed && markAt(m.exact, column) < last {
		return false
	}
	m.exact = raise(m.exact, column, last)
	return true
}

// deliver makes a durable mark that covers all that a member could read when it is called.
func (x *Exchange) deliver(ctx context.Context, column int) (upto storage.Added, err error) {
	err = x.submit(ctx, &submission{act: func(w *writer) error {
		upto = w.began
		w.tellDelivery(column, upto)
		return nil
	}})
	if err != nil {
		return 0, err
	}
	x.marks.mu.Lock()
	defer x.marks.mu.Unlock()
	x.marks.durable = raise(x.marks.durable, column, upto)
	return upto, nil
}

// tellDelivery sets a member's mark, once where several pages of it wait.
func (w *writer) tellDelivery(column int, upto storage.Added) {
	mark := readingMark(column, upto)
	if slices.ContainsFunc(w.batch.Records, func(r storage.Record) bool { return r.Kind == mark.Kind && slices.Equal(r.Key, mark.Key) }) {
		return
	}
	w.batch.Records = append(w.batch.Records, mark)
	w.tell(ledger.Record{Kind: ledger.Delivery, Member: w.g.readers[column].ID, Upto: upto.Time()})
}

// deliveredUpTo is how far a column's member has read, at most: whatever was released to it up to
// there may have been delivered. Whoever takes an object back conceals it first, so that no read
// that begins later shows it.
func (x *Exchange) deliveredUpTo(column int) storage.Added {
	x.marks.mu.RLock()
	defer x.marks.mu.RUnlock()
	if column < len(x.marks.reads) && x.marks.reads[column] > 0 {
		return markAt(x.marks.durable, column)
	}
	return markAt(x.marks.exact, column)
}

// deliveredTo are the members who may have read a copy: who could see it, then or earlier, and has
// read as far as its first date. It may name one too many, never one too few.
func (w *writer) deliveredTo(c *copyState) (to columns, err error) {
	if c.fresh {
		return nil, nil
	}
	if err := w.load(c); err != nil {
		return nil, err
	}
	for _, e := range c.stored {
		to = to.or(w.readers(w.everSeeing(e), e.Added))
	}
	if c.Had != 0 {
		to = to.or(w.readers(w.audience(c.Had), c.Added))
	}
	return to, nil
}

// readers are those of some columns who have read up to a date.
func (w *writer) readers(of columns, date storage.Added) (to columns) {
	for i := range of.all() {
		if i >= memberColumns && w.x.deliveredUpTo(i) >= date {
			to = to.with(i)
		}
	}
	return to
}

// everSeeing are those for whom an entry is or once was the release of its version: whom a policy
// shut out since had it until then.
func (w *writer) everSeeing(e storage.Entry) columns {
	seen := w.row(e.Class).everSeeing(e.Added)
	if e.Audience != 0 {
		seen = seen.and(w.audience(e.Audience))
	}
	return seen
}

// conceal hides an object at once from those who lose it, nil for everybody, until the batch is
// durable: who is not found to have read it does not read it meanwhile.
func (w *writer) conceal(id stix.ID, from columns) {
	if w.x.waiting.has(id) {
		return
	}
	w.x.waiting.add(id, from)
	w.concealed = append(w.concealed, id)
}

// rest writes the exact marks in the place of those that say more, when the node stops.
func (x *Exchange) rest() error {
	x.marks.mu.Lock()
	x.marks.closed = true
	exact, durable := slices.Clone(x.marks.exact), slices.Clone(x.marks.durable)
	x.marks.mu.Unlock()
	if slices.Equal(exact, durable) {
		return nil
	}
	return x.batch(func(w *writer) error {
		for column := range durable {
			if at := markAt(exact, column); at < durable[column] {
				w.tellDelivery(column, at)
			}
		}
		return nil
	})
}
