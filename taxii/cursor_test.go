package taxii_test

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"entente/stix"
	"entente/taxii"
)

const binding = "member csirt-xb\x00objects\x00for-csirt-xb\x00"

func sealKey(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

func newSealer(t testing.TB, older ...[]byte) *taxii.Sealer {
	t.Helper()
	s, err := taxii.NewSealer(sealKey(1), older...)
	require.NoError(t, err)
	return s
}

func richCursor() taxii.Cursor {
	return taxii.Cursor{
		After: 1_467_331_200_000_001,
		Query: taxii.Query{
			AddedAfter:   day(2).Add(time.Microsecond),
			IDs:          []stix.ID{idI, idM, "nonsense", "x-Odd--252c7c11-daf2-42bd-843b-be65edca9f61"},
			Types:        []string{"indicator", "malware"},
			SpecVersions: []string{"2.0", "2.1"},
			Version:      taxii.VersionMatch{First: true, Last: true, At: []time.Time{day(3), day(4).Add(1)}},
			Extra:        []taxii.Match{{Field: "name", Values: []string{"a b", "c"}}},
		},
	}
}

func TestSealOpens(t *testing.T) {
	longIDs := make([]stix.ID, 100)
	for i := range longIDs {
		longIDs[i] = stix.ID(fmt.Sprintf("indicator--252c7c11-daf2-42bd-843b-%012x", i))
	}
	for name, c := range map[string]taxii.Cursor{
		"zero":                          {},
		"position only":                 {After: 1_467_331_200_000_000},
		"every field":                   richCursor(),
		"T-3.4.1-10 all":                {After: 7, Query: taxii.Query{Version: taxii.VersionMatch{All: true}}},
		"last as it was asked":          {After: 7, Query: taxii.Query{Version: taxii.VersionMatch{Last: true}}},
		"instants of any year":          {After: math.MaxInt64, Query: taxii.Query{AddedAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), Version: taxii.VersionMatch{At: []time.Time{{}, time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)}}}},
		"more ids than fit in one size": {After: 7, Query: taxii.Query{IDs: longIDs}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSealer(t)
			token := s.Seal(binding, c)
			assert.Regexp(t, regexp.MustCompile(`^[A-Za-z0-9_-]+$`), token)
			assert.Equal(t, token, newSealer(t).Seal(binding, c), "F-02 the same page, the same token, on every replica and after a restart")
			got, err := newSealer(t).Open(binding, token)
			require.NoError(t, err)
			assert.Equal(t, c, got)
		})
	}
}

// I-4: a token's length tells nothing of what it holds.
func TestSealHasOneLength(t *testing.T) {
	s := newSealer(t)
	for name, raw := range map[string]string{
		"nothing":    "",
		"type":       "match[type]=indicator",
		"many":       "added_after=2016-01-01T00:00:00Z&match[type]=indicator,malware&match[version]=all&match[spec_version]=2.0,2.1",
		"some ids":   "match[id]=" + string(idI) + "," + string(idM) + ",relationship--252c7c11-daf2-42bd-843b-be65edca9f61,x-acme-thing--252c7c11-daf2-42bd-843b-be65edca9f61",
		"versions":   "match[version]=first,2016-01-01T00:00:00Z,2016-01-02T00:00:00.123456Z",
		"every kind": "match[type]=indicator&match[id]=" + string(idI) + "&match[version]=first,last",
	} {
		q, err := taxii.ParseQuery(raw, taxii.ObjectsFields)
		require.NoError(t, err, name)
		assert.Len(t, s.Seal(binding, taxii.Cursor{After: 1_467_331_200_000_001, Query: q}), 296, name)
	}
}

