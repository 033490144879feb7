package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii/client"
)

// The fixture of the interoperability test document, as reconstructed in public: the client's
// cases that the other tables of this package do not already carry (all 39 mandatory and the 5
// optional ones are greppable by id). C-8.4.1-01 and C-8.4.2-03 hold when every test here does;
// C-8.5.2-03, DANE, is a MAY that this client does not offer.
const (
	woID      = "1105e147-e4c1-4566-8fb1-1046d181fbf8"
	roID      = "253900d3-b9dd-46df-8184-469380fae6d2"
	neitherID = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
	missingID = "d021ecc8-ab8e-41ab-815e-911c7e329f88"
	statusID  = "2d086da7-4bdc-4f91-900e-d77486753710"
)

func rights(id, title, read, write string) string {
	return `{"id":"` + id + `","title":"` + title + `","can_read":` + read + `,"can_write":` + write + `,"media_types":["application/stix+json;version=2.1"]}`
}

func interopServer(t *testing.T) (*fake, *client.Client) {
	t.Helper()
	f := newFake(t, nil)
	wo, ro := rights(woID, "Collection 1", "false", "true"), rights(roID, "Collection 2", "true", "false")
	rw, neither := rights(rwID, "Collection 3", "true", "true"), rights(neitherID, "Collection 4", "false", "false")
	forbidden := reply{status: 403, body: `{"title":"Forbidden","http_status":"403"}`}
	dates := map[string]string{"X-TAXII-Date-Added-First": "2018-02-01T11:11:13.000000Z", "X-TAXII-Date-Added-Last": "2018-02-02T11:11:13.000000Z"}
	f.script = map[string][]reply{
		"GET /taxii2/": {{do: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", t21)
			if user, password, _ := r.BasicAuth(); user != "test" || password != "Passw0rd!" {
				w.Header().Set("WWW-Authenticate", interopChallenge)
				w.WriteHeader(http.StatusUnauthorized)
				w.Write([]byte(`{"title":"Unauthorized","http_status":"401"}`))
				return
			}
			w.Write([]byte(`{"title":"TAXII Server Under Test","description":"This TAXII Server contains test data","default":"` + f.URL + `/api1/","api_roots":["` + f.URL + `/api1/","/api2/"]}`))
		}}},
		"GET /api2/":                                   {{body: `{"title":"Sharing Group 2","description":"This sharing group shares intelligence","versions":["` + t21 + `"],"max_content_length":104857600}`}},
		"GET /api1/collections/":                       {{body: `{"collections":[` + strings.Join([]string{wo, ro, rw, neither}, ",") + `]}`}},
		"GET /api1/collections/" + woID + "/":          {{body: wo}},
		"GET /api1/collections/" + roID + "/":          {{body: ro}},
		"GET /api1/collections/" + rwID + "/":          {{body: rw}},
		"GET /api1/collections/" + neitherID + "/":     {{body: neither}},
		"GET /api1/collections/" + woID + "/objects/":  {forbidden},
		"POST /api1/collections/" + roID + "/objects/": {forbidden},
		"GET " + objectsPath:                           {{header: dates, body: `{"objects":[` + indicator(badIP) + `,` + indicator(badIPs) + `]}`}},
		"GET " + objectsPath + badIP + "/":             {{header: dates, body: `{"objects":[` + indicator(badIP) + `]}`}},
		"POST /api1/collections/" + woID + "/objects/": {{status: 202, body: `{"id":"` + statusID + `","status":"complete","total_count":1,"success_count":1,"failure_count":0,"pending_count":0,` +
			`"x_f18dd923_7fdd_4c5c_94f3_807f556bce6b_test_server":"kept going"}`}},
	}
	return f, f.client(t, basic)
}

