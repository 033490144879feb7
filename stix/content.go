package stix

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// SameContent reports whether two texts of one version of an object say the same: white space,
// the order of keys, escapes, and a property that says what its absence says too, change nothing
// (STIX 2.1 §3.6).
func SameContent(a, b []byte) bool { return bytes.Equal(contentOf(a), contentOf(b)) }

// contentOf is what an object says in a form of its own (RFC 8785).
func contentOf(raw []byte) []byte {
	var t tape
	if t.parse(raw) != nil {
		return raw
	}
	said := []byte{'{'}
	for i := range t.children(0) {
		if t.isDefault(i) {
			continue
		}
		if len(said) > 1 {
			said = append(said, ',')
		}
		said, _ = jsontext.AppendQuote(said, t.nameOf(i)) // the tape has valid names only
		said = append(append(said, ':'), t.rawOf(i)...)
	}
	v := jsontext.Value(append(said, '}'))
	if v.Canonicalize() != nil {
		return raw
	}
	return v
}

// isDefault reports whether a property says what its absence says too (§3.6).
func (t *tape) isDefault(at int32) bool {
	switch string(t.nameOf(at)) {
	case "revoked", "defanged", "summary":
		return t.nodes[at].kind == 'f'
	case "lang":
		return string(t.str(at)) == "en"
	case "spec_version":
		s := structures[string(t.str(t.member(0, "type")))]
		return s != nil && s.class == classSCO && string(t.str(at)) == "2.1"
	}
	return false
}
