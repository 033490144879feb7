package configs_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/configs"
)

func TestProblems(t *testing.T) {
	assert.NoError(t, configs.Problems{}.Err())
	ps := configs.Problems{{File: "b.yaml", Line: 2, Column: 1, Message: "two"}, {File: "b.yaml", Line: 1, Column: 3, Message: "one"}, {File: "a.yaml", Message: "gone"}}
	ps.Sort()
	require.Error(t, ps.Err())
	assert.Equal(t, "a.yaml: gone\nb.yaml:1:3: one\nb.yaml:2:1: two", ps.Err().Error())

	root := t.TempDir()
	below := configs.Problems{{File: "members/a.yaml"}, {File: filepath.Join(root, "x")}}.In("policy")
	assert.Equal(t, filepath.Join("policy", "members", "a.yaml"), below[0].File)
	assert.Equal(t, filepath.Join(root, "x"), below[1].File, "an absolute name stays")
}

func TestExcerpt(t *testing.T) {
	excerpt := func(text string, path ...any) string {
		d, problems := configs.Parse("x.yaml", []byte(text))
		require.Empty(t, problems)
		return d.Problem("x", path...).Excerpt
	}
	assert.Equal(t, "   2 | b: x\n     |    ^", excerpt("a: 1\r\nb: x\r\n", "b"))
	assert.Equal(t, "   1 | {é: 1, b: x}\n     |           ^", excerpt("{é: 1, b: x}", "b"), "columns are characters")
	assert.Equal(t, "   1 | a: ??\n     |    ^", excerpt("a: \u202e\u200b", "a"), "what a terminal would act on is not shown")
	assert.Equal(t, "   1 | a:  b\n     |     ^", excerpt("a: \tb", "a"))

	long := excerpt("{a: "+strings.Repeat("x", 500)+", b: y, c: "+strings.Repeat("z", 500)+"}", "b")
	lines := strings.Split(long, "\n")
	assert.Len(t, []rune(lines[0]), len("   1 | ")+100)
	assert.Equal(t, "y", lines[0][strings.Index(lines[1], "^"):][:1])
}
