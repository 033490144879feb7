package trust

// Class is what a decision depends on. It is small and comparable, few distinct ones exist,
// and every stored version names its class, so that a decision is made once for all of them.
type Class struct {
	Type        string
	SpecVersion string
	Label       Label
	Revoked     bool
	Observable  bool // without versions: every source's copy is a line of its own (P-5)
	Source      Source
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

// Outcome is the weight of a decision. The zero value withholds.
type Outcome uint8

const (
	Withhold Outcome = iota
	Hold             // waits for a person
	Release
)

func (o Outcome) String() string { return [...]string{"withhold", "hold", "release"}[o] }

// Decision is an outcome with every reason that speaks against release.
type Decision struct {
	Outcome Outcome
	Reasons []Reason
}

// Reason is one failed check: its code in P-4's table and what it found.
type Reason struct {
	Code    string
	Outcome Outcome // Hold or Withhold
}

// Decide says whether a caller may see objects of a class. It is the only place that does.
//
// Until agreements are read (the rest of P-3 and P-4), a member gets CLEAR and GREEN,
// as far as its trust reaches.
func (p *Policy) Decide(c Class, to Principal) Decision {
	switch to.Kind {
	case Account:
		return p.decideLocal(c, to)
	case Member:
		return p.decideMember(c, to.ID)
	case Anonymous:
		return p.decideAnonymous(c)
	}
	return Decision{Reasons: []Reason{{"recipient", Withhold}}}
}

// checks collects reasons; the strongest decides.
type checks []Reason

func (cs *checks) fail(when bool, code string, o Outcome) {
	if when {
		*cs = append(*cs, Reason{code, o})
	}
}

func (cs checks) decision() Decision {
	d := Decision{Outcome: Release, Reasons: cs}
	for _, r := range cs {
		d.Outcome = min(d.Outcome, r.Outcome)
	}
	return d
}

func (p *Policy) decideMember(c Class, id string) Decision {
	m, known := p.Members[id]
	label := p.assume(c)
	var cs checks
	cs.fail(!known || m.Trust == 0, "recipient", Withhold)
	cs.fail(c.Source.Kind == FromNobody || c.Source == Source{FromMember, id}, "echo", Withhold)
	cs.fail(label.Unresolvable, "marking", Withhold)
	cs.fail(label.Unmarked, "unmarked", Hold)
	cs.fail(label.Level == Red, "red", Withhold)
	cs.fail(c.Source.Kind == FromMember && label.Level >= AmberStrict, "onward", Withhold)
	cs.fail(label.Level > min(Green, reach(m.Trust)), "ceiling", Withhold)
	return cs.decision()
}

func (p *Policy) decideAnonymous(c Class) Decision {
	label := p.assume(c)
	var cs checks
	cs.fail(!p.Local.Public || c.Source.Kind == FromNobody, "recipient", Withhold)
	cs.fail(label.Unresolvable, "marking", Withhold)
	cs.fail(label.Unmarked, "unmarked", Hold)
	cs.fail(label.Level > Clear, "ceiling", Withhold)
	return cs.decision()
}

// decideLocal is P-3's rule for our own people and tools: persons read up to their level, also
// what is unmarked, unresolvable or held; tools only what is labelled, up to theirs.
func (p *Policy) decideLocal(c Class, to Principal) Decision {
	var cs checks
	cs.fail(to.Role < Reader, "recipient", Withhold)
	cs.fail(!to.Person && c.Label.Unresolvable, "marking", Withhold)
	cs.fail(!to.Person && p.assume(c).Unmarked, "unmarked", Withhold)
	if c.Label.Level == Red {
		cs.fail(!p.Local.readsRed(to), "red", Withhold)
	} else {
		ceiling := p.Local.Accounts.Tool
		if to.Person {
			ceiling = p.Local.Accounts.Person
		}
		cs.fail(c.Label.Level > ceiling, "ceiling", Withhold)
	}
	return cs.decision()
}

// assume opens what is unmarked where a pinned source or local.yaml says so, as CLEAR or GREEN
// and never anything else (P-2). A level that is in the bytes stays.
func (p *Policy) assume(c Class) Label {
	l := c.Label
	if !l.Unmarked {
		return l
	}
	as := p.Local.Unmarked
	switch c.Source.Kind {
	case FromPinned:
		as = p.Sources[c.Source.Name].Unmarked
	case FromMember:
		if from, ok := p.Local.UnmarkedFrom[c.Source.Name]; ok {
			as = from
		}
	}
	if as == Clear || as == Green {
		l.Level, l.Unmarked = max(l.Level, as), false
	}
	return l
}

// reach is the highest level that trust lets through, whatever is granted (P-3).
func reach(trust int) Level {
	levels := [...]Level{1: Clear, 2: Green, 3: Amber, 4: AmberStrict}
	if trust < 1 || trust >= len(levels) {
		return Unmarked
	}
	return levels[trust]
}
