package stix

import (
	"bytes"
	"errors"
	"time"
)

var (
	errTimestamp = errors.New("a timestamp is RFC 3339 in UTC, as in 2026-01-31T12:00:00.000Z")
	errTooFine   = errors.New("a timestamp here has at most nine fraction digits")
)

// timestampRow is the requirement that a text breaks by not being a timestamp.
func timestampRow(s []byte) string {
	if len(s) < len("2006-01-02T15:04:05") || s[10] != 'T' {
		return "S-2.16-01"
	}
	switch tail := s[19:]; {
	case bytes.HasPrefix(tail, []byte(".Z")):
		return "S-2.16-02"
	case bytes.ContainsAny(tail, "+-"), bytes.IndexByte(tail, 'Z') < 0 && len(bytes.Trim(tail, ".0123456789")) == 0:
		return "S-2.16-03"
	}
	return "S-2.16-01"
}

// ParseTimestamp reads a STIX timestamp (STIX 2.1 §2.16): RFC 3339 with upper-case T and Z.
// Fractions that say something below a nanosecond are an error, because instants decide the
// order of versions and two of them must never compare equal by rounding. How many digits a
// property needs at least is a finding of [Reader.Read].
func ParseTimestamp(s string) (time.Time, error) {
	if len(s) > len("2006-01-02T15:04:05.000000000Z") {
		return time.Time{}, errTooFine
	}
	t, _, err := parseTimestamp([]byte(s))
	return t, err
}

// parseTimestamp reads a timestamp with any number of fraction digits. Finer is the digits below
// a nanosecond without trailing zeros, so that two instants compare by t, then by finer as text.
func parseTimestamp(s []byte) (t time.Time, finer []byte, err error) {
	if len(s) < len("2006-01-02T15:04:05Z") || s[10] != 'T' || s[len(s)-1] != 'Z' {
		return time.Time{}, finer, errTimestamp
	}
	digits := 0
	if frac := s[19 : len(s)-1]; len(frac) > 0 {
		if frac[0] != '.' || len(frac) == 1 {
			return time.Time{}, finer, errTimestamp
		}
		digits = len(frac) - 1
	}
	var n [7]int // year, month, day, hour, minute, second, nanosecond
	for i, f := range [6]struct{ at, len int }{{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}} {
		v, ok := digitsAt(s, f.at, f.len)
		if !ok {
			return time.Time{}, finer, errTimestamp
		}
		n[i] = v
	}
	if s[4] != '-' || s[7] != '-' || s[13] != ':' || s[16] != ':' {
		return time.Time{}, finer, errTimestamp
	}
	if digits > 0 {
		v, ok := digitsAt(s, 20, min(digits, 9))
		if !ok {
			return time.Time{}, finer, errTimestamp
		}
		for range 9 - digits {
			v *= 10
		}
		n[6] = v
	}
	if digits > 9 {
		if finer = s[29 : len(s)-1]; !allDigits(finer) {
			return time.Time{}, finer, errTimestamp
		}
		for len(finer) > 0 && finer[len(finer)-1] == '0' {
			finer = finer[:len(finer)-1]
		}
	}
	if n[3] > 23 || n[4] > 59 || n[5] > 59 { // a leap second has no instant of its own: refused
		return time.Time{}, finer, errTimestamp
	}
	t = time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6], time.UTC)
	if n[1] < 1 || n[1] > 12 || t.Day() != n[2] || n[2] < 1 { // 30 February would roll over
		return time.Time{}, finer, errTimestamp
	}
	return t, finer, nil
}

func digitsAt(s []byte, at, n int) (v int, ok bool) {
	for i := at; i < at+n; i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		v = v*10 + int(s[i]-'0')
	}
	return v, true
}

func allDigits(s []byte) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
