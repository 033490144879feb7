package bolt

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"

	bbolt "go.etcd.io/bbolt"

	"entente/stix"
	"entente/storage"
)

// snapshot is one read transaction. It keeps a cursor on the bodies, because a page's bodies
// mostly follow one another.
type snapshot struct {
	tx     *bbolt.Tx
	bodies *bbolt.Cursor
	last   uint64 // key under the cursor; 0: not placed
}

func newSnapshot(tx *bbolt.Tx) *snapshot {
	return &snapshot{tx: tx, bodies: tx.Bucket(bodiesBucket).Cursor()}
}

func readHead(tx *bbolt.Tx) (storage.Head, error) {
	v := tx.Bucket(metaBucket).Get(headKey)
	if len(v) != 16 {
		return storage.Head{}, errCorrupt
	}
	return storage.Head{Added: storage.Added(binary.BigEndian.Uint64(v)), Key: binary.BigEndian.Uint64(v[8:])}, nil
}

func (s *snapshot) Head() (storage.Head, error) { return readHead(s.tx) }

func (s *snapshot) Classes() iter.Seq2[storage.Class, error] {
	return func(yield func(storage.Class, error) bool) {
		cursor := s.tx.Bucket(classesBucket).Cursor()
		for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
			c := storage.Class{ID: binary.BigEndian.Uint32(k)}
			err := json.Unmarshal(v, &c.Case)
			if !yield(c, err) {
				return
			}
		}
	}
}

func (s *snapshot) Log(after storage.Added) iter.Seq2[storage.Entry, error] {
	return func(yield func(storage.Entry, error) bool) {
		cursor := s.tx.Bucket(logBucket).Cursor()
		for k, v := cursor.Seek(key64(uint64(after) + 1)); k != nil; k, v = cursor.Next() {
			if !yield(readEntry(k, v)) {
				return
			}
		}
	}
}

func (s *snapshot) Entry(at storage.Added) (storage.Entry, error) {
	key := key64(uint64(at))
	v := s.tx.Bucket(logBucket).Get(key)
	if v == nil {
		return storage.Entry{}, fmt.Errorf("entry %d: %w", at, storage.ErrNotFound)
	}
	return readEntry(key, v)
}

func (s *snapshot) Body(key uint64) (storage.Body, error) {
	v, err := s.body(key)
	if err != nil {
		return storage.Body{}, err
	}
	return readBody(key, v)
}

func (s *snapshot) Raw(key uint64) ([]byte, error) {
	v, err := s.body(key)
	if err != nil {
		return nil, err
	}
	return bodyRaw(v)
}

func (s *snapshot) body(key uint64) ([]byte, error) {
	var k, v []byte
	if s.last != 0 && key == s.last+1 {
		k, v = s.bodies.Next()
	} else {
		k, v = s.bodies.Seek(key64(key))
	}
	s.last = 0
	if len(k) == 8 && binary.BigEndian.Uint64(k) != key {
		k, v = s.bodies.Seek(key64(key)) // keys have gaps: the next one was not ours
	}
	if len(k) != 8 || binary.BigEndian.Uint64(k) != key {
		return nil, fmt.Errorf("body %d: %w", key, storage.ErrNotFound)
	}
	s.last = key
	return v, nil
}

func (s *snapshot) Copies(id stix.ID) iter.Seq2[storage.Copy, error] {
	return func(yield func(storage.Copy, error) bool) {
		uuid := id.UUID()
		cursor := s.tx.Bucket(idsBucket).Cursor()
		for k, v := cursor.Seek(uuid[:]); bytes.HasPrefix(k, uuid[:]); k, v = cursor.Next() {
			if !yield(readCopy(k, v)) {
				return
			}
		}
	}
}

func (s *snapshot) Status(id [16]byte) (storage.Status, error) {
	v := s.tx.Bucket(statusesBucket).Get(id[:])
	if v == nil {
		return storage.Status{}, fmt.Errorf("status: %w", storage.ErrNotFound)
	}
	return readStatus(id, v)
}

func (s *snapshot) Meta(name string) ([]byte, error) {
	v := s.tx.Bucket(metaBucket).Get(metaKey(name))
	if v == nil {
		return nil, fmt.Errorf("meta %s: %w", name, storage.ErrNotFound)
	}
	return v, nil
}

func (s *snapshot) Record(kind byte, key []byte) ([]byte, error) {
	bucket := s.tx.Bucket(recordBucket(kind))
	if bucket == nil {
		return nil, fmt.Errorf("record %c: %w", kind, storage.ErrNotFound)
	}
	v := bucket.Get(key)
	if v == nil {
		return nil, fmt.Errorf("record %c: %w", kind, storage.ErrNotFound)
	}
	return v, nil
}

func (s *snapshot) Records(kind byte, prefix []byte) iter.Seq2[storage.Record, error] {
	return func(yield func(storage.Record, error) bool) {
		bucket := s.tx.Bucket(recordBucket(kind))
		if bucket == nil {
			return
		}
		cursor := bucket.Cursor()
		for k, v := cursor.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = cursor.Next() {
			if !yield(storage.Record{Kind: kind, Key: k, Value: v}, nil) {
				return
			}
		}
	}
}
