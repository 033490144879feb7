package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tableOf runs validate in a folder with these files.
func tableOf(t *testing.T, files map[string]string, args ...string) result {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, content := range files {
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	}
	return entente(t, append([]string{"validate"}, args...)...)
}

func TestValidateTable(t *testing.T) {
	files := map[string]string{
		"a.json": soundObject, "b.json": bundleOf(soundObject, forgivenObject),
		"c.ndjson": soundObject + "\n" + brokenObject + "\n" + strings.Replace(brokenObject, `"name":"é",`, "", 1),
		"d.json":   "[", "e.json": "",
	}
	assert.Equal(t, `verdict  objects  errors  warnings  file
valid          1       0         0  a.json
valid          2       0         1  b.json
INVALID        3       3         0  c.ndjson
  error S-3.2-06, 2 times: modified is earlier than created,
      2026-01-01T00:00:00.000Z
    line 2, /1/modified: 2025-01-01T00:00:00.000Z
      identity--00000000-0000-4000-8000-000000000003
    line 3, /2/modified: 2025-01-01T00:00:00.000Z
      identity--00000000-0000-4000-8000-000000000003
  error S-4.5-00: name is missing; identity requires it
    line 3, /2  identity--00000000-0000-4000-8000-000000000003
INVALID        0       1         0  d.json
  error J-syntax: byte 1: a value is missing
    line 1
INVALID        0       1         0  e.json
  error J-syntax: byte 0: the document is empty
    line 1

5 files, 3 invalid; 6 objects, 5 errors, 1 warning
  in 2 files, 2 places: J-syntax, such as: byte 1: a value is missing
forgiven: timestamp-precision 1 (--strict makes errors of these)
1 warning not shown; --warnings shows them
`, tableOf(t, files, "a.json", "b.json", "c.ndjson", "d.json", "e.json").out)

	assert.Equal(t, `verdict  objects  errors  warnings  file
valid          2       0         1  b.json
  warning S-3.2-04, forgiven: timestamp-precision: created and modified have at
      least three fraction digits, as in 2026-01-31T12:00:00.000Z
    /objects/1/created: 2026-01-01T00:00:00Z
      identity--00000000-0000-4000-8000-000000000002
forgiven: timestamp-precision 1 (--strict makes errors of these)
`, tableOf(t, files, "-w", "b.json").out)

	assert.Equal(t, "2 files, 0 invalid; 3 objects, 0 errors, 1 warning\n"+
		"forgiven: timestamp-precision 1 (--strict makes errors of these)\n1 warning not shown; --warnings shows them\n",
		tableOf(t, files, "-q", "a.json", "b.json").out)
}

// A table shows the first places of a kind, and of those that say different things one of each.
func TestValidateTableCutsOff(t *testing.T) {
	var objects []string
	for i := range 30 {
		objects = append(objects, sample(i, "2026-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000Z"))
	}
	objects = append(objects, sample(30, "2027-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000Z"))
	r := tableOf(t, map[string]string{"x.json": bundleOf(objects...)}, "x.json")
	assert.Contains(t, r.out, "  error S-3.2-06, 31 times\n    /objects/0/modified: ")
	assert.Contains(t, r.out, "      modified is earlier than created, 2027-01-01T00:00:00.000Z\n")
	assert.Contains(t, r.out, "    and 28 more places; --all shows them\n")
	r = tableOf(t, map[string]string{"x.json": bundleOf(objects...)}, "--all", "x.json")
	assert.Equal(t, 31, strings.Count(r.out, "/modified: "))
	assert.NotContains(t, r.out, "more place")
}

func TestValidateTableCutsOffKinds(t *testing.T) {
	var out strings.Builder
	v := verdict{File: "x.json"}
	for i := range shownKinds + 2 {
		v.Errors = append(v.Errors, finding{Code: fmt.Sprintf("S-%02d", i), Message: "wrong"})
	}
	require.NoError(t, newTable(&out, tableFlags{}).add(v))
	assert.Contains(t, out.String(), "error S-19: wrong\n  and 2 more kinds of errors; --all shows them\n")
	out.Reset()
	require.NoError(t, newTable(&out, tableFlags{all: true}).add(v))
	assert.Contains(t, out.String(), "error S-21: wrong\n")
}

// What a file says cannot command the terminal, and does not widen the table.
func TestValidateTableIsSafe(t *testing.T) {
	evil := strings.Replace(soundObject, "organization", strings.Repeat("\u001b]0;x\u0007 \u202e\n\t", 40), 1)
	evil = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(evil, "\n", `\n`), "\t", `\t`), "\x1b", `\u001b`), "\x07", `\u0007`)
	r := tableOf(t, map[string]string{"\x1b[2J.json": evil}, "-aw", "\x1b[2J.json")
	assert.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "/identity_class: ")
	for line := range strings.Lines(r.out) {
		assert.LessOrEqual(t, utf8.RuneCountInString(line), tableWidth+1, line)
		assert.NotContains(t, line, "\x1b")
		assert.NotContains(t, line, "\x07")
		assert.NotContains(t, line, "\u202e")
	}
}
