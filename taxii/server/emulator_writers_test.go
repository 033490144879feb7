package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
)

// OpenCTI's taxii-post stream: every object in a request of its own, as a bundle.
func TestEmulatorOpenCTITaxiiPost(t *testing.T) {
	l := newLive(t)
	const streams, each = 8, 25
	var posting sync.WaitGroup
	for s := range streams {
		c := l.client("Accept", "application/taxii+json; version=2.1", "Content-Type", "application/stix+json; version=2.1", "Authorization", token("analyst"))
		posting.Go(func() {
			for n := range each {
				id, object := thing(s, n, l.now())
				bundle := `{"type":"bundle","id":"bundle--` + id[strings.Index(id, "--")+2:] + `","objects":[` + object + `]}`
				r, err := c.try(http.MethodPost, l.base+rootPath+"collections/publish/objects/", bundle)
				if !assert.NoError(t, err) || !assert.Equal(t, http.StatusAccepted, r.status, "F-31: %s", r.body) {
					return
				}
				l.books.Lock()
				l.latest["publish"][id], l.sent[object] = object, true
				l.books.Unlock()
			}
		})
	}
	posting.Wait()
	reader := l.client("Accept", t21, "Authorization", token("csirt-xb"))
	for _, p := range asPages(reader, l.objectsOf(reader, forXB), 0) {
		reader.take(p)
	}
	l.holds(reader, forXB, once)
	assert.Len(t, reader.held, streams*each)
}

// MISP pushes everything that matches, every time, in envelopes of as many octets as the API root
// takes. What is there already is no error, and changes nothing (I-5, F-16).
func TestEmulatorMISPPush(t *testing.T) {
	l := newLive(t)
	c := l.client("Accept", t21, "Content-Type", t21, "Authorization", basic(testUser, testPassword))
	root := l.base + "//" + nodeID + "/"
	limit := int(resource[taxii.APIRoot](c, root).MaxContentLength)
	collection := root + "collections/" + l.collection(c, "Published").ID + "/"
	require.True(t, resource[taxii.Collection](c, collection).CanWrite)

	var everything []string
	for n := range 400 {
		id, object := thing(0x1000, n, begin)
		object = strings.Replace(object, `"name":`, `"x_misp_threat_level":"high","x_misp_n":1.50,"name":`, 1)
		everything = append(everything, object)
		l.latest["publish"][id], l.sent[object] = object, true
	}
	var added []string
	pushes := 0
	l.during(func() bool {
		if pushes == 3 {
			return true
		}
		pushes++
		for _, body := range envelopes(everything, limit) {
			require.LessOrEqual(t, len(body), limit)
			r, err := c.try(http.MethodPost, collection+"objects/", body)
			require.NoError(t, err)
			require.Equal(t, http.StatusAccepted, r.status, "%s", r.body)
			checkStatus(t, r.body)
		}
		dates := datesOf(t, c, collection, "00001000-0000-4000")
		require.Len(t, dates, len(everything))
		if added == nil {
			added = dates
		}
		assert.Equal(t, added, dates, "a redelivered object keeps its date")
		return true
	})
	assert.Equal(t, 3, pushes)
	for _, p := range asPages(c, collection+"objects/", 0) {
		c.take(p)
	}
	l.holds(c, "Published", once)
}

// envelopes packs objects into bodies of at most limit octets.
func envelopes(objects []string, limit int) (bodies []string) {
	for len(objects) > 0 {
		n := len(objects)
		for len(envelope(objects[:n]...)) > limit {
			n--
		}
		bodies, objects = append(bodies, envelope(objects[:n]...)), objects[n:]
	}
	return bodies
}

// checkStatus makes the checks on which taxii2-client raises an error.
func checkStatus(t *testing.T, body []byte) {
	t.Helper()
	var s taxii.Status
	require.NoError(t, json.Unmarshal(body, &s))
	require.Equal(t, "complete", s.Status)
	require.Zero(t, s.FailureCount+s.PendingCount, "%s", body)
	require.Equal(t, s.TotalCount, s.SuccessCount)
	require.Len(t, s.Successes, s.SuccessCount)
}

// datesOf lists the dates of the objects whose ids hold the text, as the manifest tells them.
func datesOf(t *testing.T, c *client, collection, text string) (dates []string) {
	t.Helper()
	next := ""
	for {
		m := resource[taxii.Manifest](c, collection+"manifest/"+query("limit", "500", "next", next))
		for _, record := range m.Objects {
			if strings.Contains(string(record.ID), text) {
				dates = append(dates, record.DateAdded)
			}
		}
		if next = m.Next; !m.More {
			require.True(t, slices.IsSorted(dates))
			return dates
		}
	}
}
