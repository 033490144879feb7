package stix_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// wrongSchemas are the refusals of the OASIS schemas that the text does not bear out: "type pointer:
// message" matches. Where the corpus is, each must still be needed.
var wrongSchemas = []struct{ refusal, why string }{
	{`/granular_markings/\d+: required .*marking_ref`, "7.2.3: lang may stand instead of marking_ref (Q-12)"},
	{`/granular_markings/\d+/selectors/\d+: pattern`, "7.2.3, 2.3: a selector names dictionary keys too, which may have upper case (Q-12)"},
	{`^software /languages/\d+: pattern`, "6.14.1: languages are RFC 5646 codes; ISO 639-2 was the rule of STIX 2.0"},
	{`^artifact /mime_type: pattern`, "6.1.1: a mime_type should be registered: a SHOULD (Q-26)"},
	{`^email-message /additional_header_fields/.*: oneOf`, "6.6.1: values are always lists, of one entry too"},
	{`^indicator /external_references/\d+: oneOf`, "4.1.1, 4.19.1: what a CVE or CAPEC entry looks like is said of vulnerabilities and attack patterns only"},
	{`/external_references/\d+/url: format`, "2.5.1: url is an RFC 3986 reference, which may be relative"},
}

// Whatever a schema of OASIS refuses, we refuse too, but where the schema is wrong.
func TestSchemas(t *testing.T) {
	schemas := compileSchemas(t)
	used := map[string]int{}
	t.Run("subset", func(t *testing.T) {
		judgeBySchemas(t, schemas, []string{"testdata/differential/oasis.jsonl", "testdata/oasis/apt1.json", "testdata/oasis/sighting-of-observed-data.json"}, used)
	})
	t.Run("corpus", func(t *testing.T) {
		judgeBySchemas(t, schemas, corpusFiles(t), used)
		for _, w := range wrongSchemas {
			assert.NotZero(t, used[w.refusal], "no schema refuses this any more: %s", w.refusal)
		}
	})
}

func judgeBySchemas(t *testing.T, schemas map[string]*jsonschema.Schema, files []string, used map[string]int) {
	t.Helper()
	r := newReader(t)
	var both, onlyUs, wrong, neither int
	unknown := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		d, err := stix.ReadDocument(data)
		if err != nil {
			continue
		}
		for i, raw := range d.Objects {
			refusals, known := schemaRefusals(schemas, raw)
			if !known {
				continue
			}
			_, findings := r.Read(raw)
			_, weReject := stix.Rejects(findings)
			switch {
			case weReject && len(refusals) > 0:
				both++
			case weReject:
				onlyUs++
			case len(refusals) == 0:
				neither++
			default:
				wrong++
			}
			if weReject {
				continue
			}
			for _, refusal := range refusals {
				if !isWrongSchema(refusal, used) {
					unknown[refusal] = fmt.Sprintf("%s#%d", file, i)
				}
			}
		}
	}
	t.Logf("objects accepted by both: %d, refused by both: %d, by us alone: %d, by a wrong schema: %d", neither, both, onlyUs, wrong)
	for refusal, where := range unknown {
		t.Errorf("we accept, the schema says %.300s (%s)", refusal, where)
	}
}

func isWrongSchema(refusal string, used map[string]int) (wrong bool) {
	for _, w := range wrongSchemas {
		if regexp.MustCompile(w.refusal).MatchString(refusal) {
			used[w.refusal]++
			wrong = true
		}
	}
	return wrong
}

// schemaRefusals are what the schema of an object's type says against it; known is false where
// there is no such schema.
func schemaRefusals(schemas map[string]*jsonschema.Schema, raw []byte) (refusals []string, known bool) {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	object, isObject := value.(map[string]any)
	if err != nil || !isObject {
		return nil, false
	}
	typ, _ := object["type"].(string)
	schema, known := schemas[typ]
	if !known {
		return nil, false
	}
	if err := schema.Validate(value); err != nil {
		refusals = leaves(typ, err.(*jsonschema.ValidationError))
	}
	return refusals, true
}

// leaves are the causes of a refusal; the branches of a choice count as one.
func leaves(typ string, e *jsonschema.ValidationError) (all []string) {
	switch e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.AllOf, *kind.Reference:
		for _, cause := range e.Causes {
			all = append(all, leaves(typ, cause)...)
		}
		return all
	}
	keyword := strings.Join(e.ErrorKind.KeywordPath(), "/")
	return []string{fmt.Sprintf("%s /%s: %s %+v", typ, strings.Join(e.InstanceLocation, "/"), keyword, e.ErrorKind)}
}

