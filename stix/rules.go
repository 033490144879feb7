package stix

import (
	"math"
	"slices"
	"strings"
)

// The rules that need no code of their own: what a reference may point to, which row speaks of a
// vocabulary, ranges, orders of times, and values that need at least one property.

// targets are the types that a reference may name (S-E-01 ff.). Types that STIX does not define
// are let through where a class of objects is allowed and not a closed list.
type targets struct {
	row     string
	types   []string
	classes []class
	unknown bool
	wanted  string // in words
}

func (t *targets) allow(id []byte) bool { return t.allowType(typeOf(id)) }

func (t *targets) allowType(typ []byte) bool {
	for _, name := range t.types {
		if string(typ) == name {
			return true
		}
	}
	s, known := structures[string(typ)]
	if !known || s.class == classValue {
		return t.unknown && string(typ) != "bundle"
	}
	return slices.Contains(t.classes, s.class)
}

func only(row string, types ...string) *targets {
	return &targets{row: row, types: types, wanted: strings.Join(types, ", ")}
}

var referenceRules = map[string]*targets{
	"grouping.object_refs":                     anyObject("S-E-03"),
	"note.object_refs":                         anyObject("S-E-03"),
	"opinion.object_refs":                      anyObject("S-E-03"),
	"report.object_refs":                       anyObject("S-E-03"),
	"malware.operating_system_refs":            only("S-4.11-04", "software"),
	"malware.sample_refs":                      only("S-4.11-05", "file", "artifact"),
	"malware-analysis.host_vm_ref":             only("S-4.12-04", "software"),
	"malware-analysis.operating_system_ref":    only("S-4.12-04", "software"),
	"malware-analysis.installed_software_refs": only("S-4.12-04", "software"),
	"malware-analysis.analysis_sco_refs":       anyObservable("S-4.12-05"),
	"malware-analysis.sample_ref":              only("S-4.12-05", "file", "network-traffic", "artifact"),
	"observed-data.object_refs":                {row: "S-4.14-04", classes: []class{classSCO, classSRO}, unknown: true, wanted: "a cyber-observable or a relationship object"},
	"relationship.source_ref":                  {row: "S-5.1-03", classes: []class{classSDO, classSCO}, unknown: true, wanted: "a domain object or a cyber-observable"},
	"relationship.target_ref":                  {row: "S-5.1-03", classes: []class{classSDO, classSCO}, unknown: true, wanted: "a domain object or a cyber-observable"},
	"sighting.sighting_of_ref":                 {row: "S-5.2-03", classes: []class{classSDO}, unknown: true, wanted: "a domain object"},
	"sighting.observed_data_refs":              only("S-5.2-04", "observed-data"),
	"sighting.where_sighted_refs":              only("S-5.2-05", "identity", "location"),
	"language-content.object_ref":              anyObject("S-7.1-02"),
	"directory.contains_refs":                  only("S-6.3-02", "file", "directory"),
	"archive-ext.contains_refs":                only("S-6.7.2-01", "file", "directory"),
	"domain-name.resolves_to_refs":             only("S-6.4-02", "ipv4-addr", "ipv6-addr", "domain-name"),
	"email-addr.belongs_to_ref":                only("S-6.5-02", "user-account"),
	"email-message.from_ref":                   only("S-6.6-02", "email-addr"),
	"email-message.sender_ref":                 only("S-6.6-02", "email-addr"),
	"email-message.to_refs":                    only("S-6.6-02", "email-addr"),
	"email-message.cc_refs":                    only("S-6.6-02", "email-addr"),
	"email-message.bcc_refs":                   only("S-6.6-02", "email-addr"),
	"email-message.raw_email_ref":              only("S-6.6-02", "artifact"),
	"email-mime-part-type.body_raw_ref":        only("S-6.6-08", "artifact", "file"),
	"file.parent_directory_ref":                only("S-6.7-03", "directory"),
	"file.contains_refs":                       anyObservable("S-6.7-03"),
	"file.content_ref":                         only("S-6.7-03", "artifact"),
	"ipv4-addr.resolves_to_refs":               only("S-6.8-02", "mac-addr"),
	"ipv4-addr.belongs_to_refs":                only("S-6.8-02", "autonomous-system"),
	"ipv6-addr.resolves_to_refs":               only("S-6.9-02", "mac-addr"),
	"ipv6-addr.belongs_to_refs":                only("S-6.9-02", "autonomous-system"),
	"network-traffic.src_ref":                  only("S-6.12-05", "ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"),
	"network-traffic.dst_ref":                  only("S-6.12-05", "ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"),
	"network-traffic.src_payload_ref":          only("S-6.12-11", "artifact"),
	"network-traffic.dst_payload_ref":          only("S-6.12-11", "artifact"),
	"network-traffic.encapsulates_refs":        only("S-6.12-11", "network-traffic"),
	"network-traffic.encapsulated_by_ref":      only("S-6.12-11", "network-traffic"),
	"http-request-ext.message_body_data_ref":   only("S-6.12.2-03", "artifact"),
	"process.opened_connection_refs":           only("S-6.13-03", "network-traffic"),
	"process.creator_user_ref":                 only("S-6.13-03", "user-account"),
	"process.image_ref":                        only("S-6.13-03", "file"),
	"process.parent_ref":                       only("S-6.13-03", "process"),
	"process.child_refs":                       only("S-6.13-03", "process"),
	"windows-service-ext.service_dll_refs":     only("S-6.13.3-01", "file"),
	"windows-registry-key.creator_user_ref":    only("S-6.17-03", "user-account"),
}

