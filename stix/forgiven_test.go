package stix_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// TestTolerancesForgive proves that what a tolerance names is an error to a strict reader and to
// one that forgives everything else, and one forgiven warning to a reader that forgives only this.
func TestTolerancesForgive(t *testing.T) {
	proven := map[string][]string{}
	for _, tt := range toleranceCases(t) {
		proven[tt.tolerance] = append(proven[tt.tolerance], tt.code)
		t.Run(tt.code+" "+tt.tolerance+" "+tt.name, func(t *testing.T) {
			strict := tt.findings(t, newReader(t))
			require.Len(t, strict, 1)
			assert.Equal(t, tt.code, strict[0].Code)
			assert.Empty(t, strict[0].Tolerance)

			others := slices.DeleteFunc(stix.DefaultTolerances(), func(name string) bool { return name == tt.tolerance })
			assert.Equal(t, strict, tt.findings(t, newReader(t, others...)), "another tolerance covers it")

			strict[0].Severity, strict[0].Tolerance = stix.Warning, tt.tolerance
			assert.Equal(t, strict, tt.findings(t, newReader(t, tt.tolerance)))
		})
	}
	for _, known := range stix.Tolerances() {
		codes := slices.Compact(slices.Sorted(slices.Values(proven[known.Name])))
		assert.ElementsMatch(t, known.Codes, codes, known.Name)
		assert.NotEmpty(t, known.Why, known.Name)
	}
}

// What no tolerance names stays an error, also beside what one does.
func TestTolerancesForgiveNothingElse(t *testing.T) {
	for _, tt := range []struct{ code, base, members string }{
		{"S-4.7-00", "indicator -pattern", ``},
		{"S-4.11-00", "malware -created", ``},
		{"S-2.11-01", "malware", `"kill_chain_phases":[{"kill_chain_name":"a"}]`},
		{"S-3.2-02", "identity", `"spec_version":"2.2"`},
		{"S-3.2-17", "tool", `"defanged":true`},
		{"S-7.2-02", "marking-definition", `"revoked":false`},
		{"S-2.3-05", "language-content", `"contents":{"de":{}}`},
		{"S-2.12-01", "tool", `"object_marking_refs":[]`},
		{"S-9.6.1-04", "indicator", `"pattern":"[file:size IN ()]"`},
	} {
		t.Run(tt.code+" "+tt.base+" "+tt.members, func(t *testing.T) {
			f := rejection(t, newReader(t, stix.DefaultTolerances()...), objBuild(t, tt.base, tt.members))
			assert.Equal(t, tt.code, f.Code, f.String())
			assert.Empty(t, f.Tolerance)
		})
	}
}

// toleranceCase is objects with one fault, which a tolerance forgives.
type toleranceCase struct {
	tolerance, code, name string
	objects               []string
}

// findings are the errors of the objects, alone and together, and what a tolerance let pass.
func (c toleranceCase) findings(t *testing.T, r *stix.Reader) (out []stix.Finding) {
	t.Helper()
	var objects []stix.Object
	var all []stix.Finding
	for _, raw := range c.objects {
		o, findings := r.Read([]byte(raw))
		objects, all = append(objects, o), append(all, findings...)
	}
	for _, findings := range r.CheckTogether(objects) {
		all = append(all, findings...)
	}
	for _, f := range all {
		if f.Severity == stix.Error || f.Tolerance != "" {
			out = append(out, f)
		}
	}
	return out
}

