package trust_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/trust"
)

func TestRoles(t *testing.T) {
	for i, name := range []string{"reader", "analyst", "officer", "admin"} {
		role, ok := trust.ParseRole(name)
		assert.True(t, ok, name)
		assert.Equal(t, trust.Role(i+1), role, "each includes the one before it")
		assert.Equal(t, name, role.String())
	}
	for _, name := range []string{"", "Officer", "root"} {
		role, ok := trust.ParseRole(name)
		assert.False(t, ok, name)
		assert.Equal(t, trust.NoRole, role)
	}
	assert.Empty(t, trust.NoRole.String())
}

func TestPrincipalInWords(t *testing.T) {
	for want, p := range map[string]trust.Principal{
		"nobody":         {ID: "xb"},
		"anonymous":      {Kind: trust.Anonymous},
		"account misp":   {Kind: trust.Account, ID: "misp"},
		"member csirt-x": {Kind: trust.Member, ID: "csirt-x"},
	} {
		assert.Equal(t, want, p.String())
	}
}

func TestPrincipalHas(t *testing.T) {
	p := trust.Principal{Compat: []string{"empty-objects", "other"}}
	assert.True(t, p.Has("empty-objects"))
	assert.True(t, p.Has("other"))
	assert.False(t, p.Has("empty"))
	assert.False(t, trust.Principal{}.Has(""))
}
