package stix_test

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// objVerdict is what a strict reader must say of a case.
type objVerdict string

const (
	objOK   objVerdict = "ok"   // no error, and nothing from the row itself
	objBad  objVerdict = "bad"  // an error of the row, and no error of another row
	objWarn objVerdict = "warn" // a warning of the row, and no error
)

// objCase is one example of a requirement row.
type objCase struct {
	rows    string // the row; after spaces, rows whose codes say the same (path.Match patterns)
	want    objVerdict
	name    string
	base    string // a type of objMinimal; "-name" after a space takes a property away
	members string // JSON members to set; "@file" stands for the id of some file
	at      string // pointers of which one is named, separated by spaces; "." or nothing is the object
}

func (c objCase) row() string { return strings.Fields(c.rows)[0] }

// objRun reads every case strictly.
func objRun(t *testing.T, cases []objCase) {
	t.Helper()
	strict := newReader(t)
	for _, c := range cases {
		t.Run(c.row()+" "+string(c.want)+" "+c.name, func(t *testing.T) {
			raw := objBuild(t, c.base, c.members)
			_, findings := strict.Read([]byte(raw))
			objCheck(t, c, findings, raw)
		})
	}
}

// objCheck compares findings with what a case says.
func objCheck(t *testing.T, c objCase, findings []stix.Finding, raw string) {
	t.Helper()
	found := false
	for _, f := range findings {
		ours := objMatches(c.rows, f.Code)
		switch c.want {
		case objBad:
			found = found || ours && f.Severity == stix.Error && objAt(c.at, f.Pointer)
			assert.True(t, ours || f.Severity != stix.Error, "another error: %s %v\n%s", f.Code, f, raw)
		case objWarn:
			found = found || ours && f.Severity == stix.Warning && objAt(c.at, f.Pointer)
			assert.NotEqual(t, stix.Error, f.Severity, "%v\n%s", f, raw)
		case objOK:
			assert.NotEqual(t, stix.Error, f.Severity, "%v\n%s", f, raw)
			assert.NotEqual(t, c.row(), f.Code, "%v\n%s", f, raw)
		}
		assert.NotEmpty(t, f.Message)
	}
	if c.want != objOK {
		assert.True(t, found, "no %s of %s at %q in %v\n%s", c.want, c.rows, c.at, findings, raw)
	}
}

func objMatches(rows, code string) bool {
	for _, row := range strings.Fields(rows) {
		if ok, _ := path.Match(row, code); ok {
			return true
		}
	}
	return false
}

func objAt(at, pointer string) bool {
	for _, p := range strings.Fields(at) {
		if p == pointer || p == "." && pointer == "" {
			return true
		}
	}
	return at == "" && pointer == ""
}

// objBuild makes an object: the minimal one of a type, less some properties, with others set.
func objBuild(t testing.TB, base, members string) string {
	t.Helper()
	words := strings.Fields(base)
	object := objSmallest(t, words[0])
	for _, word := range words[1:] {
		delete(object, strings.TrimPrefix(word, "-"))
	}
	objSet(t, object, members)
	out, err := json.Marshal(object)
	require.NoError(t, err)
	return string(out)
}

// objSmallest is the smallest valid object of a type.
func objSmallest(t testing.TB, typ string) map[string]json.RawMessage {
	t.Helper()
	object := map[string]json.RawMessage{}
	objSet(t, object, fmt.Sprintf(`"type":%q,"id":%q`, typ, objID(typ+":own")))
	if !objObservable(typ) {
		objSet(t, object, `"spec_version":"2.1","created":"2026-01-31T12:00:00.000Z","modified":"2026-02-01T12:00:00.000Z"`)
	}
	if typ == "marking-definition" {
		delete(object, "modified")
	}
	members, ok := objMinimal[typ]
	require.True(t, ok, "no minimal %s", typ)
	objSet(t, object, members)
	return object
}

func objSet(t testing.TB, object map[string]json.RawMessage, members string) {
	t.Helper()
	set := map[string]json.RawMessage{}
	text := objReference.ReplaceAllStringFunc(members, func(s string) string { return `"` + objID(s[2:len(s)-1]) + `"` })
	require.NoError(t, json.Unmarshal([]byte("{"+text+"}"), &set), members)
	for name, value := range set {
		object[name] = value
	}
}

var objReference = regexp.MustCompile(`"@[a-z][a-z0-9-]*(:[a-z0-9]+)?"`)

// objID is an identifier (UUIDv4) of a type; what follows a colon tells apart several of one.
func objID(name string) string {
	typ, _, _ := strings.Cut(name, ":")
	return fmt.Sprintf("%s--%08x-17d4-4cbf-938f-98ee46b3cd3f", typ, crc32.ChecksumIEEE([]byte(name)))
}

// objObservable tells the observables, which have no times and need no spec_version.
func objObservable(typ string) bool {
	_, is := objObservables[typ]
	return is
}