func toleranceCases(t *testing.T) (cases []toleranceCase) {
	add := func(tolerance, code, name string, objects ...string) {
		cases = append(cases, toleranceCase{tolerance, code, name, objects})
	}
	for _, c := range toleranceMembers {
		add(c.tolerance, c.code, c.members, objBuild(t, c.base, c.members))
	}
	const (
		ours     = `"created_by_ref":"@identity"`
		derived  = "28bb3599-77cd-5a82-a950-b5bc3caf07c4"
		opencti  = `"marking-definition--826578e1-40ad-459f-bc73-ede076f81f37"`
		older    = `"2020-01-01T00:00:00.000Z"`
		later    = `"modified":"2026-03-01T12:00:00.000Z"`
		reusedID = "--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
	)
	of := func(base, members string) string { return objBuild(t, base, members) }
	first := of("campaign", ours)
	add("version-history", "S-3.2-05", "another created", first, of("campaign", ours+`,"created":"2026-01-31T12:00:00.001Z",`+later))
	add("version-history", "S-3.6-07", "another creator", first, of("campaign", `"created_by_ref":"@identity:2",`+later))
	add("version-history", "S-3.6-07", "no creator", first, of("campaign", later))
	add("version-history", "S-3.6-11", "after the end", of("campaign", `"revoked":true`), of("campaign", later))
	add("uuid-reuse", "S-2.9-03", "two types", of("malware", ours+`,"id":"malware`+reusedID+`"`), of("tool", ours+`,"id":"tool`+reusedID+`"`))
	add("uuid-reuse", "S-2.9-05", "a derived one", of("ipv4-addr", `"value":"198.51.100.3","id":"ipv4-addr--`+derived+`"`), of("tool", `"id":"tool--`+derived+`"`))
	add("tlp-definition", "S-7.2-08", "created at another time", edit(t, amber, "created", older))
	add("tlp-definition", "S-7.2-08", "another name", edit(t, amber, "name", `"amber"`))
	add("tlp-definition", "S-7.2-08", "a creator", edit(t, amber, "created_by_ref", `"`+someIdentity+`"`))
	add("tlp-definition", "S-7.2-08", "more in the definition", edit(t, amber, "definition", `{"tlp":"amber","x_a":1}`))
	add("tlp-definition", "S-7.2-08", "OpenCTI's own", edit(t, statement, "id", opencti, "created_by_ref", ""))
	add("tlp-definition", "S-7.2-07", "a word of TLP 2", edit(t, amber, "id", `"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"`, "name", `"TLP:WHITE"`, "definition", `{"tlp":"clear"}`))
	add("tlp-definition", "S-TLP2-02", "created at another time", edit(t, amber2, "created", older))
	add("tlp-definition", "S-TLP2-02", "another name", edit(t, amber2, "name", `"TLP:RED"`))
	return cases
}

