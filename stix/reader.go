package stix

import (
	"bytes"
	"crypto/sha256"
	"sync"
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
// Findings stand in the order of the checks, maxFindings at most.
func (r *Reader) Read(raw []byte) (Object, []Finding) {
	raw = bytes.Trim(raw, " \t\r\n")
	x := r.pool.Get().(*examination)
	defer func() {
		if x.reset() {
			r.pool.Put(x)
		}
	}()
	x.tolerated = r.tolerated
	x.object = Object{Raw: raw, Hash: sha256.Sum256(raw), Confidence: -1}
	if f := x.parse(raw); f != nil {
		return x.object, []Finding{{Code: f.code, Pointer: f.pointer, Value: f.value, Message: f.message, Severity: Error}}
	}
	x.examine()
	return x.object, x.findings
}

// examination is the reading of one object: its tape, the checks, and the facts they take.
type examination struct {
	tape
	tolerated toleranceSet
	object    Object
	findings  []Finding
	rejected  bool

	typ   *objectType
	props properties
	facts facts
}

// examine runs every check of this package. Rules that concern single types (value ranges,
// vocabularies, patterns, hashes, orders of times) belong here too, after requireProperties.
func (x *examination) examine() {
	defer x.facts.write(&x.object)
	x.readProperties()
	x.checkType()
	x.checkID()
	if x.typ == nil {
		return
	}
	x.checkSpecVersion()
	x.checkTimes()
	x.requireProperties()
	x.checkCommon()
	x.checkMarkings()
	x.checkReferences()
	x.checkMarkingDefinition()
}

// reset makes ready for the next object; it returns false for one that grew too large to keep.
func (x *examination) reset() bool {
	const keptNodes, keptBytes = 1 << 16, 1 << 20
	x.release()
	x.object, x.findings, x.rejected = Object{}, nil, false
	x.typ, x.props = nil, properties{}
	x.facts.reset()
	return cap(x.nodes) <= keptNodes && cap(x.text) <= keptBytes && cap(x.facts.text) <= keptBytes
}

func (x *examination) ownID() []byte   { return x.facts.text[x.facts.id.a:x.facts.id.b] }
func (x *examination) ownType() []byte { return x.facts.text[x.facts.typ.a:x.facts.typ.b] }

// report rejects the object for what is at a node; node 0 is the object itself.
func (x *examination) report(at int32, code, message string) {
	x.add(at, Finding{Code: code, Message: message, Severity: Error})
}

// reportUnless rejects the object unless its source is forgiven this.
func (x *examination) reportUnless(t tolerance, at int32, code, message string) {
	f := Finding{Code: code, Message: message, Severity: Error}
	if x.tolerated.has(t) {
		f.Severity, f.Tolerance = Warning, tolerances[t].Name
	}
	x.add(at, f)
}

func (x *examination) warn(at int32, code, message string) {
	x.add(at, Finding{Code: code, Message: message, Severity: Warning})
}

// add keeps the first findings; the first error always has a place.
func (x *examination) add(at int32, f Finding) {
	full := len(x.findings) >= maxFindings
	if full && (x.rejected || f.Severity != Error) {
		return
	}
	f.Pointer = x.pointer(at)
	if at != 0 {
		f.Value = shorten(x.str(at))
	}
	x.rejected = x.rejected || f.Severity == Error
	if full {
		x.findings[maxFindings-1] = f
		return
	}
	x.findings = append(x.findings, f)
}
