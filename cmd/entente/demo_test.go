package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/cmd/entente/demo"
)

func TestDemo(t *testing.T) {
	t.Setenv(asProgram, "1") // for the nodes, and `publish`
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("ENTENTE_PYTHON", "") // the interoperability test has its own
	attack := filepath.FromSlash("../../../shared/corpus/attack")
	r := entente(t, "demo", "--once", "--attack", attack)
	assert.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
	assert.NotContains(t, r.out, "✗")
	assert.Greater(t, strings.Count(r.out, "✓"), 25)
	assert.Contains(t, r.out, "checks, all as they should be")
	_, err := os.Stat(attack)
	assert.Equal(t, err == nil, strings.Contains(r.out, "MITRE ATT&CK"), "it takes part where it is there")
	assert.Contains(t, r.out, "skipped: ENTENTE_PYTHON names no Python")
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	assert.Empty(t, left, "it cleans up behind itself")
}

// The tour fails when something is not as it claims: here a sample that a node must reject, and a
// reader that sees nothing.
func TestDemoNotices(t *testing.T) {
	if testing.Short() {
		t.Skip("two more tours")
	}
	t.Setenv(asProgram, "1")
	blind := filepath.Join(t.TempDir(), "python")
	require.NoError(t, os.WriteFile(blind, []byte("#!/bin/sh\necho '{\"ids\": [], \"raw\": [\"{}\"]}'\n"), 0o700))
	for _, row := range []struct {
		name   string
		spoil  func(t *testing.T, cfg *demo.Config)
		checks []string
	}{
		{"an object that is rejected", func(t *testing.T, cfg *demo.Config) {
			cfg.Samples = samplesWith(t, "feeds2stix-ipsum-level-8.json", `"pattern":`, `"patern":`)
		}, []string{
			"✗ expected:  120 accepted", "rejected indicator--", "pattern is missing",
			"is missing (CLEAR)", "✗ expected: all that is CLEAR or GREEN",
		}},
		{"a reader that sees nothing", func(_ *testing.T, cfg *demo.Config) {
			cfg.Python = blind
		}, []string{"✗ expected: taxii2-client walks the same", "found: 0 objects", "✗ expected: byte for byte", "2 of "}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out strings.Builder
			cfg := demo.Config{Dir: t.TempDir(), Once: true, Out: &out}
			row.spoil(t, &cfg)
			assert.ErrorIs(t, demo.Run(t.Context(), cfg), demo.ErrFailed)
			for _, want := range append(row.checks, "checks FAILED") {
				assert.Contains(t, out.String(), want)
			}
		})
	}
}

// samplesWith are the demo's samples, one of them spoilt in one place.
func samplesWith(t *testing.T, name, old, spoilt string) fs.FS {
	t.Helper()
	samples := fstest.MapFS{}
	files, err := filepath.Glob("demo/data/*.json")
	require.NoError(t, err)
	for _, path := range files {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		if filepath.Base(path) == name {
			require.Contains(t, string(data), old)
			data = []byte(strings.Replace(string(data), old, spoilt, 1))
		}
		samples[filepath.Base(path)] = &fstest.MapFile{Data: data}
	}
	return samples
}
