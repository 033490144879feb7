package stix_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// objVector is content whose identifier is known; Published is what the text prints and nobody
// can derive.
type objVector struct {
	Type      string
	Canonical string `json:"canonical_json"`
	ID        stix.ID
	Computed  stix.ID `json:"computed_id"`
	Published stix.ID `json:"published_id"`
	Note      string
}

func objVectors(t *testing.T) (v struct {
	Derived []objVector `json:"spec_examples_reproducible"`
	Wrong   []objVector `json:"spec_examples_not_reproducible"`
	Extra   []objVector
}) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "sco-id-vectors.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &v))
	require.Len(t, v.Derived, 41)
	require.Len(t, v.Wrong, 21)
	require.Len(t, v.Extra, 10)
	return v
}

// raw is an observable with the vector's content.
func (v objVector) raw() string {
	return `{"type":"` + v.Type + `","id":"` + objID(v.Type) + `",` + v.Canonical[1:]
}

func objDerived(t *testing.T, raw string) (stix.ID, bool) {
	t.Helper()
	id, derived, err := stix.DeterministicID([]byte(raw))
	require.NoError(t, err, raw)
	return id, derived
}

func TestObjectsDeterministicIDVectors(t *testing.T) {
	vectors := objVectors(t)
	for _, v := range append(vectors.Derived, vectors.Extra...) {
		t.Run("S-DID-04 "+string(v.ID)+" "+v.Note, func(t *testing.T) {
			id, derived := objDerived(t, v.raw())
			assert.True(t, derived)
			assert.Equal(t, v.ID, id)
		})
	}
	for _, v := range vectors.Wrong {
		t.Run("S-DID-04 not "+string(v.Published), func(t *testing.T) {
			id, derived := objDerived(t, v.raw())
			assert.True(t, derived)
			assert.NotEqual(t, v.Published, id)
			assert.Equal(t, v.Computed, id)
		})
	}
}

