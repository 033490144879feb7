package trust_test

import (
	"slices"
	"time"

	"entente/trust"
)

// allowance is a grant of P-3: up to a level, and a flow's within its scope.
type allowance struct {
	reach trust.Level
	flow  *trust.Flow
}

// allowances are all grants to the recipient, before trust caps them.
func (q *question) allowances() (all []allowance) {
	if q.public {
		return []allowance{{reach: trust.Clear}} // anonymous callers: CLEAR
	}
	if !q.replaced() {
		all = append(all, allowance{reach: q.baseline()})
	}
	if q.received() && !q.class.SecondHand && !q.replaced() && q.mayPass() {
		all = append(all, allowance{reach: q.level}) // the table's own columns for what is received
	}
	for name, a := range q.policy.Agreements {
		if !q.inForce(name, a) {
			continue
		}
		for _, f := range q.flows(a) {
			all = append(all, allowance{min(f.MaxTLP, trust.AmberStrict), &f}) // RED goes by explicit release only
		}
	}
	for _, c := range q.policy.Communities {
		if q.withHub(c) {
			all = append(all, allowance{reach: q.byCommunity(c.MaxTLP)})
		}
	}
	return all
}

// trusted is what trust caps every grant at: 0 nothing, 1 CLEAR, 2 GREEN, 3 AMBER, 4 AMBER+STRICT.
func (q *question) trusted() trust.Level {
	if q.public {
		return trust.Clear
	}
	return [...]trust.Level{trust.Unmarked, trust.Clear, trust.Green, trust.Amber, trust.AmberStrict}[q.policy.Members[q.id].Trust]
}

// baseline: CLEAR; GREEN inside a common community, and to our constituents.
func (q *question) baseline() trust.Level {
	for _, c := range q.policy.Communities {
		if inside(c, q.policy.Node) && inside(c, q.id) {
			return trust.Green
		}
	}
	if q.constituent() {
		return trust.Green
	}
	return trust.Clear
}

// withHub reports whether the community's terms with its hub are terms between us and the recipient.
func (q *question) withHub(c trust.CommunityFile) bool {
	if c.Hub == "" || !inside(c, q.policy.Node) || !inside(c, q.id) {
		return false
	}
	return c.Hub == q.policy.Node || c.Hub == q.id
}

// byCommunity is as far as the table lets a community reach: AMBER to a peer, GREEN to a constituent.
func (q *question) byCommunity(most trust.Level) trust.Level {
	if q.constituent() {
		return min(most, trust.Green)
	}
	return min(most, trust.Amber)
}

// inForce: expired, suspended and not-yet-valid agreements count as absent.
func (q *question) inForce(name string, a trust.AgreementFile) bool {
	expired := !a.Valid.Until.IsZero() && !q.now.Before(a.Valid.Until.End())
	return q.begun(a) && !expired && !slices.Contains(q.policy.Local.Suspended, name)
}

// begun: what an agreement took away stays taken away; before it begins it has taken nothing.
func (q *question) begun(a trust.AgreementFile) bool {
	return a.Valid.From.IsZero() || !q.now.Before(a.Valid.From.Start())
}

// between reports whether we and the recipient are both parties.
func (q *question) between(a trust.AgreementFile) bool {
	return q.id != "" && slices.Contains(a.Parties, q.policy.Node) && slices.Contains(a.Parties, q.id)
}

func (q *question) flows(a trust.AgreementFile) (ours []trust.Flow) {
	for _, f := range a.Flows {
		if q.between(a) && f.From == q.policy.Node && f.To == q.id {
			ours = append(ours, f)
		}
	}
	return ours
}

func (q *question) replaced() bool {
	for _, a := range q.policy.Agreements {
		if q.between(a) && q.begun(a) && a.Baseline == "replace" {
			return true
		}
	}
	return false
}

// 9: level above what trust or any grant reaches.
func (q *question) check9() []finding {
	beyond := q.level > q.trusted() || len(q.reaching()) == 0
	return withhold(q.level != trust.Unmarked && beyond, "ceiling")
}

func (q *question) reaching() (all []allowance) {
	for _, a := range q.allowances() {
		if a.reach >= q.level {
			all = append(all, a)
		}
	}
	return all
}

// 10: grants reach the level but none covers it; or a local `min_confidence`.
func (q *question) check10() (found []finding) {
	for _, r := range q.rules() {
		low := q.class.Confidence != trust.NoConfidence && int(q.class.Confidence)-1 < r.MinConfidence
		found = append(found, withhold(r.MinConfidence > 0 && low, "scope:min_confidence")...)
	}
	if q.level == trust.Unmarked {
		return found
	}
	var outside []finding
	for _, a := range q.reaching() {
		fields := q.outside(a.flow)
		if len(fields) == 0 {
			return found
		}
		outside = append(outside, fields...)
	}
	return append(found, outside...)
}

// outside names the fields of a flow's scope that the object is outside of.
func (q *question) outside(f *trust.Flow) (fields []finding) {
	if f == nil {
		return nil
	}
	scope := q.class.Scope
	fields = append(fields, withhold(f.Types != nil && q.domain() && !slices.Contains(f.Types, q.class.Type), "scope:types")...)
	fields = append(fields, withhold(f.Sectors != nil && !meet(scope.Sectors, f.Sectors), "scope:sectors")...)
	fields = append(fields, withhold(f.Countries != nil && !meet(scope.Countries, f.Countries), "scope:countries")...)
	return append(fields, withhold(f.Labels != nil && !meet(scope.Labels, f.Labels), "scope:labels")...)
}

