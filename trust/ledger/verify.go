package ledger

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Archive is a stored ledger as [Verify] reads it, once, from its beginning to its end. Each
// sequence ends after the first error that it yields.
type Archive struct {
	Entries iter.Seq2[Entry, error]     // ascending by Seq
	Hashes  iter.Seq2[tlog.Hash, error] // all stored hashes, in their order
	Heads   iter.Seq2[[]byte, error]    // signed heads, ascending by size: the latest, and of the older ones any that were kept

	// Witnessed are signed heads that others have kept, in any order. Only they show that a ledger
	// was replaced, whole, by an older state of itself.
	Witnessed [][]byte
}

// Report says what was verified.
type Report struct {
	Head   Head  // the latest
	Heads  int   // signed heads that the entries agree with, witnessed ones too
	Purged int64 // entries that were forgotten, as purge records say
}

// Verify walks a whole ledger: every entry against its hash, every hash against the entries below it,
// the root against every signed head, and what entries say of one another. The error is a [*Fault]
// that names the first entry that is not as it was written, or what kept it from reading.
func Verify(a Archive, keys note.Verifiers) (Report, error) {
	v := verifier{keys: keys, audiences: map[int64]bool{}, purged: map[int64]tombstone{}}
	var stop func()
	v.nextHash, stop = iter.Pull2(a.Hashes)
	defer stop()
	v.nextHead, stop = iter.Pull2(a.Heads)
	defer stop()
	if err := v.open(a.Witnessed); err != nil {
		return Report{}, err
	}
	if err := v.readHead(); err != nil {
		return Report{}, err
	}
	if err := v.checkHeads(); err != nil {
		return Report{}, err
	}
	for e, err := range a.Entries {
		if err != nil {
			return Report{}, fmt.Errorf("read entry %d: %w", v.tree.size+1, err)
		}
		if err := v.checkEntry(&e); err != nil {
			return Report{}, err
		}
		if err := v.checkHeads(); err != nil {
			return Report{}, err
		}
	}
	return v.report, v.checkEnd()
}

// verifier is the state of one walk; tree is what the entries so far make.
type verifier struct {
	keys      note.Verifiers
	nextHash  func() (tlog.Hash, error, bool)
	nextHead  func() ([]byte, error, bool)
	head      *Head  // the next stored one, nil after the last
	witnessed []Head // the next ones, ascending

	tree      Tree
	scratch   []byte
	hashes    []tlog.Hash
	audiences map[int64]bool      // Seq of their records, also of purged entries, which may have been some
	purged    map[int64]tombstone // by the Seq of the entry that is gone
	vouched   int64               // how many entries our heads have vouched for so far
	attested  int64               // and how many witnessed heads
	report    Report
}

// tombstone is what an entry that is gone says; done once its purge record was met.
type tombstone struct {
	by   int64
	leaf tlog.Hash
	done bool
}

// open reads the heads of others. What is wrong with those says nothing of the ledger.
func (v *verifier) open(witnessed [][]byte) error {
	for i, signed := range witnessed {
		h, err := OpenHead(signed, v.keys)
		if err != nil {
			return fmt.Errorf("witnessed head %d: %w", i+1, err)
		}
		v.witnessed = append(v.witnessed, h)
	}
	slices.SortStableFunc(v.witnessed, func(a, b Head) int { return cmp.Compare(a.Size, b.Size) })
	return nil
}

// readHead goes to the next stored head.
func (v *verifier) readHead() error {
	signed, err, ok := v.nextHead()
	if !ok {
		v.head = nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the head after that of %d entries: %w", v.vouched, err)
	}
	h, err := OpenHead(signed, v.keys)
	if err != nil {
		return fault(v.vouched+1, HeadBroken, "a head as the node signed it", err.Error())
	}
	if h.Size < v.vouched {
		return fault(h.Size+1, Reordered, fmt.Sprintf("a head of %d entries or more", v.vouched), fmt.Sprintf("one of %d", h.Size))
	}
	v.head = &h
	return nil
}

