package format

import (
	"bytes"
	"sync"

	"golang.org/x/text/language"
)

// LanguageTag reports whether s has the form of a language tag (RFC 5646 section 2.1) and, if so,
// whether its subtags are registered (section 3), as STIX 2.1 section 3.2 wants of lang. Letter
// case does not count. A three-letter code of ISO 639-2 counts as registered even where the
// registry has the two letters (eng), and so do private use and grandfathered tags. What extensions
// say is not looked up.
func LanguageTag(s []byte) (wellFormed, registered bool) {
	if len(s) == 2 && all(s, letter) {
		return true, twoLetter()[pair(s)]
	}
	switch {
	case !languageForm(s):
		return irregular(s), irregular(s)
	case s[1] == '-': // all private use
		return true, true
	}
	return true, registeredTag(s)
}

// languageForm reports whether s is a langtag or privateuse of RFC 5646 section 2.1. Subtags tell
// by length and letters what they are, and what they are must not be out of turn.
func languageForm(s []byte) bool {
	const (
		extended = iota
		script
		region
		variant
		extension
		singleton // wants a subtag of its extension
	)
	first, rest, more := bytes.Cut(s, []byte("-"))
	if len(first) == 1 && first[0]|0x20 == 'x' {
		return more && privateUse(rest)
	}
	if len(first) < 2 || len(first) > 8 || !all(first, letter) {
		return false
	}
	turn, extlangs := extended, 0
	if len(first) > 3 {
		turn = script
	}
	for more {
		var sub []byte
		sub, rest, more = bytes.Cut(rest, []byte("-"))
		n := len(sub)
		switch {
		case n == 0 || n > 8 || !all(sub, alnum):
			return false
		case n == 1 && turn == singleton:
			return false
		case n == 1 && sub[0]|0x20 == 'x':
			return more && privateUse(rest)
		case n == 1:
			turn = singleton
		case turn >= extension:
			turn = extension
		case n == 3 && turn == extended && extlangs < 3 && all(sub, letter):
			extlangs++
		case n == 4 && turn <= script && all(sub, letter):
			turn = region
		case turn <= region && (n == 2 && all(sub, letter) || n == 3 && all(sub, digit)):
			turn = variant
		case n >= 5 || n == 4 && classes[sub[0]]&digit != 0:
			turn = variant
		default:
			return false
		}
	}
	return turn != singleton
}

// privateUse reports whether s is what follows "x-": subtags of one to eight letters and digits.
func privateUse(s []byte) bool {
	for more := true; more; {
		var sub []byte
		sub, s, more = bytes.Cut(s, []byte("-"))
		if len(sub) > 8 || !some(sub, alnum) {
			return false
		}
	}
	return true
}

// irregular reports whether s is one of the grandfathered tags that do not have the form (RFC 5646
// section 2.1). The regular ones do.
func irregular(s []byte) bool {
	for _, tag := range [...]string{
		"en-GB-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux", "i-mingo",
		"i-navajo", "i-pwn", "i-tao", "i-tay", "i-tsu", "sgn-BE-FR", "sgn-BE-NL", "sgn-CH-DE",
	} {
		if bytes.EqualFold(s, []byte(tag)) {
			return true
		}
	}
	return false
}

// registeredTag looks up the subtags of a well-formed tag, unless it is far longer than any real
// one (RFC 5646 section 4.4.1 needs 35 octets).
func registeredTag(s []byte) bool {
	const longest = 128
	if len(s) > longest {
		return false
	}
	_, err := language.Raw.Parse(string(s))
	return err == nil
}

var twoLetter = sync.OnceValue(func() *[26 * 26]bool {
	var registered [26 * 26]bool
	for a := byte('a'); a <= 'z'; a++ {
		for b := byte('a'); b <= 'z'; b++ {
			_, err := language.ParseBase(string([]byte{a, b}))
			registered[pair([]byte{a, b})] = err == nil
		}
	}
	return &registered
})

// pair numbers two letters of either case.
func pair(s []byte) int { return int(s[0]|0x20-'a')*26 + int(s[1]|0x20-'a') }
