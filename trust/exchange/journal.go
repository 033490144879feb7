package exchange

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"entente/stix"
	"entente/storage"
	"entente/trust/ledger"
)

// journal is where the ledger continues. It belongs to the committer, and to Open before that.
type journal struct {
	tree      ledger.Tree
	tail      []byte           // the last block of hashes, while it is not full
	audiences map[string]int64 // Seq of the record that defines a set of columns
	revision  [32]byte         // of the policy that the latest head names
	key       ledger.Key
	random    io.Reader
}

// Hashes lie in blocks, of which only the last is written anew; heads are kept for every so many
// entries beside the latest, so that Verify can say between which two something is wrong.
const (
	blockHashes = 64
	headEvery   = 1000
)

// latestHead is the key under which the latest head lies, after all others.
var latestHead = []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// nodeActor is the actor where nobody but the node's clock and its objects did something.
const nodeActor = "node"

// tell notes what the batch does for the ledger (I-8). The place, the revision in force and, where
// there is none, the time are added when the batch is whole. What happened is told in any case: a
// detail that is too long is cut.
func (w *writer) tell(r ledger.Record) {
	r.Detail = strings.ToValidUTF8(r.Detail[:min(len(r.Detail), ledger.MaxDetail)], "")
	switch r.Kind {
	case ledger.Admission, ledger.Act:
		r.Actor = cmp.Or(r.Actor, nodeActor)
	case ledger.Withdrawal, ledger.Recall:
		r.Actor, r.Detail = cmp.Or(r.Actor, nodeActor), cmp.Or(r.Detail, "no reason given")
	}
	w.told = append(w.told, r)
}

// tellAudience is the Seq of the record that defines the members among some columns as an
// audience; 0 where there are none.
func (w *writer) tellAudience(c columns) int64 {
	members := c.without(columns{1<<memberColumns - 1})
	if members.empty() {
		return 0
	}
	key := audienceKey(members)
	j := &w.x.journal
	if seq, known := j.audiences[key]; known {
		return seq
	}
	w.tell(ledger.Record{Kind: ledger.Audience, Members: w.g.membersOf(members).Names()})
	seq := j.tree.Size() + int64(len(w.told))
	j.audiences[key] = seq // whatever is told is written, or the node stops
	w.batch.Records = append(w.batch.Records, storage.Record{Kind: rosterRecord, Key: []byte(key), Value: keyAfter(nil, uint64(seq))})
	return seq
}

// tellAct tells what a person did about an object.
func (w *writer) tellAct(a act, what string, id stix.ID, member string) {
	w.tell(ledger.Record{Kind: ledger.Act, Actor: a.By, Object: id, Member: member, Detail: what + ": " + a.Reason})
}

// admit tells of a copy that is stored: who gave it, and what it is if it is no version of its line.
func (w *writer) admit(sub *submission, it *item, c *copyState) {
	r := ledger.Record{
		Kind: ledger.Admission, Actor: sub.owner, Object: it.object.ID, Version: it.version, Hash: c.hash,
		Detail: standingText(c.State),
	}
	if name := sub.source.Name; name != "" && r.Detail == "" && sub.owner != "member "+name {
		r.Detail = "from " + name
	}
	w.tell(r)
}

// standingText says what a copy is that is not simply the version that came.
func standingText(s storage.State) string {
	switch s {
	case storage.Route:
		return "another route"
	case storage.Claim:
		return "claim, in quarantine"
	case storage.Conflict:
		return "conflict, in quarantine"
	case storage.Future:
		return "dated ahead, in quarantine"
	}
	return ""
}

// tellWithdrawal tells that a copy is about to leave every view.
func (w *writer) tellWithdrawal(l *line, c *copyState, by, why string) error {
	if err := w.load(c); err != nil {
		return err
	}
	var saw columns
	for _, e := range c.stored {
		saw = saw.or(w.seeing(e))
	}
	b, err := w.body(c.Body)
	if err != nil {
		return err
	}
	who := w.tellAudience(saw)
	w.tell(ledger.Record{Kind: ledger.Withdrawal, Actor: by, Object: l.id, Version: b.Version, Audience: who, Detail: why})
	return nil
}

