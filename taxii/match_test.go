package taxii_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
)

// compile reads "field=v1,v2&field=v" as a request would hold it, without escapes.
func compile(t *testing.T, filters string) (taxii.Matcher, error) {
	t.Helper()
	var matches []taxii.Match
	for _, f := range strings.Split(filters, "&") {
		name, values, _ := strings.Cut(f, "=")
		matches = append(matches, taxii.Match{Field: name, Values: strings.Split(values, ",")})
	}
	return taxii.CompileMatch(matches)
}

func TestMatcher(t *testing.T) {
	const (
		indicator = `{"type":"indicator","pattern_type":"stix","pattern":"[ipv4-addr:value = '198.51.100.1']","indicator_types":["malicious-activity","anomalous-activity"],"modified":"2018-01-17T11:11:13.000Z","valid_from":"2018-01-01T00:00:00Z","valid_until":"2019-01-01T00:00:00Z","confidence":10,"name":"Bad IP1"}`
		malware   = `{"type":"malware","malware_types":["remote-access-trojan"],"revoked":true,"kill_chain_phases":[{"kill_chain_name":"x","phase_name":"install"}],"external_references":[{"source_name":"mitre-attack","external_id":"S0001"}]}`
		file      = `{"type":"file","hashes":{"MD5":"d41d8cd98f00b204e9800998ecf8427e","SHA-256":"ab"},"extensions":{"windows-pebinary-ext":{"pe_type":"dll"}}}`
		relation  = `{"type":"relationship","relationship_type":"indicates","source_ref":"indicator--1","target_ref":"malware--2","created_by_ref":"identity--3","object_marking_refs":["marking-definition--4"]}`
		traffic   = `{"type":"network-traffic","src_port":443,"dst_port":8.0e3,"extensions":{"x":{"src_port":1,"name":"inner"}}}`
		tlp1Green = `{"object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]}`
		tlp2Green = `{"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]}`
		strict    = `{"object_marking_refs":["marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"]}`
		granular  = `{"granular_markings":[{"lang":"en","selectors":["a"]},{"marking_ref":"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed","selectors":["b"]}]}`
		mentions  = `{"object_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]}`
	)
	for _, tc := range []struct {
		name, filter, object string
		want                 bool
	}{
		{"I-3.13.2.1 equal", "pattern_type=stix", indicator, true},
		{"I-3.13.2.1 other", "pattern_type=sigma", indicator, false},
		{"I-3.13.2.1 absent", "pattern_type=stix", malware, false},
		{"I-3.13.2.1 value with spaces", "name=Bad IP1", indicator, true},
		{"I-3.13.2.1 top level only", "name=inner", traffic, false},
		{"I-3.13.2.1 escaped in the object", "name=Bad IP1", `{"name":"Bad\u0020IP1"}`, true},
		{"I-3.13.2.1 integer", "src_port=443", traffic, true},
		{"I-3.13.2.1 integer in another spelling", "dst_port=8000", traffic, true},
		{"I-3.13.2.1 integer top level only", "src_port=1", traffic, false},
		{"I-3.13.2.1 integer as text", "confidence=10", `{"confidence":"10"}`, false},
		{"I-3.13.2.1 revoked", "revoked=true", malware, true},
		{"I-3.13.2.1 not revoked", "revoked=false", malware, false},
		{"I-3.13.2.1 absent is not revoked", "revoked=false", indicator, true},
		{"I-3.13.2.1 absent is not revoked, the other way", "revoked=true", indicator, false},
		{"I-3.13.2.1 either", "revoked=true,false", malware, true},
		{"I-3.13.2.1 text is no boolean", "revoked=true", `{"revoked":"true"}`, false},
		{"I-3.13.2.2 list contains", "malware_types=remote-access-trojan", malware, true},
		{"I-3.13.2.2 second element", "indicator_types=anomalous-activity", indicator, true},
		{"I-3.13.2.2 either value", "indicator_types=benign,malicious-activity", indicator, true},
		{"I-3.13.2.2 no element", "indicator_types=benign", indicator, false},
		{"I-3.13.2.2 not a list", "labels=a", `{"labels":"a"}`, false},
		{"I-3.13.2.3 nested in a list", "phase_name=install", malware, true},
		{"I-3.13.2.3 hash", "MD5=d41d8cd98f00b204e9800998ecf8427e", file, true},
		{"I-3.13.2.3 hash with a hyphen in its name", "SHA-256=ab", file, true},
		{"I-3.13.2.3 other hash", "SHA-1=ab", file, false},
		{"I-3.13.2.3 in an extension", "pe_type=dll", file, true},
		{"I-3.13.2.3 external id", "external_id=S0001&source_name=mitre-attack", malware, true},
		{"I-3.13.2.3 all fields must hold", "external_id=S0001&source_name=capec", malware, false},
		{"I-3.13.2.3 tlp 1.0", "tlp=green", tlp1Green, true},
		{"I-3.13.2.3 tlp 2.0", "tlp=green", tlp2Green, true},
		{"I-3.13.2.3 tlp in capitals", "tlp=GREEN", tlp2Green, true},
		{"I-3.13.2.3 tlp of another level", "tlp=amber,red", tlp1Green, false},
		{"I-3.13.2.3 tlp amber is not strict", "tlp=amber", strict, false},
		{"I-3.13.2.3 tlp strict", "tlp=amber+strict", strict, true},
		{"I-3.13.2.3 tlp strict, plus unescaped", "tlp=amber strict", strict, true},
		{"I-3.13.2.3 tlp of a part", "tlp=red", granular, true},
		{"I-3.13.2.3 tlp white is clear", "tlp=white", `{"object_marking_refs":["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"]}`, true},
		{"I-3.13.2.3 tlp clear is white", "tlp=clear", `{"object_marking_refs":["marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"]}`, true},
		{"I-3.13.2.3 tlp mentioned is not marked", "tlp=green", mentions, false},
		{"I-3.13.2.4 ref", "relationships-all=malware--2", relation, true},
		{"I-3.13.2.4 refs", "relationships-all=marking-definition--4", relation, true},
		{"I-3.13.2.4 creator", "relationships-all=identity--3", relation, true},
		{"I-3.13.2.4 none", "relationships-all=tool--9", relation, false},
		{"I-3.13.2.4 text is no reference", "relationships-all=malware--2", `{"name":"malware--2"}`, false},
		{"I-3.13.2.5 at least, equal", "confidence-gte=10", indicator, true},
		{"I-3.13.2.5 at least, less", "confidence-gte=11", indicator, false},
		{"I-3.13.2.5 at most, equal", "confidence-lte=10", indicator, true},
		{"I-3.13.2.5 at most, more", "confidence-lte=9", indicator, false},
		{"I-3.13.2.5 absent", "confidence-gte=0", malware, false},
		{"I-3.13.2.5 range of ports", "src_port-gte=400&src_port-lte=500", traffic, true},
		{"I-3.13.2.5 dst_port", "dst_port-gte=8001", traffic, false},
		{"I-3.13.2.5 number", "number-lte=64512", `{"number":64496}`, true},
		{"I-3.13.2.5 modified at least, equal", "modified-gte=2018-01-17T11:11:13Z", indicator, true},
		{"I-3.13.2.5 modified at least, earlier", "modified-gte=2018-01-17T11:11:13.000001Z", indicator, false},
		{"I-3.13.2.5 modified at most", "modified-lte=2018-01-18T00:00:00+01:00", indicator, true},
		{"I-3.13.2.5 valid_from", "valid_from-lte=2017-12-31T23:59:59Z", indicator, false},
		{"I-3.13.2.5 valid_until", "valid_until-gte=2018-06-01T00:00:00Z", indicator, true},
		{"I-3.13.2.5 no timestamp in the object", "modified-gte=2018-01-01T00:00:00Z", `{"modified":"soon"}`, false},
		{"repeated name, either", "name=a", `{"name":"b","name":"a"}`, true},
		{"null", "name=a", `{"name":null,"revoked":null}`, false},
		{"other types of value", "name=a", `{"name":{"name":["a"]}}`, false},
		{"cut short", "name=a", `{"name":"a"`, false},
		{"not an object", "name=a", `["name","a"]`, false},
		{"empty", "name=a", ``, false},
		{"number out of range", "confidence-gte=1", `{"confidence":1e999}`, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := compile(t, tc.filter)
			require.NoError(t, err)
			assert.Equal(t, tc.want, m.Matches([]byte(tc.object)))
		})
	}
	assert.True(t, taxii.Matcher{}.Matches([]byte(indicator)), "without filters all match")
}

