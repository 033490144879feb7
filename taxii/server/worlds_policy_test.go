package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/trust"
	"entente/trust/exchange"
)

const (
	identityOfXE = "identity--eeeeeeee-0000-4000-8000-000000000001"
	created      = "2018-05-05T00:00:00.000Z"
)

// federation is a folder with one member of every kind: peers with an agreement, a constituent, and a
// newcomer who gets CLEAR.
func federation() map[string]string {
	files := map[string]string{
		"local.yaml":             "accounts: {person: amber+strict, tool: amber, red: [officer]}\nrules: [{to: csirt-xb, exclude: {labels: [not-xb]}}]\n",
		"communities/north.yaml": "community: north\nmembers: [csirt-xa, csirt-xb, csirt-xc]\n",
		"agreements/mou-xc.yaml": "agreement: mou-xc\nparties: [csirt-xa, csirt-xc]\nflows:\n  - {from: csirt-xa, to: csirt-xc, max_tlp: amber+strict}\n" +
			"  - {from: csirt-xc, to: csirt-xa, max_tlp: amber}\nmarkings: {" + mark(7, "marking-definition") + ": {level: amber, to: [csirt-xc]}}\n",
		"members/csirt-xb.yaml": "member: csirt-xb\ntrust: 3\nidentities: [{id: identity--bbbbbbbb-0000-4000-8000-000000000001}]\n",
		"members/csirt-xc.yaml": "member: csirt-xc\ntrust: 4\n",
		"members/csirt-xd.yaml": "member: csirt-xd\ntrust: 2\nrelation: constituent\nconstituency: {sectors: [energy]}\n",
		"members/csirt-xe.yaml": "member: csirt-xe\ntrust: 1\nidentities: [{id: " + identityOfXE + "}]\n",
	}
	for _, member := range []string{"csirt-xd", "csirt-xe"} {
		files["links/"+member+".yaml"] = link(member)
	}
	return files
}

// agreedWithXB is what the federation agrees to in the midst of its history.
const agreedWithXB = "agreement: mou-xb\nparties: [csirt-xa, csirt-xb]\nflows:\n  - {from: csirt-xa, to: csirt-xb, max_tlp: amber, types: [indicator, malware]}\n" +
	"  - {from: csirt-xb, to: csirt-xa, max_tlp: amber}\nterms: {personal_data: withhold}\n"

// mark is the id of an event's object, which nothing else has anything of.
func mark(n int, typ string) string {
	return fmt.Sprintf("%s--dead%04d-0000-4000-8000-000000000000", typ, n)
}

// word is in every string of an event's object.
func word(n int) string { return fmt.Sprintf("kanari%02d", n) }

// version is when an event's object says that it was changed.
func version(n int) string { return fmt.Sprintf("2019-01-01T00:%02d:00.000Z", n) }

// marked writes an event's object, with its word wherever there is place for one.
func marked(n int, typ string, level trust.Level, members ...string) string {
	w := word(n)
	fields := []string{fmt.Sprintf(`"type":%q,"id":%q`, typ, mark(n, typ))}
	if level != trust.Unmarked {
		members = append(members, fmt.Sprintf(`"object_marking_refs":[%q]`, trust.MarkingOf(level)))
	}
	fields = append(fields, `"x_`+w+`":{"`+w+`":["`+w+`"]}`)
	switch typ {
	case "ipv4-addr", "domain-name", "email-addr":
		fields = append(fields, fmt.Sprintf(`"spec_version":"2.1","value":"%s"`, w))
		return "{" + strings.Join(append(fields, members...), ",") + "}"
	case "marking-definition":
		fields = append(fields, `"definition_type":"statement","definition":{"statement":"`+w+`"}`)
	case "indicator":
		fields = append(fields, `"pattern":"[domain-name:value = '`+w+`.example']","pattern_type":"stix","valid_from":"`+version(n)+`","indicator_types":["`+w+`"]`)
	case "malware":
		fields = append(fields, `"is_family":false`)
	case "report":
		fields = append(fields, `"published":"`+version(n)+`"`)
	case "note":
		fields = append(fields, `"content":"`+w+`"`)
	case "relationship":
		fields = append(fields, `"relationship_type":"related-to"`)
	case "extension-definition":
		fields = append(fields, `"created_by_ref":"`+mark(n, "identity")+`","schema":"`+w+`","version":"1.0.0","extension_types":["property-extension"]`)
	}
	if typ != "marking-definition" {
		fields = append(fields, `"modified":"`+version(n)+`"`)
	}
	if stix.IsDomainType(typ) || typ == "extension-definition" {
		fields = append(fields, `"name":"`+w+`","description":"`+w+`"`)
	}
	fields = append(fields, `"spec_version":"2.1","created":"`+created+`","external_references":[{"source_name":"`+w+`","url":"https://`+w+`.example/"}]`)
	return "{" + strings.Join(append(fields, members...), ",") + "}"
}

