package trust_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
)

// hundreds is the policy of a CSIRT that is in a network of 194 members and has 200 agreements.
// The member m-003 has two of them.
func hundreds() *trust.Policy {
	p := &trust.Policy{
		Node: us, Members: map[string]trust.MemberFile{}, Links: map[string]trust.LinkFile{},
		Agreements: map[string]trust.AgreementFile{}, Communities: map[string]trust.CommunityFile{},
	}
	network := trust.CommunityFile{Community: "network", MaxTLP: trust.Amber, Onward: trust.OnwardCommunity, Hub: us}
	member := func(i int) string { return fmt.Sprintf("m-%03d", i%194) }
	for i := range 194 {
		p.Members[member(i)] = trust.MemberFile{Member: member(i), Relation: trust.Peer, Trust: 3, Understands: "tlp2"}
		p.Links[member(i)] = trust.LinkFile{Member: member(i)}
		if i%2 == 0 {
			network.Members = append(network.Members, member(i))
		}
	}
	p.Communities["network"] = network
	for i := range 200 {
		id := fmt.Sprintf("mou-%03d", i)
		p.Agreements[id] = trust.AgreementFile{
			Agreement: id, Parties: []string{us, member(i)}, Terms: trust.Terms{PersonalData: "hold"},
			Valid: trust.Validity{From: trust.DateOf(noon), Until: trust.DateOf(noon)},
			Flows: []trust.Flow{
				{From: us, To: member(i), MaxTLP: trust.Green, Countries: []string{"XA", "XB"}, Exclude: []trust.Exclude{{Labels: []string{"legal-hold"}}}},
				{From: us, To: member(i), MaxTLP: trust.Amber, Types: []string{"malware", "incident", "indicator"}, Sectors: []string{"energy", "finance", "health"}},
				{From: member(i), To: us, MaxTLP: trust.Amber},
			},
		}
	}
	p.Local.Rules = []trust.Rule{
		{Approval: map[trust.Level]trust.Approvers{trust.AmberStrict: "two"}},
		{Embargo: trust.Embargo{For: 2 * time.Hour}, MinConfidence: 50},
		{Exclude: []trust.Exclude{{Labels: []string{"not-for-export"}}}},
	}
	return p
}

type benchCase struct {
	name    string
	class   trust.Class
	o       trust.Circumstances
	outcome trust.Outcome
	codes   []string
}

func benchCases() []benchCase {
	energy := trust.Scope{Sectors: trust.SetOf("energy", "transport"), Countries: trust.SetOf("XA"), Labels: trust.SetOf("phishing")}
	plain := trust.Class{Type: "indicator", Label: trust.Label{Level: trust.Amber}, Source: trust.Source{Kind: trust.FromUs}, Scope: energy, Confidence: trust.ConfidenceOf(80)}
	long := trust.Circumstances{Received: noon.Add(-3 * time.Hour)}
	targets := long
	for _, kind := range []string{"malware", "incident"} {
		target := plain
		target.Type = kind
		targets.Targets = append(targets.Targets, trust.Target{Class: &target, Circumstances: &long})
	}
	worst := trust.Class{
		Type: "user-account", Observable: true, SecondHand: true, Personal: true,
		Label:  trust.Label{Level: trust.Amber, Named: true, To: trust.SetOf("m-001"), Unmarked: true, Unresolvable: true},
		Source: trust.Source{Kind: trust.FromMember, Name: "m-003"}, Onward: trust.Passing{To: trust.OnwardNone},
		Scope: trust.Scope{Sectors: trust.SetOf("transport"), Countries: trust.SetOf("XC"), Labels: trust.SetOf("legal-hold", "phishing")},
	}
	return []benchCase{
		{"release", plain, long, trust.Release, nil},
		{"two targets", plain, targets, trust.Release, nil},
		{"many reasons", worst, trust.Circumstances{Received: noon, Recalled: true}, trust.Withhold, []string{
			"echo", "recalled", "marking", "unmarked", "recipients", "onward", "scope:sectors", "scope:min_confidence", "exclude", "personal", "embargo"}},
	}
}

// BenchmarkDecide is one member's decision with all its reasons; it may take 250 ns.
func BenchmarkDecide(b *testing.B) {
	s, to := hundreds().At(noon), trust.Principal{Kind: trust.Member, ID: "m-003"}
	for _, row := range benchCases() {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Decide(&row.class, &row.o, to)
			}
			d := s.Decide(&row.class, &row.o, to)
			b.ReportMetric(float64(len(d.Reasons())), "reasons")
		})
	}
}

func TestDecideAllocatesNothingAmongHundreds(t *testing.T) {
	p := hundreds()
	require.Len(t, p.Members, 194)
	require.Len(t, p.Agreements, 200)
	s, to := p.At(noon), trust.Principal{Kind: trust.Member, ID: "m-003"}
	for _, row := range benchCases() {
		t.Run(row.name, func(t *testing.T) {
			d := s.Decide(&row.class, &row.o, to)
			assert.Equal(t, row.outcome, d.Outcome)
			var codes []string
			for _, r := range d.Reasons() {
				codes = append(codes, r.Code.String())
			}
			assert.Equal(t, row.codes, codes)
			assert.Zero(t, testing.AllocsPerRun(100, func() { s.Decide(&row.class, &row.o, to) }))
		})
	}
}