func TestObjectsDeterministicID(t *testing.T) {
	const ( // of nothing
		md5  = "d41d8cd98f00b204e9800998ecf8427e"
		sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
		sha2 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
		sha3 = "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"
	)
	for _, tt := range []struct{ name, raw, id string }{
		{"S-DID-01 only what contributes", `{"type":"ipv4-addr","defanged":true,"value":"198.51.100.3","spec_version":"2.1","belongs_to_refs":["x"]}`, "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"},
		{"S-DID-01 in any order", `{"version":"2002","vendor":"Microsoft","type":"software","name":"Word","cpe":"cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*"}`, "software--710b0b41-d4d0-5d6c-a400-fc9254554ffc"},
		{"S-DID-01 references", `{"type":"network-traffic","src_ref":"ipv4-addr--9cf4a8ec-7640-5f40-a006-79942896168b","dst_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","protocols":["tcp"],"src_byte_count":5}`, "network-traffic--4292dccf-844d-5aa2-a8c2-285ed7a90c02"},
		{"S-DID-01 user-account", `{"type":"user-account","user_id":"0","account_login":"root","account_type":"unix","display_name":"Root"}`, "user-account--7320a860-8dad-5369-b568-82fe19a5b9b7"},
		{"S-DID-01 email-message", `{"type":"email-message","is_multipart":false,"subject":"S","body":"Hi"}`, "email-message--d1067eb4-343c-5d13-8e3e-f67f5b79450e"},
		{"S-DID-02 MD5 first", `{"type":"file","hashes":{"SHA-256":"` + sha2 + `","SHA-1":"` + sha1 + `","MD5":"` + md5 + `"}}`, "file--02fff920-f614-527c-81d1-6353633a6d21"},
		{"S-DID-02 SHA-1 before SHA-256", `{"type":"x509-certificate","serial_number":"01","hashes":{"SHA-256":"` + sha2 + `","SHA-1":"` + sha1 + `"}}`, "x509-certificate--1536b877-3849-56d8-815b-886658dfa354"},
		{"S-DID-02 SHA-256 before SHA3-256", `{"type":"file","name":"a.txt","hashes":{"SHA3-256":"` + sha3 + `","SHA-256":"` + sha2 + `"}}`, "file--5cac0597-fa6b-5758-b126-ec9339ad1b2e"},
		{"S-DID-02 none of the four", `{"type":"file","hashes":{"SSDEEP":"3:a:b","SHA3-256":"` + sha3 + `"}}`, "file--caad420b-cfea-5271-b7eb-e898e025497b"},
		{"S-DID-03 white space and escapes", "{ \"type\" : \"domain-name\",\n \"value\" : \"ex\\u0061mple.com\" }", "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7"},
		{"S-DID-03 a float that is whole", `{"type":"file","name":"x.exe","extensions":{"windows-pebinary-ext":{"sections":[{"name":"CODE","entropy":7.0}],"pe_type":"exe"}}}`, "file--3bcf39b5-e29f-52e9-902e-1d8aeb19d835"},
		{"S-DID-03 composed", `{"type":"url","value":"http://e/é"}`, "url--60f4173d-8761-5a24-862e-e398d814183d"},
		{"S-DID-03 decomposed", `{"type":"url","value":"http://e/e\u0301"}`, "url--0e5c3708-2d9a-51b8-987d-d542972ee62b"},
		{"S-DID-06 capitals", `{"type":"domain-name","value":"Example.com"}`, "domain-name--83378459-ba74-5cf0-8260-cc46e15db9e0"},
		{"S-DID-06 IPv6 in short", `{"type":"ipv6-addr","value":"2001:db8::1"}`, "ipv6-addr--6469e3a9-b053-5e34-a025-9396ae051d26"},
		{"S-DID-06 IPv6 with zeros", `{"type":"ipv6-addr","value":"2001:0db8::1"}`, "ipv6-addr--c0c2855f-f1fa-53ab-a6ca-2b6250cf69a5"},
		{"S-DID-08 an extension-definition", `{"type":"file","name":"a","extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"rank_x":5,"extension_type":"property-extension"}}}`, "file--aa22e647-af37-592d-bb60-a9d88d590ad3"},
		{"S-DID-02 MD5 before SHA-512", `{"type":"file","hashes":{"SHA-512":"` + sha2 + sha2 + `","MD5":"` + md5 + `"}}`, "file--02fff920-f614-527c-81d1-6353633a6d21"},
		{"S-DID-02 one of the four before others", `{"type":"file","hashes":{"FOO-1":"aa","SHA-256":"` + sha2 + `"}}`, "file--22f8ff52-8f62-5f03-a53a-6f50f54fd74c"},
		{"S-DID-02 hashes that are none", `{"type":"file","hashes":"x"}`, "file--b3fc1fb2-364f-5040-a82a-8d087fa13827"},
		{"S-DID-08 two extensions", `{"type":"file","extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"rank_x":5},"ntfs-ext":{"sid":"1"}}}`, "file--64e17e6b-18ef-5734-b8f9-58bb5dd48397"},
		{"S-DID-02 no hashes at all", `{"type":"file","hashes":{}}`, "file--d69bb406-c6ec-5818-b182-9379faa44edc"},
		{"S-DID-02 none of the four, in the other order", `{"type":"file","hashes":{"SHA3-256":"aa","SSDEEP":"3:a:b"}}`, "file--2065101d-b62f-5a94-a4c6-7ffc1bff9163"},
		{"S-DID-01 the end of network-traffic", `{"type":"network-traffic","end":"2026-01-31T12:00:00Z"}`, "network-traffic--a75dbdf7-8b48-531c-bf21-29682ac54184"},
		{"S-DID-01 the tag of software", `{"type":"software","swid":"x"}`, "software--6173098d-0977-5813-9b80-592aa6c1bcec"},
		{"S-DID-05 a process", `{"type":"process","pid":1}`, ""},
		{"S-DID-05 nothing contributes", `{"type":"user-account","display_name":"Root"}`, ""},
		{"S-DID-05 nothing contributes, email", `{"type":"email-message","is_multipart":false}`, ""},
		{"S-DID-05 no observable", `{"type":"malware","name":"x"}`, ""},
		{"S-DID-05 a custom observable", `{"type":"x-thing","value":"x"}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id, derived := objDerived(t, tt.raw)
			assert.Equal(t, tt.id != "", derived)
			assert.Equal(t, stix.ID(tt.id), id)
		})
	}
	for _, raw := range []string{``, `{`, `[]`, `{"type":"url","value":"a"`, `{"type":1}`, `{"type":"bundle"}`} {
		_, _, err := stix.DeterministicID([]byte(raw))
		assert.Error(t, err, raw)
	}
}

func TestObjectsIDRows(t *testing.T) {
	const (
		v4      = `"id":"ipv4-addr--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"`
		derived = `"value":"198.51.100.3","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"`
		another = `"value":"198.51.100.3","id":"ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd"`
		times   = `"spec_version":"2.1","created":"2026-01-31T12:00:00.000Z","modified":"2026-01-31T12:00:00.000Z",`
		uuid5   = `--ff26c055-6336-5bc5-b98d-13d6226742dd"`
	)
	objRun(t, []objCase{
		{"S-2.9-06", objWarn, "a random id", "ipv4-addr", v4, "/id"},
		{"S-2.9-06", objWarn, "a random id of a file", "file", ``, "/id"},
		{"S-2.9-06", objOK, "nothing contributes", "windows-registry-key -key", `"number_of_subkeys":1`, ""},
		{"S-2.9-06", objOK, "a process", "process", ``, ""},
		{"S-2.9-06", objOK, "the derived id", "ipv4-addr", derived, ""},
		{"S-3.4-01", objWarn, "nothing contributes", "user-account -user_id", `"is_disabled":true`, "."},
		{"S-3.4-01", objOK, "a process", "process", ``, ""},
		{"S-4.10-06", objOK, "no latitude", "location", ``, ""},
		{"S-3.4-01", objOK, "something contributes", "user-account", `"is_disabled":true`, ""},
		{"S-2.9-07", objOK, "the derived id", "ipv4-addr", derived, ""},
		{"S-DID-09", objOK, "the derived id", "ipv4-addr", derived, ""},
		{"S-2.9-07 S-DID-09", objWarn, "another rule's id", "ipv4-addr", another, "/id"},
		{"S-2.9-07 S-DID-09", objWarn, "another rule's id of an artifact", "artifact", `"id":"artifact` + uuid5, "/id"},
		{"S-2.9-07", objOK, "the derived id of an artifact", "artifact", `"id":"artifact--c31e8e38-8283-504b-9e75-800b29a09186"`, ""},
		{"S-2.9-09", objOK, "another rule's id", "ipv4-addr", another, ""},
		{"S-6.13-04 S-2.9-08", objBad, "version 5", "process", `"id":"process` + uuid5, "/id"},
		{"S-6.13-04", objOK, "version 4", "process", ``, ""},
		{"S-2.9-08", objBad, "version 5, nothing contributes", "user-account -user_id", `"display_name":"x","id":"user-account` + uuid5, "/id"},
		{"S-2.9-08", objBad, "version 5, nothing contributes", "email-message", `"id":"email-message` + uuid5, "/id"},
		{"S-2.9-08", objBad, "version 5, nothing contributes", "x509-certificate -serial_number", `"subject":"x","id":"x509-certificate` + uuid5, "/id"},
		{"S-2.9-08", objBad, "version 5, nothing contributes", "windows-registry-key -key", `"number_of_subkeys":1,"id":"windows-registry-key` + uuid5, "/id"},
		{"S-2.9-08", objOK, "version 4, nothing contributes", "user-account -user_id", `"display_name":"x"`, ""},
		{"S-3.6-14", objBad, "versions of the derived id", "ipv4-addr", times + derived, ". /id /created /modified"},
		{"S-3.6-14", objBad, "versions of the derived id, and a creator", "ipv4-addr", `"created_by_ref":"@identity","revoked":false,` + times + derived, ". /id /created /modified"},
		{"S-3.6-14", objOK, "versions of a random id", "ipv4-addr", times + v4, ""},
		{"S-3.6-14", objOK, "versions of another rule's id", "ipv4-addr", times + another, ""},
	})
}
