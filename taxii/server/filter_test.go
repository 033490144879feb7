package server_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii/server"
	"entente/trust/exchange"
)

func TestFilters(t *testing.T) { // T-3.1-10
	w := seeded(t)
	analyst := w.as("analyst")
	i1, i2, i3 := indicator(idI, v1), indicator(idI, v2), indicator(idI, v3)
	for _, tc := range []struct {
		name, query string
		want        []string
	}{
		{"T-3.4-03 F-10 strictly after", "added_after=" + w.d(4), []string{objectS, objectMD, objectX1}},
		{"T-3.4-06 not a STIX time: created 2010, added today", "added_after=2026-06-01T00:00:00Z&match[type]=malware", []string{objectM}},
		{"T-3.4-05 the oldest first", "limit=1", []string{i3}},
		{"T-3.4-08 never more than limit", "limit=2", []string{i3, objectM}},
		{"T-3.4-14 fields are ANDed", "match[type]=indicator&match[id]=" + idM, nil},
		{"T-3.4-16 a comma is OR", "match[type]=indicator,malware", []string{i3, objectM}},
		{"T-3.4-17 F-37 unknown fields are ignored", "match[x_foo]=1&foo=bar&match[]=&match=1", []string{i3, objectM, objectS, objectMD, objectX1}},
		{"T-3.4-18 raw", "match[type]=indicator,malware", []string{i3, objectM}},
		{"T-3.4-18 percent-encoded", "match%5Btype%5D=indicator%2Cmalware", []string{i3, objectM}},
		{"T-3.4-13 match[id]", "match[id]=" + idM, []string{objectM}},
		{"T-3.4.1-01 two ids", "match[id]=" + idM + "," + idS, []string{objectM, objectS}},
		{"T-3.4-13 match[type]", "match[type]=marking-definition", []string{objectMD}},
		{"T-3.4.1-04 only listed types", "match[type]=malware,tool", []string{objectM}},
		{"T-3.4-13 T-3.4.1-02 match[spec_version]", "match[spec_version]=2.0", []string{objectX0}},
		{"T-3.4.1-02 both", "match[spec_version]=2.0,2.1&match[type]=campaign", []string{objectX0, objectX1}},
		{"T-3.4.1-03 only the latest specification", "match[id]=" + idX, []string{objectX1}},
		{"T-3.4.1-07 only the latest version", "match[id]=" + idI, []string{i3}},
		{"T-3.4.1-08 created is the version", "match[version]=2017-01-20T00:00:00.000Z", []string{objectMD}},
		{"T-3.4-13 T-3.4.1-10 last", "match[version]=last&match[id]=" + idI, []string{i3}},
		{"T-3.4.1-10 first", "match[version]=first&match[id]=" + idI, []string{i1}},
		{"T-3.4.1-10 all", "match[version]=all&match[id]=" + idI, []string{i1, i2, i3}},
		{"T-3.4.1-10 exact", "match[version]=" + v2 + "&match[id]=" + idI, []string{i2}},
		{"T-3.4.1-13 first, a value and last", "match[version]=first," + v2 + ",last&match[id]=" + idI, []string{i1, i2, i3}},
		{"T-3.4.1-13 one version, no duplicate", "match[version]=first,last&match[id]=" + idM, []string{objectM}},
		{"A-07 equal as instants", "match[version]=2016-02-01T00:00:00Z&match[id]=" + idI, []string{i2}},
		{"F-15 unknown version matches nothing", "match[version]=1999-01-01T00:00:00Z", nil},
		{"T-3.4.1-16 A-04 other filters first", "match[id]=" + idI + "&added_after=" + w.d(1), []string{i3}},
		{"T-3.4.1-16 A-04 then first", "match[id]=" + idI + "&match[version]=first&added_after=" + w.d(1), []string{i2}},
		{"T-3.4.1-06 types that nobody defined", "match[type]=x-acme-thing", nil},
		{"A-10 an empty next is none", "match[type]=malware&next=", []string{objectM}},
		{"F-34 a limit beyond reason is clamped", "match[type]=malware&limit=99999999999999999999", []string{objectM}},
	} {
		t.Run(tc.name, func(t *testing.T) { analyst.get(rw + "objects/?" + tc.query).want(200).holds(tc.want...) })
	}
	for _, tc := range []struct {
		name, path string
		want       []string
	}{
		{"T-3.4-13 T-3.4.1-17 A-05 object by spec_version", idX + "/?match[spec_version]=2.0", []string{objectX0}},
		{"T-3.4-13 object by version", idI + "/?match[version]=first", []string{i1}},
		{"T-3.4-13 object by added_after", idI + "/?match[version]=all&added_after=" + w.d(2), []string{i3}},
		{"T-3.4.1-17 match[type] is not known there", idI + "/?match[type]=tool", []string{i3}},
	} {
		t.Run(tc.name, func(t *testing.T) { analyst.get(rw + "objects/" + tc.path).want(200).holds(tc.want...) })
	}
}

