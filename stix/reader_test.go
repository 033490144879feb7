package stix_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

func TestNewReaderKnowsItsTolerances(t *testing.T) {
	_, err := stix.NewReader(stix.Options{Tolerate: []string{"timestamp-precision", "everything"}})
	assert.ErrorContains(t, err, `"everything" is not a tolerance`)
	for _, known := range stix.Tolerances() {
		assert.ErrorContains(t, err, known.Name)
		assert.NotEmpty(t, known.Why)
		assert.NotEmpty(t, known.Codes)
		assert.Contains(t, stix.DefaultTolerances(), known.Name)
	}
}

func TestReadFacts(t *testing.T) {
	raw := edit(t, indicator, "created_by_ref", `"`+someIdentity+`"`, "revoked", "true", "confidence", "85", "lang", `"en"`,
		"labels", `["a","b\u0063"]`, "object_marking_refs", `["`+someMarking+`","`+someMarking+`"]`,
		"granular_markings", `[{"marking_ref":"`+someMarking+`","selectors":["labels.[1]","pattern"]},{"lang":"de","selectors":["labels"]}]`,
		"x_a", `{"sample_refs":["file--e277603e-1060-5ad4-9937-c26c97f1ca68"],"b_ref":"`+someIdentity+`"}`,
		"extensions", `{"extension-definition--d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e":{"extension_type":"property-extension","c_ref":"`+someIdentity+`"}}`)
	o, findings := accepted(t, newReader(t), "\n\t "+raw+" \r\n")
	assert.Empty(t, forgiven(findings))
	assert.Equal(t, stix.Object{
		Raw: []byte(raw), Hash: sha256.Sum256([]byte(raw)),
		ID: "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", Type: "indicator", SpecVersion: "2.1",
		Version: "2026-02-01T12:00:00.000Z", VersionTime: time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC),
		Created: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Modified: time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC),
		CreatedBy: someIdentity, Revoked: true, Confidence: 85, Lang: "en", Labels: []string{"a", "bc"},
		Markings: []stix.ID{someMarking},
		Granular: []stix.Granular{
			{Marking: someMarking, Selectors: []string{"labels.[1]", "pattern"}, Resolves: true},
			{Lang: "de", Selectors: []string{"labels"}, Resolves: true},
		},
		Refs:       []stix.ID{someIdentity, "file--e277603e-1060-5ad4-9937-c26c97f1ca68"},
		Extensions: []stix.ID{"extension-definition--d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e"},
	}, o)
}

func TestReadFactsOfWhatHasNoVersions(t *testing.T) {
	r := newReader(t)
	o, _ := accepted(t, r, address)
	assert.Empty(t, o.Version)
	assert.True(t, o.VersionTime.IsZero())
	assert.Equal(t, -1, o.Confidence)
	assert.Equal(t, "2.1", o.SpecVersion, "S-3.2-02 on an SCO the default is 2.1")

	o, _ = accepted(t, r, statement)
	assert.Equal(t, "2026-01-31T12:00:00.000Z", o.Version, "a marking-definition has created only")
	assert.Equal(t, &stix.Marking{DefinitionType: "statement"}, o.Marking)
}

