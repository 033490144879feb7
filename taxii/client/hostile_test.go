package client_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii/client"
)

func TestRedirectsAreErrors(t *testing.T) {
	tlsAttacker := newFake(t, nil)
	plain := unstartedFake(t, nil)
	plain.Start()
	object := [][]byte{[]byte(indicator(badIP))}
	for _, status := range []int{300, 301, 302, 303, 304, 305, 307, 308} {
		for name, target := range map[string]string{
			"another host": tlsAttacker.URL + "/taxii2/", "http on loopback": plain.URL + "/", "the same host": "/elsewhere/", "nowhere": "", "no URL": "%zz://",
		} {
			t.Run(fmt.Sprintf("ADV-50 C-8.5.1-D1 %d to %s", status, name), func(t *testing.T) {
				to := reply{status: status, header: map[string]string{"Location": target, "Refresh": "0; url=" + target}}
				f := newFake(t, map[string][]reply{
					"GET /taxii2/": {to}, "GET " + objectsPath: {to}, "POST " + objectsPath: {to}, "DELETE " + objectsPath + badIP + "/": {to},
				})
				c := f.client(t, basic)
				_, err := c.Discover(t.Context())
				assert.ErrorIs(t, err, client.ErrRedirect)
				_, _, err = collect(c, f, t, client.Query{})
				assert.ErrorIs(t, err, client.ErrRedirect)
				_, err = c.Add(t.Context(), f.collection(), object)
				assert.ErrorIs(t, err, client.ErrRedirect)
				assert.ErrorIs(t, c.Delete(t.Context(), f.collection(), badIP, client.Query{}), client.ErrRedirect)
				assert.Len(t, f.requests(), 4, "not even on the same host")
			})
		}
	}
	assert.Empty(t, tlsAttacker.requests(), "0 bytes and 0 headers at the attacker")
	assert.Empty(t, plain.requests(), "0 bytes and 0 headers at the attacker")
}

func TestNoProxyFromTheEnvironment(t *testing.T) {
	proxy := unstartedFake(t, nil)
	proxy.Start()
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("HTTP_PROXY", proxy.URL)
	c, err := client.New(client.Config{Discovery: "https://taxii.invalid/taxii2/", Attempts: 1,
		Dial: func(_ context.Context, _, address string) (net.Conn, error) {
			assert.Equal(t, "taxii.invalid:443", address)
			return nil, io.ErrClosedPipe
		}})
	require.NoError(t, err)
	_, err = c.Discover(t.Context())
	assert.ErrorIs(t, err, io.ErrClosedPipe)
	assert.Empty(t, proxy.requests())
}

func gzipped(t testing.TB, parts ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, part := range parts { // one member each
		w := gzip.NewWriter(&out)
		_, err := w.Write(part)
		require.NoError(t, err)
		require.NoError(t, w.Close())
	}
	return out.Bytes()
}

// sends answers with the body and these headers.
func sends(body []byte, header ...string) reply {
	return reply{do: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", t21)
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Write(body)
	}}
}

