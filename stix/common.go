package stix

import (
	"bytes"
	"math/bits"
	"strconv"
	"time"

	"entente/stix/format"
)

// readProperties finds where the object has its properties, and names that are not quite theirs.
func (x *examination) readProperties() {
	if x.typ == nil {
		return
	}
	for i := range x.children(0) {
		p := x.typ.properties[string(x.nameOf(i))]
		if p != nil {
			x.slots[p.slot] = i
			x.present |= 1 << p.slot
		}
		x.members = append(x.members, member{i, p})
	}
}

// checkType finds what the type requires; x.typ stays nil when there is no saying.
func (x *examination) checkType() {
	at := x.member(0, "type")
	switch {
	case at == 0:
		x.report(0, "S-3.2-01", "type is missing; every object names its type")
		return
	case x.nodes[at].kind != '"':
		x.report(at, "S-3.2-01", "type is the name of an object type, a string")
		return
	}
	name := x.str(at)
	x.facts.typ = x.facts.keep(name)
	switch s := structures[string(name)]; {
	case string(name) == "bundle":
		x.report(at, "S-8-02", "a bundle is not an object: send what is in it")
	case !validTypeName(name):
		x.report(at, "S-11.2-02", "an object type is 3 to 250 of a-z, 0-9 and single hyphens, beginning with a letter")
	case s == nil || s.class == classValue:
		x.typ = x.unknownType()
	default:
		x.typ = s
		x.object.Type = s.name
	}
}

// unknownType says what a type that STIX does not define requires: as its extension says (§7.3),
// else as a custom object, or as a custom observable if it has no times.
func (x *examination) unknownType() *structure {
	if at := x.member(0, "extensions"); at != 0 && x.nodes[at].kind == '{' {
		for e := range x.children(at) {
			switch string(x.str(x.member(e, "extension_type"))) {
			case "new-sco":
				return extensionObservable
			case "new-sdo", "new-sro":
				return extensionObject
			}
		}
	}
	if x.member(0, "created") == 0 && x.member(0, "modified") == 0 {
		return customObservable
	}
	return customObject
}

// checkID also says what the id's prefix must be, wherever the type is known.
func (x *examination) checkID() {
	at := x.member(0, "id")
	if at == 0 {
		row := "S-3.3-01"
		if x.typ != nil {
			row = x.typ.row
		}
		x.report(0, row, "id is missing; every object has one")
		return
	}
	id, ok := x.identifier(at)
	if !ok {
		return
	}
	x.facts.id = x.facts.keep(id)
	if x.typ != nil && !hasType(id, x.ownType()) {
		x.report(at, "S-2.9-01", "the id begins with another type than the object's, which is "+shorten(x.ownType()))
	}
}

// identifier reads an identifier (§2.9), or reports why there is none.
func (x *examination) identifier(at int32) (id []byte, ok bool) {
	if x.nodes[at].kind != '"' {
		x.report(at, "S-2.9-01", "an identifier is a string: "+errIDForm.Error())
		return nil, false
	}
	id = x.str(at)
	switch err := checkID(id); err {
	case nil:
	case errIDUUID:
		x.report(at, "S-2.9-02", err.Error())
		return nil, false
	default:
		x.report(at, "S-2.9-01", err.Error())
		return nil, false
	}
	if !rfc4122(id) {
		x.reportUnless(uuidVariant, at, "S-2.9-02", uuidMessage)
	}
	return id, true
}

const uuidMessage = "the UUID's version is not 1 to 5, or its variant not that of RFC 4122 (8, 9, a or b)"

func hasType(id, typ []byte) bool {
	return len(id) > len(typ)+2 && bytes.HasPrefix(id, typ) && id[len(typ)] == '-' && id[len(typ)+1] == '-'
}

func hasPrefix(id []byte, typ string) bool { return hasType(id, []byte(typ)) }

