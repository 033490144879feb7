package stix

import (
	"bytes"
	"strconv"

	"entente/stix/format"
)

// checkProperties checks the values of all properties that have no check of their own, in document
// order, and collects what the object refers to.
func (x *examination) checkProperties() {
	s := x.typ
	for _, m := range x.members {
		refs := len(x.facts.refs)
		switch p := m.property; {
		case p == nil:
			x.unknownProperty(m.node)
		case p.slot == slotExtensions:
			x.checkExtensions(m.node, x.ownType(), s.class)
		case p.slot < commonSlots && p.kind != kindStructure:
		default:
			x.checkProperty(m.node, s, p)
		}
		if take := x.takerOf(m); take != nil {
			take(x, m.node, x.facts.refs[refs:])
		}
	}
	x.checkOrders()
	if s.some != "" && x.present>>commonSlots == 0 {
		x.report(0, s.some, s.name+" needs at least one property of its own")
	}
}

// checkStructure checks a value that consists of properties.
func (x *examination) checkStructure(at int32, s *structure) {
	if x.nodes[at].kind != '{' {
		x.report(at, s.row, "this is an object of the type "+s.name)
		return
	}
	present := uint64(0)
	for i := range x.children(at) {
		p := s.properties[string(x.nameOf(i))]
		if p == nil {
			x.unknownMember(i)
			continue
		}
		present |= 1 << p.slot
		x.checkProperty(i, s, p)
	}
	x.require(at, s, present, s.required)
	if s.some != "" && present == 0 {
		x.report(at, s.some, s.name+" needs at least one property of its own")
	}
	if x.object.SpecVersion != "2.0" {
		x.checkOwnRules(at, s)
	}
}

// checkProperty checks a value, or every item of a list (§2.12).
func (x *examination) checkProperty(at int32, s *structure, p *property) {
	if !p.list {
		x.checkValue(at, s, p)
		return
	}
	switch {
	case x.nodes[at].kind != '[':
		x.report(at, "S-2.12-01", p.name+" is a list")
	case x.empty(at):
		x.report(at, "S-2.12-01", "a list has at least one item; leave "+p.name+" out instead")
	default:
		for i := range x.children(at) {
			if p.kind == kindStructure && x.nodes[i].kind != '{' {
				x.report(i, "S-2.12-01", p.name+" is a list of objects")
				continue
			}
			x.checkValue(i, s, p)
		}
	}
}

func (x *examination) checkValue(at int32, s *structure, p *property) {
	switch p.kind {
	case kindString:
		x.checkString(at, s, p)
	case kindInteger, kindFloat:
		x.checkNumber(at, p)
	case kindBoolean:
		x.boolean(at)
	case kindTimestamp:
		x.checkTimestamp(at)
	case kindIdentifier:
		x.checkReference(at, p)
	case kindHex:
		x.checkHex(at)
	case kindBinary:
		if x.nodes[at].kind != '"' || !format.Base64(x.str(at)) {
			x.report(at, "S-2.1-02", "binary is base64 with padding (RFC 4648)")
		}
	case kindHashes:
		x.checkHashes(at, s)
	case kindDictionary:
		x.checkDictionary(at, s, p)
	case kindStructure:
		x.checkStructure(at, p.structure)
	case kindReserved:
		x.report(at, "S-4.3-01", p.name+" is reserved and must not be used")
	}
}

func (x *examination) checkString(at int32, s *structure, p *property) {
	if x.nodes[at].kind != '"' {
		row := s.row
		if p.list {
			row = "S-2.12-01"
		}
		x.report(at, row, p.name+" is text, a JSON string")
		return
	}
	if p.values == nil {
		return
	}
	value := x.str(at)
	if _, known := p.values.values[string(value)]; known {
		return
	}
	switch {
	case p.values.closed:
		x.report(at, p.valuesRow, p.values.wanted())
	case !format.Token(value):
		x.warn(at, p.valuesRow, "the value should come from "+p.values.name+" of section 10, and be in lower case with hyphens between words")
	default:
		x.warn(at, p.valuesRow, "the value should come from "+p.values.name+" of section 10")
	}
}

