package trust_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"entente/trust"
)

// decider knows members of every trust and two pinned sources.
func decider() *trust.Policy {
	return &trust.Policy{
		Node: "csirt-xa",
		Members: map[string]trust.MemberFile{
			"t0": {Member: "t0"}, "t1": {Member: "t1", Trust: 1}, "t2": {Member: "t2", Trust: 2}, "t4": {Member: "t4", Trust: 4},
			"opened": {Member: "opened", Trust: 2},
		},
		Sources: map[string]trust.SourceFile{"attack": {Unmarked: trust.Clear}, "feed": {}},
		Local: trust.LocalFile{
			UnmarkedFrom: map[string]trust.Level{"opened": trust.Green},
			Accounts:     trust.LocalAccounts{Person: trust.AmberStrict, Tool: trust.Amber},
			Red:          []string{"officer", "named"},
		},
	}
}

var (
	toT2      = trust.Principal{Kind: trust.Member, ID: "t2"}
	anonymous = trust.Principal{Kind: trust.Anonymous}
	ours      = trust.Source{Kind: trust.FromUs}
)

func person(id string, r trust.Role) trust.Principal {
	return trust.Principal{Kind: trust.Account, ID: id, Role: r, Person: true}
}

func tool(r trust.Role) trust.Principal {
	return trust.Principal{Kind: trust.Account, ID: "tool", Role: r}
}