// Whatever stands between the brackets, an object that is not certainly one thing is nothing.
func TestReadRejectsWhatParsersDisagreeOn(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"k%05d":0`, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	with := func(name, value string) string {
		return strings.TrimSuffix(indicator, "}") + `,` + name + `:` + value + "}"
	}
	for _, tt := range []struct {
		name, object, code, pointer string
	}{
		{"empty", "", "J-syntax", ""},
		{"cut off", indicator[:40], "J-syntax", ""},
		{"raw-top-level-string", `"x"`, "J-object", ""},
		{"raw-top-level-array-of-numbers", `[1]`, "J-object", ""},
		{"NaN is no JSON", with(`"x_a"`, "NaN"), "J-syntax", "/x_a"},
		{"a comma at the end", `{"a":1,}`, "J-syntax", ""},
		{"a comment", `{"a":1 /* */}`, "J-syntax", ""},
		{"single quotes", `{'a':1}`, "J-syntax", ""},
		{"a leading zero", with(`"x_a"`, "01"), "J-syntax", ""},
		{"a plus sign", with(`"x_a"`, "+1"), "J-syntax", "/x_a"},
		{"a control character in a string", with(`"x_a"`, "\"a\nb\""), "J-syntax", "/x_a"},
		{"a bad escape", with(`"x_a"`, `"\x41"`), "J-syntax", "/x_a"},
		{"ADV-44 byte order mark", "\xEF\xBB\xBF" + indicator, "J-syntax", ""},
		{"trailing data", indicator + " {}", "J-trailing", ""},
		{"trailing bracket", indicator + "}", "J-trailing", ""},
		{"S-2.3-08 ADV-42 duplicate id", with(`"id"`, `"indicator--0"`), "S-2.3-08", "/id"},
		{"S-2.3-08 ADV-42 duplicate marking, escaped", edit(t, indicator, "object_marking_refs", `["`+someMarking+`"]`)[:len(edit(t, indicator, "object_marking_refs", `["`+someMarking+`"]`))-1] + `,"object_\u006darking_refs":[]}`, "S-2.3-08", "/object_marking_refs"},
		{"S-2.3-08 duplicate deep down", with(`"x_a"`, `[{"b":{"c~/d":1,"c~/d":1}}]`), "S-2.3-08", "/x_a/0/b/c~0~1d"},
		{"S-3.1-07 ADV-42 Object_Marking_Refs", with(`"Object_Marking_Refs"`, `[]`), "S-3.1-07", "/Object_Marking_Refs"},
		{"S-3.1-07 ADV-42 Kelvin sign", with("\"object_mar\u212Aing_refs\"", `[]`), "S-3.1-07", "/object_mar\u212Aing_refs"},
		{"S-3.1-07 ADV-42 Kelvin sign, escaped", with(`"object_mar\u212Aing_refs"`, `[]`), "S-3.1-07", "/object_mar\u212Aing_refs"},
		{"S-3.1-07 long s", with("\"labelſ\"", `["a"]`), "S-3.1-07", "/labelſ"},
		{"ADV-42 case twins at the top", with(`"x_A":1,"x_a"`, `1`), "J-case", "/x_a"},
		{"ADV-42 case twins deep down", with(`"x_a"`, `{"MD5":"","SHA-1":"","md5":""}`), "J-case", "/x_a/md5"},
		{"ADV-42 case twins, Kelvin sign", with(`"x_a"`, "{\"\\u006bey\":1,\"\u212Aey\":2}"), "J-case", "/x_a/\u212Aey"},
		{"ADV-42 case variant of id beside it", with(`"ID"`, `"x"`), "J-case", "/ID"},
		{"S-2.15-01 ADV-44 invalid UTF-8", with(`"x_a"`, "\"a\xffb\""), "S-2.15-01", "/x_a"},
		{"S-2.15-01 ADV-44 overlong UTF-8", with(`"x_a"`, "\"\xc0\xaf\""), "S-2.15-01", "/x_a"},
		{"S-2.15-01 ADV-44 a surrogate as UTF-8", with(`"x_a"`, "\"\xed\xa0\x80\""), "S-2.15-01", "/x_a"},
		{"S-2.15-01 invalid UTF-8 in a key", with("\"x_\xff\"", "1"), "S-2.15-01", ""},
		{"S-2.15-01 UTF-8 cut off", with(`"x_a"`, "\"\xe2\x82"), "S-2.15-01", "/x_a"},
		{"S-2.15-01 ADV-44 lone high surrogate", with(`"x_a"`, `"\ud800"`), "S-2.15-01", "/x_a"},
		{"S-2.15-01 ADV-44 lone low surrogate", with(`"x_a"`, `"x\uDC00y"`), "S-2.15-01", "/x_a"},
		{"S-2.15-01 surrogates in the wrong order", with(`"x_a"`, `"\udc00\ud800"`), "S-2.15-01", "/x_a"},
		{"ADV-44 NUL", with(`"x_a"`, `"a\u0000b"`), "J-nul", "/x_a"},
		{"ADV-44 NUL after a backslash", with(`"x_a"`, `"\\\u0000"`), "J-nul", "/x_a"},
		{"ADV-44 NUL in a key", with(`"x_\u0000"`, `1`), "J-nul", "/x_\x00"},
		{"ADV-44 a NUL byte", with(`"x_a"`, "\"\x00\""), "J-syntax", "/x_a"},
		{"ADV-45 depth 65", with(`"x_a"`, deep(64)), "J-depth", "/x_a" + strings.Repeat("/0", 63)},
		{"ADV-45 depth 10^6", with(`"x_a"`, deep(1_000_000)), "J-depth", "/x_a" + strings.Repeat("/0", 63)},
		{"ADV-45 10,001 keys", with(`"x_a"`, keys(10_001)), "J-keys", "/x_a/k10000"},
		{"ADV-45 500,001 values", with(`"x_a"`, "["+strings.Repeat("0,", 500_000)+"0]"), "J-values", "/x_a/499986"},
		{"ADV-45 1e400", with(`"x_a"`, "1e400"), "S-2.6-01", "/x_a"},
		{"ADV-45 -1E+400", with(`"x_a"`, "[0,-1E+400]"), "S-2.6-01", "/x_a/1"},
		{"ADV-45 2^64", with(`"x_a"`, "18446744073709551616"), "S-2.10-01", "/x_a"},
		{"S-2.10-01 2^53", with(`"x_a"`, "9007199254740992"), "S-2.10-01", "/x_a"},
		{"S-2.10-01 -2^53", with(`"x_a"`, "-9007199254740992"), "S-2.10-01", "/x_a"},
		{"S-2.10-01 400 digits", with(`"x_a"`, strings.Repeat("9", 400)), "S-2.10-01", "/x_a"},
		{"S-2.6-01 400 digits and a point", with(`"x_a"`, strings.Repeat("9", 400)+".5"), "S-2.6-01", "/x_a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, findings := newReader(t, stix.DefaultTolerances()...).Read([]byte(tt.object))
			f, rejected := stix.Rejects(findings)
			require.True(t, rejected)
			assert.Equal(t, tt.code, f.Code, f.String())
			assert.Equal(t, tt.pointer, f.Pointer, f.String())
			assert.NotEmpty(t, f.Message)
			assert.LessOrEqual(t, utf8.RuneCountInString(f.Value), 60)
			assert.True(t, utf8.ValidString(f.Value+f.Pointer+f.Message))
			assert.Equal(t, sha256.Sum256(o.Raw), o.Hash)
		})
	}
}

func TestReadAcceptsTheUnusual(t *testing.T) {
	r := newReader(t)
	for name, value := range map[string]string{
		"depth 64":                              strings.Repeat("[", 63) + "0" + strings.Repeat("]", 63),
		"S-2.10-01 2^53-1":                      "[9007199254740991,-9007199254740991]",
		"S-2.6-01 the greatest float":           "1.7976931348623157e308",
		"a float that rounds to zero":           "1e-400",
		"ADV-44 NFC and NFD spellings as keys":  "{\"\u00e9\":1,\"e\u0301\":2}",
		"ADV-44 bidi controls":                  `"a\u202Eb` + "\u202E" + `"`,
		"ADV-44 a string of 1 MB":               `"` + strings.Repeat("é", 500_000) + `"`,
		"an escaped backslash before u0000":     `"\\u0000"`,
		"U+FFFD itself":                         `"\uFFFD` + "\uFFFD" + `"`,
		"a noncharacter":                        `"\uFFFF"`,
		"a surrogate pair":                      `"\ud83d\ude00"`,
		"upper-case keys that are no twins":     `{"MD5":"","SHA-256":"","É":1}`,
		"sharp s and ss do not fold simply":     `{"ß":1,"ss":2}`,
		"keys with odd ASCII":                   `{"a b":1,"":2,"~/":3}`,
		"STIX's names in other case, deep down": `{"Name":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			raw := strings.TrimSuffix(indicator, "}") + `,"x_a":` + value + "}"
			o, _ := accepted(t, r, raw)
			assert.Equal(t, raw, string(o.Raw), "byte for byte")
		})
	}
}

