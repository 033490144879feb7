package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/storage/bolt"
	"entente/taxii"
	"entente/taxii/server"
	"entente/trust"
	"entente/trust/auth"
	"entente/trust/exchange"
	"entente/trust/ledger"
)

const (
	t21      = "application/taxii+json;version=2.1"
	nodeID   = "csirt-xa"
	rootPath = "/" + nodeID + "/"

	ourIdentity = "identity--aaaaaaaa-0000-4000-8000-000000000001"

	green = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
	amber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"

	idI  = "indicator--252c7c11-daf2-42bd-843b-be65edca9f61"
	idM  = "malware--31b940d4-6f7f-459a-80ea-9c1f17b5891b"
	idS  = "ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd"
	idMD = "marking-definition--c5f5e1c4-6a0a-4f0a-8d0e-6f6a1c5e7a11"
	idX  = "campaign--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"

	unknownID         = "indicator--00000000-0000-4000-8000-000000000000"
	unknownCollection = "d021ecc8-ab8e-41ab-815e-911c7e329f88"
)

// The three versions of I.
const (
	v1 = "2016-01-01T00:00:00.000Z"
	v2 = "2016-02-01T00:00:00.000Z"
	v3 = "2016-03-01T00:00:00.000Z"
)

// ledgerKey is the same whenever a node starts again on its store.
func ledgerKey(t testing.TB) ledger.Key {
	key, err := ledger.ParseKey("PRIVATE+KEY+csirt-xa+73d03767+AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH")
	require.NoError(t, err)
	return key
}

// begin is when the tests are.
var begin = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func indicator(id, modified string) string {
	return `{"type":"indicator","spec_version":"2.1","id":"` + id + `","created":"` + v1 + `","modified":"` + modified +
		`","name":"Bad IP1","indicator_types":["malicious-activity"],"confidence":40,"pattern":"[ipv4-addr:value = '198.51.100.1']","pattern_type":"stix",` +
		`"valid_from":"2018-01-01T00:00:00.000Z","object_marking_refs":["` + green + `"]}`
}

// The rest of the seed, each GREEN.
const (
	objectM  = `{"type":"malware","spec_version":"2.1","id":"` + idM + `","created":"2010-05-05T00:00:00.000Z","modified":"2010-05-05T00:00:00.000Z","name":"m","malware_types":["remote-access-trojan"],"is_family":false,"object_marking_refs":["` + green + `"]}`
	objectS  = `{"type":"ipv4-addr","spec_version":"2.1","id":"` + idS + `","value":"198.51.100.3","object_marking_refs":["` + green + `"]}`
	objectMD = `{"type":"marking-definition","spec_version":"2.1","id":"` + idMD + `","created":"2017-01-20T00:00:00.000Z","definition_type":"statement","definition":{"statement":"Copyright 2026"},"object_marking_refs":["` + green + `"]}`
	objectX0 = `{"type":"campaign","id":"` + idX + `","created":"2016-04-06T20:03:00.000Z","modified":"2016-04-06T20:03:00.000Z","name":"x","object_marking_refs":["` + green + `"]}`
	objectX1 = `{"type":"campaign","spec_version":"2.1","id":"` + idX + `","created":"2016-04-06T20:03:00.000Z","modified":"2016-04-06T20:03:00.000Z","name":"x","object_marking_refs":["` + green + `"]}`
)

// seed is what the requirement tables assume in `publish`, in order of addition.
func seed() []string {
	return []string{indicator(idI, v1), indicator(idI, v2), indicator(idI, v3), objectM, objectS, objectMD, objectX0, objectX1}
}

func envelope(objects ...string) string { return `{"objects":[` + strings.Join(objects, ",") + `]}` }

// world is a node of which everything but the socket is real.
type world struct {
	t        testing.TB
	exchange *exchange.Exchange
	server   *server.Server
	log      *syncBuffer
	added    []time.Time // date_added of the seed, d1 first

	options []option
	path    string
	stop    func()
	base    string // where a socket serves it: see wire; empty: none does

	mu    sync.Mutex
	clock time.Time
}

// option changes how a world is set up.
type option struct {
	server   func(*server.Config)
	exchange func(*exchange.Config)
	public   bool
	schemes  []string
	files    map[string]string // of the policy, by path
}

func withServer(f func(*server.Config)) option     { return option{server: f} }
func withExchange(f func(*exchange.Config)) option { return option{exchange: f} }
func withFiles(files map[string]string) option     { return option{files: files} }

