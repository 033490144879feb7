package ledger

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"entente/stix"
)

// proofFormat names the document and its version; maxProof bounds it, in bytes.
const (
	proofFormat = "entente-release-proof/1"
	maxProof    = 64 << 10
)

// ErrNotRecipient is a member that a release did not reach.
var ErrNotRecipient = errors.New("the release was not to this member")

// Statement is what a proof proves: that Node released this version of an object, with bytes of
// this SHA-256, to Member at Time, as the policy Revision decided.
type Statement struct {
	Node     string
	Object   stix.ID
	Version  string
	Hash     [32]byte
	Member   string
	Time     time.Time
	Revision [32]byte
	Seq      int64 // of the release
	Head     Head  // under which all this stands
}

// Disclosure is what a proof is made of.
type Disclosure struct {
	Release  Entry
	Audience Entry // the one that the release names
	Member   string
	Head     []byte // a signed head that covers both
}

// proofWire is a proof as JSON, in RFC 8785 form.
type proofWire struct {
	Audience entryWire  `json:"audience"`
	Format   string     `json:"format"`
	Head     string     `json:"head"`
	Member   memberWire `json:"member"`
	Release  entryWire  `json:"release"`
}

// entryWire is a record and its way to the head's root, from the leaf up.
type entryWire struct {
	Path   []string       `json:"path"`
	Record jsontext.Value `json:"record"`
	Salt   string         `json:"salt"`
}

// memberWire is a member and its way to the audience's root.
type memberWire struct {
	ID    string   `json:"id"`
	Index int64    `json:"index"`
	Path  []string `json:"path"`
	Salt  string   `json:"salt"`
}

// Prove makes a document, one line of JSON, that shows a stranger who has the node's public key
// that an object was released to a member, and nothing of other members and objects. It errs
// with [ErrNotRecipient] where that is not so. A document that would not check is never handed out.
func Prove(d Disclosure, stored tlog.HashReader, keys note.Verifiers) ([]byte, error) {
	for _, e := range [...]*Entry{&d.Release, &d.Audience} {
		if err := e.checkKept(); err != nil {
			return nil, err
		}
	}
	head, err := OpenHead(d.Head, keys)
	if err != nil {
		return nil, err
	}
	ro, err := parseRoster(d.Audience.Opening)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", d.Audience.Seq, err)
	}
	w := proofWire{Format: proofFormat, Head: string(d.Head)}
	if w.Member, err = ro.prove(d.Member); err != nil {
		return nil, fmt.Errorf("entry %d: %w", d.Release.Seq, err)
	}
	if w.Release, err = d.Release.prove(head, stored); err != nil {
		return nil, err
	}
	if w.Audience, err = d.Audience.prove(head, stored); err != nil {
		return nil, err
	}
	doc, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	doc = append(doc, '\n')
	if _, err := CheckProof(doc, keys); err != nil {
		return nil, fmt.Errorf("the stored ledger does not prove it, verify it: %w", err)
	}
	return doc, nil
}

func (e *Entry) prove(head Head, stored tlog.HashReader) (entryWire, error) {
	if e.Seq > head.Size {
		return entryWire{}, beyond(e.Seq, head)
	}
	path, err := tlog.ProveRecord(head.Size, e.Seq-1, stored)
	if err != nil {
		return entryWire{}, fmt.Errorf("prove entry %d under the head of %d entries: %w", e.Seq, head.Size, err)
	}
	return entryWire{Path: pathText(path), Record: e.Encoding, Salt: hex.EncodeToString(e.Salt[:])}, nil
}

func (ro *roster) prove(member string) (memberWire, error) {
	if _, found := slices.BinarySearch(ro.members, member); !found {
		return memberWire{}, fmt.Errorf("%w: %q", ErrNotRecipient, member)
	}
	salt, tree := ro.deriver().salt(member), ro.tree()
	index := slices.Index(tree.leaves, memberLeaf(salt, member))
	return memberWire{ID: member, Index: int64(index), Path: pathText(tree.path(index)), Salt: hex.EncodeToString(salt[:])}, nil
}

