package pattern

import (
	"fmt"
	"unicode/utf8"
)

// Parser reads patterns, one at a time, and reuses its memory: as much as its largest pattern
// needed. It is for one goroutine; the zero Parser is ready.
type Parser struct {
	lexer
	pattern  Pattern
	depth    int
	typeSeen int32 // the first object type inside the [ ], or 0
	mixed    bool  // and another one was seen
}

// level is a level of precedence. Each is a list of the next, joined by its operator.
type level uint8

const (
	observationFollowedBy level = iota
	observationOr
	observationAnd
	comparisonOr
	comparisonAnd
)

// levels has the operator of each level, and the level of conformance that it needs (§12.7).
var levels = [...]struct {
	token      token
	kind       Kind
	conformity int
}{
	observationFollowedBy: {tokenFollowedBy, FollowedBy, 3},
	observationOr:         {tokenOr, Or, 2},
	observationAnd:        {tokenAnd, And, 2},
	comparisonOr:          {tokenOr, Or, 1},
	comparisonAnd:         {tokenAnd, And, 1},
}

// Parse reads one pattern. The text is not copied, and the pattern holds until the next Parse.
func (p *Parser) Parse(text []byte) (*Pattern, *Error) {
	p.lexer = lexer{text: text, comment: -1}
	p.depth = 0
	p.pattern.text = text
	p.pattern.nodes = append(p.pattern.nodes[:0], node{})
	p.pattern.level = 1
	if len(text) > MaxText {
		return nil, newError(nil, 0, "S-4.7-03", fmt.Sprintf("expected at most %d bytes, found %d", MaxText, len(text)))
	}
	if !utf8.Valid(text) {
		return nil, invalidUTF8(text)
	}
	p.advance()
	p.pattern.root = p.chain(observationFollowedBy)
	if p.token != tokenEnd {
		p.unexpected("AND, OR, FOLLOWEDBY, START, WITHIN, REPEATS or the end of the pattern")
	}
	if p.err != nil {
		return nil, p.err
	}
	p.pattern.comment, p.pattern.work = p.comment, p.work
	return &p.pattern, nil
}

// Release lets go of the text, so that a Parser in a pool keeps nobody's alive, and says how many
// nodes the Parser has memory for. Its last pattern is no longer one.
func (p *Parser) Release() int {
	p.lexer, p.pattern.text = lexer{}, nil
	return cap(p.pattern.nodes)
}

// chain reads operands joined by the operator of a level. One operand alone stands for itself.
func (p *Parser) chain(l level) int32 {
	first := p.operand(l)
	if p.token != levels[l].token {
		return first
	}
	p.pattern.level = max(p.pattern.level, levels[l].conformity)
	chain := p.open(levels[l].kind)
	p.at(chain).start = p.at(first).start
	p.adopt(chain, first)
	for last := first; p.token == levels[l].token && p.err == nil; {
		p.advance()
		last = p.sibling(last, p.operand(l))
	}
	return p.close(chain)
}

func (p *Parser) operand(l level) int32 {
	switch l {
	case observationAnd:
		return p.observation()
	case comparisonAnd:
		return p.test()
	default:
		return p.chain(l + 1)
	}
}

// observation reads [ ] or ( ), and the qualifiers behind it.
func (p *Parser) observation() int32 {
	var n int32
	switch p.token {
	case tokenOpenList:
		n = p.open(Observation)
		p.typeSeen, p.mixed = 0, false
		p.advance()
		p.adopt(n, p.chain(comparisonOr))
		p.expect(tokenCloseList, "AND, OR or ']'")
		p.at(n).mixed = p.mixed
	case tokenOpen:
		n = p.group(observationFollowedBy, "AND, OR, FOLLOWEDBY, START, WITHIN, REPEATS or ')'")
	default:
		p.reject("S-9.5-01", "an observation expression, which starts with '[' or '('")
		return 0
	}
	p.qualifiers(n)
	return p.close(n)
}

// group reads ( ) around an expression of a level.
func (p *Parser) group(l level, end string) int32 {
	n := p.open(Group)
	if p.depth++; p.depth > MaxDepth {
		p.fail("S-4.7-03", fmt.Sprintf("expected at most %d parentheses within each other", MaxDepth))
	}
	p.advance()
	p.adopt(n, p.chain(l))
	p.expect(tokenClose, end)
	p.depth--
	return p.close(n)
}

