package trust_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"entente/stix"
	"entente/trust"
)

const (
	white1     = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
	green1     = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
	amber1     = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
	red1       = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
	clear2     = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
	green2     = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
	amber2     = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
	strict2    = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
	strictAsIs = "marking-definition--826578e1-40ad-459f-bc73-ede076f81f37"
	red2       = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
	statement  = "marking-definition--44444444-4444-4444-8444-444444444444"
)

func TestLevels(t *testing.T) {
	order := []trust.Level{trust.Clear, trust.Green, trust.Amber, trust.AmberStrict, trust.Red}
	for i, l := range order {
		if i > 0 {
			assert.Greater(t, l, order[i-1], "P-1: from least to most restrictive")
		}
		parsed, ok := trust.ParseLevel(l.String())
		assert.True(t, ok)
		assert.Equal(t, l, parsed)
		of, ok := trust.LevelOf(trust.MarkingOf(l))
		assert.True(t, ok)
		assert.Equal(t, l, of)
	}
	assert.Equal(t, "unmarked", trust.Unmarked.String())
	assert.Empty(t, trust.MarkingOf(trust.Unmarked))
	for _, s := range []string{"", "unmarked", "hold", "AMBER", "white", "amber-strict"} {
		_, ok := trust.ParseLevel(s)
		assert.False(t, ok, s)
	}
	for l := trust.Unmarked; l <= trust.Red; l++ {
		text, err := l.MarshalText()
		assert.NoError(t, err)
		back := trust.Red
		assert.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, l, back, "what is written reads back")
	}
	l := trust.Red
	assert.NoError(t, l.UnmarshalText([]byte("hold")))
	assert.Equal(t, trust.Unmarked, l)
	assert.Error(t, l.UnmarshalText([]byte("white")))
	assert.Equal(t, trust.Unmarked, l, "what cannot be read changes nothing")
}

func TestLabelOf(t *testing.T) {
	for _, row := range []struct {
		name     string
		markings []stix.ID
		granular []stix.Granular
		want     trust.Label
	}{
		{"P-1 TLP 1 WHITE", []stix.ID{white1}, nil, trust.Label{Level: trust.Clear}},
		{"P-1 TLP 2 CLEAR", []stix.ID{clear2}, nil, trust.Label{Level: trust.Clear}},
		{"P-1 TLP 1 GREEN", []stix.ID{green1}, nil, trust.Label{Level: trust.Green}},
		{"P-1 TLP 2 GREEN", []stix.ID{green2}, nil, trust.Label{Level: trust.Green}},
		{"P-1 TLP 1 AMBER", []stix.ID{amber1}, nil, trust.Label{Level: trust.Amber}},
		{"P-1 TLP 2 AMBER", []stix.ID{amber2}, nil, trust.Label{Level: trust.Amber}},
		{"P-1 TLP 2 AMBER+STRICT", []stix.ID{strict2}, nil, trust.Label{Level: trust.AmberStrict}},
		{"P-8 18 AMBER+STRICT as OpenCTI emits it", []stix.ID{strictAsIs}, nil, trust.Label{Level: trust.AmberStrict}},
		{"P-1 TLP 1 RED", []stix.ID{red1}, nil, trust.Label{Level: trust.Red}},
		{"P-1 TLP 2 RED", []stix.ID{red2}, nil, trust.Label{Level: trust.Red}},
		{"P-8 16 nothing is unmarked, not CLEAR", nil, nil, trust.Label{Unmarked: true}},
		{"P-8 17 I-2 an unknown id", []stix.ID{marking}, nil, trust.Label{Unmarked: true, Unresolvable: true}},
		{"I-2 an unknown id beside a level", []stix.ID{clear2, marking}, nil, trust.Label{Level: trust.Clear, Unresolvable: true}},
		{"P-8 19 I-2 the strictest of several", []stix.ID{amber1, clear2}, nil, trust.Label{Level: trust.Amber}},
		{"P-8 19 in either order", []stix.ID{clear2, amber1}, nil, trust.Label{Level: trust.Amber}},
		{"P-8 20 a statement changes nothing", []stix.ID{green2, statement}, nil, trust.Label{Level: trust.Green}},
		{"P-1 a statement is no mark", []stix.ID{statement}, nil, trust.Label{Unmarked: true}},
		{"P-8 21 a part counts for the whole", []stix.ID{green2}, []stix.Granular{{Marking: red2, Resolves: true}}, trust.Label{Level: trust.Red}},
		{"P-2 a marked part marks the whole", nil, []stix.Granular{{Marking: green2, Resolves: true}}, trust.Label{Level: trust.Green}},
		{"P-8 22 a selector of nothing", []stix.ID{green2}, []stix.Granular{{Marking: green2}}, trust.Label{Level: trust.Green, Unresolvable: true}},
		{"an unknown id on a part", []stix.ID{green2}, []stix.Granular{{Marking: marking, Resolves: true}}, trust.Label{Level: trust.Green, Unresolvable: true}},
		{"a language says nothing", []stix.ID{green2}, []stix.Granular{{Lang: "fr", Resolves: true}}, trust.Label{Level: trust.Green}},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := &stix.Object{Markings: row.markings, Granular: row.granular}
			got := trust.LabelOf(o, func(id stix.ID) (trust.Label, bool) { return trust.Label{}, id == statement })
			assert.Equal(t, row.want, got)
		})
	}
}

// I-2: joining never widens, whatever the order.
func TestJoinNeverWidens(t *testing.T) {
	label := rapid.Custom(func(t *rapid.T) trust.Label {
		return trust.Label{
			Level:        trust.Level(rapid.IntRange(int(trust.Unmarked), int(trust.Red)).Draw(t, "level")),
			Unmarked:     rapid.Bool().Draw(t, "unmarked"),
			Unresolvable: rapid.Bool().Draw(t, "unresolvable"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := label.Draw(t, "a"), label.Draw(t, "b"), label.Draw(t, "c")
		j := a.Join(b)
		assert.GreaterOrEqual(t, j.Level, max(a.Level, b.Level))
		assert.Equal(t, a.Unmarked || b.Unmarked, j.Unmarked)
		assert.Equal(t, a.Unresolvable || b.Unresolvable, j.Unresolvable)
		assert.Equal(t, j, b.Join(a))
		assert.Equal(t, j.Join(c), a.Join(b.Join(c)))
		assert.Equal(t, a, a.Join(a))
	})
}