// checkSpecVersion decides which STIX this is. Only an observable may leave spec_version out in
// 2.1; anything else without it, or with "2.0", is 2.0 if it is valid there.
func (x *examination) checkSpecVersion() {
	x.object.SpecVersion = "2.1"
	at := x.slots[slotSpecVersion]
	stated := ""
	if at != 0 && x.nodes[at].kind == '"' {
		stated = string(x.str(at))
	}
	switch {
	case stated == "2.1", at == 0 && x.typ.class == classSCO:
		return
	case at != 0 && stated != "2.0":
		x.report(at, "S-3.2-02", `spec_version is the string "2.1"`)
		return
	}
	if why := x.not20(); why != "" {
		x.report(at, "S-3.2-02", `spec_version is "2.1", unless this is STIX 2.0, but `+why)
		return
	}
	x.object.SpecVersion = "2.0"
	x.reportUnless(stix20, at, "S-3.2-02", `this is STIX 2.0; in STIX 2.1 spec_version is "2.1"`)
}

// not20 says why an object cannot be STIX 2.0, or nothing.
func (x *examination) not20() string {
	if !x.typ.in20 {
		return "2.0 does not have the type"
	}
	for _, name := range x.typ.since21 {
		if x.member(0, name) != 0 {
			return "2.0 does not have the property " + name
		}
	}
	for _, name := range x.typ.definition.required20 {
		if x.member(0, name) == 0 {
			return "2.0 requires the property " + name
		}
	}
	return ""
}

// checkTimes reads created and modified, which order the versions (§3.6).
func (x *examination) checkTimes() {
	created, finerCreated, hasCreated := x.time(x.slots[slotCreated])
	modified, finerModified, hasModified := x.time(x.slots[slotModified])
	x.object.Created, x.object.Modified = created, modified
	switch {
	case hasModified:
		x.facts.version = x.facts.keep(x.str(x.slots[slotModified]))
		x.object.VersionTime = modified
	case hasCreated:
		x.facts.version = x.facts.keep(x.str(x.slots[slotCreated]))
		x.object.VersionTime = created
	}
	if hasCreated && hasModified && later(created, finerCreated, modified, finerModified) {
		x.report(x.slots[slotModified], "S-3.2-06", "modified is earlier than created, "+shorten(x.str(x.slots[slotCreated])))
	}
}

// instant is the time that a property says, if it says one.
func (x *examination) instant(name string) (time.Time, bool) {
	_, text, ok := x.stringOf(0, name)
	if !ok {
		return time.Time{}, false
	}
	t, _, err := parseTimestamp(text)
	return t, err == nil
}

// later compares instants with all their digits.
func later(a time.Time, finerA string, b time.Time, finerB string) bool {
	return a.After(b) || a.Equal(b) && finerA > finerB
}

// time reads one of the two; finer is what it says below a nanosecond, without trailing zeros.
func (x *examination) time(at int32) (t time.Time, finer string, ok bool) {
	if at == 0 {
		return time.Time{}, "", false
	}
	if x.nodes[at].kind != '"' {
		x.report(at, "S-2.16-01", errTimestamp.Error())
		return time.Time{}, "", false
	}
	text := x.str(at)
	t, rest, err := parseTimestamp(text)
	if err != nil {
		x.report(at, timestampRow(text), err.Error())
		return time.Time{}, "", false
	}
	const millisecond = len("2006-01-02T15:04:05.000Z")
	if len(text) < millisecond {
		x.reportUnless(timestampPrecision, at, "S-3.2-04", "created and modified have at least three fraction digits, as in 2026-01-31T12:00:00.000Z")
	}
	return t, string(rest), true
}

// requireProperties checks that what every object of the type has is there.
func (x *examination) requireProperties() {
	required := x.typ.required
	if x.object.SpecVersion == "2.0" {
		required = x.typ.required20
	}
	const apart = 1<<slotType | 1<<slotID | 1<<slotSpecVersion // each has its own check
	x.require(0, x.typ, x.present, required&^apart)
}

// require reports what a value lacks of the properties that it must have.
func (x *examination) require(at int32, s *structure, present, required uint64) {
	if required&^present == 0 {
		return
	}
	owner := s.name
	if at == 0 {
		owner = shorten(x.ownType())
	}
	for missing := required &^ present; missing != 0; missing &= missing - 1 {
		name := s.names[bits.TrailingZeros64(missing)]
		message := name + " is missing; " + owner + " requires it"
		if owner == "malware" && name == "is_family" {
			x.reportUnless(malwareFamily, at, s.row, message)
			continue
		}
		x.report(at, s.row, message)
	}
}

