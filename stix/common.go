package stix

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// properties are the nodes of an object's common properties and of a marking-definition's own;
// 0 where one is absent.
type properties struct {
	typ, id, specVersion, createdBy, created, modified, revoked, labels, confidence, lang,
	externalReferences, objectMarkings, granularMarkings, defanged, extensions,
	definitionType, definition int32
}

// readProperties finds the properties, and names that are not quite theirs.
func (x *examination) readProperties() {
	for i := range x.children(0) {
		p := x.props.place(x.nameOf(i))
		if p != nil {
			*p = i
			continue
		}
		if name := x.nameOf(i); !plain(name) {
			x.checkSpelling(i, name)
		}
	}
}

func (p *properties) place(name []byte) *int32 {
	switch string(name) {
	case "type":
		return &p.typ
	case "id":
		return &p.id
	case "spec_version":
		return &p.specVersion
	case "created_by_ref":
		return &p.createdBy
	case "created":
		return &p.created
	case "modified":
		return &p.modified
	case "revoked":
		return &p.revoked
	case "labels":
		return &p.labels
	case "confidence":
		return &p.confidence
	case "lang":
		return &p.lang
	case "external_references":
		return &p.externalReferences
	case "object_marking_refs":
		return &p.objectMarkings
	case "granular_markings":
		return &p.granularMarkings
	case "defanged":
		return &p.defanged
	case "extensions":
		return &p.extensions
	case "definition_type":
		return &p.definitionType
	case "definition":
		return &p.definition
	}
	return nil
}

// checkSpelling rejects a name that a reader without regard for case takes for one of STIX's.
func (x *examination) checkSpelling(at int32, name []byte) {
	folded := string(appendFolded(nil, name))
	if _, known := propertyNames[folded]; known {
		x.report(at, "S-3.1-07", fmt.Sprintf("the key %q is not the property %s, but readers that fold case take it for that", shorten(name), folded))
	}
}

// checkType finds what the type requires; x.typ stays nil when there is no saying.
func (x *examination) checkType() {
	at := x.props.typ
	switch {
	case at == 0:
		x.report(0, "S-3.2-01", "type is missing")
		return
	case x.nodes[at].kind != '"':
		x.report(at, "S-3.2-01", "type is the name of an object type, a string")
		return
	}
	name := x.str(at)
	x.facts.typ = x.facts.keep(name)
	switch {
	case string(name) == "bundle":
		x.report(at, "S-8-02", "a bundle is not an object: send what is in it")
		return
	case !validTypeName(name):
		x.report(at, "S-11.2-02", "an object type is 3 to 250 of a-z, 0-9 and single hyphens, beginning with a letter")
		return
	}
	if x.typ = objectTypes[string(name)]; x.typ != nil {
		x.object.Type = x.typ.name
		return
	}
	x.typ = x.unknownType()
}

// unknownType says what a type that STIX does not define requires: as its extension says (§7.3),
// else as a custom object, or as a custom observable if it has no times.
func (x *examination) unknownType() *objectType {
	if x.props.extensions != 0 && x.nodes[x.props.extensions].kind == '{' {
		for e := range x.children(x.props.extensions) {
			switch string(x.str(x.member(e, "extension_type"))) {
			case "new-sco":
				return extensionObservable
			case "new-sdo", "new-sro":
				return extensionObject
			}
		}
	}
	if x.props.created == 0 && x.props.modified == 0 {
		return customObservable
	}
	return customObject
}

// checkID also says what the id's prefix must be, wherever the type is known.
func (x *examination) checkID() {
	at := x.props.id
	if at == 0 {
		row := "S-3.3-01"
		if x.typ != nil {
			row = x.typ.row
		}
		x.report(0, row, "id is missing")
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
		x.reportUnless(uuidVariant, at, "S-2.9-02", "the UUID's version is not 1 to 5, or its variant not that of RFC 4122 (8, 9, a or b)")
	}
	return id, true
}

func hasType(id, typ []byte) bool {
	return len(id) > len(typ)+2 && bytes.HasPrefix(id, typ) && id[len(typ)] == '-' && id[len(typ)+1] == '-'
}

