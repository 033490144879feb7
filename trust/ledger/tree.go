package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"
)

// saltSize is that of an entry's salt and of an audience's secret, in bytes.
const saltSize = 32

// maxLevels is how many levels the tree of the most entries has.
const maxLevels = 54

// Tree is where the next batch is appended: the size of the ledger and its right edge. The zero
// value is an empty ledger. It is a value: appending makes another, so a batch that was not
// committed leaves no trace.
type Tree struct {
	size int64
	edge [maxLevels]tlog.Hash // by level; of those that are bits of size, the last complete subtree
}

// Entry is what is kept of a record beside the hashes: all that a purge deletes.
type Entry struct {
	Seq      int64
	Salt     [saltSize]byte
	Encoding []byte // see [ParseRecord]
	Opening  []byte // an audience's members and their secret; nil of other records

	// What is left of an entry that was purged: the Seq of the purge record, 0 of any other
	// entry, and the leaf.
	PurgedBy int64
	Leaf     tlog.Hash
}

// Batch is what a transaction stores. Its slices share memory with nothing that changes later.
type Batch struct {
	Entries []Entry
	// Hashes continue the sequence of all stored hashes, in which [tlog.StoredHashIndex] finds
	// one, from position FirstHash on. There are fewer than two for each entry.
	FirstHash int64
	Hashes    []tlog.Hash
}

// Resume finds the tree that a head, the latest, describes, in the hashes that are stored. It refuses
// hashes that do not make the head's root: a ledger that was tampered with is not continued.
func Resume(h Head, stored tlog.HashReader) (Tree, error) {
	if h.Size < 0 || h.Size > maxSeq {
		return Tree{}, fmt.Errorf("head of size %d: a ledger has 0 to 2^53-1 entries", h.Size)
	}
	var levels []int
	var at []int64
	for level := range maxLevels {
		if n := h.Size >> level; n&1 == 1 {
			levels, at = append(levels, level), append(at, tlog.StoredHashIndex(level, n-1))
		}
	}
	hashes, err := stored.ReadHashes(at)
	if err != nil {
		return Tree{}, fmt.Errorf("read the edge of the ledger: %w", err)
	}
	if len(hashes) != len(at) {
		return Tree{}, fmt.Errorf("read the edge of the ledger: %d hashes for %d", len(hashes), len(at))
	}
	t := Tree{size: h.Size}
	for i, level := range levels {
		t.edge[level] = hashes[i]
	}
	if t.Root() != h.Root {
		return Tree{}, errors.New("the stored hashes do not make the root of the signed head: verify the ledger")
	}
	return t, nil
}

// Size is the number of entries, and so the Seq of the last.
func (t *Tree) Size() int64 { return t.size }

// Root is the tree's hash; of an empty tree, that of nothing (RFC 6962 §2.1).
func (t *Tree) Root() tlog.Hash {
	var root tlog.Hash
	found := false
	for level := range maxLevels {
		switch {
		case t.size>>level&1 == 0:
		case found:
			root = tlog.NodeHash(t.edge[level], root)
		default:
			root, found = t.edge[level], true
		}
	}
	if !found {
		return sha256.Sum256(nil)
	}
	return root
}

// Append makes the entries of records, whose Seq it assigns from Size()+1 on, and the tree that
// has them. A record may refer to one before it in the same batch by the Seq that this will get. random
// gives the salts and must be fit for keys. It changes neither the records nor the tree.
func (t *Tree) Append(records []Record, random io.Reader) (Tree, Batch, error) {
	next := *t
	secrets, err := newSecrets(records, random)
	if err != nil {
		return Tree{}, Batch{}, err
	}
	b := Batch{
		Entries:   make([]Entry, len(records)),
		FirstHash: tlog.StoredHashCount(t.size),
		Hashes:    make([]tlog.Hash, 0, 2*len(records)+maxLevels),
	}
	arena := make([]byte, 0, 512*len(records))
	for i := range records {
		r, e := records[i], &b.Entries[i]
		r.Seq, e.Seq = next.size+1, next.size+1
		if r.Kind == Audience {
			if err := e.open(&r, secrets.next()); err != nil {
				return Tree{}, Batch{}, err
			}
		}
		if err := errors.Join(r.Check(), r.checkPlace()); err != nil {
			return Tree{}, Batch{}, fmt.Errorf("append entry %d: %w", r.Seq, err)
		}
		e.Salt = secrets.next()
		begin := len(arena)
		arena = r.appendTo(appendSalt(arena, &e.Salt))
		e.Encoding = arena[begin+1+saltSize : len(arena) : len(arena)]
		b.Hashes = next.push(sha256.Sum256(arena[begin:]), b.Hashes)
	}
	return next, b, nil
}

// push appends a leaf, and to hashes those that are to be stored with it.
func (t *Tree) push(h tlog.Hash, hashes []tlog.Hash) []tlog.Hash {
	hashes = append(hashes, h)
	level := 0
	for ; t.size>>level&1 == 1; level++ {
		h = tlog.NodeHash(t.edge[level], h)
		hashes = append(hashes, h)
		t.edge[level] = tlog.Hash{} // so that equal trees are equal values
	}
	t.edge[level] = h
	t.size++
	return hashes
}

// Hash is the entry's leaf in the tree.
func (e *Entry) Hash() tlog.Hash {
	if e.PurgedBy != 0 {
		return e.Leaf
	}
	return sha256.Sum256(append(appendSalt(nil, &e.Salt), e.Encoding...))
}

// Record reads the entry, an audience with its members. It checks neither against the tree.
func (e *Entry) Record() (Record, error) {
	if err := e.checkKept(); err != nil {
		return Record{}, err
	}
	r, err := ParseRecord(e.Encoding)
	if err == nil && r.Kind == Audience {
		var ro roster
		ro, err = parseRoster(e.Opening)
		r.Members = ro.members
	}
	if err != nil {
		return Record{}, fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	return r, nil
}

func (e *Entry) checkKept() error {
	if e.PurgedBy != 0 {
		return fmt.Errorf("entry %d was purged by entry %d: nothing is left of it", e.Seq, e.PurgedBy)
	}
	return nil
}

// Purged is what is kept in the place of an entry once the purge record by is written.
func (e *Entry) Purged(by int64) Entry {
	return Entry{Seq: e.Seq, PurgedBy: by, Leaf: e.Hash()}
}

// appendSalt begins a leaf: RFC 6962's prefix and the salt.
func appendSalt(b []byte, salt *[saltSize]byte) []byte {
	return append(append(b, 0), salt[:]...)
}

// secrets are random bytes, read at once because that is cheaper.
type secrets struct{ rest []byte }

func newSecrets(records []Record, random io.Reader) (secrets, error) {
	n := len(records)
	for i := range records {
		if records[i].Kind == Audience {
			n++
		}
	}
	s := secrets{make([]byte, n*saltSize)}
	if _, err := io.ReadFull(random, s.rest); err != nil {
		return secrets{}, fmt.Errorf("make salts: %w", err)
	}
	return s, nil
}

func (s *secrets) next() (b [saltSize]byte) {
	s.rest = s.rest[copy(b[:], s.rest):]
	return b
}
