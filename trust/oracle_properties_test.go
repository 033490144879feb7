package trust_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/configs"
	"entente/trust"
)

// inWorlds asks many worlds a few questions each.
func inWorlds(do func(seed uint64, d dice, p *trust.Policy, now time.Time)) {
	for seed := range uint64(2000) {
		d := newDice(seed)
		now := d.instant()
		do(seed, d, d.policy(now), now)
	}
}

// I-9: what was not decided is withheld.
func TestZeroDecisionWithholds(t *testing.T) {
	var d trust.Decision
	assert.Equal(t, trust.Withhold, d.Outcome)
	assert.Empty(t, d.Reasons())
	_, ok := d.Primary()
	assert.False(t, ok)
	nobody := (&trust.Policy{}).At(noon).Decide(&trust.Class{}, &trust.Circumstances{}, trust.Principal{})
	assert.Equal(t, trust.Withhold, nobody.Outcome, "nobody gets anything")
}

// I-9: every decision has an outcome, with reasons that agree with it, the same each time.
func TestDecisionsAreWellFormed(t *testing.T) {
	inWorlds(func(seed uint64, d dice, p *trust.Policy, now time.Time) {
		s, again := p.At(now), p.At(now)
		for range 50 {
			c, o, to := d.question(p, now)
			decision := s.Decide(c, o, to)
			require.Equal(t, decision, s.Decide(c, o, to), "seed %d: the same question", seed)
			require.Equal(t, decision, again.Decide(c, o, to), "seed %d: another snapshot of the same instant", seed)
			require.Empty(t, malformed(&decision), "seed %d: %v", seed, decision.Reasons())
		}
	})
}

// malformed says what is wrong with a decision in itself.
func malformed(d *trust.Decision) string {
	reasons := d.Reasons()
	primary, ok := d.Primary()
	strongest := trust.Release
	for i, r := range reasons {
		if i > 0 && r.Code <= reasons[i-1].Code {
			return "the reasons are not in the order of the table, each once"
		}
		if !d.Has(r.Code) {
			return "a reason that it does not have"
		}
		strongest = min(strongest, r.Outcome)
	}
	first := slices.IndexFunc(reasons, func(r trust.Reason) bool { return r.Outcome == strongest })
	switch {
	case d.Outcome != strongest:
		return "the outcome is not the strongest reason's"
	case ok != (len(reasons) > 0):
		return "a release has no reason, all else has one"
	case ok && primary != reasons[first]:
		return "the primary reason is not the first of the strongest"
	}
	return ""
}

func TestDecideAllocatesNothing(t *testing.T) {
	inWorlds(func(seed uint64, d dice, p *trust.Policy, now time.Time) {
		if seed >= 20 {
			return
		}
		s := p.At(now)
		for range 20 {
			c, o, to := d.question(p, now)
			require.Zero(t, testing.AllocsPerRun(5, func() { s.Decide(c, o, to) }), "seed %d: %s", seed, to)
		}
	})
}

