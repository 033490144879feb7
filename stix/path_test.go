package stix_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/stix/pattern"
)

func TestCheckPaths(t *testing.T) {
	for path, column := range map[string]int{ // 0: leads somewhere
		"file:name": 0, "file:hashes.MD5": 0, "file:x_acme_name": 0, "x-acme:anything": 0, "indicator:name": 0, "file:id": 0,
		"network-traffic:src_ref.value": 0, "network-traffic:dst_payload_ref.hashes.'SHA-256'": 0, "email-message:to_refs[*].value": 0,
		"file:extensions.'windows-pebinary-ext'.sections[*].entropy": 0, "file:extensions.'extension-definition--a'.b": 0,
		"process:environment_variables.PATH": 0, "windows-registry-key:values[0].data": 0, "file:contains_refs[0].anything": 0,
		"x509-certificate:x509_v3_extensions.key_usage": 0, "email-message:body_multipart[*].body_raw_ref.name": 0,

		"file:nme":                           7,
		"network-traffic:src_ref.vlue":       26,
		"windows-registry-key:values[0].dta": 33,
		"file:extensions.'windows-pebinary-ext'.sections[*].size_of_nothing": 53,
		"x509-certificate:x509_v3_extensions.nothing":                        38,
	} {
		t.Run("S-9.7-01 "+path, func(t *testing.T) {
			p, err := pattern.Parse("[" + path + " > 'x']")
			require.NoError(t, err)
			findings := stix.CheckPaths(p, nil)
			if column == 0 {
				assert.Empty(t, findings)
				return
			}
			require.Len(t, findings, 1)
			assert.Equal(t, "S-9.7-01", findings[0].Code)
			assert.Equal(t, column, findings[0].Column)
			assert.False(t, findings[0].Must)
		})
	}
}