func TestEveryTypeMayBeAskedFor(t *testing.T) { // T-3.4.1-05
	w := newWorld(t)
	types := "attack-pattern campaign course-of-action grouping identity incident indicator infrastructure intrusion-set location malware malware-analysis note observed-data opinion report threat-actor tool vulnerability " +
		"relationship sighting artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex network-traffic process software url user-account windows-registry-key x509-certificate " +
		"language-content marking-definition extension-definition bundle"
	require.Len(t, strings.Fields(types), 19+2+18+4)
	for name := range strings.FieldsSeq(types) {
		w.as("analyst").get(rw + "objects/?match[type]=" + name).want(200)
		w.as("analyst").get(rw + "manifest/?match[type]=" + name).want(200)
	}
}

func TestManifestTakesTheSameFilters(t *testing.T) { // T-3.4-13
	w := seeded(t)
	for query, want := range map[string]int{
		"added_after=" + w.d(4): 3, "limit=2": 2, "match[id]=" + idI: 1, "match[type]=indicator": 1,
		"match[version]=all": 7, "match[spec_version]=2.0": 1, "match[version]=" + v2: 1,
	} {
		assert.Len(t, w.as("analyst").get(rw+"manifest/?"+query).want(200).manifest().Objects, want, query)
	}
}

