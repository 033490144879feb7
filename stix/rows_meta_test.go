package stix_test

import "slices"

// Rows of §7.1 that the object alone decides.
func rowsLanguageContent(x rowsObjects) []rowsRow {
	const lc = "language-content"
	contents := func(c string) string { return x.of(lc, "contents", c) }
	return []rowsRow{
		{row: "S-7.1-00",
			ok: []string{x.of(lc), x.of(lc, "object_modified", `"2026-01-31T12:00:00.000Z"`, "created_by_ref", rowsRef("identity"), "revoked", "true", "labels", `["a"]`, "confidence", "1",
				"external_references", `[{"source_name":"x","external_id":"1"}]`, "object_marking_refs", "["+rowsRef("marking-definition")+"]",
				"extensions", `{"`+rowsExt+`":{"extension_type":"property-extension","rank":1}}`)},
			bad: slices.Concat(x.without(lc, "", "id", "created", "modified", "object_ref", "contents"),
				x.wrong(lc, "object_ref", "S-7.1-00 S-2.9-01", `1`, `["campaign--`+rowsOther+`"]`), x.wrong(lc, "contents", "S-7.1-00 S-7.1-05 S-2.3-05", `"x"`, `["x"]`, `{}`),
				x.wrong(lc, "object_modified", "S-7.1-00 S-2.16-01", `1`, `"2026-02-30T00:00:00.000Z"`))},
		{row: "S-7.1-01", ok: []string{x.of(lc)}, bad: x.wrong(lc, "id", "S-7.1-01 S-2.9-01", `"language--`+rowsUUID+`"`)},
		{row: "S-7.1-02",
			ok:  x.with(lc, "object_ref", rowsRef("indicator"), rowsRef("relationship"), rowsRef("ipv4-addr"), rowsRef("marking-definition"), rowsRef("x-acme-thing")),
			bad: x.wrong(lc, "object_ref", "S-7.1-02 S-E-13 S-3.3-04 S-8-05", rowsRef("bundle"))},
		{row: "S-7.1-04",
			ok: []string{contents(`{"de":{"name":"x"}}`), contents(`{"zh-Hant":{"name":"x"},"pt-BR":{"name":"x"},"EN":{"name":"x"}}`)},
			bad: []rowsCase{{contents(`{"klingonish lang":{"name":"x"}}`), "S-7.1-04 S-2.3-02", "/contents/klingonish lang"}, {contents(`{"en_US":{"name":"x"}}`), "", "/contents/en_US"},
				{contents(`{"de":{"name":"x"},"german_language":{"name":"x"}}`), "", "/contents/german_language"}, {contents(`{"d":{"name":"x"}}`), "", "/contents/d"}}},
		{row: "S-7.1-05",
			ok: []string{contents(`{"de":{"labels":["a",""],"external_references":[{"description":"x"}]}}`)},
			bad: []rowsCase{{contents(`{"de":"x"}`), "", "/contents/de"}, {contents(`{"de":["x"]}`), "", "/contents/de"}, {contents(`{"de":{"name":"x"},"fr":1}`), "", "/contents/fr"},
				{contents(`{"de":{}}`), "S-7.1-05 S-2.3-05", "/contents/de"}}},
	}
}

