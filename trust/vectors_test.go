package trust_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/trust"
)

// vectorFolder is the world of P-8's vectors, as csirt-xa has it at noon.
func vectorFolder() map[string]string {
	return map[string]string{
		"members/new-x1.yaml":         "{member: new-x1, trust: 1}",
		"members/green-x2.yaml":       "{member: green-x2, trust: 2}",
		"members/csirt-xb.yaml":       "{member: csirt-xb, trust: 3}",
		"members/csirt-xc.yaml":       "{member: csirt-xc, trust: 4}",
		"members/csirt-xd.yaml":       "{member: csirt-xd, trust: 4}",
		"members/csirt-xe.yaml":       "{member: csirt-xe, trust: 4}",
		"members/csirt-xf.yaml":       "{member: csirt-xf, trust: 4, understands: tlp1}",
		"members/csirt-x0.yaml":       "{member: csirt-x0, trust: 0}",
		"members/hub-h2.yaml":         "{member: hub-h2, trust: 4, relation: hub}",
		"members/fin-xa.yaml":         "{member: fin-xa, trust: 4, relation: constituent, constituency: {sectors: [energy]}}",
		"links/csirt-x0.yaml":         "{member: csirt-x0}",
		"agreements/mou-xb.yaml":      "{agreement: mou-xb, parties: [csirt-xa, csirt-xb], flows: [{from: csirt-xa, to: csirt-xb, max_tlp: amber, types: [indicator]}]}",
		"agreements/also-xb.yaml":     "{agreement: also-xb, parties: [csirt-xa, csirt-xb], flows: [{from: csirt-xa, to: csirt-xb, max_tlp: amber, types: [indicator]}]}",
		"agreements/mou-xd.yaml":      "{agreement: mou-xd, parties: [csirt-xa, csirt-xd], flows: [{from: csirt-xa, to: csirt-xd, max_tlp: amber+strict}]}",
		"agreements/mou-xf.yaml":      "{agreement: mou-xf, parties: [csirt-xa, csirt-xf], flows: [{from: csirt-xa, to: csirt-xf, max_tlp: amber+strict}]}",
		"agreements/mou-xe.yaml":      "{agreement: mou-xe, parties: [csirt-xa, csirt-xe], valid: {until: 2026-06-14}, flows: [{from: csirt-xa, to: csirt-xe, max_tlp: amber}]}",
		"agreements/mandate-fin.yaml": "{agreement: mandate-fin, kind: mandate, parties: [csirt-xa, fin-xa], flows: [{from: csirt-xa, to: fin-xa, max_tlp: amber+strict}]}",
		"communities/north.yaml":      "{community: north, members: [csirt-xb, csirt-xc, green-x2], hub: csirt-xa, max_tlp: amber}",
		"sources/mitre-attack.yaml":   "{source: mitre-attack, identities: [identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5], via: [cli], unmarked: clear}",
		"local.yaml": `public: true
rules:
  - {to: any, exclude: {labels: [legal-hold]}}
  - {to: csirt-xc, embargo: 2026-06-15T12:00:00Z}
`,
	}
}

// vector is a row of P-8 as far as Decide alone shows it. Not here, because they are about what
// happens between decisions: 16's label by a container, 26's pages, 27's recall, 32 and 39's
// claims and tombstones, 33's date_added, 38's revisions, 41's notices, 42's second copy.
type vector struct {
	name    string
	class   trust.Class
	o       trust.Circumstances
	to      string
	outcome trust.Outcome
	code    string // the primary reason; empty for a release
}

// ours is an object of ours at a level, received one that a member gave us under onward terms.
func ours(level trust.Level) trust.Class {
	return trust.Class{Type: "indicator", Label: trust.Label{Level: level, Unmarked: level == trust.Unmarked}, Source: trust.Source{Kind: trust.FromUs}}
}

func received(from string, level trust.Level, onward trust.Onward) trust.Class {
	c := ours(level)
	c.Source, c.Onward.To = trust.Source{Kind: trust.FromMember, Name: from}, onward
	return c
}

func with(c trust.Class, change func(*trust.Class)) trust.Class {
	change(&c)
	return c
}

func (v vector) check(t *testing.T, s *trust.Snapshot, to trust.Principal) {
	decision := s.Decide(&v.class, &v.o, to)
	assert.Equal(t, v.outcome.String(), decision.Outcome.String(), "%v", decision.Reasons())
	if primary, ok := decision.Primary(); assert.Equal(t, v.code != "", ok, "%v", decision.Reasons()) && ok {
		assert.Equal(t, v.code, primary.Code.String())
	}
}

