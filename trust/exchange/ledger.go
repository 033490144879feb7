package exchange

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/trust/ledger"
)

// LedgerChoice chooses among the entries of the ledger. Empty fields choose everything, the
// definitions of audiences apart, which only their kind chooses.
type LedgerChoice struct {
	Object stix.ID
	Member string // that an entry names, or that is in the audience that it names
	Kind   ledger.Kind
	After  int64 // Seq
	Last   int   // only so many, the last ones; 0: all
}

// LedgerEntry is an entry of the ledger for people and their programs. Digests are in hex.
type LedgerEntry struct {
	Seq      int64     `json:"seq"`
	Time     time.Time `json:"time,omitzero"`
	Kind     string    `json:"kind,omitempty"`
	Revision string    `json:"revision,omitempty"` // of the policy that decided it
	Actor    string    `json:"actor,omitempty"`
	Object   stix.ID   `json:"object,omitempty"`
	Version  string    `json:"version,omitempty"`
	Hash     string    `json:"hash,omitempty"`
	Members  []string  `json:"members,omitempty"` // the audience, or the one member that it names
	Upto     time.Time `json:"upto,omitzero"`
	Target   int64     `json:"target,omitempty"`
	Detail   string    `json:"detail,omitempty"`
	PurgedBy int64     `json:"purged_by,omitempty"` // of this entry nothing else is left
}

// Ledger yields the entries that are chosen, in order, as they are stored: nothing is verified.
func (x *Exchange) Ledger(ctx context.Context, choice LedgerChoice, yield func(LedgerEntry) error) error {
	return x.store.View(ctx, func(s storage.Snapshot) error {
		head, err := x.latestHead(s)
		if err != nil {
			return err
		}
		r := &ledgerReader{s: s, choice: choice, audiences: map[int64][]string{}}
		first, end := blockOf(choice.After+1), blockOf(head.Size)
		if choice.Last > 0 {
			return r.last(ctx, first, end, yield)
		}
		for block := first; block <= end; block++ {
			if err := r.block(ctx, block, yield); err != nil {
				return err
			}
		}
		return nil
	})
}

// latestHead is the latest signed head; of an empty ledger that of nothing.
func (x *Exchange) latestHead(s storage.Snapshot) (ledger.Head, error) {
	signed, err := s.Record(headRecord, latestHead)
	if errors.Is(err, storage.ErrNotFound) {
		return ledger.Head{}, nil
	}
	if err != nil {
		return ledger.Head{}, err
	}
	return ledger.OpenHead(signed, x.cfg.Ledger.Verifiers)
}

// ledgerReader reads entries in blocks: those whose keys agree in all but the last bytes.
type ledgerReader struct {
	s         storage.Snapshot
	choice    LedgerChoice
	audiences map[int64][]string // by the Seq of their records
}

const blockBits = 16

func blockOf(seq int64) int64 { return seq >> blockBits }

