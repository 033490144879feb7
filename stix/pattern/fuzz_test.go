package pattern_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix/pattern"
)

func FuzzParse(f *testing.F) {
	for _, path := range []string{"testdata/pass.txt", "testdata/fail.txt", "testdata/specification.txt"} {
		for _, text := range list(f, path) {
			f.Add([]byte(text))
		}
	}
	var p, again pattern.Parser
	f.Fuzz(func(t *testing.T, text []byte) {
		parsed, err := p.Parse(text)
		if err != nil {
			assert.True(t, err.Offset >= 0 && err.Offset <= len(text))
			assert.Equal(t, utf8.RuneCount(text[:err.Offset])+1, err.Column)
			assert.NotEmpty(t, err.Code)
			assert.NotEmpty(t, err.Message)
			return
		}
		checkTree(t, text, parsed.Root())
		findings := parsed.Check(nil)
		assert.LessOrEqual(t, len(findings), 50)
		assert.LessOrEqual(t, parsed.Work(), 2*len(text)+3)
		for _, f := range findings {
			assert.True(t, f.Offset >= 0 && f.Offset < len(text))
			assert.True(t, utf8.RuneStart(text[f.Offset]))
			assert.NotEmpty(t, f.Code)
			assert.NotEmpty(t, f.Message)
		}
		spaced, err := again.Parse(spread(text, parsed.Root()))
		require.Nil(t, err)
		assert.Equal(t, shape(parsed.Root()), shape(spaced.Root()))
	})
}

// checkTree wants children inside of their parents, one behind the other, and no space at their ends.
func checkTree(t *testing.T, text []byte, n pattern.Node) {
	require.True(t, n.Start() >= 0 && n.Start() < n.End() && n.End() <= len(text))
	for _, end := range []byte{text[n.Start()], text[n.End()-1]} {
		assert.NotContains(t, " \t\r\n\v\f", string(end))
	}
	at := n.Start()
	for c := range n.Children() {
		require.LessOrEqual(t, at, c.Start())
		require.LessOrEqual(t, c.End(), n.End())
		at = c.End()
		checkTree(t, text, c)
	}
}

// spread puts white space and comments around every leaf of the tree; the index with its brackets
// is one.
func spread(text []byte, root pattern.Node) []byte {
	out := []byte("/* a */ ")
	at := 0
	var walk func(n pattern.Node)
	walk = func(n pattern.Node) {
		if n.First().IsZero() {
			out = append(out, text[at:n.Start()]...)
			out = append(out, " \u3000/*'*/"...)
			out = append(out, n.Text()...)
			out = append(out, "//[\n"...)
			at = n.End()
		}
		for c := range n.Children() {
			walk(c)
		}
	}
	walk(root)
	return append(append(out, text[at:]...), " // b"...)
}
