package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// From an empty folder to real bytes over HTTPS, and again after a restart.
func TestFirstFiveMinutes(t *testing.T) {
	m := initNode(t, "--name", "National CSIRT of Xanadu", "--kind", "national", "--country", "XA")
	n := m.serve(t)
	objects := indicators(1200)
	path := file(t, "bundle.json", `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[`+strings.Join(objects, ", \n")+`]}`)
	r := n.entente("publish", path)
	require.Equal(t, exitDone, r.code, r.err)
	assert.Equal(t, path+": 1200 objects, 1200 accepted, 0 rejected\n", r.out)

	got := n.objects(m.Admin.Token, "publish")
	assert.Equal(t, objects, got, "byte for byte, in the order of the file, and nothing else")

	require.Equal(t, exitDone, n.entente("publish", filepath.Join(m.Dir, "identity.json")).code)
	got = n.objects(m.Admin.Token, "publish")
	require.Len(t, got, 1201)
	assert.Contains(t, got[1200], m.Identity, "the node introduces itself when it is told to")
	assert.Contains(t, got[1200], "National CSIRT of Xanadu")
	assert.Contains(t, got[1200], "94868c89-83c2-464b-929b-a1a8aa3c8487", "TLP:CLEAR, so that created_by_ref resolves for everybody")

	assert.Equal(t, exitDone, n.stop())
	assert.NoFileExists(t, filepath.Join(m.Dir, "data", "run.json"))
	assert.NoFileExists(t, filepath.Join(m.Dir, "data", "admin.sock"))

	n = m.serve(t)
	assert.Equal(t, got, n.objects(m.Admin.Token, "publish"), "nothing lost and nothing new")
}

func TestAddresses(t *testing.T) {
	m := initNode(t)
	n := m.serve(t)
	assert.Equal(t, os.Getpid(), n.at.PID)
	assert.NotContains(t, n.at.TAXII, ":0/")
	assert.Equal(t, strings.TrimSuffix(n.at.TAXII, "taxii2/")+"csirt-xa/", n.at.Root)

	req, err := http.NewRequest(http.MethodGet, n.at.TAXII, nil)
	require.NoError(t, err)
	req.SetBasicAuth(m.Admin.User, m.Admin.Password)
	resp, err := n.http.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var discovery struct {
		APIRoots []string `json:"api_roots"`
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&discovery))
	assert.Equal(t, []string{n.at.Root}, discovery.APIRoots, "discovery names the port that was free")

	for path, want := range map[string]int{"healthz": 200, "readyz": 200, "metrics": 200, "": 404, "taxii2/": 404, "accounts": 404} {
		resp, err := http.Get(n.at.Admin + path)
		require.NoError(t, err)
		resp.Body.Close()
		assert.Equal(t, want, resp.StatusCode, "/"+path)
	}
	r := entente(t, "serve", "-c", m.Config)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, "another process has it open")
	assert.FileExists(t, filepath.Join(m.Dir, "data", "run.json"), "who came too late takes nothing away")
}

func TestMetrics(t *testing.T) {
	n := initNode(t, "--http").serve(t)
	require.Equal(t, exitDone, n.entente("publish", file(t, "one.json", indicator(1))).code)
	n.get(n.Admin.Token, "collections/")
	resp, err := http.Get(n.at.Admin + "metrics")
	require.NoError(t, err)
	defer resp.Body.Close()
	metrics := readAll(t, resp)
	for _, name := range []string{`entente_objects_admitted_total{outcome="accepted"} 1`, "go_goroutines", "process_open_fds"} {
		assert.Contains(t, metrics, name)
	}
}

// Whoever got a 202 finds the object after the restart (I-3), and nobody got half an answer.
func TestStopUnderLoad(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	m := initNode(t, "--http")
	n := m.serve(t)
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	var sent atomic.Int64
	half := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := 0; ; i++ {
				id := w*100000 + i
				a, err := n.try(http.MethodPost, m.Admin.Token, "collections/publish/objects/", `{"objects":[`+indicator(id)+`]}`)
				if err != nil {
					return // refused, or cut before it was read
				}
				if !assert.Equal(t, http.StatusAccepted, a.status, "%s", a.body) {
					return
				}
				mu.Lock()
				acknowledged[fmt.Sprintf("indicator--00000000-0000-4000-8000-%012x", id)] = true
				mu.Unlock()
				if sent.Add(1) == 100 {
					close(half)
				}
			}
		})
	}
	<-half
	assert.Equal(t, exitDone, n.stop())
	writers.Wait()
	n.http.CloseIdleConnections()
	goleak.VerifyNone(t, leaks)

	n = m.serve(t)
	kept := map[string]bool{}
	for _, id := range ids(t, n.objects(m.Admin.Token, "publish")) {
		assert.False(t, kept[id], "%s is there twice", id)
		kept[id] = true
	}
	for id := range acknowledged {
		assert.True(t, kept[id], "%s was acknowledged and is lost", id)
	}
}

// A process that was killed leaves a socket and addresses behind; the next start takes over.
func TestKilledAndStartedAgain(t *testing.T) {
	m := initNode(t, "--http")
	n := m.spawn(t)
	n.kill()
	assert.FileExists(t, filepath.Join(m.Dir, "data", "run.json"))
	r := n.entente("account", "list")
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, "the node is not running")
	assert.Contains(t, r.err, "entente serve -c "+m.Config)

	n = m.spawn(t)
	assert.Equal(t, exitDone, n.entente("account", "list").code)
	assert.Equal(t, exitDone, n.stop(), "SIGINT ends it in order")
}

func TestHangupReloads(t *testing.T) {
	m := initNode(t)
	n := m.serve(t)
	accounts := filepath.Join(m.Dir, "accounts.yaml")
	before, err := os.ReadFile(accounts)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(accounts, []byte("format: 1\naccounts: [\n"), 0o600))
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	n.log.wait(t, "the accounts were not reloaded", 1)
	assert.Equal(t, http.StatusOK, n.get(m.Admin.Token, "collections/").status, "what has a fault changes nothing")

	other := initNode(t)
	for _, name := range []string{"tls/node.pem", "tls/node.key"} {
		data, err := os.ReadFile(filepath.Join(other.Dir, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(m.Dir, name), data, 0o600))
	}
	require.NoError(t, os.WriteFile(accounts, before, 0o600))
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	n.log.wait(t, "msg=reloaded", 1)
	n.http.CloseIdleConnections()
	_, err = n.try(http.MethodGet, m.Admin.Token, "collections/", "")
	assert.ErrorContains(t, err, "certificate", "the new certificate is another authority's")
}
