package stix_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

func TestCommonRules(t *testing.T) {
	with := func(members ...string) string { return edit(t, indicator, members...) }
	const uuid = "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
	for _, tt := range []struct {
		name, object, code, pointer string
	}{
		{"S-3.2-01 no type", with("type", ""), "S-3.2-01", ""},
		{"S-3.2-01 type is no string", with("type", "1"), "S-3.2-01", "/type"},
		{"S-8-02 a bundle", `{"type":"bundle","id":"bundle--` + uuid + `"}`, "S-8-02", "/type"},
		{"S-11.2-02 an upper-case type", with("type", `"My-Type"`), "S-11.2-02", "/type"},
		{"S-11.2-02 two hyphens in a type", with("type", `"my--type"`), "S-11.2-02", "/type"},
		{"S-11.2-02 a dot in a type", with("type", `"corpo.ration"`), "S-11.2-02", "/type"},
		{"S-4.7-00 no id", with("id", ""), "S-4.7-00", ""},
		{"S-2.9-01 id is no string", with("id", "7"), "S-2.9-01", "/id"},
		{"S-2.9-01 one hyphen", with("id", `"indicator-`+uuid+`"`), "S-2.9-01", "/id"},
		{"S-2.9-01 another type's id", with("id", `"malware--`+uuid+`"`), "S-2.9-01", "/id"},
		{"S-2.9-01 a type that is a prefix of the id's", with("type", `"indicato"`), "S-2.9-01", "/id"},
		{"S-2.9-01 a type that is the beginning of the id's", `{"type":"x-acme","id":"x-acme-more--` + uuid + `","x_a":1}`, "S-2.9-01", "/id"},
		{"S-2.9-02 a short UUID", with("id", `"indicator--8e2e2d2b"`), "S-2.9-02", "/id"},
		{"S-2.9-02 an upper-case UUID", with("id", `"indicator--8E2E2D2B-17d4-4cbf-938f-98ee46b3cd3f"`), "S-2.9-02", "/id"},
		{"S-2.9-02 variant c", with("id", `"indicator--8e2e2d2b-17d4-4cbf-c38f-98ee46b3cd3f"`), "S-2.9-02", "/id"},
		{"S-2.9-01 no second hyphen", with("id", `"indicator-x`+uuid+`"`), "S-2.9-01", "/id"},
		{"S-2.9-02 version 0", with("id", `"indicator--8e2e2d2b-17d4-0cbf-938f-98ee46b3cd3f"`), "S-2.9-02", "/id"},
		{"S-2.9-02 version 7", with("id", `"indicator--8e2e2d2b-17d4-7cbf-938f-98ee46b3cd3f"`), "S-2.9-02", "/id"},
		{"S-3.2-02 spec_version 2.2", with("spec_version", `"2.2"`), "S-3.2-02", "/spec_version"},
		{"S-3.2-02 spec_version a number", with("spec_version", `2.1`), "S-3.2-02", "/spec_version"},
		{"S-3.2-02 spec_version missing", with("spec_version", ""), "S-3.2-02", ""},
		{"S-4.7-00 created missing", with("created", ""), "S-4.7-00", ""},
		{"S-4.7-00 modified missing", with("modified", ""), "S-4.7-00", ""},
		{"S-2.16-01 created is no string", with("created", "1"), "S-2.16-01", "/created"},
		{"S-2.16-01 created on 31 April", with("created", `"2016-04-31T00:00:00.000Z"`), "S-2.16-01", "/created"},
		{"S-2.16-01 a letter after nine digits", with("created", `"2016-04-30T00:00:00.123456789xZ"`), "S-2.16-01", "/created"},
		{"S-2.16-03 modified with an offset", with("modified", `"2026-02-01T12:00:00.000+00:00"`), "S-2.16-03", "/modified"},
		{"S-3.2-04 whole seconds", with("created", `"2026-01-31T12:00:00Z"`), "S-3.2-04", "/created"},
		{"S-3.2-04 two digits", with("modified", `"2026-02-01T12:00:00.12Z"`), "S-3.2-04", "/modified"},
		{"S-3.2-06 modified before created", with("modified", `"2026-01-31T11:59:59.999Z"`), "S-3.2-06", "/modified"},
		{"S-3.2-06 by less than a nanosecond", with("created", `"2026-02-01T12:00:00.0000000002Z"`, "modified", `"2026-02-01T12:00:00.00000000019Z"`), "S-3.2-06", "/modified"},
		{"S-3.2-03 created_by_ref a list", with("created_by_ref", `["`+someIdentity+`"]`), "S-2.9-01", "/created_by_ref"},
		{"S-3.2-03 created_by_ref no identity", with("created_by_ref", `"malware--`+uuid+`"`), "S-3.2-03", "/created_by_ref"},
		{"S-2.2-01 revoked a string", with("revoked", `"false"`), "S-2.2-01", "/revoked"},
		{"S-2.2-01 revoked null", with("revoked", `null`), "S-2.2-01", "/revoked"},
		{"S-2.2-01 defanged a number", edit(t, address, "defanged", `0`), "S-2.2-01", "/defanged"},
		{"S-2.12-01 labels empty", with("labels", `[]`), "S-2.12-01", "/labels"},
		{"S-2.12-01 labels a string", with("labels", `"a"`), "S-2.12-01", "/labels"},
		{"S-2.12-01 labels mixed", with("labels", `["a",1]`), "S-2.12-01", "/labels/1"},
		{"S-3.2-11 confidence 101", with("confidence", `101`), "S-3.2-11", "/confidence"},
		{"S-3.2-11 confidence -1", with("confidence", `-1`), "S-3.2-11", "/confidence"},
		{"S-3.2-11 confidence 50.5", with("confidence", `50.5`), "S-3.2-11", "/confidence"},
		{"S-3.2-11 confidence a string", with("confidence", `"50"`), "S-3.2-11", "/confidence"},
		{"S-3.2-13 lang empty", with("lang", `""`), "S-3.2-13", "/lang"},
		{"S-3.2-13 lang a list", with("lang", `["en"]`), "S-3.2-13", "/lang"},
		{"S-2.12-01 external_references an object", with("external_references", `{"source_name":"x"}`), "S-2.12-01", "/external_references"},
		{"S-2.12-01 external_references of strings", with("external_references", `["x"]`), "S-2.12-01", "/external_references/0"},
		{"S-2.3-05 extensions empty", with("extensions", `{}`), "S-2.3-05", "/extensions"},
		{"S-3.2-19 extensions a string", with("extensions", `"x"`), "S-3.2-19", "/extensions"},
		{"S-3.2-19 an extension that is a string", with("extensions", `{"a/b-ext":"x"}`), "S-3.2-19", "/extensions/a~1b-ext"},
		{"S-11.2-01 a custom object without modified", `{"type":"x-a","spec_version":"2.1","id":"x-a--` + uuid + `","created":"2026-01-31T12:00:00.000Z"}`, "S-11.2-01", ""},
		{"S-7.3-10 a new-sdo without times", `{"type":"x-a","spec_version":"2.1","id":"x-a--` + uuid + `","extensions":{"extension-definition--` + uuid + `":{"extension_type":"new-sdo"}}}`, "S-7.3-10", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := rejection(t, newReader(t), tt.object)
			assert.Equal(t, tt.code, f.Code, f.String())
			assert.Equal(t, tt.pointer, f.Pointer)
			assert.Empty(t, f.Tolerance)
		})
	}
}

