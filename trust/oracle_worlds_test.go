package trust_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"entente/configs"
	"entente/trust"
)

// A world is a policy at an instant, of few names, so that they meet often.
var (
	worldMembers     = []string{"xa", "xb", "xc", "xd"}
	worldCommunities = []string{"north", "south"}
	worldSources     = []string{"attack", "capec"}
	worldCountries   = []string{"XA", "XB", "XC"}
	worldWords       = []string{"a", "b", "c"}
	worldTypes       = []string{"indicator", "identity", "relationship", "sighting", "ipv4-addr", "x-case", "language-content"}
	worldRelations   = []trust.Relation{trust.Peer, trust.Constituent, trust.Hub, trust.Parent}
	worldOnward      = []trust.Onward{"", trust.OnwardNone, trust.OnwardConstituents, trust.OnwardCommunity}
	worldTerms       = []string{"", "may", "may", "hold", "withhold"}
)

const us = "us"

// dice draws a world and what is asked of it.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 4))} }

// once in n times.
func (d dice) once(n int) bool { return d.IntN(n) == 0 }

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

func some[T any](d dice, from []T, most int) (out []T) {
	for range d.IntN(most + 1) {
		out = append(out, pick(d, from))
	}
	return out
}

// choice is a list that narrows, one time in n.
func (d dice) choice(n int, from []string) configs.Choice {
	if !d.once(n) {
		return nil
	}
	return unique(append(some(d, from, 1), pick(d, from)))
}

func unique(names []string) (out configs.Choice) {
	seen := map[string]bool{}
	for _, n := range names {
		if !seen[n] {
			out = append(out, n)
		}
		seen[n] = true
	}
	return out
}

// instant is near noon or at the edge of the day, in some zone.
func (d dice) instant() time.Time {
	at := pick(d, []time.Time{noon, noon.Truncate(24 * time.Hour), noon.Truncate(24 * time.Hour).Add(24*time.Hour - 1)})
	return at.In(time.FixedZone("", d.IntN(3)*6*3600))
}

func (d dice) policy(now time.Time) *trust.Policy {
	p := &trust.Policy{
		Node:        us,
		Members:     map[string]trust.MemberFile{},
		Links:       map[string]trust.LinkFile{},
		Agreements:  map[string]trust.AgreementFile{},
		Communities: map[string]trust.CommunityFile{},
		Sources:     map[string]trust.SourceFile{},
		Local:       d.local(now),
	}
	for _, id := range worldMembers {
		p.Members[id] = d.member(id)
		if d.once(3) {
			p.Links[id] = trust.LinkFile{Member: id, Suspended: d.once(6)}
		}
	}
	for i := range d.IntN(5) {
		id := fmt.Sprintf("mou-%d", i)
		p.Agreements[id] = d.agreement(id, now)
		if d.once(6) {
			p.Local.Suspended = append(p.Local.Suspended, id)
		}
	}
	for _, id := range worldCommunities {
		if !d.once(3) {
			p.Communities[id] = d.community(id)
		}
	}
	for _, id := range worldSources {
		p.Sources[id] = trust.SourceFile{Source: id, Unmarked: trust.Level(d.IntN(3))}
	}
	return p
}

func (d dice) member(id string) trust.MemberFile {
	m := trust.MemberFile{Member: id, Relation: pick(d, worldRelations), Trust: max(d.IntN(6)-1, 0), Understands: "tlp2"}
	if d.once(2) {
		m.Trust = 4
	}
	if d.once(5) {
		m.Understands = "tlp1"
	}
	if m.Relation == trust.Constituent && !d.once(4) {
		m.Constituency = &trust.Constituency{Sectors: unique(append(some(d, worldWords, 1), pick(d, worldWords)))}
	}
	return m
}

