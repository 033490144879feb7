package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patternVerdicts reads strictly what validate --patterns printed.
func patternVerdicts(t testing.TB, r result) (list []patternVerdict) {
	t.Helper()
	for line := range strings.Lines(r.out) {
		var v patternVerdict
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(&v), line)
		require.Equal(t, v.Valid, v.Message == "" && v.Column == 0, line)
		list = append(list, v)
	}
	return list
}

func TestValidatePatterns(t *testing.T) {
	const good = "[file:name = 'é']"
	for _, row := range []struct {
		name, content string
		code          int
		want          []patternVerdict
	}{
		{"nothing", "", exitDone, nil},
		{"blank lines are counted", "\n \r\n" + good + "\r\n\n" + good, exitDone, []patternVerdict{{Line: 3, Valid: true}, {Line: 5, Valid: true}}},
		{"a column counts characters (S-4.7-03)", "[file:name = 'é' x]\n" + good, exitFailed, []patternVerdict{{Line: 1, Column: 18}, {Line: 2, Valid: true}}},
		{"a hash that is none (S-2.7-04)", "[file:hashes.MD5 = 'abc']\n", exitFailed, []patternVerdict{{Line: 1, Column: 20}}},
		{"a qualifier twice", good + " REPEATS 2 TIMES REPEATS 3 TIMES", exitFailed, []patternVerdict{{Line: 1, Column: 35}}},
		{"two types side by side (S-9.5-02)", "[file:name = 'x' AND url:value = 'y']", exitDone, []patternVerdict{{Line: 1, Valid: true, Findings: []patternFinding{{Code: "S-9.5-02", Column: 2}}}}},
		{"a line of 2 MB", "[file:name = '" + strings.Repeat("x", 2<<20) + "']\n" + good, exitFailed, []patternVerdict{{Line: 1, Column: 1}, {Line: 2, Valid: true}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := ententeWith(t, row.content, "validate", "--patterns", "-")
			assert.Equal(t, row.code, r.code)
			assert.Empty(t, r.err)
			got := patternVerdicts(t, r)
			for i := range got {
				if !got[i].Valid {
					assert.NotEmpty(t, got[i].Message)
				}
				got[i].Message = ""
				for k := range got[i].Findings {
					assert.NotEmpty(t, got[i].Findings[k].Message)
					got[i].Findings[k].Message = ""
				}
			}
			assert.Equal(t, row.want, got)
			assert.Equal(t, r, entente(t, "validate", "--patterns", file(t, "x.txt", row.content)))
			assert.Equal(t, r, ententeWith(t, row.content, "validate", "--json", "--patterns", "-"))
		})
	}
}

func TestValidatePatternsForm(t *testing.T) {
	r := ententeWith(t, "[file:name = 'x']\n[file:name]", "validate", "--patterns", "-")
	good, bad, _ := strings.Cut(r.out, "\n")
	assert.Equal(t, `{"line":1,"valid":true}`, good)
	assert.True(t, strings.HasPrefix(bad, `{"line":2,"valid":false,"column":11,"message":"`), bad)
}

func TestValidatePatternsOfSeveralFiles(t *testing.T) {
	a, b := file(t, "a.txt", "[file:name = 'x']\n"), file(t, "b.txt", "\n[file:name = 'x'")
	none := filepath.Join(t.TempDir(), "none.txt")
	r := entente(t, "validate", "--patterns", a, none, b)
	assert.Equal(t, exitMisuse, r.code)
	assert.Equal(t, "entente: "+none+": there is no such file\n", r.err)
	got := patternVerdicts(t, r)
	require.Len(t, got, 2)
	assert.Equal(t, patternVerdict{File: a, Line: 1, Valid: true}, got[0])
	assert.Equal(t, []any{b, 2, false}, []any{got[1].File, got[1].Line, got[1].Valid})
}

// A program may ask line by line: the answer does not wait for the end.
func TestValidatePatternsAnswersAtOnce(t *testing.T) {
	ask, question := io.Pipe()
	answer, say := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(t.Context(), []string{"validate", "--patterns", "-"}, ask, say, io.Discard)
		say.Close()
	}()
	answers := bufio.NewReader(answer)
	for _, want := range []string{`{"line":1,"valid":true}`, `{"line":2,"valid":true}`} {
		_, err := io.WriteString(question, "[file:name = 'x']\n")
		require.NoError(t, err)
		got, err := answers.ReadString('\n')
		require.NoError(t, err)
		assert.Equal(t, want+"\n", got)
	}
	question.Close()
	assert.Equal(t, exitDone, <-code)
}

func TestValidatePatternCorpus(t *testing.T) {
	dir := validateCorpus(t, "patterns")
	for _, row := range []struct {
		file  string
		valid bool
	}{{"pass.txt", true}, {"real-pass.txt", true}, {"fail.txt", false}, {"real-fail.tsv", false}} {
		t.Run(row.file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, row.file))
			require.NoError(t, err)
			var patterns strings.Builder
			for line := range strings.Lines(string(data)) {
				if pattern, _, isTable := strings.Cut(line, "\t"); strings.HasSuffix(row.file, ".tsv") {
					if !isTable {
						continue // what is said of the table
					}
					line = pattern + "\n"
				}
				patterns.WriteString(line)
			}
			got := patternVerdicts(t, ententeWith(t, patterns.String(), "validate", "--patterns", "-"))
			assert.NotEmpty(t, got)
			for _, v := range got {
				assert.Equal(t, row.valid, v.Valid, "line %d: %s", v.Line, v.Message)
			}
		})
	}
}
