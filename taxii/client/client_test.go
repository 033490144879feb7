package client_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
	"entente/taxii/client"
)

func TestNewRefuses(t *testing.T) {
	for name, cfg := range map[string]client.Config{
		"C-8.5.1-01 http is not TAXII":         {Discovery: "http://fs/taxii2/"},
		"no discovery":                         {},
		"another scheme":                       {Discovery: "ftp://fs/taxii2/"},
		"no host":                              {Discovery: "https:///taxii2/"},
		"credentials in the URL":               {Discovery: "https://u:p@fs/taxii2/"},
		"a query":                              {Discovery: "https://fs/taxii2/?a=b"},
		"an empty query":                       {Discovery: "https://fs/taxii2/?"},
		"a dot segment":                        {Discovery: "https://fs/x/../taxii2/"},
		"a domain with a port":                 {Discovery: "hub.example:8443"},
		"a host that is not ASCII":             {Discovery: "https://hüb.example/taxii2/"},
		"C-8.4.1-02 user agent without name":   {Discovery: "https://fs/taxii2/", UserAgent: "1.0"},
		"user agent with a line break":         {Discovery: "https://fs/taxii2/", UserAgent: "a/1\r\nX: y"},
		"RFC 7617 colon in the user name":      {Discovery: "https://fs/taxii2/", Credentials: client.Credentials{User: "a:b"}},
		"RFC 7617 control in the password":     {Discovery: "https://fs/taxii2/", Credentials: client.Credentials{User: "a", Password: "\n"}},
		"a password for nobody":                {Discovery: "https://fs/taxii2/", Credentials: client.Credentials{Password: "x"}},
		"a negative limit":                     {Discovery: "https://fs/taxii2/", PageLimit: -1},
		"a negative timeout":                   {Discovery: "https://fs/taxii2/", Timeouts: client.Timeouts{Idle: -1}},
		"a control character in the discovery": {Discovery: "https://fs/taxii2/\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.New(cfg)
			assert.Error(t, err)
		})
	}
}

func TestRequestHeaders(t *testing.T) {
	f := newFake(t, map[string][]reply{
		"GET /taxii2/":                              {{body: `{"title":"t"}`}},
		"GET " + objectsPath:                        {{body: `{}`}},
		"POST " + objectsPath:                       {{status: 202, body: `{"id":"x","status":"complete"}`}},
		"DELETE " + objectsPath + badIP + "/":       {{}},
		"GET " + objectsPath + badIP + "/versions/": {{body: `{}`}},
	})
	c := f.client(t)
	ctx := t.Context()
	_, err := c.Discover(ctx)
	require.NoError(t, err)
	_, err = c.Objects(ctx, f.collection(), client.Query{Limit: 1})
	require.NoError(t, err)
	_, err = c.Versions(ctx, f.collection(), badIP, client.Query{})
	require.NoError(t, err)
	_, err = c.Add(ctx, f.collection(), [][]byte{[]byte(indicator(badIP))})
	require.NoError(t, err)
	require.NoError(t, c.Delete(ctx, f.collection(), badIP, client.Query{}))

	requests := f.requests()
	require.Len(t, requests, 5)
	for _, r := range requests {
		t.Run(r.Method+" "+r.Path, func(t *testing.T) {
			assert.Equal(t, []string{t21}, r.Header["Accept"], "C-3.1-02 C-3.1-03")
			assert.Equal(t, []string{"entente-test/1.0"}, r.Header["User-Agent"], "C-8.4.1-02 X-01")
			assert.True(t, strings.HasSuffix(r.Path, "/"), "C-3.1-01: the path ends in a slash")
			assert.Empty(t, r.Header["Authorization"], "no credentials were configured")
			assert.Empty(t, r.Header["Cookie"])
			if r.Method == "POST" {
				assert.Equal(t, []string{t21}, r.Header["Content-Type"], "C-3.1-04")
			} else {
				assert.Empty(t, r.Header["Content-Type"])
			}
		})
	}
	assert.Equal(t, "limit=1", requests[1].RawQuery, "C-3.1-01: the query behind the slash")
}

