package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"entente/taxii"
)

// Server answers TAXII requests. It is immutable: what belongs to one request lives in its
// own [request].
type Server struct {
	cfg       Config
	echo      *echo.Echo
	allow     map[string]string // methods by route, as the Allow header lists them
	challenge []string          // WWW-Authenticate
	extra     taxii.Fields      // match fields beyond the standard's
	metrics   *metrics
	turns     *turns

	discoveryBody, rootBody []byte
	gzips, buffers          sync.Pool
}

// New makes a server. It does not listen: see [HTTPServer].
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("taxii server: %w", err)
	}
	s := &Server{cfg: cfg, echo: echo.New(), challenge: challenges(cfg), metrics: newMetrics(), turns: newTurns(cfg.Parallel)}
	if cfg.OptionalFilters {
		s.extra = taxii.ExtraFields
	}
	if err := s.describe(); err != nil {
		return nil, fmt.Errorf("taxii server: %w", err)
	}
	s.gzips.New = func() any {
		z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the error only tells of a bad level
		return z
	}
	s.buffers.New = func() any { return new(bytes.Buffer) }
	s.echo.IPExtractor = echo.ExtractIPDirect()
	s.echo.Use(s.observe)
	s.register()
	return s, nil
}

// describe writes the two resources that are the same for everybody.
func (s *Server) describe() error {
	root, err := s.cfg.apiRoot()
	if err != nil {
		return err
	}
	s.discoveryBody, err = json.Marshal(taxii.Discovery{
		Title: s.cfg.Title, Description: s.cfg.Description, Contact: s.cfg.Contact,
		Default: root, APIRoots: []string{root},
	})
	if err != nil {
		return err
	}
	s.rootBody, err = json.Marshal(taxii.APIRoot{
		Title: s.cfg.Title, Description: s.cfg.Description,
		Versions: []string{taxii.MediaType}, MaxContentLength: s.cfg.MaxContentLength,
	})
	return err
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := canonical(r.URL.Path, r.URL.RawPath)
	if !ok {
		path = "/" // which is no route
	}
	routed, u := *r, *r.URL
	u.Path, u.RawPath = path, ""
	routed.URL = &u
	s.echo.ServeHTTP(w, &routed)
}
