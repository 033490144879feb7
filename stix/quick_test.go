package stix

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What quick reads, the decoder reads too, and as the same.
func FuzzQuick(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1}`, `{"a":1,"a":2}`, `{"a":1,"A":2}`, `{"a":[]}`, `{"a":[1,]}`, `{"a":{"b":[{},[],"x\n",true,false,null,-0.5]}}`,
		`{"a" : 1 , "b":"é"}`, `{"":1,"":2}`, `{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":1e5}`, `{"a":"\u0041"}`, `{"a":"\x"}`, `{"a":"` + "\xff" + `"}`,
		`{"a":"` + "\x01" + `"}`, `{"a":1}{`, `{,}`, `{"a"}`, `{"a":}`, `{"a":tru}`, `{"a":1 "b":2}`, `{"a":[1 2]}`, `{"é":1}`, `{"a\n":1}`, `[1]`, `{"a":1,}`,
		`{"type":"identity","id":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","identity_class":"Individual","sectors":[" En\"ergy","É"],"labels":["country:xb"]}`,
		`{"type":"x-a","id":"x-a--f431f809-377b-45e0-aa1c-6a4751cae5ff","object_refs":["url--f431f809-377b-45e0-aa1c-6a4751cae5ff"],"extensions":{"a":{"country":"xb"}}}`,
		`{"type":"relationship","source_ref":"url--f431f809-377b-45e0-aa1c-6a4751cae5ff","target_ref":"url--f431f809-377b-45e0-aa1c-6a4751cae5ff"}`,
		`{"type":"language-content","object_ref":"url--f431f809-377b-45e0-aa1c-6a4751cae5ff","labels":["sector:a","Sector:A"]}`,
		`{"ab":1,"ba":2,"bb":3}`, `{"a":123456789012345}`, `{"a":1234567890123456}`, `{"a":"0123456789\""}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		mustReadAlike(t, raw)
	})
}

func mustReadAlike(t *testing.T, raw []byte) (quickly bool) {
	t.Helper()
	var quick, careful examination
	quick.raw, careful.raw = raw, raw
	if !quick.quick() {
		return false
	}
	require.Nil(t, careful.careful(), "%q", raw)
	require.Equal(t, careful.nodes, quick.nodes, "%q", raw)
	quick.examine()
	careful.examine()
	require.Equal(t, careful.object, quick.object, "%q", raw)
	require.Equal(t, careful.findings(), quick.findings(), "%q", raw)
	return true
}

// Everything in the committed examples is usual.
func TestQuickReadsTheUsual(t *testing.T) {
	data, err := os.ReadFile("testdata/oasis/apt1.json")
	require.NoError(t, err)
	d, err := ReadDocument(data)
	require.NoError(t, err)
	quickly := 0
	for _, raw := range d.Objects {
		if mustReadAlike(t, raw) {
			quickly++
		}
	}
	assert.Greater(t, quickly, len(d.Objects)*9/10)
}
