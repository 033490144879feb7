package server_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii/server"
	"entente/trust"
	"entente/trust/exchange"
)

// step is one thing that happens in a world; hidden from whom says in which worlds it does not.
type step struct {
	who, object string
	hidden      bool
}

// of marks an object with a level; Unmarked leaves it without.
func of(level trust.Level, object string) string {
	mark := fmt.Sprintf(`,"object_marking_refs":["%s"]`, trust.MarkingOf(level))
	if level == trust.Unmarked {
		mark = ""
	}
	return strings.Replace(object, `,"object_marking_refs":["`+green+`"]`, mark, 1)
}

func numbered(n int, modified string) string {
	return indicator(fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", n), modified)
}

// history is a collection's life with things in it that a caller must not see: by the given
// levels, by another member, older than what is visible, in another STIX version, of the same id.
func history(levels ...trust.Level) []step {
	var steps []step
	hide := func(n int) {
		for i, level := range levels {
			steps = append(steps, step{"analyst", of(level, numbered(100*n+i, v1)), true})
		}
	}
	secret := levels[0]
	x2 := strings.Replace(objectX1, `"modified":"2016-04-06T20:03:00`, `"modified":"2016-04-06T20:03:01`, 1)
	x3 := strings.Replace(objectX0, `"modified":"2016-04-06T20:03:00`, `"modified":"2016-04-06T20:03:02`, 1)
	for i, s := range []step{
		{"analyst", of(secret, indicator(idI, v1)), true},
		{"analyst", of(trust.Clear, indicator(idI, v2)), false},
		{"analyst", of(trust.Clear, indicator(idI, v3)), false},
		{"analyst", of(trust.Clear, objectM), false},
		{"analyst", of(secret, x2), true},
		{"analyst", of(trust.Clear, x3), false},
		{"analyst", of(trust.Clear, objectS), false},
		{"analyst", of(trust.Clear, objectMD), false},
	} {
		hide(i + 1)
		steps = append(steps, s)
	}
	return steps
}

// received is what only members must not see of each other.
var received = []step{
	{"csirt-xc", of(trust.Amber, indicator(idI, v3)), true},
	{"csirt-xc", of(trust.Clear, indicator(idI, "2016-04-01T00:00:00.000Z")), true},
	{"csirt-xc", of(trust.Amber, objectS), true},
	{"csirt-xc", of(trust.Amber, numbered(1, v1)), true},
	{"csirt-xc", of(trust.Clear, numbered(2, v1)), false},
	{"csirt-xb", of(trust.Clear, numbered(3, v1)), false},
}

func (w *world) live(steps []step, all bool) {
	for _, s := range steps {
		w.pass(time.Second)
		if s.hidden && !all {
			continue
		}
		collection := "publish"
		if s.who != "analyst" {
			collection = "from-" + s.who
		}
		w.as(s.who).post("collections/"+collection+"/objects/", envelope(s.object)).want(202).accepted(1)
	}
}

var nextToken = regexp.MustCompile(`"next":"([^"]*)"`)

// script asks everything of every route, and follows every page.
func script(c *caller, member string, steps []step) (told []string) {
	say := func(a *answer) {
		told = append(told, fmt.Sprint(a.method, " ", a.path, " → ", a.status, a.header, a.bytes()))
	}
	var queries []string
	for _, version := range []string{"", "&match[version]=all", "&match[version]=first", "&match[version]=last", "&match[version]=first,last", "&match[version]=" + v1} {
		for _, filter := range []string{"", "&match[spec_version]=2.0", "&match[spec_version]=2.0,2.1", "&match[type]=indicator", "&match[type]=campaign", "&match[id]=" + idI + "," + idX, "&match[confidence-gte]=1", "&match[value]=198.51.100.3",
			"&added_after=2026-06-01T12:00:07Z", "&added_after=2026-06-01T12:00:30Z", "&limit=1", "&limit=2"} {
			queries = append(queries, "?"+strings.TrimPrefix(version+filter, "&"))
		}
	}
	ids := []string{unknownID, idI, idM, idX, idS, idMD}
	for _, s := range steps {
		ids = append(ids, s.object[strings.Index(s.object, `"id":"`)+6:][:strings.Index(s.object[strings.Index(s.object, `"id":"`)+6:], `"`)])
	}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "OPTIONS"} {
		for _, path := range []string{"/taxii2/", rootPath, "collections/", "status/" + unknownCollection + "/"} {
			say(c.do(method, path, nil))
		}
	}
	walk := func(path, query string) {
		for q := query; ; {
			a := c.get(path + q)
			say(a)
			say(c.head(path + q))
			next := nextToken.FindStringSubmatch(a.bytes())
			if next == nil {
				return
			}
			q = query + "&next=" + next[1]
		}
	}
	for _, collection := range []string{"publish", "received", "public", "for-csirt-xb", "from-csirt-xb", "for-csirt-xc", "from-csirt-xc", "nowhere"} {
		at := "collections/" + collection + "/"
		say(c.get(at))
		for _, query := range queries {
			walk(at+"objects/", query)
			walk(at+"manifest/", query)
		}
		for _, id := range ids {
			walk(at+"objects/"+id+"/versions/", "?limit=1")
			for _, query := range []string{"?", "?match[version]=all&limit=1", "?match[version]=first", "?match[version]=" + v1, "?match[spec_version]=2.0", "?match[spec_version]=2.1"} {
				walk(at+"objects/"+id+"/", query)
			}
			if member != "" {
				say(c.delete(at + "objects/" + id + "/"))
			}
		}
		if member != "" {
			for _, s := range steps {
				say(c.post(at+"objects/", envelope(s.object, strings.Replace(s.object, "198.51", "203.0", 1))))
			}
		}
	}
	return told
}

