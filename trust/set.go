package trust

import (
	"slices"
	"strings"
)

// Set is a set of short names in a comparable form, so that it can be part of a [Class]. The zero
// value is empty.
type Set string // each name ends in a line break, ascending

// SetOf makes a set. Empty names and duplicates are left out.
func SetOf(names ...string) Set {
	var b strings.Builder
	for _, n := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if n != "" {
			b.WriteString(n)
			b.WriteByte('\n')
		}
	}
	return Set(b.String())
}

// Has reports whether a name is in the set.
func (s Set) Has(name string) bool {
	n := len(name)
	for rest := string(s); len(rest) > n; rest = rest[strings.IndexByte(rest, '\n')+1:] {
		if rest[n] == '\n' && rest[:n] == name {
			return true
		}
	}
	return false
}

// Meets reports whether any of the names is in the set.
func (s Set) Meets(names []string) bool {
	for _, n := range names {
		if s.Has(n) {
			return true
		}
	}
	return false
}

// Both reports whether any name is in both sets.
func (s Set) Both(t Set) bool {
	for rest := string(s); rest != ""; {
		end := strings.IndexByte(rest, '\n')
		if t.Has(rest[:end]) {
			return true
		}
		rest = rest[end+1:]
	}
	return false
}

// Covers reports whether every name of the other set is in this one.
func (s Set) Covers(t Set) bool {
	for rest := string(t); rest != ""; {
		end := strings.IndexByte(rest, '\n')
		if !s.Has(rest[:end]) {
			return false
		}
		rest = rest[end+1:]
	}
	return true
}

// Names are the members of the set, ascending.
func (s Set) Names() []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(s), "\n"), "\n")
}

// Intersect is what is in both sets.
func (s Set) Intersect(t Set) Set { return t.among(s.Names()) }

// among is which of the names are in the set.
func (s Set) among(names []string) Set {
	return SetOf(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !s.Has(n) })...)
}
