package trust

import (
	"fmt"
	"strings"

	"entente/configs"
)

// RunTests runs the tests that agreements carry (P-6) and returns those that fail. Each sees its
// agreement alone, at its first instant, at the trust that its flows need; tests of what others
// give are theirs to run.
func (p *Policy) RunTests() configs.Problems {
	var out configs.Problems
	for _, id := range sorted(p.Agreements) {
		file, a := "agreements/"+id+".yaml", p.Agreements[id]
		for i := range a.Tests {
			t := &a.Tests[i]
			if t.From != p.Node {
				continue
			}
			s := p.alone(id, t.To).At(a.Valid.From.Start())
			if why := t.run(s); why != "" {
				out = append(out, p.problem(file, fmt.Sprintf("test %d: %s", i+1, why), "tests", i))
			}
		}
	}
	return out
}

// alone is the policy with one agreement and nothing else that grants or takes away.
func (p *Policy) alone(agreement, to string) *Policy {
	a := p.Agreements[agreement]
	needed := 1
	for _, f := range a.Flows {
		if f.From == p.Node && f.To == to {
			needed = max(needed, int(min(f.MaxTLP, AmberStrict)))
		}
	}
	m := p.Members[to]
	m.Trust = needed
	return &Policy{
		Node:       p.Node,
		Members:    map[string]MemberFile{to: m},
		Agreements: map[string]AgreementFile{agreement: a},
	}
}

// run says why a test fails, or nothing.
func (t *Test) run(s *Snapshot) string {
	c := Class{
		Type:     t.Object.Type,
		Label:    Label{Level: t.Object.TLP, Unmarked: t.Object.TLP == Unmarked},
		Source:   Source{Kind: FromUs},
		Scope:    Scope{SetOf(t.Object.Sectors...), SetOf(t.Object.Countries...), SetOf(t.Object.Labels...)},
		Personal: isPersonal(t.Object.Type),
	}
	d := s.Decide(&c, &Circumstances{}, Principal{Kind: Member, ID: t.To})
	var found []string
	named := t.Reason == ""
	for _, r := range d.Reasons() {
		found = append(found, r.Code.String())
		named = named || r.Code.String() == t.Reason
	}
	switch {
	case d.Outcome.String() != t.Expect:
		return fmt.Sprintf("expected %s, and the policy says %s (%s)", t.Expect, d.Outcome, strings.Join(found, ", "))
	case !named:
		return fmt.Sprintf("expected the reason %s, and found %s", t.Reason, strings.Join(found, ", "))
	}
	return ""
}
