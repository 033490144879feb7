package stix_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// FuzzSelector compares which selectors resolve (S-7.2.3-05 … S-7.2.3-07) with another reading of
// them, on the object as any JSON reader decodes it.
func FuzzSelector(f *testing.F) {
	for _, seed := range []string{
		"name", "labels.[0]", "labels.[2]", "external_references.[0].source_name", "x_d.a-b.[1].[0]", "x_d.", ".name", "[0]", "labels.0",
		"labels[0]", "labels.[-1]", "labels.[999999999999]", "granular_markings", "granular_markings.[0]", "na me", "ｎame", "x_d.a-b.[00]", "",
	} {
		f.Add(seed)
	}
	r := newReader(f)
	f.Fuzz(func(t *testing.T, selector string) {
		if !utf8.ValidString(selector) || strings.Contains(selector, "\x00") {
			t.Skip("such a string is no JSON string here; FuzzRead has those")
		}
		quoted, err := json.Marshal(selector)
		require.NoError(t, err)
		raw := fmt.Sprintf(`{"type":"identity","spec_version":"2.1","id":"identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",`+
			`"name":"n","labels":["a","b"],"external_references":[{"source_name":"s","url":"https://example.org"}],"x_d":{"a-b":[1,[true]],"C":null},`+
			`"granular_markings":[{"marking_ref":"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb","selectors":[%s]}]}`, quoted)
		o, findings := r.Read([]byte(raw))
		require.Len(t, o.Granular, 1)
		assert.Equal(t, []string{selector}, o.Granular[0].Selectors)
		var object any
		require.NoError(t, json.Unmarshal([]byte(raw), &object))
		assert.Equal(t, resolves(object, selector), o.Granular[0].Resolves, "%q: %v", selector, findings)
		fault, rejected := stix.Rejects(findings)
		if !o.Granular[0].Resolves && !strings.HasPrefix(selector, "granular_markings") {
			assert.True(t, rejected, "%q", selector)
			assert.Equal(t, "/granular_markings/0/selectors/0", fault.Pointer)
		}
	})
}

// resolves is STIX 2.1 §7.2.3.1, slowly: the value exists, and is no part of the markings.
func resolves(v any, selector string) bool {
	for i, part := range strings.Split(selector, ".") {
		if i == 0 && part == "granular_markings" {
			return false
		}
		switch in := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = in[part]; !ok || strings.HasPrefix(part, "[") {
				return false
			}
		case []any:
			digits, ok := strings.CutPrefix(strings.TrimSuffix(part, "]"), "[")
			n, err := strconv.ParseUint(digits, 10, 31)
			if !ok || !strings.HasSuffix(part, "]") || err != nil || int(n) >= len(in) {
				return false
			}
			v = in[n]
		default:
			return false
		}
	}
	return true
}
