package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"entente/stix"
)

// Classify takes from an object what decisions about it depend on, by itself: without later
// versions and without what it refers to. Of the names that agreements choose by, only those count
// that this policy mentions, so that few classes exist; see [Snapshot.Reading].
func (s *Snapshot) Classify(o *stix.Object, source Source, meaning func(stix.ID) (Label, bool)) Class {
	c := Class{
		Type: o.Type, SpecVersion: o.SpecVersion, Revoked: o.Revoked, Observable: o.Version == "", Source: source,
		Label: LabelOf(o, meaning),
		Scope: Scope{
			Sectors: s.mentioned.Sectors.among(o.Sectors), Countries: s.mentioned.Countries.among(o.Countries),
			Labels: s.mentioned.Labels.among(o.Labels),
		},
		Personal: isPersonal(o.Type) || o.Type == "identity" && o.IdentityClass == "individual",
	}
	switch {
	case c.Observable || o.Type == "marking-definition":
		c.Confidence = NoConfidence
	default:
		c.Confidence = s.roundConfidence(o.Confidence)
	}
	return c
}

// among is which of the names are in the set.
func (s Set) among(names []string) Set {
	if s == "" || len(names) == 0 {
		return ""
	}
	return SetOf(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !s.Has(n) })...)
}

// roundConfidence is the greatest minimum that the policy asks for and the confidence reaches:
// more is not asked, and classes stay few.
func (s *Snapshot) roundConfidence(n int) Confidence {
	reached := Confidence(0)
	for i := range s.Local.Rules {
		if least := s.Local.Rules[i].MinConfidence; least > 0 && n >= least {
			reached = max(reached, ConfidenceOf(least))
		}
	}
	return reached
}

// Authority says for whom a source speaks that brings an object with this creator (P-5): owner is
// the member whose object it is, empty for ours and for what nobody vouches for; secondHand is true
// where it names a member that the source does not speak for.
func (s *Snapshot) Authority(createdBy stix.ID, source Source) (owner string, secondHand bool) {
	if createdBy == "" || source.Kind == FromPinned {
		return "", false
	}
	for _, id := range sorted(s.Members) {
		if !s.speaks(id, createdBy) {
			continue
		}
		switch {
		case source.Kind == FromUs, source.Name == id:
			return id, false // tools publish again what they see: it stays theirs
		case len(s.Members[id].SigningKeys) == 0 && s.relays(source.Name, id):
			return id, false
		}
		return "", true
	}
	return "", false
}

// speaks reports whether a member speaks for an identity now.
func (s *Snapshot) speaks(member string, identity stix.ID) bool {
	return slices.ContainsFunc(s.Members[member].Identities, func(m MemberIdentity) bool { return m.ID == identity && m.SpeaksAt(s.At) })
}

// relays reports whether a member may bring us another's objects as that other's: because we say
// so, or as the hub of a community of the three of us.
func (s *Snapshot) relays(relay, member string) bool {
	if slices.Contains(s.Members[relay].RelaysFor, member) {
		return true
	}
	for _, c := range s.Communities {
		if c.Hub == relay && slices.Contains(c.Members, member) && slices.Contains(c.Members, s.Node) {
			return true
		}
	}
	return false
}

