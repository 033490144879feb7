package stix_test

import (
	"slices"
	"strings"
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
	cases := slices.Clone(exactCases)
	for _, header := range strings.Fields("Date Content-Type From Sender To CC BCC Message-ID Subject") {
		cases = append(cases, exactCase{"S-6.6-04 a header with a property of its own, " + header, "email-message",
			`"additional_header_fields":{"` + header + `":["x"]}`, []string{"warning S-6.6-04 /additional_header_fields/" + header}})
	}
	for _, c := range cases {
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
	{"S-3.1-07 in a value, another case", "tool", `"kill_chain_phases":[{"kill_chain_name":"a","phase_name":"b","Revoked":{"a_b":1}}]`, []string{"error S-3.1-07 /kill_chain_phases/0/Revoked"}},
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
	{"S-4.15-01 an unknown opinion", "opinion", `"opinion":"meh"`, []string{"error S-4.15-01 /opinion"}},
	{"S-6.1-05 an unknown algorithm", "artifact", `"encryption_algorithm":"x"`, []string{"error S-6.1-05 /encryption_algorithm"}},
	{"S-6.12.4-01 an unknown family", "network-traffic", `"extensions":{"socket-ext":{"address_family":"x"}}`, []string{"error S-6.12.4-01 /extensions/socket-ext/address_family"}},
	{"S-6.12.4-01 an unknown type of socket", "network-traffic", `"extensions":{"socket-ext":{"address_family":"AF_INET","socket_type":"x"}}`, []string{"error S-6.12.4-01 /extensions/socket-ext/socket_type"}},
	{"S-6.13.2-01 an unknown level", "process", `"extensions":{"windows-process-ext":{"integrity_level":"x"}}`, []string{"error S-6.13.2-01 /extensions/windows-process-ext/integrity_level"}},
	{"S-6.13.3-01 a service of unknown kinds", "process", `"extensions":{"windows-service-ext":{"start_type":"x","service_type":"x","service_status":"x"}}`, []string{"error S-6.13.3-01 /extensions/windows-service-ext/start_type", "error S-6.13.3-01 /extensions/windows-service-ext/service_type", "error S-6.13.3-01 /extensions/windows-service-ext/service_status"}},
	{"S-6.17.2-01 an unknown type of data", "windows-registry-key", `"values":[{"data_type":"x"}]`, []string{"error S-6.17.2-01 /values/0/data_type"}},
	{"S-7.3-05 an unknown type of extension", "extension-definition", `"extension_types":["x"]`, []string{"error S-7.3-05 /extension_types/0"}},
	{"S-4.12-07 ended before it started", "malware-analysis", `"analysis_started":"2026-01-31T12:00:00.002Z","analysis_ended":"2026-01-31T12:00:00.001Z"`, []string{"warning S-4.12-07 /analysis_ended"}},
	{"S-2.3-04 capitals that a file brings", "file", `"extensions":{"raster-image-ext":{"exif_tags":{"Make":"x"}},"pdf-ext":{"document_info_dict":{"Title":"x"}}}`, nil},
	{"S-2.3-04 capitals that Windows brings", "process", `"extensions":{"windows-process-ext":{"startup_info":{"LpDesktop":"x"}}}`, nil},
	{"S-2.3-04 capitals in a language", "language-content", `"contents":{"de-AT":{"name":"x"}}`, nil},
	{"S-2.3-04 capitals in the container", "observed-data -object_refs", `"objects":{"A":{"type":"mutex","name":"x"}}`, []string{"warning S-2.13-01 /objects"}},
	{"S-6.13-03 a reference in the container", "observed-data -object_refs", `"objects":{"0":{"type":"process","pid":1,"image_ref":"1"},"1":{"type":"mutex","name":"x"}}`, []string{"warning S-2.13-01 /objects", "error S-6.13-03 /objects/0/image_ref"}},
	{"S-11-01 the type of a value is no type of objects", "mutex", `"type":"kill-chain-phase","id":"kill-chain-phase--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"`, []string{"warning S-11-01 ", "warning S-11.2-03 /type"}},
	{"S-3.2-19 a list of extensions makes no type of extension", "mutex", `"type":"x-acme","id":"x-acme--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2026-01-31T12:00:00.000Z","spec_version":"2.1","extensions":[{"extension_type":"new-sdo"}]`, []string{"error S-11.2-01 ", "warning S-3.5-01 ", "error S-3.2-19 /extensions", "warning S-11-01 "}},
	{"S-11.3-01 a key without its UUID", "tool", `"extensions":{"extension-definition":{"x_a":1}}`, []string{"error S-11.3-01 /extensions/extension-definition"}},
	{"S-11.3-01 a key with one hyphen", "tool", `"extensions":{"extension-definition-":{"x_a":1}}`, []string{"error S-11.3-01 /extensions/extension-definition-"}},
	{"S-11.3-01 a key with two hyphens", "tool", `"extensions":{"extension-definition--":{"x_a":1}}`, []string{"error S-11.3-01 /extensions/extension-definition--"}},
	{"S-11.1-01 a name of z", "tool", `"x_zz":1`, []string{"warning S-11.1-01 /x_zz"}},
	{"S-11.1-03 a name that begins with z", "tool", `"z_a":1`, []string{"warning S-11.1-01 /z_a", "warning S-11.1-03 /z_a"}},
	{"S-11.1-04 a number for hex", "tool", `"x_a_hex":12`, []string{"warning S-11.1-01 /x_a_hex", "error S-11.1-04 /x_a_hex"}},
	{"S-11.1-04 a number for binary", "tool", `"x_a_bin":1234`, []string{"warning S-11.1-01 /x_a_bin", "error S-11.1-04 /x_a_bin"}},
	{"S-7.2-00 a list for a definition", "marking-definition", `"definition_type":"tlp","definition":[1]`, []string{"error S-7.2-00 /definition"}},
	{"S-11.1-01 tlp beside a definition that is not there", "marking-definition -definition", `"definition_type":"tlp","tlp":1`, []string{"warning S-11.1-01 /tlp", "warning S-11.1-03 /tlp"}},
	{"S-7.2-07 a number for tlp", "marking-definition", `"definition_type":"tlp","definition":{"tlp":21}`, []string{"error S-7.2-07 /definition/tlp"}},
	{"S-7.2-07 a number for tlp in a TLP marking", "marking-definition", `"id":"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82","definition_type":"tlp","definition":{"tlp":21}`, []string{"error S-7.2-07 /definition/tlp", "warning S-7.2-08 "}},
	{"S-7.2-08 the word of TLP 2 under another id", "marking-definition", `"definition_type":"tlp","definition":{"tlp":"clear"}`, []string{"error S-7.2-08 /id"}},
	{"S-TLP2-01 a number for tlp_2_0", "marking-definition -definition -definition_type", `"extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":1}}`, []string{"error S-TLP2-01 /extensions/extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d/tlp_2_0"}},
	{"S-2.5-03 a number for a url", "tool", `"external_references":[{"source_name":"x","url":1}]`, []string{"error S-2.5-01 /external_references/0/url"}},
	{"S-4.7-04 a pattern of STIX 2.0 is not ours to read", "indicator", `"pattern_version":"2.0","pattern":"[a"`, nil},
	{"S-4.7-04 a pattern of a later STIX is", "indicator", `"pattern_version":"2.1","pattern":"[a"`, []string{"error S-4.7-03 /pattern"}},
	{"S-9.7-01 an object path of no observable", "indicator", `"pattern":"[malware:foo = 'a']"`, nil},
	{"S-9.7-01 a property that is not there", "indicator", `"pattern":"[file:foo = 'a']"`, []string{"warning S-9.7-01 /pattern"}},
	{"S-9.7-01 a custom property", "indicator", `"pattern":"[file:x_foo = 'a']"`, nil},
	{"S-4.10-07 a number for a country", "location", `"country":7,"administrative_area":8`, []string{"error S-4.10-00 /administrative_area", "error S-4.10-00 /country"}},
	{"S-4.12-03 capitals in a product", "malware-analysis", `"product":"Some"`, []string{"warning S-4.12-03 /product"}},
	{"S-4.12-03 a space in a product", "malware-analysis", `"product":"some tool"`, []string{"warning S-4.12-03 /product"}},
	{"S-2.9-01 a relationship from nothing", "relationship", `"source_ref":1`, []string{"error S-2.9-01 /source_ref"}},
	{"S-2.9-01 a relationship to nothing", "relationship", `"target_ref":1`, []string{"error S-2.9-01 /target_ref"}},
	{"S-5.1-02 a type of one's own", "relationship", `"relationship_type":"x0-9az"`, []string{"warning S-5.1-02 /relationship_type"}},
	{"S-5.1-01 no type", "relationship", `"relationship_type":""`, []string{"error S-5.1-01 /relationship_type"}},
	{"S-5.1-02 to a type that nobody defines", "relationship", `"relationship_type":"consists-of","source_ref":"@infrastructure","target_ref":"@x-acme"`, []string{"warning S-5.1-02 /relationship_type"}},
	{"S-5.1-02 to an observable", "relationship", `"relationship_type":"consists-of","source_ref":"@infrastructure","target_ref":"@url"`, nil},
	{"S-3.1-07 in an extension, another case", "tool", `"extensions":{"@extension-definition":{"extension_type":"property-extension","Revoked":{"a_b":1}}}`, []string{"error S-3.1-07 /extensions/extension-definition--3d847163-17d4-4cbf-938f-98ee46b3cd3f/Revoked"}},
	{"S-11.1-01 beside an extension that opens nothing", "tool", `"abc":1,"extensions":{"@extension-definition":{"extension_type":"property-extension"}}`, []string{"warning S-11.1-01 /abc", "warning S-11.1-03 /abc"}},
	{"S-3.2-19 a list opens nothing", "tool", `"abc":1,"extensions":[{"extension_type":"toplevel-property-extension"}]`, []string{"warning S-11.1-01 /abc", "warning S-11.1-03 /abc", "error S-3.2-19 /extensions"}},
	{"S-7.3-04 a number for a version", "extension-definition", `"version":1`, []string{"error S-7.3-00 /version"}},
	{"S-7.3-04 an empty part of a version", "extension-definition", `"version":"1..2"`, []string{"warning S-7.3-04 /version"}},
	{"S-7.3-04 a letter in a version", "extension-definition", `"version":"1.a.2"`, []string{"warning S-7.3-04 /version"}},
	{"S-11.2-03 a type of z", "mutex", `"type":"zz-acme","id":"zz-acme--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"`, []string{"warning S-11-01 ", "warning S-11.2-03 /type"}},
	{"S-6.12-08 an extension for HTTP over HTTPS", "network-traffic", `"protocols":["https"],"extensions":{"http-request-ext":{"request_method":"get","request_value":"/"}}`, nil},
	{"S-6.12-08 an extension for HTTP without it", "network-traffic", `"protocols":["udp"],"extensions":{"http-request-ext":{"request_method":"get","request_value":"/"}}`, []string{"warning S-6.12-08 /protocols"}},
	{"S-6.12-08 an extension for ICMP", "network-traffic", `"protocols":["icmp"],"extensions":{"icmp-ext":{"icmp_type_hex":"08","icmp_code_hex":"00"}}`, nil},
	{"S-6.12-08 an extension for ICMPv6", "network-traffic", `"protocols":["icmp6"],"extensions":{"icmp-ext":{"icmp_type_hex":"08","icmp_code_hex":"00"}}`, nil},
	{"S-6.12-08 an extension for ICMP without it", "network-traffic", `"protocols":["udp"],"extensions":{"icmp-ext":{"icmp_type_hex":"08","icmp_code_hex":"00"}}`, []string{"warning S-6.12-08 /protocols"}},
	{"S-6.12-08 an extension for TCP", "network-traffic", `"protocols":["tcp"],"extensions":{"tcp-ext":{"src_flags_hex":"02"}}`, nil},
	{"S-6.12-08 an extension for TCP without it", "network-traffic", `"protocols":["udp"],"extensions":{"tcp-ext":{"src_flags_hex":"02"}}`, []string{"warning S-6.12-08 /protocols"}},
	{"S-6.12-08 another extension", "network-traffic", `"protocols":["udp"],"extensions":{"socket-ext":{"address_family":"AF_INET"}}`, nil},
	{"S-2.16-01 a slash in a date", "report", `"published":"2026/01-31T12:00:00Z"`, []string{"error S-2.16-01 /published"}},
	{"S-2.16-01 a point in a date", "report", `"published":"2026-01.31T12:00:00Z"`, []string{"error S-2.16-01 /published"}},
	{"S-2.16-01 a hyphen in a time", "report", `"published":"2026-01-31T12-00:00Z"`, []string{"error S-2.16-01 /published"}},
	{"S-2.16-01 a hyphen before the seconds", "report", `"published":"2026-01-31T12:00-00Z"`, []string{"error S-2.16-01 /published"}},
	{"S-2.16-01 day 0", "report", `"published":"2026-01-00T12:00:00Z"`, []string{"error S-2.16-01 /published"}},
	{"S-2.16-01 month 13", "report", `"published":"2026-13-01T12:00:00Z"`, []string{"error S-2.16-01 /published"}},
	{"S-2.16-01 hour 24", "report", `"published":"2026-01-01T24:00:00Z"`, []string{"error S-2.16-01 /published"}},
	{"S-2.16-02 a bare point", "report", `"published":"2026-01-01T12:00:00.Z"`, []string{"error S-2.16-02 /published"}},
	{"S-2.16-03 no zone", "report", `"published":"2026-01-01T12:00:00"`, []string{"error S-2.16-03 /published"}},
	{"S-4.14-04 relationships beside what nobody defines", "observed-data", `"object_refs":["@relationship","@x-acme"]`, nil},
	{"S-4.14-04 relationships alone", "observed-data", `"object_refs":["@relationship","@sighting"]`, []string{"error S-4.14-04 /object_refs"}},
	{"S-4.14-04 relationships beside what is no observable", "observed-data", `"object_refs":["@relationship","@tool"]`, []string{"error S-4.14-04 /object_refs/1"}},
	{"S-2.9-01 relationships beside what is no identifier", "observed-data", `"object_refs":["@relationship",1]`, []string{"error S-2.9-01 /object_refs/1"}},
}

// TestFindingsTogetherAreExact proves what is said of the last of two objects beside each other.
func TestFindingsTogetherAreExact(t *testing.T) {
	const later = `,"modified":"2026-03-01T12:00:00.000Z"`
	for _, tt := range []struct {
		name, base, first, second string // members
		want                      []string
	}{
		{"S-8-07 the same twice", "campaign", ``, ``, []string{"warning S-8-07 "}},
		{"S-8-07 the same twice, one in default values", "file", ``, `"defanged":false,"spec_version":"2.1"`, []string{"warning S-8-07 "}},
		{"S-8-07 the same twice, in the language of default", "tool", ``, `"lang":"en"`, []string{"warning S-8-07 "}},
		{"S-3.6-06 the same in another language", "tool", ``, `"lang":"de"`, []string{"error S-3.6-06 /modified"}},
		{"S-3.6-06 another content of a version", "tool", ``, `"name":"x"`, []string{"error S-3.6-06 /modified"}},
		{"S-3.6-06 another content of what has no versions", "marking-definition", ``, `"definition":{"statement":"x"}`, []string{"error S-3.6-06 /created"}},
		{"S-D-04 another content of an observable", "file", ``, `"size":1`, []string{"warning S-D-04 "}},
		{"S-3.2-05 another created", "tool", ``, `"created":"2026-01-31T12:00:00.001Z"` + later, []string{"error S-3.2-05 /created"}},
		{"S-3.6-07 another creator", "tool", ``, `"created_by_ref":"@identity"` + later, []string{"error S-3.6-07 /created_by_ref"}},
		{"S-3.6-07 no creator", "tool", `"created_by_ref":"@identity"`, later[1:], []string{"error S-3.6-07 "}},
		{"S-3.6-11 after the end", "tool", `"revoked":true`, later[1:], []string{"error S-3.6-11 /modified"}},
		{"S-3.6-06 later by less than a nanosecond", "tool", `"modified":"2026-03-01T12:00:00.0000000001Z"`, `"modified":"2026-03-01T12:00:00.0000000002Z","name":"x"`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newReader(t)
			first, _ := accepted(t, r, objBuild(t, tt.base, tt.first))
			second, _ := accepted(t, r, objBuild(t, tt.base, tt.second))
			findings := r.CheckTogether([]stix.Object{first, second})
			assert.Empty(t, findings[0])
			var got []string
			for _, f := range findings[1] {
				got = append(got, exactLine(f))
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

// The published TLP markings are right to the last letter.
func TestPublishedMarkingsHaveNoFindings(t *testing.T) {
	for _, object := range []string{amber, amber2} {
		_, findings := newReader(t).Read([]byte(object))
		assert.Empty(t, findings, object)
	}
}

// TestMessages proves what a person needs of a message besides its code.
func TestMessages(t *testing.T) {
	for _, tt := range []struct{ name, base, members, want string }{
		{"S-4.1-00 whose property is missing", "attack-pattern -name", ``, "name is missing; attack-pattern requires it"},
		{"S-11.2-01 of a type that nobody defines", "mutex", exactThing + `,"spec_version":"2.1","modified":"2026-01-31T12:00:00.000Z"`, "created is missing; x-acme requires it"},
		{"S-2.11-01 of a value", "tool", `"kill_chain_phases":[{"kill_chain_name":"a"}]`, "phase_name is missing; kill-chain-phase requires it"},
		{"S-11.1-01 advice is given once, and counted", "tool", `"x_a":1,"x_b":1,"x_c":1`, "a custom property; it should be brought by an extension (and 2 more)"},
		{"S-3.2-01 no type", "tool -type", ``, "type is missing; every object names its type"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, findings := newReader(t).Read([]byte(objBuild(t, tt.base, tt.members)))
			code, _, _ := strings.Cut(tt.name, " ")
			var said []string
			for _, f := range findings {
				if f.Code == code {
					said = append(said, f.Message)
				}
			}
			assert.Equal(t, []string{tt.want}, said)
		})
	}
}
