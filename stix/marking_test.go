package stix_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

func TestMarkings(t *testing.T) {
	const ref = `"marking_ref":"` + someMarking + `"`
	granular := func(g string) string { return edit(t, indicator, "granular_markings", g) }
	for _, tt := range []struct {
		name, object, code, pointer string
	}{
		{"S-2.12-01 no marking in the list", edit(t, indicator, "object_marking_refs", `[]`), "S-2.12-01", "/object_marking_refs"},
		{"ADV-04 S-2.12-01 null", edit(t, indicator, "object_marking_refs", `null`), "S-2.12-01", "/object_marking_refs"},
		{"S-2.12-01 a string", edit(t, indicator, "object_marking_refs", `"`+someMarking+`"`), "S-2.12-01", "/object_marking_refs"},
		{"S-2.9-01 no identifier", edit(t, indicator, "object_marking_refs", `["tlp:red"]`), "S-2.9-01", "/object_marking_refs/0"},
		{"ADV-04 S-3.2-15 an identity", edit(t, indicator, "object_marking_refs", `["`+someIdentity+`"]`), "S-3.2-15", "/object_marking_refs/0"},
		{"S-3.2-16 a marking marks itself", edit(t, statement, "object_marking_refs", `["marking-definition--5aa3c3a1-3c5f-4e5f-8f0a-7d3d8a3a1f11"]`), "S-3.2-16", "/object_marking_refs/0"},
		{"S-3.2-16 and in part", edit(t, statement, "granular_markings", `[{"marking_ref":"marking-definition--5aa3c3a1-3c5f-4e5f-8f0a-7d3d8a3a1f11","selectors":["id"]}]`), "S-3.2-16", "/granular_markings/0/marking_ref"},
		{"S-2.12-01 granular_markings empty", granular(`[]`), "S-2.12-01", "/granular_markings"},
		{"S-2.12-01 granular_markings an object", granular(`{}`), "S-2.12-01", "/granular_markings"},
		{"ADV-06 S-7.2.3-01 neither", granular(`[{"selectors":["pattern"]}]`), "S-7.2.3-01", "/granular_markings/0"},
		{"ADV-06 S-7.2.3-01 both", granular(`[{` + ref + `,"lang":"en","selectors":["pattern"]}]`), "S-7.2.3-01", "/granular_markings/0"},
		{"S-7.2.3-02 lang", granular(`[{"lang":"","selectors":["pattern"]}]`), "S-7.2.3-02", "/granular_markings/0/lang"},
		{"S-7.2.3-03 an identity", granular(`[{"marking_ref":"` + someIdentity + `","selectors":["pattern"]}]`), "S-7.2.3-03", "/granular_markings/0/marking_ref"},
		{"S-7.2.3-04 no selectors", granular(`[{` + ref + `}]`), "S-7.2.3-04", "/granular_markings/0"},
		{"ADV-06 S-2.12-01 empty selectors", granular(`[{` + ref + `,"selectors":[]}]`), "S-2.12-01", "/granular_markings/0/selectors"},
		{"S-2.12-01 a selector that is a number", granular(`[{` + ref + `,"selectors":["pattern",1]}]`), "S-2.12-01", "/granular_markings/0/selectors/1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := rejection(t, newReader(t, stix.DefaultTolerances()...), tt.object)
			assert.Equal(t, tt.code, f.Code, f.String())
			assert.Equal(t, tt.pointer, f.Pointer)
		})
	}
}

