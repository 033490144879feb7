package client

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	json "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// answer is a 2xx answer, read to its end.
type answer struct {
	from   string // method and URL, for errors
	status int
	header http.Header
	body   []byte
}

const taxiiType = "application/taxii+json"

// mediaType reads a media type in any legal spelling; version is empty when not said.
func mediaType(s string) (kind, version string) {
	kind, params, _ := mime.ParseMediaType(s)
	return kind, params["version"]
}

// decode reads an answer that must be a TAXII resource.
func (a answer) decode(v any) error {
	if err := a.checkType(); err != nil {
		return err
	}
	if err := json.Unmarshal(a.body, v, jsontext.AllowInvalidUTF8(true)); err != nil {
		return fmt.Errorf("%s: %w: %w", a.from, ErrBadResponse, err)
	}
	return nil
}

// checkType takes TAXII of version 2.1, or of no said version, and refuses all else: a login page
// or another protocol's answer must not be read as an empty collection.
func (a answer) checkType() error {
	kind, version := mediaType(a.header.Get("Content-Type"))
	switch {
	case kind != taxiiType:
		return fmt.Errorf("%s: %w: it is %q, not TAXII", a.from, ErrBadResponse, shorten(a.header.Get("Content-Type"), 100))
	case version != "" && version != "2.1":
		return fmt.Errorf("%s: %w: TAXII %q, asked for 2.1", a.from, ErrBadResponse, shorten(version, 20))
	}
	return nil
}

// errorLimit bounds an error's body, in octets; what is longer is no TAXII error.
const errorLimit = 64 << 10

// readBody reads the whole body. The limit holds for what comes over the wire and for what
// comes out of the decompression, so that a bomb costs no more than an honest page.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	var r io.Reader = &bounded{r: resp.Body, left: limit}
	switch encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		unzipped, err := gzip.NewReader(r)
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, decodeError(err)
		}
		r = &bounded{r: unzipped, left: limit}
	default:
		return nil, fmt.Errorf("%w: content encoding %q was not asked for", ErrBadResponse, shorten(encoding, 40))
	}
	var body bytes.Buffer
	body.Grow(int(min(max(resp.ContentLength, 512), limit, 4<<20)) + bytes.MinRead)
	if _, err := body.ReadFrom(r); err != nil {
		return nil, decodeError(err)
	}
	return body.Bytes(), nil
}

// decodeError tells broken compression from a broken connection.
func decodeError(err error) error {
	var corrupt flate.CorruptInputError
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt) {
		return fmt.Errorf("%w: %w", ErrBadResponse, err)
	}
	return err
}

// bounded fails where io.LimitReader would pretend that the body had ended.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrResponseTooLarge
	}
	return n, err
}

// watched puts off the idle timer with every read.
type watched struct {
	io.ReadCloser
	timer *time.Timer
	idle  time.Duration
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	w.timer.Reset(w.idle)
	return n, err
}
