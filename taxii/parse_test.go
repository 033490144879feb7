package taxii_test

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
)

const (
	idI stix.ID = "indicator--252c7c11-daf2-42bd-843b-be65edca9f61"
	idM stix.ID = "malware--31b940d4-6f7f-459a-80ea-9c1f17b5891b"
)

func day(n int) time.Time { return time.Date(2016, 1, n, 0, 0, 0, 0, time.UTC) }

func TestParseQuery(t *testing.T) {
	all := taxii.ObjectsFields | taxii.ExtraFields
	for _, tc := range []struct {
		name, raw string
		allowed   taxii.Fields
		want      taxii.Query
	}{
		{"T-3.4-02 no parameter", "", all, taxii.Query{}},
		{"T-3.4-03 added_after, I-3.13.1.1", "added_after=2018-01-01T00:00:00.000000Z", all, taxii.Query{AddedAfter: time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)}},
		{"T-2-D1 F-35 raw plus in an offset", "added_after=2016-01-02T02:00:00+02:00", all, taxii.Query{AddedAfter: day(2)}},
		{"T-2-D1 F-35 escaped plus", "added_after=2016-01-02T02:00:00%2B02:00", all, taxii.Query{AddedAfter: day(2)}},
		{"F-35 truncated to microseconds", "added_after=2016-01-02T00:00:00.000001999Z", all, taxii.Query{AddedAfter: day(2).Add(time.Microsecond)}},
		{"T-3.4-07 limit, I-3.13.1.2", "limit=1", all, taxii.Query{Limit: 1}},
		{"F-34 huge limit is clamped", "limit=99999999999999999999999999", all, taxii.Query{Limit: math.MaxInt32}},
		{"limit with zeros before it", "limit=0010", all, taxii.Query{Limit: 10}},
		{"T-3.4-12 next", "next=aB-_9", all, taxii.Query{Next: "aB-_9"}},
		{"A-10 empty next", "next=&limit=2", all, taxii.Query{Limit: 2}},
		{"T-3.4.1-01 one id, I-3.13.1.3", "match[id]=" + string(idI), all, taxii.Query{IDs: []stix.ID{idI}}},
		{"T-3.4.1-01 two ids are a set", fmt.Sprintf("match[id]=%s,%s,%s", idM, idI, idM), all, taxii.Query{IDs: []stix.ID{idI, idM}}},
		{"ill-formed id is kept, and matches nothing", "match[id]=nonsense", all, taxii.Query{IDs: []stix.ID{"nonsense"}}},
		{"T-3.4.1-04 type, I-3.13.1.4", "match[type]=indicator", all, taxii.Query{Types: []string{"indicator"}}},
		{"T-3.4-16 comma is OR, I-3.13.1.7", "match[type]=malware,indicator", all, taxii.Query{Types: []string{"indicator", "malware"}}},
		{"T-3.4-14 fields are ANDed, I-3.13.1.8", "match[type]=indicator&match[id]=" + string(idM), all, taxii.Query{Types: []string{"indicator"}, IDs: []stix.ID{idM}}},
		{"I-3.13.1.9", "match[type]=indicator,malware&match[id]=" + string(idM), all, taxii.Query{Types: []string{"indicator", "malware"}, IDs: []stix.ID{idM}}},
		{"T-3.4-18 percent-encoded", "match%5Btype%5D=indicator%2Cmalware&added_after=2016-01-02T00%3A00%3A00Z", all, taxii.Query{Types: []string{"indicator", "malware"}, AddedAfter: day(2)}},
		{"T-3.4.1-06 other types", "match[type]=x-acme-thing", all, taxii.Query{Types: []string{"x-acme-thing"}}},
		{"T-3.4.1-02 spec_version, I-3.13.1.6", "match[spec_version]=2.1,2.0", all, taxii.Query{SpecVersions: []string{"2.0", "2.1"}}},
		{"T-3.4.1-10 last", "match[version]=last", all, taxii.Query{Version: taxii.VersionMatch{Last: true}}},
		{"T-3.4.1-10 first, I-3.13.1.5", "match[version]=first", all, taxii.Query{Version: taxii.VersionMatch{First: true}}},
		{"T-3.4.1-10 all", "match[version]=all", all, taxii.Query{Version: taxii.VersionMatch{All: true}}},
		{"T-3.4.1-13 mixed", "match[version]=last,2016-01-03T00:00:00.000Z,first,2016-01-02T00:00:00Z", all,
			taxii.Query{Version: taxii.VersionMatch{First: true, Last: true, At: []time.Time{day(2), day(3)}}}},
		{"T-3.4-17 unknown match field", "match[x_foo]=1&match[x_foo]=2", all, taxii.Query{}},
		{"F-37 unknown parameter", "x=1&x=2&Limit=0&page=&match[type=a&matchtype]=b", all, taxii.Query{}},
		{"empty pairs", "&&limit=3&", all, taxii.Query{Limit: 3}},
		{"optional tier", "match[confidence-gte]=10&match[aliases]=b,a", all, taxii.Query{Extra: []taxii.Match{{Field: "aliases", Values: []string{"a", "b"}}, {Field: "confidence-gte", Values: []string{"10"}}}}},
		{"optional value with spaces", "match[name]=Bad+IP1", all, taxii.Query{Extra: []taxii.Match{{Field: "name", Values: []string{"Bad IP1"}}}}},
		{"I-3.13.2.5 ignored when off", "match[confidence-gte]=ten&match[name]=", taxii.ObjectsFields, taxii.Query{}},
		{"T-3.4.1-17 A-05 object knows version and spec_version", "match[version]=all&match[spec_version]=2.0&match[type]=&match[id]=&limit=5", taxii.ObjectFields,
			taxii.Query{Limit: 5, SpecVersions: []string{"2.0"}, Version: taxii.VersionMatch{All: true}}},
		{"T-3.4-13 versions knows no match[version]", "match[version]=foo&match[spec_version]=2.0&next=a", taxii.VersionsFields, taxii.Query{Next: "a", SpecVersions: []string{"2.0"}}},
		{"T-5.7-07 delete knows no paging", "limit=0&added_after=x&next=a&match[version]=first", taxii.DeleteFields, taxii.Query{Version: taxii.VersionMatch{First: true}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := taxii.ParseQuery(tc.raw, tc.allowed)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestParseQueryRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, raw, parameter, reason string
	}{
		{"T-3.4-04 added_after twice", "added_after=2016-01-01T00:00:00Z&added_after=2016-01-02T00:00:00Z", "added_after", "twice"},
		{"T-3.4-04 two timestamps in it", "added_after=2016-01-01T00:00:00Z,2016-01-02T00:00:00Z", "added_after", "RFC 3339"},
		{"T-2-D1 date only", "added_after=2016-11-03", "added_after", "RFC 3339"},
		{"T-2-D1 word", "added_after=yesterday", "added_after", "RFC 3339"},
		{"A-10 empty added_after", "added_after=", "added_after", "empty"},
		{"T-3.4-07 zero", "limit=0", "limit", "greater than 0"},
		{"T-3.4-07 negative", "limit=-1", "limit", "integer"},
		{"T-3.4-07 fraction", "limit=1.5", "limit", "integer"},
		{"T-3.4-07 word", "limit=abc", "limit", "integer"},
		{"T-3.4-07 digits, then a word", "limit=10x", "limit", "integer"},
		{"T-3.4-07 plus sign", "limit=%2B5", "limit", "integer"},
		{"T-3.4-07 A-10 empty limit", "limit=", "limit", "empty"},
		{"A-10 limit without value", "limit", "limit", "empty"},
		{"T-3.4-07 twice", "limit=1&limit=2", "limit", "twice"},
		{"T-3.4-15 field twice, I-3.13.1.10", "match[type]=campaign&match[type]=malware", "match[type]", "twice"},
		{"T-3.4-15 twice the same", "match[type]=malware&match%5Btype%5D=malware", "match[type]", "twice"},
		{"next twice", "next=&next=a", "next", "twice"},
		{"A-10 empty match", "match[type]=", "match[type]", "empty"},
		{"A-10 empty value in a list", "match[id]=a,,b", "match[id]", "empty value"},
		{"A-10 trailing comma", "match[spec_version]=2.1,", "match[spec_version]", "empty value"},
		{"T-3.4-16 space beside the comma", "match[type]=indicator,+malware", "match[type]", "space"},
		{"T-3.4.1-11 all with a keyword", "match[version]=all,last", "match[version]", "all stands alone"},
		{"T-3.4.1-11 all with a value", "match[version]=2016-01-01T00:00:00Z,all", "match[version]", "all stands alone"},
		{"T-3.4.1-12 keyword repeated", "match[version]=last,last", "match[version]", "twice"},
		{"T-3.4.1-12 all repeated", "match[version]=all,all", "match[version]", "twice"},
		{"T-3.4.1-12 value repeated", "match[version]=2016-01-01T00:00:00Z,first,2016-01-01T00:00:00Z", "match[version]", "twice"},
		{"A-07 instant repeated in another spelling", "match[version]=2016-01-01T00:00:00Z,2016-01-01T00:00:00.000Z", "match[version]", "twice"},
		{"T-3.4.1-14 date only", "match[version]=2016-01-01", "match[version]", "first, last, all"},
		{"T-3.4.1-14 word, T-5.7-08", "match[version]=foo", "match[version]", "first, last, all"},
		{"T-3.4.1-14 offset is no STIX timestamp", "match[version]=2016-01-01T00:00:00%2B00:00", "match[version]", "UTC"},
		{"T-3.4.1-14 keywords have one case", "match[version]=Last", "match[version]", "first, last, all"},
		{"T-3.4-01 malformed escape in a value", "match[type]=%zz", "match[type]", "percent-encoding"},
		{"T-3.4-01 malformed escape in a name", "ma%tch=1", "ma%tch", "percent-encoding"},
		{"T-3.4-01 malformed escape in an unknown parameter", "x=%", "x", "percent-encoding"},
		{"I-3.13.2.5 bad number", "match[confidence-gte]=ten", "match[confidence-gte]", "integer"},
		{"too many values", "match[type]=" + strings.Repeat("a,", 1000) + "a", "match[type]", "1000"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := taxii.ParseQuery(tc.raw, taxii.ObjectsFields|taxii.ExtraFields)
			var bad *taxii.ParameterError
			require.ErrorAs(t, err, &bad, "T-3.4-01")
			assert.Equal(t, tc.parameter, bad.Parameter)
			assert.Contains(t, bad.Reason, tc.reason)
			assert.Contains(t, err.Error(), tc.parameter)
		})
	}
}