// Rows of §7.2.1.
func rowsMarkingDefinitions(x rowsObjects) []rowsRow {
	const md = "marking-definition"
	defined := func(typ, definition string) string { return x.of(md, "definition_type", typ, "definition", definition) }
	return []rowsRow{
		{row: "S-7.2-00",
			ok: []string{x.of(md), x.of(md, "name", `"x"`, "created_by_ref", rowsRef("identity"), "external_references", `[{"source_name":"x","external_id":"1"}]`,
				"object_marking_refs", "["+rowsRef(md)+"]", "granular_markings", `[{"marking_ref":`+rowsRef(md)+`,"selectors":["definition.statement"]}]`)},
			bad: slices.Concat(x.without(md, "", "id", "created"), x.wrong(md, "name", "", `1`, `["x"]`), x.wrong(md, "definition_type", "", `1`), x.wrong(md, "definition", "S-7.2-00 S-7.2-05", `"x"`, `["x"]`, `1`))},
		{row: "S-7.2-01", ok: []string{x.of(md)}, bad: x.wrong(md, "id", "S-7.2-01 S-2.9-01", `"marking--`+rowsUUID+`"`)},
		{row: "S-7.2-02",
			ok:  []string{x.of(md)},
			bad: append(x.wrong(md, "modified", "S-7.2-02 S-3.2-21", `"2026-01-31T12:00:00.000Z"`), x.wrong(md, "revoked", "S-7.2-02 S-3.2-21", "true", "false")...)},
		{row: "S-7.2-03",
			ok: []string{x.of(md), x.of(md, "definition_type", "", "definition", "", "extensions", `{"`+rowsExt+`":{"extension_type":"property-extension","rank":1}}`)},
			bad: append(x.without(md, "S-7.2-03 S-7.2-00", "definition_type", "definition"),
				rowsCase{x.of(md, "definition_type", "", "definition", ""), "S-7.2-03 S-7.2-00", ""})},
		{row: "S-7.2-04",
			ok:   []string{x.of(md)},
			warn: []rowsCase{{defined(`"x-acme"`, `{"level":"x"}`), "", "/definition_type"}}},
		{row: "S-7.2-05",
			ok: []string{defined(`"statement"`, `{"statement":"Copyright 2026"}`)},
			bad: []rowsCase{{defined(`"statement"`, `{"statement":1}`), "", "/definition or /definition/statement"}, {defined(`"statement"`, `{"statement":["x"]}`), "", "/definition or /definition/statement"},
				{defined(`"statement"`, `{}`), "S-7.2-05 S-2.3-05", "/definition"}, {defined(`"statement"`, `{"text":"x"}`), "", "/definition"}}},
		{row: "S-7.2-06", ok: x.with("indicator", "object_marking_refs", `["marking-definition--`+rowsOther+`","marking-definition--`+rowsUUID+`"]`)},
		{row: "S-7.2-07",
			ok: []string{amber},
			bad: []rowsCase{{edit(x.t, amber, "definition", `{"tlp":"clear"}`), "S-7.2-07 S-7.2-08", "/definition/tlp or "}, {edit(x.t, amber, "definition", `{"tlp":"TLP:AMBER"}`), "S-7.2-07 S-7.2-08", "/definition/tlp or "},
				{edit(x.t, amber, "definition", `{"tlp":1}`), "S-7.2-07 S-7.2-08", "/definition/tlp or /definition"}, {edit(x.t, amber, "definition", `{}`), "S-7.2-07 S-7.2-08 S-2.3-05", "/definition"},
				{edit(x.t, amber, "definition", `{"level":"amber"}`), "S-7.2-07 S-7.2-08", "/definition"}}},
		{row: "S-7.2-09", ok: x.with(md, "object_marking_refs", "["+rowsRef(md)+"]"),
			bad: rowsFirst(x, md, "object_marking_refs", "S-3.2-16 S-7.2-09", `"`+md+"--"+rowsUUID+`"`)},
	}
}

// rowsTLP1 and rowsTLP2 are the published objects.
func rowsTLP1(level, name, id string) string {
	return `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--` + id + `","created":"2017-01-20T00:00:00.000Z",
		"definition_type":"tlp","name":"` + name + `","definition":{"tlp":"` + level + `"}}`
}

func rowsTLP2(level, name, id string) string {
	return `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--` + id + `","created":"2022-10-01T00:00:00.000Z","name":"` + name + `",
		"extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"` + level + `"}}}`
}

