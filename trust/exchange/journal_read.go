package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"entente/storage"
	"entente/trust/ledger"
)

// openJournal finds where the ledger continues. It refuses one that is not as its head says.
func openJournal(s storage.Snapshot, cfg *Config) (journal, error) {
	j := journal{key: cfg.Ledger, random: cfg.Random, audiences: map[string]int64{}}
	if j.key.Signer == nil {
		return j, errors.New("no ledger key: give the node's, as ledger.ParseKey reads it")
	}
	signed, err := s.Record(headRecord, latestHead)
	if errors.Is(err, storage.ErrNotFound) {
		if _, err := s.Record(entryRecord, keyAfter(nil, 1)); err == nil {
			return j, errors.New("the ledger has entries and no head: restore a backup")
		}
		return j, nil
	}
	if err != nil {
		return j, err
	}
	head, err := ledger.OpenHead(signed, j.key.Verifiers)
	if err != nil {
		return j, fmt.Errorf("the ledger was signed with another key, or its head is damaged: add that key's line to the key file: %w", err)
	}
	j.revision = head.Revision
	if j.tree, err = ledger.Resume(head, hashReader{s}); err != nil {
		return j, err
	}
	if n := tlog.StoredHashCount(head.Size); n%blockHashes != 0 {
		tail, err := s.Record(hashRecord, keyAfter(nil, uint64(n/blockHashes)))
		if err != nil || len(tail) != int(n%blockHashes)*tlog.HashSize {
			return j, cmp.Or(err, errors.New("the last hashes of the ledger are not as its head says: restore a backup"))
		}
		j.tail = slices.Clone(tail)
	}
	var failed error
	for k, v := range recordsOf(s, rosterRecord, nil, &failed) {
		if len(v) == 8 {
			j.audiences[string(k)] = int64(key64(v))
		}
	}
	return j, failed
}

// hashReader reads stored hashes, as [tlog.HashReader] wants them.
type hashReader struct{ s storage.Snapshot }

func (r hashReader) ReadHashes(at []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(at))
	for i, n := range at {
		block, err := r.s.Record(hashRecord, keyAfter(nil, uint64(n/blockHashes)))
		if err != nil {
			return nil, fmt.Errorf("hash %d of the ledger: %w", n, err)
		}
		begin := n % blockHashes * tlog.HashSize
		if int64(len(block)) < begin+tlog.HashSize {
			return nil, fmt.Errorf("hash %d of the ledger: its block is too short", n)
		}
		found[i] = tlog.Hash(block[begin:])
	}
	return found, nil
}

// archiveOf is the stored ledger for [ledger.Verify].
func archiveOf(ctx context.Context, s storage.Snapshot) ledger.Archive {
	return ledger.Archive{Entries: entriesIn(ctx, s, nil), Hashes: hashesIn(s), Heads: headsIn(s)}
}

// entriesIn yields the entries whose keys begin with prefix.
func entriesIn(ctx context.Context, s storage.Snapshot, prefix []byte) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for r, err := range s.Records(entryRecord, prefix) {
			if err == nil && len(r.Key) != 8 {
				err = fmt.Errorf("key %x of a ledger entry: it is eight bytes", r.Key)
			}
			if err = cmp.Or(err, ctx.Err()); err != nil {
				yield(ledger.Entry{}, err)
				return
			}
			if !yield(readEntry(int64(key64(r.Key)), r.Value), nil) {
				return
			}
		}
	}
}

// hashesIn yields the stored hashes up to the first that is missing.
func hashesIn(s storage.Snapshot) iter.Seq2[tlog.Hash, error] {
	return func(yield func(tlog.Hash, error) bool) {
		next := uint64(0)
		for r, err := range s.Records(hashRecord, nil) {
			if err != nil {
				yield(tlog.Hash{}, err)
				return
			}
			block := r.Value
			if !slices.Equal(r.Key, keyAfter(nil, next)) {
				return
			}
			next++
			for ; len(block) >= tlog.HashSize; block = block[tlog.HashSize:] {
				if !yield(tlog.Hash(block), nil) {
					return
				}
			}
			if len(r.Value) != blockHashes*tlog.HashSize {
				return
			}
		}
	}
}

func headsIn(s storage.Snapshot) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for r, err := range s.Records(headRecord, nil) {
			if !yield(slices.Clone(r.Value), err) || err != nil {
				return
			}
		}
	}
}
