package stix_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/stix"
)

// rowsNames are names that break the rules for property names, and the rows that say so.
func rowsNames(x rowsObjects, typ, codes string) (cases []rowsCase) {
	for _, name := range []string{"X_acme_a", "x-acme-a", "é_x", "x_acme_ä", "x acme", "ab", "x." + rowsHex(3), rowsHex(251), "1abc", "_abc"} {
		cases = append(cases, rowsCase{x.of(typ, name, "1"), codes, "/" + name})
	}
	return cases
}

// Rows of §3.1, §3.8 to §3.10.
func rowsPropertyNames(x rowsObjects) []rowsRow {
	file := x.of("file")
	const names = "S-3.1-01 S-3.1-02 S-3.1-04 S-11.1-02"
	enc := func(codes string, values ...string) (cases []rowsCase) {
		return append(x.wrong("file", "name_enc", codes+" S-6.7-04", values...), x.wrong("directory", "path_enc", codes+" S-6.3-01", values...)...)
	}
	return []rowsRow{
		{row: "S-3.1-01",
			ok:  []string{x.of("file", "hashes", "{"+rowsMD5+"}"), x.of("indicator", "x_acme_com_a", "1")},
			bad: slices.Concat(x.wrong("indicator", "Name", "S-3.1-01 S-3.1-07 S-11.1-02", `"x"`), x.wrong("indicator", "X_acme_com_a", "S-3.1-01 S-11.1-02", `1`))},
		{row: "S-3.1-02",
			ok: x.with("indicator", "x1_abc", "1"),
			bad: slices.Concat(x.wrong("indicator", "1abc", "S-3.1-02 S-11.1-02", "1"), x.wrong("indicator", "_abc", "S-3.1-02 S-11.1-02", "1"),
				[]rowsCase{{x.of("9ab-thing"), "S-3.1-02 S-11.2-02 S-2.9-01", "/type or /id"}})},
		{row: "S-3.1-04",
			ok: slices.Concat(x.with("indicator", "abc", "1"), x.with("indicator", rowsHex(250), "1"), x.with("malware", "implementation_languages", `["c","go","c#"]`)),
			bad: slices.Concat(x.wrong("indicator", "ab", "S-3.1-04 S-11.1-02", "1"), x.wrong("indicator", rowsHex(251), "S-3.1-04 S-11.1-02", "1"),
				[]rowsCase{{x.of("ab"), "S-3.1-04 S-11.2-02 S-2.9-01", "/type or /id"}, {x.of(rowsHex(251)), "S-3.1-04 S-11.2-02 S-2.9-01", "/type or /id"}})},
		{row: "S-3.1-05",
			ok:  []string{x.of("indicator", "x_acme_com_ref", rowsRef("tool")), x.of("indicator", "x_acme_com_refs", "["+rowsRef("tool")+"]")},
			bad: slices.Concat(x.wrong("indicator", "x_acme_com_ref", "", `"x"`, `1`, "["+rowsRef("tool")+"]"), x.wrong("indicator", "x_acme_com_refs", "", `"x"`))},
		{row: "S-3.1-06",
			ok: []string{x.of("file", "name_enc", `"windows-1252"`), x.of("directory", "path_enc", `"windows-1252"`)},
			bad: []rowsCase{{edit(x.t, file, "name", "", "hashes", "{"+rowsSHA256+"}", "name_enc", `"windows-1252"`),
				"S-3.1-06 S-6.7-04", "/name_enc"}}},
		{row: "S-3.1-07",
			bad: slices.Concat(x.wrong("indicator", "Created_By_Ref", "S-3.1-07 S-3.1-01", rowsRef("identity")), x.wrong("indicator", "Revoked", "S-3.1-07 S-3.1-01", "true"),
				x.wrong("indicator", "LABELS", "S-3.1-07 S-3.1-01", `["a"]`))},
		{row: "S-3.1-08",
			ok: []string{x.of("indicator"), x.of("ipv4-addr"), x.of("relationship")},
			bad: slices.Concat(x.without("indicator", "S-3.1-08 S-4.7-00", "id", "created", "modified", "pattern", "pattern_type", "valid_from"),
				x.without("ipv4-addr", "S-3.1-08 S-6.8-00", "id", "value"), x.without("relationship", "S-3.1-08 S-5.1-00", "relationship_type", "source_ref", "target_ref"))},
		{row: "S-3.8-01",
			ok: x.with("indicator", "x_acme_com_severity", "1"),
			bad: slices.Concat(x.wrong("indicator", "severity", "", "1"), x.wrong("indicator", "username", "", `"x"`), x.wrong("identity", "phone_number", "", `"x"`),
				x.wrong("malware", "action", "", `"x"`), x.wrong("ipv4-addr", "severity", "", `"x"`), x.wrong("x-acme-thing", "username", "", `"x"`),
				x.wrong("course-of-action", "action", "S-3.8-01 S-4.3-01", `"x"`),
				[]rowsCase{{x.of("indicator", "severity", "1", "extensions", `{"`+rowsExt+`":{"extension_type":"toplevel-property-extension"}}`), "", "/severity"}})},
		{row: "S-3.9-01",
			ok:  x.with("file", "name_enc", `"windows-1252"`, `"ISO-8859-1"`, `"US-ASCII"`, `"Shift_JIS"`, `"KOI8-R"`, `"UTF-8"`, `"Big5"`),
			bad: enc("S-3.9-01", `"latin1"`, `"foo-charset"`, `"cp1252"`, `""`)},
		{row: "S-3.10-01",
			bad: []rowsCase{{file[:len(file)-1] + `,"extensions":{"ntfs-ext":{"sid":"x"},"ntfs-ext":{"sid":"y"}}}`, "S-3.10-01 S-2.3-08 S-2.3-01", "/extensions/ntfs-ext"}}},
		{row: "S-11.1-02",
			ok:  slices.Concat(x.with("indicator", "x_acme_com_a9", "1"), x.with("indicator", rowsHex(250), "1"), x.with("ipv4-addr", "abc", "1")),
			bad: append(rowsNames(x, "indicator", names), rowsNames(x, "ipv4-addr", names)...)},
	}
}