// compileSchemas are the schemas of all types, by type. They find each other by their ids.
func compileSchemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	ids := map[string]string{}
	for name, schema := range loadSchemas(t) {
		id := schema["$id"].(string)
		require.NoError(t, c.AddResource(id, schema))
		if !strings.Contains(id, "/common/") || slices.Contains(metaTypes, name) {
			ids[name] = id
		}
	}
	compiled := map[string]*jsonschema.Schema{}
	for name, id := range ids {
		schema, err := c.Compile(id)
		require.NoError(t, err, name)
		compiled[name] = schema
	}
	require.Len(t, compiled, 19+2+18+len(metaTypes))
	return compiled
}

// metaTypes have their schemas among the common ones.
var metaTypes = []string{"extension-definition", "language-content", "marking-definition"}

func loadSchemas(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob("testdata/schemas/*.json")
	require.NoError(t, err)
	require.Len(t, files, 57)
	all := map[string]map[string]any{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		require.NoError(t, err, file)
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = schema.(map[string]any)
	}
	return all
}

// nestedSchemas say where the schemas describe the types that no object has.
var nestedSchemas = map[string]string{
	"email-mime-part-type":            "email-message#/definitions/mime-part-type",
	"archive-ext":                     "file#/definitions/file-extensions-dictionary/patternProperties/^archive-ext$",
	"ntfs-ext":                        "file#/definitions/file-extensions-dictionary/patternProperties/^ntfs-ext$",
	"pdf-ext":                         "file#/definitions/file-extensions-dictionary/patternProperties/^pdf-ext$",
	"raster-image-ext":                "file#/definitions/file-extensions-dictionary/patternProperties/^raster-image-ext$",
	"windows-pebinary-ext":            "file#/definitions/file-extensions-dictionary/patternProperties/^windows-pebinary-ext$",
	"windows-pe-optional-header-type": "file#/definitions/windows-pe-optional-header-type",
	"windows-pe-section-type":         "file#/definitions/windows-pe-section",
	"alternate-data-stream-type":      "file#/definitions/file-extensions-dictionary/patternProperties/^ntfs-ext$/allOf/0/properties/alternate_data_streams/items",
	"http-request-ext":                "network-traffic#/definitions/network-traffic-extensions-dictionary/patternProperties/^http-request-ext$",
	"icmp-ext":                        "network-traffic#/definitions/network-traffic-extensions-dictionary/patternProperties/^icmp-ext$",
	"socket-ext":                      "network-traffic#/definitions/network-traffic-extensions-dictionary/patternProperties/^socket-ext$",
	"tcp-ext":                         "network-traffic#/definitions/network-traffic-extensions-dictionary/patternProperties/^tcp-ext$",
	"windows-process-ext":             "process#/definitions/process-extensions-dictionary/patternProperties/^windows-process-ext$",
	"windows-service-ext":             "process#/definitions/process-extensions-dictionary/patternProperties/^windows-service-ext$",
	"unix-account-ext":                "user-account#/definitions/user-account-extensions-dictionary/patternProperties/^unix-account-ext$",
	"windows-registry-value-type":     "windows-registry-key#/definitions/windows-registry-value-type",
	"x509-v3-extensions-type":         "x509-certificate#/definitions/x509-v3-extensions-type",
	"statement-marking":               "marking-definition#/definitions/statement",
	"tlp-marking":                     "marking-definition#/definitions/tlp_white/properties/definition",
}

// otherProperties are where properties.json and the schemas differ: "type: property: how".
var otherProperties = map[string]string{
	"course-of-action: action: not in the schema":                       "4.3.1 reserves it: it must not be used",
	"extension-definition: created_by_ref: optional in the schema":      "7.3.1: required",
	"extension-definition: confidence: only in the schema":              "7.3.1 does not list it; the schema takes all common ones",
	"extension-definition: extensions: only in the schema":              "7.3.1 does not list it",
	"extension-definition: lang: only in the schema":                    "7.3.1 does not list it",
	"language-content: lang: only in the schema":                        "7.1.1 does not list it",
	"granular-marking: marking_ref: required in the schema":             "7.2.3.1: a marking has marking_ref or lang (Q-12)",
	"tlp-marking: tlp: optional in the schema":                          "7.2.1.4: required; the schema fixes the value instead",
	"process: arguments: only in the schema":                            "a property of STIX 2.0, left in a choice",
	"process: created: only in the schema":                              "a property of STIX 2.0, left in a choice",
	"process: name: only in the schema":                                 "a property of STIX 2.0, left in a choice",
	"raster-image-ext: image_compression_algorithm: only in the schema": "a property of STIX 2.0, left in a choice",
	"windows-registry-key: modified: only in the schema":                "a property of STIX 2.0, left in a choice",
}

