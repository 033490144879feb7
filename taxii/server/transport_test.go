package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"context"
	"entente/taxii"
	"entente/taxii/server"
	"entente/trust"
	"entente/trust/auth"
)

// authority signs certificates.
type authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := certificate(1)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &authority{t, cert, key, pool}
}

func certificate(serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
}

// issue makes a certificate; an RSA key lets a client try the suites that need one.
func (a *authority) issue(serial int64) tls.Certificate {
	a.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(a.t, err)
	der, err := x509.CreateCertificate(rand.Reader, certificate(serial), a.cert, key.Public(), a.key)
	require.NoError(a.t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(a.t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// byCertificate knows one member by certificate, and nobody else.
type byCertificate struct{ cert *x509.Certificate }

func (b byCertificate) Authenticate(_ context.Context, c auth.Credentials) (trust.Principal, error) {
	switch {
	case len(c.Certificates) == 0:
		return trust.Principal{}, auth.ErrNoCredentials
	case !c.Certificates[0].Equal(b.cert), !c.Source.IsLoopback():
		return trust.Principal{}, auth.ErrUnauthenticated
	}
	return trust.Principal{Kind: trust.Member, ID: "csirt-xb"}, nil
}

// port is a world behind TLS.
type port struct {
	ca      *authority
	client  tls.Certificate
	served  atomic.Pointer[tls.Certificate]
	address string
}

func listenTLS(t *testing.T) *port {
	t.Helper()
	p := &port{ca: newAuthority(t)}
	p.client = p.ca.issue(2)
	first := p.ca.issue(3)
	p.served.Store(&first)
	w := newWorld(t, withServer(func(c *server.Config) { c.Authenticator = byCertificate{p.client.Leaf} }))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	config := server.TLSConfig(func() (*tls.Certificate, error) { return p.served.Load(), nil }, p.ca.pool)
	s := server.HTTPServer(w.server, config, server.Limits{}, log.New(io.Discard, "", 0))
	go func() { _ = s.ServeTLS(listener, "", "") }()
	t.Cleanup(func() { _ = s.Close() })
	p.address = listener.Addr().String()
	return p
}

// get asks for the discovery; nil when there was no handshake.
func (p *port) get(t *testing.T, config *tls.Config) (*http.Response, taxii.Discovery) {
	t.Helper()
	config.RootCAs = p.ca.pool
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: len(config.NextProtos) > 0}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+p.address+"/taxii2/", nil)
	require.NoError(t, err)
	resp, err := client.Do(req)
	if err != nil {
		return nil, taxii.Discovery{}
	}
	defer resp.Body.Close()
	var d taxii.Discovery
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&d))
	assert.Equal(t, t21, resp.Header.Get("Content-Type"))
	return resp, d
}

func TestTLS(t *testing.T) {
	p := listenTLS(t)
	mine := []tls.Certificate{p.client}
	stranger := []tls.Certificate{newAuthority(t).issue(4)}
	for _, tc := range []struct {
		name   string
		config *tls.Config
		status int // 0: no handshake
	}{
		{"T-8.2.2-01 HTTPS, T-8.3.1-01 I-3.1.3 a client certificate", &tls.Config{Certificates: mine}, 200},
		{"T-8.2.2-02 TLS 1.2", &tls.Config{Certificates: mine, MaxVersion: tls.VersionTLS12}, 200},
		{"T-8.2.2-03 TLS 1.3", &tls.Config{Certificates: mine, MinVersion: tls.VersionTLS13}, 200},
		{"HTTP/2", &tls.Config{Certificates: mine, NextProtos: []string{"h2"}}, 200},
		{"TLS 1.1 is no more", &tls.Config{Certificates: mine, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, 0},
		{"T-8.2.2-05 ECDHE-CBC", &tls.Config{Certificates: mine, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}}, 0},
		{"T-8.2.2-05 no forward secrecy", &tls.Config{Certificates: mine, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}}, 0},
		{"T-8.3.1-01 I-3.1.3 none", &tls.Config{}, 401},
		{"T-8.3.1-02 of an unknown authority", &tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &stranger[0], nil }}, 0},
		{"of ours, but nobody's", &tls.Config{Certificates: []tls.Certificate{p.ca.issue(5)}}, 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			resp, _ := p.get(t, tc.config)
			if tc.status == 0 {
				assert.Nil(t, resp)
				return
			}
			require.NotNil(t, resp)
			assert.Equal(t, tc.status, resp.StatusCode)
		})
	}
	t.Run("T-8.2.2-04 tickets allow no early data", func(t *testing.T) {
		cache := &tickets{}
		p.get(t, &tls.Config{Certificates: mine, ClientSessionCache: cache, ServerName: "127.0.0.1"})
		require.NotNil(t, cache.state)
		_, state, err := cache.state.ResumptionState()
		require.NoError(t, err)
		assert.False(t, state.EarlyData)
		resp, _ := p.get(t, &tls.Config{Certificates: mine, ClientSessionCache: cache, ServerName: "127.0.0.1"})
		require.NotNil(t, resp)
		assert.True(t, resp.TLS.DidResume)
		assert.Equal(t, 200, resp.StatusCode, "ADV-40 a resumed session is asked who it is as well")
	})
	t.Run("a certificate is renewed under the running node", func(t *testing.T) {
		next := p.ca.issue(6)
		p.served.Store(&next)
		resp, _ := p.get(t, &tls.Config{Certificates: mine})
		require.NotNil(t, resp)
		assert.Equal(t, int64(6), resp.TLS.PeerCertificates[0].SerialNumber.Int64())
	})
	t.Run("without authorities no certificate is asked for", func(t *testing.T) {
		assert.Equal(t, tls.NoClientCert, server.TLSConfig(nil, nil).ClientAuth)
	})
}

// tickets keeps the last session.
type tickets struct{ state *tls.ClientSessionState }

func (c *tickets) Get(string) (*tls.ClientSessionState, bool)  { return c.state, c.state != nil }
func (c *tickets) Put(_ string, state *tls.ClientSessionState) { c.state = state }
