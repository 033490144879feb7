package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"regexp"
	"strings"
	"time"
)

// Config is what a client is made of. Only Discovery has no default.
type Config struct {
	// Discovery is the discovery URL, "https://taxii.example/taxii2/", whose origin is the only
	// one this client ever talks to; or a bare domain, "example", whose SRV record
	// _taxii2._tcp names the server (§8.4.2). The record is looked up once.
	Discovery string
	// AllowHTTP lets Discovery be an http:// URL: for loopback laboratories and tests.
	AllowHTTP bool

	Credentials Credentials
	TLS         TLS

	UserAgent   string // product/version (RFC 9110 §10.1.5); default "entente/0"
	PageLimit   int    // limit of queries that name none; default 0: the server's page size
	MaxPages    int    // pages of one walk; default 10,000
	MaxResponse int64  // octets of one answer, also after decompression; default 64 MiB
	MaxRequest  int64  // octets of one POST, if the API root allows as many; default 8 MiB
	Attempts    int    // of one request that meets a passing failure; default 4
	Timeouts    Timeouts

	Now      func() time.Time                                 // default time.Now; for certificates and HTTP dates only
	Sleep    func(ctx context.Context, d time.Duration) error // default a timer; ends early with ctx's error
	Jitter   func() float64                                   // in [0,1); default math/rand
	Resolver Resolver                                         // default net.DefaultResolver
	// Dial connects to the one origin; default net.Dialer with Timeouts.Dial.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Logger gets retries and tolerated oddities, never content or credentials; default none.
	Logger *slog.Logger
}

// Credentials prove who this client is. All fields empty: it asks without, or with the
// certificate of [TLS]. With both, the token goes first and the password when a 401 asks for Basic.
type Credentials struct {
	User, Password string // HTTP Basic (RFC 7617)
	// Token returns a bearer token (RFC 6750). refused is the one that the server has just
	// turned down, else empty: returning it again means that there is no other.
	Token func(ctx context.Context, refused string) (string, error)
}

// StaticToken is a Credentials.Token that knows one token.
func StaticToken(token string) func(context.Context, string) (string, error) {
	return func(context.Context, string) (string, error) { return token, nil }
}

// TLS says which servers are believed. The default is PKIX with the system's roots (§8.5.2).
type TLS struct {
	RootCAs     *x509.CertPool   // default: the system's
	Certificate *tls.Certificate // what this client shows, if a server asks
	// Pins are SHA-256 digests of SubjectPublicKeyInfo, as [SPKI] computes them. A server whose
	// own key is pinned is believed as it is, also self-signed; one whose certificate chain is
	// valid and holds a pinned CA, too; no other.
	Pins [][32]byte
}

// Timeouts bound the waiting. Zero fields get the defaults.
type Timeouts struct {
	Dial      time.Duration // to connect; default 10 s
	Handshake time.Duration // of TLS; default 10 s
	Header    time.Duration // from the request's end to the answer's header; default 60 s
	Idle      time.Duration // between two reads of a body; default 30 s
	Total     time.Duration // one exchange, whatever trickles; default 10 min
	MaxWait   time.Duration // the longest pause before a retry; a longer Retry-After is an error; default 2 min
	Poll      time.Duration // between the first polls of a pending status, doubling to MaxWait; default 1 s
}

// Resolver finds SRV records; *net.Resolver is one.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
}

const defaultUserAgent = "entente/0"

// userAgentForm is a product with a version, and further products or comments.
var userAgentForm = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+( [ -~]*)?$")

// withDefaults fills the zero fields and checks the others, all but Discovery.
func (c Config) withDefaults() (Config, error) {
	setDefault(&c.UserAgent, defaultUserAgent)
	setDefault(&c.MaxPages, 10_000)
	setDefault(&c.MaxResponse, 64<<20)
	setDefault(&c.MaxRequest, 8<<20)
	setDefault(&c.Attempts, 4)
	setDefault(&c.Timeouts.Dial, 10*time.Second)
	setDefault(&c.Timeouts.Handshake, 10*time.Second)
	setDefault(&c.Timeouts.Header, time.Minute)
	setDefault(&c.Timeouts.Idle, 30*time.Second)
	setDefault(&c.Timeouts.Total, 10*time.Minute)
	setDefault(&c.Timeouts.MaxWait, 2*time.Minute)
	setDefault(&c.Timeouts.Poll, time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	if c.Resolver == nil {
		c.Resolver = net.DefaultResolver
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: c.Timeouts.Dial}).DialContext
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, c.validate()
}

func (c Config) validate() error {
	var errs []error
	if !userAgentForm.MatchString(c.UserAgent) {
		errs = append(errs, fmt.Errorf("user agent %q: want product/version, as in entente/1.0", c.UserAgent))
	}
	if c.PageLimit < 0 || c.MaxPages < 0 || c.MaxResponse < 0 || c.MaxRequest < 0 || c.Attempts < 0 {
		errs = append(errs, errors.New("limits must not be negative"))
	}
	t := c.Timeouts
	if min(t.Dial, t.Handshake, t.Header, t.Idle, t.Total, t.MaxWait, t.Poll) < 0 {
		errs = append(errs, errors.New("timeouts must not be negative"))
	}
	// RFC 7617 §2: the first colon ends the name, and control characters are not allowed.
	if strings.ContainsRune(c.Credentials.User, ':') || hasControl(c.Credentials.User+c.Credentials.Password) {
		errs = append(errs, errors.New("basic credentials: no colon in the user name, no control characters"))
	}
	if c.Credentials.User == "" && c.Credentials.Password != "" {
		errs = append(errs, errors.New("basic credentials: a password without a user name"))
	}
	return errors.Join(errs...)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
