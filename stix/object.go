package stix

import "time"

// Object holds the facts of one object, taken once when it is read.
// Raw aliases the bytes given to [Reader.Read]; whoever keeps an Object beyond them copies Raw.
type Object struct {
	Raw         []byte   // the object exactly as received, without surrounding white space
	Hash        [32]byte // SHA-256 of Raw
	ID          ID
	Type        string
	SpecVersion string // "2.1" or "2.0"

	// Version is the text of `modified`, else of `created`, exactly as written; empty when the
	// object has neither (an SCO): its version is then the time its copy was received.
	Version string
	// VersionTime is the instant of Version, cut off below a nanosecond; zero when Version is empty.
	VersionTime time.Time

	Created, Modified time.Time // zero when absent
	CreatedBy         ID        // `created_by_ref`, or empty
	Revoked           bool
	Confidence        int // 0…100; −1 when absent
	Lang              string
	Labels            []string
	Markings          []ID       // object_marking_refs, in order, duplicates removed
	Granular          []Granular // granular_markings
	Refs              []ID       // every other _ref and _refs at any depth, in order, duplicates removed
	Extensions        []ID       // extension-definition ids that are keys of `extensions`

	// Parts of Refs, each in order and without duplicates.
	Contains   []ID // `object_refs`, of any type that has them
	Joins      []ID // what a relationship or sighting is between: all references that §5 gives them
	Translates ID   // `object_ref` of a language-content

	// What agreements choose objects by, without duplicates and surrounding white space. Readers
	// write it in either case, so it has one here.
	Sectors       []string // in lower case: `sectors` of the object and of its extensions, labels `sector:…`
	Countries     []string // in upper case: `country` of the object and of its extensions, labels `country:…`
	IdentityClass string   // in lower case: `identity_class`

	Marking *Marking // set on marking-definition objects
}

// Granular is one entry of granular_markings (STIX 2.1 §7.2.3), or a marking of an observable inside
// of observed-data's deprecated container, which is a part of the object likewise.
type Granular struct {
	Marking   ID // empty for a language marking
	Lang      string
	Selectors []string
	// Resolves reports whether every selector names something that exists in the object.
	Resolves bool
}

// Marking is what a marking-definition defines (STIX 2.1 §7.2.1).
type Marking struct {
	DefinitionType string // "tlp", "statement", another, or empty (TLP 2.0 is an extension)
	TLP            string // the colour as written in definition.tlp or the TLP 2.0 extension's tlp_2_0, else empty
	Extensions     []ID   // every key of its extensions, identifiers or not
	// Redefines is true when the id stands for a TLP level (see [TLP]) and the body defines
	// something else. STIX lets it pass; nobody should keep it.
	Redefines bool
}
