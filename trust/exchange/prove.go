package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/trust/ledger"
)

// Proof says which versions of an object were released to a member, and, where none is among them,
// that none was: the whole ledger was verified and gone through for it.
type Proof struct {
	Object   stix.ID     `json:"object"`
	Member   string      `json:"member"`
	Released []Disclosed `json:"released"`
	Entries  int64       `json:"entries"` // of the ledger
	Purged   int64       `json:"purged"`  // of them: what these said nobody can tell
	Head     string      `json:"head"`    // signed, under which all this stands
}

// Disclosed is one release to the member.
type Disclosed struct {
	Seq      int64     `json:"seq"`
	Version  string    `json:"version"`
	Hash     string    `json:"hash"` // SHA-256 of the bytes, in hex
	Time     time.Time `json:"time"`
	Revision string    `json:"revision"` // of the policy that decided it
	Read     bool      `json:"read"`     // the member has read as far; true may say too much, false never does
	Proof    string    `json:"proof"`    // for strangers, see [ledger.CheckProof]
}

// Prove goes through the ledger for releases of an object to a member. It errs with a
// [ledger.Fault] where the ledger is not in order, and with [ErrNotFound] for an object of which the
// ledger knows nothing.
func (x *Exchange) Prove(ctx context.Context, object stix.ID, member string) (p Proof, err error) {
	if _, known := x.regime.Load().column[member]; !known {
		return p, Refusal(fmt.Sprintf("there is no member %s, and there was none", member))
	}
	err = x.store.View(ctx, func(s storage.Snapshot) error {
		signed, err := s.Record(headRecord, latestHead)
		if err != nil {
			return err
		}
		q := &prover{s: s, head: slices.Clone(signed), keys: x.cfg.Ledger, object: object, member: member}
		archive := archiveOf(ctx, s)
		archive.Entries = q.watch(archive.Entries)
		report, err := ledger.Verify(archive, q.keys.Verifiers)
		if err != nil {
			return err
		}
		if !q.known {
			return fmt.Errorf("%s in the ledger: %w", object, ErrNotFound)
		}
		p = Proof{Object: object, Member: member, Entries: report.Head.Size, Purged: report.Purged, Head: string(q.head)}
		p.Released, err = q.prove()
		return err
	})
	return p, err
}

// prover looks for releases while the ledger is verified.
type prover struct {
	s        storage.Snapshot
	head     []byte
	keys     ledger.Key
	object   stix.ID
	member   string
	known    bool           // the ledger knows the object
	releases []ledger.Entry // of the object
	read     time.Time      // how far the member has read
}

// watch yields what it is given, and keeps what it needs of it.
func (q *prover) watch(entries iter.Seq2[ledger.Entry, error]) iter.Seq2[ledger.Entry, error] {
	object, member := fmt.Appendf(nil, "%q", q.object), fmt.Appendf(nil, "%q", q.member)
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range entries {
			if err == nil && (bytes.Contains(e.Encoding, object) || bytes.Contains(e.Encoding, member)) {
				q.keep(e)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// keep looks at an entry that names the object or the member. One that cannot be read, Verify finds.
func (q *prover) keep(e ledger.Entry) {
	record, err := ledger.ParseRecord(e.Encoding)
	if err != nil {
		return
	}
	q.known = q.known || record.Object == q.object
	switch {
	case record.Kind == ledger.Release && record.Object == q.object:
		q.releases = append(q.releases, e)
	case record.Kind == ledger.Delivery && record.Member == q.member && record.Upto.After(q.read):
		q.read = record.Upto
	}
}

// prove makes a proof of every release that reached the member.
func (q *prover) prove() ([]Disclosed, error) {
	list := []Disclosed{}
	for _, e := range q.releases {
		record, err := ledger.ParseRecord(e.Encoding)
		if err != nil {
			return nil, err
		}
		audience, err := entryAt(q.s, record.Audience)
		if err != nil {
			return nil, err
		}
		doc, err := ledger.Prove(ledger.Disclosure{Release: e, Audience: audience, Member: q.member, Head: q.head}, hashReader{q.s}, q.keys.Verifiers)
		if errors.Is(err, ledger.ErrNotRecipient) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, Disclosed{
			Seq: record.Seq, Version: record.Version, Hash: digestText(record.Hash), Time: record.Time,
			Revision: digestText(record.Revision), Read: !record.Time.After(q.read), Proof: string(doc),
		})
	}
	return list, nil
}
