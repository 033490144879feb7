package stix_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// objProperty is a property as properties.json has it.
type objProperty struct {
	Required bool
	Type     string
	Vocab    string
}

// objType is a type, or a type inside objects, with where it lives.
type objType struct {
	name, row  string
	properties map[string]objProperty
	host       string // the object type that holds it: itself, or that of objHosts
	form, at   string // members of the host around it (% stands for it), and the pointer to it
}

// TestObjectsTypes proves the -00 rows: what must be there, and of which JSON type everything is.
func TestObjectsTypes(t *testing.T) {
	for _, typ := range objTypes(t) {
		t.Run(typ.row+" "+typ.name, func(t *testing.T) {
			t.Run("accepted", func(t *testing.T) { objRun(t, typ.acceptable()) })
			t.Run("missing", func(t *testing.T) { objRun(t, typ.missing()) })
			t.Run("another JSON type", func(t *testing.T) { objRun(t, typ.mistyped()) })
			t.Run("unknown property", func(t *testing.T) { typ.unknown(t) })
		})
	}
}

// objTypes are all types of properties.json that an object can be or hold, but for the TLP
// marking, whose objects are fixed.
func objTypes(t *testing.T) (types []objType) {
	text, err := os.ReadFile("properties.json")
	require.NoError(t, err)
	var file struct {
		Types map[string]struct {
			Section    string
			Properties map[string]objProperty
		}
	}
	require.NoError(t, json.Unmarshal(text, &file))
	delete(file.Types, "bundle")
	delete(file.Types, "tlp-marking")
	for _, name := range slices.Sorted(maps.Keys(file.Types)) {
		typ := objType{name: name, row: "S-" + file.Types[name].Section + "-00", properties: file.Types[name].Properties, host: name}
		if h, nested := objHosts[name]; nested {
			typ.host, typ.form, typ.at = h.host, h.form, h.at
			if h.row != "" {
				typ.row = h.row
			}
		}
		types = append(types, typ)
	}
	require.Len(t, types, 64)
	return types
}

// acceptable are the smallest object and one with every property.
func (typ objType) acceptable() []objCase {
	cases := []objCase{
		{typ.row, objOK, "minimal", typ.host, typ.members(""), ""},
		{typ.row, objOK, "full", typ.host, typ.members("all"), ""},
	}
	for _, name := range slices.Sorted(maps.Keys(typ.properties)) {
		if _, apart := objApart[typ.name+"."+name]; apart {
			cases = append(cases, objCase{typ.row, objOK, "with " + name, typ.base(name), typ.members(name), ""})
		}
	}
	return cases
}

// missing takes each required property away, the common ones too.
func (typ objType) missing() (cases []objCase) {
	for _, name := range slices.Sorted(maps.Keys(typ.properties)) {
		if !typ.properties[name].Required {
			continue
		}
		c := objCase{typ.row + " " + objSection(typ.row), objBad, name, typ.host + " -" + name, "", typ.at}
		if typ.form != "" {
			own := typ.own("all")
			delete(own, name)
			c.base, c.members = typ.host, typ.wrap(own)
		}
		cases = append(cases, c)
	}
	if typ.form != "" {
		return cases
	}
	cases = append(cases,
		objCase{"S-3.2-01", objBad, "type", typ.name + " -type", "", ""},
		objCase{typ.row + " S-3.3-01", objBad, "id", typ.name + " -id", "", ""},
		objCase{"S-2.9-01", objBad, "another id", typ.name, `"id":"@x-other"`, "/id"})
	if objObservable(typ.name) {
		return cases
	}
	cases = append(cases,
		objCase{"S-3.2-02", objBad, "spec_version", typ.name + " -spec_version", "", ""},
		objCase{typ.row, objBad, "created", typ.name + " -created", "", ""})
	if typ.name != "marking-definition" {
		cases = append(cases, objCase{typ.row, objBad, "modified", typ.name + " -modified", "", ""})
	}
	return cases
}

