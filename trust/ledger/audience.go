package ledger

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/tlog"
)

// Bounds of an audience's tree: with fewer leaves its size would tell how many the members are;
// of more members than the most it says so.
const (
	minLeaves  = 256
	maxMembers = 1 << 16
)

// roster is the opening of an audience's record. The secret gives every member its salt and
// makes the fillers, so that showing one member's salt helps nobody to guess another member.
type roster struct {
	members []string // ascending, each once
	secret  [saltSize]byte
}

// rosterWire is a roster as JSON; encode is its other half.
type rosterWire struct {
	Members []string `json:"members"`
	Secret  string   `json:"secret"`
	V       int      `json:"v"`
}

// open computes an audience record's root and keeps what opens it.
func (e *Entry) open(r *Record, secret [saltSize]byte) error {
	ro := roster{slices.Clone(r.Members), secret}
	slices.Sort(ro.members)
	if err := ro.check(); err != nil {
		return fmt.Errorf("append entry %d: %w", r.Seq, err)
	}
	r.Root, e.Opening = ro.tree().root(), ro.encode()
	return nil
}

func (ro *roster) check() error {
	if len(ro.members) == 0 || len(ro.members) > maxMembers {
		return fmt.Errorf("audience of %d members: name 1 to %d", len(ro.members), maxMembers)
	}
	for i, m := range ro.members {
		if m == "" || len(m) > MaxText || !utf8.ValidString(m) {
			return fmt.Errorf("audience member %d is empty, too long or not UTF-8: write a member's id", i)
		}
		if i > 0 && ro.members[i-1] >= m {
			return fmt.Errorf("audience names %q twice or out of order: name each member once, ascending", m)
		}
	}
	return nil
}

// encode writes the roster's one encoding, in RFC 8785 form. It expects what check accepts.
func (ro *roster) encode() []byte {
	b := []byte(`{"members":`)
	separator := byte('[')
	for _, m := range ro.members {
		b, _ = jsontext.AppendQuote(append(b, separator), m)
		separator = ','
	}
	b = append(b, ']', ',')
	b = appendDigest(b, "secret", ro.secret)
	b = append(b, `"v":`...)
	return append(strconv.AppendInt(b, version, 10), '}')
}

// parseRoster reads an opening and takes no other encoding of the same.
func parseRoster(opening []byte) (roster, error) {
	var w rosterWire
	if err := parseStrict(opening, &w, &w.V); err != nil {
		return roster{}, fmt.Errorf("opening: %w", err)
	}
	ro := roster{members: w.Members}
	if !parseDigest(&ro.secret, w.Secret) {
		return roster{}, errors.New("opening: the secret has 64 hexadecimal digits")
	}
	if err := ro.check(); err != nil {
		return roster{}, err
	}
	if !bytes.Equal(ro.encode(), opening) {
		return roster{}, fmt.Errorf("opening: %w", errNotCanonical)
	}
	return ro, nil
}

// deriver makes salts and fillers: HMAC-SHA-256 under the secret, so none of them tells another.
type deriver struct{ mac hash.Hash }

func (ro *roster) deriver() deriver { return deriver{hmac.New(sha256.New, ro.secret[:])} }

func (d deriver) salt(member string) [saltSize]byte { return d.derive("member " + member) }
func (d deriver) filler(n int) tlog.Hash            { return d.derive("filler " + strconv.Itoa(n)) }

func (d deriver) derive(label string) (b [saltSize]byte) {
	d.mac.Reset()
	d.mac.Write([]byte(label))
	d.mac.Sum(b[:0])
	return b
}

// memberLeaf is a member's leaf in an audience's tree.
func memberLeaf(salt [saltSize]byte, member string) tlog.Hash {
	return tlog.RecordHash(append(salt[:], member...))
}

// rosterTree is an audience's tree: its leaves and all the hashes that these make.
type rosterTree struct{ leaves, hashes []tlog.Hash }

func (ro *roster) tree() rosterTree {
	size := minLeaves
	for size < len(ro.members) {
		size *= 2
	}
	d := ro.deriver()
	rt := rosterTree{leaves: make([]tlog.Hash, 0, size), hashes: make([]tlog.Hash, 0, 2*size)}
	for _, m := range ro.members {
		rt.leaves = append(rt.leaves, memberLeaf(d.salt(m), m))
	}
	for i := len(ro.members); i < size; i++ {
		rt.leaves = append(rt.leaves, d.filler(i))
	}
	slices.SortFunc(rt.leaves, func(a, b tlog.Hash) int { return bytes.Compare(a[:], b[:]) })
	var t Tree
	for _, leaf := range rt.leaves {
		rt.hashes = t.push(leaf, rt.hashes)
	}
	return rt
}

// root is the last hash, because the tree is complete.
func (rt rosterTree) root() tlog.Hash { return rt.hashes[len(rt.hashes)-1] }

// path is the way from a leaf to the root, as [tlog.CheckRecord] takes it.
func (rt rosterTree) path(index int) tlog.RecordProof {
	var path tlog.RecordProof
	for level := 0; 1<<level < len(rt.leaves); level++ {
		sibling := int64(index>>level ^ 1)
		path = append(path, rt.hashes[tlog.StoredHashIndex(level, sibling)])
	}
	return path
}
