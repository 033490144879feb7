package stix_test

import (
	"fmt"
	"testing"
)

func TestObjectsOrderOfTimes(t *testing.T) { objRun(t, objOrders()) }

// objOrders are the rows that let the second of two times not be earlier than the first.
func objOrders() (cases []objCase) {
	for _, o := range []struct{ row, base, first, second string }{
		{"S-4.2-01", "campaign", "first_seen", "last_seen"},
		{"S-4.8-01", "infrastructure", "first_seen", "last_seen"},
		{"S-4.9-01", "intrusion-set", "first_seen", "last_seen"},
		{"S-4.11-03", "malware", "first_seen", "last_seen"},
		{"S-4.14-02", "observed-data", "first_observed", "last_observed"},
		{"S-4.17-01", "threat-actor", "first_seen", "last_seen"},
		{"S-5.2-01", "sighting", "first_seen", "last_seen"},
		{"S-6.12-04", "network-traffic", "start", "end"},
	} {
		for _, v := range []struct {
			want          objVerdict
			first, second string
		}{
			{objOK, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
			{objOK, "2026-01-01T00:00:00.500Z", "2026-01-01T00:00:00.5Z"},
			{objOK, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.1Z"},
			{objOK, "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.51Z"},
			{objOK, "2025-12-31T23:59:59.999Z", "2026-01-01T00:00:00Z"},
			{objBad, "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"},
			{objBad, "2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00Z"},
			{objBad, "2026-01-01T00:00:00.0000000000002Z", "2026-01-01T00:00:00.0000000000001Z"},
		} {
			cases = append(cases, objCase{o.row, v.want, v.first + " " + v.second, o.base,
				fmt.Sprintf("%q:%q,%q:%q", o.first, v.first, o.second, v.second), "/" + o.second})
		}
		if o.base != "observed-data" {
			cases = append(cases, objCase{o.row, objOK, "the second alone", o.base, fmt.Sprintf("%q:%q", o.second, "2026-01-01T00:00:00Z"), ""})
		}
	}
	return cases
}
