package exchange

import (
	"time"

	"entente/stix"
	"entente/trust"
)

// Revision is a policy folder as somebody wants it in force.
type Revision struct {
	Policy *trust.Policy
	Files  []trust.File // what it was parsed from
	Author string
}

// Change is what a revision changes for members (P-6).
type Change struct {
	Revision string         `json:"revision"` // SHA-256 of the folder
	Members  []MemberChange `json:"members"`
	Applied  bool           `json:"applied,omitempty"`
	Waits    bool           `json:"waits,omitempty"` // for a second officer (`widening: two`)
}

// MemberChange is what a member newly gets, and what it no longer does, most sensitive first.
type MemberChange struct {
	Member   string    `json:"member"`
	Release  []stix.ID `json:"release"`
	Withdraw []stix.ID `json:"withdraw"`
}

// Applied is one revision of the history.
type Applied struct {
	Number   uint64    `json:"number"`
	Revision string    `json:"revision"`
	Author   string    `json:"author"`
	At       time.Time `json:"at"`
	Release  int       `json:"release"`  // objects newly released, over all members
	Withdraw int       `json:"withdraw"` // and withdrawn
}

// Explanation is why a member gets an object, or not: every check of P-4.
type Explanation struct {
	Object   stix.ID `json:"object"`
	Version  string  `json:"version,omitempty"`
	Member   string  `json:"member"`
	Decision string  `json:"decision"`          // release, hold or withhold
	Primary  string  `json:"primary,omitempty"` // the first check of the strongest outcome
	Label    string  `json:"label"`
	Grant    string  `json:"grant,omitempty"` // what granted a release
	File     string  `json:"file,omitempty"`  // where that stands
	Line     int     `json:"line,omitempty"`
	Checks   []Check `json:"checks"`
}

// Check is one check and what it came to.
type Check struct {
	Code    string    `json:"code"`
	Outcome string    `json:"outcome"` // pass, hold or withhold
	Detail  string    `json:"detail,omitempty"`
	File    string    `json:"file,omitempty"`
	Line    int       `json:"line,omitempty"`
	Until   time.Time `json:"until,omitzero"` // of an embargo
}

// Held is an object that waits for somebody's approval, or for a time, before a member gets it.
type Held struct {
	Object stix.ID   `json:"object"`
	Member string    `json:"member"`
	Codes  []string  `json:"codes"`
	Since  time.Time `json:"since"`
	Type   string    `json:"type"`
	Source string    `json:"source,omitempty"` // the member it came from; empty: ours
}

// HoldChoice chooses among what is held. Empty fields choose everything.
type HoldChoice struct {
	Objects []stix.ID `json:"objects,omitempty"`
	Member  string    `json:"member,omitempty"`
	Source  string    `json:"source,omitempty"`
	Type    string    `json:"type,omitempty"`
	Code    string    `json:"code,omitempty"`
}

// Suspect is an object in quarantine.
type Suspect struct {
	Object  stix.ID   `json:"object"`
	Version string    `json:"version"`
	Source  string    `json:"source"`
	Kind    string    `json:"kind"` // claim, conflict or future
	Since   time.Time `json:"since"`
	Key     uint64    `json:"key"` // tells several of one object apart
}

// Recall is an object that was taken back, and what its recipients said (P-7).
type Recall struct {
	Object     stix.ID     `json:"object"`
	Versions   []string    `json:"versions"`
	Reason     string      `json:"reason"`
	By         string      `json:"by"`
	At         time.Time   `json:"at"`
	Recipients []Recipient `json:"recipients"`
}

// Recipient is a member to whom a recalled object was delivered.
type Recipient struct {
	Member string `json:"member"`
	State  string `json:"state"` // pending, acknowledged or unable
}
