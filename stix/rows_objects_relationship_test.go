package stix_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestObjectsRelationshipRows(t *testing.T) { objRun(t, objRelationship) }

// objRelationship are the rows of §5.
var objRelationship = []objCase{
	{"S-5.1-01", objBad, "a capital", "relationship", `"relationship_type":"Uses"`, "/relationship_type"},
	{"S-5.1-01", objBad, "an underscore", "relationship", `"relationship_type":"related_to"`, "/relationship_type"},
	{"S-5.1-01", objBad, "a space", "relationship", `"relationship_type":"related to"`, "/relationship_type"},
	{"S-5.1-01", objBad, "an umlaut", "relationship", `"relationship_type":"gehört-zu"`, "/relationship_type"},
	{"S-5.1-01", objOK, "letters, digits and hyphens", "relationship", `"relationship_type":"x-stage-2-of"`, ""},
	{"S-5.1-02 S-2.14-01", objWarn, "not of the table", "relationship", `"relationship_type":"x-stage-2-of"`, ". /relationship_type"},
	{"S-5.1-02 S-2.14-01", objWarn, "of the table, for others", "relationship", `"relationship_type":"targets"`, ". /relationship_type"},
	{"S-5.1-02", objOK, "of the table", "relationship", ``, ""},
	{"S-5.1-02", objOK, "a custom source", "relationship", `"source_ref":"@x-thing","relationship_type":"related-to"`, ""},
	{"S-5.1-04", objBad, "stop_time is start_time", "relationship", `"start_time":"2026-01-01T00:00:00Z","stop_time":"2026-01-01T00:00:00Z"`, "/stop_time"},
	{"S-5.1-04", objBad, "the same instant, spelled otherwise", "relationship", `"start_time":"2026-01-01T00:00:00.50Z","stop_time":"2026-01-01T00:00:00.5Z"`, "/stop_time"},
	{"S-5.1-04", objBad, "earlier", "relationship", `"start_time":"2026-01-01T00:00:00.51Z","stop_time":"2026-01-01T00:00:00.5Z"`, "/stop_time"},
	{"S-5.1-04", objOK, "later", "relationship", `"start_time":"2026-01-01T00:00:00Z","stop_time":"2026-01-01T00:00:00.1Z"`, ""},
	{"S-5.1-04", objOK, "stop_time alone", "relationship", `"stop_time":"2026-01-01T00:00:00Z"`, ""},
	{"S-5.1-06 S-5.1-02 S-3.7-01", objWarn, "duplicate-of between types", "relationship", `"relationship_type":"duplicate-of","source_ref":"@malware:2","target_ref":"@tool"`, ". /relationship_type /source_ref /target_ref"},
	{"S-5.1-06 S-5.1-02 S-3.7-01", objWarn, "derived-from between types", "relationship", `"relationship_type":"derived-from","source_ref":"@report","target_ref":"@note"`, ". /relationship_type /source_ref /target_ref"},
	{"S-5.1-06", objOK, "duplicate-of in a type", "relationship", `"relationship_type":"duplicate-of","source_ref":"@tool:2","target_ref":"@tool"`, ""},

	{"S-5.2-02", objOK, "none", "sighting", `"count":0`, ""},
	{"S-5.2-02", objOK, "the most", "sighting", `"count":999999999`, ""},
	{"S-5.2-02", objBad, "less than none", "sighting", `"count":-1`, "/count"},
	{"S-5.2-02", objBad, "too many", "sighting", `"count":1000000000`, "/count"},
	{"S-5.2-06 S-2.2-01", objBad, "a string", "sighting", `"summary":"true"`, "/summary"},
	{"S-5.2-06 S-2.2-01", objBad, "a number", "sighting", `"summary":1`, "/summary"},
	{"S-5.2-06", objOK, "a boolean", "sighting", `"summary":true`, ""},
}

