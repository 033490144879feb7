package node

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/configs"
	"entente/trust/ledger"
)

func plan(dir string) Plan {
	n := configs.Default()
	n.Self = configs.Self{ID: "csirt-xa", Name: "A", Kind: "national"}
	n.Listen.TAXII, n.Listen.Admin = "127.0.0.1:0", "127.0.0.1:0"
	return Plan{Dir: dir, Node: n}
}

// Of many that make one folder at once, one makes it, and it is whole.
func TestCreateOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "node")
	var mu sync.Mutex
	var made []Folder
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			f, err := Create(plan(dir))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made = append(made, f)
			}
		})
	}
	all.Wait()
	require.Len(t, made, 1)
	s, problems := Check(made[0].Config, time.Now())
	require.Empty(t, problems)
	assert.Equal(t, made[0].Identity, s.Config.Self.Identity)
	assert.NoDirExists(t, filepath.Join(dir, stagingName))
}

// What cannot be finished leaves nothing behind.
func TestCreateOrNothing(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(p *Plan)
	}{
		{"two accounts of one name", func(p *Plan) {
			p.Accounts = []NewAccount{{"a", "admin", "person"}, {"a", "reader", "person"}}
		}},
		{"an account that is none", func(p *Plan) { p.Accounts = []NewAccount{{"A", "admin", "person"}} }},
		{"a name of two lines", func(p *Plan) { p.Node.Self.Name = "a\nb" }},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "node")
			p := plan(dir)
			row.change(&p)
			_, err := Create(p)
			require.Error(t, err)
			assert.NoDirExists(t, dir)

			require.NoError(t, os.Mkdir(dir, 0o700))
			_, err = Create(p)
			require.Error(t, err)
			entries, err := os.ReadDir(dir)
			require.NoError(t, err, "what was there stays")
			assert.Empty(t, entries)
		})
	}
}

func TestStagingDiscards(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "node")
	s, err := stage(dir)
	require.NoError(t, err)
	require.NoError(t, s.file("a", nil, 0o600))
	require.NoError(t, s.folder("b/c", 0o700))
	require.Error(t, s.publish("node.yaml"), "the last file is not there")
	require.NoError(t, s.discard())
	assert.NoDirExists(t, dir)
}

// An authority signs for servers and clients, and each is good for nothing else.
func TestAuthority(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a, err := NewAuthority("lab", now)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(a.PEM()))
	server, err := a.IssueServer("xa", []string{"localhost", "127.0.0.1", "::1"}, now)
	require.NoError(t, err)
	client, err := a.IssueClient("xb", now)
	require.NoError(t, err)
	for _, row := range []struct {
		name  string
		cert  Certificate
		host  string
		usage x509.ExtKeyUsage
		at    time.Time
		good  bool
	}{
		{"a name", server, "localhost", x509.ExtKeyUsageServerAuth, now, true},
		{"an address", server, "::1", x509.ExtKeyUsageServerAuth, now, true},
		{"another name", server, "taxii.example", x509.ExtKeyUsageServerAuth, now, false},
		{"a server as a client", server, "", x509.ExtKeyUsageClientAuth, now, false},
		{"a client", client, "", x509.ExtKeyUsageClientAuth, now, true},
		{"a client as a server", client, "", x509.ExtKeyUsageServerAuth, now, false},
		{"a clock that is behind", server, "localhost", x509.ExtKeyUsageServerAuth, now.Add(-59 * time.Minute), true},
		{"too late", server, "localhost", x509.ExtKeyUsageServerAuth, now.AddDate(3, 0, 0), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			pair, err := tls.X509KeyPair(row.cert.Cert, row.cert.Key)
			require.NoError(t, err)
			_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: row.host, CurrentTime: row.at, KeyUsages: []x509.ExtKeyUsage{row.usage}})
			assert.Equal(t, row.good, err == nil, "%v", err)
		})
	}
}

