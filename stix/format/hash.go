package format

import "bytes"

// Hash reports whether algorithm is one that hash-algorithm-ov lists (STIX 2.1 section 10.7, where
// letter case counts) and, if so, whether value has its form (section 2.7). Hex digits may be of
// either case, on which the text is silent. A TLSH has 70 of them, or 72 characters when it begins with
// the version T1 that newer tools write.
func Hash(algorithm, value []byte) (known, ok bool) {
	switch string(algorithm) {
	case "MD5":
		return true, digest(value, 32)
	case "SHA-1":
		return true, digest(value, 40)
	case "SHA-256", "SHA3-256":
		return true, digest(value, 64)
	case "SHA-512", "SHA3-512":
		return true, digest(value, 128)
	case "SSDEEP":
		return true, fuzzy(value)
	case "TLSH":
		return true, digest(bytes.TrimPrefix(value, []byte("T1")), 70)
	}
	return false, false
}

func digest(s []byte, digits int) bool {
	return len(s) == digits && all(s, hexAny)
}

// fuzzy reports whether s is what ssdeep prints, without the file's name: a block size in decimal
// and two signatures of at most 64 characters, which are empty for an empty file.
func fuzzy(s []byte) bool {
	const maxSize, maxSignature = 10, 64
	size, rest, _ := bytes.Cut(s, []byte(":"))
	first, second, found := bytes.Cut(rest, []byte(":"))
	return found && len(size) <= maxSize && some(size, digit) &&
		len(first) <= maxSignature && all(first, base64Char) &&
		len(second) <= maxSignature && all(second, base64Char)
}
