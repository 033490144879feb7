package taxii

import (
	"slices"
	"time"
)

// Window is where the query's view of a collection begins: added_after in microseconds since
// 1970, and 0 for all of it. Only entries with a greater date_added lie in it.
func (q Query) Window() int64 {
	return max(0, q.AddedAfter.UnixMicro())
}

// Selects reports whether match[version] keeps a version of an object. Instant is the version's
// own time; newer and older are the greatest date_added (microseconds since 1970, 0: none) of
// the object's versions that are greater and lesser; window is [Query.Window]. Among the versions
// in the window, last is the one that none there exceeds and first the one that exceeds none:
// the latest version "matching the remainder of the request" (TAXII 2.1 §3.4.1), so added_after
// is applied before the version is chosen. Several choices are OR-ed.
func (m VersionMatch) Selects(instant time.Time, newer, older, window int64) bool {
	switch {
	case m.All:
		return true
	case m.last() && newer <= window:
		return true
	case m.First && older <= window:
		return true
	}
	_, found := slices.BinarySearchFunc(m.At, instant, time.Time.Compare)
	return found
}

// last is true also of the zero value, because the last version is what nobody asked for by name.
func (m VersionMatch) last() bool {
	return m.Last || !m.First && !m.All && len(m.At) == 0
}

func (m VersionMatch) isZero() bool {
	return !m.Last && !m.First && !m.All && len(m.At) == 0
}

func (m VersionMatch) equal(o VersionMatch) bool {
	return m.last() == o.last() && m.First == o.First && m.All == o.All && slices.EqualFunc(m.At, o.At, time.Time.Equal)
}