// mistyped gives each property values of other JSON types, and each list none or other items.
func (typ objType) mistyped() (cases []objCase) {
	for _, name := range slices.Sorted(maps.Keys(typ.properties)) {
		p := typ.properties[name]
		if p.Type == "RESERVED" {
			continue
		}
		kind, codes := objJSONType(typ, name, p)
		if strings.HasPrefix(typ.row, "S-2.") || strings.HasPrefix(typ.row, "S-7.") {
			codes += " " + objSection(typ.row) // these have finer rows than a type's -00
		}
		wrong := func(what, value, codes, below string) {
			own := typ.own(name)
			own[name] = json.RawMessage(value)
			cases = append(cases, objCase{codes, objBad, name + " " + what, typ.base(name), typ.wrap(own), typ.at + "/" + name + below})
		}
		for _, other := range []string{"string", "number", "boolean", "list", "object", "null"} {
			if !strings.Contains(kind, other) {
				wrong("is "+other, objAnyOf[other], codes, "")
			}
		}
		switch item, isList := strings.CutPrefix(p.Type, "list of type "); {
		case isList && item == "identifier":
			wrong("is empty", "[]", codes+" S-4.4-02 S-4.13-01 S-4.14-04 S-4.15-02 S-4.16-01 S-6.7.2-01", "")
			wrong("has a number", "[7]", codes+" S-2.9-01", "/0")
		case isList:
			wrong("is empty", "[]", codes+" S-6.12-01", "")
			wrong("has a number", "[7]", codes, "/0")
			wrong("has null", "[null]", codes, "/0")
		case p.Type == "integer":
			wrong("has a fraction", "1.5", codes, "")
		case kind == "object":
			wrong("is empty", "{}", codes+" S-2.3-05 S-6.18.2-01 "+objSection(typ.row), "")
		case p.Type == "hex":
			wrong("has an odd number of digits", `"abc"`, codes, "")
			wrong("has capitals", `"FF"`, codes, "")
		case p.Type == "binary":
			wrong("is no base64", `"@@@"`, codes, "")
		case p.Type == "timestamp":
			wrong("is no time", `"text"`, codes, "")
		case p.Type == "identifier":
			wrong("is no identifier", `"text"`, codes, "")
		}
	}
	return cases
}

// unknown adds a custom property, which is a warning at most.
func (typ objType) unknown(t *testing.T) {
	own := typ.own("all")
	own["x_example_com_note"] = json.RawMessage(`"text"`)
	raw := objBuild(t, typ.host, typ.wrap(own))
	_, before := newReader(t).Read([]byte(objBuild(t, typ.host, typ.members("all"))))
	_, findings := newReader(t).Read([]byte(raw))
	for _, f := range findings {
		if !slices.ContainsFunc(before, func(b stix.Finding) bool { return b.Code == f.Code }) {
			assert.Equal(t, "S-11.1-01", f.Code, "%v\n%s", f, raw)
			assert.Equal(t, stix.Warning, f.Severity, "%v\n%s", f, raw)
		}
	}
}

// base is what a property that does not go with the minimal object's is set on.
func (typ objType) base(name string) string {
	if apart, ok := objApart[typ.name+"."+name]; ok {
		return typ.host + apart.less
	}
	return typ.host
}

// members are the host's members for the minimal object (""), one with all properties ("all"),
// or with all that go with a property.
func (typ objType) members(with string) string { return typ.wrap(typ.own(with)) }

func (typ objType) wrap(own map[string]json.RawMessage) string {
	var members []string
	for name, value := range own {
		members = append(members, fmt.Sprintf("%q:%s", name, value))
	}
	if typ.form == "" {
		return strings.Join(members, ",")
	}
	return strings.ReplaceAll(typ.form, "%", "{"+strings.Join(members, ",")+"}")
}

func (typ objType) own(with string) map[string]json.RawMessage {
	own := objRaw(objMinimal[typ.name])
	if with == "" {
		return own
	}
	if apart, ok := objApart[typ.name+"."+with]; ok {
		return objRaw(apart.members)
	}
	for name, p := range typ.properties {
		_, set := own[name]
		special, hasSpecial := objSamples[typ.name+"."+name]
		_, apart := objApart[typ.name+"."+name]
		switch {
		case apart || p.Type == "RESERVED":
		case hasSpecial:
			own[name] = json.RawMessage(special)
		case !set:
			own[name] = json.RawMessage(objSample(name, p))
		}
	}
	return own
}

// objRaw parses members without resolving their references; what is not JSON stays so, and
// fails where the object is built.
func objRaw(members string) map[string]json.RawMessage {
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte("{"+members+"}"), &raw); err != nil {
		raw[err.Error()] = json.RawMessage(members)
	}
	return raw
}

// objSection matches all rows of a row's section.
func objSection(row string) string { return row[:strings.LastIndexByte(row, '-')+1] + "*" }