// checkCommon checks the common properties (§3.2) and takes their facts.
func (x *examination) checkCommon() {
	if at := x.slots[slotCreatedBy]; at != 0 {
		if id, ok := x.identifier(at); ok {
			x.facts.createdBy = x.facts.keep(id)
			if !hasPrefix(id, "identity") {
				x.report(at, "S-3.2-03", "created_by_ref names an identity")
			}
		}
	}
	if at := x.slots[slotCreatedBy]; at == 0 && x.typ.applies&(1<<slotCreatedBy) != 0 && !x.published() {
		x.warn(0, "S-3.5-01", "created_by_ref should name the identity of its creator")
	}
	x.object.Revoked = x.boolean(x.slots[slotRevoked])
	x.boolean(x.slots[slotDefanged])
	if at := x.slots[slotLabels]; at != 0 && x.list(at, '"', "strings") {
		for i := range x.children(at) {
			label := x.str(i)
			x.facts.labels = append(x.facts.labels, x.facts.keep(label))
			x.takeLabel(label)
		}
	}
	if at := x.slots[slotConfidence]; at != 0 {
		n, err := strconv.Atoi(string(x.str(at)))
		if x.nodes[at].kind != '0' || err != nil || n < 0 || n > 100 {
			x.report(at, "S-3.2-11", "confidence is an integer from 0 to 100")
		} else {
			x.object.Confidence = n
		}
	}
	if at := x.slots[slotLang]; at != 0 && x.language(at, "S-3.2-13") {
		x.facts.lang = x.facts.keep(x.str(at))
	}
	x.checkApplies()
}

// checkApplies reports common properties that the type must not have.
func (x *examination) checkApplies() {
	wrong := x.present &^ x.typ.applies
	if x.typ.class == classSCO { // an observable may be given versions (§3.6)
		wrong &^= 1<<slotCreatedBy | 1<<slotCreated | 1<<slotModified | 1<<slotRevoked
	}
	if wrong == 0 || x.object.SpecVersion == "2.0" {
		return
	}
	for slot := range commonSlots {
		if wrong&(1<<slot) == 0 {
			continue
		}
		at := x.slots[slot]
		name := commonProperties[slot].name
		switch {
		case slot == slotDefanged:
			x.report(at, "S-3.2-17", "defanged is for cyber-observables only; write the value of the pattern or text as it is")
		case x.typ.name == "marking-definition" && (slot == slotModified || slot == slotRevoked):
			x.report(at, "S-7.2-02", "a marking-definition has no versions, so no "+name)
		default:
			x.reportUnless(commonProperty, at, "S-3.2-21", name+" does not apply to this type; leave it out")
		}
	}
}

// language checks a language tag (RFC 5646), and advises on one that nobody has registered.
func (x *examination) language(at int32, row string) bool {
	if x.nodes[at].kind != '"' {
		x.report(at, row, languageMessage)
		return false
	}
	formed, registered := format.LanguageTag(x.str(at))
	switch {
	case !formed:
		x.report(at, row, languageMessage)
	case !registered:
		x.warn(at, row, unregisteredMessage)
	}
	return formed
}

const (
	languageMessage     = `a language is a tag of RFC 5646, as in "en" or "pt-BR"`
	unregisteredMessage = "no such language is registered; " + languageMessage
)

func (x *examination) boolean(at int32) bool {
	if at == 0 {
		return false
	}
	kind := x.nodes[at].kind
	if kind != 't' && kind != 'f' {
		x.report(at, "S-2.2-01", "a boolean is true or false, without quotes")
	}
	return kind == 't'
}

// list checks that a value is a list of at least one item, all of one kind (§2.12).
func (x *examination) list(at int32, kind byte, of string) bool {
	switch {
	case x.nodes[at].kind != '[':
		x.report(at, "S-2.12-01", "this is a list of "+of)
		return false
	case x.empty(at):
		x.report(at, "S-2.12-01", "a list has at least one item; leave the property out instead")
		return false
	}
	for i := range x.children(at) {
		if byte(x.nodes[i].kind) != kind {
			x.report(i, "S-2.12-01", "this is a list of "+of)
			return false
		}
	}
	return true
}
