package taxii_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"entente/taxii"
)

// taxiiTimestamp is the form of §2 as T-2-07 states it.
var taxiiTimestamp = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`)

func TestFormatTimestamp(t *testing.T) {
	plusTwo := time.FixedZone("", 2*60*60)
	for _, tc := range []struct {
		name string
		at   time.Time
		want string
	}{
		{"T-2-07 six digits", time.Date(2016, 11, 3, 12, 30, 59, 123456789, time.UTC), "2016-11-03T12:30:59.123456Z"},
		{"T-2-07 zeros kept", time.Date(2016, 11, 3, 12, 30, 59, 0, time.UTC), "2016-11-03T12:30:59.000000Z"},
		{"T-2-08 UTC", time.Date(2016, 11, 3, 14, 30, 59, 1000, plusTwo), "2016-11-03T12:30:59.000001Z"},
		{"first year", time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), "0001-01-01T00:00:00.000000Z"},
		{"last year", time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), "9999-12-31T23:59:59.999999Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, taxii.FormatTimestamp(tc.at))
			assert.Equal(t, "at "+tc.want, string(taxii.AppendTimestamp([]byte("at "), tc.at)))
		})
	}
}

func TestParseTimestamp(t *testing.T) {
	whole := time.Date(2016, 11, 3, 12, 30, 59, 0, time.UTC)
	for _, tc := range []struct {
		name, text string
		want       time.Time
	}{
		{"T-2-D1 no fraction", "2016-11-03T12:30:59Z", whole},
		{"T-2-D1 one digit", "2016-11-03T12:30:59.1Z", whole.Add(100 * time.Millisecond)},
		{"T-2-D1 milliseconds", "2016-11-03T12:30:59.123Z", whole.Add(123 * time.Millisecond)},
		{"T-2-D1 microseconds", "2016-11-03T12:30:59.123456Z", whole.Add(123456 * time.Microsecond)},
		{"F-35 nanoseconds", "2016-11-03T12:30:59.123456789Z", whole.Add(123456789)},
		{"F-35 lower-case z", "2016-11-03T12:30:59z", whole},
		{"F-35 lower-case t", "2016-11-03t12:30:59Z", whole},
		{"T-2-D1 zero offset", "2016-11-03T12:30:59+00:00", whole},
		{"T-2-D1 offset ahead", "2016-11-03T14:30:59.5+02:00", whole.Add(500 * time.Millisecond)},
		{"F-35 offset behind", "2016-11-03T07:00:59-05:30", whole},
		{"F-35 unknown local offset", "2016-11-03T12:30:59-00:00", whole},
		{"F-35 plus decoded as space", "2016-11-03T14:30:59 02:00", whole},
		{"first instant", "0001-01-01T00:00:00Z", time.Time{}},
		{"last instant", "9999-12-31T23:59:59.999999999Z", time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := taxii.ParseTimestamp(tc.text)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
	for name, text := range map[string]string{
		"T-2-D1 date only":          "2016-11-03",
		"T-2-D1 word":               "yesterday",
		"F-35 empty":                "",
		"F-35 naive local time":     "2016-11-03T12:30:59",
		"ten fraction digits":       "2016-11-03T12:30:59.1234567890Z",
		"dot without digits":        "2016-11-03T12:30:59.Z",
		"comma for a dot":           "2016-11-03T12:30:59,5Z",
		"two timestamps, T-3.4-04":  "2016-11-03T12:30:59Z,2016-11-04T12:30:59Z",
		"no such day":               "2016-02-30T12:30:59Z",
		"no such hour":              "2016-11-03T24:30:59Z",
		"one-digit hour":            "2016-11-03T1:30:59.0Z",
		"leap second":               "2016-12-31T23:59:60Z",
		"offset beyond a day":       "2016-11-03T12:30:59+24:00",
		"offset minutes":            "2016-11-03T12:30:59+02:60",
		"offset without colon":      "2016-11-03T12:30:59+0200",
		"offset of hours":           "2016-11-03T12:30:59+02",
		"offset and Z":              "2016-11-03T12:30:59+02:00Z",
		"space for T":               "2016-11-03 12:30:59Z",
		"year zero":                 "0000-01-01T00:00:00Z",
		"offset before the years":   "0001-01-01T00:00:00+00:01",
		"offset beyond the years":   "9999-12-31T23:59:59-00:01",
		"short with offset":         "2016-11-03T12:3+00:00",
		"JavaScript date string":    "Thu Nov 03 2016 12:30:59 GMT+0000",
		"digits of another script":  "２016-11-03T12:30:59Z",
		"seconds since the epoch":   "1478176259",
		"trailing text":             "2016-11-03T12:30:59Z ",
		"undefined, as F-12 warned": "undefined",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := taxii.ParseTimestamp(text)
			assert.Error(t, err)
		})
	}
}

func TestTimestampRoundTrip(t *testing.T) {
	first, last := time.Time{}.UnixMicro(), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC).UnixMicro()
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(first, last).Draw(t, "µs")).UTC()
		text := taxii.FormatTimestamp(at)
		got, err := taxii.ParseTimestamp(text)
		if err != nil || !got.Equal(at) || !taxiiTimestamp.MatchString(text) {
			t.Fatalf("%v was written %q and read %v, %v", at, text, got, err)
		}
	})
}

func FuzzTimestamp(f *testing.F) {
	f.Add("2016-11-03T12:30:59.123456Z")
	f.Add("2016-11-03t12:30:59 02:00")
	f.Add("9999-12-31T23:59:59-23:59")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := taxii.ParseTimestamp(text)
		if err != nil {
			return
		}
		written := taxii.FormatTimestamp(at)
		assert.Regexp(t, taxiiTimestamp, written)
		again, err := taxii.ParseTimestamp(written)
		require.NoError(t, err)
		assert.True(t, at.Truncate(time.Microsecond).Equal(again))
	})
}
