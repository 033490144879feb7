package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
)

const (
	// maxPassword and maxToken bound what is looked at, in bytes; a JWT is the longest.
	maxPassword = 1024
	maxToken    = 8 << 10
	minPassword = 12

	tokenPrefix = "ent1_" // says what it is, to people and secret scanners, and its format
	saltSize    = 16
)

// NewPassword makes a password of 120 random bits in 24 characters.
func NewPassword(rand io.Reader) (string, error) {
	b := make([]byte, 15)
	if _, err := io.ReadFull(rand, b); err != nil {
		return "", fmt.Errorf("make a password: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(b)), nil
}

// NewToken makes a token of 256 random bits.
func NewToken(rand io.Reader) (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(rand, b); err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b), nil
}

// HashToken is what is kept of a token: its SHA-256, in hex. A random token needs no salt.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// HashSPKI is how a link names a client certificate: the SHA-256 of its public key, in hex.
func HashSPKI(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// HashPassword is what is kept of a password: argon2id (RFC 9106) with 19 MiB, two passes and
// one lane, as a PHC string.
func HashPassword(rand io.Reader, password string) (string, error) {
	if len(password) < minPassword || len(password) > maxPassword {
		return "", fmt.Errorf("hash password: its length is from %d to %d bytes", minPassword, maxPassword)
	}
	h := passwordHash{cost: defaultCost, salt: make([]byte, saltSize)}
	if _, err := io.ReadFull(rand, h.salt); err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	h.sum = Argon2id([]byte(password), h.salt, h.cost)
	return h.String(), nil
}

// Cost is what one computation of a password's hash takes.
type Cost struct {
	Memory  uint32 // KiB
	Passes  uint32
	Lanes   uint8
	SumSize uint32 // bytes of the result
}

var defaultCost = Cost{Memory: 19 << 10, Passes: 2, Lanes: 1, SumSize: 32}

// Argon2id computes a password's hash.
func Argon2id(password, salt []byte, c Cost) []byte {
	return argon2.IDKey(password, salt, c.Passes, c.Memory, c.Lanes, c.SumSize)
}

// passwordHash is a parsed PHC string.
type passwordHash struct {
	cost      Cost
	salt, sum []byte
}

var errPHC = errors.New("write an argon2id hash, as `entente account add` makes it: $argon2id$v=19$m=19456,t=2,p=1$salt$hash")

// parsePasswordHash reads a PHC string; what is weak or would cost too much to check is refused.
func parsePasswordHash(s string) (passwordHash, error) {
	var h passwordHash
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return h, errPHC
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.cost.Memory, &h.cost.Passes, &h.cost.Lanes); n != 3 || err != nil {
		return h, errPHC
	}
	salt, saltErr := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	sum, sumErr := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if saltErr != nil || sumErr != nil {
		return h, errPHC
	}
	h.salt, h.sum, h.cost.SumSize = salt, sum, uint32(len(sum))
	if h.String() != s {
		return h, errPHC
	}
	c := h.cost
	if c.Memory < 8<<10 || c.Memory > 128<<10 || c.Passes < 1 || c.Passes > 8 || c.Lanes < 1 || c.Lanes > 4 ||
		len(salt) < 8 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64 {
		return h, errors.New("the hash costs too little or too much; m is from 8192 to 131072, t from 1 to 8, p from 1 to 4")
	}
	return h, nil
}

func (h passwordHash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.Memory, h.cost.Passes, h.cost.Lanes,
		b64.EncodeToString(h.salt), b64.EncodeToString(h.sum))
}

func (h passwordHash) matches(password string, kdf func(password, salt []byte, c Cost) []byte) bool {
	return subtle.ConstantTimeCompare(kdf([]byte(password), h.salt, h.cost), h.sum) == 1
}
