package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
)

// step is one write in a world; a hidden one happens in one world only.
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
			var answers [2][]told
			pair := twins(t, option{public: true})
			for i, w := range pair {
				w.live(c.steps, i == 0)
				q := inquiry{who: c.who, member: c.member}
				for _, s := range c.steps {
					q.objects = append(q.objects, s.object)
				}
				answers[i] = q.ask(w)
			}
			require.Greater(t, len(answers[0]), 1000)
			sameAnswers(t, pair, answers)
			seen := false
			for _, a := range answers[0] {
				seen = seen || strings.Contains(a.answered, `"id":"`+idM)
			}
			assert.True(t, seen, "what is visible was seen")
		})
	}
}
