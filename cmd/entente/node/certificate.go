package node

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync/atomic"

	"entente/configs"
	"entente/taxii/server"
)

// certificate is the node's own, read again when it was renewed.
type certificate struct {
	files   configs.TLS
	current atomic.Pointer[tls.Certificate]
}

// reload reads the files; with an error the certificate stays what it was.
func (c *certificate) reload() error {
	pair, err := tls.LoadX509KeyPair(c.files.Cert, c.files.Key)
	if err != nil {
		return fmt.Errorf("read the certificate %s: %w", c.files.Cert, err)
	}
	c.current.Store(&pair)
	return nil
}

// tlsConfig is the listener's TLS. Whose client certificates are accepted is read once.
func (c *certificate) tlsConfig() (*tls.Config, error) {
	var clients *x509.CertPool
	if c.files.ClientCA != "" {
		data, err := os.ReadFile(c.files.ClientCA)
		if err != nil {
			return nil, fmt.Errorf("read client_ca: %w", err)
		}
		clients = x509.NewCertPool()
		if !clients.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("read client_ca: no certificate is in %s", c.files.ClientCA)
		}
	}
	return server.TLSConfig(func() (*tls.Certificate, error) { return c.current.Load(), nil }, clients), nil
}
