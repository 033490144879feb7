package format

import "bytes"

// Base64 reports whether s is base64 of RFC 4648 section 4, as STIX binaries are (STIX 2.1
// section 2.1): its alphabet only, no line breaks (section 3.1), padded to quanta of four. Pad
// bits need not be zero: section 3.5 leaves that open, and an example of STIX itself has others.
// The empty string encodes no octets.
func Base64(s []byte) bool {
	if len(s)%4 != 0 {
		return false
	}
	s = bytes.TrimSuffix(s, []byte("="))
	s = bytes.TrimSuffix(s, []byte("="))
	return all(s, base64Char)
}

// Hex reports whether s is a hex of STIX 2.1 section 2.8: octets as pairs of 0-9 and a-f. No pair
// at all is no value: the schemas of OASIS want one at least.
func Hex(s []byte) bool {
	return len(s)%2 == 0 && some(s, hexLower)
}

// EncodedWord reports whether s contains an encoded word of RFC 2047 section 2,
// =?charset?encoding?text?=, which STIX wants decoded (STIX 2.1 section 6.6). A language after the
// charset (RFC 2231 section 5) is part of it. Words that are too long or hold spaces are wrong but
// common, and decoders take them: they are found, too.
func EncodedWord(s []byte) bool {
	for {
		i := bytes.Index(s, []byte("=?"))
		if i < 0 {
			return false
		}
		s = s[i+2:]
		if encodedRest(s) {
			return true
		}
	}
}

// encodedRest reports whether s begins with what follows the "=?" of an encoded word. It looks
// no further than the third question mark, so that words that begin and do not end cost little.
func encodedRest(s []byte) bool {
	charset, rest, _ := bytes.Cut(s, []byte("?"))
	if len(rest) < 2 || !some(charset, tokenChar) || rest[1] != '?' {
		return false
	}
	switch rest[0] {
	case 'B', 'b', 'Q', 'q':
	default:
		return false
	}
	text, rest, found := bytes.Cut(rest[2:], []byte("?"))
	return found && some(text, alnum|punctuation|space) && len(rest) > 0 && rest[0] == '='
}