func vectorSnapshot(t *testing.T, now time.Time, change ...string) *trust.Snapshot {
	folder := vectorFolder()
	for i := 0; i < len(change); i += 2 {
		folder[change[i]] = change[i+1]
	}
	p, problems := trust.Parse("csirt-xa", files(folder))
	require.Empty(t, problems)
	return p.At(now)
}

func TestVectorsOfClearance(t *testing.T) {
	red := trust.Circumstances{Explicit: true}
	needed := func(c *trust.Class) { c.Scope.Sectors = trust.SetOf("energy") }
	north := func(c *trust.Class) { c.Onward.Communities = trust.SetOf("north") }
	s := vectorSnapshot(t, noon)
	for _, v := range []vector{
		{name: "P-8 1 CLEAR, no agreement, trust 1", class: ours(trust.Clear), to: "new-x1", outcome: trust.Release},
		{name: "P-8 3 GREEN, same community", class: ours(trust.Green), to: "csirt-xb", outcome: trust.Release},
		{name: "P-8 4 GREEN, no common community, no agreement", class: ours(trust.Green), to: "csirt-xe", code: "ceiling"},
		{name: "P-8 5 AMBER by flow amber, trust 3", class: ours(trust.Amber), to: "csirt-xb", outcome: trust.Release},
		{name: "P-8 6 AMBER+STRICT, flow amber", class: ours(trust.AmberStrict), to: "csirt-xb", code: "ceiling"},
		{name: "P-8 7 RED, flow amber+strict, trust 4", class: ours(trust.Red), to: "csirt-xd", code: "red"},
		{name: "P-8 8 RED with explicit release, the member", class: ours(trust.Red), o: red, to: "csirt-xd", outcome: trust.Release},
		{name: "P-8 8 RED with explicit release, another", class: ours(trust.Red), to: "csirt-xc", code: "red"},
		{name: "P-8 9 received AMBER, onward none, constituent", class: received("csirt-xd", trust.Amber, trust.OnwardNone), to: "fin-xa", code: "onward"},
		{name: "P-8 10 onward constituents, sectors meet", class: with(received("csirt-xd", trust.Amber, trust.OnwardConstituents), needed), to: "fin-xa", outcome: trust.Release},
		{name: "P-8 10 onward constituents, no match", class: received("csirt-xd", trust.Amber, trust.OnwardConstituents), to: "fin-xa", outcome: trust.Hold, code: "need-to-know"},
		{name: "P-8 11 received AMBER+STRICT, constituent", class: received("csirt-xd", trust.AmberStrict, ""), to: "fin-xa", code: "onward"},
		{name: "P-8 11 our own AMBER+STRICT, by mandate", class: ours(trust.AmberStrict), to: "fin-xa", outcome: trust.Release},
		{name: "P-8 12 received AMBER, onward constituents, another peer", class: received("csirt-xd", trust.Amber, trust.OnwardConstituents), to: "csirt-xb", code: "onward"},
		{name: "P-8 13 hub, community amber, both members", class: with(received("csirt-xc", trust.Amber, trust.OnwardCommunity), north), to: "csirt-xb", outcome: trust.Release},
		{name: "P-8 14 same, recipient outside", class: with(received("csirt-xc", trust.Amber, trust.OnwardCommunity), north), to: "csirt-xd", code: "onward"},
		{name: "P-8 14 same, of two communities only one shared", class: with(received("csirt-xc", trust.Amber, trust.OnwardCommunity), func(c *trust.Class) { c.Onward.Communities = trust.SetOf("north", "south") }), to: "csirt-xb", code: "onward"},
		{name: "P-8 15 GREEN relayed outside the originator's communities", class: received("csirt-xd", trust.Green, ""), to: "csirt-xb", code: "onward"},
		{name: "P-8 16 unmarked", class: ours(trust.Unmarked), to: "csirt-xb", outcome: trust.Hold, code: "unmarked"},
		{name: "P-8 25 agreement expired yesterday, AMBER", class: ours(trust.Amber), to: "csirt-xe", code: "ceiling"},
		{name: "P-8 25 agreement expired yesterday, baseline", class: ours(trust.Clear), to: "csirt-xe", outcome: trust.Release},
		{name: "P-8 30 echo", class: received("csirt-xd", trust.Clear, ""), to: "csirt-xd", code: "echo"},
		{name: "P-8 31 A→H1→H2→A", class: with(received("hub-h2", trust.Clear, ""), func(c *trust.Class) { c.Owner = "csirt-xb" }), to: "csirt-xb", code: "echo"},
		{name: "P-8 37 trust set to 0", class: ours(trust.Clear), to: "csirt-x0", code: "recipient"},
		{name: "P-8 37 trust set to 0, notices", class: with(ours(trust.Unmarked), func(c *trust.Class) { c.System = true }), to: "csirt-x0", outcome: trust.Release},
		{name: "P-8 42 ATT&CK by the pinned source", class: with(ours(trust.Unmarked), func(c *trust.Class) { c.Source = trust.Source{Kind: trust.FromPinned, Name: "mitre-attack"} }), to: "new-x1", outcome: trust.Release},
		{name: "P-8 44 AMBER+STRICT to a TLP 1 member", class: ours(trust.AmberStrict), to: "csirt-xf", code: "dialect"},
	} {
		t.Run(v.name, func(t *testing.T) { v.check(t, s, trust.Principal{Kind: trust.Member, ID: v.to}) })
	}
}

