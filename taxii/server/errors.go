package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"entente/taxii"
	"entente/trust/exchange"
)

// kind is the kind of an error answer. It is itself an error, for what arises in this package.
type kind uint8

const (
	internal kind = iota // also the zero value: what nobody classified is our fault
	noSuchThing
	noSuchMethod
	unauthenticated
	notAcceptable
	forbidden
	unsupportedMedia
	unsupportedCoding
	tooLarge
	badQuery
	badBody
	unprocessable
	tooSlow
	stopping
	cancelled
)

// faults is what an error answer says, by kind. Only badQuery, tooLarge and unprocessable add to
// it, and only words that taxii made for the caller. What is hidden and what is missing are
// one kind (I-1).
var faults = [...]struct {
	status             int
	title, description string
}{
	internal:          {500, "Internal Server Error", "Something went wrong here. Give the error_id to this node's operators."},
	noSuchThing:       {404, "Not Found", "There is nothing here that you may see. Check the address and the credentials."},
	noSuchMethod:      {405, "Method Not Allowed", "This address does not know that method. The Allow header lists those it knows."},
	unauthenticated:   {401, "Unauthorized", "Send valid credentials by one of the schemes in WWW-Authenticate."},
	notAcceptable:     {406, "Not Acceptable", "Send the header Accept: " + taxii.MediaType},
	forbidden:         {403, "Forbidden", "You may not do this with this collection. Its can_read and can_write say what you may."},
	unsupportedMedia:  {415, "Unsupported Media Type", "Send an envelope with the header Content-Type: " + taxii.MediaType},
	unsupportedCoding: {415, "Unsupported Media Type", "Send the body as it is, or with Content-Encoding: gzip."},
	tooLarge:          {413, "Payload Too Large", "Split the objects over several requests. At most, a body has this many octets, also after decompression: "},
	badQuery:          {400, "Bad Request", "This server did not understand the query: "},
	badBody:           {400, "Bad Request", "The body broke off or does not have the form that the headers announce. Send it again."},
	unprocessable:     {422, "Unprocessable Content", "This body cannot be taken: "},
	tooSlow:           {408, "Request Timeout", "The body did not arrive in time. Send it again, or less at once."},
	stopping:          {503, "Service Unavailable", "This node is stopping. Send the request again later; what was written already does no harm."},
	cancelled:         {503, "Service Unavailable", "The request was given up. Send it again."},
}

func (k kind) Error() string { return faults[k].title }

// retryAfter is for how many seconds a caller is sent away while the node restarts.
const retryAfter = "10"

// classify finds the kind of an error. This is the only place that does.
func classify(ctx context.Context, err error) kind {
	var k kind
	var parameter *taxii.ParameterError
	var envelope *taxii.EnvelopeError
	switch {
	case errors.As(err, &k):
		return k
	case errors.Is(err, exchange.ErrNotFound), errors.Is(err, echo.ErrNotFound):
		return noSuchThing
	case errors.Is(err, echo.ErrMethodNotAllowed):
		return noSuchMethod
	case errors.Is(err, exchange.ErrForbidden):
		return forbidden
	case errors.As(err, &parameter), errors.Is(err, taxii.ErrCursor), errors.Is(err, taxii.ErrQueryTooLong):
		return badQuery
	case errors.As(err, &envelope):
		return unprocessable
	case errors.Is(err, exchange.ErrStopping):
		return stopping
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return cancelled
	}
	return internal
}

// fail answers with the error resource (TAXII 2.1 §3.6.1), unless an answer has begun already.
func (s *Server) fail(r *request, err error) {
	r.kind, r.cause, r.errorID = classify(r.Request().Context(), err), err, s.cfg.NewErrorID()
	if r.Response().Committed {
		return
	}
	rest := unread(r)
	if rest != nil {
		r.Response().Header().Set("Connection", "close")
		_ = http.NewResponseController(r.Response()).EnableFullDuplex() // else the body would be gone with the answer
	}
	f := faults[r.kind]
	body := taxii.Error{Title: f.title, Description: f.description, ErrorID: r.errorID, HTTPStatus: strconv.Itoa(f.status)}
	h := r.Response().Header()
	switch r.kind {
	case unauthenticated:
		h["Www-Authenticate"] = s.challenge
	case noSuchMethod:
		h.Set("Allow", s.allow[r.Path()])
	case notAcceptable:
		body.Details = map[string]any{"supported": []string{taxii.MediaType}}
	case tooLarge:
		body.Description += strconv.FormatInt(s.cfg.MaxContentLength, 10)
		body.Details = map[string]any{"max_content_length": s.cfg.MaxContentLength}
	case badQuery, unprocessable:
		body.Description += told(err)
	case tooSlow:
		h.Set("Connection", "close")
	case stopping, cancelled:
		h.Set("Retry-After", retryAfter)
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("taxii server: an error resource cannot be written: %v", err))
	}
	_ = s.send(r, f.status, text) // a caller who has gone misses it
	if rest != nil {
		_ = http.NewResponseController(r.Response()).Flush()
		n, _ := io.CopyN(io.Discard, rest, drainMost) // what does not come is not missed
		r.received += n
	}
}

// told is the part of an error that is made for the caller.
func told(err error) string {
	var parameter *taxii.ParameterError
	var envelope *taxii.EnvelopeError
	switch {
	case errors.As(err, &parameter):
		return parameter.Error()
	case errors.As(err, &envelope):
		return envelope.Error()
	case errors.Is(err, taxii.ErrQueryTooLong):
		return taxii.ErrQueryTooLong.Error()
	}
	return taxii.ErrCursor.Error()
}
