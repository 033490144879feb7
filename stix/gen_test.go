package stix_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The generated table is what the generator makes of the committed lists.
func TestTypesAreGenerated(t *testing.T) {
	fresh := filepath.Join(t.TempDir(), "types_gen.go")
	out, err := exec.Command("go", "run", "gen.go", "-o", fresh).CombinedOutput()
	require.NoError(t, err, "%s", out)
	want, err := os.ReadFile(fresh)
	require.NoError(t, err)
	got, err := os.ReadFile("types_gen.go")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "run go generate in this folder")
}
