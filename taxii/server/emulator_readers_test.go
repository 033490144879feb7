package server_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
)

// Each test here is one client of clients.md §3 as a state machine that reads over HTTP while
// others write (§7 lines 1 and 8, I-4). What it holds in the end is what was committed.

// asPages is taxii2client.v21.as_pages: what it was called with goes with every request, and the
// size of the first page becomes the limit of the others. It loops on `more` alone.
func asPages(c *client, objects string, perRequest int, filters ...string) (pages []page) {
	limit := ""
	if perRequest > 0 {
		limit = strconv.Itoa(perRequest)
	}
	p := c.page(objects + query(append(filters, "limit", limit)...))
	pages = append(pages, p)
	limit = strconv.Itoa(len(p.Objects))
	for p.More {
		p = c.page(objects + query(append(filters, "limit", limit, "next", p.Next)...))
		pages = append(pages, p)
	}
	return pages
}

// taxii2-client 2.3.0: a script that reads a collection whole, again and again.
func TestEmulatorTaxii2Client(t *testing.T) {
	l := newLive(t)
	c := l.client("Accept", t21, "Authorization", "Token "+tokenOf("csirt-xb"), "User-Agent", "taxii2-client/2.3.0")
	objects := l.objectsOf(c, forXB)
	l.during(func() bool {
		before := l.visible(forXB)
		c.held = map[string]int{}
		for _, p := range asPages(c, objects, 0) {
			c.take(p)
		}
		seen := map[string]bool{}
		for object, times := range c.held {
			assert.Equal(t, 1, times, "nothing twice in one walk")
			seen[idOf(object)] = true
		}
		for id := range before {
			assert.True(t, seen[id], "%s was there before the walk began", id)
		}
		return true
	})
	l.holds(c, forXB, once)
}

var idMember = regexp.MustCompile(`"id":"([^"]+)"`)

func idOf(object string) string { return idMember.FindStringSubmatch(object)[1] }

// OpenCTI's ingester makes one request each time its scheduler runs. It keeps either a cursor or a
// date; in the version of #5681 it also moves the date on in the middle of a walk.
func TestEmulatorOpenCTIIngester(t *testing.T) {
	for _, version := range []struct {
		name  string
		moves bool // added_after changes beside next
	}{{"new: keeps the old added_after and sends next", false}, {"old, #5681: next with a changed added_after", true}} {
		t.Run(version.name, func(t *testing.T) {
			l := newLive(t)
			c := l.client("Accept", t21, "Authorization", token("csirt-xb"))
			objects := l.objectsOf(c, forXB)
			addedAfter, next := "", ""
			l.during(func() bool {
				p := c.page(objects + query("next", next, "added_after", addedAfter))
				fresh := slices.IndexFunc(p.Objects, func(o json.RawMessage) bool { return c.held[string(o)] == 0 })
				for i, o := range p.Objects {
					assert.Equal(t, fresh < 0 || i < fresh, c.held[string(o)] > 0, "F-36: what comes again comes first")
				}
				if len(p.Objects) > 0 && fresh != 0 {
					assert.Equal(t, addedAfter, milliseconds(t, p.first), "F-36: only the last millisecond comes again")
				}
				c.take(p)
				if len(p.Objects) == 0 {
					return true // the state stays as it is (F-09)
				}
				next = p.Next
				if !p.More || version.moves {
					addedAfter = milliseconds(t, p.last)
				}
				return !p.More && len(p.Objects) < 40
			})
			l.holds(c, forXB, repeated)
		})
	}
}

// The OpenCTI connector asks for a window by its own clock, and says so on the first page only.
func TestEmulatorOpenCTIConnector(t *testing.T) {
	l := newLive(t)
	writer := l.client("Accept", t21, "Content-Type", t21, "Authorization", token("analyst"))
	old := map[string]string{}
	for n := range 60 {
		id, object := thing(99, n, l.now())
		old[id] = object
	}
	require.True(t, l.put(writer, "publish", old))
	for id := range old {
		delete(l.latest["publish"], id)
	}
	l.pass(2 * time.Hour)

	c := l.client("Accept", t21, "Authorization", "Token "+tokenOf("csirt-xb"))
	objects := l.objectsOf(c, forXB)
	l.during(func() bool {
		walk := map[string]bool{}
		p := c.page(objects + query("limit", "7", "added_after", l.now().Add(-time.Hour).Format(time.RFC3339Nano)))
		for {
			for _, o := range p.Objects {
				assert.False(t, walk[string(o)], "twice in one walk")
				walk[string(o)] = true
			}
			c.take(p)
			if !p.More {
				return true
			}
			p = c.page(objects + query("limit", "7", "next", p.Next))
		}
	})
	l.holds(c, forXB, repeated)
	for _, object := range old {
		assert.NotContains(t, c.held, object, "the token carries the window")
	}
}

