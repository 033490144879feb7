package server

import (
	"context"
	"sync"
)

// turns lets each caller have a few large bodies in hand at a time, in or out; what is more waits.
// However many connections somebody opens, and however slowly they are served, it takes memory
// for that few, and delays nobody else (I-10).
type turns struct {
	each int
	mu   sync.Mutex
	of   map[string]*turn
}

// turn is one caller's; it is forgotten when nobody has or wants it.
type turn struct {
	slots chan struct{}
	users int
}

func newTurns(each int) *turns { return &turns{each: each, of: map[string]*turn{}} }

// take waits for a turn and returns how to end it, or the context's error.
func (t *turns) take(ctx context.Context, who string) (end func(), err error) {
	t.mu.Lock()
	mine := t.of[who]
	if mine == nil {
		mine = &turn{slots: make(chan struct{}, t.each)}
		t.of[who] = mine
	}
	mine.users++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if mine.users--; mine.users == 0 {
			delete(t.of, who)
		}
	}
	select {
	case mine.slots <- struct{}{}:
		return func() { <-mine.slots; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
