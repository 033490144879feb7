package bolt

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	bbolt "go.etcd.io/bbolt"

	"entente/storage"
)

func write(tx *bbolt.Tx, b *storage.Batch) error {
	head, err := readHead(tx)
	if err != nil {
		return err
	}
	err = errors.Join(
		writeClasses(tx, b.Classes),
		writeBodies(tx, b.Bodies, &head),
		writeLog(tx, b, &head),
		writeCopies(tx, b.Copies, &head),
		writeStatuses(tx, b),
		writeRecords(tx, b.Records),
		purge(tx, b.Purge),
	)
	meta := tx.Bucket(metaBucket)
	for name, value := range b.Meta {
		err = errors.Join(err, putOrDelete(meta, metaKey(name), value))
	}
	return errors.Join(err, meta.Put(headKey, appendHead(nil, head)))
}

func writeClasses(tx *bbolt.Tx, classes []storage.Class) error {
	bucket := tx.Bucket(classesBucket)
	for _, c := range classes {
		value, err := json.Marshal(c.Case)
		if err != nil {
			return err
		}
		if err := bucket.Put(binary.BigEndian.AppendUint32(nil, c.ID), value); err != nil {
			return err
		}
	}
	return nil
}

func writeBodies(tx *bbolt.Tx, bodies []storage.Body, head *storage.Head) error {
	bucket := tx.Bucket(bodiesBucket)
	bucket.FillPercent = fillAscending
	for i := range bodies {
		b := &bodies[i]
		if b.Key <= head.Key {
			return fmt.Errorf("body %d does not continue after %d", b.Key, head.Key)
		}
		head.Key = b.Key
		if max(len(b.ID), len(b.Version)) > maxText {
			return fmt.Errorf("body %d: its id or version has more than %d bytes", b.Key, maxText)
		}
		if err := bucket.Put(key64(b.Key), appendBody(nil, b)); err != nil {
			return fmt.Errorf("body of %s: %w", b.ID, err)
		}
	}
	return nil
}

func writeLog(tx *bbolt.Tx, b *storage.Batch, head *storage.Head) error {
	bucket := tx.Bucket(logBucket)
	bucket.FillPercent = fillAscending
	for i := range b.Append {
		e := &b.Append[i]
		if e.Added <= head.Added {
			return fmt.Errorf("entry at %d does not continue after %d", e.Added, head.Added)
		}
		head.Added = e.Added
		if err := bucket.Put(key64(uint64(e.Added)), appendEntry(nil, e)); err != nil {
			return err
		}
	}
	for i := range b.Amend {
		key := key64(uint64(b.Amend[i].Added))
		if bucket.Get(key) == nil {
			return fmt.Errorf("amend entry %d: %w", b.Amend[i].Added, storage.ErrNotFound)
		}
		if err := bucket.Put(key, appendEntry(nil, &b.Amend[i])); err != nil {
			return err
		}
	}
	for _, at := range b.Remove {
		if err := bucket.Delete(key64(uint64(at))); err != nil {
			return err
		}
	}
	return nil
}

// writeCopies sorts first: the id index is the one bucket with random keys, and neighbours
// that are written together dirty fewer pages.
func writeCopies(tx *bbolt.Tx, copies []storage.IDCopy, head *storage.Head) error {
	bucket := tx.Bucket(idsBucket)
	type pair struct{ key, value []byte }
	pairs := make([]pair, len(copies))
	for i := range copies {
		c := &copies[i]
		head.Key = max(head.Key, c.Key)
		pairs[i] = pair{key: idKey(c.ID, c.Key)}
		if c.State != 0 {
			pairs[i].value = appendCopy(nil, &c.Copy)
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return bytes.Compare(a.key, b.key) })
	for _, p := range pairs {
		if err := putOrDelete(bucket, p.key, p.value); err != nil {
			return err
		}
	}
	return nil
}

func purge(tx *bbolt.Tx, bodies []uint64) error {
	for _, key := range bodies {
		if err := tx.Bucket(bodiesBucket).Delete(key64(key)); err != nil {
			return fmt.Errorf("purge body %d: %w", key, err)
		}
	}
	return nil
}

func writeStatuses(tx *bbolt.Tx, b *storage.Batch) error {
	statuses, expiry := tx.Bucket(statusesBucket), tx.Bucket(expiryBucket)
	for i := range b.Statuses {
		s := &b.Statuses[i]
		err := errors.Join(statuses.Put(s.ID[:], appendStatus(nil, s)), expiry.Put(expiryKey(s.Expires, s.ID), nil))
		if err != nil {
			return err
		}
	}
	if b.Expired.IsZero() {
		return nil
	}
	end := key64(uint64(b.Expired.UnixMicro()))
	cursor := expiry.Cursor()
	for k, _ := cursor.First(); k != nil && bytes.Compare(k[:8], end) < 0; k, _ = cursor.First() {
		if err := errors.Join(statuses.Delete(k[8:]), cursor.Delete()); err != nil {
			return err
		}
	}
	return nil
}

func putOrDelete(bucket *bbolt.Bucket, key, value []byte) error {
	if value == nil {
		return bucket.Delete(key)
	}
	return bucket.Put(key, value)
}

// recordBucket is one for each kind, so that a kind whose keys ascend grows at its end.
func recordBucket(kind byte) []byte { return []byte{'r', ':', kind} }

func writeRecords(tx *bbolt.Tx, records []storage.Record) error {
	for _, r := range records {
		bucket, err := tx.CreateBucketIfNotExists(recordBucket(r.Kind))
		if err == nil {
			err = putOrDelete(bucket, r.Key, r.Value)
		}
		if err != nil {
			return fmt.Errorf("record %c: %w", r.Kind, err)
		}
	}
	return nil
}