// XSOAR takes the greatest STIX `modified` that it saw for its next added_after, and stops at the
// first empty page. That loses nothing as long as nobody's `modified` lies in the future.
func TestEmulatorXSOARFeed(t *testing.T) {
	l := newLive(t)
	c := l.client("Accept", t21, "Authorization", "Token "+tokenOf("csirt-xb"))
	r, err := c.try(http.MethodGet, l.base+"/taxii2/", "")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, r.status, "it tries 2.1 first, and 2.0 only on 406")
	objects := l.objectsOf(c, forXB)

	liar := l.client("Accept", t21, "Content-Type", t21, "Authorization", token("csirt-xc"))
	_, future := thing(99, 1, l.now().Add(time.Hour))
	r, err = liar.try(http.MethodPost, l.base+rootPath+"collections/from-csirt-xc/objects/", envelope(future))
	require.NoError(t, err)
	require.Equal(t, http.StatusAccepted, r.status)
	require.Contains(t, string(r.body), `"success_count":1`, "P-5: the writer does not learn that it lies in quarantine")

	lastModified := ""
	modified := regexp.MustCompile(`"modified":"([^"]+)"`)
	l.during(func() bool {
		for _, p := range asPages(c, objects, 10, "added_after", lastModified, "match[type]", "indicator,malware,relationship") {
			if len(p.Objects) == 0 {
				break
			}
			c.take(p)
			for _, o := range p.Objects {
				lastModified = max(lastModified, modified.FindStringSubmatch(string(o))[1])
			}
		}
		return true
	})
	assert.NotContains(t, c.held, future, "a version from the future would lead the poller past everybody's objects")
	l.holds(c, forXB, repeated)
}

// A client that speaks TAXII 2.0 alone is told so, by the status that its fall-back waits for.
func TestEmulatorXSOARFallback(t *testing.T) {
	l := newLive(t)
	c := l.client("Accept", "application/vnd.oasis.taxii+json", "Authorization", token("csirt-xb"))
	r, err := c.try(http.MethodGet, l.base+"/taxii2/", "")
	require.NoError(t, err)
	assert.Equal(t, http.StatusNotAcceptable, r.status)
	assert.Contains(t, string(r.body), "version=2.1", "F-30: and what to ask for instead")
}

// Elastic's ti_custom follows `next` and never looks at `more`. The old one maps over `objects`,
// which must be there (F-14), and sends `next` alone; the new one repeats what it asked for.
func TestEmulatorElastic(t *testing.T) {
	for _, version := range []struct {
		name, account string
		old           bool
	}{{"old: next alone, fails without objects", "robot", true}, {"new: next with added_after and limit", "reader", false}} {
		t.Run(version.name, func(t *testing.T) {
			l := newLive(t)
			c := l.client("Accept", t21, "Content-Type", t21, "Authorization", token(version.account))
			objects := l.base + rootPath + "collections/publish/objects" // as its user typed it
			addedAfter := l.now().Add(-time.Hour).Format("2006-01-02T15:04:05Z")
			next, limit := "", "23"
			l.during(func() bool {
				q := query("added_after", addedAfter, "limit", limit)
				if next != "" && version.old {
					q = query("next", next)
				} else if next != "" {
					q = query("next", next, "added_after", addedAfter, "limit", limit)
				}
				p := c.page(objects + "/" + q)
				if version.old {
					require.True(t, p.listed, "a map over what is not there stops the old integration")
				}
				c.take(p)
				if next = p.Next; next != "" && !version.old {
					return false
				}
				addedAfter = p.last
				return next == ""
			})
			l.holds(c, "Published", once)
		})
	}
}

