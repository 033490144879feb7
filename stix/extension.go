package stix

import "bytes"

// predefined are the extensions that STIX defines, and the types that may have them (§6).
var predefined = map[string]string{
	"archive-ext":          "file",
	"ntfs-ext":             "file",
	"pdf-ext":              "file",
	"raster-image-ext":     "file",
	"windows-pebinary-ext": "file",
	"http-request-ext":     "network-traffic",
	"icmp-ext":             "network-traffic",
	"socket-ext":           "network-traffic",
	"tcp-ext":              "network-traffic",
	"windows-process-ext":  "process",
	"windows-service-ext":  "process",
	"unix-account-ext":     "user-account",
}

// checkExtensions checks the extensions of an object of a type and class (§3.2, §7.3, §11.3).
func (x *examination) checkExtensions(at int32, owner []byte, c class) {
	switch {
	case x.nodes[at].kind != '{':
		x.report(at, "S-3.2-19", "extensions is a dictionary of extensions")
		return
	case x.empty(at):
		x.report(at, "S-2.3-05", "a dictionary has at least one key; leave extensions out instead")
		return
	}
	for e := range x.children(at) {
		key := x.nameOf(e)
		home, isPredefined := predefined[string(key)]
		switch {
		case x.nodes[e].kind != '{':
			x.report(e, "S-3.2-19", "an extension is a dictionary")
		case hasPrefix(key, "extension-definition"):
			x.checkDefined(e, key)
		case isPredefined && string(owner) == home:
			x.checkStructure(e, structures[string(key)])
			if kind := x.member(e, "extension_type"); kind != 0 {
				x.checkExtensionType(kind)
			}
		case isPredefined:
			x.report(e, "S-6-01", "this extension is for objects of type "+home)
		default:
			x.checkCustomExtension(e, key, c)
		}
	}
}

// checkDefined checks an extension that an extension-definition describes.
func (x *examination) checkDefined(at int32, key []byte) {
	switch err := checkID(key); {
	case err != nil:
		x.reportUnless(extensionKey, at, "S-2.9-02", "the key of an extension is the identifier of its definition: "+err.Error())
		x.unknownMembers(at, custom)
		return
	case !rfc4122(key):
		x.reportUnless(uuidVariant, at, "S-2.9-02", uuidMessage)
		fallthrough
	default:
		if x.inside == nil { // else they are an extension of an observable's, not of the object
			x.facts.extensions = append(x.facts.extensions, x.facts.keep(key))
		}
	}
	kind := x.member(at, "extension_type")
	if kind == 0 {
		x.report(at, "S-3.2-20", "an extension with a definition says its extension_type")
	} else {
		x.checkExtensionType(kind)
	}
	for i := range x.children(at) {
		if i == kind {
			continue
		}
		if name := x.nameOf(i); !x.misspelled(i, name) {
			x.checkName(i, name, "S-7.3-15")
		}
		x.unknown(i, custom)
	}
}

func (x *examination) checkExtensionType(at int32) {
	_, known := vocabularies["extension-type-enum"].values[string(x.str(at))]
	if !known || x.nodes[at].kind != '"' {
		x.report(at, "S-3.2-20", "extension_type is new-sdo, new-sco, new-sro, property-extension or toplevel-property-extension")
	}
}

// checkCustomExtension checks an extension that nothing defines (§11.3, deprecated).
func (x *examination) checkCustomExtension(at int32, key []byte, c class) {
	switch {
	case c != classSCO:
		x.reportUnless(extensionKey, at, "S-11.3-01", "the key of an extension is the identifier of its extension-definition")
	case !bytes.HasSuffix(key, []byte("-ext")) || !validTypeName(key):
		x.reportUnless(extensionKey, at, "S-11.3-02", "the name of a custom extension is 3 to 250 of a-z, 0-9 and hyphens, and ends in -ext")
	case x.empty(at):
		x.report(at, "S-11.3-04", "a custom extension has at least one property")
	default:
		x.warn(at, "S-3.2-18", "the key of an extension should be the identifier of its extension-definition, or one that STIX predefines")
		if !bytes.HasPrefix(key, []byte("x-")) {
			x.warn(at, "S-11.3-03", "the name of a custom extension should begin with x- and its source")
		}
	}
	for i := range x.children(at) {
		x.checkName(i, x.nameOf(i), "S-11.3-04")
	}
	x.unknownMembers(at, defined)
}

// findToplevel reports whether an extension brings properties to the object's own level.
func (x *examination) findToplevel() bool {
	at := x.slots[slotExtensions]
	if at == 0 || x.nodes[at].kind != '{' {
		return false
	}
	for e := range x.children(at) {
		if string(x.str(x.member(e, "extension_type"))) == "toplevel-property-extension" {
			return true
		}
	}
	return false
}

// checkExtensionDefinition checks an extension-definition (§7.3).
func (x *examination) checkExtensionDefinition(int32) {
	if x.property("description") == 0 {
		x.warn(0, "S-7.3-02", "an extension-definition should have a description")
	}
	if at, version, ok := x.stringOf(0, "version"); ok && !isSemantic(version) {
		x.warn(at, "S-7.3-04", "the version of an extension should have the form MAJOR.MINOR.PATCH, as in 1.2.1")
	}
	toplevel := false
	if types := x.property("extension_types"); types != 0 && x.nodes[types].kind == '[' {
		for i := range x.children(types) {
			toplevel = toplevel || string(x.str(i)) == "toplevel-property-extension"
		}
	}
	names := x.property("extension_properties")
	switch {
	case names == 0 && toplevel:
		x.warn(0, "S-7.3-07", "with toplevel-property-extension, extension_properties should name the properties")
	case names != 0 && !toplevel:
		x.report(names, "S-7.3-06", "extension_properties is only for extension_types with toplevel-property-extension")
	}
	if names == 0 || x.nodes[names].kind != '[' {
		return
	}
	for i := range x.children(names) {
		if x.nodes[i].kind != '"' {
			continue // reported already
		}
		name := x.str(i)
		if _, standard := propertyNames[string(name)]; standard {
			x.report(i, "S-7.3-08", "an extension must not redefine a property that STIX defines")
			continue
		}
		if reserved(name) {
			x.reportUnless(reservedName, i, "S-3.8-01", "the name is reserved by STIX and must not be used")
			continue
		}
		x.checkName(i, name, "S-7.3-15")
	}
}

// isSemantic reports whether a version is three numbers joined by dots.
func isSemantic(version []byte) bool {
	parts := bytes.Split(version, []byte("."))
	for _, part := range parts {
		if len(part) == 0 || len(bytes.Trim(part, "0123456789")) > 0 {
			return false
		}
	}
	return len(parts) == 3
}
