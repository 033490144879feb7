package stix

import (
	"bytes"
	"crypto/sha256"
	"sync"

	"entente/stix/pattern"
)

// Options say what a source is forgiven.
type Options struct {
	// Tolerate names tolerances; nil is strict. See [Tolerances] and [DefaultTolerances].
	Tolerate []string
}

// Reader reads objects strictly. It may be used concurrently.
type Reader struct {
	tolerated toleranceSet
	pool      sync.Pool // of *examination
}

// NewReader makes a Reader. A name in o.Tolerate that is no tolerance is an error.
func NewReader(o Options) (*Reader, error) {
	set, err := parseTolerances(o.Tolerate)
	if err != nil {
		return nil, err
	}
	return &Reader{tolerated: set, pool: sync.Pool{New: func() any { return new(examination) }}}, nil
}

// Read takes the facts of one object and says what is wrong with it; [Rejects] tells whether the
// object may be kept. White space around the object is not part of it. The facts of a rejected
// object are as far as they could be taken: of one that is not well-formed, Raw and Hash only.
// Findings stand in the order of the checks, maxFindings at most. What can only be judged beside
// other objects is left to [Reader.CheckTogether].
func (r *Reader) Read(raw []byte) (Object, []Finding) {
	raw = bytes.Trim(raw, " \t\r\n")
	x := r.pool.Get().(*examination)
	defer func() {
		if x.reset() {
			r.pool.Put(x)
		}
	}()
	x.tolerated = r.tolerated
	x.object.Raw, x.object.Hash, x.object.Confidence = raw, sha256.Sum256(raw), -1
	if f := x.parse(raw); f != nil {
		return x.object, []Finding{{Code: f.code, Pointer: f.pointer, Value: f.value, Message: f.message, Severity: Error}}
	}
	x.examine()
	return x.object, x.findings()
}

// examination is the reading of one object: its tape, the checks, and the facts they take.
type examination struct {
	tape
	tolerated toleranceSet
	object    Object
	remarks   []remark
	rejected  bool
	written   []byte // the text of the findings

	typ     *structure
	members []member        // of the object itself, in order
	slots   [maxSlots]int32 // the nodes of the object's properties; 0 where one is absent
	present uint64
	opened  bool // an extension brings properties of its own to the object's level
	facts   facts
	names   map[string]struct{} // of the object's members; nil until somebody asks
	inside  *observables        // while the checks are in observed-data's container
	pattern pattern.Parser
	prose   []pattern.Finding
}

// examine runs every check that the object alone allows.
func (x *examination) examine() {
	defer x.facts.write(&x.object)
	x.checkType()
	x.readProperties()
	x.checkID()
	if x.typ == nil {
		return
	}
	x.checkSpecVersion()
	x.checkTimes()
	x.requireProperties()
	x.checkCommon()
	x.checkMarkings()
	x.checkMarkingDefinition()
	x.opened = x.findToplevel()
	x.checkProperties()
	if x.object.SpecVersion == "2.1" {
		x.checkOwnRules(0, x.typ)
		x.checkDerivedID()
	}
}

// reset makes ready for the next object; it returns false for one that grew too large to keep.
func (x *examination) reset() bool {
	const keptNodes, keptBytes = 1 << 16, 1 << 20
	x.release()
	keptPattern := x.pattern.Release() <= keptNodes
	clear(x.remarks)
	clear(x.prose)
	x.object, x.remarks, x.rejected, x.members = Object{}, x.remarks[:0], false, x.members[:0]
	x.typ, x.slots, x.present, x.opened, x.names, x.inside = nil, [maxSlots]int32{}, 0, false, nil, nil
	x.facts.reset()
	return keptPattern && cap(x.nodes) <= keptNodes && cap(x.text) <= keptBytes && cap(x.facts.text) <= keptBytes && cap(x.members) <= keptNodes
}

func (x *examination) ownID() []byte   { return x.facts.text[x.facts.id.a:x.facts.id.b] }
func (x *examination) ownType() []byte { return x.facts.text[x.facts.typ.a:x.facts.typ.b] }

// member is one of the object's members: its node, and the property that it is, if its type has one.
type member struct {
	node     int32
	property *property
}

// property is the node of a property of the object, 0 when absent.
func (x *examination) property(name string) int32 {
	if p := x.typ.properties[name]; p != nil {
		return x.slots[p.slot]
	}
	return x.member(0, name)
}
