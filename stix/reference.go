package stix

import "bytes"

// strictness is how much a value must be an identifier where its name promises one.
type strictness uint8

const (
	defined strictness = iota // under a name of STIX's always, under others unless tolerated
	custom                    // unless tolerated
	free                      // a key that the producer chose: it need not
)

// unknown walks a value whose form STIX leaves open, the value included, in document order: it
// checks what holds for every value (§2) and collects the identifiers of every property whose name
// ends in _ref or _refs (§3.1). In a dictionary of free keys no name promises anything.
func (x *examination) unknown(top int32, strict strictness) {
	freeEnd := int32(0) // nodes before this one lie in a dictionary of free keys
	if strict == free {
		freeEnd = x.endOf(top)
	}
	for i, end := top, x.endOf(top); i < end; i++ {
		name := x.nameOf(i)
		if i != top && i >= freeEnd && !plain(name) {
			x.checkKey(i, name)
		}
		switch kind := x.nodes[i].kind; {
		case kind == 'n' && !bytes.HasSuffix(name, []byte("_ref")) && !bytes.HasSuffix(name, []byte("_refs")):
			x.reportUnless(customValue, i, "S-2.3-06", "null is no value of STIX; leave the property out instead")
			continue
		case kind == '{':
			if _, ok := freeKeys[string(name)]; ok {
				freeEnd = max(freeEnd, x.endOf(i))
			}
			if x.empty(i) && (i != top || strict != free) {
				x.reportUnless(customValue, i, "S-2.3-05", "a dictionary has at least one key; leave it out instead")
			}
		}
		one, many := bytes.HasSuffix(name, []byte("_ref")), bytes.HasSuffix(name, []byte("_refs"))
		if !one && !many || i == top && strict == free {
			if x.nodes[i].kind == '[' && x.empty(i) {
				x.reportUnless(customValue, i, "S-2.12-01", "a list has at least one item; leave it out instead")
			}
			continue
		}
		s := strict
		if _, ok := propertyNames[string(name)]; i < freeEnd || x.inside != nil {
			s = free // inside the container keys do as well (§2.9)
		} else if !ok {
			s = custom
		}
		if one {
			x.reference(i, s)
		} else {
			x.referenceList(i, s)
		}
	}
}

// unknownMembers is unknown for everything inside an object.
func (x *examination) unknownMembers(of int32, strict strictness) {
	for i := range x.children(of) {
		x.unknown(i, strict)
	}
}

// checkKey checks a key deep inside a value that STIX does not define, where nothing tells the
// keys of dictionaries (§2.3) from the names of properties.
func (x *examination) checkKey(at int32, key []byte) {
	if hasUpper(key) {
		x.warn(at, "S-2.3-04", "the key of a dictionary should be in lower case")
	}
}

func (x *examination) referenceList(at int32, s strictness) {
	isList := x.nodes[at].kind == '['
	switch {
	case isList && !x.empty(at):
		for i := range x.children(at) {
			x.reference(i, s)
		}
	case s == defined:
		x.report(at, "S-2.12-01", "this is a list of at least one identifier; leave the property out instead of empty")
	case isList:
		x.reportUnless(customValue, at, "S-2.12-01", "a list has at least one item; leave it out instead")
	default:
		if s == custom {
			x.reportUnless(customReference, at, "S-3.1-05", "a property whose name ends in _refs is a list of identifiers")
		}
		x.reference(at, free)
	}
}

func (x *examination) reference(at int32, s strictness) {
	var id []byte
	ok := x.nodes[at].kind == '"'
	if ok && s != defined {
		id = x.str(at)
		ok = checkID(id) == nil
	}
	switch {
	case s == defined:
		if id, ok = x.identifier(at); !ok {
			return
		}
	case !ok && s == custom:
		x.reportUnless(customReference, at, "S-3.1-05", "a property whose name ends in _ref holds an identifier")
	}
	switch {
	case ok:
		x.facts.refs = append(x.facts.refs, x.facts.keep(id))
	case x.nodes[at].kind == '[': // forgiven, but it refers all the same
		for i := range x.children(at) {
			x.reference(i, free)
		}
	}
}
