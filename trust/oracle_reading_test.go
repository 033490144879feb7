package trust_test

import (
	"slices"
	"strings"
	"time"

	"entente/trust"
)

// This file reads P-2 to P-4 a second time: slow, obvious, in the order of the text, and without
// any code of Decide. What it takes from package trust is data. Where the two differ, one of them
// has misread the page.

// finding is one row of P-4's table that speaks against release.
type finding struct {
	number  string // the row: "1" … "13", "8a"
	code    string
	outcome trust.Outcome
}

// question is what the table is asked.
type question struct {
	policy *trust.Policy
	now    time.Time
	class  *trust.Class
	o      *trust.Circumstances
	id     string // a member's
	public bool   // an anonymous caller asks
	level  trust.Level
	open   bool // it has a mark, or one is assumed for it
}

// oracle answers as Decide should, with the outcome of every code that speaks against release.
func oracle(p *trust.Policy, now time.Time, c *trust.Class, o *trust.Circumstances, to trust.Principal) (trust.Outcome, map[string]trust.Outcome) {
	o = askedBy(o, to)
	q := question{policy: p, now: now, class: c, o: o, id: to.ID, public: to.Kind == trust.Anonymous}
	q.level, q.open = effective(p, c, o)
	var found []finding
	switch to.Kind {
	case trust.Account:
		found = q.local(to)
	case trust.Anonymous, trust.Member:
		found = q.table()
	default:
		found = []finding{{"1", "recipient", trust.Withhold}}
	}
	return strongest(found)
}

// askedBy leaves out what people give to members: nobody approves for an account or for callers
// whom nobody knows.
func askedBy(o *trust.Circumstances, to trust.Principal) *trust.Circumstances {
	if to.Kind == trust.Member {
		return o
	}
	plain := *o
	plain.Explicit, plain.Corrects, plain.Approval, plain.Targets = false, false, trust.Approval{}, nil
	for _, t := range o.Targets {
		t.Circumstances = askedBy(t.Circumstances, to)
		plain.Targets = append(plain.Targets, t)
	}
	return &plain
}

func strongest(found []finding) (trust.Outcome, map[string]trust.Outcome) {
	outcome, codes := trust.Release, map[string]trust.Outcome{}
	for _, f := range found {
		was, again := codes[f.code]
		if !again || f.outcome < was {
			codes[f.code] = f.outcome
		}
		outcome = min(outcome, f.outcome)
	}
	return outcome, codes
}

// effective is the end of P-2: what is still unmarked may be opened as CLEAR or GREEN, by a pinned
// source, by `unmarked`, or by the officer who approves it.
func effective(p *trust.Policy, c *trust.Class, o *trust.Circumstances) (level trust.Level, open bool) {
	level = c.Label.Level
	if level != trust.Unmarked && !c.Label.Unmarked {
		return level, true
	}
	assumed := assumption(p, c)
	if assumed == trust.Unmarked && o.Approval.By > 0 && (o.Approval.As == trust.Clear || o.Approval.As == trust.Green) {
		assumed = o.Approval.As
	}
	return max(level, assumed), assumed != trust.Unmarked
}

// assumption is `unmarked_from` for the source or member where local.yaml has it; else a pinned
// source's own file, which holds where it is silent; else `unmarked`.
func assumption(p *trust.Policy, c *trust.Class) trust.Level {
	if c.Source.Kind == trust.FromPinned || c.Source.Kind == trust.FromMember {
		if level, ok := p.Local.UnmarkedFrom[c.Source.Name]; ok {
			return level
		}
	}
	if c.Source.Kind == trust.FromPinned {
		return p.Sources[c.Source.Name].Unmarked
	}
	return p.Local.Unmarked
}

// row is a line of P-4's table; companions and explicit say what the notes under it do to the row.
type row struct {
	number     string
	companions bool // applies to companions
	explicit   bool // an explicit release overrides it
	check      func(*question) []finding
}

// table is P-4.
func (q *question) table() (found []finding) {
	if q.unknown() { // of a stranger there is nothing more to say
		return q.check1()
	}
	if q.class.System { // addressed, not shared
		return withhold(q.public || q.suspended(), "recipient")
	}
	for _, r := range [...]row{
		{"1", true, false, (*question).check1},
		{"2", true, false, (*question).check2},
		{"3", true, false, (*question).check3},
		{"4", true, false, (*question).check4},
		{"5", false, false, (*question).check5},
		{"6", true, false, (*question).check6},
		{"7", false, true, (*question).check7},
		{"8", false, false, (*question).check8},
		{"8a", false, true, (*question).check8a},
		{"8b", false, false, (*question).check8b},
		{"9", false, true, (*question).check9},
		{"10", false, true, (*question).check10},
		{"10a", true, false, (*question).check10a},
		{"10b", false, true, (*question).check10b},
		{"11", false, false, (*question).check11},
		{"12", false, true, (*question).check12},
		{"13", false, true, (*question).check13},
	} {
		switch {
		case q.o.Companion && !r.companions:
		case q.o.Explicit && !q.public && r.explicit: // `release --to MEMBER`
		case q.o.Corrects && r.number == "10":
		default:
			for _, f := range r.check(q) {
				found = append(found, finding{r.number, f.code, f.outcome})
			}
		}
	}
	return found
}

