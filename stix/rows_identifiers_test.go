package stix_test

import (
	"slices"
	"strings"
)

// Rows of §2.9.
func rowsIdentifiers(x rowsObjects) []rowsRow {
	id := func(typ, uuid string, members ...string) string {
		return x.of(typ, append(members, "id", `"`+typ+"--"+uuid+`"`)...)
	}
	const v1, v3, v5 = "8e2e2d2b-17d4-11bf-938f-98ee46b3cd3f", "8e2e2d2b-17d4-3cbf-938f-98ee46b3cd3f", "8e2e2d2b-17d4-5cbf-938f-98ee46b3cd3f"
	quoted := func(typ, uuid string) string { return `"` + typ + "--" + uuid + `"` }
	return []rowsRow{
		{row: "S-2.9-01",
			ok: []string{id("indicator", rowsUUID), id("x-acme-thing", rowsUUID), id("x-acme-observable", rowsUUID)},
			bad: slices.Concat(x.wrong("indicator", "id", "", `"indicator-`+rowsUUID+`"`, quoted("malware", rowsUUID), `"`+rowsUUID+`"`, `1`,
				`"indicator"`, `"--`+rowsUUID+`"`, quoted("Indicator", rowsUUID)),
				x.wrong("ipv4-addr", "id", "", quoted("ipv6-addr", rowsUUID)), x.wrong("x-acme-thing", "id", "", quoted("x-acme-thin", rowsUUID)),
				x.wrong("indicator", "created_by_ref", "", `"identity"`, `1`, `["`+someIdentity+`"]`, `"identity-`+rowsUUID+`"`),
				[]rowsCase{{x.of("report", "object_refs", `["malware--`+rowsUUID+`","x"]`), "", "/object_refs/1"}})},
		{row: "S-2.9-02",
			ok: []string{id("indicator", "8e2e2d2b-17d4-4cbf-a38f-98ee46b3cd3f"), id("indicator", "8e2e2d2b-17d4-4cbf-b38f-98ee46b3cd3f"), id("indicator", v1)},
			bad: slices.Concat(x.wrong("indicator", "id", "", quoted("indicator", "8e2e2d2b"), quoted("indicator", "8e2e2d2b-17d4-4cbf-038f-98ee46b3cd3f"),
				quoted("indicator", "8e2e2d2b-17d4-4cbf-738f-98ee46b3cd3f"), quoted("indicator", "8e2e2d2b-17d4-4cbf-c38f-98ee46b3cd3f"),
				quoted("indicator", "8e2e2d2b-17d4-4cbf-f38f-98ee46b3cd3f"), quoted("indicator", "8e2e2d2b17d44cbf938f98ee46b3cd3f"),
				quoted("indicator", "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3g"), quoted("indicator", strings.ToUpper(rowsUUID)),
				quoted("indicator", rowsUUID+"0"), quoted("indicator", "{"+rowsUUID+"}"), quoted("indicator", "00000000-0000-0000-0000-000000000000")),
				x.wrong("indicator", "created_by_ref", "", quoted("identity", "8e2e2d2b-17d4-4cbf-c38f-98ee46b3cd3f"), quoted("identity", "1")))},
		{row: "S-2.9-04",
			ok: []string{id("indicator", rowsUUID), id("relationship", rowsUUID), id("ipv4-addr", v5)},
			warn: []rowsCase{{id("indicator", v1), "", "/id"}, {id("indicator", v3), "", "/id"}, {id("indicator", v5), "", "/id"},
				{id("relationship", v5), "", "/id"}, {id("marking-definition", v5), "", "/id"}, {id("language-content", v1), "", "/id"}}},
		{row: "S-2.9-06",
			ok: []string{id("ipv4-addr", "28bb3599-77cd-5a82-a950-b5bc3caf07c4"), id("process", rowsUUID), id("email-message", rowsUUID)},
			warn: []rowsCase{{id("ipv4-addr", rowsUUID), "", "/id"}, {id("mutex", rowsUUID), "", "/id"},
				{id("file", v1), "", "/id"}, {id("user-account", rowsUUID, "user_id", `"1"`), "", "/id"}}},
		{row: "S-2.9-07",
			ok: []string{id("ipv4-addr", "28bb3599-77cd-5a82-a950-b5bc3caf07c4"), id("autonomous-system", "3aa27478-50b5-5ab8-9da9-cdc12b657fff"),
				id("domain-name", "bedb4899-d24b-5401-bc86-8f6b4cc18ec7"), id("mutex", "f93fe911-e545-5239-b9b0-597840d0c871", "name", `"__CLEANSWEEP__"`),
				id("directory", "0a58d0c1-59e6-5afd-8252-dcd3f13e5622", "path", `"C:\\Windows\\System32"`),
				id("ipv4-addr", "28bb3599-77cd-5a82-a950-b5bc3caf07c4", "value", `"198.51.100.\u0033"`, "belongs_to_refs", "["+rowsRef("autonomous-system")+"]")},
			warn: []rowsCase{{id("ipv4-addr", v5), "S-2.9-07 S-2.9-06 S-2.9-09", "/id"}, {id("mutex", "f93fe911-e545-5239-b9b0-597840d0c871"), "S-2.9-07 S-2.9-06 S-2.9-09", "/id"}}},
		{row: "S-2.9-08",
			ok: []string{id("process", rowsUUID), id("email-message", rowsUUID), id("user-account", rowsUUID), id("x509-certificate", rowsUUID), id("windows-registry-key", rowsUUID)},
			bad: []rowsCase{{id("process", v5), "S-2.9-08 S-6.13-04", "/id"}, {id("email-message", v5), "", "/id"}, {id("user-account", v5), "", "/id"},
				{id("x509-certificate", v5), "", "/id"}, {id("windows-registry-key", v5), "", "/id"}}},
		{row: "S-2.9-09", ok: []string{id("ipv4-addr", v5), id("file", v5), id("ipv4-addr", v3)}},
		{row: "S-2.9-11", ok: []string{rowsContainer(x, `"0":{"type":"file","name":"x"}`),
			rowsContainer(x, `"one":{"type":"file","name":"x","parent_directory_ref":"two"},"two":{"type":"directory","path":"/tmp"}`)}},
	}
}

