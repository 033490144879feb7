package stix_test

import (
	"slices"
	"strings"
)

const (
	rowsMD5    = `"MD5":"d41d8cd98f00b204e9800998ecf8427e"`
	rowsSHA1   = `"SHA-1":"da39a3ee5e6b4b0d3255bfef95601890afd80709"`
	rowsSHA256 = `"SHA-256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`
	rowsSSDEEP = `"SSDEEP":"96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO"`
)

func rowsHex(n int) string { return strings.Repeat("a", n) }

// Rows of §2.1 to §2.6: binary, boolean, dictionary, enum, external reference, float.
func rowsSimpleTypes(x rowsObjects) []rowsRow {
	twice := func(typ, member string) string {
		o := x.of(typ)
		return o[:len(o)-1] + "," + member + "}"
	}
	return []rowsRow{
		{row: "S-2.1-02",
			ok: x.with("artifact", "payload_bin", `"VGVzdA=="`, `"/+8="`, `"YQ=="`),
			bad: slices.Concat(x.wrong("artifact", "payload_bin", "", `"@@@"`, `"a b="`, `"VGVzdA"`, `"_-8="`, `"VGVz\ndA=="`, `"="`),
				x.wrong("artifact", "payload_bin", "S-2.1-02 S-6.1-00", `1`, `["VGVzdA=="]`))},
		{row: "S-2.2-01",
			ok: slices.Concat(x.with("indicator", "revoked", "true", "false"), x.with("malware", "is_family", "false"), x.with("ipv4-addr", "defanged", "true")),
			bad: slices.Concat(x.wrong("indicator", "revoked", "", `"false"`, `0`, `1`, `[true]`, `{"a":true}`, `"true"`),
				x.wrong("malware", "is_family", "", `"true"`, `1`), x.wrong("ipv4-addr", "defanged", "", `"true"`, `0`),
				x.wrong("sighting", "summary", "S-2.2-01 S-5.2-06", `"true"`), x.wrong("indicator", "revoked", "S-2.2-01 S-2.3-06", `null`))},
		{row: "S-2.3-01",
			bad: []rowsCase{
				{twice("process", `"environment_variables":{"PATH":"/","PATH":"/"}`), "S-2.3-01 S-2.3-08", "/environment_variables/PATH"},
				{twice("file", `"hashes":{`+rowsMD5+`,`+rowsMD5+`}`), "S-2.3-01 S-2.3-08 S-2.7-03", "/hashes/MD5"},
			}},
		{row: "S-2.3-02",
			ok: x.with("process", "environment_variables", `{"PATH":"/"}`, `{"a-b_C9":"x"}`),
			bad: []rowsCase{
				{x.of("process", "environment_variables", `{"a b":"x"}`), "", "/environment_variables/a b"},
				{x.of("process", "environment_variables", `{"é":"x"}`), "", "/environment_variables/é"},
				{x.of("process", "environment_variables", `{"ok":"x","a.b":"x"}`), "", "/environment_variables/a.b"},
				{x.of("network-traffic", "ipfix", `{"a/b":1}`), "", "/ipfix/a~1b"},
			}},
		{row: "S-2.3-03",
			ok:  x.with("process", "environment_variables", `{"`+rowsHex(250)+`":"x"}`, `{"a":"x"}`),
			bad: []rowsCase{{x.of("process", "environment_variables", `{"`+rowsHex(251)+`":"x"}`), "", "/environment_variables/" + rowsHex(251)}}},
		{row: "S-2.3-04", // only dictionaries that the text does not ask to keep a name's case
			ok: slices.Concat(x.with("process", "environment_variables", `{"PATH":"/"}`), x.with("network-traffic", "ipfix", `{"minimumIpTotalLength":1}`),
				x.with("email-message", "additional_header_fields", `{"X-Mailer":["x"]}`), x.with("file", "hashes", "{"+rowsSHA256+"}")),
			warn: []rowsCase{{x.of("file", "x_acme_com_data", `{"FOOBAR":{"foo":"bar"}}`), "", "/x_acme_com_data/FOOBAR"}}},
		{row: "S-2.3-05",
			ok: x.with("process", "environment_variables", `{"a":"x"}`),
			bad: slices.Concat(x.wrong("indicator", "extensions", "", `{}`), x.wrong("process", "environment_variables", "", `{}`),
				x.wrong("file", "hashes", "", `{}`), x.wrong("email-message", "additional_header_fields", "", `{}`),
				x.wrong("network-traffic", "ipfix", "", `{}`)),
			seen: x.wrong("indicator", "x_acme_com_data", "", `{}`)}, // whether a custom value is meant as a dictionary is not said
		{row: "S-2.3-06",
			ok: x.with("indicator", "x_acme_com_data", `{"one":1,"two":[2],"three":{"four":true}}`),
			bad: slices.Concat(x.wrong("malware", "name", "S-2.3-06 S-4.11-00", `null`), x.wrong("indicator", "labels", "S-2.3-06 S-2.12-01", `null`),
				x.wrong("indicator", "valid_until", "S-2.3-06 S-2.16-01 S-4.7-00", `null`),
				[]rowsCase{{x.of("process", "environment_variables", `{"one":null}`), "S-2.3-06 S-6.13-02", "/environment_variables/one"}}),
			seen: []rowsCase{
				{x.of("indicator", "x_acme_com_data", `null`), "", "/x_acme_com_data"},
				{x.of("indicator", "x_acme_com_data", `{"one":null}`), "", "/x_acme_com_data/one"},
				{x.of("indicator", "extensions", `{"`+rowsExt+`":{"extension_type":"property-extension","rank":null}}`), "", "/extensions/" + rowsExt + "/rank"},
			}},
		{row: "S-2.3-07",
			bad: []rowsCase{{x.of("process", "environment_variables", `{"":"x"}`), "S-2.3-07 S-2.3-02", "/environment_variables/"}}},
		{row: "S-2.3-08",
			ok: x.with("indicator", "x_acme_com_data", `[{"one":1},{"one":1}]`),
			bad: []rowsCase{
				{twice("indicator", `"id":"indicator--`+rowsUUID+`"`), "", "/id"},
				{twice("indicator", `"x_acme_com_data":[{"one":1,"\u006fne":1}]`), "", "/x_acme_com_data/0/one"},
			}},
		{row: "S-2.4-01",
			ok: x.with("opinion", "opinion", `"strongly-disagree"`, `"neutral"`),
			bad: slices.Concat(x.wrong("opinion", "opinion", "S-2.4-01 S-4.15-01", `"meh"`, `"Agree"`, `""`),
				x.wrong("artifact", "encryption_algorithm", "S-2.4-01 S-6.1-05", `"AES128-ECB"`, `"aes-256-gcm"`),
				[]rowsCase{{x.of("windows-registry-key", "values", `[{"data_type":"REG_FOO"}]`), "S-2.4-01 S-6.17.2-01", "/values/0/data_type"}})},
		{row: "S-2.6-01",
			ok: []string{x.of("location", "latitude", "1.5", "longitude", "-1"), x.of("location", "latitude", "-0.0", "longitude", "1e1")},
			bad: []rowsCase{
				{x.of("location", "latitude", `"1.5"`, "longitude", "1"), "", "/latitude"},
				{x.of("location", "latitude", "1", "longitude", `true`), "", "/longitude"},
				{x.of("location", "latitude", "1e999", "longitude", `1`), "", "/latitude"},
				{x.of("location", "latitude", "1", "longitude", "1", "precision", `"10"`), "", "/precision"},
			}},
	}
}