// twins are two worlds of one store, in which nothing is random any more.
func twins(t *testing.T) (pair [2]*world) {
	first := newWorld(t)
	first.restart() // so that the ids of the collections are in the file
	file, err := os.ReadFile(first.path)
	require.NoError(t, err)
	for i := range pair {
		w := newWorld(t, option{public: true},
			withServer(func(cfg *server.Config) { cfg.OptionalFilters, cfg.NewErrorID = true, func() string { return "e" } }),
			withExchange(func(cfg *exchange.Config) {
				now := cfg.Now
				cfg.OptionalFilters, cfg.NewID = true, func() uuid.UUID {
					id := uuid.NewV5(uuid.NamespaceOID, now().String())
					id.SetVersion(uuid.V4)
					return id
				}
			}))
		w.stop()
		require.NoError(t, os.WriteFile(w.path, file, 0o600))
		w.start()
		pair[i] = w
	}
	return pair
}

// ADV-02, ADV-13, I-1: two worlds that differ in what a caller may not see give it the same bytes,
// on every route, with every filter, page by page. Only the number of what is hidden within one
// commit shows, in the microseconds of `date_added`.
func TestTwoWorlds(t *testing.T) {
	hidden := []trust.Level{trust.Red, trust.AmberStrict, trust.Unmarked}
	for _, c := range []struct {
		name, who, member string
		steps             []step
	}{
		{"ADV-02 a member", "csirt-xb", "csirt-xb", append(history(append(hidden, trust.Amber)...), received...)},
		{"ADV-02 anybody", "", "", append(history(append(hidden, trust.Amber, trust.Green)...), received[:4]...)},
		{"ADV-02 a tool", "robot", "", history(hidden...)},
		{"ADV-02 a person", "reader", "", history(trust.Red)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told [2][]string
			for i, w := range twins(t) {
				w.live(c.steps, i == 0)
				told[i] = script(w.as(c.who), c.member, c.steps)
			}
			require.Greater(t, len(told[0]), 1000)
			require.Equal(t, len(told[1]), len(told[0]), "as many pages")
			for i := range told[1] {
				require.Equal(t, told[1][i], told[0][i])
			}
			whole := strings.Join(told[0], "\n")
			assert.Contains(t, whole, idM, "what is visible was seen")
		})
	}
}