func TestCommonRulesAccept(t *testing.T) {
	const uuid = "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
	for name, object := range map[string]string{
		"S-3.2-06 modified = created":                 edit(t, indicator, "modified", `"2026-01-31T12:00:00.000Z"`),
		"S-3.2-06 equal instants, other digits":       edit(t, indicator, "created", `"2026-01-31T12:00:00.5000000000000Z"`, "modified", `"2026-01-31T12:00:00.500Z"`),
		"S-2.16-04 twelve digits":                     edit(t, indicator, "created", `"2016-05-12T08:17:27.000000287123Z"`, "modified", `"2016-05-12T08:17:27.000000287124Z"`),
		"S-3.2-11 confidence 0":                       edit(t, indicator, "confidence", "0"),
		"S-3.2-11 confidence 100":                     edit(t, indicator, "confidence", "100"),
		"S-3.3-02 a creator that nobody has":          edit(t, indicator, "created_by_ref", `"`+someIdentity+`"`),
		"S-11.2-01 a custom object":                   `{"type":"x-a","spec_version":"2.1","id":"x-a--` + uuid + `","created":"2026-01-31T12:00:00.000Z","modified":"2026-01-31T12:00:00.000Z","x_b":1}`,
		"a custom observable has no times":            `{"type":"x-a","id":"x-a--` + uuid + `","x_b":1}`,
		"S-7.3-10 a new-sco has no times":             `{"type":"x-a","id":"x-a--` + uuid + `","x_b":1,"extensions":{"extension-definition--` + uuid + `":{"extension_type":"new-sco"}}}`,
		"S-3.2-02 an SCO may state its version":       edit(t, address, "spec_version", `"2.1"`),
		"S-3.6-14 an SCO may have versions":           edit(t, address, "created", `"2026-01-31T12:00:00.000Z"`, "modified", `"2026-01-31T12:00:00.000Z"`),
		"S-2.9-02 versions 1 and 5 are RFC 4122 also": edit(t, indicator, "id", `"indicator--8e2e2d2b-17d4-1cbf-a38f-98ee46b3cd3f"`),
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := accepted(t, newReader(t), object)
			assert.Empty(t, forgiven(findings))
		})
	}
}

