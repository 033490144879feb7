package stix_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// poison is an element that must be rejected and harm no neighbour (ADV-42, ADV-44, ADV-45, ADV-47).
type poison struct{ name, element string }

// poisons makes every kind of element that parsers are known to disagree on, in every property
// that the store depends on.
func poisons(t testing.TB) (all []poison) {
	t.Helper()
	add := func(name, element string) { all = append(all, poison{name, element}) }
	whole := edit(t, indicator, "created_by_ref", `"`+someIdentity+`"`, "object_marking_refs", `["`+someMarking+`"]`, "revoked", "false", "labels", `["a"]`)
	with := func(member string) string { return strings.TrimSuffix(whole, "}") + "," + member + "}" }

	vital := map[string]string{
		"type": `"malware"`, "id": `"indicator--00000000-0000-4000-8000-000000000000"`, "spec_version": `"2.1"`,
		"created": `"2020-01-01T00:00:00.000Z"`, "modified": `"2030-01-01T00:00:00.000Z"`, "revoked": "true",
		"created_by_ref": `"identity--00000000-0000-4000-8000-000000000000"`, "object_marking_refs": `["` + someMarking + `"]`,
		"granular_markings": `[]`, "labels": `["b"]`, "extensions": `{}`, "confidence": `1`,
	}
	for name, value := range vital {
		quoted := `"` + name + `":` + value
		add("twice "+name, strings.Replace(with(quoted), "{", "{"+quoted+",", 1))
		add("twice, escaped "+name, with(fmt.Sprintf(`"\u%04x%s":%s,%s`, name[0], name[1:], value, quoted)))
		add("title case "+name, with(`"`+strings.ToUpper(name[:1])+name[1:]+`":`+value))
		add("upper case "+name, with(`"`+strings.ToUpper(name)+`":`+value))
		add("upper case, escaped "+name, with(fmt.Sprintf(`"\u%04X%s":%s`, unicode.ToUpper(rune(name[0])), name[1:], value)))
		for letter, twin := range map[string]string{"k": "\u212A", "s": "\u017F"} {
			if strings.Contains(name, letter) {
				add("folds to "+name, with(`"`+strings.Replace(name, letter, twin, 1)+`":`+value))
			}
		}
		add("NUL in the value of "+name, edit(t, whole, name, `"\u0000"`))
		add("deep value of "+name, edit(t, whole, name, strings.Repeat("[", 100)+strings.Repeat("]", 100)))
		add("an object of numbers for "+name, edit(t, whole, name, `{"a":1}`))
		add("null for "+name, edit(t, whole, name, `null`))
		add("a number for "+name, edit(t, whole, name, `1e2`))
	}
	for name, bytes := range map[string]string{
		"a bare continuation byte": "\x80", "an overlong slash": "\xc0\xaf", "a surrogate in UTF-8": "\xed\xa0\x80", "beyond U+10FFFF": "\xf4\x90\x80\x80",
		"a cut-off rune": "\xe2\x82", "Latin-1": "caf\xe9", "a lone high surrogate": `\ud800`, "a lone low surrogate": `\udfff`, "surrogates swapped": `\udc00\ud800`,
		"a high surrogate and a letter": `\ud800a`, "a NUL byte": "\x00", "a NUL escape": `\u0000`, "a raw line break": "\n", "a raw tab": "\t", "an unknown escape": `\a`,
		"a cut-off escape": `\u12`, "an upper-case escape": `\U0041`,
	} {
		add(name+" in a string", with(`"x_a":"`+bytes+`"`))
		add(name+" in a key", with(`"x_a`+bytes+`":1`))
		add(name+" in an id", strings.Replace(whole, "indicator--8e2e2d2b", "indicator--8e2e"+bytes+"2b", 1))
	}
	for _, number := range []string{"1e400", "-1e400", "9007199254740992", "-9007199254740992", "18446744073709551616", "01", "+1", ".5", "1.", "0x1", "1_0", "NaN", "Infinity", "-", "1e", "--1"} {
		add("the number "+number, with(`"x_a":`+number))
	}
	for name, element := range map[string]string{
		"nothing but a number": "1", "a string": `"x"`, "null": "null", "true": "true", "a list": "[1]", "an empty object": "{}", "a bundle": `{"type":"bundle","id":"bundle--1"}`,
		"a bare word": "undefined", "depth 10^6": strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000),
		"depth 10^5 of objects": strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000),
		"no commas":             `{"a":1 "b":2}`, "no colon": `{"a" 1}`, "two colons": `{"a"::1}`, "a comma at the end": `{"a":1,}`, "a comma at the start": `{,"a":1}`,
		"a comment": `{"a":1/* */}`, "a number as key": `{1:2}`, "a bare key": `{type:"indicator"}`, "single quotes": `{'type':'indicator'}`,
		"half a surrogate pair at the end": `{"a":"\ud800"}`, "a byte order mark": "\xEF\xBB\xBF" + whole, "an element and more": whole + " 1",
		"two objects without a comma": whole + whole,
	} {
		add(name, element)
	}
	return all
}

func TestPoisonHarmsNoNeighbour(t *testing.T) {
	r := newReader(t, stix.DefaultTolerances()...)
	good := []string{indicator, address, statement, amber2}
	kinds := poisons(t)
	require.Greater(t, len(kinds), 100)
	for _, p := range kinds {
		t.Run("ADV-47 "+p.name, func(t *testing.T) {
			_, findings := r.Read([]byte(p.element))
			_, rejected := stix.Rejects(findings)
			require.True(t, rejected, "%.300s", p.element)
			for place := range len(good) + 1 {
				elements := append(append(append([]string{}, good[:place]...), p.element), good[place:]...)
				d, err := stix.ReadDocument([]byte(`{"type":"bundle","id":"bundle--1","objects":[` + strings.Join(elements, ", ") + `]}`))
				require.NoError(t, err)
				require.Len(t, d.Objects, len(elements))
				for i, raw := range d.Objects {
					o, findings := r.Read(raw)
					_, rejected := stix.Rejects(findings)
					assert.Equal(t, i == place, rejected)
					assert.Equal(t, elements[i], string(o.Raw))
				}
			}
		})
	}
}
