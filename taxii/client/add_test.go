package client_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
	"entente/taxii/client"
)

const completed = `{"id":"2d086da7-4bdc-4f91-900e-d77486753710","status":"complete","total_count":1,"success_count":1,"failure_count":0,"pending_count":0}`

// sized makes n objects of the given octets each.
func sized(n, octets int) [][]byte {
	objects := make([][]byte, n)
	for i := range objects {
		o := fmt.Sprintf(`{"id":"x--%d","pad":""}`, i)
		objects[i] = []byte(strings.Replace(o, `""`, `"`+strings.Repeat("p", octets-len(o))+`"`, 1))
	}
	return objects
}

// posted reads the objects back out of the POSTs that the server took.
func posted(t *testing.T, requests []seen) (all []string) {
	t.Helper()
	for _, r := range requests {
		var envelope map[string][]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(r.Body), &envelope))
		assert.Len(t, envelope, 1, "C-5.5-01: an envelope and not a bundle")
		for _, o := range envelope["objects"] {
			all = append(all, string(o))
		}
	}
	return all
}

func TestAddSplits(t *testing.T) {
	for name, row := range map[string]struct {
		objects    [][]byte
		max        int64 // of the API root
		maxRequest int64 // of the client
		posts      int
	}{
		"none is no request":                   {nil, 10_000, 0, 0},
		"one":                                  {sized(1, 100), 10_000, 0, 1},
		"C-5.5-02 ten thousand octets":         {sized(40, 1000), 10_000, 0, 5},
		"C-5.5-02 to the last octet":           {sized(9, 1000), 9*1000 + 8 + 14, 0, 1},
		"C-5.5-02 one octet less":              {sized(9, 1000), 9*1000 + 8 + 13, 0, 2},
		"the client's own limit is smaller":    {sized(9, 1000), 1 << 30, 5000, 3},
		"a root that says nothing: our limit":  {sized(9, 1000), 0, 5000, 3},
		"a root that says nonsense: our limit": {sized(9, 1000), -1, 5000, 3},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"POST " + objectsPath: {{status: 202, body: completed}}})
			c := f.client(t, func(c *client.Config) { c.MaxRequest = row.maxRequest })
			col := f.collection()
			col.Root.MaxContentLength = row.max
			receipts, err := c.Add(t.Context(), col, row.objects)
			require.NoError(t, err)
			require.Len(t, f.requests(), row.posts)
			assert.Equal(t, texts(row.objects), posted(t, f.requests()), "all, in order, byte for byte")
			next := 0
			for i, r := range receipts {
				assert.Equal(t, next, r.First)
				assert.Equal(t, "complete", r.Status.Status)
				next += r.Count
				if row.max > 0 {
					assert.LessOrEqual(t, int64(len(f.requests()[i].Body)), row.max)
				}
			}
			assert.Equal(t, len(row.objects), next)
		})
	}
}

// takes is a server that answers 413 above its real limit and keeps what it takes.
func takes(limit int64, taken *[]seen) reply {
	return reply{do: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", t21)
		if r.ContentLength > limit {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			io.WriteString(w, `{"title":"too large"}`)
			return
		}
		*taken = append(*taken, seen{})
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, completed)
	}}
}

func TestAddAfter413(t *testing.T) {
	for name, row := range map[string]struct {
		limit    int64
		objects  [][]byte
		receipts int // objects covered by them
		most     int // requests
		err      error
	}{
		"C-5.5-06 split and retried":                  {5000, sized(40, 1000), 40, 25, nil},
		"C-5.5-06 only one at a time":                 {1100, sized(8, 1000), 8, 12, nil},
		"C-5.5-06 nothing is small enough":            {10, sized(8, 1000), 0, 5, client.ErrTooLarge},
		"C-5.5-06 one of them is too large by itself": {2000, append(sized(2, 500), sized(1, 3000)...), 2, 5, client.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			var taken []seen
			f := newFake(t, map[string][]reply{"POST " + objectsPath: {takes(row.limit, &taken)}})
			receipts, err := f.client(t).Add(t.Context(), f.collection(), row.objects)
			if row.err == nil {
				assert.NoError(t, err)
			} else {
				assert.ErrorIs(t, err, row.err)
			}
			covered := 0
			for _, r := range receipts {
				assert.Equal(t, covered, r.First)
				covered += r.Count
			}
			assert.Equal(t, row.receipts, covered)
			assert.Len(t, taken, len(receipts))
			assert.LessOrEqual(t, len(f.requests()), row.most)
		})
	}
}