func TestSelectors(t *testing.T) {
	// The object of the standard's own examples (§7.2.3), with what rows S-7.2.3-06 to -10 need.
	object := `{"type":"vulnerability","spec_version":"2.1","id":"vulnerability--ee916c28-c7a4-4d0d-ad56-a8d357f89fef",
		"created":"2016-02-14T00:00:00.000Z","modified":"2016-02-14T00:00:00.000Z","name":"CVE-2014-0160","description":"…",
		"external_references":[{"source_name":"cve","external_id":"CVE-2014-0160"}],"labels":["heartbleed","has-logo"],
		"x_a":{"MD5":"0","SHA-256":{"ab":1},"\u0063d":[[true]]}}`
	for _, tt := range []struct{ selector, code string }{
		{"description", ""}, {"external_references.[0].source_name", ""}, {"labels.[0]", ""}, {"labels.[1]", ""},
		{"labels", ""}, {"external_references", ""}, {"id", ""}, {"x_a.MD5", ""}, {"x_a.SHA-256.ab", ""}, {"x_a.cd.[0].[0]", ""},
		{"pattern", "S-7.2.3-06"}, {"external_references.[3]", "S-7.2.3-06"}, {"labels.[99]", "S-7.2.3-06"},
		{"external_references.[0].url", "S-7.2.3-06"}, {"x_a.md5", "S-7.2.3-06"}, {"Labels", "S-7.2.3-06"},
		{"description.[0]", "S-7.2.3-07"}, {"labels.name", "S-7.2.3-07"}, {"[0]", "S-7.2.3-07"}, {"x_a.[0]", "S-7.2.3-07"},
		{"name.x", "S-7.2.3-07"}, {"labels.[0].x", "S-7.2.3-07"},
		{"", "S-7.2.3-05"}, {"description.", "S-7.2.3-05"}, {".description", "S-7.2.3-05"}, {"labels..[0]", "S-7.2.3-05"},
		{"description[0]", "S-7.2.3-05"}, {"labels.[-1]", "S-7.2.3-05"}, {"labels.[]", "S-7.2.3-05"}, {"labels.[*]", "S-7.2.3-05"},
		{"labels.[9999999999]", "S-7.2.3-05"}, {"labels.[000000000]", ""}, {"labels.[:]", "S-7.2.3-05"}, {"labels.[0x", "S-7.2.3-05"}, {"labels.x0]", "S-7.2.3-05"}, {"$.name", "S-7.2.3-05"}, {"/name", "S-7.2.3-05"}, {"nаme", "S-7.2.3-05"},
		{"pattern.description ", "S-7.2.3-05"}, {"labels.0", "S-7.2.3-07"},
	} {
		t.Run("ADV-06 "+tt.selector, func(t *testing.T) {
			marked := edit(t, object, "granular_markings", fmt.Sprintf(`[{"marking_ref":%q,"selectors":["name",%q]}]`, someMarking, tt.selector))
			o, findings := newReader(t).Read([]byte(marked))
			f, rejected := stix.Rejects(findings)
			assert.Equal(t, tt.code, f.Code)
			assert.Equal(t, tt.code != "", rejected)
			require.Len(t, o.Granular, 1)
			assert.Equal(t, tt.code == "", o.Granular[0].Resolves)
			if rejected {
				assert.Equal(t, "/granular_markings/0/selectors/1", f.Pointer)
			}
		})
	}
	t.Run("ADV-06 granular_markings.[0]", func(t *testing.T) {
		o, findings := accepted(t, newReader(t), edit(t, object, "granular_markings", `[{"marking_ref":"`+someMarking+`","selectors":["granular_markings.[0]"]}]`))
		assert.False(t, o.Granular[0].Resolves, "so the policy keeps it to its owner")
		assert.True(t, slices.ContainsFunc(findings, func(f stix.Finding) bool { return f.Code == "S-7.2.3-06" }))
	})
	t.Run("ADV-45 selectors that cost too much", func(t *testing.T) {
		marked := edit(t, object, "x_a", "["+strings.Repeat("0,", 99_999)+"0]",
			"granular_markings", `[{"marking_ref":"`+someMarking+`","selectors":[`+strings.Repeat(`"x_a.[99999]",`, 9_999)+`"x_a.[99999]"]}]`)
		f := rejection(t, newReader(t), marked)
		assert.Equal(t, "J-selectors", f.Code)
		assert.Contains(t, f.Message, "fewer selectors")
	})
}

