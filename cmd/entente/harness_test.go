package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entente/cmd/entente/node"
)

// asProgram makes this test binary be the program, for tests that kill it.
const asProgram = "ENTENTE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// result is what a command printed and returned.
type result struct {
	code     int
	out, err string
}

// entente runs one command to its end.
func entente(t testing.TB, args ...string) result {
	t.Helper()
	return ententeWith(t, "", args...)
}

// ententeWith gives the command a standard input.
func ententeWith(t testing.TB, stdin string, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &out, &err)
	return result{code, out.String(), err.String()}
}

// decode reads what a command printed with --json.
func decode[T any](t testing.TB, r result) (v T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(r.out), &v), "%+v", r)
	return v
}

// made is a node's folder.
type made struct {
	Dir, Config, Identity, CA string
	Admin                     node.Credential
}

// initNode makes a folder for a node on free ports.
func initNode(t testing.TB, flags ...string) made {
	t.Helper()
	args := append([]string{"init", filepath.Join(t.TempDir(), "csirt-xa"), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--json"}, flags...)
	r := entente(t, args...)
	require.Equal(t, exitDone, r.code, r.err)
	return decode[made](t, r)
}

// running is a node that answers.
type running struct {
	made
	t    testing.TB
	at   node.Addresses
	log  *logs
	stop func() (code int) // asks it to stop, and waits
	kill func()            // of a process of its own
	http *http.Client
}

// logs is what a node writes, line by line.
type logs struct {
	mu      sync.Mutex
	lines   []string
	changed chan struct{} // closed when a line is added
}

func (l *logs) read(r io.Reader) {
	for s := bufio.NewScanner(r); s.Scan(); {
		l.mu.Lock()
		l.lines = append(l.lines, s.Text())
		close(l.changed)
		l.changed = make(chan struct{})
		l.mu.Unlock()
	}
}

// wait blocks until n lines hold the text.
func (l *logs) wait(t testing.TB, text string, n int) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		l.mu.Lock()
		found, changed := 0, l.changed
		for _, line := range l.lines {
			if strings.Contains(line, text) {
				found++
			}
		}
		all := strings.Join(l.lines, "\n")
		l.mu.Unlock()
		if found >= n {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			require.Fail(t, "the node did not log it", "%s %d times; it logged:\n%s", text, n, all)
		}
	}
}

// serve runs the node in this process.
func (m made) serve(t testing.TB) *running {
	t.Helper()
	n := &running{made: m, t: t, log: &logs{changed: make(chan struct{})}}
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"serve", "-c", m.Config}, nil, io.Discard, w)
		w.Close()
	}()
	go n.log.read(r)
	n.stop = sync.OnceValue(func() int {
		cancel()
		n.http.CloseIdleConnections()
		return <-code
	})
	n.ready()
	t.Cleanup(func() { n.stop() })
	return n
}

// spawn runs the node as a process of its own.
func (m made) spawn(t testing.TB) *running {
	t.Helper()
	n := &running{made: m, t: t, log: &logs{changed: make(chan struct{})}}
	cmd := exec.Command(os.Args[0], "serve", "-c", m.Config)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	read := make(chan struct{})
	go func() { n.log.read(stderr); close(read) }()
	wait := sync.OnceValue(func() int {
		<-read
		cmd.Wait()
		return cmd.ProcessState.ExitCode()
	})
	n.stop = func() int { cmd.Process.Signal(os.Interrupt); return wait() }
	n.kill = func() { cmd.Process.Kill(); wait() }
	n.ready()
	t.Cleanup(n.kill)
	return n
}

func (n *running) ready() {
	n.t.Helper()
	n.log.wait(n.t, "node started", 1)
	data, err := os.ReadFile(filepath.Join(n.Dir, "data", "run.json"))
	require.NoError(n.t, err)
	require.NoError(n.t, json.Unmarshal(data, &n.at))
	transport := &http.Transport{}
	if n.CA != "" {
		pem, err := os.ReadFile(n.CA)
		require.NoError(n.t, err)
		pool := x509.NewCertPool()
		require.True(n.t, pool.AppendCertsFromPEM(pem))
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	n.http = &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

// entente runs a command that concerns this node.
func (n *running) entente(args ...string) result {
	n.t.Helper()
	return entente(n.t, append(args, "-c", n.Config)...)
}

// answer is what the node said over TAXII.
type answer struct {
	status int
	body   []byte
}

// get asks below the API root, as somebody.
func (n *running) get(token, path string) answer {
	n.t.Helper()
	return n.call(http.MethodGet, token, path, "")
}

func (n *running) call(method, token, path, body string) answer {
	n.t.Helper()
	a, err := n.try(method, token, path, body)
	require.NoError(n.t, err)
	return a
}

func (n *running) try(method, token, path, body string) (answer, error) {
	r, err := http.NewRequest(method, n.at.Root+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "application/taxii+json;version=2.1")
	r.Header.Set("Content-Type", "application/taxii+json;version=2.1")
	resp, err := n.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, data}, err
}

// objects reads a collection page by page: each object's bytes, in order.
func (n *running) objects(token, collection string) (all []string) {
	n.t.Helper()
	for next := ""; ; {
		a := n.get(token, "collections/"+collection+"/objects/?match[version]=all&next="+next)
		if next == "" {
			a = n.get(token, "collections/"+collection+"/objects/?match[version]=all")
		}
		require.Equal(n.t, http.StatusOK, a.status, "%s", a.body)
		var page struct {
			More    bool
			Next    string
			Objects []json.RawMessage
		}
		require.NoError(n.t, json.Unmarshal(a.body, &page))
		for _, o := range page.Objects {
			all = append(all, string(o))
		}
		if !page.More {
			return all
		}
		next = page.Next
	}
}

// indicator is an object of ours without a mark; its bytes are not what an encoder would write.
func indicator(i int) string {
	return fmt.Sprintf(`{"type": "indicator","spec_version":"2.1", "id":"indicator--00000000-0000-4000-8000-%012x",`+
		`"created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"é%d \u0041",`+
		`"pattern":"[file:name = 'x']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","x_n":1.50e1}`, i, i)
}

func indicators(n int) (list []string) {
	for i := range n {
		list = append(list, indicator(i))
	}
	return list
}

// file writes a file for a test.
func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// ids are the ids of objects, in order.
func ids(t testing.TB, objects []string) (list []string) {
	t.Helper()
	for _, o := range objects {
		var v struct{ ID string }
		require.NoError(t, json.Unmarshal([]byte(o), &v))
		list = append(list, v.ID)
	}
	return list
}

func readAll(t testing.TB, resp *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(data)
}