// qualifiers reads what follows an observation expression. A second one of a kind is an error
// behind [ ]; behind ( ) the OASIS validator accepts it, so that it is a finding of Check.
func (p *Parser) qualifiers(of int32) {
	last := p.at(of).first
	var seen [Repeats + 1]bool
	for p.err == nil {
		var n int32
		start := p.start
		switch p.token {
		case tokenStart:
			n = p.startStop()
		case tokenWithin:
			n = p.within()
		case tokenRepeats:
			n = p.repeats()
		default:
			return
		}
		p.pattern.level = 3
		last = p.sibling(last, n)
		kind := p.at(n).kind
		if seen[kind] && p.at(of).kind == Observation && p.err == nil {
			p.failAt(start, "S-9.5.1-01", "expected at most one qualifier of each kind, found a second "+qualifierName(kind))
		}
		seen[kind] = true
	}
}

func qualifierName(k Kind) string {
	switch k {
	case StartStop:
		return "START … STOP"
	case Within:
		return "WITHIN"
	default:
		return "REPEATS"
	}
}

func (p *Parser) startStop() int32 {
	n := p.open(StartStop)
	p.advance()
	const want = "a timestamp such as t'2026-01-31T12:00:00Z'"
	start := p.literal(want, tokenTimestamp)
	p.adopt(n, start)
	p.expect(tokenStop, "STOP")
	p.sibling(start, p.literal(want, tokenTimestamp))
	return p.close(n)
}

func (p *Parser) within() int32 {
	n := p.open(Within)
	p.advance()
	p.adopt(n, p.positive("a positive number of seconds", tokenInteger, tokenFloat))
	p.expect(tokenSeconds, "SECONDS")
	return p.close(n)
}

func (p *Parser) repeats() int32 {
	n := p.open(Repeats)
	p.advance()
	p.adopt(n, p.positive("a positive integer", tokenInteger))
	p.expect(tokenTimes, "TIMES")
	return p.close(n)
}

// positive reads a number without a minus; 0 is left to Check, as the grammar does.
func (p *Parser) positive(want string, kinds ...token) int32 {
	if p.end > p.start && p.text[p.start] == '-' {
		p.unexpected(want)
		return 0
	}
	return p.literal(want, kinds...)
}

// test reads one comparison, or ( ).
func (p *Parser) test() int32 {
	switch p.token {
	case tokenOpen:
		return p.group(comparisonOr, "AND, OR or ')'")
	case tokenNot, tokenExists:
		return p.exists()
	case tokenWord, tokenHyphenated:
		return p.comparison()
	}
	p.unexpected("a comparison, which starts with an object type, EXISTS, NOT EXISTS or '('")
	return 0
}

func (p *Parser) exists() int32 {
	n := p.open(Comparison)
	p.at(n).operator = Exists
	if p.token == tokenNot {
		p.at(n).negated = true
		p.advance()
	}
	p.expect(tokenExists, "EXISTS (the NOT of other comparisons stands before their operator)")
	p.adopt(n, p.path())
	return p.close(n)
}

func (p *Parser) comparison() int32 {
	n := p.open(Comparison)
	path := p.path()
	p.adopt(n, path)
	if p.token == tokenNot {
		p.at(n).negated = true
		p.advance()
	}
	op := p.token.operator()
	if op == 0 {
		p.unexpected("a comparison operator (=, !=, <, >, <=, >=, IN, LIKE, MATCHES, ISSUBSET, ISSUPERSET)")
		return p.close(n)
	}
	p.at(n).operator = op
	p.advance()
	p.sibling(path, p.constant(op))
	p.checkHash(n)
	return p.close(n)
}

// constant reads the right side of an operator.
func (p *Parser) constant(op Operator) int32 {
	switch op {
	case Equal, NotEqual:
		return p.anyLiteral("a constant: a number, true, false, '…', b'…', h'…' or t'…'")
	case In:
		return p.set()
	case Like, Matches, IsSubset, IsSuperset:
		return p.literal("a string in single quotes", tokenString)
	}
	const want = "a constant that has an order: a number, '…', b'…', h'…' or t'…'"
	if p.token == tokenBoolean {
		p.unexpected(want)
		return 0
	}
	return p.anyLiteral(want)
}

func (p *Parser) set() int32 {
	n := p.open(Set)
	p.expect(tokenOpen, "'(' and the constants of the set")
	if p.token != tokenClose {
		last := p.anyLiteral("a constant or ')'")
		p.adopt(n, last)
		for p.token == tokenComma && p.err == nil {
			p.advance()
			last = p.sibling(last, p.anyLiteral("a constant"))
		}
	}
	p.expect(tokenClose, "',' or ')'")
	return p.close(n)
}

