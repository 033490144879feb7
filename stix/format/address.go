package format

import "bytes"

// IPv4 reports whether s is an IPv4 address in dotted decimal or a CIDR block (RFC 4632 section
// 3.1), as ipv4-addr has it (STIX 2.1 section 6.8). No number has leading zeros, which some read
// as octal; a block may have host bits.
func IPv4(s []byte) bool {
	address, length, block := bytes.Cut(s, []byte("/"))
	return dottedQuad(address) && (!block || prefixLength(length, 32))
}

// IPv6 reports whether s is an IPv6 address (RFC 4291 section 2.2) or CIDR block (section 2.3), as
// ipv6-addr has it (STIX 2.1 section 6.9). Every text form of the RFC is right, not only the
// canonical one of RFC 5952; a zone (RFC 4007) has no meaning beyond its node and is wrong.
func IPv6(s []byte) bool {
	address, length, block := bytes.Cut(s, []byte("/"))
	return eightGroups(address) && (!block || prefixLength(length, 128))
}

// MAC reports whether s is a mac-addr of STIX 2.1 section 6.10: six octets, each of two lower-case
// hex digits, joined by colons.
func MAC(s []byte) bool {
	if len(s) != len("00:00:5e:00:53:af") {
		return false
	}
	for i, c := range s {
		if i%3 == 2 && c != ':' || i%3 != 2 && classes[c]&hexLower == 0 {
			return false
		}
	}
	return true
}

func dottedQuad(s []byte) bool {
	octets, digits, value := 1, 0, 0
	for _, c := range s {
		switch {
		case '0' <= c && c <= '9':
			if digits > 0 && value == 0 {
				return false
			}
			digits++
			if value = 10*value + int(c-'0'); value > 255 {
				return false
			}
		case c == '.' && digits > 0 && octets < 4:
			octets, digits, value = octets+1, 0, 0
		default:
			return false
		}
	}
	return octets == 4 && digits > 0
}

// eightGroups reports whether s is eight groups of up to four hex digits, of which "::" stands,
// once, for one or more, and a dotted quad for the last two.
func eightGroups(s []byte) bool {
	const want = 8
	groups := 0
	s, elided := bytes.CutPrefix(s, []byte("::"))
	for len(s) > 0 {
		n := 0
		for n < len(s) && classes[s[n]]&hexAny != 0 {
			n++
		}
		switch {
		case n < len(s) && s[n] == '.':
			return dottedQuad(s) && complete(groups+2, want, elided)
		case n == 0 || n > 4 || groups == want:
			return false
		}
		groups++
		s = s[n:]
		if len(s) == 0 {
			break
		}
		if s[0] != ':' || len(s) == 1 {
			return false
		}
		if s = s[1:]; s[0] == ':' {
			if elided {
				return false
			}
			elided, s = true, s[1:]
		}
	}
	return complete(groups, want, elided)
}

func complete(groups, want int, elided bool) bool {
	return groups == want && !elided || groups < want && elided
}

// prefixLength reports whether s is a decimal number up to limit, without leading zeros.
func prefixLength(s []byte, limit int) bool {
	if len(s) == 0 || len(s) > 3 || len(s) > 1 && s[0] == '0' || !all(s, digit) {
		return false
	}
	value := 0
	for _, c := range s {
		value = 10*value + int(c-'0')
	}
	return value <= limit
}
