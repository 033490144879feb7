package trust

import "slices"

// Decide says whether a caller may have a version. It is the only place that does: pure, total,
// without I/O; what it is not certain of, it withholds (I-9).
func (s *Snapshot) Decide(c *Class, o *Circumstances, to Principal) (d Decision) {
	defer func() {
		if recover() != nil { // a fault in a rule opens nothing
			d = Decision{}
			d.fail(CheckInternal, Withhold, nil)
		}
	}()
	d.Outcome = Release
	switch to.Kind {
	case Account:
		s.decideLocal(&d, c, to)
	case Member:
		s.decideMember(&d, c, o, to.ID)
	case Anonymous:
		s.decideAnonymous(&d, c, o)
	default:
		d.fail(CheckRecipient, Withhold, nil)
	}
	return d
}

// decideMember goes through P-4's table.
func (s *Snapshot) decideMember(d *Decision, c *Class, o *Circumstances, id string) {
	r := s.recipients[id]
	if r == nil {
		d.fail(CheckRecipient, Withhold, nil)
		return
	}
	if r.none != nil && !(c.System && s.Members[id].Trust == 0) {
		d.fail(CheckRecipient, Withhold, r.none)
	}
	if c.System {
		return
	}
	if c.Source.Kind == FromNobody || c.Received() && (c.Source.Name == id || c.Owner == id) {
		d.fail(CheckEcho, Withhold, nil)
	}
	l := s.checkLabel(d, c, o, r)
	if o.Companion {
		s.checkExcluded(d, c, r)
		return
	}
	s.checkTerms(d, c, o, l, r)
	s.checkTargets(d, c, o, r)
	s.checkRules(d, c, o, l, r)
}

// checkLabel is what concerns the label alone (3 to 6); it returns the level that counts.
func (s *Snapshot) checkLabel(d *Decision, c *Class, o *Circumstances, r *recipient) Level {
	if o.Recalled {
		d.fail(CheckRecalled, Withhold, nil)
	}
	if c.Label.Unresolvable {
		d.fail(CheckMarking, Withhold, nil)
	}
	l := s.assume(c)
	if l.Unmarked && o.Approval.As != Unmarked && (!c.Received() || o.Approval.As <= Green) {
		l.Level, l.Unmarked = max(l.Level, o.Approval.As), false
	}
	if l.Unmarked {
		d.fail(CheckUnmarked, Hold, nil)
	}
	if l.Named && !l.To.Has(r.id) {
		d.fail(CheckRecipients, Withhold, nil)
	}
	return l.Level
}

// checkTerms is what agreements, TLP and trust say (7 to 10b). Without a level, what needs one is
// passed over. An explicit release overrides what it may (P-4).
func (s *Snapshot) checkTerms(d *Decision, c *Class, o *Circumstances, l Level, r *recipient) {
	if l == Red && !o.Explicit {
		d.fail(CheckRed, Withhold, nil)
	}
	byTable := s.checkOnward(d, c, o, l, r)
	if l == AmberStrict && r.dialect != nil {
		d.fail(CheckDialect, Withhold, r.dialect)
	}
	if l != Unmarked && !o.Explicit {
		s.checkGrants(d, c, o, l, r, byTable)
	}
	s.checkExcluded(d, c, r)
	if c.Personal && r.personal != Release && !o.Explicit {
		d.fail(CheckPersonal, r.personal, r.personalBy)
	}
}

// checkOnward is P-3's table for received objects; granted reports whether it lets this level
// through to this member by itself.
func (s *Snapshot) checkOnward(d *Decision, c *Class, o *Circumstances, l Level, r *recipient) (granted bool) {
	if !c.Received() {
		return false
	}
	if c.SecondHand {
		d.fail(CheckOnward, Withhold, nil)
		return false
	}
	if l <= Clear {
		return false // the baseline's
	}
	t := c.Onward
	switch {
	case t.To != "":
	case l == Green:
		t.To = OnwardCommunity
	default:
		t.To = OnwardConstituents
	}
	toConstituent := r.constituent && (t.To == OnwardConstituents || l == Green && t.To == OnwardCommunity)
	toCommunity := t.To == OnwardCommunity && s.shares(c.Originator(), t.Community, r)
	switch {
	case l >= AmberStrict, !toConstituent && !toCommunity:
		d.fail(CheckOnward, Withhold, nil)
		return false
	case l == Amber && !toCommunity && !c.Scope.Sectors.Meets(r.sectors) && !o.Explicit:
		d.fail(CheckNeedToKnow, Hold, nil)
	}
	return true
}

