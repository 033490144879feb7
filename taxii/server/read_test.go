package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
)

const rw = "collections/publish/"

// fourReads are the endpoints that yield pages.
var fourReads = [...]string{"manifest/", "objects/", "objects/" + idI + "/", "objects/" + idI + "/versions/"}

func TestReadPermissions(t *testing.T) {
	w := seeded(t)
	ids := [...]string{"T-5.3-01", "T-5.4-01", "T-5.6-01", "T-5.8-01"}
	for i, read := range fourReads {
		t.Run(ids[i]+" X-04 a collection that is only written is 403", func(t *testing.T) {
			w.as("csirt-xb").get("collections/from-csirt-xb/" + read).want(403)
		})
	}
	t.Run("T-8.2.2-09 T-5.2.1-04 each sees what is theirs", func(t *testing.T) {
		w.as("analyst").post(rw+"objects/", envelope(strings.Replace(indicator(unknownID, v1), green, amber, 1))).want(202)
		assert.Len(t, w.as("analyst").get(rw+"objects/").want(200).envelope().Objects, 6)
		assert.Len(t, w.as("csirt-xb").get("collections/for-csirt-xb/objects/").want(200).envelope().Objects, 5)
		w.as("csirt-xb").get("collections/for-csirt-xb/objects/" + unknownID + "/").want(404)
	})
}

func TestReads(t *testing.T) {
	w := seeded(t)
	analyst := w.as("analyst")
	all := rw + "objects/?match[version]=all&match[spec_version]=2.0,2.1"
	for _, tc := range []struct {
		name, path string
		want       []string
	}{
		{"T-3.4-02 no parameter: the latest of each, oldest first", rw + "objects/", []string{indicator(idI, v3), objectM, objectS, objectMD, objectX1}},
		{"T-3.3-01 T-3.3-02 ascending by date added", all, seed()},
		{"T-5.6-02 T-3.7-01 one object is in an envelope too", rw + "objects/" + idI + "/", []string{indicator(idI, v3)}},
		{"T-5.6-04 A-09 known id, filters leave nothing", rw + "objects/" + idI + "/?match[version]=1999-01-01T00:00:00.000Z", nil},
		{"T-5.4-02 T-3.7-03 T-2-05 nothing matches: no objects key", rw + "objects/?match[type]=tool", nil},
		{"T-5.4-02 empty collection", "collections/received/objects/", nil},
	} {
		t.Run(tc.name, func(t *testing.T) { analyst.get(tc.path).want(200).holds(tc.want...) })
	}
	t.Run("T-3.7-01 T-3.7-02 the root is an envelope, never a bundle", func(t *testing.T) {
		root := map[string]any{}
		require.NoError(t, json.Unmarshal(analyst.get(all).want(200).body, &root))
		assert.NotContains(t, root, "type")
		assert.NotContains(t, root, "id")
	})
	t.Run("T-1.6.7-01 F-17 bytes come back as they were sent, without BOM", func(t *testing.T) {
		a := analyst.get(rw + "objects/" + idM + "/").want(200)
		assert.Equal(t, `{"more":false,"objects":[`+objectM+`]}`, a.bytes())
	})
	for _, path := range []string{"objects/" + unknownID + "/", "objects/" + unknownID + "/versions/", "objects/nonsense/", "objects/nonsense/versions/"} {
		t.Run("T-5.6-03 T-5.8-03 unknown object "+path, func(t *testing.T) { analyst.get(rw + path).want(404) })
	}
}

func TestDateHeaders(t *testing.T) {
	w := seeded(t)
	analyst := w.as("analyst")
	first, last := "X-Taxii-Date-Added-First", "X-Taxii-Date-Added-Last"
	for _, tc := range []struct{ name, path, first, last string }{
		{"T-3.2-01 manifest", rw + "manifest/", w.d(3), w.d(8)},
		{"T-3.2-01 objects", rw + "objects/", w.d(3), w.d(8)},
		{"T-3.2-01 object", rw + "objects/" + idI + "/", w.d(3), w.d(3)},
		{"T-3.2-01 versions", rw + "objects/" + idI + "/versions/", w.d(1), w.d(3)},
		{"T-3.2-02 of this page, not of the collection", rw + "objects/?limit=2", w.d(3), w.d(4)},
		{"T-3.2-02 of this page of the manifest", rw + "manifest/?limit=2&match[version]=all", w.d(1), w.d(2)},
		{"T-3.2-03 A-01 F-12 empty: the request's added_after", rw + "objects/?match[type]=tool&added_after=2025-01-01T00:00:00Z", "2025-01-01T00:00:00.000000Z", "2025-01-01T00:00:00.000000Z"},
		{"T-3.2-03 A-01 F-12 empty: else the epoch", "collections/received/objects/", "1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.000000Z"},
		{"T-3.2-03 A-01 an empty manifest", "collections/received/manifest/", "1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.000000Z"},
		{"T-3.2-03 A-01 empty versions", rw + "objects/" + idI + "/versions/?match[spec_version]=2.0", "1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.000000Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := analyst.get(tc.path).want(200).header
			assert.Equal(t, tc.first, h.Get(first))
			assert.Equal(t, tc.last, h.Get(last))
		})
	}
	t.Run("T-3.2-03 A-01 empty after a next: where the page before ended", func(t *testing.T) {
		page := analyst.get(rw + "objects/?limit=4&match[type]=indicator,malware,campaign,marking-definition").want(200)
		next := analyst.get(rw + "objects/?limit=3").want(200).envelope().Next
		require.Len(t, page.envelope().Objects, 4)
		for _, id := range []string{idMD, idX} {
			analyst.delete(rw + "objects/" + id + "/").want(200)
		}
		h := analyst.get(rw + "objects/?next=" + next).want(200).holds().header
		assert.Equal(t, w.d(5), h.Get(first))
		assert.Equal(t, w.d(5), h.Get(last))
	})
	for _, path := range []string{"/taxii2/", "", "collections/", rw} {
		t.Run("T-3.2-04 not at "+path, func(t *testing.T) { // checkHeaders looks
			assert.NotContains(t, analyst.get(path).want(200).header, first)
		})
	}
}

