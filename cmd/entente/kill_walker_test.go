package main

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
)

// page is an objects page with the header that readers continue from.
type page struct {
	taxii.Envelope
	last string
}

// onward is how a client that follows `next` goes on at the end of a walk.
func (p page) onward() string {
	if p.More {
		return "&next=" + p.Next
	}
	return "&added_after=" + p.last
}

// walker is a reader of one style that outlives every node it reads from. Its state moves on
// when a whole answer has arrived.
type walker struct {
	t                       *testing.T
	name, token, collection string
	limit                   int
	sees                    func(batch) bool
	next                    func(page) string // the query after a page
	repeats                 bool              // the style may meet an object again

	query   string // where it stands
	seen    map[batch]uint16
	open    map[batch]bool // met since the last page without more
	partial int

	early, earlyBody string // a full page from long ago
}

// whole reports whether every object of a batch has its bit.
func whole(b batch, mask uint16) bool { return mask == 1<<b.size()-1 }

func (w *walker) path(query string) string {
	return fmt.Sprintf("collections/%s/objects/?limit=%d%s", w.collection, w.limit, query)
}

// step reads one page. The error is an answer that did not arrive.
func (w *walker) step(n *running) (end bool, err error) {
	p, body, err := n.ask(w.token, w.path(w.query))
	if err != nil {
		return false, err
	}
	if p.More && w.earlyBody == "" {
		w.early, w.earlyBody = w.query, body
	}
	for _, o := range p.Objects {
		w.meet(string(o))
	}
	w.query = w.next(p)
	if p.More {
		return false, nil
	}
	for b := range w.open {
		if !whole(b, w.seen[b]) {
			w.partial++
			assert.Fail(w.t, "a part of a batch is visible", "%s: %+v has %b", w.name, b, w.seen[b])
		}
	}
	clear(w.open)
	return true, nil
}

// meet notes an object, and that its bytes are those that were sent.
func (w *walker) meet(object string) {
	b, seq, ok := batchOf(ids(w.t, []string{object})[0])
	if !assert.True(w.t, ok, "%s: nobody sent %s", w.name, object) {
		return
	}
	assert.Equal(w.t, b.object(seq), object, "%s: byte for byte", w.name)
	assert.True(w.t, w.sees(b), "%s may not see %+v", w.name, b)
	if !w.repeats {
		assert.Zero(w.t, w.seen[b]&(1<<seq), "%s: %s comes twice", w.name, b.id(seq))
	}
	w.seen[b] |= 1 << seq
	w.open[b] = true
}

// again asks for the early page, which must still be the same.
func (w *walker) again(n *running) {
	if w.earlyBody == "" {
		return
	}
	_, body, err := n.ask(w.token, w.path(w.early))
	require.NoError(w.t, err)
	assert.Equal(w.t, w.earlyBody, body, "%s: an old checkpoint has its old answer", w.name)
}

// recount walks the collection from the start and finds what was seen, each object once.
func (w *walker) recount(n *running) {
	w.t.Helper()
	fresh := &walker{
		t: w.t, name: "recount of " + w.collection, token: w.token, collection: w.collection, limit: 1000, sees: w.sees,
		next: page.onward, seen: map[batch]uint16{}, open: map[batch]bool{},
	}
	for end := false; !end; {
		var err error
		end, err = fresh.step(n)
		require.NoError(w.t, err)
	}
	assert.True(w.t, maps.Equal(w.seen, fresh.seen), "%s saw what is there, once", w.name)
}
