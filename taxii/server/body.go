package server

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"

	"entente/taxii"
)

// body reads what was posted, and says in which form it is. Nothing of it is looked at before
// the media type is right, and never more than the limit, whether the size is announced, hidden
// by chunks or grows by decompression (TAXII 2.1 §4.2.1, §5.5).
func (s *Server) body(r *request) ([]byte, taxii.Content, error) {
	req := r.Request()
	content, ok := taxii.ContentKind(req.Header.Get("Content-Type"))
	if !ok {
		return nil, 0, unsupportedMedia
	}
	zipped, ok := gzipped(req.Header.Values("Content-Encoding"))
	if !ok {
		return nil, 0, unsupportedCoding
	}
	if req.ContentLength > s.cfg.MaxContentLength {
		return nil, 0, tooLarge
	}
	if err := s.takeTurn(r); err != nil {
		return nil, 0, err
	}
	sent := &counter{from: http.MaxBytesReader(r.Response().Writer, req.Body, s.cfg.MaxContentLength)}
	defer func() { r.received = sent.n }()
	var body []byte
	var err error
	if zipped {
		body, err = s.unzip(sent)
	} else {
		body, err = readAll(sent, max(req.ContentLength, 0))
	}
	return body, content, readFault(err)
}

// unzip reads a body that was compressed, up to the limit of one that was not.
func (s *Server) unzip(from io.Reader) ([]byte, error) {
	z, err := gzip.NewReader(from)
	if err != nil {
		return nil, err
	}
	body, err := readAll(io.LimitReader(z, s.cfg.MaxContentLength+1), 0)
	if err == nil && int64(len(body)) > s.cfg.MaxContentLength {
		err = tooLarge
	}
	return body, err
}

// readAll takes room for what was announced, but for a large body only as it comes.
func readAll(from io.Reader, size int64) ([]byte, error) {
	const most = 1 << 20
	var b bytes.Buffer
	b.Grow(int(min(size, most)) + bytes.MinRead)
	_, err := b.ReadFrom(from)
	return b.Bytes(), err
}

// drainMost bounds what is read of a body that nobody wants.
const drainMost = 64 << 20

// unread is what may be left of a refused request's body. A client of HTTP/1 looks for the answer
// when it has sent everything; if the connection were closed under it, it would never see why. So
// the answer goes out at once, and the rest is read and forgotten. Who waits for a 100 Continue
// has not sent anything, and will not.
func unread(r *request) io.Reader {
	req := r.Request()
	if req.ProtoMajor > 1 || req.Body == nil || req.ContentLength == 0 || req.Header.Get("Expect") != "" {
		return nil
	}
	return req.Body
}

// readFault says what it means that a body could not be read.
func readFault(err error) error {
	var large *http.MaxBytesError
	var timeout net.Error
	switch {
	case err == nil, errors.Is(err, tooLarge):
		return err
	case errors.As(err, &large):
		return tooLarge
	case errors.As(err, &timeout) && timeout.Timeout():
		return tooSlow
	}
	return badBody
}

// gzipped reads Content-Encoding; ok is false for what is not taken.
func gzipped(lines []string) (zipped, ok bool) {
	switch strings.ToLower(strings.TrimSpace(strings.Join(lines, ","))) {
	case "", "identity":
		return false, true
	case "gzip", "x-gzip":
		return true, true
	}
	return false, false
}

// counter counts what passes.
type counter struct {
	from io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}
