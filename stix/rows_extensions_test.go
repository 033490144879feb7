package stix_test

import "slices"

// Rows of §7.3 about the definition.
func rowsExtensionDefinitions(x rowsObjects) []rowsRow {
	const xd = "extension-definition"
	toplevel := func(properties string) string {
		return x.of(xd, "extension_types", `["toplevel-property-extension"]`, "extension_properties", properties)
	}
	names := func(codes string, names ...string) (cases []rowsCase) {
		for _, name := range names {
			cases = append(cases, rowsCase{toplevel(`["rank","` + name + `"]`), codes, "/extension_properties/1"})
		}
		return cases
	}
	return []rowsRow{
		{row: "S-7.3-00",
			ok: []string{x.of(xd), x.of(xd, "revoked", "false", "labels", `["a"]`, "external_references", `[{"source_name":"x","external_id":"1"}]`,
				"object_marking_refs", "["+rowsRef("marking-definition")+"]", "granular_markings", `[{"lang":"en","selectors":["description"]}]`)},
			bad: slices.Concat(x.without(xd, "", "id", "created", "modified", "name", "schema", "version", "extension_types"), x.wrong(xd, "name", "", `1`), x.wrong(xd, "schema", "", `["x"]`, `{"a":"b"}`),
				x.wrong(xd, "version", "", `1.2`), x.wrong(xd, "description", "", `1`), x.wrong(xd, "extension_types", "S-7.3-00 S-2.12-01 S-7.3-05", `"new-sdo"`))},
		{row: "S-7.3-01",
			ok:  []string{x.of(xd)},
			bad: append(x.without(xd, "S-7.3-01 S-7.3-00", "created_by_ref"), x.wrong(xd, "id", "S-7.3-01 S-2.9-01", `"extension--`+rowsUUID+`"`)...)},
		{row: "S-7.3-02", ok: []string{x.of(xd)}, warn: x.without(xd, "", "description")},
		{row: "S-7.3-03", ok: x.with(xd, "schema", `"https://example.com/schema.json"`, `"one property, rank, an integer"`)},
		{row: "S-7.3-04", ok: x.with(xd, "version", `"1.2.3"`, `"0.10.0"`), warn: x.wrong(xd, "version", "", `"1"`, `"one"`)},
		{row: "S-7.3-05",
			ok: []string{x.of(xd, "extension_types", `["new-sdo","new-sco","new-sro","property-extension"]`)},
			bad: slices.Concat(rowsFirst(x, xd, "extension_types", "S-7.3-05 S-2.4-01", `"new-smo"`, `"New-SDO"`, `"property_extension"`), x.wrong(xd, "extension_types", "S-7.3-05 S-2.12-01", `[]`),
				rowsFirst(x, xd, "extension_types", "S-7.3-05 S-2.12-01", `1`))},
		{row: "S-7.3-06",
			ok: []string{toplevel(`["rank"]`), x.of(xd, "extension_types", `["new-sdo","toplevel-property-extension"]`, "extension_properties", `["rank"]`)},
			bad: append(x.wrong(xd, "extension_properties", "", `["rank"]`),
				rowsCase{x.of(xd, "extension_types", `["new-sdo"]`, "extension_properties", `["rank"]`), "", "/extension_properties"})},
		{row: "S-7.3-07",
			ok:   []string{toplevel(`["rank"]`), x.of(xd)},
			warn: []rowsCase{{x.of(xd, "extension_types", `["toplevel-property-extension"]`), "", " or /extension_types or /extension_types/0"}}},
		{row: "S-7.3-08", ok: []string{toplevel(`["rank"]`)}, bad: names("", "name", "created_by_ref", "pattern")},
		{row: "S-7.3-15",
			ok:  []string{toplevel(`["rank","abc","x_9"]`)},
			bad: names("S-7.3-15 S-3.1-01 S-3.1-02 S-3.1-04", "Rank", "ab", "x-y", "é_x", "", rowsHex(251))},
	}
}