func TestInteropReading(t *testing.T) {
	f, c := interopServer(t)
	ctx := t.Context()

	_, err := f.client(t).Discover(ctx)
	assert.ErrorIs(t, err, client.ErrUnauthorized, "I-3.1.1")
	_, err = f.client(t, func(c *client.Config) { c.Credentials = client.Credentials{User: "test", Password: "wrong"} }).Discover(ctx)
	var refusal *client.Error
	require.ErrorAs(t, err, &refusal, "I-3.1.2")
	assert.Len(t, refusal.Challenges, 2, "I-3.1.2: exactly two")
	require.Len(t, f.requests(), 2, "I-3.1.2: no second try")

	d, err := c.Discover(ctx)
	require.NoError(t, err)
	assert.Equal(t, "TAXII Server Under Test", d.Title, "I-3.1.4 I-3.2.1")
	assert.Equal(t, []string{f.URL + "/api1/", f.URL + "/api2/"}, d.Roots, "I-3.2.1: both forms become URLs")
	assert.Equal(t, f.URL+"/api1/", d.DefaultRoot, "I-3.2.1")

	root, err := c.APIRoot(ctx, d.Roots[1])
	require.NoError(t, err)
	assert.Equal(t, "Sharing Group 2", root.Title, "I-3.3.1")
	assert.Equal(t, "This sharing group shares intelligence", root.Description, "I-3.3.1")
	assert.Equal(t, []string{t21}, root.Versions, "I-3.3.1")
	assert.EqualValues(t, 104857600, root.MaxContentLength, "I-3.3.1")
	_, err = c.APIRoot(ctx, "/api3/")
	assert.ErrorIs(t, err, client.ErrNotFound, "I-3.3.2")

	p, err := c.Objects(ctx, f.collection(), client.Query{})
	require.NoError(t, err)
	assert.Equal(t, []string{indicator(badIP), indicator(badIPs)}, texts(p.Items), "I-3.7.1")
	assert.Equal(t, 1, p.First.Day(), "I-3.7.1")
	assert.Equal(t, 2, p.Last.Day(), "I-3.7.1")
	p, err = c.Object(ctx, f.collection(), badIP, client.Query{})
	require.NoError(t, err)
	assert.Equal(t, []string{indicator(badIP)}, texts(p.Items), "I-3.8.1")
	_, err = c.Object(ctx, f.collection(), "indicator--00000000-0000-4000-8000-000000000000", client.Query{})
	assert.ErrorIs(t, err, client.ErrNotFound, "I-3.8.2")
}

func TestInteropRights(t *testing.T) {
	f, c := interopServer(t)
	cols, err := c.Collections(t.Context(), f.root())
	require.NoError(t, err)
	require.Len(t, cols, 4, "I-3.4.1")
	for _, row := range []struct {
		name, id    string
		read, write bool
	}{
		{"I-3.5.1.1 write-only", woID, false, true},
		{"I-3.5.1.2 read-write", rwID, true, true},
		{"I-3.5.1.3 read-only", roID, true, false},
		{"I-3.5.1.4 neither", neitherID, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			col, err := c.Collection(t.Context(), f.root(), row.id)
			require.NoError(t, err)
			assert.Equal(t, row.read, col.CanRead)
			assert.Equal(t, row.write, col.CanWrite)
			assert.Contains(t, cols, col, "I-3.4.1: the list says the same")
		})
	}
	_, err = c.Collection(t.Context(), f.root(), missingID)
	assert.ErrorIs(t, err, client.ErrNotFound, "I-3.5.3")

	// The server's own refusal, for a client that was told otherwise.
	told := func(id string) client.Collection {
		col := f.collection()
		col.ID = id
		return col
	}
	_, err = c.Objects(t.Context(), told(woID), client.Query{})
	assert.ErrorIs(t, err, client.ErrForbidden, "I-3.5.2.1 C-5.2.1-02")
	_, err = c.Add(t.Context(), told(roID), [][]byte{[]byte(indicator(badIP))})
	assert.ErrorIs(t, err, client.ErrForbidden, "I-3.5.2.2 C-5.2.1-02")
}

func TestInteropAdding(t *testing.T) {
	f, c := interopServer(t)
	col, err := c.Collection(t.Context(), f.root(), woID)
	require.NoError(t, err)
	own := client.Property{Name: "x_18467e42_04f4_4505_93c8_9f1cf29e1045_test_client", Value: []byte(`{"a":[1]}`)}
	receipts, err := c.Add(t.Context(), col, [][]byte{[]byte(indicator(badIP))}, own)
	require.NoError(t, err)
	require.Len(t, receipts, 1)
	s := receipts[0].Status
	assert.Equal(t, []int{1, 1, 0, 0}, []int{s.TotalCount, s.SuccessCount, s.FailureCount, s.PendingCount}, "I-3.10.1")
	assert.Equal(t, "complete", s.Status, "I-3.15.1: goes on past the server's property")
	sent := f.requests()[1]
	assert.JSONEq(t, `{"objects":[`+indicator(badIP)+`],"x_18467e42_04f4_4505_93c8_9f1cf29e1045_test_client":{"a":[1]}}`, sent.Body, "I-3.15.1 C-5.5-01")
	assert.Equal(t, t21, sent.Header.Get("Content-Type"), "I-3.10.1")
}

func TestInteropDuplicateFilter(t *testing.T) {
	f := newFake(t, map[string][]reply{"GET " + objectsPath: {{status: 400, body: `{"title":"Bad Request","http_status":"400"}`}}})
	_, err := f.client(t).Objects(t.Context(), f.collection(), client.Query{Types: []string{"campaign", "malware"}})
	assert.ErrorIs(t, err, client.ErrBadRequest, "I-3.13.1.10: a 400 is reported")
	assert.Equal(t, []string{"campaign,malware"}, f.requests()[0].query(t)["match[type]"], "I-3.13.1.10: and the duplicate never sent")
}
