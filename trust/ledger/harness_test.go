package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"entente/stix"
	"entente/trust/ledger"
)

var (
	begin    = time.Date(2027, 3, 1, 9, 0, 0, 123456000, time.UTC)
	revision = sha256.Sum256([]byte("policy"))
)

// random is fit for tests alone: the same bytes in every run.
func random(seed string) *rand.ChaCha8 { return rand.NewChaCha8(sha256.Sum256([]byte(seed))) }

// key makes a node's key pair.
func key(tb testing.TB, node, seed string) (note.Signer, note.Verifiers) {
	tb.Helper()
	private, public, err := note.GenerateKey(random(seed), node)
	require.NoError(tb, err)
	signer, err := note.NewSigner(private)
	require.NoError(tb, err)
	verifier, err := note.NewVerifier(public)
	require.NoError(tb, err)
	return signer, note.VerifierList(remembering{verifier, map[string]bool{}})
}

// remembering is a verifier that spends no time on a signature that it has seen: the tests
// verify the same heads a hundred thousand times.
type remembering struct {
	note.Verifier
	seen map[string]bool
}

func (r remembering) Verify(msg, sig []byte) bool {
	about := string(msg) + string(sig)
	good, known := r.seen[about]
	if !known {
		good = r.Verifier.Verify(msg, sig)
		r.seen[about] = good
	}
	return good
}

// world is a ledger in memory, as a driver would keep it.
type world struct {
	tb      testing.TB
	signer  note.Signer
	keys    note.Verifiers
	random  *rand.ChaCha8
	tree    ledger.Tree
	entries []ledger.Entry
	hashes  []tlog.Hash
	heads   [][]byte
}

func newWorld(tb testing.TB, seed string) *world {
	tb.Helper()
	w := &world{tb: tb, random: random(seed)}
	w.signer, w.keys = key(tb, "csirt-xa", "key")
	return w
}

// commit appends a batch and signs a head, and returns the Seq of the batch's first entry.
func (w *world) commit(records ...ledger.Record) int64 {
	w.tb.Helper()
	first := w.tree.Size() + 1
	next, batch, err := w.tree.Append(records, w.random)
	require.NoError(w.tb, err)
	require.EqualValues(w.tb, len(w.hashes), batch.FirstHash)
	w.tree = next
	w.entries = append(w.entries, batch.Entries...)
	w.hashes = append(w.hashes, batch.Hashes...)
	w.heads = append(w.heads, w.sign())
	return first
}

func (w *world) head() ledger.Head {
	return w.tree.Head("csirt-xa", begin.Add(time.Duration(w.tree.Size())*time.Second), revision)
}

func (w *world) sign() []byte {
	w.tb.Helper()
	signed, err := w.head().Sign(w.signer)
	require.NoError(w.tb, err)
	return signed
}

// purge forgets an entry, as the exchange would in one transaction.
func (w *world) purge(seq int64) {
	w.tb.Helper()
	gone := w.entries[seq-1]
	r := record(ledger.Purge)
	r.Target, r.Leaf = seq, gone.Hash()
	by := w.commit(r)
	w.entries[seq-1] = gone.Purged(by)
}

func (w *world) ReadHashes(at []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(at))
	for i, n := range at {
		if n >= int64(len(w.hashes)) {
			return nil, fmt.Errorf("hash %d of %d", n, len(w.hashes))
		}
		found[i] = w.hashes[n]
	}
	return found, nil
}

func (w *world) archive() ledger.Archive {
	return ledger.Archive{Entries: all(w.entries), Hashes: all(w.hashes), Heads: all(w.heads)}
}

func (w *world) verify() (ledger.Report, error) { return ledger.Verify(w.archive(), w.keys) }

// clone copies what tests tamper with.
func (w *world) clone() *world {
	c := *w
	c.entries = slices.Clone(w.entries)
	for i := range c.entries {
		c.entries[i].Encoding = bytes.Clone(c.entries[i].Encoding)
		c.entries[i].Opening = bytes.Clone(c.entries[i].Opening)
	}
	c.hashes = slices.Clone(w.hashes)
	c.heads = slices.Clone(w.heads)
	for i := range c.heads {
		c.heads[i] = bytes.Clone(c.heads[i])
	}
	return &c
}

// disclosure is what a proof of a release to a member is made of.
func (w *world) disclosure(release int64, member string) ledger.Disclosure {
	w.tb.Helper()
	r, err := ledger.ParseRecord(w.entries[release-1].Encoding)
	require.NoError(w.tb, err)
	return ledger.Disclosure{
		Release: w.entries[release-1], Audience: w.entries[r.Audience-1], Member: member, Head: w.heads[len(w.heads)-1],
	}
}

func all[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// record is a valid record of a kind; those that refer to an entry refer to the first.
func record(kind ledger.Kind) ledger.Record {
	r := ledger.Record{Kind: kind, Time: begin, Revision: revision}
	const object, member = stix.ID("indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"), "csirt-xb"
	switch kind {
	case ledger.Admission, ledger.Release:
		r.Object, r.Version, r.Hash = object, "2027-03-01T09:00:00.000Z", sha256.Sum256([]byte(object))
	case ledger.Withdrawal, ledger.Recall, ledger.Act:
		r.Object = object
	case ledger.Delivery:
		r.Member, r.Upto = member, begin.Add(-time.Minute)
	case ledger.Acknowledgement:
		r.Member, r.Target = member, 1
	case ledger.Purge:
		r.Target, r.Leaf = 1, tlog.Hash{1}
	case ledger.Audience:
		r.Members = []string{member}
	}
	switch kind {
	case ledger.Release:
		r.Audience = 1
	case ledger.Audience, ledger.Delivery:
	case ledger.Acknowledgement:
		r.Detail = "destroyed"
	case ledger.Admission:
		r.Actor = "account tool"
	default:
		r.Actor, r.Detail = "account officer", `because of "<é> & \ `+"\u2028\x01\n"
	}
	return r
}

// release is a release of the n-th object to an audience.
func release(n int, audience int64) ledger.Record {
	r := record(ledger.Release)
	r.Object = stix.ID(fmt.Sprintf("indicator--8e2e2d2b-17d4-4cbf-938f-%012x", n))
	r.Hash = sha256.Sum256([]byte(r.Object))
	r.Audience = audience
	return r
}

func audience(members ...string) ledger.Record {
	r := record(ledger.Audience)
	r.Members = members
	return r
}

// town is a ledger of 50 entries of every kind in batches of several sizes, two of which, a
// release and an audience, have been purged.
func town(tb testing.TB) *world {
	tb.Helper()
	w := newWorld(tb, "town")
	w.commit(record(ledger.Policy), audience("csirt-xb", "csirt-xc", "csirt-xd"))
	for i := range 8 {
		w.commit(record(ledger.Admission), release(i, 2), record(ledger.Delivery))
	}
	w.commit(record(ledger.Recall), record(ledger.Withdrawal), record(ledger.Act), audience("csirt-xe"), release(8, 30))
	acknowledgement := record(ledger.Acknowledgement)
	acknowledgement.Target = 27
	w.commit(acknowledgement)
	w.purge(4)
	w.purge(30)
	for i := range 8 {
		w.commit(record(ledger.Admission), release(10+i, 2))
	}
	require.EqualValues(tb, 50, w.tree.Size())
	return w
}
