package admin_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/cmd/entente/admin"
	"entente/taxii"
	"entente/trust"
	"entente/trust/auth"
	"entente/trust/exchange"
)

// desk is what the server hands things to: it keeps what it was given.
type desk struct {
	admin.Registry
	by   trust.Principal
	pubs []exchange.Publication
	err  error
}

func (d *desk) Accounts() auth.Accounts { return auth.Accounts{} }

func (d *desk) Names() map[string]string { return map[string]string{"publish": "1"} }

func (d *desk) Published(context.Context, string) (int, error) { return len(d.pubs), nil }

func (d *desk) Publish(_ context.Context, p trust.Principal, pub exchange.Publication) (taxii.Status, error) {
	d.by, d.pubs = p, append(d.pubs, pub)
	return taxii.Status{SuccessCount: len(pub.Objects) - 1, FailureCount: 1, Failures: []taxii.StatusDetail{{ID: "a", Version: "b", Message: "c"}}}, d.err
}

// open serves on a socket in dir.
func open(t *testing.T, dir string, d *desk) {
	t.Helper()
	l, err := admin.Listen(dir)
	require.NoError(t, err)
	s := admin.NewServer(admin.Config{Registry: d, Publisher: d, Rand: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}).HTTP()
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		assert.NoError(t, s.Close())
		assert.ErrorIs(t, <-done, http.ErrServerClosed)
		assert.NoFileExists(t, filepath.Join(dir, admin.SocketName))
	})
}

func client(t *testing.T, dir, as string) *admin.Client {
	c := admin.NewClient(dir, as)
	t.Cleanup(c.Close)
	return c
}

// Objects arrive as they were sent, whatever they are.
func TestPublishKeepsBytes(t *testing.T) {
	dir, d := t.TempDir(), &desk{}
	open(t, dir, d)
	objects := [][]byte{[]byte(`{ "a" : "<é\u0041>" }`), []byte("\xff\x00 no JSON\n"), {}, []byte(strings.Repeat("x", 1<<20))}
	out, err := client(t, dir, "alice").Publish(t.Context(), admin.Part{Job: "j", Done: 7, TLP: "amber+strict", Source: "s", Objects: objects})
	require.NoError(t, err)
	assert.Equal(t, admin.Outcome{Accepted: 3, Rejected: 1, Failures: []admin.Failure{{ID: "a", Version: "b", Message: "c"}}}, out)
	assert.Equal(t, []exchange.Publication{{Objects: objects, Mark: trust.AmberStrict, Source: "s", Job: "j", Done: 7}}, d.pubs)
	assert.Equal(t, trust.Principal{Kind: trust.Account, ID: "alice", Role: trust.Admin, Person: true}, d.by)

	done, err := client(t, dir, "").Published(t.Context(), "j")
	require.NoError(t, err)
	assert.Equal(t, 1, done)
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := client(t, dir, "").Accounts(t.Context())
	assert.ErrorIs(t, err, admin.ErrNotRunning, "nobody made the socket")

	d := &desk{}
	open(t, dir, d)
	for _, row := range []struct {
		name   string
		part   admin.Part
		err    error
		status int
		want   string
	}{
		{"a level that is none", admin.Part{TLP: "white"}, nil, 400, `tlp: "white" is not`},
		{"fewer than nothing", admin.Part{Done: -1}, nil, 400, "done: write how many"},
		{"I-3 a name that no store takes", admin.Part{Job: strings.Repeat("j", 40_000)}, nil, 400, "job: write at most"},
		{"an object without measure", admin.Part{Objects: [][]byte{make([]byte, admin.MaxObject+1)}}, nil, 400, "an object has"},
		{"objects without measure", admin.Part{Objects: [][]byte{make([]byte, admin.MaxObject), make([]byte, admin.MaxObject), {1}}}, nil, 400, "too large"},
		{"a source that is none", admin.Part{}, exchange.ErrNotFound, 404, "not found"},
		{"a node that stops", admin.Part{}, exchange.ErrStopping, 503, "the node is stopping"},
		{"an error of the disk", admin.Part{}, syscall.EIO, 500, "input/output error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d.err = row.err
			_, err := client(t, dir, "").Publish(t.Context(), row.part)
			var answer *admin.Error
			require.ErrorAs(t, err, &answer)
			assert.Equal(t, row.status, answer.Status)
			assert.Contains(t, answer.Message, row.want)
		})
	}
}

