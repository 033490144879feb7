package stix_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// rowsGroup is some objects that are each right, and which of them is wrong beside the others.
type rowsGroup struct {
	row, name string
	objects   []string
	offender  int // the place of the one to report; nobody if it is negative; anyone of all if it is len(objects)
	codes, at string
}

const nobody = -1

func TestRowsTogether(t *testing.T) {
	for _, g := range rowsTogether(rowsObjects{t}) {
		t.Run(g.row+" "+g.name, func(t *testing.T) { g.check(t, g.objects) })
	}
}

// Objects come in whatever order.
func TestRowsTogetherInReverse(t *testing.T) {
	for _, g := range rowsTogether(rowsObjects{t}) {
		t.Run(g.row+" "+g.name, func(t *testing.T) {
			reversed := slices.Clone(g.objects)
			slices.Reverse(reversed)
			if 0 <= g.offender && g.offender < len(reversed) {
				g.offender = len(reversed) - 1 - g.offender
			}
			if g.row == "S-3.6-06" && g.offender != nobody {
				g.offender = len(reversed) // neither is the earlier one
			}
			g.check(t, reversed)
		})
	}
}

func (g rowsGroup) check(t *testing.T, texts []string) {
	r := newReader(t)
	var objects []stix.Object
	for _, text := range texts {
		o, findings := r.Read([]byte(text))
		f, rejected := stix.Rejects(findings)
		require.False(t, rejected, "each is right alone: %v in %s", f, text)
		objects = append(objects, o)
	}
	all := r.CheckTogether(objects)
	require.Len(t, all, len(objects), "findings for each object")
	reported := 0
	for i, findings := range all {
		for _, f := range findings {
			if f.Severity != stix.Error {
				continue
			}
			code, pointer := rowsCase{codes: g.codes, at: g.at}.about(f, g.row)
			assert.True(t, g.offender == i || g.offender == len(texts), "nothing is wrong with object %d: %v", i, f)
			assert.True(t, code, f.String())
			assert.True(t, pointer, "expected %q: %v", g.at, f)
			assert.True(t, rowsResolves(texts[i], f.Pointer), "%v: no such place", f)
			assert.Greater(t, len(f.Message), 15, f.String())
			reported++
		}
	}
	assert.Equal(t, g.offender != nobody, reported > 0, "%v", all)
}

func rowsTogether(x rowsObjects) []rowsGroup {
	return slices.Concat(rowsVersions(x), rowsSameVersion(x), rowsUUIDs(x), rowsCircles(x), rowsTranslations(x))
}

// Members that make versions of one object.
const (
	rowsFirstVersion  = `"2026-01-31T12:00:00.000Z"`
	rowsSecondVersion = `"2026-02-01T12:00:00.000Z"`
	rowsThirdVersion  = `"2026-03-01T12:00:00.000Z"`
)

// Rows of §3.2 to §3.6 about versions of one object.
func rowsVersions(x rowsObjects) []rowsGroup {
	of := func(modified string, members ...string) string {
		return x.of("campaign", append(members, "modified", modified)...)
	}
	us, them := []string{"created_by_ref", rowsRef("identity")}, []string{"created_by_ref", `"` + someIdentity + `"`}
	revoked := []string{"revoked", "true"}
	const creator, ended = "S-3.6-07 S-3.5-03 S-3.6-13", "S-3.6-11 S-3.2-08"
	return []rowsGroup{
		{"S-3.2-05", "created never changes", []string{of(rowsFirstVersion), of(rowsSecondVersion, "created", `"2026-01-31T12:00:00.001Z"`)}, 1, "", "/created"},
		{"S-3.2-05", "the same instant in other digits", []string{of(rowsFirstVersion), of(rowsSecondVersion, "created", `"2026-01-31T12:00:00.0000Z"`)}, nobody, "", ""},
		{"S-3.2-05", "other objects have other times", []string{of(rowsFirstVersion), x.of("tool", "created", `"2026-01-30T12:00:00.000Z"`, "id", rowsRef("tool"))}, nobody, "", ""},
		{"S-3.3-02", "a reference to nothing here", []string{of(rowsFirstVersion, us...), x.of("relationship")}, nobody, "", ""},
		{"S-3.5-03", "another creator made a version", []string{of(rowsFirstVersion, us...), of(rowsSecondVersion, them...)}, 1, creator, "/created_by_ref"},
		{"S-3.6-02", "versions stand side by side", []string{of(rowsFirstVersion), of(rowsSecondVersion, "name", `"y"`), of(rowsThirdVersion, "description", `"z"`)}, nobody, "", ""},
		{"S-3.6-03", "the first version may be missing", []string{of(rowsSecondVersion), of(rowsThirdVersion)}, nobody, "", ""},
		{"S-3.6-04", "the later one may come first", []string{of(rowsThirdVersion, "name", `"y"`), of(rowsFirstVersion)}, nobody, "", ""},
		{"S-3.6-07", "the same creator", []string{of(rowsFirstVersion, us...), of(rowsSecondVersion, append(us, "name", `"y"`)...)}, nobody, "", ""},
		{"S-3.6-13", "another one revokes", []string{of(rowsFirstVersion, us...), of(rowsSecondVersion, append(them, revoked...)...)}, 1, creator, "/created_by_ref"},
		{"S-3.6-11", "a version after the end", []string{of(rowsFirstVersion), of(rowsSecondVersion, revoked...), of(rowsThirdVersion)}, 2, ended, " or /modified"},
		{"S-3.2-08", "revoked twice", []string{of(rowsFirstVersion, revoked...), of(rowsSecondVersion, revoked...)}, 1, ended, " or /modified"},
		{"S-3.6-11", "revoked at last", []string{of(rowsFirstVersion), of(rowsSecondVersion, revoked...)}, nobody, "", ""},
		{"S-3.6-11", "not revoked", []string{of(rowsFirstVersion, "revoked", "false"), of(rowsSecondVersion)}, nobody, "", ""},
	}
}

