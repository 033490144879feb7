package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
	"entente/trust/auth"
)

// batch is one POST. All of it follows from who sends it and its number, so that what must be
// there need not be remembered.
type batch struct{ writer, number int }

func (b batch) size() int { return 1 + (b.number*7+b.writer)%9 }

func (b batch) id(seq int) string {
	return fmt.Sprintf("indicator--%08x-0000-4000-8000-%08x%04x", b.writer, b.number, seq)
}

func (b batch) object(seq int) string {
	return `{"type":"indicator","spec_version":"2.1", "id":"` + b.id(seq) + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",` +
		`"name":"\u00e9","pattern":"[file:name = 'x']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","x_n":1.50e1,` +
		`"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]}`
}

func (b batch) envelope() string {
	objects := make([]string, b.size())
	for seq := range objects {
		objects[seq] = b.object(seq)
	}
	return `{"objects":[` + strings.Join(objects, ",") + `]}`
}

// batchOf reads the batch and place out of an object's id; ok is false for what nobody here sent.
func batchOf(id string) (b batch, seq int, ok bool) {
	_, err := fmt.Sscanf(id, "indicator--%08x-0000-4000-8000-%08x%04x", &b.writer, &b.number, &seq)
	return b, seq, err == nil && b.id(seq) == id
}

// writer sends one batch after the other, each until it is acknowledged.
type writer struct {
	index             int
	token, collection string
	number            int               // of the batch that is not acknowledged yet
	acknowledged      []acknowledgement // since the last verification
	objects           int               // acknowledged in all
	answered          func(n uint64)    // told of each acknowledgement
}

// acknowledgement is a batch with the status that it was answered with.
type acknowledgement struct {
	batch
	id, status string
}

// write sends until the node is gone.
func (w *writer) write(n *running, count *atomic.Uint64) {
	for {
		b := batch{w.index, w.number}
		a, err := n.try(http.MethodPost, w.token, "collections/"+w.collection+"/objects/", b.envelope())
		if err != nil {
			return
		}
		if !assert.Equal(n.t, http.StatusAccepted, a.status, "%s", a.body) {
			return
		}
		var s taxii.Status
		if !assert.NoError(n.t, json.Unmarshal(a.body, &s)) || !assert.Equal(n.t, b.size(), s.SuccessCount, "%s", a.body) {
			return
		}
		w.acknowledged = append(w.acknowledged, acknowledgement{b, s.ID, string(a.body)})
		w.objects += b.size()
		w.number++
		w.answered(count.Add(1))
	}
}

// drill kills a node over and over while members and accounts write and read.
type drill struct {
	t       *testing.T
	made    made
	rand    *rand.Rand
	writers []*writer
	walkers []*walker

	dated         string // the last date_added of `publish` that was checked
	lost, partial int
}

func newDrill(t *testing.T) *drill {
	seed := number(t, "ENTENTE_KILL_SEED", int(time.Now().UnixNano()%1e9))
	t.Logf("ENTENTE_KILL_SEED=%d", seed)
	d := &drill{t: t, made: initNode(t, "--http"), rand: rand.New(rand.NewPCG(uint64(seed), 0))}
	xb, xc := d.member("csirt-xb"), d.member("csirt-xc")
	community := "community: north\nmembers: [csirt-xa, csirt-xb, csirt-xc]\n"
	require.NoError(t, os.WriteFile(filepath.Join(d.made.Dir, "policy", "communities", "north.yaml"), []byte(community), 0o600))
	admin := d.made.Admin.Token
	for i := range 3 {
		d.writers = append(d.writers, &writer{index: i, token: admin, collection: "publish"})
	}
	d.writers = append(d.writers, &writer{index: 3, token: xb, collection: "from-csirt-xb"})

	ours := func(b batch) bool { return b.writer < 3 }
	theirs := func(b batch) bool { return b.writer == 3 }
	all := func(batch) bool { return true }
	d.walkers = []*walker{
		{name: "next", token: admin, collection: "publish", limit: 100, sees: ours, next: page.onward},
		{name: "added_after", token: xc, collection: "for-csirt-xc", limit: 64, sees: all, next: func(p page) string { return "&added_after=" + p.last }},
		{name: "both", token: admin, collection: "publish", limit: 37, sees: ours, next: func(p page) string { return "&added_after=" + p.last + "&next=" + p.Next }},
		{name: "next, limit 1", token: admin, collection: "received", limit: 1, sees: theirs, next: page.onward},
		{name: "added_after cut to milliseconds", token: xc, collection: "for-csirt-xc", limit: 1000, sees: all, repeats: true,
			next: func(p page) string { return "&added_after=" + p.last[:len("2026-01-01T00:00:00.000")] + "Z" }},
	}
	for _, w := range d.walkers {
		w.t, w.seen, w.open = t, map[batch]uint16{}, map[batch]bool{}
	}
	return d
}