func TestMalformedQueries(t *testing.T) {
	w := seeded(t)
	for _, tc := range []struct{ name, query, says string }{
		{"T-3.4-07 zero", "limit=0", "limit"},
		{"T-3.4-07 negative", "limit=-1", "limit"},
		{"T-3.4-07 fraction", "limit=1.5", "limit"},
		{"T-3.4-07 word", "limit=abc", "limit"},
		{"T-3.4-07 A-10 empty", "limit=", "limit"},
		{"T-3.4-07 twice", "limit=1&limit=2", "limit"},
		{"T-3.4-04 added_after twice", "added_after=2016-01-01T00:00:00Z&added_after=2017-01-01T00:00:00Z", "added_after"},
		{"T-3.4-04 two in one", "added_after=2016-01-01T00:00:00Z,2017-01-01T00:00:00Z", "added_after"},
		{"T-2-D1 date only", "added_after=2016-11-03", "added_after"},
		{"T-2-D1 word", "added_after=yesterday", "added_after"},
		{"A-10 empty added_after", "added_after=", "added_after"},
		{"T-3.4-15 X-07 field twice", "match[type]=campaign&match[type]=malware", "match[type]"},
		{"T-3.4-15 also the same value", "match[id]=" + idI + "&match[id]=" + idI, "match[id]"},
		{"A-10 empty match", "match[type]=", "match[type]"},
		{"T-3.4.1-11 all and another", "match[version]=all,last", "match[version]"},
		{"T-3.4.1-12 a keyword twice", "match[version]=last,last", "match[version]"},
		{"T-3.4.1-12 a value twice", "match[version]=" + v2 + "," + v2, "match[version]"},
		{"T-3.4.1-14 not a timestamp", "match[version]=2016-01-01", "match[version]"},
		{"T-3.4.1-14 word", "match[version]=foo", "match[version]"},
		{"T-B-01 a next of nobody's", "next=garbage", "next"},
		{"F-06 a page number", "next=2", "next"},
		{"T-3.4-01 broken escape", "match[type]=%zz", "percent-encoding"},
		{"T-3.4-01 too long", "match[type]=" + strings.Repeat("a,", 20000) + "a", "too long"},
	} {
		for _, read := range []string{"objects/", "manifest/"} {
			t.Run(tc.name+" at "+read, func(t *testing.T) {
				e := w.as("analyst").get(rw + read + "?" + tc.query).want(400).error()
				assert.Contains(t, e.Description, tc.says, "F-34 the answer names the parameter")
			})
		}
	}
	t.Run("T-3.4-07 T-3.4.1-14 on an object and its versions too", func(t *testing.T) {
		w.as("analyst").get(rw + "objects/" + idI + "/?limit=0").want(400)
		w.as("analyst").get(rw + "objects/" + idI + "/?match[version]=foo").want(400)
		w.as("analyst").get(rw + "objects/" + idI + "/versions/?limit=0").want(400)
	})
}

func TestTimestampsOfClients(t *testing.T) {
	w := seeded(t)
	d4 := w.added[3]
	for _, tc := range []struct{ name, text string }{
		{"T-2-D1 F-35 six digits", d4.Format("2006-01-02T15:04:05.000000Z")},
		{"F-35 nine", d4.Format("2006-01-02T15:04:05.000000000Z")},
		{"T-2-D1 F-36 milliseconds", d4.Format("2006-01-02T15:04:05.000Z")},
		{"F-35 an offset", d4.In(time.FixedZone("", 7200)).Format("2006-01-02T15:04:05.000-07:00")},
		{"F-35 a plus that became a space", strings.Replace(d4.In(time.FixedZone("", 7200)).Format("2006-01-02T15:04:05.000-07:00"), "+", " ", 1)},
		{"F-35 lower case", strings.ToLower(d4.Format("2006-01-02T15:04:05.000Z"))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.as("analyst").get(rw+"objects/?added_after="+url.QueryEscape(tc.text)).want(200).holds(objectS, objectMD, objectX1)
		})
	}
	t.Run("T-2-D1 no fraction: that second", func(t *testing.T) {
		w.as("analyst").get(rw+"objects/?added_after="+d4.Format("2006-01-02T15:04:05Z")).want(200).holds(objectM, objectS, objectMD, objectX1)
	})
	assert.Zero(t, d4.Nanosecond()%int(time.Millisecond), "F-36 whole milliseconds while the rate allows")
}

// walk follows next to the end and returns what the pages held.
func (c *caller) walk(path string) (objects []string, pages int) {
	c.w.t.Helper()
	base := path
	for pages = 1; ; pages++ {
		require.Less(c.w.t, pages, 100, "the walk does not end")
		page := c.get(path).want(200).envelope()
		for _, o := range page.Objects {
			objects = append(objects, string(o))
		}
		if !page.More {
			return objects, pages
		}
		path = base + "&next=" + page.Next
	}
}