func TestDefaultUserAgentNamesAVersion(t *testing.T) {
	f := newFake(t, map[string][]reply{"GET /taxii2/": {{body: `{"title":"t"}`}}})
	_, err := f.client(t, func(c *client.Config) { c.UserAgent = "" }).Discover(t.Context())
	require.NoError(t, err)
	assert.Regexp(t, `^\S+/\S+$`, f.requests()[0].Header.Get("User-Agent"), "C-8.4.1-02")
}

// resolver answers every SRV lookup the same.
type resolver struct {
	records []*net.SRV
	err     error
	asked   []string
}

func (r *resolver) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	r.asked = append(r.asked, "_"+service+"._"+proto+"."+name)
	return "", r.records, r.err
}

func TestSRV(t *testing.T) {
	notFound := &net.DNSError{Err: "no such host", IsNotFound: true}
	for name, row := range map[string]struct {
		domain  string
		records []*net.SRV
		err     error
		dialled string // empty: an error and no connection
	}{
		"C-8.4.2-01 the record names host and port":  {"hub.example", []*net.SRV{{Target: "hub.example.", Port: 8443, Weight: 5}}, nil, "hub.example:8443"},
		"C-8.4.2-01 the best record comes first":     {"hub.example", []*net.SRV{{Target: "a.hub.example.", Port: 443}, {Target: "b.hub.example.", Port: 1}}, nil, "a.hub.example:443"},
		"no record: the domain is the server":        {"hub.example", nil, notFound, "hub.example:443"},
		"a lookup that fails is not an absence":      {"hub.example", nil, &net.DNSError{Err: "server misbehaving", IsTemporary: true}, ""},
		"a target elsewhere would get the password":  {"hub.example", []*net.SRV{{Target: "evil.example.", Port: 443}}, nil, ""},
		"a target that only ends alike is elsewhere": {"hub.example", []*net.SRV{{Target: "evilhub.example.", Port: 443}}, nil, ""},
		"the root as target: no service (RFC 2782)":  {"hub.example", []*net.SRV{{Target: ".", Port: 443}}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := unstartedFake(t, map[string][]reply{"GET /taxii2/": {{body: `{"title":"t"}`}}})
			ca := newCA(t)
			f.TLS = serverTLS(ca.issue(t, leaf{names: []string{"hub.example", "*.hub.example"}}))
			f.StartTLS()
			res := &resolver{records: row.records, err: row.err}
			var dialled []string
			c := f.client(t, func(c *client.Config) {
				c.Discovery, c.Resolver, c.TLS.RootCAs = row.domain, res, ca.pool()
				c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					dialled = append(dialled, address)
					return new(net.Dialer).DialContext(ctx, network, f.Listener.Addr().String())
				}
			})
			for range 2 {
				_, err := c.Discover(t.Context())
				if row.dialled == "" {
					assert.Error(t, err)
					assert.Empty(t, dialled)
					continue
				}
				require.NoError(t, err)
			}
			assert.Equal(t, "_taxii2._tcp.hub.example", res.asked[0])
			if row.dialled != "" {
				assert.Len(t, res.asked, 1, "looked up once")
				assert.Equal(t, []string{row.dialled}, dialled)
				assert.Equal(t, "/taxii2/", f.requests()[0].Path)
			}
		})
	}
}

