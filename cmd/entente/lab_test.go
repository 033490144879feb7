package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/cmd/entente/lab"
)

const federation = `scheme: https
nodes:
  - {id: csirt-xa, name: National CSIRT of Xanadu, kind: national, country: XA, communities: [north]}
  - {id: csirt-xb, name: National CSIRT of Ys, kind: national, country: XB, communities: [north]}
  - {id: fin-xa, kind: sectoral}
  - {id: csirt-xx, name: A plain TAXII client, kind: organisation, guest: true}
trust: [{of: csirt-xb, at: csirt-xa, level: 4}]
relations: [{of: fin-xa, at: csirt-xa, is: constituent}]
agreements: []
communities: []
links: []
members: [{of: fin-xa, at: csirt-xa, constituency: {sectors: [energy]}, understands: tlp1}]
local: {}
sources: []
`

// labProcess is a lab that runs as its users run it.
type labProcess struct {
	t     *testing.T
	cmd   *exec.Cmd
	ended chan struct{}
	ready string
}

// startLab runs `entente lab` until its file appears.
func startLab(t *testing.T, args ...string) *labProcess {
	t.Helper()
	p := &labProcess{t: t, ended: make(chan struct{}), ready: filepath.Join(t.TempDir(), "ready.json")}
	p.cmd = exec.Command(os.Args[0], append([]string{"lab", "--ready", p.ready}, args...)...)
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	var out strings.Builder
	p.cmd.Stdout, p.cmd.Stderr = &out, &out
	require.NoError(t, p.cmd.Start())
	go func() { p.cmd.Wait(); close(p.ended) }()
	t.Cleanup(func() {
		p.cmd.Process.Signal(syscall.SIGTERM)
		<-p.ended
		if t.Failed() {
			t.Log(out.String())
		}
	})
	for {
		if _, err := os.Stat(p.ready); err == nil {
			return p
		}
		select {
		case <-p.ended:
			require.Fail(t, "the lab ended", out.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// state is the file that the lab wrote; a key that it does not know is an error.
func (p *labProcess) state() (s lab.State) {
	p.t.Helper()
	f, err := os.Open(p.ready)
	require.NoError(p.t, err)
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	require.NoError(p.t, d.Decode(&s))
	return s
}

// stop sends SIGTERM, and is the exit code.
func (p *labProcess) stop() int {
	p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.ended
	return p.cmd.ProcessState.ExitCode()
}

// lives reports whether a process does; one that has ended but was not waited for does not.
func lives(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, after, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(after, "Z")
}

// signIn is one way to prove who one is.
type signIn struct {
	user, password, token string
	cert, key             string
}

// httpClient trusts the lab, and shows a certificate if there is one.
func httpClient(t *testing.T, ca string, as signIn) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		require.NoError(t, err)
		transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
		require.True(t, transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem))
	}
	if as.cert != "" {
		pair, err := tls.LoadX509KeyPair(as.cert, as.key)
		require.NoError(t, err)
		transport.TLSClientConfig.Certificates = []tls.Certificate{pair}
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

// ask sends one GET.
func ask(t *testing.T, ca, url string, as signIn) (status int, body []byte) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	require.NoError(t, err)
	r.Header.Set("Accept", "application/taxii+json;version=2.1")
	if as.user != "" {
		r.SetBasicAuth(as.user, as.password)
	}
	if as.token != "" {
		r.Header.Set("Authorization", "Bearer "+as.token)
	}
	resp, err := httpClient(t, ca, as).Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, body
}

// shown are the collections that a caller sees: by alias, what it may do.
func shown(t *testing.T, ca string, n *lab.Served, as signIn) map[string]string {
	t.Helper()
	status, body := ask(t, ca, n.Root+"collections/", as)
	require.Equal(t, http.StatusOK, status, "%s", body)
	var list struct {
		Collections []struct {
			ID, Alias string
			CanRead   bool `json:"can_read"`
			CanWrite  bool `json:"can_write"`
		}
	}
	require.NoError(t, json.Unmarshal(body, &list))
	seen := map[string]string{}
	for _, c := range list.Collections {
		seen[c.Alias] = map[bool]string{true: "r"}[c.CanRead] + map[bool]string{true: "w"}[c.CanWrite]
		assert.Equal(t, n.Collections[c.Alias], c.ID, c.Alias)
	}
	return seen
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func TestLabContract(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	first := startLab(t, file(t, "federation.yaml", federation), "--dir", dir)
	s := first.state()

	t.Run("the file has every key of the contract and no other", func(t *testing.T) {
		info, err := os.Stat(first.ready)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		data, err := os.ReadFile(first.ready)
		require.NoError(t, err)
		var whole struct {
			CA    string
			Nodes map[string]map[string]json.RawMessage
		}
		require.NoError(t, json.Unmarshal(data, &whole))
		assert.Equal(t, filepath.Join(dir, "ca.pem"), whole.CA)
		assert.Equal(t, []string{"csirt-xa", "csirt-xb", "fin-xa"}, keys(whole.Nodes))
		for id, n := range whole.Nodes {
			assert.Equal(t, []string{"accounts", "admin", "collections", "config", "dir", "identity", "members", "pid", "root", "taxii"}, keys(n), id)
			var accounts, members map[string]map[string]string
			require.NoError(t, json.Unmarshal(n["accounts"], &accounts))
			assert.Equal(t, []string{"admin", "analyst", "officer", "reader", "tool"}, keys(accounts))
			for _, a := range accounts {
				assert.Equal(t, []string{"password", "token", "user"}, keys(a))
			}
			require.NoError(t, json.Unmarshal(n["members"], &members))
			others := slices.DeleteFunc([]string{"csirt-xa", "csirt-xb", "csirt-xx", "fin-xa"}, func(o string) bool { return o == id })
			assert.Equal(t, others, keys(members))
			var aliases []string
			for other, m := range members {
				assert.Equal(t, []string{"cert", "identity", "key", "password", "token", "user"}, keys(m))
				aliases = append(aliases, "for-"+other, "from-"+other)
			}
			aliases = append(aliases, "publish", "received", "public")
			slices.Sort(aliases)
			assert.Equal(t, aliases, keys(s.Nodes[id].Collections))
		}
	})

	t.Run("each node is where the file says", func(t *testing.T) {
		for id, n := range s.Nodes {
			assert.Equal(t, filepath.Join(dir, id), n.Dir)
			assert.Equal(t, filepath.Join(dir, id, "node.yaml"), n.Config)
			assert.Equal(t, strings.TrimSuffix(n.TAXII, "taxii2/")+id+"/", n.Root)
			assert.True(t, strings.HasPrefix(n.TAXII, "https://127.0.0.1:"), n.TAXII)
			assert.True(t, strings.HasPrefix(n.Admin, "http://127.0.0.1:"), n.Admin)
			assert.True(t, lives(n.PID))
			status, _ := ask(t, "", n.Admin+"readyz", signIn{})
			assert.Equal(t, http.StatusOK, status)
			checked := entente(t, "check", "-c", n.Config)
			assert.Equal(t, exitDone, checked.code, checked.err)
			assert.Empty(t, checked.err, "no warnings")
		}
	})

	t.Run("everybody signs in, each way", func(t *testing.T) {
		local := map[string]map[string]string{
			"analyst": {"publish": "rw", "received": "r"}, "tool": {"publish": "rw", "received": "r"},
			"officer": {"publish": "rw", "received": "r"}, "admin": {"publish": "rw", "received": "r"},
			"reader": {"publish": "r", "received": "r"},
		}
		for id, n := range s.Nodes {
			for name, a := range n.Accounts {
				assert.Equal(t, local[name], shown(t, s.CA, n, signIn{user: a.User, password: a.Password}), "%s at %s", name, id)
				assert.Equal(t, local[name], shown(t, s.CA, n, signIn{token: a.Token}), "%s at %s", name, id)
			}
			for name, m := range n.Members {
				want := map[string]string{"for-" + name: "r", "from-" + name: "w"}
				assert.Equal(t, want, shown(t, s.CA, n, signIn{user: m.User, password: m.Password}), "%s at %s", name, id)
				assert.Equal(t, want, shown(t, s.CA, n, signIn{token: m.Token}), "%s at %s", name, id)
				assert.Equal(t, want, shown(t, s.CA, n, signIn{cert: m.Cert, key: m.Key}), "%s at %s", name, id)
			}
		}
		foreign := s.Nodes["csirt-xb"].Members["fin-xa"]
		status, _ := ask(t, s.CA, s.Nodes["csirt-xa"].TAXII, signIn{user: foreign.User, password: foreign.Password})
		assert.Equal(t, http.StatusUnauthorized, status, "what fin-xa uses at csirt-xb is good there alone")
	})

	t.Run("every node knows the others", func(t *testing.T) {
		for id, n := range s.Nodes {
			for other, m := range n.Members {
				text := policyText(t, n, "members/"+other+".yaml")
				assert.Contains(t, text, "- id: "+m.Identity+"\n")
				assert.Contains(t, text, "\ntrust: ")
				if there := s.Nodes[other]; there != nil {
					assert.Equal(t, there.Identity, m.Identity)
					shared, err := os.ReadFile(filepath.Join(there.Dir, "keys", "node.ed25519.pub"))
					require.NoError(t, err)
					_, key, _ := strings.Cut(strings.TrimSpace(string(shared)), "ed25519: ")
					assert.Contains(t, text, "ed25519: "+key+"\n", "%s at %s", other, id)
				}
			}
		}
	})

	t.Run("one is killed, the others go on, resume brings it back", func(t *testing.T) {
		down := s.Nodes["csirt-xb"]
		require.NoError(t, syscall.Kill(down.PID, syscall.SIGKILL))
		require.Eventually(t, func() bool { return !lives(down.PID) }, 5*time.Second, 10*time.Millisecond)
		for _, id := range []string{"csirt-xa", "fin-xa"} {
			shown(t, s.CA, s.Nodes[id], signIn{token: s.Nodes[id].Accounts["reader"].Token})
		}
		second := startLab(t, "--resume", dir)
		again := second.state()
		assert.NotEqual(t, down.PID, again.Nodes["csirt-xb"].PID)
		again.Nodes["csirt-xb"].PID = down.PID
		assert.Equal(t, s, again, "same addresses, ids, secrets, and the others' processes")
		assert.Equal(t, exitDone, second.stop(), "it stops what it started")
		assert.True(t, lives(s.Nodes["csirt-xa"].PID))
	})

	assert.Equal(t, exitDone, first.stop())
	for id, n := range s.Nodes {
		assert.False(t, lives(n.PID), id)
	}

	t.Run("killed with the lab, back with the lab", func(t *testing.T) {
		third := startLab(t, "--resume", dir)
		again := third.state()
		require.NoError(t, third.cmd.Process.Kill())
		for id, n := range again.Nodes {
			assert.Equal(t, s.Nodes[id].TAXII, n.TAXII)
			assert.Equal(t, s.Nodes[id].Collections, n.Collections)
			assert.Eventually(t, func() bool { return !lives(n.PID) }, 10*time.Second, 10*time.Millisecond, "%s outlives its lab", id)
		}
	})
}

func policyText(t *testing.T, n *lab.Served, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(n.Dir, "policy", name))
	require.NoError(t, err)
	return string(data)
}

// Two labs at once, over plain HTTP, and what a lab is called wrongly with.
func TestLabs(t *testing.T) {
	const small = "scheme: http\nnodes: [{id: csirt-xa}, {id: csirt-xb}]\n"
	topology, dirs := file(t, "small.yaml", small), t.TempDir()
	a := startLab(t, topology, "--dir", filepath.Join(dirs, "a"))
	b := startLab(t, topology, "--dir", filepath.Join(dirs, "b"))
	seen := map[string]bool{}
	for _, s := range []lab.State{a.state(), b.state()} {
		assert.Empty(t, s.CA)
		for _, n := range s.Nodes {
			for _, url := range []string{n.TAXII, n.Admin} {
				assert.False(t, seen[url], "%s twice", url)
				seen[url] = true
			}
			m := n.Members["csirt-xa"]
			assert.Empty(t, m.Cert+m.Key)
			shown(t, "", n, signIn{token: n.Accounts["tool"].Token})
		}
	}
	data, err := os.ReadFile(a.ready)
	require.NoError(t, err)
	assert.NotContains(t, string(data), `"ca"`, "absent with http")

	for _, row := range []struct {
		name, err string
		code      int
		args      []string
	}{
		{"a folder that is not empty", "is not empty", exitFailed, []string{topology, "--dir", filepath.Join(dirs, "a")}},
		{"no folder", "--dir is missing", exitMisuse, []string{topology}},
		{"no topology", "name the topology's file", exitMisuse, []string{"--dir", filepath.Join(dirs, "c")}},
		{"a topology to resume", "--resume needs neither", exitMisuse, []string{topology, "--resume", filepath.Join(dirs, "a")}},
		{"nothing to resume", "holds no lab", exitFailed, []string{"--resume", dirs}},
		{"a topology that is not there", "there is no such file", exitMisuse, []string{"none.yaml", "--dir", filepath.Join(dirs, "c")}},
		{"a fault of the topology", "bad.yaml:1:19: id: write a short name", exitMisuse, []string{file(t, "bad.yaml", "nodes: [ { id:    A } ]\n"), "--dir", filepath.Join(dirs, "c")}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := entente(t, append([]string{"lab"}, row.args...)...)
			assert.Equal(t, row.code, r.code)
			assert.Contains(t, r.err, row.err)
			assert.NoDirExists(t, filepath.Join(dirs, "c"))
		})
	}
}

// The topology that --help shows is one.
func TestLabHelp(t *testing.T) {
	_, example, _ := strings.Cut(topologyHelp, "\n\n")
	example = strings.ReplaceAll("\n"+example, "\n  ", "\n")
	topology, problems := lab.Parse("help", []byte(example))
	require.Empty(t, problems)
	assert.Len(t, topology.Nodes, 3)
	assert.Contains(t, entente(t, "lab", "--help").out, "relations: [{of: csirt-xb")
}