func TestAddRefusesLocally(t *testing.T) {
	good := []byte(indicator(badIP))
	for name, row := range map[string]struct {
		objects [][]byte
		custom  []client.Property
		want    string
	}{
		"C-5.5-02 an object above the limit": {append(sized(1, 100), sized(1, 20_000)...), nil, "object 1: larger than the server takes: 20000 octets"},
		"an array":                           {[][]byte{[]byte(`[]`)}, nil, "object 0"},
		"two values":                         {[][]byte{[]byte(`{},{}`)}, nil, "object 0"},
		"no JSON":                            {[][]byte{good, []byte(`{`)}, nil, "object 1"},
		"a member twice":                     {[][]byte{[]byte(`{"a":1,"a":2}`)}, nil, "object 0"},
		"C-7.1.1-01 no x_":                   {[][]byte{good}, []client.Property{{Name: "acme", Value: []byte("1")}}, "custom property"},
		"C-7.1.1-01 an upper-case letter":    {[][]byte{good}, []client.Property{{Name: "x_Acme", Value: []byte("1")}}, "custom property"},
		"C-7.1.1-01 two characters":          {[][]byte{good}, []client.Property{{Name: "x_", Value: []byte("1")}}, "custom property"},
		"C-7.1.1-01 251 characters":          {[][]byte{good}, []client.Property{{Name: "x_" + strings.Repeat("a", 249), Value: []byte("1")}}, "custom property"},
		"C-7.1.1-01 a name twice":            {[][]byte{good}, []client.Property{{Name: "x_a", Value: []byte("1")}, {Name: "x_a", Value: []byte("1")}}, "custom property"},
		"a value that is no JSON":            {[][]byte{good}, []client.Property{{Name: "x_a", Value: []byte(`1,"objects":[]`)}}, "custom property"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, nil)
			col := f.collection()
			col.Root.MaxContentLength = 10_000
			_, err := f.client(t).Add(t.Context(), col, row.objects, row.custom...)
			assert.ErrorContains(t, err, row.want)
			assert.Empty(t, f.requests(), "nothing is sent, so nothing is half sent")
		})
	}
}

func TestAddAnswers(t *testing.T) {
	ok := reply{status: 202, body: completed}
	for name, row := range map[string]struct {
		replies  []reply
		requests int
		err      error
	}{
		"C-5.5-05 a dropped connection is tried again": {[]reply{{do: drop}, ok}, 2, nil},
		"C-5.5-06 503 is tried again":                  {[]reply{{status: 503, header: map[string]string{"Retry-After": "3"}}, ok}, 2, nil},
		"200 instead of 202 (OpenCTI)":                 {[]reply{{status: 200, body: completed}}, 1, nil},
		"C-5.5-06 406 is not":                          {[]reply{{status: 406}, ok}, 1, &client.Error{}},
		"C-5.5-06 415 is not":                          {[]reply{{status: 415}, ok}, 1, &client.Error{}},
		"C-5.5-06 422 is not":                          {[]reply{{status: 422}, ok}, 1, &client.Error{}},
		"C-5.5-06 401 without another proof is not":    {[]reply{challenge("Basic"), ok}, 1, client.ErrUnauthorized},
		"C-5.2.1-02 can_write and still 403":           {[]reply{{status: 403}, ok}, 1, client.ErrForbidden},
		"2xx with a foreign body":                      {[]reply{{status: 202, body: "<html>", header: map[string]string{"Content-Type": "text/html"}}}, 1, client.ErrBadResponse},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"POST " + objectsPath: row.replies})
			c := f.client(t, basic)
			receipts, err := c.Add(t.Context(), f.collection(), [][]byte{[]byte(indicator(badIP))})
			requests := f.requests()
			require.Len(t, requests, row.requests)
			for _, r := range requests {
				assert.Equal(t, requests[0].Body, r.Body, "the same envelope")
			}
			if row.err == nil {
				require.NoError(t, err)
				assert.Len(t, receipts, 1)
				return
			}
			assert.Empty(t, receipts)
			var refusal *client.Error
			if _, typed := row.err.(*client.Error); typed {
				assert.ErrorAs(t, err, &refusal)
			} else {
				assert.ErrorIs(t, err, row.err)
			}
		})
	}
}

func TestAddKeepsReceiptsBesideAnError(t *testing.T) {
	f := newFake(t, map[string][]reply{"POST " + objectsPath: {{status: 202, body: completed}, {status: 422}}})
	col := f.collection()
	col.Root.MaxContentLength = 2500
	receipts, err := f.client(t).Add(t.Context(), col, sized(4, 1000))
	assert.ErrorContains(t, err, "add objects 2 to 3")
	require.Len(t, receipts, 1)
	assert.Equal(t, 2, receipts[0].Count)
}

