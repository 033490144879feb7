package server_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii/server"
	"entente/trust"
	"entente/trust/exchange"
)

// wire puts a world behind a socket, and the callers with it.
func (w *world) wire() { w.base = "http://" + w.listen(server.Limits{}) }

// overTheWire is do through a socket. Of what came back, Date alone is left out.
func (c *caller) overTheWire(method, path string, body io.Reader) *answer {
	c.w.t.Helper()
	req, err := http.NewRequest(method, c.w.base+path, body)
	require.NoError(c.w.t, err)
	req.Header = c.header.Clone()
	resp, err := plain.RoundTrip(req)
	require.NoError(c.w.t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(c.w.t, err)
	resp.Header.Del("Date")
	return &answer{t: c.w.t, method: method, path: path, status: resp.StatusCode, header: resp.Header, body: data}
}

// plain adds nothing to a request and takes nothing from an answer.
var plain = &http.Transport{DisableCompression: true}

// twins are two worlds of one store, in which nothing is random any more: they run by the same clock,
// and an id says when it was made.
func twins(t *testing.T, options ...option) (pair [2]*world) {
	t.Helper()
	first := newWorld(t, options...)
	first.restart() // so that the ids of the collections are in the file
	file, err := os.ReadFile(first.path)
	require.NoError(t, err)
	options = append(slices.Clone(options),
		withServer(func(cfg *server.Config) { cfg.OptionalFilters, cfg.NewErrorID = true, func() string { return "e" } }),
		withExchange(func(cfg *exchange.Config) {
			now := cfg.Now
			cfg.OptionalFilters, cfg.NewID = true, func() uuid.UUID {
				id := uuid.NewV5(uuid.NamespaceOID, now().String())
				id.SetVersion(uuid.V4)
				return id
			}
		}))
	for i := range pair {
		w := newWorld(t, options...)
		w.stop()
		require.NoError(t, os.WriteFile(w.path, file, 0o600))
		w.start()
		w.wire()
		pair[i] = w
	}
	return pair
}

// told is one request with all that came back.
type told struct {
	asked, sent, answered string
	wrote                 bool // before, so that its own may come back
}

// inquiry is what a script asks about.
type inquiry struct {
	who      string   // empty: anybody
	member   string   // that it is; empty: none
	objects  []string // of whose ids it asks, and which a member sends
	statuses []string // of others' writes
}

var (
	nextToken      = regexp.MustCompile(`"next":"([^"]*)"`)
	modifiedMember = regexp.MustCompile(`"modified":"([^"]*)"`)
)

// script asks one caller's questions of one world.
type script struct {
	c   *caller
	log []told
}

// ask asks everything of every route, and follows every page; then a member writes, and asks again.
func (q inquiry) ask(w *world) []told {
	s := &script{c: w.as(q.who)}
	s.roots(append(q.statuses, unknownCollection))
	s.read(q)
	if q.member == "" {
		s.say(http.MethodPost, "collections/public/objects/", envelope(q.objects[0]))
		s.say(http.MethodDelete, "collections/public/objects/"+idOf(q.objects[0])+"/", "")
		return s.log
	}
	s.write(q)
	before := len(s.log)
	s.read(q)
	for i := range s.log[before:] {
		s.log[before+i].wrote = true
	}
	return s.log
}

// say asks once. Time passes as it does in the other world.
func (s *script) say(method, path, body string) string {
	s.c.w.pass(10 * time.Millisecond)
	c := s.c
	if method == http.MethodPost {
		c = c.with("Content-Type", t21)
	}
	a := c.do(method, path, strings.NewReader(body))
	s.log = append(s.log, told{asked: method + " " + path, sent: body, answered: fmt.Sprint(a.status, " ", a.header, "\n", a.bytes())})
	return a.bytes()
}

// walk follows a page to the end.
func (s *script) walk(path, query string) {
	for q := query; ; {
		next := nextToken.FindStringSubmatch(s.say(http.MethodGet, path+q, ""))
		s.say(http.MethodHead, path+q, "")
		if next == nil {
			return
		}
		q = query + "&next=" + next[1]
	}
}

func (s *script) roots(statuses []string) {
	paths := []string{"/", "/taxii2/", rootPath, "collections/", "collections/publish/objects/x/y/", "status/not-so/"}
	for _, id := range statuses {
		paths = append(paths, "status/"+id+"/")
	}
	for _, path := range paths {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
			s.say(method, path, "")
		}
	}
}

