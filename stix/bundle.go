package stix

// CheckBundle says what is wrong with a document as a bundle (§8), apart from what is in it: its
// identifier, and that it is not empty. A document of another kind has nothing of its own to check.
func (r *Reader) CheckBundle(d *Document) []Finding {
	if d.Kind != Bundle {
		return nil
	}
	var out []Finding
	add := func(code, pointer, value, message string) *Finding {
		out = append(out, Finding{Code: code, Pointer: pointer, Value: value, Message: message, Severity: Error})
		return &out[len(out)-1]
	}
	switch value, ok := d.Member("id"); {
	case !ok:
		add("S-8-01", "", "", "id is missing; a bundle requires it")
	case checkID([]byte(d.ID())) != nil || !hasPrefix([]byte(d.ID()), "bundle"):
		add("S-8-01", "/id", shorten(value), "the identifier of a bundle is bundle-- and a UUID in lower case")
	case !rfc4122([]byte(d.ID())):
		f := add("S-2.9-02", "/id", shorten(value), uuidMessage)
		if r.tolerated.has(uuidVariant) {
			f.Severity, f.Tolerance = Warning, tolerances[uuidVariant].Name
		}
	}
	if id := d.ID(); len(out) == 0 && id[len(id)-22] != '4' {
		add("S-2.9-04", "/id", shorten([]byte(id)), "the identifier should have a random UUID, of version 4").Severity = Warning
	}
	if _, ok := d.Member("objects"); ok && len(d.Objects) == 0 {
		add("S-8-02", "/objects", "[]", "a list has at least one item; leave objects out instead")
	}
	others := 0
	for _, m := range d.Members {
		switch m.Name {
		case "type", "id", "objects":
		case "spec_version":
			add("S-8-06", "/spec_version", shorten(m.Value), "a bundle of STIX 2.1 has no version; its objects do").Severity = Warning
		default:
			if others++; others > 1 {
				continue
			}
			pointer := boundedPointer("/" + string(appendEscaped(nil, []byte(m.Name))))
			add("S-8-04", pointer, "", "nobody should rely on what a bundle says besides its objects").Severity = Warning
		}
	}
	return out
}