// checkHeads compares the tree with the heads of its size. Where a witnessed head differs, our own
// may have been signed anew after the entries were; so only witnessed ones narrow the range.
func (v *verifier) checkHeads() error {
	for len(v.witnessed) > 0 && v.witnessed[0].Size == v.tree.size {
		if err := v.checkRoot(v.witnessed[0], v.attested); err != nil {
			return err
		}
		v.attested, v.witnessed = v.tree.size, v.witnessed[1:]
	}
	for v.head != nil && v.head.Size == v.tree.size {
		if err := v.checkRoot(*v.head, max(v.vouched, v.attested)); err != nil {
			return err
		}
		v.report.Head, v.vouched = *v.head, v.tree.size
		if err := v.readHead(); err != nil {
			return err
		}
	}
	return nil
}

// checkRoot compares the tree with a head; up to sound, another head has vouched for it.
func (v *verifier) checkRoot(h Head, sound int64) error {
	if root := v.tree.Root(); root != h.Root {
		return &Fault{
			Seq: min(sound, max(h.Size-1, 0)) + 1, Last: h.Size, Kind: Rewritten,
			Expected: fmt.Sprintf("the root %s that %s signed of %d entries", h.Root, h.Origin, h.Size), Found: root.String(),
		}
	}
	v.report.Heads++
	return nil
}

// checkEntry compares what is kept of an entry with its stored hashes, and takes it into the tree.
func (v *verifier) checkEntry(e *Entry) error {
	seq := v.tree.size + 1
	switch {
	case e.Seq > seq:
		return fault(seq, Removed, "a record", fmt.Sprintf("entry %d next", e.Seq))
	case e.Seq < seq:
		return fault(e.Seq, Reordered, fmt.Sprintf("entry %d", seq), fmt.Sprintf("entry %d again", e.Seq))
	}
	stored, err := v.readHash(seq)
	if err != nil {
		return err
	}
	leaf := e.Leaf
	if e.PurgedBy == 0 {
		v.scratch = append(appendSalt(v.scratch[:0], &e.Salt), e.Encoding...)
		leaf = sha256.Sum256(v.scratch)
	}
	if err := v.checkLeaf(e, leaf, stored); err != nil {
		return err
	}
	v.hashes = v.tree.push(leaf, v.hashes[:0])
	for level, want := range v.hashes[1:] {
		switch found, err := v.readHash(seq); {
		case err != nil:
			return err
		case found != want:
			return fault(seq, HashEdited, fmt.Sprintf("%s as the hash of entries %d to %d", want, seq-2<<level+1, seq), found.String())
		}
	}
	return nil
}

func (v *verifier) readHash(seq int64) (tlog.Hash, error) {
	h, err, ok := v.nextHash()
	switch {
	case !ok:
		return h, fault(seq, Removed, "its stored hashes", "the end of the stored hashes")
	case err != nil:
		return h, fmt.Errorf("read the hashes of entry %d: %w", seq, err)
	}
	return h, nil
}

// checkLeaf says whether an entry is what its leaf was made of.
func (v *verifier) checkLeaf(e *Entry, leaf, stored tlog.Hash) error {
	if e.PurgedBy != 0 {
		return v.checkTombstone(e, stored)
	}
	if len(e.Encoding) == 0 {
		return fault(e.Seq, Removed, "a record, or the number of the purge record that says why it is gone", "neither")
	}
	r, err := ParseRecord(e.Encoding)
	if err == nil && r.Seq != e.Seq {
		return fault(e.Seq, Reordered, fmt.Sprintf("the record of entry %d", e.Seq), fmt.Sprintf("that of entry %d", r.Seq))
	}
	if leaf != stored {
		return fault(e.Seq, Edited, "record and salt whose hash is the leaf "+stored.String(), "the hash "+leaf.String())
	}
	if err != nil {
		return fault(e.Seq, Edited, "a record of this ledger", err.Error())
	}
	if e.Leaf != (tlog.Hash{}) {
		return fault(e.Seq, Edited, "a leaf beside a purged entry only", "one beside its record")
	}
	return v.checkRecord(e, &r)
}

