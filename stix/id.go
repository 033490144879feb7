package stix

import (
	"bytes"
	"errors"
	"strings"
)

// ID is a STIX identifier, "type--uuid", exactly as written (STIX 2.1 §2.9).
type ID string

// Type is the part before "--".
func (id ID) Type() string {
	t, _, _ := strings.Cut(string(id), "--")
	return t
}

// UUID is the sixteen octets of the identifier's UUID, zero when it has none.
func (id ID) UUID() (u [16]byte) {
	_, s, ok := strings.Cut(string(id), "--")
	if !ok || len(s) != 36 {
		return u
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '-' {
			continue
		}
		v, ok := unhex(s[i])
		if !ok || n >= 32 {
			return [16]byte{}
		}
		u[n/2] = u[n/2]<<4 | v
		n++
	}
	return u
}

var (
	errIDForm = errors.New(`an identifier is "object-type--UUID", as in "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"`)
	errIDType = errors.New("the part before -- is an object type: 3 to 250 of a-z, 0-9 and single hyphens, beginning with a letter")
	errIDUUID = errors.New("the part after -- is a UUID in lower case: 8-4-4-4-12 hexadecimal digits")
)

// typeOf is the part of an identifier before "--".
func typeOf(id []byte) []byte {
	t, _, _ := bytes.Cut(id, []byte("--"))
	return t
}

// ParseID checks the form that the store depends on: a type name and a lower-case UUID of 36
// characters. Whether version and variant bits are right is a finding of [Reader.Read], not of this.
func ParseID(s string) (ID, error) {
	if err := checkID([]byte(s)); err != nil {
		return "", err
	}
	return ID(s), nil
}

// checkID says what keeps text from being an identifier.
func checkID(s []byte) error {
	const tail = len("--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f")
	if at := len(s) - tail; at > 0 && s[at] == '-' && s[at+1] == '-' && validTypeName(s[:at]) && validUUID(s[at+2:]) {
		return nil
	}
	switch t, _, ok := bytes.Cut(s, []byte("--")); {
	case !ok:
		return errIDForm
	case !validTypeName(t):
		return errIDType
	}
	return errIDUUID
}

func validUUID(u []byte) bool {
	const shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	for i, c := range u {
		if uuidShape[c] != shape[i] {
			return false
		}
	}
	return true
}

// uuidShape says what a byte may stand for in a UUID: x is a digit.
var uuidShape = func() (t [256]byte) {
	for c := range t {
		if _, digit := unhex(byte(c)); digit {
			t[c] = 'x'
		}
	}
	t['-'] = '-'
	return t
}()

// rfc4122 reports whether the UUID of a well-formed identifier has a version and a variant that
// RFC 4122 knows.
func rfc4122(id []byte) bool {
	u := id[len(id)-36:]
	version, variant := u[14], u[19]
	return '1' <= version && version <= '5' && (variant == '8' || variant == '9' || variant == 'a' || variant == 'b')
}

func validTypeName(t []byte) bool {
	if len(t) < 3 || len(t) > 250 || t[0] < 'a' || t[0] > 'z' || t[len(t)-1] == '-' {
		return false
	}
	for i, c := range t {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '-' || t[i-1] == '-') {
			return false
		}
	}
	return true
}

// unhex takes lower-case digits only: one identifier has one spelling.
func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