func TestVectorsOfConditions(t *testing.T) {
	legal := func(c *trust.Class) { c.Scope.Labels = trust.SetOf("legal-hold") }
	malware := func(c *trust.Class) { c.Type = "malware" }
	relationship := func(c *trust.Class) { c.Type = "relationship" }
	refers := func(levels ...trust.Class) (o trust.Circumstances) {
		for _, c := range levels {
			o.Targets = append(o.Targets, trust.Target{Class: &c, Circumstances: &trust.Circumstances{}})
		}
		return o
	}
	corrects := refers(ours(trust.Red))
	corrects.Corrects = true
	s := vectorSnapshot(t, noon)
	for _, v := range []vector{
		{name: "P-8 23 our CLEAR relationship from GREEN malware to AMBER identity, GREEN peer", class: with(ours(trust.Clear), relationship), o: refers(ours(trust.Green), ours(trust.Amber)), to: "green-x2", code: "reference"},
		{name: "P-8 24 a third party's relationship to an id that only we hold as RED", class: with(received("csirt-xd", trust.Clear, ""), relationship), o: refers(ours(trust.Red)), to: "csirt-xb", outcome: trust.Release},
		{name: "P-8 29 v2 falls out of scope", class: with(ours(trust.Amber), malware), o: trust.Circumstances{Corrects: true}, to: "csirt-xb", outcome: trust.Release},
		{name: "P-8 29 v2 adds a reference to a withheld object", class: ours(trust.Amber), o: corrects, to: "csirt-xb", code: "reference"},
		{name: "P-8 34 excluded by a local rule, granted by two agreements", class: with(ours(trust.Amber), legal), to: "csirt-xb", code: "exclude"},
		{name: "P-8 35 CLEAR with an excluded label", class: with(ours(trust.Clear), legal), to: "new-x1", code: "exclude"},
		{name: "P-8 39 recalled", class: ours(trust.Clear), o: trust.Circumstances{Recalled: true}, to: "csirt-xb", code: "recalled"},
	} {
		t.Run(v.name, func(t *testing.T) { v.check(t, s, trust.Principal{Kind: trust.Member, ID: v.to}) })
	}

	xc := trust.Principal{Kind: trust.Member, ID: "csirt-xc"}
	before, after := vectorSnapshot(t, noon.Add(-1)), vectorSnapshot(t, noon)
	vector{class: ours(trust.Clear), outcome: trust.Hold, code: "embargo"}.check(t, before, xc)
	t.Run("P-8 36 embargo until noon", func(t *testing.T) { vector{class: ours(trust.Clear), outcome: trust.Release}.check(t, after, xc) })
	t.Run("P-8 26 agreement suspended", func(t *testing.T) {
		suspended := vectorSnapshot(t, noon, "local.yaml", "{suspended: [mou-xb, also-xb, mou-xd]}")
		vector{class: ours(trust.AmberStrict), code: "ceiling"}.check(t, suspended, trust.Principal{Kind: trust.Member, ID: "csirt-xd"})
	})
	t.Run("P-8 40 panic in a rule", func(t *testing.T) {
		broken := s.Decide(nil, &trust.Circumstances{}, xc)
		assert.Equal(t, trust.Withhold, broken.Outcome)
		assert.True(t, broken.Has(trust.CheckInternal))
	})
	t.Run("P-8 43 sectors: []", func(t *testing.T) {
		folder := vectorFolder()
		folder["agreements/mou-xb.yaml"] = "{agreement: mou-xb, parties: [csirt-xa, csirt-xb], flows: [{from: csirt-xa, to: csirt-xb, max_tlp: amber, sectors: []}]}"
		_, problems := trust.Parse("csirt-xa", files(folder))
		assert.Len(t, problems, 1)
	})
}

