package server

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"

	"entente/taxii"
	"entente/trust"
	"entente/trust/auth"
)

// guard stands before every endpoint: who asks, and do they take our answers?
func (s *Server) guard(r *request) error {
	if err := s.authenticate(r); err != nil {
		return err
	}
	if !taxii.AcceptsTAXII(r.Request().Header.Values("Accept")) {
		return notAcceptable
	}
	return nil
}

func (s *Server) authenticate(r *request) error {
	p, err := s.cfg.Authenticator.Authenticate(r.Request().Context(), credentials(r.Request()))
	reads := r.Request().Method == http.MethodGet || r.Request().Method == http.MethodHead
	switch {
	case errors.Is(err, auth.ErrNoCredentials) && reads && s.cfg.Public():
		p = trust.Principal{Kind: trust.Anonymous}
	case errors.Is(err, auth.ErrNoCredentials), errors.Is(err, auth.ErrUnauthenticated):
		return unauthenticated
	case err != nil:
		return err
	case p.Kind == trust.Nobody:
		return unauthenticated
	}
	r.principal = p
	return nil
}

// credentials takes what a request carries. A certificate counts when TLS verified it.
func credentials(r *http.Request) auth.Credentials {
	c := auth.Credentials{Authorization: r.Header.Get("Authorization"), APIKey: r.Header.Get("X-API-Key")}
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		c.Certificates = r.TLS.PeerCertificates
	}
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		c.Source = from.Addr()
	}
	return c
}

// challenges are the lines of WWW-Authenticate (RFC 9110 §11.6.1). No registered scheme stands
// for a TLS certificate, so it is named only where nothing else would be.
func challenges(cfg Config) []string {
	var lines []string
	for _, scheme := range []struct{ name, challenge string }{{schemeBasic, "Basic"}, {schemeBearer, "Bearer"}} {
		if slices.Contains(cfg.Schemes, scheme.name) {
			lines = append(lines, scheme.challenge+` realm="`+cfg.NodeID+`"`)
		}
	}
	if len(lines) == 0 {
		lines = append(lines, `Certificate realm="`+cfg.NodeID+`"`)
	}
	return lines
}
