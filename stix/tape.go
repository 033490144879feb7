package stix

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// tape is one JSON object laid flat, in document order: every value is a node, and what a node
// holds lies between it and its next. Checks walk it without recursion and without allocation.
// Node 0 is the object itself.
type tape struct {
	raw   []byte
	nodes []node
	text  []byte // names and strings that had to be unquoted

	decoded bool // the decoder has raw
	escapes bool // raw has a backslash somewhere
	buf     bytes.Buffer
	dec     jsontext.Decoder
	open    [maxDepth]container
	folded  []foldedName
}

// node is one value. Offsets are into raw; of a string and a name they leave the quotes out.
type node struct {
	kind       jsontext.Kind // { [ " 0 t f n
	escaped    bool          // a string with escapes
	unquoted   bool          // the name's offsets are into text
	name, nEnd int32         // empty in a list, and of node 0
	start, end int32
	next       int32 // the first node that is not inside this one; 0 while it is open
}

// container is an object or list that parse is inside of.
type container struct {
	node   int32
	size   int32
	object bool
	odd    bool // a name is not plain, so two may fold together
}

type foldedName struct {
	a, b int32 // in text
	node int32
}

// fault is why raw is no tape.
type fault struct {
	code, pointer, value, message string
}

// parse reads raw in one strict pass: RFC 8259, I-JSON's rules (RFC 7493) and our limits.
func (t *tape) parse(raw []byte) *fault {
	if len(raw) > maxBytes {
		return &fault{code: codeSize, message: "an object of more than 1 GiB cannot be read"}
	}
	t.raw, t.nodes, t.text = raw, t.nodes[:0], t.text[:0]
	if t.quick() {
		return nil
	}
	return t.careful()
}

// careful asks the decoder, which says what is wrong.
func (t *tape) careful() *fault {
	raw := t.raw
	t.nodes, t.text = t.nodes[:0], t.text[:0]
	t.escapes = bytes.IndexByte(raw, '\\') >= 0
	t.buf, t.decoded = *bytes.NewBuffer(raw), true
	t.dec.Reset(&t.buf)
	if f := t.values(); f != nil {
		return f
	}
	if t.nodes[0].kind != '{' {
		return &fault{code: codeObject, value: shorten(raw), message: "a STIX object is a JSON object"}
	}
	if _, err := t.dec.ReadToken(); err != io.EOF {
		at := int(t.dec.InputOffset())
		return &fault{code: codeTrailing, value: shorten(raw[at:]), message: "something follows the object at byte " + strconv.Itoa(at) + "; send objects in a list, a bundle or an envelope"}
	}
	return nil
}

// release lets go of the bytes, so that a pooled tape keeps nobody's object alive.
func (t *tape) release() {
	t.raw = nil
	if t.decoded {
		t.buf = bytes.Buffer{}
		t.dec.Reset(&t.buf)
		t.decoded = false
	}
}

// values reads until the outermost value is complete.
func (t *tape) values() *fault {
	depth := 0
	var next node // the value to come, once its name is read
	named := false
	for {
		var in *container
		if depth > 0 {
			in = &t.open[depth-1]
		}
		switch kind := t.dec.PeekKind(); {
		case kind == '}' || kind == ']':
			if _, err := t.dec.ReadToken(); err != nil {
				return t.syntax(err)
			}
			if f := t.close(in, int32(t.dec.InputOffset())); f != nil {
				return f
			}
			depth--
		case len(t.nodes) == maxValues:
			return t.here(codeValues, "", "more than "+strconv.Itoa(maxValues)+" values in one object")
		case in != nil && in.object && !named:
			if f := t.readName(in, &next); f != nil {
				return f
			}
			named = true
			continue
		case kind == '{' || kind == '[':
			if _, err := t.dec.ReadToken(); err != nil {
				return t.syntax(err)
			}
			if depth == maxDepth {
				return t.here(codeDepth, "", "nested deeper than "+strconv.Itoa(maxDepth)+" objects and lists")
			}
			next.kind, next.start = kind, int32(t.dec.InputOffset())-1
			t.open[depth] = container{node: int32(len(t.nodes)), object: kind == '{'}
			t.nodes = append(t.nodes, next)
			depth++
		default:
			next.kind = kind
			if f := t.readScalar(&next); f != nil {
				return f
			}
			t.nodes = append(t.nodes, next)
		}
		if depth == 0 {
			return nil
		}
		next, named = node{}, false
	}
}

// readName reads a member's name into the node of its value.
func (t *tape) readName(in *container, n *node) *fault {
	quoted, err := t.dec.ReadValue()
	if err != nil {
		return t.syntax(err)
	}
	if in.size++; in.size > maxKeys {
		return t.here(codeKeys, "", "more than "+strconv.Itoa(maxKeys)+" keys in one JSON object")
	}
	n.nEnd = int32(t.dec.InputOffset()) - 1
	n.name = n.nEnd - int32(len(quoted)) + 2
	name := t.raw[n.name:n.nEnd]
	if plain(name) {
		return nil
	}
	in.odd = true
	if bytes.IndexByte(name, '\\') < 0 {
		return nil
	}
	if escapesNUL(name) {
		return t.here(codeNUL, shorten(quoted), "a key holds U+0000")
	}
	n.unquoted, n.name = true, int32(len(t.text))
	t.text = appendUnquoted(t.text, quoted)
	n.nEnd = int32(len(t.text))
	return nil
}