// rowsContainer is observed-data with the deprecated container of observables.
func rowsContainer(x rowsObjects, members string) string {
	return x.of("observed-data", "object_refs", "", "objects", "{"+members+"}")
}

// Rows of §2.10 to §2.15.
func rowsListsAndTexts(x rowsObjects) []rowsRow {
	const phase = "/kill_chain_phases/0"
	chain := func(phase string) string { return x.of("malware", "kill_chain_phases", "["+phase+"]") }
	text := func(s string) string {
		o := x.of("malware")
		return o[:len(o)-1] + `,"description":"` + s + `"}`
	}
	return []rowsRow{
		{row: "S-2.10-01",
			ok: x.with("file", "size", `0`, `9007199254740991`),
			bad: slices.Concat(x.wrong("file", "size", "", `9007199254740992`, `"5"`, `1.5`, `true`, `[1]`),
				x.wrong("process", "pid", "", `"1"`, `-9007199254740992`), x.wrong("autonomous-system", "number", "S-2.10-01 S-6.2-01", `"15139"`, `1.5`))},
		{row: "S-2.11-01",
			ok: []string{chain(`{"kill_chain_name":"acme","phase_name":"pre-attack"}`)},
			bad: []rowsCase{{chain(`{"kill_chain_name":"acme"}`), "", phase}, {chain(`{"phase_name":"pre-attack"}`), "", phase},
				{chain(`{"kill_chain_name":"acme","phase_name":1}`), "", phase + "/phase_name"}, {chain(`{"kill_chain_name":["acme"],"phase_name":"x"}`), "", phase + "/kill_chain_name"}}},
		{row: "S-2.11-02",
			ok: []string{chain(`{"kill_chain_name":"acme-chain","phase_name":"pre-attack"}`)},
			warn: []rowsCase{{chain(`{"kill_chain_name":"acme","phase_name":"Pre Attack"}`), "", phase + "/phase_name"},
				{chain(`{"kill_chain_name":"acme","phase_name":"pre_attack"}`), "", phase + "/phase_name"},
				{chain(`{"kill_chain_name":"Acme","phase_name":"pre-attack"}`), "", phase + "/kill_chain_name"}}},
		{row: "S-2.12-01",
			ok: x.with("indicator", "labels", `["a"]`, `["a","b"]`),
			bad: slices.Concat(x.wrong("indicator", "labels", "", `[]`, `"a"`, `1`, `{"a":"b"}`, `true`), x.wrong("indicator", "external_references", "", `[]`, `{"source_name":"x","description":"y"}`),
				x.wrong("malware", "kill_chain_phases", "", `[]`, `"x"`), x.wrong("malware", "aliases", "", `[]`, `"x"`), x.wrong("indicator", "object_marking_refs", "", `[]`, rowsRef("marking-definition")),
				x.wrong("ipv4-addr", "resolves_to_refs", "", `[]`, rowsRef("mac-addr")), x.wrong("indicator", "granular_markings", "", `[]`),
				[]rowsCase{{x.of("indicator", "labels", `["a",1]`), "", "/labels/1"}, {x.of("indicator", "labels", `[null]`), "S-2.12-01 S-2.3-06", "/labels/0"},
					{x.of("indicator", "external_references", `["x"]`), "", "/external_references/0"}, {chain(`"x"`), "", phase}, {x.of("indicator", "granular_markings", `["x"]`), "", "/granular_markings/0"},
					{x.of("malware", "aliases", `["a",["b"]]`), "", "/aliases/1"}}),
			seen: x.wrong("indicator", "x_acme_com_list", "", `[]`)}, // real data has empty lists in custom properties
		{row: "S-2.13-01",
			ok:   []string{x.of("observed-data")},
			warn: []rowsCase{{rowsContainer(x, `"0":{"type":"file","name":"x"}`), "", "/objects"}}},
		{row: "S-2.13-02",
			ok: []string{rowsContainer(x, `"0":{"type":"network-traffic","protocols":["tcp"],"src_ref":"1"},"1":{"type":"ipv4-addr","value":"198.51.100.3"}`)},
			bad: []rowsCase{{rowsContainer(x, `"0":{"type":"network-traffic","protocols":["tcp"],"src_ref":"7"},"1":{"type":"ipv4-addr","value":"198.51.100.3"}`), "", "/objects/0/src_ref"},
				{rowsContainer(x, `"0":{"type":"directory","path":"/","contains_refs":["1","2"]},"1":{"type":"file","name":"x"}`), "", "/objects/0/contains_refs/1"}}},
		{row: "S-2.14-01",
			ok:   []string{x.of("indicator", "indicator_types", `["benign"]`), x.of("tool", "tool_types", `["unknown","exploitation"]`)},
			warn: []rowsCase{{x.of("indicator", "indicator_types", `["benign","x-new"]`), "", "/indicator_types/1"}, {x.of("tool", "tool_types", `["Some Thing"]`), "S-2.14-01 S-4.18-02", "/tool_types/0"}}},
		{row: "S-2.14-02", ok: []string{x.of("malware", "malware_types", `["x-new"]`), x.of("tool", "tool_types", `["Some Thing"]`)}},
		{row: "S-2.15-01",
			ok: []string{text(`\ud83d\ude00`), text("é\u202e\U0001F600"), text(`\ufeff`), text(`\uFFFD`)},
			bad: []rowsCase{{text("a\xffb"), "", "/description"}, {text("\xc0\xaf"), "", "/description"}, {text("\xed\xa0\x80"), "", "/description"},
				{text(`\ud800`), "", "/description"}, {text(`\udc00x`), "", "/description"}}},
	}
}