func TestDiscover(t *testing.T) {
	const foreign = "https://evil.example/api/"
	for name, row := range map[string]struct {
		body    string // %s is the origin
		roots   []string
		def     string
		refused []string
	}{
		"C-8.4.2-02 all properties": {`{"title":"T","description":"D","contact":"C","default":"%s/api1/","api_roots":["%[1]s/api1/","/api2/"]}`,
			[]string{"/api1/", "/api2/"}, "/api1/", nil},
		"C-8.4.2-02 only what is required, C-4.1.1-01 no default, C-4.1.1-03 no roots": {`{"title":"T"}`, nil, "", nil},
		"C-4.1.1-03 unknown members, nulls":                                            {`{"title":null,"x_y":{"a":[1]},"api_roots":null}`, nil, "", nil},
		"C-4.1.1-02 relative to the origin, not to /taxii2/":                           {`{"title":"T","api_roots":["/api2/"]}`, []string{"/api2/"}, "", nil},
		"a missing slash is added (OpenCTI)":                                           {`{"title":"T","api_roots":["%s/api1","/a%%2Bb"]}`, []string{"/api1/", "/a%2Bb/"}, "", nil},
		"a root twice is one":                                                          {`{"title":"T","api_roots":["%s/api1/","/api1/"]}`, []string{"/api1/"}, "", nil},
		"C-8.5.1-D1 a foreign root is reported, not used":                              {`{"title":"T","default":"` + foreign + `","api_roots":["` + foreign + `","/a/"]}`, []string{"/a/"}, "", []string{foreign}},
		"C-4.1.1-02 //host":                                                            {`{"title":"T","api_roots":["//evil/"]}`, nil, "", []string{"//evil/"}},
		"C-4.1.1-02 dots":                                                              {`{"title":"T","api_roots":["../api/","/a/../b/","/a/%%2e%%2e/b/","/a%%2f..%%2fb/"]}`, nil, "", []string{"../api/", "/a/../b/", "/a/%2e%2e/b/", "/a%2f..%2fb/"}},
		"C-4.1.1-02 http":                                                              {`{"title":"T","api_roots":["http://127.0.0.1/api/"]}`, nil, "", []string{"http://127.0.0.1/api/"}},
		"C-4.1.1-02 a query or fragment":                                               {`{"title":"T","api_roots":["/a/?b=c","/a/?","/a/#b"]}`, nil, "", []string{"/a/?b=c", "/a/?", "/a/#b"}},
		"no leading slash, user, backslash, space, other port":                         {`{"title":"T","api_roots":["a/","https://u@127.0.0.1/","/\\evil/"," /a/","https://127.0.0.1:1/","javascript:x"]}`, nil, "", []string{"a/", "https://u@127.0.0.1/", `/\evil/`, " /a/", "https://127.0.0.1:1/", "javascript:x"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, nil)
			body := row.body
			if strings.Contains(body, "%") {
				body = fmt.Sprintf(body+"%[1]s", f.URL)
				body = strings.TrimSuffix(body, f.URL)
			}
			f.script = map[string][]reply{"GET /taxii2/": {{body: body}}}
			d, err := f.client(t).Discover(t.Context())
			require.NoError(t, err)
			var roots, refused []string
			for _, r := range d.Roots {
				roots = append(roots, strings.TrimPrefix(r, f.URL))
			}
			for _, r := range d.Refused {
				refused = append(refused, r.URL)
				assert.ErrorIs(t, r.Reason, client.ErrForeign)
			}
			assert.Equal(t, row.roots, roots)
			assert.Equal(t, row.refused, refused)
			assert.Equal(t, row.def, strings.TrimPrefix(d.DefaultRoot, f.URL))
			assert.Len(t, f.requests(), 1)
		})
	}
}

func TestDiscoverKeepsTexts(t *testing.T) {
	f := newFake(t, map[string][]reply{"GET /taxii2/": {{body: `{"title":"T","description":"D","contact":"C"}`}}})
	d, err := f.client(t).Discover(t.Context())
	require.NoError(t, err)
	assert.Equal(t, taxii.Discovery{Title: "T", Description: "D", Contact: "C"}, d.Discovery, "C-8.4.2-02")
}

func TestForeignRootIsNeverCalled(t *testing.T) {
	attacker := newFake(t, nil)
	f := newFake(t, nil)
	c := f.client(t, func(c *client.Config) { c.Credentials = client.Credentials{User: "u", Password: "p"} })
	foreign := client.Root{URL: attacker.URL + "/api1/"}
	_, err := c.APIRoot(t.Context(), foreign.URL)
	assert.ErrorIs(t, err, client.ErrForeign, "C-8.5.1-D1")
	_, err = c.Collections(t.Context(), foreign)
	assert.ErrorIs(t, err, client.ErrForeign, "C-8.5.1-D1")
	col := f.collection()
	col.Root = foreign
	_, err = c.Objects(t.Context(), col, client.Query{})
	assert.ErrorIs(t, err, client.ErrForeign, "C-8.5.1-D1")
	_, err = c.Add(t.Context(), col, [][]byte{[]byte(indicator(badIP))})
	assert.ErrorIs(t, err, client.ErrForeign, "C-8.5.1-D1")
	assert.Empty(t, attacker.requests())
	assert.Empty(t, f.requests())
}

