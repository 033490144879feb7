package lab_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/cmd/entente/lab"
	"entente/trust"
)

// whole is a topology that says everything that can be said.
const whole = `scheme: http
nodes:
  - {id: csirt-xa, name: "National CSIRT of Xanadu: the first", kind: national, country: XA, communities: [north]}
  - {id: csirt-xb, name: National CSIRT of Ys, kind: national, country: XB, communities: [north, plain]}
  - {id: fin-xa}
  - {id: hub-n, kind: regional}
  - {id: csirt-xx, name: A plain TAXII client, guest: true, communities: [plain]}
  - {id: extra}
trust: [{of: csirt-xb, at: csirt-xa, level: 4}, {of: csirt-xb, level: 1}]
relations: [{of: fin-xa, at: csirt-xa, is: constituent}, {of: hub-n, is: hub}]
agreements:
  - agreement: mou-xa-xb
    kind: mou
    parties: [csirt-xa, csirt-xb]
    valid: {from: 2026-01-01, until: 2028-12-31}   # inclusive
    flows:
      - {from: csirt-xa, to: csirt-xb, max_tlp: amber, types: [indicator], onward: community, community: north}
communities:
  - {community: north, hub: hub-n, max_tlp: amber, members: [csirt-xx]}
links: [{at: csirt-xb, to: csirt-xa, pull: 1s, push: true}]
members:
  - {of: fin-xa, at: csirt-xa, constituency: {sectors: [energy]}, understands: tlp1, trust: 0}
local: {public: true, unmarked: green}
local_at: {csirt-xa: {unmarked: clear}}
sources: [{source: feed, identities: [identity--550e8400-e29b-41d4-a716-446655440000], via: [cli], unmarked: clear}]
`

