package storagetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// Open opens the store under test; called again after Close it opens the same one.
type Open func(t testing.TB) storage.Store

// Test runs the whole contract. fresh makes an Open for a store of its own.
func Test(t *testing.T, fresh func(t testing.TB) Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"an empty store has nothing", empty},
		{"a batch comes back whole, also after reopening", roundTrip},
		{"a batch is visible whole or not at all", atomic},
		{"keys and dates only ever grow", ascending},
		{"the log is scanned strictly after a position, and may be abandoned", scan},
		{"entries are amended and removed in place", amend},
		{"copies are found by id, in key order, and replaced by key", copies},
		{"instants keep years 1 to 9999 and nanoseconds", instants},
		{"statuses expire and nothing else does", statuses},
		{"a snapshot does not move while writers commit", isolation},
		{"readers see a growing prefix without holes", prefix},
		{"a large body comes back", large},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, fresh(t)) })
	}
}

var ctx = context.Background()

func at(i int) storage.Added { return storage.Added(1_700_000_000_000_000 + i*1000) }

func id(i int) stix.ID {
	h := sha256.Sum256(fmt.Append(nil, i))
	return stix.ID(fmt.Sprintf("indicator--%x-%x-4%x-8%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])[:11+36])
}

func raw(i int) []byte { return fmt.Appendf(nil, `{"id":%q,"n":%d}`, id(i), i) }

// batch makes n objects with keys from first.
func batch(first, n int) *storage.Batch {
	b := &storage.Batch{}
	for i := first; i < first+n; i++ {
		b.Bodies = append(b.Bodies, storage.Body{
			Key: uint64(i), ID: id(i), Version: "2026-01-01T00:00:00.000Z", Instant: time.Unix(int64(i), 0).UTC(),
			Class: 1, Received: at(i).Time(), Hash: sha256.Sum256(raw(i)), Raw: raw(i),
		})
		b.Append = append(b.Append, storage.Entry{Added: at(i), Body: uint64(i), Class: 1})
		b.Copies = append(b.Copies, storage.IDCopy{ID: id(i), Copy: storage.Copy{
			Key: uint64(i), Body: uint64(i), Added: at(i), Instant: time.Unix(int64(i), 0).UTC(), Class: 1, State: storage.Live}})
	}
	return b
}

func commit(t *testing.T, s storage.Store, b *storage.Batch) {
	t.Helper()
	require.NoError(t, s.Commit(ctx, b))
}

func view(t testing.TB, s storage.Store, fn func(storage.Snapshot)) {
	t.Helper()
	require.NoError(t, s.View(ctx, func(snap storage.Snapshot) error { fn(snap); return nil }))
}

func entries(t testing.TB, snap storage.Snapshot, after storage.Added) (all []storage.Entry) {
	t.Helper()
	for e, err := range snap.Log(after) {
		require.NoError(t, err)
		all = append(all, e)
	}
	return all
}

func copiesOf(t testing.TB, snap storage.Snapshot, id stix.ID) (all []storage.Copy) {
	t.Helper()
	for c, err := range snap.Copies(id) {
		require.NoError(t, err)
		all = append(all, c)
	}
	return all
}

func empty(t *testing.T, open Open) {
	s := open(t)
	view(t, s, func(snap storage.Snapshot) {
		head, err := snap.Head()
		require.NoError(t, err)
		assert.Zero(t, head)
		assert.Empty(t, entries(t, snap, 0))
		assert.Empty(t, copiesOf(t, snap, id(1)))
		_, err = snap.Body(1)
		assert.ErrorIs(t, err, storage.ErrNotFound)
		_, err = snap.Entry(at(1))
		assert.ErrorIs(t, err, storage.ErrNotFound)
		_, err = snap.Status([16]byte{1})
		assert.ErrorIs(t, err, storage.ErrNotFound)
		_, err = snap.Meta("x")
		assert.ErrorIs(t, err, storage.ErrNotFound)
	})
	require.NoError(t, s.Close())
}

func roundTrip(t *testing.T, open Open) {
	s := open(t)
	want := batch(1, 20)
	want.Classes = []storage.Class{{ID: 1, Case: storage.Case{Class: trust.Class{Type: "indicator", SpecVersion: "2.1",
		Label:  trust.Label{Level: trust.Green},
		Source: trust.Source{Kind: trust.FromMember, Name: "csirt-xb"}}}}}
	want.Append[3].Newer, want.Append[3].Older, want.Append[3].NewerSpec, want.Append[3].Split = 7, 8, 9, true
	want.Append[2].Beside = true
	want.Meta = map[string][]byte{"collection:publish": []byte("some id")}
	commit(t, s, want)
	require.NoError(t, s.Close())

	s = open(t)
	view(t, s, func(snap storage.Snapshot) {
		head, err := snap.Head()
		require.NoError(t, err)
		assert.Equal(t, storage.Head{Added: at(20), Key: 20}, head)
		assert.Equal(t, want.Append, entries(t, snap, 0))
		for i := range want.Bodies {
			got, err := snap.Body(want.Bodies[i].Key)
			require.NoError(t, err)
			assert.Equal(t, want.Bodies[i], got)
		}
		for c, err := range snap.Classes() {
			require.NoError(t, err)
			assert.Equal(t, want.Classes[0], c)
		}
		value, err := snap.Meta("collection:publish")
		require.NoError(t, err)
		assert.Equal(t, "some id", string(value))
	})
	commit(t, s, &storage.Batch{Meta: map[string][]byte{"collection:publish": nil}})
	view(t, s, func(snap storage.Snapshot) {
		_, err := snap.Meta("collection:publish")
		assert.ErrorIs(t, err, storage.ErrNotFound, "a nil value forgets the name")
	})
	require.NoError(t, s.Close())
}

func atomic(t *testing.T, open Open) {
	s := open(t)
	commit(t, s, batch(1, 3))
	bad := batch(4, 3)
	bad.Amend = []storage.Entry{{Added: at(99), Body: 1}} // there is no such entry: the last write fails
	require.Error(t, s.Commit(ctx, bad))
	require.NoError(t, s.Close())

	s = open(t)
	view(t, s, func(snap storage.Snapshot) {
		head, err := snap.Head()
		require.NoError(t, err)
		assert.Equal(t, storage.Head{Added: at(3), Key: 3}, head, "I-3: nothing of the failed batch")
		assert.Len(t, entries(t, snap, 0), 3)
		_, err = snap.Body(4)
		assert.ErrorIs(t, err, storage.ErrNotFound)
		assert.Empty(t, copiesOf(t, snap, id(4)))
	})
	require.NoError(t, s.Close())
}

func ascending(t *testing.T, open Open) {
	s := open(t)
	commit(t, s, batch(5, 2))
	assert.Error(t, s.Commit(ctx, batch(5, 1)), "a key never repeats")
	assert.Error(t, s.Commit(ctx, &storage.Batch{Append: []storage.Entry{{Added: at(6), Body: 5}}}), "a date never repeats")
	commit(t, s, &storage.Batch{Remove: []storage.Added{at(6)}})
	assert.Error(t, s.Commit(ctx, &storage.Batch{Append: []storage.Entry{{Added: at(6), Body: 5}}}), "not even that of a removed entry")
	require.NoError(t, s.Close())
	s = open(t)
	assert.Error(t, s.Commit(ctx, batch(6, 1)), "nor after reopening")
	require.NoError(t, s.Close())
}

func scan(t *testing.T, open Open) {
	s := open(t)
	commit(t, s, batch(1, 10))
	view(t, s, func(snap storage.Snapshot) {
		assert.Len(t, entries(t, snap, at(10)), 0)
		assert.Len(t, entries(t, snap, at(9)), 1, "strictly after")
		assert.Len(t, entries(t, snap, at(9)-1), 2)
		n := 0
		for range snap.Log(0) {
			if n++; n == 3 {
				break
			}
		}
		assert.Equal(t, 3, n)
		for _, key := range []uint64{3, 4, 9, 1, 10} {
			b, err := snap.Body(key)
			require.NoError(t, err)
			assert.Equal(t, raw(int(key)), b.Raw, "bodies are found in any order")
			alone, err := snap.Raw(key)
			require.NoError(t, err)
			assert.Equal(t, b.Raw, alone)
		}
		_, err := snap.Body(11)
		assert.ErrorIs(t, err, storage.ErrNotFound)
	})
	require.NoError(t, s.Close())
}

func amend(t *testing.T, open Open) {
	s := open(t)
	commit(t, s, batch(1, 3))
	e := storage.Entry{Added: at(2), Body: 2, Class: 7, Newer: at(3), Split: true, Beside: true, Audience: 9}
	commit(t, s, &storage.Batch{Amend: []storage.Entry{e}, Remove: []storage.Added{at(1)}})
	view(t, s, func(snap storage.Snapshot) {
		got, err := snap.Entry(at(2))
		require.NoError(t, err)
		assert.Equal(t, e, got)
		_, err = snap.Entry(at(1))
		assert.ErrorIs(t, err, storage.ErrNotFound)
		_, err = snap.Body(1)
		assert.NoError(t, err, "a body outlives its entry")
		assert.Len(t, entries(t, snap, 0), 2)
	})
	require.NoError(t, s.Close())
}

func copies(t *testing.T, open Open) {
	s := open(t)
	commit(t, s, batch(1, 50))
	route := storage.Copy{Key: 51, Body: 7, Instant: time.Unix(9, 9).UTC(), Class: 2, State: storage.Route}
	commit(t, s, &storage.Batch{Copies: []storage.IDCopy{{ID: id(7), Copy: route}}})
	view(t, s, func(snap storage.Snapshot) {
		got := copiesOf(t, snap, id(7))
		require.Len(t, got, 2)
		assert.Equal(t, uint64(7), got[0].Key)
		assert.Equal(t, route, got[1])
		head, err := snap.Head()
		require.NoError(t, err)
		assert.Equal(t, uint64(51), head.Key, "a copy without a body takes a key too")
	})
	route.State = storage.Withdrawn
	commit(t, s, &storage.Batch{Copies: []storage.IDCopy{{ID: id(7), Copy: route}}})
	view(t, s, func(snap storage.Snapshot) {
		got := copiesOf(t, snap, id(7))
		require.Len(t, got, 2)
		assert.Equal(t, storage.Withdrawn, got[1].State)
		assert.Len(t, copiesOf(t, snap, id(8)), 1)
	})
	require.NoError(t, s.Close())
}

func instants(t *testing.T, open Open) {
	s := open(t)
	for i, text := range []string{"0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999999Z", "2026-11-21T12:00:00.123456789Z", "9999-12-31T23:59:59.999999999Z"} {
		want, err := time.Parse(time.RFC3339Nano, text)
		require.NoError(t, err)
		b := batch(i+1, 1)
		b.Bodies[0].Instant, b.Copies[0].Instant = want, want
		commit(t, s, b)
		view(t, s, func(snap storage.Snapshot) {
			got, err := snap.Body(uint64(i + 1))
			require.NoError(t, err)
			assert.Equal(t, want, got.Instant, text)
			assert.Equal(t, want, copiesOf(t, snap, id(i+1))[0].Instant, text)
		})
	}
	require.NoError(t, s.Close())
}

func statuses(t *testing.T, open Open) {
	s := open(t)
	noon := time.Unix(1_700_000_000, 0).UTC()
	one := storage.Status{ID: [16]byte{1}, Owner: "member csirt-xb", Expires: noon, Body: []byte(`{"id":"1"}`)}
	two := storage.Status{ID: [16]byte{2}, Owner: "account analyst", Expires: noon.Add(time.Hour), Body: []byte(`{"id":"2"}`)}
	commit(t, s, &storage.Batch{Statuses: []storage.Status{one, two}})
	commit(t, s, &storage.Batch{Expired: noon})
	view(t, s, func(snap storage.Snapshot) {
		got, err := snap.Status(one.ID)
		require.NoError(t, err, "what expires at noon is still there at noon")
		assert.Equal(t, one, got)
	})
	commit(t, s, &storage.Batch{Expired: noon.Add(time.Microsecond)})
	require.NoError(t, s.Close())
	s = open(t)
	view(t, s, func(snap storage.Snapshot) {
		_, err := snap.Status(one.ID)
		assert.ErrorIs(t, err, storage.ErrNotFound)
		got, err := snap.Status(two.ID)
		require.NoError(t, err)
		assert.Equal(t, two, got)
	})
	require.NoError(t, s.Close())
}

func isolation(t *testing.T, open Open) {
	s := open(t)
	commit(t, s, batch(1, 5))
	view(t, s, func(snap storage.Snapshot) {
		before := entries(t, snap, 0)
		done := make(chan error)
		go func() {
			done <- s.Commit(ctx, &storage.Batch{Remove: []storage.Added{at(1)}, Bodies: batch(6, 1).Bodies, Append: batch(6, 1).Append})
		}()
		require.NoError(t, <-done, "a reader does not keep the writer waiting")
		assert.Equal(t, before, entries(t, snap, 0))
	})
	view(t, s, func(snap storage.Snapshot) { assert.Len(t, entries(t, snap, 0), 5) })
	require.NoError(t, s.Close())
}

// prefix is I-4's foundation: whoever scans while batches are committed sees the first n
// batches, whole, and never a later entry without an earlier one.
func prefix(t *testing.T, open Open) {
	s := open(t)
	const batches, size = 40, 5
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := range batches {
			assert.NoError(t, s.Commit(ctx, batch(1+i*size, size)))
		}
	})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for seen := 0; seen < batches*size; {
				view(t, s, func(snap storage.Snapshot) {
					all := entries(t, snap, 0)
					assert.Zero(t, len(all)%size, "a part of a batch is visible")
					for i, e := range all {
						assert.Equal(t, at(i+1), e.Added)
					}
					seen = len(all)
				})
			}
		})
	}
	writer.Wait()
	readers.Wait()
	require.NoError(t, s.Close())
}

func large(t *testing.T, open Open) {
	s := open(t)
	b := batch(1, 1)
	b.Bodies[0].Raw = bytes.Repeat([]byte("x"), 12<<20)
	b.Bodies[0].Version = strings.Repeat("9", 30)
	commit(t, s, b)
	view(t, s, func(snap storage.Snapshot) {
		got, err := snap.Body(1)
		require.NoError(t, err)
		assert.Equal(t, b.Bodies[0].Raw, got.Raw)
	})
	require.NoError(t, s.Close())
}