// loss is a version that some could see and no longer can, though it stays in the log.
type loss struct {
	body uint64
	who  columns
}

// tellLosses tells of what a stricter version, mark or reference took away. What a change of
// policy took away is told once, with the policy.
func (w *writer) tellLosses() error {
	if w.rereadAll {
		return nil
	}
	for _, l := range w.lost {
		who := w.tellAudience(l.who)
		if who == 0 {
			continue
		}
		b, err := w.body(l.body)
		if err != nil {
			return err
		}
		w.tell(ledger.Record{
			Kind: ledger.Withdrawal, Actor: nodeActor, Object: b.ID, Version: b.Version, Audience: who,
			Detail: "what came later hides it",
		})
	}
	return nil
}

// tellReleases tells of every entry that got its date in this batch and that a member sees.
func (w *writer) tellReleases() error {
	audiences := map[[2]uint32]int64{} // new entries of one case and audience are seen by the same
	for i := range w.batch.Append {
		e := &w.batch.Append[i]
		who, known := audiences[[2]uint32{e.Class, e.Audience}]
		if !known {
			who = w.tellAudience(w.seeing(*e))
			audiences[[2]uint32{e.Class, e.Audience}] = who
		}
		if who == 0 {
			continue
		}
		b, err := w.body(e.Body)
		if err != nil {
			return err
		}
		w.tell(ledger.Record{
			Kind: ledger.Release, Time: e.Added.Time(), Object: b.ID, Version: b.Version, Hash: b.Hash, Audience: who,
		})
	}
	return nil
}

// tellPolicy is what the ledger is told of a policy that nobody applied: another folder that the
// node finds when it starts, or what the time of day changes in the one in force.
func (j *journal) tellPolicy(revision string, changed bool) []ledger.Record {
	switch digest, err := digestOf(revision); {
	case err != nil || digest != j.revision:
		return []ledger.Record{{Kind: ledger.Policy, Actor: nodeActor, Detail: "in force as the node starts"}}
	case changed:
		return []ledger.Record{{Kind: ledger.Policy, Actor: nodeActor, Detail: "terms began or ended by their dates"}}
	}
	return nil
}

// commitTold makes one transaction of a batch and of what the ledger is told of it.
func (x *Exchange) commitTold(ctx context.Context, b *storage.Batch, told []ledger.Record, at time.Time, revision string) error {
	next := x.journal
	if len(told) > 0 {
		var err error
		if next, err = x.journal.write(b, told, at, revision); err != nil {
			return fmt.Errorf("write the ledger: %w", err)
		}
	}
	if err := x.store.Commit(ctx, b); err != nil {
		return err
	}
	x.journal = next
	return nil
}

// write puts records into a batch: entries, hashes and a signed head.
func (j journal) write(b *storage.Batch, told []ledger.Record, at time.Time, revision string) (journal, error) {
	var err error
	if j.revision, err = digestOf(revision); err != nil {
		return j, err
	}
	for i := range told {
		if told[i].Time.IsZero() {
			told[i].Time = at
		}
		told[i].Revision = j.revision
	}
	before := j.tree.Size()
	tree, batch, err := j.tree.Append(told, j.random)
	if err != nil {
		return j, err
	}
	j.tree = tree
	b.Records = appendEntries(b.Records, batch.Entries)
	b.Records = j.appendHashes(b.Records, batch)
	signed, err := tree.Head(j.key.Signer.Name(), at, j.revision).Sign(j.key.Signer)
	if err != nil {
		return j, err
	}
	b.Records = append(b.Records, storage.Record{Kind: headRecord, Key: latestHead, Value: signed})
	if size := tree.Size(); size/headEvery > before/headEvery {
		b.Records = append(b.Records, storage.Record{Kind: headRecord, Key: keyAfter(nil, uint64(size)), Value: signed})
	}
	return j, nil
}

