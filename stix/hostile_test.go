package stix_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"entente/stix"
)

// shape is a kind of object that may have a great many of something.
type shape struct {
	name string
	most int
	make func(t testing.TB, n int) string
}

var listShapes = []shape{
	{"labels", 100_000, func(t testing.TB, n int) string {
		return edit(t, indicator, "labels", "["+many(n, repeated(`"a"`))+"]")
	}},
	{"labels that are none", 100_000, func(t testing.TB, n int) string { return edit(t, indicator, "labels", "["+many(n, repeated(`{}`))+"]") }},
	{"granular selectors", 100_000, func(t testing.TB, n int) string {
		return edit(t, indicator, "labels", `["a"]`, "granular_markings", `[{"lang":"de","selectors":[`+many(n, repeated(`"labels.[0]"`))+"]}]")
	}},
	{"granular selectors of nothing", 100_000, func(t testing.TB, n int) string {
		return edit(t, indicator, "granular_markings", `[{"lang":"de","selectors":[`+many(n, repeated(`"not.there"`))+"]}]")
	}},
	{"granular markings", 50_000, func(t testing.TB, n int) string {
		return edit(t, indicator, "granular_markings", "["+many(n, repeated(`{"lang":"de","selectors":["type"]}`))+"]")
	}},
	{"the same object_refs", 40_000, func(t testing.TB, n int) string {
		return edit(t, indicator, "type", `"note"`, "id", `"note--`+hostileUUID+`"`, "content", `"x"`, "object_refs", "["+many(n, repeated(`"`+someIdentity+`"`))+"]")
	}},
	{"different object_refs", 40_000, func(t testing.TB, n int) string {
		return edit(t, indicator, "type", `"note"`, "id", `"note--`+hostileUUID+`"`, "content", `"x"`, "object_refs", "["+many(n, numbered("identity"))+"]")
	}},
	{"markings", 40_000, func(t testing.TB, n int) string {
		return edit(t, indicator, "object_marking_refs", "["+many(n, numbered("marking-definition"))+"]")
	}},
	{"values of a registry key", 40_000, func(t testing.TB, n int) string {
		return `{"type":"windows-registry-key","id":"windows-registry-key--` + hostileUUID + `","values":[` + many(n, repeated(`{"name":"x","data_type":"REG_SZ"}`)) + "]}"
	}},
	{"external references", 40_000, func(t testing.TB, n int) string {
		return edit(t, indicator, "external_references", "["+many(n, repeated(`{"source_name":"cve","external_id":"CVE-2014-0160"}`))+"]")
	}},
}

var keyShapes = []shape{
	{"keys of an object", 8_000, func(t testing.TB, n int) string {
		return indicator[:len(indicator)-1] + "," + many(n, func(i int) string { return fmt.Sprintf(`"x_key_%d":1`, i) }) + "}"
	}},
	{"encodings of nothing (S-3.1-06)", 9_000, func(t testing.TB, n int) string {
		return indicator[:len(indicator)-1] + "," + many(n, func(i int) string { return fmt.Sprintf(`"x_key_%d_enc":1`, i) }) + "}"
	}},
	{"keys of a dictionary", 8_000, func(t testing.TB, n int) string {
		return `{"type":"process","id":"process--` + hostileUUID + `","environment_variables":{` + many(n, func(i int) string { return fmt.Sprintf(`"K%d":"v"`, i) }) + "}}"
	}},
	{"extensions", 8_000, func(t testing.TB, n int) string {
		return edit(t, indicator, "extensions", "{"+many(n, func(i int) string {
			return numbered("extension-definition")(i) + `:{"extension_type":"property-extension","acme":1}`
		})+"}")
	}},
	{"a container in a ring", 8_000, func(t testing.TB, n int) string {
		return containerOf(t, many(n, func(i int) string {
			return fmt.Sprintf(`"%d":{"type":"directory","path":"x","contains_refs":["%d"]}`, i, (i+1)%n)
		}))
	}},
	{"a container of strangers", 8_000, func(t testing.TB, n int) string {
		return containerOf(t, many(n, func(i int) string { return fmt.Sprintf(`"%d":{"type":"mutex","name":"x"}`, i) }))
	}},
	{"a container of the same neighbour", 8_000, func(t testing.TB, n int) string {
		return containerOf(t, `"0":{"type":"file","name":"x"},"1":{"type":"directory","path":"x","contains_refs":[`+many(n, repeated(`"0"`))+`]}`)
	}},
	{"names of algorithms", 8_000, func(t testing.TB, n int) string {
		return `{"type":"file","id":"file--` + hostileUUID + `","hashes":{` + many(n, func(i int) string { return fmt.Sprintf(`"X-%d":"aa"`, i) }) + "}}"
	}},
	{"languages", 8_000, func(t testing.TB, n int) string {
		return edit(t, indicator, "type", `"language-content"`, "id", `"language-content--`+hostileUUID+`"`, "object_ref", `"`+someIdentity+`"`,
			"contents", "{"+many(n, func(i int) string { return fmt.Sprintf(`"de-x-%d":{"name":"x"}`, i) })+"}")
	}},
}