func anyObject(row string) *targets {
	return &targets{row: row, classes: []class{classSDO, classSRO, classSCO, classMeta}, unknown: true, wanted: "a STIX object, and a bundle is none"}
}

func anyObservable(row string) *targets {
	return &targets{row: row, classes: []class{classSCO}, unknown: true, wanted: "a cyber-observable"}
}

// vocabularyRows are the requirements that speak of a property's vocabulary.
var vocabularyRows = map[string]string{
	"grouping.context":                      "S-4.4-01",
	"identity.identity_class":               "S-4.5-02",
	"identity.sectors":                      "S-4.5-02",
	"indicator.indicator_types":             "S-2.14-01",
	"indicator.pattern_type":                "S-4.7-02",
	"infrastructure.infrastructure_types":   "S-4.8-02",
	"intrusion-set.resource_level":          "S-4.9-02",
	"intrusion-set.primary_motivation":      "S-4.9-02",
	"intrusion-set.secondary_motivations":   "S-4.9-02",
	"location.region":                       "S-4.10-07",
	"malware.malware_types":                 "S-4.11-08",
	"malware.architecture_execution_envs":   "S-4.11-08",
	"malware.implementation_languages":      "S-4.11-08",
	"malware.capabilities":                  "S-4.11-08",
	"malware-analysis.result":               "S-4.12-06",
	"opinion.opinion":                       "S-4.15-01",
	"report.report_types":                   "S-4.16-02",
	"threat-actor.threat_actor_types":       "S-4.17-02",
	"threat-actor.roles":                    "S-4.17-02",
	"threat-actor.sophistication":           "S-4.17-02",
	"threat-actor.resource_level":           "S-4.17-02",
	"threat-actor.primary_motivation":       "S-4.17-02",
	"threat-actor.secondary_motivations":    "S-4.17-02",
	"threat-actor.personal_motivations":     "S-4.17-02",
	"tool.tool_types":                       "S-4.18-02",
	"artifact.encryption_algorithm":         "S-6.1-05",
	"windows-pebinary-ext.pe_type":          "S-6.7.6-02",
	"socket-ext.address_family":             "S-6.12.4-01",
	"socket-ext.socket_type":                "S-6.12.4-01",
	"windows-process-ext.integrity_level":   "S-6.13.2-01",
	"windows-service-ext.start_type":        "S-6.13.3-01",
	"windows-service-ext.service_type":      "S-6.13.3-01",
	"windows-service-ext.service_status":    "S-6.13.3-01",
	"user-account.account_type":             "S-6.16-02",
	"windows-registry-value-type.data_type": "S-6.17.2-01",
	"extension-definition.extension_types":  "S-7.3-05",
}

// bounds are what a number may be, both ends included.
type bounds struct {
	row      string
	min, max float64
	wanted   string
}

func atLeast0(row string) *bounds {
	return &bounds{row, 0, math.Inf(1), "must not be negative"}
}

