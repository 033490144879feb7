package bolt_test

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	bbolt "go.etcd.io/bbolt"

	"entente/storage"
	"entente/storage/bolt"
	"entente/storage/storagetest"
)

func TestContract(t *testing.T) {
	storagetest.Test(t, func(t testing.TB) storagetest.Open {
		path := filepath.Join(t.TempDir(), "data", "node.db")
		return func(t testing.TB) storage.Store {
			s, err := bolt.Open(path, bolt.Options{})
			require.NoError(t, err)
			return s
		}
	})
}

func TestOpen(t *testing.T) {
	t.Run("a crash during creation leaves nothing that matters", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "node.db")
		require.NoError(t, os.WriteFile(path+".new-123", []byte("half a file"), 0o600))
		s, err := bolt.Open(path, bolt.Options{})
		require.NoError(t, err)
		require.NoError(t, s.Close())
		left, err := filepath.Glob(path + "*")
		require.NoError(t, err)
		assert.Equal(t, []string{path}, left)
	})
	t.Run("two processes start at once: one has it, the other says so", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "node.db")
		var wg sync.WaitGroup
		var opened atomic.Int32
		for range 8 {
			wg.Go(func() {
				s, err := bolt.Open(path, bolt.Options{LockTimeout: time.Millisecond})
				if err != nil {
					assert.ErrorContains(t, err, "another process has it open")
					return
				}
				opened.Add(1)
				assert.NoError(t, s.Commit(t.Context(), &storage.Batch{Meta: map[string][]byte{"a": []byte("b")}}))
				assert.NoError(t, s.Close())
			})
		}
		wg.Wait()
		assert.NotZero(t, opened.Load())
	})
	t.Run("a file that is open elsewhere is named as such", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "node.db")
		s, err := bolt.Open(path, bolt.Options{})
		require.NoError(t, err)
		defer s.Close()
		_, err = bolt.Open(path, bolt.Options{LockTimeout: 1})
		assert.ErrorContains(t, err, "another process has it open")
	})
	t.Run("something else's file is refused and left alone", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "node.db")
		require.NoError(t, os.WriteFile(path, []byte("my diary"), 0o600))
		_, err := bolt.Open(path, bolt.Options{})
		require.Error(t, err)
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, "my diary", string(kept))
	})
	t.Run("a file of another format says which program reads it", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "node.db")
		s, err := bolt.Open(path, bolt.Options{})
		require.NoError(t, err)
		require.NoError(t, s.Close())
		db, err := bbolt.Open(path, 0o600, nil)
		require.NoError(t, err)
		require.NoError(t, db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte("1")) }))
		require.NoError(t, db.Close())
		_, err = bolt.Open(path, bolt.Options{})
		assert.ErrorContains(t, err, `its format is "1" and this program reads 2`)
	})
}