func TestOpenRefuses(t *testing.T) {
	s := newSealer(t)
	token := s.Seal(binding, richCursor())
	other, err := taxii.NewSealer(sealKey(9))
	require.NoError(t, err)
	for name, try := range map[string][2]string{
		"T-B-01 another principal":  {"member csirt-xc\x00objects\x00for-csirt-xb\x00", token},
		"T-B-01 another collection": {"member csirt-xb\x00objects\x00for-csirt-xc\x00", token},
		"T-B-01 another endpoint":   {"member csirt-xb\x00manifest\x00for-csirt-xb\x00", token},
		"another server's key":      {binding, other.Seal(binding, richCursor())},
		"empty":                     {binding, ""},
		"number, as F-06's pages":   {binding, "2"},
		"cut":                       {binding, token[:len(token)-4]},
		"cut to a header":           {binding, token[:16]},
		"lengthened":                {binding, token + "AAAA"},
		"padded":                    {binding, token + "="},
		"line breaks in it":         {binding, token[:100] + "\n\n\n\n" + token[100:]},
		"other alphabet":            {binding, "+" + token[1:]},
		"not base64":                {binding, "!" + token[1:]},
		"zeros":                     {binding, strings.Repeat("A", len(token))},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Open(try[0], try[1])
			assert.Equal(t, taxii.ErrCursor, err, "I-1 every forgery looks the same")
		})
	}
	for i := range token {
		forged := []byte(token)
		forged[i] ^= 1
		if _, err := s.Open(binding, string(forged)); err == nil {
			t.Fatalf("T-B-01 a token with character %d changed is opened", i)
		}
	}
}

func TestSealerKeys(t *testing.T) {
	c := richCursor()
	old, err := taxii.NewSealer(sealKey(2))
	require.NoError(t, err)
	token := old.Seal(binding, c)

	rotated := newSealer(t, sealKey(3), sealKey(2))
	got, err := rotated.Open(binding, token)
	require.NoError(t, err, "an older key still opens")
	assert.Equal(t, c, got)
	assert.Equal(t, newSealer(t).Seal(binding, c), rotated.Seal(binding, c), "the current key seals")

	_, err = newSealer(t).Open(binding, token)
	assert.ErrorIs(t, err, taxii.ErrCursor, "a dropped key opens nothing")

	for _, n := range []int{0, 16, 31, 33} {
		_, err := taxii.NewSealer(make([]byte, n))
		assert.Error(t, err, "a key of %d octets", n)
		_, err = taxii.NewSealer(sealKey(1), make([]byte, n))
		assert.Error(t, err, "an older key of %d octets", n)
	}
}

func TestMerge(t *testing.T) {
	const first = "added_after=2016-01-02T00:00:00Z&limit=10&match[type]=malware,indicator&match[version]=all&match[name]=x&match[spec_version]=2.1&match[id]=" + string(idI)
	for _, tc := range []struct {
		name, first, then string
		limit             int
		conflict          string
	}{
		{"T-3.4-12 C-3.5-01 all repeated", first, first, 10, ""},
		{"F-07 everything left out", first, "", 0, ""},
		{"F-07 other limit", first, "limit=3", 3, ""},
		{"F-07 added_after moved on", first, "added_after=2016-01-05T00:00:00Z", 0, ""},
		{"F-07 added_after where there was none", "match[type]=tool", "added_after=2016-01-05T00:00:00Z", 0, ""},
		{"order of values", first, "match[type]=indicator,malware", 0, ""},
		{"default said aloud", "match[type]=tool", "match[version]=last", 0, ""},
		{"last left out", "match[version]=last", "", 0, ""},
		{"F-07 other type", first, "match[type]=indicator", 0, "match[type]"},
		{"F-07 type where there was none", "limit=2", "match[type]=indicator", 0, "match[type]"},
		{"F-07 other id", first, "match[id]=" + string(idM), 0, "match[id]"},
		{"F-07 other STIX version", first, "match[spec_version]=2.0", 0, "match[spec_version]"},
		{"F-07 other version", first, "match[version]=first", 0, "match[version]"},
		{"F-07 other optional field", first, "match[name]=y", 0, "match[name]"},
		{"F-07 optional field where there was none", first, "match[value]=y", 0, "match[value]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			all := taxii.ObjectsFields | taxii.ExtraFields
			asked, err := taxii.ParseQuery(tc.first, all)
			require.NoError(t, err)
			request, err := taxii.ParseQuery(tc.then, all)
			var merged taxii.Query
			if err == nil {
				merged, err = taxii.Merge(request, taxii.Cursor{After: 5, Query: filters(asked)})
			}
			if tc.conflict != "" {
				var bad *taxii.ParameterError
				require.ErrorAs(t, err, &bad)
				assert.Equal(t, tc.conflict, bad.Parameter)
				return
			}
			require.NoError(t, err)
			want := filters(asked)
			want.Limit = tc.limit
			assert.Equal(t, want, merged)
		})
	}
}

