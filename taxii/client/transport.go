package client

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
)

// maxHeader bounds an answer's header, in octets.
const maxHeader = 64 << 10

// SPKI is the pin of a certificate: the SHA-256 of its SubjectPublicKeyInfo.
func SPKI(cert *x509.Certificate) [32]byte { return sha256.Sum256(cert.RawSubjectPublicKeyInfo) }

// newTransport speaks HTTP/1.1 to the client's origin and to nobody else: without a proxy,
// without decompression of its own (the body's limit must count what comes out).
func (c *Client) newTransport() *http.Transport {
	return &http.Transport{
		DialContext:            c.dial,
		TLSClientConfig:        c.tlsConfig(),
		TLSHandshakeTimeout:    c.cfg.Timeouts.Handshake,
		ResponseHeaderTimeout:  c.cfg.Timeouts.Header,
		IdleConnTimeout:        c.cfg.Timeouts.Idle,
		MaxIdleConnsPerHost:    4,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true,
	}
}

// dial is the last line: whatever a bug above asks for, only the origin is connected to.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	base, err := c.locate(ctx)
	if err != nil {
		return nil, err
	}
	if address != hostport(base) {
		return nil, fmt.Errorf("dial %s: %w: not this client's origin", address, ErrForeign)
	}
	return c.cfg.Dial(ctx, network, address)
}

func (c *Client) tlsConfig() *tls.Config {
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, // §8.5.1
		// TLS 1.2 without the suites of RFC 7540 appendix A; those of TLS 1.3 are all fit.
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		RootCAs: c.cfg.TLS.RootCAs,
		Time:    c.cfg.Now,
	}
	if c.cfg.TLS.Certificate != nil {
		config.Certificates = []tls.Certificate{*c.cfg.TLS.Certificate}
	}
	if len(c.cfg.TLS.Pins) > 0 {
		// The standard check cannot pass a self-signed certificate; verifyPinned replaces it
		// and is run on every connection, resumed ones included.
		config.InsecureSkipVerify = true
		config.VerifyConnection = c.verifyPinned
	}
	return config
}

var errNotPinned = errors.New("the server's certificate is not pinned")

// verifyPinned is §8.5.2's pinning of an end entity or of a CA.
func (c *Client) verifyPinned(state tls.ConnectionState) error {
	pinned := func(cert *x509.Certificate) bool { return slices.Contains(c.cfg.TLS.Pins, SPKI(cert)) }
	leaf := state.PeerCertificates[0]
	if pinned(leaf) {
		return nil
	}
	c.mu.Lock()
	host := c.origin.discovery.Hostname()
	c.mu.Unlock()
	intermediates := x509.NewCertPool()
	for _, cert := range state.PeerCertificates[1:] {
		intermediates.AddCert(cert)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{
		DNSName: host, Roots: c.cfg.TLS.RootCAs, Intermediates: intermediates, CurrentTime: c.cfg.Now(),
	})
	if err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
	}
	for _, chain := range chains {
		if slices.ContainsFunc(chain, pinned) {
			return nil
		}
	}
	return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: errNotPinned}
}
