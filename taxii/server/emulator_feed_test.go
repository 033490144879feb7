package server_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii/server"
)

// style is one legal way to ask for what comes after a page (I-4).
type style struct {
	name    string
	limit   string
	repeats bool // what it keeps is coarser than a date
	next    func(t testing.TB, p page) []string
}

// onward is how a client that follows `next` goes on at the end of a walk.
func onward(_ testing.TB, p page) []string {
	if p.More {
		return []string{"next", p.Next}
	}
	return []string{"added_after", p.last}
}

var styles = []style{
	{name: "next", limit: "7", next: onward},
	{name: "next, limit 1", limit: "1", next: onward},
	{name: "added_after", limit: "5", next: func(_ testing.TB, p page) []string { return []string{"added_after", p.last} }},
	{name: "both", limit: "11", next: func(_ testing.TB, p page) []string { return []string{"added_after", p.last, "next", p.Next} }},
	{name: "added_after cut to milliseconds", limit: "1000", repeats: true, next: func(t testing.TB, p page) []string {
		return []string{"added_after", milliseconds(t, p.last)}
	}},
}

var errLost = errors.New("the answer was lost on the way")

// lossy loses one answer in ten, after the server has done its work.
type lossy struct {
	http.RoundTripper
	mu   sync.Mutex
	rand *rand.Rand
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	lost := l.rand.IntN(10) == 0
	l.mu.Unlock()
	if !lost {
		return resp, nil
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return nil, errors.Join(errLost, err, resp.Body.Close())
}

// lose makes a client's connection one that loses answers.
func (c *client) lose(seed uint64) *client {
	c.http.Transport = &lossy{RoundTripper: c.http.Transport, rand: rand.New(rand.NewPCG(seed, 0))}
	return c
}

// insist asks until an answer arrives.
func (c *client) insist(method, address, body string) (reply, error) {
	for {
		r, err := c.try(method, address, body)
		if !errors.Is(err, errLost) {
			return r, err
		}
	}
}

// reading is what one reader met: the objects in order, and each answer that it may ask for again.
type reading struct {
	objects []string
	pages   map[string]string // the body by the address, of pages that are full
	old     string            // an early checkpoint
}

// read polls until it comes to an end after the writers did.
func (s style) read(c *client, objects string, written *atomic.Bool) (seen reading) {
	seen.pages = map[string]string{}
	last := ""
	address := objects + query("limit", s.limit)
	for n := 0; ; n++ {
		finished := written.Load()
		r, err := c.insist(http.MethodGet, address, "")
		if !assert.NoError(c.t, err) || !assert.Equal(c.t, http.StatusOK, r.status, "%s", r.body) {
			return seen
		}
		p, err := readPage(r)
		if !assert.NoError(c.t, err) {
			return seen
		}
		for _, o := range p.Objects {
			seen.objects = append(seen.objects, string(o))
		}
		if p.More {
			seen.pages[address] = string(r.body)
		}
		if n == 5 {
			seen.old = address
		}
		if len(p.Objects) > 0 && !s.repeats {
			assert.Greater(c.t, p.first, last, "%s: a page begins after the one before", s.name)
			last = p.last
		}
		if finished && !p.More {
			return seen
		}
		address = objects + query(append(s.next(c.t, p), "limit", s.limit)...)
	}
}

// ADV-65: 20 writers, a reader of every style, one answer in ten lost on the way. Whoever lost an
// answer asks again, the writers too. All read the same sequence: what was committed, once each.
func TestFeedOverHTTP(t *testing.T) {
	l := newLive(t)
	const writers, posts, size = 20, 8, 5
	var written atomic.Bool
	var readers, writing sync.WaitGroup
	readings := make([]reading, len(styles))
	objects := l.objectsOf(l.client("Accept", t21, "Authorization", token("csirt-xb")), forXB)
	for i, s := range styles {
		c := l.client("Accept", t21, "Authorization", token("csirt-xb")).lose(uint64(i))
		readers.Go(func() { readings[i] = s.read(c, objects, &written) })
	}
	sent := make([][]string, writers)
	for w := range writers {
		name, collection := "analyst", "publish"
		if w%4 == 1 {
			name, collection = "csirt-xc", "from-csirt-xc"
		}
		c := l.client("Accept", t21, "Content-Type", t21, "Authorization", token(name)).lose(uint64(100 + w))
		writing.Go(func() {
			for i := range posts {
				batch := []string{}
				for j := range size {
					_, object := thing(w, i*size+j, begin)
					batch = append(batch, object)
				}
				sent[w] = append(sent[w], batch...)
				r, err := c.insist(http.MethodPost, l.base+rootPath+"collections/"+collection+"/objects/", envelope(batch...))
				if assert.NoError(t, err) && assert.Equal(t, http.StatusAccepted, r.status) {
					assert.Contains(t, string(r.body), fmt.Sprintf(`"success_count":%d`, size))
				}
				l.pass(300 * time.Microsecond)
			}
		})
	}
	writing.Wait()
	written.Store(true)
	readers.Wait()

	var all []string
	for _, list := range sent {
		all = append(all, list...)
	}
	c := l.client("Accept", t21, "Authorization", token("csirt-xb"))
	for i, s := range styles {
		t.Run(s.name, func(t *testing.T) {
			got := readings[i].objects
			if s.repeats {
				got = distinct(got)
			}
			assert.Equal(t, readings[0].objects, got, "every style reads one sequence")
			assert.ElementsMatch(t, all, got, "the union of all reads is what was committed")
			for address, body := range readings[i].pages {
				r, err := c.try(http.MethodGet, address, "")
				require.NoError(t, err)
				assert.Equal(t, body, string(r.body), "the same question has the same answer")
			}
			p := c.page(readings[i].old)
			for _, o := range p.Objects {
				assert.Contains(t, got, string(o), "an old checkpoint still works")
			}
		})
	}
}

// distinct leaves out what came before.
func distinct(list []string) (out []string) {
	seen := map[string]bool{}
	for _, v := range list {
		if !seen[v] {
			out = append(out, v)
		}
		seen[v] = true
	}
	return out
}

// At limit 1000 a client that keeps only milliseconds gets through a burst of any size, even when
// the clock stands still (I-4, F-36).
func TestBurstInMilliseconds(t *testing.T) {
	l := newLive(t, withServer(func(c *server.Config) { c.MaxContentLength = 1 << 20 }))
	const writers, posts, size = 4, 3, 500
	var writing sync.WaitGroup
	for w := range writers {
		c := l.client("Accept", t21, "Content-Type", t21, "Authorization", token("analyst"))
		writing.Go(func() {
			for i := range posts {
				batch := map[string]string{}
				for j := range size {
					id, object := thing(w, i*size+j, begin)
					batch[id] = object
				}
				l.put(c, "publish", batch)
			}
		})
	}
	c := l.client("Accept", t21, "Authorization", token("csirt-xb"))
	objects := l.objectsOf(c, forXB)
	go func() { writing.Wait(); l.finished.Store(true) }()
	addedAfter := ""
	for {
		finished := l.finished.Load()
		p := c.page(objects + query("limit", "1000", "added_after", addedAfter))
		c.take(p)
		if finished && !p.More {
			break
		}
		if len(p.Objects) > 0 {
			at := milliseconds(t, p.last)
			require.True(t, !p.More || at > addedAfter, "it does not move on from %s", at)
			addedAfter = at
		}
	}
	l.holds(c, forXB, repeated)
	assert.Len(t, c.held, writers*posts*size)
	for object, times := range c.held {
		require.LessOrEqual(t, times, 50, "%s", object)
	}
}

// F-01: eight callers, each with 300 requests for different objects. No answer holds another's.
func TestParallelReadsOverHTTP(t *testing.T) {
	l := newLive(t)
	writers := map[string]*client{}
	for collection, name := range map[string]string{"publish": "analyst", "from-csirt-xc": "csirt-xc"} {
		writers[collection] = l.client("Accept", t21, "Content-Type", t21, "Authorization", token(name))
	}
	objects := map[string][]string{}
	for w, collection := range []string{"publish", "from-csirt-xc"} {
		batch := map[string]string{}
		for n := range 60 {
			id, object := thing(w, n, begin)
			batch[id] = object
			objects[collection] = append(objects[collection], object)
		}
		require.True(t, l.put(writers[collection], collection, batch))
	}
	var reading sync.WaitGroup
	for caller := range 8 {
		name, collection, kind := "reader", "publish", "publish"
		if caller%2 == 1 {
			name, collection, kind = "csirt-xb", "for-csirt-xb", "from-csirt-xc"
		}
		c := l.client("Accept", t21, "Authorization", token(name))
		reading.Go(func() {
			for i := range 300 {
				want := objects[kind][(i*7+caller)%60]
				r, err := c.try(http.MethodGet, l.base+rootPath+"collections/"+collection+"/objects/"+idOf(want)+"/", "")
				if !assert.NoError(t, err) {
					return
				}
				assert.Equal(t, `{"more":false,"objects":[`+want+`]}`, string(r.body), "%s %d", name, i)
				if i%10 == 0 && name == "reader" { // what another caller reads at this moment is not there
					hidden := idOf(objects["from-csirt-xc"][i%60])
					r, err = c.try(http.MethodGet, l.base+rootPath+"collections/publish/objects/"+hidden+"/", "")
					if assert.NoError(t, err) {
						assert.Equal(t, http.StatusNotFound, r.status)
						assert.False(t, strings.Contains(string(r.body), "objects"))
					}
				}
			}
		})
	}
	reading.Wait()
}
