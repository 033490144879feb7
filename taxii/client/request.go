package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"entente/taxii"
)

// request is one question to the server.
type request struct {
	method string
	url    *url.URL
	body   []byte // of a POST
	limit  int64  // of the answer's body, besides Config.MaxResponse
}

// scheme is a way to authenticate.
type scheme uint8

const (
	schemeNone scheme = iota
	schemeBearer
	schemeBasic
)

func (c Credentials) first() scheme {
	switch {
	case c.Token != nil:
		return schemeBearer
	case c.User != "":
		return schemeBasic
	}
	return schemeNone
}

// proof is an Authorization header's value and where it came from.
type proof struct {
	scheme scheme
	token  string
}

// do sends the request, again where that can help: after a dropped connection, a 429 or a 5xx
// that passes. Every TAXII request may be repeated: reading changes nothing, adding the same
// object twice is no error (§5.5), deleting twice finds nothing. A 401 is answered at most once.
func (c *Client) do(ctx context.Context, rq request) (answer, error) {
	c.mu.Lock()
	scheme := c.scheme
	c.mu.Unlock()
	p, err := c.prove(ctx, scheme, "")
	if err != nil {
		return answer{}, err
	}
	for attempt, reproved := 1, false; ; attempt++ {
		a, err := c.exchange(ctx, rq, p)
		if err == nil {
			c.mu.Lock()
			c.scheme = p.scheme
			c.mu.Unlock()
			return a, nil
		}
		var refusal *Error
		if errors.As(err, &refusal) && refusal.Status == http.StatusUnauthorized && !reproved {
			reproved = true
			other, ok, proofErr := c.otherProof(ctx, p, refusal.Challenges)
			if proofErr != nil {
				return answer{}, errors.Join(err, proofErr)
			}
			if ok {
				p = other
				continue
			}
		}
		if attempt >= c.cfg.Attempts || !passing(ctx, err) {
			return answer{}, err
		}
		wait := c.backoff(attempt, refusal)
		if wait > c.cfg.Timeouts.MaxWait {
			return answer{}, err
		}
		c.cfg.Logger.WarnContext(ctx, "taxii request is repeated", "url", plainURL(rq.url), "attempt", attempt, "wait", wait, "error", err)
		if err := c.cfg.Sleep(ctx, wait); err != nil {
			return answer{}, err
		}
	}
}

// prove makes the proof of a scheme.
func (c *Client) prove(ctx context.Context, s scheme, refused string) (proof, error) {
	if s != schemeBearer {
		return proof{scheme: s}, nil
	}
	token, err := c.cfg.Credentials.Token(ctx, refused)
	if err != nil {
		return proof{}, fmt.Errorf("get a token: %w", err)
	}
	if token == "" || hasControl(token) || strings.Contains(token, " ") {
		return proof{}, errors.New("get a token: it is empty, or has spaces or control characters")
	}
	return proof{scheme: s, token: token}, nil
}

// otherProof looks for a proof that the server has not refused yet, among those that it asks
// for: a fresh token, else the password.
func (c *Client) otherProof(ctx context.Context, p proof, asked []Challenge) (proof, bool, error) {
	offers := func(scheme string) bool {
		for _, ch := range asked {
			if strings.EqualFold(ch.Scheme, scheme) {
				return true
			}
		}
		return false
	}
	if c.cfg.Credentials.Token != nil && (p.scheme == schemeBearer && len(asked) == 0 || offers("Bearer")) {
		fresh, err := c.prove(ctx, schemeBearer, p.token)
		if err != nil || fresh.token != p.token {
			return fresh, err == nil, err
		}
	}
	if p.scheme != schemeBasic && c.cfg.Credentials.User != "" && offers("Basic") {
		return proof{scheme: schemeBasic}, true, nil
	}
	return proof{}, false, nil
}

