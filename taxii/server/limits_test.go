package server_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
	"entente/taxii/server"
	"entente/trust"
	"entente/trust/exchange"
)

// listen serves a world on a socket, without TLS, and returns its address.
func (w *world) listen(l server.Limits) string {
	w.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	s := server.HTTPServer(w.server, nil, l, nil)
	go func() { _ = s.Serve(listener) }()
	w.t.Cleanup(func() { _ = s.Close() })
	return listener.Addr().String()
}

// raw writes bytes to a socket and reads one answer.
func (w *world) raw(address, request string) *answer {
	w.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(w.t.Context(), "tcp", address)
	require.NoError(w.t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, request)
	require.NoError(w.t, err)
	return w.read(conn, request)
}

func (w *world) read(conn net.Conn, request string) *answer {
	w.t.Helper()
	method, rest, _ := strings.Cut(request, " ")
	path, _, _ := strings.Cut(rest, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	require.NoError(w.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	if resp.Close { // net/http takes the header away
		resp.Header.Set("Connection", "close")
	}
	return &answer{t: w.t, method: method, path: path, status: resp.StatusCode, header: resp.Header, body: body}
}

// head writes the head of a POST as the analyst.
func postHead(lines ...string) string {
	return "POST " + rootPath + rw + "objects/ HTTP/1.1\r\nHost: x\r\nAccept: " + t21 + "\r\nContent-Type: " + t21 + "\r\nAuthorization: Bearer " + tokenOf("analyst") +
		"\r\n" + strings.Join(append(lines, "\r\n"), "\r\n")
}

func zipped(t testing.TB, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(body)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

// fill is an envelope of exactly n octets.
func fill(n int) string {
	e := envelope(objectM)
	return e[:len(e)-1] + strings.Repeat(" ", n-len(e)) + "}"
}

func TestBodySize(t *testing.T) {
	const most = 8192
	w := newWorld(t, withServer(func(c *server.Config) { c.MaxContentLength = most }))
	address := w.listen(server.Limits{})
	chunked := func(body string) string {
		return postHead("Transfer-Encoding: chunked") + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	}
	sized := func(body string) string {
		return postHead(fmt.Sprintf("Content-Length: %d", len(body))) + body
	}
	gz := func(body string) string {
		z := zipped(t, []byte(body))
		return postHead(fmt.Sprintf("Content-Length: %d", len(z)), "Content-Encoding: gzip") + string(z)
	}
	for _, tc := range []struct {
		name, request string
		status        int
	}{
		{"T-4.2.1-05 one less than the limit", sized(fill(most - 1)), 202},
		{"T-4.2.1-05 the limit", sized(fill(most)), 202},
		{"T-5.5-05 one more, announced", sized(fill(most + 1)), 413},
		{"T-5.5-05 announced only, nothing sent", postHead("Content-Length: 99999999999"), 413},
		{"T-4.2.1-05 F-52 the limit, in chunks", chunked(fill(most)), 202},
		{"T-5.5-05 F-52 one more, in chunks", chunked(fill(most + 1)), 413},
		{"T-HTTP-03 the limit, compressed", gz(fill(most)), 202},
		{"T-5.5-05 ADV-45 one more, compressed", gz(fill(most + 1)), 413},
		{"ADV-45 a gzip bomb", gz(strings.Repeat(" ", 1<<22)), 413},
		{"T-HTTP-03 x-gzip", strings.Replace(gz(fill(most)), "Content-Encoding: gzip", "Content-Encoding: X-GZIP", 1), 202},
		{"T-HTTP-03 identity", strings.Replace(sized(fill(most)), "\r\n\r\n", "\r\nContent-Encoding: identity\r\n\r\n", 1), 202},
		{"ADV-45 gzip in gzip", strings.Replace(gz(fill(most)), "Content-Encoding: gzip", "Content-Encoding: gzip, gzip", 1), 415},
		{"T-HTTP-03 another coding", strings.Replace(sized(fill(most)), "\r\n\r\n", "\r\nContent-Encoding: br\r\n\r\n", 1), 415},
		{"not what its coding says", strings.Replace(sized(fill(most)), "\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n", 1), 400},
		{"ADV-45 no chunk of ours", postHead("Transfer-Encoding: chunked") + "xyz\r\n", 400},
		{"F-52 authentication before the body", strings.Replace(sized(fill(most+1)), tokenOf("analyst"), "x", 1), 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.raw(address, tc.request)
			a.want(tc.status)
			if tc.status == 413 {
				assert.Contains(t, a.error().Description, "8192", "F-52 the answer names the limit")
				assert.Equal(t, map[string]any{"max_content_length": float64(most)}, a.error().Details)
			}
		})
	}
}

func TestSlowCallers(t *testing.T) {
	w := newWorld(t)
	address := w.listen(server.Limits{Header: 100 * time.Millisecond, Read: 200 * time.Millisecond, Write: time.Second, Idle: time.Second})
	t.Run("I-10 a body that does not come", func(t *testing.T) {
		for name, head := range map[string]string{"announced": "Content-Length: 100", "in chunks": "Transfer-Encoding: chunked", "compressed": "Content-Encoding: gzip\r\nContent-Length: 100"} {
			a := w.raw(address, postHead(head))
			assert.Equal(t, "close", a.header.Get("Connection"), name)
			a.want(408)
		}
	})
	t.Run("I-10 a head that does not end", func(t *testing.T) {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		require.NoError(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, "GET /taxii2/ HTTP/1.1\r\n")
		require.NoError(t, err)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
		_, err = io.ReadAll(conn)
		assert.NoError(t, err, "the server hangs up first")
	})
	t.Run("I-10 a body that breaks off", func(t *testing.T) {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		require.NoError(t, err)
		defer conn.Close()
		request := postHead("Content-Length: 100") + "{"
		_, err = io.WriteString(conn, request)
		require.NoError(t, err)
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		w.read(conn, request).want(400)
	})
	t.Run("I-10 a head that is too long", func(t *testing.T) {
		a := w.raw(address, "GET /taxii2/ HTTP/1.1\r\nX: "+strings.Repeat("x", 128<<10)+"\r\n\r\n")
		assert.Equal(t, 431, a.status)
	})
	t.Run("OPTIONS * leads nowhere", func(t *testing.T) {
		w.raw(address, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").want(404)
	})
}

// broken is an exchange whose writes and reads end in an error, or a panic.
type broken struct {
	server.Exchange
	err error
}

func (b broken) Add(context.Context, trust.Principal, string, [][]byte) (taxii.Status, error) {
	return taxii.Status{}, b.err
}

func (b broken) Objects(context.Context, trust.Principal, string, taxii.Query) (taxii.Page, error) {
	if b.err == nil {
		panic("SECRET")
	}
	return taxii.Page{}, b.err
}

func TestFaultsOfOurs(t *testing.T) {
	for _, tc := range []struct {
		name   string
		err    error
		status int
		level  string
	}{
		{"I-3 the node is stopping", fmt.Errorf("commit: %w", exchange.ErrStopping), 503, "INFO"},
		{"nobody classified it", errors.New("SECRET /data/node.db"), 500, "ERROR"},
		{"F-51 a panic", nil, 500, "ERROR"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, withServer(func(c *server.Config) { c.Exchange = broken{c.Exchange, tc.err} }))
			a := w.as("analyst").get(rw + "objects/").want(tc.status)
			assert.NotContains(t, a.bytes(), "SECRET", "I-1")
			assert.Equal(t, tc.status == 503, a.header.Get("Retry-After") != "")
			records := w.log.lines(t)
			require.Len(t, records, 1)
			assert.Equal(t, tc.level, records[0]["level"])
			assert.Equal(t, a.error().ErrorID, records[0]["error_id"], "the log finds it by its id")
			assert.Equal(t, tc.status == 500, strings.Contains(w.log.String(), "SECRET"))
		})
	}
	t.Run("a caller who has gone is no fault", func(t *testing.T) {
		w := newWorld(t, withServer(func(c *server.Config) { c.Exchange = broken{c.Exchange, context.Canceled} }))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := httptest.NewRequest(http.MethodGet, rootPath+rw+"objects/", nil).WithContext(ctx)
		r.Header.Set("Authorization", "Bearer "+tokenOf("analyst"))
		w.server.ServeHTTP(httptest.NewRecorder(), r)
		assert.Equal(t, "INFO", w.log.lines(t)[0]["level"])
	})
	t.Run("an answer that broke off does not look whole", func(t *testing.T) {
		w := newWorld(t)
		r := httptest.NewRequest(http.MethodGet, rootPath+rw+"objects/", nil)
		r.Header.Set("Authorization", "Bearer "+tokenOf("analyst"))
		assert.PanicsWithValue(t, http.ErrAbortHandler, func() { w.server.ServeHTTP(&snapping{httptest.NewRecorder()}, r) })
	})
}

// snapping is a connection of which the writing end panics.
type snapping struct{ *httptest.ResponseRecorder }

func (snapping) Write([]byte) (int, error) { panic("snap") }
