package stix

import (
	"bytes"
	"unicode"
)

// A taker takes the facts that a member of the object says besides what it refers to; refs are
// its references.
type taker func(x *examination, at int32, refs []span)

// takers go by a member's name, because extensions bring properties to types that do not have them.
var takers = map[string]taker{
	"sectors":            (*examination).takeSectors,
	"country":            (*examination).takeCountry,
	"extensions":         (*examination).takeFromExtensions,
	"identity_class":     (*examination).takeClass,
	"object_refs":        (*examination).takeContained,
	"object_ref":         (*examination).takeTranslated,
	"source_ref":         (*examination).takeJoined,
	"target_ref":         (*examination).takeJoined,
	"sighting_of_ref":    (*examination).takeJoined,
	"where_sighted_refs": (*examination).takeJoined,
	"observed_data_refs": (*examination).takeJoined,
}

func (x *examination) takerOf(m member) taker {
	if m.property != nil {
		return m.property.take
	}
	return takers[string(x.nameOf(m.node))]
}

func (x *examination) takeSectors(at int32, _ []span) {
	if x.kindOf(at) != '[' {
		return
	}
	for i := range x.children(at) {
		if x.kindOf(i) == '"' {
			x.facts.keepIn(&x.facts.sectors, x.str(i), unicode.ToLower)
		}
	}
}

func (x *examination) takeCountry(at int32, _ []span) {
	if x.kindOf(at) == '"' {
		x.facts.keepIn(&x.facts.countries, x.str(at), unicode.ToUpper)
	}
}

func (x *examination) takeFromExtensions(at int32, _ []span) {
	for e := range x.children(at) {
		x.takeSectors(x.member(e, "sectors"), nil)
		x.takeCountry(x.member(e, "country"), nil)
	}
}

func (x *examination) takeClass(at int32, _ []span) {
	if x.kindOf(at) == '"' {
		x.facts.class = x.facts.keepAs(x.str(at), unicode.ToLower)
	}
}

func (x *examination) takeContained(_ int32, refs []span) {
	x.facts.contains = append(x.facts.contains, refs...)
}

func (x *examination) takeTranslated(_ int32, refs []span) {
	if x.typ.name == "language-content" && len(refs) == 1 {
		x.facts.translates = refs[0]
	}
}

func (x *examination) takeJoined(_ int32, refs []span) {
	if x.typ.class == classSRO {
		x.facts.joins = append(x.facts.joins, refs...)
	}
}

// takeLabel takes the sector or country that a label names.
func (x *examination) takeLabel(label []byte) {
	switch name, value, ok := bytes.Cut(label, []byte(":")); {
	case !ok:
	case bytes.EqualFold(name, []byte("sector")):
		x.facts.keepIn(&x.facts.sectors, value, unicode.ToLower)
	case bytes.EqualFold(name, []byte("country")):
		x.facts.keepIn(&x.facts.countries, value, unicode.ToUpper)
	}
}
