package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/cmd/entente/node"
	"entente/configs"
	"entente/taxii"
	"entente/taxii/client"
	"entente/trust/auth"
)

// Who the vectors are about. The node is xa.
const (
	xa  = "csirt-xa"
	xb  = "csirt-xb"
	xc  = "csirt-xc"
	xd  = "csirt-xd"
	hub = "north-hub"
	fin = "fin-xa"

	anonymous = "" // whoever shows no credentials
)

// noon is when a world begins, unless its test says otherwise.
const noon = "2026-06-15T12:00:00Z"

// policyFile is a file of the policy folder.
type policyFile struct{ path, text string }

// member is a member at a level of trust; more are further keys of its file.
func member(id string, trust int, more ...string) policyFile {
	return policyFile{"members/" + id + ".yaml", mapping(append([]string{
		"member: " + id, fmt.Sprintf("trust: %d", trust), "identities: [{id: " + identityOf(id) + "}]"}, more...)...)}
}

// constituent is a member for whom the node is the national team, and who looks after sectors.
func constituent(id string, trust int, sectors string) policyFile {
	return member(id, trust, "relation: constituent", "constituency: {sectors: ["+sectors+"]}")
}

// mou is an agreement between the node and a member that consists of flows.
func mou(with string, flows ...string) policyFile {
	return agreement("mou-"+with, with, "flows: ["+strings.Join(flows, ", ")+"]")
}

// agreement is an agreement between the node and a member; more are the keys of its file.
func agreement(id, with string, more ...string) policyFile {
	return policyFile{"agreements/" + id + ".yaml", mapping(append([]string{"agreement: " + id, "parties: [" + xa + ", " + with + "]"}, more...)...)}
}

// gives is a flow from the node to a member, gets one from a member to the node.
func gives(to, level string, more ...string) string { return flow(xa, to, level, more) }
func gets(from, level string, more ...string) string {
	return flow(from, xa, level, more)
}

func flow(from, to, level string, more []string) string {
	return mapping(append([]string{"from: " + from, "to: " + to, "max_tlp: " + level}, more...)...)
}

// community is a network; more are further keys of its file.
func community(id, members string, more ...string) policyFile {
	return policyFile{"communities/" + id + ".yaml", mapping(append([]string{"community: " + id, "members: [" + members + "]"}, more...)...)}
}

// local is local.yaml.
func local(keys ...string) policyFile { return policyFile{"local.yaml", mapping(keys...)} }

func mapping(keys ...string) string { return "{" + strings.Join(keys, ", ") + "}" }

// identityOf is the STIX Identity that a member speaks for.
func identityOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80 // version 4
	return "identity--" + uuid.Must(uuid.FromBytes(sum[:16])).String()
}

// tokenOf is the token of a member or a local account.
func tokenOf(who string) string { return "ent1_of-" + who }

// world is a node with its policy folder, and all who write to it and read from it.
type world struct {
	t       testing.TB
	config  string
	policy  string // the folder
	at      node.Addresses
	log     *logBuffer
	clients map[string]*client.Client
	sent    map[string]string // what the test put into the node, by name

	mu  sync.Mutex
	now time.Time
}

// newWorld starts a node at noon.
func newWorld(t testing.TB, files ...policyFile) *world {
	t.Helper()
	return newWorldAt(t, noon, files...)
}

// newWorldAt starts a node with a policy folder of these files, and a clock that the test moves.
func newWorldAt(t testing.TB, now string, files ...policyFile) *world {
	t.Helper()
	w := &world{t: t, log: &logBuffer{}, clients: map[string]*client.Client{}, sent: map[string]string{}}
	w.now = moment(t, now)
	settings := configs.Default()
	settings.Self = configs.Self{ID: xa, Name: "National CSIRT of Xanadu", Kind: "national", Identity: identityOf(xa)}
	settings.Listen.TAXII, settings.Listen.Admin = "127.0.0.1:0", "127.0.0.1:0"
	folder, err := node.Create(node.Plan{
		Dir: filepath.Join(t.TempDir(), xa), Node: settings, PlainHTTP: true, Accounts: []node.NewAccount{}, Now: w.clock})
	require.NoError(t, err)
	w.config, w.policy = folder.Config, filepath.Join(folder.Dir, "policy")
	require.NoError(t, os.WriteFile(filepath.Join(folder.Dir, "accounts.yaml"), w.accounts(), 0o600))
	w.edit(files...)
	w.start()
	return w
}

