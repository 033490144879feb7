package pattern

import "fmt"

// hashDigits are the lengths of hash values in hexadecimal digits (RFC 1321, FIPS 180-4, FIPS 202
// and the like), by the algorithm's name as [algorithm] writes it. MD6 has any length up to 128.
func hashDigits(algorithm string) (least, most int) {
	switch algorithm {
	case "MD5":
		return 32, 32
	case "SHA1", "RIPEMD160":
		return 40, 40
	case "SHA224", "SHA3224":
		return 56, 56
	case "SHA256", "SHA3256":
		return 64, 64
	case "SHA384", "SHA3384":
		return 96, 96
	case "SHA512", "SHA3512", "WHIRLPOOL":
		return 128, 128
	case "MD6":
		return 32, 128
	}
	return 0, 0
}

// checkHash refuses constants that cannot be the hash they are compared with for equality
// (hashes.X, STIX 2.1 §2.7). Parts of hashes may be compared with LIKE and MATCHES.
func (p *Parser) checkHash(comparison int32) {
	c := p.at(comparison)
	if p.err != nil || c.operator > NotEqual && c.operator != In {
		return
	}
	path := p.at(c.first)
	before, last := int32(0), path.first
	for n := p.at(last).next; n != 0; n = p.at(n).next {
		before, last = last, n
	}
	if p.at(last).kind != Key || p.at(before).kind != Key || string(unquoted(p.textOf(before))) != "hashes" {
		return
	}
	var name [10]byte
	algorithm := algorithm(name[:0], unquoted(p.textOf(last)))
	n := path.next
	if p.at(n).kind == Set {
		n = p.at(n).first
	}
	for ; n != 0 && p.err == nil; n = p.at(n).next {
		if want := hashFault(string(algorithm), p.textOf(n)); want != "" {
			p.failAt(int(p.at(n).start), "S-2.7-04", "expected "+want+", found "+clip(p.textOf(n)))
		}
	}
}

// algorithm writes a name without hyphens and in upper case, since people write SHA256 and sha-256
// too. It is empty for names longer than any that is known.
func algorithm(dst, name []byte) []byte {
	for _, c := range name {
		switch {
		case c == '-':
		case len(dst) == cap(dst):
			return nil
		case c >= 'a' && c <= 'z':
			dst = append(dst, c-'a'+'A')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// hashFault says what would be right instead of a constant, or nothing.
func hashFault(algorithm string, constant []byte) string {
	isString := constant[0] == '\''
	value := unquoted(constant)
	if algorithm == "SSDEEP" {
		if isString && isSSDEEP(value) {
			return ""
		}
		return "an SSDEEP hash (blocksize:hash:hash)"
	}
	least, most := hashDigits(algorithm)
	if most == 0 || isString && len(value) >= least && len(value) <= most && isHexDigits(value) {
		return ""
	}
	if least < most {
		return fmt.Sprintf("a string of %d to %d hexadecimal digits", least, most)
	}
	return fmt.Sprintf("a string of %d hexadecimal digits", most)
}

// isSSDEEP checks the alphabet and the greatest length of ssdeep's own output.
func isSSDEEP(s []byte) bool {
	for _, c := range s {
		if !isLetter(c) && !isDigit(c) && c != '/' && c != '+' && c != ':' && c != '.' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 148
}
