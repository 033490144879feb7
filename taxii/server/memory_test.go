package server_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii/server"
)

// clients.md 7.12, I-10: neither a body of 100 MiB nor a thousand clients that keep their connection
// open without a word take memory that anybody else would miss.
func TestMemory(t *testing.T) {
	const most = 1 << 20
	w := newWorld(t, withServer(func(c *server.Config) { c.MaxContentLength = most }))
	address := w.listen(server.Limits{})
	heap := func() (inUse, total uint64) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, m.TotalAlloc
	}

	t.Run("100 MiB in one body", func(t *testing.T) {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		defer conn.Close()
		_, before := heap()
		_, err = conn.Write([]byte(postHead("Transfer-Encoding: chunked")))
		require.NoError(t, err)
		chunk := append(append(fmt.Appendf(nil, "%x\r\n", 1<<20), bytes.Repeat([]byte(" "), 1<<20)...), "\r\n"...)
		for range 100 {
			if _, err := conn.Write(chunk); err != nil {
				break // the server has heard enough and hung up
			}
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil { // else the answer was lost with the connection
			assert.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
			resp.Body.Close()
		}
		_, after := heap()
		assert.Less(t, after-before, uint64(16*most), "what was allocated follows the limit, not the body")
	})
	t.Run("1000 idle clients", func(t *testing.T) {
		const clients = 1000
		before, _ := heap()
		for range clients {
			conn, err := net.Dial("tcp", address)
			require.NoError(t, err)
			t.Cleanup(func() { _ = conn.Close() })
			_, err = conn.Write([]byte("GET /taxii2/ HTTP/1.1\r\nHost: x\r\nAccept: " + t21 + "\r\nAuthorization: Bearer " + tokenOf("analyst") + "\r\n\r\n"))
			require.NoError(t, err)
			resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 512), nil)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, resp.StatusCode)
			resp.Body.Close()
		}
		during, _ := heap()
		assert.Less(t, during-before, uint64(clients*64<<10), "at most 64 KiB for each")
		w.as("analyst").get("/taxii2/").want(200)
	})
}

// T-5.5-05, A-11: a client that sends its whole body before it looks for an answer gets the answer,
// over TLS too, whether it was too large or refused for another reason.
func TestAnswerToARefusedBody(t *testing.T) {
	w := newWorld(t, withServer(func(c *server.Config) { c.MaxContentLength = 64 << 10 }))
	s := httptest.NewUnstartedServer(w.server)
	s.StartTLS()
	t.Cleanup(s.Close)
	const size = 12 << 20
	body := bytes.Repeat([]byte(" "), size)
	for _, tc := range []struct {
		name, request string
		status        int
	}{
		{"too large", postHead(fmt.Sprintf("Content-Length: %d", size)), 413},
		{"no credentials", "POST " + rootPath + rw + "objects/ HTTP/1.1\r\nHost: x\r\nContent-Length: " + fmt.Sprint(size) + "\r\n\r\n", 401},
		{"no such method", "POST /taxii2/ HTTP/1.1\r\nHost: x\r\nContent-Length: " + fmt.Sprint(size) + "\r\n\r\n", 405},
		{"another media type", strings.Replace(postHead(fmt.Sprintf("Content-Length: %d", size)), "Content-Type: "+t21, "Content-Type: text/plain", 1), 415},
	} {
		t.Run(tc.name, func(t *testing.T) {
			conn, err := tls.Dial("tcp", s.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
			require.NoError(t, err)
			defer conn.Close()
			_, err = conn.Write(append([]byte(tc.request), body...))
			require.NoError(t, err, "everything is taken")
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			defer resp.Body.Close()
			assert.Equal(t, tc.status, resp.StatusCode)
		})
	}
}
