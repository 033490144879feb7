package server

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"log"
	"net/http"
	"time"
)

// Limits bounds what one connection may take. Zero fields get defaults.
type Limits struct {
	Header time.Duration // from connect to the end of a request's header; default 10 s
	Read   time.Duration // to the end of its body; default 1 min
	Write  time.Duration // to the end of the answer; default 5 min
	Idle   time.Duration // between requests; default 2 min

	HeaderBytes int // of a request's header; default 64 KiB, which a `next` with many filters fits in
}

// HTTPServer is an http.Server for a handler that strangers can reach. It has no address: give
// it a listener. Errors is where it writes of broken connections and handshakes; it may be nil.
func HTTPServer(h http.Handler, t *tls.Config, l Limits, errors *log.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		TLSConfig:         t,
		ReadHeaderTimeout: cmp.Or(l.Header, 10*time.Second),
		ReadTimeout:       cmp.Or(l.Read, time.Minute),
		WriteTimeout:      cmp.Or(l.Write, 5*time.Minute),
		IdleTimeout:       cmp.Or(l.Idle, 2*time.Minute),
		MaxHeaderBytes:    cmp.Or(l.HeaderBytes, 64<<10),
		ErrorLog:          errors,

		DisableGeneralOptionsHandler: true, // OPTIONS * is answered like all else
	}
}

// TLSConfig serves TLS 1.2 with forward secrecy and authenticated encryption only, and 1.3
// (TAXII 2.1 §8.2.2). The certificate is asked for at every handshake, so that it can be renewed
// under a running node. With clients, who has a certificate of these authorities may show it;
// one that these did not sign ends the handshake.
func TLSConfig(certificate func() (*tls.Certificate, error), clients *x509.CertPool) *tls.Config {
	cfg := &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{ // of TLS 1.2; those of 1.3 are all good
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
			tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return certificate() },
	}
	if clients != nil {
		cfg.ClientCAs, cfg.ClientAuth = clients, tls.VerifyClientCertIfGiven
	}
	return cfg
}
