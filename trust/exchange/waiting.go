package exchange

import (
	"sync"

	"entente/stix"
	"entente/storage"
)

// waiting are the ids whose objects are hidden from members until they are judged again, because
// more refers to what was tightened than one commit can look at, or until what takes them back is
// durable. Whoever began to read before that goes on not seeing them: its snapshot is older.
type waiting struct {
	mu     sync.RWMutex
	ids    map[stix.ID]columns // for whom they are hidden; nil: for everybody
	turn   uint64              // how often ids were let go
	left   map[stix.ID]gone    // while anybody reads who began before
	active map[uint64]int      // reads, by the turn in which they began
}

// gone is an id that was let go.
type gone struct {
	turn uint64
	from columns
}

func newWaiting() *waiting {
	return &waiting{ids: map[stix.ID]columns{}, left: map[stix.ID]gone{}, active: map[uint64]int{}}
}

// begin notes a read, before it opens its snapshot, and says whether anything waits; end notes its end.
func (h *waiting) begin() (turn uint64, any bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.active[h.turn]++
	return h.turn, len(h.ids) > 0
}

func (h *waiting) end(turn uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.active[turn]--; h.active[turn] == 0 {
		delete(h.active, turn)
	}
	h.forget()
}

// forget drops what nobody who reads needs to know any more.
func (h *waiting) forget() {
	if len(h.left) == 0 {
		return
	}
	first := h.turn
	for turn := range h.active {
		first = min(first, turn)
	}
	for id, g := range h.left {
		if g.turn < first {
			delete(h.left, id)
		}
	}
}

// add hides an id from some readers; from everybody with nil.
func (h *waiting) add(id stix.ID, from columns) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ids[id] = from
}

// release lets ids go whose judgement is durable.
func (h *waiting) release(ids []stix.ID) {
	if len(ids) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		h.left[id] = gone{h.turn, h.ids[id]}
		delete(h.ids, id)
	}
	h.turn++
	h.forget()
}

func (h *waiting) any() bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.ids) > 0
}

// has reports whether an id waits.
func (h *waiting) has(id stix.ID) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	_, waits := h.ids[id]
	return waits
}

// hides reports whether an id is hidden from a reader that began to read in a turn.
func (h *waiting) hides(id stix.ID, column int, turn uint64) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	hidden := func(from columns) bool { return from == nil || from.has(column) }
	from, waits := h.ids[id]
	left, was := h.left[id]
	return waits && hidden(from) || was && left.turn >= turn && hidden(left.from)
}

// some are up to n of them.
func (h *waiting) some(n int) (ids []stix.ID) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for id := range h.ids {
		if len(ids) == n {
			break
		}
		ids = append(ids, id)
	}
	return ids
}

// postpone hides lines until their turn comes, also those that this batch judged before it knew all.
func (w *writer) postpone(lines []*line) {
	for _, l := range lines {
		if !w.postponed[l.id] {
			w.postponed[l.id] = true
			w.batch.Records = append(w.batch.Records, storage.Record{Kind: waitingRecord, Key: []byte(l.id), Value: []byte{1}})
		}
	}
}

// judgeWaiting takes the turn of some that wait.
func (w *writer) judgeWaiting(ids []stix.ID) error {
	for _, id := range ids {
		l, err := w.line(id)
		if err != nil {
			return err
		}
		l.touched, w.hidden[id] = true, true
		for _, c := range l.copies {
			w.redefined[c.Key] = true // that may be what it waits for
		}
		w.batch.Records = append(w.batch.Records, storage.Record{Kind: waitingRecord, Key: []byte(id)})
	}
	return nil
}