// A data folder may lie deeper than a socket's address is long.
func TestLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long/", 30))
	require.NoError(t, os.MkdirAll(dir, 0o700))
	open(t, dir, &desk{})
	_, err := client(t, dir, "").Accounts(t.Context())
	assert.NoError(t, err)
	assert.FileExists(t, filepath.Join(dir, admin.SocketName))
}

// A socket of a node that died is replaced.
func TestLeftSocket(t *testing.T) {
	dir := t.TempDir()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, admin.SocketName), Net: "unix"})
	require.NoError(t, err)
	l.SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	_, err = client(t, dir, "").Accounts(t.Context())
	assert.ErrorIs(t, err, admin.ErrNotRunning)
	open(t, dir, &desk{})
	_, err = client(t, dir, "").Accounts(t.Context())
	assert.NoError(t, err)
}

// Nobody but the owner and root is let in: by the socket's mode, and where that was opened up, by
// what the kernel says.
func TestStrangers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	dir, err := os.MkdirTemp("", "entente-admin-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	open(t, dir, &desk{})
	info, err := os.Stat(filepath.Join(dir, admin.SocketName))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	assert.Contains(t, asStranger(t, dir), "permission denied")
	require.NoError(t, os.Chmod(filepath.Join(dir, admin.SocketName), 0o666))
	answer := asStranger(t, dir)
	assert.Contains(t, answer, "403 Forbidden")
	assert.Contains(t, answer, "only the node's own user and root may administer it")
}

// asStranger asks as the user nobody, and returns the answer or the error.
func asStranger(t *testing.T, dir string) string {
	t.Helper()
	said := make(chan string)
	go func() {
		// This thread changes its user, and is never used again: it ends with the goroutine.
		runtime.LockOSThread()
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), 65534, ^uintptr(0)); errno != 0 {
			said <- errno.Error()
			return
		}
		c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: filepath.Join(dir, admin.SocketName), Net: "unix"})
		if err != nil {
			said <- err.Error()
			return
		}
		defer c.Close()
		io.WriteString(c, "GET /accounts HTTP/1.1\r\nHost: node\r\nEntente-As: root\r\nConnection: close\r\n\r\n")
		data, _ := io.ReadAll(c)
		said <- string(data)
	}()
	return <-said
}

// broken is a ledger that cannot be read to its end.
type intact = admin.Ledger

type broken struct{ intact }

func (broken) ExportLedger(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, strings.Repeat("x", 1<<20))
	return errors.Join(err, errors.New("entry 9 is \"damaged\" — ü"))
}

func (broken) Ledger(_ context.Context, _ exchange.LedgerChoice, yield func(exchange.LedgerEntry) error) error {
	return errors.Join(yield(exchange.LedgerEntry{Seq: 1}), errors.New("no more"))
}

// An answer that began well and could not be ended is an error.
func TestStreamsEnd(t *testing.T) {
	dir := t.TempDir()
	l, err := admin.Listen(dir)
	require.NoError(t, err)
	s := admin.NewServer(admin.Config{Registry: &desk{}, Ledger: broken{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}).HTTP()
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	c := client(t, dir, "")
	var got int64
	err = c.ExportLedger(t.Context(), func(r io.Reader) (err error) { got, err = io.Copy(io.Discard, r); return err })
	assert.EqualError(t, err, "entry 9 is \"damaged\" — ü")
	assert.EqualValues(t, 1<<20, got)
	err = c.Ledger(t.Context(), exchange.LedgerChoice{}, func(exchange.LedgerEntry) error { return nil })
	assert.EqualError(t, err, "no more")
	enough := errors.New("enough")
	err = c.Ledger(t.Context(), exchange.LedgerChoice{}, func(exchange.LedgerEntry) error { return enough })
	assert.ErrorIs(t, err, enough)
}
