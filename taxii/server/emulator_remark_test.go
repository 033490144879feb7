package server_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
	"entente/trust/exchange"
)

// habit is a client of clients.md §3, cut down to what it asks for: begin makes one whose poll is one run of
// its scheduler, and gives what the run took home.
type habit struct {
	name  string
	notes bool // it asks for notes too, so that a notice can reach it
	begin func(c *client, objects string, now func() time.Time) (poll func() []page)
}

// untilDone follows pages as long as there are more.
func untilDone(c *client, first string, next func(p page) string) (pages []page) {
	for address := first; ; {
		p := c.page(address)
		pages = append(pages, p)
		if !p.More {
			return pages
		}
		address = next(p)
	}
}

var habits = []habit{
	{"taxii2-client", true, func(c *client, objects string, _ func() time.Time) func() []page {
		return func() []page { return asPages(c, objects, 2) }
	}},
	{"OpenCTI ingester", true, func(c *client, objects string, _ func() time.Time) func() []page {
		addedAfter, next := "", ""
		return func() []page {
			p := c.page(objects + query("next", next, "added_after", addedAfter))
			if len(p.Objects) > 0 {
				if next = p.Next; !p.More {
					addedAfter = milliseconds(c.t, p.last)
				}
			}
			return []page{p}
		}
	}},
	{"OpenCTI connector", true, func(c *client, objects string, now func() time.Time) func() []page {
		return func() []page {
			return untilDone(c, objects+query("limit", "2", "added_after", now().Add(-time.Hour).Format(time.RFC3339Nano)),
				func(p page) string { return objects + query("limit", "2", "next", p.Next) })
		}
	}},
	{"XSOAR", false, func(c *client, objects string, _ func() time.Time) func() []page {
		last := ""
		return func() []page {
			pages := asPages(c, objects, 2, "added_after", last, "match[type]", "indicator,malware,relationship")
			for _, p := range pages {
				for _, o := range p.Objects {
					last = max(last, modifiedMember.FindStringSubmatch(string(o))[1])
				}
			}
			return pages
		}
	}},
	{"Elastic", true, func(c *client, objects string, now func() time.Time) func() []page {
		addedAfter := now().Add(-time.Hour).Format(time.RFC3339)
		return func() []page {
			pages := untilDone(c, objects+query("added_after", addedAfter, "limit", "2"), func(p page) string { return objects + query("next", p.Next) })
			addedAfter = pages[len(pages)-1].last
			return pages
		}
	}},
	{"MISP", true, func(c *client, objects string, _ func() time.Time) func() []page {
		return func() []page {
			return untilDone(c, objects+"?limit=50&next=", func(p page) string { return objects + "?limit=50&next=" + p.Next })
		}
	}},
	{"IntelMQ", false, func(c *client, objects string, now func() time.Time) func() []page {
		naive := now().Add(-time.Hour).Format("2006-01-02T15:04:05.999999Z")
		return func() []page {
			return []page{c.page(objects + query("added_after", naive, "match[type]", "indicator"))}
		}
	}},
	{"Sentinel", true, func(c *client, objects string, now func() time.Time) func() []page {
		addedAfter := now().Add(-24 * time.Hour).Format(time.RFC3339)
		return func() []page {
			pages := untilDone(c, objects+query("added_after", addedAfter), func(p page) string { return objects + query("added_after", p.last, "next", p.Next) })
			addedAfter = pages[len(pages)-1].last
			return pages
		}
	}},
	{"curl", false, func(c *client, objects string, _ func() time.Time) func() []page {
		address := objects + "?match[type]=indicator,malware&limit=1"
		return func() []page {
			return untilDone(c, address, func(p page) string { return address + "&next=" + p.Next })
		}
	}},
}

// P-8 27, P-8 28, ADV-16, through clients of every style: what is marked RED after it was read is in no later
// poll, in no version; a notice says so once to whoever asks for notes; and the poll goes on.
func TestEmulatorsAfterReMarking(t *testing.T) {
	for _, h := range habits {
		t.Run(h.name, func(t *testing.T) {
			l := newLive(t, withFiles(arena()))
			c := l.client("Accept", t21, "Authorization", token("csirt-xb"))
			poll := h.begin(c, l.objectsOf(c, forXB), l.now)
			run := func() (got []string) {
				for range 4 { // some take one page each time
					for _, p := range poll() {
						for _, o := range p.Objects {
							got = append(got, string(o))
						}
					}
				}
				return got
			}
			id := mark(15, "indicator")
			versions := []string{sameID(marked(10, "indicator", trust.Green), 15), sameID(marked(11, "indicator", trust.Red), 15), sameID(marked(12, "indicator", trust.Green), 15)}
			others := []string{marked(20, "indicator", trust.Green), marked(21, "indicator", trust.Green), marked(22, "indicator", trust.Green)}
			publish := func(objects ...string) {
				l.pass(time.Second)
				l.gives("analyst", objects...)
			}

			publish(versions[0], others[0])
			first := run()
			require.Contains(t, first, versions[0])
			require.Contains(t, first, others[0])

			publish(versions[1])
			notices := 0
			for range 3 {
				for _, o := range run() {
					if strings.Contains(o, string(exchange.NoticeExtension)) {
						notices++
						assert.Contains(t, o, `"object_refs":["`+id+`"]`)
						assert.NotRegexp(t, wordForm, o, "ADV-27 nothing of the object")
						continue
					}
					assert.NotContains(t, o, id, "neither version, by whatever cursor")
				}
			}
			assert.Equal(t, h.notes, notices > 0, "who asks for notes is told")

			publish(others[1])
			assert.Contains(t, run(), others[1], "the poll goes on")

			publish(versions[2], others[2])
			after := run()
			assert.Contains(t, after, versions[2], "P-8 28 the version that is GREEN again")
			assert.Contains(t, after, others[2])
			assert.False(t, slices.Contains(after, versions[0]) || slices.Contains(after, versions[1]), "and no earlier one")
		})
	}
}
