package stix_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// rowsRow is one requirement, told in objects. Every case breaks one rule and no other.
type rowsRow struct {
	row  string
	ok   []string   // no error, and nothing at all under this row
	bad  []rowsCase // an error
	warn []rowsCase // a warning and no error
	seen []rowsCase // an error or a warning: the text leaves open which
}

// rowsCase is an object and what must be said about it.
type rowsCase struct {
	object string
	codes  string // the rows that state the broken rule, separated by spaces; empty is the row itself
	at     string // where: JSON pointers, separated by " or " where the text leaves a choice
}

func (c rowsCase) about(f stix.Finding, row string) (code, pointer bool) {
	codes := []string{row}
	if c.codes != "" {
		codes = strings.Fields(c.codes)
	}
	return slices.Contains(codes, f.Code), slices.Contains(strings.Split(c.at, " or "), f.Pointer)
}

func TestRows(t *testing.T) {
	for _, r := range rowsAll(rowsObjects{t}) {
		t.Run(r.row, func(t *testing.T) {
			require.NotZero(t, len(r.ok)+len(r.bad)+len(r.warn)+len(r.seen), "a row without cases")
			for i, object := range r.ok {
				t.Run(fmt.Sprint("ok ", i), func(t *testing.T) { r.accepts(t, object) })
			}
			for i, c := range r.bad {
				t.Run(fmt.Sprint("bad ", i), func(t *testing.T) { r.reports(t, c, stix.Error) })
			}
			for i, c := range r.warn {
				t.Run(fmt.Sprint("warn ", i), func(t *testing.T) { r.reports(t, c, stix.Warning) })
			}
			for i, c := range r.seen {
				t.Run(fmt.Sprint("seen ", i), func(t *testing.T) { r.reports(t, c, stix.Warning, stix.Error) })
			}
		})
	}
}

func (r rowsRow) accepts(t *testing.T, object string) {
	_, findings := newReader(t).Read([]byte(object))
	for _, f := range findings {
		assert.NotEqual(t, stix.Error, f.Severity, "%v in %s", f, object)
		assert.NotEqual(t, r.row, f.Code, "%v in %s", f, object)
	}
}

func (r rowsRow) reports(t *testing.T, c rowsCase, severities ...stix.Severity) {
	_, findings := newReader(t).Read([]byte(c.object))
	found := false
	for _, f := range findings {
		code, pointer := c.about(f, r.row)
		found = found || code && pointer && slices.Contains(severities, f.Severity)
		if f.Severity == stix.Error {
			assert.True(t, code && slices.Contains(severities, stix.Error), "not this: %v in %s", f, c.object)
		}
	}
	assert.True(t, found, "nothing about %s %s at %q in %s, only %v", r.row, c.codes, c.at, c.object, findings)
}

// Whatever is reported can be acted on.
func TestRowsFindings(t *testing.T) {
	for _, r := range rowsAll(rowsObjects{t}) {
		for _, c := range slices.Concat(r.bad, r.warn, r.seen) {
			_, findings := newReader(t).Read([]byte(c.object))
			for _, f := range findings {
				assert.Greater(t, len(f.Message), 15, "%v: say what would be right", f)
				assert.LessOrEqual(t, utf8.RuneCountInString(f.Value), 61, f.String())
				assert.True(t, utf8.ValidString(f.Value+f.Pointer+f.Message), f.String())
				assert.True(t, rowsResolves(c.object, f.Pointer), "%v: no such place in %s", f, c.object)
			}
		}
	}
}

// rowsResolves evaluates a JSON pointer (RFC 6901). Text that is no JSON has no places to check.
func rowsResolves(object, pointer string) bool {
	var at any
	if !utf8.ValidString(object) || json.Unmarshal([]byte(object), &at) != nil || pointer == "" {
		return true
	}
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for _, token := range strings.Split(pointer, "/")[1:] {
		switch v := at.(type) {
		case map[string]any:
			inside, ok := v[unescape.Replace(token)]
			if !ok {
				return false
			}
			at = inside
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) {
				return false
			}
			at = v[i]
		default:
			return false
		}
	}
	return true
}

const (
	rowsUUID  = "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
	rowsOther = "5aa3c3a1-3c5f-4e5f-8f0a-7d3d8a3a1f11"
	rowsTimes = `"created":"2026-01-31T12:00:00.000Z","modified":"2026-01-31T12:00:00.000Z"`
	rowsExt   = "extension-definition--d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e"
)

// rowsRef is a reference, with its quotes, to some object of a type.
func rowsRef(typ string) string { return `"` + typ + "--" + rowsOther + `"` }

