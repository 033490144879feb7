package stix_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"entente/stix"
)

// TestObjectsTogether proves the rows that need other objects: the first of each list is the one
// that the row is about.
func TestObjectsTogether(t *testing.T) {
	const (
		zeros     = "0000000000000000000000000000000000000000000000000000000000000000"
		md5       = "d41d8cd98f00b204e9800998ecf8427e"
		variantOf = `"relationship_type":"variant-of","source_ref":"@malware:1","target_ref":"@malware:2"`
	)
	type object struct{ base, members string }
	sample := func(name, hashes string) object {
		return object{"file", `"id":"@file:` + name + `","hashes":` + hashes}
	}
	program := func(name, isFamily string) object {
		return object{"malware", `"id":"@malware:` + name + `","name":"x","is_family":` + isFamily}
	}
	instance := object{"malware", `"sample_refs":["@file:1","@file:2"]`}
	family := object{"malware", `"name":"x","is_family":true,"sample_refs":["@file:1","@file:2"]`}

	for _, tt := range []struct {
		rows    string
		want    objVerdict
		name    string
		objects []object
		at      string
	}{
		{"S-4.11-06", objBad, "two binaries", []object{instance, sample("1", objHashes), sample("2", `{"SHA-256":"`+zeros+`"}`)}, "/sample_refs /sample_refs/0 /sample_refs/1"},
		{"S-4.11-06", objBad, "two binaries, one hash in common", []object{instance, sample("1", `{"MD5":"`+md5+`","SHA-256":"`+objSHA256+`"}`), sample("2", `{"MD5":"`+md5+`","SHA-256":"`+zeros+`"}`)}, "/sample_refs /sample_refs/0 /sample_refs/1"},
		{"S-4.11-06", objBad, "a file and an artifact", []object{{"malware", `"sample_refs":["@artifact","@file:2"]`}, sample("2", objHashes),
			{"artifact -payload_bin", `"id":"@artifact","url":"https://example.com/a","hashes":{"SHA-256":"` + zeros + `"}`}}, "/sample_refs /sample_refs/0 /sample_refs/1"},
		{"S-4.11-06", objOK, "one binary", []object{instance, sample("1", objHashes), sample("2", `{"MD5":"`+md5+`","SHA-256":"`+objSHA256+`"}`)}, ""},
		{"S-4.11-06", objOK, "nothing to compare", []object{instance, sample("1", objHashes), sample("2", `{"MD5":"`+md5+`"}`)}, ""},
		{"S-4.11-06", objOK, "one is not here", []object{instance, sample("1", objHashes)}, ""},
		{"S-4.11-06", objOK, "of a family", []object{family, sample("1", objHashes), sample("2", `{"SHA-256":"`+zeros+`"}`)}, ""},
		{"S-4.11-07", objBad, "a family of an instance", []object{{"relationship", variantOf}, program("1", "true"), program("2", "false")}, ". /relationship_type /source_ref /target_ref"},
		{"S-4.11-07", objBad, "in another order", []object{{"relationship", variantOf}, program("2", "false"), program("1", "true")}, ". /relationship_type /source_ref /target_ref"},
		{"S-4.11-07", objOK, "an instance of a family", []object{{"relationship", variantOf}, program("1", "false"), program("2", "true")}, ""},
		{"S-4.11-07", objOK, "a family of a family", []object{{"relationship", variantOf}, program("1", "true"), program("2", "true")}, ""},
		{"S-4.11-07", objOK, "an instance of an instance", []object{{"relationship", variantOf}, program("1", "false"), program("2", "false")}, ""},
		{"S-4.11-07", objOK, "one is not here", []object{{"relationship", variantOf}, program("1", "true")}, ""},
		{"S-4.11-07", objOK, "another relationship", []object{{"relationship", variantOf + `,"relationship_type":"drops"`}, program("1", "true"), program("2", "false")}, ""},
	} {
		t.Run(tt.rows+" "+string(tt.want)+" "+tt.name, func(t *testing.T) {
			r := newReader(t)
			var objects []stix.Object
			for _, o := range tt.objects {
				read, _ := accepted(t, r, objBuild(t, o.base, o.members))
				objects = append(objects, read)
			}
			findings := r.CheckTogether(objects)
			require.Len(t, findings, len(objects))
			objCheck(t, objCase{rows: tt.rows, want: tt.want, at: tt.at}, findings[0], string(objects[0].Raw))
			for i := 1; i < len(objects); i++ {
				objCheck(t, objCase{rows: tt.rows, want: objOK}, findings[i], string(objects[i].Raw))
			}
		})
	}
}