func TestFaults(t *testing.T) {
	_, problems := lab.Parse("t.yaml", []byte(whole))
	require.Empty(t, problems)
	for _, row := range []struct{ name, old, new, want string }{
		{"no nodes", whole, "scheme: http\n", "t.yaml:1:1: nodes is missing"},
		{"nothing", whole, "", "t.yaml:1:1: nodes is missing"},
		{"only guests", whole, "nodes:\n  - {id: a, guest: true}\n", "t.yaml:2:3: nodes: all are guests"},
		{"an unknown key", "scheme: http", "shceme: http", "t.yaml:1:1: unknown key \"shceme\""},
		{"an unknown scheme", "scheme: http", "scheme: gopher", "t.yaml:1:9: scheme: \"gopher\" is not known"},
		{"an unknown key of a node", "{id: extra}", "{id: extra, guests: true}", `t.yaml:8:17: unknown key "guests", did you mean`},
		{"no id", "{id: extra}", "{kind: sectoral}", "t.yaml:8:5: id is missing"},
		{"a bad id", "{id: extra}", "{id: Fin}", "t.yaml:8:10: id: write a short name"},
		{"an id twice", "{id: extra}", "{id: csirt-xa}", `t.yaml:8:10: id: "csirt-xa" stands in the list twice`},
		{"an account's name", "{id: extra}", "{id: tool}", "t.yaml:8:10: id: `tool` is an account"},
		{"no country", "country: XB", "country: Ys", "t.yaml:4:73: country: "},
		{"a bad community", "[north, plain]", "[north, Plain]", "communities: write a short name"},
		{"trust in a stranger", "{of: csirt-xb, level: 1}", "{of: csirt-xz, level: 1}", `t.yaml:9:54: unknown node "csirt-xz"`},
		{"trust at a guest", "{of: csirt-xb, level: 1}", "{of: csirt-xb, at: csirt-xx, level: 1}", "t.yaml:9:68: csirt-xx is a guest"},
		{"trust in itself", "{of: csirt-xb, level: 1}", "{of: csirt-xb, at: csirt-xb, level: 1}", "t.yaml:9:68: at: a node has no file about itself"},
		{"too much trust", "{of: csirt-xb, level: 1}", "{of: csirt-xb, level: 5}", `t.yaml:9:71: level: "5" is not known`},
		{"no level", "{of: csirt-xb, level: 1}", "{of: csirt-xb}", "t.yaml:9:49: level is missing"},
		{"no relation", "is: hub", "is: friend", `t.yaml:10:74: is: "friend" is not known`},
		{"a stranger's agreement", "parties: [csirt-xa, csirt-xb]", "parties: [csirt-xa, csirt-xb, csirt-xz]", `t.yaml:14:35: unknown node "csirt-xz"`},
		{"an agreement's own fault", "max_tlp: amber, types", "max_tlp: orange, types", `t.yaml:17:49: max_tlp: "orange" is not known`},
		{"a stranger's community", "members: [csirt-xx]", "members: [csirt-xz]", `t.yaml:19:62: unknown node "csirt-xz"`},
		{"a stranger as hub", "hub: hub-n,", "hub: hub-z,", `t.yaml:19:29: unknown node "hub-z"`},
		{"an empty community", "community: north, hub", "community: south, hub: hub-n, members: []}\n  - {community: north, hub", "t.yaml:19:5: members: nobody is in this community"},
		{"a link from a guest", "{at: csirt-xb, to", "{at: csirt-xx, to", "t.yaml:20:14: csirt-xx is a guest"},
		{"a link to a guest", "to: csirt-xa, pull", "to: csirt-xx, pull", "t.yaml:20:28: csirt-xx is a guest"},
		{"a link to itself", "to: csirt-xa, pull", "to: csirt-xb, pull", "t.yaml:20:28: to: a node has no link to itself"},
		{"a link for nothing", ", pull: 1s, push: true", "", "t.yaml:20:9: this link does nothing"},
		{"a link twice", "links: [", "links: [{at: csirt-xb, to: csirt-xa, push: true}, ", "t.yaml:20:51: the link at csirt-xb to csirt-xa stands here twice"},
		{"no time span", "pull: 1s", "pull: often", "t.yaml:20:44: pull: write a time span"},
		{"an unknown member key", "understands: tlp1", "understand: tlp1", `unknown key "understand", did you mean`},
		{"a member's own fault", "understands: tlp1", "tolerate: [anything]", "tolerate: write one of"},
		{"a local fault", "unmarked: green}", "unmarked: amber}", `unmarked: "amber" is not known`},
		{"local at a stranger", "local_at: {csirt-xa", "local_at: {csirt-xz", `t.yaml:24:12: unknown node "csirt-xz"`},
		{"a source's fault", "via: [cli]", "via: [publish]", "via: write link:<member>, account:<name> or cli"},
		{"a second document", "links:", "---\nlinks:", "a second document begins here"},
		{"an anchor", "{id: extra}", "&a {id: extra}", "anchors (&) and aliases (*) are not read"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Contains(t, whole, row.old)
			topology, problems := lab.Parse("t.yaml", []byte(strings.Replace(whole, row.old, row.new, 1)))
			assert.Nil(t, topology)
			require.NotEmpty(t, problems)
			assert.Contains(t, problems.Error(), row.want)
			assert.Len(t, problems, 1, "one mistake, one message:\n%s", problems.Error())
		})
	}
}

// What a topology may say of members and communities is what policy files may say.
func TestKeysAreThoseOfThePolicy(t *testing.T) {
	for _, row := range []struct {
		topology, policy any
		without          string // is told in another way
		more             []string
	}{
		{lab.Member{}, trust.MemberFile{}, "member", []string{"of", "at"}},
		{lab.Community{}, trust.CommunityFile{}, "", nil},
	} {
		want := append(tags(row.policy), row.more...)
		want = slices.DeleteFunc(want, func(s string) bool { return s == row.without })
		assert.ElementsMatch(t, want, tags(row.topology), "%T", row.policy)
	}
}

func tags(v any) (keys []string) {
	for f := range reflect.TypeOf(v).Fields() {
		if key := f.Tag.Get("yaml"); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}
