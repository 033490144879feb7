package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
	"entente/taxii/server"
)

// The objects of the interoperability document's examples.
const badIP, badCIDR = idI, "indicator--57ec1fb8-7a4d-52ef-a18a-4018996dfbba"

// TestInterop runs the server's side of the TAXII 2.1 Interoperability Test Document, by section, as far as its
// text could be reconstructed. The cases of §3.1 are in TestAuthentication and TestTLS, those of
// §3.13.2 in TestOptionalFilters.
func TestInterop(t *testing.T) {
	w := newWorld(t)
	test := w.as("").with("Authorization", basic(testUser, testPassword)).with("User-Agent", "interop/1.0")
	b1, b2 := indicator(badIP, "2018-01-17T11:11:13.000Z"), indicator(badCIDR, "2018-01-17T11:11:13.000Z")
	wo, ro, neither := "collections/from-csirt-xb/", "collections/received/", newWorld(t, withServer(func(c *server.Config) { c.Exchange = rights{Exchange: c.Exchange} }))

	t.Run("I-3.10.1 X-09 Add Envelope Resource: final at once", func(t *testing.T) {
		s := w.as("csirt-xb").post(wo+"objects/", envelope(b1)).want(202).accepted(1)
		assert.Equal(t, [4]int{1, 1, 0, 0}, [4]int{s.TotalCount, s.SuccessCount, s.FailureCount, s.PendingCount})
		test.post(rw+"objects/", envelope(b1, b2)).want(202).accepted(2)
	})
	t.Run("I-3.2.1 Get Discovery Resource", func(t *testing.T) {
		d := decode[taxii.Discovery](test.get("/taxii2/").want(200))
		assert.NotEmpty(t, d.Title)
		assert.Contains(t, d.APIRoots, d.Default)
	})
	t.Run("I-3.3.1 Get API Root Resource", func(t *testing.T) {
		r := decode[taxii.APIRoot](test.get("").want(200))
		assert.Contains(t, r.Versions, t21)
		assert.Positive(t, r.MaxContentLength)
	})
	t.Run("I-3.3.2 Incorrect API Root Information", func(t *testing.T) { test.get("/api3/").want(404) })
	t.Run("I-3.4.1 X-02 Get Collections Resource", func(t *testing.T) {
		list := decode[taxii.Collections](test.get("collections/").want(200)).Collections
		require.Len(t, list, 2)
		assert.Less(t, list[0].ID, list[1].ID)
	})
	for _, tc := range []struct {
		name        string
		ask         *answer
		read, write bool
	}{
		{"I-3.5.1.1 Write-Only Collection Resource", w.as("csirt-xb").get(wo), false, true},
		{"I-3.5.1.2 Read-Write Collection Resource", test.get(rw), true, true},
		{"I-3.5.1.3 Read-Only Collection Resource", test.get(ro), true, false},
		{"I-3.5.1.4 No-Read-No-Write Collection Resource", neither.as("analyst").get(rw), false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := decode[taxii.Collection](tc.ask.want(200))
			assert.Equal(t, [2]bool{tc.read, tc.write}, [2]bool{c.CanRead, c.CanWrite})
		})
	}
	t.Run("I-3.5.2.1 X-04 Read Request for Write-only Collection", func(t *testing.T) { w.as("csirt-xb").get(wo + "objects/").want(403) })
	t.Run("I-3.5.2.2 X-04 Write Request to Read-only Collection", func(t *testing.T) { test.post(ro+"objects/", envelope(b1)).want(403) })
	t.Run("I-3.5.2.3 X-05 Delete Request to Read-only or Write-only Collection", func(t *testing.T) {
		test.delete(ro + "objects/" + badIP + "/").want(403)
		w.as("csirt-xb").delete(wo + "objects/" + badIP + "/").want(403)
	})
	t.Run("I-3.5.2.4 X-05 Delete Request to No-Read, No-Write Collection", func(t *testing.T) {
		neither.as("analyst").delete(rw + "objects/" + badIP + "/").want(404)
	})
	t.Run("I-3.5.3 Incorrect Collection Information", func(t *testing.T) { test.get("collections/" + unknownCollection + "/").want(404) })
	t.Run("I-3.6.1 Get Manifest Resource", func(t *testing.T) {
		records := test.get(rw + "manifest/").want(200).manifest().Objects
		require.Len(t, records, 2)
		assert.Equal(t, badIP, string(records[0].ID))
		assert.Equal(t, t21Object, records[0].MediaType)
	})
	t.Run("I-3.7.1 Get Envelope Resource", func(t *testing.T) { test.get(rw+"objects/").want(200).holds(b1, b2) })
	t.Run("I-3.7.2 No Objects", func(t *testing.T) {
		assert.Equal(t, `{"more":false}`, test.get(rw+"objects/?match[type]=tool").want(200).bytes())
	})
	t.Run("I-3.8.1 Get an Object", func(t *testing.T) { test.get(rw + "objects/" + badIP + "/").want(200).holds(b1) })
	t.Run("I-3.8.2 Object Not Found", func(t *testing.T) { test.get(rw + "objects/" + unknownID + "/").want(404) })
	t.Run("I-3.9.1 Get Versions Resource", func(t *testing.T) {
		assert.Len(t, test.get(rw+"objects/"+badIP+"/versions/").want(200).versions().Versions, 1)
	})
	t.Run("I-3.11.1 X-03 Get Status Resource", func(t *testing.T) {
		s := test.post(rw+"objects/", envelope(b1)).want(202).accepted(1)
		assert.Equal(t, s, test.get("status/"+s.ID+"/").want(200).accepted(1))
	})
	t.Run("I-3.11.2 Get All Status Properties, of which none is ever pending", func(t *testing.T) {
		s := decode[taxii.Status](test.post(rw+"objects/", envelope(b1, `{"type":"indicator"}`)).want(202))
		got := decode[taxii.Status](test.get("status/" + s.ID + "/").want(200))
		assert.Equal(t, [3]int{2, 1, 1}, [3]int{got.TotalCount, got.SuccessCount, got.FailureCount})
		assert.NotEmpty(t, got.Failures[0].Message)
	})
	for _, tc := range []struct {
		name, query string
		want        []string
	}{
		{"I-3.13.1.1 added_after", "added_after=2018-01-01T00:00:00.000000Z", []string{b1, b2}},
		{"I-3.13.1.1 added_after, later", "added_after=2030-01-01T00:00:00.000000Z", nil},
		{"I-3.13.1.3 match[id]", "match[id]=" + badIP, []string{b1}},
		{"I-3.13.1.4 match[type]", "match[type]=indicator", []string{b1, b2}},
		{"I-3.13.1.5 match[version]", "match[version]=first", []string{b1, b2}},
		{"I-3.13.1.6 match[spec_version]", "match[spec_version]=2.1", []string{b1, b2}},
		{"I-3.13.1.7 Logical OR Operator", "match[type]=indicator,malware", []string{b1, b2}},
		{"I-3.13.1.8 Logical AND Operator", "match[type]=indicator&match[id]=" + badCIDR, []string{b2}},
		{"I-3.13.1.9 Logical OR and AND Operators", "match[type]=indicator,malware&match[id]=" + badIP, []string{b1}},
	} {
		t.Run(tc.name, func(t *testing.T) { test.get(rw + "objects/?" + tc.query).want(200).holds(tc.want...) })
	}
	t.Run("I-3.13.1.2 limit", func(t *testing.T) {
		page := test.get(rw + "objects/?limit=1").want(200).envelope()
		assert.Len(t, page.Objects, 1)
		assert.True(t, page.More)
	})
	t.Run("I-3.13.1.10 X-07 Duplicate Filter Parameter", func(t *testing.T) {
		test.get(rw + "objects/?match[type]=campaign&match[type]=malware").want(400)
	})
	t.Run("I-3.15.1 X-08 X-10 Custom Properties stop nothing", func(t *testing.T) {
		body := `{"x_18467e42_04f4_4505_93c8_9f1cf29e1045_test_client":"y","objects":[` + b1 + `]}`
		status := w.as("csirt-xb").post(wo+"objects/", body).want(202)
		status.accepted(1)
		assert.Regexp(t, `"x_[0-9a-f]{8}(_[0-9a-f]{4}){3}_[0-9a-f]{12}_\w+":`, string(status.body), "and ours has its own")
	})
	t.Run("I-3.12.1 Delete", func(t *testing.T) {
		test.delete(rw + "objects/" + badIP + "/").want(200)
		test.get(rw + "objects/" + badIP + "/").want(404)
	})
}

