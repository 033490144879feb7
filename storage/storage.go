package storage

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"entente/stix"
	"entente/trust"
)

// ErrNotFound is a record that is not there.
var ErrNotFound = errors.New("storage: not found")

// Added dates a release and orders the log: microseconds since 1970 in UTC, assigned in commit
// order, strictly increasing and never repeated, also across restarts and clock steps. It is
// TAXII's `date_added`, and unique, so it is also the position that a reader continues from.
type Added int64

// AddedAt is the position of an instant; finer than a microsecond is cut off.
func AddedAt(t time.Time) Added { return Added(t.UnixMicro()) }

// Time is the instant of a position.
func (a Added) Time() time.Time { return time.UnixMicro(int64(a)).UTC() }

// Body is one stored copy of one version of an object, byte for byte.
type Body struct {
	Key      uint64 // sequential, assigned by the committer
	ID       stix.ID
	Version  string    // as written; of an object without versions, the time it was received
	Instant  time.Time // of Version
	Class    uint32    // the label and origin of this copy alone; see Classes
	Received time.Time
	Hash     [32]byte
	Raw      []byte
}

// Entry is one line of the release log: a version that became visible at Added.
type Entry struct {
	Added Added
	Body  uint64
	Class uint32 // effective: joined with the labels of later versions (P-2)

	// The version's place among the live versions of its object that stand in the log: the
	// greatest Added of a greater version, of a lesser one, and of a copy in a later STIX
	// version; 0 where there is none. With these, "last" and "first" need no look at siblings,
	// whatever `added_after` cuts off.
	Newer, Older, NewerSpec Added

	// Beside is true for a version of an object of which others gave copies too: a reader sees one
	// of them, and which one depends on what it may see (P-5).
	Beside bool

	// Audience numbers the members for whom this entry is the release; 0: whoever its class lets
	// through. What becomes visible to somebody later is a further entry with an audience.
	Audience uint32

	// Split is true where the version, or another version of its object, has several entries.
	Split bool
}

// State says what became of a copy that somebody sent.
type State uint8

const (
	Live      State = iota + 1 // in the log
	Withdrawn                  // deleted from every view; its label goes on covering what it covered
	Route                      // the same bytes from a second source: noted, nothing else
	Claim                      // other content for another's object: kept aside, never merged
	Conflict                   // other content for a version that the same source sent
	Future                     // dated too far ahead of its receipt
	Recalled                   // taken back: it keeps its version from coming again by any route (P-7)
)

// Aside reports whether the copy is in quarantine.
func (s State) Aside() bool { return s == Claim || s == Conflict || s == Future }

// Copy is the index record of one copy of one version that one source sent.
type Copy struct {
	Key     uint64  // unique; the body's key where a body was stored
	Body    uint64  // where the bytes are
	Added   Added   // the first entry of a Live copy
	Also    []Added // its further entries, ascending
	Instant time.Time
	Class   uint32 // the copy's own class; it names type, STIX version and source
	State   State
	Had     uint32     // audience of those who could see it and no longer can
	Waived  bool       // people released or approved it for somebody
	Along   [][16]byte // UUIDs of what goes along with it, if it is there: its companions (P-2)
}

// Status is the answer to one POST, kept for those who ask later (TAXII 2.1 §4.3).
type Status struct {
	ID      [16]byte // UUIDv4
	Owner   string   // the principal who posted
	Expires time.Time
	Body    []byte // the status resource as JSON
}

// Batch is what one commit makes visible. All of it is durable when Commit returns nil, and
// none of it is visible otherwise. Keys are assigned by the caller; Bodies and Append ascend
// and continue after the store's Head.
type Batch struct {
	Classes  []Class // newly interned
	Records  []Record
	Bodies   []Body
	Append   []Entry
	Amend    []Entry // entries already in the log whose class or place changed
	Remove   []Added // entries that leave the log
	Copies   []IDCopy
	Statuses []Status
	Expired  time.Time // statuses that expire before this are forgotten; zero: none
	Meta     map[string][]byte
	Purge    []uint64 // bodies that are deleted
}

// IDCopy is a Copy under its object's id: a new one, one that replaces its Key or, without a State,
// the end of that one.
type IDCopy struct {
	ID stix.ID
	Copy
}

// Record is a small value of a kind of its own, ordered by key: what a node keeps beside objects.
type Record struct {
	Kind  byte
	Key   []byte
	Value []byte // nil: the record goes
}

// Class is an interned class: few distinct ones exist, and every record names one by number.
type Class struct {
	ID uint32
	Case
}

