package ledger_test

import (
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"entente/trust/ledger"
)

// The tree is tlog's, hash for hash, whatever the sizes of the batches.
func TestAppendInAnyBatches(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 40), 1, 12).Draw(rt, "batches")
		w := newWorld(t, "batches")
		for _, n := range sizes {
			w.commit(slices.Repeat([]ledger.Record{record(ledger.Admission)}, n)...)
		}
		var want []tlog.Hash
		for i, e := range w.entries {
			assert.EqualValues(rt, i+1, e.Seq)
			leaf := append(slices.Clone(e.Salt[:]), e.Encoding...)
			assert.Equal(rt, tlog.RecordHash(leaf), e.Hash())
			hashes, err := tlog.StoredHashes(int64(i), leaf, w)
			require.NoError(rt, err)
			want = append(want, hashes...)
		}
		assert.Equal(rt, want, w.hashes)
		root, err := tlog.TreeHash(w.tree.Size(), w)
		require.NoError(rt, err)
		assert.Equal(rt, root, w.tree.Root())
		resumed, err := ledger.Resume(w.head(), w)
		require.NoError(rt, err)
		assert.Equal(rt, w.tree, resumed, "a restart continues where the last commit ended")
		report, err := w.verify()
		assert.NoError(rt, err)
		assert.Equal(rt, w.tree.Size(), report.Head.Size)
	})
}

func TestEveryEntryHasASaltOfItsOwn(t *testing.T) {
	w := newWorld(t, "salts")
	w.commit(record(ledger.Policy), audience("csirt-xb"), audience("csirt-xb"), record(ledger.Policy))
	w.commit(record(ledger.Policy))
	seen := map[[32]byte]bool{}
	for _, e := range w.entries {
		assert.False(t, seen[e.Salt])
		seen[e.Salt] = true
	}
	assert.NotEqual(t, w.entries[1].Opening, w.entries[2].Opening, "two audiences of the same members look different")
}

// A batch that was not committed leaves no trace.
func TestAppendChangesNothing(t *testing.T) {
	w := newWorld(t, "value")
	w.commit(record(ledger.Policy))
	before := w.tree
	records := []ledger.Record{audience("csirt-xc", "csirt-xb"), release(1, 2)}
	_, _, err := w.tree.Append(records, w.random)
	require.NoError(t, err)
	assert.Equal(t, before, w.tree)
	assert.Equal(t, []ledger.Record{audience("csirt-xc", "csirt-xb"), release(1, 2)}, records)
}

