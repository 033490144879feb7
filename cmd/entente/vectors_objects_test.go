package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"github.com/gofrs/uuid/v5"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/trust"
)

// TLP levels as policy files write them; unmarked is none.
const (
	tlpUnmarked = ""
	tlpClear    = "clear"
	tlpGreen    = "green"
	tlpAmber    = "amber"
	tlpStrict   = "amber+strict"
	tlpRed      = "red"
)

// Marking ids as others write them (P-1).
const (
	white1        = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
	green1        = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
	amber1        = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
	red1          = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
	clear2        = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
	amber2        = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
	red2          = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
	strictOpenCTI = "marking-definition--826578e1-40ad-459f-bc73-ede076f81f37"
)

// firstVersion is when every object of the vectors was made: long before the node runs.
const firstVersion = "2025-01-01T00:00:00.000Z"

// object is a STIX object. Its methods return changed copies.
type object map[string]any

// obj makes an object of ours, at a level; its content is like no other's.
func obj(typ, level string) object {
	id := uuid.Must(uuid.NewV4()).String()
	o := object{"type": typ, "spec_version": "2.1", "id": typ + "--" + id}
	if typ != "domain-name" && typ != "email-addr" {
		o["created"], o["modified"] = firstVersion, firstVersion
	}
	content := "content " + id
	switch typ {
	case "indicator":
		o["pattern"], o["pattern_type"], o["valid_from"] = "[file:name = '"+id+"']", "stix", firstVersion
	case "malware":
		o["is_family"], o["name"] = false, content
	case "identity":
		o["name"], o["identity_class"] = content, "organization"
	case "note":
		o["content"] = content
	case "grouping":
		o["context"] = "suspicious-activity"
	case "report":
		o["name"], o["published"] = content, firstVersion
	case "observed-data":
		o["first_observed"], o["last_observed"], o["number_observed"] = firstVersion, "2025-01-01T00:00:01Z", 1
	case "marking-definition":
		delete(o, "modified")
		o["definition_type"], o["definition"] = "statement", map[string]any{"statement": content}
	case "domain-name":
		o["value"] = id + ".example"
		o["id"] = derivedID(o)
	case "email-addr":
		o["value"] = id + "@mail.example"
		o["id"] = derivedID(o)
	case "relationship", "sighting":
	default:
		o["name"] = content
	}
	return o.marked(level)
}

// objOf makes an object of a member's.
func objOf(member, typ, level string) object { return obj(typ, level).by(member) }

// derivedID is the id that STIX recommends for an observable: a hash of its content.
func derivedID(o object) string {
	id, ok, err := stix.DeterministicID([]byte(o.text()))
	if err != nil || !ok {
		return o.id()
	}
	return string(id)
}

// rel is a relationship of ours.
func rel(source object, kind string, target object, level string) object {
	return obj("relationship", level).with("relationship_type", kind).with("source_ref", source.id()).with("target_ref", target.id())
}

// container is a report, grouping, observed-data or note about objects.
func container(typ, level string, members ...object) object {
	refs := []string{}
	for _, m := range members {
		refs = append(refs, m.id())
	}
	return obj(typ, level).with("object_refs", refs)
}

// marked is o with nothing but these markings: levels, or ids of marking-definitions.
func (o object) marked(markings ...string) object {
	var refs []string
	for _, m := range markings {
		if level, ok := trust.ParseLevel(m); ok {
			m = string(trust.MarkingOf(level))
		}
		if m != tlpUnmarked {
			refs = append(refs, m)
		}
	}
	if refs == nil {
		return o.drop("object_marking_refs")
	}
	return o.with("object_marking_refs", refs)
}

// granular is o with a part marked.
func (o object) granular(level, selector string) object {
	marking := o.marked(level)["object_marking_refs"].([]string)[0]
	return o.with("granular_markings", []map[string]any{{"marking_ref": marking, "selectors": []string{selector}}})
}

// by is o as a member's creation.
func (o object) by(member string) object { return o.with("created_by_ref", identityOf(member)) }

// labelled is o with labels, such as sector:energy.
func (o object) labelled(labels ...string) object { return o.with("labels", labels) }

// version is the n-th version of o, with other content.
func (o object) version(n int) object {
	modified := fmt.Sprintf("2025-01-%02dT00:00:00.000Z", n)
	return o.with("modified", modified).with("external_references", []any{map[string]any{"source_name": "edition", "description": modified}})
}

func (o object) with(key string, value any) object {
	c := maps.Clone(o)
	c[key] = value
	return c
}

func (o object) drop(key string) object {
	c := maps.Clone(o)
	delete(c, key)
	return c
}

func (o object) id() string { return o["id"].(string) }

// text is the object as it is sent.
func (o object) text() string {
	data, err := json.Marshal(o)
	if err != nil {
		return err.Error() // which no node takes for an object
	}
	return string(data)
}

// name tells a version from others: id@modified, or the id of what has no versions.
func (o object) name() string {
	if modified, ok := o["modified"].(string); ok {
		return o.id() + "@" + modified
	}
	return o.id()
}

// nameOf is the name of an object as it was read.
func nameOf(t testing.TB, raw string) string {
	t.Helper()
	var o object
	require.NoError(t, json.Unmarshal([]byte(raw), &o))
	return o.name()
}

func texts(objects []object) (list []string) {
	for _, o := range objects {
		list = append(list, o.text())
	}
	return list
}

// names are the objects' names.
func names(objects []object) []string {
	list := []string{}
	for _, o := range objects {
		list = append(list, o.name())
	}
	return list
}
