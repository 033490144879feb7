package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/storage"
	"entente/storage/bolt"
	"entente/taxii"
	"entente/trust"
	"entente/trust/exchange"
	"entente/trust/ledger"
)

var ctx = context.Background()

// node is one node on a real store, with a clock that the test turns.
type node struct {
	*exchange.Exchange
	t      testing.TB
	path   string
	policy *trust.Policy
	store  storage.Store
	wrap   func(storage.Store) storage.Store
	log    *slog.Logger
	open   func(path string) (storage.Store, error) // default: bolt, synced
	stop   context.CancelFunc
	result chan error

	hand  bool // work in the background is done when the test says so, in small parts
	ticks bool // by the real clock
	mu    sync.Mutex
	now   time.Time
}

var (
	analyst = trust.Principal{Kind: trust.Account, ID: "analyst", Role: trust.Analyst, Person: true}
	officer = trust.Principal{Kind: trust.Account, ID: "officer", Role: trust.Officer, Person: true}
	tool    = trust.Principal{Kind: trust.Account, ID: "tool", Role: trust.Analyst}
	viewer  = trust.Principal{Kind: trust.Account, ID: "reader", Role: trust.Reader, Person: true}
	xb      = trust.Principal{Kind: trust.Member, ID: "csirt-xb"}
	xc      = trust.Principal{Kind: trust.Member, ID: "csirt-xc"}
	xd      = trust.Principal{Kind: trust.Member, ID: "csirt-xd"}
	zero    = trust.Principal{Kind: trust.Member, ID: "csirt-x0"}
	public  = trust.Principal{Kind: trust.Anonymous}
)

// revision is that of policies which were read from no files.
const revision = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// ledgerKey is the same in every run of a node.
func ledgerKey(t testing.TB) ledger.Key {
	key, err := ledger.ParseKey("PRIVATE+KEY+csirt-xa+73d03767+AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH")
	require.NoError(t, err)
	return key
}

func policy() *trust.Policy {
	members := map[string]trust.MemberFile{}
	for id, level := range map[string]int{"csirt-xb": 2, "csirt-xc": 2, "csirt-xd": 2, "csirt-x0": 0} {
		members[id] = trust.MemberFile{Member: id, Name: "CSIRT " + id, Trust: level}
	}
	return &trust.Policy{
		Node: "csirt-xa", Members: members, Revision: revision,
		Communities: map[string]trust.CommunityFile{"north": {
			Community: "north", Members: []string{"csirt-xa", "csirt-xb", "csirt-xc", "csirt-xd", "csirt-x0"}, MaxTLP: trust.Green,
		}},
		Sources: map[string]trust.SourceFile{"mitre-attack": {Source: "mitre-attack", Via: []string{"cli"}, Unmarked: trust.Clear}},
		Local: trust.LocalFile{
			Public: true, Red: []string{"officer"},
			Accounts: trust.LocalAccounts{Person: trust.AmberStrict, Tool: trust.Amber},
		},
	}
}