// sameID gives an event's object the id of another's.
func sameID(object string, n int) string {
	id := idOf(object)
	return strings.Replace(object, id, mark(n, stix.ID(id).Type()), 1)
}

func refersTo(member string, ids ...string) string {
	if strings.HasSuffix(member, "s") {
		return `"` + member + `":["` + strings.Join(ids, `","`) + `"]`
	}
	return `"` + member + `":"` + ids[0] + `"`
}

// event is one thing that happens, and who may see something of it: names of callers without `csirt-`,
// "all", or nobody.
type event struct {
	name    string
	shows   string
	who     string // default: the analyst
	objects []string
	act     func(w *world)
	named   string        // who may learn the id alone
	gone    bool          // in the end, for everybody
	later   time.Duration // than a minute after the one before
	refers  bool          // to what is hidden also from our own people, who see that it does
}

func (e event) showsTo(caller string) bool {
	return e.shows == "all" || slices.Contains(strings.Fields(e.shows), caller) || e.who == "csirt-"+caller
}

// happen lets it happen, and returns the ids of its statuses.
func (w *world) happen(e event) (statuses []string) {
	w.t.Helper()
	who, collection := e.who, "from-"+e.who
	if who == "" {
		who, collection = "analyst", "publish"
	}
	for _, o := range e.objects {
		a := w.as(who).post("collections/"+collection+"/objects/", envelope(o))
		require.Equal(w.t, http.StatusAccepted, a.status, "%s: %s", e.name, a.body)
		statuses = append(statuses, a.accepted(1).ID)
		w.pass(time.Second)
	}
	if e.act != nil {
		e.act(w)
	}
	w.settle()
	return statuses
}

// settle waits until everything that the policy permits is released.
func (w *world) settle() {
	w.t.Helper()
	for {
		pending, err := w.exchange.Pending(w.t.Context())
		require.NoError(w.t, err)
		if !pending {
			return
		}
	}
}

// apply puts a folder in force.
func (w *world) apply(folder map[string]string) {
	w.t.Helper()
	policy, files := parse(w.t, folder)
	_, err := w.exchange.Apply(w.t.Context(), exchange.Revision{Policy: policy, Files: files, Author: "officer"})
	require.NoError(w.t, err)
	w.settle()
}

// changed is a folder with some files others; pairs of path and content.
func changed(folder map[string]string, pairs ...string) map[string]string {
	next := maps.Clone(folder)
	for i := 0; i < len(pairs); i += 2 {
		next[pairs[i]] = pairs[i+1]
	}
	return next
}

func (w *world) recall(n int, typ string) {
	w.t.Helper()
	_, err := w.exchange.Recall(w.t.Context(), stix.ID(mark(n, typ)), "analyst", word(n))
	require.NoError(w.t, err)
}

// remove deletes in publish what the analyst sees.
func (w *world) remove(id string) {
	w.t.Helper()
	w.as("analyst").delete("collections/publish/objects/" + id + "/").want(http.StatusOK)
}

