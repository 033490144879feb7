package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
	"entente/taxii/server"
	"entente/trust/exchange"
)

// live is a world behind a real socket, to which several members and accounts write while a
// client reads. It keeps account of what was acknowledged.
type live struct {
	*world
	base string // http://host:port

	permits  chan struct{} // one for each POST, so that reading and writing interleave
	writers  sync.WaitGroup
	finished atomic.Bool

	books  sync.Mutex
	latest map[string]map[string]string // by the collection written to, by id: the last version's bytes
	sent   map[string]bool              // all bytes ever sent
}

// newLive serves pages of 40 objects by default, so that every client meets many of them.
func newLive(t *testing.T, options ...option) *live {
	t.Helper()
	small := withExchange(func(c *exchange.Config) { c.PageLimit = 40 })
	l := &live{
		world: newWorld(t, append([]option{small}, options...)...), permits: make(chan struct{}, 1000),
		latest: map[string]map[string]string{"publish": {}, "from-csirt-xc": {}}, sent: map[string]bool{},
	}
	listener := httptest.NewUnstartedServer(l.server)
	listener.Config = server.HTTPServer(l.server, nil, server.Limits{}, nil)
	listener.Start()
	t.Cleanup(listener.Close)
	l.base = listener.URL
	return l
}

// client is a TAXII client's connection, and what it has taken home: by its bytes, how often.
type client struct {
	t      testing.TB
	http   *http.Client
	header http.Header
	held   map[string]int
	pages  int // asked for
}

func (l *live) client(headers ...string) *client {
	c := &client{t: l.t, http: &http.Client{Transport: &http.Transport{}, CheckRedirect: noRedirect}, header: http.Header{}, held: map[string]int{}}
	for i := 0; i < len(headers); i += 2 {
		c.header.Set(headers[i], headers[i+1])
	}
	l.t.Cleanup(c.http.CloseIdleConnections)
	return c
}

func noRedirect(*http.Request, []*http.Request) error {
	return fmt.Errorf("a redirect: clients lose body and credentials there (F-33)")
}

// token is the header of who has a token.
func token(name string) string { return "Bearer " + tokenOf(name) }

// reply is what came back over the wire.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// try sends one request; the URL goes over the wire as it is written.
func (c *client) try(method, address, body string) (reply, error) {
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if body == "" {
		r.Body = http.NoBody
	}
	r.Header = c.header.Clone()
	resp, err := c.http.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, data}, err
}

// page is an objects page with the headers that clients live by.
type page struct {
	taxii.Envelope
	first, last string // the date headers
	listed      bool   // the member `objects` is there
}

// page asks for one page and checks what every page promises.
func (c *client) page(address string) page {
	c.t.Helper()
	c.pages++
	require.Less(c.t, c.pages, 5000, "the client goes round and round: %s", address)
	r, err := c.try(http.MethodGet, address, "")
	require.NoError(c.t, err)
	require.Equal(c.t, http.StatusOK, r.status, "%s: %s", address, r.body)
	p, err := readPage(r)
	require.NoError(c.t, err, address)
	return p
}

func readPage(r reply) (p page, err error) {
	if err := json.Unmarshal(r.body, &p.Envelope); err != nil {
		return p, err
	}
	p.first, p.last = r.header.Get("X-TAXII-Date-Added-First"), r.header.Get("X-TAXII-Date-Added-Last")
	p.listed = bytes.Contains(r.body, []byte(`"objects":[`))
	switch {
	case r.header.Get("Content-Type") != t21:
		return p, fmt.Errorf("content type %q", r.header.Get("Content-Type"))
	case p.More != (p.Next != ""):
		return p, fmt.Errorf("F-08: more is %v and next %q", p.More, p.Next)
	case p.More && len(p.Objects) == 0:
		return p, fmt.Errorf("an empty page with more")
	case p.first == "" || p.last == "":
		return p, fmt.Errorf("F-12: a page without dates")
	}
	return p, nil
}

// take takes a page's objects home.
func (c *client) take(p page) {
	for _, o := range p.Objects {
		c.held[string(o)]++
	}
}

// resource reads a resource other than a page.
func resource[T any](c *client, address string) (v T) {
	c.t.Helper()
	r, err := c.try(http.MethodGet, address, "")
	require.NoError(c.t, err)
	require.Equal(c.t, http.StatusOK, r.status, "%s: %s", address, r.body)
	require.Equal(c.t, t21, r.header.Get("Content-Type"), "taxii2-client refuses anything else")
	require.NoError(c.t, json.Unmarshal(r.body, &v))
	return v
}

// collection finds a collection as most clients do: by its title, in the list that they see.
func (l *live) collection(c *client, title string) taxii.Collection {
	l.t.Helper()
	var found []taxii.Collection
	for _, candidate := range resource[taxii.Collections](c, l.base+rootPath+"collections/").Collections {
		if candidate.Title == title {
			found = append(found, candidate)
		}
	}
	require.Len(l.t, found, 1, "titles are unique")
	require.True(l.t, found[0].CanRead)
	return found[0]
}

