package stix

import (
	"fmt"
	"slices"
	"strings"
)

// Tolerance is a deviation from a MUST that does no harm and that real feeds need. Nothing that
// touches identity, order, markings or the parser's certainty is one.
type Tolerance struct {
	Name  string
	Why   string   // why it does no harm
	Codes []string // the requirement rows that it lets pass
}

// tolerance is the place of a [Tolerance] in the closed list.
type tolerance uint8

const (
	timestampPrecision tolerance = iota
	uuidVariant
	stix20
	tlpDefinition
	customReference
)

var tolerances = [...]Tolerance{
	timestampPrecision: {
		Name:  "timestamp-precision",
		Why:   "created and modified with fewer than three fraction digits still name one instant, so versions keep their order",
		Codes: []string{"S-3.2-04"},
	},
	uuidVariant: {
		Name:  "uuid-variant",
		Why:   "an identifier is compared as text; what its version and variant bits claim changes nothing",
		Codes: []string{"S-2.9-02"},
	},
	stix20: {
		Name:  "stix-2.0",
		Why:   "an object without spec_version that is valid STIX 2.0 is kept and offered as 2.0, never as 2.1",
		Codes: []string{"S-3.2-02"},
	},
	tlpDefinition: {
		Name:  "tlp-definition",
		Why:   "TLP levels go by id alone, and the definition states the level that its id stands for",
		Codes: []string{"S-7.2-08", "S-TLP2-02"},
	},
	customReference: {
		Name:  "custom-reference",
		Why:   "a custom property named like a reference that holds no identifier refers to nothing",
		Codes: []string{"S-3.1-05"},
	},
}

// Tolerances is the closed list of what a source may be forgiven.
func Tolerances() []Tolerance { return slices.Clone(tolerances[:]) }

// DefaultTolerances are the names of those that the feeds of the real world need: all of them.
// An empty list is strict.
func DefaultTolerances() []string {
	names := make([]string, 0, len(tolerances))
	for _, t := range tolerances {
		names = append(names, t.Name)
	}
	return names
}

// toleranceSet has one bit for each.
type toleranceSet uint32

func (s toleranceSet) has(t tolerance) bool { return s&(1<<t) != 0 }

func parseTolerances(names []string) (set toleranceSet, err error) {
	for _, name := range names {
		i := slices.IndexFunc(tolerances[:], func(t Tolerance) bool { return t.Name == name })
		if i < 0 {
			return 0, fmt.Errorf("%q is not a tolerance; known are %s", name, strings.Join(DefaultTolerances(), ", "))
		}
		set |= 1 << i
	}
	return set, nil
}
