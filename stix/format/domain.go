package format

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

const (
	maxName   = 253 // RFC 1034 section 3.1: 255 octets on the wire, less the first length and the root
	maxLabel  = 63  // RFC 1034 section 3.1
	maxULabel = 59  // Punycode spends "xn--" and a character or more for each: RFC 3492 section 3
)

// DomainName reports whether s is a domain name of RFC 1034 section 3.5 with labels of RFC 5890,
// as domain-name has it (STIX 2.1 section 6.4).
//
// Labels are of letters, digits and hyphens, with no hyphen at either end; they may begin with a
// digit (RFC 1123 section 2.1). The underscore is let in: RFC 1034 calls its own syntax preferred,
// RFC 5890 section 2.3.1 knows underscore labels, and observed names have them (RFC 8552:
// _dmarc.example.com). One dot may end the name, as an absolute one (RFC 1034 section 3.1). The
// last label is not all digits (RFC 1123 section 2.1), or 192.0.2.1 would be a name.
//
// A label with non-ASCII characters is a U-label (RFC 5890 section 2.3.2.1): letters, marks,
// digits and the few characters that RFC 5892 allows in context. Unicode categories stand in for
// the tables of RFC 5892, and the lengths are those that no encoding undercuts, so that a wrong
// U-label may pass but no right one fails. The Punycode of an A-label is not decoded.
func DomainName(s []byte) bool {
	s = bytes.TrimSuffix(s, []byte("."))
	start, characters := 0, 0
	for i, c := range s {
		if utf8.RuneStart(c) {
			characters++
		}
		if c == '.' {
			if !label(s[start:i]) {
				return false
			}
			start = i + 1
		}
	}
	last := s[start:]
	return characters <= maxName && label(last) && !all(last, digit)
}

func label(s []byte) bool {
	if len(s) == 0 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	if !all(s, hostChar) {
		return uLabel(s)
	}
	return len(s) <= maxLabel
}

func uLabel(s []byte) bool {
	first, _ := utf8.DecodeRune(s)
	if unicode.IsMark(first) { // RFC 5891 section 4.2.3.2
		return false
	}
	n := 0
	for ; len(s) > 0; n++ {
		r, size := utf8.DecodeRune(s)
		if r == utf8.RuneError || !uLabelRune(r) {
			return false
		}
		s = s[size:]
	}
	return n <= maxULabel
}

func uLabelRune(r rune) bool {
	switch r {
	case '-', 0x00B7, 0x0375, 0x05F3, 0x05F4, 0x200C, 0x200D, 0x30FB: // RFC 5892 appendix A
		return true
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}
