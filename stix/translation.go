package stix

// checkTranslation compares a language-content with the object it translates (§7.1).
func (g *gathering) checkTranslation(i int) {
	var t tape
	if t.parse(g.objects[i].Raw) != nil {
		return
	}
	versions := g.byID[ID(t.str(t.member(0, "object_ref")))]
	if len(versions) == 0 {
		return
	}
	target := g.latest(g.objects[versions[0]].ID)
	if at := t.member(0, "object_modified"); at != 0 {
		if target = g.versionAt(versions, t.str(at)); target < 0 {
			g.add(i, Error, "S-7.1-03", "/object_modified", "object_modified is the modified of the object that is translated, and here it has another")
			return
		}
	}
	var o tape
	contents := t.member(0, "contents")
	if o.parse(g.objects[target].Raw) != nil || contents == 0 {
		return
	}
	m := mirror{said: &t, original: &o}
	for language := range t.children(contents) {
		if t.nodes[language].kind == '{' {
			m.object(language, 0)
		}
	}
	for _, f := range m.faults {
		g.add(i, Error, f.code, f.pointer, f.message)
	}
}

// versionAt is the place of the version with a `modified`, or −1.
func (g *gathering) versionAt(versions []int, modified []byte) int {
	want, finer, err := parseTimestamp(modified)
	for _, i := range versions {
		o := &g.objects[i]
		at, finerAt, errAt := parseTimestamp([]byte(o.Version))
		if !o.Modified.IsZero() && err == nil && errAt == nil && at.Equal(want) && string(finerAt) == string(finer) {
			return i
		}
	}
	return -1
}

// mirror compares translations with what they translate: text with text, lists item by item.
type mirror struct {
	said, original *tape
	faults         []fault
}

func (m *mirror) wrong(at int32, code, message string) {
	if len(m.faults) < maxFindings {
		m.faults = append(m.faults, fault{code: code, pointer: m.said.pointer(at), message: message})
	}
}

// object compares what stands in both; what the original does not have says nothing.
func (m *mirror) object(said, original int32) {
	for i := range m.said.children(said) {
		if of := m.original.member(original, string(m.said.nameOf(i))); of != 0 {
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
	if m.said.count(said) != m.original.count(original) {
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
