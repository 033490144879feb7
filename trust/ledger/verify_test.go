package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"entente/trust/ledger"
)

func TestVerifyTown(t *testing.T) {
	w := town(t)
	report, err := w.verify()
	require.NoError(t, err)
	assert.Equal(t, ledger.Report{Head: w.head(), Heads: len(w.heads), Purged: 2}, report)
}

// faultOf verifies and expects a fault of an entry.
func (w *world) faultOf(t require.TestingT, seq int64, what string) *ledger.Fault {
	_, err := w.verify()
	var f *ledger.Fault
	require.ErrorAs(t, err, &f, what)
	require.Equal(t, seq, f.Seq, "%s: %s", what, f)
	require.NotEmpty(t, f.Expected, what)
	require.NotEmpty(t, f.Found, what)
	return f
}

// Every byte that is kept of every entry and hash, one bit of each.
func TestEveryEditedByteIsFound(t *testing.T) {
	t.Parallel()
	w := town(t).clone()
	flip := func(seq int64, what string, bytes []byte) {
		for i := range bytes {
			bytes[i] ^= 1 << (i % 8)
			w.faultOf(t, seq, fmt.Sprintf("entry %d: byte %d of its %s", seq, i, what))
			bytes[i] ^= 1 << (i % 8)
		}
	}
	for i := range w.entries {
		e := &w.entries[i]
		flip(e.Seq, "encoding", e.Encoding)
		flip(e.Seq, "opening", e.Opening)
		flip(e.Seq, "salt", e.Salt[:])
		flip(e.Seq, "leaf", e.Leaf[:])
		for _, by := range []int64{1, 7, 49, 1000, -1} {
			e.PurgedBy += by
			w.faultOf(t, e.Seq, "another purge record")
			e.PurgedBy -= by
		}
	}
	for i := range w.hashes {
		level, n := tlog.SplitStoredHashIndex(int64(i))
		flip((n+1)<<level, fmt.Sprintf("hash of level %d", level), w.hashes[i][:])
	}
	_, err := w.verify()
	require.NoError(t, err, "everything is as it was")
}

// A head vouches for the entries after the head before it.
func TestEveryEditedByteOfAHeadIsFound(t *testing.T) {
	t.Parallel()
	w := town(t).clone()
	vouched := int64(0)
	for i, head := range w.heads {
		h, err := ledger.OpenHead(head, w.keys)
		require.NoError(t, err)
		for at := range head {
			head[at] ^= 1 << (at % 8)
			f := w.faultOf(t, vouched+1, fmt.Sprintf("head %d, byte %d", i, at))
			assert.Equal(t, ledger.HeadBroken, f.Kind)
			head[at] ^= 1 << (at % 8)
		}
		vouched = h.Size
	}
}

// Removed, swapped or repeated: with their numbers, as rows of a table, and without, as values.
func TestEveryRemovalAndSwapIsFound(t *testing.T) {
	t.Parallel()
	w := town(t)
	for i := range w.entries {
		seq := int64(i + 1)
		c := w.clone()
		c.entries = slices.Delete(c.entries, i, i+1)
		f := c.faultOf(t, seq, "row removed")
		if i == len(w.entries)-1 {
			assert.Equal(t, ledger.CutOff, f.Kind)
		} else {
			assert.Equal(t, ledger.Removed, f.Kind)
		}

		c = w.clone()
		c.entries[i] = ledger.Entry{Seq: seq}
		assert.Equal(t, ledger.Removed, c.faultOf(t, seq, "record removed").Kind)

		c = w.clone()
		c.entries[i].Opening = nil
		if w.entries[i].Opening != nil {
			assert.Equal(t, ledger.Removed, c.faultOf(t, seq, "opening removed").Kind)
		}

		c = w.clone()
		c.entries = slices.Insert(c.entries, i, c.entries[i])
		assert.Equal(t, ledger.Reordered, c.faultOf(t, seq, "row repeated").Kind)

		for j := i + 1; j < len(w.entries); j++ {
			c = w.clone()
			c.entries[i], c.entries[j] = c.entries[j], c.entries[i]
			c.faultOf(t, seq, "rows swapped")
			c.entries[i].Seq, c.entries[j].Seq = c.entries[j].Seq, c.entries[i].Seq
			c.faultOf(t, seq, "records swapped")
			c = w.clone()
			c.entries[i].Salt, c.entries[j].Salt = c.entries[j].Salt, c.entries[i].Salt
			if w.entries[i].Salt != w.entries[j].Salt {
				c.faultOf(t, seq, "salts swapped")
			}
		}
	}
	for i := range w.hashes {
		level, n := tlog.SplitStoredHashIndex(int64(i))
		c := w.clone()
		c.hashes = slices.Delete(c.hashes, i, i+1)
		c.faultOf(t, (n+1)<<level, "hash removed")
		for j := i + 1; j < len(w.hashes); j++ {
			c = w.clone()
			c.hashes[i], c.hashes[j] = c.hashes[j], c.hashes[i]
			c.faultOf(t, (n+1)<<level, "hashes swapped")
		}
	}
	for i := range w.heads {
		for j := i + 1; j < len(w.heads); j++ {
			c := w.clone()
			c.heads[i], c.heads[j] = c.heads[j], c.heads[i]
			_, err := c.verify()
			var f *ledger.Fault
			require.ErrorAs(t, err, &f)
			assert.Equal(t, ledger.Reordered, f.Kind)
		}
	}
}

