package trust_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
)

// TestOracleAgreesOnClearance goes through every small world of P-3: relation, trust, one
// agreement in every state, one community in every shape; and every label, source and onward term.
func TestOracleAgreesOnClearance(t *testing.T) {
	decisions := 0
	objects, o := smallObjects(), [...]*trust.Circumstances{{Received: noon}, {Received: noon, Explicit: true}}
	to := trust.Principal{Kind: trust.Member, ID: "xb"}
	forEachSmallPolicy(func(p *trust.Policy) {
		s := p.At(noon)
		for i := range objects {
			for _, o := range o {
				difference := disagreement(p, s, noon, &objects[i], o, to)
				require.Empty(t, difference, "%s", lazily(func() string { return tell(p, &objects[i], o, to) }))
				decisions++
			}
		}
	})
	assert.Greater(t, decisions, 400_000)
	t.Logf("%d decisions", decisions)
}

// lazily writes a message only if it is needed.
type lazily func() string

func (l lazily) String() string { return l() }

// forEachSmallPolicy calls with every policy of two members, of whom xb asks.
func forEachSmallPolicy(do func(*trust.Policy)) {
	for _, relation := range []trust.Relation{trust.Peer, trust.Constituent, trust.Hub} {
		for level := range 5 {
			for _, agreements := range smallAgreements() {
				for _, community := range smallCommunities() {
					p := &trust.Policy{Node: us, Agreements: map[string]trust.AgreementFile{}, Communities: map[string]trust.CommunityFile{}}
					p.Members = map[string]trust.MemberFile{
						"xa": {Member: "xa", Relation: trust.Peer, Trust: 4, Understands: "tlp2"},
						"xb": {Member: "xb", Relation: relation, Trust: level, Understands: "tlp2"},
					}
					if relation == trust.Constituent {
						xb := p.Members["xb"]
						xb.Constituency = &trust.Constituency{Sectors: []string{"a"}}
						p.Members["xb"] = xb
					}
					for _, a := range agreements {
						p.Agreements[a.Agreement] = a
						if a.Agreement == "suspended" {
							p.Local.Suspended = []string{a.Agreement}
						}
					}
					if len(community.Members) > 0 {
						p.Communities["north"] = community
					}
					do(p)
				}
			}
		}
	}
}

// smallAgreements are none, one in every state, and two that differ.
func smallAgreements() (all [][]trust.AgreementFile) {
	day := 24 * time.Hour
	states := map[string]trust.Validity{
		"valid":     {From: trust.DateOf(noon), Until: trust.DateOf(noon)},
		"suspended": {},
		"expired":   {Until: trust.DateOf(noon.Add(-day))},
		"future":    {From: trust.DateOf(noon.Add(day))},
	}
	all = append(all, nil)
	agree := func(name, baseline string, most trust.Level) trust.AgreementFile {
		return trust.AgreementFile{Agreement: name, Parties: []string{us, "xb"}, Valid: states[name], Baseline: baseline,
			Flows: []trust.Flow{{From: us, To: "xb", MaxTLP: most}, {From: "xb", To: us, MaxTLP: trust.Red}}}
	}
	for name := range states {
		for _, baseline := range []string{"keep", "replace"} {
			for _, most := range []trust.Level{trust.Amber, trust.AmberStrict} {
				all = append(all, []trust.AgreementFile{agree(name, baseline, most)})
			}
		}
	}
	for _, gone := range []string{"suspended", "expired", "future"} {
		all = append(all, []trust.AgreementFile{agree("valid", "keep", trust.Amber), agree(gone, "replace", trust.AmberStrict)})
	}
	return all
}

// smallCommunities are none, and those of every roster and hub that matter.
func smallCommunities() (all []trust.CommunityFile) {
	all = append(all, trust.CommunityFile{})
	for _, members := range [][]string{{us, "xa"}, {us, "xb"}, {"xa", "xb"}, {us, "xa", "xb"}} {
		for _, hub := range []string{"", us, "xb"} {
			for _, most := range []trust.Level{trust.Green, trust.AmberStrict} {
				all = append(all, trust.CommunityFile{Community: "north", Members: members, Hub: hub, MaxTLP: most, Onward: trust.OnwardCommunity})
			}
		}
	}
	return all
}

// smallObjects have every level, of every owner, under every onward term.
func smallObjects() (all []trust.Class) {
	passing := []trust.Passing{{}, {To: trust.OnwardNone}, {To: trust.OnwardConstituents}, {To: trust.OnwardCommunity}, {To: trust.OnwardCommunity, Communities: trust.SetOf("north")}, {To: trust.OnwardCommunity, Communities: trust.SetOf("other")}}
	for level := trust.Unmarked; level <= trust.Red; level++ {
		base := trust.Class{Type: "indicator", Label: trust.Label{Level: level, Unmarked: level == trust.Unmarked}}
		base.Source = trust.Source{Kind: trust.FromUs}
		all = append(all, base)
		base.Source = trust.Source{Kind: trust.FromMember, Name: "xb"} // an echo
		all = append(all, base)
		base.Source.Name = "xa"
		for _, base.Onward = range passing {
			all = append(all, base)
		}
		base.Scope.Sectors = trust.SetOf("a") // known to be needed
		for _, base.Onward = range passing[:3] {
			all = append(all, base)
		}
	}
	return all
}

