package stix_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/stix"
)

// What an object refers to is taken from everywhere, also from what is forgiven, and from nothing
// that is not the object's own: the policy relies on it.
func TestFactsAreTakenFromEverywhere(t *testing.T) {
	const refers = `{"x_acme_ref":"` + someIdentity + `"}`
	const extension = "extension-definition--d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e"
	identities := []stix.ID{someIdentity}
	container := containerOf(t, `"0":{"type":"ipv4-addr","value":"198.51.100.3","x_acme_ref":"`+someIdentity+`",
		"extensions":{"`+extension+`":{"extension_type":"property-extension","abc":1}}}`)
	for _, tt := range []struct {
		name, object     string
		refs, extensions []stix.ID
	}{
		{"under a name that STIX keeps (S-3.8-01)", edit(t, indicator, "severity", refers), identities, nil},
		{"under a common property of other types (S-3.2-21)", edit(t, address, "external_references", `[{"source_name":"a","description":"b","x_acme_ref":"`+someIdentity+`"}]`), identities, nil},
		{"beside a granular marking's own properties (S-11.1-02)", edit(t, indicator, "granular_markings", `[{"lang":"de","selectors":["name"],"x_acme_ref":"`+someIdentity+`"}]`), identities, nil},
		{"in an extension that nobody knows (S-11.3-01)", edit(t, indicator, "extensions", `{"acme":{"deep":`+refers+`}}`), identities, nil},
		{"in an extension whose key is no identifier (S-2.9-02)", edit(t, indicator, "extensions", `{"extension-definition--1":{"extension_type":"property-extension","deep":`+refers+`}}`), identities, nil},
		{"in an extension with a definition", edit(t, indicator, "extensions", `{"`+extension+`":{"extension_type":"property-extension","deep":`+refers+`}}`), identities, []stix.ID{extension}},
		{"in an observable of the container, whose extension is not the object's (S-2.13-01)", container, identities, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, _ := accepted(t, newReader(t, stix.DefaultTolerances()...), tt.object)
			assert.Equal(t, tt.refs, o.Refs)
			assert.Equal(t, tt.extensions, o.Extensions)
		})
	}
}

// A reader that folds case must find no other marking than we do.
func TestGranularMarkingsHoldNoLookalikes(t *testing.T) {
	for _, name := range []string{"Marking_ref", "MARKING_REF", "Lang", "Selectors"} {
		marking := `{"marking_ref":"` + someMarking + `","selectors":["name"],"` + name + `":"x"}`
		if name[1:] == "arking_ref" || name == "MARKING_REF" {
			marking = `{"lang":"de","selectors":["name"],"` + name + `":"` + someMarking + `"}`
		}
		if name == "Selectors" {
			marking = `{"lang":"de","Selectors":["name"]}`
		}
		object := edit(t, indicator, "granular_markings", "["+marking+"]")
		_, findings := newReader(t, stix.DefaultTolerances()...).Read([]byte(object))
		codes := []string{}
		for _, f := range findings {
			if f.Severity == stix.Error {
				codes = append(codes, f.Code+" "+f.Pointer)
			}
		}
		assert.Contains(t, codes, "S-3.1-07 /granular_markings/0/"+name)
	}
}

func TestDefinitionsAreNotEmpty(t *testing.T) {
	empty := edit(t, statement, "definition_type", `"x-acme"`, "definition", "{}")
	f := rejection(t, newReader(t, stix.DefaultTolerances()...), empty)
	assert.Equal(t, "S-2.3-05", f.Code)
	assert.Equal(t, "/definition", f.Pointer)
}

// Inside the container an observable keeps the common properties that apply to it (S-3.2-15, S-2.2-01).
func TestContainedObservablesHaveCommonProperties(t *testing.T) {
	in := func(member string) string { return containerOf(t, `"0":{"type":"mutex","name":"x",`+member+"}") }
	for _, tt := range []struct{ name, member, code, pointer string }{
		{"defanged that is no boolean (S-2.2-01)", `"defanged":5`, "S-2.2-01", "/objects/0/defanged"},
		{"a marking that is an identity (S-3.2-15)", `"object_marking_refs":["` + someIdentity + `"]`, "S-3.2-15", "/objects/0/object_marking_refs/0"},
		{"a marking that is a key (S-2.9-01)", `"object_marking_refs":["0"]`, "S-2.9-01", "/objects/0/object_marking_refs/0"},
		{"markings that are no list (S-2.12-01)", `"object_marking_refs":"` + someMarking + `"`, "S-2.12-01", "/objects/0/object_marking_refs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := rejection(t, newReader(t, stix.DefaultTolerances()...), in(tt.member))
			assert.Equal(t, tt.code, f.Code)
			assert.Equal(t, tt.pointer, f.Pointer)
		})
	}
	o, _ := accepted(t, newReader(t), in(`"defanged":true,"object_marking_refs":["`+someMarking+`"]`))
	assert.Equal(t, []stix.ID{someMarking}, o.Refs)
	assert.Empty(t, o.Markings, "which are the object's own")
}

// References inside the container are keys (S-2.9-11), also those of custom properties, in
// extensions and under the names of other types' properties.
func TestContainedReferencesAreKeys(t *testing.T) {
	const extension = "extension-definition--d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e"
	for name, member := range map[string]string{
		"S-2.9-11 a custom property":           `"x_acme_ref":"0"`,
		"S-2.9-11 a list":                      `"x_acme_refs":["0"]`,
		"S-2.9-11 a property of another type":  `"image_ref":"0"`,
		"S-2.9-11 in an extension":             `"extensions":{"` + extension + `":{"extension_type":"property-extension","acme_ref":"0","image_refs":["0"]}}`,
		"S-2.9-11 deep in a custom property":   `"x_acme":{"image_ref":"0"}`,
		"S-2.9-11 in a predefined extension":   `"extensions":{"ntfs-ext":{"sid":"1","image_ref":"0"}}`,
		"S-2.9-11 in a custom extension":       `"extensions":{"x-acme-ext":{"image_ref":"0"}}`,
		"S-2.13-02 what is no key is let pass": `"x_acme_ref":"nobody"`,
	} {
		t.Run(name, func(t *testing.T) {
			accepted(t, newReader(t), containerOf(t, `"0":{"type":"mutex","name":"x"},"1":{"type":"file","name":"x",`+member+"}"))
		})
	}
}