func TestBodies(t *testing.T) {
	page := []byte(`{"objects":[{"a":1}]}`)
	const limit = 1 << 20
	endless := reply{do: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", t21)
		io.WriteString(w, `{"objects":["`)
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte("a"), 4096)); err != nil {
				return
			}
		}
	}}
	bomb := gzipped(t, make([]byte, 16<<20))
	for name, row := range map[string]struct {
		reply reply
		want  error // nil: one object
	}{
		"gzip":                               {sends(gzipped(t, page), "Content-Encoding", "gzip"), nil},
		"gzip, in capitals":                  {sends(gzipped(t, page), "Content-Encoding", "GZIP"), nil},
		"gzip in two members":                {sends(gzipped(t, page[:5], page[5:]), "Content-Encoding", "gzip"), nil},
		"identity":                           {sends(page, "Content-Encoding", "identity"), nil},
		"as large as may be":                 {sends(append(page, bytes.Repeat([]byte(" "), limit-len(page))...)), nil},
		"ADV-45 one octet more":              {sends(append(page, bytes.Repeat([]byte(" "), limit-len(page)+1)...)), client.ErrResponseTooLarge},
		"ADV-45 an endless body":             {endless, client.ErrResponseTooLarge},
		"ADV-45 a gzip bomb":                 {sends(bomb, "Content-Encoding", "gzip"), client.ErrResponseTooLarge},
		"ADV-45 gzip in gzip":                {sends(gzipped(t, gzipped(t, page)), "Content-Encoding", "gzip, gzip"), client.ErrBadResponse},
		"ADV-45 gzip in gzip, not said":      {sends(gzipped(t, gzipped(t, page)), "Content-Encoding", "gzip"), client.ErrBadResponse},
		"ADV-45 endless empty members":       {sends(bytes.Repeat(gzipped(t, nil), limit/20), "Content-Encoding", "gzip"), client.ErrResponseTooLarge},
		"an encoding that was not asked for": {sends(page, "Content-Encoding", "br"), client.ErrBadResponse},
		"gzip that is none":                  {sends(page, "Content-Encoding", "gzip"), client.ErrBadResponse},
		"gzip that is damaged":               {sends(damaged(gzipped(t, page)), "Content-Encoding", "gzip"), client.ErrBadResponse},
		"gzip that is cut":                   {sends(gzipped(t, page)[:20], "Content-Encoding", "gzip"), io.ErrUnexpectedEOF},
		"shorter than its Content-Length":    {sends(page, "Content-Length", "1000"), io.ErrUnexpectedEOF},
		"HTML":                               {sends([]byte("<html>"), "Content-Type", "text/html"), client.ErrBadResponse},
		"HTML that says TAXII":               {sends([]byte("<html>")), client.ErrBadResponse},
		"truncated JSON":                     {sends(page[:15]), client.ErrBadResponse},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"GET " + objectsPath: {row.reply}})
			p, err := f.client(t, func(c *client.Config) { c.MaxResponse = limit }).Objects(t.Context(), f.collection(), client.Query{})
			assert.Equal(t, "gzip", f.requests()[0].Header.Get("Accept-Encoding"))
			if row.want != nil {
				assert.ErrorIs(t, err, row.want)
				return
			}
			require.NoError(t, err)
			assert.Len(t, p.Items, 1)
		})
	}
}

func damaged(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)-6] ^= 1 // the checksum
	return b
}

// A full page of the most expensive entries stays within a few times its size.
func TestMemoryIsBounded(t *testing.T) {
	const limit = 8 << 20
	body := []byte(`{"objects":[` + strings.Repeat("{},", limit/3-10) + `{}]}`)
	f := newFake(t, map[string][]reply{"GET " + objectsPath: {sends(gzipped(t, body), "Content-Encoding", "gzip")}})
	c := f.client(t, func(c *client.Config) { c.MaxResponse = limit })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := c.Objects(t.Context(), f.collection(), client.Query{})
	runtime.ReadMemStats(&after)
	assert.ErrorIs(t, err, client.ErrBadResponse, "ADV-45: more entries than a page may have")
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(200<<20), "ADV-45: all that was ever allocated, regrowing included")
}

func TestControlResourcesAreSmall(t *testing.T) {
	f := newFake(t, map[string][]reply{
		"GET /taxii2/":                        {sends([]byte(`{"title":"t","api_roots":["` + strings.Repeat(`/a/","`, 1<<18) + `/b/"]}`))},
		"DELETE " + objectsPath + badIP + "/": {sends(bytes.Repeat([]byte(" "), 2<<20))},
	})
	c := f.client(t)
	_, err := c.Discover(t.Context())
	assert.ErrorIs(t, err, client.ErrResponseTooLarge, "ADV-45")
	assert.ErrorIs(t, c.Delete(t.Context(), f.collection(), badIP, client.Query{}), client.ErrResponseTooLarge, "ADV-45")
}

func TestHugeHeaders(t *testing.T) {
	many := reply{do: func(w http.ResponseWriter, _ *http.Request) {
		for i := range 10_000 {
			w.Header().Set(fmt.Sprintf("X-%d", i), "0123456789")
		}
	}}
	for name, rp := range map[string]reply{
		"ADV-45 one long header":  sends(nil, "X-Long", strings.Repeat("a", 1<<20)),
		"ADV-45 ten thousand":     many,
		"ADV-45 a long challenge": challenge("Basic realm=" + strings.Repeat("a", 1<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"GET /taxii2/": {rp}})
			_, err := f.client(t).Discover(t.Context())
			assert.ErrorContains(t, err, "header")
			assert.Len(t, f.requests(), 1, "not asked for again")
		})
	}
}

