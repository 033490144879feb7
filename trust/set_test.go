package trust_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/trust"
)

func TestSet(t *testing.T) {
	assert.Equal(t, trust.SetOf("a", "b", "c"), trust.SetOf("c", "", "a", "b", "a"), "one form, whatever the order")
	assert.Equal(t, trust.Set(""), trust.SetOf("", ""))
	assert.False(t, trust.SetOf("a\tb").Has("a"), "a name ends where the line does")
	assert.False(t, trust.SetOf("xa").Both(trust.SetOf("a")), "and begins where it does")
	for _, row := range []struct {
		name  string
		set   trust.Set
		names []string
	}{
		{"none", trust.SetOf(), nil},
		{"one", trust.SetOf("energy"), []string{"energy"}},
		{"several, ascending", trust.SetOf("health", "energy", "finance"), []string{"energy", "finance", "health"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, row.names, row.set.Names())
			for _, n := range row.names {
				assert.True(t, row.set.Has(n), n)
				assert.True(t, row.set.Meets([]string{"other", n}), n)
				assert.True(t, row.set.Both(trust.SetOf("a", n, "z")), n)
				assert.True(t, trust.SetOf("a", n, "z").Both(row.set), n)
			}
			for _, n := range []string{"", "e", "energ", "energy2", "nergy", "zzz"} {
				assert.False(t, row.set.Has(n), n)
				assert.False(t, row.set.Meets([]string{n}), n)
			}
			assert.False(t, row.set.Meets(nil))
			assert.False(t, row.set.Both(trust.SetOf("a", "energ", "z")))
			assert.False(t, row.set.Both(trust.SetOf()))
		})
	}
}

func TestSetCovers(t *testing.T) {
	abc := trust.SetOf("a", "b", "c")
	for _, names := range [][]string{nil, {"a"}, {"b"}, {"c"}, {"a", "c"}, {"a", "b", "c"}} {
		assert.True(t, abc.Covers(trust.SetOf(names...)), names)
	}
	for _, names := range [][]string{{"d"}, {"a", "d"}, {"ab"}, {"a", "b", "c", "d"}} {
		assert.False(t, abc.Covers(trust.SetOf(names...)), names)
	}
	assert.False(t, trust.SetOf().Covers(abc))
}

func TestSetIntersect(t *testing.T) {
	ab, bc := trust.SetOf("a", "b"), trust.SetOf("b", "c")
	assert.Equal(t, trust.SetOf("b"), ab.Intersect(bc))
	assert.Equal(t, trust.SetOf("b"), bc.Intersect(ab))
	assert.Equal(t, ab, ab.Intersect(ab))
	assert.Equal(t, trust.SetOf(), ab.Intersect(trust.SetOf()))
	assert.Equal(t, trust.SetOf(), trust.SetOf().Intersect(ab))
}
