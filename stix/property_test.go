package stix_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"entente/stix"
)

// One object has many spellings in JSON. None changes what it says (RFC 8259), right or wrong.
func TestSpellingChangesNothing(t *testing.T) {
	s, r := loadSchema(t), newReader(t)
	rules := slices.Concat(commonMutations, domainMutations, observableMutations, metaMutations, softMutations)
	for _, types := range slices.Collect(slices.Chunk(s.types(), 10)) {
		t.Run(types[0], rapid.MakeCheck(func(rt *rapid.T) {
			g := &generator{T: rt, schema: s}
			typ := g.pick(types...)
			o := g.object(typ)
			applicable := slices.DeleteFunc(slices.Clone(rules), func(m mutation) bool { return !m.appliesTo(s, typ) })
			if len(applicable) > 0 && g.chance(2) {
				o = rapid.SampledFrom(applicable).Draw(rt, "mutation").of(rt, o)
			}
			mustReadAlike(rt, r, encode(rt, o))
		}))
	}
}

// The same of what is fixed, custom or wrong in ways that no table has.
func TestSpellingChangesNoFact(t *testing.T) {
	r := newReader(t, stix.DefaultTolerances()...)
	objects := []string{
		address, statement, amber, amber2,
		edit(t, indicator, "labels", `["é","a\"b"]`, "object_marking_refs", `["`+someMarking+`"]`, "created_by_ref", `"`+someIdentity+`"`,
			"confidence", "7", "lang", `"de"`, "x_acme", `{"Mixed-Case":{"sample_ref":"`+someIdentity+`"},"list":[1.5,-2.5e3,100.25]}`,
			"granular_markings", `[{"lang":"fr","selectors":["labels.[1]","x_acme.Mixed-Case","x_acme.list.[2]"]}]`),
		objBuild(t, "relationship", `"labels":["sector:Énergie","country:é\"b"],"x_acme":{"deep_ref":"@tool"},"extensions":{
			"extension-definition--d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e":{"extension_type":"property-extension","sectors":["b","a","B"],"country":"xb"}}`),
		objBuild(t, "identity", `"identity_class":"Individual","sectors":["energy","Energy"],"country":"xa"`),
		objBuild(t, "language-content", `"object_ref":"@tool"`),
		edit(t, indicator, "object_marking_refs", `["x"]`, "x_A", "1", "granular_markings", `[{"lang":"fr","selectors":["a.b"]}]`), // rejected in any spelling
	}
	rapid.Check(t, func(rt *rapid.T) {
		mustReadAlike(rt, r, []byte(rapid.SampledFrom(objects).Draw(rt, "object")))
	})
}

// mustReadAlike reads an object and another spelling of it, alone and as an element of a list.
func mustReadAlike(t *rapid.T, r *stix.Reader, object []byte) {
	var value any
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	require.NoError(t, d.Decode(&value))
	respelled := spell(t, value)

	want, wantFindings := r.Read(object)
	got, gotFindings := r.Read([]byte(respelled))
	assert.Equal(t, facts(want), facts(got), respelled)
	if len(wantFindings) < maxFindings { // else the order of the text decides which are told
		assert.ElementsMatch(t, verdicts(wantFindings), verdicts(gotFindings), respelled)
	}
	doc, err := stix.ReadDocument([]byte("[" + respelled + "]"))
	require.NoError(t, err)
	require.Len(t, doc.Objects, 1)
	assert.Equal(t, strings.TrimSpace(respelled), string(doc.Objects[0]))
}

const maxFindings = 50

// facts are an object without its bytes; what stands in the order of the text is sorted.
func facts(o stix.Object) stix.Object {
	o.Raw, o.Hash = nil, [32]byte{}
	slices.Sort(o.Refs)
	slices.Sort(o.Joins)
	slices.Sort(o.Sectors)
	slices.Sort(o.Countries)
	slices.Sort(o.Extensions)
	if o.Marking != nil {
		slices.Sort(o.Marking.Extensions)
	}
	return o
}

// verdicts are what findings say of the object and not of its spelling. Of two keys that differ
// in case the later one is told, and of many like warnings the first: their places are left out.
func verdicts(findings []stix.Finding) []stix.Finding {
	var v []stix.Finding
	for _, f := range findings {
		f.Value, f.Message = "", ""
		if f.Code == "J-case" || f.Severity == stix.Warning {
			f.Pointer = ""
		}
		v = append(v, f)
	}
	return v
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
	case json.Number:
		return space() + spellNumber(t, string(v)) + space()
	default:
		return space() + fmt.Sprint(map[bool]any{true: "null", false: v}[v == nil]) + space()
	}
	return space() + open + strings.Join(parts, ",") + space() + closing + space()
}

// spellNumber writes a number that is no integer in another way; an integer has but one.
func spellNumber(t *rapid.T, n string) string {
	mantissa, exponent, hasExponent := strings.Cut(n, "e")
	if strings.Contains(mantissa, ".") {
		mantissa += rapid.SampledFrom([]string{"", "0", "000"}).Draw(t, "zeros")
	}
	switch {
	case hasExponent:
		return mantissa + rapid.SampledFrom([]string{"e", "E"}).Draw(t, "e") + exponent
	case strings.Contains(mantissa, "."):
		return mantissa + rapid.SampledFrom([]string{"", "e0", "E+00"}).Draw(t, "e")
	}
	return n
}

func spellString(t *rapid.T, s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '"' || r == '\\' || r < ' ' || r < 0x10000 && rapid.IntRange(0, 4).Draw(t, "escape") == 0 {
			fmt.Fprintf(&b, rapid.SampledFrom([]string{`\u%04x`, `\u%04X`}).Draw(t, "digits"), r)
		} else if r >= 0x10000 && rapid.Bool().Draw(t, "surrogates") {
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04X`, high, low)
		} else {
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}
