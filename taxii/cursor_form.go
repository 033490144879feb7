package taxii

import (
	"encoding/binary"
	"encoding/hex"
	"time"

	"entente/stix"
)

// A cursor's octets: varints for numbers, a count before each list, a length before each text.
// Instants are seconds and nanoseconds, which hold every year that a timestamp can name. An id is
// its type and the sixteen octets of its UUID; one that is ill-formed is an empty type and its
// text. The rest is zero.

const (
	versionFirst = 1 << iota
	versionLast
	versionAll
)

func appendCursor(dst []byte, c Cursor) []byte {
	q := c.Query
	dst = binary.AppendVarint(dst, c.After)
	dst = appendInstant(dst, q.AddedAfter)
	dst = appendList(dst, q.IDs, appendID)
	dst = appendList(dst, q.Types, appendText)
	dst = appendList(dst, q.SpecVersions, appendText)
	dst = append(dst, versionFlags(q.Version))
	dst = appendList(dst, q.Version.At, appendInstant)
	return appendList(dst, q.Extra, func(dst []byte, m Match) []byte {
		return appendList(appendText(dst, m.Field), m.Values, appendText)
	})
}

func versionFlags(m VersionMatch) (flags byte) {
	if m.First {
		flags |= versionFirst
	}
	if m.Last {
		flags |= versionLast
	}
	if m.All {
		flags |= versionAll
	}
	return flags
}

func appendList[T any](dst []byte, list []T, item func([]byte, T) []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	for _, v := range list {
		dst = item(dst, v)
	}
	return dst
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendInstant(dst []byte, t time.Time) []byte {
	return binary.AppendUvarint(binary.AppendVarint(dst, t.Unix()), uint64(t.Nanosecond()))
}

func appendID(dst []byte, id stix.ID) []byte {
	if _, err := stix.ParseID(string(id)); err != nil {
		return appendText(appendText(dst, ""), string(id))
	}
	u := id.UUID()
	return append(appendText(dst, id.Type()), u[:]...)
}

// readCursor undoes appendCursor, and reports whether all of it was as that writes it.
func readCursor(plain []byte) (Cursor, bool) {
	r := cursorReader{rest: plain, ok: true}
	var c Cursor
	c.After = r.varint()
	c.Query.AddedAfter = r.instant()
	c.Query.IDs = readList(&r, r.id)
	c.Query.Types = readList(&r, r.text)
	c.Query.SpecVersions = readList(&r, r.text)
	if flags := r.take(1); r.ok {
		c.Query.Version.First = flags[0]&versionFirst != 0
		c.Query.Version.Last = flags[0]&versionLast != 0
		c.Query.Version.All = flags[0]&versionAll != 0
	}
	c.Query.Version.At = readList(&r, r.instant)
	c.Query.Extra = readList(&r, func() Match {
		return Match{Field: r.text(), Values: readList(&r, r.text)}
	})
	return c, r.ok
}

// cursorReader reads from the front of rest. After the first fault ok is false and all it returns
// is zero.
type cursorReader struct {
	rest []byte
	ok   bool
}

func readList[T any](r *cursorReader, item func() T) []T {
	var list []T
	for n := r.uvarint(); n > 0 && r.ok; n-- {
		list = append(list, item())
	}
	return list
}

func (r *cursorReader) take(n uint64) []byte {
	if !r.ok || n > uint64(len(r.rest)) {
		r.ok = false
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *cursorReader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.take(uint64(n)) // a negative n, which tells of an overflow, is too much to take
	r.ok = r.ok && n > 0
	return v
}

func (r *cursorReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.take(uint64(n))
	r.ok = r.ok && n > 0
	return v
}

func (r *cursorReader) text() string { return string(r.take(r.uvarint())) }

func (r *cursorReader) instant() time.Time {
	seconds, nanoseconds := r.varint(), r.uvarint()
	return time.Unix(seconds, int64(nanoseconds)).UTC()
}

func (r *cursorReader) id() stix.ID {
	kind := r.text()
	if kind == "" {
		return stix.ID(r.text())
	}
	u := hex.EncodeToString(r.take(16))
	if !r.ok {
		return ""
	}
	return stix.ID(kind + "--" + u[:8] + "-" + u[8:12] + "-" + u[12:16] + "-" + u[16:20] + "-" + u[20:])
}