// Rows of §7.3 about the use of an extension.
func rowsExtensionUse(x rowsObjects) []rowsRow {
	extended := func(typ, value string, members ...string) string {
		return x.of(typ, append(members, "extensions", `{"`+rowsExt+`":`+value+`}`)...)
	}
	const at = "/extensions/" + rowsExt
	const sdo, sco, sro, inside, toplevel = `{"extension_type":"new-sdo"}`, `{"extension_type":"new-sco"}`, `{"extension_type":"new-sro"}`,
		`{"extension_type":"property-extension","rank":1}`, `{"extension_type":"toplevel-property-extension"}`
	lacks := func(value string, properties ...string) (cases []rowsCase) {
		for _, p := range properties {
			cases = append(cases, rowsCase{extended("x-acme-thing", value, p, ""), "S-7.3-10 S-3.2-02", ""})
		}
		return cases
	}
	types := func(codes string, members string, types ...string) (cases []rowsCase) {
		for _, typ := range types {
			cases = append(cases, rowsCase{x.of(typ, "extensions", members), codes, "/type or /id"})
		}
		return cases
	}
	const typeCodes = "S-7.3-17 S-11.2-02 S-3.1-01 S-3.1-02 S-3.1-04 S-2.9-01"
	bad := []string{"my--type", "My-Type", "9ab", "ab", "my_type", "mytypé", "my.type", rowsHex(251)}
	return []rowsRow{
		{row: "S-7.3-09",
			ok:  []string{extended("indicator", inside), extended("ipv4-addr", inside)},
			bad: []rowsCase{{extended("indicator", `{"rank":1}`), "S-7.3-09 S-3.2-20", at}, {extended("relationship", `{"rank":1}`), "S-7.3-09 S-3.2-20", at}}},
		{row: "S-7.3-10",
			ok: []string{extended("x-acme-thing", sdo), extended("x-acme-thing", sro), extended("x-acme-observable", sco), extended("x-acme-thing", sdo, "confidence", "1", "lang", `"en"`)},
			bad: append(append(lacks(sdo, "modified", "created", "spec_version", "id"), lacks(sro, "modified", "created", "spec_version")...),
				rowsCase{extended("x-acme-thing", sdo, "defanged", "true"), "S-7.3-10 S-3.2-17 S-3.2-21", "/defanged"},
				rowsCase{extended("x-acme-observable", sco, "labels", `["a"]`), "S-7.3-10 S-3.2-21", "/labels"},
				rowsCase{extended("x-acme-observable", sco, "id", ""), "S-7.3-10 S-3.3-01", ""},
				rowsCase{extended("x-acme-thing", sdo, "confidence", "101"), "S-7.3-10 S-3.2-11", "/confidence"},
				rowsCase{extended("x-acme-thing", sro, "created_by_ref", rowsRef("malware")), "S-7.3-10 S-3.2-03 S-E-01 S-3.3-04", "/created_by_ref"})},
		{row: "S-7.3-11",
			ok: []string{extended("indicator", inside), extended("indicator", toplevel, "rank", "1"), extended("indicator", inside[:len(inside)-1]+`,"nested":{"one":[1]}}`)}},
		{row: "S-11.1-01",
			ok:   []string{extended("indicator", inside), extended("indicator", toplevel, "rank", "1")},
			warn: append(x.wrong("indicator", "x_acme_com_rank", "S-11.1-01 S-7.3-11", "1"), x.wrong("ipv4-addr", "x_acme_com_rank", "S-11.1-01 S-7.3-11", "1")...)},
		{row: "S-7.3-15 in use", bad: []rowsCase{
			{extended("indicator", `{"extension_type":"property-extension","Rank":1}`), "S-7.3-15 S-3.1-01", at + "/Rank"},
			{extended("indicator", `{"extension_type":"property-extension","x-y":1}`), "S-7.3-15 S-3.1-01", at + "/x-y"},
			{extended("indicator", `{"extension_type":"property-extension","ab":1}`), "S-7.3-15 S-3.1-04", at + "/ab"},
			{extended("indicator", toplevel, "x-y", "1"), "S-7.3-15 S-11.1-02 S-3.1-01", "/x-y"}}},
		{row: "S-7.3-17", ok: []string{extended("x-acme-thing", sdo), extended("abc", sdo), extended("acme9-thing", sdo)}, bad: types(typeCodes, `{"`+rowsExt+`":`+sdo+`}`, bad...)},
		{row: "S-7.3-18",
			ok:  []string{extended("x-acme-thing", sdo)},
			bad: []rowsCase{{extended("x-acme-thing", sdo, "id", `"x-acme-other--`+rowsUUID+`"`), "S-7.3-18 S-2.9-01", "/id"}, {extended("x-acme-thing", sdo, "id", `"x-acme-thing--1"`), "S-7.3-18 S-2.9-02", "/id"}}},
		{row: "S-7.3-19", ok: []string{extended("indicator", inside)}},
		{row: "S-7.3-20", ok: []string{extended("x-acme-thing", sdo), extended("x-acme-thing", sro), extended("x-acme-observable", sco), extended("indicator", toplevel, "rank", "1")}},
		{row: "S-11.2-02", ok: []string{x.of("x-acme-thing"), x.of("abc")}, bad: types(typeCodes, "", bad...)},
	}
}

