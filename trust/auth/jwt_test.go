package auth_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
	"entente/trust/auth"
)

func unix(d time.Duration) int64 { return now.Add(d).Unix() }

// claims are good ones, changed by pairs of key and value; a nil value removes.
func claims(changes ...any) jwt.MapClaims {
	c := jwt.MapClaims{"iss": "https://id.example", "sub": "xb", "aud": "csirt-xa", "exp": unix(time.Hour), "iat": unix(0)}
	for i := 0; i < len(changes); i += 2 {
		if key := changes[i].(string); changes[i+1] == nil {
			delete(c, key)
		} else {
			c[key] = changes[i+1]
		}
	}
	return c
}

func signed(t *testing.T, m jwt.SigningMethod, key any, header map[string]any, c jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(m, c)
	for k, v := range header {
		token.Header[k] = v
	}
	s, err := token.SignedString(key)
	require.NoError(t, err)
	return s
}

func TestJWT(t *testing.T) {
	w := newWorld(t)
	d := w.directory(t)
	ed := map[string]any{"kid": "ed"}
	der, err := x509.MarshalPKIXPublicKey(&w.rsaKey.PublicKey)
	require.NoError(t, err)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	stranger := ed25519.NewKeyFromSeed(append(make([]byte, 31), 9))
	make := func(c jwt.MapClaims) string { return signed(t, jwt.SigningMethodEdDSA, w.edKey, ed, c) }
	good := make(claims())
	raw := func(header, body string) string {
		b := base64.RawURLEncoding
		return b.EncodeToString([]byte(header)) + "." + b.EncodeToString([]byte(body)) + "."
	}
	body := fmt.Sprintf(`{"iss":"https://id.example","sub":"xb","aud":"csirt-xa","exp":%d}`, unix(time.Hour))
	for _, row := range []struct {
		name, token string
		ok          bool
	}{
		{"EdDSA", good, true},
		{"ES256", signed(t, jwt.SigningMethodES256, w.ecKey, map[string]any{"kid": "ec"}, claims()), true},
		{"RS256", signed(t, jwt.SigningMethodRS256, w.rsaKey, map[string]any{"kid": "rsa"}, claims()), true},
		{"one audience in a list", make(claims("aud", []string{"csirt-xa"})), true},
		{"a clock that is a little ahead", make(claims("nbf", unix(20*time.Second), "iat", unix(20*time.Second))), true},
		{"just expired, by a clock that is a little behind", make(claims("exp", unix(-20*time.Second))), true},

		{"ADV-52 alg none", raw(`{"alg":"none","typ":"JWT"}`, body), false},
		{"ADV-52 alg None", raw(`{"alg":"None","kid":"ed"}`, body), false},
		{"ADV-52 no alg", raw(`{"kid":"ed"}`, body), false},
		{"ADV-52 HS256 with the public RSA key", signed(t, jwt.SigningMethodHS256, public, map[string]any{"kid": "rsa"}, claims()), false},
		{"ADV-52 HS256 with the public key's bytes", signed(t, jwt.SigningMethodHS256, []byte(w.edKey.Public().(ed25519.PublicKey)), ed, claims()), false},
		{"ADV-52 another algorithm of the key's family", signed(t, jwt.SigningMethodPS256, w.rsaKey, map[string]any{"kid": "rsa"}, claims()), false},
		{"ADV-52 another key's algorithm", signed(t, jwt.SigningMethodRS256, w.rsaKey, ed, claims()), false},
		{"ADV-52 kid is a path", signed(t, jwt.SigningMethodEdDSA, w.edKey, map[string]any{"kid": "../../dev/null"}, claims()), false},
		{"ADV-52 kid is no text", signed(t, jwt.SigningMethodEdDSA, w.edKey, map[string]any{"kid": 1}, claims()), false},
		{"ADV-52 no kid", signed(t, jwt.SigningMethodEdDSA, w.edKey, nil, claims()), false},
		{"ADV-52 jku", signed(t, jwt.SigningMethodEdDSA, stranger, map[string]any{"kid": "ed", "jku": "https://evil.example/"}, claims()), false},
		{"ADV-52 a key in the header", signed(t, jwt.SigningMethodEdDSA, stranger, map[string]any{"kid": "ed", "jwk": map[string]any{"kty": "OKP"}}, claims()), false},
		{"crit", signed(t, jwt.SigningMethodEdDSA, w.edKey, map[string]any{"kid": "ed", "crit": []string{"exp"}}, claims()), false},
		{"ADV-52 no exp", make(claims("exp", nil)), false},
		{"ADV-52 exp far", make(claims("exp", unix(365*24*time.Hour))), false},
		{"expired", make(claims("exp", unix(-time.Minute))), false},
		{"ADV-52 aud of another node", make(claims("aud", "csirt-xc")), false},
		{"ADV-52 aud of several", make(claims("aud", []string{"csirt-xa", "csirt-xc"})), false},
		{"ADV-52 no aud", make(claims("aud", nil)), false},
		{"ADV-52 nbf in the future", make(claims("nbf", unix(time.Hour))), false},
		{"iat in the future", make(claims("iat", unix(time.Hour))), false},
		{"another issuer", make(claims("iss", "https://evil.example")), false},
		{"another subject", make(claims("sub", "xc")), false},
		{"no issuer", make(claims("iss", nil)), false},
		{"another signature", good[:len(good)-4] + "AAAA", false},
		{"no JWT", "a.b.c", false},
		{"too long", make(claims("x", repeat("x", 9000))), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := d.Authenticate(t.Context(), auth.Credentials{Authorization: "Bearer " + row.token})
			if row.ok {
				assert.NoError(t, err)
				assert.Equal(t, trust.Member, p.Kind)
				assert.Equal(t, "csirt-xb", p.ID)
				return
			}
			assert.Equal(t, auth.ErrUnauthenticated, err)
			assert.Equal(t, trust.Principal{}, p)
		})
	}
}