// path reads an object path: a type, a colon, a name, then names and indexes.
func (p *Parser) path() int32 {
	n := p.open(Path)
	if p.token != tokenWord && p.token != tokenHyphenated {
		p.unexpected("an object type")
		return n
	}
	last := p.leaf(ObjectType)
	p.adopt(n, last)
	p.noteType(last)
	p.expect(tokenColon, "':' between the object type and its property")
	last = p.sibling(last, p.key())
	for p.err == nil {
		switch p.token {
		case tokenDot:
			p.advance()
			last = p.sibling(last, p.key())
		case tokenOpenList:
			last = p.sibling(last, p.index())
		default:
			return p.close(n)
		}
	}
	return n
}

// noteType remembers whether the [ ] names more than one object type.
func (p *Parser) noteType(n int32) {
	if p.typeSeen == 0 {
		p.typeSeen = n
		return
	}
	if !p.mixed {
		p.mixed = string(p.textOf(n)) != string(p.textOf(p.typeSeen))
	}
}

func (p *Parser) key() int32 {
	switch {
	case p.token == tokenWord || p.token == tokenString:
		return p.leaf(Key)
	case p.token == tokenHyphenated:
		p.reject("S-9.7-02", "a property name (one with a hyphen is written in single quotes)")
	case p.token >= tokenAnd || p.token == tokenBoolean:
		p.unexpected("a property name (one that is a keyword is written in single quotes)")
	default:
		p.unexpected("a property name")
	}
	return 0
}

func (p *Parser) index() int32 {
	n := p.open(Index)
	p.advance()
	switch p.token {
	case tokenStar:
		p.at(n).kind = Star
	case tokenInteger:
	default:
		p.unexpected("a list index or '*'")
		return n
	}
	p.advance()
	p.expect(tokenCloseList, "']'")
	return p.close(n)
}

func (p *Parser) anyLiteral(want string) int32 {
	if kind := p.token.literalKind(); kind != 0 {
		return p.leaf(kind)
	}
	p.unexpected(want)
	return 0
}

// literal reads a literal of one of the kinds.
func (p *Parser) literal(want string, kinds ...token) int32 {
	for _, k := range kinds {
		if p.token == k {
			return p.leaf(k.literalKind())
		}
	}
	p.unexpected(want)
	return 0
}

// leaf makes the token a node.
func (p *Parser) leaf(kind Kind) int32 {
	n := p.open(kind)
	p.at(n).end = int32(p.end)
	p.advance()
	return n
}

func (p *Parser) expect(t token, want string) {
	if p.token != t {
		p.unexpected(want)
		return
	}
	p.advance()
}

// unexpected is the error of the grammar as such.
func (p *Parser) unexpected(want string) { p.reject("S-4.7-03", want) }

// reject keeps the first error, and ends the parse: no rule of the grammar accepts tokenBad.
func (p *Parser) reject(code, want string) {
	if p.token == tokenBad {
		return
	}
	text := p.text[p.start:p.end]
	found := "the end of the pattern"
	switch {
	case p.token == tokenString:
		found = clip(text)
	case p.token != tokenEnd:
		found = "'" + clip(text) + "'" + hint(p.token, text)
	}
	p.fail(code, "expected "+want+", found "+found)
}

// open makes a node that starts at the token.
func (p *Parser) open(kind Kind) int32 {
	if len(p.pattern.nodes) >= MaxNodes {
		p.fail("S-4.7-03", fmt.Sprintf("expected at most %d constants, names and operators", MaxNodes))
		return 0
	}
	p.pattern.nodes = append(p.pattern.nodes, node{kind: kind, start: int32(p.start)})
	return int32(len(p.pattern.nodes) - 1)
}

// close ends a node behind the last token that was taken.
func (p *Parser) close(n int32) int32 {
	p.at(n).end = int32(p.before)
	return n
}

// adopt makes a node the first child of another.
func (p *Parser) adopt(parent, n int32) { p.at(parent).first = n }

// sibling links a node behind the last one of its parent.
func (p *Parser) sibling(last, n int32) int32 {
	p.at(last).next = n
	return n
}

// at is a node; it holds until the next one is made.
func (p *Parser) at(n int32) *node { return &p.pattern.nodes[n] }

func (p *Parser) textOf(n int32) []byte { return p.text[p.at(n).start:p.at(n).end] }

func invalidUTF8(text []byte) *Error {
	i := 0
	for i < len(text) {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		i += n
	}
	return newError(text, i, "S-9.4-01", "expected Unicode characters in UTF-8, found a byte that is none")
}