func TestRootsThatChange(t *testing.T) {
	f := newFake(t, nil)
	attacker := newFake(t, nil)
	f.script = map[string][]reply{
		"GET /taxii2/":             {{body: `{"title":"t","api_roots":["/api1/"]}`}, {body: `{"title":"t","api_roots":["` + attacker.URL + `/api1/"]}`}},
		"GET /api1/":               {{body: `{"title":"t","versions":["` + t21 + `"],"max_content_length":100}`}, {body: `{"title":"t","versions":[],"max_content_length":1}`}},
		"GET /api1/collections/x/": {{body: `{"id":"../../admin","title":"t","can_read":true,"can_write":true}`}},
	}
	c := f.client(t, basic)
	d, err := c.Discover(t.Context())
	require.NoError(t, err)
	root, err := c.APIRoot(t.Context(), d.Roots[0])
	require.NoError(t, err)
	d, err = c.Discover(t.Context())
	require.NoError(t, err)
	assert.Empty(t, d.Roots, "C-8.5.1-D1")
	assert.Len(t, d.Refused, 1)
	_, err = c.APIRoot(t.Context(), root.URL)
	assert.ErrorIs(t, err, client.ErrVersion, "C-4.2.1-01")
	col, err := c.Collection(t.Context(), root, "x")
	require.NoError(t, err)
	_, err = c.Objects(t.Context(), col, client.Query{})
	assert.ErrorIs(t, err, client.ErrForeign, "an id that climbs out of its root")
	assert.Empty(t, attacker.requests())
}

// stalling is a server on a pipe: it writes the text, then one octet per pause, until ctx ends.
func stalling(ctx context.Context, text string, pause time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			request := make([]byte, 4096)
			if _, err := theirs.Read(request); err != nil {
				return
			}
			if _, err := io.WriteString(theirs, text); err != nil {
				return
			}
			for {
				select {
				case <-ctx.Done():
					return
				case <-time.After(pause):
				}
				if _, err := io.WriteString(theirs, " "); err != nil {
					return
				}
			}
		}()
		return ours, nil
	}
}

func TestSlowServers(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: " + t21 + "\r\nContent-Length: 1000000\r\n\r\n"
	timeouts := client.Timeouts{Header: 20 * time.Second, Idle: 10 * time.Second, Total: time.Minute}
	for name, row := range map[string]struct {
		text  string
		pause time.Duration
		after time.Duration
	}{
		"ADV-45 no answer":                   {"", time.Hour, timeouts.Header},
		"ADV-45 half a header":               {head[:30], time.Hour, timeouts.Header},
		"ADV-45 a body that stalls":          {head + "{", time.Hour, timeouts.Idle},
		"ADV-45 an error's body that stalls": {"HTTP/1.1 400 Bad\r\nContent-Length: 9\r\n\r\n{", time.Hour, timeouts.Idle},
		"ADV-45 a body that trickles":        {head + "{", 9 * time.Second, timeouts.Total},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := client.New(client.Config{Discovery: "http://fs/taxii2/", AllowHTTP: true, Timeouts: timeouts, Dial: stalling(t.Context(), row.text, row.pause)})
				require.NoError(t, err)
				start := time.Now()
				_, err = c.Discover(t.Context())
				require.Error(t, err)
				if !strings.Contains(row.text, "400") {
					assert.ErrorIs(t, err, client.ErrSlow)
				}
				assert.Equal(t, row.after, time.Since(start))
				c.Close()
			})
		})
	}
}

func TestDeadlineOfTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := client.New(client.Config{Discovery: "http://fs/taxii2/", AllowHTTP: true, Dial: stalling(t.Context(), "", time.Hour)})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = c.Discover(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotErrorIs(t, err, client.ErrSlow)
	})
}

func TestDialsNobodyElse(t *testing.T) {
	var dialled []string
	c, err := client.New(client.Config{Discovery: "https://Hub.Example/taxii2/", Attempts: 2, Sleep: func(context.Context, time.Duration) error { return nil },
		Dial: func(_ context.Context, _, address string) (net.Conn, error) {
			dialled = append(dialled, address)
			return nil, &net.OpError{Op: "dial", Err: io.ErrClosedPipe}
		}})
	require.NoError(t, err)
	for _, ref := range []string{"/api1/", "https://hub.example/api1/", "https://HUB.example:443/api1/", "https://hub.example:444/", "https://hub.example@evil/", "https://evil/"} {
		_, err := c.APIRoot(t.Context(), ref)
		assert.Error(t, err)
	}
	require.Len(t, dialled, 6, "two attempts for each of the three that are the origin")
	for _, address := range dialled {
		assert.Equal(t, "hub.example:443", strings.ToLower(address), "C-8.5.1-D1")
	}
}