func withhold(when bool, code string) []finding {
	if when {
		return []finding{{code: code, outcome: trust.Withhold}}
	}
	return nil
}

func hold(when bool, code string) []finding {
	if when {
		return []finding{{code: code, outcome: trust.Hold}}
	}
	return nil
}

// 1: recipient unknown, suspended, or trust 0.
func (q *question) check1() []finding {
	return withhold(q.unknown() || q.suspended() || !q.public && q.policy.Members[q.id].Trust == 0, "recipient")
}

func (q *question) unknown() bool {
	if q.public {
		return !q.policy.Local.Public
	}
	_, known := q.policy.Members[q.id]
	return !known
}

func (q *question) suspended() bool { return q.policy.Links[q.id].Suspended }

// 2: recipient is the originator or the source it came from, by whatever route.
func (q *question) check2() []finding {
	from := q.class.Source.Kind == trust.FromMember && q.class.Source.Name == q.id
	return withhold(q.id != "" && (from || q.originator() == q.id || contains(q.o.Routes, q.id)), "echo")
}

// received tells what is another's from what is ours (P-5): what a member brought, and what our
// own accounts publish again of a member's objects, which stays theirs, under their terms.
func (q *question) received() bool {
	return q.class.Source.Kind == trust.FromMember || q.class.Owner != ""
}

func (q *question) originator() string {
	if q.class.Owner != "" {
		return q.class.Owner
	}
	if q.class.Source.Kind == trust.FromMember {
		return q.class.Source.Name
	}
	return ""
}

// 3: recalled.
func (q *question) check3() []finding { return withhold(q.o.Recalled, "recalled") }

// 4: label unresolvable.
func (q *question) check4() []finding { return withhold(q.class.Label.Unresolvable, "marking") }

// 5: unmarked.
func (q *question) check5() []finding { return hold(!q.open, "unmarked") }

// 6: recipients of the label do not include it.
func (q *question) check6() []finding {
	return withhold(q.class.Label.Named && !contains(q.class.Label.To, q.id), "recipients")
}

func contains(s trust.Set, name string) bool {
	return name != "" && slices.Contains(strings.Split(string(s), "\n"), name)
}

func meet(s trust.Set, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return contains(s, n) })
}

// 7: RED without an explicit release.
func (q *question) check7() []finding { return withhold(q.level == trust.Red, "red") }

// 8: received, and onward terms or P-3's table forbid it; second-hand.
func (q *question) check8() []finding {
	forbidden := q.received() && q.level != trust.Unmarked && !q.mayPass()
	return withhold(q.class.SecondHand || forbidden, "onward")
}

func (q *question) constituent() bool {
	return q.policy.Members[q.id].Relation == trust.Constituent
}

// terms are the onward terms of a received object, by default what TLP itself says.
func (q *question) terms() trust.Onward {
	switch {
	case q.class.Onward.To != "":
		return q.class.Onward.To
	case q.level == trust.Amber:
		return trust.OnwardConstituents
	case q.level == trust.Green:
		return trust.OnwardCommunity
	}
	return trust.OnwardNone
}

// mayPass is the third and fourth column of P-3's table.
func (q *question) mayPass() bool {
	switch {
	case q.level == trust.Clear:
		return true
	case q.level >= trust.AmberStrict, q.terms() == trust.OnwardNone:
		return false
	case q.constituent():
		return true // constituents, or community, which is wider
	}
	return q.terms() == trust.OnwardCommunity && q.threeShare()
}

// threeShare: a community that originator, we and the recipient share; those that the terms name,
// if they name any, all of them.
func (q *question) threeShare() bool {
	named := strings.Fields(string(q.class.Onward.Communities))
	shared := 0
	for name, c := range q.policy.Communities {
		asked := len(named) == 0 || slices.Contains(named, name)
		if asked && inside(c, q.originator()) && inside(c, q.policy.Node) && inside(c, q.id) {
			shared++
		}
	}
	return shared >= max(len(named), 1)
}

func inside(c trust.CommunityFile, id string) bool {
	return id != "" && (id == c.Hub || slices.Contains(c.Members, id))
}

// 8a: received AMBER to a constituent without need-to-know.
func (q *question) check8a() []finding {
	if !q.received() || q.level != trust.Amber || !q.constituent() {
		return nil
	}
	looksAfter := q.policy.Members[q.id].Constituency
	return hold(looksAfter == nil || !meet(q.class.Scope.Sectors, looksAfter.Sectors), "need-to-know")
}

// 8b: AMBER+STRICT to a member that understands only TLP 1.
func (q *question) check8b() []finding {
	return withhold(q.level == trust.AmberStrict && q.policy.Members[q.id].Understands == "tlp1", "dialect")
}