var objObservables = map[string]struct{}{
	"artifact": {}, "autonomous-system": {}, "directory": {}, "domain-name": {}, "email-addr": {}, "email-message": {},
	"file": {}, "ipv4-addr": {}, "ipv6-addr": {}, "mac-addr": {}, "mutex": {}, "network-traffic": {}, "process": {},
	"software": {}, "url": {}, "user-account": {}, "windows-registry-key": {}, "x509-certificate": {},
}

const (
	objSHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" // of the minimal artifact's payload
	objHashes = `{"SHA-256":"` + objSHA256 + `"}`
)

// objMinimal are the own members of the smallest valid object of each type, and of each type
// that lives inside objects.
var objMinimal = map[string]string{
	"attack-pattern":   `"name":"Spear phishing"`,
	"campaign":         `"name":"Green group"`,
	"course-of-action": `"name":"Block the port"`,
	"grouping":         `"context":"suspicious-activity","object_refs":["@indicator"]`,
	"identity":         `"name":"Example Corp"`,
	"incident":         `"name":"Outage"`,
	"indicator":        `"pattern":"[ipv4-addr:value = '198.51.100.7']","pattern_type":"stix","valid_from":"2026-01-31T12:00:00Z"`,
	"infrastructure":   `"name":"Relay"`,
	"intrusion-set":    `"name":"Bobcat"`,
	"location":         `"region":"western-europe"`,
	"malware":          `"is_family":false`,
	"malware-analysis": `"product":"some-scanner","result":"unknown"`,
	"note":             `"content":"Seen before","object_refs":["@malware"]`,
	"observed-data": `"first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":1,
		"object_refs":["@ipv4-addr"]`,
	"opinion":       `"opinion":"agree","object_refs":["@malware"]`,
	"report":        `"name":"Annual","published":"2026-01-01T00:00:00Z","object_refs":["@malware"]`,
	"threat-actor":  `"name":"Evil Org"`,
	"tool":          `"name":"VNC"`,
	"vulnerability": `"name":"CVE-2014-0160"`,
	"relationship":  `"relationship_type":"indicates","source_ref":"@indicator","target_ref":"@malware"`,
	"sighting":      `"sighting_of_ref":"@malware"`,

	"artifact":             `"payload_bin":"aGVsbG8="`,
	"autonomous-system":    `"number":15139`,
	"directory":            `"path":"/usr/bin"`,
	"domain-name":          `"value":"example.com"`,
	"email-addr":           `"value":"jane@example.com"`,
	"email-message":        `"is_multipart":false`,
	"file":                 `"name":"foo.dll"`,
	"ipv4-addr":            `"value":"198.51.100.7"`,
	"ipv6-addr":            `"value":"2001:db8::7"`,
	"mac-addr":             `"value":"d2:fb:49:24:37:18"`,
	"mutex":                `"name":"__CLEANSWEEP__"`,
	"network-traffic":      `"protocols":["tcp"],"src_ref":"@ipv4-addr"`,
	"process":              `"pid":314`,
	"software":             `"name":"Word"`,
	"url":                  `"value":"https://example.com/a?b=c#d"`,
	"user-account":         `"user_id":"1001"`,
	"windows-registry-key": `"key":"HKEY_LOCAL_MACHINE\\System\\Foo"`,
	"x509-certificate":     `"serial_number":"02:08:87:83:f2:13:58:1f"`,

	"extension-definition": `"name":"Rank","schema":"https://example.com/schema.json","version":"1.0.0",
		"extension_types":["property-extension"],"created_by_ref":"@identity"`,
	"language-content":   `"object_ref":"@campaign","contents":{"de":{"name":"Grün"}}`,
	"marking-definition": `"definition_type":"statement","definition":{"statement":"Copyright"}`,

	"external-reference":              `"source_name":"blog","description":"A post"`,
	"granular-marking":                `"marking_ref":"@marking-definition","selectors":["name"]`,
	"kill-chain-phase":                `"kill_chain_name":"lockheed-martin-cyber-kill-chain","phase_name":"reconnaissance"`,
	"statement-marking":               `"statement":"Copyright"`,
	"email-mime-part-type":            `"body":"Hello"`,
	"archive-ext":                     `"contains_refs":["@file"]`,
	"ntfs-ext":                        `"sid":"1234567"`,
	"alternate-data-stream-type":      `"name":"second.stream"`,
	"pdf-ext":                         `"version":"1.7"`,
	"raster-image-ext":                `"image_height":640`,
	"windows-pebinary-ext":            `"pe_type":"dll","machine_hex":"014c"`,
	"windows-pe-optional-header-type": `"magic_hex":"010b"`,
	"windows-pe-section-type":         `"name":"CODE"`,
	"http-request-ext":                `"request_method":"get","request_value":"/download.html"`,
	"icmp-ext":                        `"icmp_type_hex":"08","icmp_code_hex":"00"`,
	"socket-ext":                      `"address_family":"AF_INET"`,
	"tcp-ext":                         `"src_flags_hex":"00000002"`,
	"windows-process-ext":             `"aslr_enabled":true`,
	"windows-service-ext":             `"service_name":"sirvizio"`,
	"unix-account-ext":                `"gid":1001`,
	"windows-registry-value-type":     `"name":"Foo"`,
	"x509-v3-extensions-type":         `"key_usage":"critical"`,
}