// appendHashes adds the blocks that a batch of the ledger fills or begins.
func (j *journal) appendHashes(records []storage.Record, batch ledger.Batch) []storage.Record {
	block := batch.FirstHash / blockHashes
	data := make([]byte, 0, len(j.tail)+len(batch.Hashes)*tlog.HashSize)
	data = append(data, j.tail...)
	for i := range batch.Hashes {
		data = append(data, batch.Hashes[i][:]...)
	}
	for ; len(data) > 0; block++ {
		n := min(len(data), blockHashes*tlog.HashSize)
		records = append(records, storage.Record{Kind: hashRecord, Key: keyAfter(nil, uint64(block)), Value: data[:n:n]})
		j.tail, data = data[:n:n], data[n:]
	}
	if len(j.tail) == blockHashes*tlog.HashSize {
		j.tail = nil
	}
	return records
}

// appendEntries adds the entries of a batch of the ledger.
func appendEntries(records []storage.Record, entries []ledger.Entry) []storage.Record {
	size := 0
	for i := range entries {
		size += maxEntryHead + len(entries[i].Opening) + len(entries[i].Encoding)
	}
	arena := make([]byte, 0, size)
	for i := range entries {
		e := &entries[i]
		begin := len(arena)
		arena = appendEntry(arena, e)
		records = append(records, storage.Record{Kind: entryRecord, Key: keyAfter(nil, uint64(e.Seq)), Value: arena[begin:len(arena):len(arena)]})
	}
	return records
}

// Formats of a stored entry: what the first byte says, and the most bytes before opening and encoding.
const (
	keptEntry    = 1 // salt, length of the opening, opening, encoding
	purgedEntry  = 2 // leaf, Seq of the purge record
	maxEntryHead = 1 + 32 + binary.MaxVarintLen64
)

func appendEntry(b []byte, e *ledger.Entry) []byte {
	if e.PurgedBy != 0 {
		b = append(append(b, purgedEntry), e.Leaf[:]...)
		return binary.AppendUvarint(b, uint64(e.PurgedBy))
	}
	b = append(append(b, keptEntry), e.Salt[:]...)
	b = binary.AppendUvarint(b, uint64(len(e.Opening)))
	return append(append(b, e.Opening...), e.Encoding...)
}

// readEntry is appendEntry's other half. It shares no memory with b. What it cannot read it passes
// on as it is, so that [ledger.Verify] finds it.
func readEntry(seq int64, b []byte) ledger.Entry {
	e := ledger.Entry{Seq: seq}
	damaged := ledger.Entry{Seq: seq, Encoding: slices.Clone(b)}
	if len(b) < maxEntryHead-binary.MaxVarintLen64+1 {
		return damaged
	}
	format, digest, rest := b[0], [32]byte(b[1:33]), b[33:]
	n, size := binary.Uvarint(rest)
	if size <= 0 {
		return damaged
	}
	rest = rest[size:]
	switch {
	case format == purgedEntry && len(rest) == 0:
		e.Leaf, e.PurgedBy = digest, int64(n)
	case format == keptEntry && n <= uint64(len(rest)):
		e.Salt, e.Encoding = digest, slices.Clone(rest[n:])
		if n > 0 {
			e.Opening = slices.Clone(rest[:n])
		}
	default:
		return damaged
	}
	return e
}

// digestOf reads a policy's revision.
func digestOf(revision string) (d [32]byte, err error) {
	b, err := hex.DecodeString(revision)
	if err != nil || len(b) != len(d) {
		return d, fmt.Errorf("policy revision %q: it is a SHA-256 in hexadecimal digits, as trust.Parse makes it", revision)
	}
	return [32]byte(b), nil
}