// Terms are the onward terms under which a received object comes in (P-3): the strictest of the
// flows and communities that it comes under. What a relay brings goes no further, because the terms
// of its originator are not known.
func (s *Snapshot) Terms(c *Class) Passing {
	from := c.Originator()
	if from == "" || c.Source.Kind == FromUs && c.Owner != "" {
		return Passing{}
	}
	if from != c.Source.Name {
		return Passing{To: OnwardNone}
	}
	var strictest Passing
	found := false
	add := func(p Passing) {
		if !found || tighter(p, strictest, c.Label.Level) {
			strictest, found = p, true
		}
	}
	for _, id := range sorted(s.Agreements) {
		a := s.Agreements[id]
		if !s.inForce(id, &a) {
			continue
		}
		for i := range a.Flows {
			f := &a.Flows[i]
			if f.From != from || f.To != s.Node {
				continue
			}
			g := grant{max: min(f.MaxTLP, AmberStrict), types: f.Types, sectors: f.Sectors, countries: f.Countries, labels: f.Labels}
			if g.max >= c.Label.Level && g.covers(c, new([CheckLabels + 1]*Origin)) {
				add(Passing{f.Onward, f.Community})
			}
		}
	}
	for _, id := range sorted(s.Communities) {
		f := s.Communities[id]
		if f.MaxTLP >= c.Label.Level && (f.Hub == s.Node && slices.Contains(f.Members, from) || f.Hub == from && slices.Contains(f.Members, s.Node)) {
			to := f.Onward
			if to == "" {
				to = OnwardCommunity
			}
			add(Passing{to, id})
		}
	}
	return strictest
}

func (s *Snapshot) inForce(id string, a *AgreementFile) bool {
	return a.Valid.Holds(s.At) && !slices.Contains(s.Local.Suspended, id)
}

// tighter reports whether the first terms let less through at a level than the second.
func tighter(a, b Passing, l Level) bool {
	rank := func(p Passing) int {
		switch p.To {
		case OnwardNone:
			return 0
		case OnwardConstituents:
			return 1
		case OnwardCommunity:
			return 2
		}
		if l <= Green { // what TLP itself says
			return 2
		}
		return 1
	}
	return rank(a) < rank(b)
}

// findMentioned gathers the names that agreements and rules choose by.
func (s *Snapshot) findMentioned() {
	var sectors, countries, labels []string
	add := func(e Exclude) {
		sectors, countries, labels = append(sectors, e.Sectors...), append(countries, e.Countries...), append(labels, e.Labels...)
	}
	for _, a := range s.Agreements {
		for _, f := range a.Flows {
			add(Exclude{Sectors: f.Sectors, Countries: f.Countries, Labels: f.Labels})
			for _, e := range f.Exclude {
				add(e)
			}
		}
	}
	for _, r := range s.Local.Rules {
		for _, e := range r.Exclude {
			add(e)
		}
	}
	for _, m := range s.Members {
		if m.Constituency != nil {
			sectors = append(sectors, m.Constituency.Sectors...)
		}
	}
	s.mentioned = Scope{SetOf(sectors...), SetOf(countries...), SetOf(labels...)}
}

// Scoped reports whether sectors, countries or labels matter to anybody.
func (s *Snapshot) Scoped() bool { return s.mentioned != Scope{} }

// Reading is a fingerprint of what [Snapshot.Classify] and [Policy.Meaning] depend on: under two
// policies with the same one every object has the same class.
func (s *Snapshot) Reading() string {
	type reading struct {
		Mentioned Scope
		Least     []int
		Markings  map[string]any
	}
	r := reading{Mentioned: s.mentioned, Markings: map[string]any{}}
	for _, rule := range s.Local.Rules {
		r.Least = append(r.Least, rule.MinConfidence)
	}
	slices.Sort(r.Least)
	r.Least = slices.Compact(r.Least)
	for id, a := range s.Agreements {
		if len(a.Markings) > 0 {
			r.Markings["agreement "+id] = a.Markings
		}
	}
	for id, c := range s.Communities {
		if len(c.Markings) > 0 {
			r.Markings["community "+id] = c.Markings
		}
	}
	for id, f := range s.Sources {
		if len(f.Markings) > 0 {
			r.Markings["source "+id] = f.Markings
		}
	}
	text, err := json.Marshal(r)
	if err != nil {
		return "" // never: plain values; and nothing is taken for the same then
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// ReadsRed reports whether an account is named to read RED.
func (s *Snapshot) ReadsRed(p Principal) bool { return s.Local.readsRed(p) }
