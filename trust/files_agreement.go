package trust

import (
	"slices"
	"strings"

	"entente/configs"
	"entente/stix"
)

// AgreementFile is agreements/<id>.yaml: what the parties agreed, the same bytes on all sides (P-0).
type AgreementFile struct {
	Format    int                 `yaml:"format" choice:"1"`
	Agreement string              `yaml:"agreement" required:"true" write:"the agreement's short name, as the file is named"`
	Kind      string              `yaml:"kind" choice:"mou|informal|mandate"` // description only
	Parties   []string            `yaml:"parties" required:"true" write:"the short names of those who agreed"`
	Valid     Validity            `yaml:"valid"`
	Flows     []Flow              `yaml:"flows" empty:"ok"`
	Markings  map[stix.ID]Meaning `yaml:"markings"`
	Baseline  string              `yaml:"baseline" choice:"keep|replace"`
	Terms     Terms               `yaml:"terms"`
	Purposes  []string            `yaml:"purposes" empty:"ok"`
	Ends      Ends                `yaml:"ends"`
	Text      *Text               `yaml:"text"`
	Tests     []Test              `yaml:"tests" empty:"ok"`
}

// Validity is when an agreement holds; both days are inside, in UTC.
type Validity struct {
	From  Date `yaml:"from"`
	Until Date `yaml:"until"`
}

// Flow is one direction of an agreement: what one party gives another.
type Flow struct {
	From      string         `yaml:"from" required:"true" write:"the party that gives"`
	To        string         `yaml:"to" required:"true" write:"the party that gets"`
	MaxTLP    Level          `yaml:"max_tlp" required:"true" choice:"clear|green|amber|amber+strict|red" write:"one of clear, green, amber, amber+strict"`
	Types     configs.Choice `yaml:"types"`
	Sectors   configs.Choice `yaml:"sectors"`
	Countries configs.Choice `yaml:"countries"`
	Labels    configs.Choice `yaml:"labels"`
	Exclude   []Exclude      `yaml:"exclude" single:"ok"`
	Onward    Onward         `yaml:"onward" choice:"none|constituents|community"` // empty: what TLP says (P-3)
	Community string         `yaml:"community"`
}

// Validate checks what a flow chooses by.
func (f *Flow) Validate(report configs.Report) { checkScope(report, f.Types, f.Sectors, f.Countries) }

// Onward is who the receiver may pass an object on to (P-3).
type Onward string

const (
	OnwardNone         Onward = "none"
	OnwardConstituents Onward = "constituents"
	OnwardCommunity    Onward = "community"
)

// Exclude takes away what matches all its keys.
type Exclude struct {
	Types     configs.Choice `yaml:"types"`
	Sectors   configs.Choice `yaml:"sectors"`
	Countries configs.Choice `yaml:"countries"`
	Labels    configs.Choice `yaml:"labels"`
}

// Meaning is what the parties say a marking stands for.
type Meaning struct {
	Level Level          `yaml:"level" required:"true" choice:"clear|green|amber|amber+strict|red"`
	To    configs.Choice `yaml:"to"` // the members it is for
}

// Terms bind whoever receives.
type Terms struct {
	Attribution  string           `yaml:"attribution"`
	PersonalData string           `yaml:"personal_data" choice:"may|hold|withhold"`
	Retention    configs.Duration `yaml:"retention"`
	RecallAck    configs.Duration `yaml:"recall_ack"`
	BreachNotice configs.Duration `yaml:"breach_notice"`
}

// Ends is what happens when the agreement does.
type Ends struct {
	Notice configs.Duration `yaml:"notice"`
	Then   string           `yaml:"then" choice:"keep-under-terms|destroy"`
}

// Text is the signed document.
type Text struct {
	File   string `yaml:"file" required:"true"`
	SHA256 string `yaml:"sha256" required:"true"`
}

// Test is a decision that an agreement promises; a revision in which one fails is not applied.
type Test struct {
	From   string     `yaml:"from" required:"true"`
	To     string     `yaml:"to" required:"true"`
	Object TestObject `yaml:"object" required:"true"`
	Expect string     `yaml:"expect" required:"true" choice:"release|hold|withhold"`
	Reason string     `yaml:"reason"` // a code that must be among the reasons; empty: none asked
}