// T-3.4.1-05: no type that STIX 2.1 defines is an error.
func TestParseQueryTakesEveryType(t *testing.T) {
	for _, name := range strings.Fields(`
		attack-pattern campaign course-of-action grouping identity incident indicator infrastructure intrusion-set location
		malware malware-analysis note observed-data opinion report threat-actor tool vulnerability relationship sighting
		artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex
		network-traffic process software url user-account windows-registry-key x509-certificate
		language-content marking-definition extension-definition bundle`) {
		q, err := taxii.ParseQuery("match[type]="+name, taxii.ObjectsFields)
		require.NoError(t, err, name)
		assert.Equal(t, []string{name}, q.Types)
	}
}

func TestParseQueryLimits(t *testing.T) {
	for _, tc := range []struct {
		name, raw string
		fits      bool
	}{
		{"filters that fit", "match[type]=" + strings.Repeat("a", 16<<10-13), true},
		{"filters too long", "match[type]=" + strings.Repeat("a", 16<<10), false},
		{"unknown parameters too long", "x=" + strings.Repeat("a", 16<<10), false},
		{"next may be longer", "next=" + strings.Repeat("a", 24<<10), true},
		{"all too long", "next=" + strings.Repeat("a", 40<<10), false},
		{"many parameters", strings.Repeat("a&", 255), true},
		{"too many parameters", strings.Repeat("a&", 256), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := taxii.ParseQuery(tc.raw, taxii.ObjectsFields)
			if tc.fits {
				assert.NoError(t, err)
			} else {
				assert.ErrorIs(t, err, taxii.ErrQueryTooLong)
			}
		})
	}
}

