package trust

import (
	"fmt"
	"slices"
	"time"

	"entente/stix"
)

// Snapshot is a policy as it stands at an instant, with everything looked up that decisions need.
// It is immutable; a request uses one from beginning to end (I-9).
type Snapshot struct {
	*Policy
	At    time.Time
	Until time.Time // from here on it may decide otherwise; zero: never by time alone

	recipients map[string]*recipient
	anonymous  *recipient
	shared     map[string]Set // communities of each member, by member
	ours       Set            // communities that we are in
	inbound    map[string][]inbound
	speakers   map[stix.ID]string // the member that speaks for an identity
	mentioned  Scope              // names that agreements and rules choose by
	minimums   []int              // of confidence that rules ask for, ascending
}

// recipient is a member as somebody to give to.
type recipient struct {
	id          string
	suspended   *Origin // why it gets nothing at all; nil if it may
	untrusted   *Origin // why it gets nothing but notices
	trusted     *Origin
	reach       Level
	constituent bool
	dialect     *Origin // understands only TLP 1
	sectors     []string
	communities Set

	baseline   Level   // what it gets without any agreement
	replacedBy *Origin // why it gets nothing without; nil: baseline
	grants     []grant
	excludes   []exclusion
	personal   Outcome
	personalBy *Origin

	minConfidence   int // of the local rules for it the strictest, each with where it stands
	minConfidenceBy *Origin
	embargo         *Origin // until an instant that is to come
	delay           time.Duration
	ripe            time.Time // of what came in later, the delay is not over
	delayBy         *Origin
	approvals       [Red + 1]approval // by level
}

// grant is what something lets through: a flow, or a community's terms.
type grant struct {
	max       Level
	community bool // by a community's terms, not by an agreement

	types, sectors, countries, labels []string // nil: all

	origin *Origin
}

// inbound is what a member gives us, and what we may do with it.
type inbound struct {
	grant
	passing Passing
}

type exclusion struct {
	types, sectors, countries, labels []string // nil: not asked
	origin                            *Origin
}

// approval is how many people must agree at a level.
type approval struct {
	people int
	origin *Origin
}

// At makes the snapshot of an instant.
func (p *Policy) At(now time.Time) *Snapshot {
	s := &Snapshot{
		Policy: p, At: now, recipients: make(map[string]*recipient, len(p.Members)), shared: map[string]Set{},
		inbound: map[string][]inbound{}, speakers: map[stix.ID]string{},
	}
	s.findCommunities()
	s.anonymous = &recipient{reach: Clear, baseline: Clear, personal: Release}
	for _, id := range sorted(p.Members) {
		s.recipients[id] = s.newRecipient(id)
		for _, identity := range p.Members[id].Identities {
			if identity.SpeaksAt(now) {
				s.speakers[identity.ID] = id
			}
		}
	}
	for _, id := range sorted(p.Agreements) {
		s.addAgreement(id)
	}
	for _, id := range sorted(p.Communities) {
		s.addCommunity(id)
	}
	for i := range p.Local.Rules {
		s.addRule(i)
	}
	s.findUntil()
	s.findMentioned()
	return s
}

// findCommunities says who is in which community; its hub is.
func (s *Snapshot) findCommunities() {
	in := map[string][]string{}
	for _, id := range sorted(s.Communities) {
		c := s.Communities[id]
		for _, m := range slices.Concat(c.Members, []string{c.Hub}) {
			in[m] = append(in[m], id)
		}
	}
	for m, list := range in {
		s.shared[m] = SetOf(list...)
	}
	s.ours = s.shared[s.Node]
}

func (s *Snapshot) newRecipient(id string) *recipient {
	m := s.Members[id]
	file := "members/" + id + ".yaml"
	r := &recipient{
		id: id, reach: reach(m.Trust), trusted: s.origin(file, fmt.Sprintf("trust %d", m.Trust), "trust"),
		constituent: m.Relation == Constituent, communities: s.shared[id].Intersect(s.ours),
		baseline: Clear, personal: Release,
	}
	if r.constituent || r.communities != "" {
		r.baseline = Green
	}
	switch {
	case s.Links[id].Suspended:
		r.suspended = s.origin("links/"+id+".yaml", "suspended", "suspended")
	case m.Trust == 0:
		r.untrusted = r.trusted
	}
	if m.Understands == "tlp1" {
		r.dialect = s.origin(file, "understands tlp1", "understands")
	}
	if m.Constituency != nil {
		r.sectors = m.Constituency.Sectors
	}
	return r
}

func (s *Snapshot) inForce(id string, a *AgreementFile) bool {
	return a.Valid.Holds(s.At) && !slices.Contains(s.Local.Suspended, id)
}