// Rows of §3.2 that the object alone decides.
func rowsCommonProperties(x rowsObjects) []rowsRow {
	const v1 = `"2026-01-31T11:59:59.999Z"`
	themselves := "marking-definition--" + rowsUUID
	return []rowsRow{
		{row: "S-3.2-01",
			ok:  []string{x.of("indicator"), x.of("x-acme-thing"), x.of("x-acme-observable")},
			bad: append(x.without("indicator", "", "type"), x.wrong("indicator", "type", "", "1", `["indicator"]`, `null`)...)},
		{row: "S-3.2-02",
			ok: slices.Concat(x.with("ipv4-addr", "spec_version", `"2.1"`, ""), x.with("indicator", "spec_version", `"2.1"`)),
			bad: slices.Concat(x.wrong("indicator", "spec_version", "", `"2.0"`, `2.1`, `"2.2"`, `"2.1 "`, `null`), x.wrong("ipv4-addr", "spec_version", "", `"2.0"`, `2.1`),
				x.without("indicator", "", "spec_version"), x.without("relationship", "", "spec_version"), x.without("marking-definition", "", "spec_version"),
				x.without("x-acme-thing", "S-3.2-02 S-11.2-01", "spec_version"), x.without("language-content", "", "spec_version"))},
		{row: "S-3.2-03",
			ok:  x.with("indicator", "created_by_ref", rowsRef("identity")),
			bad: x.wrong("indicator", "created_by_ref", "S-3.2-03 S-E-01 S-3.3-04", rowsRef("malware"), rowsRef("x-acme-identity"), rowsRef("bundle"))},
		{row: "S-3.2-04",
			ok: []string{x.of("indicator", "modified", `"2026-01-31T12:00:00.123456Z"`), x.of("indicator", "valid_from", `"2026-01-31T12:00:00Z"`)},
			bad: slices.Concat(x.wrong("indicator", "created", "", `"2026-01-31T12:00:00Z"`, `"2026-01-31T12:00:00.0Z"`, `"2026-01-31T12:00:00.00Z"`),
				x.wrong("indicator", "modified", "", `"2026-02-01T12:00:00Z"`, `"2026-02-01T12:00:00.1Z"`), x.wrong("marking-definition", "created", "", `"2026-01-31T12:00:00Z"`),
				x.wrong("language-content", "modified", "", `"2026-02-01T12:00:00Z"`), x.wrong("x-acme-thing", "created", "", `"2026-01-31T12:00:00Z"`))},
		{row: "S-3.2-06",
			ok:  x.with("indicator", "modified", `"2026-01-31T12:00:00.000Z"`, `"2026-01-31T12:00:00.0001Z"`),
			bad: slices.Concat(x.wrong("indicator", "modified", "S-3.2-06 S-3.6.1-01", v1, `"2025-12-31T12:00:00.000Z"`), x.wrong("relationship", "modified", "S-3.2-06 S-3.6.1-01", v1))},
		{row: "S-3.6.1-01",
			ok:  x.with("x-acme-thing", "modified", `"2026-01-31T12:00:00.000Z"`),
			bad: x.wrong("x-acme-thing", "modified", "S-3.2-06 S-3.6.1-01", v1)},
		{row: "S-3.2-11",
			ok: x.with("indicator", "confidence", "0", "100", "55"),
			bad: append(x.wrong("indicator", "confidence", "", "-1", "101", "50.5", `"50"`, "true", "1000000"),
				x.wrong("language-content", "confidence", "", "101")...)},
		{row: "S-3.2-13",
			ok: x.with("indicator", "lang", `"en"`, `"EN-us"`, `"zh-Hant-TW"`, `"de-DE-1996"`, `"es-419"`, `"sr-Latn-RS"`, `"i-klingon"`, `"x-private"`, `"sl-rozaj-biske"`, `"en-u-ca-gregory"`, `"haw"`),
			bad: x.wrong("indicator", "lang", "", `"english language"`, `"en_US"`, `""`, `"e"`, `"123"`, `"abcdefghi"`, `"en--US"`, `"en-"`, `"-en"`, `"en-x"`, `"en-US-u"`,
				`"dé"`, `1`, `["en"]`)},
		{row: "S-3.2-15",
			ok:  x.with("indicator", "object_marking_refs", "["+rowsRef("marking-definition")+"]"),
			bad: rowsFirst(x, "indicator", "object_marking_refs", "S-3.2-15 S-E-02 S-3.3-04", rowsRef("identity"), rowsRef("extension-definition"), rowsRef("x-acme-marking"))},
		{row: "S-3.2-16",
			ok: x.with("marking-definition", "object_marking_refs", "["+rowsRef("marking-definition")+"]"),
			bad: append(rowsFirst(x, "marking-definition", "object_marking_refs", "S-3.2-16 S-7.2-09", `"`+themselves+`"`),
				rowsCase{x.of("marking-definition", "granular_markings", `[{"selectors":["definition"],"marking_ref":"`+themselves+`"}]`), "S-3.2-16 S-7.2-09", "/granular_markings/0/marking_ref"})},
		{row: "S-3.2-17",
			ok: x.with("ipv4-addr", "defanged", "true"),
			bad: slices.Concat(x.wrong("indicator", "defanged", "S-3.2-17 S-3.2-21", "true", "false"), x.wrong("relationship", "defanged", "S-3.2-17 S-3.2-21", "true"),
				x.wrong("marking-definition", "defanged", "S-3.2-17 S-3.2-21", "true"), x.wrong("language-content", "defanged", "S-3.2-17 S-3.2-21", "true"),
				x.wrong("x-acme-thing", "defanged", "S-3.2-17 S-3.2-21", "true"))},
		{row: "S-3.2-21",
			ok: []string{x.of("language-content", "labels", `["a"]`, "confidence", "1"), x.of("extension-definition", "labels", `["a"]`, "revoked", "false")},
			bad: slices.Concat(x.wrong("ipv4-addr", "labels", "", `["a"]`), x.wrong("ipv4-addr", "confidence", "", `1`), x.wrong("ipv4-addr", "lang", "", `"en"`),
				x.wrong("ipv4-addr", "external_references", "", `[{"source_name":"x","external_id":"1"}]`), x.wrong("extension-definition", "confidence", "", `1`),
				x.wrong("extension-definition", "lang", "", `"en"`),
				x.wrong("language-content", "lang", "", `"en"`), x.wrong("marking-definition", "labels", "", `["a"]`), x.wrong("marking-definition", "confidence", "", `1`),
				x.wrong("marking-definition", "lang", "", `"en"`)),
			seen: x.wrong("extension-definition", "extensions", "", `{"`+rowsExt+`":{"extension_type":"property-extension","rank":1}}`)},
	}
}

