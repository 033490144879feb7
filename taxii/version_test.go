package taxii_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"entente/taxii"
)

// place is one version of an indicator in the release log, as storage keeps it.
type place struct {
	version      string
	added        int64
	newer, older int64 // the greatest date_added of a greater and of a lesser version
}

// inOrder is I of the seed: three versions, added in their own order at d1, d2, d3.
func inOrder() []place {
	return []place{{"2016-01-01T00:00:00.000Z", 1, 3, 0}, {"2016-02-01T00:00:00.000Z", 2, 3, 1}, {"2016-03-01T00:00:00.000Z", 3, 0, 2}}
}

// late is an object whose oldest version came last: v2 at d1, v3 at d2, v1 at d3 (T-5.5-11).
func late() []place {
	return []place{{"2016-02-01T00:00:00.000Z", 1, 2, 3}, {"2016-03-01T00:00:00.000Z", 2, 0, 3}, {"2016-01-01T00:00:00.000Z", 3, 2, 0}}
}

func TestVersionSelects(t *testing.T) {
	for _, tc := range []struct {
		name   string
		log    []place
		match  string // match[version], or empty
		window int64  // added_after
		want   []int64
	}{
		{"T-3.4.1-07 without match[version] the latest", inOrder(), "", 0, []int64{3}},
		{"T-3.4.1-08 the created of an unversioned object", []place{{"2016-01-01T00:00:00.000Z", 6, 0, 0}}, "2016-01-01T00:00:00.000Z", 0, []int64{6}},
		{"T-3.4.1-09 the value given to an object without times", []place{{"2026-07-01T09:00:00.000001Z", 5, 0, 0}}, "2026-07-01T09:00:00.000001Z", 0, []int64{5}},
		{"T-3.4.1-10 last", inOrder(), "last", 0, []int64{3}},
		{"T-3.4.1-10 first, I-3.13.1.5", inOrder(), "first", 0, []int64{1}},
		{"T-3.4.1-10 all", inOrder(), "all", 0, []int64{1, 2, 3}},
		{"T-3.4.1-10 exact value", inOrder(), "2016-02-01T00:00:00.000Z", 0, []int64{2}},
		{"T-3.4.1-13 first and last", inOrder(), "first,last", 0, []int64{1, 3}},
		{"T-3.4.1-13 first, value and last", inOrder(), "first,2016-02-01T00:00:00.000Z,last", 0, []int64{1, 2, 3}},
		{"T-3.4.1-13 one version is not given twice", []place{{"2016-01-01T00:00:00.000Z", 4, 0, 0}}, "first,last", 0, []int64{4}},
		{"T-3.4.1-13 two values", inOrder(), "2016-03-01T00:00:00.000Z,2016-01-01T00:00:00.000Z", 0, []int64{1, 3}},
		{"A-07 equal as instants", inOrder(), "2016-02-01T00:00:00Z", 0, []int64{2}},
		{"F-15 unknown value matches nothing, T-5.6-04", inOrder(), "1999-01-01T00:00:00.000Z", 0, nil},
		{"T-3.4.1-16 last in the window", inOrder(), "", 1, []int64{3}},
		{"T-3.4.1-16 A-04 first in the window is v2", inOrder(), "first", 1, []int64{2}},
		{"T-3.4.1-16 A-04 first of a window of one", inOrder(), "first", 2, []int64{3}},
		{"T-3.4.1-16 value outside the window", inOrder(), "2016-01-01T00:00:00.000Z", 1, nil},
		{"T-3.4.1-16 all in the window", inOrder(), "all", 1, []int64{2, 3}},
		{"T-5.5-11 a late old version is not last", late(), "last", 0, []int64{2}},
		{"T-5.5-11 but first", late(), "first", 0, []int64{3}},
		{"T-3.4.1-16 a late old version alone in the window is last", late(), "last", 2, []int64{3}},
		{"T-3.4.1-16 window beyond all", inOrder(), "all", 3, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			raw := ""
			if tc.match != "" {
				raw = "match[version]=" + tc.match
			}
			q, err := taxii.ParseQuery(raw, taxii.ObjectsFields)
			require.NoError(t, err)
			assert.Equal(t, tc.want, selected(t, tc.log, q.Version, tc.window))
		})
	}
}

func selected(t require.TestingT, log []place, m taxii.VersionMatch, window int64) (added []int64) {
	for _, p := range log {
		instant, err := time.Parse(time.RFC3339, p.version)
		require.NoError(t, err)
		if p.added > window && m.Selects(instant, p.newer, p.older, window) {
			added = append(added, p.added)
		}
	}
	return added
}

// Whatever the order of arrival and the window, last is the greatest version in the window and
// first the least (A-04, reading 1).
func TestVersionSelectsIsTheWindowsOwn(t *testing.T) {
	day := func(version int) string {
		return time.Date(2016, 1, 1+version, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)
	}
	rapid.Check(t, func(t *rapid.T) {
		versions := rapid.Permutation([]int{1, 2, 3, 4, 5, 6}).Draw(t, "version at each date_added")
		window := rapid.Int64Range(0, 6).Draw(t, "window")
		var log []place
		var last, first place
		for i, v := range versions {
			p := place{version: day(v), added: int64(i + 1)}
			for j, other := range versions {
				if other > v {
					p.newer = int64(j + 1)
				} else if other < v {
					p.older = int64(j + 1)
				}
			}
			log = append(log, p)
			if p.added <= window {
				continue
			}
			if last.added == 0 || p.version > last.version {
				last = p
			}
			if first.added == 0 || p.version < first.version {
				first = p
			}
		}
		var wantLast, wantFirst []int64
		if last.added > 0 {
			wantLast, wantFirst = []int64{last.added}, []int64{first.added}
		}
		assert.Equal(t, wantLast, selected(t, log, taxii.VersionMatch{}, window))
		assert.Equal(t, wantFirst, selected(t, log, taxii.VersionMatch{First: true}, window))
	})
}

func TestWindow(t *testing.T) {
	assert.Equal(t, int64(0), taxii.Query{}.Window())
	assert.Equal(t, int64(0), taxii.Query{AddedAfter: time.Date(1, 6, 1, 0, 0, 0, 0, time.UTC)}.Window(), "nothing was added before 1970")
	assert.Equal(t, int64(1_000_001), taxii.Query{AddedAfter: time.UnixMicro(1_000_001)}.Window())
}