// What a client sent comes back short and as UTF-8, so that it fits into an error resource.
func TestParameterErrorIsPresentable(t *testing.T) {
	for name, value := range map[string]string{
		"long":            strings.Repeat("x", 5000),
		"cut in a letter": strings.Repeat("x", 79) + strings.Repeat("é", 100),
		"not UTF-8":       strings.Repeat("%ff", 100),
	} {
		_, err := taxii.ParseQuery("limit="+value, taxii.ObjectsFields)
		var bad *taxii.ParameterError
		require.ErrorAs(t, err, &bad, name)
		assert.True(t, utf8.ValidString(bad.Value), name)
		assert.NotEmpty(t, bad.Value, name)
		assert.LessOrEqual(t, utf8.RuneCountInString(bad.Value), 81, name)
	}
}

func FuzzParseQuery(f *testing.F) {
	f.Add("added_after=2016-01-01T00:00:00Z&limit=5&next=abc")
	f.Add("match[id]=indicator--252c7c11-daf2-42bd-843b-be65edca9f61,x&match%5Btype%5D=a%2Cb&match[spec_version]=2.0")
	f.Add("match[version]=first,last,2016-01-01T00:00:00.000Z&match[tlp]=amber%2Bstrict&match[confidence-gte]=1")
	f.Add("limit=%zz&&=&%=;x")
	sealer := newSealer(f)
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := taxii.ParseQuery(raw, taxii.ObjectsFields|taxii.ExtraFields)
		if err != nil {
			assert.NotEmpty(t, err.Error())
			return
		}
		assert.GreaterOrEqual(t, q.Limit, 0)
		assert.True(t, slices.IsSorted(q.Types))
		assert.True(t, slices.IsSortedFunc(q.Version.At, time.Time.Compare))

		// Whatever parses can be continued, with its filters repeated or left out.
		next := sealer.Seal("b", taxii.Cursor{After: 1, Query: filters(q)})
		c, err := sealer.Open("b", next)
		require.NoError(t, err)
		assert.Equal(t, filters(q), c.Query)
		plain, err := url.QueryUnescape(raw)
		require.NoError(t, err)
		if !strings.Contains(plain, "next") {
			again, err := taxii.ParseQuery(raw+"&next="+next, taxii.ObjectsFields|taxii.ExtraFields)
			require.NoError(t, err)
			merged, err := taxii.Merge(again, c)
			require.NoError(t, err)
			assert.Equal(t, q, merged)
		}
	})
}

// filters is what of a query a cursor keeps.
func filters(q taxii.Query) taxii.Query {
	q.Limit, q.Next = 0, ""
	return q
}

func BenchmarkParseQuery(b *testing.B) {
	const raw = "added_after=2016-01-01T00%3A00%3A00.000000Z&limit=1000&match%5Btype%5D=indicator%2Cmalware&match[version]=all"
	for b.Loop() {
		if _, err := taxii.ParseQuery(raw, taxii.ObjectsFields); err != nil {
			b.Fatal(err)
		}
	}
}
