package stix_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/stix"
)

const someExtension = `"extension-definition--d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e"`

// What agreements choose objects by (P-4).
func TestScope(t *testing.T) {
	property := func(members string) string {
		return `"extensions":{` + someExtension + `:{"extension_type":"property-extension",` + members + `}}`
	}
	for _, tt := range []struct {
		name, base, members string
		sectors, countries  []string
		class               string
	}{
		{name: "an object that says nothing", base: "malware"},
		{name: "an identity (S-4.5-00)", base: "identity", members: `"identity_class":"individual","sectors":["energy","water","energy"]`, sectors: []string{"energy", "water"}, class: "individual"},
		{name: "in another case and with spaces", base: "identity", members: `"identity_class":" Individual","sectors":["Energy "," energy","ÉNERGIE"]`, sectors: []string{"energy", "énergie"}, class: "individual"},
		{name: "an identity of STIX 2.0", base: "identity -spec_version", members: `"identity_class":"organization","sectors":["energy"],"labels":["country:xb"]`, sectors: []string{"energy"}, countries: []string{"XB"}, class: "organization"},
		{name: "a location (S-4.10-00)", base: "location", members: `"country":"xb"`, countries: []string{"XB"}},
		{name: "labels", base: "malware", members: `"labels":["sector:energy","Sector: Energy","sector:water","country:xa","country:XA","sector","sector:","country: ","subsector:gas","tlp:red"]`, sectors: []string{"energy", "water"}, countries: []string{"XA"}},
		{name: "a label with two colons", base: "malware", members: `"labels":["sector:energy:gas"]`, sectors: []string{"energy:gas"}},
		{name: "labels and properties together", base: "identity", members: `"labels":["sector:water"],"sectors":["energy","water"],"country":"xb"`, sectors: []string{"water", "energy"}, countries: []string{"XB"}},
		{name: "a property of a type that has none", base: "incident", members: `"sectors":["energy"],"country":"xb"`, sectors: []string{"energy"}, countries: []string{"XB"}},
		{name: "an extension", base: "incident", members: property(`"sectors":["energy"],"country":"xb"`), sectors: []string{"energy"}, countries: []string{"XB"}},
		{name: "two extensions", base: "file", members: `"extensions":{"x-a-ext":{"sectors":["energy"]},` + someExtension + `:{"extension_type":"property-extension","country":"xb"}}`, sectors: []string{"energy"}, countries: []string{"XB"}},
		{name: "an extension whose key is no identifier", base: "tool", members: `"extensions":{"acme":{"sectors":["energy"]}}`, sectors: []string{"energy"}},
		{name: "an extension of the top level", base: "tool", members: `"sectors":["energy"],"extensions":{` + someExtension + `:{"extension_type":"toplevel-property-extension"}}`, sectors: []string{"energy"}},
		{name: "deeper it belongs to something else", base: "incident", members: property(`"victim":{"sectors":["energy"],"country":"xb"}`)},
		{name: "of another form", base: "incident", members: `"sectors":"energy","country":["xb"],"identity_class":5`},
		{name: "not all of them text", base: "incident", members: `"sectors":["energy",5,["water"],""]`, sectors: []string{"energy"}},
		{name: "with escapes", base: "identity", members: `"sectors":["\u0045nergy","a\"B"],"labels":["\u0073ector:water"]`, sectors: []string{"water", "energy", `a"b`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, _ := accepted(t, newReader(t, stix.DefaultTolerances()...), objBuild(t, tt.base, tt.members))
			assert.Equal(t, tt.sectors, o.Sectors)
			assert.Equal(t, tt.countries, o.Countries)
			assert.Equal(t, tt.class, o.IdentityClass)
		})
	}
}

