// Package docs_test checks that what the documents say of the code is true, and the rules that
// no compiler checks: which package may import which, that each explains itself, and that none
// reads a clock behind its caller's back.
package docs_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

const (
	root   = ".."
	module = "entente"
)

type listed struct {
	ImportPath string
	Dir        string
	Doc        string
	Imports    []string
	GoFiles    []string
}

func packages(t *testing.T) (all []listed) {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Doc,Imports,GoFiles", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	require.NoError(t, err)
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
}

func TestImports(t *testing.T) {
	allowed := importTable(t)
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if strings.HasPrefix(name, "cmd/") || len(p.GoFiles) == 0 {
			continue
		}
		var ours []string
		for _, i := range p.Imports {
			if rest, ok := strings.CutPrefix(i, module+"/"); ok {
				ours = append(ours, rest)
			}
		}
		slices.Sort(ours)
		want, listed := allowed[name]
		assert.True(t, listed, "%s is missing from the import table of architecture.md", name)
		assert.Equal(t, want, ours, "imports of %s: architecture.md and the code differ", name)
		delete(allowed, name)
	}
	delete(allowed, "cmd/entente")
	assert.Empty(t, allowed, "architecture.md lists packages that do not exist")
}

func importTable(t *testing.T) map[string][]string {
	t.Helper()
	f, err := os.Open("architecture.md")
	require.NoError(t, err)
	defer f.Close()
	table := map[string][]string{}
	inside := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		cells := strings.Split(lines.Text(), "|")
		switch {
		case len(cells) == 4 && strings.TrimSpace(cells[1]) == "package":
			inside = true
		case len(cells) != 4:
			inside = false
		case inside && !strings.Contains(cells[1], "---"):
			var imports []string
			for _, i := range strings.Split(cells[2], ",") {
				if i = strings.TrimSpace(i); i != "" {
					imports = append(imports, i)
				}
			}
			table[strings.TrimSpace(cells[1])] = imports
		}
	}
	require.NotEmpty(t, table)
	return table
}

func TestEveryPackageExplainsItself(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) == 0 {
			continue
		}
		text, err := os.ReadFile(filepath.Join(p.Dir, "doc.go"))
		if assert.NoError(t, err, "%s has no doc.go", p.ImportPath) {
			assert.GreaterOrEqual(t, strings.Count(string(text), "\n//")+1, 3, "%s: its doc.go says too little", p.ImportPath)
		}
	}
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	rooms := []string{"cmd", "taxii", "stix", "trust", "storage", "configs", "docs"}
	for _, e := range entries {
		// A folder without code is nobody's room: a node's own folder, say, made to try things.
		code, err := filepath.Glob(filepath.Join(root, e.Name(), "*.go"))
		require.NoError(t, err)
		deeper, err := filepath.Glob(filepath.Join(root, e.Name(), "*", "*.go"))
		require.NoError(t, err)
		if len(code)+len(deeper) > 0 && e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			assert.Contains(t, rooms, e.Name(), "a folder at the top that is no room of the house")
		}
	}
}

// goFiles parses every Go file below the root, generated ones apart.
func goFiles(t *testing.T, visit func(path string, fset *token.FileSet, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if !ast.IsGenerated(file) {
			visit(filepath.ToSlash(strings.TrimPrefix(path, root+"/")), fset, file)
		}
		return nil
	})
	require.NoError(t, err)
}

// Time is injected: a default may name time.Now, only cmd may call it, and nobody sleeps.
func TestNobodyReadsTheClock(t *testing.T) {
	goFiles(t, func(path string, fset *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := selector(call.Fun)
			assert.NotEqual(t, "time.Sleep", name, "%s: inject the clock, or use testing/synctest", fset.Position(n.Pos()))
			if !strings.HasPrefix(path, "cmd/") && !strings.HasSuffix(path, "_test.go") {
				assert.NotContains(t, []string{"time.Now", "time.Since", "time.Until"}, name, "%s: take the time from a Now field", fset.Position(n.Pos()))
			}
			return true
		})
	})
}

func selector(e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if x, ok := s.X.(*ast.Ident); ok {
		return x.Name + "." + s.Sel.Name
	}
	return ""
}

func TestSizes(t *testing.T) {
	const maxFile, maxFunc = 600, 80
	goFiles(t, func(path string, fset *token.FileSet, file *ast.File) {
		lines := fset.File(file.Pos()).LineCount()
		assert.LessOrEqual(t, lines, maxFile, "%s is too long: cut it by subject", path)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && !strings.HasSuffix(path, "_test.go") {
				n := fset.Position(f.End()).Line - fset.Position(f.Pos()).Line
				assert.LessOrEqual(t, n, maxFunc, "%s: %s is too long", path, f.Name.Name)
			}
		}
	})
}

// Only the exchange commits, and only edges outside it open stores.
func TestOneCommitter(t *testing.T) {
	goFiles(t, func(path string, fset *token.FileSet, file *ast.File) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "storage/") || strings.HasPrefix(path, "trust/exchange/") {
			return
		}
		for _, i := range file.Imports {
			if i.Path.Value == `"entente/storage/bolt"` {
				assert.True(t, strings.HasPrefix(path, "cmd/"), "%s: only cmd wires a driver", path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				if s, ok := c.Fun.(*ast.SelectorExpr); ok {
					assert.NotEqual(t, "Commit", s.Sel.Name, "%s: only trust/exchange commits", fset.Position(n.Pos()))
				}
			}
			return true
		})
	})
}

// Every direct dependency has its line in dependencies.md.
func TestDependenciesAreExplained(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	text, err := os.ReadFile("dependencies.md")
	require.NoError(t, err)
	found := 0
	for line := range strings.Lines(string(mod)) {
		module, _, ok := strings.Cut(strings.TrimSpace(line), " v")
		if !ok || strings.Contains(line, "// indirect") {
			continue
		}
		found++
		name := strings.TrimPrefix(strings.TrimPrefix(module, "github.com/"), "golang.org/")
		assert.Contains(t, string(text), name, "dependencies.md does not say what it is for")
	}
	assert.Greater(t, found, 10)
}

// stix.md lists every tolerance in the reader's own words, and every code of the parser.
func TestTolerancesAreExplained(t *testing.T) {
	text, err := os.ReadFile("stix.md")
	require.NoError(t, err)
	for _, tolerance := range stix.Tolerances() {
		assert.Contains(t, string(text), "| "+tolerance.Name+" | "+tolerance.Why+" |")
	}
	codes, err := os.ReadFile(filepath.Join(root, "stix", "codes.go"))
	require.NoError(t, err)
	for _, code := range regexp.MustCompile(`"(J-[a-z]+)"`).FindAllStringSubmatch(string(codes), -1) {
		assert.Contains(t, string(text), code[1])
	}
}
