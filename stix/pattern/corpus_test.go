package pattern_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix/pattern"
)

func TestLists(t *testing.T) {
	for _, row := range []struct {
		name     string
		patterns []string
		valid    bool
	}{
		{"sample of pass.txt", list(t, "testdata/pass.txt"), true},
		{"sample of fail.txt", list(t, "testdata/fail.txt"), false},
		{"S-9.8-01 the examples of the text", list(t, "testdata/specification.txt"), true},
		{"pass.txt", full(t, "pass.txt"), true},
		{"real-pass.txt", full(t, "real-pass.txt"), true},
		{"fail.txt", full(t, "fail.txt"), false},
		{"real-fail.tsv", full(t, "real-fail.tsv"), false},
		{"semantic.tsv", full(t, "semantic.tsv"), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			if len(row.patterns) == 0 {
				t.Skip("the corpus is not here")
			}
			for _, text := range row.patterns {
				_, err := pattern.Parse(text)
				assert.Equal(t, row.valid, err == nil, "%s: %v", text, err)
			}
		})
	}
}

// Real patterns break next to none of the rules of the text: false alarms would show here.
func TestRealPatternsAreClean(t *testing.T) {
	for _, text := range append(full(t, "real-pass.txt"), list(t, "testdata/specification.txt")...) {
		assert.Empty(t, codes(parse(t, text)), text)
	}
}

func TestSemanticListHasFindings(t *testing.T) {
	lines := full(t, "semantic.tsv")
	if len(lines) == 0 {
		t.Skip("the corpus is not here")
	}
	for _, text := range lines {
		findings := parse(t, text).Check(nil)
		require.NotEmpty(t, findings, text)
		if !strings.HasPrefix(text, "[f:") {
			assert.NotEmpty(t, codes(parse(t, text)), text)
		}
	}
}

// Every code that may be given is a row of the requirements.
func TestCodesAreRequirements(t *testing.T) {
	rows, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "stix", "requirements.md"))
	if err != nil {
		t.Skipf("the requirements are not here: %v", err)
	}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	code := regexp.MustCompile(`"(S-[0-9.]+-[0-9]+)"`)
	found := 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range code.FindAllSubmatch(src, -1) {
			found++
			assert.Contains(t, string(rows), "| "+string(m[1])+" |", file)
		}
	}
	assert.NotZero(t, found)
}