// checkTombstone notes an entry that says that it was purged, until the purge record comes.
func (v *verifier) checkTombstone(e *Entry, stored tlog.Hash) error {
	switch {
	case e.PurgedBy <= e.Seq:
		return fault(e.Seq, Removed, "the number of a later purge record", fmt.Sprintf("%d", e.PurgedBy))
	case e.Salt != [saltSize]byte{} || len(e.Encoding)+len(e.Opening) != 0:
		return fault(e.Seq, NotForgotten, "nothing but its leaf", "a part of what was to be purged")
	case e.Leaf != stored:
		return fault(e.Seq, Edited, "the leaf "+stored.String(), e.Leaf.String())
	}
	v.purged[e.Seq] = tombstone{by: e.PurgedBy, leaf: e.Leaf}
	v.audiences[e.Seq] = true
	return nil
}

// checkRecord says whether what a record tells of other entries is so.
func (v *verifier) checkRecord(e *Entry, r *Record) error {
	if r.Kind != Audience && len(e.Opening) != 0 {
		return fault(e.Seq, Edited, "an opening beside an audience only", "one beside its "+r.Kind.String())
	}
	if r.Audience != 0 && !v.audiences[r.Audience] {
		return fault(e.Seq, Misfit, "the number of an audience's record", fmt.Sprintf("%d", r.Audience))
	}
	switch r.Kind {
	case Audience:
		v.audiences[e.Seq] = true
		return checkOpening(e, r)
	case Purge:
		return v.checkPurge(r)
	}
	return nil
}

func checkOpening(e *Entry, r *Record) error {
	if len(e.Opening) == 0 {
		return fault(e.Seq, Removed, "the members and the secret of the audience", "nothing")
	}
	ro, err := parseRoster(e.Opening)
	if err != nil {
		return fault(e.Seq, Edited, "the members and the secret of the audience", err.Error())
	}
	if root := ro.tree().root(); root != r.Root {
		return fault(e.Seq, Edited, "members whose root is "+r.Root.String(), root.String())
	}
	return nil
}

// checkPurge says whether a purge record and the entry that it names agree.
func (v *verifier) checkPurge(r *Record) error {
	t, gone := v.purged[r.Target]
	switch {
	case !gone:
		return fault(r.Target, NotForgotten, fmt.Sprintf("nothing but its leaf, since entry %d purged it", r.Seq), "its record")
	case t.done:
		return fault(r.Seq, Misfit, "the number of an entry that was still there", fmt.Sprintf("%d, which entry %d purged", r.Target, t.by))
	case t.by != r.Seq:
		return fault(r.Target, Edited, fmt.Sprintf("%d as the number of its purge record", r.Seq), fmt.Sprintf("%d", t.by))
	case t.leaf != r.Leaf:
		return fault(r.Target, Edited, "the leaf "+r.Leaf.String(), t.leaf.String())
	}
	t.done = true
	v.purged[r.Target] = t
	v.report.Purged++
	return nil
}

// checkEnd says whether the ledger ends where the hashes and heads do, and purges were recorded.
func (v *verifier) checkEnd() error {
	end := v.tree.size + 1
	beyond := v.witnessed // heads of more entries than there are
	if v.head != nil {
		beyond = append(beyond, *v.head)
	}
	if len(beyond) > 0 {
		h := beyond[0]
		return fault(end, CutOff, fmt.Sprintf("the entries up to %d, which %s signed", h.Size, h.Origin), "the end")
	}
	if _, err, more := v.nextHash(); err != nil {
		return fmt.Errorf("read the hashes after entry %d: %w", v.tree.size, err)
	} else if more {
		return fault(end, CutOff, "the entry whose hash is stored", "the end")
	}
	if err := v.checkGone(); err != nil {
		return err
	}
	if v.vouched < v.tree.size {
		return fault(v.vouched+1, Unsigned, fmt.Sprintf("a signed head of %d entries", v.tree.size), fmt.Sprintf("none beyond %d", v.vouched))
	}
	return nil
}

// checkGone finds the first entry that is gone and that no purge record names.
func (v *verifier) checkGone() error {
	first := &Fault{}
	for seq, t := range v.purged {
		if !t.done && (first.Seq == 0 || seq < first.Seq) {
			first = fault(seq, Removed, fmt.Sprintf("a purge record of it as entry %d", t.by), "something else there")
		}
	}
	if first.Seq == 0 {
		return nil
	}
	return first
}