// rowsFirst are cases where the first item of a list is wrong.
func rowsFirst(x rowsObjects, typ, property, codes string, items ...string) (cases []rowsCase) {
	for _, item := range items {
		cases = append(cases, rowsCase{x.of(typ, property, "["+item+"]"), codes, "/" + property + "/0"})
	}
	return cases
}

// Rows of §3.2 about extensions.
func rowsExtensionKeys(x rowsObjects) []rowsRow {
	extended := func(typ, key, value string) string { return x.of(typ, "extensions", `{"`+key+`":`+value+`}`) }
	at := func(key string) string { return "/extensions/" + key }
	return []rowsRow{
		{row: "S-3.2-18",
			ok:   []string{extended("file", "ntfs-ext", `{"sid":"x"}`), extended("indicator", rowsExt, `{"extension_type":"property-extension","rank":1}`)},
			warn: []rowsCase{{extended("ipv4-addr", "x-acme-com-foo-ext", `{"foo_val":1}`), "", at("x-acme-com-foo-ext")}},
			seen: []rowsCase{{extended("ipv4-addr", "foo", `{"foo_val":1}`), "S-3.2-18 S-11.3-02", at("foo")}, {extended("ipv4-addr", "ntfs-ext", `{"sid":"x"}`), "S-3.2-18 S-3.10-01 S-6-01", at("ntfs-ext")}}},
		{row: "S-3.2-19",
			ok: []string{extended("indicator", rowsExt, `{"extension_type":"property-extension","rank":1}`)},
			bad: []rowsCase{{extended("indicator", rowsExt, `"x"`), "", at(rowsExt)}, {extended("indicator", rowsExt, `["x"]`), "", at(rowsExt)}, {extended("indicator", rowsExt, `1`), "", at(rowsExt)},
				{extended("file", "ntfs-ext", `"x"`), "S-3.2-19 S-6.7.3-00", at("ntfs-ext")}, {x.of("indicator", "extensions", `"x"`), "", "/extensions"}, {x.of("indicator", "extensions", `["x"]`), "", "/extensions"}}},
		{row: "S-3.2-20",
			ok: []string{extended("indicator", rowsExt, `{"extension_type":"toplevel-property-extension"}`), extended("file", "ntfs-ext", `{"sid":"x"}`)},
			bad: []rowsCase{{extended("indicator", rowsExt, `{"a_b":1}`), "S-3.2-20 S-7.3-09", at(rowsExt)}, {extended("ipv4-addr", rowsExt, `{"a_b":1}`), "S-3.2-20 S-7.3-09", at(rowsExt)},
				{extended("indicator", rowsExt, `{"extension_type":"property_extension","rank":1}`), "S-3.2-20 S-7.3-09", at(rowsExt) + "/extension_type"},
				{extended("indicator", rowsExt, `{"extension_type":"new-smo","rank":1}`), "S-3.2-20 S-7.3-09", at(rowsExt) + "/extension_type"},
				{extended("indicator", rowsExt, `{"extension_type":1,"rank":1}`), "S-3.2-20 S-7.3-09", at(rowsExt) + "/extension_type"},
				{extended("file", "ntfs-ext", `{"sid":"x","extension_type":"foo"}`), "S-3.2-20", at("ntfs-ext") + "/extension_type"}}},
	}
}