// rowsObjects makes objects: the least that a type allows, and then what a case is about.
type rowsObjects struct{ t testing.TB }

// of is a minimal object of a type with members set or, where the value is empty, removed.
func (x rowsObjects) of(typ string, members ...string) string {
	own, known := rowsOwn[typ]
	if !known {
		own = `"x_acme_com_level":1`
	}
	if !strings.Contains(rowsObservables, " "+typ+" ") {
		own += `,"spec_version":"2.1",` + rowsTimes
	}
	if typ == "marking-definition" {
		members = append([]string{"modified", ""}, members...)
	}
	return edit(x.t, `{"type":"`+typ+`","id":"`+typ+"--"+rowsUUID+`",`+own+`}`, members...)
}

// with are objects that differ in one property.
func (x rowsObjects) with(typ, property string, values ...string) (objects []string) {
	for _, v := range values {
		objects = append(objects, x.of(typ, property, v))
	}
	return objects
}

// wrong are cases that differ in one property and are reported there.
func (x rowsObjects) wrong(typ, property, codes string, values ...string) (cases []rowsCase) {
	for _, object := range x.with(typ, property, values...) {
		cases = append(cases, rowsCase{object, codes, "/" + property})
	}
	return cases
}

// without are cases that lack one property each.
func (x rowsObjects) without(typ, codes string, properties ...string) (cases []rowsCase) {
	for _, p := range properties {
		cases = append(cases, rowsCase{x.of(typ, p, ""), codes, ""})
	}
	return cases
}

const rowsObservables = " artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex " +
	"network-traffic process software url user-account windows-registry-key x509-certificate x-acme-observable "

// rowsOwn are the members that the types require, and one where any of several would do.
var rowsOwn = map[string]string{
	"attack-pattern": `"name":"x"`, "campaign": `"name":"x"`, "course-of-action": `"name":"x"`, "identity": `"name":"x"`,
	"incident": `"name":"x"`, "infrastructure": `"name":"x"`, "intrusion-set": `"name":"x"`, "threat-actor": `"name":"x"`,
	"tool": `"name":"x"`, "vulnerability": `"name":"x"`, "location": `"region":"asia"`, "malware": `"is_family":false`,
	"grouping":         `"context":"unspecified","object_refs":["identity--` + rowsOther + `"]`,
	"indicator":        `"pattern":"[ipv4-addr:value = '198.51.100.7']","pattern_type":"stix","valid_from":"2026-01-31T12:00:00Z"`,
	"malware-analysis": `"product":"x-tool","result":"benign"`,
	"note":             `"content":"x","object_refs":["identity--` + rowsOther + `"]`,
	"observed-data": `"first_observed":"2026-01-31T12:00:00Z","last_observed":"2026-01-31T12:00:00Z","number_observed":1,
		"object_refs":["ipv4-addr--` + rowsOther + `"]`,
	"opinion":      `"opinion":"agree","object_refs":["identity--` + rowsOther + `"]`,
	"report":       `"name":"x","published":"2026-01-31T12:00:00Z","object_refs":["identity--` + rowsOther + `"]`,
	"relationship": `"relationship_type":"uses","source_ref":"malware--` + rowsOther + `","target_ref":"tool--` + rowsOther + `"`,
	"sighting":     `"sighting_of_ref":"indicator--` + rowsOther + `"`,

	"artifact": `"payload_bin":"VGVzdA=="`, "autonomous-system": `"number":15139`, "directory": `"path":"/tmp"`,
	"domain-name": `"value":"example.com"`, "email-addr": `"value":"jo@example.com"`, "email-message": `"is_multipart":false`,
	"file": `"name":"x.txt"`, "ipv4-addr": `"value":"198.51.100.3"`, "ipv6-addr": `"value":"2001:db8::1"`,
	"mac-addr": `"value":"d2:fb:49:24:37:18"`, "mutex": `"name":"x"`, "process": `"pid":1`, "software": `"name":"x"`,
	"network-traffic": `"protocols":["tcp"],"src_ref":"ipv4-addr--` + rowsOther + `"`,
	"url":             `"value":"https://example.com/"`, "user-account": `"display_name":"x"`,
	"windows-registry-key": `"number_of_subkeys":1`, "x509-certificate": `"subject":"x"`,

	"extension-definition": `"created_by_ref":"identity--` + rowsOther + `","name":"x","description":"x","schema":"https://example.com/s.json",
		"version":"1.2.3","extension_types":["property-extension"]`,
	"language-content":   `"object_ref":"campaign--` + rowsOther + `","contents":{"de":{"name":"x"}}`,
	"marking-definition": `"definition_type":"statement","definition":{"statement":"x"}`,
}
