package stix_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"entente/stix"
)

// Whatever keeps the rules is accepted.
func TestGeneratedObjectsAreAccepted(t *testing.T) {
	s, r := loadSchema(t), newReader(t)
	for _, typ := range s.types() {
		t.Run(typ, rapid.MakeCheck(func(rt *rapid.T) {
			g := &generator{T: rt, schema: s}
			mustAccept(rt, r, encode(rt, g.object(typ)))
		}))
	}
	t.Run("bundle", rapid.MakeCheck(func(rt *rapid.T) {
		g := &generator{T: rt, schema: s}
		b := g.bundle()
		d, err := stix.ReadDocument(encode(rt, b))
		require.NoError(rt, err)
		require.Equal(rt, stix.Bundle, d.Kind)
		want, _ := b["objects"].([]any)
		require.Len(rt, d.Objects, len(want))
		for _, raw := range d.Objects {
			mustAccept(rt, r, raw)
		}
	}))
}

func mustAccept(t *rapid.T, r *stix.Reader, raw []byte) stix.Object {
	o, findings := r.Read(raw)
	f, rejected := stix.Rejects(findings)
	require.False(t, rejected, "%v in %s", f, raw)
	return o
}

// encode writes a value with no escapes but the needed ones.
func encode(t require.TestingT, value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	require.NoError(t, e.Encode(value))
	return bytes.TrimSpace(b.Bytes())
}