func TestCertificateEnds(t *testing.T) {
	f, err := Create(plan(filepath.Join(t.TempDir(), "node")))
	require.NoError(t, err)
	s, problems := Load(f.Config, time.Now().Add(certificateLife-24*time.Hour))
	assert.Empty(t, problems)
	require.Len(t, s.Warnings, 1)
	assert.Contains(t, s.Warnings[0].Message, "renew it")
	_, problems = Load(f.Config, time.Now().Add(certificateLife+24*time.Hour))
	require.Len(t, problems, 1)
	assert.Contains(t, problems[0].Message, "the certificate ended on")
}

func TestReadSealer(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "keys"), 0o700))
	one, two := string(newCursorKey()), string(newCursorKey())
	for _, row := range []struct{ name, file, want string }{
		{"one key", one, ""},
		{"a key and the one before it", one + two, ""},
		{"no key", "", "no key is in the file"},
		{"a later format", strings.Replace(one, "Format: 1", "Format: 2", 1), "is not an \"ENTENTE CURSOR KEY\" of format 1"},
		{"another kind of key", strings.ReplaceAll(one, "ENTENTE CURSOR KEY", "PRIVATE KEY"), "is not an"},
		{"a key of another length", string(pemOf(cursorBlock, []byte("short"))), "is not an"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, cursorKeyFile), []byte(row.file), 0o600))
			_, problems := readSealer(dir)
			if row.want == "" {
				assert.Empty(t, problems)
			} else {
				assert.ErrorContains(t, problems, row.want)
			}
		})
	}
}

// A node without its ledger key does not start, and no message tells anything of the key.
func TestReadLedgerKey(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "keys"), 0o700))
	own, err := ledger.NewKey(rand.Reader, "csirt-xa")
	require.NoError(t, err)
	other, err := ledger.NewKey(rand.Reader, "csirt-xb")
	require.NoError(t, err)
	_, problems := readLedgerKey(dir, "csirt-xa")
	assert.ErrorContains(t, problems, "there is no such file; restore it from a backup, or make one with")
	for _, row := range []struct{ name, file, want string }{
		{"its key", own, ""},
		{"a key and the one before it", own + own, ""},
		{"an empty file", "", "no ledger key"},
		{"a key that is cut", own[:len(own)-9], "line 1 is no Ed25519 key"},
		{"another node's key", other, "the key is that of csirt-xb, and node.yaml says that this is csirt-xa"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, ledgerKeyFile), []byte(row.file), 0o600))
			_, problems := readLedgerKey(dir, "csirt-xa")
			if row.want == "" {
				assert.Empty(t, problems)
				return
			}
			require.ErrorContains(t, problems, row.want)
			assert.NotContains(t, problems.Error(), own[len(own)-30:len(own)-10])
		})
	}
}

// When a commit fails the outcome of writes is unknown: the node stops at once, and claims
// nothing (I-3).
func TestCommitFails(t *testing.T) {
	p := plan(filepath.Join(t.TempDir(), "node"))
	p.PlainHTTP = true
	f, err := Create(p)
	require.NoError(t, err)
	setup, problems := Load(f.Config, time.Now())
	require.Empty(t, problems)
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	n, err := Open(t.Context(), Config{Setup: setup, Log: quiet})
	require.NoError(t, err)
	stopped := make(chan error, 1)
	go func() { stopped <- n.Run(context.Background()) }()
	post := func() int {
		r, err := http.NewRequest(http.MethodPost, "http://"+n.doors[0].listener.Addr().String()+"/csirt-xa/collections/publish/objects/",
			strings.NewReader(`{"objects":[{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.100.3"}]}`))
		require.NoError(t, err)
		r.SetBasicAuth("admin", f.Accounts["admin"].Password)
		r.Header.Set("Content-Type", "application/taxii+json;version=2.1")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return 0
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	require.Equal(t, http.StatusAccepted, post())
	require.NoError(t, n.store.Close())
	assert.NotEqual(t, http.StatusAccepted/100, post()/100)
	err = <-stopped
	assert.ErrorContains(t, err, "the outcome is unknown")
	assert.Zero(t, post(), "nobody listens any more")
	assert.NoFileExists(t, AddressFile(setup.Config))
	assert.False(t, errors.Is(err, context.Canceled))
}
