package client_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii/client"
)

func lastHeader(value string) map[string]string {
	return map[string]string{"X-TAXII-Date-Added-First": value, "X-TAXII-Date-Added-Last": value}
}

// collect walks to the end.
func collect(c *client.Client, f *fake, t *testing.T, q client.Query) (items []string, pages int, err error) {
	t.Helper()
	for p, e := range c.Pages(t.Context(), f.collection(), q) {
		if e != nil {
			return items, pages, e
		}
		pages++
		items = append(items, texts(p.Items)...)
	}
	return items, pages, nil
}

func TestWalk(t *testing.T) {
	const d1, d2 = "2020-01-01T00:00:00.000001Z", "2020-01-01T00:00:00.000002Z"
	filtered := client.Query{AddedAfter: time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC), Limit: 2, Types: []string{"indicator", "malware"}}
	for name, row := range map[string]struct {
		replies []reply
		queries []url.Values // what each request adds to or changes of the filters
		items   []string
		err     error
	}{
		"C-3.5-01 next with the same filters": {
			[]reply{{body: `{"more":true,"next":"a b+c/=&","objects":[1]}`, header: lastHeader(d1)}, {body: `{"more":true,"next":"n2","objects":[2]}`}, {body: `{"objects":[3]}`}},
			[]url.Values{{}, {"next": {"a b+c/=&"}}, {"next": {"n2"}}}, []string{"1", "2", "3"}, nil},
		"C-3.5-02 without next: added_after the last header": {
			[]reply{{body: `{"more":true,"objects":[1]}`, header: lastHeader(d1)}, {body: `{"more":true,"objects":[2]}`, header: lastHeader(d2)}, {body: `{}`}},
			[]url.Values{{}, {"added_after": {d1}}, {"added_after": {d2}}}, []string{"1", "2"}, nil},
		"C-2-01 a header in milliseconds is sent with six digits": {
			[]reply{{body: `{"more":true,"objects":[1]}`, header: lastHeader("2020-01-01T00:00:00.5Z")}, {body: `{}`}},
			[]url.Values{{}, {"added_after": {"2020-01-01T00:00:00.500000Z"}}}, []string{"1"}, nil},
		"C-2-01 an unreadable header beside next": {
			[]reply{{body: `{"more":true,"next":"n","objects":[1]}`, header: lastHeader("undefined")}, {body: `{"objects":[2]}`}},
			[]url.Values{{}, {"next": {"n"}}}, []string{"1", "2"}, nil},
		"next first, then none: the header goes on from there": {
			[]reply{{body: `{"more":true,"next":"n","objects":[1]}`, header: lastHeader(d1)}, {body: `{"more":true,"objects":[2]}`, header: lastHeader(d2)}, {body: `{"objects":[3]}`}},
			[]url.Values{{}, {"next": {"n"}}, {"added_after": {d2}}}, []string{"1", "2", "3"}, nil},
		"C-3.5-03 an empty page after more": {
			[]reply{{body: `{"more":true,"next":"n","objects":[1]}`, header: lastHeader(d1)}, {body: `{}`}},
			[]url.Values{{}, {"next": {"n"}}}, []string{"1"}, nil},
		"C-3.5-03 an empty page that promises more is passed": {
			[]reply{{body: `{"more":true,"next":"n"}`}, {body: `{"objects":[1]}`}},
			[]url.Values{{}, {"next": {"n"}}}, []string{"1"}, nil},
		"C-3.7-01 more absent is false, whatever next says": {
			[]reply{{body: `{"next":"n","objects":[1]}`, header: lastHeader(d1)}}, []url.Values{{}}, []string{"1"}, nil},
		"C-3.5-D1 neither next nor header": {
			[]reply{{body: `{"more":true}`}}, []url.Values{{}}, nil, client.ErrNoProgress},
		"C-3.5-D1 the header does not move": {
			[]reply{{body: `{"more":true,"objects":[1]}`, header: lastHeader(d1)}},
			[]url.Values{{}, {"added_after": {d1}}}, []string{"1", "1"}, client.ErrNoProgress},
		"C-3.5-D1 the header moves by less than a timestamp can say": {
			[]reply{{body: `{"more":true,"objects":[1]}`, header: lastHeader("2020-01-01T00:00:00.000001Z")}, {body: `{"more":true,"objects":[1]}`, header: lastHeader("2020-01-01T00:00:00.0000019Z")}},
			[]url.Values{{}, {"added_after": {d1}}}, []string{"1", "1"}, client.ErrNoProgress},
		"C-3.5-D1 the header lies before added_after": {
			[]reply{{body: `{"more":true,"objects":[1]}`, header: lastHeader("1970-01-01T00:00:00.000000Z")}}, []url.Values{{}}, []string{"1"}, client.ErrNoProgress},
		"ADV-45 the same next for ever": {
			[]reply{{body: `{"more":true,"next":"n","objects":[1]}`}}, []url.Values{{}, {"next": {"n"}}}, []string{"1", "1"}, client.ErrNoProgress},
		"an error ends the walk": {
			[]reply{{body: `{"more":true,"next":"n","objects":[1]}`}, {status: 404}},
			[]url.Values{{}, {"next": {"n"}}}, []string{"1"}, client.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"GET " + objectsPath: row.replies})
			items, _, err := collect(f.client(t), f, t, filtered)
			assert.Equal(t, row.items, items)
			if row.err == nil {
				assert.NoError(t, err)
			} else {
				assert.ErrorIs(t, err, row.err)
			}
			requests := f.requests()
			require.Len(t, requests, len(row.queries))
			for i, change := range row.queries {
				want := url.Values{"added_after": {"2018-01-01T00:00:00.000000Z"}, "limit": {"2"}, "match[type]": {"indicator,malware"}}
				for key, value := range change {
					want[key] = value
				}
				assert.Equal(t, want, requests[i].query(t), "request %d", i)
			}
		})
	}
}