func TestDecide(t *testing.T) {
	at := func(l trust.Level) trust.Label { return trust.Label{Level: l} }
	unmarked, unresolvable := trust.Label{Unmarked: true}, trust.Label{Level: trust.Clear, Unresolvable: true}
	from := func(id string) trust.Source { return trust.Source{Kind: trust.FromMember, Name: id} }
	pinned := func(id string) trust.Source { return trust.Source{Kind: trust.FromPinned, Name: id} }
	open := decider()
	open.Local.Unmarked, open.Local.Public = trust.Green, true
	wrong := decider()
	wrong.Local.Unmarked = trust.Amber
	for _, row := range []struct {
		name   string
		policy *trust.Policy
		label  trust.Label
		source trust.Source
		to     trust.Principal
		want   trust.Outcome
		codes  []string
	}{
		{"P-8 1 CLEAR at trust 1", decider(), at(trust.Clear), ours, trust.Principal{Kind: trust.Member, ID: "t1"}, trust.Release, nil},
		{"P-3 GREEN at trust 2", decider(), at(trust.Green), ours, toT2, trust.Release, nil},
		{"P-3 trust 1 reaches CLEAR", decider(), at(trust.Green), ours, trust.Principal{Kind: trust.Member, ID: "t1"}, trust.Withhold, []string{"ceiling"}},
		{"P-3 AMBER without an agreement", decider(), at(trust.Amber), ours, toT2, trust.Withhold, []string{"ceiling"}},
		{"P-8 7 RED at trust 4", decider(), at(trust.Red), ours, trust.Principal{Kind: trust.Member, ID: "t4"}, trust.Withhold, []string{"red", "ceiling"}},
		{"P-4 1 trust 0", decider(), at(trust.Clear), ours, trust.Principal{Kind: trust.Member, ID: "t0"}, trust.Withhold, []string{"recipient", "ceiling"}},
		{"P-4 1 a stranger", decider(), at(trust.Clear), ours, trust.Principal{Kind: trust.Member, ID: "t9"}, trust.Withhold, []string{"recipient", "ceiling"}},
		{"P-8 30 echo", decider(), at(trust.Clear), from("t2"), toT2, trust.Withhold, []string{"echo"}},
		{"another's CLEAR goes on", decider(), at(trust.Clear), from("t1"), toT2, trust.Release, nil},
		{"I-7 received AMBER+STRICT", decider(), at(trust.AmberStrict), from("t1"), toT2, trust.Withhold, []string{"onward", "ceiling"}},
		{"P-4 4 unresolvable", decider(), unresolvable, ours, toT2, trust.Withhold, []string{"marking"}},
		{"P-8 16 unmarked waits", decider(), unmarked, ours, toT2, trust.Hold, []string{"unmarked"}},
		{"P-4 withhold is stronger than hold", decider(), unmarked, from("t2"), toT2, trust.Withhold, []string{"echo", "unmarked"}},
		{"P-8 42 a pinned source's unmarked", decider(), unmarked, pinned("attack"), toT2, trust.Release, nil},
		{"a pinned source that opens nothing", decider(), unmarked, pinned("feed"), toT2, trust.Hold, []string{"unmarked"}},
		{"not even where local.yaml opens ours", open, unmarked, pinned("feed"), toT2, trust.Hold, []string{"unmarked"}},
		{"a source that is gone", decider(), unmarked, pinned("gone"), toT2, trust.Hold, []string{"unmarked"}},
		{"P-2 unmarked: green", open, unmarked, ours, toT2, trust.Release, nil},
		{"P-2 never as more than GREEN", wrong, unmarked, ours, toT2, trust.Hold, []string{"unmarked"}},
		{"P-2 unmarked_from a member", decider(), unmarked, from("opened"), toT2, trust.Release, nil},
		{"P-2 a later mark covers what is opened", open, trust.Label{Level: trust.Amber, Unmarked: true}, ours, toT2, trust.Withhold, []string{"ceiling"}},
		{"no source", decider(), at(trust.Clear), trust.Source{}, toT2, trust.Withhold, []string{"echo"}},

		{"P-8 2 anonymous, not public", decider(), at(trust.Clear), ours, anonymous, trust.Withhold, []string{"recipient"}},
		{"P-3 anonymous CLEAR", open, at(trust.Clear), ours, anonymous, trust.Release, nil},
		{"P-8 2 anonymous GREEN", open, at(trust.Green), ours, anonymous, trust.Withhold, []string{"ceiling"}},
		{"anonymous, opened as GREEN", open, unmarked, ours, anonymous, trust.Withhold, []string{"ceiling"}},
		{"anonymous, opened as CLEAR", open, unmarked, pinned("attack"), anonymous, trust.Release, nil},
		{"anonymous, unmarked", open, unmarked, pinned("feed"), anonymous, trust.Hold, []string{"unmarked"}},
		{"anonymous, unresolvable", open, unresolvable, ours, anonymous, trust.Withhold, []string{"marking"}},
		{"anonymous, no source", open, at(trust.Clear), trust.Source{}, anonymous, trust.Withhold, []string{"recipient"}},

		{"P-3 a person reads AMBER+STRICT", decider(), at(trust.AmberStrict), from("t2"), person("a", trust.Reader), trust.Release, nil},
		{"P-3 a person reads what is unmarked", decider(), unmarked, ours, person("a", trust.Reader), trust.Release, nil},
		{"P-3 a person reads what is unresolvable", decider(), unresolvable, ours, person("a", trust.Reader), trust.Release, nil},
		{"P-8 45 a named officer reads RED", decider(), at(trust.Red), from("t2"), person("a", trust.Officer), trust.Release, nil},
		{"a named account reads RED", decider(), at(trust.Red), ours, person("named", trust.Reader), trust.Release, nil},
		{"others do not", decider(), at(trust.Red), ours, person("a", trust.Analyst), trust.Withhold, []string{"red"}},
		{"nor does the admin", decider(), at(trust.Red), ours, person("a", trust.Admin), trust.Withhold, []string{"red"}},
		{"P-8 45 no tool reads RED", decider(), at(trust.Red), ours, tool(trust.Officer), trust.Withhold, []string{"red"}},
		{"P-3 a tool reads AMBER", decider(), at(trust.Amber), ours, tool(trust.Analyst), trust.Release, nil},
		{"P-3 and no more", decider(), at(trust.AmberStrict), ours, tool(trust.Analyst), trust.Withhold, []string{"ceiling"}},
		{"P-3 a tool reads what is labelled", decider(), unmarked, ours, tool(trust.Analyst), trust.Withhold, []string{"unmarked"}},
		{"or opened", decider(), unmarked, pinned("attack"), tool(trust.Analyst), trust.Release, nil},
		{"and resolvable", decider(), unresolvable, ours, tool(trust.Analyst), trust.Withhold, []string{"marking"}},
		{"no role", decider(), at(trust.Clear), ours, person("a", trust.NoRole), trust.Withhold, []string{"recipient"}},
		{"I-9 nobody", decider(), at(trust.Clear), ours, trust.Principal{}, trust.Withhold, []string{"recipient"}},
		{"I-9 the empty policy", &trust.Policy{}, at(trust.Clear), ours, toT2, trust.Withhold, []string{"recipient", "ceiling"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := row.policy.Decide(trust.Class{Type: "indicator", Label: row.label, Source: row.source}, row.to)
			var codes []string
			for _, r := range d.Reasons {
				codes = append(codes, r.Code)
			}
			assert.Equal(t, row.want, d.Outcome, d.Outcome.String())
			assert.Equal(t, row.codes, codes)
		})
	}
	assert.Equal(t, trust.Withhold, trust.Decision{}.Outcome, "I-9: the zero decision withholds")
	assert.True(t, ours.Ours() && pinned("attack").Ours())
	assert.False(t, from("t2").Ours() || trust.Source{}.Ours())
}

