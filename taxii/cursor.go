package taxii

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Cursor is what a `next` stands for: where its page ended, and what was asked for. It depends on
// nothing that a server would have to remember, so it never expires.
type Cursor struct {
	After int64 // date_added of the page's last entry, in microseconds since 1970
	Query Query // as first asked, without Limit and Next
}

// ErrCursor is a `next` that this server did not give out for this request. It says no more,
// because whoever forges one should not learn how far it got.
var ErrCursor = errors.New("next is not one that this server gave for this request")

// A token is base64url of: a format octet, an octet that names the key, the nonce, and the sealed
// cursor. The cursor is padded to a multiple of cursorBlock, so that tokens have one length: 296
// characters, unless the filters hold more than a handful of ids. All lengths divide by three, so
// that base64 leaves no spare bits.
const (
	tokenFormat  = 1
	tokenHeader  = 2
	tokenNonce   = 12
	tokenTag     = 16
	cursorBlock  = 192
	sealerKeyLen = 32
)

// Sealer turns cursors into tokens and back. It is safe for concurrent use.
type Sealer struct {
	keys []sealKey // the first one seals
}

type sealKey struct {
	id    byte
	aead  cipher.AEAD
	nonce []byte // key of the nonce's derivation
}

// NewSealer makes a sealer from a secret key of 32 octets. Older keys open what was sealed before
// the key was changed.
func NewSealer(key []byte, older ...[]byte) (*Sealer, error) {
	s := new(Sealer)
	for _, secret := range append([][]byte{key}, older...) {
		k, err := newSealKey(secret)
		if err != nil {
			return nil, fmt.Errorf("cursor key: %w", err)
		}
		s.keys = append(s.keys, k)
	}
	return s, nil
}

func newSealKey(secret []byte) (sealKey, error) {
	if len(secret) != sealerKeyLen {
		return sealKey{}, fmt.Errorf("has %d octets, not %d", len(secret), sealerKeyLen)
	}
	derived, err := hkdf.Key(sha256.New, secret, nil, "taxii next cursor", 2*sealerKeyLen+1)
	if err != nil {
		return sealKey{}, err
	}
	block, err := aes.NewCipher(derived[:sealerKeyLen])
	if err != nil {
		return sealKey{}, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return sealKey{}, err
	}
	return sealKey{id: derived[2*sealerKeyLen], aead: aead, nonce: derived[sealerKeyLen : 2*sealerKeyLen]}, nil
}

// Seal makes the token of a cursor. Binding names all that the token is good for: principal,
// endpoint, collection and object; two of them must never be written the same. The same cursor
// always gives the same token. It consists of A-Z, a-z, 0-9, _ and - only.
func (s *Sealer) Seal(binding string, c Cursor) string {
	k := s.keys[0]
	plain := appendCursor(make([]byte, 0, cursorBlock), c)
	plain = append(plain, make([]byte, (cursorBlock-len(plain)%cursorBlock)%cursorBlock)...)
	token := append(make([]byte, 0, tokenHeader+tokenNonce+len(plain)+tokenTag), tokenFormat, k.id)
	token = append(token, k.syntheticNonce(binding, plain)...)
	token = k.aead.Seal(token, token[tokenHeader:], plain, bound(token[:tokenHeader], binding))
	return base64.RawURLEncoding.EncodeToString(token)
}

// Open reads a token that [Sealer.Seal] made with the same binding. Every other yields [ErrCursor].
func (s *Sealer) Open(binding, token string) (Cursor, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	// The decoder passes over line breaks; with them a token would have a second spelling.
	if err != nil || base64.RawURLEncoding.EncodedLen(len(raw)) != len(token) {
		return Cursor{}, ErrCursor
	}
	if len(raw) < tokenHeader+tokenNonce+tokenTag || raw[0] != tokenFormat {
		return Cursor{}, ErrCursor
	}
	header, nonce, sealed := raw[:tokenHeader], raw[tokenHeader:tokenHeader+tokenNonce], raw[tokenHeader+tokenNonce:]
	for _, k := range s.keys {
		if k.id != header[1] {
			continue
		}
		plain, err := k.aead.Open(nil, nonce, sealed, bound(header, binding))
		if err != nil {
			continue
		}
		c, ok := readCursor(plain)
		if !ok {
			return Cursor{}, ErrCursor
		}
		return c, nil
	}
	return Cursor{}, ErrCursor
}

// bound is the additional data that a token is authenticated with.
func bound(header []byte, binding string) []byte {
	return append(slices.Clone(header), binding...)
}

// syntheticNonce is a keyed digest of all that is sealed, so a nonce repeats only together with
// its message, and a token says nothing about when it was made.
func (k sealKey) syntheticNonce(binding string, plain []byte) []byte {
	mac := hmac.New(sha256.New, k.nonce)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(binding))))
	mac.Write([]byte(binding))
	mac.Write(plain)
	return mac.Sum(nil)[:tokenNonce]
}

// Merge says what a request means that carries the `next` of c: the query of c, as many objects
// as the request wants. A client that repeats its filters repeats the same ones (§3.5); one that leaves them out, or
// moves its added_after on, means the same walk. A match field that differs is a [*ParameterError].
func Merge(request Query, c Cursor) (Query, error) {
	q := c.Query
	for _, f := range []struct {
		name string
		fits bool
	}{
		{"match[id]", fits(request.IDs, q.IDs)},
		{"match[type]", fits(request.Types, q.Types)},
		{"match[spec_version]", fits(request.SpecVersions, q.SpecVersions)},
		{"match[version]", request.Version.isZero() || request.Version.equal(q.Version)},
	} {
		if !f.fits {
			return Query{}, conflict(f.name)
		}
	}
	for _, m := range request.Extra {
		same := func(o Match) bool { return o.Field == m.Field && slices.Equal(o.Values, m.Values) }
		if !slices.ContainsFunc(q.Extra, same) {
			return Query{}, conflict("match[" + m.Field + "]")
		}
	}
	q.Limit = request.Limit
	return q, nil
}

func fits[T ~string](request, cursor []T) bool {
	return len(request) == 0 || slices.Equal(request, cursor)
}

func conflict(parameter string) error {
	return parameterError(parameter, "", "differs from the request that next continues; leave out next to ask anew")
}
