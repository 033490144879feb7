package pattern

import "bytes"

// unquoted cuts the prefix and the quotes off a literal that has them.
func unquoted(s []byte) []byte {
	if len(s) < 2 || s[len(s)-1] != '\'' {
		return s
	}
	return s[bytes.IndexByte(s, '\'')+1 : len(s)-1]
}

func hasEscape(s []byte) bool { return bytes.IndexByte(s, '\\') >= 0 }

// appendUnescaped appends a string's content; \' and \\ are the only escapes.
func appendUnescaped(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		}
		dst = append(dst, s[i])
	}
	return dst
}

// isTimestamp checks the shape and the range of each field, as the grammar does: 30 February and
// the second 60 pass. What a month really has is a matter of isDate.
func isTimestamp(s []byte) bool {
	const shape = "0000-00-00T00:00:00"
	if len(s) < len(shape)+1 || s[len(s)-1] != 'Z' {
		return false
	}
	for i, c := range []byte(shape) {
		if c == '0' && !isDigit(s[i]) || c != '0' && s[i] != c {
			return false
		}
	}
	fraction := s[len(shape) : len(s)-1]
	if len(fraction) > 0 && (fraction[0] != '.' || len(fraction) == 1 || !allDigits(fraction[1:])) {
		return false
	}
	month, day := pair(s, 5), pair(s, 8)
	return month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
		pair(s, 11) <= 23 && pair(s, 14) <= 59 && pair(s, 17) <= 60
}

// isDate reports whether the month of a timestamp has its day.
func isDate(s []byte) bool {
	year, month, day := pair(s, 0)*100+pair(s, 2), pair(s, 5), pair(s, 8)
	switch month {
	case 4, 6, 9, 11:
		return day <= 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return day <= 29
		}
		return day <= 28
	}
	return true
}

// isBefore compares two timestamps. Their fields have fixed widths, but for the fraction, in which
// zeros at the end say nothing.
func isBefore(a, b []byte) bool {
	const seconds = len("0000-00-00T00:00:00")
	if c := bytes.Compare(a[:seconds], b[:seconds]); c != 0 {
		return c < 0
	}
	return bytes.Compare(bytes.TrimRight(a[seconds:], ".0Z"), bytes.TrimRight(b[seconds:], ".0Z")) < 0
}

// isBase64 wants at least one group of four (RFC 4648 §4); line feeds count for nothing.
func isBase64(s []byte) bool {
	digits, padding := 0, 0
	for _, c := range s {
		switch {
		case c == '\n' || c == '\r':
		case c == '=':
			padding++
		case padding == 0 && (isLetter(c) || isDigit(c) || c == '+' || c == '/'):
			digits++
		default:
			return false
		}
	}
	return digits > 0 && padding <= 2 && (digits+padding)%4 == 0
}

// isHexDigits accepts both cases, and nothing at all.
func isHexDigits(s []byte) bool {
	for _, c := range s {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

func allDigits(s []byte) bool {
	for _, c := range s {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

// isNought reports a number without any digit but 0.
func isNought(s []byte) bool { return len(bytes.Trim(s, "+-.0")) == 0 }

// pair is the number of two digits at i.
func pair(s []byte, i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