var textShapes = []shape{
	{"long keys", 1 << 20, func(t testing.TB, n int) string {
		return edit(t, indicator, "x_acme", `{"`+strings.Repeat("K", n)+`":1}`)
	}},
	{"a long pattern", 1 << 20, func(t testing.TB, n int) string {
		return edit(t, indicator, "pattern", `"[a:b = '`+strings.Repeat("x", n)+`']"`)
	}},
	{"a pattern of many", 20_000, func(t testing.TB, n int) string {
		return edit(t, indicator, "pattern", `"`+strings.Repeat("[a:b = 1] AND ", n)+`[a:b = 1]"`)
	}},
	{"a pattern that goes deep", 1 << 19, func(t testing.TB, n int) string {
		return edit(t, indicator, "pattern", `"`+strings.Repeat("(", n)+`"`)
	}},
	{"a long timestamp", 1 << 20, func(t testing.TB, n int) string {
		return edit(t, indicator, "valid_from", `"2016-01-01T00:00:00.`+strings.Repeat("1", n)+`Z"`)
	}},
	{"a long number", 1 << 20, func(t testing.TB, n int) string { return edit(t, indicator, "x_acme", strings.Repeat("1", n)) }},
	{"a long domain", 1 << 20, func(t testing.TB, n int) string {
		return `{"type":"domain-name","id":"domain-name--` + hostileUUID + `","value":"` + strings.Repeat("a.", n/2) + `"}`
	}},
	{"a long selector", 1 << 20, func(t testing.TB, n int) string {
		return edit(t, indicator, "granular_markings", `[{"lang":"de","selectors":["`+strings.Repeat("a.", n/2)+`a"]}]`)
	}},
}

const hostileUUID = "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"

// many joins n items.
func many(n int, item func(i int) string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = item(i)
	}
	return strings.Join(items, ",")
}

func repeated(item string) func(int) string { return func(int) string { return item } }

// numbered are different identifiers of a type.
func numbered(typ string) func(int) string {
	return func(i int) string { return fmt.Sprintf(`"%s--%08x-17d4-4cbf-938f-98ee46b3cd3f"`, typ, i) }
}

func containerOf(t testing.TB, objects string) string {
	return edit(t, indicator, "type", `"observed-data"`, "id", `"observed-data--`+hostileUUID+`"`, "number_observed", "1",
		"first_observed", `"2016-01-01T00:00:00Z"`, "last_observed", `"2016-01-01T00:00:00Z"`, "objects", "{"+objects+"}")
}

// Work grows with the bytes, whatever their shape.
func TestHostileShapesCostLinearTime(t *testing.T) {
	for _, tt := range slices.Concat(listShapes, keyShapes, textShapes) {
		t.Run(tt.name, func(t *testing.T) {
			r := newReader(t)
			little, much := tt.make(t, tt.most/8), tt.make(t, tt.most)
			mustBeLinear(t, func() (short, long time.Duration) { return readingTime(r, little), readingTime(r, much) })
		})
	}
}

// mustBeLinear measures what eight times as much takes. Other work on the machine must not decide,
// so one good measurement is enough.
func mustBeLinear(t *testing.T, measure func() (short, long time.Duration)) {
	t.Helper()
	var short, long time.Duration
	for range 10 {
		short, long = measure()
		if long < 24*short+20*time.Millisecond {
			return
		}
	}
	assert.Failf(t, "not linear", "eight times as much takes %v, not %v", long, short)
}

// readingTime is the least time of some readings.
func readingTime(r *stix.Reader, object string) time.Duration {
	least := time.Hour
	for range 3 {
		start := time.Now()
		r.Read([]byte(object))
		least = min(least, time.Since(start))
	}
	return least
}

// Nesting ends at a depth, wherever it begins.
func TestHostileDepthIsRejected(t *testing.T) {
	r := newReader(t)
	for _, property := range []string{"labels", "extensions", "external_references", "object_marking_refs", "granular_markings", "pattern", "x_acme"} {
		for name, pair := range map[string][2]string{"lists": {"[", "]"}, "objects": {`{"a_b":`, "}"}} {
			t.Run(property+" of "+name, func(t *testing.T) {
				deep := edit(t, indicator, property, strings.Repeat(pair[0], 64)+"1"+strings.Repeat(pair[1], 64))
				assert.Equal(t, "J-depth", rejection(t, r, deep).Code)
				mustBeSound(t, r, newReader(t, stix.DefaultTolerances()...), []byte(deep))
			})
		}
	}
}