func hasPrefix(id []byte, typ string) bool { return hasType(id, []byte(typ)) }

// checkSpecVersion decides which STIX this is. Only an observable may leave spec_version out in
// 2.1; anything else without it, or with "2.0", is 2.0 if it is valid there.
func (x *examination) checkSpecVersion() {
	x.object.SpecVersion = "2.1"
	at := x.props.specVersion
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
	for _, name := range x.typ.required20 {
		if x.member(0, name) == 0 {
			return "2.0 requires the property " + name
		}
	}
	return ""
}

// checkTimes reads created and modified, which order the versions (§3.6).
func (x *examination) checkTimes() {
	created, finerCreated, hasCreated := x.time(x.props.created)
	modified, finerModified, hasModified := x.time(x.props.modified)
	x.object.Created, x.object.Modified = created, modified
	switch {
	case hasModified:
		x.facts.version = x.facts.keep(x.str(x.props.modified))
		x.object.VersionTime = modified
	case hasCreated:
		x.facts.version = x.facts.keep(x.str(x.props.created))
		x.object.VersionTime = created
	}
	if hasCreated && hasModified && later(created, finerCreated, modified, finerModified) {
		x.report(x.props.modified, "S-3.2-06", "modified is earlier than created, "+shorten(x.str(x.props.created)))
	}
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
		x.report(at, "S-2.16-01", err.Error())
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
	for _, name := range x.typ.common {
		switch name {
		case "type", "id", "spec_version": // each has its own check
		default:
			if *x.props.place([]byte(name)) == 0 {
				x.missing(name)
			}
		}
	}
	required := x.typ.required
	if x.object.SpecVersion == "2.0" {
		required = x.typ.required20
	}
	for _, name := range required {
		if x.member(0, name) == 0 {
			x.missing(name)
		}
	}
}

func (x *examination) missing(name string) {
	x.report(0, x.typ.row, name+" is missing; "+shorten(x.ownType())+" requires it")
}

// checkCommon checks the JSON types of the common properties (§3.2) and takes their facts.
func (x *examination) checkCommon() {
	p := &x.props
	if at := p.createdBy; at != 0 {
		if id, ok := x.identifier(at); ok {
			x.facts.createdBy = x.facts.keep(id)
			if !hasPrefix(id, "identity") {
				x.report(at, "S-3.2-03", "created_by_ref names an identity")
			}
		}
	}
	x.object.Revoked = x.boolean(p.revoked)
	x.boolean(p.defanged)
	if at := p.labels; at != 0 && x.list(at, '"', "strings") {
		for i := range x.children(at) {
			x.facts.labels = append(x.facts.labels, x.facts.keep(x.str(i)))
		}
	}
	if at := p.confidence; at != 0 {
		n, err := strconv.Atoi(string(x.str(at)))
		if x.nodes[at].kind != '0' || err != nil || n < 0 || n > 100 {
			x.report(at, "S-3.2-11", "confidence is an integer from 0 to 100")
		} else {
			x.object.Confidence = n
		}
	}
	if at := p.lang; at != 0 {
		if x.nodes[at].kind != '"' || len(x.str(at)) == 0 {
			x.report(at, "S-3.2-13", `lang is a language tag of RFC 5646, as in "en"`)
		} else {
			x.facts.lang = x.facts.keep(x.str(at))
		}
	}
	if p.externalReferences != 0 {
		x.list(p.externalReferences, '{', "objects")
	}
	x.checkExtensions()
}

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

func (x *examination) checkExtensions() {
	at := x.props.extensions
	switch {
	case at == 0:
		return
	case x.nodes[at].kind != '{':
		x.report(at, "S-3.2-19", "extensions is a dictionary of extensions")
		return
	case x.empty(at):
		x.report(at, "S-2.3-05", "a dictionary has at least one key; leave extensions out instead")
		return
	}
	for e := range x.children(at) {
		if x.nodes[e].kind != '{' {
			x.report(e, "S-3.2-19", "an extension is a dictionary")
		}
		key := x.nameOf(e)
		if hasPrefix(key, "extension-definition") && checkID(key) == nil {
			x.facts.extensions = append(x.facts.extensions, x.facts.keep(key))
		}
	}
}