func TestInteropPagination(t *testing.T) { // I-3.14.1, Tables 48 and 49
	w := newWorld(t)
	versions := []string{"2020-04-03T12:30:59.000Z", "2021-05-03T12:30:59.000Z", "2022-06-03T12:30:59.000Z", "2022-11-04T12:30:59.000Z", "2022-12-04T12:30:59.000Z"}
	for _, v := range versions {
		w.pass(time.Second)
		w.as("analyst").post(rw+"objects/", envelope(indicator(idI, v))).want(202).accepted(1)
	}
	path := rw + "objects/" + idI + "/versions/?limit=3"
	first := w.as("analyst").get(path).want(200)
	assert.Equal(t, versions[:3], first.versions().Versions)
	assert.True(t, first.versions().More)
	second := w.as("analyst").get(path + "&added_after=" + first.header.Get("X-TAXII-Date-Added-Last")).want(200)
	assert.Equal(t, versions[3:], second.versions().Versions)
	assert.False(t, second.versions().More)
}

// Section 7, item 2: dates ascend strictly, also when much comes at once.
func TestDatesAscendStrictly(t *testing.T) { // F-04 F-05 F-16
	w := newWorld(t)
	for range 3 { // the clock stands still
		var objects []string
		for i := range 100 {
			objects = append(objects, indicator(fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", i), v1))
		}
		w.as("analyst").post(rw+"objects/", envelope(objects...)).want(202).accepted(100)
	}
	w.pass(-time.Hour)
	w.as("analyst").post(rw+"objects/", envelope(objectM)).want(202).accepted(1)
	records := w.as("analyst").get(rw + "manifest/").want(200).manifest().Objects
	require.Len(t, records, 101)
	for i := 1; i < len(records); i++ {
		assert.Less(t, records[i-1].DateAdded, records[i].DateAdded)
	}
}

// Section 7, item 3: a `next` is as good after a restart, and days later.
func TestNextOutlivesTheProcess(t *testing.T) { // F-02 F-09
	w := seeded(t)
	page := w.as("csirt-xb").get("collections/for-csirt-xb/objects/?limit=2").want(200)
	path := "collections/for-csirt-xb/objects/?next=" + page.envelope().Next
	want := w.as("csirt-xb").get(path).want(200).bytes()
	ids := w.exchange.Names()
	w.restart()
	w.pass(30 * 24 * time.Hour)
	assert.Equal(t, want, w.as("csirt-xb").get(path).want(200).bytes())
	assert.Equal(t, ids, w.exchange.Names(), "T-5.1-02 collections keep their ids and order")
	w.as("csirt-xc").get(strings.ReplaceAll(path, "csirt-xb", "csirt-xc")).want(400)
}

// Section 7, item 4, ADV-13: pages are full whatever is withheld, and as many as they would be without it.
func TestWithheldObjectsLeaveNoGaps(t *testing.T) {
	w := newWorld(t)
	var objects, visible []string
	for i := range 200 {
		object := indicator(fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", i), v1)
		if i%10 != 3 {
			object = strings.Replace(object, green, amber, 1)
		} else {
			visible = append(visible, object)
		}
		objects = append(objects, object)
	}
	w.as("analyst").post(rw+"objects/", envelope(objects[:100]...)).want(202).accepted(100)
	w.as("analyst").post(rw+"objects/", envelope(objects[100:]...)).want(202).accepted(100)
	for limit, pages := range map[int]int{1: 20, 7: 3, 10: 2, 20: 1} {
		got, n := w.as("csirt-xb").walk(fmt.Sprintf("collections/for-csirt-xb/objects/?limit=%d", limit))
		assert.Equal(t, visible, got)
		assert.Equal(t, pages, n, "limit %d", limit)
	}
	w.as("csirt-xb").get("collections/for-csirt-xb/objects/?limit=1&added_after=2030-01-01T00:00:00Z").want(200).holds()
}