// domain: `types` filter SDOs only.
func (q *question) domain() bool {
	others := []string{"relationship", "sighting", "marking-definition", "language-content", "extension-definition"}
	return !q.class.Observable && !slices.Contains(others, q.class.Type)
}

// rules are the local rules for the recipient.
func (q *question) rules() (all []trust.Rule) {
	for _, r := range q.policy.Local.Rules {
		if r.To == nil || slices.Contains(r.To, q.id) {
			all = append(all, r)
		}
	}
	return all
}

// 10a: an exclusion matches, of a local rule or of a flow, whatever granted the object.
func (q *question) check10a() (found []finding) {
	var all []trust.Exclude
	for _, r := range q.rules() {
		all = append(all, r.Exclude...)
	}
	for _, a := range q.policy.Agreements {
		for _, f := range q.flows(a) {
			if q.begun(a) {
				all = append(all, f.Exclude...)
			}
		}
	}
	for _, e := range all {
		found = append(found, withhold(q.matches(e), "exclude")...)
	}
	return found
}

func (q *question) matches(e trust.Exclude) bool {
	scope := q.class.Scope
	return (e.Types == nil || slices.Contains(e.Types, q.class.Type)) &&
		(e.Sectors == nil || meet(scope.Sectors, e.Sectors)) &&
		(e.Countries == nil || meet(scope.Countries, e.Countries)) &&
		(e.Labels == nil || meet(scope.Labels, e.Labels))
}

// 10b: personal data and the terms say so.
func (q *question) check10b() (found []finding) {
	for _, a := range q.policy.Agreements {
		if q.class.Personal && q.between(a) && q.begun(a) {
			found = append(found, withhold(a.Terms.PersonalData == "withhold", "personal")...)
			found = append(found, hold(a.Terms.PersonalData == "hold", "personal")...)
		}
	}
	return found
}

// 11: it refers to an object that 3–9, 10a, 10b, 12 or 13 keep from this recipient, or 10 if its
// id is deterministic; of a third party's object only targets of the same source. Likewise what a
// container alone labels above GREEN goes only where that container goes (P-2).
func (q *question) check11() (found []finding) {
	found = withhold(q.o.Apart, "reference")
	third := q.received() || q.class.Source.Kind == trust.FromPinned
	for _, t := range q.o.Targets {
		if third && t.Class.Source != q.class.Source {
			continue
		}
		if t.Class.System { // nothing of 3 to 13 keeps it from anybody
			continue
		}
		target := question{policy: q.policy, now: q.now, class: t.Class, o: t.Circumstances, id: q.id, public: q.public}
		target.level, target.open = effective(q.policy, t.Class, t.Circumstances)
		target.o = alone(t.Circumstances)
		var kept []finding
		for _, f := range target.table() {
			if f.number != "1" && f.number != "2" && (f.number != "10" || t.Derived) {
				kept = append(kept, f)
			}
		}
		outcome, _ := strongest(kept)
		found = append(found, withhold(outcome == trust.Withhold, "reference")...)
		found = append(found, hold(outcome == trust.Hold, "reference")...)
	}
	return found
}

// alone: not recursive.
func alone(o *trust.Circumstances) *trust.Circumstances {
	itself := *o
	itself.Targets, itself.Apart = nil, false
	return &itself
}

// 12: embargo not over.
func (q *question) check12() (found []finding) {
	for _, r := range q.rules() {
		sinceReceipt := r.Embargo.For > 0 && q.now.Before(q.o.Received.Add(r.Embargo.For))
		found = append(found, hold(sinceReceipt || q.now.Before(r.Embargo.Until), "embargo")...)
	}
	return found
}

// 13: approval asked for at this level or a lower one, and not given.
func (q *question) check13() (found []finding) {
	for _, r := range q.rules() {
		for level, approvers := range r.Approval {
			people := map[trust.Approvers]int{"one": 1, "two": 2}[approvers]
			asked := q.level != trust.Unmarked && level <= q.level
			found = append(found, hold(asked && q.o.Approval.By < people, "approval")...)
		}
	}
	return found
}

// local is P-3 on local accounts: persons read up to their level (RED only those named), also what
// is unmarked, unresolvable or held; tools only what is labelled up to theirs, and companions.
// What is recalled no read shows (P-7).
func (q *question) local(to trust.Principal) (found []finding) {
	found = append(found, withhold(to.Role == trust.NoRole, "recipient")...) // who has no role reads nothing
	found = append(found, q.check3()...)
	most := q.policy.Local.Accounts.Person
	if !to.Person {
		most = q.policy.Local.Accounts.Tool
		found = append(found, q.check4()...)
		if q.o.Companion {
			return found
		}
		found = append(found, withhold(!q.open, "unmarked")...) // nobody approves for a tool
	}
	if q.level == trust.Red {
		named := slices.Contains(q.policy.Local.Red, to.ID) || to.Role != trust.NoRole && slices.Contains(q.policy.Local.Red, to.Role.String())
		return append(found, withhold(!to.Person || !named, "red")...)
	}
	return append(found, withhold(q.level > most, "ceiling")...)
}

// noon is the instant of most tests.
var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