// Case is all that the decisions about a version depend on, for every recipient: its class, and
// what people and other objects add to it. It is comparable.
type Case struct {
	trust.Class
	Recalled  bool          `json:",omitempty"`
	Shadowed  bool          `json:",omitempty"` // somebody who speaks for the object gave it too (P-5)
	Routes    trust.Set     `json:",omitempty"` // members that brought the same bytes too
	Age       time.Duration `json:",omitempty"` // of the embargoes from receipt that are over, the longest
	Explicit  trust.Set     `json:",omitempty"` // members to whom a person released it
	Approved  trust.Set     `json:",omitempty"` // members for whom a person approved it
	Confirmed trust.Set     `json:",omitempty"` // members for whom two did
	As        trust.Level   `json:",omitempty"` // what they gave what is unmarked
	Targets   Numbers       `json:",omitempty"` // classes of what it refers to
	Derived   Numbers       `json:",omitempty"` // classes of what it refers to by an id that tells its content
	Inside    Numbers       `json:",omitempty"` // classes of what alone labels it above GREEN (P-2)
	Under     Numbers       `json:",omitempty"` // of an earlier version: classes of the newest, which decides (P-4)
	Before    uint32        `json:",omitempty"` // class of the version that it corrects
	Holders   trust.Set     `json:",omitempty"` // members who held that one
	Companion stix.ID       `json:",omitempty"` // its id, where it goes along with others (P-2)
	Addressed trust.Set     `json:",omitempty"` // of a system object: for whom it is
}

// Bare is the case without what other objects add: what counts where others refer to it (P-4, 11).
func (c Case) Bare() Case {
	c.Targets, c.Derived, c.Inside, c.Under, c.Before, c.Holders = "", "", "", "", 0, ""
	c.Shadowed, c.Companion = false, ""
	return c
}

// Numbers is an ascending list of numbers in a comparable form.
type Numbers string

// NumbersOf makes a list; duplicates are left out.
func NumbersOf(ns ...uint32) Numbers {
	var b []byte
	for _, n := range slices.Compact(slices.Sorted(slices.Values(ns))) {
		b = strconv.AppendUint(append(b, ' '), uint64(n), 10)
	}
	return Numbers(b)
}

// All are the numbers.
func (n Numbers) All() (all []uint32) {
	for f := range strings.FieldsSeq(string(n)) {
		v, _ := strconv.ParseUint(f, 10, 32) // NumbersOf wrote it
		all = append(all, uint32(v))
	}
	return all
}

// Head is where the next commit continues.
type Head struct {
	Added Added  // of the last entry ever appended, also if it was removed since
	Key   uint64 // last key of a body or copy
}

// Committer is the only way to write. Calls must not overlap: the store has one writer.
type Committer interface {
	// Commit writes the batch in one transaction and returns when it is on stable storage.
	// An error means that the outcome is unknown: the caller must stop using the store.
	Commit(ctx context.Context, b *Batch) error
}

// Viewer opens snapshots.
type Viewer interface {
	// View runs fn on one consistent snapshot. Byte slices that the snapshot hands out are
	// valid only until fn returns. Writers are not kept waiting, but pages that they free
	// cannot be reused meanwhile: be brief.
	View(ctx context.Context, fn func(Snapshot) error) error
}

// Snapshot reads one consistent state.
type Snapshot interface {
	Head() (Head, error)
	// Classes yields every interned class, in ascending order of ID.
	Classes() iter.Seq2[Class, error]
	// Log yields the entries after a position, ascending. It may be abandoned at any point.
	Log(after Added) iter.Seq2[Entry, error]
	// Entry finds one entry, or ErrNotFound.
	Entry(at Added) (Entry, error)
	// Body finds one body, or ErrNotFound. Calls with ascending keys are the fast way.
	Body(key uint64) (Body, error)
	// Raw is Body's object bytes alone.
	Raw(key uint64) ([]byte, error)
	// Copies yields what is known of the objects that share this id's UUID, in ascending order
	// of Key; a copy's class names its type.
	Copies(id stix.ID) iter.Seq2[Copy, error]
	// Status finds a status, or ErrNotFound; whether it expired is the caller's to say.
	Status(id [16]byte) (Status, error)
	// Meta is a small named value, or ErrNotFound.
	Meta(name string) ([]byte, error)
	// Record is the value of a record, or ErrNotFound.
	Record(kind byte, key []byte) ([]byte, error)
	// Records yields the records of a kind whose keys begin with prefix, ascending.
	Records(kind byte, prefix []byte) iter.Seq2[Record, error]
}

// Store is a driver.
type Store interface {
	Committer
	Viewer
	Close() error
}