// Rows of §8 and §11 that the object alone decides.
func rowsCustom(x rowsObjects) []rowsRow {
	extended := func(typ, key, value string) string { return x.of(typ, "extensions", `{"`+key+`":`+value+`}`) }
	bare := edit(x.t, x.of("x-acme-thing"), "x_acme_com_level", "")
	const at, ext = "/extensions/", "x-acme-com-foo-ext"
	return []rowsRow{
		{row: "S-8-02", ok: []string{x.of("indicator")},
			bad: []rowsCase{{`{"type":"bundle","id":"bundle--` + rowsUUID + `","objects":[` + address + `]}`, "", "/type"}, {`{"type":"bundle","id":"bundle--` + rowsUUID + `"}`, "", "/type"}}},
		{row: "S-8-05", ok: []string{x.of("relationship")},
			bad: append(x.wrong("relationship", "target_ref", "S-8-05 S-5.1-03 S-E-09 S-3.3-04", rowsRef("bundle")), x.wrong("relationship", "source_ref", "S-8-05 S-5.1-03 S-E-09 S-3.3-04", rowsRef("bundle"))...)},
		{row: "S-11.1-03", ok: x.with("indicator", "x_acme_com_prop", "1"), warn: x.wrong("indicator", "my_prop", "", "1")},
		{row: "S-11.1-04",
			ok:  []string{x.of("indicator", "x_acme_com_hex", `"00ff"`), x.of("indicator", "x_acme_com_bin", `"VGVzdA=="`)},
			bad: slices.Concat(x.wrong("indicator", "x_a_hex", "S-11.1-04 S-2.8-01", `"zz"`, `"abc"`, `"FF"`), x.wrong("indicator", "x_a_bin", "S-11.1-04 S-2.1-02", `"@@@"`, `"abc"`))},
		{row: "S-11.2-01",
			ok: []string{x.of("x-acme-thing"), x.of("x-acme-observable")},
			bad: append(x.without("x-acme-thing", "", "modified", "created", "id"), rowsCase{bare, "", ""}, rowsCase{`{"type":"x-acme-thing","id":"x-acme-thing--` + rowsUUID + `"}`, "", ""},
				rowsCase{x.of("x-acme-thing", "labels", `"a"`), "S-11.2-01 S-2.12-01", "/labels"})},
		{row: "S-11.2-03", ok: []string{x.of("x-acme-thing")}, warn: []rowsCase{{x.of("acme-thing"), "", "/type"}}},
		{row: "S-11.2-04",
			ok:  []string{x.of("x-acme-thing", "level", "1")},
			bad: rowsNames(x, "x-acme-thing", "S-11.2-04 S-11.1-02 S-3.1-01 S-3.1-02 S-3.1-04")},
		{row: "S-11.3-01",
			ok:  []string{extended("ipv4-addr", ext, `{"foo_val":1}`), extended("file", ext, `{"foo_val":1}`)},
			bad: []rowsCase{{extended("indicator", ext, `{"foo_val":1}`), "", at + ext}, {extended("relationship", ext, `{"foo_val":1}`), "", at + ext}}},
		{row: "S-11.3-02",
			ok: []string{extended("ipv4-addr", ext, `{"foo_val":1}`), extended("ipv4-addr", "x-a9-ext", `{"foo_val":1}`)},
			bad: []rowsCase{{extended("ipv4-addr", "x-foo", `{"foo_val":1}`), "", at + "x-foo"}, {extended("ipv4-addr", "x-Foo-ext", `{"foo_val":1}`), "", at + "x-Foo-ext"},
				{extended("ipv4-addr", "x_foo-ext", `{"foo_val":1}`), "", at + "x_foo-ext"}, {extended("ipv4-addr", rowsHex(247)+"-ext", `{"foo_val":1}`), "S-11.3-02 S-2.3-03", at + rowsHex(247) + "-ext"}}},
		{row: "S-11.3-03", ok: []string{extended("ipv4-addr", ext, `{"foo_val":1}`)}, warn: []rowsCase{{extended("ipv4-addr", "foo-ext", `{"foo_val":1}`), "", at + "foo-ext"}}},
		{row: "S-11.3-04",
			ok: []string{extended("ipv4-addr", ext, `{"foo_val":1}`)},
			bad: []rowsCase{{extended("ipv4-addr", ext, `{}`), "S-11.3-04 S-2.3-05", at + ext}, {extended("ipv4-addr", ext, `{"Foo":1}`), "S-11.3-04 S-3.1-01", at + ext + "/Foo"},
				{extended("ipv4-addr", ext, `{"foo-val":1}`), "S-11.3-04 S-3.1-01", at + ext + "/foo-val"}}},
	}
}
