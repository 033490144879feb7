package taxii_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
)

func TestAppendPage(t *testing.T) {
	objects := taxii.Page{Count: 2, Objects: []byte(`{"a":1},{"b":"<&>"}`)}
	more := objects
	more.More, more.Next = true, "abc"
	records := taxii.Page{Count: 2, Records: []taxii.ManifestRecord{
		{ID: idI, DateAdded: "2016-01-02T00:00:00.000000Z", Version: "2016-01-01T00:00:00Z", MediaType: taxii.ObjectMediaType},
		{ID: idM, DateAdded: "2016-01-03T00:00:00.000000Z", Version: `<a&"b` + "\xff\n"},
	}}
	moreRecords := records
	moreRecords.More, moreRecords.Next = true, "abc"
	empty, emptyList := taxii.Page{}, taxii.PageForm{EmptyList: true}
	const manifest = `[{"id":"indicator--252c7c11-daf2-42bd-843b-be65edca9f61","date_added":"2016-01-02T00:00:00.000000Z","version":"2016-01-01T00:00:00Z","media_type":"application/stix+json;version=2.1"},` +
		`{"id":"malware--31b940d4-6f7f-459a-80ea-9c1f17b5891b","date_added":"2016-01-03T00:00:00.000000Z","version":"<a&\"b` + "\uFFFD" + `\n"}]`

	for _, tc := range []struct {
		name   string
		append func([]byte, taxii.Page, taxii.PageForm) []byte
		page   taxii.Page
		form   taxii.PageForm
		want   string
	}{
		{"T-5.4-02 T-2-05 F-14 empty envelope, I-3.7.2", taxii.AppendEnvelope, empty, taxii.PageForm{}, `{"more":false}`},
		{"T-5.3.1-01 empty manifest", taxii.AppendManifest, empty, taxii.PageForm{}, `{"more":false}`},
		{"T-5.8.1-01 empty versions", taxii.AppendVersions, empty, taxii.PageForm{}, `{"more":false}`},
		{"F-14 clients that need the list", taxii.AppendEnvelope, empty, emptyList, `{"more":false,"objects":[]}`},
		{"F-14 in the manifest", taxii.AppendManifest, empty, emptyList, `{"more":false,"objects":[]}`},
		{"F-14 in the versions", taxii.AppendVersions, empty, emptyList, `{"more":false,"versions":[]}`},
		{"T-3.7-01 envelope, bytes as stored", taxii.AppendEnvelope, objects, taxii.PageForm{}, `{"more":false,"objects":[{"a":1},{"b":"<&>"}]}`},
		{"T-3.5-D2 F-08 more and next", taxii.AppendEnvelope, more, taxii.PageForm{}, `{"more":true,"next":"abc","objects":[{"a":1},{"b":"<&>"}]}`},
		{"the form changes empty pages only", taxii.AppendEnvelope, objects, emptyList, `{"more":false,"objects":[{"a":1},{"b":"<&>"}]}`},
		{"T-5.3.1-02 T-2-09 F-42 manifest", taxii.AppendManifest, records, taxii.PageForm{}, `{"more":false,"objects":` + manifest + `}`},
		{"A-02 manifest with next", taxii.AppendManifest, moreRecords, taxii.PageForm{}, `{"more":true,"next":"abc","objects":` + manifest + `}`},
		{"A-02 versions with next", taxii.AppendVersions, moreRecords, taxii.PageForm{}, `{"more":true,"next":"abc","versions":["2016-01-01T00:00:00Z","<a&\"b` + "\uFFFD" + `\n"]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := tc.append([]byte("before"), tc.page, tc.form)
			require.Equal(t, "before"+tc.want, string(got))
			assert.True(t, json.Valid(got[len("before"):]))
		})
	}
	head, tail := taxii.EnvelopeFrame(more, taxii.PageForm{})
	assert.Equal(t, `{"more":true,"next":"abc","objects":[`, string(head))
	assert.Equal(t, `]}`, string(tail))
}