// accounts are those of every world, each with a token.
func (w *world) accounts() []byte {
	w.t.Helper()
	var list auth.Accounts
	for _, a := range []auth.Account{
		{Name: "reader", Role: "reader", Kind: "person"}, {Name: "analyst", Role: "analyst", Kind: "person"},
		{Name: "officer", Role: "officer", Kind: "person"}, {Name: "tool", Role: "analyst", Kind: "tool"},
	} {
		var err error
		list, err = list.Add(a)
		require.NoError(w.t, err)
		list, _, err = list.IssueToken(a.Name, tokenOf(a.Name), w.clock(), time.Time{})
		require.NoError(w.t, err)
	}
	return list.YAML()
}

// edit writes files of the policy folder. A member also gets a way to sign in.
func (w *world) edit(files ...policyFile) {
	w.t.Helper()
	for _, f := range files {
		w.write(f.path, f.text)
		id, isMember := strings.CutPrefix(strings.TrimSuffix(f.path, ".yaml"), "members/")
		if isMember {
			w.write("links/"+id+".yaml", mapping("member: "+id, "credentials: [{token_hash_file: "+id+".tokens}]"))
			w.write("links/"+id+".tokens", auth.HashToken(tokenOf(id))+"\n")
		}
	}
}

func (w *world) write(name, text string) {
	w.t.Helper()
	require.NoError(w.t, os.WriteFile(filepath.Join(w.policy, name), []byte(text+"\n"), 0o600))
}

