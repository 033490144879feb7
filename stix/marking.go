package stix

// checkMarkings reads object_marking_refs and granular_markings (§7.2.2, §7.2.3).
func (x *examination) checkMarkings() {
	if at := x.slots[slotObjectMarkings]; at != 0 && x.list(at, '"', "marking-definition identifiers") {
		for i := range x.children(at) {
			if id, ok := x.markingRef(i, "S-3.2-15"); ok {
				x.facts.markings = append(x.facts.markings, x.facts.keep(id))
			}
		}
	}
	if at := x.slots[slotGranularMarkings]; at != 0 && x.list(at, '{', "granular markings") {
		x.granularMarkings(at)
	}
}

// markingRef reads a reference to a marking-definition, not to the object itself.
func (x *examination) markingRef(at int32, row string) (id []byte, ok bool) {
	id, ok = x.identifier(at)
	if !ok {
		return nil, false
	}
	if !hasPrefix(id, "marking-definition") {
		x.report(at, row, "a marking is a marking-definition")
		return nil, false
	}
	if string(id) == string(x.ownID()) {
		x.report(at, "S-3.2-16", "a marking-definition cannot mark itself")
	}
	return id, true
}

func (x *examination) granularMarkings(list int32) {
	steps := selectorSteps
	for i := range x.children(list) {
		var g Granular
		ref, lang := x.member(i, "marking_ref"), x.member(i, "lang")
		if (ref == 0) == (lang == 0) {
			x.report(i, "S-7.2.3-01", "a granular marking has either marking_ref or lang")
		}
		if ref != 0 {
			if id, ok := x.markingRef(ref, "S-7.2.3-03"); ok {
				g.Marking = ID(id)
			}
		}
		if lang != 0 {
			if x.language(lang, "S-7.2.3-02") {
				g.Lang = string(x.str(lang))
			}
		}
		x.selectors(i, &g, &steps)
		for m := range x.children(i) {
			switch string(x.nameOf(m)) {
			case "marking_ref", "lang", "selectors":
			default:
				x.unknownMember(m)
			}
		}
		x.object.Granular = append(x.object.Granular, g)
	}
}

// selectors reads the selectors of one granular marking and resolves them.
func (x *examination) selectors(of int32, g *Granular, steps *int) {
	at := x.member(of, "selectors")
	if at == 0 {
		x.report(of, "S-7.2.3-04", "selectors is missing: the list of what the marking is about")
		return
	}
	if !x.list(at, '"', "selectors") {
		return
	}
	g.Resolves = true
	for i := range x.children(at) {
		text := x.str(i)
		g.Selectors = append(g.Selectors, string(text))
		switch found, row := x.resolve(text, steps); {
		case row != "":
			g.Resolves = false
			x.report(i, row, selectorMessages[row])
		case x.slots[slotGranularMarkings] <= found && found < x.endOf(x.slots[slotGranularMarkings]):
			// It names no content that could be kept from anybody, so nobody knows what is meant.
			g.Resolves = false
			x.warn(i, "S-7.2.3-06", "the selector is about the granular markings themselves; what it marks cannot be told")
		}
	}
}

var selectorMessages = map[string]string{
	"S-7.2.3-05":  "a selector is names and [indexes] joined by dots, as in external_references.[0].source_name",
	"S-7.2.3-06":  "the selector names nothing that this object has",
	"S-7.2.3-07":  "a name selects from an object and an [index] from a list; here it is the other way round",
	codeSelectors: "the granular markings take too long to resolve; mark larger parts with fewer selectors",
}

// resolve finds the node that a selector names. Row is why it names none, or empty. Steps is what
// may still be spent on the object's selectors.
func (x *examination) resolve(selector []byte, steps *int) (at int32, row string) {
	for rest, more := selector, true; more; {
		var part []byte
		part, rest, more = cutDot(rest)
		index, isIndex, ok := selectorPart(part)
		if !ok {
			return 0, "S-7.2.3-05"
		}
		if row != "" {
			continue // only its form is still in question
		}
		kind := x.nodes[at].kind
		if isIndex != (kind == '[') || !isIndex && kind != '{' {
			row = "S-7.2.3-07"
			continue
		}
		next := int32(0)
		for i := range x.children(at) {
			if *steps--; *steps < 0 {
				return 0, codeSelectors
			}
			if isIndex && index == 0 || !isIndex && string(x.nameOf(i)) == string(part) {
				next = i
				break
			}
			index--
		}
		if at = next; at == 0 {
			row = "S-7.2.3-06"
		}
	}
	return at, row
}

func cutDot(s []byte) (part, rest []byte, more bool) {
	for i, c := range s {
		if c == '.' {
			return s[:i], s[i+1:], true
		}
	}
	return s, nil, false
}

// selectorPart reads a property name or dictionary key, or an index in brackets.
func selectorPart(p []byte) (index int, isIndex, ok bool) {
	const digits = 9 // more items than any object of a sane size has
	if len(p) > 2 && p[0] == '[' && p[len(p)-1] == ']' {
		for _, c := range p[1 : len(p)-1] {
			if c < '0' || c > '9' || len(p)-2 > digits {
				return 0, true, false
			}
			index = index*10 + int(c-'0')
		}
		return index, true, true
	}
	for _, c := range p {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return 0, false, false
		}
	}
	return 0, false, len(p) > 0
}