func TestEveryTruncationIsFound(t *testing.T) {
	w := town(t)
	for n := range w.entries {
		c := w.clone()
		c.entries = c.entries[:n]
		c.faultOf(t, int64(n+1), "records cut off")
		c.hashes = c.hashes[:tlog.StoredHashCount(int64(n))]
		assert.Equal(t, ledger.CutOff, c.faultOf(t, int64(n+1), "records and hashes cut off").Kind)

		c = w.clone()
		c.hashes = c.hashes[:tlog.StoredHashCount(int64(n))]
		assert.Equal(t, ledger.Removed, c.faultOf(t, int64(n+1), "hashes cut off").Kind)
	}
	for n := range w.heads {
		c := w.clone()
		c.heads = c.heads[:n]
		vouched := int64(0)
		if n > 0 {
			h, err := ledger.OpenHead(c.heads[n-1], c.keys)
			require.NoError(t, err)
			vouched = h.Size
		}
		assert.Equal(t, ledger.Unsigned, c.faultOf(t, vouched+1, "heads cut off").Kind)

		c.entries = c.entries[:vouched]
		assert.Equal(t, ledger.CutOff, c.faultOf(t, vouched+1, "records and heads cut off, hashes forgotten").Kind)
		c.witnessed(t, w.heads[len(w.heads)-1], vouched+1, ledger.CutOff)
		c.hashes = c.hashes[:tlog.StoredHashCount(vouched)]
		c.witnessed(t, w.heads[len(w.heads)-1], vouched+1, ledger.CutOff)
	}
}

// witnessed verifies with a head that somebody else has kept.
func (w *world) witnessed(t *testing.T, head []byte, seq int64, kind ledger.Tampering) {
	t.Helper()
	a := w.archive()
	a.Witnessed = [][]byte{head}
	_, err := ledger.Verify(a, w.keys)
	var f *ledger.Fault
	require.ErrorAs(t, err, &f)
	assert.Equal(t, kind, f.Kind)
	assert.Equal(t, seq, f.Seq, f)
}

// Whoever changes an entry and all hashes above it cannot sign the head; whoever has the key too
// cannot change the heads that others have kept.
func TestConsistentRewriting(t *testing.T) {
	history := func(last string) *world {
		w := newWorld(t, "history")
		for i := range 10 {
			r := record(ledger.Act)
			if i == 6 {
				r.Detail = last
			}
			w.commit(r, r)
		}
		return w
	}
	honest, forged := history("the truth"), history("a lie")
	for _, w := range []*world{honest, forged} {
		_, err := w.verify()
		require.NoError(t, err)
	}
	forgedWithoutKey := forged.clone()
	forgedWithoutKey.heads = honest.heads
	f := forgedWithoutKey.faultOf(t, 13, "rewritten")
	assert.Equal(t, ledger.Rewritten, f.Kind)
	assert.EqualValues(t, 14, f.Last)
	assert.ErrorContains(t, f, "an entry from 13 to 14: rewritten: expected the root")

	a := forgedWithoutKey.archive()
	a.Heads, a.Witnessed = all(honest.heads[9:]), [][]byte{honest.heads[2]}
	_, err := ledger.Verify(a, forged.keys)
	require.ErrorAs(t, err, &f)
	assert.Equal(t, [2]int64{7, 20}, [2]int64{f.Seq, f.Last}, "what others have kept narrows the range")

	a = forged.archive()
	a.Witnessed = [][]byte{honest.heads[9], honest.heads[2], honest.heads[2]}
	_, err = ledger.Verify(a, forged.keys)
	require.ErrorAs(t, err, &f)
	assert.Equal(t, ledger.Rewritten, f.Kind)
	assert.Equal(t, [2]int64{7, 20}, [2]int64{f.Seq, f.Last}, "our own heads in between may be forged too")

	a = honest.archive()
	a.Witnessed = [][]byte{honest.heads[9], honest.heads[2]}
	report, err := ledger.Verify(a, honest.keys)
	require.NoError(t, err)
	assert.Equal(t, 12, report.Heads)
}

