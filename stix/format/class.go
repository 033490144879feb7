package format

// class is a set of sets of octets: what an octet may be part of.
type class uint32

const (
	letter class = 1 << iota
	digit
	hexLower   // RFC 4648 section 8, but in lower case: STIX 2.1 section 2.8
	hexAny     // in either case
	base64Char // RFC 4648 section 4, without the padding; of SSDEEP signatures, too
	hostChar   // a label of a domain name
	schemeChar // RFC 3986 section 3.1
	unreserved // RFC 3986 section 2.3
	subDelim   // RFC 3986 section 2.2
	colon
	queryChar // RFC 3986 sections 3.3 to 3.5: paths, queries and fragments but for "%"
	atomChar  // RFC 5322 section 3.2.3: atext
	nameChar  // RFC 6838 section 4.2: restricted-name-chars
	tokenChar // RFC 9110 section 5.6.2, RFC 2047 section 2
	plainChar // NISTIR 7695 section 6.2.1: what a CPE component writes unquoted
	punctuation
	space
	underscore
	lowerAlnum
	upperAlnum

	alnum = letter | digit
)

var classes = func() (t [256]class) {
	add := func(chars string, c class) {
		for i := range len(chars) {
			t[chars[i]] |= c
		}
	}
	const upper, lower, digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
	const everywhere = base64Char | hostChar | schemeChar | unreserved | queryChar |
		atomChar | nameChar | tokenChar | plainChar
	add(upper, letter|upperAlnum|everywhere)
	add(lower, letter|lowerAlnum|everywhere)
	add(digits, digit|lowerAlnum|upperAlnum|hexLower|hexAny|everywhere)
	add("abcdef", hexLower|hexAny)
	add("ABCDEF", hexAny)
	add("+/", base64Char)
	add("-_", hostChar)
	add("+-.", schemeChar)
	add("-._~", unreserved|queryChar)
	add("!$&'()*+,;=", subDelim|queryChar)
	add(":", colon)
	add(":@/?", queryChar)
	add("!#$%&'*+-/=?^_`{|}~", atomChar)
	add("!#$&-^_.+", nameChar)
	add("!#$%&'*+-.^_`|~", tokenChar)
	add("-._", plainChar)
	add("_", underscore)
	add("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", punctuation)
	add(" ", space)
	return t
}()

// all reports whether every octet of s is in one of the classes; of none it is true.
func all(s []byte, c class) bool {
	for _, b := range s {
		if classes[b]&c == 0 {
			return false
		}
	}
	return true
}

// some is all, for values that say something.
func some(s []byte, c class) bool { return len(s) > 0 && all(s, c) }
