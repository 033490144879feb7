package pattern

import (
	"cmp"
	"fmt"
	"slices"
)

// maxFindings bounds what is said about one pattern, and with it the work that saying it takes.
const maxFindings = 50

// Finding is a rule of section 9 that a pattern breaks though the grammar derives it.
type Finding struct {
	Code    string // the requirement's row: "S-9.5-02"
	Offset  int    // in bytes, from 0
	Column  int    // in characters, from 1
	Message string // what is wrong and what would be right
	Must    bool   // section 9 says MUST; otherwise the pattern is only bad style, or can never match
}

// Check appends what breaks the rules of the text, in the order of the text, to dst: at most 50
// findings. It uses memory of the pattern, so it is for one goroutine at a time.
func (p *Pattern) Check(dst []Finding) []Finding {
	c := checker{Pattern: p, findings: dst, known: len(dst)}
	if p.comment >= 0 {
		c.add(p.comment, "S-9.4-01", "comments are not part of STIX 2.1; leave them out", false)
	}
	for i := 1; i < len(p.nodes) && !c.full(); i++ {
		c.node(Node{p, int32(i)})
	}
	slices.SortStableFunc(c.findings[c.known:], func(a, b Finding) int { return cmp.Compare(a.Offset, b.Offset) })
	return c.findings
}

// Finding is advice about a node, from who knows more than the pattern says.
func (p *Pattern) Finding(at Node, code, message string) Finding {
	return Finding{Code: code, Offset: at.Start(), Column: column(p.text, at.Start()), Message: message}
}

// checker is one run of Check.
type checker struct {
	*Pattern
	findings []Finding
	known    int // findings that were there before
}

func (c *checker) node(n Node) {
	c.work++
	switch n.Kind() {
	case Observation:
		if c.nodes[n.i].mixed {
			c.types = c.types[:0]
			c.satisfy(n.First(), Observation)
		}
	case Group:
		c.groupQualifiers(n)
	case Within:
		if isNought(n.First().Text()) {
			c.add(n.First().Start(), "S-9.5.1-03", "WITHIN needs a number of seconds above 0", true)
		}
	case Repeats:
		if isNought(n.First().Text()) {
			c.add(n.First().Start(), "S-9.5.1-02", "REPEATS needs a positive integer", true)
		}
	case StartStop:
		if start, stop := n.First(), n.First().Next(); !isBefore(start.Value(), stop.Value()) {
			c.add(stop.Start(), "S-9.5.1-04", "STOP is not after START, so nothing can match; STOP must be later", false)
		}
	case Comparison:
		c.comparison(n)
	case Path:
		c.path(n)
	case Index:
		c.index(n)
	case Set:
		c.set(n)
	case Integer, Float, Hex, Timestamp:
		c.literal(n)
	}
}

// groupQualifiers reports a qualifier that ( ) has twice. That of [ ] does not parse.
func (c *checker) groupQualifiers(n Node) {
	var seen [Repeats + 1]bool
	for q := n.First().Next(); !q.IsZero(); q = q.Next() {
		if seen[q.Kind()] {
			c.add(q.Start(), "S-9.5.1-01", "an expression has at most one qualifier of each kind; this is a second "+qualifierName(q.Kind()), true)
		}
		seen[q.Kind()] = true
	}
}

func (c *checker) comparison(n Node) {
	path := n.First()
	constant := path.Next()
	switch n.Operator() {
	case Equal, NotEqual:
		c.spelling(path, constant)
	case Matches:
		if fault := regexpFault(c.contentOf(constant)); fault != "" {
			c.add(constant.Start(), "S-9.6.1-06", "no PCRE compiles this regular expression: "+fault, true)
		}
	case IsSubset, IsSuperset:
		if !endsInAddress(path) {
			c.add(path.Start(), "S-9.6.1-07", n.Operator().String()+" needs the value of an ipv4-addr or ipv6-addr, as in network-traffic:dst_ref.value", true)
		}
		if !isNetwork(string(c.contentOf(constant))) {
			c.add(constant.Start(), "S-9.6.1-07", n.Operator().String()+" needs an IP address or a network such as '198.51.100.0/24'", true)
		}
	}
}

// spelling reports the operators == and <> of the grammar. Between path and constant stand only
// NOT, the operator, white space and comments; comments have their own finding.
func (c *checker) spelling(path, constant Node) {
	for i := path.End(); i+1 < constant.Start(); i++ {
		switch two := string(c.text[i : i+2]); two {
		case "/*", "//":
			return
		case "==":
			c.add(i, "S-9.6.1-01", "STIX has no operator ==; equal is =", false)
		case "<>":
			c.add(i, "S-9.6.1-01", "STIX has no operator <>; unequal is !=", false)
		}
	}
}

func (c *checker) index(n Node) {
	number := c.text[n.Start()+1 : n.End()-1]
	for i, b := range number {
		switch b {
		case '-':
			c.add(n.Start()+1+i, "S-9.7.2-01", "a list index is 0 or more, or *", true)
			return
		case '+':
			c.add(n.Start()+1+i, "S-9.2-04", "a positive number has no plus sign", true)
			return
		}
	}
}

// set wants constants of one type. Integers and floats compare with each other (§9.2).
func (c *checker) set(n Node) {
	first := n.First()
	if first.IsZero() {
		c.add(n.Start(), "S-9.6.1-04", "an empty set matches nothing; name at least one constant", true)
		return
	}
	for e := first.Next(); !e.IsZero(); e = e.Next() {
		if a, b := e.Kind(), first.Kind(); a != b && !(isNumber(a) && isNumber(b)) {
			c.add(e.Start(), "S-9.6.1-04", fmt.Sprintf("the constants of a set have one type; this %s is among those of type %s", a, b), true)
			return
		}
	}
}

func isNumber(k Kind) bool { return k == Integer || k == Float }

func (c *checker) literal(n Node) {
	text := n.Text()
	switch n.Kind() {
	case Integer, Float:
		if text[0] == '+' {
			code := "S-9.2-04"
			if n.Kind() == Float {
				code = "S-9.2-05"
			}
			c.add(n.Start(), code, "a positive number has no plus sign", true)
		}
	case Hex:
		for _, b := range unquoted(text) {
			if b >= 'A' && b <= 'F' {
				c.add(n.Start(), "S-9.2-03", "hexadecimal digits are written in lower case", false)
				return
			}
		}
	case Timestamp:
		if !isDate(unquoted(text)) {
			c.add(n.Start(), "S-9.2-07", "the calendar does not have the day of this timestamp", true)
		}
	}
}

// contentOf is a string without its quotes and escapes, until the next call.
func (c *checker) contentOf(n Node) []byte {
	s := unquoted(n.Text())
	if !hasEscape(s) {
		return s
	}
	c.content = appendUnescaped(c.content[:0], s)
	return c.content
}

func (c *checker) full() bool { return len(c.findings)-c.known >= maxFindings }

func (c *checker) add(offset int, code, message string, must bool) {
	if c.full() {
		return
	}
	c.findings = append(c.findings, Finding{code, offset, column(c.text, offset), message, must})
}
