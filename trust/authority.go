package trust

import (
	"slices"

	"entente/stix"
)

// Authority says for whom a source speaks that brings an object with this creator (P-5): owner is
// the member whose object it is, empty for ours and for what nobody vouches for; secondHand is true
// where it names a member that the source does not speak for.
func (s *Snapshot) Authority(createdBy stix.ID, source Source) (owner string, secondHand bool) {
	member, known := s.speakers[createdBy]
	switch {
	case !known || source.Kind == FromPinned:
		return "", false
	case source.Kind == FromUs, source.Name == member:
		return member, false // tools publish again what they see: it stays theirs
	case len(s.Members[member].SigningKeys) == 0 && s.relays(source.Name, member):
		return member, false
	}
	return "", true
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

// Terms are the onward terms under which a member's object comes in (P-3): the strictest of the
// flows and communities that it comes under, also where a local account brings it. What a relay
// brings goes no further, because the terms of its originator are not known.
func (s *Snapshot) Terms(c *Class) (strictest Passing) {
	from := c.Originator()
	if c.Source.Kind == FromMember && c.Source.Name != from {
		return Passing{To: OnwardNone}
	}
	found := false
	for i := range s.inbound[from] {
		in := &s.inbound[from][i]
		if in.max < c.Label.Level || !in.covers(c, new([CheckLabels + 1]*Origin)) {
			continue
		}
		if !found {
			strictest, found = in.passing, true
		}
		strictest = strictest.join(in.passing, c.Label.Level)
	}
	return strictest
}

// join is what both terms let through at a level.
func (p Passing) join(q Passing, l Level) Passing {
	switch a, b := p.width(l), q.width(l); {
	case b < a:
		return q
	case a == named:
		p.Communities = SetOf(slices.Concat(p.Communities.Names(), q.Communities.Names())...)
	}
	return p
}

const named = 2

// width orders terms by how much they let through at a level.
func (p Passing) width(l Level) int {
	switch {
	case p.To == OnwardNone:
		return 0
	case p.To == OnwardConstituents, p.To == "" && l > Green: // what TLP itself says
		return 1
	case p.Communities != "":
		return named
	case p.To == "": // which is less once the level is higher
		return 3
	}
	return 4
}
