package trust

import (
	"time"

	"entente/stix"
)

// Class is what a decision depends on and many versions share. It is comparable, few distinct ones
// exist, and every stored version names its class, so that a decision is made once for all of them.
type Class struct {
	Type        string
	SpecVersion string
	Label       Label // effective (P-2)
	Revoked     bool
	Observable  bool // without versions: every source's copy is a line of its own (P-5)
	Source      Source

	Owner      string  // the member whose object it is, where that is not the source; see P-5
	SecondHand bool    // names another member as its creator, and nothing proves it (P-5)
	Onward     Passing // of a received object: what we may do with it (P-3)

	Scope      Scope
	Confidence Confidence
	Personal   bool // personal data (P-4, 10b)
	System     bool // a notice or an acknowledgement: addressed, not shared
}

// Source is the authenticated channel by which an object came (P-5), never its payload.
type Source struct {
	Kind SourceKind
	Name string // member id, or name of the pinned source; empty for local accounts
}

// SourceKind tells ours from theirs.
type SourceKind uint8

const (
	FromNobody SourceKind = iota
	FromUs                // a local account published it
	FromPinned            // a public source that we know and republish (sources/*.yaml)
	FromMember            // a member brought it
)

// Ours reports whether objects of this source are published by this node.
func (s Source) Ours() bool { return s.Kind == FromUs || s.Kind == FromPinned }

// Domain reports whether this is a domain object, which is what agreements choose by type (P-4).
func (c *Class) Domain() bool { return !c.Observable && stix.IsDomainType(c.Type) }

// Received reports whether the object is a member's, so that onward terms bind us: also when a
// local account published it, because tools re-publish all they see (P-5).
func (c *Class) Received() bool { return c.Source.Kind == FromMember || c.Owner != "" }

// Originator is the member whose object it is; empty for ours.
func (c *Class) Originator() string {
	if c.Owner == "" && c.Source.Kind == FromMember {
		return c.Source.Name
	}
	return c.Owner
}

// Passing is who may get a received object from us, as agreed when it came in (P-3). The zero
// value is what TLP itself says.
type Passing struct {
	To          Onward
	Communities Set // that `onward: community` means, each of them; empty: any that the three share
}

// Scope is what agreements choose objects by, besides their type and label (P-4).
type Scope struct {
	Sectors, Countries, Labels Set
}

// Confidence is an object's `confidence`, one more than it says, so that the zero value is none.
type Confidence uint8

// NoConfidence is of types that do not have the property at all: it is above any minimum.
const NoConfidence Confidence = 255

// ConfidenceOf is the confidence of an object that says n, from 0 to 100; less than 0 is none.
func ConfidenceOf(n int) Confidence {
	if n < 0 || n > 100 {
		return 0
	}
	return Confidence(n + 1)
}

// reaches reports whether the confidence is at least so much; what is not said is not.
func (c Confidence) reaches(least int) bool {
	return least == 0 || int(c) > least
}

// Circumstances are what a decision depends on that one version, or one recipient, has to itself.
type Circumstances struct {
	Received  time.Time // when this node took the version in
	Recalled  bool
	Explicit  bool     // a person released it to this recipient (RED goes no other way)
	Approval  Approval // what people agreed to for this recipient
	Corrects  bool     // the recipient holds an earlier version that today's policy would release
	Companion bool     // it goes along with an object that is released (P-2)
	Targets   []Target // what it refers to and the node holds (P-4, 11)
	Routes    Set      // members that brought the same bytes too (P-5)
	Apart     bool     // only containers label it above GREEN, and none of these goes to the recipient (P-2)
}

// Approval is what people agreed to for a version and a recipient.
type Approval struct {
	By int   // how many they were
	As Level // the level that they gave what is unmarked
}

// Target is an object that the one in question refers to.
type Target struct {
	Class         *Class
	Circumstances *Circumstances
	Derived       bool // its identifier tells its content (UUIDv5)
}

// isPersonal reports whether objects of a type are personal data whatever they say (P-4, 10b); an
// identity is if it is an individual's.
func isPersonal(typ string) bool {
	return typ == "email-addr" || typ == "email-message" || typ == "user-account"
}
