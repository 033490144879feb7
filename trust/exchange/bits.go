package exchange

import (
	"encoding/binary"
	"iter"
	"math/bits"
)

// columns is a set of columns of the gate: of readers.
type columns []uint64

func (c columns) has(i int) bool { return i>>6 < len(c) && c[i>>6]&(1<<(i&63)) != 0 }

// with sets a column in place, growing if need be.
func (c columns) with(i int) columns {
	for i>>6 >= len(c) {
		c = append(c, 0)
	}
	c[i>>6] |= 1 << (i & 63)
	return c
}

func (c columns) empty() bool {
	for _, w := range c {
		if w != 0 {
			return false
		}
	}
	return true
}

// and, or and without make new sets.
func (c columns) and(d columns) columns {
	out := make(columns, min(len(c), len(d)))
	for i := range out {
		out[i] = c[i] & d[i]
	}
	return out
}

func (c columns) or(d columns) columns {
	if len(c) < len(d) {
		c, d = d, c
	}
	out := append(columns(nil), c...)
	for i := range d {
		out[i] |= d[i]
	}
	return out
}

func (c columns) without(d columns) columns {
	out := append(columns(nil), c...)
	for i := range out[:min(len(c), len(d))] {
		out[i] &^= d[i]
	}
	return out
}

func (c columns) equal(d columns) bool { return c.without(d).empty() && d.without(c).empty() }

// all yields the columns, ascending.
func (c columns) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, w := range c {
			for ; w != 0; w &= w - 1 {
				if !yield(i<<6 + bits.TrailingZeros64(w)) {
					return
				}
			}
		}
	}
}

func (c columns) append(dst []byte) []byte {
	for _, w := range c {
		dst = binary.BigEndian.AppendUint64(dst, w)
	}
	return dst
}

func readColumns(b []byte) (c columns) {
	for ; len(b) >= 8; b = b[8:] {
		c = append(c, binary.BigEndian.Uint64(b))
	}
	return c
}