// events are a life in which everything happens that somebody must not see.
func events() []event {
	indicator := func(n int, level trust.Level, members ...string) []string {
		return []string{marked(n, "indicator", level, members...)}
	}
	first, red := mark(1, "indicator"), mark(2, "indicator")
	list := []event{
		{name: "open", shows: "all", objects: indicator(1, trust.Clear)},
		{name: "RED", objects: indicator(2, trust.Red)},
		{name: "P-4 RED, released to another", shows: "xc", objects: indicator(3, trust.Red), act: func(w *world) {
			require.NoError(w.t, w.exchange.ReleaseTo(w.t.Context(), stix.ID(mark(3, "indicator")), []string{"csirt-xc"}, "officer", word(3)))
		}},
		{name: "AMBER+STRICT", shows: "xc reader", objects: indicator(4, trust.AmberStrict)},
		{name: "ADV-04 unmarked", shows: "reader", objects: indicator(5, trust.Unmarked)},
		{name: "ADV-04 unknown marking", shows: "reader", objects: indicator(6, trust.Unmarked, refersTo("object_marking_refs", mark(6, "marking-definition")))},
		{name: "ADV-03 another's agreement", shows: "xc reader robot", objects: indicator(7, trust.Unmarked, refersTo("object_marking_refs", mark(7, "marking-definition")))},
		{name: "ADV-12 definition of what is hidden", shows: "reader", objects: []string{marked(8, "marking-definition", trust.Unmarked)}},
		{name: "RED that cites it", objects: indicator(9, trust.Unmarked, refersTo("object_marking_refs", string(trust.MarkingOf(trust.Red)), mark(8, "marking-definition")))},
		{name: "P-2 definition that goes along", shows: "all", objects: []string{marked(10, "marking-definition", trust.Unmarked)}},
		{name: "RED that cites it", objects: indicator(11, trust.Unmarked, refersTo("object_marking_refs", string(trust.MarkingOf(trust.Red)), mark(10, "marking-definition")))},
		{name: "CLEAR that cites it", shows: "all", objects: indicator(12, trust.Unmarked, refersTo("object_marking_refs", string(trust.MarkingOf(trust.Clear)), mark(10, "marking-definition")))},
		{name: "AMBER, before it is agreed", shows: "xb xc reader robot", objects: indicator(13, trust.Amber)},
		{name: "P-6 an agreement", shows: "all", act: func(w *world) { w.apply(changed(w.folder(), "agreements/mou-xb.yaml", agreedWithXB)) }},
		{name: "P-4 out of scope", shows: "xc reader robot", named: "xb", objects: []string{marked(15, "report", trust.Amber, refersTo("object_refs", first))}},
		{name: "P-4 what dangles", shows: "xb xc reader robot", objects: []string{marked(16, "relationship", trust.Amber, refersTo("source_ref", first), refersTo("target_ref", mark(15, "report")))}},
		{name: "P-4 excluded", shows: "xc xd reader robot", objects: indicator(17, trust.Green, `"labels":["not-xb","`+word(17)+`"]`)},
		{name: "ADV-08 a relationship to RED", refers: true, shows: "reader robot", objects: []string{marked(18, "relationship", trust.Clear, refersTo("source_ref", first), refersTo("target_ref", red))}},
		{name: "ADV-08 a sighting of RED", refers: true, shows: "reader robot", objects: []string{marked(19, "sighting", trust.Green, refersTo("sighting_of_ref", red))}},
		{name: "ADV-08 a note on RED", refers: true, shows: "reader robot", objects: []string{marked(20, "note", trust.Clear, refersTo("object_refs", red))}},
		{name: "ADV-08 a report with RED in it", refers: true, shows: "reader robot", objects: []string{marked(21, "report", trust.Clear, refersTo("object_refs", first, red))}},
		{name: "ADV-08 an address", shows: "xc reader", objects: []string{marked(22, "ipv4-addr", trust.AmberStrict)}},
		{name: "ADV-08 a relationship to it", refers: true, shows: "xc reader robot", objects: []string{marked(23, "relationship", trust.Clear, refersTo("source_ref", first), refersTo("target_ref", mark(22, "ipv4-addr")))}},
		{name: "ADV-10 a translation of RED", objects: []string{marked(24, "language-content", trust.Green, refersTo("object_ref", red), `"contents":{"de":{"name":"`+word(24)+`"}}`)}},
		{name: "ADV-10 a translation of what is not there", shows: "reader", objects: []string{marked(25, "language-content", trust.Green, refersTo("object_ref", unknownID), `"contents":{"de":{"name":"`+word(25)+`"}}`)}},
		{name: "ADV-15 v1 GREEN", objects: []string{sameID(marked(26, "indicator", trust.Green), 28)}},
		{name: "ADV-15 v2 RED", objects: []string{sameID(marked(27, "indicator", trust.Red), 28)}},
		{name: "ADV-15 v3 GREEN", shows: "xb xc xd reader robot", objects: indicator(28, trust.Green)},
		{name: "P-8 28 v1 RED", objects: []string{sameID(marked(29, "indicator", trust.Red), 30)}},
		{name: "P-8 28 v2 CLEAR", shows: "all", objects: indicator(30, trust.Clear)},
		{name: "P-8 27 v1 GREEN, v2 RED", objects: []string{sameID(marked(31, "indicator", trust.Green), 32), marked(32, "indicator", trust.Red)}},
		{name: "deleted", objects: indicator(33, trust.Green), act: func(w *world) { w.remove(mark(33, "indicator")) }},
		{name: "a hidden version, deleted", shows: "xc reader", gone: true, objects: []string{sameID(marked(34, "indicator", trust.AmberStrict), 35)}, act: func(w *world) { w.remove(mark(35, "indicator")) }},
		{name: "and a later one", shows: "all", objects: indicator(35, trust.Clear)},
		{name: "P-7 recalled", objects: indicator(36, trust.Green), act: func(w *world) { w.recall(36, "indicator") }},
		{name: "ADV-27 recalled after another read it", objects: indicator(37, trust.Green), act: func(w *world) {
			require.Contains(w.t, w.as("csirt-xc").get("collections/for-csirt-xc/objects/").want(http.StatusOK).bytes(), word(37))
			w.recall(37, "indicator")
			require.Contains(w.t, w.as("csirt-xc").get("collections/for-csirt-xc/objects/").want(http.StatusOK).bytes(), mark(37, "indicator"), "the notice")
		}},
		{name: "ADV-32 a claim to ours", who: "csirt-xc", objects: []string{sameID(marked(38, "indicator", trust.Clear), 1)}},
		{name: "ADV-30 a claim to RED", who: "csirt-xc", objects: []string{sameID(marked(39, "indicator", trust.Clear), 2)}},
		{name: "P-5 what is contradicted", shows: "reader", who: "csirt-xc", objects: indicator(40, trust.Green)},
		{name: "P-5 what contradicts it", who: "csirt-xc", objects: indicator(40, trust.Green, `"x_`+word(40)+`_2":1`)},
		{name: "ADV-32 from the future", who: "csirt-xc", objects: []string{strings.ReplaceAll(marked(41, "indicator", trust.Green), version(41), "2026-12-31T00:41:00.000Z")}},
		{name: "P-5 second-hand", shows: "reader robot", who: "csirt-xc", objects: indicator(42, trust.Green, refersTo("created_by_ref", identityOfXE))},
		{name: "P-3 another's AMBER", shows: "reader robot", who: "csirt-xc", objects: indicator(43, trust.Amber)},
		{name: "P-3 another's GREEN", shows: "xb xd reader robot", who: "csirt-xc", objects: indicator(44, trust.Green)},
		{name: "another's kind of object", who: "csirt-xc", shows: "reader robot", objects: []string{marked(45, "x-kanari45", trust.Amber)}},
		{name: "another's copy of an observable", shows: "reader robot", who: "csirt-xc", objects: []string{sameID(marked(46, "domain-name", trust.Amber), 47)}},
		{name: "and ours", shows: "all", objects: []string{marked(47, "domain-name", trust.Clear)}},
		{name: "ADV-12 a RED identity", objects: []string{marked(48, "identity", trust.Red)}},
		{name: "ADV-12 what it created", shows: "reader robot", objects: indicator(49, trust.Green, refersTo("created_by_ref", mark(48, "identity")))},
		{name: "P-4 personal data", shows: "xc xd reader robot", objects: []string{marked(50, "email-addr", trust.Green)}},
		{name: "an extension's definition", objects: []string{marked(51, "extension-definition", trust.Red)}},
		{name: "ADV-06 a granular RED", objects: indicator(52, trust.Green, `"granular_markings":[{"marking_ref":"`+string(trust.MarkingOf(trust.Red))+`","selectors":["name"]}]`)},
		{name: "ADV-03 two levels", objects: indicator(53, trust.Unmarked, refersTo("object_marking_refs", string(trust.MarkingOf(trust.Clear)), string(trust.MarkingOf(trust.Red))))},
		{name: "the caller's own", shows: "xc xd reader robot", who: "csirt-xb", objects: indicator(54, trust.Green)},
		{name: "the same by another route", who: "csirt-xc", objects: indicator(54, trust.Green)},
		{name: "P-2 ours about another's AMBER", shows: "reader robot", objects: []string{marked(56, "note", trust.Green, refersTo("object_refs", mark(43, "indicator")))}},
		{name: "P-2 an unmarked child", shows: "xc reader robot", objects: []string{
			marked(57, "indicator", trust.Unmarked), marked(58, "report", trust.Amber, refersTo("object_refs", mark(57, "indicator"))),
		}},
		{name: "labelled as MISP does", shows: "reader", objects: indicator(59, trust.Clear, `"labels":["tlp:amber+strict"]`)},
	}
	return list
}

