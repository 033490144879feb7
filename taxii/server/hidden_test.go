package server_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii/server"
)

var errorID = regexp.MustCompile(`"error_id":"[^"]*"`)

// masked is an answer without what is random in it.
func masked(a *answer) string {
	body := errorID.ReplaceAllString(a.bytes(), `"error_id":""`)
	return fmt.Sprintf("%d\n%v\n%s", a.status, a.header, body)
}

// I-1, T-5.2-02, T-B-02, F-41, ADV-01, ADV-28: what is hidden and what does not exist are the same bytes but for
// the error_id, whatever is asked and however.
func TestHiddenIsMissing(t *testing.T) {
	w := seeded(t)
	red := strings.Replace(indicator(unknownID, v1), green, "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", 1)
	w.as("analyst").post(rw+"objects/", envelope(red)).want(202).accepted(1)
	status := w.as("analyst").post(rw+"objects/", envelope(red)).want(202).accepted(1).ID
	const twin = "indicator--00000000-0000-4000-8000-0000000000ff"

	below := func(collection string) (paths []string) {
		for _, p := range []string{"", "manifest/", "objects/", "objects/" + idI + "/", "objects/" + idI + "/versions/", "manifest/?limit=0", "objects/?next=x", "objects/" + idI + "/?match[version]=foo"} {
			paths = append(paths, "collections/"+collection+"/"+p)
		}
		return paths
	}
	pairs := map[string][2][]string{
		"T-5.2-02 another member's":    {below(w.collection("for-csirt-xc")), below(unknownCollection)},
		"T-5.2-02 local people's":      {below(w.collection("publish")), below(unknownCollection)},
		"ADV-28 by alias":              {below("received"), below("nothing-so")},
		"T-4.3-D1 ADV-20 other status": {{"status/" + status + "/"}, {"status/" + unknownCollection + "/"}},
		"ADV-01 a withheld object": {
			{"collections/for-csirt-xb/objects/" + unknownID + "/", "collections/for-csirt-xb/objects/" + unknownID + "/versions/", "collections/for-csirt-xb/objects/?match[id]=" + unknownID, "collections/for-csirt-xb/manifest/?match[id]=" + unknownID, "collections/from-csirt-xb/objects/" + unknownID + "/"},
			{"collections/for-csirt-xb/objects/" + twin + "/", "collections/for-csirt-xb/objects/" + twin + "/versions/", "collections/for-csirt-xb/objects/?match[id]=" + twin, "collections/for-csirt-xb/manifest/?match[id]=" + twin, "collections/from-csirt-xb/objects/" + twin + "/"},
		},
	}
	accepts := []string{t21, "application/json", "text/html", "application/vnd.oasis.taxii+json; version=2.0"}
	for name, pair := range pairs {
		for i := range pair[0] {
			for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "PUT", "OPTIONS"} {
				for _, accept := range accepts {
					for _, contentType := range []string{t21, "text/plain"} {
						c := w.as("csirt-xb").with("Accept", accept).with("Content-Type", contentType)
						hidden := c.do(method, pair[0][i], strings.NewReader(envelope(objectM)))
						missing := c.do(method, pair[1][i], strings.NewReader(envelope(objectM)))
						assert.Equal(t, masked(missing), masked(hidden), "%s: %s %s, Accept %s", name, method, pair[0][i], accept)
						require.Less(t, hidden.status, 500)
					}
				}
			}
		}
	}
	t.Run("T-5.2-02 all seven endpoints are 404", func(t *testing.T) {
		for _, path := range below(w.collection("for-csirt-xc")) {
			w.as("csirt-xb").get(path).want(404)
		}
		w.as("csirt-xb").post("collections/for-csirt-xc/objects/", envelope(objectM)).want(404)
		w.as("csirt-xb").delete("collections/for-csirt-xc/objects/" + idI + "/").want(404)
	})
	t.Run("ADV-18 a POST of what is withheld looks like any other", func(t *testing.T) {
		post := func(object string) string {
			a := w.as("csirt-xb").post("collections/from-csirt-xb/objects/", envelope(object)).want(202)
			s := a.accepted(1)
			return strings.NewReplacer(s.ID, "", unknownID, "", twin, "").Replace(a.bytes())
		}
		assert.Equal(t, post(strings.Replace(red, unknownID, twin, 1)), post(red))
	})
}

