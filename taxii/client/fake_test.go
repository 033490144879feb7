package client_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entente/taxii"
	"entente/taxii/client"
)

const (
	t21    = "application/taxii+json;version=2.1"
	rwID   = "378e5de7-84a4-45e4-8a34-c02a43d0b657"
	badIP  = "indicator--252c7c11-daf2-42bd-843b-be65edca9f61"
	badIPs = "indicator--57ec1fb8-7a4d-52ef-a18a-4018996dfbba"

	objectsPath = "/api1/collections/" + rwID + "/objects/"
)

// reply is one scripted answer.
type reply struct {
	status int // 0: 200
	header map[string]string
	body   string
	do     http.HandlerFunc // instead of all the above
}

// seen is one request as the server got it.
type seen struct {
	Method, Path, RawQuery, Body string
	Header                       http.Header
}

func (s seen) query(t *testing.T) url.Values {
	t.Helper()
	v, err := url.ParseQuery(s.RawQuery)
	require.NoError(t, err)
	return v
}

// fake is a TAXII server that plays back a script and remembers what it was asked.
type fake struct {
	*httptest.Server
	mu     sync.Mutex
	script map[string][]reply // "GET /taxii2/": in order, the last one for ever
	seen   []seen
	slept  []time.Duration // by the clients of this server
	log    bytes.Buffer
}

func newFake(t testing.TB, script map[string][]reply) *fake {
	t.Helper()
	f := unstartedFake(t, script)
	f.StartTLS()
	return f
}

func unstartedFake(t testing.TB, script map[string][]reply) *fake {
	t.Helper()
	f := &fake{script: script}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	f.seen = append(f.seen, seen{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.Header})
	key := r.Method + " " + r.URL.EscapedPath()
	rp := reply{status: 404, body: `{"title":"Not Found","http_status":"404"}`}
	if queue := f.script[key]; len(queue) > 0 {
		rp = queue[0]
		if len(queue) > 1 {
			f.script[key] = queue[1:]
		}
	}
	f.mu.Unlock()
	if rp.do != nil {
		rp.do(w, r)
		return
	}
	w.Header().Set("Content-Type", t21)
	for name, value := range rp.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(max(rp.status, 200))
	io.WriteString(w, rp.body)
}

func (f *fake) requests() []seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]seen(nil), f.seen...)
}

func (f *fake) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(f.Certificate())
	return pool
}

// client makes a client of this server that never really sleeps.
func (f *fake) client(t testing.TB, edits ...func(*client.Config)) *client.Client {
	t.Helper()
	cfg := client.Config{
		Discovery: f.URL + "/taxii2/",
		UserAgent: "entente-test/1.0",
		AllowHTTP: strings.HasPrefix(f.URL, "http://"),
		Jitter:    func() float64 { return 0 },
		Sleep: func(ctx context.Context, d time.Duration) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.slept = append(f.slept, d)
			return ctx.Err()
		},
		Logger: slog.New(slog.NewTextHandler(&f.log, nil)),
	}
	if f.Certificate() != nil {
		cfg.TLS.RootCAs = f.roots()
	}
	for _, edit := range edits {
		edit(&cfg)
	}
	c, err := client.New(cfg)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func (f *fake) root() client.Root {
	return client.Root{URL: f.URL + "/api1/", APIRoot: taxii.APIRoot{Versions: []string{t21}, MaxContentLength: 104857600}}
}

func (f *fake) collection() client.Collection {
	return client.Collection{Root: f.root(), Collection: taxii.Collection{ID: rwID, CanRead: true, CanWrite: true}}
}

// indicator is one of the interoperability fixture's objects.
func indicator(id string) string {
	return `{"type":"indicator","spec_version":"2.1","id":"` + id + `","created":"2018-01-17T11:11:13.000Z","modified":"2018-01-17T11:11:13.000Z",` +
		`"name":"Bad IP1","pattern":"[ipv4-addr:value = '198.51.100.1']","pattern_type":"stix","valid_from":"2018-01-01T00:00:00.000Z"}`
}

func texts(items [][]byte) []string {
	var all []string
	for _, item := range items {
		all = append(all, string(item))
	}
	return all
}

// drop reads the request and closes the connection without an answer.
func drop(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}