func TestJWKS(t *testing.T) {
	w := newWorld(t)
	b := base64.RawURLEncoding.EncodeToString
	x := b(w.edKey.Public().(ed25519.PublicKey))
	off, err := w.ecKey.PublicKey.Bytes()
	require.NoError(t, err)
	off[64] ^= 1
	for _, row := range []struct{ name, set, want string }{
		{"no JSON", "x", "write a JSON Web Key Set"},
		{"no keys", `{"keys": []}`, "the set holds no signing key"},
		{"only keys to encrypt", `{"keys": [{"use": "enc", "kty": "RSA"}]}`, "the set holds no signing key"},
		{"a secret key", `{"keys": [{"kid": "a", "kty": "oct"}]}`, "key 1: it is none of Ed25519, P-256 and RSA"},
		{"no kid", `{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "` + x + `"}]}`, "key 1: a kid is needed"},
		{"one kid twice", `{"keys": [{"kid": "a", "kty": "OKP", "crv": "Ed25519", "x": "` + x + `"}, {"kid": "a", "kty": "OKP", "crv": "Ed25519", "x": "` + x + `"}]}`, `key 2: another has the kid "a"`},
		{"another alg", `{"keys": [{"kid": "a", "alg": "RS256", "kty": "OKP", "crv": "Ed25519", "x": "` + x + `"}]}`, "key 1: its alg is EdDSA"},
		{"no base64url", `{"keys": [{"kid": "a", "kty": "OKP", "crv": "Ed25519", "x": "` + x + `="}]}`, "key 1: its numbers are base64url"},
		{"half a key", `{"keys": [{"kid": "a", "kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]}`, "key 1: it is none of"},
		{"a point beside the curve", `{"keys": [{"kid": "a", "kty": "EC", "crv": "P-256", "x": "` + b(off[1:33]) + `", "y": "` + b(off[33:]) + `"}]}`, "key 1: its point is not on the curve"},
		{"a short RSA key", `{"keys": [{"kid": "a", "kty": "RSA", "n": "` + b(w.rsaKey.N.Bytes()[:128]) + `", "e": "AQAB"}]}`, "key 1: an RSA key has at least 2048 bits"},
		{"RSA with the exponent 1", `{"keys": [{"kid": "a", "kty": "RSA", "n": "` + b(w.rsaKey.N.Bytes()) + `", "e": "AQ"}]}`, "key 1: an RSA key has"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w.files["links/xb.jwks"] = row.set
			_, problems := auth.New(w.config(t))
			require.Len(t, problems, 1)
			assert.Contains(t, problems.Error(), "links/xb.jwks: "+row.want)
		})
	}
}