// shares reports whether the originator, we and the recipient are in one community: in the one
// that is named, or else in any.
func (s *Snapshot) shares(originator, community string, r *recipient) bool {
	if community != "" {
		return r.communities.Has(community) && s.shared[originator].Has(community)
	}
	return s.shared[originator].Meets(r.communities.Names())
}

// checkGrants is what the member may get at all (9, 10): at least one grant reaches the level, and
// one of those covers the object.
func (s *Snapshot) checkGrants(d *Decision, c *Class, o *Circumstances, l Level, r *recipient, byTable bool) {
	if l > r.reach {
		d.fail(CheckCeiling, Withhold, r.trusted)
	}
	if r.baseline && (byTable || s.baseline(c, r) >= l) {
		return
	}
	reached := false
	for i := range r.grants {
		g := &r.grants[i]
		if g.max < l {
			continue
		}
		if g.covers(c) {
			d.Grant = g.origin
			return
		}
		reached = true
	}
	switch {
	case !reached:
		d.fail(CheckCeiling, Withhold, r.replacedBy)
	case !o.Corrects:
		s.nameScopes(d, c, l, r)
	}
}

// baseline is the level that a member gets without any agreement.
func (s *Snapshot) baseline(c *Class, r *recipient) Level {
	if r.constituent || r.communities != "" {
		return Green
	}
	return Clear
}

// nameScopes says in which fields the grants that reach the level miss the object.
func (s *Snapshot) nameScopes(d *Decision, c *Class, l Level, r *recipient) {
	for i := range r.grants {
		if g := &r.grants[i]; g.max >= l {
			for _, f := range [...]struct {
				code   Code
				misses bool
			}{
				{CheckTypes, !g.takesType(c)},
				{CheckSectors, !meets(g.sectors, c.Scope.Sectors)},
				{CheckCountries, !meets(g.countries, c.Scope.Countries)},
				{CheckLabels, !meets(g.labels, c.Scope.Labels)},
			} {
				if f.misses {
					d.fail(f.code, Withhold, g.origin)
				}
			}
		}
	}
}

func (g *grant) covers(c *Class) bool {
	return g.takesType(c) && meets(g.sectors, c.Scope.Sectors) && meets(g.countries, c.Scope.Countries) && meets(g.labels, c.Scope.Labels)
}

// takesType applies types, which choose among domain objects only (P-4).
func (g *grant) takesType(c *Class) bool {
	return g.types == nil || !c.Domain() || slices.Contains(g.types, c.Type)
}

// meets reports whether a choice takes an object with these values: any of them, where it narrows.
func meets(chosen []string, has Set) bool { return chosen == nil || has.Meets(chosen) }

// checkExcluded is 10a: whatever granted it, what matches all keys of an exclusion stays.
func (s *Snapshot) checkExcluded(d *Decision, c *Class, r *recipient) {
	for i := range r.excludes {
		e := &r.excludes[i]
		if (e.types == nil || slices.Contains(e.types, c.Type)) && meets(e.sectors, c.Scope.Sectors) &&
			meets(e.countries, c.Scope.Countries) && meets(e.labels, c.Scope.Labels) {
			d.fail(CheckExclude, Withhold, e.origin)
			return
		}
	}
}

// checkTargets is 11: what refers to something that is kept from this recipient is kept too,
// because the reference says that it exists. It looks no further than that.
func (s *Snapshot) checkTargets(d *Decision, c *Class, o *Circumstances, r *recipient) {
	for i := range o.Targets {
		t := &o.Targets[i]
		if c.Received() && t.Class.Source != c.Source {
			continue // what a third party says of an id tells nothing of ours
		}
		var inner Decision
		inner.Outcome = Release
		l := s.checkLabel(&inner, t.Class, t.Circumstances, r)
		s.checkTerms(&inner, t.Class, t.Circumstances, l, r)
		s.checkRules(&inner, t.Class, t.Circumstances, l, r)
		outcome := Release
		for _, why := range inner.Reasons() {
			dangles := why.Code >= CheckTypes && why.Code <= CheckConfidence && !t.Derived
			if !dangles {
				outcome = min(outcome, why.Outcome)
			}
		}
		if outcome != Release {
			d.fail(CheckReference, outcome, nil)
		}
	}
}

