package stix_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/stix"
)

func TestParseID(t *testing.T) {
	const uuid = "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
	for _, tt := range []struct {
		name, id string
		ok       bool
	}{
		{"S-2.9-01 type and UUID", "indicator--" + uuid, true},
		{"a custom type of 250 characters", "x-" + strings.Repeat("a", 248) + "--" + uuid, true},
		{"a digit inside the type", "x-509-cert--" + uuid, true},
		{"version and variant are not its matter", "indicator--00000000-0000-0000-0000-000000000000", true},
		{"empty", "", false},
		{"S-2.9-01 no separator", "indicator-" + uuid, false},
		{"only the separator", "--", false},
		{"no type", "--" + uuid, false},
		{"a type of 251 characters", "x" + strings.Repeat("a", 250) + "--" + uuid, false},
		{"a type of two characters", "ab--" + uuid, false},
		{"an upper-case type", "Indicator--" + uuid, false},
		{"a type that begins with a digit", "9ab--" + uuid, false},
		{"a type with an underscore", "x_ab--" + uuid, false},
		{"a type that ends in a hyphen, so three in a row", "indicator---" + uuid, false},
		{"S-2.9-02 upper-case digits: one identifier has one spelling", "indicator--" + strings.ToUpper(uuid), false},
		{"S-2.9-02 braces", "indicator--{" + uuid + "}", false},
		{"S-2.9-02 a URN", "indicator--urn:uuid:" + uuid, false},
		{"S-2.9-02 no hyphens", "indicator--" + strings.ReplaceAll(uuid, "-", ""), false},
		{"S-2.9-02 one digit short", "indicator--" + uuid[:35], false},
		{"S-2.9-02 one digit long", "indicator--" + uuid + "0", false},
		{"S-2.9-02 a hyphen for a digit", "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd-f", false},
		{"S-2.9-02 a digit for a hyphen", "indicator--8e2e2d2b017d4-4cbf-938f-98ee46b3cd3f", false},
		{"a line break at the end", "indicator--" + uuid + "\n", false},
		{"NUL", "indicator--" + uuid[:35] + "\x00", false},
		{"a full-width digit", "indicator--" + uuid[:35] + "３", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id, err := stix.ParseID(tt.id)
			if tt.ok {
				assert.NoError(t, err)
				assert.Equal(t, stix.ID(tt.id), id)
				return
			}
			assert.Error(t, err)
			assert.Empty(t, id)
		})
	}
}

func TestIDParts(t *testing.T) {
	id := stix.ID("x-a-b--00112233-4455-4677-8899-aabbccddeeff")
	assert.Equal(t, "x-a-b", id.Type())
	assert.Equal(t, [16]byte{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x46, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}, id.UUID())
	for name, bad := range map[string]stix.ID{
		"no separator": "x", "short": "x--0011", "no hyphens": "x--00112233445546778899aabbccddeeff0000",
		"not hexadecimal": "x--0011223g-4455-4677-8899-aabbccddeeff",
	} {
		assert.Zero(t, bad.UUID(), name)
	}
}
