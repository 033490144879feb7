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
	uuidReuse
	versionHistory
	stix20
	tlpDefinition
	customReference
	customName
	customValue
	customObjectBare
	commonProperty
	reservedName
	extensionKey
	hashAlgorithm
	hexCase
	headerValues
	observableValue
	observableVersion
	decryptionKey
	referenceURL
	equalTimes
	malwareFamily
	locationPlace
	mixedPattern
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
		Codes: []string{"S-2.9-02", "S-2.9-08", "S-6.13-04"},
	},
	uuidReuse: {
		Name:  "uuid-reuse",
		Why:   "identifiers are compared whole, so one UUID under two types makes two identifiers",
		Codes: []string{"S-2.9-03", "S-2.9-05"},
	},
	versionHistory: {
		Name:  "version-history",
		Why:   "versions are ordered by modified alone, and who may change an object is the policy's to say, not created_by_ref's",
		Codes: []string{"S-3.2-05", "S-3.6-07", "S-3.6-11"},
	},
	stix20: {
		Name:  "stix-2.0",
		Why:   "an object without spec_version that is valid STIX 2.0 is kept and offered as 2.0, never as 2.1",
		Codes: []string{"S-3.2-02"},
	},
	tlpDefinition: {
		Name:  "tlp-definition",
		Why:   "TLP levels go by id alone, and the definition states the level that its id stands for",
		Codes: []string{"S-7.2-07", "S-7.2-08", "S-TLP2-02"},
	},
	customReference: {
		Name:  "custom-reference",
		Why:   "a custom property named like a reference that holds no identifier refers to nothing",
		Codes: []string{"S-3.1-05"},
	},
	customName: {
		Name:  "custom-name",
		Why:   "a property that STIX does not define is passed on as it came, whatever its name; one that some reader takes for a property of STIX is never let in",
		Codes: []string{"S-3.1-01", "S-3.1-02", "S-3.1-04", "S-7.3-15", "S-11.1-02", "S-11.2-04", "S-11.3-04"},
	},
	customValue: {
		Name:  "custom-value",
		Why:   "nothing reads null, an empty list or odd encoding in a property, or under the key of a dictionary, that STIX does not define",
		Codes: []string{"S-2.3-05", "S-2.3-06", "S-2.12-01", "S-11.1-04"},
	},
	customObjectBare: {
		Name:  "bare-object",
		Why:   "a custom object without a property of its own says little and breaks nothing",
		Codes: []string{"S-7.3-16", "S-11.2-01"},
	},
	commonProperty: {
		Name:  "common-property",
		Why:   "labels, references or confidence on a type that does not have them are passed on like custom properties",
		Codes: []string{"S-3.2-21"},
	},
	reservedName: {
		Name:  "reserved-name",
		Why:   "a name that STIX keeps for later means nothing yet",
		Codes: []string{"S-3.8-01"},
	},
	extensionKey: {
		Name:  "extension-key",
		Why:   "an extension whose key is no identifier is one that nobody knows, and is passed on unread",
		Codes: []string{"S-2.9-02", "S-11.3-01", "S-11.3-02"},
	},
	hashAlgorithm: {
		Name:  "hash-algorithm",
		Why:   "a hash of another algorithm is passed on unread; section 2.7 itself only advises against it",
		Codes: []string{"S-2.5-05", "S-6-02"},
	},
	hexCase: {
		Name:  "hex-case",
		Why:   "digits of hex in upper case say the same",
		Codes: []string{"S-2.8-01"},
	},
	headerValues: {
		Name:  "header-values",
		Why:   "a header that is a string instead of a list of one says the same",
		Codes: []string{"S-6.6-04", "S-6.12.2-02"},
	},
	observableValue: {
		Name:  "observable-value",
		Why:   "an address or name in another spelling, often defanged, is passed on as it came and never resolved",
		Codes: []string{"S-6.1-03", "S-6.4-01", "S-6.5-01", "S-6.8-01", "S-6.9-01", "S-6.10-01", "S-6.14-01", "S-6.14-02", "S-6.15-01", "S-6.17-02"},
	},
	observableVersion: {
		Name:  "observable-version",
		Why:   "an observable with versions under a derived identifier is kept as its versions say, like one under its own",
		Codes: []string{"S-3.6-14"},
	},
	decryptionKey: {
		Name:  "decryption-key",
		Why:   "a key without its algorithm opens nothing by itself, and nothing here opens artifacts",
		Codes: []string{"S-6.1-06"},
	},
	referenceURL: {
		Name:  "reference-url",
		Why:   "the link of an external reference is for people and is never followed",
		Codes: []string{"S-2.5-03"},
	},
	equalTimes: {
		Name:  "equal-times",
		Why:   "an interval that ends when it starts holds no time, and no version is ordered by it",
		Codes: []string{"S-4.7-06", "S-5.1-04"},
	},
	malwareFamily: {
		Name:  "malware-family",
		Why:   "errata 01 prints is_family as optional; where it is missing, nothing is known",
		Codes: []string{"S-4.11-00"},
	},
	locationPlace: {
		Name:  "location-place",
		Why:   "a location that names only a city still names a place",
		Codes: []string{"S-4.10-01"},
	},
	mixedPattern: {
		Name:  "mixed-pattern",
		Why:   "a pattern that no single object can satisfy is stored, never evaluated",
		Codes: []string{"S-9.5-02"},
	},
}

// Tolerances is the closed list of what a source may be forgiven.
func Tolerances() []Tolerance {
	all := slices.Clone(tolerances[:])
	for i := range all {
		all[i].Codes = slices.Clone(all[i].Codes)
	}
	return all
}

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