func TestAppendRefuses(t *testing.T) {
	with := func(kind ledger.Kind, change func(*ledger.Record)) ledger.Record {
		r := record(kind)
		change(&r)
		return r
	}
	tests := []struct {
		name   string
		record ledger.Record
		says   string
	}{
		{"no kind", ledger.Record{}, "use one of the kinds"},
		{"unknown kind", ledger.Record{Kind: 77}, "kind 77"},
		{"missing fields", ledger.Record{Kind: ledger.Recall, Time: begin, Revision: revision}, "recall record without actor, detail, object"},
		{"a release that names who caused it", with(ledger.Release, func(r *ledger.Record) { r.Actor = "member csirt-xc" }), "release record with actor: leave it empty"},
		{"a release that tells more", with(ledger.Release, func(r *ledger.Record) { r.Detail = "csirt-xc" }), "release record with detail"},
		{"members of what is no audience", with(ledger.Release, func(r *ledger.Record) { r.Members = []string{"csirt-xb"} }), "release record with root"},
		{"no policy", with(ledger.Act, func(r *ledger.Record) { r.Revision = [32]byte{} }), "name the policy"},
		{"no time", with(ledger.Act, func(r *ledger.Record) { r.Time = r.Upto }), "years 1 to 9999"},
		{"time beyond the format", with(ledger.Act, func(r *ledger.Record) { r.Time = begin.AddDate(9000, 0, 0) }), "years 1 to 9999"},
		{"position beyond the format", with(ledger.Delivery, func(r *ledger.Record) { r.Upto = begin.AddDate(9000, 0, 0) }), "years 1 to 9999"},
		{"an id that is none", with(ledger.Act, func(r *ledger.Record) { r.Object = "indicator" }), "object: an identifier is"},
		{"a text too long", with(ledger.Act, func(r *ledger.Record) { r.Actor = strings.Repeat("a", ledger.MaxText+1) }), "at most 512 bytes"},
		{"a text that is not UTF-8", with(ledger.Act, func(r *ledger.Record) { r.Member = "\xff" }), "not UTF-8"},
		{"detail too long", with(ledger.Act, func(r *ledger.Record) { r.Detail = strings.Repeat("a", ledger.MaxDetail+1) }), "at most 4096 bytes"},
		{"detail that is not UTF-8", with(ledger.Act, func(r *ledger.Record) { r.Detail = "\xff" }), "not UTF-8"},
		{"an audience that comes later", release(1, 2), "name entries before it"},
		{"a target that comes later", with(ledger.Purge, func(r *ledger.Record) { r.Target = 2 }), "name entries before it"},
		{"a target before the first", with(ledger.Purge, func(r *ledger.Record) { r.Target = -1 }), "name entries before it"},
		{"an audience of nobody", with(ledger.Audience, func(r *ledger.Record) { r.Members = nil }), "audience of 0 members"},
		{"a member twice", audience("csirt-xb", "csirt-xb"), `names "csirt-xb" twice`},
		{"a member without a name", audience("csirt-xb", ""), "member 0 is empty"},
		{"a member that is not UTF-8", audience("\xff"), "not UTF-8"},
		{"more members than a tree holds", audience(make([]string, 1<<16+1)...), "name 1 to 65536"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, "refused")
			w.commit(record(ledger.Policy))
			_, _, err := w.tree.Append([]ledger.Record{tt.record}, w.random)
			assert.ErrorContains(t, err, tt.says)
		})
	}
	t.Run("too little randomness", func(t *testing.T) {
		var tree ledger.Tree
		_, _, err := tree.Append([]ledger.Record{audience("csirt-xb")}, io.LimitReader(random("short"), 63))
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
}

func TestAppendRefusesBeyondTheLastSeq(t *testing.T) {
	h := ledger.Head{Size: 1<<53 - 1}
	stored := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) { return make([]tlog.Hash, len(at)), nil })
	_, err := ledger.Resume(h, stored)
	require.ErrorContains(t, err, "do not make the root")
	for range 52 { // the root that 53 edges of zeros make
		h.Root = tlog.NodeHash(tlog.Hash{}, h.Root)
	}
	tree, err := ledger.Resume(h, stored)
	require.NoError(t, err)
	_, _, err = tree.Append([]ledger.Record{record(ledger.Policy)}, random("last"))
	assert.ErrorContains(t, err, "numbered from 1 to 2^53-1")
}

func TestResumeRefuses(t *testing.T) {
	w := town(t)
	broken := errors.New("disk")
	reader := func(hashes []tlog.Hash, err error) tlog.HashReader {
		return tlog.HashReaderFunc(func([]int64) ([]tlog.Hash, error) { return hashes, err })
	}
	_, err := ledger.Resume(w.head(), reader(nil, broken))
	assert.ErrorIs(t, err, broken)
	_, err = ledger.Resume(w.head(), reader(nil, nil))
	assert.ErrorContains(t, err, "0 hashes for 3")
	_, err = ledger.Resume(ledger.Head{Size: 1 << 53}, w)
	assert.ErrorContains(t, err, "0 to 2^53-1 entries")
	_, err = ledger.Resume(ledger.Head{Size: -1}, w)
	assert.ErrorContains(t, err, "0 to 2^53-1 entries")
	c := w.clone()
	c.hashes[tlog.StoredHashIndex(5, 0)][0]++
	_, err = ledger.Resume(w.head(), c)
	assert.ErrorContains(t, err, "verify the ledger")
}

func TestEmptyLedger(t *testing.T) {
	w := newWorld(t, "empty")
	assert.EqualValues(t, sha256.Sum256(nil), w.tree.Root())
	_, err := w.verify()
	assert.NoError(t, err, "nothing was written")
	w.commit()
	report, err := w.verify()
	assert.NoError(t, err)
	assert.Equal(t, 1, report.Heads)
}
