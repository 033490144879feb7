package auth_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	cryptorand "crypto/rand"

	"github.com/stretchr/testify/require"

	"entente/trust"
	"entente/trust/auth"
)

const (
	alicePassword  = "alice's password: with a colon"
	memberPassword = "ys' password"
)

// now is when the tests are.
var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// world is a node with an account, members, their secrets and keys.
type world struct {
	clock    atomic.Pointer[time.Time]
	computed atomic.Int32  // password hashes
	gate     chan struct{} // where set, every computation says on it that it began, and waits on it

	accounts    string
	links       map[string]string
	files       map[string]string
	schemes     []string
	aliceToken  string
	oldToken    string
	memberToken string
	cert, other *x509.Certificate
	rsaKey      *rsa.PrivateKey
	ecKey       *ecdsa.PrivateKey
	edKey       ed25519.PrivateKey
}

// keys are made once: RSA takes its time.
var keys = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(cryptorand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// kdf stands in for argon2: the costs are those of the real one.
func kdf(password, salt []byte, c auth.Cost) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%v", password, salt, c))
	return sum[:c.SumSize]
}

// phc is a password's hash by that stand-in.
func phc(password string) string {
	salt := []byte("0123456789abcdef")
	sum := kdf([]byte(password), salt, auth.Cost{Memory: 19456, Passes: 2, Lanes: 1, SumSize: 32})
	b := base64.RawStdEncoding
	return "$argon2id$v=19$m=19456,t=2,p=1$" + b.EncodeToString(salt) + "$" + b.EncodeToString(sum)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	random := rand.NewChaCha8([32]byte{1})
	w := &world{rsaKey: keys()}
	w.clock.Store(&now)
	w.aliceToken, w.oldToken, w.memberToken = newToken(t, random), newToken(t, random), newToken(t, random)
	w.edKey = ed25519.NewKeyFromSeed(make([]byte, 32))
	var err error
	w.ecKey, err = ecdsa.GenerateKey(elliptic.P256(), cryptorand.Reader)
	require.NoError(t, err)
	w.cert, w.other = w.certificate(t, 1), w.certificate(t, 2)
	w.accounts = `format: 1
accounts:
  - name: alice
    role: officer
    kind: person
    compat: [empty-objects]
    password: ` + phc(alicePassword) + `
    tokens:
      - {id: new1, sha256: ` + auth.HashToken(w.aliceToken) + `, created: 2026-01-01T00:00:00Z}
      - {id: old1, sha256: ` + auth.HashToken(w.oldToken) + `, created: 2026-01-01T00:00:00Z, expires: 2026-06-01T12:00:00Z}
  - name: robot
    role: analyst
    kind: tool
`
	w.links = map[string]string{
		"csirt-xb": `member: csirt-xb
compat: [empty-objects]
credentials:
  - {basic_hash_file: xb.basic}
  - {token_hash_file: xb.token}
  - {jwt: {issuer: "https://id.example", subject: xb, jwks_file: xb.jwks}}
  - {cert_spki: ` + auth.HashSPKI(w.cert) + `}
`,
		"csirt-xc": "member: csirt-xc\nsuspended: true\ncredentials: [{basic_hash_file: xc.basic}]\n",
	}
	w.files = map[string]string{
		"links/xb.basic": phc(memberPassword) + "\n",
		"links/xb.token": "# issued in May\n" + auth.HashToken(w.memberToken) + "\n\n",
		"links/xb.jwks":  w.jwks(),
		"links/xc.basic": phc(memberPassword),
	}
	return w
}

func newToken(t testing.TB, random *rand.ChaCha8) string {
	t.Helper()
	s, err := auth.NewToken(random)
	require.NoError(t, err)
	return s
}

func (w *world) certificate(t testing.TB, serial int64) *x509.Certificate {
	t.Helper()
	key := ed25519.NewKeyFromSeed(fmt.Appendf(nil, "%032d", serial))
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "csirt-xb"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(cryptorand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return cert
}

func (w *world) jwks() string {
	b := base64.RawURLEncoding.EncodeToString
	point, err := w.ecKey.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"keys": [{"kid": "ed", "kty": "OKP", "crv": "Ed25519", "x": %q, "use": "sig"},
		{"kid": "ec", "kty": "EC", "crv": "P-256", "x": %q, "y": %q, "alg": "ES256"},
		{"kid": "rsa", "kty": "RSA", "n": %q, "e": "AQAB"}, {"kid": "enc", "kty": "oct", "use": "enc"}]}`,
		b(w.edKey.Public().(ed25519.PublicKey)), b(point[1:33]), b(point[33:]), b(w.rsaKey.N.Bytes()))
}

// config is the world as [auth.New] wants it.
func (w *world) config(t testing.TB) auth.Config {
	t.Helper()
	folder := []trust.File{}
	for _, id := range []string{"csirt-xb", "csirt-xc"} {
		folder = append(folder, trust.File{Path: "members/" + id + ".yaml", Data: []byte("member: " + id + "\ntrust: 2\n")})
	}
	for id, text := range w.links {
		folder = append(folder, trust.File{Path: "links/" + id + ".yaml", Data: []byte(text)})
	}
	policy, problems := trust.Parse("csirt-xa", folder)
	require.Empty(t, problems)
	accounts, problems := auth.ParseAccounts("accounts.yaml", []byte(w.accounts))
	require.Empty(t, problems)
	return auth.Config{
		Accounts: accounts,
		Policy:   policy,
		Schemes:  w.schemes,
		Now:      func() time.Time { return *w.clock.Load() },
		Read: func(path string) ([]byte, error) {
			if text, ok := w.files[path]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		},
		KDF: func(password, salt []byte, c auth.Cost) []byte {
			w.computed.Add(1)
			if w.gate != nil {
				w.gate <- struct{}{}
				<-w.gate
			}
			return kdf(password, salt, c)
		},
		Parallel: 1,
	}
}

func (w *world) directory(t testing.TB) *auth.Directory {
	t.Helper()
	d, problems := auth.New(w.config(t))
	require.Empty(t, problems)
	return d
}

func (w *world) pass(d time.Duration) {
	later := w.clock.Load().Add(d)
	w.clock.Store(&later)
}

func basic(name, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
}

var errRandom = errors.New("no randomness")

// noRandom is a source of random bytes that has none.
type noRandom struct{}

func (noRandom) Read([]byte) (int, error) { return 0, errRandom }

func repeat(s string, n int) string { return strings.Repeat(s, n) }