func TestAPIRoot(t *testing.T) {
	for name, row := range map[string]struct {
		body string
		want error
	}{
		"C-8.4.2-02 all properties":              {`{"title":"T","description":"D","versions":["` + t21 + `"],"max_content_length":9765625,"x":1}`, nil},
		"another spelling":                       {`{"title":"T","versions":["application/TAXII+json; version=\"2.1\""],"max_content_length":1}`, nil},
		"among others":                           {`{"title":"T","versions":["application/taxii+json;version=3.0","` + t21 + `"],"max_content_length":1}`, nil},
		"C-4.2.1-01 only another version":        {`{"title":"T","versions":["application/taxii+json;version=2.0"],"max_content_length":1}`, client.ErrVersion},
		"C-4.2.1-01 none":                        {`{"title":"T"}`, client.ErrVersion},
		"C-4.2.1-01 a number is no media type":   {`{"title":"T","versions":["2.1"],"max_content_length":1}`, client.ErrVersion},
		"C-4.2.1-01 STIX's media type (arango)":  {`{"title":"T","versions":["application/stix+json;version=2.1"],"max_content_length":1}`, client.ErrVersion},
		"not an object":                          {`[]`, client.ErrBadResponse},
		"a member twice leaves the answer open":  {`{"title":"T","title":"U"}`, client.ErrBadResponse},
		"max_content_length beyond every number": {`{"title":"T","versions":["` + t21 + `"],"max_content_length":1e400}`, client.ErrBadResponse},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"GET /api2/": {{body: row.body}}})
			root, err := f.client(t).APIRoot(t.Context(), "/api2/")
			if row.want != nil {
				assert.ErrorIs(t, err, row.want)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, f.URL+"/api2/", root.URL)
			assert.Equal(t, "T", root.Title)
			assert.Positive(t, root.MaxContentLength)
		})
	}
}

func TestCollections(t *testing.T) {
	const full = `{"id":"` + rwID + `","title":"T","description":"D","alias":"A","can_read":true,"can_write":true,"media_types":["application/stix+json;version=2.1"]}`
	for name, row := range map[string]struct {
		body string
		want []taxii.Collection
	}{
		"C-5.1.1-01 none": {`{}`, []taxii.Collection{}},
		"C-8.4.2-02 all properties": {`{"collections":[` + full + `]}`, []taxii.Collection{{ID: rwID, Title: "T", Description: "D", Alias: "A",
			CanRead: true, CanWrite: true, MediaTypes: []string{"application/stix+json;version=2.1"}}}},
		"C-5.2.1-01 no media_types, C-8.4.2-02 only what is required": {`{"collections":[{"id":"x","title":"T","can_read":true,"can_write":false}]}`,
			[]taxii.Collection{{ID: "x", Title: "T", CanRead: true, MediaTypes: []string{"application/stix+json"}}}},
		"null rights are none (OpenTAXII)": {`{"collections":[{"id":"x","title":"T","can_read":null,"can_write":null}]}`,
			[]taxii.Collection{{ID: "x", Title: "T", MediaTypes: []string{"application/stix+json"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"GET /api1/collections/": {{body: row.body}}})
			cols, err := f.client(t).Collections(t.Context(), f.root())
			require.NoError(t, err)
			got := []taxii.Collection{}
			for _, col := range cols {
				got = append(got, col.Collection)
				assert.Equal(t, f.root(), col.Root)
			}
			assert.Equal(t, row.want, got)
		})
	}
}