// I-9: total and deterministic; I-2: a stricter label, an unresolvable one, or one that lost
// its mark never gets further.
func TestDecideIsMonotone(t *testing.T) {
	p := decider()
	principals := []trust.Principal{toT2, anonymous, {Kind: trust.Member, ID: "t4"}, person("a", trust.Reader), person("a", trust.Officer), tool(trust.Analyst), {}}
	sources := []trust.Source{ours, {}, {Kind: trust.FromPinned, Name: "attack"}, {Kind: trust.FromMember, Name: "t1"}, {Kind: trust.FromMember, Name: "opened"}}
	rapid.Check(t, func(t *rapid.T) {
		to := rapid.SampledFrom(principals).Draw(t, "to")
		source := rapid.SampledFrom(sources).Draw(t, "source")
		label := trust.Label{
			Level:        trust.Level(rapid.IntRange(int(trust.Clear), int(trust.Red)).Draw(t, "level")),
			Unresolvable: rapid.Bool().Draw(t, "unresolvable"),
		}
		d := p.Decide(trust.Class{Label: label, Source: source}, to)
		assert.Equal(t, d, p.Decide(trust.Class{Label: label, Source: source}, to))
		assert.Equal(t, d.Outcome == trust.Release, len(d.Reasons) == 0, "what is kept back has a reason")
		if to.Role == trust.Officer { // reads RED and AMBER+STRICT alike
			return
		}
		stricter := label.Join(trust.Label{
			Level:        trust.Level(rapid.IntRange(int(label.Level), int(trust.Red)).Draw(t, "stricter")),
			Unresolvable: rapid.Bool().Draw(t, "worse"),
		})
		assert.LessOrEqual(t, p.Decide(trust.Class{Label: stricter, Source: source}, to).Outcome, d.Outcome)
	})
}

func TestPrincipals(t *testing.T) {
	for want, p := range map[string]trust.Principal{
		"nobody": {}, "anonymous": anonymous, "member t2": toT2, "account a": person("a", trust.Reader),
	} {
		assert.Equal(t, want, p.String())
	}
	roles := []trust.Role{trust.Reader, trust.Analyst, trust.Officer, trust.Admin}
	assert.True(t, slices.IsSorted(roles))
	for _, r := range roles {
		parsed, ok := trust.ParseRole(r.String())
		assert.True(t, ok)
		assert.Equal(t, r, parsed)
	}
	for _, s := range []string{"", "root", "Admin"} {
		_, ok := trust.ParseRole(s)
		assert.False(t, ok, s)
	}
	p := trust.Principal{Compat: []string{"empty-objects"}}
	assert.True(t, p.Has("empty-objects"))
	assert.False(t, p.Has("other"))
}

func BenchmarkDecide(b *testing.B) {
	p := decider()
	c := trust.Class{Type: "indicator", Label: trust.Label{Level: trust.Green}, Source: ours}
	b.ReportAllocs()
	for b.Loop() {
		if p.Decide(c, toT2).Outcome != trust.Release {
			b.Fatal("not released")
		}
	}
}
