package trust

import (
	"fmt"
	"strings"

	"entente/stix"
)

// Level is a TLP level; greater is more restrictive. The zero value is no mark at all, which
// is not the same as CLEAR: what is unmarked is held (P-2).
type Level uint8

const (
	Unmarked Level = iota
	Clear
	Green
	Amber
	AmberStrict
	Red
)

var levelNames = [...]string{Unmarked: "unmarked", Clear: "clear", Green: "green", Amber: "amber", AmberStrict: "amber+strict", Red: "red"}

func (l Level) String() string {
	if int(l) >= len(levelNames) {
		return "no level" // a fault of ours: it must not become another one
	}
	return levelNames[l]
}

// ParseLevel reads a level as policy files write it: clear, green, amber, amber+strict, red.
func ParseLevel(s string) (l Level, ok bool) {
	for i, n := range levelNames {
		if n == s && Level(i) != Unmarked {
			return Level(i), true
		}
	}
	return Unmarked, false
}

// MarshalText writes a level's name, so that records outlive a change of the numbers.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a level's name, `unmarked`, or `hold`, as policy files call that; each
// key of a file says by its choice tag which of them it takes.
func (l *Level) UnmarshalText(text []byte) error {
	parsed, ok := ParseLevel(string(text))
	if s := string(text); !ok && s != "hold" && s != levelNames[Unmarked] {
		return fmt.Errorf("%q is not a TLP level; write clear, green, amber, amber+strict or red", text)
	}
	*l = parsed
	return nil
}

// LevelOf is the TLP level that a marking id stands for, by P-1's table. Levels go by id alone.
func LevelOf(marking stix.ID) (Level, bool) {
	name, _ := stix.TLP(marking)
	return ParseLevel(name)
}

// MarkingOf is the TLP 2.0 marking id of a level; empty for Unmarked.
func MarkingOf(l Level) stix.ID {
	return [...]stix.ID{
		Clear:       "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
		Green:       "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
		Amber:       "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
		AmberStrict: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
		Red:         "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
	}[l]
}

// Label is an object's level after the rules of P-1 and P-2. The zero value is unmarked.
type Label struct {
	Level        Level
	Named        bool // only the members in To may have it
	To           Set
	Unmarked     bool // this version, or a later one that covers it, has no TLP mark
	Unresolvable bool // a marking is unknown, undefined here or contradictory (P-1)
}

// Join is the label of what is covered by both: the strictest of each (I-2).
func (l Label) Join(m Label) Label {
	j := Label{
		Level:        max(l.Level, m.Level),
		Unmarked:     l.Unmarked || m.Unmarked,
		Unresolvable: l.Unresolvable || m.Unresolvable,
		Named:        l.Named || m.Named,
	}
	switch {
	case l.Named && m.Named:
		j.To = l.To.Intersect(m.To)
	case l.Named:
		j.To = l.To
	default:
		j.To = m.To
	}
	return j
}

// LabelOf joins the markings of one version (P-1). A granular marking on any part counts for
// the whole. Meaning says what a marking outside of TLP's own stands for; the zero Label is one
// that says nothing of who may read, such as a statement; ok is false for what nobody here knows.
//
// Labels such as tlp:red, as MISP writes them, tighten and are no mark: without a marking an
// object stays unmarked.
func LabelOf(o *stix.Object, meaning func(stix.ID) (l Label, ok bool)) Label {
	var l Label
	add := func(id stix.ID) {
		if level, ok := LevelOf(id); ok {
			l = l.Join(Label{Level: level})
		} else if !l.Unresolvable { // nothing more to learn of what is unresolvable
			m, known := meaning(id)
			m.Unresolvable = m.Unresolvable || !known
			l = l.Join(m)
		}
	}
	for _, id := range o.Markings {
		add(id)
	}
	for _, g := range o.Granular {
		if g.Marking != "" {
			add(g.Marking)
		}
		if !g.Resolves {
			l.Unresolvable = true
		}
	}
	l.Unmarked = l.Level == Unmarked
	for _, tag := range o.Labels {
		l.Level = max(l.Level, levelOfTag(tag))
	}
	return l
}

// levelOfTag is the level of a label such as tlp:amber+strict; Unmarked for any other.
func levelOfTag(tag string) Level {
	name, isTLP := strings.CutPrefix(strings.ToLower(tag), "tlp:")
	if !isTLP {
		return Unmarked
	}
	if name == "white" {
		return Clear
	}
	l, _ := ParseLevel(name)
	return l
}

// Meaning is what a marking stands for among those who agreed on it (P-1): in agreements and
// communities of ours, and in what a pinned source marks its own objects with. Where several say
// something, all of it holds. Agreements that are not in force say nothing (P-3).
func (s *Snapshot) Meaning(id stix.ID, source Source) (l Label, ok bool) {
	add := func(m Meaning) {
		ok = true
		l = l.Join(Label{Level: m.Level, Named: !m.To.Any(), To: SetOf(m.To...)})
	}
	for name, a := range s.Agreements {
		if m, listed := a.Markings[id]; listed && s.inForce(name, &a) {
			add(m)
		}
	}
	for _, c := range s.Communities {
		if m, listed := c.Markings[id]; listed {
			add(m)
		}
	}
	if source.Kind == FromPinned {
		if level, listed := s.Sources[source.Name].Markings[id]; listed {
			add(Meaning{Level: level})
		}
	}
	return l, ok
}