func TestMarkingDefinitions(t *testing.T) {
	const tlp2 = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
	for _, tt := range []struct {
		name, object, code, pointer string
	}{
		{"S-7.2-02 modified", edit(t, statement, "modified", `"2026-01-31T12:00:00.000Z"`), "S-7.2-02", "/modified"},
		{"S-7.2-02 revoked", edit(t, statement, "revoked", `true`), "S-7.2-02", "/revoked"},
		{"S-7.2-03 no definition", edit(t, statement, "definition", ""), "S-7.2-03", ""},
		{"S-7.2-03 no definition_type", edit(t, statement, "definition_type", ""), "S-7.2-03", ""},
		{"S-7.2-00 definition_type a number", edit(t, statement, "definition_type", "1"), "S-7.2-00", "/definition_type"},
		{"S-7.2-00 definition a string", edit(t, statement, "definition_type", `"x"`, "definition", `"x"`), "S-7.2-00", "/definition"},
		{"S-7.2-05 statement a number", edit(t, statement, "definition", `{"statement":1}`), "S-7.2-05", "/definition/statement"},
		{"S-7.2-05 no statement", edit(t, statement, "definition", `{}`), "S-7.2-05", "/definition"},
		{"S-7.2-07 tlp a number", edit(t, amber, "definition", `{"tlp":21}`), "S-7.2-07", "/definition/tlp"},
		{"S-7.2-07 TLP:RED", edit(t, amber, "definition", `{"tlp":"TLP:RED"}`), "S-7.2-07", "/definition/tlp"},
		{"S-7.2-08 a tlp instance of one's own", edit(t, statement, "definition_type", `"tlp"`, "definition", `{"tlp":"amber"}`), "S-7.2-08", "/id"},
		{"S-TLP2-01 white", edit(t, amber2, "extensions", `{"`+tlp2+`":{"extension_type":"property-extension","tlp_2_0":"white"}}`), "S-TLP2-01", "/extensions/" + tlp2 + "/tlp_2_0"},
		{"S-TLP2-01 no level", edit(t, amber2, "extensions", `{"`+tlp2+`":{"extension_type":"property-extension"}}`), "S-TLP2-01", "/extensions/" + tlp2},
		{"S-TLP2-02 a wrong id that circulates", edit(t, amber2, "id", `"marking-definition--55d920b0-5207-4c9b-8b2d-0fae6b3a1f11"`), "S-TLP2-02", "/id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := rejection(t, newReader(t, stix.DefaultTolerances()...), tt.object)
			assert.Equal(t, tt.code, f.Code, f.String())
			assert.Equal(t, tt.pointer, f.Pointer)
		})
	}
}

