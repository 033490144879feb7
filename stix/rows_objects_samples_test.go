package stix_test

import "strings"

// objHosts are the types that live inside objects: the object's type, its members around one
// (% stands for it), where it is, and its row where that is not its section's first.
var objHosts = map[string]struct{ host, form, at, row string }{
	"marking-definition":              {"marking-definition", "", "", "S-7.2-00"},
	"external-reference":              {"tool", `"external_references":[%]`, "/external_references/0", "S-2.5-01"},
	"kill-chain-phase":                {"tool", `"kill_chain_phases":[%]`, "/kill_chain_phases/0", "S-2.11-01"},
	"granular-marking":                {"tool", `"granular_markings":[%]`, "/granular_markings/0", "S-7.2.3-04"},
	"statement-marking":               {"marking-definition", `"definition":%`, "/definition", "S-7.2-05"},
	"email-mime-part-type":            {"email-message", `"is_multipart":true,"body_multipart":[%]`, "/body_multipart/0", ""},
	"archive-ext":                     {"file", `"extensions":{"archive-ext":%}`, "/extensions/archive-ext", ""},
	"ntfs-ext":                        {"file", `"extensions":{"ntfs-ext":%}`, "/extensions/ntfs-ext", ""},
	"alternate-data-stream-type":      {"file", `"extensions":{"ntfs-ext":{"alternate_data_streams":[%]}}`, "/extensions/ntfs-ext/alternate_data_streams/0", "S-6.7.3-00b"},
	"pdf-ext":                         {"file", `"extensions":{"pdf-ext":%}`, "/extensions/pdf-ext", ""},
	"raster-image-ext":                {"file", `"extensions":{"raster-image-ext":%}`, "/extensions/raster-image-ext", ""},
	"windows-pebinary-ext":            {"file", `"extensions":{"windows-pebinary-ext":%}`, "/extensions/windows-pebinary-ext", ""},
	"windows-pe-optional-header-type": {"file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","optional_header":%}}`, "/extensions/windows-pebinary-ext/optional_header", "S-6.7.6-00b"},
	"windows-pe-section-type":         {"file", `"extensions":{"windows-pebinary-ext":{"pe_type":"exe","sections":[%]}}`, "/extensions/windows-pebinary-ext/sections/0", "S-6.7.6-00c"},
	"http-request-ext":                {"network-traffic", `"extensions":{"http-request-ext":%}`, "/extensions/http-request-ext", ""},
	"icmp-ext":                        {"network-traffic", `"extensions":{"icmp-ext":%}`, "/extensions/icmp-ext", ""},
	"socket-ext":                      {"network-traffic", `"extensions":{"socket-ext":%}`, "/extensions/socket-ext", ""},
	"tcp-ext":                         {"network-traffic", `"extensions":{"tcp-ext":%}`, "/extensions/tcp-ext", ""},
	"windows-process-ext":             {"process", `"extensions":{"windows-process-ext":%}`, "/extensions/windows-process-ext", ""},
	"windows-service-ext":             {"process", `"extensions":{"windows-service-ext":%}`, "/extensions/windows-service-ext", ""},
	"unix-account-ext":                {"user-account", `"extensions":{"unix-account-ext":%}`, "/extensions/unix-account-ext", ""},
	"windows-registry-value-type":     {"windows-registry-key", `"values":[%]`, "/values/0", ""},
	"x509-v3-extensions-type":         {"x509-certificate", `"x509_v3_extensions":%`, "/x509_v3_extensions", ""},
}

// objApart are the properties that do not go with others of their type: the members of an object
// that has them, and what it lacks of the minimal one.
var objApart = map[string]struct{ less, members string }{
	"artifact.url":          {" -payload_bin", `"url":"https://example.com/a","hashes":` + objHashes},
	"email-message.body":    {"", `"is_multipart":false,"body":"Hello"`},
	"granular-marking.lang": {"", `"lang":"de","selectors":["name"]`},
	"observed-data.objects": {" -object_refs", `"first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z",
		"number_observed":1,"objects":{"0":{"type":"url","value":"https://example.com/"}}`},
	"extension-definition.extension_properties": {"", `"extension_types":["toplevel-property-extension"],"extension_properties":["rank_x"]`},
}

// objSamples are valid values of properties that have rules of their own, by type and name.
var objSamples = map[string]string{
	"email-message.is_multipart":            `true`,
	"indicator.valid_until":                 `"2027-01-31T12:00:00Z"`,
	"relationship.stop_time":                `"2026-01-02T00:00:00Z"`,
	"observed-data.object_refs":             `["@ipv4-addr","@relationship"]`,
	"malware.sample_refs":                   `["@file"]`,
	"malware-analysis.analysis_sco_refs":    `["@url"]`,
	"malware-analysis.sample_ref":           `"@artifact"`,
	"sighting.observed_data_refs":           `["@observed-data"]`,
	"sighting.where_sighted_refs":           `["@location"]`,
	"language-content.object_modified":      `"2026-01-01T00:00:00.000Z"`,
	"file.contains_refs":                    `["@url"]`,
	"file.extensions":                       `{"ntfs-ext":{"sid":"1"}}`,
	"network-traffic.extensions":            `{"tcp-ext":{"src_flags_hex":"02"}}`,
	"process.extensions":                    `{"windows-process-ext":{"aslr_enabled":true}}`,
	"user-account.extensions":               `{"unix-account-ext":{"gid":1}}`,
	"domain-name.resolves_to_refs":          `["@ipv4-addr"]`,
	"software.cpe":                          `"cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*"`,
	"software.languages":                    `["en"]`,
	"external-reference.url":                `"https://example.com/a"`,
	"artifact.mime_type":                    `"image/gif"`,
	"file.mime_type":                        `"image/gif"`,
	"windows-process-ext.priority":          `"HIGH_PRIORITY_CLASS"`,
	"http-request-ext.request_version":      `"http/1.1"`,
	"email-mime-part-type.content_type":     `"text/plain"`,
	"windows-pe-section-type.entropy":       `7.5`,
	"x509-certificate.signature_algorithm":  `"sha256WithRSAEncryption"`,
	"marking-definition.definition":         `{"statement":"Copyright"}`,
	"windows-registry-value-type.data_type": `"REG_SZ"`,
}

// objNamed are valid values of properties that mean the same in every type.
var objNamed = map[string]string{
	"action": `"x"`, "path_enc": `"UTF-8"`, "name_enc": `"windows-1252"`, "country": `"AT"`, "region": `"western-europe"`, "administrative_area": `"AT-6"`,
	"operating_system_refs": `["@software"]`, "operating_system_ref": `"@software"`, "host_vm_ref": `"@software"`, "installed_software_refs": `["@software"]`,
	"contains_refs": `["@file:2"]`, "belongs_to_ref": `"@user-account"`, "from_ref": `"@email-addr"`, "sender_ref": `"@email-addr"`,
	"to_refs": `["@email-addr"]`, "cc_refs": `["@email-addr"]`, "bcc_refs": `["@email-addr"]`, "raw_email_ref": `"@artifact"`, "body_raw_ref": `"@file"`,
	"parent_directory_ref": `"@directory"`, "content_ref": `"@artifact"`, "resolves_to_refs": `["@mac-addr"]`, "belongs_to_refs": `["@autonomous-system"]`,
	"src_ref": `"@ipv4-addr"`, "dst_ref": `"@domain-name"`, "src_payload_ref": `"@artifact"`, "dst_payload_ref": `"@artifact"`,
	"encapsulates_refs": `["@network-traffic"]`, "encapsulated_by_ref": `"@network-traffic:2"`, "message_body_data_ref": `"@artifact"`,
	"opened_connection_refs": `["@network-traffic"]`, "creator_user_ref": `"@user-account"`, "image_ref": `"@file"`, "parent_ref": `"@process:2"`,
	"child_refs": `["@process:3"]`, "service_dll_refs": `["@file"]`, "marking_ref": `"@marking-definition"`,
	"additional_header_fields": `{"Reply-To":["a@example.com","b@example.com"]}`, "document_info_dict": `{"Title":"x"}`, "exif_tags": `{"Make":"Nikon"}`,
	"ipfix": `{"minimumIpTotalLength":32}`, "request_header": `{"Accept":["x"]}`, "options": `{"SO_KEEPALIVE":1}`,
	"environment_variables": `{"PATH":"/bin"}`, "startup_info": `{"lpDesktop":"x"}`, "encryption_algorithm": `"AES-256-GCM"`,
	"socket_type": `"SOCK_RAW"`, "integrity_level": `"low"`, "start_type": `"SERVICE_AUTO_START"`, "service_type": `"SERVICE_KERNEL_DRIVER"`,
	"service_status": `"SERVICE_RUNNING"`, "selectors": `["name"]`, "value": `"x"`,
}

// objSample is a valid value of a property.
func objSample(name string, p objProperty) string {
	if value, ok := objNamed[name]; ok {
		return value
	}
	kind, isList := strings.CutPrefix(p.Type, "list of type ")
	value := map[string]string{
		"string": `"text"`, "open-vocab": `"unknown"`, "boolean": `false`, "integer": `1`, "float": `1.5`,
		"timestamp": `"2026-01-01T00:00:00Z"`, "hex": `"ab12"`, "binary": `"aGVsbG8="`, "hashes": objHashes,
	}[kind]
	if value == "" {
		value = "{" + objMinimal[kind] + "}"
	}
	if isList {
		value = "[" + value + "]"
	}
	return value
}

// objAnyOf has a value of each JSON type.
var objAnyOf = map[string]string{
	"string": `"text"`, "number": `7`, "boolean": `true`, "list": `["text"]`, "object": `{"some_key":"text"}`, "null": `null`,
}

// objJSONType is the JSON type of a property, and the rows that say so.
func objJSONType(typ objType, name string, p objProperty) (kind, codes string) {
	if strings.HasPrefix(p.Type, "list") {
		return "list", "S-2.12-01"
	}
	if name == "extensions" {
		return "object", "S-3.2-19"
	}
	switch p.Type {
	case "string", "open-vocab":
		return "string", typ.row
	case "enum":
		return "string", typ.row + " S-2.4-01 " + objSection(typ.row)
	case "boolean":
		return "boolean", "S-2.2-01 S-5.2-06"
	case "integer":
		return "number", "S-2.10-01 S-6.2-01"
	case "float":
		return "number", "S-2.6-01"
	case "timestamp":
		return "string", "S-2.16-01"
	case "identifier":
		return "string", "S-2.9-01"
	case "hex":
		return "string", "S-2.8-01 S-6.12.3-01"
	case "binary":
		return "string", "S-2.1-02"
	case "hashes":
		return "object", "S-2.7-03 S-2.7-04 " + typ.row
	}
	return "object", typ.row + " S-2.3-06 S-4.14-05 S-6.7.6-00* S-6.18.2-0* S-7.1-05 S-7.2-0*"
}