func (d dice) agreement(id string, now time.Time) trust.AgreementFile {
	a := trust.AgreementFile{Agreement: id, Baseline: "keep", Parties: []string{us, pick(d, worldMembers)}}
	if d.once(3) {
		a.Parties = unique(append(a.Parties, pick(d, worldMembers)))
	}
	if d.once(20) { // of others: nothing here
		a.Parties = []string{"xa", "xb"}
	}
	if d.once(5) {
		a.Baseline = "replace"
	}
	a.Terms.PersonalData = pick(d, worldTerms)
	if d.once(2) {
		days := []trust.Date{{}, {}, trust.DateOf(now.Add(-24 * time.Hour)), trust.DateOf(now), trust.DateOf(now.Add(24 * time.Hour))}
		first, last := d.IntN(len(days)), d.IntN(len(days))
		if first > 1 && last > 1 && first > last {
			first, last = last, first
		}
		a.Valid = trust.Validity{From: days[first], Until: days[last]}
	}
	for range d.IntN(4) {
		a.Flows = append(a.Flows, d.flow(a.Parties))
	}
	return a
}

func (d dice) flow(parties []string) trust.Flow {
	f := trust.Flow{MaxTLP: trust.Clear + trust.Level(d.IntN(5)), From: parties[0], To: parties[1+d.IntN(len(parties)-1)]}
	if d.once(4) {
		f.From, f.To = f.To, f.From
	}
	f.Types, f.Sectors = d.choice(4, worldTypes), d.choice(5, worldWords)
	f.Countries, f.Labels = d.choice(6, worldCountries), d.choice(6, worldWords)
	f.Onward = pick(d, worldOnward)
	if d.once(4) {
		f.Exclude = d.exclude()
	}
	return f
}

func (d dice) exclude() (all []trust.Exclude) {
	for range 1 + d.IntN(2) {
		e := trust.Exclude{Types: d.choice(4, worldTypes), Sectors: d.choice(4, worldWords), Countries: d.choice(4, worldCountries)}
		if e.Types == nil && e.Sectors == nil && e.Countries == nil || d.once(4) {
			e.Labels = d.choice(1, worldWords)
		}
		all = append(all, e)
	}
	return all
}

func (d dice) community(id string) trust.CommunityFile {
	everyone := append([]string{us}, worldMembers...)
	c := trust.CommunityFile{Community: id, MaxTLP: trust.Clear + trust.Level(d.IntN(5)), Onward: trust.OnwardCommunity}
	c.Members = unique(append(some(d, everyone, 4), pick(d, everyone)))
	if d.once(2) {
		c.Hub = pick(d, everyone)
	}
	if d.once(4) {
		c.Onward = trust.OnwardNone
	}
	return c
}

func (d dice) local(now time.Time) trust.LocalFile {
	l := trust.LocalFile{Public: d.once(2), Red: unique(some(d, []string{"officer", "admin", "alice"}, 2))}
	l.Accounts = trust.LocalAccounts{Person: trust.Clear + trust.Level(d.IntN(4)), Tool: trust.Clear + trust.Level(d.IntN(4))}
	if d.once(3) {
		l.Unmarked = trust.Level(d.IntN(3))
	}
	if d.once(3) {
		l.UnmarkedFrom = map[string]trust.Level{pick(d, worldMembers): trust.Level(d.IntN(3)), pick(d, worldSources): trust.Level(d.IntN(3))}
	}
	for range d.IntN(3) {
		l.Rules = append(l.Rules, d.rule(now))
	}
	return l
}

func (d dice) rule(now time.Time) (r trust.Rule) {
	r.To = d.choice(2, worldMembers)
	if d.once(3) {
		r.Approval = map[trust.Level]trust.Approvers{trust.Clear + trust.Level(d.IntN(4)): "two", trust.Clear + trust.Level(d.IntN(4)): "one"}
	}
	if d.once(4) {
		r.MinConfidence = pick(d, []int{1, 50, 100})
	}
	if d.once(4) {
		r.Exclude = d.exclude()
	}
	switch d.IntN(8) {
	case 0:
		r.Embargo.For = 2 * time.Hour
	case 1:
		r.Embargo.Until = now.Add(pick(d, []time.Duration{-1, 0, 1})).UTC()
	}
	return r
}

