package stix

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// appendUnquoted appends what a JSON string says; quoted has been validated.
func appendUnquoted(dst, quoted []byte) []byte {
	dst, err := jsontext.AppendUnquote(dst, quoted)
	if err != nil {
		panic("stix: unquote of a validated string: " + err.Error())
	}
	return dst
}

// unquoteLoosely is what a JSON string says that nobody has validated; what is ill-formed in it
// becomes U+FFFD.
func unquoteLoosely(quoted []byte) []byte {
	text, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return append(text, "\uFFFD"...)
	}
	return text
}

// escapesNUL reports whether the text within a JSON string's quotes spells U+0000.
func escapesNUL(s []byte) bool {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 || i+1 == len(s) {
			return false
		}
		if bytes.HasPrefix(s[i+1:], []byte("u0000")) {
			return true
		}
		s = s[i+2:]
	}
}

// plain reports whether a name, as written within its quotes, folds to itself and has no escapes.
func plain(name []byte) bool {
	for _, c := range name {
		if notPlain[c] {
			return false
		}
	}
	return true
}

var notPlain = func() (t [256]bool) {
	for c := range t {
		t[c] = 'A' <= c && c <= 'Z' || c == '\\' || c >= utf8.RuneSelf
	}
	return t
}()

// appendFolded appends s so that two texts that differ only in case come out the same: every
// rune becomes the least of its orbit under Unicode's simple folding, but ASCII letters become
// lower case, as property names are.
func appendFolded(dst, s []byte) []byte {
	dst = slices.Grow(dst, len(s))
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		dst = utf8.AppendRune(dst, fold(r))
		s = s[n:]
	}
	return dst
}

func fold(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	if 'A' <= least && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}
