package taxii

import (
	"errors"
	"strings"
	"time"

	"entente/stix"
)

// timestampLayout is TAXII's one form (§2): UTC, and exactly six fraction digits.
const timestampLayout = "2006-01-02T15:04:05.000000Z"

// FormatTimestamp writes an instant of the years 1 to 9999 as a TAXII timestamp (§2). What is
// finer than a microsecond is cut off.
func FormatTimestamp(t time.Time) string { return t.UTC().Format(timestampLayout) }

// AppendTimestamp appends what [FormatTimestamp] returns.
func AppendTimestamp(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, timestampLayout)
}

var errTimestamp = errors.New("a timestamp is RFC 3339, as in 2026-01-31T12:00:00.000000Z")

// ParseTimestamp reads a timestamp as clients really write it: RFC 3339 with none to nine
// fraction digits, T and Z of either case, any offset, and a space for the offset's plus sign,
// which is what an unescaped one decodes to. The result is in UTC, in the years 1 to 9999.
func ParseTimestamp(s string) (time.Time, error) {
	const date, clock = len("2006-01-02"), len("2006-01-02T15:04:05")
	if len(s) <= clock || (s[date] != 'T' && s[date] != 't') {
		return time.Time{}, errTimestamp
	}
	zone := len(s) - 1
	offset := time.Duration(0)
	if s[zone] != 'Z' && s[zone] != 'z' {
		var ok bool
		zone = len(s) - len("+00:00")
		if zone < clock {
			return time.Time{}, errTimestamp
		}
		if offset, ok = parseOffset(s[zone:]); !ok {
			return time.Time{}, errTimestamp
		}
	}
	local, err := stix.ParseTimestamp(s[:date] + "T" + s[date+1:zone] + "Z")
	if err != nil {
		return time.Time{}, errTimestamp
	}
	t := local.Add(-offset)
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, errTimestamp
	}
	return t, nil
}

// parseOffset reads "+hh:mm", "-hh:mm" or " hh:mm".
func parseOffset(s string) (time.Duration, bool) {
	if !strings.ContainsRune("+- ", rune(s[0])) {
		return 0, false
	}
	clock, err := time.Parse("15:04", s[1:])
	if err != nil {
		return 0, false
	}
	offset := time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}
