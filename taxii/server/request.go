package server

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"

	"entente/taxii"
	"entente/trust"
)

// request is one request on its way: who asks, and what the log will say of it.
type request struct {
	echo.Context
	principal  trust.Principal
	collection string // alias, or id; set when the caller proved to see it
	objects    int    // handed out or taken in
	received   int64  // octets of the body, as sent
	kind       kind   // of the error answer, if it is one
	errorID    string
	cause      error  // what the caller is not told
	end        func() // ends the caller's turn, if this request has one
}

// takeTurn waits until the caller may have one more large body in hand.
func (s *Server) takeTurn(r *request) (err error) {
	who := r.principal.String()
	if r.principal.Kind == trust.Anonymous {
		who += " " + r.RealIP()
	}
	r.end, err = s.turns.take(r.Request().Context(), who)
	return err
}

// observe surrounds every request, also one that leads nowhere: the headers of every answer, the
// error resource, one log record, the metrics. A panic is an error like others.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := s.cfg.Now()
		r := &request{Context: c}
		defer func() {
			p, begun := recover(), r.Response().Committed
			if r.end != nil {
				defer r.end()
			}
			if p != nil {
				s.fail(r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
			s.record(r, s.cfg.Now().Sub(start))
			if p != nil && begun {
				panic(http.ErrAbortHandler) // an answer that broke off must not look whole
			}
		}()
		h := r.Response().Header()
		h.Set("Content-Type", taxii.MediaType) // TAXII 2.1 §3.1, also of errors
		h.Set("Cache-Control", "no-store")
		h.Set("Vary", "Accept, Accept-Encoding, Authorization")
		h.Set("X-Content-Type-Options", "nosniff")
		answer := next
		if r.Request().Method == http.MethodOptions && r.Path() != "" {
			answer = echo.MethodNotAllowedHandler // echo would answer by itself
		}
		if err := answer(r); err != nil {
			s.fail(r, err)
		}
		return nil
	}
}
