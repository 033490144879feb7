package trust

import "fmt"

// Outcome is the weight of a decision. The zero value withholds.
type Outcome uint8

const (
	Withhold Outcome = iota
	Hold             // waits for a person, or for a time
	Release
)

func (o Outcome) String() string { return [...]string{"withhold", "hold", "release"}[o] }

// Code is one check of P-4, in the order of its table.
type Code uint8

const (
	CheckRecipient Code = iota + 1
	CheckEcho
	CheckRecalled
	CheckMarking
	CheckUnmarked
	CheckRecipients
	CheckRed
	CheckOnward
	CheckNeedToKnow
	CheckDialect
	CheckCeiling
	CheckTypes
	CheckSectors
	CheckCountries
	CheckLabels
	CheckConfidence
	CheckExclude
	CheckPersonal
	CheckReference
	CheckEmbargo
	CheckApproval
	CheckInternal // a rule failed: nothing is released that is not certain (I-9)
)

var codeNames = [...]string{
	CheckRecipient: "recipient", CheckEcho: "echo", CheckRecalled: "recalled", CheckMarking: "marking", CheckUnmarked: "unmarked",
	CheckRecipients: "recipients", CheckRed: "red", CheckOnward: "onward", CheckNeedToKnow: "need-to-know", CheckDialect: "dialect",
	CheckCeiling: "ceiling", CheckTypes: "scope:types", CheckSectors: "scope:sectors", CheckCountries: "scope:countries",
	CheckLabels: "scope:labels", CheckConfidence: "scope:min_confidence", CheckExclude: "exclude", CheckPersonal: "personal",
	CheckReference: "reference", CheckEmbargo: "embargo", CheckApproval: "approval", CheckInternal: "internal",
}

func (c Code) String() string { return codeNames[c] }

// ParseCode reads a code's name.
func ParseCode(s string) (Code, bool) {
	for c, name := range codeNames {
		if name == s && name != "" {
			return Code(c), true
		}
	}
	return 0, false
}

// Codes are all checks, in order.
func Codes() []Code {
	all := make([]Code, 0, len(codeNames))
	for c := CheckRecipient; c <= CheckInternal; c++ {
		all = append(all, c)
	}
	return all
}

// Origin is where the policy says something.
type Origin struct {
	File   string
	Line   int    // from 1; 0: the file as a whole
	Clause string // what stands there, in short: "flow to csirt-xb, up to amber"
}

func (o *Origin) String() string {
	if o == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d", o.File, o.Line)
}

// Reason is one check that speaks against release.
type Reason struct {
	Code    Code
	Outcome Outcome // Hold or Withhold
	Rule    *Origin // what decided it; nil where no line of the policy did
}

// Decision is an outcome with every reason that speaks against release, in the order of the
// checks. The zero value withholds.
type Decision struct {
	Outcome Outcome
	count   uint8
	reasons [CheckInternal]Reason
	Grant   *Origin // of a release: what granted it
}

// Reasons are why it is not released, or not without a person.
func (d *Decision) Reasons() []Reason { return d.reasons[:d.count] }

// Has reports whether a check is among the reasons.
func (d *Decision) Has(c Code) bool {
	for _, r := range d.Reasons() {
		if r.Code == c {
			return true
		}
	}
	return false
}

// Primary is the first check of the strongest outcome; ok is false for a release.
func (d *Decision) Primary() (r Reason, ok bool) {
	for _, r := range d.Reasons() {
		if r.Outcome == d.Outcome {
			return r, true
		}
	}
	return Reason{}, false
}

// fail adds a reason. The checks go by in order, so that only the last can be there already; it
// keeps its rule, and the stricter outcome.
func (d *Decision) fail(c Code, o Outcome, rule *Origin) {
	d.Outcome = min(d.Outcome, o)
	if d.count > 0 && d.reasons[d.count-1].Code == c {
		last := &d.reasons[d.count-1]
		last.Outcome = min(last.Outcome, o)
		return
	}
	d.reasons[d.count] = Reason{c, o, rule}
	d.count++
}
