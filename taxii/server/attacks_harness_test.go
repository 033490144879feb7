package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/trust"
	"entente/trust/exchange"
)

const (
	identityOfXB = "identity--bbbbbbbb-0000-4000-8000-000000000001"
	identityOfXC = "identity--cccccccc-0000-4000-8000-000000000001"
)

// arena is who the attacks are between: csirt-xb with an agreement up to AMBER+STRICT, csirt-xc who gets GREEN,
// the hub csirt-xh, the hostile csirt-xx, the newcomer csirt-xy who gets GREEN, and the constituent csirt-xs.
func arena() map[string]string {
	files := map[string]string{
		"local.yaml":             "accounts: {person: amber+strict, tool: amber, red: [officer]}\n",
		"communities/north.yaml": "community: north\nmembers: [csirt-xa, csirt-xb, csirt-xc, csirt-xx, csirt-xy]\nhub: csirt-xh\n",
		"agreements/mou-xb.yaml": agreementXB,
		"members/csirt-xb.yaml":  "member: csirt-xb\ntrust: 4\nidentities: [{id: " + identityOfXB + "}]\n",
		"members/csirt-xc.yaml":  "member: csirt-xc\ntrust: 2\nidentities: [{id: " + identityOfXC + "}]\n",
		"members/csirt-xh.yaml":  "member: csirt-xh\ntrust: 2\nrelation: hub\n",
		"members/csirt-xs.yaml":  "member: csirt-xs\ntrust: 3\nrelation: constituent\nconstituency: {sectors: [energy]}\n",
	}
	for _, member := range []string{"csirt-xx", "csirt-xy"} {
		files["members/"+member+".yaml"] = "member: " + member + "\ntrust: 2\n"
	}
	for _, member := range []string{"csirt-xh", "csirt-xs", "csirt-xx", "csirt-xy"} {
		files["links/"+member+".yaml"] = link(member)
	}
	return files
}

var agreementXB = "agreement: mou-xb\nparties: [csirt-xa, csirt-xb]\nflows:\n  - {from: csirt-xa, to: csirt-xb, max_tlp: amber+strict}\n" +
	"  - {from: csirt-xb, to: csirt-xa, max_tlp: amber+strict}\nmarkings: {" + mark(99, "marking-definition") + ": {level: amber, to: [csirt-xb]}}\n"

func newArena(t testing.TB) *world {
	t.Helper()
	return newWorld(t, withFiles(arena()))
}

// gives lets somebody write objects that must all be answered as taken.
func (w *world) gives(who string, objects ...string) {
	w.t.Helper()
	collection := "publish"
	if strings.HasPrefix(who, "csirt-") {
		collection = "from-" + who
	}
	w.as(who).post("collections/"+collection+"/objects/", envelope(objects...)).want(http.StatusAccepted).accepted(len(objects))
}

// has is every version that a member can read.
func (w *world) has(member string) []string {
	w.t.Helper()
	objects, _ := w.as(member).walk("collections/for-" + member + "/objects/?limit=3&match[version]=all&match[spec_version]=2.0,2.1")
	return objects
}

// holdsOnly checks what a member can read, in order.
func (w *world) holdsOnly(member string, objects ...string) {
	w.t.Helper()
	assert.Equal(w.t, append([]string(nil), objects...), w.has(member), member)
}

// unknown checks that an object is to members as one that never was, by every route (I-1, ADV-01).
func (w *world) unknown(id string, members ...string) {
	w.t.Helper()
	twin := stix.ID(id).Type() + "--0000aaaa-0000-4000-8000-000000000000"
	for _, member := range members {
		for _, collection := range []string{"for-" + member, "from-" + member, "publish", "received", "public"} {
			at := "collections/" + collection + "/"
			for _, path := range []string{"objects/ID/", "objects/ID/versions/", "objects/ID/?match[version]=all", "objects/ID/?match[version]=first", "objects/ID/?match[version]=" + v1,
				"objects/?match[id]=ID", "objects/?match[id]=ID&match[version]=all", "manifest/?match[id]=ID&match[version]=all"} {
				for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodDelete} {
					ask := func(id string) string {
						return masked(w.as(member).do(method, at+strings.Replace(path, "ID", id, 1), nil))
					}
					require.Equal(w.t, ask(twin), ask(id), "%s: %s %s%s", member, method, at, path)
				}
			}
		}
	}
}

// suspects are what is in quarantine: kind and source.
func (w *world) suspects() (list []string) {
	w.t.Helper()
	all, err := w.exchange.Suspects(w.t.Context())
	require.NoError(w.t, err)
	for _, s := range all {
		list = append(list, s.Kind+" of "+s.Source)
	}
	return list
}

var objectRefs = regexp.MustCompile(`"object_refs":\["([^"]+)"\]`)

// notices are what a member is told of what was taken back, by the object's id.
func (w *world) notices(member string) (about []string) {
	w.t.Helper()
	for _, o := range w.has(member) {
		if strings.Contains(o, string(exchange.NoticeExtension)) {
			list := objectRefs.FindStringSubmatch(o)
			require.NotNil(w.t, list, "%s", o)
			about = append(about, list[1])
		}
	}
	return about
}

// markedBy is an object with these markings.
func markedBy(n int, typ string, refs ...string) string {
	return marked(n, typ, trust.Unmarked, refersTo("object_marking_refs", refs...))
}

func tlp(l trust.Level) string { return string(trust.MarkingOf(l)) }