// Rows of §3.6 about one version in several copies.
func rowsSameVersion(x rowsObjects) []rowsGroup {
	campaign := x.of("campaign", "labels", `["a","b"]`)
	other := func(members ...string) string { return edit(x.t, campaign, members...) }
	spaced := strings.ReplaceAll(strings.ReplaceAll(campaign, ",", " ,\n"), ":", ": ")
	spaced = strings.NewReplacer("12: 00: 00", "12:00:00").Replace(spaced)
	backwards := `{"spec_version":"2.1","name":"\u0078","labels":["a","b"],` + rowsTimes + `,"id":"campaign--` + rowsUUID + `","type":"campaign"}`
	const same, update = "S-3.6-06", "S-3.6-06 S-3.2-07 S-3.6-05 S-3.6-09 S-3.6-10 S-3.6-12 S-7.2.2-02"
	conflict := func(name string, members ...string) rowsGroup {
		return rowsGroup{same, name, []string{campaign, other(members...)}, 1, update, " or /modified or /id"}
	}
	definition := x.of("marking-definition")
	return []rowsGroup{
		conflict("another value", "name", `"y"`), conflict("a property more", "description", `"y"`), conflict("a property less", "labels", ""),
		conflict("a list in another order", "labels", `["b","a"]`), conflict("S-3.6-12 revoked without a new modified", "revoked", "true"),
		conflict("S-7.2.2-02 marked without a new modified", "object_marking_refs", "["+rowsRef("marking-definition")+"]"),
		conflict("S-3.6-10 a custom property more", "x_acme_com_a", "1"),
		{"S-7.2-02", "a marking-definition has no versions", []string{definition, edit(x.t, definition, "definition", `{"statement":"y"}`)}, 2, "S-7.2-02 S-3.6-06", " or /created or /id or /definition or /definition/statement"},
		{"S-8-07", "the same twice", []string{campaign, campaign}, nobody, "", ""},
		{"S-8-07", "the same in other white space, order and escapes", []string{campaign, spaced, backwards}, nobody, "", ""},
		{"S-3.6-09", "revoked false is the same as nothing", []string{campaign, other("revoked", "false")}, nobody, "", ""},
		{"S-3.6-09", "the version of an observable is 2.1 by default", []string{address, edit(x.t, address, "spec_version", `"2.1"`)}, nobody, "", ""},
		{"S-3.6-09", "defanged false is the same as nothing", []string{address, edit(x.t, address, "defanged", "false")}, nobody, "", ""},
		{"S-3.6-09", "so is a sighting's summary", []string{x.of("sighting"), x.of("sighting", "summary", "false")}, nobody, "", ""},
	}
}

// Rows of §2.9 about UUIDs in several objects.
func rowsUUIDs(x rowsObjects) []rowsGroup {
	us, them := []string{"created_by_ref", rowsRef("identity")}, []string{"created_by_ref", `"` + someIdentity + `"`}
	const derived = "28bb3599-77cd-5a82-a950-b5bc3caf07c4"
	return []rowsGroup{
		{"S-2.9-03", "one creator, two types", []string{x.of("malware", us...), x.of("indicator", us...)}, 2, "", "/id"},
		{"S-2.9-03", "two creators", []string{x.of("malware", us...), x.of("indicator", them...)}, nobody, "", ""},
		{"S-2.9-03", "one creator, two UUIDs", []string{x.of("malware", us...), x.of("indicator", append(us, "id", rowsRef("indicator"))...)}, nobody, "", ""},
		{"S-2.9-03", "one object in two versions", []string{x.of("malware", us...), x.of("malware", append(us, "modified", rowsSecondVersion)...)}, nobody, "", ""},
		{"S-2.9-05", "an indicator with the UUID of its address", []string{x.of("ipv4-addr", "id", `"ipv4-addr--`+derived+`"`), x.of("indicator", "id", `"indicator--`+derived+`"`)}, 1, "S-2.9-05 S-2.9-03", "/id"},
	}
}

