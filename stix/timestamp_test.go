package stix_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"entente/stix"
)

func TestParseTimestamp(t *testing.T) {
	at := func(ns int) time.Time { return time.Date(2026, 2, 28, 23, 59, 59, ns, time.UTC) }
	for _, tt := range []struct {
		name, text string
		want       time.Time
	}{
		{"S-2.16-01 whole seconds", "2026-02-28T23:59:59Z", at(0)},
		{"milliseconds", "2026-02-28T23:59:59.123Z", at(123e6)},
		{"S-2.16-04 .5 is half a second", "2026-02-28T23:59:59.5Z", at(5e8)},
		{"S-2.16-04 so is .500", "2026-02-28T23:59:59.500Z", at(5e8)},
		{"nine digits", "2026-02-28T23:59:59.123456789Z", at(123456789)},
		{"29 February of a leap year", "2024-02-29T00:00:00Z", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)},
		{"the first year", "0001-01-01T00:00:00Z", time.Time{}},
		{"the last year", "9999-12-31T23:59:59.999999999Z", time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := stix.ParseTimestamp(tt.text)
			assert.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
	for name, text := range map[string]string{
		"empty":                                      "",
		"date only":                                  "2026-02-28",
		"S-2.16-01 a space for T":                    "2026-02-28 23:59:59Z",
		"S-2.16-01 lower-case t":                     "2026-02-28t23:59:59Z",
		"S-2.16-01 lower-case z":                     "2026-02-28T23:59:59z",
		"S-2.16-01 30 February":                      "2026-02-30T00:00:00Z",
		"29 February of a common year":               "2026-02-29T00:00:00Z",
		"31 April":                                   "2026-04-31T00:00:00Z",
		"month 0":                                    "2026-00-10T00:00:00Z",
		"month 13":                                   "2026-13-10T00:00:00Z",
		"day 0":                                      "2026-01-00T00:00:00Z",
		"S-2.16-01 hour 24":                          "2026-02-28T24:00:00Z",
		"minute 60":                                  "2026-02-28T23:60:00Z",
		"S-2.16-05 second 60 has no instant":         "2026-12-31T23:59:60Z",
		"S-2.16-02 a bare point":                     "2026-02-28T23:59:59.Z",
		"a comma for the point":                      "2026-02-28T23:59:59,5Z",
		"S-2.16-03 an offset":                        "2026-02-28T23:59:59+00:00",
		"S-2.16-03 no zone":                          "2026-02-28T23:59:59",
		"two zones":                                  "2026-02-28T23:59:59ZZ",
		"a sign in the fraction":                     "2026-02-28T23:59:59.-1Z",
		"a sign in the year":                         "+026-02-28T23:59:59Z",
		"a letter in the fraction":                   "2026-02-28T23:59:59.12aZ",
		"ten digits, which no instant can hold":      "2026-02-28T23:59:59.1234567890Z",
		"wrong separators":                           "2026/02/28T23:59:59Z",
		"a five-digit year":                          "12026-02-28T23:59:59Z",
		"digits that are digits in another alphabet": "２０２６-02-28T23:59:59Z",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := stix.ParseTimestamp(text)
			assert.Error(t, err)
			assert.Zero(t, got)
		})
	}
}
