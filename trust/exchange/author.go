package exchange

import (
	"slices"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// isAuthor reports whether an identity goes along with what it made, and is nothing that a member
// could be kept from by itself (P-2).
func isAuthor(k *storage.Case) bool {
	return k.Type == "identity" && k.Label.Unmarked && !k.Personal
}

// isOf reports whether two objects are of the same party: what nobody vouches for is of who brought it.
func (o owner) isOf(other owner) bool { return o.kind == other.kind && o.name == other.name }

// named are the ids that check 11 looks at: whoever made an object is among them.
func named(o *stix.Object) []stix.ID {
	if o.CreatedBy == "" || o.CreatedBy == o.ID || slices.Contains(o.Refs, o.CreatedBy) {
		return o.Refs
	}
	return append(slices.Clip(o.Refs), o.CreatedBy)
}

// referred is the case of what a copy means by an id; 0 if the node holds nothing of it, or if it
// just goes along.
func (w *writer) referred(id stix.ID, c *copyState) (uint32, error) {
	o, err := w.factsOf(c)
	if err != nil {
		return 0, err
	}
	at, err := w.target(id, c)
	if err != nil || at.copy == nil {
		return 0, err
	}
	n, err := w.bareOf(at.line, at.group, at.copy)
	if err != nil {
		return 0, err
	}
	if k := w.caseOf(n); isAuthor(&k) && k.Source == c.class.Source && id == o.CreatedBy {
		return 0, nil
	}
	return n, nil
}

// attribute notes who made a new copy.
func (w *writer) attribute(l *line, c *copyState) {
	if c.facts.CreatedBy == "" || c.facts.CreatedBy == l.id {
		return
	}
	uuid := c.facts.CreatedBy.UUID()
	w.works[uuid] = append(w.works[uuid], l.id)
	w.batch.Records = append(w.batch.Records, storage.Record{Kind: workRecord, Key: keyAfter(uuid[:], c.Key), Value: []byte(l.id)})
}

// worksOf are the objects that name an identity as who made them, where that matters to them: an
// identity that only goes along with them, as before, changes nothing.
func (w *writer) worksOf(l *line) (ids []stix.ID, err error) {
	if l.id.Type() != "identity" || w.goesAlongAsBefore(l) {
		return nil, nil
	}
	uuid := l.id.UUID()
	for _, v := range recordsOf(w.s, workRecord, uuid[:], &err) {
		ids = append(ids, stix.ID(string(v)))
	}
	return append(ids, w.works[uuid]...), err
}

func (w *writer) goesAlongAsBefore(l *line) bool {
	known := map[trust.Source]bool{}
	for _, c := range l.copies {
		if !c.fresh {
			known[c.class.Source] = true
		}
	}
	for _, g := range l.owned() {
		for _, c := range g.copies {
			ids := []uint32{c.Class, c.bare}
			if len(c.stored) > 0 {
				ids = append(ids, c.stored[0].Class)
			}
			for _, id := range ids {
				if k := w.caseOf(id); id != 0 && !isAuthor(&k) {
					return false
				}
			}
			if !known[c.class.Source] {
				return false
			}
		}
	}
	return true
}