func TestWalkEnds(t *testing.T) {
	for name, row := range map[string]struct {
		answer func(n int) string
		err    error
		most   int // requests
	}{
		"ADV-45 endless pages":                   {func(n int) string { return fmt.Sprintf(`{"more":true,"next":"%d","objects":[1]}`, n) }, client.ErrTooManyPages, 50},
		"ADV-45 endless empty pages":             {func(n int) string { return fmt.Sprintf(`{"more":true,"next":"%d"}`, n) }, client.ErrNoProgress, 20},
		"ADV-45 next in a circle of three":       {func(n int) string { return fmt.Sprintf(`{"more":true,"next":"%d","objects":[1]}`, n%3) }, client.ErrNoProgress, 10},
		"ADV-45 a circle after a straight start": {func(n int) string { return fmt.Sprintf(`{"more":true,"next":"%d","objects":[1]}`, min(n, 5+n%4)) }, client.ErrNoProgress, 24},
		"ADV-45 a next longer than a URL":        {func(n int) string { return fmt.Sprintf(`{"more":true,"next":"%05000d","objects":[1]}`, n) }, client.ErrQuery, 1},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			f := newFake(t, map[string][]reply{"GET " + objectsPath: {{do: func(w http.ResponseWriter, _ *http.Request) {
				n++
				w.Header().Set("Content-Type", t21)
				io.WriteString(w, row.answer(n))
			}}}})
			_, pages, err := collect(f.client(t, func(c *client.Config) { c.MaxPages = 50 }), f, t, client.Query{})
			assert.ErrorIs(t, err, row.err)
			assert.LessOrEqual(t, len(f.requests()), row.most)
			assert.Equal(t, pages, len(f.requests()), "the pages that came were given out")
		})
	}
}

