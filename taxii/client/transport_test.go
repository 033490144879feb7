package client_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii/client"
)

func discoveryOnly() map[string][]reply {
	return map[string][]reply{"GET /taxii2/": {{body: `{"title":"t"}`}}}
}

func TestCertificates(t *testing.T) {
	ca, other := newCA(t), newCA(t)
	good := ca.issue(t, leaf{})
	selfSigned := ca.issue(t, leaf{selfSigned: true})
	expired := ca.issue(t, leaf{notAfter: time.Now().Add(-time.Hour)})
	wrongName := ca.issue(t, leaf{names: []string{"other.example"}})
	pin := func(c tls.Certificate) [][32]byte { return [][32]byte{client.SPKI(c.Leaf)} }
	caPin := [][32]byte{client.SPKI(ca.cert)}
	later := func() time.Time { return time.Now().Add(48 * time.Hour) }

	for name, row := range map[string]struct {
		server tls.Certificate
		roots  *x509.CertPool
		pins   [][32]byte
		now    func() time.Time
		good   bool
	}{
		"C-8.5.2-01 valid":                                   {good, ca.pool(), nil, nil, true},
		"C-8.5.2-01 untrusted CA":                            {good, other.pool(), nil, nil, false},
		"C-8.5.2-01 the system's roots do not know it":       {good, nil, nil, nil, false},
		"C-8.5.2-01 C-8.5.2-04 self-signed":                  {selfSigned, ca.pool(), nil, nil, false},
		"C-8.5.2-01 expired":                                 {expired, ca.pool(), nil, nil, false},
		"C-8.5.2-01 expired by the injected clock":           {good, ca.pool(), nil, later, false},
		"C-8.5.2-01 wrong name":                              {wrongName, ca.pool(), nil, nil, false},
		"C-8.5.2-02 pinned end entity":                       {good, nil, pin(good), nil, true},
		"C-8.5.2-02 pinned and self-signed":                  {selfSigned, nil, pin(selfSigned), nil, true},
		"C-8.5.2-02 another key is pinned":                   {good, ca.pool(), pin(selfSigned), nil, false},
		"C-8.5.2-02 one of two pins":                         {good, ca.pool(), append(pin(selfSigned), pin(good)...), nil, true},
		"C-8.5.2-02 pinned CA":                               {good, ca.pool(), caPin, nil, true},
		"C-8.5.2-02 pinned CA that is not trusted":           {good, other.pool(), caPin, nil, false},
		"C-8.5.2-02 pinned CA, wrong name":                   {wrongName, ca.pool(), caPin, nil, false},
		"C-8.5.2-02 pinned CA, expired":                      {good, ca.pool(), caPin, later, false},
		"C-8.5.2-02 pinned CA, only sent and not the signer": {selfSigned, ca.pool(), caPin, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := unstartedFake(t, discoveryOnly())
			f.TLS = serverTLS(row.server)
			f.StartTLS()
			c := f.client(t, func(c *client.Config) {
				c.TLS = client.TLS{RootCAs: row.roots, Pins: row.pins}
				c.Credentials = client.Credentials{User: "u", Password: "p"}
				c.Now = row.now
			})
			_, err := c.Discover(t.Context())
			if row.good {
				require.NoError(t, err)
				return
			}
			var invalid *tls.CertificateVerificationError
			assert.ErrorAs(t, err, &invalid)
			assert.Empty(t, f.requests(), "no request may be sent")
			assert.Empty(t, f.slept, "and none repeated")
		})
	}
}

func TestTLSVersions(t *testing.T) {
	for name, row := range map[string]struct {
		min, max uint16
		suites   []uint16
		version  uint16 // 0: refused
	}{
		"C-8.5.1-02 TLS 1.2 works":            {max: tls.VersionTLS12, version: tls.VersionTLS12},
		"C-8.5.1-02 TLS 1.3 where possible":   {version: tls.VersionTLS13},
		"C-8.5.1-02 TLS 1.1 is over":          {min: tls.VersionTLS10, max: tls.VersionTLS11},
		"C-8.5.1-03 only an ECDHE-CBC suite":  {max: tls.VersionTLS12, suites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}},
		"C-8.5.1-03 an AEAD suite among them": {max: tls.VersionTLS12, suites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}, version: tls.VersionTLS12},
	} {
		t.Run(name, func(t *testing.T) {
			ca := newCA(t)
			f := unstartedFake(t, discoveryOnly())
			f.TLS = serverTLS(ca.issue(t, leaf{}))
			f.TLS.MinVersion, f.TLS.MaxVersion, f.TLS.CipherSuites = row.min, row.max, row.suites
			var negotiated uint16
			f.TLS.VerifyConnection = func(s tls.ConnectionState) error { negotiated = s.Version; return nil }
			f.StartTLS()
			_, err := f.client(t, func(c *client.Config) { c.TLS.RootCAs = ca.pool() }).Discover(t.Context())
			if row.version == 0 {
				assert.Error(t, err)
				assert.Empty(t, f.requests())
				return
			}
			require.NoError(t, err)
			assert.Equal(t, row.version, negotiated)
		})
	}
}

func TestClientCertificate(t *testing.T) {
	ca := newCA(t)
	certificate := ca.issue(t, leaf{client: true})
	for name, row := range map[string]struct {
		cert *tls.Certificate
		good bool
	}{
		"I-3.1.3 X-06 presented":   {&certificate, true},
		"I-3.1.3 X-06 without one": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := unstartedFake(t, discoveryOnly())
			f.TLS = serverTLS(ca.issue(t, leaf{}))
			f.TLS.ClientAuth, f.TLS.ClientCAs = tls.RequireAndVerifyClientCert, ca.pool()
			f.StartTLS()
			_, err := f.client(t, func(c *client.Config) {
				c.TLS = client.TLS{RootCAs: ca.pool(), Certificate: row.cert}
			}).Discover(t.Context())
			assert.Equal(t, row.good, err == nil, "%v", err)
		})
	}
}

func TestPlainHTTP(t *testing.T) {
	f := unstartedFake(t, discoveryOnly())
	f.Start()
	_, err := client.New(client.Config{Discovery: f.URL + "/taxii2/"})
	require.Error(t, err, "C-8.5.1-01")
	_, err = f.client(t).Discover(t.Context())
	require.NoError(t, err, "AllowHTTP is for laboratories")
	assert.Len(t, f.requests(), 1)
}
