package trust_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"entente/configs"
	"entente/stix"
	"entente/trust"
)

func TestAuthority(t *testing.T) {
	const xbs, xcs, strangers = stix.ID("identity--b"), stix.ID("identity--c"), stix.ID("identity--x")
	speaks := func(id stix.ID) []trust.MemberIdentity { return []trust.MemberIdentity{{ID: id}, {ID: id + "0"}} }
	world := func(change func(*trust.Policy)) *trust.Policy {
		p := &trust.Policy{Node: us, Communities: map[string]trust.CommunityFile{}, Members: map[string]trust.MemberFile{
			"xa": {}, "xb": {Identities: speaks(xbs)}, "xc": {Identities: speaks(xcs)}, "hub": {RelaysFor: []string{"xd"}},
		}}
		if change != nil {
			change(p)
		}
		return p
	}
	member := func(id string, m trust.MemberFile) func(*trust.Policy) {
		return func(p *trust.Policy) { p.Members[id] = m }
	}
	community := func(hub string, members ...string) func(*trust.Policy) {
		return func(p *trust.Policy) {
			p.Communities["other"] = trust.CommunityFile{Members: []string{us, "xc"}, Hub: "xa"}
			p.Communities["north"] = trust.CommunityFile{Members: members, Hub: hub}
		}
	}
	dated := func(from, until trust.Date) func(*trust.Policy) {
		return member("xb", trust.MemberFile{Identities: []trust.MemberIdentity{{ID: xbs, From: from, Until: until}}})
	}
	relays := func(who ...string) func(*trust.Policy) { return member("hub", trust.MemberFile{RelaysFor: who}) }
	from := func(id string) trust.Source { return trust.Source{Kind: trust.FromMember, Name: id} }
	published, pinned := trust.Source{Kind: trust.FromUs}, trust.Source{Kind: trust.FromPinned, Name: "xb"}
	today, tomorrow, yesterday := trust.DateOf(noon), trust.DateOf(noon.Add(24*time.Hour)), trust.DateOf(noon.Add(-24*time.Hour))
	for _, row := range []struct {
		name       string
		change     func(*trust.Policy)
		createdBy  stix.ID
		source     trust.Source
		owner      string
		secondHand bool
	}{
		{"P-5 from nobody in particular it is the source's", nil, "", from("xa"), "", false},
		{"P-5 a creator whom no member speaks for", nil, strangers, from("xa"), "", false},
		{"P-5 a member's own", nil, xbs, from("xb"), "xb", false},
		{"P-5 another member's", nil, xcs, from("xc"), "xc", false},
		{"P-5 a member's other identity", nil, xbs + "0", from("xb"), "xb", false},
		{"P-5 second-hand", nil, xbs, from("xa"), "", true},
		{"P-5 second-hand, from a relay for others", nil, xbs, from("hub"), "", true},
		{"P-5 by a relay", relays("xc", "xb"), xbs, from("hub"), "xb", false},
		{"P-5 who is relayed does not relay", relays("xc", "xb"), xcs, from("xb"), "", true},
		{"P-5 with keys a relay's word is not enough", func(p *trust.Policy) {
			relays("xb")(p)
			p.Members["xb"] = trust.MemberFile{Identities: speaks(xbs), SigningKeys: []trust.SigningKey{{ID: "k"}}}
		}, xbs, from("hub"), "", true},
		{"P-5 its own word is, with keys too", member("xb", trust.MemberFile{Identities: speaks(xbs), SigningKeys: []trust.SigningKey{{ID: "k"}}}), xbs, from("xb"), "xb", false},
		{"P-5 by the hub of the three of us", community("hub", us, "xb"), xbs, from("hub"), "xb", false},
		{"P-5 by a member that is not the hub", community("hub", us, "xb", "xa"), xbs, from("xa"), "", true},
		{"P-5 by the hub of a community that it is not in", community("hub", us, "xc"), xbs, from("hub"), "", true},
		{"P-5 by the hub of a community that we are not in", community("hub", "xb", "xc"), xbs, from("hub"), "", true},
		{"P-5 a community without a hub", community("", us, "xb"), xbs, from("hub"), "", true},
		{"P-5 published again by a tool it stays theirs", nil, xbs, published, "xb", false},
		{"P-5 with keys too", member("xb", trust.MemberFile{Identities: speaks(xbs), SigningKeys: []trust.SigningKey{{ID: "k"}}}), xbs, published, "xb", false},
		{"P-5 published by us", nil, strangers, published, "", false},
		{"P-5 published by us, without a creator", nil, "", published, "", false},
		{"P-5 a pinned source is its own owner", nil, xbs, pinned, "", false},
		{"P-5 nobody speaks for nobody", nil, xbs, trust.Source{}, "", true},
		{"P-5 the first day of an identity", dated(today, trust.Date{}), xbs, from("xb"), "xb", false},
		{"P-5 the last day of an identity", dated(trust.Date{}, today), xbs, from("xb"), "xb", false},
		{"P-5 before the first day", dated(tomorrow, trust.Date{}), xbs, from("xb"), "", false},
		{"P-5 after the last day", dated(trust.Date{}, yesterday), xbs, from("xa"), "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			owner, secondHand := world(row.change).At(noon).Authority(row.createdBy, row.source)
			assert.Equal(t, row.owner, owner)
			assert.Equal(t, row.secondHand, secondHand)
		})
	}
}

