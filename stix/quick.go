package stix

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Most objects have nothing unusual in them. For these quick lays the tape about twice as fast as
// the decoder does. What it does not expect, it leaves to the decoder, which alone says what is
// wrong: names with escapes or beyond ASCII, \u escapes, numbers with an exponent or of more than
// fifteen bytes, very many keys, and everything that is no JSON. A fuzz target proves that what
// quick reads the decoder reads, and as the same.

const quickKeys = 64 // of one JSON object, because each is compared with those that look alike

// quick lays the tape of raw, or returns false.
func (t *tape) quick() bool {
	q := quickReader{tape: t, raw: t.raw}
	if len(q.raw) == 0 || q.raw[0] != '{' || !q.begin(node{}, '{') {
		return false
	}
	comma := false // the last thing read
	for q.depth > 0 {
		in := &t.open[q.depth-1]
		switch c := q.next(); {
		case c == closing(in) && !comma:
			q.pos++
			if t.close(in, int32(q.pos)) != nil {
				return false
			}
			q.depth--
		case in.size > 0 && !comma:
			if c != ',' {
				return false
			}
			q.pos++
			comma = true
			continue
		case !q.member(in):
			return false
		}
		comma = false
	}
	return q.pos == len(q.raw)
}

func closing(in *container) byte {
	if in.object {
		return '}'
	}
	return ']'
}

// quickReader is a place in the text.
type quickReader struct {
	*tape
	raw   []byte
	pos   int
	depth int
	seen  [maxDepth]uint64 // what the names of each open object look like, one bit each
}

// next skips white space and is the byte there; 0 at the end.
func (q *quickReader) next() byte {
	for ; q.pos < len(q.raw); q.pos++ {
		switch c := q.raw[q.pos]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

func (q *quickReader) begin(n node, kind byte) bool {
	if q.depth == maxDepth {
		return false
	}
	n.kind, n.start = jsontext.Kind(kind), int32(q.pos)
	q.open[q.depth] = container{node: int32(len(q.nodes)), object: kind == '{'}
	q.seen[q.depth] = 0
	q.nodes = append(q.nodes, n)
	q.depth++
	q.pos++
	return true
}

// member reads a value and, in an object, the name before it.
func (q *quickReader) member(in *container) bool {
	var n node
	if in.object && !q.name(in, &n) || len(q.nodes) == maxValues {
		return false
	}
	in.size++
	c := q.next()
	if c == '{' || c == '[' {
		return q.begin(n, c)
	}
	n.kind, n.start = jsontext.Kind(c), int32(q.pos)
	ok := false
	switch c {
	case '"':
		ok = q.text(&n)
	case 't':
		ok = q.literal("true")
	case 'f':
		ok = q.literal("false")
	case 'n':
		ok = q.literal("null")
	default:
		n.kind = '0'
		ok = q.number()
	}
	if c != '"' {
		n.end = int32(q.pos)
	}
	n.next = int32(len(q.nodes)) + 1
	q.nodes = append(q.nodes, n)
	return ok
}

// name reads a name of ASCII without escapes that the object does not have yet, and the colon.
func (q *quickReader) name(in *container, n *node) bool {
	if q.next() != '"' || in.size == quickKeys {
		return false
	}
	start := q.pos + 1
	end := start
	for ; end < len(q.raw) && q.raw[end] != '"'; end++ {
		c := q.raw[end]
		if c < ' ' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
		in.odd = in.odd || notPlain[c]
	}
	if end >= len(q.raw) {
		return false
	}
	name := q.raw[start:end]
	if len(name) > 0 {
		bit := uint64(1) << ((uint(name[0]) + uint(name[len(name)-1])*5 + uint(len(name))*11) & 63)
		if q.seen[q.depth-1]&bit != 0 && q.has(in, name) {
			return false
		}
		q.seen[q.depth-1] |= bit
	} else if q.has(in, name) {
		return false
	}
	n.name, n.nEnd = int32(start), int32(end)
	q.pos = end + 1
	if q.next() != ':' {
		return false
	}
	q.pos++
	return true
}

// has reports whether an open object has a name already.
func (q *quickReader) has(in *container, name []byte) bool {
	for i := range q.children(in.node) {
		if bytes.Equal(q.nameOf(i), name) {
			return true
		}
	}
	return false
}

// text reads a string; of escapes only those of two bytes.
func (q *quickReader) text(n *node) bool {
	n.start++
	for i := q.pos + 1; i < len(q.raw); {
		if i+8 <= len(q.raw) && ordinary(binary.LittleEndian.Uint64(q.raw[i:])) {
			i += 8
			continue
		}
		switch c := q.raw[i]; {
		case c == '"':
			n.end = int32(i)
			q.pos = i + 1
			return true
		case c == '\\':
			if i+1 == len(q.raw) || bytes.IndexByte([]byte(`"\/bfnrt`), q.raw[i+1]) < 0 {
				return false
			}
			n.escaped = true
			i += 2
		case c < ' ':
			return false
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRune(q.raw[i:])
			if r == utf8.RuneError && size == 1 {
				return false
			}
			i += size
		}
	}
	return false
}

// ordinary reports whether eight bytes are ASCII, and none a control, a quote or a backslash.
func ordinary(v uint64) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	below := (v - ones*' ') &^ v
	quote := v ^ ones*'"'
	slash := v ^ ones*'\\'
	return (v|below|(quote-ones)&^quote|(slash-ones)&^slash)&tops == 0
}

func (q *quickReader) literal(s string) bool {
	if !bytes.HasPrefix(q.raw[q.pos:], []byte(s)) {
		return false
	}
	q.pos += len(s)
	return true
}

// number reads an integer or a decimal that nothing can be wrong with: short, without exponent.
func (q *quickReader) number() bool {
	const most = 15
	start := q.pos
	if q.at(q.pos) == '-' {
		q.pos++
	}
	whole := q.digits()
	if whole == 0 || whole > 1 && q.raw[q.pos-whole] == '0' {
		return false
	}
	if q.at(q.pos) == '.' {
		q.pos++
		if q.digits() == 0 {
			return false
		}
	}
	c := q.at(q.pos)
	return q.pos-start <= most && c != 'e' && c != 'E'
}

func (q *quickReader) digits() (n int) {
	for ; '0' <= q.at(q.pos) && q.at(q.pos) <= '9'; q.pos++ {
		n++
	}
	return n
}

// at is the byte at a place; 0 beyond the end.
func (q *quickReader) at(i int) byte {
	if i < len(q.raw) {
		return q.raw[i]
	}
	return 0
}