func (r *ledgerReader) block(ctx context.Context, block int64, yield func(LedgerEntry) error) error {
	for e, err := range entriesIn(ctx, r.s, keyAfter(nil, uint64(block<<blockBits))[:8-blockBits/8]) {
		if err != nil {
			return err
		}
		shown, chosen, err := r.show(&e)
		if err == nil && chosen {
			err = yield(shown)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// last yields the last entries that are chosen: it goes back only as far as it must.
func (r *ledgerReader) last(ctx context.Context, first, end int64, yield func(LedgerEntry) error) error {
	var found []LedgerEntry
	for block := end; block >= first && len(found) < r.choice.Last; block-- {
		var here []LedgerEntry
		keep := func(e LedgerEntry) error { here = append(here, e); return nil }
		if err := r.block(ctx, block, keep); err != nil {
			return err
		}
		found = append(here, found...)
	}
	for _, e := range found[max(0, len(found)-r.choice.Last):] {
		if err := yield(e); err != nil {
			return err
		}
	}
	return nil
}

// show makes an entry readable, and says whether it is chosen.
func (r *ledgerReader) show(e *ledger.Entry) (shown LedgerEntry, chosen bool, err error) {
	c := &r.choice
	if e.Seq <= c.After {
		return shown, false, nil
	}
	if e.PurgedBy != 0 {
		return LedgerEntry{Seq: e.Seq, PurgedBy: e.PurgedBy}, c.Object == "" && c.Member == "" && c.Kind == 0, nil
	}
	record, err := e.Record()
	if err != nil {
		return shown, false, fmt.Errorf("%w; `entente ledger verify` says more", err)
	}
	if record.Kind != c.Kind && (c.Kind != 0 || record.Kind == ledger.Audience) || c.Object != "" && record.Object != c.Object {
		return shown, false, nil
	}
	members := record.Members
	if record.Audience != 0 {
		if members, err = r.audience(record.Audience); err != nil {
			return shown, false, err
		}
	}
	if record.Member != "" {
		members = []string{record.Member}
	}
	return LedgerEntry{
		Seq: record.Seq, Time: record.Time, Kind: record.Kind.String(), Revision: digestText(record.Revision),
		Actor: record.Actor, Object: record.Object, Version: record.Version, Hash: digestText(record.Hash),
		Members: members, Upto: record.Upto, Target: record.Target, Detail: record.Detail,
	}, c.Member == "" || slices.Contains(members, c.Member), nil
}

// audience are the members of one; none of one that was forgotten.
func (r *ledgerReader) audience(seq int64) ([]string, error) {
	if members, known := r.audiences[seq]; known {
		return members, nil
	}
	e, err := entryAt(r.s, seq)
	if err != nil {
		return nil, err
	}
	var record ledger.Record
	if e.PurgedBy == 0 {
		record, err = e.Record()
	}
	r.audiences[seq] = record.Members
	return record.Members, err
}

func entryAt(s storage.Snapshot, seq int64) (ledger.Entry, error) {
	v, err := s.Record(entryRecord, keyAfter(nil, uint64(seq)))
	if errors.Is(err, storage.ErrNotFound) {
		return ledger.Entry{}, fmt.Errorf("entry %d of the ledger: %w", seq, ErrNotFound)
	}
	if err != nil {
		return ledger.Entry{}, err
	}
	return readEntry(seq, v), nil
}

func digestText(d [32]byte) string {
	if d == [32]byte{} {
		return ""
	}
	return hex.EncodeToString(d[:])
}

// LedgerHead is the latest signed head, for others to keep: whoever has one can tell whether a
// later ledger continues it.
func (x *Exchange) LedgerHead(ctx context.Context) (signed []byte, err error) {
	err = x.store.View(ctx, func(s storage.Snapshot) error {
		v, err := s.Record(headRecord, latestHead)
		signed = slices.Clone(v)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		err = ErrNotFound
	}
	return signed, err
}

// ExportLedger writes the whole ledger as it is stored, for [ledger.ReadExport] and
// [ledger.Verify].
func (x *Exchange) ExportLedger(ctx context.Context, w io.Writer) error {
	return x.store.View(ctx, func(s storage.Snapshot) error { return ledger.Export(w, archiveOf(ctx, s)) })
}

// PurgeLedger forgets what an entry of the ledger says. Its leaf stays, and a record of who purged it
// and why, so that the rest still verifies.
func (x *Exchange) PurgeLedger(ctx context.Context, seq int64, by, reason string) error {
	return x.submit(ctx, &submission{alone: func() error {
		var batch storage.Batch
		var told ledger.Record
		err := x.store.View(ctx, func(s storage.Snapshot) error {
			e, err := purgeable(s, seq)
			if err != nil {
				return err
			}
			told = ledger.Record{Kind: ledger.Purge, Actor: by, Target: seq, Leaf: e.Hash(), Detail: reason}
			batch.Records = appendEntries(nil, []ledger.Entry{e.Purged(x.journal.tree.Size() + 1)})
			return nil
		})
		if err != nil {
			return err
		}
		err = x.commitTold(context.WithoutCancel(ctx), &batch, []ledger.Record{told}, x.now(), x.regime.Load().Revision)
		if err != nil {
			return unknown{err}
		}
		return nil
	}})
}

// purgeable is an entry that may be forgotten.
func purgeable(s storage.Snapshot, seq int64) (ledger.Entry, error) {
	e, err := entryAt(s, seq)
	if err != nil {
		return e, err
	}
	if e.PurgedBy != 0 {
		return e, Refusal(fmt.Sprintf("entry %d was purged already, by entry %d", seq, e.PurgedBy))
	}
	switch record, err := e.Record(); {
	case err != nil:
		return e, err
	case record.Kind == ledger.Audience:
		return e, Refusal(fmt.Sprintf("entry %d defines an audience, which many releases name: purge those instead", seq))
	case record.Kind == ledger.Purge:
		return e, Refusal(fmt.Sprintf("entry %d says why entry %d is gone, and stays", seq, record.Target))
	}
	return e, nil
}