// Rows of §2.5.
func rowsExternalReferences(x rowsObjects) []rowsRow {
	const first = "/external_references/0"
	refs := func(list string) string { return x.of("indicator", "external_references", list) }
	hashes := func(members string) string {
		return refs(`[{"source_name":"x","url":"https://example.com/","hashes":{` + members + `}}]`)
	}
	return []rowsRow{
		{row: "S-2.5-01",
			ok: []string{refs(`[{"source_name":"x","description":"y"},{"source_name":"x","external_id":"1"}]`)},
			bad: []rowsCase{
				{refs(`[{"description":"y"}]`), "", first},
				{refs(`[{"source_name":"x","external_id":"1"},{"url":"https://example.com/","hashes":{` + rowsSHA256 + `}}]`), "", "/external_references/1"},
				{refs(`[{"source_name":1,"description":"y"}]`), "", first + "/source_name"},
			}},
		{row: "S-2.5-02",
			ok: []string{refs(`[{"source_name":"x","description":"y"}]`), refs(`[{"source_name":"x","external_id":"1"}]`), hashes(rowsSHA256)},
			bad: []rowsCase{
				{refs(`[{"source_name":"x"}]`), "", first},
				{refs(`[{"source_name":"x","hashes":{` + rowsSHA256 + `}}]`), "", first},
			}},
		{row: "S-2.5-03",
			ok: []string{refs(`[{"source_name":"x","url":"https://example.com/a?b=c#d"}]`), refs(`[{"source_name":"x","url":"urn:isbn:0451450523"}]`),
				refs(`[{"source_name":"x","url":"https://[2001:db8::7]:8443/%C3%A9"}]`)},
			bad: []rowsCase{
				{refs(`[{"source_name":"x","url":"not a url"}]`), "", first + "/url"},
				{refs(`[{"source_name":"x","url":"https://example.com/a b"}]`), "", first + "/url"},
				{refs(`[{"source_name":"x","url":"https://example.com/%zz"}]`), "", first + "/url"},
				{refs(`[{"source_name":"x","url":"https://[2001:db8::7/"}]`), "", first + "/url"},
				{refs(`[{"source_name":"x","url":1}]`), "S-2.5-03 S-2.5-01", first + "/url"},
			}},
		{row: "S-2.5-04",
			ok:   []string{hashes(rowsSHA256), refs(`[{"source_name":"x","external_id":"1"}]`)},
			warn: []rowsCase{{refs(`[{"source_name":"x","url":"https://example.com/"}]`), "", first + " or " + first + "/url"}}},
		{row: "S-2.5-05",
			ok: []string{hashes(rowsSHA256), hashes(rowsMD5 + "," + rowsSHA256)},
			bad: []rowsCase{
				{hashes(rowsSHA256 + `,"FOO-1":"abc"`), "", first + "/hashes/FOO-1"},
				{hashes(rowsSHA256 + `,"SHA1":"da39a3ee5e6b4b0d3255bfef95601890afd80709"`), "", first + "/hashes/SHA1"},
				{hashes(`"sha-256":"` + rowsHex(64) + `"`), "", first + "/hashes/sha-256"},
			}},
		{row: "S-2.5-06",
			ok:   []string{hashes(rowsMD5 + "," + rowsSHA256)},
			warn: []rowsCase{{hashes(rowsMD5), "S-2.5-06 S-2.7-05", first + "/hashes"}}},
	}
}