// number reads a number from the environment.
func number(t *testing.T, name string, or int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return or
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}

// member makes somebody a member who signs in with a token.
func (d *drill) member(id string) string {
	d.t.Helper()
	token, err := auth.NewToken(rand.NewChaCha8([32]byte([]byte(id + strings.Repeat("-", 32))[:32])))
	require.NoError(d.t, err)
	for name, content := range map[string]string{
		"members/" + id + ".yaml": "member: " + id + "\ntrust: 2\n",
		"links/" + id + ".yaml":   "member: " + id + "\ncredentials:\n  - token_hash_file: " + id + ".token\n",
		"links/" + id + ".token":  auth.HashToken(token) + "\n",
	} {
		require.NoError(d.t, os.WriteFile(filepath.Join(d.made.Dir, "policy", name), []byte(content), 0o600))
	}
	return token
}

// spawn starts the node; every process of this drill has its own connections.
func (d *drill) spawn() *running {
	d.t.Helper()
	n := d.made.spawn(d.t)
	n.http.Transport.(*http.Transport).MaxIdleConnsPerHost = 16
	return n
}

// interrupt starts the node and kills it after a time, ready or not.
func (m made) interrupt(t *testing.T, after time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "serve", "-c", m.Config)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	require.NoError(t, cmd.Start())
	kill := time.AfterFunc(after, func() { cmd.Process.Kill() })
	defer kill.Stop()
	err := cmd.Wait()
	require.Equal(t, "signal: killed", fmt.Sprint(err), "it ended by itself")
}

// cycle lets everybody write and read until the node is killed: after so many acknowledgements,
// and a little later.
func (d *drill) cycle(n *running) {
	kill := make(chan struct{})
	after, little := uint64(1+d.rand.IntN(150)), time.Duration(d.rand.IntN(2000))*time.Microsecond
	var count atomic.Uint64
	var busy sync.WaitGroup
	for _, w := range d.writers {
		w.answered = func(n uint64) {
			if n == after {
				close(kill)
			}
		}
		busy.Go(func() { w.write(n, &count) })
	}
	for _, w := range d.walkers {
		busy.Go(func() {
			for {
				if _, err := w.step(n); err != nil {
					return // the answer is lost; the next node is asked the same
				}
			}
		})
	}
	select {
	case <-kill:
		<-time.After(little)
	case <-time.After(20 * time.Second):
		assert.Fail(d.t, "the writers got stuck")
	}
	n.kill()
	busy.Wait()
	n.http.CloseIdleConnections()
}

// verify checks what the last cycle left behind.
func (d *drill) verify(n *running) {
	d.t.Helper()
	var reading sync.WaitGroup
	for _, w := range d.walkers {
		reading.Go(func() {
			for end := false; !end && !d.t.Failed(); {
				var err error
				end, err = w.step(n)
				assert.NoError(d.t, err)
			}
		})
	}
	reading.Wait()
	for _, writer := range d.writers {
		for _, a := range writer.acknowledged {
			for _, w := range d.walkers {
				if w.sees(a.batch) && !whole(a.batch, w.seen[a.batch]) {
					d.lost++
					assert.Fail(d.t, "acknowledged and lost", "%s: %+v has %b", w.name, a.batch, w.seen[a.batch])
				}
			}
			kept := n.get(writer.token, "status/"+a.id+"/")
			assert.Equal(d.t, a.status, string(kept.body), "its status is kept")
		}
		writer.acknowledged = nil
	}
	for _, w := range d.walkers {
		d.partial += w.partial
		w.again(n)
	}
	d.dates(n)
}

