package stix_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"entente/stix"
)

// hole is a valid object with a place where one value is missing.
type hole struct{ before, after string }

func (h hole) filled(value []byte) []byte {
	return slices.Concat([]byte(h.before), value, []byte(h.after))
}

// nestedHoles are places inside extensions and nested types, "%" in a property's value.
var nestedHoles = []struct{ typ, property, value string }{
	{"file", "extensions", `{"archive-ext":{"contains_refs":["file--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"],"comment":%}}`},
	{"file", "extensions", `{"ntfs-ext":{"sid":"S","alternate_data_streams":%}}`},
	{"file", "extensions", `{"pdf-ext":{"version":"1","document_info_dict":%}}`},
	{"file", "extensions", `{"raster-image-ext":{"exif_tags":%}}`},
	{"file", "extensions", `{"windows-pebinary-ext":{"pe_type":"exe","optional_header":%}}`},
	{"file", "extensions", `{"windows-pebinary-ext":{"pe_type":"exe","sections":[{"name":"x","hashes":%}]}}`},
	{"file", "extensions", `{"windows-pebinary-ext":%}`},
	{"file", "hashes", `{"MD5":%}`},
	{"network-traffic", "extensions", `{"http-request-ext":{"request_method":"get","request_value":"/","request_header":%}}`},
	{"network-traffic", "extensions", `{"socket-ext":{"address_family":"AF_INET","options":%}}`},
	{"network-traffic", "extensions", `{"icmp-ext":%,"tcp-ext":{"src_flags_hex":"02"}}`},
	{"process", "extensions", `{"windows-process-ext":{"startup_info":%},"windows-service-ext":{"descriptions":["x"]}}`},
	{"user-account", "extensions", `{"unix-account-ext":%}`},
	{"indicator", "extensions", `{"extension-definition--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f":%}`},
	{"indicator", "external_references", `[{"source_name":"x","url":%}]`},
	{"indicator", "external_references", `[{"source_name":"x","url":"https://example.com","hashes":%}]`},
	{"attack-pattern", "kill_chain_phases", `[{"kill_chain_name":"x","phase_name":%}]`},
	{"indicator", "granular_markings", `[{"lang":"de","selectors":%}]`},
	{"indicator", "granular_markings", `[%]`},
	{"observed-data", "objects", `{"0":{"type":"email-addr","value":"a@example.com"},"1":%}`},
	{"observed-data", "objects", `{"0":{"type":"email-message","is_multipart":false,"from_ref":%}}`},
	{"email-message", "body_multipart", `[{"body":%}]`},
	{"windows-registry-key", "values", `[{"name":"x","data_type":%}]`},
	{"language-content", "contents", `{"de":%}`},
}

// holes are one for every property of every type, each in an object that is valid without it or
// becomes so with the right value.
func holes(f *testing.F) (all []hole) {
	s := loadSchema(f)
	types := s.types()
	objects := map[string]object{}
	for i, typ := range types {
		objects[typ] = rapid.Custom(func(t *rapid.T) object { return (&generator{T: t, schema: s, plain: true}).object(typ) }).Example(i)
	}
	dig := func(typ, name, value string) {
		left := encode(f, without(objects[typ], name))
		before, after, _ := strings.Cut(value, "%")
		all = append(all, hole{fmt.Sprintf("%s,%q:%s", left[:len(left)-1], name, before), after + "}"})
	}
	for _, typ := range types {
		names := slices.Collect(maps.Keys(s.Types[typ].Properties))
		names = append(names, s.Common[s.commonOf(typ)].Required...)
		names = append(names, s.Common[s.commonOf(typ)].Optional...)
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			dig(typ, name, "%")
		}
	}
	for _, n := range nestedHoles {
		dig(n.typ, n.property, n.value)
	}
	return all
}

// FuzzProperties puts anything at all into any place of an object of any type.
func FuzzProperties(f *testing.F) {
	all := holes(f)
	for i := range all {
		f.Add(uint16(i), []byte(`"x"`))
	}
	for i, value := range []string{`{"":{}}`, `[[[]]]`, `{"a_b":{"extension_type":"new-sdo"}}`, `["\ud83d\ude00",-0,1e308]`, `"2016-02-30T00:00:00.Z"`, `{"MD5":"\u0000"}`} {
		f.Add(uint16(i*40), []byte(value))
	}
	strict, lenient := newReader(f), newReader(f, stix.DefaultTolerances()...)
	f.Fuzz(func(t *testing.T, which uint16, value []byte) {
		raw := all[int(which)%len(all)].filled(value)
		mustBeSound(t, strict, lenient, raw)
	})
}

// mustBeSound checks what holds for any bytes: findings are few, point at something, do not
// depend on what was read before, and tolerance only forgives.
func mustBeSound(t *testing.T, strict, lenient *stix.Reader, raw []byte) {
	o, findings := strict.Read(raw)
	strict.Read([]byte(indicator))
	again, findingsAgain := strict.Read(raw)
	assert.Equal(t, o, again)
	assert.Equal(t, findings, findingsAgain)

	require.LessOrEqual(t, len(findings), maxFindings)
	wellFormed := jsontext.Value(raw).IsValid()
	for _, f := range findings {
		assert.NotEmpty(t, f.Code)
		assert.NotEmpty(t, f.Message)
		assert.Empty(t, f.Tolerance, "a strict reader forgives nothing")
		assert.True(t, utf8.ValidString(f.Pointer+f.Value+f.Message))
		assert.LessOrEqual(t, utf8.RuneCountInString(f.Value), 60)
		if wellFormed {
			assert.True(t, pointsInto(t, raw, f.Pointer), "%v points at nothing in %s", f, raw)
		}
	}
	_, rejected := stix.Rejects(findings)
	assert.True(t, rejected || wellFormed, "accepted, but not JSON: %s", raw)
	if _, findings := lenient.Read(raw); !rejected {
		f, rejected := stix.Rejects(findings)
		assert.False(t, rejected, "strictness accepts what tolerance rejects: %v", f)
	}
}

// pointsInto reports whether a JSON pointer (RFC 6901) names something.
func pointsInto(t require.TestingT, raw []byte, pointer string) bool {
	var at any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	require.NoError(t, d.Decode(&at))
	if pointer == "" {
		return true
	}
	for _, part := range strings.Split(pointer, "/")[1:] {
		switch v := at.(type) {
		case object:
			next, ok := v[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
			if !ok {
				return false
			}
			at = next
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(v) {
				return false
			}
			at = v[i]
		default:
			return false
		}
	}
	return pointer[0] == '/'
}
