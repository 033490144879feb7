package stix_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// crowd is a kind of submission that has a great many of something.
type crowd struct {
	name string
	most int
	make func(t testing.TB, n int) []string
}

var crowds = []crowd{
	{"markings in a chain (S-3.2-16)", 20_000, func(t testing.TB, n int) []string {
		return texts(n, func(i int) string { return marking(i, numbered("marking-definition")(i+1)) })
	}},
	{"markings in a ring (S-3.2-16)", 20_000, func(t testing.TB, n int) []string {
		return texts(n, func(i int) string { return marking(i, numbered("marking-definition")((i+1)%n)) })
	}},
	{"two markings, over and over (S-3.2-16)", 20_000, func(t testing.TB, n int) []string {
		return texts(n, func(i int) string { return marking(i%2, numbered("marking-definition")((i+1)%2)) })
	}},
	{"translations of one large object (S-7.1-06)", 1_000, func(t testing.TB, n int) []string {
		large := edit(t, indicator, "x_large", "["+many(40*n, repeated("1"))+"]")
		return append(texts(n, func(i int) string { return translation(i, `{"de":{"name":"x"}}`) }), large)
	}},
	{"translations of many versions (S-7.1-03)", 4_000, func(t testing.TB, n int) []string {
		versions := texts(n, func(i int) string { return edit(t, indicator, "modified", instantAt(i)) })
		return append(versions, texts(n, func(i int) string {
			return strings.Replace(translation(i, `{"de":{"name":"x"}}`), `"contents"`, `"object_modified":`+instantAt(i)+`,"contents"`, 1)
		})...)
	}},
	{"languages of one long list (S-7.1-07)", 8_000, func(t testing.TB, n int) []string {
		return []string{
			edit(t, indicator, "labels", "["+many(8*n, repeated(`"a"`))+"]"),
			translation(1, "{"+many(n, func(i int) string { return fmt.Sprintf(`"de-x-%d":{"labels":["a"]}`, i) })+"}"),
		}
	}},
	{"languages of an object with many names (S-7.1-06)", 8_000, func(t testing.TB, n int) []string {
		names := many(n, func(i int) string { return fmt.Sprintf(`"x_key_%d":"a"`, i) })
		return []string{
			indicator[:len(indicator)-1] + "," + names + "}",
			translation(1, "{"+many(8, func(i int) string { return fmt.Sprintf(`"de-x-%d":{%s}`, i, names) })+"}"),
		}
	}},
	{"variants of large malware (S-4.11-07)", 1_000, func(t testing.TB, n int) []string {
		large := func(i int) string {
			return edit(t, indicator, "type", `"malware"`, "id", numbered("malware")(i), "is_family", "true", "x_large", "["+many(40*n, repeated("1"))+"]")
		}
		return append(texts(n, func(i int) string {
			return edit(t, indicator, "type", `"relationship"`, "id", numbered("relationship")(i), "relationship_type", `"variant-of"`,
				"source_ref", numbered("malware")(1), "target_ref", numbered("malware")(2))
		}), large(1), large(2))
	}},
	{"samples with many hashes (S-4.11-06)", 1_000, func(t testing.TB, n int) []string {
		large := func(i int) string {
			return `{"type":"file","id":` + numbered("file")(i) + `,"hashes":{` + many(8*n, func(i int) string { return fmt.Sprintf(`"X-%d":"aa"`, i) }) + "}}"
		}
		samples := "[" + many(n, func(i int) string { return numbered("file")(i % 2) }) + "]"
		return []string{large(0), large(1), edit(t, indicator, "type", `"malware"`, "id", numbered("malware")(1), "is_family", "false", "sample_refs", samples)}
	}},
}

func texts(n int, text func(i int) string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = text(i)
	}
	return all
}

func marking(i int, markedBy string) string {
	return `{"type":"marking-definition","spec_version":"2.1","id":` + numbered("marking-definition")(i) + `,"created":"2026-01-01T00:00:00.000Z",
		"definition_type":"statement","definition":{"statement":"x"},"object_marking_refs":[` + markedBy + "]}"
}

func translation(i int, contents string) string {
	return `{"type":"language-content","spec_version":"2.1","id":` + numbered("language-content")(i) + `,"created":"2026-01-01T00:00:00.000Z",
		"modified":"2026-01-01T00:00:00.000Z","object_ref":"indicator--` + hostileUUID + `","contents":` + contents + "}"
}

func instantAt(i int) string {
	return time.Date(2026, 2, 1, 0, 0, i, 0, time.UTC).Format(`"2006-01-02T15:04:05.000Z"`)
}

// What is said of objects beside each other takes work that grows with their bytes, whatever they
// say, and no object is told more than a few things.
func TestHostileCrowdsCostLinearTime(t *testing.T) {
	for _, tt := range crowds {
		t.Run(tt.name, func(t *testing.T) {
			r := newReader(t, stix.DefaultTolerances()...)
			little := readAll(t, r, tt.make(t, tt.most/8))
			much := readAll(t, r, tt.make(t, tt.most))
			mustBeLinear(t, func() (short, long time.Duration) { return comparingTime(r, little), comparingTime(r, much) })
			for _, findings := range r.CheckTogether(much) {
				require.LessOrEqual(t, len(findings), 50)
			}
		})
	}
}

// A dense graph of markings has a circle for every way around it; each marking is told once.
func TestMarkingsAreToldOfOneCircle(t *testing.T) {
	const n = 60
	r := newReader(t)
	objects := readAll(t, r, texts(n, func(i int) string {
		return marking(i, many(n-1, func(k int) string { return numbered("marking-definition")((i + 1 + k) % n) }))
	}))
	for i, findings := range r.CheckTogether(objects) {
		require.Len(t, findings, 1, "marking %d", i)
		assert.Equal(t, "S-3.2-16", findings[0].Code)
	}
}

// A circle is told to those in it, not to those that lead to it or away from it.
func TestOnlyMarkingsInACircleAreToldOfIt(t *testing.T) {
	r := newReader(t)
	refs := [][]int{{1}, {2, 5}, {3}, {1}, {5}, {6}, {}, {8}, {7, 3}} // 1 to 3 and 7 and 8 are circles
	objects := readAll(t, r, texts(len(refs), func(i int) string {
		if len(refs[i]) == 0 {
			return strings.Replace(marking(i, ""), `,"object_marking_refs":[]`, "", 1)
		}
		return marking(i, many(len(refs[i]), func(k int) string { return numbered("marking-definition")(refs[i][k]) }))
	}))
	for i, findings := range r.CheckTogether(objects) {
		inside := 1 <= i && i <= 3 || i >= 7
		assert.Equal(t, inside, len(findings) > 0, "marking %d: %v", i, findings)
	}
}

func readAll(t testing.TB, r *stix.Reader, texts []string) []stix.Object {
	objects := make([]stix.Object, len(texts))
	for i, text := range texts {
		o, findings := r.Read([]byte(text))
		f, bad := stix.Rejects(findings)
		require.False(t, bad, "%v in %.300s", f, text)
		objects[i] = o
	}
	return objects
}

// comparingTime is the least time of some comparisons.
func comparingTime(r *stix.Reader, objects []stix.Object) time.Duration {
	least := time.Hour
	for range 3 {
		start := time.Now()
		r.CheckTogether(objects)
		least = min(least, time.Since(start))
	}
	return least
}
