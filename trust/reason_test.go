package trust_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/trust"
)

// The codes are P-4's, in the order of its table.
func TestCodes(t *testing.T) {
	want := []string{
		"recipient", "echo", "recalled", "marking", "unmarked", "recipients", "red", "onward", "need-to-know", "dialect",
		"ceiling", "scope:types", "scope:sectors", "scope:countries", "scope:labels", "scope:min_confidence",
		"exclude", "personal", "reference", "embargo", "approval", "internal",
	}
	var names []string
	for _, c := range trust.Codes() {
		names = append(names, c.String())
		parsed, ok := trust.ParseCode(c.String())
		assert.True(t, ok)
		assert.Equal(t, c, parsed)
	}
	assert.Equal(t, want, names)
	for _, s := range []string{"", "Red", "scope"} {
		c, ok := trust.ParseCode(s)
		assert.False(t, ok, s)
		assert.Zero(t, c, s)
	}
}

func TestOutcomesInWords(t *testing.T) {
	assert.Equal(t, "withhold", trust.Withhold.String())
	assert.Equal(t, "hold", trust.Hold.String())
	assert.Equal(t, "release", trust.Release.String())
	assert.Less(t, trust.Withhold, trust.Hold, "P-4: withhold > hold > release")
	assert.Less(t, trust.Hold, trust.Release)
}

func TestOriginInWords(t *testing.T) {
	assert.Equal(t, "members/xb.yaml:2", (&trust.Origin{File: "members/xb.yaml", Line: 2, Clause: "trust 3"}).String())
	assert.Empty(t, (*trust.Origin)(nil).String())
}

// The primary reason is the first of the strongest, also where a weaker one comes before it.
func TestDecisionPrimary(t *testing.T) {
	c := ours(trust.Unmarked)
	c.Label.Named = true
	decision := vectorSnapshot(t, noon).Decide(&c, &trust.Circumstances{}, trust.Principal{Kind: trust.Member, ID: "csirt-xb"})
	assert.Equal(t, []string{"hold unmarked", "withhold recipients"}, told(&decision))
	primary, ok := decision.Primary()
	assert.True(t, ok)
	assert.Equal(t, trust.CheckRecipients, primary.Code)
	assert.True(t, decision.Has(trust.CheckRecipients))
	assert.True(t, decision.Has(trust.CheckUnmarked))
	assert.False(t, decision.Has(trust.CheckMarking))
	assert.False(t, decision.Has(trust.CheckRed))
}

func TestDecisionHas(t *testing.T) {
	s := vectorSnapshot(t, noon)
	unknown := ours(trust.Clear)
	decision := s.Decide(&unknown, &trust.Circumstances{}, trust.Principal{Kind: trust.Member, ID: "stranger"})
	assert.True(t, decision.Has(trust.CheckRecipient))
	assert.False(t, decision.Has(trust.CheckEcho))
	primary, ok := decision.Primary()
	assert.True(t, ok)
	assert.Equal(t, trust.Reason{Code: trust.CheckRecipient, Outcome: trust.Withhold}, primary)
	assert.Equal(t, []trust.Reason{primary}, decision.Reasons())
}