// MISP's browser joins URLs with one slash too many, names a content type on GET, writes the
// scheme in lower case, and walks with limit=50&next=.
func TestEmulatorMISPBrowse(t *testing.T) {
	l := newLive(t)
	key := strings.TrimPrefix(basic(testUser, testPassword), "Basic ")
	c := l.client("Accept", t21, "Content-Type", t21, "Authorization", "basic "+key)
	baseURL, root := l.base+"/", nodeID
	listed := resource[taxii.Collections](c, baseURL+"/"+root+"/collections/").Collections
	require.NotEmpty(t, listed, "it takes none for an error")
	at := slices.IndexFunc(listed, func(c taxii.Collection) bool { return c.Alias == "publish" })
	objects := baseURL + "/" + root + "/collections/" + listed[at].ID + "/objects/"
	l.during(func() bool {
		c.held = map[string]int{}
		next := ""
		for {
			p := c.page(objects + "?limit=50&next=" + next)
			c.take(p)
			if next = p.Next; next == "" {
				return true
			}
		}
	})
	l.holds(c, "Published", once)
}

// IntelMQ's collector reads one page of indicators, from a date that it computed when it started:
// its local time, which goes out as if it were UTC.
func TestEmulatorIntelMQ(t *testing.T) {
	for zone, offset := range map[string]int{"UTC": 0, "five hours west": -5 * 60 * 60} {
		t.Run(zone, func(t *testing.T) {
			l := newLive(t, withExchange(defaultPages))
			c := l.client("Accept", t21, "Authorization", basic(testUser, testPassword))
			collection := l.base + rootPath + "collections/" + l.collection(c, "Published").ID + "/"
			naive := l.now().In(time.FixedZone(zone, offset)).Add(-time.Hour).Format("2006-01-02T15:04:05.999999Z")
			l.during(func() bool {
				require.Equal(t, "Published", resource[taxii.Collection](c, collection).Title)
				p := c.page(collection + "objects/" + query("added_after", naive, "match[type]", "indicator"))
				require.False(t, p.More, "what does not fit a page it never sees")
				c.take(p)
				return true
			})
			l.holds(c, "Published", repeated, "indicator")
		})
	}
}

// Sentinel's contract: an API root that lists exactly this version, collections whose ids are
// UUIDv4, and polling by date with pages in between.
func TestEmulatorSentinel(t *testing.T) {
	l := newLive(t)
	c := l.client("Accept", t21, "Authorization", basic(testUser, testPassword))
	assert.Contains(t, resource[taxii.APIRoot](c, l.base+rootPath).Versions, t21)
	uuid4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for _, collection := range resource[taxii.Collections](c, l.base+rootPath+"collections/").Collections {
		assert.Regexp(t, uuid4, collection.ID)
	}
	objects := l.objectsOf(c, "Published")
	addedAfter := l.now().Add(-24 * time.Hour).Format(time.RFC3339)
	l.during(func() bool {
		p := c.page(objects + query("added_after", addedAfter))
		for {
			c.take(p)
			addedAfter = p.last
			if !p.More {
				return true
			}
			p = c.page(objects + query("added_after", addedAfter, "next", p.Next))
		}
	})
	l.holds(c, "Published", once)
}

// A script around curl: no slash at the end, any media type, brackets and `next` as they are.
func TestEmulatorCurl(t *testing.T) {
	l := newLive(t)
	c := l.client("Accept", "*/*", "User-Agent", "curl/8.5.0", "Authorization", basic(testUser, testPassword))
	objects := l.base + rootPath + "collections/publish/objects?match[type]=indicator,malware"
	unreserved := regexp.MustCompile(`^[A-Za-z0-9_-]*$`)
	l.during(func() bool {
		c.held = map[string]int{}
		address := objects
		for {
			p := c.page(address)
			c.take(p)
			require.Regexp(t, unreserved, p.Next)
			if !p.More {
				return true
			}
			address = objects + "&next=" + p.Next
		}
	})
	l.holds(c, "Published", once)
	assert.Equal(t, len(l.visible("Published")), len(slices.Collect(maps.Keys(c.held))))
}
