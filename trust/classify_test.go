package trust_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/configs"
	"entente/stix"
	"entente/trust"
)

func TestClassify(t *testing.T) {
	const agreed = stix.ID("marking-definition--66666666-6666-4666-8666-666666666666")
	meaning := func(id stix.ID) (trust.Label, bool) {
		return trust.Label{Level: trust.Amber, Named: true, To: trust.SetOf("xb")}, id == agreed
	}
	p := &trust.Policy{Node: us, Local: trust.LocalFile{Rules: []trust.Rule{{MinConfidence: 70}, {}, {MinConfidence: 50}, {MinConfidence: 70}, {MinConfidence: 1}}}}
	s := p.At(noon)
	attack := trust.Source{Kind: trust.FromPinned, Name: "attack"}
	unmarked := trust.Label{Unmarked: true}
	for _, row := range []struct {
		name   string
		object stix.Object
		want   trust.Class
	}{
		{"P-1 what the object says of itself", stix.Object{Type: "indicator", SpecVersion: "2.1", Version: "v", Revoked: true, Confidence: -1, Markings: []stix.ID{green2}},
			trust.Class{Type: "indicator", SpecVersion: "2.1", Revoked: true, Label: trust.Label{Level: trust.Green}}},
		{"P-1 what an agreed marking means", stix.Object{Type: "indicator", Version: "v", Confidence: -1, Markings: []stix.ID{agreed}},
			trust.Class{Type: "indicator", Label: trust.Label{Level: trust.Amber, Named: true, To: trust.SetOf("xb")}}},
		{"P-1 a marking that means nothing here", stix.Object{Type: "indicator", Version: "v", Confidence: -1, Markings: []stix.ID{statement}},
			trust.Class{Type: "indicator", Label: trust.Label{Level: trust.Amber, Named: true, To: trust.SetOf("xb"), Unresolvable: true}}},
		{"P-5 an SCO has no versions, and no confidence", stix.Object{Type: "ipv4-addr", Confidence: -1}, trust.Class{Type: "ipv4-addr", Observable: true, Label: unmarked, Confidence: trust.NoConfidence}},
		{"P-4 10 a marking has no confidence", stix.Object{Type: "marking-definition", Version: "v", Confidence: -1}, trust.Class{Type: "marking-definition", Label: unmarked, Confidence: trust.NoConfidence}},
		{"P-4 10 an extension has no confidence", stix.Object{Type: "extension-definition", Version: "v", Confidence: -1}, trust.Class{Type: "extension-definition", Label: unmarked, Confidence: trust.NoConfidence}},
		{"P-4 10 a translation may say nothing", stix.Object{Type: "language-content", Version: "v", Confidence: -1}, trust.Class{Type: "language-content", Label: unmarked}},
		{"P-4 10 confidence zero", stix.Object{Type: "report", Version: "v"}, trust.Class{Type: "report", Label: unmarked}},
		{"P-4 10 the least minimum", stix.Object{Type: "report", Version: "v", Confidence: 49}, trust.Class{Type: "report", Label: unmarked, Confidence: trust.ConfidenceOf(1)}},
		{"P-4 10 the first minimum", stix.Object{Type: "report", Version: "v", Confidence: 50}, trust.Class{Type: "report", Label: unmarked, Confidence: trust.ConfidenceOf(50)}},
		{"P-4 10 below the second minimum", stix.Object{Type: "report", Version: "v", Confidence: 69}, trust.Class{Type: "report", Label: unmarked, Confidence: trust.ConfidenceOf(50)}},
		{"P-4 10 the second minimum", stix.Object{Type: "report", Version: "v", Confidence: 70}, trust.Class{Type: "report", Label: unmarked, Confidence: trust.ConfidenceOf(70)}},
		{"P-4 10 more is not asked", stix.Object{Type: "report", Version: "v", Confidence: 100}, trust.Class{Type: "report", Label: unmarked, Confidence: trust.ConfidenceOf(70)}},
		{"P-4 10b a mail address", stix.Object{Type: "email-addr"}, trust.Class{Type: "email-addr", Observable: true, Label: unmarked, Confidence: trust.NoConfidence, Personal: true}},
		{"P-4 10b a mail", stix.Object{Type: "email-message"}, trust.Class{Type: "email-message", Observable: true, Label: unmarked, Confidence: trust.NoConfidence, Personal: true}},
		{"P-4 10b an account", stix.Object{Type: "user-account"}, trust.Class{Type: "user-account", Observable: true, Label: unmarked, Confidence: trust.NoConfidence, Personal: true}},
		{"P-4 10b an individual", stix.Object{Type: "identity", Version: "v", IdentityClass: "individual"}, trust.Class{Type: "identity", Label: unmarked, Personal: true}},
		{"P-4 10b an organisation", stix.Object{Type: "identity", Version: "v", IdentityClass: "organization"}, trust.Class{Type: "identity", Label: unmarked}},
		{"P-4 10b an actor that is an individual", stix.Object{Type: "threat-actor", Version: "v", IdentityClass: "individual"}, trust.Class{Type: "threat-actor", Label: unmarked}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.want.Source = attack
			assert.Equal(t, row.want, s.Classify(&row.object, attack, meaning))
		})
	}
}

