package trust

import (
	"errors"
	"slices"
	"time"

	"entente/configs"
)

// LocalFile is local.yaml: our defaults, and rules that only tighten (P-0).
type LocalFile struct {
	Format       int              `yaml:"format" choice:"1"`
	Unmarked     Level            `yaml:"unmarked" choice:"hold|clear|green"`      // Unmarked means hold
	UnmarkedFrom map[string]Level `yaml:"unmarked_from" choice:"hold|clear|green"` // by member or source
	Public       bool             `yaml:"public"`
	Widening     string           `yaml:"widening" choice:"one|two"`
	Suspended    []string         `yaml:"suspended" empty:"ok"` // agreements
	Accounts     LocalAccounts    `yaml:"accounts"`
	Red          []string         `yaml:"red" empty:"ok"` // role names or account names that read RED
	Rules        []Rule           `yaml:"rules" empty:"ok"`
}

// LocalAccounts is the highest level that local accounts read, RED apart.
type LocalAccounts struct {
	Person Level    `yaml:"person" choice:"clear|green|amber|amber+strict"`
	Tool   Level    `yaml:"tool" choice:"clear|green|amber|amber+strict"`
	Red    []string `yaml:"red" empty:"ok"` // another place for [LocalFile.Red], which holds it once parsed
}

// Rule tightens what anybody granted.
type Rule struct {
	To            configs.Choice      `yaml:"to"`
	Approval      map[Level]Approvers `yaml:"approval" choice:"one|two"` // from this level up
	Embargo       Embargo             `yaml:"embargo"`
	MinConfidence int                 `yaml:"min_confidence" write:"a whole number from 0 to 100"`
	Exclude       []Exclude           `yaml:"exclude" single:"ok"`
}

// Approvers is how many people must agree: one or two.
type Approvers string

// Embargo keeps an object back: for a time from its receipt, or until an instant.
type Embargo struct {
	For   time.Duration
	Until time.Time
}

// UnmarshalText reads a time span or an RFC 3339 timestamp.
func (e *Embargo) UnmarshalText(text []byte) error {
	var d configs.Duration
	if d.UnmarshalText(text) == nil {
		*e = Embargo{For: time.Duration(d)}
		return nil
	}
	at, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return errors.New("write a time span from receipt, as in 2h, or an instant, as in 2026-05-01T12:00:00Z")
	}
	*e = Embargo{Until: at.UTC()}
	return nil
}

// defaultLocal is local.yaml where it is absent or silent.
func defaultLocal() LocalFile {
	return LocalFile{
		Format:   1,
		Widening: "one",
		Accounts: LocalAccounts{Person: AmberStrict, Tool: Amber},
		Red:      []string{Officer.String()},
	}
}

// Validate checks what local.yaml says about itself.
func (l *LocalFile) Validate(report configs.Report) {
	checkUnique(report, l.Suspended, "suspended")
	checkUnique(report, l.Red, "red")
	checkUnique(report, l.Accounts.Red, "accounts", "red")
	for i, r := range l.Rules {
		if r.MinConfidence < 0 || r.MinConfidence > 100 {
			report("min_confidence: write a whole number from 0 to 100", "rules", i, "min_confidence")
		}
		if len(r.Approval) == 0 && r.Embargo == (Embargo{}) && r.MinConfidence == 0 && r.Exclude == nil {
			report("this rule does nothing; write approval, embargo, min_confidence or exclude", "rules", i)
		}
		if _, held := r.Approval[Unmarked]; held {
			report("approval: what is unmarked is held already; write clear, green, amber or amber+strict", "rules", i, "approval")
		}
	}
}

// readsRed reports whether a local person is named, by account or role, to read RED.
func (l LocalFile) readsRed(p Principal) bool {
	return p.Person && (slices.Contains(l.Red, p.ID) || slices.Contains(l.Red, p.Role.String()))
}

// Date is a day, in UTC. The zero value is none: an open end.
type Date struct{ day time.Time }

// DateOf is the day of an instant.
func DateOf(t time.Time) Date {
	t = t.UTC()
	return Date{time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)}
}

// UnmarshalText reads YYYY-MM-DD.
func (d *Date) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return errors.New("write a day, as in 2026-01-31")
	}
	d.day = t
	return nil
}

// String is YYYY-MM-DD, empty without a day.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.day.Format(time.DateOnly)
}

// IsZero reports whether there is no day.
func (d Date) IsZero() bool { return d.day.IsZero() }

// Start is the day's first instant.
func (d Date) Start() time.Time { return d.day }

// End is the first instant after the day.
func (d Date) End() time.Time { return d.day.AddDate(0, 0, 1) }

// within reports whether t lies from the start of one day to the end of another; a zero day
// is an open end.
func within(t time.Time, from, until Date) bool {
	return !t.Before(from.Start()) && (until.IsZero() || t.Before(until.End()))
}

// Holds reports whether the agreement is in force by its dates.
func (v Validity) Holds(t time.Time) bool { return within(t, v.From, v.Until) }

// Over reports whether the agreement has ended by its dates.
func (v Validity) Over(t time.Time) bool { return !v.Until.IsZero() && !t.Before(v.Until.End()) }

// SpeaksAt reports whether the member speaks for the identity at t.
func (m MemberIdentity) SpeaksAt(t time.Time) bool { return within(t, m.From, m.Until) }
