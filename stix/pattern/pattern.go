package pattern

import (
	"fmt"
	"iter"
	"unicode/utf8"
)

// The bounds of one pattern. Of four thousand in public feeds, the longest has 3 KB and the deepest
// has three parentheses within each other.
const (
	MaxText  = 1 << 20 // bytes
	MaxDepth = 100     // parentheses within parentheses
	MaxNodes = 1 << 18 // nodes of the tree
)

// Error says why a text is no pattern.
type Error struct {
	Code    string // the requirement's row: "S-9.2-06"; "S-4.7-03" is the grammar as such
	Offset  int    // in bytes, from 0
	Column  int    // in characters, from 1
	Message string // what was found and what was expected
}

func (e *Error) Error() string {
	return fmt.Sprintf("column %d: %s (%s)", e.Column, e.Message, e.Code)
}

// Pattern is a pattern's tree. It belongs to the [Parser] that made it and holds until that parses
// the next text; its text must not change as long.
type Pattern struct {
	text    []byte
	nodes   []node // [0] is no node, so that 0 can stand for none
	root    int32
	level   int
	comment int // where the first comment starts, or -1

	types   []int32 // scratch of Check: sets of object types
	content []byte  // scratch of Check: a constant without its escapes
	work    int     // tokens, nodes and types that were looked at, to prove that work is linear
}

// Parse reads one pattern into memory of its own. The error is an [*Error].
func Parse(text string) (*Pattern, error) {
	p, err := new(Parser).Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Root is the outermost expression: a [FollowedBy], [Or], [And], [Group] or [Observation].
func (p *Pattern) Root() Node { return Node{p, p.root} }

// Level is the least level of conformance that evaluates the pattern (STIX 2.1 §12.7): 1 is one
// observation expression without qualifiers, 2 adds AND and OR between them, 3 is the rest.
func (p *Pattern) Level() int { return p.level }

// Windows are the timestamps of every START … STOP, in the order of the text; [Node.Value] is
// what stands in their quotes.
func (p *Pattern) Windows() iter.Seq2[Node, Node] {
	return func(yield func(start, stop Node) bool) {
		for i := range p.nodes {
			if p.nodes[i].kind != StartStop {
				continue
			}
			start := Node{p, int32(i)}.First()
			if !yield(start, start.Next()) {
				return
			}
		}
	}
}

// column counts characters, from 1.
func column(text []byte, offset int) int { return utf8.RuneCount(text[:offset]) + 1 }

func newError(text []byte, offset int, code, message string) *Error {
	return &Error{Code: code, Offset: offset, Column: column(text, offset), Message: message}
}

// clip shortens what is quoted in messages.
func clip(s []byte) string {
	const most = 40
	if len(s) <= most {
		return string(s)
	}
	n := most
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return string(s[:n]) + "…"
}
