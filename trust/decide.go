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
		s.decideLocal(&d, c, o, to)
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
	switch {
	case r == nil:
		d.fail(CheckRecipient, Withhold, nil)
		return
	case r.suspended != nil:
		d.fail(CheckRecipient, Withhold, r.suspended)
	case c.System:
	case r.untrusted != nil:
		d.fail(CheckRecipient, Withhold, r.untrusted)
	}
	if c.System {
		return // addressed, not shared
	}
	if c.Source.Kind == FromNobody || c.Source == (Source{FromMember, id}) || c.Owner == id || o.Routes.Has(id) {
		d.fail(CheckEcho, Withhold, nil)
	}
	s.decideFor(d, c, o, r)
}

// decideAnonymous is for callers that nobody knows, where the policy lets them in.
func (s *Snapshot) decideAnonymous(d *Decision, c *Class, o *Circumstances) {
	if !s.Local.Public || c.Source.Kind == FromNobody || c.System {
		d.fail(CheckRecipient, Withhold, nil)
		return
	}
	nobodys := o.forNobody()
	s.decideFor(d, c, &nobodys, s.anonymous)
}

// forNobody is without what people give to somebody.
func (o *Circumstances) forNobody() Circumstances {
	c := *o
	c.Explicit, c.Corrects, c.Approval = false, false, Approval{}
	return c
}

// decideFor is what the recipient's identity has no say in (3 to 13).
func (s *Snapshot) decideFor(d *Decision, c *Class, o *Circumstances, r *recipient) {
	l := s.checkLabel(d, c, o, r)
	if o.Companion {
		s.checkExcluded(d, c, r)
		return
	}
	s.checkTerms(d, c, o, l, r)
	s.checkTargets(d, c, o, r)
	if o.Apart {
		d.fail(CheckReference, Withhold, nil)
	}
	s.checkRules(d, o, l, r)
}

// checkLabel is what concerns the label alone (3 to 6); it returns the level that counts.
func (s *Snapshot) checkLabel(d *Decision, c *Class, o *Circumstances, r *recipient) Level {
	if o.Recalled {
		d.fail(CheckRecalled, Withhold, nil)
	}
	if c.Label.Unresolvable {
		d.fail(CheckMarking, Withhold, nil)
	}
	l, unmarked := s.assume(c)
	if as := o.Approval.As; unmarked && o.Approval.By > 0 && (as == Clear || as == Green) { // more is for marks in the bytes
		l, unmarked = max(l, as), false
	}
	if unmarked && !o.Companion {
		d.fail(CheckUnmarked, Hold, nil)
	}
	if c.Label.Named && !c.Label.To.Has(r.id) {
		d.fail(CheckRecipients, Withhold, nil)
	}
	return l
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
	if !o.Explicit {
		s.checkGrants(d, c, o, l, r, byTable)
	}
	s.checkConfidence(d, c, o, r)
	s.checkExcluded(d, c, r)
	if c.Personal && r.personal != Release && !o.Explicit {
		d.fail(CheckPersonal, r.personal, r.personalBy)
	}
}

// checkOnward is P-3's table for received objects; granted reports whether it lets this level
// through to this member by itself.
func (s *Snapshot) checkOnward(d *Decision, c *Class, o *Circumstances, l Level, r *recipient) (granted bool) {
	if c.SecondHand {
		d.fail(CheckOnward, Withhold, nil)
	}
	if !c.Received() || l <= Clear {
		return false // by agreement, or the baseline's
	}
	to := c.Onward.To
	if to == "" && l == Green {
		to = OnwardCommunity // what TLP itself says; of AMBER, constituents, who get all but what is for none
	}
	granted = to == OnwardCommunity && s.shares(c.Originator(), c.Onward.Communities, r)
	if r.constituent {
		granted = to != OnwardNone
	}
	if granted = granted && l < AmberStrict && !c.SecondHand; !granted {
		d.fail(CheckOnward, Withhold, nil)
	}
	if l == Amber && r.constituent && !c.Scope.Sectors.Meets(r.sectors) && !o.Explicit {
		d.fail(CheckNeedToKnow, Hold, nil)
	}
	return granted
}

// shares reports whether the originator, we and the recipient are in one community: in each that
// is named, or else in any.
func (s *Snapshot) shares(originator string, named Set, r *recipient) bool {
	theirs := s.shared[originator]
	if named != "" {
		return r.communities.Covers(named) && theirs.Covers(named)
	}
	return theirs.Both(r.communities)
}

// checkGrants is what the member may get at all (9, 10): at least one grant reaches the level, and
// one of those covers the object. Without a level it is within any, and held as unmarked (5).
func (s *Snapshot) checkGrants(d *Decision, c *Class, o *Circumstances, l Level, r *recipient, byTable bool) {
	if l > r.reach {
		d.fail(CheckCeiling, Withhold, r.trusted)
	}
	if byTable && r.replacedBy == nil || r.baseline >= l {
		return
	}
	reached, missed := false, [CheckLabels + 1]*Origin{}
	for i := range r.grants {
		g := &r.grants[i]
		if !g.reaches(l, r) {
			continue
		}
		if g.covers(c, &missed) {
			d.Grant = g.origin
			return
		}
		reached = true
	}
	if !reached {
		d.fail(CheckCeiling, Withhold, r.replacedBy)
	}
	for code, origin := range missed {
		if origin != nil && !o.Corrects {
			d.fail(Code(code), Withhold, origin)
		}
	}
}