// Decisions ask for no other names than those that the policy mentions, wherever it does (P-4).
func TestClassifyByMentionedNames(t *testing.T) {
	agreements := func(flows ...trust.Flow) trust.Policy {
		p := trust.Policy{Agreements: map[string]trust.AgreementFile{"empty": {}, "first": {Flows: []trust.Flow{{}, {}}}}}
		p.Agreements["second"] = trust.AgreementFile{Flows: flows}
		return p
	}
	rules := func(r ...trust.Rule) trust.Policy { return trust.Policy{Local: trust.LocalFile{Rules: r}} }
	none, all := trust.Set(""), trust.SetOf("a", "b")
	exclude := trust.Exclude{Sectors: configs.Choice{"a", "z"}, Countries: configs.Choice{"z", "b"}, Labels: configs.Choice{"b", "a"}}
	for _, row := range []struct {
		name   string
		policy trust.Policy
		want   trust.Scope
	}{
		{"P-4 10 nothing is mentioned", trust.Policy{}, trust.Scope{}},
		{"P-4 10 nor where all is given", agreements(trust.Flow{Types: configs.Choice{"a"}}), trust.Scope{}},
		{"P-4 10 a flow's sectors", agreements(trust.Flow{Sectors: configs.Choice{"z", "b"}}), trust.Scope{Sectors: trust.SetOf("b")}},
		{"P-4 10 a flow's countries", agreements(trust.Flow{}, trust.Flow{Countries: configs.Choice{"b", "a"}}), trust.Scope{Countries: all}},
		{"P-4 10 a flow's labels", agreements(trust.Flow{}, trust.Flow{Labels: configs.Choice{"a"}}), trust.Scope{Labels: trust.SetOf("a")}},
		{"P-4 10 a flow of others", agreements(trust.Flow{From: "xb", To: "xc", Labels: configs.Choice{"a"}}), trust.Scope{Labels: trust.SetOf("a")}},
		{"P-4 10 what several flows name", agreements(trust.Flow{Sectors: configs.Choice{"a"}, Countries: configs.Choice{"a"}, Labels: configs.Choice{"a"}},
			trust.Flow{Sectors: configs.Choice{"b"}, Countries: configs.Choice{"b"}, Labels: configs.Choice{"b"}}), trust.Scope{Sectors: all, Countries: all, Labels: all}},
		{"P-4 10a a flow's exclusions", agreements(trust.Flow{Exclude: []trust.Exclude{{}, exclude}}), trust.Scope{Sectors: trust.SetOf("a"), Countries: trust.SetOf("b"), Labels: all}},
		{"P-4 10a a rule's exclusions", rules(trust.Rule{}, trust.Rule{Exclude: []trust.Exclude{{}, exclude}}), trust.Scope{Sectors: trust.SetOf("a"), Countries: trust.SetOf("b"), Labels: all}},
		{"P-3 a constituency", trust.Policy{Members: map[string]trust.MemberFile{"xb": {}, "xc": {Constituency: &trust.Constituency{Sectors: []string{"b", "a"}}}}}, trust.Scope{Sectors: all}},
		{"P-4 10 several", trust.Policy{
			Agreements: map[string]trust.AgreementFile{"mou": {Flows: []trust.Flow{{Sectors: configs.Choice{"a"}}}}},
			Members:    map[string]trust.MemberFile{"xc": {Constituency: &trust.Constituency{Sectors: []string{"b"}}}},
		}, trust.Scope{Sectors: all}},
		{"P-4 10 none of the object's", agreements(trust.Flow{Sectors: configs.Choice{"x", "y"}}), trust.Scope{Sectors: none}},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := &stix.Object{Type: "incident", Sectors: []string{"b", "a", "c"}, Countries: []string{"a", "b", "c"}, Labels: []string{"c", "a", "b"}}
			row.policy.Node = us
			s := row.policy.At(noon)
			assert.Equal(t, row.want, s.Classify(o, trust.Source{}, nil).Scope)
			assert.Equal(t, []string{"b", "a", "c"}, o.Sectors, "what is read stays as it is")
			assert.Empty(t, s.Classify(&stix.Object{}, trust.Source{}, nil).Scope, "what has none has none")
		})
	}
}

