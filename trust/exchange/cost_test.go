package exchange_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/storage"
	"entente/taxii"
)

// counting counts what a read takes from the store.
type counting struct {
	storage.Store
	entries, bodies *int
}

func (c counting) View(ctx context.Context, fn func(storage.Snapshot) error) error {
	return c.Store.View(ctx, func(s storage.Snapshot) error { return fn(countingSnapshot{s, c}) })
}

type countingSnapshot struct {
	storage.Snapshot
	c counting
}

func (s countingSnapshot) Log(after storage.Added) iter.Seq2[storage.Entry, error] {
	return func(yield func(storage.Entry, error) bool) {
		for e, err := range s.Snapshot.Log(after) {
			*s.c.entries++
			if !yield(e, err) {
				return
			}
		}
	}
}

func (s countingSnapshot) Raw(key uint64) ([]byte, error) {
	*s.c.bodies++
	return s.Snapshot.Raw(key)
}

func (s countingSnapshot) Body(key uint64) (storage.Body, error) {
	*s.c.bodies++
	return s.Snapshot.Body(key)
}

// clients.md 7.12: a page of 100 costs the same wherever it lies and however much there is.
func TestPageCostIsFlat(t *testing.T) {
	var entries, bodies int
	n := newNode(t)
	n.shut()
	n.wrap = func(s storage.Store) storage.Store { return counting{s, &entries, &bodies} }
	n.start()
	filled := 0
	for _, size := range []int{1000, 8000} {
		for ; filled < size; filled += 500 {
			objects := make([]string, 500)
			for i := range objects {
				objects[i] = indicator(filled+i, 1, "green")
			}
			n.put(analyst, "publish", objects...)
		}
		dates := make([]time.Time, 0, 10)
		q := taxii.Query{Limit: size / 10}
		for range 9 {
			page, err := n.Objects(ctx, xb, "for-csirt-xb", q)
			require.NoError(t, err)
			dates, q.AddedAfter = append(dates, page.Last), page.Last
		}
		for i, after := range append(dates, time.Time{}) {
			entries, bodies = 0, 0
			page, err := n.Objects(ctx, xb, "for-csirt-xb", taxii.Query{Limit: 100, AddedAfter: after})
			require.NoError(t, err)
			require.Equal(t, 100, page.Count)
			assert.LessOrEqual(t, entries, 101, "%d objects, place %d", size, i)
			assert.LessOrEqual(t, bodies, 100, "%d objects, place %d", size, i)
		}
	}
}

// clients.md 7.3: a `next` works days later and on a replica: the server keeps nothing of it.
func TestCursorOnReplica(t *testing.T) {
	n := newNode(t)
	for i := range 5 {
		n.put(analyst, "publish", indicator(i, 1, "green"))
	}
	first, err := n.objects(xb, "for-csirt-xb", "limit=2")
	require.NoError(t, err)
	n.shut()
	replica := &node{t: t, path: filepath.Join(t.TempDir(), "node.db"), policy: n.policy, now: n.now.Add(72 * time.Hour)}
	copied, err := os.ReadFile(n.path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(replica.path, copied, 0o600))
	replica.start()
	t.Cleanup(replica.shut)
	for limit, want := range map[int]int{0: 3, 1: 1, 2: 2} {
		page, err := replica.Objects(ctx, xb, "for-csirt-xb", taxii.Query{Next: first.Next, Limit: limit})
		require.NoError(t, err)
		assert.Equal(t, want, page.Count, fmt.Sprint("limit ", limit))
		assert.Equal(t, name(2, 1), names(t, page.Objects)[0])
	}
}