func TestVersionsWalk(t *testing.T) {
	f := newFake(t, map[string][]reply{"GET " + objectsPath + badIP + "/versions/": {
		{body: `{"more":true,"versions":["2020-04-03T12:30:59.000Z","2021-05-03T12:30:59.000Z","2022-06-03T12:30:59.000Z"]}`,
			header: map[string]string{"X-TAXII-Date-Added-Last": "2020-11-03T12:30:59.000Z"}},
		{body: `{"more":false,"versions":["2022-11-04T12:30:59.000Z","2022-12-04T12:30:59.000Z"]}`},
	}})
	var all []string
	for p, err := range f.client(t).VersionPages(t.Context(), f.collection(), badIP, client.Query{}) {
		require.NoError(t, err)
		all = append(all, p.Items...)
	}
	assert.Len(t, all, 5, "I-3.14.1 C-3.5-04")
	assert.Equal(t, url.Values{"added_after": {"2020-11-03T12:30:59.000000Z"}}, f.requests()[1].query(t), "I-3.14.1: six digits")
}

func TestOtherWalks(t *testing.T) {
	f := newFake(t, map[string][]reply{
		"GET /api1/collections/" + rwID + "/manifest/": {{body: `{"more":true,"next":"n","objects":[{"id":"a"}]}`}, {body: `{"objects":[{"id":"b"}]}`}},
		"GET " + objectsPath + badIP + "/":             {{body: `{"more":true,"next":"n","objects":[1]}`}, {body: `{"objects":[2]}`}},
	})
	c := f.client(t)
	var ids []stix.ID
	for p, err := range c.ManifestPages(t.Context(), f.collection(), client.Query{}) {
		require.NoError(t, err)
		for _, record := range p.Items {
			ids = append(ids, record.ID)
		}
	}
	assert.Equal(t, []stix.ID{"a", "b"}, ids)
	var versions []string
	for p, err := range c.ObjectPages(t.Context(), f.collection(), badIP, client.Query{Versions: []string{"all"}}) {
		require.NoError(t, err)
		versions = append(versions, texts(p.Items)...)
	}
	assert.Equal(t, []string{"1", "2"}, versions)
	assert.Equal(t, "match%5Bversion%5D=all&next=n", f.requests()[3].RawQuery, "C-3.5-01")
}

// A collection of n objects, one page each, whose server's clock is an hour behind ours.
func clockBehind(n int) reply {
	start := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	return reply{do: func(w http.ResponseWriter, r *http.Request) {
		after, _ := time.Parse(time.RFC3339, r.URL.Query().Get("added_after"))
		for i := range n {
			if at := start.Add(time.Duration(i) * time.Second); at.After(after) {
				w.Header().Set("Content-Type", t21)
				w.Header().Set("X-TAXII-Date-Added-Last", at.Format("2006-01-02T15:04:05.000000Z"))
				fmt.Fprintf(w, `{"more":%t,"objects":[%d]}`, i < n-1, i)
				return
			}
		}
		w.Header().Set("Content-Type", t21)
		io.WriteString(w, `{}`)
	}}
}

func TestCheckpoints(t *testing.T) {
	f := newFake(t, map[string][]reply{"GET " + objectsPath: {clockBehind(6)}})
	c := f.client(t)
	stored := map[string]int{}
	var checkpoint time.Time
	for crash := range 3 { // each run dies between storing its second page and its checkpoint
		pages := 0
		for p, err := range c.Pages(t.Context(), f.collection(), client.Query{AddedAfter: checkpoint}) {
			require.NoError(t, err)
			for _, item := range p.Items {
				stored[string(item)]++
			}
			if pages++; pages == 2 && crash < 2 {
				break
			}
			checkpoint = p.Last
		}
	}
	for i := range 6 {
		assert.Contains(t, stored, fmt.Sprint(i), "C-3.5-D2 C-3.5-D3: nothing lost")
	}
	assert.Equal(t, 2, stored["1"], "C-3.5-D2: read again after the crash, which is harmless")

	before := len(f.requests())
	_, pages, err := collect(c, f, t, client.Query{AddedAfter: checkpoint})
	require.NoError(t, err)
	assert.Equal(t, 1, pages)
	assert.Len(t, f.requests(), before+1, "nothing new costs one request")
}