// reaches reports whether a grant goes up to a level: a community's terms end at AMBER, and where a
// constituent's are concerned at GREEN (P-3's table).
func (g *grant) reaches(l Level, r *recipient) bool {
	return g.max >= l && !(g.community && r.constituent && l > Green)
}

// covers reports whether a grant's scope takes the object; it notes for each field the first grant
// that misses it there.
func (g *grant) covers(c *Class, missed *[CheckLabels + 1]*Origin) bool {
	all := true
	for field := CheckTypes; field <= CheckLabels; field++ {
		if g.takes(c, field) {
			continue
		}
		all = false
		if missed[field] == nil {
			missed[field] = g.origin
		}
	}
	return all
}

// takes applies one field of a grant's scope. Types choose among domain objects only (P-4).
func (g *grant) takes(c *Class, field Code) bool {
	switch field {
	case CheckTypes:
		return g.types == nil || slices.Contains(g.types, c.Type) || !c.Domain()
	case CheckSectors:
		return meets(g.sectors, c.Scope.Sectors)
	case CheckCountries:
		return meets(g.countries, c.Scope.Countries)
	default:
		return meets(g.labels, c.Scope.Labels)
	}
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
		}
	}
}

// checkTargets is 11: what refers to something that is kept from this recipient is kept too,
// because the reference says that it exists. It looks no further than that.
func (s *Snapshot) checkTargets(d *Decision, c *Class, o *Circumstances, r *recipient) {
	for i := range o.Targets {
		t := &o.Targets[i]
		third := c.Received() || c.Source.Kind == FromPinned
		if t.Class.System || third && t.Class.Source != c.Source {
			continue // what a third party says of an id tells nothing of ours
		}
		its := t.Circumstances
		if r == s.anonymous {
			nobodys := its.forNobody()
			its = &nobodys
		}
		var inner Decision // whose reasons alone count
		l := s.checkLabel(&inner, t.Class, its, r)
		if its.Companion {
			s.checkExcluded(&inner, t.Class, r)
		} else {
			s.checkTerms(&inner, t.Class, its, l, r)
			s.checkRules(&inner, its, l, r)
		}
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

// checkConfidence is the local minimum (10).
func (s *Snapshot) checkConfidence(d *Decision, c *Class, o *Circumstances, r *recipient) {
	if !o.Explicit && !o.Corrects && !c.Confidence.reaches(r.minConfidence) {
		d.fail(CheckConfidence, Withhold, r.minConfidenceBy)
	}
}

// checkRules is what waits: for a time (12) or for people (13).
func (s *Snapshot) checkRules(d *Decision, o *Circumstances, l Level, r *recipient) {
	if o.Explicit {
		return
	}
	switch {
	case r.embargo != nil:
		d.fail(CheckEmbargo, Hold, r.embargo)
	case r.delay > 0 && o.Received.After(r.ripe):
		d.fail(CheckEmbargo, Hold, r.delayBy)
	}
	if asked := &r.approvals[l]; asked.people > o.Approval.By {
		d.fail(CheckApproval, Hold, asked.origin)
	}
}

// decideLocal is P-3's rule for our own people and tools: persons read up to their level, also
// what is unmarked, unresolvable or held; tools only what is labelled, up to theirs.
func (s *Snapshot) decideLocal(d *Decision, c *Class, o *Circumstances, to Principal) {
	if to.Role < Reader {
		d.fail(CheckRecipient, Withhold, nil)
	}
	if o.Recalled {
		d.fail(CheckRecalled, Withhold, nil)
	}
	if !to.Person && c.Label.Unresolvable {
		d.fail(CheckMarking, Withhold, nil)
	}
	if !to.Person && o.Companion {
		return
	}
	l, unmarked := s.assume(c)
	if !to.Person && unmarked {
		d.fail(CheckUnmarked, Withhold, nil)
	}
	if l == Red {
		if !s.Local.readsRed(to) {
			d.fail(CheckRed, Withhold, nil)
		}
		return
	}
	ceiling := s.Local.Accounts.Tool
	if to.Person {
		ceiling = s.Local.Accounts.Person
	}
	if l > ceiling {
		d.fail(CheckCeiling, Withhold, nil)
	}
}

// assume opens what is unmarked where a pinned source or local.yaml says so, as CLEAR or GREEN
// and never anything else (P-2). A level that is in the bytes stays.
func (s *Snapshot) assume(c *Class) (l Level, unmarked bool) {
	l = c.Label.Level
	if !c.Label.Unmarked {
		return l, false
	}
	as := s.Local.Unmarked
	if c.Source.Kind == FromPinned {
		as = s.Sources[c.Source.Name].Unmarked
	}
	if from, ok := s.Local.UnmarkedFrom[c.Source.Name]; ok && c.Source.Kind != FromUs {
		as = from
	}
	if as == Clear || as == Green {
		return max(l, as), false
	}
	return l, true
}
