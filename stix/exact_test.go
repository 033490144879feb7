package stix_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/stix"
)

// exactCase is members that are set in an object, and all that they bring: findings in their order,
// besides those of the object without them.
type exactCase struct {
	name, base, members string
	want                []string // severity, code and pointer
}

// TestFindingsAreExact proves which code, severity and place a fault has, and that nothing else is
// derived from it.
func TestFindingsAreExact(t *testing.T) {
	strict := newReader(t)
	for _, c := range exactCases {
		t.Run(c.name, func(t *testing.T) {
			_, before := strict.Read([]byte(objBuild(t, c.base, "")))
			known := map[string]bool{}
			for _, f := range before {
				known[exactLine(f)] = true
			}
			raw := objBuild(t, c.base, c.members)
			_, after := strict.Read([]byte(raw))
			var got []string
			for _, f := range after {
				if line := exactLine(f); !known[line] {
					got = append(got, line)
				}
			}
			assert.Equal(t, c.want, got, raw)
		})
	}
}

func exactLine(f stix.Finding) string {
	severity := map[stix.Severity]string{stix.Error: "error", stix.Warning: "warning"}[f.Severity]
	return severity + " " + f.Code + " " + f.Pointer
}

const (
	exactThing  = `"type":"x-acme","id":"x-acme--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"`
	exactAmber  = `"id":"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"`
	exactObject = `"spec_version":"2.1","created":"2026-01-31T12:00:00.000Z","modified":"2026-01-31T12:00:00.000Z"`
)