// Rows of §2.7 and §2.8.
func rowsHashes(x rowsObjects) []rowsRow {
	file := func(members string) string { return x.of("file", "hashes", "{"+members+"}") }
	value := func(algorithm string, values ...string) (cases []rowsCase) {
		for _, v := range values {
			cases = append(cases, rowsCase{file(`"` + algorithm + `":` + v), "", "/hashes/" + algorithm})
		}
		return cases
	}
	q := func(n int) string { return `"` + rowsHex(n) + `"` }
	return []rowsRow{
		{row: "S-2.7-02", // in observables it is a MUST, S-6-02
			ok:   []string{file(rowsMD5 + "," + rowsSHA256)},
			seen: []rowsCase{{file(rowsSHA256 + `,"X-FOO":"abc"`), "S-2.7-02 S-6-02", "/hashes/X-FOO"}, {file(rowsSHA256 + `,"md5":` + q(32)), "S-2.7-02 S-6-02", "/hashes/md5"}}},
		{row: "S-2.7-03",
			ok: []string{file(rowsMD5)},
			bad: []rowsCase{
				{file(rowsSHA256 + `,"M5":"abc"`), "S-2.7-03 S-6-02", "/hashes/M5"},
				{file(rowsSHA256 + `,"MD 5":"abc"`), "S-2.7-03 S-6-02", "/hashes/MD 5"},
				{file(rowsSHA256 + `,"é-é":"abc"`), "S-2.7-03 S-6-02", "/hashes/é-é"},
				{file(rowsSHA256 + `,"` + rowsHex(251) + `":"abc"`), "S-2.7-03 S-6-02", "/hashes/" + rowsHex(251)},
			}},
		{row: "S-2.7-04",
			ok: []string{file(rowsMD5), file(rowsSHA1), file(rowsSHA256), file(`"MD5":"D41D8CD98F00B204E9800998ECF8427E"`), file(`"SHA-512":` + q(128)),
				file(`"SHA3-256":` + q(64)), file(`"SHA3-512":` + q(128)), file(rowsSSDEEP), file(`"TLSH":` + q(70)), file(`"TLSH":"T1` + rowsHex(70) + `"`)},
			bad: slices.Concat(value("MD5", q(31), q(33), `"g41d8cd98f00b204e9800998ecf8427e"`, `""`), value("SHA-1", q(39), q(41)),
				value("SHA-256", q(63), q(65), `"0x`+rowsHex(62)+`"`), value("SHA-512", q(64), q(127)), value("SHA3-256", q(128)),
				value("SHA3-512", q(64)), value("SSDEEP", `"abc"`, `"96:abc"`, `"x:abc:def"`), value("TLSH", q(10), `"T1`+strings.Repeat("g", 70)+`"`),
				[]rowsCase{
					{file(`"MD5":1`), "S-2.7-04 S-6.7-00", "/hashes/MD5"},
					{x.of("indicator", "external_references", `[{"source_name":"x","url":"https://example.com/","hashes":{"SHA-256":"abc"}}]`), "", "/external_references/0/hashes/SHA-256"},
				})},
		{row: "S-2.7-05",
			ok:   []string{file(rowsSHA256), file(rowsMD5 + "," + rowsSHA256)},
			warn: []rowsCase{{file(rowsMD5), "", "/hashes"}, {file(rowsSSDEEP), "", "/hashes"}}},
		{row: "S-2.8-01",
			ok: x.with("file", "magic_number_hex", `"ff"`, `"ffd8ffe0"`, `"00"`),
			bad: slices.Concat(x.wrong("file", "magic_number_hex", "", `"abc"`, `"FF"`, `"0g"`, `"0x00"`, `"ff ff"`),
				x.wrong("file", "magic_number_hex", "S-2.8-01 S-6.7-00", `12`, `["ff"]`),
				[]rowsCase{{x.of("network-traffic", "extensions", `{"icmp-ext":{"icmp_type_hex":"8","icmp_code_hex":"00"}}`), "S-2.8-01 S-6.12.3-01", "/extensions/icmp-ext/icmp_type_hex"}})},
	}
}
