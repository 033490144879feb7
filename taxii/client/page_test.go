package client_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
	"entente/taxii/client"
)

func TestObjectsKeepsBytes(t *testing.T) {
	odd := []string{
		`{"id":"a", "b" : 1.0e0 ,"b":2,` + "\n" + `"é":"\u00e9\ud800","n":1e400}`, // duplicate, lone surrogate, huge: not judged here
		"{\"x\":\"\xff\"}",
		`null`, `"text"`, `[1, 2]`, `{}`,
		indicator(badIP),
	}
	f := newFake(t, map[string][]reply{"GET " + objectsPath: {{body: `{ "x_y":[{"objects":[1]}], "objects" : [ ` + strings.Join(odd, " ,\n") + ` ] , "more":false}`}}})
	p, err := f.client(t).Objects(t.Context(), f.collection(), client.Query{})
	require.NoError(t, err)
	assert.Equal(t, odd, texts(p.Items), "byte for byte, and a bad object spoils nobody but itself")
	for _, item := range p.Items {
		assert.Equal(t, len(item), cap(item), "appending to one must not write into the next")
	}
}

func TestEnvelopes(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		body   string
		items  int
		more   bool
		next   string
		bad    bool
	}{
		"C-3.7-01 empty":                     {body: `{}`},
		"I-3.7.2 more false and no objects":  {body: `{"more": false}`},
		"an empty array is against the rule": {body: `{"objects":[]}`},
		"nulls":                              {body: `{"objects":null,"more":null,"next":null}`},
		"204 without a body":                 {status: 204},
		"206 of a TAXII 2.0 mind":            {status: 206, body: `{"objects":[{}]}`, items: 1},
		"more and next":                      {body: `{"more":true,"next":"n","objects":[{}]}`, items: 1, more: true, next: "n"},
		"next as a page number":              {body: `{"more":true,"next":12,"objects":[{}]}`, items: 1, more: true, next: "12"},
		"next beside more false (OpenCTI)":   {body: `{"more":false,"next":"n"}`, next: "n"},
		"no body at all":                     {body: ``, bad: true},
		"not JSON":                           {body: `<html>`, bad: true},
		"an array":                           {body: `[]`, bad: true},
		"a bundle's neighbour: trailing":     {body: `{} {}`, bad: true},
		"cut":                                {body: `{"objects":[{"a":1},{"b`, bad: true},
		"cut between objects":                {body: `{"objects":[{"a":1},`, bad: true},
		"objects is no array":                {body: `{"objects":{}}`, bad: true},
		"objects twice":                      {body: `{"objects":[{}],"objects":[]}`, bad: true},
		"next twice, once escaped":           {body: `{"next":"a","n\u0065xt":"b"}`, bad: true},
		"more as text":                       {body: `{"more":"false"}`, bad: true},
		"next as an object":                  {body: `{"next":{}}`, bad: true},
		"deeper than any object":             {body: `{"objects":[` + strings.Repeat("[", 1_000_000) + `]}`, bad: true},
		"more entries than a page can hold":  {body: `{"objects":[` + strings.Repeat("1,", 1<<20) + `1]}`, bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"GET " + objectsPath: {{status: row.status, body: row.body}}})
			p, err := f.client(t).Objects(t.Context(), f.collection(), client.Query{})
			if row.bad {
				assert.ErrorIs(t, err, client.ErrBadResponse)
				return
			}
			require.NoError(t, err)
			assert.Len(t, p.Items, row.items)
			assert.Equal(t, row.more, p.More)
			assert.Equal(t, row.next, p.Next)
		})
	}
}

func TestDateHeaders(t *testing.T) {
	at := time.Date(2023, 5, 15, 13, 15, 42, 0, time.UTC)
	for value, want := range map[string]time.Time{
		"":                            {},
		"2023-05-15T13:15:42.584000Z": at.Add(584 * time.Millisecond),
		"2023-05-15T13:15:42.584Z":    at.Add(584 * time.Millisecond), // OpenCTI#3376
		"2023-05-15T13:15:42Z":        at,
		"2023-05-15T15:15:42+02:00":   at,
		"undefined":                   {}, // OpenCTI's versions endpoint
		"Mon May 15 2023 13:15:42 GMT+0000 (Coordinated Universal Time)": {}, // attack-workbench#32
		"0": {},
	} {
		t.Run("C-2-01 "+value, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"GET " + objectsPath: {{body: `{}`, header: map[string]string{
				"X-TAXII-Date-Added-First": value, "X-TAXII-Date-Added-Last": value}}}})
			p, err := f.client(t).Objects(t.Context(), f.collection(), client.Query{})
			require.NoError(t, err)
			assert.True(t, want.Equal(p.First), p.First)
			assert.True(t, want.Equal(p.Last), p.Last)
			warned := strings.Contains(f.log.String(), "header is no timestamp")
			assert.Equal(t, value != "" && want.IsZero(), warned, "garbage is ignored with a warning")
		})
	}
}

