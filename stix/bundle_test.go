package stix_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

func TestCheckBundle(t *testing.T) {
	const (
		id    = `"id":"bundle--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"`
		odd   = `"id":"bundle--8e2e2d2b-17d4-9cbf-938f-98ee46b3cd3f"`
		begin = `{"type":"bundle",`
	)
	long := strings.Repeat("a", 2000)
	for _, tt := range []struct {
		name, document string
		want           []stix.Finding // without their messages
	}{
		{"S-8-00 a bundle", begin + id + `,"objects":[` + address + `]}`, nil},
		{"S-8-00 no objects", begin + id + `}`, nil},
		{"S-8-01 no id", begin + `"objects":[{}]}`, []stix.Finding{{Code: "S-8-01", Severity: stix.Error}}},
		{"S-8-01 a number for the id", begin + `"id":7}`, []stix.Finding{{Code: "S-8-01", Pointer: "/id", Value: "7", Severity: stix.Error}}},
		{"S-8-01 no UUID", begin + `"id":"bundle--1"}`, []stix.Finding{{Code: "S-8-01", Pointer: "/id", Value: `"bundle--1"`, Severity: stix.Error}}},
		{"S-8-01 another type's id", begin + `"id":"` + someIdentity + `"}`, []stix.Finding{{Code: "S-8-01", Pointer: "/id", Value: `"` + someIdentity + `"`, Severity: stix.Error}}},
		{"S-2.9-02 version 9", begin + odd + `}`, []stix.Finding{{Code: "S-2.9-02", Pointer: "/id", Value: odd[5:], Severity: stix.Error}}},
		{"S-8-02 an empty list", begin + id + `,"objects":[]}`, []stix.Finding{{Code: "S-8-02", Pointer: "/objects", Value: "[]", Severity: stix.Error}}},
		{"S-8-06 a version", begin + id + `,"spec_version":"2.0"}`, []stix.Finding{{Code: "S-8-06", Pointer: "/spec_version", Value: `"2.0"`, Severity: stix.Warning}}},
		{"S-8-04 a property of its own", begin + id + `,"x/y":1}`, []stix.Finding{{Code: "S-8-04", Pointer: "/x~1y", Severity: stix.Warning}}},
		{"S-8-04 a name too long to point to", begin + id + `,"` + long + `":1}`, []stix.Finding{{Code: "S-8-04", Severity: stix.Warning}}},
		{"an envelope is no bundle", `{"objects":[]}`, nil},
		{"a list is no bundle", `[]`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, bundleFindings(t, newReader(t), tt.document))
		})
	}
	t.Run("S-2.9-02 uuid-variant forgives it", func(t *testing.T) {
		findings := bundleFindings(t, newReader(t, "uuid-variant"), begin+odd+`}`)
		assert.Equal(t, []stix.Finding{{Code: "S-2.9-02", Pointer: "/id", Value: odd[5:], Severity: stix.Warning, Tolerance: "uuid-variant"}}, findings)
	})
}

// bundleFindings are the findings about a bundle itself; that each says something is asserted here.
func bundleFindings(t *testing.T, r *stix.Reader, document string) []stix.Finding {
	t.Helper()
	d, err := stix.ReadDocument([]byte(document))
	require.NoError(t, err)
	findings := r.CheckBundle(&d)
	for i := range findings {
		assert.Greater(t, len(findings[i].Message), 15)
		findings[i].Message = ""
	}
	return findings
}
