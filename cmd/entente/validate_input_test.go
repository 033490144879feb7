package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pipe makes a named pipe that nobody writes to.
func pipe(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "pipe.json")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	return path
}

// endless is a reader that never has anything, and says when it is asked.
type endless chan struct{}

func (e endless) Read([]byte) (int, error) {
	close(e)
	select {}
}

func TestValidateInterruptedWhileReading(t *testing.T) {
	for _, args := range [][]string{{"validate", "-"}, {"validate", "--json", "-"}, {"validate", "--patterns", "-"}} {
		ctx, interrupt := context.WithCancel(t.Context())
		stdin, code := make(endless), make(chan int, 1)
		var out, stderr bytes.Buffer
		go func() { code <- run(ctx, args, stdin, &out, &stderr) }()
		<-stdin
		interrupt()
		assert.Equal(t, exitFailed, soon(t, code), args)
		assert.Contains(t, stderr.String(), "entente: interrupted; ")
		assert.Empty(t, out.String())
	}
}

func TestValidateInterruptedWhileOpening(t *testing.T) {
	for _, row := range []struct{ name, flag, content string }{
		{"a document", "--json", soundObject}, {"patterns", "--patterns", "[file:name = 'x']"},
	} {
		t.Run(row.name, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			answer, say := io.Pipe()
			code := make(chan int, 1)
			go func() {
				code <- run(ctx, []string{"validate", row.flag, file(t, "x", row.content), pipe(t, t.TempDir())}, nil, say, io.Discard)
			}()
			_, err := bufio.NewReader(answer).ReadString('\n')
			require.NoError(t, err)
			interrupt()
			assert.Equal(t, exitFailed, soon(t, code))
		})
	}
}

// soon waits for what is to happen at once.
func soon(t *testing.T, code chan int) int {
	t.Helper()
	select {
	case c := <-code:
		return c
	case <-time.After(10 * time.Second):
		require.Fail(t, "it goes on")
		return 0
	}
}

func TestValidateReadsAPipeThatIsNamed(t *testing.T) {
	path := pipe(t, t.TempDir())
	go os.WriteFile(path, []byte(brokenObject), 0)
	r := entente(t, "validate", "--json", path)
	assert.Equal(t, exitFailed, r.code)
	v := verdicts(t, r)
	require.Len(t, v, 1)
	assert.Equal(t, []string{"/modified S-3.2-06"}, told(v[0].Errors))
}

func TestValidateLeavesOutPipesInAFolder(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.json"), []byte(soundObject), 0o600))
	require.NoError(t, os.Symlink("x.json", filepath.Join(dir, "y.json")))
	require.NoError(t, os.Symlink("none", filepath.Join(dir, "z.json")))
	r := entente(t, "validate", "--json", dir)
	assert.Equal(t, exitMisuse, r.code)
	assert.Equal(t, "entente: "+dir+"/z.json: there is no such file\n", r.err)
	v := verdicts(t, r)
	require.Len(t, v, 3)
	assert.Equal(t, []any{dir + "/x.json", true, dir + "/y.json", true}, []any{v[0].File, v[0].Valid, v[1].File, v[1].Valid})
}

func TestValidateTooLarge(t *testing.T) {
	path := file(t, "x.json", "")
	require.NoError(t, os.Truncate(path, maxFile+1))
	r := entente(t, "validate", "--json", path)
	assert.Equal(t, exitFailed, r.code)
	assert.Empty(t, r.err)
	v := verdicts(t, r)
	require.Len(t, v, 1)
	assert.Equal(t, []string{" J-size"}, told(v[0].Errors))
	assert.Contains(t, v[0].Errors[0].Message, "1 GiB")
}

func TestReadAtMost(t *testing.T) {
	data, err := readAtMost(strings.NewReader("1234"), 4)
	require.NoError(t, err)
	assert.Equal(t, "1234", string(data))
	_, err = readAtMost(io.MultiReader(strings.NewReader("12345"), iotest.ErrReader(io.ErrNoProgress)), 4)
	assert.ErrorIs(t, err, errTooLarge, "what follows is not read")
}

func TestValidateTooManyLines(t *testing.T) {
	lines := "{\"a\":1}\nx\n" + strings.Repeat("{}\n", 1_000_000-1)
	_, err := readObjects([]byte(lines))
	assert.EqualError(t, err, "byte 3000004: more than 1,000,000 lines; check them in parts, as `split -l 1000000` makes them")
}