func TestCompileMatchRefuses(t *testing.T) {
	for name, filter := range map[string]string{
		"I-3.13.2.5 word for a number":      "confidence-gte=ten",
		"I-3.13.2.5 fraction":               "confidence-lte=1.5",
		"I-3.13.2.5 second value":           "number-gte=1,x",
		"I-3.13.2.1 number beyond STIX":     "number=9007199254740993",
		"I-3.13.2.5 word for a timestamp":   "modified-gte=yesterday",
		"I-3.13.2.5 date for a timestamp":   "valid_from-lte=2018-01-01",
		"I-3.13.2.1 revoked takes booleans": "revoked=yes",
		"I-3.13.2.3 no such TLP level":      "tlp=mauve",
		"not a field":                       "x_foo=1",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := compile(t, filter)
			var bad *taxii.ParameterError
			require.ErrorAs(t, err, &bad)
			field, _, _ := strings.Cut(filter, "=")
			assert.Equal(t, "match["+field+"]", bad.Parameter)
		})
	}
}

func FuzzMatch(f *testing.F) {
	f.Add([]byte(`{"name":"a","confidence":1,"object_marking_refs":["x"],"a":{"b_ref":"c"}}`))
	f.Add([]byte(`{"revoked":false,"modified":"2018-01-17T11:11:13.000Z"`))
	f.Add([]byte(strings.Repeat(`{"a":[`, 100)))
	m, err := taxii.CompileMatch([]taxii.Match{
		{Field: "revoked", Values: []string{"false"}}, {Field: "confidence-lte", Values: []string{"5"}},
		{Field: "modified-gte", Values: []string{"2018-01-01T00:00:00Z"}}, {Field: "relationships-all", Values: []string{"c"}},
	})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := string(raw)
		assert.Equal(t, m.Matches(raw), m.Matches(raw))
		assert.Equal(t, before, string(raw), "the object is only read")
	})
}
