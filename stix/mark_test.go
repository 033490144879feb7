package stix_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

func TestAddMarking(t *testing.T) {
	const m = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
	for _, c := range []struct{ name, raw, want string }{
		{"an object without markings", `{"id":"a", "x":{"object_marking_refs":[]} }`, `{"id":"a", "x":{"object_marking_refs":[]} ,"object_marking_refs":["` + m + `"]}`},
		{"a list gets one more", `{"object_marking_refs": [ "other"],"id":"a"}`, `{"object_marking_refs": ["` + m + `", "other"],"id":"a"}`},
		{"an escaped name is the same name", `{"\u006fbject_marking_refs":["other"]}`, `{"\u006fbject_marking_refs":["` + m + `","other"]}`},
	} {
		got, err := stix.AddMarking(&stix.Object{Raw: []byte(c.raw)}, m)
		require.NoError(t, err, c.name)
		assert.Equal(t, c.want, string(got), c.name)
	}
	for _, raw := range []string{``, `{"a`, `{"a":`, `{"object_marking_refs":`} {
		_, err := stix.AddMarking(&stix.Object{ID: "x", Raw: []byte(raw)}, m)
		assert.ErrorContains(t, err, "mark x", raw)
	}
}