// Scoped saves looking at what an object joins where no name matters to anybody (P-4).
func TestScoped(t *testing.T) {
	scoped := func(e trust.Exclude) bool {
		return (&trust.Policy{Local: trust.LocalFile{Rules: []trust.Rule{{Exclude: []trust.Exclude{e}}}}}).At(noon).Scoped()
	}
	assert.False(t, scoped(trust.Exclude{Types: configs.Choice{"report"}}))
	assert.True(t, scoped(trust.Exclude{Sectors: configs.Choice{"a"}}))
	assert.True(t, scoped(trust.Exclude{Countries: configs.Choice{"a"}}))
	assert.True(t, scoped(trust.Exclude{Labels: configs.Choice{"a"}}))
}

// Reading tells policies apart that read an object differently, and no others (P-6).
func TestReading(t *testing.T) {
	policy := func() *trust.Policy {
		p := &trust.Policy{Node: us, Members: map[string]trust.MemberFile{}, Communities: map[string]trust.CommunityFile{"north": {}}}
		p.Agreements = map[string]trust.AgreementFile{"mou": {Flows: []trust.Flow{{Labels: configs.Choice{"a"}}}}}
		p.Sources = map[string]trust.SourceFile{"attack": {}, "capec": {}}
		p.Local.Rules = []trust.Rule{{MinConfidence: 50}, {MinConfidence: 70}}
		return p
	}
	means := func(level trust.Level, to ...string) map[stix.ID]trust.Meaning {
		return map[stix.ID]trust.Meaning{marking: {Level: level, To: to}}
	}
	source := func(id string, level trust.Level) func(*trust.Policy) {
		return func(p *trust.Policy) {
			p.Sources[id] = trust.SourceFile{Markings: map[stix.ID]trust.Level{marking: level}}
		}
	}
	seen := map[string]string{}
	for _, row := range []struct {
		name   string
		change func(*trust.Policy)
	}{
		{"P-6 as it was", func(*trust.Policy) {}},
		{"P-4 10 another sector", func(p *trust.Policy) {
			p.Members["xb"] = trust.MemberFile{Constituency: &trust.Constituency{Sectors: []string{"a"}}}
		}},
		{"P-4 10 another country", func(p *trust.Policy) {
			p.Agreements["more"] = trust.AgreementFile{Flows: []trust.Flow{{Countries: configs.Choice{"a"}}}}
		}},
		{"P-4 10 another label", func(p *trust.Policy) {
			p.Agreements["more"] = trust.AgreementFile{Flows: []trust.Flow{{Labels: configs.Choice{"b"}}}}
		}},
		{"P-4 10 no label", func(p *trust.Policy) { delete(p.Agreements, "mou") }},
		{"P-4 10 another minimum", func(p *trust.Policy) { p.Local.Rules = append(p.Local.Rules, trust.Rule{MinConfidence: 60}) }},
		{"P-4 10 one minimum", func(p *trust.Policy) { p.Local.Rules = p.Local.Rules[:1] }},
		{"P-1 an agreement's marking", func(p *trust.Policy) { p.Agreements["more"] = trust.AgreementFile{Markings: means(trust.Green)} }},
		{"P-1 of another level", func(p *trust.Policy) { p.Agreements["more"] = trust.AgreementFile{Markings: means(trust.Amber)} }},
		{"P-1 for somebody", func(p *trust.Policy) { p.Agreements["more"] = trust.AgreementFile{Markings: means(trust.Amber, "xb")} }},
		{"P-1 a community's marking", func(p *trust.Policy) { p.Communities["north"] = trust.CommunityFile{Markings: means(trust.Green)} }},
		{"P-1 of another level there", func(p *trust.Policy) { p.Communities["north"] = trust.CommunityFile{Markings: means(trust.Amber)} }},
		{"P-1 two agreements' markings", func(p *trust.Policy) {
			p.Agreements["more"], p.Agreements["most"] = trust.AgreementFile{Markings: means(trust.Green)}, trust.AgreementFile{Markings: means(trust.Amber)}
		}},
		{"P-1 an agreement's and a community's of one name", func(p *trust.Policy) {
			p.Agreements["north"], p.Communities["north"] = trust.AgreementFile{Markings: means(trust.Green)}, trust.CommunityFile{Markings: means(trust.Amber)}
		}},
		{"P-1 a community's and a source's of one name", func(p *trust.Policy) {
			p.Communities["attack"] = trust.CommunityFile{Markings: means(trust.Green)}
			source("attack", trust.Amber)(p)
		}},
		{"P-1 an agreement's and a source's of one name", func(p *trust.Policy) {
			p.Agreements["attack"] = trust.AgreementFile{Markings: means(trust.Green)}
			source("attack", trust.Amber)(p)
		}},
		{"P-1 two communities' markings", func(p *trust.Policy) {
			p.Communities["more"], p.Communities["north"] = trust.CommunityFile{Markings: means(trust.Green)}, trust.CommunityFile{Markings: means(trust.Amber)}
		}},
		{"P-1 two sources' markings", func(p *trust.Policy) {
			source("attack", trust.Green)(p)
			source("capec", trust.Amber)(p)
		}},
		{"P-1 a source's marking", source("attack", trust.Green)},
		{"P-1 of another level by it", source("attack", trust.Amber)},
		{"P-1 by another source", source("capec", trust.Green)},
	} {
		p := policy()
		row.change(p)
		reading := p.At(noon).Reading()
		assert.Empty(t, seen[reading], row.name)
		seen[reading] = row.name
	}
	before := policy().At(noon).Reading()
	assert.Len(t, before, 64, "SHA-256 in hex")
	for _, row := range []struct {
		name   string
		change func(*trust.Policy)
	}{
		{"P-4 10 the same minimums", func(p *trust.Policy) {
			p.Local.Rules = append(slices.Clone(p.Local.Rules), trust.Rule{}, trust.Rule{MinConfidence: 50})
			slices.Reverse(p.Local.Rules)
		}},
		{"P-4 10 the same label", func(p *trust.Policy) {
			p.Agreements["more"] = trust.AgreementFile{Flows: []trust.Flow{{From: us, To: "xb", Labels: configs.Choice{"a"}}}}
		}},
		{"P-4 10a the same label excluded", func(p *trust.Policy) {
			p.Local.Rules[0].Exclude = []trust.Exclude{{Labels: configs.Choice{"a"}}}
		}},
		{"P-3 trust, dates and levels", func(p *trust.Policy) {
			p.Members["xb"] = trust.MemberFile{Trust: 4}
			a := p.Agreements["mou"]
			a.Valid.Until, a.Parties = trust.DateOf(noon), []string{us, "xb"}
			p.Agreements["mou"] = a
		}},
		{"P-1 files without markings", func(p *trust.Policy) {
			maps.DeleteFunc(p.Sources, func(string, trust.SourceFile) bool { return true })
			maps.DeleteFunc(p.Communities, func(string, trust.CommunityFile) bool { return true })
			p.Agreements["more"] = trust.AgreementFile{Markings: map[stix.ID]trust.Meaning{}}
		}},
	} {
		p := policy()
		row.change(p)
		assert.Equal(t, before, p.At(noon).Reading(), row.name)
		assert.Equal(t, before, p.At(noon.AddDate(9, 0, 0)).Reading(), "%s, at another instant", row.name)
	}
}

func TestReadsRed(t *testing.T) {
	s := (&trust.Policy{Local: trust.LocalFile{Red: []string{"officer", "alice"}}}).At(noon)
	for _, row := range []struct {
		name string
		who  trust.Principal
		want bool
	}{
		{"P-8 45 a named account", trust.Principal{Kind: trust.Account, ID: "alice", Role: trust.Reader, Person: true}, true},
		{"P-8 45 a named role", trust.Principal{Kind: trust.Account, ID: "bob", Role: trust.Officer, Person: true}, true},
		{"P-8 45 nobody named", trust.Principal{Kind: trust.Account, ID: "bob", Role: trust.Admin, Person: true}, false},
		{"P-8 45 a tool of a named name", trust.Principal{Kind: trust.Account, ID: "alice", Role: trust.Officer}, false},
	} {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, s.ReadsRed(row.who)) })
	}
}
