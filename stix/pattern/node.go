package pattern

import "iter"

// Kind is what a [Node] is.
type Kind uint8

// The kinds and their children. Operators are n-ary: a OR b OR c is one [Or] with three children,
// since all of them are associative.
const (
	FollowedBy  Kind = iota + 1 // observation expressions
	Or                          // observation expressions, or comparison expressions inside [ ]
	And                         // likewise
	Group                       // ( ): one expression, then qualifiers if it is of observations
	Observation                 // [ ]: one comparison expression, then qualifiers
	StartStop                   // two timestamps
	Within                      // an integer or a float
	Repeats                     // an integer
	Comparison                  // a path, then a literal or a set; with [Exists] the path alone
	Path                        // an object type, then keys, indexes and stars
	ObjectType
	Key   // a property or a dictionary's key, with or without quotes
	Index // [0]
	Star  // [*]
	Set   // literals
	Integer
	Float
	Boolean
	String
	Binary
	Hex
	Timestamp
)

// kindNames is in the order of the constants.
var kindNames = [...]string{
	"none", "followed-by", "or", "and", "group", "observation", "start-stop", "within", "repeats",
	"comparison", "path", "object type", "key", "index", "star", "set", "integer", "float",
	"boolean", "string", "binary", "hex", "timestamp",
}

func (k Kind) String() string { return kindNames[k] }

// Operator is what a [Comparison] does (STIX 2.1 §9.6.1).
type Operator uint8

// The operators; == is [Equal] and <> is [NotEqual].
const (
	Equal Operator = iota + 1
	NotEqual
	Greater
	Less
	GreaterOrEqual
	LessOrEqual
	In
	Like
	Matches
	IsSubset
	IsSuperset
	Exists
)

// operatorNames is in the order of the constants.
var operatorNames = [...]string{
	"none", "=", "!=", ">", "<", ">=", "<=", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET", "EXISTS",
}

func (o Operator) String() string { return operatorNames[o] }

// node is a node as it lies in the slice.
type node struct {
	start, end  int32
	first, next int32 // the first child and the next sibling, or 0
	kind        Kind
	operator    Operator
	negated     bool // NOT
	mixed       bool // an observation that names more than one object type
}

// Node is one place in the tree of a [Pattern]; the zero Node is none.
type Node struct {
	p *Pattern
	i int32
}

// IsZero reports that there is no such node.
func (n Node) IsZero() bool { return n.i == 0 }

// Kind is what the node is.
func (n Node) Kind() Kind { return n.p.nodes[n.i].kind }

// Start is the offset of the node's first byte.
func (n Node) Start() int { return int(n.p.nodes[n.i].start) }

// End is the offset behind the node's last byte.
func (n Node) End() int { return int(n.p.nodes[n.i].end) }

// Operator is what a [Comparison] does.
func (n Node) Operator() Operator { return n.p.nodes[n.i].operator }

// Negated reports the NOT of a [Comparison].
func (n Node) Negated() bool { return n.p.nodes[n.i].negated }

// First is the first child, or none.
func (n Node) First() Node { return Node{n.p, n.p.nodes[n.i].first} }

// Next is the next child of the same parent, or none.
func (n Node) Next() Node { return Node{n.p, n.p.nodes[n.i].next} }

// Children are the children in the order of the text.
func (n Node) Children() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for c := n.First(); !c.IsZero(); c = c.Next() {
			if !yield(c) {
				return
			}
		}
	}
}

// Text is the node as it is written, a part of the pattern's text.
func (n Node) Text() []byte { return n.p.text[n.Start():n.End()] }

// Value is what a literal or a name holds: without its prefix and quotes, and without the escapes
// of a string. It is a part of the pattern's text, unless there are escapes to resolve.
func (n Node) Value() []byte {
	s := unquoted(n.Text())
	if !hasEscape(s) {
		return s
	}
	return appendUnescaped(nil, s)
}
