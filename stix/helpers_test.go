package stix_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"entente/stix"
)

const (
	indicator = `{"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
		"created":"2026-01-31T12:00:00.000Z","modified":"2026-02-01T12:00:00.000Z","created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
		"name":"a","description":"b","pattern":"[ipv4-addr:value = '198.51.100.7']","pattern_type":"stix","valid_from":"2026-01-31T12:00:00Z"}`
	address   = `{"type":"ipv4-addr","id":"ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd","value":"198.51.100.3"}`
	statement = `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--5aa3c3a1-3c5f-4e5f-8f0a-7d3d8a3a1f11",
		"created":"2026-01-31T12:00:00.000Z","created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","definition_type":"statement","definition":{"statement":"Copyright"}}`
	amber = `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
		"created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","name":"TLP:AMBER","definition":{"tlp":"amber"}}`
	amber2 = `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
		"created":"2022-10-01T00:00:00.000Z","name":"TLP:AMBER",
		"extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"amber"}}}`

	someIdentity = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"
	someMarking  = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
)

// edit sets members of an object to JSON values, given as name, value, name, value…; an empty
// value removes the member.
func edit(t testing.TB, object string, members ...string) string {
	t.Helper()
	var m map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(object), &m))
	for i := 0; i < len(members); i += 2 {
		if members[i+1] == "" {
			delete(m, members[i])
			continue
		}
		m[members[i]] = json.RawMessage(members[i+1])
	}
	out, err := json.Marshal(m)
	require.NoError(t, err)
	return string(out)
}

func newReader(t testing.TB, tolerate ...string) *stix.Reader {
	t.Helper()
	r, err := stix.NewReader(stix.Options{Tolerate: tolerate})
	require.NoError(t, err)
	return r
}

// rejection is the finding that rejects an object, which must be there.
func rejection(t testing.TB, r *stix.Reader, object string) stix.Finding {
	t.Helper()
	_, findings := r.Read([]byte(object))
	f, rejected := stix.Rejects(findings)
	require.True(t, rejected, "must be rejected: %s", object)
	return f
}

// accepted are the facts and warnings of an object that must not be rejected.
func accepted(t testing.TB, r *stix.Reader, object string) (stix.Object, []stix.Finding) {
	t.Helper()
	o, findings := r.Read([]byte(object))
	f, rejected := stix.Rejects(findings)
	require.False(t, rejected, "%v in %s", f, object)
	return o, findings
}

// forgiven are the findings that a tolerance let pass; the others are advice.
func forgiven(findings []stix.Finding) (out []stix.Finding) {
	for _, f := range findings {
		if f.Tolerance != "" {
			out = append(out, f)
		}
	}
	return out
}