func (d dice) class(p *trust.Policy) *trust.Class {
	c := &trust.Class{
		Type:       pick(d, worldTypes),
		Label:      d.label(),
		SecondHand: d.once(25),
		Scope:      trust.Scope{Sectors: d.words(worldWords), Countries: d.words(worldCountries), Labels: d.words(worldWords)},
		Confidence: pick(d, []trust.Confidence{0, trust.NoConfidence, trust.ConfidenceOf(0), trust.ConfidenceOf(49), trust.ConfidenceOf(50), trust.ConfidenceOf(100)}),
		Personal:   d.once(4),
		System:     d.once(40),
		Revoked:    d.once(10),
		Source:     d.source(),
	}
	c.Observable = c.Type == "ipv4-addr" || c.Type == "x-case" && d.once(2)
	if c.Source.Kind == trust.FromMember {
		c.Onward.To = pick(d, worldOnward)
		if c.Onward.To == trust.OnwardCommunity && d.once(2) {
			c.Onward.Communities = trust.SetOf(some(d, append(worldCommunities, "dissolved"), 2)...)
		}
	}
	if c.Source.Kind == trust.FromMember && d.once(3) || c.Source.Kind == trust.FromUs && d.once(20) {
		c.Owner = pick(d, worldMembers)
	}
	return c
}

func (d dice) words(from []string) trust.Set { return trust.SetOf(some(d, from, 2)...) }

func (d dice) source() trust.Source {
	switch d.IntN(6) {
	case 0, 1:
		return trust.Source{Kind: trust.FromUs}
	case 2:
		return trust.Source{Kind: trust.FromPinned, Name: pick(d, worldSources)}
	}
	return trust.Source{Kind: trust.FromMember, Name: pick(d, worldMembers)}
}

func (d dice) label() trust.Label {
	l := trust.Label{Level: trust.Level(d.IntN(6)), Unresolvable: d.once(25)}
	l.Unmarked = l.Level == trust.Unmarked || d.once(25)
	if d.once(10) {
		l.Named, l.To = true, trust.SetOf(some(d, worldMembers, 3)...)
	}
	return l
}

func (d dice) circumstances(now time.Time) *trust.Circumstances {
	o := &trust.Circumstances{
		Received:  now.Add(-pick(d, []time.Duration{0, 2*time.Hour - 1, 2 * time.Hour, 3 * time.Hour})),
		Recalled:  d.once(25),
		Explicit:  d.once(6),
		Corrects:  d.once(8),
		Companion: d.once(12),
		Apart:     d.once(25),
	}
	if d.once(12) {
		o.Routes = trust.SetOf(some(d, worldMembers, 3)...)
	}
	if d.once(3) {
		o.Approval.By = 1 + d.IntN(2)
		o.Approval.As = trust.Level(d.IntN(6))
	}
	return o
}

func (d dice) question(p *trust.Policy, now time.Time) (*trust.Class, *trust.Circumstances, trust.Principal) {
	c, o := d.class(p), d.circumstances(now)
	for d.once(4) && len(o.Targets) < 3 {
		t := trust.Target{Class: d.class(p), Circumstances: d.circumstances(now), Derived: d.once(2)}
		if d.once(2) {
			t.Class.Source = c.Source
		}
		o.Targets = append(o.Targets, t)
	}
	return c, o, d.principal()
}

func (d dice) principal() trust.Principal {
	switch d.IntN(24) {
	case 0:
		return trust.Principal{Kind: trust.Anonymous}
	case 1, 2:
		role := pick(d, []trust.Role{trust.NoRole, trust.Reader, trust.Analyst, trust.Officer, trust.Admin})
		return trust.Principal{Kind: trust.Account, ID: pick(d, []string{"alice", "bob"}), Role: role, Person: d.once(2)}
	case 3:
		return pick(d, []trust.Principal{{}, {Kind: trust.Member}, {Kind: trust.Member, ID: "zz"}, {Kind: trust.Member, ID: us}})
	}
	return trust.Principal{Kind: trust.Member, ID: pick(d, worldMembers)}
}
