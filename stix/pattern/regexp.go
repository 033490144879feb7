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
		if n = bytes.Index(rest, []byte(`\E`)) + 2; n < 2 {
			n = len(rest)
		}
	case c == 'c':
		n = min(3, len(rest))
	case len(rest) > fromHere && rest[2] == '{' && bytes.IndexByte([]byte("xopPNgku"), c) >= 0:
		n = bytes.IndexByte(rest, '}') + 1
		if n == 0 {
			n = len(rest)
		}
	}
	s.i += n
	s.before = anItem
}

// class skips [ ]. A ] that comes first stands for itself.
func (s *regexpScanner) class() {
	re := s.re
	i := s.i + 1
	if i < len(re) && re[i] == '^' {
		i++
	}
	for first := i; i < len(re); {
		switch c := re[i]; {
		case c == ']' && i > first:
			s.i = i + 1
			return
		case c == '\\':
			outer := s.i
			s.i = i
			s.escape()
			i, s.i = s.i, outer
			if s.fault != "" {
				return
			}
		case c == '[' && i+1 < len(re) && re[i+1] == ':':
			i += posixClass(re[i:])
		default:
			i += s.classRange(re[i:])
		}
	}
	s.fault = "a [ has no ]"
}

// posixClass is the length of [:name:], or 1 if there is none.
func posixClass(re []byte) int {
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
	s.depth++
	s.before = nothing
	s.i++
	rest := s.re[s.i:]
	switch {
	case len(rest) > 1 && rest[0] == '*' && isLetter(rest[1]): // a verb, (*UTF8)
		s.i += 2
	case bytes.HasPrefix(rest, []byte("?#")): // a comment
		if end := bytes.IndexByte(rest, ')'); end >= 0 {
			s.i += end
		} else {
			s.i = len(s.re)
		}
	case len(rest) > 0 && rest[0] == '?':
		s.special(rest[1:])
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