// Rows about TLP: §7.2.1.4 and the TLP 2.0 extension.
func rowsTLP(x rowsObjects) []rowsRow {
	const green1, strict2 = "34098fce-860f-48ae-8e50-ebd3cc5e41da", "939a9414-2ddd-4d32-a0cd-375ea402b003"
	const extension = "/extensions/extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
	change := func(object string, codes, at, property, value string) rowsCase {
		return rowsCase{edit(x.t, object, property, value), codes, at}
	}
	green, strict := rowsTLP1("green", "TLP:GREEN", green1), rowsTLP2("amber+strict", "TLP:AMBER+STRICT", strict2)
	clear2 := func(level string) string { return rowsTLP2(level, "TLP:CLEAR", "94868c89-83c2-464b-929b-a1a8aa3c8487") }
	row := rowsRow{row: "S-TLP2-02", ok: []string{strict, rowsTLP2("green", "TLP:GREEN", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb")}, bad: []rowsCase{
		change(strict, "", "/created", "created", `"2022-10-02T00:00:00.000Z"`), change(strict, "", "/name", "name", `"TLP:AMBER"`),
		change(strict, "", "/created_by_ref", "created_by_ref", rowsRef("identity")), change(strict, "", "/x_acme_com_a", "x_acme_com_a", `1`),
		{rowsTLP2("green", "TLP:AMBER+STRICT", strict2), "", " or /name or " + extension + "/tlp_2_0"},
	}}
	for _, wrong := range []string{"939a9414-2ddd-4d32-a0cd-b7571b03f430", "939a9414-1955-4d32-a0cd-375ea402b003", "94868c89-73b8-464b-929b-a1a8aa3c8487",
		"bab4a63c-aab9-4cf5-a766-dfca5abac2bb", "55d920b0-5207-4f79-9ee9-91f868d9b421", "e828b379-4398-4974-9ac4-e53a884c97c1", rowsUUID, green1} {
		row.bad = append(row.bad, rowsCase{rowsTLP2("amber+strict", "TLP:AMBER+STRICT", wrong), "S-TLP2-02 S-7.2-08", "/id or "})
	}
	return []rowsRow{
		{row: "S-7.2-08",
			ok: []string{green, amber, rowsTLP1("white", "TLP:WHITE", "613f2e26-407d-48c7-9eca-b8e91df99dc9"), rowsTLP1("red", "TLP:RED", "5e57c739-391a-4eb3-b6be-7d15ca92d5ed")},
			bad: []rowsCase{{rowsTLP1("green", "TLP:GREEN", rowsUUID), "", "/id"}, change(green, "", "/created", "created", `"2017-01-21T00:00:00.000Z"`), change(green, "", "/name", "name", `"TLP:RED"`),
				change(green, "", "/created_by_ref", "created_by_ref", rowsRef("identity")), change(green, "", "/x_acme_com_a", "x_acme_com_a", "1"),
				change(green, "", "/object_marking_refs", "object_marking_refs", "["+rowsRef("marking-definition")+"]"),
				change(green, "", "/external_references", "external_references", `[{"source_name":"x","external_id":"1"}]`),
				{rowsTLP1("red", "TLP:GREEN", green1), "", " or /name or /definition/tlp"}, change(green, "", "/definition/foo or /definition or ", "definition", `{"tlp":"green","foo":1}`)},
			seen: []rowsCase{change(green, "", "", "name", "")}},
		{row: "S-TLP2-01",
			ok: []string{clear2("clear"), amber2, strict, rowsTLP2("red", "TLP:RED", "e828b379-4e03-4974-9ac4-e53a884c97c1")},
			bad: []rowsCase{{clear2("white"), "S-TLP2-01 S-TLP2-02", extension + "/tlp_2_0"}, {clear2("TLP:CLEAR"), "S-TLP2-01 S-TLP2-02", extension + "/tlp_2_0"},
				{clear2("blue"), "S-TLP2-01 S-TLP2-02", extension + "/tlp_2_0"},
				change(amber2, "S-TLP2-01 S-TLP2-02", extension, "extensions", `{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension"}}`),
				change(amber2, "S-TLP2-01 S-TLP2-02", extension+"/tlp_2_0", "extensions", `{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":1}}`)}},
		row,
	}
}

// Rows of §7.2.2 and §7.2.3.
func rowsMarkings(x rowsObjects) []rowsRow {
	const first = "/granular_markings/0"
	const ref = `"marking_ref":"marking-definition--` + rowsOther + `"`
	marked := func(g string, members ...string) string {
		return x.of("indicator", append(members, "granular_markings", "["+g+"]", "description", `"x"`, "labels", `["heartbleed","has-logo"]`,
			"external_references", `[{"source_name":"x","external_id":"1"}]`)...)
	}
	selecting := func(s string) string { return marked(`{` + ref + `,"selectors":["` + s + `"]}`) }
	select1 := func(codes string, selectors ...string) (cases []rowsCase) {
		for _, s := range selectors {
			cases = append(cases, rowsCase{selecting(s), codes, first + "/selectors/0"})
		}
		return cases
	}
	file := x.of("file", "hashes", "{"+rowsMD5+","+rowsSHA256+"}", "extensions", `{"ntfs-ext":{"sid":"x"}}`,
		"granular_markings", `[{`+ref+`,"selectors":["hashes.MD5","hashes.SHA-256","extensions.ntfs-ext.sid","id"]}]`)
	return []rowsRow{
		{row: "S-7.2.2-01", ok: x.with("ipv4-addr", "object_marking_refs", "["+rowsRef("marking-definition")+"]")},
		{row: "S-7.2.3-01",
			ok: []string{marked(`{` + ref + `,"selectors":["pattern"]}`), marked(`{"lang":"en","selectors":["pattern"]}`)},
			bad: []rowsCase{{marked(`{"selectors":["pattern"]}`), "", first}, {marked(`{` + ref + `,"lang":"en","selectors":["pattern"]}`), "", first},
				{marked(`{"lang":"en","selectors":["pattern"]},{"selectors":["pattern"]}`), "", "/granular_markings/1"}}},
		{row: "S-7.2.3-02",
			ok: []string{marked(`{"lang":"zh-Hant","selectors":["description"]}`)},
			bad: []rowsCase{{marked(`{"lang":"xx yy","selectors":["description"]}`), "S-7.2.3-02 S-3.2-13", first + "/lang"}, {marked(`{"lang":"en_US","selectors":["description"]}`), "S-7.2.3-02 S-3.2-13", first + "/lang"},
				{marked(`{"lang":1,"selectors":["description"]}`), "S-7.2.3-02 S-3.2-13", first + "/lang"}}},
		{row: "S-7.2.3-03",
			ok: []string{selecting("pattern")},
			bad: []rowsCase{{marked(`{"marking_ref":` + rowsRef("identity") + `,"selectors":["pattern"]}`), "S-7.2.3-03 S-E-02 S-3.3-04", first + "/marking_ref"},
				{marked(`{"marking_ref":"x","selectors":["pattern"]}`), "S-7.2.3-03 S-2.9-01", first + "/marking_ref"}}},
		{row: "S-7.2.3-04",
			ok: []string{selecting("pattern")},
			bad: []rowsCase{{marked(`{` + ref + `}`), "", first}, {marked(`{` + ref + `,"selectors":[]}`), "S-7.2.3-04 S-2.12-01", first + "/selectors"},
				{marked(`{` + ref + `,"selectors":"pattern"}`), "S-7.2.3-04 S-2.12-01", first + "/selectors"}, {marked(`{` + ref + `,"selectors":["pattern",1]}`), "S-7.2.3-04 S-7.2.3-05 S-2.12-01", first + "/selectors/1"}}},
		{row: "S-7.2.3-05",
			ok:  []string{selecting("external_references.[0].source_name"), selecting("labels.[1]")},
			bad: append(select1("", "description[0]", "labels.[-1]", "$.name", "", "labels.[]", "labels.[*]", "labels.[1", "labels..[0]", ".labels", "labels.", "/labels/0", "labels.[ 0]", "a b"), select1("S-7.2.3-05 S-7.2.3-07", "labels.0")...)},
		{row: "S-7.2.3-06",
			ok:  []string{selecting("description"), selecting("labels.[0]")},
			bad: select1("", "name", "external_references.[3]", "labels.[2]", "external_references.[0].url", "x_absent")},
		{row: "S-7.2.3-07",
			ok:  []string{selecting("external_references.[0]")},
			bad: select1("", "description.[0]", "labels.name", "external_references.source_name", "description.text", "labels.[0].[0]")},
		{row: "S-7.2.3-08", ok: []string{selecting("labels"), selecting("external_references")}},
		{row: "S-7.2.3-09", ok: []string{marked(`{"lang":"de","selectors":["description"]}`, "lang", `"en"`)}},
		{row: "S-7.2.3-10", ok: []string{file}},
	}
}