// tightenings make an object, or a policy, stricter in one way.
func tightenings() map[string]func(dice, *trust.Class, *trust.Circumstances, *trust.Policy) {
	return map[string]func(dice, *trust.Class, *trust.Circumstances, *trust.Policy){
		"a higher level": func(d dice, c *trust.Class, _ *trust.Circumstances, _ *trust.Policy) {
			if c.Label.Level != trust.Unmarked && !c.Label.Unmarked {
				c.Label.Level = min(c.Label.Level+1+trust.Level(d.IntN(4)), trust.Red)
			}
		},
		"fewer recipients": func(d dice, c *trust.Class, _ *trust.Circumstances, _ *trust.Policy) {
			c.Label = c.Label.Join(trust.Label{Named: true, To: trust.SetOf(some(d, worldMembers, 3)...)})
		},
		"a marking that nobody knows": func(_ dice, c *trust.Class, _ *trust.Circumstances, _ *trust.Policy) { c.Label.Unresolvable = true },
		"a recall":                    func(_ dice, _ *trust.Class, o *trust.Circumstances, _ *trust.Policy) { o.Recalled = true },
		"onward none": func(_ dice, c *trust.Class, _ *trust.Circumstances, _ *trust.Policy) {
			c.Onward = trust.Passing{To: trust.OnwardNone}
		},
		"second-hand":   func(_ dice, c *trust.Class, _ *trust.Circumstances, _ *trust.Policy) { c.SecondHand = true },
		"personal data": func(_ dice, c *trust.Class, _ *trust.Circumstances, _ *trust.Policy) { c.Personal = true },
		"less confidence": func(d dice, c *trust.Class, _ *trust.Circumstances, _ *trust.Policy) {
			c.Confidence = min(c.Confidence, trust.ConfidenceOf(d.IntN(101)))
		},
		"another route": func(d dice, _ *trust.Class, o *trust.Circumstances, _ *trust.Policy) {
			o.Routes = trust.SetOf(append(o.Routes.Names(), pick(d, worldMembers))...)
		},
		"no container that goes there": func(_ dice, _ *trust.Class, o *trust.Circumstances, _ *trust.Policy) { o.Apart = true },
		"by itself":                    func(_ dice, _ *trust.Class, o *trust.Circumstances, _ *trust.Policy) { o.Companion = false },
		"less of what people agreed to": func(_ dice, _ *trust.Class, o *trust.Circumstances, _ *trust.Policy) {
			o.Explicit, o.Corrects, o.Approval.By = false, false, min(o.Approval.By, 1)
		},
		"another target": func(d dice, _ *trust.Class, o *trust.Circumstances, p *trust.Policy) {
			o.Targets = append(slices.Clone(o.Targets), trust.Target{Class: d.class(p), Circumstances: &trust.Circumstances{}})
		},
		"another rule": func(d dice, _ *trust.Class, _ *trust.Circumstances, p *trust.Policy) {
			p.Local.Rules = append(slices.Clone(p.Local.Rules), d.rule(noon))
		},
		"another exclusion": func(d dice, _ *trust.Class, _ *trust.Circumstances, p *trust.Policy) {
			p.Agreements = maps.Clone(p.Agreements)
			for id, a := range p.Agreements {
				a.Flows = slices.Clone(a.Flows)
				for i := range a.Flows {
					a.Flows[i].Exclude = append(slices.Clone(a.Flows[i].Exclude), trust.Exclude{Labels: configs.Choice{pick(d, worldWords)}})
				}
				p.Agreements[id] = a
			}
		},
		"a suspended link": func(d dice, _ *trust.Class, _ *trust.Circumstances, p *trust.Policy) {
			p.Links = maps.Clone(p.Links)
			p.Links[pick(d, worldMembers)] = trust.LinkFile{Suspended: true}
		},
		"less trust": func(_ dice, _ *trust.Class, _ *trust.Circumstances, p *trust.Policy) {
			p.Members = maps.Clone(p.Members)
			for id, m := range p.Members {
				m.Trust = max(m.Trust-1, 0)
				p.Members[id] = m
			}
		},
		"suspended agreements": func(_ dice, _ *trust.Class, _ *trust.Circumstances, p *trust.Policy) {
			p.Local.Suspended = slices.Sorted(maps.Keys(p.Agreements))
		},
	}
}

// What tightens adds no recipient, and never turns a hold into a release.
func TestTighteningOpensNothing(t *testing.T) {
	for name, tighten := range tightenings() {
		t.Run(name, func(t *testing.T) {
			inWorlds(func(seed uint64, d dice, p *trust.Policy, now time.Time) {
				p.Local.Accounts.Person = trust.AmberStrict // who is named reads RED also above the level of persons
				for id, m := range p.Members {              // RED has a marking in TLP 1, AMBER+STRICT has none
					m.Understands = "tlp2"
					p.Members[id] = m
				}
				s := p.At(now)
				for range 4 {
					c, o, to := d.question(p, now)
					tighter, stricter, same := *p, *c, *o
					tighten(d, &stricter, &same, &tighter)
					was, is := s.Decide(c, o, to), tighter.At(now).Decide(&stricter, &same, to)
					require.LessOrEqual(t, is.Outcome, was.Outcome, "seed %d: %v became %v\n%s", seed, was.Reasons(), is.Reasons(), lazily(func() string { return tell(&tighter, &stricter, &same, to) }))
				}
			})
		})
	}
}

// An agreement that ends opens nothing; embargoes, which time does open, are left out.
func TestExpiryOpensNothing(t *testing.T) {
	inWorlds(func(seed uint64, d dice, p *trust.Policy, now time.Time) {
		for i := range p.Local.Rules {
			p.Local.Rules[i].Embargo = trust.Embargo{}
		}
		for id, a := range p.Agreements { // all begun, so that time only ends them
			a.Valid.From = trust.Date{}
			p.Agreements[id] = a
		}
		s, later := p.At(now), p.At(now.Add(72*time.Hour))
		for range 50 {
			c, o, to := d.question(p, now)
			was, is := s.Decide(c, o, to), later.Decide(c, o, to)
			require.LessOrEqual(t, is.Outcome, was.Outcome, "seed %d: %v became %v\n%s", seed, was.Reasons(), is.Reasons(), lazily(func() string { return tell(p, c, o, to) }))
		}
	})
}