// The properties that we know, and which of them are required, are those of the schemas.
func TestSchemaProperties(t *testing.T) {
	schemas := loadSchemas(t)
	seen := map[string]bool{}
	for typ, ours := range knownProperties(t) {
		name, pointer, _ := strings.Cut(nestedSchemas[typ], "#")
		if name == "" {
			name = typ
		}
		require.Contains(t, schemas, name)
		theirs := properties{}
		theirs.collect(schemas, name, find(schemas[name], pointer))
		for property := range maps.Keys(union(ours, theirs)) {
			required, known := ours[property]
			requiredThere, knownThere := theirs[property]
			how := ""
			switch {
			case !knownThere:
				how = "not in the schema"
			case !known:
				how = "only in the schema"
			case required && !requiredThere:
				how = "optional in the schema"
			case requiredThere && !required:
				how = "required in the schema"
			default:
				continue
			}
			difference := fmt.Sprintf("%s: %s: %s", typ, property, how)
			seen[difference] = true
			assert.Contains(t, otherProperties, difference)
		}
	}
	for difference := range otherProperties {
		assert.True(t, seen[difference], "this is so no more: %s", difference)
	}
}

// properties say of each name whether it is required.
type properties map[string]bool

// know notes a property, required or not as it may be known already.
func (p properties) know(property string) {
	if _, known := p[property]; !known {
		p[property] = false
	}
}

func union(a, b properties) properties {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// knownProperties are those of properties.json, with the common ones of each object.
func knownProperties(t *testing.T) map[string]properties {
	t.Helper()
	data, err := os.ReadFile("properties.json")
	require.NoError(t, err)
	var tables struct {
		Common map[string]struct{ Required, Optional []string }
		Types  map[string]struct {
			Section    string
			Properties map[string]struct{ Required bool }
		}
	}
	require.NoError(t, json.Unmarshal(data, &tables))
	all := map[string]properties{}
	for name, typ := range tables.Types {
		own := properties{}
		for property, p := range typ.Properties {
			own[property] = p.Required
		}
		common, has := tables.Common[name]
		isObject := nestedSchemas[name] == "" && typ.Section >= "4" || has
		switch {
		case !has && isObject && strings.HasPrefix(typ.Section, "6."):
			common = tables.Common["sco"]
		case !has && isObject && typ.Section < "6":
			common = tables.Common["sdo_sro"]
		}
		for _, property := range common.Required {
			own[property] = true
		}
		for _, property := range common.Optional {
			own.know(property)
		}
		all[name] = own
	}
	return all
}

// collect takes what a schema says of properties, through its references and choices.
func (p properties) collect(schemas map[string]map[string]any, base string, schema map[string]any) {
	if ref, ok := schema["$ref"].(string); ok {
		name, pointer, _ := strings.Cut(ref, "#")
		if name = strings.TrimSuffix(path.Base(name), ".json"); name == "." {
			name = base
		}
		p.collect(schemas, name, find(schemas[name], pointer))
	}
	named, _ := schema["properties"].(map[string]any)
	for property := range named {
		p.know(property)
	}
	required, _ := schema["required"].([]any)
	for _, property := range required {
		p[property.(string)] = true
	}
	for _, part := range parts(schema, "allOf") {
		p.collect(schemas, base, part)
	}
	for _, choice := range []string{"oneOf", "anyOf"} {
		p.collectChoice(schemas, base, parts(schema, choice))
	}
}

// collectChoice takes the properties of every branch; required is what all branches require.
func (p properties) collectChoice(schemas map[string]map[string]any, base string, branches []map[string]any) {
	requiring := map[string]int{}
	for _, branch := range branches {
		own := properties{}
		own.collect(schemas, base, branch)
		for property, required := range own {
			p.know(property)
			if required {
				requiring[property]++
			}
		}
	}
	for property, n := range requiring {
		p[property] = p[property] || n == len(branches)
	}
}

func parts(schema map[string]any, keyword string) (all []map[string]any) {
	list, _ := schema[keyword].([]any)
	for _, part := range list {
		if m, ok := part.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

// find follows a pointer into a schema; the schemas' pointers need no unescaping.
func find(schema map[string]any, pointer string) map[string]any {
	var at any = schema
	for _, step := range strings.FieldsFunc(pointer, func(r rune) bool { return r == '/' }) {
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return nil
			}
			at = v[i]
		}
	}
	found, _ := at.(map[string]any)
	return found
}