// Rows of §2.16.
func rowsTimestamps(x rowsObjects) []rowsRow {
	return []rowsRow{
		{row: "S-2.16-01",
			ok: x.with("indicator", "valid_from", `"2016-02-29T23:59:59Z"`, `"2026-01-31T12:00:00.5Z"`, `"2000-02-29T00:00:00.000Z"`, `"0001-01-01T00:00:00Z"`),
			bad: slices.Concat(x.wrong("indicator", "valid_from", "", `"2016-02-30T00:00:00Z"`, `"2015-02-29T00:00:00Z"`, `"1900-02-29T00:00:00Z"`, `"2016-04-31T00:00:00Z"`,
				`"2016-13-01T00:00:00Z"`, `"2016-00-01T00:00:00Z"`, `"2016-01-00T00:00:00Z"`, `"2016-01-01T24:00:00Z"`, `"2016-01-01T00:60:00Z"`, `"2016-01-01T00:00:61Z"`,
				`"2016-01-01t00:00:00Z"`, `"2016-01-01T00:00:00z"`, `"2016-01-01 00:00:00Z"`, `"2016-01-01"`, `"2016-01-01T00:00Z"`, `"20160101T000000Z"`, `"2016-1-1T00:00:00Z"`,
				`"2016-01-01T00:00:00,5Z"`, `" 2016-01-01T00:00:00Z"`, `""`, `1451606400`, `["2016-01-01T00:00:00Z"]`),
				x.wrong("campaign", "first_seen", "", `"2016-02-30T00:00:00Z"`), x.wrong("file", "ctime", "", `"yesterday"`), x.wrong("sighting", "last_seen", "", `"2016-01-01"`),
				x.wrong("indicator", "created", "", `"2016-02-30T00:00:00.000Z"`), x.wrong("indicator", "modified", "", `"2026-02-30T00:00:00.000Z"`))},
		{row: "S-2.16-02",
			bad: x.wrong("indicator", "valid_from", "S-2.16-02 S-2.16-01", `"2016-01-01T00:00:00.Z"`)},
		{row: "S-2.16-03",
			ok:  x.with("indicator", "valid_from", `"2016-01-01T00:00:00Z"`),
			bad: x.wrong("indicator", "valid_from", "S-2.16-03 S-2.16-01", `"2016-01-01T00:00:00+00:00"`, `"2016-01-01T00:00:00+02:00"`, `"2016-01-01T00:00:00-00:00"`, `"2016-01-01T00:00:00"`, `"2016-01-01T00:00:00.000+0000"`)},
		{row: "S-2.16-04",
			ok: []string{x.of("indicator", "valid_from", `"2016-01-01T00:00:00.123456789012Z"`), x.of("campaign", "first_seen", `"2016-01-01T00:00:00.500Z"`, "last_seen", `"2016-01-01T00:00:00.5Z"`),
				x.of("indicator", "created", `"2026-01-31T12:00:00.000000000001Z"`, "modified", `"2026-01-31T12:00:00.000000000001000Z"`)},
			bad: []rowsCase{{x.of("campaign", "first_seen", `"2016-01-01T00:00:00.000000000002Z"`, "last_seen", `"2016-01-01T00:00:00.000000000001Z"`), "S-2.16-04 S-4.2-01", "/last_seen"}}},
	}
}