// A node that signs two histories of one size is found at that size.
func TestTwoHeadsOfOneSize(t *testing.T) {
	w := town(t).clone()
	other := w.head()
	other.Root[0]++
	signed, err := other.Sign(w.signer)
	require.NoError(t, err)
	w.heads = append(w.heads, signed)
	f := w.faultOf(t, 50, "second head")
	assert.Equal(t, ledger.Rewritten, f.Kind)
	assert.EqualValues(t, 50, f.Last)
}

// The forgotten record, its salt and its opening are nowhere, and the ledger verifies.
func TestPurgeForgets(t *testing.T) {
	for _, seq := range []int64{1, 2, 3, 26, 50} {
		w := town(t).clone()
		gone := w.entries[seq-1]
		w.purge(seq)
		w.commit(record(ledger.Policy))
		report, err := w.verify()
		require.NoError(t, err)
		assert.EqualValues(t, 3, report.Purged)
		assert.Empty(t, w.entries[seq-1].Encoding)
		assert.Empty(t, w.entries[seq-1].Opening)
		everything := w.bytes()
		for _, forgotten := range [][]byte{gone.Encoding, gone.Opening, gone.Salt[:]} {
			assert.False(t, len(forgotten) > 0 && bytes.Contains(everything, forgotten))
		}
	}
}

// bytes is all that the ledger keeps.
func (w *world) bytes() []byte {
	everything := bytes.Join(w.heads, nil)
	for _, e := range w.entries {
		everything = slices.Concat(everything, e.Salt[:], e.Encoding, e.Opening, e.Leaf[:])
	}
	for _, h := range w.hashes {
		everything = append(everything, h[:]...)
	}
	return everything
}

func TestPurgeFaults(t *testing.T) {
	tests := []struct {
		name   string
		tamper func(w *world)
		seq    int64
		kind   ledger.Tampering
	}{
		{"purged in name only", func(w *world) {
			kept := w.entries[6]
			w.purge(7)
			w.entries[6] = kept
		}, 7, ledger.NotForgotten},
		{"the salt was kept", func(w *world) { w.entries[3].Salt[5] = 1 }, 4, ledger.NotForgotten},
		{"the record was kept", func(w *world) { w.entries[3].Encoding = []byte("{}") }, 4, ledger.NotForgotten},
		{"removed with the number of an innocent record", func(w *world) { w.entries[6] = w.entries[6].Purged(9) }, 7, ledger.Removed},
		{"purged with the number of another purge record", func(w *world) { w.entries[3] = w.entries[3].Purged(34) }, 4, ledger.Edited},
		{"two removed", func(w *world) {
			w.entries[5] = w.entries[5].Purged(13)
			w.entries[6] = w.entries[6].Purged(13)
		}, 6, ledger.Removed},
		{"removed with the number of an earlier record", func(w *world) { w.entries[6] = w.entries[6].Purged(3) }, 7, ledger.Removed},
		{"removed with a number beyond the end", func(w *world) { w.entries[6] = w.entries[6].Purged(51) }, 7, ledger.Removed},
		{"purged twice", func(w *world) {
			tombstone := w.entries[3]
			w.purge(4)
			w.entries[3] = tombstone
		}, 51, ledger.Misfit},
		{"a purge record that names another leaf", func(w *world) {
			r := record(ledger.Purge)
			r.Target, r.Leaf = 7, tlog.Hash{7}
			w.entries[6] = w.entries[6].Purged(w.commit(r))
		}, 7, ledger.Edited},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := town(t).clone()
			tt.tamper(w)
			assert.Equal(t, tt.kind, w.faultOf(t, tt.seq, tt.name).Kind)
		})
	}
}

// What the node itself wrote wrongly: the hashes fit and the head is signed.
func TestMisfits(t *testing.T) {
	tests := []struct {
		name   string
		change func(w *world, e *ledger.Entry)
		kind   ledger.Tampering
	}{
		{"not a record", func(_ *world, e *ledger.Entry) { e.Encoding = []byte("{}") }, ledger.Edited},
		{"a record of a later format", func(_ *world, e *ledger.Entry) {
			e.Encoding = bytes.Replace(e.Encoding, []byte(`"v":1`), []byte(`"v":2`), 1)
		}, ledger.Edited},
		{"a release to what is no audience", func(w *world, e *ledger.Entry) { *e = w.write(release(1, 1)) }, ledger.Misfit},
		{"an opening of what is no audience", func(_ *world, e *ledger.Entry) { e.Opening = []byte("{}") }, ledger.Edited},
		{"a leaf beside a record", func(_ *world, e *ledger.Entry) { e.Leaf[0] = 1 }, ledger.Edited},
		{"another audience's opening", func(w *world, e *ledger.Entry) {
			*e = w.write(audience("csirt-xb"))
			other := w.write(audience("csirt-xb"))
			e.Opening = other.Opening
		}, ledger.Edited},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, "misfits")
			w.commit(record(ledger.Policy))
			e := w.write(record(ledger.Policy))
			tt.change(w, &e)
			hashes, err := tlog.StoredHashes(1, append(e.Salt[:], e.Encoding...), w)
			require.NoError(t, err)
			w.entries, w.hashes = append(w.entries, e), append(w.hashes, hashes...)
			root, err := tlog.TreeHash(2, w)
			require.NoError(t, err)
			h := w.head()
			h.Size, h.Root = 2, root
			signed, err := h.Sign(w.signer)
			require.NoError(t, err)
			w.heads = append(w.heads, signed)
			assert.Equal(t, tt.kind, w.faultOf(t, 2, tt.name).Kind)
		})
	}
}

