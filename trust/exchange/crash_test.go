package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/storage"
	"entente/storage/bolt"
	"entente/taxii"
	"entente/trust"
	"entente/trust/exchange"
	"entente/trust/ledger"
)

// death is when a process dies: at one of its commits, before that is made, or after it is and
// before anybody learns of it.
type death struct {
	at    int // 0: never
	after bool
}

var errKilled = errors.New("killed")

// mortal is the store of a process that dies. A dead process writes nothing.
type mortal struct {
	storage.Store
	death
	commits int
	dead    bool
}

func (m *mortal) Commit(ctx context.Context, b *storage.Batch) error {
	if m.dead {
		return errKilled
	}
	if m.commits++; m.commits != m.at {
		return m.Store.Commit(ctx, b)
	}
	m.dead = true
	if m.after {
		if err := m.Store.Commit(ctx, b); err != nil {
			return err
		}
	}
	return errKilled
}

// deed is what somebody has a node do, or what happens to it.
type deed struct {
	name string
	do   func(n *node) error
	told []string // the members who get a notice
	// begins is set where nobody asks for it: as soon as this was, nothing else holds.
	begins func(n *node)
}

// drill kills a node at one commit after the other while it does one deed.
type drill struct {
	t       *testing.T
	deed    deed
	base    image     // the database that every life begins with
	now     time.Time // when it does
	viewers []watcher
	old     picture
	new     *picture // nil: not known yet
}

// life is one node through all its processes.
type life struct {
	*drill
	path    string
	n       *node
	store   *mortal
	viewers []watcher
	begun   bool
	done    bool // the deed was acknowledged, or has turned out to be done
}

// run lives a life in which the i-th process, from 1 on, dies when deaths says.
func (d *drill) run(deaths func(i int) death) (processes int) {
	l := &life{drill: d, path: filepath.Join(d.t.TempDir(), "node.db"), n: &node{now: d.now}}
	d.base.write(d.t, l.path)
	for _, v := range d.viewers {
		v.read = maps.Clone(v.read)
		l.viewers = append(l.viewers, v)
	}
	for i := 1; ; i++ {
		err := l.open(l.path, deaths(i))
		if err == nil {
			err = l.goOn()
		}
		l.n.shut()
		if !l.store.dead {
			require.NoError(d.t, err)
			l.check()
			return i
		}
		require.True(d.t, errors.Is(err, errKilled) || errors.Is(err, exchange.ErrStopping), "%v", err)
		l.findOut()
	}
}

// open starts a process on a file, with the policy that was applied last, as the clock has it.
func (l *life) open(path string, when death) error {
	n := &node{t: l.t, path: path, now: l.n.clock(), hand: true, log: slog.New(slog.DiscardHandler), open: unsynced}
	n.wrap = func(s storage.Store) storage.Store {
		files, _, err := exchange.LastRevision(ctx, s)
		require.NoError(l.t, err)
		policy, problems := trust.Parse("csirt-xa", files)
		require.Empty(l.t, problems)
		n.policy = policy
		l.store = &mortal{Store: s, death: when}
		return l.store
	}
	l.n = n
	return n.launch()
}

// image is a database file, most of which is room to grow.
type image struct {
	data []byte
	size int64
}

func imageOf(t *testing.T, path string) image {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return image{bytes.TrimRight(data, "\x00"), int64(len(data))}
}

func (i image) write(t *testing.T, path string) {
	require.NoError(t, os.WriteFile(path, i.data, 0o600))
	require.NoError(t, os.Truncate(path, i.size))
}

func unsynced(path string) (storage.Store, error) {
	return bolt.Open(path, bolt.Options{NoSync: true})
}

// goOn does the deed, unless it is done, and all that follows from it, while everybody polls, and
// stops the node.
func (l *life) goOn() error {
	if !l.done && l.deed.do != nil {
		if l.deed.begins != nil && !l.begun {
			l.deed.begins(l.n)
			l.begun = true
		}
		if err := l.deed.do(l.n); err != nil {
			return err
		}
		l.done = true
	}
	for more := true; more; {
		err := l.look()
		if err == nil {
			more, err = l.n.Step(ctx)
		}
		if err != nil {
			return err
		}
	}
	if err := l.look(); err != nil {
		return err
	}
	return l.stopped()
}

// stopped stops the node in good order, which may kill it.
func (l *life) stopped() error {
	l.n.stop()
	err := <-l.n.result
	l.n.result <- err
	return err
}

// look has everybody poll. After the deed nobody sees what it took away.
func (l *life) look() error {
	for i := range l.viewers {
		v := &l.viewers[i]
		if err := v.look(l.n); err != nil {
			return err
		}
		if !l.done && !l.begun || l.new == nil {
			continue
		}
		page, err := l.n.objects(v.who, v.at, everything)
		if err != nil {
			return err
		}
		require.Subset(l.t, append(l.new.Views[v.name()], ""), append(anonymous(bodies(page)), ""), "%s sees what it must not any more", v.name())
	}
	return nil
}

