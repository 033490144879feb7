package node

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

const (
	authorityLife   = 10 * 365 * 24 * time.Hour
	certificateLife = 2 * 365 * 24 * time.Hour
	clockTolerance  = time.Hour // a peer's clock may be behind ours
)

// Authority signs certificates of servers and clients. The node makes itself one, so that it
// speaks TLS from its first minute; a real one takes its place with `init --cert`.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Certificate is a certificate with its key, both PEM.
type Certificate struct {
	Cert, Key []byte
	SPKI      [sha256.Size]byte // SHA-256 of its public key, as links name it (cert_spki)
}

// NewAuthority makes an authority of the given name, valid from now.
func NewAuthority(name string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template, err := certificateOf(name, now, authorityLife)
	if err != nil {
		return nil, err
	}
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign the authority %s: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	return &Authority{cert: cert, key: key}, err
}

// PEM is the authority's certificate: what others trust.
func (a *Authority) PEM() []byte { return pemOf("CERTIFICATE", a.cert.Raw) }

// KeyPEM is the authority's private key.
func (a *Authority) KeyPEM() ([]byte, error) { return privatePEM(a.key) }

// IssueServer makes the certificate of a server that is reached under these names and addresses.
func (a *Authority) IssueServer(name string, hosts []string, now time.Time) (Certificate, error) {
	return a.issue(name, hosts, now, x509.ExtKeyUsageServerAuth)
}

// IssueClient makes the certificate by which a client proves itself.
func (a *Authority) IssueClient(name string, now time.Time) (Certificate, error) {
	return a.issue(name, nil, now, x509.ExtKeyUsageClientAuth)
}

func (a *Authority) issue(name string, hosts []string, now time.Time, usage x509.ExtKeyUsage) (Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Certificate{}, err
	}
	template, err := certificateOf(name, now, certificateLife)
	if err != nil {
		return Certificate{}, err
	}
	template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{usage}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return Certificate{}, fmt.Errorf("sign the certificate of %s: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return Certificate{}, err
	}
	private, err := privatePEM(key)
	return Certificate{Cert: pemOf("CERTIFICATE", der), Key: private, SPKI: sha256.Sum256(cert.RawSubjectPublicKeyInfo)}, err
}

func certificateOf(name string, now time.Time, life time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-clockTolerance).UTC(),
		NotAfter:     now.Add(life).UTC(),
	}, err
}

func privatePEM(key crypto.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return pemOf("PRIVATE KEY", der), err
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
