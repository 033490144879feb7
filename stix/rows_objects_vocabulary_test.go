package stix_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// objVocabularies are the properties whose values come from a vocabulary: % stands for a value.
// Another value is a warning where the vocabulary is open, else an error.
var objVocabularies = []struct {
	rows, vocabulary, property, members, at string
	other                                   objVerdict
}{
	{"S-4.4-01", "grouping-context-ov", "grouping.context", `"context":%`, "/context", objWarn},
	{"S-4.5-02", "identity-class-ov", "identity.identity_class", `"identity_class":%`, "/identity_class", objWarn},
	{"S-4.5-02", "industry-sector-ov", "identity.sectors", `"sectors":["energy",%]`, "/sectors/1", objWarn},
	{"S-4.7-02", "pattern-type-ov", "indicator.pattern_type", `"pattern_type":%`, "/pattern_type", objWarn},
	{"S-2.14-01", "indicator-type-ov", "indicator.indicator_types", `"indicator_types":[%]`, "/indicator_types/0", objWarn},
	{"S-4.8-02", "infrastructure-type-ov", "infrastructure.infrastructure_types", `"infrastructure_types":[%]`, "/infrastructure_types/0", objWarn},
	{"S-4.9-02", "attack-resource-level-ov", "intrusion-set.resource_level", `"resource_level":%`, "/resource_level", objWarn},
	{"S-4.9-02", "attack-motivation-ov", "intrusion-set.primary_motivation", `"primary_motivation":%`, "/primary_motivation", objWarn},
	{"S-4.9-02", "attack-motivation-ov", "intrusion-set.secondary_motivations", `"secondary_motivations":["revenge",%]`, "/secondary_motivations/1", objWarn},
	{"S-4.10-07", "region-ov", "location.region", `"region":%`, "/region", objWarn},
	{"S-4.11-08", "malware-type-ov", "malware.malware_types", `"malware_types":["worm",%]`, "/malware_types/1", objWarn},
	{"S-4.11-08", "processor-architecture-ov", "malware.architecture_execution_envs", `"architecture_execution_envs":[%]`, "/architecture_execution_envs/0", objWarn},
	{"S-4.11-08", "implementation-language-ov", "malware.implementation_languages", `"implementation_languages":[%]`, "/implementation_languages/0", objWarn},
	{"S-4.11-08", "malware-capabilities-ov", "malware.capabilities", `"capabilities":[%]`, "/capabilities/0", objWarn},
	{"S-4.12-06", "malware-result-ov", "malware-analysis.result", `"result":%`, "/result", objWarn},
	{"S-4.15-01 S-2.4-01", "opinion-enum", "opinion.opinion", `"opinion":%`, "/opinion", objBad},
	{"S-4.16-02", "report-type-ov", "report.report_types", `"report_types":[%]`, "/report_types/0", objWarn},
	{"S-4.17-02", "threat-actor-type-ov", "threat-actor.threat_actor_types", `"threat_actor_types":[%]`, "/threat_actor_types/0", objWarn},
	{"S-4.17-02", "threat-actor-role-ov", "threat-actor.roles", `"roles":[%]`, "/roles/0", objWarn},
	{"S-4.17-02", "threat-actor-sophistication-ov", "threat-actor.sophistication", `"sophistication":%`, "/sophistication", objWarn},
	{"S-4.17-02", "attack-resource-level-ov", "threat-actor.resource_level", `"resource_level":%`, "/resource_level", objWarn},
	{"S-4.17-02", "attack-motivation-ov", "threat-actor.primary_motivation", `"primary_motivation":%`, "/primary_motivation", objWarn},
	{"S-4.17-02", "attack-motivation-ov", "threat-actor.secondary_motivations", `"secondary_motivations":[%]`, "/secondary_motivations/0", objWarn},
	{"S-4.17-02", "attack-motivation-ov", "threat-actor.personal_motivations", `"personal_motivations":[%]`, "/personal_motivations/0", objWarn},
	{"S-4.18-02", "tool-type-ov", "tool.tool_types", `"tool_types":[%]`, "/tool_types/0", objWarn},
	{"S-6.1-05 S-2.4-01", "encryption-algorithm-enum", "artifact.encryption_algorithm", `"encryption_algorithm":%`, "/encryption_algorithm", objBad},
	{"S-6.7.6-02", "windows-pebinary-type-ov", "file.pe_type", `"extensions":{"windows-pebinary-ext":{"machine_hex":"014c","pe_type":%}}`, "/extensions/windows-pebinary-ext/pe_type", objWarn},
	{"S-6.12.4-01 S-2.4-01", "network-socket-address-family-enum", "network-traffic.address_family", `"extensions":{"socket-ext":{"address_family":%}}`, "/extensions/socket-ext/address_family", objBad},
	{"S-6.12.4-01 S-2.4-01", "network-socket-type-enum", "network-traffic.socket_type", `"extensions":{"socket-ext":{"address_family":"AF_INET","socket_type":%}}`, "/extensions/socket-ext/socket_type", objBad},
	{"S-6.13.2-01 S-2.4-01", "windows-integrity-level-enum", "process.integrity_level", `"extensions":{"windows-process-ext":{"integrity_level":%}}`, "/extensions/windows-process-ext/integrity_level", objBad},
	{"S-6.13.3-01 S-2.4-01", "windows-service-start-type-enum", "process.start_type", `"extensions":{"windows-service-ext":{"start_type":%}}`, "/extensions/windows-service-ext/start_type", objBad},
	{"S-6.13.3-01 S-2.4-01", "windows-service-type-enum", "process.service_type", `"extensions":{"windows-service-ext":{"service_type":%}}`, "/extensions/windows-service-ext/service_type", objBad},
	{"S-6.13.3-01 S-2.4-01", "windows-service-status-enum", "process.service_status", `"extensions":{"windows-service-ext":{"service_status":%}}`, "/extensions/windows-service-ext/service_status", objBad},
	{"S-6.16-02", "account-type-ov", "user-account.account_type", `"account_type":%`, "/account_type", objWarn},
	{"S-6.17.2-01 S-2.4-01", "windows-registry-datatype-enum", "windows-registry-key.data_type", `"values":[{"data_type":%}]`, "/values/0/data_type", objBad},
	{"S-7.3-05 S-2.4-01", "extension-type-enum", "extension-definition.extension_types", `"extension_types":["property-extension",%]`, "/extension_types/1", objBad},
}

