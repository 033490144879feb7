package stix_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"entente/stix"
)

// One object has many spellings in JSON. None changes what it says (RFC 8259).
func TestSpellingChangesNoFact(t *testing.T) {
	r := newReader(t, stix.DefaultTolerances()...)
	objects := []string{
		address, statement, amber, amber2,
		edit(t, indicator, "labels", `["é","a\"b"]`, "object_marking_refs", `["`+someMarking+`"]`, "created_by_ref", `"`+someIdentity+`"`,
			"confidence", "7", "lang", `"de"`, "x_a", `{"Mixed-Case":{"sample_ref":"`+someIdentity+`"},"l":[1,-2.5e3,null,true]}`,
			"granular_markings", `[{"lang":"fr","selectors":["labels.[1]","x_a.Mixed-Case","x_a.l.[3]"]}]`),
		edit(t, indicator, "object_marking_refs", `["x"]`, "x_A", "1", "granular_markings", `[{"lang":"fr","selectors":["a.b"]}]`), // rejected in any spelling
	}
	rapid.Check(t, func(rt *rapid.T) {
		object := rapid.SampledFrom(objects).Draw(rt, "object")
		var value any
		d := json.NewDecoder(strings.NewReader(object))
		d.UseNumber()
		require.NoError(rt, d.Decode(&value))
		respelled := spell(rt, value)

		want, wantFindings := r.Read([]byte(object))
		got, gotFindings := r.Read([]byte(respelled))
		for _, o := range []*stix.Object{&want, &got} {
			o.Raw, o.Hash = nil, [32]byte{}
			slices.Sort(o.Refs) // they stand in the order of the text
			slices.Sort(o.Extensions)
		}
		assert.Equal(rt, want, got, respelled)
		assert.ElementsMatch(rt, wantFindings, gotFindings, respelled)

		doc, err := stix.ReadDocument([]byte("[" + respelled + "]"))
		require.NoError(rt, err)
		require.Len(rt, doc.Objects, 1)
		assert.Equal(rt, strings.TrimSpace(respelled), string(doc.Objects[0]))
	})
}

// spell writes a value in one of JSON's many ways.
func spell(t *rapid.T, value any) string {
	space := func() string { return rapid.StringOfN(rapid.SampledFrom([]rune(" \t\r\n")), 0, 2, -1).Draw(t, "space") }
	var parts []string
	open, closing := "[", "]"
	switch v := value.(type) {
	case map[string]any:
		open, closing = "{", "}"
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range rapid.Permutation(names).Draw(t, "order") {
			parts = append(parts, space()+spellString(t, name)+space()+":"+spell(t, v[name]))
		}
	case []any:
		for _, item := range v {
			parts = append(parts, spell(t, item))
		}
	case string:
		return space() + spellString(t, v) + space()
	default:
		return space() + fmt.Sprint(map[bool]any{true: "null", false: v}[v == nil]) + space()
	}
	return space() + open + strings.Join(parts, ",") + space() + closing + space()
}

func spellString(t *rapid.T, s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '"' || r == '\\' || r < 0x10000 && rapid.IntRange(0, 4).Draw(t, "escape") == 0 {
			fmt.Fprintf(&b, rapid.SampledFrom([]string{`\u%04x`, `\u%04X`}).Draw(t, "digits"), r)
		} else {
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}