// Rows about marking-definitions that mark each other.
func rowsCircles(x rowsObjects) []rowsGroup {
	marking := func(own, marks string) string {
		return x.of("marking-definition", "id", `"marking-definition--`+own+`"`, "object_marking_refs", `["marking-definition--`+marks+`"]`)
	}
	partly := x.of("marking-definition", "id", rowsRef("marking-definition"), "granular_markings", `[{"marking_ref":"marking-definition--`+rowsUUID+`","selectors":["definition"]}]`)
	const third = "0d2f5a1c-6f0f-4c5c-9d0a-4b7e1f2a3c4d"
	const at, codes = "/object_marking_refs/0 or /object_marking_refs or  or /granular_markings/0/marking_ref", "S-3.2-16 S-7.2-09"
	return []rowsGroup{
		{"S-3.2-16", "two in a circle", []string{marking(rowsUUID, rowsOther), marking(rowsOther, rowsUUID)}, 2, codes, at},
		{"S-7.2-09", "three in a circle", []string{marking(rowsUUID, rowsOther), marking(rowsOther, third), marking(third, rowsUUID)}, 3, codes, at},
		{"S-3.2-16", "one whole, one in part", []string{marking(rowsUUID, rowsOther), partly}, 2, codes, at},
		{"S-3.2-16", "a chain", []string{marking(rowsUUID, rowsOther), marking(rowsOther, third), x.of("indicator", "object_marking_refs", `["marking-definition--`+rowsUUID+`"]`)}, nobody, "", ""},
		{"S-3.2-16", "two that lead to one", []string{marking(rowsUUID, third), marking(rowsOther, third), x.of("marking-definition", "id", `"marking-definition--`+third+`"`)}, nobody, "", ""},
	}
}

// Rows of §7.1 about a translation and what it translates.
func rowsTranslations(x rowsObjects) []rowsGroup {
	target := x.of("campaign", "id", rowsRef("campaign"), "labels", `["a","b"]`, "external_references", `[{"source_name":"x","description":"y"}]`,
		"x_acme_com_text", `{"deep":{"list":["a"]}}`)
	says := func(german string, members ...string) []string {
		return []string{target, x.of("language-content", append(members, "contents", `{"de":`+german+`}`)...)}
	}
	const at = "/contents/de"
	newer := edit(x.t, target, "modified", rowsSecondVersion, "labels", `["a"]`)
	return []rowsGroup{
		{"S-7.1-03", "of this version", says(`{"name":"x"}`, "object_modified", rowsFirstVersion), nobody, "", ""},
		{"S-7.1-03", "of no version", says(`{"name":"x"}`, "object_modified", rowsSecondVersion), 1, "", "/object_modified"},
		{"S-7.1-03", "of an older version", append(says(`{"labels":["x","y"]}`, "object_modified", rowsFirstVersion), newer), nobody, "", ""},
		{"S-7.1-03", "of what has no modified", []string{x.of("marking-definition", "id", rowsRef("marking-definition")),
			x.of("language-content", "object_ref", rowsRef("marking-definition"), "contents", `{"de":{"definition":{"statement":"x"}}}`, "object_modified", rowsFirstVersion)}, 1, "", "/object_modified"},
		{"S-7.1-06", "a string", says(`{"name":"x"}`), nobody, "", ""},
		{"S-7.1-06", "a list for a string", says(`{"name":["x"]}`), 1, "", at + "/name"},
		{"S-7.1-06", "an object for a string", says(`{"name":{"x":"y"}}`), 1, "", at + "/name"},
		{"S-7.1-07", "as many", says(`{"labels":["x","y"]}`), nobody, "", ""},
		{"S-7.1-07", "too few", says(`{"labels":["x"]}`), 1, "", at + "/labels"},
		{"S-7.1-07", "too many", says(`{"labels":["x","y","z"]}`), 1, "", at + "/labels"},
		{"S-7.1-07", "a string for a list", says(`{"labels":"x"}`), 1, "", at + "/labels"},
		{"S-7.1-07", "too few, deep down", says(`{"x_acme_com_text":{"deep":{"list":["a","b"]}}}`), 1, "", at + "/x_acme_com_text/deep/list"},
		{"S-7.1-07", "of the latest version", append(says(`{"labels":["x"]}`), newer), nobody, "", ""},
		{"S-7.1-08", "not translated", says(`{"labels":["x",""]}`), nobody, "", ""},
		{"S-7.1-08", "a number for a string", says(`{"labels":["x",1]}`), 1, "S-7.1-08 S-7.1-07 S-7.1-06", at + "/labels/1"},
		{"S-7.1-09", "a part of an object", says(`{"external_references":[{"description":"x"}],"x_acme_com_text":{"deep":{"list":["b"]}}}`), nobody, "", ""},
		{"S-7.1-09", "a string for an object", says(`{"external_references":["x"]}`), 1, "S-7.1-09 S-7.1-07", at + "/external_references/0"},
		{"S-7.1-09", "a list for an object", says(`{"x_acme_com_text":["x"]}`), 1, "", at + "/x_acme_com_text"},
		{"S-7.1-10", "what the target does not have", says(`{"name":"x","description":"x","x_more":["x"]}`), nobody, "", ""},
		{"S-7.1-02", "a target that is not here", says(`{"labels":["x"]}`, "object_ref", `"campaign--`+rowsUUID+`"`), nobody, "", ""},
	}
}