// dates checks that date_added went on strictly increasing, across the kill too.
func (d *drill) dates(n *running) {
	d.t.Helper()
	query := "?limit=1000"
	if d.dated != "" {
		query += "&added_after=" + d.dated
	}
	for {
		a := n.get(d.made.Admin.Token, "collections/publish/manifest/"+query)
		var m taxii.Manifest
		require.NoError(d.t, json.Unmarshal(a.body, &m), "%s", a.body)
		for _, r := range m.Objects {
			assert.Greater(d.t, r.DateAdded, d.dated)
			d.dated = r.DateAdded
		}
		if query = "?limit=1000&next=" + m.Next; !m.More {
			return
		}
	}
}

// total is how many objects were acknowledged.
func (d *drill) total() (n int) {
	for _, w := range d.writers {
		n += w.objects
	}
	return n
}

// ADV-62, and ADV-65 across kill -9: a node that is killed at any moment of ingest, or of its start, loses
// nothing that it acknowledged, shows no part of a batch, and every reader goes on where it was.
// ENTENTE_KILL_CYCLES=1000 is the long form.
func TestKillCycles(t *testing.T) {
	cycles := number(t, "ENTENTE_KILL_CYCLES", 8)
	d := newDrill(t)
	start := time.Now()
	n := d.spawn()
	ready := time.Since(start)
	for i := range cycles {
		if i%16 == 7 {
			n.kill()
			d.made.interrupt(t, time.Duration(d.rand.Int64N(int64(ready))))
			n = d.spawn()
		}
		d.cycle(n)
		n = d.spawn()
		d.verify(n)
		require.False(t, t.Failed(), "cycle %d", i)
		if i%100 == 99 {
			t.Logf("%d cycles, %d objects acknowledged, %s", i+1, d.total(), time.Since(start).Round(time.Second))
		}
	}
	for _, w := range d.walkers {
		w.recount(n)
	}
	assert.Equal(t, exitDone, n.stop())
	t.Logf("%d cycles, %d objects acknowledged, %d batches lost, %d seen in part, %s", cycles, d.total(), d.lost, d.partial, time.Since(start).Round(time.Second))
}

// A node that is killed at any moment of its very first start, when it makes its database, starts
// afterwards as if nothing had been.
func TestKilledAtFirstStart(t *testing.T) {
	rounds := min(number(t, "ENTENTE_KILL_CYCLES", 8), 50)
	d := newDrill(t)
	start := time.Now()
	d.spawn().kill()
	ready := time.Since(start)
	data := filepath.Join(d.made.Dir, "data")
	met := map[string]int{}
	for range rounds {
		require.NoError(t, os.RemoveAll(data))
		require.NoError(t, os.Mkdir(data, 0o700))
		d.made.interrupt(t, time.Duration(d.rand.Int64N(int64(ready))))
		left, err := filepath.Glob(filepath.Join(data, "node.db*"))
		require.NoError(t, err)
		for i := range left {
			left[i] = filepath.Base(left[i])
		}
		met[strings.Join(left, " ")]++

		n := d.spawn()
		assert.Empty(t, n.objects(d.made.Admin.Token, "publish"))
		w := &writer{token: d.made.Admin.Token, collection: "publish", answered: func(uint64) { n.kill() }}
		w.write(n, new(atomic.Uint64))
		n = d.spawn()
		assert.Len(t, n.objects(d.made.Admin.Token, "publish"), w.objects)
		n.kill()
	}
	t.Logf("%d first starts killed; what they left: %v", rounds, met)
}

// ask gets a page below the API root, with its date headers.
func (n *running) ask(token, path string) (p page, body string, err error) {
	r, err := http.NewRequest(http.MethodGet, n.at.Root+path, nil)
	if err != nil {
		return p, "", err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", taxii.MediaType)
	resp, err := n.http.Do(r)
	if err != nil {
		return p, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return p, "", err
	}
	if resp.StatusCode != http.StatusOK {
		assert.Fail(n.t, "not a page", "%d: %s", resp.StatusCode, data)
	}
	p.last = resp.Header.Get("X-TAXII-Date-Added-Last")
	assert.NoError(n.t, json.Unmarshal(data, &p.Envelope))
	return p, string(data), nil
}
