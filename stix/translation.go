package stix

import "slices"

// checkTranslations compares each language-content with the object it translates (§7.1). What
// many translate is read once.
func (g *gathering) checkTranslations() {
	translations := map[int][]int{} // by what they translate
	for i := range g.objects {
		o := &g.objects[i]
		here := func(id ID) bool { return id != o.ID && len(g.byID[id]) > 0 }
		if o.Type != "language-content" || !slices.ContainsFunc(o.Refs, here) {
			continue
		}
		if target := g.translated(i); target >= 0 {
			translations[target] = append(translations[target], i)
		}
	}
	for target, list := range translations {
		if g.read.parse(g.objects[target].Raw) != nil {
			continue
		}
		names := map[int32]map[string]int32{}
		for _, i := range list {
			g.checkTranslation(i, names)
		}
	}
}

// translated is the place of what a language-content translates, or −1 if that is not here. It
// speaks of the version that object_modified names, else of the latest.
func (g *gathering) translated(i int) int {
	t := &g.reading
	if t.parse(g.objects[i].Raw) != nil {
		return -1
	}
	id := ID(t.str(t.member(0, "object_ref")))
	at := t.member(0, "object_modified")
	if at == 0 || len(g.byID[id]) == 0 {
		return g.latest(id)
	}
	target := g.versionAt(g.byID[id], t.str(at))
	if target < 0 {
		g.add(i, Error, "S-7.1-03", "/object_modified", "object_modified is the modified of the object that is translated, and here it has another")
	}
	return target
}

// versionAt is the place of the version with a `modified`, or −1.
func (g *gathering) versionAt(versions []int, modified []byte) int {
	want := Object{Version: string(modified)}
	var err error
	if want.VersionTime, _, err = parseTimestamp(modified); err != nil {
		return -1
	}
	k, found := slices.BinarySearchFunc(versions, &want, func(i int, want *Object) int { return compareVersions(&g.objects[i], want) })
	if !found || g.objects[versions[k]].Modified.IsZero() {
		return -1
	}
	return versions[k]
}

// checkTranslation compares one with its original, which has been read.
func (g *gathering) checkTranslation(i int, names map[int32]map[string]int32) {
	t := &g.reading
	if t.parse(g.objects[i].Raw) != nil {
		return
	}
	m := mirror{said: t, original: &g.read, names: names}
	contents := t.member(0, "contents")
	if contents == 0 {
		return
	}
	for language := range t.children(contents) {
		if t.nodes[language].kind == '{' {
			m.object(language, 0)
		}
	}
	for _, f := range m.faults {
		g.add(i, Error, f.code, f.pointer, f.message)
	}
}

// mirror compares translations with what they translate: text with text, lists item by item.
type mirror struct {
	said, original *tape
	names          map[int32]map[string]int32 // the members of the original's objects
	faults         []fault
}

func (m *mirror) wrong(at int32, code, message string) {
	if len(m.faults) < maxFindings {
		m.faults = append(m.faults, fault{code: code, pointer: m.said.pointer(at), message: message})
	}
}

// object compares what stands in both; what the original does not have says nothing.
func (m *mirror) object(said, original int32) {
	members, ok := m.names[original]
	if !ok {
		members = map[string]int32{}
		for i := range m.original.children(original) {
			members[string(m.original.nameOf(i))] = i
		}
		m.names[original] = members
	}
	for i := range m.said.children(said) {
		if of, ok := members[string(m.said.nameOf(i))]; ok {
			m.value(i, of)
		}
	}
}

func (m *mirror) value(said, original int32) {
	is := m.said.nodes[said].kind
	switch m.original.nodes[original].kind {
	case '"':
		if is != '"' {
			m.wrong(said, "S-7.1-06", "the translation of text is text")
		}
	case '[':
		if is != '[' {
			m.wrong(said, "S-7.1-07", "the translation of a list is a list")
			return
		}
		m.list(said, original)
	case '{':
		if is != '{' {
			m.wrong(said, "S-7.1-09", "the translation of an object is an object with the same names")
			return
		}
		m.object(said, original)
	}
}

func (m *mirror) list(said, original int32) {
	if !m.sameLength(said, original) {
		m.wrong(said, "S-7.1-07", `the translation of a list has as many items as the list; "" stands for one that is not translated`)
		return
	}
	of := original + 1
	for i := range m.said.children(said) {
		untranslated := m.said.nodes[i].kind == '"' && len(m.said.str(i)) == 0
		if !untranslated {
			m.value(i, of)
		}
		of = m.original.nodes[of].next
	}
}

// sameLength counts no further than the shorter list, which the translation may repeat.
func (m *mirror) sameLength(said, original int32) bool {
	of, end := original+1, m.original.endOf(original)
	for range m.said.children(said) {
		if of == end {
			return false
		}
		of = m.original.nodes[of].next
	}
	return of == end
}