// The line between a harmless variant of a fixed TLP marking and one that contradicts its id (P-1).
func TestFixedMarkings(t *testing.T) {
	const (
		tlp2   = `"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"amber"}`
		other  = `"extension-definition--9ef47f81-1443-4632-8497-8b2878f8ac21":{"extension_type":"property-extension","rank":1}`
		strict = `"marking-definition--826578e1-40ad-459f-bc73-ede076f81f37"`
	)
	white := edit(t, amber, "id", `"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"`)
	for _, tt := range []struct {
		name, object        string
		rejected, redefines bool
		tolerance           string
	}{
		{name: "the published TLP 1 object", object: amber},
		{name: "the published TLP 2 object", object: amber2},
		{name: "without a name", object: edit(t, amber, "name", "")},
		{name: "with another name", object: edit(t, amber, "name", `"Amber"`)},
		{name: "as STIX 2.0 has it", object: edit(t, amber, "name", "", "spec_version", ""), tolerance: "stix-2.0"},
		{name: "S-7.2-08 created later", object: edit(t, amber, "created", `"2018-06-01T00:00:00.000Z"`), tolerance: "tlp-definition"},
		{name: "ATLAS: white called clear", object: edit(t, white, "definition", `{"tlp":"clear"}`, "name", `"TLP:CLEAR"`), tolerance: "tlp-definition"},
		{name: "OpenCTI: TLP in its own spelling", object: edit(t, white, "definition_type", `"TLP"`, "definition", `{"TLP":"TLP:WHITE"}`), tolerance: "tlp-definition"},
		{name: "OpenCTI: AMBER+STRICT as a statement", object: edit(t, statement, "id", strict, "created", `"2017-01-20T00:00:00.000Z"`), tolerance: "tlp-definition"},
		{name: "TLP 2 with a definition_type", object: edit(t, amber2, "definition_type", `"TLP:AMBER"`), tolerance: "tlp-definition"},
		{name: "S-7.2-08 the words of STIX in the definition_type", object: edit(t, amber, "name", "", "definition_type", `"TLP"`, "definition", `{"TLP":"amber"}`), tolerance: "tlp-definition"},
		{name: "S-TLP2-02 TLP 2 with the definition_type of TLP 1", object: edit(t, amber2, "definition_type", `"tlp"`), tolerance: "tlp-definition"},
		{name: "S-TLP2-02 TLP 2 with a definition", object: edit(t, amber2, "definition", `{"x_a":1}`), tolerance: "tlp-definition"},
		{name: "S-TLP2-02 a property tlp says nothing", object: edit(t, amber2, "tlp", `"red"`), tolerance: "tlp-definition"},
		{name: "a TLP 1 id with its level and an extension redefines", object: edit(t, amber, "extensions", "{"+other+"}"), redefines: true},
		{name: "ADV-35 RED's id with body green", object: edit(t, amber, "id", `"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"`, "definition", `{"tlp":"green"}`), rejected: true, redefines: true},
		{name: "ADV-35 RED's id with body green in OpenCTI's spelling", object: edit(t, amber, "id", `"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"`, "definition_type", `"TLP"`, "definition", `{"TLP":"TLP:GREEN"}`), rejected: true, redefines: true},
		{name: "ADV-35 two levels at once", object: edit(t, amber, "definition", `{"tlp":"amber","TLP ":"x","Tlp":"clear"}`), rejected: true},
		{name: "ADV-35 TLP 2 id with another level", object: edit(t, amber2, "id", `"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"`), rejected: true, redefines: true},
		{name: "ADV-35 TLP 2 id with two extensions", object: edit(t, amber2, "extensions", "{"+tlp2+","+other+"}"), rejected: true, redefines: true},
		{name: "ADV-35 TLP 2 id without its extension", object: edit(t, amber2, "extensions", "{"+other+"}"), rejected: true, redefines: true},
		{name: "ADV-35 TLP 2 id as a statement", object: edit(t, statement, "id", `"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"`), rejected: true, redefines: true},
		{name: "a statement under a TLP 1 id is STIX, but redefines", object: edit(t, statement, "id", `"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"`), redefines: true},
		{name: "another extension under a TLP 1 id is STIX, but redefines", object: edit(t, amber, "definition", "", "definition_type", "", "extensions", "{"+other+"}"), redefines: true},
		{name: "no marking-definition of the table", object: statement},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, findings := newReader(t, stix.DefaultTolerances()...).Read([]byte(tt.object))
			_, rejected := stix.Rejects(findings)
			assert.Equal(t, tt.rejected, rejected, "%v", findings)
			if o.Marking != nil {
				assert.Equal(t, tt.redefines, o.Marking.Redefines)
			}
			if tt.tolerance != "" {
				require.NotEmpty(t, forgiven(findings))
				assert.Equal(t, tt.tolerance, forgiven(findings)[0].Tolerance)
			}
		})
	}
}

func TestMarkingFacts(t *testing.T) {
	r := newReader(t)
	o, _ := accepted(t, r, amber)
	assert.Equal(t, &stix.Marking{DefinitionType: "tlp", TLP: "amber"}, o.Marking)
	o, _ = accepted(t, r, amber2)
	assert.Equal(t, &stix.Marking{TLP: "amber", Extensions: []stix.ID{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"}}, o.Marking)
	o, _ = accepted(t, newReader(t, "extension-key"), edit(t, statement, "extensions", `{"extension-definition--ti-collector":{},"my-ext":{}}`))
	assert.Equal(t, []stix.ID{"extension-definition--ti-collector", "my-ext"}, o.Marking.Extensions, "none is overlooked, whatever it looks like")
	o, _ = accepted(t, r, indicator)
	assert.Nil(t, o.Marking)
}

func TestTLP(t *testing.T) {
	level, ok := stix.TLP("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9")
	assert.True(t, ok)
	assert.Equal(t, "clear", level, "TLP 1's white")
	_, ok = stix.TLP("marking-definition--939a9414-2ddd-4d32-a0cd-b7571b03f430")
	assert.False(t, ok, "S-TLP2-02 a wrong id with the right beginning")
}