var boundRules = map[string]*bounds{
	"location.latitude":                                          {"S-4.10-02", -90, 90, "must lie within -90 and 90"},
	"location.longitude":                                         {"S-4.10-02", -180, 180, "must lie within -180 and 180"},
	"observed-data.number_observed":                              {"S-4.14-03", 1, 999_999_999, "must lie within 1 and 999,999,999"},
	"sighting.count":                                             {"S-5.2-02", 0, 999_999_999, "must lie within 0 and 999,999,999"},
	"autonomous-system.number":                                   {"S-6.2-01", 0, math.MaxUint32, "must lie within 0 and 4,294,967,295"},
	"file.size":                                                  atLeast0("S-6.7-02"),
	"alternate-data-stream-type.size":                            atLeast0("S-6.7.3-01"),
	"windows-pebinary-ext.number_of_sections":                    atLeast0("S-6.7.6-04"),
	"windows-pebinary-ext.number_of_symbols":                     atLeast0("S-6.7.6-04"),
	"windows-pebinary-ext.size_of_optional_header":               atLeast0("S-6.7.6-04"),
	"windows-pe-optional-header-type.size_of_code":               atLeast0("S-6.7.6-04"),
	"windows-pe-optional-header-type.size_of_initialized_data":   atLeast0("S-6.7.6-04"),
	"windows-pe-optional-header-type.size_of_uninitialized_data": atLeast0("S-6.7.6-04"),
	"windows-pe-optional-header-type.size_of_image":              atLeast0("S-6.7.6-04"),
	"windows-pe-optional-header-type.size_of_headers":            atLeast0("S-6.7.6-04"),
	"windows-pe-optional-header-type.size_of_stack_reserve":      atLeast0("S-6.7.6-04"),
	"windows-pe-optional-header-type.size_of_stack_commit":       atLeast0("S-6.7.6-04"),
	"windows-pe-optional-header-type.size_of_heap_reserve":       atLeast0("S-6.7.6-04"),
	"windows-pe-optional-header-type.size_of_heap_commit":        atLeast0("S-6.7.6-04"),
	"windows-pe-section-type.size":                               atLeast0("S-6.7.6-04"),
	"windows-pe-section-type.entropy":                            {"S-6.7.6-05", 0, 8, "must lie within 0 and 8, bits per byte"},
	"network-traffic.src_port":                                   {"S-6.12-06", 0, 65535, "must lie within 0 and 65535"},
	"network-traffic.dst_port":                                   {"S-6.12-06", 0, 65535, "must lie within 0 and 65535"},
	"network-traffic.src_byte_count":                             atLeast0("S-6.12-09"),
	"network-traffic.dst_byte_count":                             atLeast0("S-6.12-09"),
	"network-traffic.src_packets":                                atLeast0("S-6.12-09"),
	"network-traffic.dst_packets":                                atLeast0("S-6.12-09"),
	"socket-ext.socket_descriptor":                               atLeast0("S-6.12.4-01"),
}

// order is a pair of times of which the second must not be the earlier one; if strict, not the
// same instant either. What the text does not demand is advice.
type order struct {
	row           string
	first, then   string
	strict        bool
	advice        bool
	before, after uint8 // slots
}

var orderRules = map[string][]order{
	"campaign":         {{row: "S-4.2-01", first: "first_seen", then: "last_seen"}},
	"indicator":        {{row: "S-4.7-06", first: "valid_from", then: "valid_until", strict: true}},
	"infrastructure":   {{row: "S-4.8-01", first: "first_seen", then: "last_seen"}},
	"intrusion-set":    {{row: "S-4.9-01", first: "first_seen", then: "last_seen"}},
	"malware":          {{row: "S-4.11-03", first: "first_seen", then: "last_seen"}},
	"malware-analysis": {{row: "S-4.12-07", first: "analysis_started", then: "analysis_ended", advice: true}},
	"observed-data":    {{row: "S-4.14-02", first: "first_observed", then: "last_observed"}},
	"threat-actor":     {{row: "S-4.17-01", first: "first_seen", then: "last_seen"}},
	"relationship":     {{row: "S-5.1-04", first: "start_time", then: "stop_time", strict: true}},
	"sighting":         {{row: "S-5.2-01", first: "first_seen", then: "last_seen"}},
	"network-traffic":  {{row: "S-6.12-04", first: "start", then: "end"}},
}

// someRules are the rows that want at least one property of a value's own.
var someRules = map[string]string{
	"ntfs-ext":                        "S-6.7.3-01",
	"pdf-ext":                         "S-6.7.4-01",
	"raster-image-ext":                "S-6.7.5-01",
	"windows-pe-optional-header-type": "S-6.7.6-05",
	"tcp-ext":                         "S-6.12.5-01",
	"windows-process-ext":             "S-6.13.2-01",
	"windows-service-ext":             "S-6.13.3-01",
	"unix-account-ext":                "S-6.16.2-01",
	"user-account":                    "S-6.16-01",
	"windows-registry-key":            "S-6.17-01",
	"windows-registry-value-type":     "S-6.17.2-01",
	"x509-certificate":                "S-6.18-01",
	"x509-v3-extensions-type":         "S-6.18.2-01",
}

// apartKeys are the dictionaries whose keys the rules of their types look at.
var apartKeys = []string{"language-content.contents", "marking-definition.definition", "observed-data.objects"}

// lay adds the rules to a structure.
func lay(s *structure) {
	for i := range s.own {
		p := s.properties[s.own[i].name]
		at := s.name + "." + p.name
		p.targets, p.bounds = referenceRules[at], boundRules[at]
		p.valuesRow, p.apart = vocabularyRows[at], slices.Contains(apartKeys, at)
	}
	for _, o := range orderRules[s.name] {
		o.before, o.after = s.properties[o.first].slot, s.properties[o.then].slot
		s.orders = append(s.orders, o)
	}
	s.some = someRules[s.name]
}