// readScalar reads a value that holds no others.
func (t *tape) readScalar(n *node) *fault {
	v, err := t.dec.ReadValue()
	if err != nil {
		return t.syntax(err)
	}
	n.end = int32(t.dec.InputOffset())
	n.start, n.next = n.end-int32(len(v)), int32(len(t.nodes))+1
	switch n.kind {
	case '"':
		n.start, n.end = n.start+1, n.end-1
		n.escaped = t.escapes && bytes.IndexByte(v, '\\') >= 0
		if n.escaped && escapesNUL(v) {
			return t.here(codeNUL, shorten(v), "a string holds U+0000")
		}
	case '0':
		return t.number(v)
	}
	return nil
}

// maxInteger is 2^53-1: beyond it, readers that keep numbers as floats disagree (RFC 7493 §2.2).
const maxInteger = 1<<53 - 1

func (t *tape) number(v []byte) *fault {
	const short = 15 // bytes: neither beyond 2^53-1 nor, without an exponent, infinite
	exponent := bytes.ContainsAny(v, "eE")
	if len(v) <= short && !exponent {
		return nil
	}
	if exponent || bytes.IndexByte(v, '.') >= 0 {
		if _, err := strconv.ParseFloat(string(v), 64); err != nil {
			return t.here("S-2.6-01", shorten(v), "a number must be finite, within ±1.8e308")
		}
		return nil
	}
	if n, err := strconv.ParseInt(string(v), 10, 64); err != nil || n > maxInteger || n < -maxInteger {
		return t.here("S-2.10-01", shorten(v), "an integer must lie within ±(2^53-1)")
	}
	return nil
}

// close ends an object or list, and looks for names in it that fold together.
func (t *tape) close(in *container, end int32) *fault {
	n := &t.nodes[in.node]
	n.end, n.next = end, int32(len(t.nodes))
	if !in.odd || in.size < 2 {
		return nil
	}
	t.folded = t.folded[:0]
	mark := len(t.text)
	for i := range t.children(in.node) {
		a := int32(len(t.text))
		t.text = appendFolded(t.text, t.nameOf(i))
		t.folded = append(t.folded, foldedName{a, int32(len(t.text)), i})
	}
	slices.SortFunc(t.folded, func(x, y foldedName) int {
		return bytes.Compare(t.text[x.a:x.b], t.text[y.a:y.b])
	})
	for i, x := range t.folded[1:] {
		if y := t.folded[i]; bytes.Equal(t.text[x.a:x.b], t.text[y.a:y.b]) {
			later := max(x.node, y.node)
			return &fault{
				code: codeCase, pointer: t.pointer(later), value: shorten(t.nameOf(later)),
				message: "differs only in case from another key of the same JSON object, so readers disagree on which one counts",
			}
		}
	}
	t.text = t.text[:mark]
	return nil
}

// here is a fault at the value or name that was read last.
func (t *tape) here(code, value, message string) *fault {
	return &fault{code: code, pointer: boundedPointer(string(t.dec.StackPointer())), value: value, message: message}
}

// syntax says what the decoder found.
func (t *tape) syntax(err error) *fault {
	f := &fault{code: codeSyntax, message: "not JSON: the text ends before the object does"}
	var syntactic *jsontext.SyntacticError
	if !errors.As(err, &syntactic) {
		return f
	}
	f.pointer = boundedPointer(string(syntactic.JSONPointer))
	if errors.Is(err, jsontext.ErrDuplicateName) {
		f.code, f.value = "S-2.3-08", shorten([]byte(syntactic.JSONPointer.LastToken()))
		f.message = "the key stands twice in one JSON object, so readers disagree on which value counts"
		return f
	}
	at := min(int(syntactic.ByteOffset), len(t.raw))
	rest := t.raw[at:]
	f.value = shorten(rest)
	where := " at byte " + strconv.Itoa(at)
	switch r, size := utf8.DecodeRune(rest); {
	case len(rest) == 0 || errors.Is(err, io.ErrUnexpectedEOF) && utf8.FullRune(rest):
	case r == utf8.RuneError && size <= 1:
		f.code, f.message = "S-2.15-01", "the text is not UTF-8"+where
	case isSurrogateEscape(rest):
		f.code, f.message = "S-2.15-01", "half of a surrogate pair stands alone"+where+"; no character is meant"
	case at == 0 && r == '\uFEFF':
		f.message = "not JSON: the text begins with a byte order mark; leave it out"
	default:
		f.message = "not JSON: " + strings.TrimPrefix(syntactic.Err.Error(), "jsontext: ") + where
	}
	return f
}

func isSurrogateEscape(b []byte) bool {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return false
	}
	v, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return err == nil && v >= 0xD800 && v <= 0xDFFF
}
