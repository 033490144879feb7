package pattern_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix/pattern"
)

func TestTree(t *testing.T) {
	for _, row := range []struct{ name, text, shape string }{
		{"S-9.5.3-01 precedence of observations", "[a:b=1] FOLLOWEDBY [a:b=2] OR [a:b=3] AND [a:b=4] FOLLOWEDBY [a:b=5]",
			"followed-by (1) (or (2) (and (3) (4))) (5)"},
		{"S-9.5.3-01 precedence of comparisons", "[a:b=1 OR a:b=2 AND a:b=3 OR (a:b=4)]",
			"observation (or (1') (and (2') (3')) (group (4')))"},
		{"S-9.5.3-01 qualifiers bind to the nearest expression", "[a:b=1] FOLLOWEDBY [a:b=2] REPEATS 5 TIMES",
			"followed-by (1) (observation (2') (repeats (integer 5)))"},
		{"qualifiers of parentheses", "([a:b=1] OR [a:b=2]) WITHIN .5 SECONDS START t'2020-01-01T00:00:00Z' STOP t'2020-01-02T00:00:00Z'",
			"group (or (1) (2)) (within (float .5)) (start-stop (timestamp t'2020-01-01T00:00:00Z') (timestamp t'2020-01-02T00:00:00Z'))"},
		{"paths", "[x-a:'b c'[*].d[-1].e NOT LIKE 'f']",
			"observation (comparison NOT LIKE (path (object type x-a) (key 'b c') (star [*]) (key d) (index [-1]) (key e)) (string 'f'))"},
		{"S-9.6.1-08 EXISTS", "[NOT EXISTS a:b]", "observation (comparison NOT EXISTS (path (object type a) (key b)))"},
		{"sets", "[a:b IN (1, 'x', true, h'00', b'AAAA')]",
			"observation (comparison IN (path (object type a) (key b)) (set (integer 1) (string 'x') (boolean true) (hex h'00') (binary b'AAAA')))"},
	} {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, expand(row.shape), shape(parse(t, row.text).Root()))
		})
	}
}

// expand writes n' out as the comparison a:b=n, and n as the observation of it.
func expand(short string) string {
	var long []byte
	for i := range len(short) {
		c := short[i]
		switch {
		case i+1 < len(short) && i > 0 && short[i-1] == '(' && c >= '1' && c <= '9' && short[i+1] == ')':
			long = append(long, "observation (comparison = (path (object type a) (key b)) (integer "+string(c)+"))"...)
		case i+1 < len(short) && i > 0 && short[i-1] == '(' && c >= '1' && c <= '9' && short[i+1] == '\'':
			long = append(long, "comparison = (path (object type a) (key b)) (integer "+string(c)+")"...)
		case c == '\'' && i > 1 && short[i-2] == '(':
		default:
			long = append(long, c)
		}
	}
	return string(long)
}

func TestOperators(t *testing.T) {
	for text, want := range map[string]pattern.Operator{
		"= 1": pattern.Equal, "== 1": pattern.Equal, "!= 1": pattern.NotEqual, "<> 1": pattern.NotEqual,
		"> 1": pattern.Greater, "< 1": pattern.Less, ">= 1": pattern.GreaterOrEqual, "<= 1": pattern.LessOrEqual,
		"IN (1)": pattern.In, "LIKE 'a'": pattern.Like, "MATCHES 'a'": pattern.Matches,
		"ISSUBSET 'a'": pattern.IsSubset, "ISSUPERSET 'a'": pattern.IsSuperset,
	} {
		comparison := parse(t, "[a:b "+text+"]").Root().First()
		assert.Equal(t, want, comparison.Operator(), text)
		assert.False(t, comparison.Negated())
		assert.True(t, parse(t, "[a:b NOT "+text+"]").Root().First().Negated())
	}
}

func TestPositionsAndValues(t *testing.T) {
	text := `( [ file:'na\'me' NOT = 'é\\\'' ] )  WITHIN 5 SECONDS `
	group := parse(t, text).Root()
	assert.Equal(t, `( [ file:'na\'me' NOT = 'é\\\'' ] )  WITHIN 5 SECONDS`, string(group.Text()))
	observation := group.First()
	assert.Equal(t, `[ file:'na\'me' NOT = 'é\\\'' ]`, string(observation.Text()))
	comparison := observation.First()
	assert.Equal(t, `file:'na\'me' NOT = 'é\\\''`, string(comparison.Text()))
	path := comparison.First()
	assert.Equal(t, "file", string(path.First().Value()))
	assert.Equal(t, "na'me", string(path.First().Next().Value()))
	assert.Equal(t, `é\'`, string(path.Next().Value()))
	assert.Equal(t, text[path.Next().Start():path.Next().End()], string(path.Next().Text()))
	assert.True(t, path.Next().Next().IsZero())
	for q := range group.Children() {
		if q.Kind() == pattern.Within {
			assert.Equal(t, "5", string(q.First().Value()))
		}
	}
	set := parse(t, "[a:b IN (h'0a', b'AAAA', t'2020-01-01T00:00:00Z', -1.5, true)]").Root().First().First().Next()
	var values []string
	for e := range set.Children() {
		values = append(values, string(e.Value()))
	}
	assert.Equal(t, []string{"0a", "AAAA", "2020-01-01T00:00:00Z", "-1.5", "true"}, values)
}

func TestLevels(t *testing.T) {
	for text, want := range map[string]int{
		"[a:b = 1 AND (a:c LIKE 'x' OR EXISTS a:d)]": 1, // S-12.7-01
		"([a:b = 1])":                                 1,
		"[a:b = 1] AND [a:b = 1]":                     2, // S-12.7-02
		"([a:b = 1] OR [a:b = 1])":                    2,
		"[a:b = 1] FOLLOWEDBY [a:b = 1]":              3, // S-12.7-03
		"[a:b = 1] WITHIN 5 SECONDS":                  3,
		"[a:b = 1] AND ([a:b = 1] REPEATS 2 TIMES)":   3,
		"([a:b = 1] AND [a:b = 2]) WITHIN .5 SECONDS": 3,
	} {
		assert.Equal(t, want, parse(t, text).Level(), text)
	}
}

// For S-4.7-08 and S-9.5.1-05, which compare them with the indicator's own times.
func TestWindows(t *testing.T) {
	p := parse(t, "([a:b = 1] START t'2020-01-01T00:00:00Z' STOP t'2020-01-02T00:00:00Z') START t'2021-01-01T00:00:00Z' STOP t'2021-01-02T00:00:00Z'")
	var windows []string
	for start, stop := range p.Windows() {
		windows = append(windows, string(start.Value())+"/"+string(stop.Value()))
		assert.Less(t, start.End(), stop.Start())
	}
	assert.Equal(t, []string{"2020-01-01T00:00:00Z/2020-01-02T00:00:00Z", "2021-01-01T00:00:00Z/2021-01-02T00:00:00Z"}, windows)
	for range p.Windows() {
		break
	}
	for range parse(t, "[a:b = 1]").Windows() {
		require.Fail(t, "there is no window")
	}
}