func newWorld(t testing.TB, options ...option) *world {
	t.Helper()
	w := &world{t: t, clock: begin, log: &syncBuffer{}, options: options, path: filepath.Join(t.TempDir(), "node.db")}
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

// start opens the store, made before or not, and serves it.
func (w *world) start() {
	policy, _ := parse(w.t, w.folder())
	store, err := bolt.Open(w.path, bolt.Options{NoSync: true})
	require.NoError(w.t, err)
	reader, err := stix.NewReader(stix.Options{Tolerate: stix.DefaultTolerances()})
	require.NoError(w.t, err)
	sealer, err := taxii.NewSealer(bytes.Repeat([]byte{1}, 32))
	require.NoError(w.t, err)
	cfg := exchange.Config{Store: store, Policy: policy, Reader: reader, Sealer: sealer, Now: w.now, Ledger: ledgerKey(w.t), Log: w.logger(), Identity: ourIdentity}
	for _, o := range w.options {
		if o.exchange != nil {
			o.exchange(&cfg)
		}
	}
	w.exchange, err = exchange.Open(w.t.Context(), cfg)
	require.NoError(w.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.exchange.Run(ctx) }()
	w.stop = func() {
		cancel()
		assert.NoError(w.t, <-done)
		assert.NoError(w.t, store.Close())
	}
	w.server = w.newServer(policy)
}

// restart is what a node's restart is, but for the socket.
func (w *world) restart() {
	w.stop()
	w.stop = func() {} // in case it does not start
	w.start()
}

// folder is the policy's files by path: two peers in one community, and what the options change.
func (w *world) folder() map[string]string {
	files := map[string]string{
		"local.yaml":             "format: 1\n",
		"communities/north.yaml": "community: north\nmembers: [csirt-xa, csirt-xb, csirt-xc]\n",
	}
	for _, member := range []string{"csirt-xb", "csirt-xc"} {
		files["members/"+member+".yaml"] = "member: " + member + "\ntrust: 2\n"
		files["links/"+member+".yaml"] = link(member)
	}
	for _, o := range w.options {
		if o.public {
			files["local.yaml"] += "public: true\n"
		}
		maps.Copy(files, o.files)
	}
	return files
}

// link is how a member of these tests proves itself.
func link(member string) string {
	return "member: " + member + "\ncredentials: [{token_hash_file: " + member + ".token}]\n"
}

// parse reads a folder, of which nothing may be wrong.
func parse(t testing.TB, folder map[string]string) (*trust.Policy, []trust.File) {
	t.Helper()
	var files []trust.File
	for _, path := range slices.Sorted(maps.Keys(folder)) {
		files = append(files, trust.File{Path: path, Data: []byte(folder[path])})
	}
	policy, problems := trust.Parse(nodeID, files)
	require.Empty(t, problems)
	return policy, files
}

// logger writes what a node tells its operators, down to the least of it.
func (w *world) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (w *world) newServer(policy *trust.Policy) *server.Server {
	cfg := server.Config{
		NodeID: nodeID, Title: "National CSIRT of Xanadu", Description: "This TAXII Server contains test data", Contact: "cert@xa.example",
		URL: "https://taxii.xa.example:6443", MaxContentLength: 64 << 10,
		Exchange: w.exchange, Now: w.now, Log: w.logger(),
	}
	acfg := auth.Config{Accounts: w.accounts(), Policy: policy, Now: w.now, Read: memberToken}
	for _, o := range w.options {
		if o.server != nil {
			o.server(&cfg)
		}
		if o.public {
			cfg.Public = func() bool { return true }
		}
		if o.schemes != nil {
			cfg.Schemes, acfg.Schemes = o.schemes, o.schemes
		}
	}
	directory, problems := auth.New(acfg)
	require.Empty(w.t, problems)
	if cfg.Authenticator == nil {
		cfg.Authenticator = directory
	}
	s, err := server.New(cfg)
	require.NoError(w.t, err)
	return s
}

// memberToken gives the files that the links name.
func memberToken(path string) ([]byte, error) {
	member, ok := strings.CutSuffix(filepath.Base(path), ".token")
	if !ok {
		return nil, fs.ErrNotExist
	}
	return []byte(auth.HashToken(tokenOf(member)) + "\n"), nil
}

// tokenOf is the token of an account or member in these tests.
func tokenOf(name string) string {
	seed := [32]byte{}
	copy(seed[:], name)
	token, err := auth.NewToken(rand.NewChaCha8(seed))
	if err != nil {
		panic(err)
	}
	return token
}

// The account of the interoperability document's examples (§3 of the fixture).
const testUser, testPassword = "test", "Passw0rd! and more"

var passwordHash = sync.OnceValues(func() (string, error) {
	return auth.HashPassword(rand.NewChaCha8([32]byte{}), testPassword)
})

func (w *world) accounts() auth.Accounts {
	hash, err := passwordHash()
	require.NoError(w.t, err)
	var a auth.Accounts
	for _, account := range []auth.Account{
		{Name: "analyst", Role: "analyst", Kind: "person"},
		{Name: "reader", Role: "reader", Kind: "person"},
		{Name: "robot", Role: "analyst", Kind: "tool", Compat: []string{"empty-objects"}},
		{Name: testUser, Role: "analyst", Kind: "person", Password: hash},
	} {
		a, err = a.Add(account)
		require.NoError(w.t, err)
		a, _, err = a.IssueToken(account.Name, tokenOf(account.Name), begin, time.Time{})
		require.NoError(w.t, err)
	}
	return a
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

// seeded is a world whose `publish` holds the seed, one object a second.
func seeded(t testing.TB, options ...option) *world {
	t.Helper()
	w := newWorld(t, options...)
	for _, object := range seed() {
		w.pass(time.Second)
		w.as("analyst").post("collections/publish/objects/", envelope(object)).want(202).accepted(1)
	}
	for _, r := range w.as("analyst").get("collections/publish/manifest/?match[version]=all&match[spec_version]=2.0,2.1").want(200).manifest().Objects {
		at, err := taxii.ParseTimestamp(r.DateAdded)
		require.NoError(t, err)
		w.added = append(w.added, at)
	}
	require.Len(t, w.added, 8)
	return w
}

// d is the date_added of the seed's nth object, as a query writes it.
func (w *world) d(n int) string { return taxii.FormatTimestamp(w.added[n-1]) }

// caller asks with somebody's credentials.
type caller struct {
	w      *world
	header http.Header
}

// as is a caller with the token of an account or member; nobody for "".
func (w *world) as(name string) *caller {
	c := &caller{w: w, header: http.Header{"Accept": {t21}}}
	if name != "" {
		c.header.Set("Authorization", "Bearer "+tokenOf(name))
	}
	return c
}

// with sets a header; an empty value leaves it out.
func (c *caller) with(name, value string) *caller {
	d := *c
	d.header = c.header.Clone()
	d.header.Del(name)
	if value != "" {
		d.header.Set(name, value)
	}
	return &d
}

func (c *caller) get(path string) *answer    { return c.do(http.MethodGet, path, nil) }
func (c *caller) head(path string) *answer   { return c.do(http.MethodHead, path, nil) }
func (c *caller) delete(path string) *answer { return c.do(http.MethodDelete, path, nil) }

func (c *caller) post(path, body string) *answer {
	if c.header.Get("Content-Type") == "" {
		c = c.with("Content-Type", t21)
	}
	return c.do(http.MethodPost, path, strings.NewReader(body))
}

// do sends one request; a path without a slash in front lies below the API root.
func (c *caller) do(method, path string, body io.Reader) *answer {
	c.w.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = rootPath + path
	}
	if c.w.base != "" {
		return c.overTheWire(method, path, body)
	}
	req := httptest.NewRequest(method, "https://taxii.xa.example"+strings.SplitN(path, "?", 2)[0], body)
	if _, query, ok := strings.Cut(path, "?"); ok {
		req.URL.RawQuery = query
	}
	req.Header = c.header.Clone()
	w := httptest.NewRecorder()
	c.w.server.ServeHTTP(w, req)
	return &answer{t: c.w.t, method: method, path: path, status: w.Code, header: w.Header(), body: w.Body.Bytes()}
}

// answer is what came back. Its methods end the test if it is not what they say.
type answer struct {
	t            testing.TB
	method, path string
	status       int
	header       http.Header
	body         []byte
}

// want checks the status, and all that holds for every answer and for that resource.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	require.Equal(a.t, status, a.status, "%s %s: %s", a.method, a.path, a.body)
	a.checkHeaders()
	a.checkBody()
	return a
}