// ADV-02, I-1: two worlds that differ in everything that a caller must not see are the same to it. Of
// what is hidden nothing gets anywhere: neither answers, nor the log, nor metrics (ADV-26).
func TestTwoWorldsUnderPolicy(t *testing.T) {
	for who, name := range map[string]string{"csirt-xb": "a peer", "csirt-xd": "a constituent", "csirt-xe": "a guest", "": "anybody", "robot": "a tool", "reader": "a person"} {
		t.Run("ADV-02 "+name, func(t *testing.T) {
			compare(t, twins(t, withFiles(federation()), option{public: true}), who, events())
		})
	}
}

// compare lets the worlds differ and the caller ask.
func compare(t *testing.T, pair [2]*world, who string, list []event) {
	t.Helper()
	q, hidden, shown := differ(pair, who, list)
	var answers [2][]told
	for i, w := range pair {
		answers[i] = q.ask(w)
	}
	sameAnswers(t, pair, answers)
	noCanaries(t, pair[0], q, hidden, shown, answers[0])
	var whole strings.Builder
	for _, a := range answers[0] {
		whole.WriteString(a.answered)
	}
	for _, e := range shown {
		for _, o := range e.objects {
			if e.who != who && !e.gone {
				assert.Contains(t, whole.String(), o, "%s: what is visible was seen", e.name)
			}
		}
	}
}

