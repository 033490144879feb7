package stix_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestObjectsPatternRows proves through indicators those rows of §9 that their pattern alone
// decides.
func TestObjectsPatternRows(t *testing.T) {
	var cases []objCase
	for _, p := range objPatterns {
		text, err := json.Marshal(p.pattern)
		require.NoError(t, err)
		rows := p.row + " S-4.7-03 S-9*"
		cases = append(cases, objCase{rows, p.want, p.pattern, "indicator", `"pattern":` + string(text), "/pattern"})
	}
	objRun(t, cases)
}

var objPatterns = []struct {
	row     string
	want    objVerdict
	pattern string
}{
	{"S-9.2-01", objOK, `[process:is_hidden = true]`},
	{"S-9.2-01", objBad, `[process:is_hidden = TRUE]`},
	{"S-9.2-02", objOK, `[artifact:payload_bin = b'ABI=']`},
	{"S-9.2-02", objBad, `[artifact:payload_bin = b'====']`},
	{"S-9.2-03", objOK, `[file:magic_number_hex = h'ffc3']`},
	{"S-9.2-03", objBad, `[file:magic_number_hex = h'ffc']`},
	{"S-9.2-04", objOK, `[file:size = -5]`},
	{"S-9.2-04", objBad, `[file:size = 007]`},
	{"S-9.2-05", objOK, `[file:size > 1.5]`},
	{"S-9.2-05", objBad, `[file:size > 1.]`},
	{"S-9.2-06", objOK, `[file:name = 'a\\b\'c']`},
	{"S-9.2-06", objBad, `[file:name = 'a\n']`},
	{"S-9.2-06", objBad, `[file:name = "a"]`},
	{"S-9.2-07", objOK, `[file:ctime > t'2014-01-13T07:03:17Z']`},
	{"S-9.2-07", objBad, `[file:ctime > t'2024-02-30T00:00:00Z']`},
	{"S-9.4-01", objOK, "[file:name\n=\u3000'a']"},
	{"S-9.5-01", objOK, `[file:size = 1]`},
	{"S-9.5-01", objBad, `file:size = 1`},
	{"S-9.5-01", objBad, `[file:size = 1`},
	{"S-9.5-02", objOK, `[file:size = 1 AND file:name = 'a']`},
	{"S-9.5-02", objBad, `[file:name = 'x' AND ipv4-addr:value = '1.2.3.4']`},
	{"S-9.5-03", objOK, `[file:name = 'x' OR url:value = 'y']`},
	{"S-9.5.1-01", objOK, `[file:size = 1] WITHIN 5 SECONDS REPEATS 2 TIMES`},
	{"S-9.5.1-01", objBad, `[file:size = 1] WITHIN 5 SECONDS WITHIN 6 SECONDS`},
	{"S-9.5.1-02", objOK, `[file:size = 1] REPEATS 5 TIMES`},
	{"S-9.5.1-02", objBad, `[file:size = 1] REPEATS 0 TIMES`},
	{"S-9.5.1-02", objBad, `[file:size = 1] REPEATS 1.5 TIMES`},
	{"S-9.5.1-03", objOK, `[file:size = 1] WITHIN 0.5 SECONDS`},
	{"S-9.5.1-03", objBad, `[file:size = 1] WITHIN -5 SECONDS`},
	{"S-9.5.1-03", objBad, `[file:size = 1] WITHIN 0 SECONDS`},
	{"S-9.5.1-03", objBad, `[file:size = 1] WITHIN 5 HOURS`},
	{"S-9.5.1-04", objOK, `[file:size = 1] START t'2026-02-01T00:00:00Z' STOP t'2026-02-02T00:00:00Z'`},
	{"S-9.5.1-04", objBad, `[file:size = 1] START '2026-02-01T00:00:00Z' STOP '2026-02-02T00:00:00Z'`},
	{"S-9.5.3-01", objOK, `([file:size = 1] FOLLOWEDBY [file:size = 2]) OR [file:size = 3] REPEATS 5 TIMES`},
	{"S-9.6.1-01", objBad, `[file:size = file:name]`},
	{"S-9.6.1-01", objBad, `['x' = file:name]`},
	{"S-9.6.1-03", objOK, `[file:size NOT IN (1, 2)]`},
	{"S-9.6.1-04", objOK, `[file:name IN ('a', 'b')]`},
	{"S-9.6.1-04", objBad, `[file:name IN ('a', 1)]`},
	{"S-9.6.1-04", objBad, `[file:name IN ()]`},
	{"S-9.6.1-05", objOK, `[file:name LIKE '%.exe']`},
	{"S-9.6.1-05", objBad, `[file:name LIKE 1]`},
	{"S-9.6.1-06", objOK, `[file:name MATCHES '^a(b|c)$']`},
	{"S-9.6.1-06", objBad, `[file:name MATCHES /x/]`},
	{"S-9.6.1-07", objOK, `[network-traffic:dst_ref.value ISSUBSET '10.0.0.0/8']`},
	{"S-9.6.1-08", objOK, `[EXISTS windows-registry-key:values]`},
	{"S-9.7-01", objOK, `[x-thing:some_property = 'x']`},
	{"S-9.7-01", objWarn, `[file:nme = 'x']`},
	{"S-9.7-02", objOK, `[file:hashes.'SHA-256' = '` + objSHA256 + `']`},
	{"S-9.7-02", objBad, `[file:hashes.SHA-256 = '` + objSHA256 + `']`},
	{"S-9.7-03", objOK, `[network-traffic:src_ref.value = '198.51.100.7']`},
	{"S-9.7.2-01", objOK, `[email-message:to_refs[*].value = 'a@example.com' AND email-message:to_refs[0].value = 'b@example.com']`},
	{"S-9.7.2-01", objBad, `[email-message:to_refs[-1].value = 'a@example.com']`},
	{"S-9.7.3-01", objOK, `[process:environment_variables.PATH = 'x']`},
}
