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
	assert.Equal(t, "no level", (trust.Red + 1).String())
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
		{"P-8 21 every part counts", []stix.ID{clear2}, []stix.Granular{{Marking: green2, Resolves: true}, {Marking: red2, Resolves: true}}, trust.Label{Level: trust.Red}},
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

// Who may have it is whoever both say: joining keeps the recipients of each.
func TestJoinRecipients(t *testing.T) {
	to := func(names ...string) trust.Label {
		return trust.Label{Level: trust.Green, Named: true, To: trust.SetOf(names...)}
	}
	everyone := trust.Label{Level: trust.Green}
	for _, row := range []struct {
		name       string
		a, b, want trust.Label
	}{
		{"P-2 everyone and everyone", everyone, everyone, everyone},
		{"P-2 everyone and some", everyone, to("xb", "xc"), to("xb", "xc")},
		{"P-2 some and others", to("xb", "xc"), to("xc", "xd"), to("xc")},
		{"P-2 nobody is not everyone", to("xb"), to("xc"), to()},
		{"P-2 nobody stays nobody", to(), everyone, to()},
	} {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, row.want, row.a.Join(row.b))
			assert.Equal(t, row.want, row.b.Join(row.a))
		})
	}
}

// Other vocabularies tighten and are no mark (P-1).
func TestLabelOfTags(t *testing.T) {
	for _, row := range []struct {
		name     string
		markings []stix.ID
		tags     []string
		want     trust.Label
	}{
		{"P-1 a tag is no mark", nil, []string{"tlp:green"}, trust.Label{Level: trust.Green, Unmarked: true}},
		{"P-1 a tag tightens", []stix.ID{green2}, []string{"tlp:amber"}, trust.Label{Level: trust.Amber}},
		{"P-1 a tag never opens", []stix.ID{amber2}, []string{"tlp:clear"}, trust.Label{Level: trust.Amber}},
		{"P-1 WHITE is CLEAR", nil, []string{"tlp:white"}, trust.Label{Level: trust.Clear, Unmarked: true}},
		{"P-1 CLEAR", nil, []string{"tlp:clear"}, trust.Label{Level: trust.Clear, Unmarked: true}},
		{"P-1 AMBER+STRICT", nil, []string{"tlp:amber+strict"}, trust.Label{Level: trust.AmberStrict, Unmarked: true}},
		{"P-1 in capitals", nil, []string{"TLP:RED"}, trust.Label{Level: trust.Red, Unmarked: true}},
		{"P-1 the strictest of several", nil, []string{"tlp:red", "tlp:green"}, trust.Label{Level: trust.Red, Unmarked: true}},
		{"P-1 the strictest of several, last", nil, []string{"word", "tlp:green", "tlp:red"}, trust.Label{Level: trust.Red, Unmarked: true}},
		{"P-1 another word", nil, []string{"red", "xtlp:red", "tlp:", "tlp:unmarked", "tlp:violet", "white"}, trust.Label{Unmarked: true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := &stix.Object{Markings: row.markings}
			o.Labels = row.tags
			assert.Equal(t, row.want, trust.LabelOf(o, func(stix.ID) (trust.Label, bool) { return trust.Label{}, false }))
		})
	}
}

// What the parties gave a meaning joins in; what is not known makes it unresolvable (P-1).
func TestLabelOfAgreedMarkings(t *testing.T) {
	agreed := trust.Label{Level: trust.Amber, Named: true, To: trust.SetOf("xb")}
	disputed := trust.Label{Level: trust.Green, Unresolvable: true}
	for _, row := range []struct {
		name     string
		markings []stix.ID
		granular []stix.Granular
		meaning  trust.Label
		want     trust.Label
	}{
		{"P-1 an agreed marking marks", []stix.ID{marking}, nil, agreed, agreed},
		{"P-1 beside a looser level", []stix.ID{clear2, marking}, nil, agreed, agreed},
		{"P-1 beside a stricter level", []stix.ID{marking, red2}, nil, agreed, trust.Label{Level: trust.Red, Named: true, To: trust.SetOf("xb")}},
		{"P-1 on a part", nil, []stix.Granular{{Marking: marking, Resolves: true}}, agreed, agreed},
		{"P-1 known and unresolvable", []stix.ID{marking}, nil, disputed, disputed},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := &stix.Object{Markings: row.markings, Granular: row.granular}
			assert.Equal(t, row.want, trust.LabelOf(o, func(id stix.ID) (trust.Label, bool) { return row.meaning, id == marking }))
		})
	}
	asked := 0
	o := &stix.Object{Markings: []stix.ID{statement, red2, marking}}
	got := trust.LabelOf(o, func(stix.ID) (trust.Label, bool) { asked++; return agreed, false })
	assert.Equal(t, trust.Label{Level: trust.Red, Named: true, To: trust.SetOf("xb"), Unresolvable: true}, got, "TLP joins in all the same")
	assert.Equal(t, 1, asked, "once unresolvable, the rest of the unknown is not looked up")
}