// TestObject is what a test asks about.
type TestObject struct {
	Type       string   `yaml:"type" required:"true"`
	TLP        Level    `yaml:"tlp" choice:"clear|green|amber|amber+strict|red"` // Unmarked: none
	Sectors    []string `yaml:"sectors"`
	Countries  []string `yaml:"countries"`
	Labels     []string `yaml:"labels"`
	Confidence *int     `yaml:"confidence"` // for the reader: only local rules ask for it
}

// Validate checks what a test's object is said to have.
func (o *TestObject) Validate(report configs.Report) { checkScope(report, nil, o.Sectors, o.Countries) }

// reasonCodes are P-4's; scope:<field> stands for itself.
var reasonCodes = [...]string{
	"recipient", "echo", "recalled", "marking", "unmarked", "recipients", "red", "onward", "need-to-know", "dialect",
	"ceiling", "scope:types", "scope:sectors", "scope:countries", "scope:labels", "scope:min_confidence",
	"exclude", "personal", "reference", "embargo", "approval",
}

// Validate checks what an agreement says about itself.
func (a *AgreementFile) Validate(report configs.Report) {
	checkID(report, a.Agreement, "agreement")
	if len(a.Parties) == 1 {
		report("parties: an agreement has at least two", "parties")
	}
	checkUnique(report, a.Parties, "parties")
	checkOrder(report, a.Valid.From, a.Valid.Until, "valid", "until")
	for i, f := range a.Flows {
		a.checkPair(report, f.From, f.To, "flows", i)
		if f.Onward != OnwardCommunity && f.Community != "" {
			report("community: say `onward: community` with it, or remove it", "flows", i, "community")
		}
	}
	for id := range a.Markings {
		checkMarking(report, id, "markings", configs.Key(id))
	}
	for i, t := range a.Tests {
		a.checkPair(report, t.From, t.To, "tests", i)
		if t.Reason != "" && !slices.Contains(reasonCodes[:], t.Reason) {
			report("reason: write one of "+strings.Join(reasonCodes[:], ", "), "tests", i, "reason")
		}
		if t.Expect == "release" && t.Reason != "" {
			report("reason: a release has none; remove it", "tests", i, "reason")
		}
	}
}

func (a *AgreementFile) checkPair(report configs.Report, from, to, list string, i int) {
	for _, side := range [...]struct{ key, id string }{{"from", from}, {"to", to}} {
		if side.id != "" && len(a.Parties) > 1 && !slices.Contains(a.Parties, side.id) {
			report(side.key+": `"+side.id+"` is not among the parties; write one of "+strings.Join(a.Parties, ", "), list, i, side.key)
		}
	}
	if from == to && from != "" {
		report("to: nobody gives to itself", list, i, "to")
	}
}

// Validate checks that an exclusion says what it excludes.
func (e *Exclude) Validate(report configs.Report) {
	if e.Types.Any() && e.Sectors.Any() && e.Countries.Any() && e.Labels.Any() {
		report("exclude: this would exclude everything; name types, sectors, countries or labels")
	}
	checkScope(report, e.Types, e.Sectors, e.Countries)
}

// CommunityFile is communities/<id>.yaml: a network, its roster and its terms (P-0).
type CommunityFile struct {
	Format    int                 `yaml:"format" choice:"1"`
	Community string              `yaml:"community" required:"true" write:"the community's short name, as the file is named"`
	Name      string              `yaml:"name"`
	Members   []string            `yaml:"members" required:"true" write:"the short names of its members"`
	Hub       string              `yaml:"hub"`
	MaxTLP    Level               `yaml:"max_tlp" choice:"clear|green|amber|amber+strict|red"`
	Onward    Onward              `yaml:"onward" choice:"none|community"`
	Markings  map[stix.ID]Meaning `yaml:"markings"`
	Roster    string              `yaml:"roster" choice:"open|closed"`
}

// Validate checks what a community says about itself.
func (c *CommunityFile) Validate(report configs.Report) {
	checkID(report, c.Community, "community")
	checkUnique(report, c.Members, "members")
	for id := range c.Markings {
		checkMarking(report, id, "markings", configs.Key(id))
	}
}