// differ lets everything happen in one of two worlds, and in the other what the caller may see.
func differ(pair [2]*world, who string, list []event) (q inquiry, hidden, shown []event) {
	q.who = who
	caller, isMember := strings.CutPrefix(who, "csirt-")
	if isMember {
		q.member = who
	} else if who == "" {
		caller = "any"
	}
	at := begin
	for _, e := range list {
		at = at.Add(time.Minute + e.later)
		if e.refers && !isMember && who != "" {
			continue
		}
		for i, w := range pair {
			w.pass(at.Sub(w.now()))
			if i == 1 && !e.showsTo(caller) {
				continue
			}
			statuses := w.happen(e)
			if i == 0 && e.who != who {
				q.statuses = append(q.statuses, statuses...)
			}
		}
		q.objects = append(q.objects, e.objects...)
		if e.showsTo(caller) {
			shown = append(shown, e)
		} else {
			hidden = append(hidden, e)
		}
	}
	for _, w := range pair {
		w.pass(at.Add(time.Hour).Sub(w.now()))
	}
	return q, hidden, shown
}

// ADV-02, P-4 12 and 13: of what waits for a time or for people nothing shows either, and what was let
// go has the date at which it was.
func TestTwoWorldsOfWhatWaits(t *testing.T) {
	files := federation()
	files["agreements/mou-xb.yaml"] = agreedWithXB
	files["local.yaml"] = "rules: [{to: csirt-xb, embargo: 24h, approval: {amber: one}}]\n"
	indicator := func(n int, level trust.Level) []string { return []string{marked(n, "indicator", level)} }
	approve := func(n int) func(w *world) {
		return func(w *world) {
			choice := exchange.HoldChoice{Objects: []stix.ID{stix.ID(mark(n, "indicator"))}, Member: "csirt-xb"}
			_, err := w.exchange.Approve(w.t.Context(), choice, trust.Unmarked, "analyst", word(n))
			require.NoError(w.t, err)
		}
	}
	deny := func(w *world) {
		_, err := w.exchange.Deny(w.t.Context(), exchange.HoldChoice{Objects: []stix.ID{stix.ID(mark(4, "indicator"))}}, "analyst", word(4))
		require.NoError(w.t, err)
	}
	compare(t, twins(t, withFiles(files), option{public: true}), "csirt-xb", []event{
		{name: "open", shows: "all", objects: indicator(1, trust.Clear)},
		{name: "approved", shows: "xb", objects: indicator(2, trust.Amber), act: approve(2)},
		{name: "not approved", objects: indicator(3, trust.Amber)},
		{name: "denied", objects: indicator(4, trust.Amber), act: deny},
		{name: "v1 of what is not approved", objects: []string{sameID(marked(5, "indicator", trust.Green), 6)}},
		{name: "v2 of it", objects: indicator(6, trust.Amber)},
		{name: "the embargo of these is over", shows: "all", later: 24 * time.Hour},
		{name: "v1, open for a while", objects: []string{sameID(marked(7, "indicator", trust.Green), 8)}},
		{name: "which ends with somebody's request", shows: "all", later: 24 * time.Hour, act: func(w *world) {
			w.as("csirt-xb").get("collections/from-csirt-xb/objects/").want(http.StatusForbidden)
			w.as("csirt-xe").get("collections/for-csirt-xe/objects/").want(http.StatusOK)
		}},
		{name: "v2 of it, under the embargo", objects: indicator(8, trust.Green)},
		{name: "under the embargo", objects: indicator(9, trust.Green)},
		{name: "another's, under the embargo", who: "csirt-xc", objects: indicator(10, trust.Green)},
		{name: "under the embargo, and approved", objects: indicator(11, trust.Amber), act: approve(11)},
	})
}

