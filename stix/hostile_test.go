package stix_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"entente/stix"
)

// Work grows with the bytes, whatever their shape.
func TestHostileShapesCostLinearTime(t *testing.T) {
	const uuid = "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
	many := func(n int, item func(i int) string) string {
		items := make([]string, n)
		for i := range items {
			items[i] = item(i)
		}
		return strings.Join(items, ",")
	}
	same := func(item string) func(int) string { return func(int) string { return item } }
	id := func(typ string) func(int) string {
		return func(i int) string { return fmt.Sprintf(`"%s--%08x-17d4-4cbf-938f-98ee46b3cd3f"`, typ, i) }
	}
	for _, tt := range []struct {
		name string
		most int
		make func(n int) string
	}{
		{"labels", 100_000, func(n int) string { return edit(t, indicator, "labels", "["+many(n, same(`"a"`))+"]") }},
		{"labels that are none", 100_000, func(n int) string { return edit(t, indicator, "labels", "["+many(n, same(`{}`))+"]") }},
		{"keys of an object", 8_000, func(n int) string {
			return indicator[:len(indicator)-1] + "," + many(n, func(i int) string { return fmt.Sprintf(`"x_key_%d":1`, i) }) + "}"
		}},
		{"keys of a dictionary", 8_000, func(n int) string {
			return `{"type":"process","id":"process--` + uuid + `","environment_variables":{` + many(n, func(i int) string { return fmt.Sprintf(`"K%d":"v"`, i) }) + "}}"
		}},
		{"long keys", 1 << 20, func(n int) string { return edit(t, indicator, "x_acme", `{"`+strings.Repeat("K", n)+`":1}`) }},
		{"extensions", 8_000, func(n int) string {
			return edit(t, indicator, "extensions", "{"+many(n, func(i int) string {
				return id("extension-definition")(i) + `:{"extension_type":"property-extension","acme":1}`
			})+"}")
		}},
		{"granular selectors", 100_000, func(n int) string {
			return edit(t, indicator, "labels", `["a"]`, "granular_markings", `[{"lang":"de","selectors":[`+many(n, same(`"labels.[0]"`))+"]}]")
		}},
		{"granular selectors of nothing", 100_000, func(n int) string {
			return edit(t, indicator, "granular_markings", `[{"lang":"de","selectors":[`+many(n, same(`"not.there"`))+"]}]")
		}},
		{"granular markings", 50_000, func(n int) string {
			return edit(t, indicator, "granular_markings", "["+many(n, same(`{"lang":"de","selectors":["type"]}`))+"]")
		}},
		{"the same object_refs", 40_000, func(n int) string {
			return edit(t, indicator, "type", `"note"`, "id", `"note--`+uuid+`"`, "content", `"x"`, "object_refs", "["+many(n, same(`"`+someIdentity+`"`))+"]")
		}},
		{"different object_refs", 40_000, func(n int) string {
			return edit(t, indicator, "type", `"note"`, "id", `"note--`+uuid+`"`, "content", `"x"`, "object_refs", "["+many(n, id("identity"))+"]")
		}},
		{"markings", 40_000, func(n int) string {
			return edit(t, indicator, "object_marking_refs", "["+many(n, id("marking-definition"))+"]")
		}},
		{"a container", 8_000, func(n int) string {
			return `{"type":"observed-data","spec_version":"2.1","id":"observed-data--` + uuid + `","created":"2016-01-01T00:00:00.000Z","modified":"2016-01-01T00:00:00.000Z",` +
				`"first_observed":"2016-01-01T00:00:00Z","last_observed":"2016-01-01T00:00:00Z","number_observed":1,"objects":{` +
				many(n, func(i int) string {
					return fmt.Sprintf(`"%d":{"type":"directory","path":"x","contains_refs":["%d"]}`, i, (i+1)%n)
				}) + "}}"
		}},
		{"values of a registry key", 40_000, func(n int) string {
			return `{"type":"windows-registry-key","id":"windows-registry-key--` + uuid + `","values":[` + many(n, same(`{"name":"x","data_type":"REG_SZ"}`)) + "]}"
		}},
		{"external references", 40_000, func(n int) string {
			return edit(t, indicator, "external_references", "["+many(n, same(`{"source_name":"cve","external_id":"CVE-2014-0160"}`))+"]")
		}},
		{"a long pattern", 1 << 20, func(n int) string {
			return edit(t, indicator, "pattern", `"[a:b = '`+strings.Repeat("x", n)+`']"`)
		}},
		{"a pattern of many", 20_000, func(n int) string {
			return edit(t, indicator, "pattern", `"`+strings.Repeat("[a:b = 1] AND ", n)+`[a:b = 1]"`)
		}},
		{"a pattern that goes deep", 1 << 19, func(n int) string {
			return edit(t, indicator, "pattern", `"`+strings.Repeat("(", n)+`"`)
		}},
		{"a long timestamp", 1 << 20, func(n int) string {
			return edit(t, indicator, "valid_from", `"2016-01-01T00:00:00.`+strings.Repeat("1", n)+`Z"`)
		}},
		{"a long number", 1 << 20, func(n int) string { return edit(t, indicator, "x_acme", strings.Repeat("1", n)) }},
		{"a long domain", 1 << 20, func(n int) string {
			return `{"type":"domain-name","id":"domain-name--` + uuid + `","value":"` + strings.Repeat("a.", n/2) + `"}`
		}},
		{"a long selector", 1 << 20, func(n int) string {
			return edit(t, indicator, "granular_markings", `[{"lang":"de","selectors":["`+strings.Repeat("a.", n/2)+`a"]}]`)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newReader(t)
			little, much := readingTime(r, tt.make(tt.most/8)), readingTime(r, tt.make(tt.most))
			assert.Less(t, much, 24*little+20*time.Millisecond, "eight times as much takes %v, not %v", much, little)
		})
	}
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