func TestManifest(t *testing.T) {
	w := seeded(t)
	analyst := w.as("analyst")
	records := analyst.get(rw + "manifest/?match[version]=all&match[spec_version]=2.0,2.1").want(200).manifest().Objects
	sVersion := records[4].Version
	require.Len(t, records, 8)
	for i, tc := range []struct{ name, id, version, mediaType string }{
		{"T-5.3.1-06 a record for each version", idI, v1, t21Object},
		{"T-5.3.1-04 T-2-09 modified as the object writes it", idI, v2, t21Object},
		{"T-5.3.1-03 the STIX id", idI, v3, t21Object},
		{"T-5.3.1-02 required members", idM, "2010-05-05T00:00:00.000Z", t21Object},
		{"T-3.4.1-09 T-5.3.1-04 an SCO's version is a constant of ours", idS, sVersion, t21Object},
		{"T-5.3.1-04 T-3.4.1-08 else created", idMD, "2017-01-20T00:00:00.000Z", t21Object},
		{"T-5.3.1-05 STIX 2.0", idX, "2016-04-06T20:03:00.000Z", "application/stix+json;version=2.0"},
		{"T-5.3.1-05 STIX 2.1", idX, "2016-04-06T20:03:00.000Z", t21Object},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, taxii.ManifestRecord{ID: records[i].ID, DateAdded: w.d(i + 1), Version: tc.version, MediaType: tc.mediaType}, records[i])
			assert.Equal(t, tc.id, string(records[i].ID))
		})
	}
	t.Run("T-5.3.1-05 T-5.2.1-05 media types are the collection's", func(t *testing.T) {
		c := decode[taxii.Collection](analyst.get(rw).want(200))
		for _, r := range records {
			assert.Contains(t, c.MediaTypes, r.MediaType)
		}
	})
	t.Run("T-5.3-02 filters run on the object", func(t *testing.T) {
		got := analyst.get(rw + "manifest/?match[type]=indicator").want(200).manifest().Objects
		require.Len(t, got, 1)
		assert.Equal(t, idI, string(got[0].ID))
	})
	t.Run("T-5.3.1-01 no records: no key", func(t *testing.T) {
		assert.Equal(t, `{"more":false}`, analyst.get("collections/received/manifest/").want(200).bytes())
	})
	t.Run("T-5.3.1-07 A-02 T-3.5-D2 the manifest has a next", func(t *testing.T) {
		page := analyst.get(rw + "manifest/?limit=1").want(200).manifest()
		assert.True(t, page.More)
		assert.NotEmpty(t, page.Next)
	})
	t.Run("T-3.4.1-09 the SCO's version is found by match[version]", func(t *testing.T) {
		analyst.get(rw + "objects/?match[version]=" + sVersion).want(200).holds(objectS)
	})
}

const t21Object = "application/stix+json;version=2.1"

func TestVersions(t *testing.T) {
	w := seeded(t)
	analyst := w.as("analyst")
	for _, tc := range []struct {
		name, path string
		want       []string
	}{
		{"T-5.8-04 A-03 ascending by date added", idI, []string{v1, v2, v3}},
		{"T-5.8-02 else created", idMD, []string{"2017-01-20T00:00:00.000Z"}},
		{"T-5.8.1-01 none: no key", idI + "/versions/?match[spec_version]=2.0", nil},
		{"T-3.4-13 added_after", idI + "/versions/?added_after=" + w.d(1), []string{v2, v3}},
		{"T-3.4-13 match[spec_version]", idX + "/versions/?match[spec_version]=2.0", []string{"2016-04-06T20:03:00.000Z"}},
		{"T-3.4-17 match[version] is not known here", idI + "/versions/?match[version]=first", []string{v1, v2, v3}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := tc.path
			if !strings.Contains(path, "/") {
				path += "/versions/"
			}
			a := analyst.get(rw + "objects/" + path).want(200)
			assert.Equal(t, tc.want, a.versions().Versions)
		})
	}
	assert.Equal(t, `{"more":false}`, analyst.get(rw+"objects/"+idI+"/versions/?match[spec_version]=2.0").want(200).bytes(), "T-5.8.1-01")
}

// F-14: the switch for clients that cannot do without the key.
func TestEmptyObjectsSwitch(t *testing.T) {
	w := seeded(t)
	robot := w.as("robot")
	for path, want := range map[string]string{
		"collections/received/objects/":                                 `{"more":false,"objects":[]}`,
		"collections/received/manifest/":                                `{"more":false,"objects":[]}`,
		rw + "objects/" + idI + "/?match[version]=1999-01-01T00:00:00Z": `{"more":false,"objects":[]}`,
		rw + "objects/" + idI + "/versions/?match[spec_version]=2.0":    `{"more":false,"versions":[]}`,
	} {
		a := robot.get(path)
		require.Equal(t, 200, a.status)
		assert.Equal(t, want, a.bytes())
	}
	assert.Equal(t, `{"more":false}`, w.as("analyst").get("collections/received/objects/").want(200).bytes())
}