func TestPaging(t *testing.T) {
	w := seeded(t)
	analyst := w.as("analyst")
	everything := "match[version]=all&match[spec_version]=2.0,2.1"
	for _, limit := range []int{1, 2, 3, 4, 7, 8, 1000} {
		t.Run(fmt.Sprintf("T-3.4-12 F-02 next to the end, limit %d", limit), func(t *testing.T) {
			got, pages := analyst.walk(fmt.Sprintf(rw+"objects/?limit=%d&%s", limit, everything))
			assert.Equal(t, seed(), got)
			assert.Equal(t, (8+limit-1)/limit, pages, "no empty page at the end")
		})
		t.Run(fmt.Sprintf("T-3.5-01 F-03 by added_after alone, limit %d", limit), func(t *testing.T) {
			var got []string
			after := ""
			for range 9 {
				a := analyst.get(fmt.Sprintf(rw+"objects/?limit=%d&%s%s", limit, everything, after)).want(200)
				for _, o := range a.envelope().Objects {
					got = append(got, string(o))
				}
				if !a.envelope().More {
					break
				}
				after = "&added_after=" + a.header.Get("X-TAXII-Date-Added-Last")
			}
			assert.Equal(t, seed(), got)
		})
	}
	t.Run("T-3.4-09 all that there is fits: no more", func(t *testing.T) {
		page := analyst.get(rw + "objects/?limit=5").want(200).envelope()
		assert.Len(t, page.Objects, 5)
		assert.False(t, page.More)
		assert.Empty(t, page.Next)
	})
	for _, read := range fourReads {
		t.Run("T-3.4-11 T-3.5-D2 F-08 more and next at "+read, func(t *testing.T) {
			query := "?limit=1&match[version]=all"
			page := analyst.get(rw + read + query).want(200)
			assert.Contains(t, page.bytes(), `{"more":true,"next":"`)
			again := analyst.get(rw + read + query).want(200)
			assert.Equal(t, page.bytes(), again.bytes(), "F-02 the same request, the same page")
		})
	}
	t.Run("F-07 next alone carries the filters; another limit is fine", func(t *testing.T) {
		next := analyst.get(rw + "objects/?limit=1&match[version]=all&match[type]=indicator").want(200).envelope().Next
		analyst.get(rw+"objects/?next="+next).want(200).holds(indicator(idI, v2), indicator(idI, v3))
		analyst.get(rw + "objects/?limit=1&next=" + next).want(200).holds(indicator(idI, v2))
		analyst.get(rw+"objects/?added_after="+w.d(2)+"&next="+next).want(200).holds(indicator(idI, v2), indicator(idI, v3))
		analyst.get(rw + "objects/?match[type]=malware&next=" + next).want(400)
	})
	t.Run("T-3.5-02 F-09 the next page may be empty: its objects were withdrawn", func(t *testing.T) {
		w := seeded(t)
		next := w.as("analyst").get(rw + "objects/?limit=4").want(200).envelope().Next
		w.as("analyst").delete(rw + "objects/" + idX + "/").want(200)
		assert.Equal(t, `{"more":false}`, w.as("analyst").get(rw+"objects/?limit=4&next="+next).want(200).bytes())
	})
}

func TestServerLimit(t *testing.T) {
	w := newWorld(t, withExchange(func(c *exchange.Config) { c.PageLimit, c.MaxPageLimit = 3, 3 }))
	w.as("analyst").post(rw+"objects/", envelope(seed()...)).want(202).accepted(8)
	for name, query := range map[string]string{"T-3.4-10 the server's cap is lower": "?limit=100", "T-B-03 F-53 a page has an end without limit too": ""} {
		t.Run(name, func(t *testing.T) {
			page := w.as("analyst").get(rw + "objects/" + query).want(200).envelope()
			assert.Len(t, page.Objects, 3)
			assert.True(t, page.More)
		})
	}
	t.Run("T-3.5-D1 F-04 ten objects of one POST are never split by a page's edge", func(t *testing.T) {
		var objects []string
		for i := range 10 {
			objects = append(objects, indicator(fmt.Sprintf("indicator--00000000-0000-4000-8000-0000000000%02d", i), v1))
		}
		w := newWorld(t)
		w.as("analyst").post(rw+"objects/", envelope(objects...)).want(202).accepted(10)
		var got []string
		for after := ""; len(got) < 10; {
			a := w.as("analyst").get(rw + "objects/?limit=3" + after).want(200)
			require.NotEmpty(t, a.envelope().Objects)
			for _, o := range a.envelope().Objects {
				got = append(got, string(o))
			}
			after = "&added_after=" + a.header.Get("X-TAXII-Date-Added-Last")
		}
		assert.Equal(t, objects, got, "in the envelope's order")
	})
}

