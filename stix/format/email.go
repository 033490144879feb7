package format

import (
	"bytes"
	"unicode/utf8"
)

// Email reports whether s is an addr-spec of RFC 5322 section 3.4.1, as email-addr has it (STIX
// 2.1 section 6.5): a local part, plain or quoted, "@", and a domain or domain literal, in ASCII or
// the UTF-8 of RFC 6532. A display name, angle brackets and comments are no part of an address
// that is a value, nor are the obsolete forms. The domain is held to RFC 5322 (a dot-atom), not to
// RFC 1034: the text of STIX asks no more.
func Email(s []byte) bool {
	if !utf8.Valid(s) {
		return false
	}
	if local := quotedString(s); local > 0 {
		domain, found := bytes.CutPrefix(s[local:], []byte("@"))
		return found && mailDomain(domain)
	}
	local, domain, _ := bytes.Cut(s, []byte("@"))
	return dotAtom(local) && mailDomain(domain)
}

// quotedString is the length of the quoted-string (RFC 5322 section 3.2.4) that s begins with, or
// zero. White space within is literal; folding belongs to messages.
func quotedString(s []byte) int {
	if len(s) == 0 || s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return i + 1
		case s[i] == '\\':
			i++
			if i == len(s) || !quotable(s[i]) {
				return 0
			}
		case !quotable(s[i]):
			return 0
		}
	}
	return 0
}

// quotable are the printable octets, space and tab, and those of UTF-8.
func quotable(c byte) bool { return c >= ' ' && c != 0x7F || c == '\t' }

func mailDomain(s []byte) bool {
	if len(s) < 2 || s[0] != '[' {
		return dotAtom(s)
	}
	for _, c := range s[1 : len(s)-1] {
		if c <= ' ' || c == 0x7F || c == '[' || c == ']' || c == '\\' {
			return false
		}
	}
	return s[len(s)-1] == ']'
}

// dotAtom reports whether s is a dot-atom-text of RFC 5322 section 3.2.3, widened by RFC 6532.
func dotAtom(s []byte) bool {
	after := byte('.')
	for _, c := range s {
		if c == '.' && after == '.' || c != '.' && c < utf8.RuneSelf && classes[c]&atomChar == 0 {
			return false
		}
		after = c
	}
	return after != '.'
}
