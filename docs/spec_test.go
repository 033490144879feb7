package docs_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requirement is one row of spec/taxii-2.1.tsv.
type requirement struct {
	id, level string
	status    string // yes, partial, no, n/a
	where     string // a Go file, and a function in it
	tests     []string
	note      string
}

// specID is how code and documents cite a row: T-3.4-07 (server), C-3.5-D1 (client), X-04 and
// I-3.5.2.1 (interoperability profile). The promises I-1 to I-10 have no dot and are no rows.
var specID = regexp.MustCompile(`\b(?:T-(?:AUTH|HTTP|B|\d[\d.]*)-D?\d+|C-\d[\d.]*-D?\d+|X-\d\d\b|I-\d+(?:\.\d+)+)`)

func requirements(t *testing.T) (rows []requirement) {
	t.Helper()
	text, err := os.ReadFile("spec/taxii-2.1.tsv")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	require.Equal(t, "id\tlevel\tstatus\twhere\ttest\tnote", lines[0])
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		require.Len(t, cells, 6, line)
		r := requirement{id: cells[0], level: cells[1], status: cells[2], where: cells[3], note: cells[5]}
		if cells[4] != "-" {
			r.tests = strings.Fields(cells[4])
		}
		rows = append(rows, r)
	}
	return rows
}

func TestSpecIndex(t *testing.T) {
	functions := map[string]bool{}
	goFiles(t, func(path string, _ *token.FileSet, file *ast.File) {
		functions[path] = true
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				functions[path+" "+f.Name.Name] = true
			}
		}
	})
	cited := citations(t)
	seen := map[string]bool{}
	for _, r := range requirements(t) {
		assert.Regexp(t, "^"+specID.String()+"$", r.id)
		assert.False(t, seen[r.id], "%s stands twice", r.id)
		seen[r.id] = true
		switch r.status {
		case "yes", "partial":
			assert.True(t, functions[r.where], "%s: %s is not there", r.id, r.where)
			if r.status == "yes" {
				assert.NotEmpty(t, r.tests, "%s is said to hold, and no test says so", r.id)
			}
		case "no", "n/a":
			assert.NotEqual(t, "-", r.note, "%s: say why", r.id)
			assert.False(t, r.status == "no" && strings.HasPrefix(r.level, "MUST"), "%s: a duty is missing", r.id)
		default:
			assert.Fail(t, "unknown status", "%s: %s", r.id, r.status)
		}
		for _, file := range r.tests {
			assert.Contains(t, cited[r.id], file, "%s is not cited there", r.id)
		}
	}
	for id, files := range cited {
		assert.True(t, seen[id], "%v cite %s, which no requirement has", files, id)
	}
}

// citations finds, for each id, the test files that name it.
func citations(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		path = filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if path == "docs/spec_test.go" {
			return nil
		}
		for _, id := range specID.FindAllString(string(text), -1) {
			found[id] = append(found[id], path)
		}
		return nil
	})
	require.NoError(t, err)
	return found
}

// taxii.md sums up the index, and explains every row that does not simply hold.
func TestConformanceTable(t *testing.T) {
	text, err := os.ReadFile("taxii.md")
	require.NoError(t, err)
	counts := map[string]map[string]int{}
	for _, r := range requirements(t) {
		kind := r.id[:1]
		if counts[kind] == nil {
			counts[kind] = map[string]int{}
		}
		counts[kind][r.status]++
		if r.status != "yes" {
			assert.Contains(t, string(text), r.id, "taxii.md does not say why %s is %q", r.id, r.status)
		}
	}
	for kind, n := range counts {
		row := fmt.Sprintf("| %s- | %d | %d | %d | %d |", kind, n["yes"], n["partial"], n["no"], n["n/a"])
		assert.Contains(t, string(text), row, "the conformance table is out of date")
	}
}