// checkRules is what only tightens: confidence (10), embargo (12) and approval (13).
func (s *Snapshot) checkRules(d *Decision, c *Class, o *Circumstances, l Level, r *recipient) {
	if o.Explicit {
		return
	}
	for i := range r.rules {
		rule := &r.rules[i]
		if !o.Corrects && !c.Confidence.reaches(rule.MinConfidence) {
			d.fail(CheckConfidence, Withhold, rule.confidence)
		}
		if e := rule.Embargo; e.For > 0 && s.At.Before(o.Received.Add(e.For)) || s.At.Before(e.Until) {
			d.fail(CheckEmbargo, Hold, rule.embargo)
		}
		if asked := rule.approvers(l); asked > o.Approval.By {
			d.fail(CheckApproval, Hold, rule.approval)
		}
	}
}

// approvers is how many people a rule asks for at a level: as many as it says for this level or a
// lower one.
func (r *Rule) approvers(l Level) (n int) {
	for from, who := range r.Approval {
		if l >= from {
			n = max(n, who.count())
		}
	}
	return n
}

func (a Approvers) count() int {
	if a == "two" {
		return 2
	}
	return 1
}

func (s *Snapshot) decideAnonymous(d *Decision, c *Class, o *Circumstances) {
	l := s.assume(c)
	if !s.Local.Public || c.Source.Kind == FromNobody {
		d.fail(CheckRecipient, Withhold, nil)
	}
	if o.Recalled {
		d.fail(CheckRecalled, Withhold, nil)
	}
	if c.Label.Unresolvable {
		d.fail(CheckMarking, Withhold, nil)
	}
	if l.Unmarked {
		d.fail(CheckUnmarked, Hold, nil)
	}
	if l.Named {
		d.fail(CheckRecipients, Withhold, nil)
	}
	if c.SecondHand {
		d.fail(CheckOnward, Withhold, nil)
	}
	if l.Level > Clear {
		d.fail(CheckCeiling, Withhold, nil)
	}
}

// decideLocal is P-3's rule for our own people and tools: persons read up to their level, also
// what is unmarked, unresolvable or held; tools only what is labelled, up to theirs.
func (s *Snapshot) decideLocal(d *Decision, c *Class, to Principal) {
	if to.Role < Reader {
		d.fail(CheckRecipient, Withhold, nil)
	}
	if !to.Person && c.Label.Unresolvable {
		d.fail(CheckMarking, Withhold, nil)
	}
	if !to.Person && s.assume(c).Unmarked {
		d.fail(CheckUnmarked, Withhold, nil)
	}
	if c.Label.Level == Red {
		if !s.Local.readsRed(to) {
			d.fail(CheckRed, Withhold, nil)
		}
		return
	}
	ceiling := s.Local.Accounts.Tool
	if to.Person {
		ceiling = s.Local.Accounts.Person
	}
	if c.Label.Level > ceiling {
		d.fail(CheckCeiling, Withhold, nil)
	}
}

// assume opens what is unmarked where a pinned source or local.yaml says so, as CLEAR or GREEN
// and never anything else (P-2). A level that is in the bytes stays.
func (s *Snapshot) assume(c *Class) Label {
	l := c.Label
	if !l.Unmarked {
		return l
	}
	as := s.Local.Unmarked
	switch c.Source.Kind {
	case FromPinned:
		as = s.Sources[c.Source.Name].Unmarked
	case FromMember:
		if from, ok := s.Local.UnmarkedFrom[c.Source.Name]; ok {
			as = from
		}
	}
	if as == Clear || as == Green {
		l.Level, l.Unmarked = max(l.Level, as), false
	}
	return l
}
