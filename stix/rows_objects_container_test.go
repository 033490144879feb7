package stix_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestObjectsContainerRows(t *testing.T) { objRun(t, objContainer) }

// TestObjectsContainerTypes puts the smallest object of every observable into a container, once
// whole and once without each required property.
func TestObjectsContainerTypes(t *testing.T) {
	var cases []objCase
	for _, typ := range objTypes(t) {
		if !objObservable(typ.name) {
			continue
		}
		contain := func(own map[string]json.RawMessage) string {
			own["type"] = json.RawMessage(`"` + typ.name + `"`)
			members := strings.ReplaceAll(objType{form: "%"}.wrap(own), `"@ipv4-addr"`, `"1"`)
			return `"objects":{"0":` + members + `,"1":{"type":"ipv4-addr","value":"198.51.100.7"}}`
		}
		cases = append(cases, objCase{typ.row, objOK, typ.name, objNoRefs, contain(typ.own("")), ""})
		for _, name := range slices.Sorted(maps.Keys(typ.properties)) {
			if typ.properties[name].Required {
				own := typ.own("")
				delete(own, name)
				cases = append(cases, objCase{typ.row + " " + objSection(typ.row), objBad, typ.name + " without " + name, objNoRefs, contain(own), "/objects/0"})
			}
		}
	}
	objRun(t, cases)
}

const objNoRefs = "observed-data -object_refs"

// objContainer are examples of observed-data's deprecated container, whose objects obey their
// types, but need no id, and refer to each other by their keys.
var objContainer = []objCase{
	{"S-4.14-05 S-2.3-05", objBad, "empty", objNoRefs, `"objects":{}`, "/objects"},
	{"S-4.14-05 S-4.14-00 S-2.13-01 S-2.3-06", objBad, "a list", objNoRefs, `"objects":[{"type":"url","value":"http://example.com/"}]`, "/objects"},
	{"S-4.14-05 S-4.14-00 S-2.13-01 S-2.3-06", objBad, "a string in it", objNoRefs, `"objects":{"0":"url"}`, "/objects/0"},
	{"S-4.14-05 S-4.14-0* S-2.13-0* S-3.2-01", objBad, "a domain object in it", objNoRefs, `"objects":{"0":{"type":"malware","is_family":false}}`, "/objects/0 /objects/0/type"},
	{"S-4.14-05", objOK, "one", objNoRefs, `"objects":{"0":{"type":"url","value":"http://example.com/"}}`, ""},
	{"S-2.13-01", objWarn, "it is deprecated", objNoRefs, `"objects":{"0":{"type":"url","value":"http://example.com/"}}`, "/objects"},
	{"S-2.9-11", objOK, "any keys", objNoRefs, `"objects":{"first":{"type":"directory","path":"/bin"},"2nd":{"type":"file","name":"a","parent_directory_ref":"first"}}`, ""},

	{"S-2.13-02", objOK, "a later object", objNoRefs, `"objects":{"0":{"type":"network-traffic","protocols":["tcp"],"src_ref":"1"},"1":{"type":"ipv4-addr","value":"198.51.100.7"}}`, ""},
	{"S-2.13-02", objBad, "no such key", objNoRefs, `"objects":{"0":{"type":"network-traffic","protocols":["tcp"],"src_ref":"7"}}`, "/objects/0/src_ref"},
	{"S-2.13-02", objBad, "no such key in a list", objNoRefs, `"objects":{"0":{"type":"process","pid":1,"child_refs":["1","9"]},"1":{"type":"process","pid":2}}`, "/objects/0/child_refs/1"},
	{"S-2.13-02", objBad, "no such key in an extension", objNoRefs, `"objects":{"0":{"type":"file","name":"a.zip","extensions":{"archive-ext":{"contains_refs":["5"]}}}}`, "/objects/0/extensions/archive-ext/contains_refs/0"},
	{"S-2.13-02 S-6.12-05 S-E-25", objBad, "a key of another type", objNoRefs, `"objects":{"0":{"type":"network-traffic","protocols":["tcp"],"src_ref":"1"},"1":{"type":"file","name":"a"}}`, "/objects/0/src_ref"},
	{"S-2.13-02 S-6.3-02 S-E-14", objBad, "a key of another type in a list", objNoRefs, `"objects":{"0":{"type":"directory","path":"/","contains_refs":["1"]},"1":{"type":"domain-name","value":"example.com"}}`, "/objects/0/contains_refs/0"},
	{"S-2.13-02 S-2.9-01 S-2.12-01", objBad, "a number for a key", objNoRefs, `"objects":{"0":{"type":"process","pid":1,"parent_ref":1},"1":{"type":"process","pid":2,"parent_ref":"0"}}`, "/objects/0/parent_ref"},

	{"S-6.8-00", objBad, "no value", objNoRefs, `"objects":{"0":{"type":"ipv4-addr"}}`, "/objects/0"},
	{"S-6.8-00", objBad, "a value of another kind", objNoRefs, `"objects":{"0":{"type":"ipv4-addr","value":7}}`, "/objects/0/value"},
	{"S-6.8-01", objBad, "a value that is no address", objNoRefs, `"objects":{"0":{"type":"ipv4-addr","value":"1.2.3"}}`, "/objects/0/value"},
	{"S-3.2-01", objBad, "no type", objNoRefs, `"objects":{"0":{"value":"198.51.100.7"}}`, "/objects/0"},
	{"S-6.7-01 S-6.7-00", objBad, "a file with a size alone", objNoRefs, `"objects":{"0":{"type":"file","size":1}}`, "/objects/0"},
	{"S-2.7-04", objBad, "a hash that is none", objNoRefs, `"objects":{"0":{"type":"file","hashes":{"MD5":"a"}}}`, "/objects/0/hashes/MD5"},
	{"S-6.7.3-01 S-2.3-05", objBad, "an empty extension", objNoRefs, `"objects":{"0":{"type":"file","name":"a","extensions":{"ntfs-ext":{}}}}`, "/objects/0/extensions/ntfs-ext"},
	{"S-6.12-01", objBad, "traffic without an end", objNoRefs, `"objects":{"0":{"type":"network-traffic","protocols":["tcp"]}}`, "/objects/0"},
	{"S-6.13-01 S-6.13-00", objBad, "a bare process", objNoRefs, `"objects":{"0":{"type":"process"}}`, "/objects/0"},

	{"S-4.14-06", objWarn, "two that have nothing to do with each other", objNoRefs, `"objects":{"0":{"type":"file","name":"a"},"1":{"type":"url","value":"http://example.com/"}}`, "/objects /objects/0 /objects/1"},
	{"S-4.14-06", objOK, "two that refer to one", objNoRefs, `"objects":{"0":{"type":"directory","path":"/"},"1":{"type":"file","name":"a","parent_directory_ref":"0"},"2":{"type":"file","name":"b","parent_directory_ref":"0"}}`, ""},
}
