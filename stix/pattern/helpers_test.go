package pattern_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entente/stix/pattern"
)

// list reads one pattern a line; what follows a tab is a remark, # in front a comment.
func list(t testing.TB, path string) (patterns []string) {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, pattern.MaxText)
	for lines.Scan() {
		if line, _, _ := strings.Cut(lines.Text(), "\t"); line != "" && line[0] != '#' {
			patterns = append(patterns, line)
		}
	}
	require.NoError(t, lines.Err())
	return patterns
}

// full reads a list of the corpus, which is too large to be part of the project; without it, none.
func full(t testing.TB, name string) []string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "corpus", "patterns", name)
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	return list(t, path)
}

// tester is what tests and properties have in common.
type tester interface {
	require.TestingT
	Helper()
}

// parse reads a pattern that has to be valid.
func parse(t tester, text string) *pattern.Pattern {
	t.Helper()
	p, err := pattern.Parse(text)
	require.NoError(t, err, text)
	return p
}

// refused reads a pattern that must not be valid.
func refused(t tester, text string) *pattern.Error {
	t.Helper()
	_, err := pattern.Parse(text)
	require.Error(t, err, text)
	var e *pattern.Error
	require.ErrorAs(t, err, &e)
	return e
}

// codes are the codes of the findings, but for those of names: examples have short ones.
func codes(p *pattern.Pattern) (codes []string) {
	for _, f := range p.Check(nil) {
		if !strings.HasPrefix(f.Code, "S-3.1-") {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// shape writes a tree as nested lists.
func shape(n pattern.Node) string {
	var b strings.Builder
	writeShape(&b, n)
	return b.String()
}

func writeShape(b *strings.Builder, n pattern.Node) {
	b.WriteString(n.Kind().String())
	if n.Kind() == pattern.Comparison {
		if n.Negated() {
			b.WriteString(" NOT")
		}
		b.WriteString(" " + n.Operator().String())
	}
	if n.First().IsZero() {
		b.WriteString(" " + string(n.Text()))
		return
	}
	for c := range n.Children() {
		b.WriteString(" (")
		writeShape(b, c)
		b.WriteString(")")
	}
}