// agreedFlows are an agreement with xa.
func agreedFlows(flows ...trust.Flow) func(*trust.Policy) {
	return func(p *trust.Policy) {
		p.Agreements["mou"] = trust.AgreementFile{Parties: []string{us, "xa"}, Flows: flows}
	}
}

func TestTerms(t *testing.T) {
	in := func(most trust.Level, onward trust.Onward) trust.Flow {
		return trust.Flow{From: "xa", To: us, MaxTLP: most, Onward: onward}
	}
	within := func(f trust.Flow, change func(*trust.Flow)) trust.Flow {
		change(&f)
		return f
	}
	dated := func(v trust.Validity, suspended ...string) func(*trust.Policy) {
		return func(p *trust.Policy) {
			p.Agreements["mou"] = trust.AgreementFile{Parties: []string{us, "xa"}, Valid: v, Flows: []trust.Flow{in(trust.Amber, trust.OnwardNone)}}
			p.Local.Suspended = suspended
		}
	}
	community := func(hub string, most trust.Level, onward trust.Onward, members ...string) func(*trust.Policy) {
		return func(p *trust.Policy) {
			p.Communities["north"] = trust.CommunityFile{Members: members, Hub: hub, MaxTLP: most, Onward: onward}
		}
	}
	both := func(changes ...func(*trust.Policy)) func(*trust.Policy) {
		return func(p *trust.Policy) {
			for _, change := range changes {
				change(p)
			}
		}
	}
	none, constituents, anyCommunity := trust.Passing{To: trust.OnwardNone}, trust.Passing{To: trust.OnwardConstituents}, trust.Passing{To: trust.OnwardCommunity}
	north := trust.Passing{To: trust.OnwardCommunity, Communities: trust.SetOf("north")}
	to := func(community string) trust.Flow {
		return within(in(trust.Amber, trust.OnwardCommunity), func(f *trust.Flow) { f.Community = community })
	}
	named := to("north")
	green, amber, strict := received("xa", trust.Green, ""), received("xa", trust.Amber, ""), received("xa", trust.AmberStrict, "")
	republished := with(ours(trust.Amber), func(c *trust.Class) { c.Owner = "xa" })
	yesterday, tomorrow := trust.DateOf(noon.Add(-24*time.Hour)), trust.DateOf(noon.Add(24*time.Hour))
	for _, row := range []struct {
		name   string
		change func(*trust.Policy)
		class  trust.Class
		want   trust.Passing
	}{
		{"P-3 without agreement what TLP says", func(*trust.Policy) {}, amber, trust.Passing{}},
		{"P-3 a flow that says nothing", agreedFlows(in(trust.Amber, "")), amber, trust.Passing{}},
		{"P-3 the flow it came under", agreedFlows(in(trust.Amber, trust.OnwardNone)), amber, none},
		{"P-3 the community that the flow names", agreedFlows(named), amber, north},
		{"P-3 not the flow to it", agreedFlows(trust.Flow{From: us, To: "xa", MaxTLP: trust.Amber, Onward: trust.OnwardNone}), amber, trust.Passing{}},
		{"P-3 nor between others", agreedFlows(trust.Flow{From: "xa", To: "xb", MaxTLP: trust.Amber, Onward: trust.OnwardNone}), amber, trust.Passing{}},
		{"P-3 nor another member's", agreedFlows(trust.Flow{From: "xb", To: us, MaxTLP: trust.Amber, Onward: trust.OnwardNone}), amber, trust.Passing{}},
		{"P-3 a flow that does not reach so far", agreedFlows(in(trust.Green, trust.OnwardNone)), amber, trust.Passing{}},
		{"P-3 a flow that reaches further", agreedFlows(in(trust.Red, trust.OnwardNone)), strict, none},
		{"P-3 outside a flow's scope", agreedFlows(within(in(trust.Amber, trust.OnwardNone), func(f *trust.Flow) { f.Types = configs.Choice{"malware"} })), amber, trust.Passing{}},
		{"P-3 outside its sectors", agreedFlows(within(in(trust.Amber, trust.OnwardNone), func(f *trust.Flow) { f.Sectors = configs.Choice{"energy"} })), amber, trust.Passing{}},
		{"P-3 outside its countries", agreedFlows(within(in(trust.Amber, trust.OnwardNone), func(f *trust.Flow) { f.Countries = configs.Choice{"XA"} })), amber, trust.Passing{}},
		{"P-3 outside its labels", agreedFlows(within(in(trust.Amber, trust.OnwardNone), func(f *trust.Flow) { f.Labels = configs.Choice{"a"} })), amber, trust.Passing{}},
		{"P-3 inside a flow's scope", agreedFlows(within(in(trust.Amber, trust.OnwardNone), func(f *trust.Flow) { f.Types = configs.Choice{"indicator"} })), amber, none},
		{"P-3 of several flows the strictest", agreedFlows(in(trust.Amber, trust.OnwardCommunity), in(trust.Amber, trust.OnwardNone), in(trust.Amber, trust.OnwardConstituents)), amber, none},
		{"P-3 constituents before a community", agreedFlows(named, in(trust.Amber, trust.OnwardConstituents)), amber, constituents},
		{"P-3 a community by name before any", agreedFlows(in(trust.Amber, trust.OnwardCommunity), named), amber, north},
		{"P-3 a community by name before any, first", agreedFlows(named, in(trust.Amber, trust.OnwardCommunity)), amber, north},
		{"P-3 of AMBER, TLP says constituents", agreedFlows(in(trust.Amber, trust.OnwardCommunity), in(trust.Amber, "")), amber, trust.Passing{}},
		{"P-3 of GREEN, TLP says a community", agreedFlows(in(trust.Amber, ""), in(trust.Amber, trust.OnwardConstituents)), green, constituents},
		{"P-3 of GREEN, a community by name before what TLP says", agreedFlows(in(trust.Amber, ""), named), green, north},
		{"P-3 of GREEN, what TLP says stays so if it becomes AMBER", agreedFlows(in(trust.Amber, trust.OnwardCommunity), in(trust.Amber, "")), green, trust.Passing{}},
		{"P-3 of AMBER, what TLP says before a community by name", agreedFlows(in(trust.Amber, ""), named), amber, trust.Passing{}},
		{"P-3 of AMBER, what TLP says before a community by name, last", agreedFlows(named, in(trust.Amber, "")), amber, trust.Passing{}},
		{"P-3 of GREEN, a community by name before what TLP says, first", agreedFlows(named, in(trust.Amber, "")), green, north},
		{"P-3 of CLEAR, a community by name before what TLP says", agreedFlows(named, in(trust.Amber, "")), received("xa", trust.Clear, ""), north},
		{"P-3 of AMBER+STRICT, what TLP says is less", agreedFlows(within(named, func(f *trust.Flow) { f.MaxTLP = trust.AmberStrict }), in(trust.AmberStrict, "")), strict, trust.Passing{}},
		{"P-3 of AMBER, TLP and a flow say the same", agreedFlows(in(trust.Amber, trust.OnwardConstituents), in(trust.Amber, "")), amber, constituents},
		{"P-3 two communities by name, each of them", agreedFlows(to("south"), named, to("south")), amber, trust.Passing{To: trust.OnwardCommunity, Communities: trust.SetOf("north", "south")}},
		{"P-3 two communities that forbid it", both(community("xa", trust.Amber, trust.OnwardNone, us), func(p *trust.Policy) {
			p.Communities["south"] = trust.CommunityFile{Members: []string{us}, Hub: "xa", MaxTLP: trust.Amber, Onward: trust.OnwardNone}
		}), amber, trust.Passing{To: trust.OnwardNone, Communities: trust.SetOf("north")}},
		{"P-3 of what another agreement says too", both(agreedFlows(in(trust.Amber, trust.OnwardCommunity)), func(p *trust.Policy) {
			p.Agreements["another"] = trust.AgreementFile{Parties: []string{us, "xa"}, Flows: []trust.Flow{in(trust.Amber, trust.OnwardConstituents)}}
		}), amber, constituents},
		{"P-3 an agreement that is in force", dated(trust.Validity{From: trust.DateOf(noon), Until: trust.DateOf(noon)}, "another"), amber, none},
		{"P-3 an agreement that ended", dated(trust.Validity{Until: yesterday}), amber, trust.Passing{}},
		{"P-3 an agreement that is to come", dated(trust.Validity{From: tomorrow}), amber, trust.Passing{}},
		{"P-3 an agreement that is suspended", dated(trust.Validity{}, "another", "mou"), amber, trust.Passing{}},
		{"P-3 a community's terms, from its hub", community("xa", trust.Amber, trust.OnwardCommunity, "xb", us), amber, north},
		{"P-3 a community's terms, as its hub", community(us, trust.Amber, trust.OnwardCommunity, "xb", "xa"), amber, north},
		{"P-3 a community's terms forbid", community("xa", trust.Amber, trust.OnwardNone, us), amber, trust.Passing{To: trust.OnwardNone, Communities: trust.SetOf("north")}},
		{"P-3 a community's terms do not reach so far", community("xa", trust.Green, trust.OnwardNone, us), amber, trust.Passing{}},
		{"P-3 a community's terms are with its hub", community("hub", trust.Amber, trust.OnwardCommunity, us, "xa"), amber, trust.Passing{}},
		{"P-3 not with a hub of others", community("xa", trust.Amber, trust.OnwardCommunity, "xb"), amber, trust.Passing{}},
		{"P-3 nor as the hub of others", community(us, trust.Amber, trust.OnwardCommunity, "xb"), amber, trust.Passing{}},
		{"P-3 of a flow and a community the strictest", both(community("xa", trust.Amber, trust.OnwardCommunity, us), agreedFlows(in(trust.Amber, trust.OnwardConstituents))), amber, constituents},
		{"P-3 of a flow and a community the strictest, the other", both(community("xa", trust.Amber, trust.OnwardNone, us), agreedFlows(in(trust.Amber, trust.OnwardConstituents))), amber, trust.Passing{To: trust.OnwardNone, Communities: trust.SetOf("north")}},
		{"P-3 what a relay brings goes no further", agreedFlows(in(trust.Amber, trust.OnwardCommunity)), with(received("hub", trust.Green, ""), func(c *trust.Class) { c.Owner = "xa" }), none},
		{"P-3 what its owner brings is no relay's", agreedFlows(in(trust.Amber, trust.OnwardCommunity)), with(amber, func(c *trust.Class) { c.Owner = "xa" }), anyCommunity},
		{"P-5 what a tool publishes again stays under their terms", agreedFlows(in(trust.Amber, trust.OnwardNone)), republished, none},
		{"P-5 what a tool publishes again goes as far as they say", agreedFlows(in(trust.Amber, trust.OnwardConstituents)), republished, constituents},
		{"P-5 a pinned source's has none", agreedFlows(in(trust.Amber, trust.OnwardNone)), with(ours(trust.Clear), func(c *trust.Class) { c.Source = trust.Source{Kind: trust.FromPinned, Name: "attack"} }), trust.Passing{}},
		{"P-5 ours has none", both(agreedFlows(in(trust.Amber, trust.OnwardNone)), community("", trust.Amber, trust.OnwardNone, us)), ours(trust.Amber), trust.Passing{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := &trust.Policy{Node: us, Agreements: map[string]trust.AgreementFile{}, Communities: map[string]trust.CommunityFile{}}
			p.Members = map[string]trust.MemberFile{"xa": {}, "xb": {}, "hub": {}}
			row.change(p)
			s := p.At(noon)
			assert.Equal(t, row.want, s.Terms(&row.class))
		})
	}
}
