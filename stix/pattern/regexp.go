package pattern

import "bytes"

// regexpFault says what keeps every PCRE from compiling a regular expression, or nothing. It knows
// brackets, escapes and repeats, so it finds the slips of hand and never blames what one dialect
// has and another lacks. It gives up on free spacing ((?x)), whose comments may hold anything.
func regexpFault(re []byte) string {
	s := regexpScanner{re: re}
	for s.i < len(re) && s.fault == "" {
		s.item()
	}
	if s.fault == "" && s.depth > 0 {
		s.fault = "a ( has no )"
	}
	return s.fault
}

// repeatable is what stands before a place in a regular expression.
type repeatable uint8

const (
	nothing  repeatable    = iota // the start, ( or |
	anItem                        // what may be repeated
	aRepeat                       // what is repeated already
	fromHere = len("\\x{")        // the shortest escape that has braces
)

type regexpScanner struct {
	re     []byte
	i      int
	depth  int
	before repeatable
	fault  string
}

// item reads one item of the expression.
func (s *regexpScanner) item() {
	switch c := s.re[s.i]; c {
	case '\\':
		s.escape()
	case '[':
		s.class()
		s.before = anItem
	case '(':
		s.open()
	case ')':
		s.i++
		if s.depth--; s.depth < 0 {
			s.fault = "a ) has no ("
		}
		s.before = anItem
	case '|':
		s.i++
		s.before = nothing
	case '*', '+', '?':
		s.repeat(1)
	case '{':
		s.braces()
	default:
		s.i++
		s.before = anItem
	}
}

// escape skips an escape, with its braces where it may have them, and \Q…\E.
func (s *regexpScanner) escape() {
	rest := s.re[s.i:]
	if len(rest) == 1 {
		s.fault = `it ends in a lone \`
		return
	}
	n := 2
	switch c := rest[1]; {
	case c == 'Q':
		n = through(rest, `\E`)
	case c == 'c':
		n = min(3, len(rest))
	case len(rest) > 2 && rest[2] == '{' && bytes.IndexByte([]byte("xopPNgku"), c) >= 0:
		n = through(rest, "}")
	}
	s.i += n
	s.before = anItem
}

// through is the length up to the end of a mark, or of everything if there is no such mark.
func through(s []byte, mark string) int {
	if i := bytes.Index(s, []byte(mark)); i >= 0 {
		return i + len(mark)
	}
	return len(s)
}

// class skips [ ]. A ] that comes first stands for itself.
func (s *regexpScanner) class() {
	s.i++
	if s.i < len(s.re) && s.re[s.i] == '^' {
		s.i++
	}
	for first := s.i; s.i < len(s.re) && s.fault == ""; {
		switch rest := s.re[s.i:]; {
		case rest[0] == ']' && s.i > first:
			s.i++
			return
		case rest[0] == '\\':
			s.escape()
		case rest[0] == '[':
			s.i += posixClass(rest)
		default:
			s.i += s.classRange(rest)
		}
	}
	if s.fault == "" {
		s.fault = "a [ has no ]"
	}
}

// posixClass is the length of [:name:], or 1 if there is none.
func posixClass(re []byte) int {
	if len(re) < 2 || re[1] != ':' {
		return 1
	}
	for i := 2; i+1 < len(re) && (isLetter(re[i]) || re[i] == '^' || re[i] == ':'); i++ {
		if re[i] == ':' && re[i+1] == ']' {
			return i + 2
		}
	}
	return 1
}

// classRange is the length of a character or of a range of two plain ones.
func (s *regexpScanner) classRange(re []byte) int {
	if len(re) < 3 || re[1] != '-' || !isPlain(re[0]) || !isPlain(re[2]) {
		return 1
	}
	if re[2] < re[0] {
		s.fault = "the range " + string(re[:3]) + " is out of order"
	}
	return 3
}

func isPlain(c byte) bool { return isLetter(c) || isDigit(c) }

// open reads ( and what tells its kind.
func (s *regexpScanner) open() {
	rest := s.re[s.i:]
	if bytes.HasPrefix(rest, []byte("(?#")) { // a comment, which is no item
		s.i += through(rest, ")")
		if s.re[s.i-1] != ')' {
			s.fault = "a ( has no )"
		}
		return
	}
	s.depth++
	s.before = nothing
	s.i++
	switch {
	case len(rest) > 2 && rest[1] == '*' && isLetter(rest[2]): // a verb, (*UTF8)
		s.i += 2
	case len(rest) > 1 && rest[1] == '?':
		s.special(rest[2:])
	}
}

// special reads what follows (?: flags, a kind of group, a name or a reference.
func (s *regexpScanner) special(rest []byte) {
	s.i++
	flags := 0
	for flags < len(rest) && (isLetter(rest[flags]) || rest[flags] == '-' || rest[flags] == '^') {
		flags++
	}
	switch {
	case flags < len(rest) && (rest[flags] == ')' || rest[flags] == ':') && bytes.IndexByte(rest[:flags], 'x') >= 0:
		s.i, s.depth = len(s.re), 0
	case len(rest) > 0 && rest[0] != ')' && rest[0] != '(':
		s.i++
	}
}

// repeat reads a quantifier of so many bytes, and the ? or + behind it.
func (s *regexpScanner) repeat(length int) {
	switch s.before {
	case nothing:
		s.fault = "there is nothing to repeat before " + string(s.re[s.i:s.i+length])
	case aRepeat:
		s.fault = "it repeats a repeat with " + string(s.re[s.i:s.i+length])
	}
	s.i += length
	if s.i < len(s.re) && (s.re[s.i] == '?' || s.re[s.i] == '+') {
		s.i++
	}
	s.before = aRepeat
}

// braces reads {n}, {n,} and {n,m}; any other { stands for itself.
func (s *regexpScanner) braces() {
	rest := s.re[s.i+1:]
	least, n := count(rest)
	most, end := least, n
	if n > 0 && n < len(rest) && rest[n] == ',' {
		var digits int
		most, digits = count(rest[n+1:])
		end = n + 1 + digits
		if digits == 0 {
			most = least
		}
	}
	if n == 0 || end == len(rest) || rest[end] != '}' {
		s.i++
		s.before = anItem
		return
	}
	switch {
	case most < least:
		s.fault = "the numbers of {" + string(rest[:end]) + "} are out of order"
	case most > 65535:
		s.fault = "the number of {" + clip(rest[:end]) + "} is above 65535"
	default:
		s.repeat(end + 2)
	}
}

// count reads the digits in front; numbers stop growing where they are too large anyway.
func count(s []byte) (value, digits int) {
	for digits < len(s) && isDigit(s[digits]) {
		value = min(value*10+int(s[digits]-'0'), 1<<20)
		digits++
	}
	return value, digits
}