var exactCases = []exactCase{
	{"S-3.2-01 of a type that is none, nothing but an id is required", "mutex -id", `"type":1`, []string{"error S-3.2-01 /type", "error S-3.3-01 "}},
	{"S-11.2-01 extension_type counts in extensions only", "mutex", exactThing + `,"created":"2026-01-31T12:00:00.000Z","x_a":{"extension_type":"new-sdo"}`, []string{"error S-3.2-02 ", "error S-11.2-01 ", "warning S-3.5-01 "}},
	{"S-2.9-01 a list for an id", "mutex", `"id":[]`, []string{"error S-2.9-01 /id"}},
	{"S-2.16-01 a time that is none bounds no window", "indicator", `"valid_until":"x","pattern":"[file:name = 'a'] START t'2026-02-01T12:00:00Z' STOP t'2026-02-02T12:00:00Z'"`, []string{"error S-2.16-01 /valid_until"}},
	{"S-3.2-17 defanged", "tool", `"defanged":true`, []string{"error S-3.2-17 /defanged"}},
	{"S-3.2-13 a language that nobody registered", "tool", `"lang":"qq"`, []string{"warning S-3.2-13 /lang"}},
	{"S-3.1-06 an encoding of nothing", "tool", `"x_acme_enc":"UTF-8"`, []string{"warning S-11.1-01 /x_acme_enc", "error S-3.1-06 /x_acme_enc"}},
	{"S-3.1-06 an encoding of something", "tool", `"x_acme_enc":"UTF-8","x_acme":"a"`, []string{"warning S-11.1-01 /x_acme"}},
	{"S-3.1-07 another case", "tool", `"Revoked":true`, []string{"error S-3.1-07 /Revoked"}},
	{"S-7.3-15 a name in an object of an extension", "mutex", exactThing + `,` + exactObject + `,"x-y":1,"extensions":{"@extension-definition":{"extension_type":"new-sdo"}}`, []string{"warning S-3.5-01 ", "error S-7.3-15 /x-y"}},
	{"S-7.3-15 a name in an observable of an extension", "mutex", exactThing + `,"x-y":1,"extensions":{"@extension-definition":{"extension_type":"new-sco"}}`, []string{"error S-7.3-15 /x-y"}},
	{"S-11.1-02 a name", "tool", `"x-acme":1`, []string{"error S-11.1-02 /x-acme", "warning S-11.1-03 /x-acme"}},
	{"S-11.1-01 in a value, a property", "tool", `"kill_chain_phases":[{"kill_chain_name":"a","phase_name":"b","x_a":1}]`, []string{"warning S-11.1-01 /kill_chain_phases/0/x_a"}},
	{"S-11.1-02 in a value, a name", "tool", `"kill_chain_phases":[{"kill_chain_name":"a","phase_name":"b","x-y":1}]`, []string{"error S-11.1-02 /kill_chain_phases/0/x-y"}},
	{"S-11.1-04 in a value, an ending", "tool", `"kill_chain_phases":[{"kill_chain_name":"a","phase_name":"b","x_a_hex":"zz"}]`, []string{"warning S-11.1-01 /kill_chain_phases/0/x_a_hex", "error S-11.1-04 /kill_chain_phases/0/x_a_hex"}},
	{"S-2.3-06 in a value, null", "tool", `"kill_chain_phases":[{"kill_chain_name":"a","phase_name":"b","x_a":null}]`, []string{"warning S-11.1-01 /kill_chain_phases/0/x_a", "error S-2.3-06 /kill_chain_phases/0/x_a"}},
	{"S-3.1-07 in a value, another case", "tool", `"kill_chain_phases":[{"kill_chain_name":"a","phase_name":"b","Revoked":"c"}]`, []string{"error S-3.1-07 /kill_chain_phases/0/Revoked"}},
	{"S-11-01 a custom type", "mutex", exactThing, []string{"warning S-11-01 "}},
	{"S-11.2-03 a custom type without x-", "mutex", `"type":"acme","id":"acme--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"`, []string{"warning S-11-01 ", "warning S-11.2-03 /type"}},
	{"S-7.2-08 a TLP marking's id for a statement", "marking-definition", exactAmber, []string{"warning S-7.2-08 "}},
	{"S-4.1-01 capec without an id", "attack-pattern", `"external_references":[{"source_name":"capec","description":"x"}]`, []string{"error S-4.1-01 /external_references/0"}},
	{"S-9.6.1-01 a pattern in bad style", "indicator", `"pattern":"[file:name == 'a']"`, []string{"warning S-9.6.1-01 /pattern"}},
	{"S-2.9-02 an extension's key", "tool", `"extensions":{"extension-definition--a":{"x_ref":5,"x_a":null}}`, []string{"error S-2.9-02 /extensions/extension-definition--a", "error S-3.1-05 /extensions/extension-definition--a/x_ref", "error S-2.3-06 /extensions/extension-definition--a/x_a"}},
	{"S-2.9-02 an extension's variant", "tool", `"extensions":{"extension-definition--8e2e2d2b-17d4-4cbf-c38f-98ee46b3cd3f":{"extension_type":"property-extension"}}`, []string{"error S-2.9-02 /extensions/extension-definition--8e2e2d2b-17d4-4cbf-c38f-98ee46b3cd3f"}},
	{"S-2.3-06 in a custom extension", "mutex", `"extensions":{"x-acme-ext":{"x_a":null}}`, []string{"warning S-3.2-18 /extensions/x-acme-ext", "error S-2.3-06 /extensions/x-acme-ext/x_a"}},
	{"S-7.1-04 a language that nobody registered", "language-content", `"contents":{"qq":{"name":"x"}}`, []string{"warning S-7.1-04 /contents/qq"}},
	{"S-3.1-01 a translation of what is no property", "language-content", `"contents":{"de":{"x-y":"a"}}`, []string{"error S-3.1-01 /contents/de/x-y"}},
	{"S-6.6-09 text in an artifact", "email-message", `"is_multipart":true,"body_multipart":[{"content_type":"Text/plain","body_raw_ref":"@artifact"}]`, []string{"warning S-6.6-09 /body_multipart/0/body_raw_ref"}},
	{"S-6.6-09 an image in the body", "email-message", `"is_multipart":true,"body_multipart":[{"content_type":"image/gif","body":"x"}]`, []string{"warning S-6.6-09 /body_multipart/0/body"}},
	{"S-6.7.4-01 an unknown key", "file", `"extensions":{"pdf-ext":{"document_info_dict":{"Foo":"x"}}}`, []string{"warning S-6.7.4-01 /extensions/pdf-ext/document_info_dict/Foo"}},
	{"S-6.12-03 over, or not", "network-traffic", `"end":"2026-01-31T12:00:00Z"`, []string{"warning S-6.12-03 /end"}},
	{"S-6.12-10 an unknown element", "network-traffic", `"ipfix":{"foo":1}`, []string{"warning S-6.12-10 /ipfix/foo"}},
	{"S-6.12.2-02 an unknown header", "network-traffic", `"protocols":["http","tcp"],"extensions":{"http-request-ext":{"request_method":"get","request_value":"/","request_header":{"Foo":["x"]}}}`, []string{"warning S-6.12.2-02 /extensions/http-request-ext/request_header/Foo"}},
	{"S-6.12.4-01 an unknown option", "network-traffic", `"extensions":{"socket-ext":{"address_family":"AF_INET","options":{"FOO":1}}}`, []string{"warning S-6.12.4-01 /extensions/socket-ext/options/FOO"}},
	{"S-6.12-04 in the container", "observed-data -object_refs", `"objects":{"0":{"type":"ipv4-addr","value":"198.51.100.3"},"1":{"type":"network-traffic","protocols":["tcp"],"src_ref":"0","start":"2026-01-31T12:00:00.002Z","end":"2026-01-31T12:00:00.001Z","is_active":false}}`, []string{"warning S-2.13-01 /objects", "warning S-6.12-02 /objects/1", "error S-6.12-04 /objects/1/end"}},
	{"S-2.3-06 in the container, in what nobody knows", "observed-data -object_refs", `"objects":{"0":{"type":"x-acme","x_a":null}}`, []string{"error S-2.3-06 /objects/0/x_a", "warning S-2.13-01 /objects"}},
	{"S-2.3-05 in the container, said once of what nobody knows", "observed-data -object_refs", `"objects":{"0":{"type":"x-acme","x_a":{}}}`, []string{"error S-2.3-05 /objects/0/x_a", "warning S-2.13-01 /objects"}},
	{"S-2.3-06 in the container, a custom property", "observed-data -object_refs", `"objects":{"0":{"type":"mutex","name":"x","x_a":null}}`, []string{"error S-2.3-06 /objects/0/x_a", "warning S-2.13-01 /objects", "warning S-11.1-01 /objects/0/x_a"}},
	{"S-6.16-01 in the container", "observed-data -object_refs", `"objects":{"0":{"type":"user-account"}}`, []string{"warning S-2.13-01 /objects", "error S-6.16-01 /objects/0"}},
	{"S-3.1-05 a list of references that is none", "tool", `"x_acme_refs":5`, []string{"warning S-11.1-01 /x_acme_refs", "error S-3.1-05 /x_acme_refs"}},
	{"S-2.12-01 a list of references that is empty", "tool", `"x_acme_refs":[]`, []string{"warning S-11.1-01 /x_acme_refs", "error S-2.12-01 /x_acme_refs"}},
	{"S-2.12-01 a list of STIX's references that is empty", "tool", `"object_refs":[]`, []string{"warning S-11.1-01 /object_refs", "warning S-11.1-03 /object_refs", "error S-2.12-01 /object_refs"}},
}