func TestMeaning(t *testing.T) {
	const other = stix.ID("marking-definition--55555555-5555-4555-8555-555555555555")
	meaning := func(level trust.Level, to ...string) map[stix.ID]trust.Meaning {
		return map[stix.ID]trust.Meaning{marking: {Level: level, To: to}}
	}
	attack := trust.Source{Kind: trust.FromPinned, Name: "attack"}
	for _, row := range []struct {
		name        string
		agreements  []map[stix.ID]trust.Meaning
		communities []map[stix.ID]trust.Meaning
		id          stix.ID
		source      trust.Source
		want        trust.Label
		ok          bool
	}{
		{"P-1 nobody says", nil, nil, marking, trust.Source{}, trust.Label{}, false},
		{"P-1 of another id", []map[stix.ID]trust.Meaning{meaning(trust.Amber)}, []map[stix.ID]trust.Meaning{meaning(trust.Amber)}, other, attack, trust.Label{}, false},
		{"P-1 an agreement, for everyone", []map[stix.ID]trust.Meaning{meaning(trust.Amber)}, nil, marking, trust.Source{}, trust.Label{Level: trust.Amber}, true},
		{"P-1 an agreement, for some", []map[stix.ID]trust.Meaning{meaning(trust.Amber, "xc", "xb")}, nil, marking, trust.Source{}, trust.Label{Level: trust.Amber, Named: true, To: trust.SetOf("xb", "xc")}, true},
		{"P-1 a community", nil, []map[stix.ID]trust.Meaning{meaning(trust.Green, "xb")}, marking, trust.Source{}, trust.Label{Level: trust.Green, Named: true, To: trust.SetOf("xb")}, true},
		{"P-1 all that is said holds", []map[stix.ID]trust.Meaning{meaning(trust.Clear, "xb", "xc", "xd"), nil, meaning(trust.Amber)}, []map[stix.ID]trust.Meaning{meaning(trust.Green, "xb", "xc"), meaning(trust.Clear, "xc", "xd")}, marking, trust.Source{},
			trust.Label{Level: trust.Amber, Named: true, To: trust.SetOf("xc")}, true},
		{"P-1 a pinned source's own", nil, nil, marking, trust.Source{Kind: trust.FromPinned, Name: "capec"}, trust.Label{Level: trust.Clear}, true},
		{"P-1 and what was agreed", []map[stix.ID]trust.Meaning{meaning(trust.Red, "xb")}, nil, marking, trust.Source{Kind: trust.FromPinned, Name: "capec"}, trust.Label{Level: trust.Red, Named: true, To: trust.SetOf("xb")}, true},
		{"P-1 another source's", nil, nil, marking, attack, trust.Label{}, false},
		{"P-1 an account named like the source", nil, nil, marking, trust.Source{Kind: trust.FromUs, Name: "capec"}, trust.Label{}, false},
		{"P-1 a member named like the source", nil, nil, marking, trust.Source{Kind: trust.FromMember, Name: "capec"}, trust.Label{}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := &trust.Policy{Agreements: map[string]trust.AgreementFile{}, Communities: map[string]trust.CommunityFile{}}
			p.Sources = map[string]trust.SourceFile{"attack": {}, "capec": {Markings: map[stix.ID]trust.Level{marking: trust.Clear}}}
			for i, m := range row.agreements {
				p.Agreements[string(rune('a'+i))] = trust.AgreementFile{Markings: m}
			}
			for i, m := range row.communities {
				p.Communities[string(rune('a'+i))] = trust.CommunityFile{Markings: m}
			}
			got, ok := p.At(noon).Meaning(row.id, row.source)
			assert.Equal(t, row.ok, ok)
			assert.Equal(t, row.want, got)
		})
	}
}

// An agreement that is not in force is absent also in what it says of markings (P-3).
func TestMeaningInForce(t *testing.T) {
	for _, row := range []struct {
		name      string
		valid     trust.Validity
		suspended []string
		ok        bool
	}{
		{"P-3 in force", trust.Validity{From: trust.DateOf(noon)}, nil, true},
		{"P-3 ended", trust.Validity{Until: trust.DateOf(noon.AddDate(0, 0, -1))}, nil, false},
		{"P-3 not begun", trust.Validity{From: trust.DateOf(noon.AddDate(0, 0, 1))}, nil, false},
		{"P-3 suspended", trust.Validity{}, []string{"mou"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := &trust.Policy{Agreements: map[string]trust.AgreementFile{
				"mou": {Valid: row.valid, Markings: map[stix.ID]trust.Meaning{marking: {Level: trust.Amber}}},
			}}
			bare := (&trust.Policy{}).At(noon).Reading()
			p.Local.Suspended = row.suspended
			_, ok := p.At(noon).Meaning(marking, trust.Source{})
			assert.Equal(t, row.ok, ok)
			assert.Equal(t, row.ok, p.At(noon).Reading() != bare, "whether objects are read otherwise")
		})
	}
}

// The day until which an agreement holds is its last (P-3).
func TestOver(t *testing.T) {
	last := trust.Validity{Until: trust.DateOf(noon)}
	assert.False(t, trust.Validity{}.Over(noon), "open-ended")
	assert.False(t, last.Over(noon))
	assert.True(t, last.Over(noon.AddDate(0, 0, 1)))
}