func TestVersionKeepsEveryDigit(t *testing.T) {
	o, _ := accepted(t, newReader(t), edit(t, indicator, "modified", `"2026-05-12T08:17:27.000000287124Z"`))
	assert.Equal(t, "2026-05-12T08:17:27.000000287124Z", o.Version)
	assert.Equal(t, time.Date(2026, 5, 12, 8, 17, 27, 287, time.UTC), o.VersionTime)
}

func TestSTIX20(t *testing.T) {
	const tail = `"id":"%--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2016-01-31T12:00:00.000Z","modified":"2016-01-31T12:00:00.000Z"}`
	old := func(typ, members string) string {
		return `{"type":"` + typ + `",` + members + strings.ReplaceAll(tail, "%", typ)
	}
	for _, tt := range []struct {
		name, object string
		ok           bool
	}{
		{"indicator", old("indicator", `"labels":["a"],"pattern":"[a:b = 1]","valid_from":"2016-01-31T12:00:00Z",`), true},
		{"S-3.2-02 indicator with what only 2.1 has", old("indicator", `"labels":["a"],"pattern_type":"stix","pattern":"[a:b = 1]","valid_from":"2016-01-31T12:00:00Z",`), false},
		{"S-3.2-02 indicator without the labels of 2.0", old("indicator", `"pattern":"[a:b = 1]","valid_from":"2016-01-31T12:00:00Z",`), false},
		{"malware without is_family", old("malware", `"labels":["a"],"name":"x",`), true},
		{"relationship", old("relationship", `"relationship_type":"uses","source_ref":"`+someIdentity+`","target_ref":"`+someIdentity+`",`), true},
		{"observed-data with local references", old("observed-data", `"first_observed":"2016-01-31T12:00:00Z","last_observed":"2016-01-31T12:00:00Z","number_observed":1,"objects":{"0":{"type":"file","parent_directory_ref":"1","contains_refs":["2"]}},`), true},
		{"a custom object", old("x-a", `"x_b":1,`), true},
		{"S-3.2-02 location, which 2.0 does not have", old("location", `"region":"asia",`), false},
		{"S-3.2-02 spec_version 2.2 of what would be 2.0", old("identity", `"spec_version":"2.2","name":"x","identity_class":"unknown",`), false},
		{"S-3.2-21 2.0 does not say which types have labels", old("marking-definition", `"labels":["a"],"definition_type":"statement","definition":{"statement":"x"},`), true},
		{"S-11.1-01 custom properties", old("identity", `"name":"x","identity_class":"unknown","x_a":1,"external_references":[{"source_name":"x","external_id":"y","x_b":1}],`), true},
		{"S-7.2-08 a TLP marking has no name", edit(t, amber, "spec_version", "", "name", ""), true},
		{"spec_version 2.0 stated", old("identity", `"spec_version":"2.0","name":"x","identity_class":"unknown",`), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, "S-3.2-02", rejection(t, newReader(t), tt.object).Code, "strict readers take no 2.0")
			if !tt.ok {
				assert.Equal(t, "S-3.2-02", rejection(t, newReader(t, "stix-2.0"), tt.object).Code)
				return
			}
			o, findings := accepted(t, newReader(t, "stix-2.0"), tt.object)
			assert.Equal(t, "2.0", o.SpecVersion)
			for _, f := range findings {
				assert.NotContains(t, []string{"S-11.1-01", "S-7.2-08"}, f.Code, "2.0 knows no extensions, and markings without a name")
			}
			findings = forgiven(findings)
			require.Len(t, findings, 1)
			assert.Equal(t, "stix-2.0", findings[0].Tolerance)
		})
	}
}