// findOut looks, on a copy, at what a process left that died before it acknowledged the deed: the old
// state, or one that the ledger tells of.
func (l *life) findOut() {
	if l.done || l.begun {
		return // whatever was lost is missing in the end
	}
	copied, is := l.path+".copy", *l
	imageOf(l.t, l.path).write(l.t, copied)
	require.NoError(l.t, is.open(copied, death{}))
	defer is.n.shut()
	if l.done = !slices.Equal(is.n.ledgerTells(), l.old.Ledger); l.done {
		return
	}
	require.Equal(l.t, l.old, is.n.picture(), "neither old nor new")
}

// check compares what came out with the state after the deed.
func (l *life) check() {
	require.NoError(l.t, l.open(l.path, death{}))
	defer l.n.shut()
	l.n.settle() // nothing waits but what the time brings
	is := l.n.picture()
	if l.new != nil {
		require.Equal(l.t, *l.new, is)
	}
	l.new = &is
	l.drill.new = l.new
	for _, v := range l.viewers {
		page, err := l.n.objects(v.who, v.at, everything)
		require.NoError(l.t, err)
		for _, o := range bodies(page) {
			require.True(l.t, v.read[said(o)], "I-4: %s has not read %s", v.name(), o)
		}
	}
	l.n.checkLog()
	differing, err := l.n.Differing(ctx)
	require.NoError(l.t, err)
	require.Empty(l.t, differing)
	_, report, err := l.n.exported()
	require.NoError(l.t, err)
	require.NotZero(l.t, report.Head.Size)
}

// picture is all that anybody can learn from a node at rest, but for dates, ids of notices, and how
// far members have read.
type picture struct {
	Views     map[string][]string
	Explained map[string]exchange.Explanation
	Held      []exchange.Held
	Suspects  []exchange.Suspect
	History   []exchange.Applied
	Recalls   []string
	Ledger    []string
}

func (n *node) picture() (p picture) {
	n.t.Helper()
	p = picture{Views: map[string][]string{}, Explained: map[string]exchange.Explanation{}, Ledger: n.ledgerTells()}
	ids := map[string]bool{}
	for _, v := range everybody() {
		page, err := n.objects(v.who, v.at, everything)
		require.NoError(n.t, err)
		p.Views[v.name()] = anonymous(bodies(page))
		for _, name := range names(n.t, page.Objects) {
			id, _, _ := strings.Cut(name, "@")
			ids[id] = true
		}
	}
	for id := range ids {
		for _, member := range []string{"csirt-xb", "csirt-xc", "csirt-xd", "csirt-xe"} {
			if !strings.HasPrefix(id, "note--") {
				p.Explained[id+" "+member] = n.decision(id, member)
			}
		}
	}
	var err error
	p.Held, err = n.Held(ctx, exchange.HoldChoice{})
	require.NoError(n.t, err)
	p.Suspects, err = n.Suspects(ctx)
	require.NoError(n.t, err)
	p.History, err = n.History(ctx)
	require.NoError(n.t, err)
	require.NoError(n.t, n.store.View(ctx, func(s storage.Snapshot) error {
		for r, err := range s.Records('R', nil) {
			require.NoError(n.t, err)
			p.Recalls = append(p.Recalls, string(r.Value))
		}
		return nil
	}))
	return p
}

// ledgerTells is what the ledger tells but for who has read, in the order of the alphabet.
func (n *node) ledgerTells() (list []string) {
	n.t.Helper()
	require.NoError(n.t, n.Ledger(ctx, exchange.LedgerChoice{}, func(e exchange.LedgerEntry) error {
		if e.Kind != ledger.Delivery.String() {
			list = append(list, fmt.Sprintln(e.Kind, e.Actor, e.Object, e.Version, e.Members, e.Revision, e.Detail))
		}
		return nil
	}))
	return anonymous(list)
}

var noteID = regexp.MustCompile(`note--[0-9a-f-]{36}`)

// anonymous are texts without the ids of notices, sorted.
func anonymous(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = noteID.ReplaceAllString(text, "note")
	}
	slices.Sort(out)
	return out
}

func (v *watcher) name() string { return fmt.Sprint(v.who.ID, " at ", v.at) }

// everybody are those who look, with what they are called there.
func everybody() (list []watcher) {
	for _, v := range []watcher{
		{who: xb, at: "for-csirt-xb"}, {who: xc, at: "for-csirt-xc"}, {who: xd, at: "for-csirt-xd"},
		{who: trust.Principal{Kind: trust.Member, ID: "csirt-xe"}, at: "for-csirt-xe"}, {who: public, at: "public"},
		{who: officer, at: "publish"}, {who: analyst, at: "publish"}, {who: tool, at: "publish"}, {who: officer, at: "received"},
	} {
		v.read = map[string]bool{}
		list = append(list, v)
	}
	return list
}

