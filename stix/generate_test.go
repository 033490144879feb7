package stix_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// object is a JSON object as a Go value; numbers in it are json.Number.
type object = map[string]any

// schema is what the published lists say: properties by type, vocabularies, relationship types.
type schema struct {
	Common map[string]struct{ Required, Optional []string }
	Types  map[string]struct {
		Section    string
		Properties map[string]property
	}
	vocabularies  map[string]struct{ Values []string }
	relationships []struct {
		Source, Type string
		Targets      []string
	}
	classes map[string][]string // "sdo", "sro", "sco", "smo": the types of each
}

type property struct {
	Required, Reserved bool
	Type, Vocab        string
}

// loadSchema reads the lists, and skips the test where they are not.
func loadSchema(t testing.TB) *schema {
	t.Helper()
	s := &schema{classes: map[string][]string{}}
	list(t, "properties.json", s)
	list(t, "vocab.json", &s.vocabularies)
	list(t, "relationships.json", &s.relationships)
	chapters := map[string]string{"4": "sdo", "5": "sro", "6": "sco"}
	for name, is := range s.Types {
		chapter, rest, _ := strings.Cut(is.Section, ".")
		if class := chapters[chapter]; class != "" && !strings.Contains(rest, ".") {
			s.classes[class] = append(s.classes[class], name)
		}
	}
	s.classes["smo"] = []string{"extension-definition", "language-content", "marking-definition"}
	for _, types := range s.classes {
		slices.Sort(types)
	}
	return s
}

func list(t testing.TB, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		data, err = os.ReadFile(filepath.Join("..", "..", "shared", "stix", file))
	}
	if os.IsNotExist(err) {
		t.Skipf("the published lists are not here: %v", err)
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, into))
}

// types are all that the generator knows, custom objects included.
func (s *schema) types() []string {
	return slices.Concat(s.classes["sdo"], s.classes["sro"], s.classes["sco"], s.classes["smo"],
		customTypes["sdo"], customTypes["sro"], customTypes["sco"])
}

// commonOf names the list of common properties that a type has.
func (s *schema) commonOf(typ string) string {
	switch {
	case slices.Contains(s.classes["sco"], typ), typ == "x-acme-trace":
		return "sco"
	case slices.Contains(s.classes["smo"], typ):
		return typ
	}
	return "sdo_sro"
}

// generator draws valid STIX 2.1 objects. It owns the rules that only a producer can keep: what
// goes together, in which order, and which values are well-formed.
type generator struct {
	*rapid.T
	schema *schema
	plain  bool                // neither granular markings nor fixed ones, so that anything may be changed
	local  map[string][]string // inside an observable container: the keys there, by type
}

// object draws a valid object of a type.
func (g *generator) object(typ string) object {
	if typ == "marking-definition" && !g.plain && g.chance(2) {
		return g.tlp()
	}
	o := g.own(typ)
	o["type"] = typ
	g.repair(typ, o)
	g.common(typ, o)
	o["id"] = g.ownID(typ, o)
	if !g.plain && g.chance(2) {
		g.markGranularly(o)
	}
	return o
}

// own draws the properties that the type itself defines, at least one of them.
func (g *generator) own(typ string) object {
	o, properties := object{}, g.schema.Types[typ].Properties
	names := slices.Sorted(maps.Keys(properties)) // an order that stays lets failures shrink
	for _, name := range names {
		if properties[name].Required || g.chance(2) {
			g.set(o, typ, name)
		}
	}
	for i := 0; len(o) == 0 && i < len(names); i++ {
		g.set(o, typ, names[i])
	}
	return o
}

// set draws a property; one that has its own place (repair, common) or no value here stays out.
func (g *generator) set(o object, typ, name string) {
	is := g.schema.Types[typ].Properties[name]
	if is.Reserved || name == "extensions" || name == "objects" || name == "definition" || name == "definition_type" {
		return
	}
	if v := g.value(typ, name, is); v != nil {
		o[name] = v
	}
}

// value draws what a property holds, or nil where it can hold nothing valid.
func (g *generator) value(typ, name string, is property) any {
	if draw := specialValues[typ+"."+name]; draw != nil {
		return draw(g)
	}
	if draw := specialValues["*."+name]; draw != nil {
		return draw(g)
	}
	if item, many := strings.CutPrefix(is.Type, "list of type "); many {
		is.Type = item
		return g.several(func() any { return g.value(typ, name, is) })
	}
	switch is.Type {
	case "string":
		return g.text()
	case "open-vocab":
		if g.chance(8) {
			return "x-acme-" + g.word() // a vocabulary is open
		}
		return g.pick(g.schema.vocabularies[is.Vocab].Values...)
	case "enum":
		return g.pick(g.schema.vocabularies[is.Vocab].Values...)
	case "boolean":
		return g.chance(2)
	case "integer":
		return g.integer(0, maxInteger)
	case "float":
		return g.float(0, 8)
	case "timestamp":
		return g.timestamp(0)
	case "identifier":
		return g.reference(typ + "." + name)
	case "hashes":
		return g.hashes()
	case "hex":
		return g.hex(2 * g.between(1, 8))
	case "binary":
		return g.base64()
	case "dictionary":
		return g.dictionary(func() any { return g.text() })
	case "external-reference":
		return g.externalReference()
	}
	return g.nested(is.Type)
}

// nested draws a value of one of the types that live inside objects.
func (g *generator) nested(typ string) any {
	_, known := g.schema.Types[typ]
	require.True(g, known, "the generator does not know the type %s", typ)
	o := g.own(typ)
	g.repair(typ, o)
	return o
}

func (g *generator) several(draw func() any) any {
	var items []any
	for range g.between(1, 3) {
		if v := draw(); v != nil {
			items = append(items, v)
		}
	}
	if len(items) == 0 {
		return nil
	}
	return items
}

// common draws the common properties of the type's class (§3.2).
func (g *generator) common(typ string, o object) {
	c := g.schema.Common[g.schema.commonOf(typ)]
	for _, name := range c.Required {
		switch name {
		case "spec_version":
			o[name] = "2.1"
		case "created", "modified":
			o[name] = g.timestamp(3)
		case "created_by_ref":
			o[name] = g.id("identity")
		}
	}
	g.order(o, "created", "modified", false)
	for _, name := range c.Optional {
		if _, done := o[name]; done || g.chance(3) {
			continue
		}
		if v := g.commonValue(typ, name, o); v != nil {
			o[name] = v
		}
	}
	if g.chance(3) {
		g.customProperty(o)
	}
}

func (g *generator) commonValue(typ, name string, o object) any {
	switch name {
	case "spec_version":
		return "2.1"
	case "created_by_ref":
		return g.id("identity")
	case "revoked", "defanged":
		return g.chance(2)
	case "labels":
		return g.several(func() any { return g.text() })
	case "confidence":
		return g.integer(0, 100)
	case "lang":
		return g.lang()
	case "external_references":
		return g.several(func() any { return g.externalReference() })
	case "object_marking_refs":
		return g.several(func() any { return g.marking() })
	case "extensions":
		return g.extensions(typ, o)
	case "granular_markings":
		return nil // last of all, when there is something to select
	}
	g.Fatalf("the generator does not know the common property %s", name)
	return nil
}

// bundle draws a bundle with objects of any type.
func (g *generator) bundle() object {
	b := object{"type": "bundle", "id": g.id("bundle")}
	var objects []any
	for range g.between(0, 4) {
		objects = append(objects, g.object(g.pick(g.schema.types()...)))
	}
	if len(objects) > 0 {
		b["objects"] = objects
	}
	return b
}
