package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	json "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"entente/taxii"
)

// What a caller may branch on. The first block matches an [Error] by its status.
var (
	ErrRedirect     = errors.New("the server redirects, and redirects are never followed")
	ErrBadRequest   = errors.New("the server did not understand the request")
	ErrUnauthorized = errors.New("the server does not accept the credentials")
	ErrForbidden    = errors.New("not allowed")
	ErrNotFound     = errors.New("not found, or not shown to this client")
	ErrTooLarge     = errors.New("larger than the server takes")
	ErrThrottled    = errors.New("the server asks to come back later")

	// ErrForeign is a URL outside the configured origin, or not in a form that may be used.
	ErrForeign = errors.New("refused URL")
	// ErrVersion is an API root that does not speak TAXII 2.1.
	ErrVersion = errors.New("the API root does not offer " + taxii.MediaType)
	// ErrQuery is a query that TAXII 2.1 forbids; it was not sent.
	ErrQuery = errors.New("illegal query")
	// ErrBadResponse is an answer that is not what TAXII 2.1 says, beyond what is tolerated.
	ErrBadResponse = errors.New("unusable response")
	// ErrResponseTooLarge is an answer beyond Config.MaxResponse, compressed or not.
	ErrResponseTooLarge = errors.New("response larger than this client takes")
	// ErrSlow is an answer that stalled, or took longer than a whole exchange may.
	ErrSlow = errors.New("the server is too slow")
	// ErrNoProgress is a walk that would never end.
	ErrNoProgress = errors.New("the server promises more but gives no way to it")
	// ErrTooManyPages is a walk that reached Config.MaxPages; the pages given out are good.
	ErrTooManyPages = errors.New("more pages than one walk may have")
	// ErrUnknownOutcome is a pending status that the server forgot or never completed (§4.3):
	// the objects may or may not have been added; sending them again is harmless.
	ErrUnknownOutcome = errors.New("the outcome is unknown")
)

// Error is an answer other than 2xx (TAXII 2.1 §3.6). Its texts come from the server: they are
// shortened, and Error() quotes them.
type Error struct {
	Method, URL string // without the query
	Status      int
	Taxii       taxii.Error   // empty when the body was none, or not a TAXII error
	RetryAfter  time.Duration // zero when the server named none
	Challenges  []Challenge   // of a 401
	Location    string        // of a redirect, for a person to read
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %d %s", e.Method, e.URL, e.Status, http.StatusText(e.Status))
	if e.Taxii.Title != "" {
		fmt.Fprintf(&b, ": %q", e.Taxii.Title)
	}
	if e.Taxii.Description != "" {
		fmt.Fprintf(&b, ": %q", e.Taxii.Description)
	}
	if e.Taxii.ErrorID != "" {
		fmt.Fprintf(&b, " (error_id %q)", e.Taxii.ErrorID)
	}
	if e.Location != "" {
		fmt.Fprintf(&b, ": not followed to %q", e.Location)
	}
	return b.String()
}

// Is matches the sentinel of e's status.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrRedirect:
		return e.Status/100 == 3
	case ErrBadRequest:
		return e.Status == http.StatusBadRequest
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized
	case ErrForbidden:
		return e.Status == http.StatusForbidden
	case ErrNotFound:
		return e.Status == http.StatusNotFound
	case ErrTooLarge:
		return e.Status == http.StatusRequestEntityTooLarge
	case ErrThrottled:
		return e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable
	}
	return false
}

// parseError reads an error body of any origin. What is not a JSON object says nothing; numbers
// stand for their text, because servers send http_status so; `name` stands in for a missing
// title, as OpenTAXII writes it.
func parseError(body []byte) taxii.Error {
	var members map[string]jsontext.Value
	if json.Unmarshal(body, &members, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) != nil {
		return taxii.Error{}
	}
	text := func(name string, limit int) string {
		v := members[name]
		switch v.Kind() {
		case '"':
			var s string
			if json.Unmarshal(v, &s, jsontext.AllowInvalidUTF8(true)) != nil {
				return ""
			}
			return shorten(s, limit)
		case '0':
			return shorten(string(v), limit)
		}
		return ""
	}
	e := taxii.Error{
		Title:           text("title", 256),
		Description:     text("description", 1024),
		ErrorID:         text("error_id", 256),
		ErrorCode:       text("error_code", 256),
		HTTPStatus:      text("http_status", 16),
		ExternalDetails: text("external_details", 1024),
	}
	if e.Title == "" {
		e.Title = text("name", 256)
	}
	if d := members["details"]; d.Kind() == '{' && json.Unmarshal(d, &e.Details) != nil {
		e.Details = nil
	}
	return e
}

// shorten cuts s to at most limit bytes, at a character's edge.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
