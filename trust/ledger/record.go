package ledger

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"

	"entente/stix"
)

// Bounds of a record, so that an entry is small whatever it tells: bytes of a text and of
// Detail, and the largest Seq, up to which every JSON reader is exact.
const (
	MaxText   = 512
	MaxDetail = 4096
	maxSeq    = 1<<53 - 1
)

// Kind says what a record tells.
type Kind uint8

// The kinds of records. The table below says which fields each has.
const (
	Admission       Kind = iota + 1 // a version was stored; Actor gave it
	Release                         // a version became visible to an audience
	Audience                        // defines an audience: those of Members, exactly
	Delivery                        // Member has read up to the release dated Upto; never under-stated
	Withdrawal                      // Object is no longer visible to Audience, or to anybody
	Recall                          // a withdrawal that Audience, or everybody, is told of
	Acknowledgement                 // Member answered the recall that is Target
	Policy                          // Revision was applied by Actor; Detail is its effect
	Act                             // Actor did something administrative, which Detail says
	Purge                           // the entry Target, whose leaf was Leaf, was forgotten
)

// Record is one entry of the ledger. Which fields a kind has, [Record.Check] says; Seq, Time, Kind and
// Revision all have. A release says nothing of who caused it, which is an admission's or an act's to
// tell: its record is shown to strangers.
type Record struct {
	Seq      int64     // place in the ledger, from 1; Append assigns it
	Time     time.Time // when it happened, of a release its date_added; cut to microseconds
	Kind     Kind
	Revision [32]byte // SHA-256 of the policy that decided it; of Policy, that was applied

	Actor    string
	Object   stix.ID
	Version  string    // as the release log has it; empty where every version is meant
	Hash     [32]byte  // SHA-256 of the version's bytes
	Audience int64     // Seq of the record that defines it
	Root     tlog.Hash // of an audience's members; Append computes it
	Member   string
	Upto     time.Time
	Target   int64
	Leaf     tlog.Hash
	Detail   string

	// Members of an Audience, in any order. They are no part of the encoding: they become the
	// entry's opening.
	Members []string
}

// fields is a set of the fields that not every kind has.
type fields uint16

const (
	hasActor fields = 1 << iota
	hasAudience
	hasDetail
	hasHash
	hasLeaf
	hasMember
	hasObject
	hasRoot
	hasTarget
	hasUpto
	hasVersion
)

var fieldNames = [...]string{"actor", "audience", "detail", "hash", "leaf", "member", "object", "root", "target", "upto", "version"}

func (f fields) String() string {
	var names []string
	for i, name := range fieldNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

var kinds = [...]struct {
	name      string
	must, may fields
}{
	Admission:       {"admission", hasActor | hasObject | hasVersion | hasHash, hasDetail},
	Release:         {"release", hasObject | hasVersion | hasHash | hasAudience, 0},
	Audience:        {"audience", hasRoot, 0},
	Delivery:        {"delivery", hasMember | hasUpto, 0},
	Withdrawal:      {"withdrawal", hasActor | hasObject | hasDetail, hasVersion | hasAudience},
	Recall:          {"recall", hasActor | hasObject | hasDetail, hasVersion | hasAudience},
	Acknowledgement: {"acknowledgement", hasMember | hasTarget | hasDetail, 0},
	Policy:          {"policy", hasActor, hasDetail},
	Act:             {"act", hasActor | hasDetail, hasObject | hasMember},
	Purge:           {"purge", hasActor | hasTarget | hasLeaf | hasDetail, 0},
}

func (k Kind) String() string {
	if k == 0 || int(k) >= len(kinds) {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return kinds[k].name
}

// ParseKind reads a kind's name; ok is false for anything else.
func ParseKind(s string) (k Kind, ok bool) {
	for i := Admission; i <= Purge; i++ {
		if kinds[i].name == s {
			return i, true
		}
	}
	return 0, false
}

// Check says what keeps a record from being appended, its Seq apart. Texts that people typed are
// best checked before anything depends on them: an error of Append costs the whole batch.
func (r *Record) Check() error {
	if r.Kind == 0 || int(r.Kind) >= len(kinds) {
		return fmt.Errorf("%s: use one of the kinds, from admission to purge", r.Kind)
	}
	has := r.has()
	if missing := kinds[r.Kind].must &^ has; missing != 0 {
		return fmt.Errorf("%s record without %s: fill it in", r.Kind, missing)
	}
	if extra := has &^ (kinds[r.Kind].must | kinds[r.Kind].may); extra != 0 {
		return fmt.Errorf("%s record with %s: leave it empty", r.Kind, extra)
	}
	if r.Revision == [32]byte{} {
		return fmt.Errorf("%s record without revision: name the policy that decided", r.Kind)
	}
	if !datable(r.Time) || !datable(r.Upto) && has&hasUpto != 0 {
		return fmt.Errorf("%s record with a time outside the years 1 to 9999", r.Kind)
	}
	if has&hasObject != 0 {
		if _, err := stix.ParseID(string(r.Object)); err != nil {
			return fmt.Errorf("%s record: object: %w", r.Kind, err)
		}
	}
	for _, text := range [...]string{r.Actor, string(r.Object), r.Version, r.Member} {
		if len(text) > MaxText || !utf8.ValidString(text) {
			return fmt.Errorf("%s record: a text is too long or not UTF-8: at most %d bytes", r.Kind, MaxText)
		}
	}
	if len(r.Detail) > MaxDetail || !utf8.ValidString(r.Detail) {
		return fmt.Errorf("%s record: detail is too long or not UTF-8: at most %d bytes", r.Kind, MaxDetail)
	}
	return nil
}

// checkPlace says what is wrong with Seq and with the entries that a record refers to: these
// come before it.
func (r *Record) checkPlace() error {
	if r.Seq < 1 || r.Seq > maxSeq {
		return fmt.Errorf("seq %d: entries are numbered from 1 to 2^53-1", r.Seq)
	}
	if r.Audience < 0 || r.Audience >= r.Seq || r.Target < 0 || r.Target >= r.Seq {
		return fmt.Errorf("%s record %d refers to audience %d and target %d: name entries before it", r.Kind, r.Seq, r.Audience, r.Target)
	}
	return nil
}

func (r *Record) has() (f fields) {
	set := func(present bool, field fields) {
		if present {
			f |= field
		}
	}
	set(r.Actor != "", hasActor)
	set(r.Audience != 0, hasAudience)
	set(r.Detail != "", hasDetail)
	set(r.Hash != [32]byte{}, hasHash)
	set(r.Leaf != tlog.Hash{}, hasLeaf)
	set(r.Member != "", hasMember)
	set(r.Object != "", hasObject)
	set(r.Root != tlog.Hash{} || len(r.Members) > 0, hasRoot)
	set(r.Target != 0, hasTarget)
	set(!r.Upto.IsZero(), hasUpto)
	set(r.Version != "", hasVersion)
	return f
}

func datable(t time.Time) bool {
	year := t.UTC().Year()
	return !t.IsZero() && year >= 1 && year <= 9999
}