// F-01, F-31's neighbour in section 7, item 9: no answer holds another's object.
func TestParallelReadsAreTheirOwn(t *testing.T) {
	w := newWorld(t)
	var objects []string
	id := func(i int) string { return fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", i) }
	for i := range 16 {
		objects = append(objects, indicator(id(i), v1))
	}
	w.as("analyst").post(rw+"objects/", envelope(objects...)).want(202).accepted(16)
	callers := map[string]string{"analyst": "publish", "reader": "publish", "csirt-xb": "for-csirt-xb", "csirt-xc": "for-csirt-xc"}
	var group sync.WaitGroup
	for who, collection := range callers {
		for i := range 16 {
			group.Go(func() {
				c := w.as(who).with("Accept-Encoding", []string{"gzip", "identity"}[i%2])
				for range 20 {
					a := c.get("collections/" + collection + "/objects/" + id(i) + "/")
					if a.status != http.StatusOK || a.bytes() != `{"more":false,"objects":[`+objects[i]+`]}` {
						t.Errorf("F-01 %s asked for %s and got %d %s", who, id(i), a.status, a.bytes())
					}
					if c.get("collections/"+callers["csirt-xb"]+"/").status == http.StatusOK != (who == "csirt-xb") {
						t.Errorf("F-01 %s got another's answer", who)
					}
				}
			})
		}
	}
	group.Wait()
}

func TestOrderOfChecks(t *testing.T) {
	w := newWorld(t, withServer(func(c *server.Config) { c.MaxContentLength = 100 }))
	long := strings.Repeat(" ", 101)
	for _, tc := range []struct {
		name, who, method, path, accept, contentType, body string
		status                                             int
	}{
		{"A-11 route before method", "", "PUT", "/nope/", "text/html", "text/plain", long, 404},
		{"A-11 method before authentication", "", "PUT", "/taxii2/", "text/html", "text/plain", long, 405},
		{"A-11 authentication before Accept", "", "POST", "collections/from-csirt-xc/objects/", "text/html", "text/plain", long, 401},
		{"A-11 Accept before visibility", "csirt-xb", "POST", "collections/from-csirt-xc/objects/", "text/html", "text/plain", long, 406},
		{"A-11 visibility before permission", "csirt-xb", "POST", "collections/from-csirt-xc/objects/", t21, "text/plain", long, 404},
		{"A-11 permission before Content-Type", "csirt-xb", "POST", "collections/for-csirt-xb/objects/", t21, "text/plain", long, 403},
		{"A-11 Content-Type before size", "csirt-xb", "POST", "collections/from-csirt-xb/objects/", t21, "text/plain", long, 415},
		{"A-11 size before body", "csirt-xb", "POST", "collections/from-csirt-xb/objects/", t21, t21, long, 413},
		{"A-11 the body at last", "csirt-xb", "POST", "collections/from-csirt-xb/objects/", t21, t21, long[:100], 422},
		{"A-11 permission before query", "csirt-xb", "GET", "collections/from-csirt-xb/objects/?limit=0", t21, "", "", 403},
		{"A-11 visibility before query", "csirt-xb", "GET", "collections/publish/objects/?limit=0", t21, "", "", 404},
		{"A-11 query before the object", "csirt-xb", "GET", "collections/for-csirt-xb/objects/x/?limit=0", t21, "", "", 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.as(tc.who).with("Accept", tc.accept).with("Content-Type", tc.contentType).do(tc.method, tc.path, strings.NewReader(tc.body)).want(tc.status)
		})
	}
}
