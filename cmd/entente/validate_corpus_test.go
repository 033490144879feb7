package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// validateCorpus is a folder of real and conformance data that is not part of the project.
func validateCorpus(t testing.TB, folder string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "corpus", folder)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the corpus is not here: %v", err)
	}
	return dir
}

func TestValidateCorpus(t *testing.T) {
	for _, row := range []struct {
		folder string
		args   []string
		holds  func(v verdict) bool
		why    string
	}{
		{"valid", nil, func(v verdict) bool { return v.Valid }, "it is valid"},
		{"warn", nil, func(v verdict) bool { return v.Valid && len(v.Warnings) > 0 }, "it is valid, and something is to be said of it"},
		{"invalid", []string{"--strict"}, func(v verdict) bool { return !v.Valid }, "it breaks a MUST"},
	} {
		t.Run(row.folder, func(t *testing.T) {
			entries, err := os.ReadDir(validateCorpus(t, row.folder))
			require.NoError(t, err)
			args := append([]string{"validate", "--json"}, row.args...)
			for _, e := range entries {
				if e.Name() != "cases.json" {
					args = append(args, filepath.Join(validateCorpus(t, row.folder), e.Name()))
				}
			}
			r := entente(t, args...)
			assert.Equal(t, row.folder == "invalid", r.code == exitFailed, "exit %d", r.code)
			v := verdicts(t, r)
			assert.Len(t, v, len(entries)-1)
			for _, v := range v {
				assert.True(t, row.holds(v), "%s: %s: %v", v.File, row.why, v.Errors)
			}
		})
	}
}

// Of real data, every finding has its place, its code and its reason, and the table counts all.
func TestValidateRealData(t *testing.T) {
	for _, folder := range []string{"attack", "feeds"} {
		t.Run(folder, func(t *testing.T) {
			dir := validateCorpus(t, folder)
			objects, errors, warnings := 0, 0, 0
			for _, v := range verdicts(t, entente(t, "validate", "--json", dir)) {
				objects += v.Objects
				errors += len(v.Errors)
				warnings += len(v.Warnings)
				for _, f := range append(v.Errors, v.Warnings...) {
					assert.Regexp(t, `^[SJ]-`, f.Code)
					assert.NotEmpty(t, f.Message)
					if f.Pointer != "" {
						assert.True(t, strings.HasPrefix(f.Pointer, "/"), f.Pointer)
					}
				}
			}
			assert.NotZero(t, warnings)
			table := entente(t, "validate", "-aw", dir)
			assert.Contains(t, table.out, "; "+plural(objects, "object")+", "+plural(errors, "error")+", "+plural(warnings, "warning")+"\n")
		})
	}
}