// Every row of the table of relationships (S-R-01 to S-R-66), and no other pair, goes without a
// warning.
func TestObjectsRelationshipTable(t *testing.T) {
	var cases []objCase
	n := 0
	for _, line := range strings.Split(strings.TrimSpace(objRelationships), "\n") {
		n++
		words := strings.Fields(line)
		row := fmt.Sprintf("S-R-%02d", n)
		for _, target := range words[2:] {
			c := objCase{"S-5.1-02 " + row, objOK, row + " " + strings.Join(words[:2], " ") + " " + target, "relationship",
				fmt.Sprintf(`"source_ref":"@%s:1","relationship_type":%q,"target_ref":"@%s:2"`, words[0], words[1], target), ""}
			cases = append(cases, c)
		}
	}
	for _, line := range []string{
		"tool delivers file", "campaign uses vulnerability", "indicator indicates identity", "malware drops url",
		"identity targets malware", "vulnerability impacts tool", "malware-analysis analysis-of malware",
		"location located-at identity", "infrastructure consists-of malware", "course-of-action mitigates campaign",
		"domain-name resolves-to mac-addr", "ipv4-addr resolves-to ipv6-addr", "file related_with file",
	} {
		words := strings.Fields(strings.ReplaceAll(line, "_", "-"))
		cases = append(cases, objCase{"S-5.1-02 S-2.14-01", objWarn, line, "relationship",
			fmt.Sprintf(`"source_ref":"@%s:1","relationship_type":%q,"target_ref":"@%s:2"`, words[0], words[1], words[2]),
			". /relationship_type"})
	}
	objRun(t, cases)
}

// objRelationships has a line for each row S-R-01 to S-R-66: source, type, targets. For "any" and
// "same type" it has examples.
const objRelationships = `
attack-pattern delivers malware
attack-pattern targets identity location vulnerability
attack-pattern uses malware tool
campaign attributed-to intrusion-set threat-actor
campaign compromises infrastructure
campaign originates-from location
campaign targets identity location vulnerability
campaign uses attack-pattern infrastructure malware tool
course-of-action investigates indicator
course-of-action mitigates attack-pattern indicator malware tool vulnerability
course-of-action remediates malware vulnerability
domain-name resolves-to domain-name ipv4-addr ipv6-addr
identity located-at location
indicator based-on observed-data
indicator indicates attack-pattern campaign infrastructure intrusion-set malware threat-actor tool
infrastructure communicates-with infrastructure ipv4-addr ipv6-addr domain-name url
infrastructure consists-of infrastructure observed-data artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex network-traffic process software url user-account windows-registry-key x509-certificate
infrastructure controls infrastructure malware
infrastructure delivers malware
infrastructure has vulnerability
infrastructure hosts tool malware
infrastructure located-at location
infrastructure uses infrastructure
intrusion-set attributed-to threat-actor
intrusion-set compromises infrastructure
intrusion-set hosts infrastructure
intrusion-set originates-from location
intrusion-set owns infrastructure
intrusion-set targets identity location vulnerability
intrusion-set uses attack-pattern infrastructure malware tool
ipv4-addr belongs-to autonomous-system
ipv4-addr resolves-to mac-addr
ipv6-addr belongs-to autonomous-system
ipv6-addr resolves-to mac-addr
malware authored-by threat-actor intrusion-set
malware beacons-to infrastructure
malware communicates-with ipv4-addr ipv6-addr domain-name url
malware controls malware
malware downloads malware tool file
malware drops malware tool file
malware exfiltrates-to infrastructure
malware exploits vulnerability
malware originates-from location
malware targets identity infrastructure location vulnerability
malware uses attack-pattern infrastructure malware tool
malware variant-of malware
malware-analysis av-analysis-of malware
malware-analysis characterizes malware
malware-analysis dynamic-analysis-of malware
malware-analysis static-analysis-of malware
threat-actor attributed-to identity
threat-actor compromises infrastructure
threat-actor hosts infrastructure
threat-actor impersonates identity
threat-actor located-at location
threat-actor owns infrastructure
threat-actor targets identity location vulnerability
threat-actor uses attack-pattern infrastructure malware tool
tool delivers malware
tool drops malware
tool has vulnerability
tool targets identity infrastructure location vulnerability
tool uses infrastructure
file derived-from file
report duplicate-of report
observed-data related-to x-custom file malware
`
