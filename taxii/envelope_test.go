package taxii_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
)

func TestParseEnvelope(t *testing.T) {
	const one, two = `{"type":"indicator","id":"a"}`, `{"type":"malware", "n": [1.0, {"objects":[]}]}`
	for _, tc := range []struct {
		name, body string
		kind       taxii.Content
		want       []string
	}{
		{"T-5.5-01 one object, I-3.10.1", `{"objects":[` + one + `]}`, taxii.ContentTAXII, []string{one}},
		{"bytes as sent, in order", "\n{ \"objects\" : [ " + one + " ,\t" + two + " ] }\r\n", taxii.ContentTAXII, []string{one, two}},
		{"T-3.7-04 a page read elsewhere, sent on", `{"more":true,"next":"x","objects":[` + one + `]}`, taxii.ContentTAXII, []string{one}},
		{"T-7.1.1-05 custom property, I-3.15.1", `{"objects":[` + one + `],"x_18467e42_04f4_4505_93c8_9f1cf29e1045_test_client":{"a":[1]}}`, taxii.ContentTAXII, []string{one}},
		{"F-50 a bad object is its own affair", `{"objects":[{"a":1,"a":2},` + one + `,{"s":"\ud800"},{"b":"` + "\xff" + `"}]}`, taxii.ContentTAXII, []string{`{"a":1,"a":2}`, one, `{"s":"\ud800"}`, "{\"b\":\"\xff\"}"}},
		{"F-31 bundle as STIX", `{"type":"bundle","id":"bundle--1","objects":[` + one + `,` + two + `]}`, taxii.ContentSTIX, []string{one, two}},
		{"F-31 bundle of STIX 2.0", `{"type":"bundle","id":"bundle--1","spec_version":"2.0","objects":[` + one + `]}`, taxii.ContentSTIX, []string{one}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := taxii.ParseEnvelope([]byte(tc.body), tc.kind)
			require.NoError(t, err)
			var texts []string
			for _, raw := range got {
				texts = append(texts, string(raw))
			}
			assert.Equal(t, tc.want, texts)
		})
	}
}

func TestParseEnvelopeRefuses(t *testing.T) {
	const object, bundle = `{"type":"indicator","id":"a"}`, `{"type":"bundle","id":"bundle--1","objects":[{"type":"indicator","id":"a"}]}`
	for _, tc := range []struct {
		name, body string
		kind       taxii.Content
		reason     string
	}{
		{"I-10 more objects than anybody sends", `{"objects":[` + strings.Repeat("0,", taxii.MaxObjects) + `0]}`, taxii.ContentTAXII, "split them"},
		{"T-5.5-07 cut short", `{`, taxii.ContentTAXII, "cannot be read"},
		{"T-5.5-07 cut in an object", `{"objects":[{"a":1}`, taxii.ContentTAXII, "cannot be read"},
		{"T-5.5-07 list", `[]`, taxii.ContentTAXII, "envelope"},
		{"T-5.5-07 list of objects", `[` + object + `]`, taxii.ContentTAXII, "envelope"},
		{"T-5.5-07 no objects", `{}`, taxii.ContentTAXII, "objects"},
		{"T-5.5-07 no objects in it", `{"objects":[]}`, taxii.ContentTAXII, "objects"},
		{"T-5.5-07 objects is no list", `{"objects":{}}`, taxii.ContentTAXII, "objects"},
		{"T-5.5-07 objects is null", `{"objects":null}`, taxii.ContentTAXII, "objects"},
		{"T-5.5-07 empty body", ``, taxii.ContentTAXII, "cannot be read"},
		{"T-5.5-07 text", `hello`, taxii.ContentTAXII, "cannot be read"},
		{"T-5.5-07 something behind it", `{"objects":[` + object + `]} x`, taxii.ContentTAXII, "cannot be read"},
		{"T-5.5-07 objects twice", `{"objects":[` + object + `],"objects":[` + object + `]}`, taxii.ContentTAXII, "twice"},
		{"T-1.6.7-01 byte order mark", "\xef\xbb\xbf" + `{"objects":[` + object + `]}`, taxii.ContentTAXII, "cannot be read"},
		{"T-5.5-12 bundle as TAXII", bundle, taxii.ContentTAXII, "application/stix+json"},
		{"object as TAXII", object, taxii.ContentTAXII, "envelope"},
		{"envelope as STIX", `{"objects":[` + object + `]}`, taxii.ContentSTIX, "bundle"},
		{"object as STIX", object, taxii.ContentSTIX, "bundle"},
		{"empty bundle", `{"type":"bundle","id":"bundle--1"}`, taxii.ContentSTIX, "objects"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := taxii.ParseEnvelope([]byte(tc.body), tc.kind)
			var bad *taxii.EnvelopeError
			require.ErrorAs(t, err, &bad)
			assert.Contains(t, bad.Reason, tc.reason)
		})
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte(`{"objects":[{"a":1},{"b":"\ud800"}],"x":[]}`), false)
	f.Add([]byte(`{"type":"bundle","objects":[{"a":1}]}`), true)
	f.Add([]byte(`{"objects":[`+strings.Repeat("[", 200)), false)
	f.Fuzz(func(t *testing.T, body []byte, bundle bool) {
		kind := taxii.ContentTAXII
		if bundle {
			kind = taxii.ContentSTIX
		}
		objects, err := taxii.ParseEnvelope(body, kind)
		if err != nil {
			var bad *taxii.EnvelopeError
			assert.ErrorAs(t, err, &bad)
			return
		}
		assert.NotEmpty(t, objects)
		for _, raw := range objects {
			assert.Contains(t, string(body), string(raw), "bytes as sent")
		}
		// What was read is written as the page of an equal envelope.
		page := taxii.AppendEnvelope(nil, taxii.Page{Count: len(objects), Objects: bytes.Join(objects, []byte(","))}, taxii.PageForm{})
		again, err := taxii.ParseEnvelope(page, taxii.ContentTAXII)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("%q", objects), fmt.Sprintf("%q", again))
	})
}

// A client that splits by max_content_length alone sends many small objects, and may.
func TestManySmallObjects(t *testing.T) {
	object := `{"type":"url","spec_version":"2.1","id":"url--00000000-0000-5000-8000-000000000000","value":"https://example.org/"}`
	body := `{"objects":[` + strings.Repeat(object+",", 50_000) + object + `]}`
	objects, err := taxii.ParseEnvelope([]byte(body), taxii.ContentTAXII)
	require.NoError(t, err)
	assert.Len(t, objects, 50_001)
}
