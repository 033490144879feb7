package stix_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/stix"
)

// Every tolerance lets pass the codes that it names, no others, and every one of them: what the
// documents promise to a source is what its objects get.
func TestTolerancesLetPassWhatTheyName(t *testing.T) {
	r := newReader(t, stix.DefaultTolerances()...)
	passed := map[string][]string{}
	note := func(findings []stix.Finding) {
		for _, f := range findings {
			if f.Tolerance != "" && !slices.Contains(passed[f.Tolerance], f.Code) {
				passed[f.Tolerance] = append(passed[f.Tolerance], f.Code)
			}
		}
	}
	read := func(text string) stix.Object {
		o, findings := r.Read([]byte(text))
		note(findings)
		return o
	}
	for _, text := range []string{ // what the tables of rows have no example of
		edit(t, indicator, "type", `"x-acme"`, "id", `"x-acme--`+hostileUUID+`"`, "extensions", `{"`+rowsExt+`":{"extension_type":"new-sdo"}}`,
			"name", "", "description", "", "pattern", "", "pattern_type", "", "valid_from", ""),
		edit(t, indicator, "extensions", `{"extension-definition--x":{"extension_type":"property-extension","abc":1}}`),
		edit(t, indicator, "type", `"malware"`, "id", `"malware--`+hostileUUID+`"`),
		edit(t, indicator, "pattern", `"[file:name = 'x' AND url:value = 'y']"`),
		`{"type":"file","id":"file--` + hostileUUID + `","hashes":{"X-ACME":"aa"}}`,
	} {
		read(text)
	}
	for _, row := range rowsAll(rowsObjects{t}) {
		for _, c := range row.bad {
			read(c.object)
		}
	}
	for _, c := range objAll() {
		if c.base != "" {
			read(objBuild(t, c.base, c.members))
		}
	}
	for _, g := range rowsTogether(rowsObjects{t}) {
		objects := make([]stix.Object, len(g.objects))
		for i, text := range g.objects {
			objects[i] = read(text)
		}
		for _, findings := range r.CheckTogether(objects) {
			note(findings)
		}
	}
	for _, known := range stix.Tolerances() {
		assert.ElementsMatch(t, known.Codes, passed[known.Name], known.Name)
	}
}

// A tolerance forgives what its reason speaks of, and nothing else under the same code.
func TestTolerancesGoNoFurther(t *testing.T) {
	message := func(headers string) string {
		return `{"type":"email-message","id":"email-message--` + hostileUUID + `","is_multipart":false,"additional_header_fields":` + headers + "}"
	}
	location := func(members string) string {
		return edit(t, indicator, "type", `"location"`, "id", `"location--`+hostileUUID+`"`, "name", "", "description", "", "pattern", "", "pattern_type", "", "valid_from", "", members, `"x"`)
	}
	r := newReader(t, stix.DefaultTolerances()...)
	for _, tt := range []struct{ name, object, code string }{
		{"S-6.6-04 a header that is a number", message(`{"X-A":5}`), "S-6.6-04"},
		{"S-6.6-04 a header that is null", message(`{"X-A":null}`), "S-6.6-04"},
		{"S-6.6-04 a header that is an object", message(`{"X-A":{"b":"c"}}`), "S-6.6-04"},
		{"S-4.10-01 a location without any place", location("x_acme"), "S-4.10-01"},
	} {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.code, rejection(t, r, tt.object).Code) })
	}
	accepted(t, r, message(`{"X-A":"b"}`))
	accepted(t, r, location("city"))
	accepted(t, r, location("name"))
}