func newNode(t testing.TB) *node {
	n := &node{t: t, path: filepath.Join(t.TempDir(), "node.db"), policy: policy(), now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	n.start()
	t.Cleanup(n.shut)
	return n
}

func (n *node) clock() time.Time {
	if n.ticks {
		return time.Now()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.now
}

func (n *node) turn(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = n.now.Add(d)
}

func (n *node) start() {
	n.t.Helper()
	require.NoError(n.t, n.launch())
}

// launch starts the node, or says why that is in vain.
func (n *node) launch() error {
	run, stop := context.WithCancel(ctx)
	n.stop, n.result = stop, make(chan error, 1)
	n.result <- nil // until it runs
	if n.open == nil {
		n.open = func(path string) (storage.Store, error) { return bolt.Open(path, bolt.Options{}) }
	}
	store, err := n.open(n.path)
	require.NoError(n.t, err)
	n.store = store
	if n.wrap != nil {
		n.store = n.wrap(store)
	}
	reader, err := stix.NewReader(stix.Options{Tolerate: stix.DefaultTolerances()})
	require.NoError(n.t, err)
	sealer, err := taxii.NewSealer(bytes.Repeat([]byte("k"), 32))
	require.NoError(n.t, err)
	n.Exchange, err = exchange.Open(ctx, exchange.Config{
		Store: n.store, Policy: n.policy, Reader: reader, Sealer: sealer, Now: n.clock, Ledger: ledgerKey(n.t), Log: n.log,
		Identity: "identity--aaaaaaaa-0000-4000-8000-000000000001", OptionalFilters: true,
	})
	if err != nil {
		return err
	}
	commit := n.Run
	if n.hand {
		commit = n.Serve
		n.Divide()
	}
	<-n.result
	go func() {
		err := commit(run)
		if err != nil && !n.hand {
			n.t.Log("run:", err)
		}
		n.result <- err
	}()
	return nil
}

// shut stops the node; stopped twice it does nothing.
func (n *node) shut() {
	if n.store == nil {
		return
	}
	n.stop()
	<-n.result
	require.NoError(n.t, n.store.Close())
	n.store = nil
}

func (n *node) restart() {
	n.t.Helper()
	n.shut()
	n.start()
}

func (n *node) add(p trust.Principal, collection string, objects ...string) taxii.Status {
	n.t.Helper()
	raws := make([][]byte, len(objects))
	for i, o := range objects {
		raws[i] = []byte(o)
	}
	st, err := n.Add(ctx, p, collection, raws)
	require.NoError(n.t, err)
	return st
}

// put adds objects that must all be taken.
func (n *node) put(p trust.Principal, collection string, objects ...string) taxii.Status {
	n.t.Helper()
	st := n.add(p, collection, objects...)
	require.Zero(n.t, st.FailureCount, "%+v", st.Failures)
	return st
}

func (n *node) objects(p trust.Principal, collection, query string) (taxii.Page, error) {
	n.t.Helper()
	q, err := taxii.ParseQuery(query, taxii.ObjectsFields|taxii.ExtraFields)
	require.NoError(n.t, err)
	return n.Objects(ctx, p, collection, q)
}

// sees lists "id@version" of what a query yields, in order.
func (n *node) sees(p trust.Principal, collection, query string) []string {
	n.t.Helper()
	page, err := n.objects(p, collection, query)
	require.NoError(n.t, err)
	return names(n.t, page.Objects)
}

func names(t testing.TB, joined []byte) []string {
	t.Helper()
	var list []struct{ ID, Modified, Created, SpecVersion string }
	require.NoError(t, json.Unmarshal([]byte("["+string(joined)+"]"), &list))
	out := []string{}
	for _, o := range list {
		version := o.Modified
		if version == "" {
			version = o.Created
		}
		out = append(out, o.ID+"@"+version)
	}
	return out
}

func uid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// indicator makes an indicator; level is a TLP level, a marking id, or empty.
func indicator(n, version int, level string, extra ...string) string {
	modified := time.Date(2026, 1, 1, 0, 0, version, 0, time.UTC).Format("2006-01-02T15:04:05.000Z")
	fields := append([]string{}, extra...)
	if level != "" {
		id := level
		if l, ok := trust.ParseLevel(level); ok {
			id = string(trust.MarkingOf(l))
		}
		fields = append(fields, fmt.Sprintf(`"object_marking_refs":[%q]`, id))
	}
	tail := ""
	if len(fields) > 0 {
		tail = "," + strings.Join(fields, ",")
	}
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--%s","created":"2026-01-01T00:00:00.000Z","modified":%q,`+
		`"pattern":"[ipv4-addr:value = '198.51.100.%d']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00.000Z"%s}`, uid(n), modified, n%250, tail)
}

func name(n, version int) string {
	return "indicator--" + uid(n) + "@" + time.Date(2026, 1, 1, 0, 0, version, 0, time.UTC).Format("2006-01-02T15:04:05.000Z")
}

func address(n int, extra string) string {
	return fmt.Sprintf(`{"type":"ipv4-addr","id":"ipv4-addr--%s","value":"198.51.100.%d"%s}`, strings.Replace(uid(n), "4000", "5000", 1), n, extra)
}

func statement(n int) string {
	return fmt.Sprintf(`{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--%s","created":"2026-01-01T00:00:00.000Z","definition_type":"statement","definition":{"statement":"free to share"}}`, uid(n))
}

func (n *node) head() (head storage.Head) {
	n.t.Helper()
	require.NoError(n.t, n.store.View(ctx, func(s storage.Snapshot) (err error) { head, err = s.Head(); return err }))
	return head
}

// checkLog is the invariant of every log: dates only grow, and an entry's place is true.
func (n *node) checkLog() {
	n.t.Helper()
	err := n.store.View(ctx, func(s storage.Snapshot) error {
		head, err := s.Head()
		require.NoError(n.t, err)
		last := storage.Added(0)
		for e, err := range s.Log(0) {
			require.NoError(n.t, err)
			require.Greater(n.t, e.Added, last)
			require.LessOrEqual(n.t, e.Added, head.Added)
			last = e.Added
			b, err := s.Body(e.Body)
			require.NoError(n.t, err)
			found := false
			for c, err := range s.Copies(b.ID) {
				require.NoError(n.t, err)
				found = found || c.State == storage.Live && c.Body == e.Body && (c.Added == e.Added || slices.Contains(c.Also, e.Added))
			}
			assert.True(n.t, found, "entry %d has no live copy", e.Added)
		}
		return nil
	})
	require.NoError(n.t, err)
}

func query(text string) (q taxii.Query) {
	q, err := taxii.ParseQuery(text, taxii.ObjectsFields|taxii.ExtraFields)
	if err != nil {
		panic(err)
	}
	return q
}

// types lists the types of everything that a caller sees, in order.
func types(n *node, p trust.Principal, collection string) []string {
	n.t.Helper()
	out := []string{}
	for _, name := range n.sees(p, collection, "match[version]=all") {
		typ, _, _ := strings.Cut(name, "--")
		out = append(out, typ)
	}
	return out
}
