package auth

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"entente/trust"
)

// Credentials are what a request shows of its sender.
type Credentials struct {
	Authorization string              // the header
	APIKey        string              // the header X-API-Key
	Certificates  []*x509.Certificate // the verified chain of the client's certificate, leaf first
	Source        netip.Addr          // where the request comes from; slows down who guesses
}

var (
	// ErrUnauthenticated is the one answer to credentials that do not prove anybody.
	ErrUnauthenticated = errors.New("not authenticated")
	// ErrNoCredentials says that there are none: the caller may go on as anonymous where the
	// policy is public.
	ErrNoCredentials = errors.New("no credentials")
)

// Authenticate says who asks. The error is ErrUnauthenticated, whatever the cause,
// ErrNoCredentials, or the context's while waiting for a turn to compute a hash.
//
// A certificate that a link names binds its connection: other credentials must then be of the
// same member, so that what was stolen from one does not work at another (ADV-54).
func (d *Directory) Authenticate(ctx context.Context, c Credentials) (trust.Principal, error) {
	var bound trust.Principal
	if len(c.Certificates) > 0 && d.accepts("certificate") {
		bound = d.byCertificate(c.Certificates[0])
	}
	var p trust.Principal
	switch {
	case c.Authorization != "":
		var err error
		if p, err = d.byHeader(ctx, c.Authorization, c.Source); err != nil {
			return trust.Principal{}, err
		}
	case c.APIKey != "":
		p = d.byToken(c.APIKey)
	case len(c.Certificates) > 0 && d.accepts("certificate"):
		p = bound
	default:
		return trust.Principal{}, ErrNoCredentials
	}
	if p.Kind == trust.Nobody || bound.Kind != trust.Nobody && (bound.Kind != p.Kind || bound.ID != p.ID) {
		return trust.Principal{}, ErrUnauthenticated
	}
	return p, nil
}

func (d *Directory) accepts(scheme string) bool { return slices.Contains(d.schemes, scheme) }

// byHeader reads an Authorization header; schemes have no case (RFC 9110 §11.1).
func (d *Directory) byHeader(ctx context.Context, header string, from netip.Addr) (trust.Principal, error) {
	if len(header) > maxToken+len("Bearer ") {
		return trust.Principal{}, nil
	}
	scheme, rest, _ := strings.Cut(header, " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(scheme) {
	case "basic":
		if name, password, ok := parseBasic(rest); ok && d.accepts("basic") {
			return d.passwords.check(ctx, d.users[name], name, password, from)
		}
	case "bearer", "token":
		return d.byToken(rest), nil
	}
	return trust.Principal{}, nil
}

// parseBasic reads the credentials of RFC 7617, as UTF-8, with or without padding.
func parseBasic(encoded string) (name, password string, ok bool) {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(encoded, "="))
	if err != nil {
		return "", "", false
	}
	name, password, ok = strings.Cut(string(b), ":")
	return name, password, ok && len(password) <= maxPassword
}

// byToken is whose token it is; one with two dots is somebody else's (a JWT).
func (d *Directory) byToken(s string) trust.Principal {
	if len(s) > maxToken || !d.accepts("bearer") {
		return trust.Principal{}
	}
	if strings.Count(s, ".") == 2 {
		return d.byJWT(s)
	}
	t, ok := d.tokens[HashToken(s)]
	if !ok || !t.expires.IsZero() && !d.now().Before(t.expires) {
		return trust.Principal{}
	}
	return t.principal
}

// byCertificate trusts the chain that TLS verified, but not for longer than the certificate
// lasts: connections may outlive it.
func (d *Directory) byCertificate(leaf *x509.Certificate) trust.Principal {
	if now := d.now(); now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return trust.Principal{}
	}
	return d.certificates[HashSPKI(leaf)]
}