func TestManifest(t *testing.T) {
	const path = "GET /api1/collections/" + rwID + "/manifest/"
	for name, row := range map[string]struct {
		body string
		want []taxii.ManifestRecord
		bad  bool
	}{
		"C-5.3.1-01 empty": {`{}`, nil, false},
		"C-8.4.2-02 I-3.6.1 all properties": {`{"more":true,"next":"n","objects":[{"id":"` + badIP + `","date_added":"2016-11-01T03:04:05.000000Z","version":"2016-11-01T03:04:05.1Z","media_type":"application/stix+json;version=2.1"}]}`,
			[]taxii.ManifestRecord{{ID: badIP, DateAdded: "2016-11-01T03:04:05.000000Z", Version: "2016-11-01T03:04:05.1Z", MediaType: "application/stix+json;version=2.1"}}, false},
		"C-8.4.2-02 only what is required": {`{"objects":[{"id":"` + badIP + `","date_added":"d","version":"v"}]}`,
			[]taxii.ManifestRecord{{ID: badIP, DateAdded: "d", Version: "v"}}, false},
		"a record that is none": {`{"objects":[7]}`, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{path: {{body: row.body, header: map[string]string{"X-TAXII-Date-Added-Last": "2016-11-01T03:04:05.000000Z"}}}})
			p, err := f.client(t).Manifest(t.Context(), f.collection(), client.Query{})
			if row.bad {
				assert.ErrorIs(t, err, client.ErrBadResponse)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, row.want, p.Items)
			assert.Equal(t, 2016, p.Last.Year())
		})
	}
}

func TestVersionsOfAnObject(t *testing.T) {
	const path = "GET " + objectsPath + badIP + "/versions/"
	for name, row := range map[string]struct {
		body string
		want []string
	}{
		"C-5.3.1-01 empty":                    {`{}`, nil},
		"I-3.9.1 C-8.4.2-02 all properties":   {`{"more":false,"versions":["2016-01-01T01:01:01.000Z","2016-01-01T01:01:01Z"]}`, []string{"2016-01-01T01:01:01.000Z", "2016-01-01T01:01:01Z"}},
		"another resource's list is not ours": {`{"objects":["x"]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{path: {{body: row.body}}})
			p, err := f.client(t).Versions(t.Context(), f.collection(), badIP, client.Query{})
			require.NoError(t, err)
			assert.Equal(t, row.want, p.Items)
		})
	}
}

// BenchmarkParsePage is a full page of 1.4 kB indicators, as another node sends it.
func BenchmarkParsePage(b *testing.B) {
	object := strings.Replace(indicator(badIP), "Bad IP1", strings.Repeat("x", 1400-len(indicator(badIP))+7), 1)
	body := []byte(`{"more":true,"next":"n","objects":[` + strings.Repeat(object+",", 999) + object + `]}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if p, err := client.ParsePage(body, "objects"); err != nil || len(p.Items) != 1000 {
			b.Fatal(len(p.Items), err)
		}
	}
}

// BenchmarkPages walks a collection of such pages over TLS on loopback.
func BenchmarkPages(b *testing.B) {
	object := strings.Replace(indicator(badIP), "Bad IP1", strings.Repeat("x", 1400-len(indicator(badIP))+7), 1)
	body := `{"objects":[` + strings.Repeat(object+",", 999) + object + `]}`
	for name, rp := range map[string]reply{"plain": {body: body}, "gzip": sends(gzipped(b, []byte(body)), "Content-Encoding", "gzip")} {
		b.Run(name, func(b *testing.B) {
			f := newFake(b, map[string][]reply{"GET " + objectsPath: {rp}})
			c := f.client(b)
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if p, err := c.Objects(b.Context(), f.collection(), client.Query{}); err != nil || len(p.Items) != 1000 {
					b.Fatal(len(p.Items), err)
				}
			}
		})
	}
}