// TestVectorsOfCallers are those whose recipient is no member.
func TestVectorsOfCallers(t *testing.T) {
	s := vectorSnapshot(t, noon)
	anonymous := trust.Principal{Kind: trust.Anonymous}
	officer := trust.Principal{Kind: trust.Account, ID: "olga", Role: trust.Officer, Person: true}
	reader := trust.Principal{Kind: trust.Account, ID: "rita", Role: trust.Reader, Person: true}
	tool := trust.Principal{Kind: trust.Account, ID: "misp", Role: trust.Officer}
	red := received("csirt-xb", trust.Red, "")
	legal := with(ours(trust.Clear), func(c *trust.Class) { c.Scope.Labels = trust.SetOf("legal-hold") })
	for _, row := range []struct {
		vector
		to trust.Principal
	}{
		{vector{name: "P-8 1 CLEAR, anonymous", class: ours(trust.Clear), outcome: trust.Release}, anonymous},
		{vector{name: "P-8 2 GREEN, anonymous", class: ours(trust.Green), code: "ceiling"}, anonymous},
		{vector{name: "P-8 35 CLEAR with an excluded label, anonymous", class: legal, code: "exclude"}, anonymous},
		{vector{name: "P-8 45 RED from a peer, a named officer", class: red, outcome: trust.Release}, officer},
		{vector{name: "P-8 45 RED from a peer, who is not named", class: red, code: "red"}, reader},
		{vector{name: "P-8 45 RED from a peer, a tool account", class: red, code: "red"}, tool},
		{vector{name: "P-8 16 unmarked, a person here", class: ours(trust.Unmarked), outcome: trust.Release}, reader},
		{vector{name: "P-8 16 unmarked, a tool here", class: ours(trust.Unmarked), code: "unmarked"}, tool},
	} {
		t.Run(row.name, func(t *testing.T) { row.check(t, s, row.to) })
	}
}

// TestVectorsOfLabels are those that the label alone decides.
func TestVectorsOfLabels(t *testing.T) {
	neutral := func(id stix.ID) (trust.Label, bool) { return trust.Label{}, id == statement }
	label := func(o stix.Object) trust.Label { return trust.LabelOf(&o, neutral) }
	s := vectorSnapshot(t, noon)
	for _, row := range []struct {
		vector
		label trust.Label
	}{
		{vector{name: "P-8 17 unknown marking id", code: "marking"}, label(stix.Object{Markings: []stix.ID{marking, clear2}})},
		{vector{name: "P-8 18 826578e1… to a flow amber+strict", to: "csirt-xd", outcome: trust.Release}, label(stix.Object{Markings: []stix.ID{strictAsIs}})},
		{vector{name: "P-8 18 826578e1… to a flow amber", code: "ceiling"}, label(stix.Object{Markings: []stix.ID{strictAsIs}})},
		{vector{name: "P-8 19 TLP1 AMBER + TLP2 CLEAR", to: "new-x1", code: "ceiling"}, label(stix.Object{Markings: []stix.ID{amber1, clear2}})},
		{vector{name: "P-8 19 TLP2 CLEAR + TLP1 AMBER", to: "new-x1", code: "ceiling"}, label(stix.Object{Markings: []stix.ID{clear2, amber1}})},
		{vector{name: "P-8 20 GREEN + statement, community", outcome: trust.Release}, label(stix.Object{Markings: []stix.ID{green2, statement}})},
		{vector{name: "P-8 20 GREEN + statement, outside", to: "new-x1", code: "ceiling"}, label(stix.Object{Markings: []stix.ID{green2, statement}})},
		{vector{name: "P-8 21 granular RED in a GREEN object", code: "red"}, label(stix.Object{Markings: []stix.ID{green2}, Granular: []stix.Granular{{Marking: red2, Resolves: true}}})},
		{vector{name: "P-8 22 selector that resolves to nothing", code: "marking"}, label(stix.Object{Markings: []stix.ID{green2}, Granular: []stix.Granular{{Marking: green2}}})},
		{vector{name: "P-8 27 v1 GREEN, v2 RED: v1", code: "red"}, trust.Label{Level: trust.Green}.Join(trust.Label{Level: trust.Red})},
		{vector{name: "P-8 28 v1 RED, v2 GREEN: v1", code: "red"}, trust.Label{Level: trust.Red}.Join(trust.Label{Level: trust.Green})},
		{vector{name: "P-8 28 v1 RED, v2 GREEN: v2", outcome: trust.Release}, trust.Label{Level: trust.Green}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.class = ours(trust.Clear)
			row.class.Label = row.label
			if row.to == "" {
				row.to = "csirt-xb"
			}
			row.check(t, s, trust.Principal{Kind: trust.Member, ID: row.to})
		})
	}
}
