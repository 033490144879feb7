package stix_test

import (
	"fmt"
	"strings"
)

// rowsTarget is one restricted reference. Place is its property or, with a % where the target
// stands, the whole member; at is its pointer then.
type rowsTarget struct {
	row, typ, place, at string
	ok, bad             string // types of targets
	codes               string // other rows that say the same
}

const (
	rowsNoObservable = "indicator relationship sighting bundle marking-definition"
	rowsAnyObject    = "indicator relationship ipv4-addr marking-definition language-content extension-definition x-acme-thing"
	rowsDomainSCO    = "indicator ipv4-addr identity process incident x-acme-thing"
	rowsNoJoin       = "relationship sighting bundle language-content marking-definition extension-definition"
)

var rowsTargetTable = []rowsTarget{
	{"S-E-01", "indicator", "created_by_ref", "", "identity", "malware x-acme-identity", "S-3.2-03"},
	{"S-E-01", "extension-definition", "created_by_ref", "", "identity", "location", "S-3.2-03"},
	{"S-E-02", "ipv4-addr", "object_marking_refs", "", "marking-definition", "identity x-acme-marking", "S-3.2-15"},
	{"S-E-02", "indicator", `"granular_markings":[{"marking_ref":"%","selectors":["pattern"]}]`, "/granular_markings/0/marking_ref", "marking-definition", "identity", "S-7.2.3-03"},
	{"S-E-03", "grouping", "object_refs", "", rowsAnyObject, "bundle", "S-4.4-02"},
	{"S-E-03", "note", "object_refs", "", rowsAnyObject, "bundle", "S-4.13-01"},
	{"S-E-03", "opinion", "object_refs", "", rowsAnyObject, "bundle", "S-4.15-02"},
	{"S-E-03", "report", "object_refs", "", rowsAnyObject, "bundle", "S-4.16-01"},
	{"S-E-04", "malware", "operating_system_refs", "", "software", "tool x-acme-thing", "S-4.11-04"},
	{"S-E-04", "malware-analysis", "host_vm_ref", "", "software", "infrastructure", "S-4.12-04"},
	{"S-E-04", "malware-analysis", "operating_system_ref", "", "software", "tool", "S-4.12-04"},
	{"S-E-04", "malware-analysis", "installed_software_refs", "", "software", "file", "S-4.12-04"},
	{"S-E-05", "malware", "sample_refs", "", "file artifact", "url malware", "S-4.11-05"},
	{"S-E-06", "malware-analysis", "analysis_sco_refs", "", "file ipv4-addr x-acme-observable", rowsNoObservable, "S-4.12-05"},
	{"S-E-07", "malware-analysis", "sample_ref", "", "file network-traffic artifact", "url malware", "S-4.12-05"},
	{"S-E-08", "observed-data", `"object_refs":["ipv4-addr--` + rowsUUID + `","%"]`, "/object_refs/1", "file relationship sighting x-acme-observable",
		"indicator identity marking-definition bundle", "S-4.14-04"},
	{"S-E-09", "relationship", "source_ref", "", rowsDomainSCO, rowsNoJoin, "S-5.1-03"},
	{"S-E-09", "relationship", "target_ref", "", rowsDomainSCO, rowsNoJoin, "S-5.1-03"},
	{"S-E-10", "sighting", "sighting_of_ref", "", "indicator malware x-acme-thing", "ipv4-addr relationship marking-definition bundle", "S-5.2-03"},
	{"S-E-11", "sighting", "observed_data_refs", "", "observed-data", "ipv4-addr indicator", "S-5.2-04"},
	{"S-E-12", "sighting", "where_sighted_refs", "", "identity location", "malware infrastructure", "S-5.2-05"},
	{"S-E-13", "language-content", "object_ref", "", rowsAnyObject, "bundle", "S-7.1-02"},
	{"S-E-14", "directory", "contains_refs", "", "file directory", "url artifact", "S-6.3-02"},
	{"S-E-14", "file", `"extensions":{"archive-ext":{"contains_refs":["%"]}}`, "/extensions/archive-ext/contains_refs/0", "file directory", "url", "S-6.7.2-01"},
	{"S-E-15", "domain-name", "resolves_to_refs", "", "ipv4-addr ipv6-addr domain-name", "url file", "S-6.4-02"},
	{"S-E-16", "email-addr", "belongs_to_ref", "", "user-account", "identity", "S-6.5-02"},
	{"S-E-17", "email-message", "from_ref", "", "email-addr", "ipv4-addr", "S-6.6-02"},
	{"S-E-17", "email-message", "sender_ref", "", "email-addr", "identity", "S-6.6-02"},
	{"S-E-17", "email-message", "to_refs", "", "email-addr", "user-account", "S-6.6-02"},
	{"S-E-17", "email-message", "cc_refs", "", "email-addr", "user-account", "S-6.6-02"},
	{"S-E-17", "email-message", "bcc_refs", "", "email-addr", "user-account", "S-6.6-02"},
	{"S-E-18", "email-message", "raw_email_ref", "", "artifact", "file", "S-6.6-02"},
	{"S-E-19", "email-message", `"is_multipart":true,"body_multipart":[{"body_raw_ref":"%"}]`, "/body_multipart/0/body_raw_ref", "artifact file", "url", "S-6.6-08"},
	{"S-E-20", "file", "parent_directory_ref", "", "directory", "file", "S-6.7-03"},
	{"S-E-21", "file", "contains_refs", "", "file url x-acme-observable", "malware relationship marking-definition", "S-6.7-03"},
	{"S-E-22", "file", "content_ref", "", "artifact", "file", "S-6.7-03"},
	{"S-E-23", "ipv4-addr", "resolves_to_refs", "", "mac-addr", "domain-name", "S-6.8-02"},
	{"S-E-23", "ipv6-addr", "resolves_to_refs", "", "mac-addr", "domain-name", "S-6.9-02"},
	{"S-E-24", "ipv4-addr", "belongs_to_refs", "", "autonomous-system", "identity", "S-6.8-02"},
	{"S-E-24", "ipv6-addr", "belongs_to_refs", "", "autonomous-system", "identity", "S-6.9-02"},
	{"S-E-25", "network-traffic", "src_ref", "", "ipv4-addr ipv6-addr mac-addr domain-name", "url", "S-6.12-05"},
	{"S-E-25", "network-traffic", "dst_ref", "", "ipv4-addr ipv6-addr mac-addr domain-name", "infrastructure x-acme-observable", "S-6.12-05"},
	{"S-E-26", "network-traffic", "src_payload_ref", "", "artifact", "file", "S-6.12-11"},
	{"S-E-26", "network-traffic", "dst_payload_ref", "", "artifact", "file", "S-6.12-11"},
	{"S-E-26", "network-traffic", `"extensions":{"http-request-ext":{"request_method":"get","request_value":"/","message_body_data_ref":"%"}}`,
		"/extensions/http-request-ext/message_body_data_ref", "artifact", "file", "S-6.12.2-03"},
	{"S-E-27", "network-traffic", "encapsulates_refs", "", "network-traffic", "ipv4-addr", "S-6.12-11"},
	{"S-E-27", "network-traffic", "encapsulated_by_ref", "", "network-traffic", "ipv4-addr", "S-6.12-11"},
	{"S-E-27", "process", "opened_connection_refs", "", "network-traffic", "ipv4-addr", "S-6.13-03"},
	{"S-E-28", "process", "creator_user_ref", "", "user-account", "identity", "S-6.13-03"},
	{"S-E-28", "windows-registry-key", "creator_user_ref", "", "user-account", "identity", "S-6.17-03"},
	{"S-E-29", "process", "image_ref", "", "file", "artifact", "S-6.13-03"},
	{"S-E-29", "process", `"extensions":{"windows-service-ext":{"service_dll_refs":["%"]}}`, "/extensions/windows-service-ext/service_dll_refs/0", "file", "artifact", "S-6.13.3-01"},
	{"S-E-30", "process", "parent_ref", "", "process", "file", "S-6.13-03"},
	{"S-E-30", "process", "child_refs", "", "process", "file", "S-6.13-03"},
}