func TestFindingsStayBounded(t *testing.T) {
	bad := edit(t, indicator, "object_refs", `[`+strings.Repeat(`"x",`, 100_000)+`"x"]`)
	_, findings := newReader(t).Read([]byte(bad))
	assert.Len(t, findings, 50)

	// 100,000 warnings come first; the error after them must not be lost.
	warned := edit(t, indicator, "a_refs", `[`+strings.Repeat(`"x",`, 100_000)+`"x"]`, "z_ref", `1`, "sample_refs", `["x"]`)
	_, findings = newReader(t, "custom-reference").Read([]byte(warned))
	assert.Len(t, findings, 50)
	f, rejected := stix.Rejects(findings)
	require.True(t, rejected)
	assert.Equal(t, "/sample_refs/0", f.Pointer)

	long := `{"` + strings.Repeat("k", 5000) + `":{"x":"` + strings.Repeat("é", 500) + `\u0000"}}`
	f = rejection(t, newReader(t), long)
	assert.Empty(t, f.Pointer, "too long a pointer names an enclosing value")
	assert.Equal(t, 60, utf8.RuneCountInString(f.Value))
}

func TestReadConcurrently(t *testing.T) {
	r := newReader(t, stix.DefaultTolerances()...)
	objects := []string{indicator, address, statement, amber, amber2, "{", edit(t, indicator, "labels", `["\u0061"]`)}
	want := make([]stix.Object, len(objects))
	for i, o := range objects {
		want[i], _ = r.Read([]byte(o))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := range 500 {
				got, _ := r.Read([]byte(objects[n%len(objects)]))
				assert.Equal(t, want[n%len(objects)], got)
			}
		})
	}
	wg.Wait()
}

func TestFindingString(t *testing.T) {
	assert.Equal(t, "no id (S-1)", stix.Finding{Code: "S-1", Message: "no id"}.String())
	assert.Equal(t, "/a: bad (S-1)", stix.Finding{Code: "S-1", Pointer: "/a", Message: "bad"}.String())
}
