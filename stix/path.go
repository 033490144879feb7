package stix

import (
	"bytes"

	"entente/stix/pattern"
)

// CheckPaths appends advice on the object paths of a pattern that name a property which their object
// does not have (§9.7), through references, nested types and predefined extensions, as far as STIX
// defines what is there. Custom properties, whose names begin with x_, are let be.
func CheckPaths(p *pattern.Pattern, dst []pattern.Finding) []pattern.Finding {
	return appendPaths(p, p.Root(), dst)
}

func appendPaths(p *pattern.Pattern, n pattern.Node, dst []pattern.Finding) []pattern.Finding {
	for c := range n.Children() {
		if c.Kind() != pattern.Path {
			dst = appendPaths(p, c, dst)
		} else if step, lost := lostStep(c); lost {
			dst = append(dst, p.Finding(step, "S-9.7-01", "this names no property of what stands before it"))
		}
	}
	return dst
}

// lostStep is the first step of a path that leads nowhere.
func lostStep(path pattern.Node) (step pattern.Node, lost bool) {
	first := path.First()
	s := structures[string(first.Value())]
	if s == nil || s.class != classSCO {
		return step, false
	}
	var at place
	at.add(s)
	for step = first.Next(); !step.IsZero(); step = step.Next() {
		if step.Kind() != pattern.Key {
			continue // an index, into what is a list or not
		}
		if at.open() || bytes.HasPrefix(step.Value(), []byte("x_")) {
			return step, false
		}
		next, ok := at.step(step.Value())
		if !ok {
			return step, true
		}
		at = next
	}
	return step, false
}

// place is where a path has come to: values of these structures, or the extensions of an object.
type place struct {
	structures [maxTargets]*structure
	count      int
	extensions bool
}

// maxTargets is more types than any reference of STIX may name in a closed list.
const maxTargets = 8

func (p *place) add(s *structure) {
	if p.count < maxTargets {
		p.structures[p.count] = s
		p.count++
	}
}

// open reports whether anything may follow: the place is a dictionary, or nobody knows.
func (p place) open() bool { return p.count == 0 && !p.extensions }

func (p place) step(name []byte) (next place, ok bool) {
	if p.extensions {
		if _, known := predefined[string(name)]; known {
			next.add(structures[string(name)])
		}
		return next, true // any other is an extension-definition's
	}
	for _, s := range p.structures[:p.count] {
		property := s.properties[string(name)]
		if property == nil {
			continue
		}
		ok = true
		switch {
		case property.slot == slotExtensions && s.class != classValue:
			next.extensions = true
		case property.structure != nil:
			next.add(property.structure)
		case property.targets != nil && len(property.targets.classes) == 0:
			for _, t := range property.targets.types {
				next.add(structures[t])
			}
		}
	}
	return next, ok
}