var (
	wordForm = regexp.MustCompile(`kanari\d\d`)
	markForm = regexp.MustCompile(`dead\d{4}-0000`)
	anyMark  = regexp.MustCompile(wordForm.String() + "|" + markForm.String())
)

// noCanaries checks that nothing of what is hidden from a caller got anywhere, but for what the caller
// itself has sent.
func noCanaries(t *testing.T, w *world, q inquiry, hidden, shown []event, answers []told) {
	t.Helper()
	isMember := strings.HasPrefix(q.who, "csirt-")
	var known []string
	for _, e := range shown {
		for _, o := range e.objects {
			known = append(known, wordForm.FindString(o), modifiedMember.FindString(o), markForm.FindString(o))
		}
	}
	var canaries []string
	for _, e := range hidden {
		for _, o := range e.objects {
			found := []string{wordForm.FindString(o), modifiedMember.FindString(o)}
			if (isMember || q.who == "") && e.named != strings.TrimPrefix(q.who, "csirt-") {
				found = append(found, markForm.FindString(o))
			}
			canaries = append(canaries, slices.DeleteFunc(found, func(c string) bool { return c == "" || slices.Contains(known, c) })...)
		}
	}
	require.Greater(t, len(canaries), 10, "there is something to look for")
	for _, a := range answers {
		for _, c := range canaries {
			if !a.wrote && strings.Contains(a.answered, c) && !strings.Contains(a.asked, c) && !strings.Contains(a.sent, c) {
				require.Fail(t, "something hidden shows", "%s in the answer to %s: %s", c, a.asked, a.answered)
			}
		}
	}
	for line := range strings.Lines(w.log.String()) {
		require.NotRegexp(t, anyMark, line, "ADV-26 neither content nor identifiers in the log")
	}
	assert.NotRegexp(t, anyMark, w.metrics(), "ADV-26 nor in metrics")
}
