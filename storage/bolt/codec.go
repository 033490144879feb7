package bolt

import (
	"encoding/binary"
	"errors"
	"time"

	"entente/stix"
	"entente/storage"
)

var errCorrupt = errors.New("a record is shorter than its format says: the file is damaged, restore a backup")

func key64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func metaKey(name string) []byte { return append([]byte("m:"), name...) }

func idKey(id stix.ID, key uint64) []byte {
	uuid := id.UUID()
	return binary.BigEndian.AppendUint64(uuid[:], key)
}

func expiryKey(t time.Time, id [16]byte) []byte {
	return append(key64(uint64(t.UnixMicro())), id[:]...)
}

func appendHead(dst []byte, h storage.Head) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(h.Added))
	return binary.BigEndian.AppendUint64(dst, h.Key)
}

// appendInstant keeps the whole range of STIX timestamps, years 0001 to 9999, to the nanosecond.
func appendInstant(dst []byte, t time.Time) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(t.Unix()))
	return binary.BigEndian.AppendUint32(dst, uint32(t.Nanosecond()))
}

// maxText is the longest text that a record holds beside its last field.
const maxText = 1<<16 - 1

func appendText(dst []byte, s string) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(s)))
	return append(dst, s...)
}

func appendBody(dst []byte, b *storage.Body) []byte {
	if dst == nil {
		dst = make([]byte, 0, 80+len(b.ID)+len(b.Version)+len(b.Raw))
	}
	dst = append(dst, b.Hash[:]...)
	dst = binary.BigEndian.AppendUint32(dst, b.Class)
	dst = appendInstant(dst, b.Instant)
	dst = appendInstant(dst, b.Received)
	dst = appendText(dst, string(b.ID))
	dst = appendText(dst, b.Version)
	return append(dst, b.Raw...)
}

func readBody(key uint64, v []byte) (storage.Body, error) {
	r := record{rest: v}
	b := storage.Body{Key: key}
	copy(b.Hash[:], r.take(32))
	b.Class = r.uint32()
	b.Instant = r.instant()
	b.Received = r.instant()
	b.ID = stix.ID(r.text())
	b.Version = r.text()
	b.Raw = r.rest
	return b, r.err
}

// bodyRaw skips the header without reading it: pages need nothing else.
func bodyRaw(v []byte) ([]byte, error) {
	r := record{rest: v}
	r.take(32 + 4 + 12 + 12)
	r.take(int(r.uint16()))
	r.take(int(r.uint16()))
	return r.rest, r.err
}

const (
	splitFlag = 1 << iota
	besideFlag
)

func appendEntry(dst []byte, e *storage.Entry) []byte {
	if dst == nil {
		dst = make([]byte, 0, 41)
	}
	dst = binary.BigEndian.AppendUint64(dst, e.Body)
	dst = binary.BigEndian.AppendUint32(dst, e.Class)
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.Newer))
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.Older))
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.NewerSpec))
	var flags byte
	if e.Split {
		flags |= splitFlag
	}
	if e.Beside {
		flags |= besideFlag
	}
	dst = append(dst, flags)
	if e.Audience != 0 {
		dst = binary.BigEndian.AppendUint32(dst, e.Audience)
	}
	return dst
}

func readEntry(k, v []byte) (storage.Entry, error) {
	if len(k) != 8 || len(v) < 37 {
		return storage.Entry{}, errCorrupt
	}
	e := storage.Entry{
		Added:     storage.Added(binary.BigEndian.Uint64(k)),
		Body:      binary.BigEndian.Uint64(v),
		Class:     binary.BigEndian.Uint32(v[8:]),
		Newer:     storage.Added(binary.BigEndian.Uint64(v[12:])),
		Older:     storage.Added(binary.BigEndian.Uint64(v[20:])),
		NewerSpec: storage.Added(binary.BigEndian.Uint64(v[28:])),
		Split:     v[36]&splitFlag != 0,
		Beside:    v[36]&besideFlag != 0,
	}
	if len(v) >= 41 {
		e.Audience = binary.BigEndian.Uint32(v[37:])
	}
	return e, nil
}

func appendCopy(dst []byte, c *storage.Copy) []byte {
	dst = binary.BigEndian.AppendUint64(dst, c.Body)
	dst = binary.BigEndian.AppendUint64(dst, uint64(c.Added))
	dst = appendInstant(dst, c.Instant)
	dst = binary.BigEndian.AppendUint32(dst, c.Class)
	dst = append(dst, byte(c.State))
	if c.Had == 0 && !c.Waived && len(c.Also) == 0 && len(c.Along) == 0 {
		return dst
	}
	var flags byte
	if c.Waived {
		flags = waivedFlag
	}
	dst = binary.BigEndian.AppendUint32(append(dst, flags), c.Had)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(c.Also)))
	for _, at := range c.Also {
		dst = binary.BigEndian.AppendUint64(dst, uint64(at))
	}
	for _, uuid := range c.Along {
		dst = append(dst, uuid[:]...)
	}
	return dst
}

const waivedFlag = 1

func readCopy(k, v []byte) (storage.Copy, error) {
	r := record{rest: v}
	c := storage.Copy{Key: binary.BigEndian.Uint64(k[16:])}
	c.Body = r.uint64()
	c.Added = storage.Added(r.uint64())
	c.Instant = r.instant()
	c.Class = r.uint32()
	if state := r.take(1); state != nil {
		c.State = storage.State(state[0])
	}
	if len(r.rest) == 0 || r.err != nil {
		return c, r.err
	}
	c.Waived = r.take(1)[0]&waivedFlag != 0
	c.Had = r.uint32()
	for n := r.uint16(); n > 0 && r.err == nil; n-- {
		c.Also = append(c.Also, storage.Added(r.uint64()))
	}
	for len(r.rest) > 0 {
		c.Along = append(c.Along, r.uuid())
	}
	return c, r.err
}

func appendStatus(dst []byte, s *storage.Status) []byte {
	dst = appendInstant(dst, s.Expires)
	dst = appendText(dst, s.Owner)
	return append(dst, s.Body...)
}

func readStatus(id [16]byte, v []byte) (storage.Status, error) {
	r := record{rest: v}
	s := storage.Status{ID: id, Expires: r.instant(), Owner: r.text()}
	s.Body = r.rest
	return s, r.err
}

// record takes fields off the front of a value and remembers when there was too little.
type record struct {
	rest []byte
	err  error
}

func (r *record) take(n int) []byte {
	if len(r.rest) < n {
		r.rest, r.err = nil, errCorrupt
		return nil
	}
	var field []byte
	field, r.rest = r.rest[:n], r.rest[n:]
	return field
}

func (r *record) uint16() uint16 {
	if f := r.take(2); f != nil {
		return binary.BigEndian.Uint16(f)
	}
	return 0
}

func (r *record) uint32() uint32 {
	if f := r.take(4); f != nil {
		return binary.BigEndian.Uint32(f)
	}
	return 0
}

func (r *record) uint64() uint64 {
	if f := r.take(8); f != nil {
		return binary.BigEndian.Uint64(f)
	}
	return 0
}

func (r *record) instant() time.Time {
	sec, nsec := r.uint64(), r.uint32()
	return time.Unix(int64(sec), int64(nsec)).UTC()
}

func (r *record) text() string { return string(r.take(int(r.uint16()))) }

func (r *record) uuid() (u [16]byte) {
	copy(u[:], r.take(16))
	return u
}