// CheckProof checks a document of [Prove] with nothing but the node's public key. It takes no
// other encoding of the same proof, a final line feed apart.
func CheckProof(doc []byte, keys note.Verifiers) (Statement, error) {
	w, err := parseProof(doc)
	if err != nil {
		return Statement{}, fmt.Errorf("proof: %w", err)
	}
	head, err := OpenHead([]byte(w.Head), keys)
	if err != nil {
		return Statement{}, fmt.Errorf("proof: %w", err)
	}
	release, err := w.Release.check(head, Release)
	if err != nil {
		return Statement{}, fmt.Errorf("proof: %w", err)
	}
	audience, err := w.Audience.check(head, Audience)
	if err != nil {
		return Statement{}, fmt.Errorf("proof: %w", err)
	}
	if release.Audience != audience.Seq {
		return Statement{}, fmt.Errorf("proof: the release is to audience %d, and the audience shown is %d", release.Audience, audience.Seq)
	}
	if err := w.Member.check(audience.Root); err != nil {
		return Statement{}, fmt.Errorf("proof: %w", err)
	}
	return Statement{
		Node: head.Origin, Object: release.Object, Version: release.Version, Hash: release.Hash, Member: w.Member.ID,
		Time: release.Time, Revision: release.Revision, Seq: release.Seq, Head: head,
	}, nil
}

func parseProof(doc []byte) (w proofWire, err error) {
	if len(doc) > maxProof {
		return w, fmt.Errorf("%d bytes: it has at most %d", len(doc), maxProof)
	}
	doc = bytes.TrimSuffix(doc, []byte("\n"))
	err = json.Unmarshal(doc, &w, json.RejectUnknownMembers(true))
	var versioned struct {
		Format string `json:"format"`
	}
	if json.Unmarshal(doc, &versioned) == nil && versioned.Format != proofFormat {
		return w, fmt.Errorf("format %q: this program reads %s", versioned.Format, proofFormat)
	}
	if err != nil {
		return w, err
	}
	if again, err := json.Marshal(w); err != nil || !bytes.Equal(again, doc) {
		return w, errNotCanonical
	}
	return w, nil
}

// check reads the record and compares its leaf with the head's root.
func (w *entryWire) check(head Head, kind Kind) (Record, error) {
	r, err := ParseRecord(w.Record)
	if err != nil {
		return r, fmt.Errorf("%s: %w", kind, err)
	}
	if r.Kind != kind {
		return r, fmt.Errorf("the record shown as the %s is of kind %s", kind, r.Kind)
	}
	if r.Seq > head.Size {
		return r, beyond(r.Seq, head)
	}
	e := Entry{Encoding: w.Record}
	path, err := parsePath(w.Path)
	if err != nil || !parseDigest(&e.Salt, w.Salt) {
		return r, fmt.Errorf("%s: %w", kind, errDigest)
	}
	if tlog.CheckRecord(path, head.Size, head.Root, r.Seq-1, e.Hash()) != nil {
		return r, fmt.Errorf("%s: record, salt and path do not lead to the root of the signed head", kind)
	}
	return r, nil
}

// check compares the member's leaf with the audience's root. The tree is complete, so the path
// tells its size; one too long to be true makes a size that tlog refuses.
func (w *memberWire) check(root tlog.Hash) error {
	var salt [saltSize]byte
	path, err := parsePath(w.Path)
	if err != nil || !parseDigest(&salt, w.Salt) {
		return fmt.Errorf("member: %w", errDigest)
	}
	if tlog.CheckRecord(path, 1<<len(path), root, w.Index, memberLeaf(salt, w.ID)) != nil {
		return errors.New("member: id, salt and path do not lead to the root of the audience")
	}
	return nil
}

func beyond(seq int64, head Head) error {
	return fmt.Errorf("entry %d is beyond the head of %d entries: take a later head", seq, head.Size)
}

var errDigest = errors.New("salts and hashes have 64 lower-case hexadecimal digits")

func pathText(path tlog.RecordProof) []string {
	text := make([]string, len(path))
	for i, h := range path {
		text[i] = hex.EncodeToString(h[:])
	}
	return text
}

func parsePath(text []string) (tlog.RecordProof, error) {
	path := make(tlog.RecordProof, len(text))
	for i := range text {
		if !parseDigest((*[32]byte)(&path[i]), text[i]) {
			return nil, errDigest
		}
	}
	return path, nil
}
