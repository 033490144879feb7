package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"

	"entente/trust"
)

const (
	jwtLeeway   = 30 * time.Second
	jwtLifetime = 24 * time.Hour // a token that lasts longer is as good as a password, and refused
	minRSABits  = 2048
)

type issuerKey struct{ issuer, subject string }

// issuer is what a link says of tokens that somebody else issues for its member.
type issuer struct {
	principal trust.Principal
	audience  string
	keys      map[string]verifyKey // by key id
}

// verifyKey is a public key with the one algorithm that it is for: the token does not choose.
type verifyKey struct {
	algorithm string
	key       any
}

func (b *builder) issuer(link trust.LinkFile, p trust.Principal, c trust.JWTCredential) {
	data, ok := b.read(link, c.JWKSFile)
	if !ok {
		return
	}
	keys, err := parseJWKS(data)
	if err != nil {
		b.fault(link.Path(c.JWKSFile), "%v", err)
		return
	}
	audience := c.Audience
	if audience == "" {
		audience = b.config.Policy.Node
	}
	k := issuerKey{c.Issuer, c.Subject}
	if other, taken := b.directory.issuers[k]; taken {
		b.fault("links/"+p.ID+".yaml", "jwt: this issuer and subject are %s already", other.principal)
	}
	b.directory.issuers[k] = issuer{p, audience, keys}
}

// byJWT checks a token of somebody else's (RFC 7519, RFC 8725). Whose it would be is looked up
// by issuer and subject, the key by its id among that issuer's: what else the header offers,
// such as jku or jwk, is not read.
func (d *Directory) byJWT(s string) trust.Principal {
	var claimed jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(s, &claimed); err != nil {
		return trust.Principal{}
	}
	from, known := d.issuers[issuerKey{claimed.Issuer, claimed.Subject}]
	if !known {
		return trust.Principal{}
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"EdDSA", "ES256", "RS256"}),
		jwt.WithIssuer(claimed.Issuer), jwt.WithSubject(claimed.Subject), jwt.WithAudience(from.audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(jwtLeeway), jwt.WithTimeFunc(d.now),
		jwt.WithStrictDecoding(),
	)
	var claims jwt.RegisteredClaims
	if _, err := parser.ParseWithClaims(s, &claims, from.key); err != nil {
		return trust.Principal{}
	}
	// A token for several audiences could be used here by any of them.
	if len(claims.Audience) != 1 || claims.ExpiresAt.After(d.now().Add(jwtLifetime+jwtLeeway)) {
		return trust.Principal{}
	}
	return from.principal
}

var errKey = errors.New("no such key")

func (i issuer) key(t *jwt.Token) (any, error) {
	if _, critical := t.Header["crit"]; critical { // RFC 7515 §4.1.11: none is understood
		return nil, errKey
	}
	id, _ := t.Header["kid"].(string)
	k, ok := i.keys[id]
	if !ok || t.Method.Alg() != k.algorithm {
		return nil, errKey
	}
	return k.key, nil
}

// jwk is one key of a set (RFC 7517, RFC 8037).
type jwk struct {
	Kid string `json:"kid"`
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	X   string `json:"x"`
	Y   string `json:"y"`
	N   string `json:"n"`
	E   string `json:"e"`
}

// parseJWKS reads the keys that sign; every one must be usable, since a key that is silently
// left out is found missing only when it is needed.
func parseJWKS(data []byte) (map[string]verifyKey, error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("write a JSON Web Key Set, {\"keys\": [...]}: %w", err)
	}
	keys := map[string]verifyKey{}
	for i, k := range set.Keys {
		if k.Use == "enc" {
			continue
		}
		parsed, err := k.parse()
		switch {
		case err != nil:
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		case k.Kid == "":
			return nil, fmt.Errorf("key %d: a kid is needed", i+1)
		case keys[k.Kid].key != nil:
			return nil, fmt.Errorf("key %d: another has the kid %q", i+1, k.Kid)
		case k.Alg != "" && k.Alg != parsed.algorithm:
			return nil, fmt.Errorf("key %d: its alg is %s", i+1, parsed.algorithm)
		}
		keys[k.Kid] = parsed
	}
	if len(keys) == 0 {
		return nil, errors.New("the set holds no signing key")
	}
	return keys, nil
}

func (k jwk) parse() (verifyKey, error) {
	x, xErr := base64.RawURLEncoding.DecodeString(k.X)
	y, yErr := base64.RawURLEncoding.DecodeString(k.Y)
	n, nErr := base64.RawURLEncoding.DecodeString(k.N)
	e, eErr := base64.RawURLEncoding.DecodeString(k.E)
	if err := errors.Join(xErr, yErr, nErr, eErr); err != nil {
		return verifyKey{}, errors.New("its numbers are base64url without padding")
	}
	switch {
	case k.Kty == "OKP" && k.Crv == "Ed25519" && len(x) == ed25519.PublicKeySize:
		return verifyKey{"EdDSA", ed25519.PublicKey(x)}, nil
	case k.Kty == "EC" && k.Crv == "P-256" && len(x) == 32 && len(y) == 32:
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
		if err != nil {
			return verifyKey{}, errors.New("its point is not on the curve P-256")
		}
		return verifyKey{"ES256", key}, nil
	case k.Kty == "RSA" && len(e) > 0 && len(e) <= 4:
		key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		if key.N.BitLen() < minRSABits || key.E < 3 || key.E%2 == 0 {
			return verifyKey{}, fmt.Errorf("an RSA key has at least %d bits and an odd exponent above 1", minRSABits)
		}
		return verifyKey{"RS256", key}, nil
	}
	return verifyKey{}, errors.New("it is none of Ed25519, P-256 and RSA")
}