func TestCollectionNames(t *testing.T) {
	f := newFake(t, map[string][]reply{
		"GET /api1/collections/for-csirt-xb/": {{body: `{"id":"` + rwID + `","title":"T","can_read":true,"can_write":false}`}},
		"GET /api1/collections/a%20b%3Fc/":    {{body: `{"title":"T","can_read":true,"can_write":false}`}},
	})
	c := f.client(t)
	col, err := c.Collection(t.Context(), f.root(), "for-csirt-xb")
	require.NoError(t, err)
	assert.Equal(t, rwID, col.ID)
	col, err = c.Collection(t.Context(), f.root(), "a b?c")
	require.NoError(t, err)
	assert.Equal(t, "a b?c", col.ID, "a server that leaves out the id means the one asked for")
	before := len(f.requests())
	for _, bad := range []string{"", ".", "..", "a/b", `a\b`, "a\nb", "\xff", strings.Repeat("a", 513)} {
		_, err := c.Collection(t.Context(), f.root(), bad)
		assert.ErrorIs(t, err, client.ErrForeign, "C-5.6-01 %q", bad)
	}
	assert.Len(t, f.requests(), before)
}

func TestRightsAreHonoured(t *testing.T) {
	f := newFake(t, nil)
	c := f.client(t)
	writeOnly, readOnly := f.collection(), f.collection()
	writeOnly.CanRead, readOnly.CanWrite = false, false
	for name, call := range map[string]func() error{
		"objects":          func() error { _, err := c.Objects(t.Context(), writeOnly, client.Query{}); return err },
		"object":           func() error { _, err := c.Object(t.Context(), writeOnly, badIP, client.Query{}); return err },
		"manifest":         func() error { _, err := c.Manifest(t.Context(), writeOnly, client.Query{}); return err },
		"versions":         func() error { _, err := c.Versions(t.Context(), writeOnly, badIP, client.Query{}); return err },
		"add":              func() error { _, err := c.Add(t.Context(), readOnly, nil); return err },
		"delete, no read":  func() error { return c.Delete(t.Context(), writeOnly, badIP, client.Query{}) },
		"delete, no write": func() error { return c.Delete(t.Context(), readOnly, badIP, client.Query{}) },
	} {
		assert.ErrorIs(t, call(), client.ErrForbidden, "C-5.2.1-02 "+name)
	}
	assert.Empty(t, f.requests(), "C-5.2.1-02: refused without asking")
}

func TestContentType(t *testing.T) {
	for contentType, good := range map[string]bool{
		t21:                                    true,
		"application/taxii+json; version=2.1":  true,
		`Application/TAXII+JSON;Version="2.1"`: true,
		"application/taxii+json;version=2.1;charset=utf-8":     true,
		"application/taxii+json ; charset=UTF-8 ; version=2.1": true,
		"application/taxii+json":                               true, // the server says nothing against 2.1
		"application/taxii+json;version=2.2":                   false,
		"application/taxii+json;version=2.0":                   false,
		"application/vnd.oasis.taxii+json;version=2.0":         false,
		"application/json":                                     false,
		"text/html; charset=utf-8":                             false,
		"garbage":                                              false,
		"":                                                     false,
	} {
		t.Run("C-3.1-06 C-3.1-05 "+contentType, func(t *testing.T) {
			f := newFake(t, map[string][]reply{
				"GET /taxii2/":       {{body: `{"title":"t"}`, header: map[string]string{"Content-Type": contentType}}},
				"GET " + objectsPath: {{body: `{}`, header: map[string]string{"Content-Type": contentType}}},
			})
			_, err := f.client(t).Discover(t.Context())
			_, pageErr := f.client(t).Objects(t.Context(), f.collection(), client.Query{})
			if good {
				assert.NoError(t, err)
				assert.NoError(t, pageErr)
				return
			}
			assert.ErrorIs(t, err, client.ErrBadResponse)
			assert.ErrorIs(t, pageErr, client.ErrBadResponse)
			assert.Regexp(t, `it is ".*", not TAXII|asked for 2.1`, err.Error())
		})
	}
}