// dieOnce is a life whose first process dies.
func dieOnce(when death) func(int) death {
	return func(i int) death {
		if i == 1 {
			return when
		}
		return death{}
	}
}

// TestKilled is I-3, and P-6 and P-7 across kill -9: whichever commit a node dies at, of what people
// have it do, of what follows in the background, or of a start, afterwards it is in the state before that,
// if nobody was told, or in the state that it would have come to; notices come once; nobody sees what
// was taken back; the ledger tells what happened and verifies.
func TestKilled(t *testing.T) {
	base, now, viewers := begin(t)
	for _, c := range deeds() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := &drill{t: t, deed: deed{}, base: base, now: now, viewers: viewers}
			d.run(dieOnce(death{})) // as if it were not done
			d.old, d.new = *d.new, nil
			d.deed = c
			d.run(dieOnce(death{}))
			d.checkTold()
			for _, after := range []bool{false, true} {
				at := 1
				for d.run(dieOnce(death{at, after})) > 1 {
					at++
				}
				processes := d.run(func(i int) death { return death{i, (i%2 == 0) == after} })
				t.Logf("%d commits, %d processes", at-1, processes)
			}
		})
	}
}

// checkTold counts the notices that the deed has caused.
func (d *drill) checkTold() {
	notes := func(p *picture, view string) (n int) {
		for _, o := range p.Views[view] {
			if strings.Contains(o, `"type":"note"`) {
				n++
			}
		}
		return n
	}
	var told []string
	for _, v := range everybody() {
		if v.who.Kind != trust.Member {
			continue
		}
		for range notes(d.new, v.name()) - notes(&d.old, v.name()) {
			told = append(told, v.who.ID)
		}
	}
	require.Equal(d.t, d.deed.told, told)
	require.NotEqual(d.t, d.old, *d.new)
}

// TestKilledWhileRead is P-7: whatever a member was given before the node died, it is told of when that
// is taken back, once; after an orderly stop it is told of nothing else.
func TestKilledWhileRead(t *testing.T) {
	base, now, viewers := begin(t)
	for _, after := range []bool{false, true} {
		for at, dead := 1, true; dead; at++ {
			l := &life{drill: &drill{t: t}, path: filepath.Join(t.TempDir(), "node.db"), n: &node{now: now}}
			base.write(t, l.path)
			given := map[string]int{}
			err := l.open(l.path, death{at, after})
			if err == nil {
				err = l.readOn(given, viewers[2].last)
			}
			l.n.shut()
			dead = l.store.dead
			require.Equal(t, dead, err != nil, "%v", err)

			require.NoError(t, l.open(l.path, death{}))
			told := map[string]int{}
			for i := 100; i < 107; i++ {
				_, err := l.n.Recall(ctx, stix.ID("indicator--"+uid(i)), "anna", "wrong")
				require.True(t, err == nil || dead && errors.Is(err, exchange.ErrNotFound), "%v", err)
			}
			page, err := l.n.objects(xd, "for-csirt-xd", "match[type]=note&added_after="+taxii.FormatTimestamp(viewers[2].last))
			require.NoError(t, err)
			for _, note := range bodies(page) {
				var of struct {
					Refs []string `json:"object_refs"`
				}
				require.NoError(t, json.Unmarshal([]byte(note), &of))
				told[of.Refs[0]]++
			}
			for id := range given {
				require.Equal(t, 1, told[id], "death %d: %s", at, id)
			}
			for id, n := range told {
				require.Equal(t, 1, n, "death %d: %s", at, id)
			}
			if !dead {
				require.Equal(t, given, told)
				require.Len(t, given, 4)
			}
			l.n.shut()
		}
	}
}

// readOn publishes objects, of which a member reads some, one a page, and stops the node.
func (l *life) readOn(given map[string]int, since time.Time) error {
	for _, part := range []struct{ from, to, pages int }{{100, 105, 3}, {105, 107, 1}} {
		var raws [][]byte
		for i := part.from; i < part.to; i++ {
			raws = append(raws, []byte(indicator(i, 1, "clear")))
		}
		if _, err := l.n.Add(ctx, officer, "publish", raws); err != nil {
			return err
		}
		for range part.pages {
			page, err := l.n.objects(xd, "for-csirt-xd", "limit=1&match[type]=indicator&added_after="+taxii.FormatTimestamp(since))
			if err != nil {
				return err
			}
			since = page.Last
			id, _, _ := strings.Cut(names(l.t, page.Objects)[0], "@")
			given[id] = 1
		}
	}
	return l.stopped()
}