// defaultPages leaves the size of a page as a node has it.
func defaultPages(c *exchange.Config) { c.PageLimit = 0 }

const forXB = "For csirt-xb (csirt-xb)" // a title

// objectsOf is the address of a collection's objects, by its id, which taxii2-client insists on.
func (l *live) objectsOf(c *client, title string) string {
	l.t.Helper()
	return l.base + rootPath + "collections/" + l.collection(c, title).ID + "/objects/"
}

// thing is an object as writers make it: every fourth is a malware, and `modified` is the time
// on the writer's clock.
func thing(writer, n int, now time.Time) (id, object string) {
	modified := now.UTC().Format("2006-01-02T15:04:05.000Z")
	uuid := fmt.Sprintf("%08x-0000-4000-8000-%012x", writer, n)
	if n%4 == 0 {
		id = "malware--" + uuid
		return id, `{"type":"malware","spec_version":"2.1","id":"` + id + `","created":"` + v1 + `","modified":"` + modified +
			`","name":"m","is_family":false,"object_marking_refs":["` + green + `"]}`
	}
	id = "indicator--" + uuid
	return id, indicator(id, modified)
}

// write starts the writers: six, by turns ours and a member's, each with posts of five objects.
// From time to time they send a newer version of what they sent before.
func (l *live) write(posts int) {
	for w := range 6 {
		name, collection := "analyst", "publish"
		if w%2 == 1 {
			name, collection = "csirt-xc", "from-csirt-xc"
		}
		c := l.client("Accept", t21, "Content-Type", t21, "Authorization", token(name))
		l.writers.Go(func() {
			for i := range posts {
				<-l.permits
				l.pass(time.Millisecond)
				batch := map[string]string{}
				for j := range 5 {
					n := i*5 + j
					if j == 4 && i >= 2 && i%3 == 0 {
						n = (i-2)*5 + j // again, changed
					}
					id, object := thing(w, n, l.now())
					batch[id] = object
				}
				if !l.put(c, collection, batch) {
					return
				}
			}
		})
	}
	go func() { l.writers.Wait(); l.finished.Store(true) }()
}

// put posts objects that must all be taken, and notes them.
func (l *live) put(c *client, collection string, objects map[string]string) bool {
	l.books.Lock()
	list := []string{}
	for _, o := range objects {
		list = append(list, o)
		l.sent[o] = true
	}
	l.books.Unlock()
	r, err := c.try(http.MethodPost, l.base+rootPath+"collections/"+collection+"/objects/", envelope(list...))
	if !assert.NoError(l.t, err) || !assert.Equal(l.t, http.StatusAccepted, r.status, "%s", r.body) {
		return false
	}
	var s taxii.Status
	if !assert.NoError(l.t, json.Unmarshal(r.body, &s)) || !assert.Equal(l.t, len(list), s.SuccessCount, "%s", r.body) {
		return false
	}
	l.books.Lock()
	defer l.books.Unlock()
	maps.Copy(l.latest[collection], objects)
	return true
}

// during lets a client poll while the writers write, and at least once after they stopped. Poll
// is one run of the client; it returns whether the client now believes to have everything.
func (l *live) during(poll func() (end bool)) {
	l.t.Helper()
	const posts = 12
	l.write(posts)
	for range 6 * posts {
		for range 3 {
			l.permits <- struct{}{}
		}
		finished := l.finished.Load()
		if end := poll(); end && finished {
			return
		}
	}
	l.writers.Wait()
	for range 6 * posts * 5 { // a page may hold one object
		if poll() {
			return
		}
	}
	require.Fail(l.t, "the client never came to an end")
}

// visible is what a reader of a collection must hold in the end: the last version of everything.
func (l *live) visible(title string) map[string]string {
	l.books.Lock()
	defer l.books.Unlock()
	all := maps.Clone(l.latest["publish"])
	if title != "Published" {
		maps.Copy(all, l.latest["from-csirt-xc"])
	}
	return all
}

// repetition is what a client's own habit lets come twice.
type repetition bool

const (
	once     repetition = false
	repeated repetition = true
)

// holds checks that a client has lost nothing: the last version of everything that was
// acknowledged, byte for byte, and nothing that was not sent.
func (l *live) holds(c *client, title string, again repetition, types ...string) {
	l.t.Helper()
	n := 0
	for id, object := range l.visible(title) {
		if len(types) > 0 && !slices.Contains(types, stix.ID(id).Type()) {
			continue
		}
		n++
		assert.Positive(l.t, c.held[object], "%s was acknowledged and is lost", id)
	}
	assert.Greater(l.t, n, 50)
	for object, times := range c.held {
		assert.True(l.t, l.sent[object], "nobody sent %s", object)
		if again == once {
			assert.Equal(l.t, 1, times, "twice: %s", object)
		}
	}
}

// query writes a query, percent-encoded; empty values are left out, as most libraries do.
func query(pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// milliseconds cuts a date as clients do whose dates know no more.
func milliseconds(t testing.TB, date string) string {
	t.Helper()
	at, err := taxii.ParseTimestamp(date)
	require.NoError(t, err)
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}
