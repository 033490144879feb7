package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"

	"entente/taxii"
)

// compressFrom is the least size, in octets, of an answer that is worth compressing.
const compressFrom = 1 << 10

// send writes an answer whose body is the parts in a row. Its length is always known, and the
// answer to HEAD is that to GET without the body.
func (s *Server) send(r *request, status int, parts ...[]byte) error {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	h := r.Response().Header()
	if size > compressFrom && takesGzip(r.Request().Header.Values("Accept-Encoding")) {
		buffer := s.compress(parts)
		defer s.buffers.Put(buffer)
		parts, size = [][]byte{buffer.Bytes()}, buffer.Len()
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(size))
	r.Response().WriteHeader(status)
	if r.Request().Method == http.MethodHead {
		return nil
	}
	for _, part := range parts {
		if len(part) == 0 {
			continue
		}
		if _, err := r.Response().Write(part); err != nil {
			return cancelled
		}
	}
	return nil
}

func (s *Server) compress(parts [][]byte) *bytes.Buffer {
	buffer, z := s.buffers.Get().(*bytes.Buffer), s.gzips.Get().(*gzip.Writer)
	defer s.gzips.Put(z)
	buffer.Reset()
	z.Reset(buffer)
	for _, part := range parts {
		_, _ = z.Write(part) // a buffer takes everything
	}
	_ = z.Close()
	return buffer
}

// sendResource writes a small resource.
func (s *Server) sendResource(r *request, status int, resource any) error {
	body, err := json.Marshal(resource)
	if err != nil {
		return err
	}
	return s.send(r, status, body)
}

// sendObjects writes a page's stored bytes as they are, in an envelope (TAXII 2.1 §3.7).
func (s *Server) sendObjects(r *request, p taxii.Page) error {
	head, tail := taxii.EnvelopeFrame(p, form(r))
	datePage(r, p)
	return s.send(r, http.StatusOK, head, p.Objects, tail)
}

// sendRecords writes a page's manifest records in the form that write gives them.
func (s *Server) sendRecords(r *request, p taxii.Page, write func([]byte, taxii.Page, taxii.PageForm) []byte) error {
	datePage(r, p)
	return s.send(r, http.StatusOK, write(nil, p, form(r)))
}

// datePage sets the headers of TAXII 2.1 §3.2, which an empty page has too.
func datePage(r *request, p taxii.Page) {
	r.objects = p.Count
	h := r.Response().Header()
	h.Set("X-TAXII-Date-Added-First", taxii.FormatTimestamp(p.First))
	h.Set("X-TAXII-Date-Added-Last", taxii.FormatTimestamp(p.Last))
}

func form(r *request) taxii.PageForm {
	return taxii.PageForm{EmptyList: r.principal.Has("empty-objects")}
}

// takesGzip reads Accept-Encoding (RFC 9110 §12.5.3): gzip, named or by *, with a weight above 0.
func takesGzip(lines []string) bool {
	named, any := false, false
	for element := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		coding, params, _ := strings.Cut(element, ";")
		weight, weighted := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(params, " ", "")), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		takes := !weighted || err == nil && q > 0
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			if !takes {
				return false
			}
			named = true
		case "*":
			any = takes
		}
	}
	return named || any
}
