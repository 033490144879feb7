package exchange

import (
	"entente/stix"
	"entente/trust"
)

// scope is what agreements choose by (P-4): of what joins others, its own values or, field by field
// where it has none, theirs; of any other object its own, its report's sectors and its target's.
func (w *writer) scope(l *line, g *group, c *copyState) (trust.Scope, error) {
	joins := c.class.Observable || c.class.Type == "relationship" || c.class.Type == "sighting"
	others, err := w.referringScope(l, g, joins)
	if err != nil || !joins {
		return join(c.class.Scope, others), err
	}
	o, err := w.factsOf(c)
	if err != nil {
		return others, err
	}
	for _, id := range o.Joins {
		its, err := w.scopeOf(id)
		if err != nil {
			return others, err
		}
		others = join(others, its)
	}
	if len(o.Sectors) > 0 {
		others.Sectors = c.class.Scope.Sectors
	}
	if len(o.Countries) > 0 {
		others.Countries = c.class.Scope.Countries
	}
	if len(o.Labels) > 0 {
		others.Labels = c.class.Scope.Labels
	}
	return others, nil
}

// referringScope is what an object has from those that refer to it.
func (w *writer) referringScope(l *line, g *group, joins bool) (s trust.Scope, err error) {
	refs, err := w.subjects(l.id)
	if err != nil {
		return s, err
	}
	for _, r := range refs {
		typ := r.id.Type()
		if !joins && !isContainer(typ) && typ != "relationship" {
			continue
		}
		at, err := w.at(r)
		if err != nil {
			return s, err
		}
		if at.copy == nil || at.group.owner != g.owner {
			continue
		}
		its := at.copy.class.Scope
		switch {
		case joins:
		case typ == "relationship":
			if its, err = w.targetScope(l.id, at.copy); err != nil {
				return s, err
			}
			its.Labels = ""
		default:
			its = trust.Scope{Sectors: its.Sectors}
		}
		s = join(s, its)
	}
	return s, nil
}

// targetScope is that of what an object targets, by a relationship.
func (w *writer) targetScope(source stix.ID, relationship *copyState) (s trust.Scope, err error) {
	o, err := w.factsOf(relationship)
	if err != nil {
		return s, err
	}
	for _, id := range o.Joins {
		if typ := id.Type(); id == source || typ != "identity" && typ != "location" {
			continue
		}
		its, err := w.scopeOf(id)
		if err != nil {
			return s, err
		}
		s = join(s, its)
	}
	return s, nil
}

// scopeOf joins what every newest version under an id says of itself.
func (w *writer) scopeOf(id stix.ID) (s trust.Scope, err error) {
	l, err := w.line(id)
	if err != nil {
		return s, err
	}
	for _, g := range l.owned() {
		if c := g.newest(); c != nil {
			s = join(s, c.class.Scope)
		}
	}
	return s, nil
}

func join(a, b trust.Scope) trust.Scope {
	both := func(a, b trust.Set) trust.Set {
		if b == "" || a == b {
			return a
		}
		return trust.SetOf(append(a.Names(), b.Names()...)...)
	}
	return trust.Scope{Sectors: both(a.Sectors, b.Sectors), Countries: both(a.Countries, b.Countries), Labels: both(a.Labels, b.Labels)}
}