func rowsTargets(x rowsObjects) (rows []rowsRow) {
	for _, target := range rowsTargetTable {
		r := rowsRow{row: target.row}
		codes := target.row + " S-3.3-04 S-8-05 " + target.codes
		for _, typ := range strings.Fields(target.ok) {
			object, _ := target.object(x, typ)
			r.ok = append(r.ok, object)
		}
		for _, typ := range strings.Fields(target.bad) {
			object, at := target.object(x, typ)
			r.bad = append(r.bad, rowsCase{object, codes, at})
		}
		rows = append(rows, r)
	}
	return rows
}

// object refers to a type, and says where.
func (r rowsTarget) object(x rowsObjects, typ string) (object, at string) {
	id := typ + "--" + rowsOther
	switch {
	case r.at != "":
		base := x.of(r.typ)
		if strings.Contains(r.place, "is_multipart") {
			base = x.of(r.typ, "is_multipart", "")
		}
		if strings.Contains(r.place, `"object_refs"`) {
			base = x.of(r.typ, "object_refs", "")
		}
		return base[:len(base)-1] + "," + strings.ReplaceAll(r.place, "%", id) + "}", r.at
	case strings.HasSuffix(r.place, "_refs"):
		return x.of(r.typ, r.place, fmt.Sprintf("[%q]", id)), "/" + r.place + "/0"
	}
	return x.of(r.typ, r.place, fmt.Sprintf("%q", id)), "/" + r.place
}

// rowsAll are the rows of sections 1 to 7 that the object alone decides.
func rowsAll(x rowsObjects) (rows []rowsRow) {
	for _, group := range []func(rowsObjects) []rowsRow{
		rowsSimpleTypes, rowsExternalReferences, rowsHashes, rowsIdentifiers, rowsListsAndTexts, rowsTimestamps,
		rowsPropertyNames, rowsCommonProperties, rowsExtensionKeys, rowsReferences,
		rowsLanguageContent, rowsMarkingDefinitions, rowsTLP, rowsMarkings,
		rowsExtensionDefinitions, rowsExtensionUse, rowsCustom, rowsTargets,
	} {
		rows = append(rows, group(x)...)
	}
	return rows
}