// write makes the entry that a record would become, without keeping it.
func (w *world) write(r ledger.Record) ledger.Entry {
	w.tb.Helper()
	_, batch, err := w.tree.Append([]ledger.Record{r}, w.random)
	require.NoError(w.tb, err)
	return batch.Entries[0]
}

func TestVerifyReadErrors(t *testing.T) {
	w := town(t)
	broken := errors.New("disk")
	tests := []struct {
		name  string
		spoil func(a *ledger.Archive)
	}{
		{"entries", func(a *ledger.Archive) { a.Entries = failing(w.entries[:9], broken) }},
		{"hashes of a leaf", func(a *ledger.Archive) { a.Hashes = failing(w.hashes[:3], broken) }},
		{"hashes above", func(a *ledger.Archive) { a.Hashes = failing(w.hashes[:2], broken) }},
		{"hashes after the end", func(a *ledger.Archive) { a.Hashes = failing(w.hashes, broken) }},
		{"first head", func(a *ledger.Archive) { a.Heads = failing(w.heads[:0], broken) }},
		{"a later head", func(a *ledger.Archive) { a.Heads = failing(w.heads[:3], broken) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := w.archive()
			tt.spoil(&a)
			_, err := ledger.Verify(a, w.keys)
			assert.ErrorIs(t, err, broken)
			var f *ledger.Fault
			assert.False(t, errors.As(err, &f), "a disk that fails is no tampering")
		})
	}
	t.Run("witnessed head", func(t *testing.T) {
		a := w.archive()
		a.Witnessed = [][]byte{[]byte("nothing")}
		_, err := ledger.Verify(a, w.keys)
		assert.ErrorContains(t, err, "witnessed head 1")
	})
	t.Run("another node's keys", func(t *testing.T) {
		_, keys := key(t, "csirt-xa", "another")
		_, err := ledger.Verify(w.archive(), keys)
		var unverified *note.UnverifiedNoteError
		require.ErrorAs(t, err, new(*ledger.Fault))
		assert.False(t, errors.As(err, &unverified))
	})
	t.Run("a witnessed head of no entries with a root", func(t *testing.T) {
		signed, err := ledger.Head{Origin: "csirt-xa", Root: tlog.Hash{1}, Time: begin}.Sign(w.signer)
		require.NoError(t, err)
		w.clone().witnessed(t, signed, 1, ledger.Rewritten)
	})
}

func failing[T any](items []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for item := range all(items) {
			if !yield(item, nil) {
				return
			}
		}
		var none T
		yield(none, err)
	}
}

// Whatever is done to a ledger of any shape, it is found, and an untouched one verifies.
func TestAnyTamperingIsFound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, "any")
		w.commit(audience("csirt-xb"))
		for range rapid.IntRange(1, 8).Draw(rt, "batches") {
			w.commit(slices.Repeat([]ledger.Record{release(1, 1)}, rapid.IntRange(0, 9).Draw(rt, "records"))...)
		}
		if rapid.Bool().Draw(rt, "purge") {
			w.purge(rapid.Int64Range(1, w.tree.Size()).Draw(rt, "purged"))
		}
		_, err := w.verify()
		require.NoError(rt, err)
		i := rapid.IntRange(0, len(w.entries)-1).Draw(rt, "entry")
		e := &w.entries[i]
		switch rapid.IntRange(0, 3).Draw(rt, "how") {
		case 0:
			e.Salt[rapid.IntRange(0, 31).Draw(rt, "byte")]++
		case 1:
			e.Encoding = append(bytes.Clone(e.Encoding), ' ')
		case 2:
			*e = ledger.Entry{Seq: e.Seq}
		case 3:
			w.entries = w.entries[:i]
		}
		w.faultOf(rt, int64(i+1), "tampered")
	})
}