func (a *answer) bytes() string { return string(a.body) }

// decode reads a resource: every member known, of its type, and every item of a list too (T-2-04).
func decode[T any](a *answer) (v T) {
	a.t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.DisallowUnknownFields()
	require.NoError(a.t, decoder.Decode(&v), "%s", a.body)
	return v
}

func (a *answer) manifest() taxii.Manifest { a.t.Helper(); return decode[taxii.Manifest](a) }
func (a *answer) envelope() taxii.Envelope { a.t.Helper(); return decode[taxii.Envelope](a) }
func (a *answer) versions() taxii.Versions { a.t.Helper(); return decode[taxii.Versions](a) }
func (a *answer) error() taxii.Error       { a.t.Helper(); return decode[taxii.Error](a) }

// accepted checks the status resource of a POST of which all objects were taken.
func (a *answer) accepted(n int) taxii.Status {
	a.t.Helper()
	s := decode[taxii.Status](a)
	require.Equal(a.t, n, s.SuccessCount, "%s", a.body)
	require.Zero(a.t, s.FailureCount, "%s", a.body)
	return s
}

// holds checks which objects an envelope holds, in order.
func (a *answer) holds(objects ...string) *answer {
	a.t.Helper()
	got := []string{}
	for _, o := range a.envelope().Objects {
		got = append(got, string(o))
	}
	if objects == nil {
		objects = []string{}
	}
	require.Equal(a.t, objects, got)
	return a
}

// syncBuffer is a log that handlers write and a test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// lines are the log's records, oldest first.
func (s *syncBuffer) lines(t testing.TB) (records []map[string]any) {
	t.Helper()
	for line := range strings.Lines(s.String()) {
		record := map[string]any{}
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		records = append(records, record)
	}
	return records
}

// everybody is an authenticator that takes each caller for the same.
type everybody struct{}

func (everybody) Authenticate(context.Context, auth.Credentials) (trust.Principal, error) {
	return trust.Principal{Kind: trust.Account, ID: "analyst", Role: trust.Analyst, Person: true}, nil
}
