package trust_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
)

// promised is an agreement of us and xb that carries tests; the lines of flows and tests follow.
func promised(lines ...string) string {
	return "agreement: mou\nparties: [us, xb, xc, fin]\n" + strings.Join(lines, "\n") + "\n"
}

const amberIndicators = "flows: [{from: us, to: xb, max_tlp: amber, types: [indicator]}]"

// TestRunTests runs the tests that agreements carry (P-6). Each row says which of them fail.
func TestRunTests(t *testing.T) {
	for _, row := range []struct {
		name  string
		mou   string
		local string
		want  []string
	}{
		{"P-6 no tests", promised(amberIndicators), "", nil},
		{"P-6 as promised", promised(amberIndicators, "tests:",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber}, expect: release}",
			"  - {from: us, to: xb, object: {type: indicator, tlp: red}, expect: withhold, reason: red}",
			"  - {from: us, to: xb, object: {type: malware, tlp: amber}, expect: withhold, reason: 'scope:types'}",
			"  - {from: us, to: xb, object: {type: ipv4-addr, tlp: amber}, expect: release}",
			"  - {from: us, to: xb, object: {type: indicator}, expect: hold, reason: unmarked}",
			"  - {from: us, to: xc, object: {type: indicator, tlp: green}, expect: withhold, reason: ceiling}"), "", nil},
		{"P-8 38 another outcome, each named by its line", promised(amberIndicators, "tests:",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber}, expect: withhold}",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber}, expect: release}",
			"  - {from: us, to: xb, object: {type: malware, tlp: red}, expect: release}"), "", []string{
			"agreements/mou.yaml:5 test 1: expected withhold, and the policy says release ()",
			"agreements/mou.yaml:7 test 3: expected release, and the policy says withhold (red, ceiling)"}},
		{"P-8 38 another reason", promised(amberIndicators, "tests:",
			"  - {from: us, to: xb, object: {type: indicator, tlp: red}, expect: withhold, reason: echo}",
			"  - {from: us, to: xb, object: {type: indicator, tlp: red}, expect: withhold, reason: ceiling}"), "", []string{
			"agreements/mou.yaml:5 test 1: expected the reason echo, and found red, ceiling"}},
		{"P-6 of others, theirs to run", promised(amberIndicators, "tests:",
			"  - {from: xb, to: us, object: {type: indicator, tlp: amber}, expect: withhold, reason: echo}",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber}, expect: hold}"), "", []string{
			"agreements/mou.yaml:6 test 2: expected hold, and the policy says release ()"}},
		{"P-6 at the trust that its flows to the member need", promised("flows:",
			"  - {from: us, to: xb, max_tlp: green}", "  - {from: us, to: xb, max_tlp: amber+strict}", "  - {from: us, to: xb, max_tlp: clear}", "  - {from: xb, to: us, max_tlp: red}", "  - {from: us, to: xc, max_tlp: green}", "tests:",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber+strict}, expect: release}",
			"  - {from: us, to: xc, object: {type: indicator, tlp: amber}, expect: withhold, reason: ceiling}"), "", nil},
		{"P-6 at no more trust than that, whatever flows to others", promised("flows:",
			"  - {from: us, to: fin, max_tlp: clear}", "  - {from: us, to: xc, max_tlp: amber}", "  - {from: fin, to: us, max_tlp: amber}", "  - {from: xc, to: fin, max_tlp: amber}", "tests:",
			"  - {from: us, to: fin, object: {type: indicator, tlp: clear}, expect: release}",
			"  - {from: us, to: fin, object: {type: indicator, tlp: green}, expect: withhold, reason: ceiling}"), "", nil},
		{"P-6 as the member is, a constituent", promised("flows: [{from: us, to: fin, max_tlp: amber, types: [malware]}]", "tests:",
			"  - {from: us, to: fin, object: {type: indicator, tlp: green}, expect: release}"), "", nil},
		{"P-6 to a constituent without a flow, trust 1", promised("tests:",
			"  - {from: us, to: fin, object: {type: indicator, tlp: green}, expect: withhold, reason: ceiling}"), "", nil},
		{"P-6 a flow up to red needs trust 4", promised("flows: [{from: us, to: xb, max_tlp: red}]", "tests:",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber+strict}, expect: release}"), "", nil},
		{"P-6 without a flow, trust 1", promised("tests:",
			"  - {from: us, to: xb, object: {type: indicator, tlp: clear}, expect: release}"), "", nil},
		{"P-6 no other agreement, no local rule", promised(amberIndicators, "tests:",
			"  - {from: us, to: xb, object: {type: malware, tlp: amber}, expect: withhold}",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber, confidence: 1}, expect: release}"),
			"{suspended: [mou], unmarked: clear, rules: [{to: any, min_confidence: 50}]}", nil},
		{"P-6 every key of the object", promised("flows: [{from: us, to: xb, max_tlp: amber, sectors: [energy], countries: [XA], labels: [phishing]}]", "tests:",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber, sectors: [energy], countries: [XA], labels: [phishing], confidence: 5}, expect: release}",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber, countries: [XA], labels: [phishing]}, expect: withhold, reason: 'scope:sectors'}",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber, sectors: [energy], labels: [phishing]}, expect: withhold, reason: 'scope:countries'}",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber, sectors: [energy], countries: [XA]}, expect: withhold, reason: 'scope:labels'}"), "", nil},
		{"P-4 10b personal data by its type", promised("flows: [{from: us, to: xb, max_tlp: amber}]", "terms: {personal_data: hold}", "tests:",
			"  - {from: us, to: xb, object: {type: email-addr, tlp: green}, expect: hold, reason: personal}",
			"  - {from: us, to: xb, object: {type: email-message, tlp: green}, expect: hold, reason: personal}",
			"  - {from: us, to: xb, object: {type: user-account, tlp: green}, expect: hold, reason: personal}",
			"  - {from: us, to: xb, object: {type: ipv4-addr, tlp: green}, expect: release}"), "", nil},
		{"P-6 before it begins, as on its first day", promised(amberIndicators, "valid: {from: 2027-01-01, until: 2027-12-31}", "tests:",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber}, expect: release}"), "", nil},
		{"P-6 while it is in force", promised(amberIndicators, "valid: {from: 2026-01-01, until: 2026-12-31}", "tests:",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber}, expect: release}"), "", nil},
		{"P-6 at the first instant after it, as on its last day", promised(amberIndicators, "valid: {from: 2026-01-01, until: 2026-12-31}", "tests:",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber}, expect: release}"), "", nil},
		{"P-6 one that has only begun", promised(amberIndicators, "valid: {from: 2026-01-01}", "tests:",
			"  - {from: us, to: xb, object: {type: indicator, tlp: amber}, expect: release}"), "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := map[string]string{
				"members/xb.yaml": "{member: xb, trust: 0}", "members/xc.yaml": "{member: xc, trust: 0}",
				"members/fin.yaml":       "{member: fin, trust: 0, relation: constituent}",
				"agreements/also.yaml":   "{agreement: also, parties: [us, xb, xc], flows: [{from: us, to: xb, max_tlp: amber}, {from: us, to: xc, max_tlp: amber}]}",
				"communities/north.yaml": "{community: north, members: [us, xb, xc]}",
				"agreements/mou.yaml":    row.mou,
			}
			if row.local != "" {
				folder["local.yaml"] = row.local
			}
			p, problems := trust.Parse(us, files(folder))
			require.Empty(t, problems)
			var found []string
			for _, problem := range p.RunTests() {
				found = append(found, fmt.Sprintf("%s:%d %s", problem.File, problem.Line, problem.Message))
			}
			assert.Equal(t, row.want, found)
		})
	}
}

func TestRunTestsOfAllAgreementsInOrder(t *testing.T) {
	fails := "tests: [{from: us, to: xb, object: {type: indicator, tlp: red}, expect: release}]"
	p, problems := trust.Parse(us, files(map[string]string{
		"members/xb.yaml":   "{member: xb, trust: 4}",
		"agreements/b.yaml": "agreement: b\nparties: [us, xb]\n" + fails,
		"agreements/a.yaml": "agreement: a\nparties: [us, xb]\n" + fails,
	}))
	require.Empty(t, problems)
	failed := p.RunTests()
	require.Len(t, failed, 2)
	assert.Equal(t, "agreements/a.yaml", failed[0].File)
	assert.Equal(t, "agreements/b.yaml", failed[1].File)
	assert.Equal(t, 3, failed[1].Line)
}
