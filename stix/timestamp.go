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
	const seconds = len("2006-01-02T15:04:05")
	if len(s) <= seconds || s[len(s)-1] != 'Z' || !shaped(s[:seconds]) {
		return time.Time{}, nil, errTimestamp
	}
	year, month, day := two(s[0:])*100+two(s[2:]), two(s[5:]), two(s[8:])
	hour, minute, second := two(s[11:]), two(s[14:]), two(s[17:])
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour > 23 || minute > 59 || second > 59 { // a leap second has no instant of its own: refused
		return time.Time{}, nil, errTimestamp
	}
	nanosecond, finer, ok := fraction(s[seconds : len(s)-1])
	if !ok {
		return time.Time{}, nil, errTimestamp
	}
	sinceEpoch := int64(daysBefore(year, month)+day-1)*86400 + int64(hour*3600+minute*60+second)
	return time.Unix(sinceEpoch, int64(nanosecond)).UTC(), finer, nil
}

// shaped reports whether there are digits where a timestamp has them, and its marks elsewhere.
func shaped(s []byte) bool {
	const shape = "0000-00-00T00:00:00"
	for i, c := range s {
		if want := shape[i]; c != want && (want != '0' || c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// two is the number that two digits say.
func two(s []byte) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

// fraction reads what stands between the seconds and the Z: nothing, or a dot and digits.
func fraction(s []byte) (nanosecond int, finer []byte, ok bool) {
	if len(s) == 0 {
		return 0, nil, true
	}
	if s[0] != '.' || len(s) == 1 {
		return 0, nil, false
	}
	scale := 100_000_000
	for i, c := range s[1:] {
		if c < '0' || c > '9' {
			return 0, nil, false
		}
		if i == 9 && finer == nil {
			finer = s[10:]
		}
		nanosecond += int(c-'0') * scale
		scale /= 10
	}
	for len(finer) > 0 && finer[len(finer)-1] == '0' {
		finer = finer[:len(finer)-1]
	}
	return nanosecond, finer, true
}

func daysIn(year, month int) int {
	if month == 2 && leap(year) {
		return 29
	}
	return [...]int{1: 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month]
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// daysBefore is how many days lie between 1970 and a month, fewer than none before it; time.Date
// takes three times as long, because it puts right what is out of range.
func daysBefore(year, month int) int {
	before := [...]int{1: 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}[month]
	if month > 2 && leap(year) {
		before++
	}
	y := year - 1 // leap days of the years before this one
	if year == 0 {
		return before - 719528
	}
	return before + y*365 + y/4 - y/100 + y/400 - 719162
}
