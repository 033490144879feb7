package trust_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"entente/trust"
)

// TestDecideEdges are cases at the edges of P-4's checks that random worlds do not draw: what no
// parser lets through, and what lies one step beside a limit.
func TestDecideEdges(t *testing.T) {
	unmarked := func(kind trust.SourceKind, name string) trust.Class {
		return with(ours(trust.Unmarked), func(c *trust.Class) { c.Source = trust.Source{Kind: kind, Name: name} })
	}
	nobodys := with(ours(trust.Clear), func(c *trust.Class) { c.Source = trust.Source{} })
	refers := func(c trust.Class, derived bool) trust.Circumstances {
		return trust.Circumstances{Received: noon, Targets: []trust.Target{{Class: &c, Circumstances: &trust.Circumstances{}, Derived: derived}}}
	}
	opens := func(level trust.Level) trust.LocalFile { return trust.LocalFile{Public: true, Unmarked: level} }
	delays := func(spans ...time.Duration) (l trust.LocalFile) {
		for _, span := range spans {
			l.Rules = append(l.Rules, trust.Rule{Embargo: trust.Embargo{For: span}})
		}
		return l
	}
	received := func(ago time.Duration) trust.Circumstances { return trust.Circumstances{Received: noon.Add(-ago)} }
	xb, anonymous := trust.Principal{Kind: trust.Member, ID: "xb"}, trust.Principal{Kind: trust.Anonymous}
	for _, row := range []struct {
		name  string
		local trust.LocalFile
		class trust.Class
		o     trust.Circumstances
		to    trust.Principal
		want  []string
	}{
		{"P-5 what comes from nobody goes to nobody", trust.LocalFile{}, nobodys, trust.Circumstances{}, xb, []string{"withhold echo"}},
		{"P-5 nor to an anonymous caller", opens(0), nobodys, trust.Circumstances{}, anonymous, []string{"withhold recipient"}},
		{"P-2 unmarked is opened as CLEAR", opens(trust.Clear), unmarked(trust.FromUs, ""), trust.Circumstances{}, xb, nil},
		{"P-2 unmarked is opened as GREEN", opens(trust.Green), unmarked(trust.FromUs, ""), trust.Circumstances{}, xb, nil},
		{"P-2 never as anything stricter", opens(trust.Amber), unmarked(trust.FromUs, ""), trust.Circumstances{}, xb, []string{"hold unmarked"}},
		{"P-2 unmarked_from a member", trust.LocalFile{UnmarkedFrom: map[string]trust.Level{"xa": trust.Clear}}, unmarked(trust.FromMember, "xa"), trust.Circumstances{}, xb, nil},
		{"P-2 not from an account of that name", trust.LocalFile{UnmarkedFrom: map[string]trust.Level{"xa": trust.Clear}}, unmarked(trust.FromUs, "xa"), trust.Circumstances{}, xb, []string{"hold unmarked"}},
		{"P-4 5 an approval by one", trust.LocalFile{}, unmarked(trust.FromUs, ""), trust.Circumstances{Approval: trust.Approval{By: 1, As: trust.Clear}}, xb, nil},
		{"P-4 5 an approval by nobody", trust.LocalFile{}, unmarked(trust.FromUs, ""), trust.Circumstances{Approval: trust.Approval{As: trust.Clear}}, xb, []string{"hold unmarked"}},
		{"P-4 11 a target out of scope by its type, random id", trust.LocalFile{}, ours(trust.Clear), refers(ours(trust.Amber), false), xb, nil},
		{"P-4 11 a target out of scope by its type, deterministic id", trust.LocalFile{}, ours(trust.Clear), refers(ours(trust.Amber), true), xb, []string{"withhold reference"}},
		{"P-4 11 of several targets the strictest", trust.LocalFile{}, ours(trust.Clear), trust.Circumstances{Targets: append(
			refers(ours(trust.Unmarked), false).Targets, refers(ours(trust.Red), false).Targets...)}, xb, []string{"withhold reference"}},
		{"P-4 11 of several targets the strictest, first", trust.LocalFile{}, ours(trust.Clear), trust.Circumstances{Targets: append(
			refers(ours(trust.Red), false).Targets, refers(ours(trust.Unmarked), false).Targets...)}, xb, []string{"withhold reference"}},
		{"P-4 12 the shortest delay", delays(1), ours(trust.Clear), received(0), xb, []string{"hold embargo local.yaml:0 embargo"}},
		{"P-4 12 the longer of two delays", delays(time.Hour, time.Hour+1), ours(trust.Clear), received(time.Hour), xb, []string{"hold embargo local.yaml:0 embargo"}},
		{"P-4 12 both over", delays(time.Hour, time.Hour+1), ours(trust.Clear), received(time.Hour + 1), xb, nil},
		{"P-8 40 a fault leaves no reason but itself, and no grant", trust.LocalFile{}, with(ours(trust.Amber), func(c *trust.Class) { c.Type = "malware" }),
			trust.Circumstances{Recalled: true, Targets: []trust.Target{{}}}, xb, []string{"withhold internal"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := &trust.Policy{Node: us, Local: row.local, Members: map[string]trust.MemberFile{"xa": {Trust: 4}, "xb": {Trust: 4, Relation: trust.Constituent}}}
			p.Agreements = map[string]trust.AgreementFile{"mou": {Parties: []string{us, "xb"}, Flows: []trust.Flow{{From: us, To: "xb", MaxTLP: trust.Amber, Types: []string{"malware"}}}}}
			d := p.At(noon).Decide(&row.class, &row.o, row.to)
			assert.Equal(t, row.want, told(&d))
			assert.Equal(t, len(row.want) == 0, d.Outcome == trust.Release)
			assert.Nil(t, d.Grant)
		})
	}
}

// A snapshot is made without writing to the policy, which others read meanwhile (P-6).
func TestSnapshotLeavesThePolicyAlone(t *testing.T) {
	roster := []string{us, "xb", "beyond the end"}
	p := &trust.Policy{Node: us, Communities: map[string]trust.CommunityFile{"north": {Members: roster[:2], Hub: "xb"}}}
	p.At(noon)
	assert.Equal(t, "beyond the end", roster[2])
}