// Rows of §3.3 to §3.7 that the object alone decides.
func rowsReferences(x rowsObjects) []rowsRow {
	const derived = `"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"`
	versions := []string{"created", `"2026-01-31T12:00:00.000Z"`, "modified", `"2026-01-31T12:00:00.000Z"`}
	joined := func(typ, from, to string) string {
		return x.of("relationship", "relationship_type", `"`+typ+`"`, "source_ref", rowsRef(from), "target_ref", rowsRef(to))
	}
	return []rowsRow{
		{row: "S-3.3-01", ok: []string{x.of("indicator")}, bad: x.wrong("indicator", "id", "S-3.3-01 S-2.9-01", `"x"`, `7`)},
		{row: "S-3.3-02", ok: []string{x.of("indicator", "created_by_ref", rowsRef("identity")), x.of("relationship"), x.of("report", "object_refs", `["x-acme-thing--`+rowsOther+`"]`)}},
		{row: "S-3.3-04",
			ok:  x.with("sighting", "sighting_of_ref", rowsRef("indicator"), rowsRef("x-acme-thing")),
			bad: x.wrong("sighting", "sighting_of_ref", "S-3.3-04 S-5.2-03 S-E-10", rowsRef("ipv4-addr"))},
		{row: "S-3.4-01", ok: []string{x.of("ipv4-addr"), x.of("ipv4-addr", "id", derived)}},
		{row: "S-3.5-01",
			ok:   []string{x.of("indicator", "created_by_ref", rowsRef("identity")), x.of("ipv4-addr")},
			warn: x.without("indicator", "", "created_by_ref")},
		{row: "S-3.6-03", ok: x.with("indicator", "modified", `"2026-05-31T12:00:00.000Z"`)},
		{row: "S-3.6-14",
			ok: []string{x.of("ipv4-addr", append(versions, "created_by_ref", rowsRef("identity"), "revoked", "false")...), x.of("ipv4-addr", "id", derived)},
			bad: []rowsCase{{x.of("ipv4-addr", append(versions, "id", derived)...), "S-3.6-14 S-3.2-21", "/id or /created or /modified"},
				{x.of("ipv4-addr", append(versions, "id", derived, "created_by_ref", rowsRef("identity"), "revoked", "false")...), "S-3.6-14 S-3.2-21", "/id or /created or /modified"}}},
		{row: "S-3.7-01",
			ok: []string{joined("duplicate-of", "malware", "malware"), joined("derived-from", "ipv4-addr", "ipv4-addr"), joined("related-to", "malware", "ipv4-addr"), joined("related-to", "file", "x-acme-thing")},
			seen: []rowsCase{{joined("duplicate-of", "malware", "tool"), "S-3.7-01 S-5.1-06", "/relationship_type or /target_ref or "},
				{joined("derived-from", "indicator", "malware"), "S-3.7-01 S-5.1-06", "/relationship_type or /target_ref or "}}},
	}
}

