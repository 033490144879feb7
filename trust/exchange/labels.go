package exchange

import (
	"slices"

	"entente/storage"
	"entente/trust"
)

// maxDepth bounds how far labels are followed from container to container.
const maxDepth = 3

// labels are the effective labels of a group's versions (P-2): each is covered by all later ones,
// also by withdrawn ones; versions of one instant cover each other.
func (w *writer) labels(l *line, g *group, depth int) ([]trust.Label, error) {
	if g.labels != nil {
		return g.labels, nil
	}
	for _, c := range g.copies {
		if err := w.reclassify(l, c); err != nil {
			return nil, err
		}
	}
	own, err := w.ownLabels(l, g, depth)
	if err != nil {
		return nil, err
	}
	effective := make([]trust.Label, len(own))
	var cover trust.Label
	for i := 0; i < len(own); {
		end := i
		for ; end < len(own) && g.copies[end].Instant.Equal(g.copies[i].Instant); end++ {
			cover = cover.Join(own[end])
		}
		for ; i < end; i++ {
			effective[i] = cover
		}
	}
	if depth == 0 {
		g.labels = effective
	}
	return effective, nil
}

// ownLabels are the labels that versions have by themselves and by what they stand in; a revoked
// version without a mark has the label before it (P-4).
func (w *writer) ownLabels(l *line, g *group, depth int) ([]trust.Label, error) {
	own := make([]trust.Label, len(g.copies))
	for i := len(own) - 1; i >= 0; i-- {
		c := g.copies[i]
		own[i] = c.class.Label
		if c.class.Revoked && own[i].Unmarked && i+1 < len(own) {
			own[i] = own[i+1]
		}
		own[i] = l.contradicted(c, own[i])
		if !own[i].Unmarked && c.class.Type != "language-content" && g.owner.kind != trust.FromUs {
			continue
		}
		more, opens, err := w.borrowed(l, g, c, own[i].Unmarked, depth)
		if err != nil {
			return nil, err
		}
		own[i] = own[i].Join(more)
		own[i].Unmarked = own[i].Unmarked && !opens
	}
	return own, nil
}

// borrowed is the label that a version has from other objects: of an unmarked one, its containers';
// of a translation, what it translates; of ours, what of others' it refers to. Opens reports whether
// it marks what is unmarked.
func (w *writer) borrowed(l *line, g *group, c *copyState, unmarked bool, depth int) (more trust.Label, opens bool, err error) {
	if depth >= maxDepth {
		return more, false, nil
	}
	if unmarked {
		found, err := w.containers(l, g)
		if err != nil {
			return more, false, err
		}
		for _, at := range found {
			labels, err := w.labels(at.line, at.group, depth+1)
			if err != nil {
				return more, false, err
			}
			its := labels[slices.Index(at.group.copies, at.copy)]
			opens = opens || isContainer(at.copy.class.Type) && !its.Unmarked
			its.Unmarked = false
			more = more.Join(its)
		}
	}
	if c.class.Type != "language-content" && g.owner.kind != trust.FromUs {
		return more, opens, nil
	}
	joined, err := w.ofReferences(c, depth)
	return more.Join(joined), opens, err
}

// ofReferences joins the labels of what a translation translates, and of what our object refers to
// and only others gave.
func (w *writer) ofReferences(c *copyState, depth int) (joined trust.Label, err error) {
	if c.fresh && c.facts.Translates == "" && len(c.facts.Refs) == 0 {
		return joined, nil
	}
	o, err := w.factsOf(c)
	if err != nil {
		return joined, err
	}
	for _, id := range o.Refs {
		t, err := w.line(id)
		if err != nil {
			return joined, err
		}
		translated := id == o.Translates
		at := place{}
		for _, g := range t.owned() {
			if v := g.newest(); v != nil && (at.group == nil || !at.group.owner.speaks() && g.owner.speaks() || g.owner == ownerOf(&c.class)) {
				at = place{t, g, v}
			}
		}
		switch {
		case at.group == nil:
			joined.Unresolvable = joined.Unresolvable || translated
			continue
		case !translated && (ownerOf(&c.class).kind != trust.FromUs || at.group.owner.kind != trust.FromMember):
			continue
		}
		labels, err := w.labels(t, at.group, depth+1)
		if err != nil {
			return joined, err
		}
		its := labels[slices.Index(at.group.copies, at.copy)]
		its.Unmarked = false
		joined = joined.Join(its)
	}
	return joined, nil
}

// place is a copy and where it stands.
type place struct {
	line  *line
	group *group
	copy  *copyState
}

// isContainer reports whether a mark on an object of the type counts for what it contains (P-2).
func isContainer(typ string) bool {
	return typ == "report" || typ == "grouping" || typ == "observed-data"
}

// containers are the reports and the like of the same owner that refer to an id, by their newest
// versions; notes and opinions among them, which can only tighten.
func (w *writer) containers(l *line, g *group) (found []place, err error) {
	refs, err := w.subjects(l.id)
	if err != nil {
		return nil, err
	}
	for _, r := range refs {
		if t := r.id.Type(); !isContainer(t) && t != "note" && t != "opinion" {
			continue
		}
		at, err := w.at(r)
		if err != nil {
			return nil, err
		}
		if at.copy != nil && at.group.owner == g.owner && !at.copy.class.System {
			found = append(found, at)
		}
	}
	return found, nil
}

// at finds a referrer, if it is the newest version of its line.
func (w *writer) at(r referrer) (place, error) {
	l, err := w.line(r.id)
	if err != nil {
		return place{}, err
	}
	for _, g := range l.owned() {
		if c := g.newest(); c != nil && c.Key == r.key && c.State == storage.Live {
			return place{l, g, c}, nil
		}
	}
	return place{}, nil
}

// inside are the cases of the containers of what is labelled above GREEN by these alone: it goes
// only where one of them goes (P-2).
func (w *writer) inside(l *line, g *group, i int) (storage.Numbers, error) {
	c := g.copies[i]
	if !c.class.Label.Unmarked || w.caseOf(c.bare).Label.Level <= trust.Green {
		return "", nil
	}
	found, err := w.containers(l, g)
	if err != nil {
		return "", err
	}
	var ids []uint32
	for _, at := range found {
		if !isContainer(at.copy.class.Type) {
			continue
		}
		if err := w.find(at.line, at.group, slices.Index(at.group.copies, at.copy)); err != nil {
			return "", err
		}
		if at.copy.full != 0 {
			ids = append(ids, at.copy.full)
		}
	}
	return storage.NumbersOf(ids...), nil
}