// A value that is not in the vocabulary, and one that differs from one in it only in case.
func TestObjectsOtherValues(t *testing.T) {
	var cases []objCase
	for _, v := range objVocabularies {
		base, name, _ := strings.Cut(v.property, ".")
		for _, other := range []string{`"x-something-else"`, `"Property-EXTENSION"`} {
			cases = append(cases, objCase{v.rows + " S-2.14-01", v.other, name + " " + other, base, strings.ReplaceAll(v.members, "%", other), v.at})
		}
	}
	objRun(t, cases)
}

// Every value that the requirements list goes without a finding, wherever it may be used.
func TestObjectsListedValues(t *testing.T) {
	listed := objListedValues(t)
	var cases []objCase
	used := map[string]bool{"hash-algorithm-ov": true} // keys: see TestObjectsHashes
	for _, v := range objVocabularies {
		used[v.vocabulary] = true
		base, name, _ := strings.Cut(v.property, ".")
		require.NotEmpty(t, listed[v.vocabulary], v.vocabulary)
		for _, value := range listed[v.vocabulary] {
			members := strings.ReplaceAll(v.members, "%", `"`+value+`"`)
			for _, row := range []string{strings.Fields(v.rows)[0], "S-2.14-01"} {
				cases = append(cases, objCase{row, objOK, name + " " + value, base, members, ""})
			}
		}
	}
	for vocabulary := range listed {
		assert.True(t, used[vocabulary], vocabulary)
	}
	objRun(t, cases)
}

// objListedValues are the vocabularies as the requirements list them (§10).
func objListedValues(t *testing.T) map[string][]string {
	listed := map[string][]string{}
	row := regexp.MustCompile(`(?m)^\| ([a-z0-9-]+-(?:ov|enum)) \| 10\.\d+ \| (?:open|closed) \| [^|]+ \| ([^|]+) \|$`)
	for _, m := range row.FindAllStringSubmatch(objRequirements(t), -1) {
		listed[m[1]] = strings.Split(strings.TrimSpace(m[2]), ", ")
	}
	require.Len(t, listed, 32)
	return listed
}

// objRequirements is the text of the requirements, where it is present.
func objRequirements(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "shared", "stix", "requirements.md"))
	if err != nil {
		t.Skipf("the requirements are not here: %v", err)
	}
	return string(text)
}
