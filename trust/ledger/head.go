package ledger

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Head is what the node signs after every commit: this many entries, with this root, at this
// time under this policy. Whoever keeps a head can tell whether a later one continues it.
type Head struct {
	Origin   string // the node, and the name of its key
	Size     int64  // entries, and so the Seq of the last
	Root     tlog.Hash
	Time     time.Time // cut to microseconds
	Revision [32]byte  // SHA-256 of the policy in force
}

// Head describes the tree.
func (t *Tree) Head(origin string, at time.Time, revision [32]byte) Head {
	return Head{Origin: origin, Size: t.size, Root: t.Root(), Time: at, Revision: revision}
}

// Sign makes the head a signed note. The key must have the origin as its name.
func (h Head) Sign(key note.Signer) ([]byte, error) {
	if key.Name() != h.Origin {
		return nil, fmt.Errorf("sign head of %q with the key of %q: use the node's own key", h.Origin, key.Name())
	}
	if _, err := parseHead(h.text()); err != nil {
		return nil, fmt.Errorf("sign head: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: h.text()}, key)
	if err != nil {
		return nil, fmt.Errorf("sign head: %w", err)
	}
	return signed, nil
}

// OpenHead reads a head that one of the keys has signed, and nothing else: no further signatures, no
// further lines, and no other encoding of the same.
func OpenHead(signed []byte, keys note.Verifiers) (Head, error) {
	n, err := note.Open(signed, keys)
	if err != nil {
		return Head{}, fmt.Errorf("head: %w", err)
	}
	h, err := parseHead(n.Text)
	if err != nil {
		return Head{}, err
	}
	if n.Sigs[0].Name != h.Origin {
		return Head{}, fmt.Errorf("head of %q is signed by %q: a node signs its own heads", h.Origin, n.Sigs[0].Name)
	}
	// Rebuilt, because the decoder of signatures is lenient about base64's last bits; we are not.
	sig, _ := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if want := n.Text + "\n— " + h.Origin + " " + base64.StdEncoding.EncodeToString(sig) + "\n"; want != string(signed) {
		return Head{}, errors.New("head: it has one signature, in canonical base64, and nothing after it")
	}
	return h, nil
}

// text is the head as a checkpoint.
func (h Head) text() string {
	return fmt.Sprintf("%s\n%d\n%s\ntime %s\npolicy %x\n", h.Origin, h.Size, h.Root, h.Time.UTC().Format(timeFormat), h.Revision)
}

func parseHead(text string) (Head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 6 || lines[0] == "" {
		return Head{}, errors.New("head: it has five lines: origin, size, root, time and policy")
	}
	h := Head{Origin: lines[0]}
	var sizeErr, rootErr, timeErr, policyErr error
	h.Size, sizeErr = strconv.ParseInt(lines[1], 10, 64)
	h.Root, rootErr = tlog.ParseHash(lines[2])
	h.Time, timeErr = time.Parse("time "+timeFormat, lines[3])
	revision, found := strings.CutPrefix(lines[4], "policy ")
	if !found || !parseDigest(&h.Revision, revision) {
		policyErr = fmt.Errorf("policy: %d hexadecimal digits", hex.EncodedLen(len(h.Revision)))
	}
	if err := errors.Join(sizeErr, rootErr, timeErr, policyErr); err != nil {
		return Head{}, fmt.Errorf("head: %w", err)
	}
	if h.Size < 0 || h.Size > maxSeq || !datable(h.Time) {
		return Head{}, errors.New("head: its size is 0 to 2^53-1 and its time in the years 1 to 9999")
	}
	if h.text() != text {
		return Head{}, fmt.Errorf("head: %w", errNotCanonical)
	}
	return h, nil
}

// ProveConsistency shows that the ledger of a newer head continues that of an older one. It
// errs where it does not, so a proof that would not check is never handed out.
func ProveConsistency(older, newer Head, stored tlog.HashReader) ([]tlog.Hash, error) {
	var proof []tlog.Hash
	if 0 < older.Size && older.Size < newer.Size {
		var err error
		if proof, err = tlog.ProveTree(newer.Size, older.Size, stored); err != nil {
			return nil, fmt.Errorf("prove that %d entries continue %d: %w", newer.Size, older.Size, err)
		}
	}
	return proof, CheckConsistency(older, newer, proof)
}

// CheckConsistency reports whether a proof shows that newer continues older: that every entry
// of the older is in its place in the newer.
func CheckConsistency(older, newer Head, proof []tlog.Hash) error {
	if older.Origin != newer.Origin {
		return fmt.Errorf("heads of %q and %q: compare heads of one ledger", older.Origin, newer.Origin)
	}
	if older.Size < 0 || newer.Size > maxSeq || older.Size > newer.Size {
		return fmt.Errorf("head of %d entries cannot continue one of %d: give the older head first", newer.Size, older.Size)
	}
	if older.Size == 0 {
		var empty Tree
		if len(proof) != 0 || older.Root != empty.Root() {
			return errors.New("the older head has no entries, but a root or a proof as if it had")
		}
		return nil
	}
	if err := tlog.CheckTree(proof, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("the ledger of %d entries does not continue that of %d: one of the heads is of another history", newer.Size, older.Size)
	}
	return nil
}