func TestReferences(t *testing.T) {
	const file = "file--e277603e-1060-5ad4-9937-c26c97f1ca68"
	for _, tt := range []struct {
		name, property, value, code, pointer string
	}{
		{"S-2.9-01 no identifier", "object_ref", `"x"`, "S-2.9-01", "/object_ref"},
		{"S-2.9-01 null", "object_ref", `null`, "S-2.9-01", "/object_ref"},
		{"S-2.9-01 a list for one", "object_ref", `["` + file + `"]`, "S-2.9-01", "/object_ref"},
		{"S-2.9-02 in a list", "object_refs", `["` + file + `","file--1"]`, "S-2.9-02", "/object_refs/1"},
		{"S-2.12-01 a string for a list", "object_refs", `"` + file + `"`, "S-2.12-01", "/object_refs"},
		{"S-2.12-01 an empty list", "object_refs", `[]`, "S-2.12-01", "/object_refs"},
		{"deep down", "x_a", `[{"b":{"sample_ref":1}}]`, "S-2.9-01", "/x_a/0/b/sample_ref"},
		{"S-3.1-05 custom", "x_a_ref", `"x"`, "S-3.1-05", "/x_a_ref"},
		{"S-3.1-05 a custom list", "x_a_refs", `"x"`, "S-3.1-05", "/x_a_refs"},
		{"S-3.1-05 in an extension", "extensions", `{"extension-definition--d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e":{"extension_type":"property-extension","sighting_of_ref":"x"}}`, "S-3.1-05",
			"/extensions/extension-definition--d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e/sighting_of_ref"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := rejection(t, newReader(t), edit(t, indicator, tt.property, tt.value))
			assert.Equal(t, tt.code, f.Code)
			assert.Equal(t, tt.pointer, f.Pointer)
		})
	}
	o, findings := accepted(t, newReader(t), edit(t, indicator, "x_a", `{"options":{"a_ref":"x","b_ref":"`+file+`"},"hashes":{"c_refs":7},
		"additional_header_fields":{"a_ref":"x"},"contents":{"a_ref":"x"},"definition":{"a_ref":"x"},"document_info_dict":{"a_ref":"x"},
		"environment_variables":{"a_ref":"x"},"exif_tags":{"a_ref":"x"},"ipfix":{"a_ref":"x"},"objects":{"a_ref":"x"},
		"request_header":{"a_ref":"x"},"startup_info":{"a_ref":"x"}}`))
	assert.Empty(t, forgiven(findings), "keys that a producer chose are no property names")
	assert.Equal(t, []stix.ID{file}, o.Refs, "but what is an identifier there is one")

	many := make([]string, 100)
	for i := range many {
		many[i] = `"` + file + `"`
	}
	o, _ = accepted(t, newReader(t), edit(t, indicator, "object_refs", "["+strings.Join(many, ",")+`,"`+someIdentity+`"]`))
	assert.Equal(t, []stix.ID{file, someIdentity}, o.Refs, "once each, in order")
}