// read asks of every collection, and of every id in it.
func (s *script) read(q inquiry) {
	ids := []string{unknownID, "indicator--x"}
	for _, o := range q.objects {
		ids = append(ids, idOf(o))
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	readable := []string{"publish", "received", "public", "for-" + q.member}
	for _, name := range append(readable, "from-"+q.member, "for-csirt-xc", "from-csirt-xc", "nowhere") {
		at := "collections/" + name + "/"
		s.say(http.MethodGet, at, "")
		s.say(http.MethodHead, at, "")
		s.say(http.MethodGet, at+"objects/?next=x", "")
		s.say(http.MethodGet, at+"objects/?match[version]=never", "")
		queries := []string{"?"}
		if slices.Contains(readable, name) {
			queries = q.queries(ids)
		}
		for _, query := range queries {
			s.walk(at+"objects/", query)
			s.walk(at+"manifest/", query)
		}
		if slices.Contains(readable, name) {
			s.readEach(at, q, ids)
		}
	}
}

// queries are filters alone and together.
func (q inquiry) queries(ids []string) (list []string) {
	filters := []string{"", "match[spec_version]=2.0", "match[spec_version]=2.0,2.1", "match[type]=indicator", "match[type]=campaign,relationship", "match[type]=x-kanari45",
		"match[id]=" + strings.Join(ids, ","), "match[confidence-gte]=1", "match[value]=198.51.100.3,kanari20,kanari40,kanari41",
		"added_after=2026-06-01T12:00:07Z", "added_after=2026-06-01T12:00:30Z", "added_after=2026-06-01T12:26:30Z", "added_after=2026-06-01T12:30:30Z", "limit=1", "limit=7"}
	for _, version := range []string{"", "all", "first", "last", "first,last", q.versions()} {
		for _, f := range filters {
			if version != "" {
				f += "&match[version]=" + version
			}
			list = append(list, "?"+f)
		}
	}
	return list
}

// versions are those of the objects, as a filter.
func (q inquiry) versions() string {
	var list []string
	for _, o := range q.objects {
		if m := modifiedMember.FindStringSubmatch(o); m != nil {
			list = append(list, m[1])
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ",")
}

func (s *script) readEach(at string, q inquiry, ids []string) {
	for _, id := range ids {
		s.walk(at+"objects/"+id+"/versions/", "?limit=1")
		for _, query := range []string{"?", "?match[version]=all&limit=1", "?match[version]=first", "?match[spec_version]=2.0"} {
			s.walk(at+"objects/"+id+"/", query)
		}
		s.say(http.MethodGet, at+"manifest/?match[id]="+id, "")
	}
	for _, o := range q.objects { // by the very version
		if m := modifiedMember.FindStringSubmatch(o); m != nil {
			s.say(http.MethodGet, at+"objects/"+idOf(o)+"/?match[version]="+m[1], "")
			s.say(http.MethodGet, at+"manifest/?match[version]="+m[1]+"&match[id]="+idOf(o), "")
		}
	}
}

// write sends what is hidden, if the member has guessed it, and what is like it (ADV-18); asks for the
// status; and deletes.
func (s *script) write(q inquiry) {
	for _, name := range []string{"publish", "received", "public", "for-" + q.member, "from-" + q.member, "for-csirt-xc", "from-csirt-xc", "nowhere"} {
		at := "collections/" + name + "/objects/"
		if name != "from-"+q.member {
			s.say(http.MethodPost, at, envelope(q.objects[0]))
			s.say(http.MethodDelete, at+idOf(q.objects[0])+"/", "")
			continue
		}
		for _, o := range q.objects {
			for _, like := range likenesses(o) {
				status := idMember.FindStringSubmatch(s.say(http.MethodPost, at, envelope(like)))
				if status != nil {
					s.say(http.MethodGet, "status/"+status[1]+"/", "")
					s.log[len(s.log)-1].sent = like // which the status may repeat
				}
			}
			s.say(http.MethodDelete, at+idOf(o)+"/", "")
		}
	}
}

// likenesses are an object, the same with other content, an earlier and a later version, and one marked CLEAR.
func likenesses(object string) []string {
	list := []string{object, strings.Replace(object, `"id":`, `"x_more":"a","id":`, 1), strings.ReplaceAll(object, green, string(trust.MarkingOf(trust.Clear)))}
	if m := modifiedMember.FindStringSubmatch(object); m != nil {
		for _, at := range []string{"2018-06-06T00:00:00.000Z", "2020-02-02T00:00:00.000Z"} {
			list = append(list, strings.Replace(object, m[0], `"modified":"`+at+`"`, 1))
		}
	}
	return list
}

// sameAnswers checks that two worlds told a caller the same, on every route that there is.
func sameAnswers(t *testing.T, pair [2]*world, answers [2][]told) {
	t.Helper()
	for i := range min(len(answers[0]), len(answers[1])) {
		require.Equal(t, answers[1][i], answers[0][i])
	}
	require.Equal(t, len(answers[1]), len(answers[0]), "as many pages")
	asked := map[string]bool{}
	for _, line := range pair[0].log.lines(t) {
		asked[fmt.Sprint(line["method"], " ", line["route"])] = true
	}
	for _, route := range pair[0].server.Routes() {
		assert.True(t, asked[route], "ADV-02 the script does not ask %s", route)
	}
}

// metrics are what a node counts, as text.
func (w *world) metrics() string {
	w.t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(w.server.Collectors()...)
	registry.MustRegister(w.exchange.Collectors()...)
	families, err := registry.Gather()
	require.NoError(w.t, err)
	var b strings.Builder
	for _, f := range families {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}