func TestStatusProperties(t *testing.T) {
	for name, row := range map[string]struct {
		body string
		want taxii.Status
	}{
		"I-3.11.2 C-8.4.2-02 C-5.5-04 all properties": {`{"id":"s","status":"pending","request_timestamp":"2016-11-02T12:34:34.12345Z","total_count":3,
			"success_count":1,"successes":[{"id":"a","version":"v","message":"m"}],"failure_count":1,"failures":[{"id":"b","version":"v","message":"bad"}],
			"pending_count":1,"pendings":[{"id":"c","version":"v"}]}`,
			taxii.Status{ID: "s", Status: "pending", RequestTimestamp: "2016-11-02T12:34:34.12345Z", TotalCount: 3,
				SuccessCount: 1, Successes: []taxii.StatusDetail{{ID: "a", Version: "v", Message: "m"}},
				FailureCount: 1, Failures: []taxii.StatusDetail{{ID: "b", Version: "v", Message: "bad"}},
				PendingCount: 1, Pendings: []taxii.StatusDetail{{ID: "c", Version: "v"}}}},
		"I-3.11.1 C-5.5-04 counts only": {`{"id":"s","status":"complete","total_count":2,"success_count":1,"failure_count":1,"pending_count":0}`,
			taxii.Status{ID: "s", Status: "complete", TotalCount: 2, SuccessCount: 1, FailureCount: 1}},
		"I-3.15.1 C-7.1.1-02 a custom property": {`{"id":"s","status":"complete","total_count":1,"success_count":1,"failure_count":0,"pending_count":0,"x_f18dd923_7fdd_4c5c_94f3_807f556bce6b_test_server":{"a":1}}`,
			taxii.Status{ID: "s", Status: "complete", TotalCount: 1, SuccessCount: 1}},
		"zero counts left out (FreeTAXII)": {`{"id":"s","status":"Completed","total_count":1,"success_count":1}`,
			taxii.Status{ID: "s", Status: "Completed", TotalCount: 1, SuccessCount: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"GET /api1/status/s/": {{body: row.body}}})
			status, err := f.client(t).Status(t.Context(), f.root(), "s")
			require.NoError(t, err)
			assert.Equal(t, row.want, status)
		})
	}
}

func TestAwait(t *testing.T) {
	pending, done := `{"id":"s","status":"pending"}`, `{"id":"s","status":"complete"}`
	for name, row := range map[string]struct {
		first   string
		replies []reply
		polls   int
		status  string
		err     error
	}{
		"C-5.5-03 until it is complete":                 {"pending", []reply{{body: pending}, {body: done}}, 2, "complete", nil},
		"C-4.3-01 complete is never asked for":          {"complete", nil, 0, "complete", nil},
		"C-4.3-02 404 is an unknown outcome":            {"pending", []reply{{status: 404}}, 1, "pending", client.ErrUnknownOutcome},
		"a word of its own is not pending (FreeTAXII)":  {"pending", []reply{{body: `{"id":"s","status":"Completed"}`}}, 1, "Completed", nil},
		"an error is an error":                          {"pending", []reply{{status: 403}}, 1, "pending", client.ErrForbidden},
		"ADV-45 for ever pending, under ever new names": {"pending", []reply{{body: `{"id":"../x","status":"pending"}`}}, 100, "pending", client.ErrUnknownOutcome},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"GET /api1/status/s/": row.replies})
			status, err := f.client(t).Await(t.Context(), f.root(), taxii.Status{ID: "s", Status: row.first})
			assert.Equal(t, row.status, status.Status)
			if row.err == nil {
				assert.NoError(t, err)
			} else {
				assert.ErrorIs(t, err, row.err)
			}
			require.Len(t, f.requests(), row.polls)
			require.Len(t, f.slept, row.polls, "a pause before each")
			for i, d := range f.slept {
				assert.Equal(t, min(time.Second<<min(i, 20), 2*time.Minute), d)
			}
		})
	}
}

func TestStatusIDIsEscaped(t *testing.T) {
	f := newFake(t, nil)
	for _, id := range []string{"", "..", "../collections", "a/b"} {
		_, err := f.client(t).Status(t.Context(), f.root(), id)
		assert.ErrorIs(t, err, client.ErrForeign)
	}
	assert.Empty(t, f.requests())
}

func TestDelete(t *testing.T) {
	for name, row := range map[string]struct {
		reply reply
		err   error
	}{
		"I-3.12.1 C-5.7-01 200 without a body": {reply{}, nil},
		"C-5.7-01 an empty object":             {reply{body: `{}`}, nil},
		"C-5.7-01 204":                         {reply{status: 204}, nil},
		"I-3.12.1 whatever the body":           {reply{body: `<p>gone</p>`, header: map[string]string{"Content-Type": "text/html"}}, nil},
		"I-3.5.2.3 403":                        {reply{status: 403, body: `{"title":"Forbidden"}`}, client.ErrForbidden},
		"I-3.5.2.4 404":                        {reply{status: 404, body: `{"title":"Not Found"}`}, client.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"DELETE " + objectsPath + badIP + "/": {row.reply}})
			err := f.client(t).Delete(t.Context(), f.collection(), badIP, client.Query{})
			if row.err == nil {
				assert.NoError(t, err)
			} else {
				assert.ErrorIs(t, err, row.err)
			}
			assert.Len(t, f.requests(), 1)
		})
	}
}