// T-B-01: a next is good for whom it was given, where it was given, and as it was given.
func TestNextIsBound(t *testing.T) {
	w := seeded(t)
	next := w.as("csirt-xb").get("collections/for-csirt-xb/objects/?limit=1").want(200).envelope().Next
	for _, tc := range []struct {
		name, who, path string
		status          int
	}{
		{"T-B-01 his own", "csirt-xb", "collections/for-csirt-xb/objects/?next=" + next, 200},
		{"T-B-01 F-02 by another spelling of the collection", "csirt-xb", "collections/" + w.collection("for-csirt-xb") + "/objects/?next=" + next, 200},
		{"T-B-01 another's", "csirt-xc", "collections/for-csirt-xc/objects/?next=" + next, 400},
		{"T-B-01 another collection", "analyst", rw + "objects/?next=" + next, 400},
		{"T-B-01 another endpoint", "csirt-xb", "collections/for-csirt-xb/manifest/?next=" + next, 400},
		{"T-B-01 an object", "csirt-xb", "collections/for-csirt-xb/objects/" + idI + "/?next=" + next, 400},
		{"T-B-01 another filter", "csirt-xb", "collections/for-csirt-xb/objects/?match[type]=malware&next=" + next, 400},
		{"T-B-01 tampered", "csirt-xb", "collections/for-csirt-xb/objects/?next=B" + next[1:], 400},
		{"T-B-01 hidden collection", "csirt-xb", "collections/for-csirt-xc/objects/?next=" + next, 404},
	} {
		t.Run(tc.name, func(t *testing.T) { w.as(tc.who).get(tc.path).want(tc.status) })
	}
}

func (w *world) collection(alias string) string { return w.exchange.Names()[alias] }

func TestOptionalFilters(t *testing.T) {
	on := seeded(t, withServer(func(c *server.Config) { c.OptionalFilters = true }))
	off := seeded(t)
	everything := []string{indicator(idI, v3), objectM, objectS, objectMD, objectX1}
	for _, tc := range []struct {
		name, query string
		want        []string
	}{
		{"I-3.13.2.1 simple properties", "match[pattern_type]=stix", []string{indicator(idI, v3)}},
		{"I-3.13.2.1 an integer", "match[confidence]=40", []string{indicator(idI, v3)}},
		{"I-3.13.2.1 revoked, absent is false", "match[revoked]=true", nil},
		{"I-3.13.2.2 lists", "match[malware_types]=remote-access-trojan", []string{objectM}},
		{"I-3.13.2.3 TLP", "match[tlp]=green", everything},
		{"I-3.13.2.3 no TLP of that name", "match[tlp]=amber", nil},
		{"I-3.13.2.4 references", "match[relationships-all]=" + green, everything},
		{"I-3.13.2.5 calculation", "match[confidence-gte]=10", []string{indicator(idI, v3)}},
		{"I-3.13.2.5 bound", "match[confidence-lte]=39", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			on.as("analyst").get(rw + "objects/?" + tc.query).want(200).holds(tc.want...)
			off.as("analyst").get(rw + "objects/?" + tc.query).want(200).holds(everything...)
		})
	}
	t.Run("I-3.13.2.1 garbage is a 400 only when they are on", func(t *testing.T) {
		on.as("analyst").get(rw + "objects/?match[confidence]=much").want(400)
		off.as("analyst").get(rw + "objects/?match[confidence]=much").want(200)
	})
}
