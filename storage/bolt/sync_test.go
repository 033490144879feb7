package bolt

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// I-3: 2xx means durable. No test that kills the process can tell, since the kernel lives on.
func TestCommitsAreSynced(t *testing.T) {
	s, err := Open(t.TempDir()+"/node.db", Options{})
	require.NoError(t, err)
	defer s.Close()
	assert.False(t, s.db.NoSync)
	assert.False(t, s.db.NoFreelistSync, "so that opening the file needs no look at all of it")
	assert.False(t, s.db.NoGrowSync)
}