// start runs the node until the test ends.
func (w *world) start() {
	w.t.Helper()
	setup, problems := node.Load(w.config, w.clock())
	require.Empty(w.t, problems)
	n, err := node.Open(w.t.Context(), node.Config{Setup: setup, Now: w.clock, Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	require.NoError(w.t, err)
	w.at = n.Addresses()
	running, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- n.Run(running) }()
	w.t.Cleanup(func() {
		for _, c := range w.clients {
			c.Close()
		}
		stop()
		assert.NoError(w.t, <-stopped)
		if w.t.Failed() {
			w.t.Log(w.log.String())
		}
	})
}

// clock is the node's.
func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// turn moves the clock. The node notices by itself, a little later.
func (w *world) turn(to string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = moment(w.t, to)
}

func moment(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

// logBuffer keeps what the node logs.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// publish sends objects as the node's own with `entente publish`, and is the first of them.
func (w *world) publish(objects ...object) object {
	w.t.Helper()
	w.publishWith(nil, objects...)
	return objects[0]
}

func (w *world) publishWith(flags []string, objects ...object) {
	w.t.Helper()
	w.remember(objects)
	path := file(w.t, "objects.ndjson", strings.Join(texts(objects), "\n"))
	w.must(append([]string{"publish", path}, flags...)...)
}

// posts sends objects to the node as a member, and is the first of them. All must be taken.
func (w *world) posts(who string, objects ...object) object {
	w.t.Helper()
	w.sends(who, "from-"+who, objects...)
	return objects[0]
}

// sends writes objects into a collection. All must be taken.
func (w *world) sends(who, collection string, objects ...object) {
	w.t.Helper()
	s := w.offers(who, collection, objects...)
	require.Empty(w.t, s.Failures)
	require.Equal(w.t, len(objects), s.SuccessCount)
}

// offers writes objects into a collection, and is what the node said of them.
func (w *world) offers(who, collection string, objects ...object) taxii.Status {
	w.t.Helper()
	w.remember(objects)
	var raw [][]byte
	for _, text := range texts(objects) {
		raw = append(raw, []byte(text))
	}
	c, col := w.collection(who, collection)
	receipts, err := c.Add(w.t.Context(), col, raw)
	require.NoError(w.t, err)
	require.Len(w.t, receipts, 1)
	require.Equal(w.t, "complete", receipts[0].Status.Status)
	return receipts[0].Status
}

func (w *world) remember(objects []object) {
	for _, o := range objects {
		w.sent[o.name()] = o.text()
	}
}

// run runs a command of the officer's.
func (w *world) run(args ...string) result {
	w.t.Helper()
	return entente(w.t, append(args, "-c", w.config)...)
}

// must runs a command that has to succeed.
func (w *world) must(args ...string) result {
	w.t.Helper()
	r := w.run(args...)
	require.Equal(w.t, exitDone, r.code, "entente %s: %s", strings.Join(args, " "), r.err)
	return r
}

// refuses runs a command that the node must not carry out, and is what it says.
func (w *world) refuses(args ...string) string {
	w.t.Helper()
	r := w.run(args...)
	require.Contains(w.t, []int{exitFailed, exitMisuse}, r.code, "entente %s: %s", strings.Join(args, " "), r.out)
	require.NotContains(w.t, r.err, "--help", "it is no misuse")
	return r.err
}

// change is what `policy plan` and `policy apply` print.
type change struct {
	Revision string
	Members  []struct {
		Member            string
		Release, Withdraw []string
	}
	Applied bool
}

// of is what a member would newly get, and lose.
func (c change) of(who string) (release, withdraw []string) {
	for _, m := range c.Members {
		if m.Member == who {
			return m.Release, m.Withdraw
		}
	}
	return nil, nil
}

// plan is what the folder, as it is now, would change.
func (w *world) plan() change {
	w.t.Helper()
	c := decode[change](w.t, w.must("policy", "plan", "--json"))
	require.False(w.t, c.Applied)
	return c
}

// apply edits the folder and puts it in force.
func (w *world) apply(files ...policyFile) change {
	w.t.Helper()
	w.edit(files...)
	c := decode[change](w.t, w.must("policy", "apply", "--json"))
	require.True(w.t, c.Applied)
	return c
}

// without removes a file of the policy folder.
func (w *world) without(path string) {
	w.t.Helper()
	require.NoError(w.t, os.Remove(filepath.Join(w.policy, path)))
}

// release gives an object to a member explicitly.
func (w *world) release(o object, to string) {
	w.t.Helper()
	w.must("release", o.id(), "--to", to, "--reason", "they need it", "--json")
}

// recalled is what `recall` prints.
type recalled struct {
	Object     string
	Recipients []struct{ Member, State string }
}

// recall takes an object back; it is who will be told.
func (w *world) recall(o object) (told []string) {
	w.t.Helper()
	r := decode[recalled](w.t, w.must("recall", o.id(), "--reason", "sent in error", "--json"))
	assert.Equal(w.t, o.id(), r.Object)
	for _, m := range r.Recipients {
		assert.Contains(w.t, []string{"pending", "acknowledged", "unable"}, m.State)
		told = append(told, m.Member)
	}
	slices.Sort(told)
	return told
}

// held is an entry of `hold list`.
type held struct {
	Object, Member string
	Codes          []string
	Since          string
}

// queue is what waits for a person.
func (w *world) queue() []held {
	w.t.Helper()
	return decode[struct{ Holds []held }](w.t, w.must("hold", "list", "--json")).Holds
}

// waits reports whether an object waits, for one member and reason.
func (w *world) waits(o object, to, code string) bool {
	w.t.Helper()
	return slices.ContainsFunc(w.queue(), func(h held) bool {
		return h.Object == o.id() && h.Member == to && slices.Contains(h.Codes, code)
	})
}

// suspect is an entry of `quarantine list`.
type suspect struct{ Object, Source, Kind, Since string }

func (w *world) quarantine() []suspect {
	w.t.Helper()
	return decode[struct{ Items []suspect }](w.t, w.must("quarantine", "list", "--json")).Items
}

// aside requires that an object is kept aside, and nothing else is.
func (w *world) aside(o object, source, kind string) {
	w.t.Helper()
	items := w.quarantine()
	if assert.Len(w.t, items, 1) {
		assert.Equal(w.t, o.id(), items[0].Object)
		assert.Contains(w.t, items[0].Source, source)
		assert.Equal(w.t, kind, items[0].Kind)
	}
}

// explanation is what `policy explain` prints.
type explanation struct {
	Object, Member, Decision, Primary string
	Checks                            []struct {
		Code, Outcome, Detail, File string
		Line                        int
	}
}

func (w *world) explain(o object, to string) explanation {
	w.t.Helper()
	e := decode[explanation](w.t, w.must("policy", "explain", o.id(), "--to", to, "--json"))
	assert.Equal(w.t, o.id(), e.Object)
	assert.Equal(w.t, to, e.Member)
	return e
}

// soon waits for what the node does by itself.
func (w *world) soon(what string, done func() bool) {
	w.t.Helper()
	deadline := time.After(5 * time.Second)
	for !done() {
		select {
		case <-time.After(3 * time.Millisecond):
		case <-deadline:
			require.Fail(w.t, "it did not happen in time", what)
		}
	}
}

// corpusFile reads a file of the corpus, or skips the test where there is none.
func corpusFile(t testing.TB, name string) (path string, objects []object) {
	t.Helper()
	path = filepath.Join("../../../shared/corpus", name)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the corpus is not here")
	}
	require.NoError(t, err)
	var bundle struct{ Objects []object }
	require.NoError(t, json.Unmarshal(data, &bundle))
	return path, bundle.Objects
}