// toleranceMembers are faults that members of a minimal object make.
var toleranceMembers = []struct{ tolerance, code, base, members string }{
	{"timestamp-precision", "S-3.2-04", "indicator", `"created":"2026-01-31T12:00:00Z"`},
	{"uuid-variant", "S-2.9-02", "indicator", `"id":"indicator--8e2e2d2b-17d4-9cbf-938f-98ee46b3cd3f"`},
	{"uuid-variant", "S-2.9-02", "indicator", `"object_refs":["indicator--8e2e2d2b-17d4-4cbf-038f-98ee46b3cd3f"]`},
	{"uuid-variant", "S-2.9-02", "indicator", `"extensions":{"extension-definition--8e2e2d2b-17d4-4cbf-c38f-98ee46b3cd3f":{"extension_type":"property-extension"}}`},
	{"uuid-variant", "S-2.9-08", "user-account -user_id", `"is_disabled":true,"id":"user-account--28bb3599-77cd-5a82-a950-b5bc3caf07c4"`},
	{"uuid-variant", "S-6.13-04", "process", `"id":"process--28bb3599-77cd-5a82-a950-b5bc3caf07c4"`},
	{"stix-2.0", "S-3.2-02", "marking-definition -spec_version", ``},
	{"stix-2.0", "S-3.2-02", "marking-definition", `"spec_version":"2.0"`},
	{"custom-reference", "S-3.1-05", "indicator", `"x_a_ref":""`},
	{"custom-reference", "S-3.1-05", "indicator", `"x_a_refs":"x"`},
	{"custom-name", "S-3.1-01", "indicator", `"X_acme":1`},
	{"custom-name", "S-3.1-02", "indicator", `"1_acme":1`},
	{"custom-name", "S-3.1-04", "indicator", `"ab":1`},
	{"custom-name", "S-11.1-02", "indicator", `"x-acme":1`},
	{"custom-name", "S-11.1-02", "indicator", `"kill_chain_phases":[{"kill_chain_name":"a","phase_name":"b","x-y":1}]`},
	{"custom-name", "S-11.2-04", "mutex", `"type":"x-acme","id":"x-acme--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","x-y":1`},
	{"custom-name", "S-11.3-04", "mutex", `"extensions":{"x-acme-ext":{"x-y":1}}`},
	{"custom-name", "S-7.3-15", "indicator", `"extensions":{"@extension-definition":{"extension_type":"property-extension","x-y":1}}`},
	{"custom-name", "S-7.3-15", "indicator", `"extensions":{"@extension-definition":{"extension_type":"toplevel-property-extension"}},"x-y":1`},
	{"custom-value", "S-2.3-05", "indicator", `"x_acme":{}`},
	{"custom-value", "S-2.3-06", "indicator", `"x_acme":null`},
	{"custom-value", "S-2.12-01", "indicator", `"x_acme":[]`},
	{"custom-value", "S-2.12-01", "indicator", `"x_acme_refs":[]`},
	{"custom-value", "S-11.1-04", "indicator", `"x_acme_hex":"a"`},
	{"custom-value", "S-11.1-04", "indicator", `"x_acme_bin":"a"`},
	{"bare-object", "S-11.2-01", "mutex -name", `"type":"x-acme","id":"x-acme--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"`},
	{"bare-object", "S-7.3-16", "mutex -name", `"type":"x-acme","id":"x-acme--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","extensions":{"@extension-definition":{"extension_type":"new-sco"}}`},
	{"common-property", "S-3.2-21", "mutex", `"labels":["a"]`},
	{"reserved-name", "S-3.8-01", "indicator", `"severity":1`},
	{"extension-key", "S-2.9-02", "indicator", `"extensions":{"extension-definition--a":{"x_a":1}}`},
	{"extension-key", "S-11.3-01", "indicator", `"extensions":{"my-ext":{"x_a":1}}`},
	{"extension-key", "S-11.3-02", "mutex", `"extensions":{"my_ext":{"x_a":1}}`},
	{"extension-key", "S-11.3-02", "mutex", `"extensions":{"my-extension":{"x_a":1}}`},
	{"hash-algorithm", "S-2.5-05", "tool", `"external_references":[{"source_name":"x","url":"https://example.com","hashes":{"FOO-1":"aa"}}]`},
	{"hash-algorithm", "S-6-02", "file", `"hashes":{"FOO-1":"aa"}`},
	{"hex-case", "S-2.8-01", "file", `"magic_number_hex":"FF"`},
	{"header-values", "S-6.6-04", "email-message", `"additional_header_fields":{"Reply-To":"x"}`},
	{"header-values", "S-6.12.2-02", "network-traffic", `"protocols":["http"],"extensions":{"http-request-ext":{"request_method":"get","request_value":"/","request_header":{"Host":"x"}}}`},
	{"observable-value", "S-6.1-03", "artifact -payload_bin", `"url":"x y","hashes":` + objHashes},
	{"observable-value", "S-6.4-01", "domain-name", `"value":"example[.]com"`},
	{"observable-value", "S-6.5-01", "email-addr", `"value":"jane"`},
	{"observable-value", "S-6.8-01", "ipv4-addr", `"value":"198.51.100[.]7"`},
	{"observable-value", "S-6.9-01", "ipv6-addr", `"value":"2001:db8"`},
	{"observable-value", "S-6.10-01", "mac-addr", `"value":"D2:FB:49:24:37:18"`},
	{"observable-value", "S-6.14-01", "software", `"cpe":"cpe:/a:x:y"`},
	{"observable-value", "S-6.14-02", "software", `"languages":["in english"]`},
	{"observable-value", "S-6.15-01", "url", `"value":"hxxp//x"`},
	{"observable-value", "S-6.17-02", "windows-registry-key", `"key":"HKLM\\System"`},
	{"observable-version", "S-3.6-14", "ipv4-addr", `"id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.100.3","created":"2026-01-31T12:00:00.000Z","modified":"2026-01-31T12:00:00.000Z"`},
	{"decryption-key", "S-6.1-06", "artifact", `"decryption_key":"x"`},
	{"reference-url", "S-2.5-03", "tool", `"external_references":[{"source_name":"x","url":"x y"}]`},
	{"equal-times", "S-4.7-06", "indicator", `"valid_until":"2026-01-31T12:00:00.0Z"`},
	{"equal-times", "S-5.1-04", "relationship", `"start_time":"2026-01-31T12:00:00Z","stop_time":"2026-01-31T12:00:00Z"`},
	{"malware-family", "S-4.11-00", "malware -is_family", ``},
	{"location-place", "S-4.10-01", "location -region", `"city":"x"`},
	{"mixed-pattern", "S-9.5-02", "indicator", `"pattern":"[file:name = 'a' AND process:pid = 1]"`},
}
