package exchange

import (
	"sync"

	"entente/stix"
)

// waiting are the ids whose objects are hidden from members until they are judged again, because
// more refers to what was tightened than one commit can look at, or until what takes them back is
// durable. Whoever began to read before that goes on not seeing them: its snapshot is older.
type waiting struct {
	mu     sync.RWMutex
	ids    map[stix.ID]bool
	turn   uint64             // how often ids were let go
	left   map[stix.ID]uint64 // in which turn, while anybody reads who began before
	active map[uint64]int     // reads, by the turn in which they began
}

func newWaiting() *waiting {
	return &waiting{ids: map[stix.ID]bool{}, left: map[stix.ID]uint64{}, active: map[uint64]int{}}
}

// begin notes a read, before it opens its snapshot; end notes its end.
func (h *waiting) begin() (turn uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.active[h.turn]++
	return h.turn
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
	for id, turn := range h.left {
		if turn < first {
			delete(h.left, id)
		}
	}
}

func (h *waiting) add(id stix.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ids[id] = true
}

// release lets ids go whose judgement is durable.
func (h *waiting) release(ids []stix.ID) {
	if len(ids) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		delete(h.ids, id)
		h.left[id] = h.turn
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
	return h.ids[id]
}

// hides reports whether an id is hidden from a read that began in a turn.
func (h *waiting) hides(id stix.ID, turn uint64) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	left, was := h.left[id]
	return h.ids[id] || was && left >= turn
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
