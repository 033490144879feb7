package stix

import "bytes"

// checkReferences collects what the object refers to: every property at any depth whose name
// ends in _ref or _refs (§3.1), but for the creator and the markings, which have their own facts.
func (x *examination) checkReferences() {
	for i := range x.children(0) {
		switch i {
		case x.props.createdBy, x.props.objectMarkings, x.props.granularMarkings:
		case x.props.extensions:
			if x.nodes[i].kind != '{' {
				continue // reported already
			}
			for e := range x.children(i) {
				x.references(e, hasPrefix(x.nameOf(e), "extension-definition"))
			}
		default:
			x.references(i, false)
		}
	}
}

// strictness is how much a value must be an identifier.
type strictness uint8

const (
	defined strictness = iota // a property that STIX defines: always
	custom                    // one that it does not: unless tolerated
	free                      // a key that the producer chose: it need not
)

// references walks everything inside a node in document order, the node included. Inside an
// extension that has a definition, all properties are custom.
func (x *examination) references(top int32, extension bool) {
	freeEnd := int32(0) // nodes before this one lie in a dictionary of free keys
	for i, end := top, x.endOf(top); i < end; i++ {
		name := x.nameOf(i)
		if x.nodes[i].kind == '{' {
			if _, ok := freeKeys[string(name)]; ok {
				freeEnd = max(freeEnd, x.endOf(i))
			}
		}
		one, many := bytes.HasSuffix(name, []byte("_ref")), bytes.HasSuffix(name, []byte("_refs"))
		if !one && !many {
			continue
		}
		s := defined
		if _, ok := propertyNames[string(name)]; i < freeEnd {
			s = free
		} else if extension || !ok {
			s = custom
		}
		if one {
			x.reference(i, s)
		} else {
			x.referenceList(i, s)
		}
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
	case s == custom:
		x.reportUnless(customReference, at, "S-3.1-05", "a property whose name ends in _refs is a list of identifiers")
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
	if ok {
		x.facts.refs = append(x.facts.refs, x.facts.keep(id))
	}
}
