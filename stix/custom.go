package stix

import (
	"bytes"
	"slices"

	"entente/stix/format"
)

// What STIX leaves to others: properties, objects and extensions that it does not define (§7.3, §11).

// unknownProperty checks a property of the object that its type does not define.
func (x *examination) unknownProperty(at int32) {
	name := x.nameOf(at)
	if x.misspelled(at, name) {
		return
	}
	if reserved(name) {
		x.reportUnless(reservedName, at, "S-3.8-01", "the name is reserved by STIX and must not be used")
		x.unknown(at, defined)
		return
	}
	switch own := x.typ == customObject || x.typ == customObservable; {
	case own:
		x.checkName(at, name, "S-11.2-04")
	case x.typ == extensionObject, x.typ == extensionObservable, x.opened:
		x.checkName(at, name, "S-7.3-15")
	default:
		if x.checkName(at, name, "S-11.1-02") && x.object.SpecVersion != "2.0" {
			x.warn(at, "S-11.1-01", "a custom property; it should be brought by an extension")
		}
		if !bytes.HasPrefix(name, []byte("x_")) {
			x.warn(at, "S-11.1-03", "the name of a custom property should begin with x_ and its source")
		}
	}
	x.checkEncoded(at, name)
	x.checkEnding(at, name)
	x.unknown(at, defined)
}

// unknownMember checks a property that the value around it does not define.
func (x *examination) unknownMember(at int32) {
	name := x.nameOf(at)
	if x.misspelled(at, name) {
		return
	}
	if x.checkName(at, name, "S-11.1-02") && x.object.SpecVersion != "2.0" {
		x.warn(at, "S-11.1-01", "a custom property; it should be brought by an extension")
	}
	x.checkEnding(at, name)
	x.unknown(at, defined)
}

// misspelled rejects a name that a reader without regard for case takes for one of STIX's.
func (x *examination) misspelled(at int32, name []byte) bool {
	if plain(name) {
		return false
	}
	folded := string(appendFolded(nil, name))
	_, known := propertyNames[folded]
	if known {
		x.report(at, "S-3.1-07", "readers that fold case take this key for the property "+folded+"; write that, or another name")
	}
	return known
}

// reserved reports whether STIX keeps a name for itself (§3.8).
func reserved(name []byte) bool {
	switch string(name) {
	case "severity", "username", "phone_number", "action":
		return true
	}
	return false
}

// checkName checks the name of a property that STIX does not define (§3.1, §7.3.2, §11.1.1).
func (x *examination) checkName(at int32, name []byte, row string) bool {
	wrong := ""
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			wrong = row
		}
	}
	switch {
	case wrong == "" && len(name) > 0 && name[0] < 'a':
		wrong = "S-3.1-02"
	case len(name) < 3 || len(name) > maxName:
		wrong = "S-3.1-04"
	case hasUpper(name):
		wrong = "S-3.1-01"
	}
	if wrong == "" {
		return true
	}
	x.reportUnless(customName, at, wrong, "the name of a property is 3 to 250 of a-z, 0-9 and underscore, beginning with a letter")
	return false
}

// checkEncoded checks that X_enc stands beside X (§3.1).
func (x *examination) checkEncoded(at int32, name []byte) {
	of, ok := bytes.CutSuffix(name, []byte("_enc"))
	if !ok {
		return
	}
	if x.names == nil { // of thousands of such properties, each would look through thousands
		x.names = make(map[string]struct{}, len(x.members))
		for _, m := range x.members {
			x.names[string(x.nameOf(m.node))] = struct{}{}
		}
	}
	if _, there := x.names[string(of)]; !there {
		x.report(at, "S-3.1-06", "a property ending in _enc says how "+shorten(of)+" was encoded, which is not there")
	}
}

// checkEnding checks that a custom property holds what its name's ending promises (§11.1.1).
func (x *examination) checkEnding(at int32, name []byte) {
	text := x.nodes[at].kind == '"'
	switch {
	case bytes.HasSuffix(name, []byte("_hex")) && (!text || !format.Hex(x.str(at))):
		x.reportUnless(customValue, at, "S-11.1-04", "a property ending in _hex holds an even number of digits 0-9 and a-f, in lower case")
	case bytes.HasSuffix(name, []byte("_bin")) && (!text || !format.Base64(x.str(at))):
		x.reportUnless(customValue, at, "S-11.1-04", "a property ending in _bin holds base64 (RFC 4648)")
	}
}

// checkCustomObject checks an object of a type that STIX does not define.
func (x *examination) checkCustomObject() {
	ofExtension := x.typ == extensionObject || x.typ == extensionObservable
	if !x.hasContent() {
		row := "S-11.2-01"
		if ofExtension {
			row = "S-7.3-16"
		}
		x.reportUnless(customObjectBare, 0, row, "an object of a type of its own has at least one property of its own")
	}
	if ofExtension {
		return
	}
	x.warn(0, "S-11-01", "STIX does not define this type; an extension should (new-sdo, new-sco or new-sro)")
	if !bytes.HasPrefix(x.ownType(), []byte("x-")) {
		x.warn(x.slots[slotType], "S-11.2-03", "the name of a custom type should begin with x- and its source")
	}
}

// hasContent reports whether the object has a property besides the common ones.
func (x *examination) hasContent() bool {
	return slices.ContainsFunc(x.members, func(m member) bool { return m.property == nil })
}