func (x *examination) checkNumber(at int32, p *property) {
	raw := x.str(at)
	whole := p.kind == kindInteger
	switch {
	case whole && (x.nodes[at].kind != '0' || bytes.ContainsAny(raw, ".eE")):
		x.report(at, "S-2.10-01", p.name+" is an integer, without quotes or fraction")
		return
	case x.nodes[at].kind != '0':
		x.report(at, "S-2.6-01", p.name+" is a number, without quotes")
		return
	case p.bounds == nil:
		return
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	if b := p.bounds; err != nil || n < b.min || n > b.max {
		x.report(at, b.row, p.name+" "+b.wanted)
	}
}

func (x *examination) checkTimestamp(at int32) {
	if x.nodes[at].kind != '"' {
		x.report(at, "S-2.16-01", errTimestamp.Error())
		return
	}
	if _, _, err := parseTimestamp(x.str(at)); err != nil {
		x.report(at, timestampRow(x.str(at)), err.Error())
	}
}

func (x *examination) checkHex(at int32) {
	const message = "hex is an even number of digits 0-9 and a-f, in lower case"
	switch {
	case x.nodes[at].kind == '"' && format.Hex(x.str(at)):
	case x.nodes[at].kind == '"' && format.Hex(bytes.ToLower(x.str(at))):
		x.reportUnless(hexCase, at, "S-2.8-01", message)
	default:
		x.report(at, "S-2.8-01", message)
	}
}

// checkReference checks an identifier and what it may name.
func (x *examination) checkReference(at int32, p *property) {
	if x.inside != nil {
		x.checkLocal(at, p)
		return
	}
	id, ok := x.identifier(at)
	if !ok {
		return
	}
	x.facts.refs = append(x.facts.refs, x.facts.keep(id))
	if t := p.targets; t != nil && !t.allow(id) {
		x.report(at, t.row, p.name+" names "+t.wanted)
	}
}

// checkHashes checks a dictionary of hashes (§2.7).
func (x *examination) checkHashes(at int32, s *structure) {
	switch {
	case x.nodes[at].kind != '{':
		x.report(at, "S-2.7-03", "hashes is a dictionary from algorithm to value")
		return
	case x.empty(at):
		x.report(at, "S-2.3-05", "a dictionary has at least one key; leave it out instead")
		return
	}
	strong := false
	for i := range x.children(at) {
		algorithm := x.nameOf(i)
		strong = strong || string(algorithm) == "SHA-256"
		if !validKey(algorithm, 3) {
			x.report(i, "S-2.7-03", "the name of a hash algorithm is 3 to 250 of a-z, A-Z, 0-9, hyphen and underscore")
			continue
		}
		if x.nodes[i].kind != '"' {
			x.report(i, "S-2.7-04", "the value of a hash is a string")
			continue
		}
		known, right := format.Hash(algorithm, x.str(i))
		switch {
		case !known && s.name == "external-reference":
			x.reportUnless(hashAlgorithm, i, "S-2.5-05", "the algorithm must come from hash-algorithm-ov")
		case !known:
			x.reportUnless(hashAlgorithm, i, "S-6-02", "the algorithm must come from hash-algorithm-ov")
		case !right:
			x.report(i, "S-2.7-04", "the value is not a hash of this algorithm: "+hashForm(algorithm))
		}
	}
	if !strong {
		x.warn(at, "S-2.7-05", "hashes should have SHA-256 whenever possible")
	}
}

// hashForm says what a hash of a known algorithm looks like (§2.7).
func hashForm(algorithm []byte) string {
	switch string(algorithm) {
	case "MD5":
		return "32 hexadecimal digits"
	case "SHA-1":
		return "40 hexadecimal digits"
	case "SHA-256", "SHA3-256":
		return "64 hexadecimal digits"
	case "SHA-512", "SHA3-512":
		return "128 hexadecimal digits"
	case "SSDEEP":
		return "block size, hash and hash, joined by colons"
	}
	return "70 hexadecimal digits, or 72 that begin with T1" // TLSH
}

// checkDictionary checks the keys of a dictionary, and that its values are values of STIX (§2.3).
func (x *examination) checkDictionary(at int32, s *structure, p *property) {
	if x.nodes[at].kind != '{' {
		x.report(at, s.row, p.name+" is a dictionary")
		return
	}
	switch {
	case p.apart: // its rules look at what stands in it
		x.unknownMembers(at, free)
	case x.empty(at):
		x.report(at, "S-2.3-05", "a dictionary has at least one key; leave "+p.name+" out instead")
	default:
		x.checkKeys(at)
		x.unknown(at, free)
	}
}

// checkKeys leaves their case alone: the dictionaries that STIX defines have names from elsewhere,
// of headers, options or variables (S-2.3-04).
func (x *examination) checkKeys(at int32) {
	for i := range x.children(at) {
		switch key := x.nameOf(i); {
		case len(key) == 0:
			x.report(i, "S-2.3-07", "the key of a dictionary must not be empty")
		case len(key) > maxName:
			x.report(i, "S-2.3-03", "the key of a dictionary has at most 250 characters")
		case !validKey(key, 1):
			x.report(i, "S-2.3-02", "the key of a dictionary is made of a-z, A-Z, 0-9, hyphen and underscore")
		}
	}
}

const maxName = 250 // characters of a name or a key (§2.3, §3.1)

// validKey reports whether a dictionary key has the form of §2.3 and at least so many characters.
func validKey(key []byte, least int) bool {
	if len(key) < least || len(key) > maxName {
		return false
	}
	for _, c := range key {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func hasUpper(s []byte) bool {
	for _, c := range s {
		if 'A' <= c && c <= 'Z' {
			return true
		}
	}
	return false
}

// checkOrders compares the times that have an order.
func (x *examination) checkOrders() {
	for i := range x.typ.orders {
		o := &x.typ.orders[i]
		before, after := x.slots[o.before], x.slots[o.after]
		if before == 0 || after == 0 || x.nodes[before].kind != '"' || x.nodes[after].kind != '"' {
			continue
		}
		a, finerA, errA := parseTimestamp(x.str(before))
		b, finerB, errB := parseTimestamp(x.str(after))
		if errA != nil || errB != nil {
			continue // reported already
		}
		same := a.Equal(b) && string(finerA) == string(finerB)
		switch wrong := later(a, string(finerA), b, string(finerB)); {
		case wrong && o.advice:
			x.warn(after, o.row, o.then+" is earlier than "+o.first)
		case wrong && o.strict:
			x.report(after, o.row, o.then+" must be later than "+o.first)
		case wrong:
			x.report(after, o.row, o.then+" must not be earlier than "+o.first)
		case same && o.strict:
			x.reportUnless(equalTimes, after, o.row, o.then+" must be later than "+o.first)
		}
	}
}