// The longest filters that parse still fit into a query string beside their own next.
func TestNextFitsBesideItsFilters(t *testing.T) {
	const room = 16<<10 - len("match[id]=&match[type]=") - 2
	for name, raw := range map[string]string{
		"one long type":       "match[id]=a&match[type]=" + strings.Repeat("t", room-1),
		"many ill-formed ids": "match[id]=" + illFormed(1000) + "&match[type]=" + strings.Repeat("t", room-len(illFormed(1000))),
	} {
		q, err := taxii.ParseQuery(raw, taxii.ObjectsFields)
		require.NoError(t, err, name)
		next := newSealer(t).Seal(binding, taxii.Cursor{After: math.MaxInt64, Query: q})
		assert.LessOrEqual(t, len(raw)+len("&next=")+len(next), taxii.MaxQuery, name)
		_, err = taxii.ParseQuery(raw+"&next="+next, taxii.ObjectsFields)
		assert.NoError(t, err, name)
	}
}

func illFormed(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
	}
	return strings.Join(ids, ",")
}

func TestSealRoundTrip(t *testing.T) {
	s := newSealer(t)
	text := rapid.String()
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC()
	})
	id := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) stix.ID { return stix.ID(text.Draw(t, "id")) }),
		rapid.Custom(func(t *rapid.T) stix.ID {
			return stix.ID(rapid.StringMatching(`[a-z][a-z0-9]{2,20}--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`).Draw(t, "id"))
		}))
	rapid.Check(t, func(t *rapid.T) {
		c := taxii.Cursor{
			After: rapid.Int64().Draw(t, "after"),
			Query: taxii.Query{
				AddedAfter:   instant.Draw(t, "added_after"),
				IDs:          nilIfEmpty(rapid.SliceOf(id).Draw(t, "ids")),
				Types:        nilIfEmpty(rapid.SliceOf(text).Draw(t, "types")),
				SpecVersions: nilIfEmpty(rapid.SliceOf(text).Draw(t, "spec_versions")),
				Version:      taxii.VersionMatch{First: rapid.Bool().Draw(t, "first"), All: rapid.Bool().Draw(t, "all"), At: nilIfEmpty(rapid.SliceOf(instant).Draw(t, "at"))},
			},
		}
		where := text.Draw(t, "binding")
		token := s.Seal(where, c)
		got, err := s.Open(where, token)
		require.NoError(t, err)
		assert.Equal(t, c, got)
		_, err = s.Open(where+"x", token)
		assert.ErrorIs(t, err, taxii.ErrCursor)
	})
}

func nilIfEmpty[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

func FuzzCursor(f *testing.F) {
	s := newSealer(f)
	f.Add(s.Seal(binding, richCursor()))
	f.Add(s.Seal("another", taxii.Cursor{}))
	f.Add("AQ")
	f.Add(strings.Repeat("A", 296))
	f.Fuzz(func(t *testing.T, token string) {
		c, err := s.Open(binding, token)
		if err != nil {
			assert.Equal(t, taxii.ErrCursor, err)
			return
		}
		assert.Equal(t, token, s.Seal(binding, c), "only what was sealed opens, in one spelling")
	})
}

func BenchmarkSeal(b *testing.B) {
	s := newSealer(b)
	c := taxii.Cursor{After: 1_467_331_200_000_001, Query: taxii.Query{Types: []string{"indicator"}}}
	for b.Loop() {
		s.Seal(binding, c)
	}
}

func BenchmarkOpen(b *testing.B) {
	s := newSealer(b)
	token := s.Seal(binding, taxii.Cursor{After: 1_467_331_200_000_001, Query: taxii.Query{Types: []string{"indicator"}}})
	for b.Loop() {
		if _, err := s.Open(binding, token); err != nil {
			b.Fatal(err)
		}
	}
}