// TestOracleAgreesOnConditions goes through every small world of the rows of P-4 that are not about
// clearance: confidence, exclusions, personal data, references, embargoes, approvals, and what
// explicit releases, corrections and companions waive of them.
func TestOracleAgreesOnConditions(t *testing.T) {
	decisions := 0
	to := trust.Principal{Kind: trust.Member, ID: "xb"}
	questions := smallQuestions()
	for _, rule := range smallRules() {
		for _, terms := range []string{"", "may", "hold", "withhold"} {
			p := &trust.Policy{Node: us, Local: trust.LocalFile{Rules: []trust.Rule{rule}}}
			p.Members = map[string]trust.MemberFile{"xa": {Trust: 4}, "xb": {Trust: 4, Relation: trust.Peer}}
			p.Agreements = map[string]trust.AgreementFile{"mou": {Parties: []string{us, "xb"}, Terms: trust.Terms{PersonalData: terms},
				Flows: []trust.Flow{{From: us, To: "xb", MaxTLP: trust.Amber, Types: []string{"indicator"}, Labels: []string{"a"}}}}}
			s := p.At(noon)
			for _, q := range questions {
				difference := disagreement(p, s, noon, q.class, q.o, to)
				require.Empty(t, difference, "%s", lazily(func() string { return tell(p, q.class, q.o, to) }))
				decisions++
			}
		}
	}
	assert.Greater(t, decisions, 100_000)
	t.Logf("%d decisions", decisions)
}

func smallRules() (all []trust.Rule) {
	for _, to := range [][]string{nil, {"xa"}, {"xb"}} {
		for _, r := range []trust.Rule{
			{Approval: map[trust.Level]trust.Approvers{trust.Amber: "one", trust.Green: "two"}},
			{Approval: map[trust.Level]trust.Approvers{trust.Clear: "one", trust.Amber: "two"}},
			{MinConfidence: 50},
			{Embargo: trust.Embargo{For: time.Hour}},
			{Embargo: trust.Embargo{Until: noon.Add(1)}},
			{Embargo: trust.Embargo{Until: noon}},
			{Exclude: []trust.Exclude{{Labels: []string{"a", "c"}}, {Types: []string{"ipv4-addr"}, Labels: []string{"b"}}}},
		} {
			r.To = to
			all = append(all, r)
		}
	}
	return all
}

type smallQuestion struct {
	class *trust.Class
	o     *trust.Circumstances
}

// smallQuestions are objects in every circumstance, alone and as each other's targets.
func smallQuestions() (all []smallQuestion) {
	var alone []smallQuestion
	for _, kind := range []string{"indicator", "malware", "ipv4-addr"} {
		for _, level := range []trust.Level{trust.Unmarked, trust.Clear, trust.Green, trust.Amber} {
			for _, label := range []string{"", "a", "b"} {
				for mask := range 1 << 5 {
					alone = append(alone, smallQuestionOf(kind, level, label, mask))
				}
			}
		}
	}
	all = append(all, alone...)
	for i, target := range alone {
		o := *alone[len(alone)-1].o
		o = trust.Circumstances{Received: o.Received, Targets: []trust.Target{{Class: target.class, Circumstances: target.o, Derived: i%2 == 0}}}
		ours := trust.Class{Type: "report", Label: trust.Label{Level: trust.Clear}, Source: trust.Source{Kind: trust.FromUs}, Confidence: 101}
		theirs := ours
		theirs.Source = trust.Source{Kind: trust.FromMember, Name: "xa"}
		all = append(all, smallQuestion{&ours, &o}, smallQuestion{&theirs, &o})
	}
	return all
}

func smallQuestionOf(kind string, level trust.Level, label string, mask int) smallQuestion {
	has := func(bit int) bool { return mask>>bit&1 == 1 }
	c := &trust.Class{Type: kind, Observable: kind == "ipv4-addr", Personal: has(0), Source: trust.Source{Kind: trust.FromUs}}
	c.Label = trust.Label{Level: level, Unmarked: level == trust.Unmarked}
	c.Scope.Labels = trust.SetOf(label)
	c.Confidence = trust.ConfidenceOf(49)
	o := &trust.Circumstances{Received: noon.Add(-time.Hour), Explicit: has(2), Corrects: has(3), Companion: has(4)}
	if has(1) {
		c.Confidence = trust.ConfidenceOf(50)
		o.Received = noon.Add(1 - time.Hour)
		o.Approval = trust.Approval{By: 1, As: trust.Green}
	}
	return smallQuestion{c, o}
}

// TestOracleAgreesOnFiles asks policies that came through the parser.
func TestOracleAgreesOnFiles(t *testing.T) {
	for seed := range uint64(500) {
		d := newDice(seed)
		now := d.instant()
		drawn := d.policy(now)
		drawn.Local.Rules = slices.DeleteFunc(drawn.Local.Rules, doesNothing)
		p, problems := trust.Parse(us, written(drawn))
		require.Empty(t, problems, "seed %d", seed)
		s := p.At(now)
		for range 100 {
			c, o, to := d.question(p, now)
			require.Empty(t, disagreement(p, s, now, c, o, to), "%s", lazily(func() string { return fmt.Sprintf("seed %d\n%s", seed, tell(p, c, o, to)) }))
		}
	}
}

// doesNothing is a rule that the parser refuses.
func doesNothing(r trust.Rule) bool {
	return len(r.Approval) == 0 && r.Embargo == (trust.Embargo{}) && r.MinConfidence == 0 && r.Exclude == nil
}