// addAgreement gives the other parties what an agreement says that we give them. What an agreement
// takes away stays taken away after its end, and while it is suspended (P-3).
func (s *Snapshot) addAgreement(id string) {
	a := s.Agreements[id]
	file := "agreements/" + id + ".yaml"
	if !slices.Contains(a.Parties, s.Node) || s.At.Before(a.Valid.From.Start()) {
		return
	}
	for _, party := range a.Parties {
		r := s.recipients[party]
		if r == nil {
			continue
		}
		if a.Baseline == "replace" && r.replacedBy == nil {
			r.baseline, r.replacedBy = Unmarked, s.origin(file, "baseline: replace", "baseline")
		}
		if o := personalOutcome(a.Terms.PersonalData); o < r.personal {
			r.personal, r.personalBy = o, s.origin(file, "personal_data: "+a.Terms.PersonalData, "terms", "personal_data")
		}
	}
	inForce := s.inForce(id, &a)
	for i := range a.Flows {
		f := &a.Flows[i]
		g := grant{max: min(f.MaxTLP, AmberStrict), types: f.Types, sectors: f.Sectors, countries: f.Countries, labels: f.Labels}
		if f.To == s.Node && inForce {
			s.inbound[f.From] = append(s.inbound[f.From], inbound{g, Passing{f.Onward, SetOf(f.Community)}})
		}
		r := s.recipients[f.To]
		if f.From != s.Node || r == nil {
			continue
		}
		for j := range f.Exclude {
			r.excludes = append(r.excludes, s.exclusion(&f.Exclude[j], file, "flows", i, "exclude", j))
		}
		if inForce {
			g.origin = s.origin(file, fmt.Sprintf("flow to %s, up to %s", f.To, f.MaxTLP), "flows", i)
			r.grants = append(r.grants, g)
		}
	}
}

func personalOutcome(terms string) Outcome {
	switch terms {
	case "hold":
		return Hold
	case "withhold":
		return Withhold
	}
	return Release
}

// addCommunity adds a community's terms between its hub and its members.
func (s *Snapshot) addCommunity(id string) {
	c := s.Communities[id]
	var others []string
	switch {
	case c.Hub == s.Node:
		others = c.Members
	case c.Hub != "" && slices.Contains(c.Members, s.Node):
		others = []string{c.Hub}
	}
	for _, other := range others {
		s.inbound[other] = append(s.inbound[other], inbound{grant{max: c.MaxTLP}, Passing{c.Onward, SetOf(id)}})
		if r := s.recipients[other]; r != nil {
			r.grants = append(r.grants, grant{
				max: min(c.MaxTLP, Amber), community: true,
				origin: s.origin("communities/"+id+".yaml", fmt.Sprintf("members and hub, up to %s", c.MaxTLP), "max_tlp"),
			})
		}
	}
}

func (s *Snapshot) addRule(i int) {
	const file = "local.yaml"
	l := &s.Local.Rules[i]
	for _, id := range append(sorted(s.Members), "") {
		r := s.anonymous
		if id != "" {
			r = s.recipients[id]
		}
		if !l.To.Has(id) {
			continue
		}
		for j := range l.Exclude {
			r.excludes = append(r.excludes, s.exclusion(&l.Exclude[j], file, "rules", i, "exclude", j))
		}
		r.tighten(l, s.At, func(clause, key string) *Origin { return s.origin(file, clause, "rules", i, key) })
	}
}

// tighten adds a local rule: of all that match, the strictest binds.
func (r *recipient) tighten(l *Rule, at time.Time, origin func(clause, key string) *Origin) {
	if l.MinConfidence > r.minConfidence {
		r.minConfidence, r.minConfidenceBy = l.MinConfidence, origin(fmt.Sprintf("min_confidence: %d", l.MinConfidence), "min_confidence")
	}
	if r.embargo == nil && at.Before(l.Embargo.Until) {
		r.embargo = origin("embargo", "embargo")
	}
	if l.Embargo.For > r.delay {
		r.delay, r.ripe, r.delayBy = l.Embargo.For, at.Add(-l.Embargo.For), origin("embargo", "embargo")
	}
	for from, who := range l.Approval {
		for level := from; level <= Red; level++ {
			if n := who.count(); n > r.approvals[level].people {
				r.approvals[level] = approval{n, origin("approval", "approval")}
			}
		}
	}
}

func (a Approvers) count() int {
	if a == "two" {
		return 2
	}
	return 1
}

func (s *Snapshot) exclusion(e *Exclude, file string, at ...any) exclusion {
	return exclusion{types: e.Types, sectors: e.Sectors, countries: e.Countries, labels: e.Labels, origin: s.origin(file, "exclude", at...)}
}

// findUntil is the next instant at which an agreement or an identity begins or ends, or an embargo.
func (s *Snapshot) findUntil() {
	var next []time.Time
	day := func(from, until Date) { next = append(next, from.Start(), until.End()) }
	for _, a := range s.Agreements {
		day(a.Valid.From, a.Valid.Until)
	}
	for _, m := range s.Members {
		for _, id := range m.Identities {
			day(id.From, id.Until)
		}
		for _, k := range m.SigningKeys {
			day(k.From, k.Until)
		}
	}
	for _, r := range s.Local.Rules {
		next = append(next, r.Embargo.Until)
	}
	next = slices.DeleteFunc(next, func(t time.Time) bool { return !t.After(s.At) }) // what is past, and open ends
	if len(next) > 0 {
		s.Until = slices.MinFunc(next, time.Time.Compare)
	}
}

// origin is where the policy says something. The path leads to the value, or to the nearest
// value around it that is written.
func (s *Snapshot) origin(file, clause string, at ...any) *Origin {
	return &Origin{File: file, Line: s.problem(file, "", at...).Line, Clause: clause}
}

// reach is the highest level that trust lets through, whatever is granted (P-3).
func reach(trust int) Level {
	levels := [...]Level{1: Clear, 2: Green, 3: Amber, 4: AmberStrict}
	if trust < 1 || trust >= len(levels) {
		return Unmarked
	}
	return levels[trust]
}