// What has no spec_version and is right as STIX 2.0 is 2.0 for who tolerates that, and wrong for others.
func TestRowsSTIX20(t *testing.T) {
	x := rowsObjects{t}
	for name, object := range map[string]string{
		"S-3.2-02 indicator":    x.of("indicator", "spec_version", "", "pattern_type", "", "labels", `["malicious-activity"]`),
		"S-3.2-02 identity":     x.of("identity", "spec_version", "", "identity_class", `"organization"`),
		"S-3.2-02 relationship": x.of("relationship", "spec_version", ""),
		"S-3.2-02 observed-data": x.of("observed-data", "spec_version", "", "object_refs", "",
			"objects", `{"0":{"type":"file","name":"x","parent_directory_ref":"1"},"1":{"type":"directory","path":"/"}}`),
		"S-7.2-08 the TLP of 2.0": edit(t, amber, "spec_version", "", "name", ""),
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, "S-3.2-02", rejection(t, newReader(t), object).Code)
			o, findings := accepted(t, newReader(t, "stix-2.0"), object)
			assert.Equal(t, "2.0", o.SpecVersion)
			tolerated := func(f stix.Finding) bool { return f.Tolerance == "stix-2.0" && f.Severity == stix.Warning }
			assert.True(t, slices.ContainsFunc(findings, tolerated), "%v", findings)
		})
	}
}
