package format

import "bytes"

// CPE23 reports whether s is a formatted string of CPE 2.3 (NISTIR 7695 section 6.2), as
// software.cpe has it (STIX 2.1 section 6.14): "cpe:2.3:" and eleven components between colons, of
// which the first is the part and the seventh a language. That the dictionary lists it is not
// asked. Any punctuation may be quoted with a backslash, as tools quote more than they need.
func CPE23(s []byte) bool {
	s, found := bytes.CutPrefix(s, []byte("cpe:2.3:"))
	for i := 0; found; i++ {
		end := componentEnd(s)
		if !component(i, s[:end]) {
			return false
		}
		if end == len(s) {
			return i == other
		}
		s = s[end+1:]
	}
	return false
}

// Places of components that are not like the others, and of the last.
const part, tag, other = 0, 6, 10

func component(place int, s []byte) bool {
	switch {
	case place > other:
		return false
	case logical(s):
		return true
	case place == part:
		return len(s) == 1 && (s[0] == 'a' || s[0] == 'h' || s[0] == 'o')
	case place == tag:
		return languageForm(s)
	}
	return attribute(s)
}

// componentEnd is where the next unquoted colon is, or the end.
func componentEnd(s []byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ':':
			return i
		case '\\':
			i++
		}
	}
	return len(s)
}

// logical reports whether s is ANY or NA.
func logical(s []byte) bool { return len(s) == 1 && (s[0] == '*' || s[0] == '-') }

// attribute reports whether s is a string with unquoted wildcards at its ends only: one asterisk
// or any number of question marks.
func attribute(s []byte) bool {
	s = wildcards(s)
	n := 0
	for len(s) > 0 {
		switch {
		case classes[s[0]]&plainChar != 0:
			s = s[1:]
		case s[0] == '\\' && len(s) > 1 && classes[s[1]]&punctuation != 0:
			s = s[2:]
		default:
			return n > 0 && len(wildcards(s)) == 0
		}
		n++
	}
	return n > 0
}

func wildcards(s []byte) []byte {
	if rest, found := bytes.CutPrefix(s, []byte("*")); found {
		return rest
	}
	return bytes.TrimLeft(s, "?")
}