// exchange sends the request once and reads the answer to its end.
func (c *Client) exchange(ctx context.Context, rq request, p proof) (answer, error) {
	from := rq.method + " " + plainURL(rq.url)
	ctx, cancelTotal := context.WithTimeoutCause(ctx, c.cfg.Timeouts.Total, ErrSlow)
	defer cancelTotal()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	hr, err := c.newRequest(ctx, rq, p)
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", from, err)
	}
	resp, err := c.transport.RoundTrip(hr) // and not http.Client: nothing here knows how to redirect
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", from, slowOr(ctx, err))
	}
	stalled := time.AfterFunc(c.cfg.Timeouts.Idle, func() { cancel(ErrSlow) })
	defer stalled.Stop()
	resp.Body = &watched{ReadCloser: resp.Body, timer: stalled, idle: c.cfg.Timeouts.Idle}
	defer resp.Body.Close()

	if resp.StatusCode/100 != 2 {
		return answer{}, c.refusal(resp, rq)
	}
	body, err := readBody(resp, min(rq.limit, c.cfg.MaxResponse))
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", from, slowOr(ctx, err))
	}
	return answer{from: from, status: resp.StatusCode, header: resp.Header, body: body}, nil
}

func (c *Client) newRequest(ctx context.Context, rq request, p proof) (*http.Request, error) {
	var body io.Reader
	if rq.body != nil {
		body = bytes.NewReader(rq.body)
	}
	hr, err := http.NewRequestWithContext(ctx, rq.method, rq.url.String(), body)
	if err != nil {
		return nil, err
	}
	hr.Header.Set("Accept", taxii.MediaType)
	hr.Header.Set("Accept-Encoding", "gzip")
	hr.Header.Set("User-Agent", c.cfg.UserAgent)
	if rq.body != nil {
		hr.Header.Set("Content-Type", taxii.MediaType)
	}
	switch p.scheme {
	case schemeBasic:
		pair := c.cfg.Credentials.User + ":" + c.cfg.Credentials.Password
		hr.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	case schemeBearer:
		hr.Header.Set("Authorization", "Bearer "+p.token)
	}
	return hr, nil
}

// refusal makes an Error of an answer that is not 2xx. Its body may be missing, foreign or cut.
func (c *Client) refusal(resp *http.Response, rq request) *Error {
	e := &Error{Method: rq.method, URL: plainURL(rq.url), Status: resp.StatusCode}
	if body, err := readBody(resp, errorLimit); err == nil {
		e.Taxii = parseError(body)
	}
	if e.Is(ErrRedirect) {
		e.Location = shorten(resp.Header.Get("Location"), 256)
	}
	if e.Is(ErrUnauthorized) {
		e.Challenges = parseChallenges(resp.Header.Values("WWW-Authenticate"))
	}
	e.RetryAfter = c.retryAfter(resp.Header)
	return e
}

// retryAfter reads seconds, or an HTTP date, which is compared with the server's own clock
// where it shows one (RFC 9110 §10.2.3). A value beyond a day counts as a day.
func (c *Client) retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, 24*time.Hour)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = c.cfg.Now()
	}
	return min(max(at.Sub(now), 0), 24*time.Hour)
}

// backoff is the pause before the next attempt: what the server asks for, else 0.5 s doubling,
// spread so that many clients do not come back together.
func (c *Client) backoff(attempt int, refusal *Error) time.Duration {
	if refusal != nil && refusal.RetryAfter > 0 {
		return refusal.RetryAfter
	}
	base := min(500*time.Millisecond<<min(attempt-1, 10), c.cfg.Timeouts.MaxWait)
	return base/2 + time.Duration(c.cfg.Jitter()*float64(base/2))
}

// passing reports whether a failure may pass by itself.
func passing(ctx context.Context, err error) bool {
	if ctx.Err() != nil || errors.Is(err, ErrSlow) || errors.Is(err, ErrForeign) {
		return false
	}
	var refusal *Error
	if errors.As(err, &refusal) {
		switch refusal.Status {
		case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	}
	var cert *tls.CertificateVerificationError
	var host x509.HostnameError
	if errors.As(err, &cert) || errors.As(err, &host) {
		return false
	}
	var op *net.OpError
	if errors.As(err, &op) { // crypto/tls reports alerts as operations of these names
		return op.Op != "remote error" && op.Op != "local error"
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// slowOr names our own time limit as the reason where it is one.
func slowOr(ctx context.Context, err error) error {
	var timeout net.Error
	if errors.Is(context.Cause(ctx), ErrSlow) || ctx.Err() == nil && errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("%w: %w", ErrSlow, err)
	}
	return err
}

// plainURL is for errors and logs: without the query.
func plainURL(u *url.URL) string {
	plain := *u
	plain.RawQuery = ""
	return plain.String()
}