// What refers to what, and which of it contains, joins or translates (P-2, P-4).
func TestReferenceFacts(t *testing.T) {
	for _, tt := range []struct {
		name, base, members               string
		refs, contains, joins, translates string // as objID has them, separated by spaces
	}{
		{name: "nothing", base: "malware"},
		{name: "its creator, its markings and what it cites elsewhere", base: "malware", members: `"created_by_ref":"@identity","object_marking_refs":["@marking-definition"],
			"granular_markings":[{"marking_ref":"@marking-definition","selectors":["is_family"]}],
			"external_references":[{"source_name":"a","external_id":"@tool"}],
			"extensions":{` + someExtension + `:{"extension_type":"property-extension","abc":"@tool"}}`},
		{name: "report (S-4.16-00)", base: "report", members: `"object_refs":["@tool","@malware","@tool"],"x_a_ref":"@url"`, refs: "tool malware url", contains: "tool malware"},
		{name: "report that names an object before", base: "report", members: `"a_ref":"@malware","object_refs":["@tool","@malware","@tool"]`, refs: "malware tool", contains: "tool malware"},
		{name: "report of STIX 2.0", base: "report -spec_version", members: `"labels":["malware"]`, refs: "malware", contains: "malware"},
		{name: "grouping (S-4.4-00)", base: "grouping", refs: "indicator", contains: "indicator"},
		{name: "observed-data (S-4.14-00)", base: "observed-data", members: `"object_refs":["@url","@relationship"]`, refs: "url relationship", contains: "url relationship"},
		{name: "note (S-4.13-00)", base: "note", refs: "malware", contains: "malware"},
		{name: "opinion (S-4.15-00)", base: "opinion", refs: "malware", contains: "malware"},
		{name: "a custom object that contains", base: "tool", members: `"type":"x-acme","id":"@x-acme","object_refs":["@url"]`, refs: "url", contains: "url"},
		{name: "malware-analysis (S-4.12-00)", base: "malware-analysis", members: `"host_vm_ref":"@software","installed_software_refs":["@software:2"],"analysis_sco_refs":["@url"],"sample_ref":"@file"`, refs: "url software software:2 file"},
		{name: "relationship (S-5.1-00)", base: "relationship", members: `"x_other_ref":"@tool"`, refs: "indicator malware tool", joins: "indicator malware"},
		{name: "relationship of STIX 2.0", base: "relationship -spec_version", refs: "indicator malware", joins: "indicator malware"},
		{name: "relationship to itself", base: "relationship", members: `"relationship_type":"related-to","source_ref":"@tool","target_ref":"@tool"`, refs: "tool", joins: "tool"},
		{name: "sighting (S-5.2-00)", base: "sighting", members: `"where_sighted_refs":["@identity","@location"],"observed_data_refs":["@observed-data"]`, refs: "observed-data malware identity location", joins: "observed-data malware identity location"},
		{name: "sighting of STIX 2.0", base: "sighting -spec_version", members: `"where_sighted_refs":["@identity"]`, refs: "malware identity", joins: "malware identity"},
		{name: "no relationship, however its references are called", base: "tool", members: `"source_ref":"@url","object_ref":"@malware"`, refs: "malware url"},
		{name: "language-content (S-7.1-00)", base: "language-content", members: `"x_a_ref":"@tool"`, refs: "campaign tool", translates: "campaign"},
		{name: "network-traffic (S-6.12-00)", base: "network-traffic", members: `"dst_ref":"@domain-name","encapsulates_refs":["@network-traffic"],"extensions":{"http-request-ext":{"request_method":"get","request_value":"/","message_body_data_ref":"@artifact"}}`, refs: "domain-name network-traffic artifact ipv4-addr"},
		{name: "email-message (S-6.6-00)", base: "email-message", members: `"is_multipart":true,"from_ref":"@email-addr","to_refs":["@email-addr:2"],"body_multipart":[{"body_raw_ref":"@artifact"}]`, refs: "artifact email-addr email-addr:2"},
		{name: "file (S-6.7-00)", base: "file", members: `"parent_directory_ref":"@directory","extensions":{"archive-ext":{"contains_refs":["@file"]}}`, refs: "file directory"},
		{name: "custom properties", base: "tool", members: `"x_a_ref":"@url","x_a_refs":["@url:2"],"x_b":[{"deep_ref":"@file"}]`, refs: "url url:2 file"},
		{name: "an extension", base: "tool", members: `"extensions":{` + someExtension + `:{"extension_type":"property-extension","a_ref":"@url","bcd":{"deep_refs":["@file"]}}}`, refs: "url file"},
		{name: "one where a list should be (S-3.1-05)", base: "tool", members: `"x_a_refs":"@url"`, refs: "url"},
		{name: "a list where one should be (S-3.1-05)", base: "tool", members: `"x_a_ref":["@url",["@file","b"],{"b_ref":"@mutex"}]`, refs: "url file mutex"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, _ := accepted(t, newReader(t, stix.DefaultTolerances()...), objBuild(t, tt.base, tt.members))
			assert.Equal(t, objIDs(tt.refs), o.Refs)
			assert.Equal(t, objIDs(tt.contains), o.Contains)
			assert.Equal(t, objIDs(tt.joins), o.Joins)
			if tt.translates == "" {
				assert.Empty(t, o.Translates)
			} else {
				assert.Equal(t, stix.ID(objID(tt.translates)), o.Translates)
			}
		})
	}
}

func objIDs(names string) (ids []stix.ID) {
	for _, name := range strings.Fields(names) {
		ids = append(ids, stix.ID(objID(name)))
	}
	return ids
}

// Facts that an object does not have cost no allocation.
func TestScopeAllocations(t *testing.T) {
	r := newReader(t)
	allocations := func(members string) float64 {
		object := []byte(objBuild(t, "identity", members))
		accepted(t, r, string(object))
		least := 1e9
		for range 20 { // the race detector makes pools forget now and then
			least = min(least, testing.AllocsPerRun(1, func() { r.Read(object) }))
		}
		return least
	}
	none := allocations(`"created_by_ref":"@identity"`)
	assert.Equal(t, none, allocations(`"created_by_ref":"@identity","identity_class":"individual"`))
	assert.Equal(t, none+1, allocations(`"created_by_ref":"@identity","identity_class":"individual","sectors":["energy"],"labels":["country:xb"]`), "one list for all words")
}
