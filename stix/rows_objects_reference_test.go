package stix_test

import (
	"strings"
	"testing"
)

func TestObjectsReferenceTargets(t *testing.T) { objRun(t, objReferenceCases()) }

// objReferenceCases have one object for each type that a reference may and may not name.
func objReferenceCases() (cases []objCase) {
	for _, r := range objTargets {
		for _, target := range strings.Fields(r.allowed) {
			cases = append(cases, objCase{r.rows, objOK, r.at + " " + target, r.base, strings.ReplaceAll(r.members, "@?", "@"+target), ""})
		}
		for _, target := range strings.Fields(r.refused) {
			cases = append(cases, objCase{r.rows, objBad, r.at + " " + target, r.base, strings.ReplaceAll(r.members, "@?", "@"+target), r.at})
		}
	}
	return cases
}

// objTargets are the references of §4 to §6 whose targets are limited. A custom type is refused
// only where the types are named one by one.
var objTargets = []struct{ rows, base, members, at, allowed, refused string }{
	{"S-4.11-04 S-E-04", "malware", `"operating_system_refs":["@?"]`, "/operating_system_refs/0", "software", "tool file x-custom"},
	{"S-4.11-04 S-E-04", "malware", `"operating_system_refs":["@software","@?"]`, "/operating_system_refs/1", "software:2", "malware:2"},
	{"S-4.11-05 S-E-05", "malware", `"sample_refs":["@?"]`, "/sample_refs/0", "file artifact", "url malware:2 relationship x-custom"},
	{"S-4.12-04 S-E-04", "malware-analysis", `"host_vm_ref":"@?"`, "/host_vm_ref", "software", "infrastructure file x-custom"},
	{"S-4.12-04 S-E-04", "malware-analysis", `"operating_system_ref":"@?"`, "/operating_system_ref", "software", "tool artifact"},
	{"S-4.12-04 S-E-04", "malware-analysis", `"installed_software_refs":["@?"]`, "/installed_software_refs/0", "software", "tool process"},
	{"S-4.12-05 S-E-06", "malware-analysis", `"analysis_sco_refs":["@?"]`, "/analysis_sco_refs/0", "url process x509-certificate x-custom", "malware sighting marking-definition bundle"},
	{"S-4.12-05 S-E-07", "malware-analysis", `"sample_ref":"@?"`, "/sample_ref", "file network-traffic artifact", "malware url x-custom"},

	{"S-5.1-03 S-E-09 S-8-05", "relationship", `"source_ref":"@?"`, "/source_ref", "malware file observed-data incident x-custom", "relationship:2 sighting bundle language-content marking-definition extension-definition"},
	{"S-5.1-03 S-E-09 S-8-05", "relationship", `"target_ref":"@?"`, "/target_ref", "indicator:2 process report x-custom", "relationship:2 sighting bundle language-content marking-definition extension-definition"},
	{"S-5.2-03 S-E-10 S-8-05", "sighting", `"sighting_of_ref":"@?"`, "/sighting_of_ref", "indicator incident observed-data x-custom", "ipv4-addr file relationship sighting:2 marking-definition language-content bundle"},
	{"S-5.2-04 S-E-11", "sighting", `"observed_data_refs":["@?"]`, "/observed_data_refs/0", "observed-data", "ipv4-addr indicator x-custom"},
	{"S-5.2-05 S-E-12", "sighting", `"where_sighted_refs":["@?"]`, "/where_sighted_refs/0", "identity location", "malware tool infrastructure x-custom"},

	{"S-6.3-02 S-E-14", "directory", `"contains_refs":["@?"]`, "/contains_refs/0", "file directory:2", "url artifact x-custom"},
	{"S-6.4-02 S-E-15", "domain-name", `"resolves_to_refs":["@?"]`, "/resolves_to_refs/0", "ipv4-addr ipv6-addr domain-name:2", "file mac-addr x-custom"},
	{"S-6.5-02 S-E-16", "email-addr", `"belongs_to_ref":"@?"`, "/belongs_to_ref", "user-account", "identity email-addr:2 x-custom"},
	{"S-6.6-02 S-E-17", "email-message", `"from_ref":"@?"`, "/from_ref", "email-addr", "ipv4-addr identity x-custom"},
	{"S-6.6-02 S-E-17", "email-message", `"sender_ref":"@?"`, "/sender_ref", "email-addr", "user-account"},
	{"S-6.6-02 S-E-17", "email-message", `"to_refs":["@email-addr","@?"]`, "/to_refs/1", "email-addr:2", "identity"},
	{"S-6.6-02 S-E-17", "email-message", `"cc_refs":["@?"]`, "/cc_refs/0", "email-addr", "url"},
	{"S-6.6-02 S-E-17", "email-message", `"bcc_refs":["@?"]`, "/bcc_refs/0", "email-addr", "user-account"},
	{"S-6.6-02 S-E-18", "email-message", `"raw_email_ref":"@?"`, "/raw_email_ref", "artifact", "file x-custom"},
	{"S-6.6-08 S-E-19", "email-message", `"is_multipart":true,"body_multipart":[{"content_type":"image/png","body_raw_ref":"@?"}]`, "/body_multipart/0/body_raw_ref", "artifact file", "url x-custom"},

	{"S-6.7-03 S-E-20", "file", `"parent_directory_ref":"@?"`, "/parent_directory_ref", "directory", "file:2 x-custom"},
	{"S-6.7-03 S-E-21", "file", `"contains_refs":["@?"]`, "/contains_refs/0", "url file:2 process x-custom", "malware relationship marking-definition bundle"},
	{"S-6.7-03 S-E-22", "file", `"content_ref":"@?"`, "/content_ref", "artifact", "file:2 x-custom"},
	{"S-6.7.2-01 S-E-14", "file", `"extensions":{"archive-ext":{"contains_refs":["@?"]}}`, "/extensions/archive-ext/contains_refs/0", "file:2 directory", "artifact url x-custom"},

	{"S-6.8-02 S-E-23", "ipv4-addr", `"resolves_to_refs":["@?"]`, "/resolves_to_refs/0", "mac-addr", "domain-name ipv4-addr:2 x-custom"},
	{"S-6.8-02 S-E-24", "ipv4-addr", `"belongs_to_refs":["@?"]`, "/belongs_to_refs/0", "autonomous-system", "identity x-custom"},
	{"S-6.9-02 S-E-23", "ipv6-addr", `"resolves_to_refs":["@?"]`, "/resolves_to_refs/0", "mac-addr", "ipv4-addr"},
	{"S-6.9-02 S-E-24", "ipv6-addr", `"belongs_to_refs":["@?"]`, "/belongs_to_refs/0", "autonomous-system", "location"},

	{"S-6.12-05 S-E-25", "network-traffic", `"src_ref":"@?"`, "/src_ref", "ipv4-addr ipv6-addr mac-addr domain-name", "url autonomous-system x-custom"},
	{"S-6.12-05 S-E-25", "network-traffic", `"dst_ref":"@?"`, "/dst_ref", "ipv4-addr:2 ipv6-addr mac-addr domain-name", "email-addr infrastructure"},
	{"S-6.12-11 S-E-26", "network-traffic", `"src_payload_ref":"@?"`, "/src_payload_ref", "artifact", "file x-custom"},
	{"S-6.12-11 S-E-26", "network-traffic", `"dst_payload_ref":"@?"`, "/dst_payload_ref", "artifact", "url"},
	{"S-6.12-11 S-E-27", "network-traffic", `"encapsulates_refs":["@?"]`, "/encapsulates_refs/0", "network-traffic:2", "ipv4-addr:2 x-custom"},
	{"S-6.12-11 S-E-27", "network-traffic", `"encapsulated_by_ref":"@?"`, "/encapsulated_by_ref", "network-traffic:2", "process"},
	{"S-6.12.2-03 S-E-26", "network-traffic", `"extensions":{"http-request-ext":{"request_method":"get","request_value":"/","message_body_data_ref":"@?"}}`, "/extensions/http-request-ext/message_body_data_ref", "artifact", "file x-custom"},

	{"S-6.13-03 S-E-27", "process", `"opened_connection_refs":["@?"]`, "/opened_connection_refs/0", "network-traffic", "ipv4-addr x-custom"},
	{"S-6.13-03 S-E-28", "process", `"creator_user_ref":"@?"`, "/creator_user_ref", "user-account", "identity"},
	{"S-6.13-03 S-E-29", "process", `"image_ref":"@?"`, "/image_ref", "file", "artifact x-custom"},
	{"S-6.13-03 S-E-30", "process", `"parent_ref":"@?"`, "/parent_ref", "process:2", "file"},
	{"S-6.13-03 S-E-30", "process", `"child_refs":["@?"]`, "/child_refs/0", "process:2", "software"},
	{"S-6.13.3-01 S-E-29", "process", `"extensions":{"windows-service-ext":{"service_dll_refs":["@?"]}}`, "/extensions/windows-service-ext/service_dll_refs/0", "file", "artifact"},
	{"S-6.17-03 S-E-28", "windows-registry-key", `"creator_user_ref":"@?"`, "/creator_user_ref", "user-account", "identity x-custom"},
}
