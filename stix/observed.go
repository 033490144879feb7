package stix

// checkObservedData checks what an observed-data observed (§4.14).
func (x *examination) checkObservedData(int32) {
	objects, refs := x.property("objects"), x.property("object_refs")
	switch {
	case objects == 0 && refs == 0:
		x.report(0, "S-4.14-01", "observed-data has object_refs, or the deprecated objects")
	case objects != 0 && refs != 0:
		x.report(objects, "S-4.14-01", "observed-data has object_refs or the deprecated objects, not both")
	}
	if refs != 0 && x.nodes[refs].kind == '[' {
		x.checkObserved(refs)
	}
	if objects != 0 && x.nodes[objects].kind == '{' {
		x.warn(objects, "S-2.13-01", "objects is deprecated; send the observables as objects and name them in object_refs")
		x.checkContainer(objects)
	}
}

// checkObserved wants at least one observable among the references; of other faults in the list
// more has been said.
func (x *examination) checkObserved(refs int32) {
	relations := false
	for i := range x.children(refs) {
		id := x.str(i)
		if x.nodes[i].kind != '"' || checkID(id) != nil {
			return
		}
		s := structures[string(typeOf(id))]
		if s == nil || s.class == classSCO {
			return
		}
		if s.class != classSRO {
			return
		}
		relations = true
	}
	if relations {
		x.report(refs, "S-4.14-04", "object_refs names at least one cyber-observable")
	}
}

// observables is what checks need to know while they are inside of observed-data's objects: which
// node each key names, and what is joined to what.
type observables struct {
	node   int32
	keys   map[string]int32 // to the place among roots
	nodes  []int32
	roots  []int32 // of a union-find forest
	object int32   // the place of the object that is being checked
}

func (o *observables) root(i int32) int32 {
	for o.roots[i] != i {
		o.roots[i] = o.roots[o.roots[i]]
		i = o.roots[i]
	}
	return i
}

// checkContainer checks the deprecated container of observables, whose references are keys (§2.13).
func (x *examination) checkContainer(at int32) {
	if x.empty(at) {
		x.report(at, "S-4.14-05", "objects has at least one cyber-observable")
		return
	}
	o := &observables{node: at, keys: map[string]int32{}}
	for i := range x.children(at) {
		place := int32(len(o.nodes))
		o.keys[string(x.nameOf(i))] = place
		o.nodes, o.roots = append(o.nodes, i), append(o.roots, place)
	}
	x.inside = o
	defer func() { x.inside = nil }()
	for i, node := range o.nodes {
		o.object = int32(i)
		x.checkContained(node)
	}
	for i := range o.roots {
		if o.root(int32(i)) != o.root(0) {
			x.warn(at, "S-4.14-06", "objects that nothing relates belong into an observed-data of their own")
			return
		}
	}
}

// checkContained checks one observable of the container.
func (x *examination) checkContained(at int32) {
	if x.nodes[at].kind != '{' {
		x.report(at, "S-4.14-00", "an object of the container is a JSON object")
		return
	}
	kind, name, ok := x.stringOf(at, "type")
	if !ok {
		x.report(max(kind, at), "S-3.2-01", "type is the name of an object type, a string")
		return
	}
	s, known := structures[string(name)]
	switch {
	case known && s.class != classSCO:
		x.report(kind, "S-4.14-05", "only cyber-observables stand in objects")
		return
	case !known:
		return // walked with the container
	}
	present := uint64(0)
	for i := range x.children(at) {
		p := s.properties[string(x.nameOf(i))]
		switch {
		case p == nil:
			x.unknownMember(i)
		case p.slot == slotExtensions:
			x.checkExtensions(i, name, classSCO)
		case p.slot == slotDefanged:
			x.boolean(i)
		case p.slot == slotObjectMarkings:
			x.takeContainedMarkings(at, i)
		case p.slot == slotGranularMarkings:
			x.takeContainedGranular(at, i)
		case p.slot >= commonSlots:
			present |= 1 << p.slot
			x.checkProperty(i, s, p)
		}
	}
	x.require(at, s, present, s.required>>commonSlots<<commonSlots)
	if s.some != "" && present == 0 {
		x.report(at, s.some, s.name+" needs at least one property of its own")
	}
	x.checkOwnRules(at, s)
}

// takeContainedMarkings takes the markings of a contained observable: what marks a part of the
// object marks the object as a granular marking does (P-2 of the policy, §7.2.3).
func (x *examination) takeContainedMarkings(of, at int32) {
	if !x.list(at, '"', "marking-definition identifiers") {
		return
	}
	for i := range x.children(at) {
		if id, ok := x.markingRef(i, "S-3.2-15"); ok {
			x.markContained(of, id)
		}
	}
}

// takeContainedGranular does so with markings of the observable's parts, whatever they select.
func (x *examination) takeContainedGranular(of, at int32) {
	if !x.list(at, '{', "granular markings") {
		return
	}
	for i := range x.children(at) {
		ref, lang := x.member(i, "marking_ref"), x.member(i, "lang")
		if (ref == 0) == (lang == 0) {
			x.report(i, "S-7.2.3-01", "a granular marking has either marking_ref or lang")
		}
		if selectors := x.member(i, "selectors"); selectors == 0 {
			x.report(i, "S-7.2.3-04", "selectors is missing: the list of what the marking is about")
		} else {
			x.list(selectors, '"', "selectors")
		}
		if ref != 0 {
			if id, ok := x.markingRef(ref, "S-7.2.3-03"); ok {
				x.markContained(of, id)
			}
		}
	}
}

func (x *examination) markContained(of int32, marking []byte) {
	x.object.Granular = append(x.object.Granular, Granular{
		Marking: ID(marking), Selectors: []string{"objects." + string(x.nameOf(of))}, Resolves: true,
	})
}

// checkLocal checks a reference inside the container.
func (x *examination) checkLocal(at int32, p *property) {
	if x.nodes[at].kind != '"' {
		x.report(at, "S-2.9-01", "a reference inside objects is a key of it, a string")
		return
	}
	o := x.inside
	place, ok := o.keys[string(x.str(at))]
	if !ok {
		x.report(at, "S-2.13-02", "objects has no such key, and references inside it stay inside")
		return
	}
	o.roots[o.root(place)] = o.root(o.object)
	_, typ, ok := x.stringOf(o.nodes[place], "type")
	if t := p.targets; ok && t != nil && !t.allowType(typ) {
		x.report(at, t.row, p.name+" names "+t.wanted)
	}
}
