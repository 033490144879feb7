package trust_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/configs"
	"entente/trust"
)

const (
	idYs    = "identity--11111111-1111-4111-8111-111111111111"
	idAt    = "identity--22222222-2222-4222-8222-222222222222"
	idMitre = "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"
	marking = "marking-definition--33333333-3333-4333-8333-333333333333"
	spki    = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

// whole is a policy folder that uses every key of P-0.
func whole() map[string]string {
	return map[string]string{
		"members/csirt-xb.yaml": `format: 1
member: csirt-xb
name: National CSIRT of Ys
kind: national
country: XB
relation: peer
trust: 3
identities: [{id: ` + idYs + `, from: 2026-01-01, until: 2030-12-31}]
understands: tlp2
signing_keys: [{id: k1, ed25519: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=, from: 2026-01-01}]
relays_for: [fin-xa]
contacts: [{role: duty officer, hours: 24/7, languages: [en], mail: duty@ys.example, phone: "+1", key: "0x1"}]
tolerate: [timestamp-precision]
`,
		"members/fin-xa.yaml": `member: fin-xa
relation: constituent
trust: 2
constituency: {sectors: [financial-services]}
signing_keys: []
relays_for: []
tolerate: []
`,
		"links/csirt-xb.yaml": `member: csirt-xb
credentials:
  - {basic_hash_file: secrets/csirt-xb.basic}
  - {token_hash_file: /run/secrets/csirt-xb.token}
  - {jwt: {issuer: "https://id.ys.example", subject: node, jwks_file: csirt-xb.jwks, audience: csirt-xa}}
  - {cert_spki: ` + spki + `}
discovery: https://taxii.ys.example/taxii2/
ca_file: ys-ca.pem
auth: {client_cert: a.pem, client_key: a.key}
pull: {every: 60s, collections: [for-csirt-xa]}
push: {to: from-csirt-xa}
compat: []
suspended: false
`,
		"agreements/mou-xa-xb.yaml": `agreement: mou-xa-xb
kind: mou
parties: [csirt-xa, csirt-xb]
valid: {from: 2026-01-01, until: 2028-12-31}
flows:
  - {from: csirt-xa, to: csirt-xb, max_tlp: amber, types: [indicator, malware], sectors: any, labels: phishing, onward: constituents}
  - {from: csirt-xb, to: csirt-xa, max_tlp: amber, countries: [XA], exclude: {labels: [legal-hold]}, onward: community, community: north}
  - {from: csirt-xb, to: csirt-xa, max_tlp: green, exclude: [{types: [note]}, {sectors: [energy]}]}
markings: {` + marking + `: {level: amber, to: [csirt-xb]}}
baseline: keep
terms: {attribution: may, personal_data: hold, retention: 180d, recall_ack: 72h, breach_notice: 24h}
purposes: [defence, notification]
ends: {notice: 90d, then: keep-under-terms}
text: {file: mou-xa-xb.pdf, sha256: abc}
tests:
  - {from: csirt-xa, to: csirt-xb, object: {type: indicator, tlp: red}, expect: withhold, reason: red}
`,
		"communities/north.yaml": `community: north
members: [csirt-xa, csirt-xb]
hub: csirt-xb
max_tlp: amber
onward: community
markings: {}
roster: closed
`,
		"sources/mitre-attack.yaml": `source: mitre-attack
identities: [` + idMitre + `]
via: [cli, "link:csirt-xb", "account:tool"]
unmarked: clear
markings: {` + marking + `: green}
evidence: https://attack.mitre.org/
`,
		"local.yaml": `unmarked: hold
unmarked_from: {csirt-xb: green, mitre-attack: clear}
public: true
widening: two
suspended: [mou-xa-xb]
accounts: {person: amber, tool: green, red: [officer, alice]}
rules:
  - {to: csirt-xb, approval: {amber: one}, embargo: 2h, min_confidence: 50}
  - {to: any, exclude: {labels: [legal-hold]}}
  - {to: [csirt-xb, fin-xa], embargo: 2026-05-01T12:00:00+02:00}
`,
	}
}

func files(folder map[string]string) []trust.File {
	var out []trust.File
	for path, text := range folder {
		out = append(out, trust.File{Path: path, Data: []byte(text)})
	}
	return out
}

func TestParseWholeFolder(t *testing.T) {
	p, problems := trust.Parse("csirt-xa", files(whole()))
	require.Empty(t, problems)

	m, ok := p.Member("csirt-xb")
	require.True(t, ok)
	assert.Equal(t, 3, m.Trust)
	assert.Equal(t, trust.Peer, m.Relation)
	assert.EqualValues(t, idYs, m.Identities[0].ID)
	assert.Equal(t, "2030-12-31", m.Identities[0].Until.String())
	assert.Equal(t, []string{"timestamp-precision"}, *m.Tolerate)
	assert.Equal(t, &[]string{}, p.Members["fin-xa"].Tolerate, "tolerate: [] is strict, not the default list")
	assert.Nil(t, m.Constituency)
	assert.Equal(t, []string{"financial-services"}, p.Members["fin-xa"].Constituency.Sectors)
	assert.Equal(t, "tlp2", p.Members["fin-xa"].Understands)
	_, ok = p.Member("csirt-zz")
	assert.False(t, ok)

	l := p.Links["csirt-xb"]
	assert.Equal(t, "links/secrets/csirt-xb.basic", l.Path(l.Credentials[0].BasicHashFile))
	assert.Equal(t, "/run/secrets/csirt-xb.token", l.Path(l.Credentials[1].TokenHashFile))
	assert.Equal(t, "node", l.Credentials[2].JWT.Subject)
	assert.Equal(t, configs.Duration(time.Minute), l.Pull.Every)

	a := p.Agreements["mou-xa-xb"]
	assert.Equal(t, trust.Amber, a.Flows[0].MaxTLP)
	assert.True(t, a.Flows[0].Sectors.Any())
	assert.Equal(t, configs.Choice{"phishing"}, a.Flows[0].Labels)
	assert.Len(t, a.Flows[1].Exclude, 1)
	assert.Len(t, a.Flows[2].Exclude, 2)
	assert.Equal(t, trust.Meaning{Level: trust.Amber, To: configs.Choice{"csirt-xb"}}, a.Markings[marking])
	assert.Equal(t, "180d", a.Terms.Retention.String())
	assert.Equal(t, trust.Red, a.Tests[0].Object.TLP)

	assert.Equal(t, trust.Amber, p.Communities["north"].MaxTLP)
	assert.Equal(t, trust.Clear, p.Sources["mitre-attack"].Unmarked)
	assert.Equal(t, trust.Green, p.Sources["mitre-attack"].Markings[marking])

	assert.Equal(t, trust.Unmarked, p.Local.Unmarked)
	assert.Equal(t, trust.Green, p.Local.UnmarkedFrom["csirt-xb"])
	assert.True(t, p.Local.Public)
	assert.Equal(t, []string{"officer", "alice"}, p.Local.Red)
	assert.Equal(t, trust.Approvers("one"), p.Local.Rules[0].Approval[trust.Amber])
	assert.Equal(t, 2*time.Hour, p.Local.Rules[0].Embargo.For)
	assert.True(t, p.Local.Rules[1].To.Any())
	assert.Equal(t, "2026-05-01T10:00:00Z", p.Local.Rules[2].Embargo.Until.Format(time.RFC3339))
}

func TestParseDefaults(t *testing.T) {
	p, problems := trust.Parse("csirt-xa", files(map[string]string{
		"communities/north.yaml": "community: north\nmembers: [csirt-xa]\n",
	}))
	require.Empty(t, problems)
	assert.Equal(t, trust.Unmarked, p.Local.Unmarked, "what is unmarked is held")
	assert.False(t, p.Local.Public)
	assert.Equal(t, trust.AmberStrict, p.Local.Accounts.Person)
	assert.Equal(t, trust.Amber, p.Local.Accounts.Tool)
	assert.Equal(t, []string{"officer"}, p.Local.Red)
	assert.Equal(t, "one", p.Local.Widening)
	assert.Equal(t, trust.Green, p.Communities["north"].MaxTLP)
	assert.Equal(t, trust.OnwardCommunity, p.Communities["north"].Onward)
}

// Each row changes one file of the whole folder and says which fault that is.
func TestParseFaults(t *testing.T) {
	member, link, mou := "members/csirt-xb.yaml", "links/csirt-xb.yaml", "agreements/mou-xa-xb.yaml"
	north, mitre, local := "communities/north.yaml", "sources/mitre-attack.yaml", "local.yaml"
	for _, row := range []struct {
		name, file, old, new, want string
	}{
		{"P-0 unknown key", member, "trust: 3", "thrust: 3", member + `:7:1: unknown key "thrust", did you mean "trust"?; allowed here: `},
		{"P-0 trust is written out", member, "trust: 3\n", "", member + `:1:1: trust is missing; add "trust": a whole number from 0`},
		{"P-3 trust 5", member, "trust: 3", "trust: 5", member + `:7:8: trust: "5" is not known; write a whole number from 0 (nothing) to 4`},
		{"P-3 trust as a word", member, "trust: 3", "trust: high", member + `:7:8: trust: "high" is not known`},
		{"the file's name is the id", member, "member: csirt-xb", "member: csirt-xc", member + ":2:9: member: the file is named csirt-xb"},
		{"a name with capitals", member, "member: csirt-xb", "member: CSIRT-XB", member + ":2:9: member: write a short name"},
		{"no country", member, "country: XB", "country: xb", member + ":5:10: country: write it in capital letters: XB"},
		{"no relation", member, "relation: peer", "relation: pear", member + `:6:11: relation: "pear" is not known, did you mean "peer"?`},
		{"no identity", member, idYs, "indicator--11111111-1111-4111-8111-111111111111", member + ":8:19: write the id of a STIX Identity"},
		{"an identity ends before it begins", member, "until: 2030-12-31", "until: 2025-12-31", member + ":8:92: until: the end lies before the beginning, 2026-01-01"},
		{"no date", member, "from: 2026-01-01, until", "from: 1.1.2026, until", member + ":8:73: from: write a day, as in 2026-01-31"},
		{"no key", member, "AAAAAAAA", "AAAA", member + ":10:34: ed25519: write the 32 bytes"},
		{"a key that ends before it begins", member, "from: 2026-01-01}]\nrelays", "from: 2026-01-01, until: 2025-01-01}]\nrelays", member + ":10:105: until: the end lies"},
		{"P-0 unknown member in relays_for", member, "[fin-xa]", "[fin-xz]", member + `:11:14: unknown member "fin-xz"; there is no members/fin-xz.yaml`},
		{"twice in relays_for", member, "[fin-xa]", "[fin-xa, fin-xa]", member + `:11:22: "fin-xa" stands in the list twice`},
		{"a peer's constituency", member, "understands: tlp2", "constituency: {sectors: [energy]}", member + ":9:1: constituency is of a constituent"},
		{"no sectors", "members/fin-xa.yaml", "[financial-services]", "[]", "members/fin-xa.yaml:4:25: sectors: an empty list chooses nothing"},
		{"not YAML", member, "name: National", "name: x: National", member + ":3:8: not YAML: mapping values"},

		{"an unknown tolerance", member, "[timestamp-precision]", "[timestamp-precison]", member + ":13:12: tolerate: write one of "},
		{"an unknown switch", link, "compat: []", "compat: [empty-object]", link + `:12:10: compat: "empty-object" is not known, did you mean "empty-objects"?`},
		{"P-0 link of an unknown member", link, "member: csirt-xb", "member: csirt-xc", link + ":1:9: member: the file is named csirt-xb"},
		{"two credentials in one", link, "{cert_spki:", "{token_hash_file: x, cert_spki:", link + ":6:5: a credential is exactly one of"},
		{"no credential", link, "{cert_spki: " + spki + "}", "{}", link + ":6:5: a credential is exactly one of"},
		{"two passwords", link, "{token_hash_file: /run", "{basic_hash_file: /run", link + ":4:23: basic_hash_file: a member has one password"},
		{"no digest", link, spki, "abc", link + ":6:17: cert_spki: write the SHA-256"},
		{"a password in the URL", link, "https://taxii", "https://u:p@taxii", link + ":7:12: discovery: write the URL"},
		{"pull needs a URL", link, "discovery: https://taxii.ys.example/taxii2/\nca_file: ys-ca.pem\nauth: {client_cert: a.pem, client_key: a.key}\npull: {every: 60s, collections: [for-csirt-xa]}\npush: {to: from-csirt-xa}\n", "pull: {every: 60s}\n", link + ":7:1: pull needs `discovery`"},
		{"pull all the time", link, "every: 60s", "every: 0s", link + ":10:15: every: write a time span above zero"},
		{"half a key pair", link, "auth: {client_cert: a.pem, client_key: a.key}", "auth: {client_cert: a.pem}", link + ":9:7: client_cert and client_key go together"},
		{"two ways in", link, "client_cert: a.pem, client_key: a.key", "basic_file: a, token_file: b", link + ":9:7: write basic_file or token_file"},
		{"no way in", link, "{client_cert: a.pem, client_key: a.key}", "{}", link + ":9:7: write one of basic_file"},
		{"suspended is a truth", link, "suspended: false", "suspended: no", link + `:13:12: suspended: write true or false, not "no"`},

		{"P-8 43 an empty list is an error", mou, "sectors: any", "sectors: []", mou + ":6:90: sectors: an empty list would mean nothing at all; an absent list means all"},
		{"P-4 a type with capitals", mou, "[indicator, malware]", "[indicator, Malware]", mou + ":6:71: types: write it in lower case: malware"},
		{"P-4 a sector with capitals", mou, "sectors: any", "sectors: [energy, Water]", mou + ":6:99: sectors: write it in lower case: water"},
		{"P-4 a country in lower case", mou, "[XA]", "[XA, xb]", mou + ":7:68: countries: write it in capital letters: XB"},
		{"P-4 a country by name", mou, "[XA]", "[Exland]", mou + ":7:64: countries: write two capital letters"},
		{"P-4 10a an excluded type with capitals", mou, "types: [note]", "types: [Note]", mou + ":8:71: types: write it in lower case: note"},
		{"P-4 10a an excluded sector with capitals", mou, "{sectors: [energy]}", "{sectors: [Energy]}", mou + ":8:90: sectors: write it in lower case: energy"},
		{"P-4 10a an excluded country in lower case", mou, "{sectors: [energy]}", "{countries: [xa]}", mou + ":8:92: countries: write it in capital letters: XA"},
		{"P-4 10a a country that a rule excludes", local, "{labels: [legal-hold]}", "{countries: [xa]}", local + ":9:37: countries: write it in capital letters: XA"},
		{"P-4 10a a sector that a rule excludes", local, "{labels: [legal-hold]}", "{sectors: [Energy]}", local + ":9:35: sectors: write it in lower case: energy"},
		{"P-3 a constituency with capitals", "members/fin-xa.yaml", "[financial-services]", "[Finance]", "members/fin-xa.yaml:4:26: sectors: write it in lower case: finance"},
		{"P-6 a test's sector with capitals", mou, "tlp: red", "tlp: red, sectors: [Energy]", mou + ":16:82: sectors: write it in lower case: energy"},
		{"P-6 a test's country in lower case", mou, "tlp: red", "tlp: red, countries: [xa]", mou + ":16:84: countries: write it in capital letters: XA"},
		{"any with something else", mou, "sectors: any", "sectors: [any, energy]", mou + ":6:91: sectors: `any` stands alone"},
		{"max_tlp is written out", mou, ", max_tlp: green", "", mou + `:8:5: max_tlp is missing; add "max_tlp": one of clear, green`},
		{"no level", mou, "max_tlp: green", "max_tlp: yellow", mou + `:8:45: max_tlp: "yellow" is not known`},
		{"hold is no ceiling", mou, "max_tlp: green", "max_tlp: hold", mou + `:8:45: max_tlp: "hold" is not known`},
		{"unknown member as party", mou, "parties: [csirt-xa, csirt-xb]", "parties: [csirt-xa, csirt-xb, csirt-xz]", mou + `:3:31: unknown member "csirt-xz"`},
		{"one party", mou, "parties: [csirt-xa, csirt-xb]", "parties: [csirt-xa]", mou + ":3:10: parties: an agreement has at least two"},
		{"a flow to somebody else", mou, "to: csirt-xa, max_tlp: green", "to: fin-xa, max_tlp: green", mou + ":8:26: to: `fin-xa` is not among the parties; write one of csirt-xa, csirt-xb"},
		{"a flow to itself", mou, "from: csirt-xb, to: csirt-xa, max_tlp: green", "from: csirt-xa, to: csirt-xa, max_tlp: green", mou + ":8:26: to: nobody gives to itself"},
		{"P-0 unknown community", mou, "community: north", "community: south", mou + `:7:132: unknown community "south"`},
		{"a community without onward", mou, "onward: community, ", "", mou + ":7:113: community: say `onward: community` with it"},
		{"excludes everything", mou, "exclude: {labels: [legal-hold]}", "exclude: {}", mou + ":7:78: exclude: this would exclude everything"},
		{"ends before it begins", mou, "until: 2028-12-31", "until: 2025-12-31", mou + ":4:34: until: the end lies before"},
		{"no span", mou, "retention: 180d", "retention: half a year", mou + ":11:59: retention: write a time span"},
		{"an unknown reason", mou, "reason: red", "reason: rouge", mou + ":16:99: reason: write one of recipient, "},
		{"a reason to release", mou, "expect: withhold", "expect: release", mou + ":16:98: reason: a release has none"},
		{"P-1 a known level redefined", mou, marking, "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", mou + ":9:12: this id is TLP:RED for everybody"},
		{"no marking", mou, marking, "marking--1", mou + ":9:12: write the id of a marking"},
		{"a meaning for a stranger", mou, "to: [csirt-xb]}", "to: [csirt-xz]}", mou + `:9:90: unknown member "csirt-xz"`},
		{"a second document", mou, "tests:\n", "---\ntests:\n", mou + ":15:1: a second document begins here"},

		{"unknown member of a community", north, "members: [csirt-xa, csirt-xb]", "members: [csirt-xa, csirt-xz]", north + `:2:21: unknown member "csirt-xz"`},
		{"unknown hub", north, "hub: csirt-xb", "hub: csirt-xz", north + `:3:6: unknown member "csirt-xz"`},
		{"nobody's community", north, "members: [csirt-xa, csirt-xb]", "members: []", north + ":2:10: members: an empty list"},
		{"no marking", north, "markings: {}", "markings: {x: {level: red}}", north + ":6:12: write the id of a marking"},

		{"a source of everything", mitre, "via: [cli, ", "via: [publish, ", mitre + ":3:7: via: write link:<member>, account:<name> or cli"},
		{"a source by an unknown link", mitre, "link:csirt-xb", "link:csirt-xz", mitre + `:3:12: unknown member "csirt-xz"`},
		{"P-2 nothing is opened above GREEN", mitre, "unmarked: clear", "unmarked: amber", mitre + `:4:11: unmarked: "amber" is not known; write one of hold, clear, green`},
		{"no identity", mitre, idMitre, "mitre", mitre + ":2:14: write the id of a STIX Identity"},
		{"a member's identity", mitre, idMitre, idYs, mitre + ":2:14: identities: members/csirt-xb.yaml speaks for this identity already"},
		{"no marking", mitre, marking, "m", mitre + ":5:12: write the id of a marking"},

		{"unmarked_from a stranger", local, "{csirt-xb: green,", "{csirt-xz: green,", local + `:2:17: unknown member "csirt-xz"`},
		{"P-2 nothing is opened above GREEN", local, "{csirt-xb: green,", "{csirt-xb: red,", local + `:2:27: csirt-xb: "red" is not known`},
		{"an unknown agreement", local, "suspended: [mou-xa-xb]", "suspended: [mou-xa-xz]", local + `:5:13: unknown agreement "mou-xa-xz"`},
		{"a rule for a stranger", local, "[csirt-xb, fin-xa]", "[csirt-xb, fin-xz]", local + `:10:21: unknown member "fin-xz"`},
		{"a rule that does nothing", local, ", exclude: {labels: [legal-hold]}", "", local + ":9:5: this rule does nothing"},
		{"too sure", local, "min_confidence: 50", "min_confidence: 101", local + ":8:73: min_confidence: write a whole number from 0 to 100"},
		{"no embargo", local, "embargo: 2h", "embargo: noon", local + ":8:53: embargo: write a time span from receipt"},
		{"approval of what is held", local, "{amber: one}", "{hold: one}", local + ":8:30: approval: what is unmarked is held already"},
		{"approval at no level", local, "{amber: one}", "{orange: one}", local + `:8:31: approval: "orange" is not a TLP level`},
		{"RED for tools", local, "tool: green", "tool: red", local + `:6:33: tool: "red" is not known`},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := whole()
			require.Contains(t, folder[row.file], row.old)
			folder[row.file] = strings.Replace(folder[row.file], row.old, row.new, 1)
			p, problems := trust.Parse("csirt-xa", files(folder))
			assert.Nil(t, p)
			require.NotEmpty(t, problems)
			assert.Contains(t, problems.Error(), row.want)
			assert.Len(t, problems, 1, "one mistake, one message:\n%s", problems.Error())
		})
	}
}

func TestParseFaultsOfTheFolder(t *testing.T) {
	for _, row := range []struct{ name, path, text, want string }{
		{"ourselves", "members/csirt-xa.yaml", "member: csirt-xa\ntrust: 1\n", "members/csirt-xa.yaml:1:9: this is the node itself"},
		{"P-5 one identity, one member", "members/csirt-zz.yaml", "member: csirt-zz\ntrust: 1\nidentities: [{id: " + idYs + "}]\n", "members/csirt-zz.yaml:3:19: id: members/csirt-xb.yaml speaks for this identity already"},
		{"a link for an unknown member", "links/csirt-zz.yaml", "member: csirt-zz\n", `links/csirt-zz.yaml:1:9: unknown member "csirt-zz"`},
		{"a file in the wrong place", "csirt-zz.yaml", "member: csirt-zz\n", "csirt-zz.yaml: no policy file lies here"},
		{"a file too deep", "members/old/csirt-zz.yaml", "", "members/old/csirt-zz.yaml: no policy file lies here"},
		{"another ending", "members/csirt-zz.yml", "", "members/csirt-zz.yml: name the file .yaml"},
		{"a name that is none", "members/Csirt.yaml", "member: Csirt\ntrust: 1\n", "members/Csirt.yaml:1:9: member: write a short name"},
		{"an empty file", "members/csirt-zz.yaml", "", "members/csirt-zz.yaml:1:1: member is missing"},
		{"given twice", "local.yaml", "", "local.yaml: the file is given twice"},
	} {
		t.Run(row.name, func(t *testing.T) {
			all := append(files(whole()), trust.File{Path: row.path, Data: []byte(row.text)})
			_, problems := trust.Parse("csirt-xa", all)
			assert.Contains(t, problems.Error(), row.want)
		})
	}
	t.Run("what is no policy is left alone", func(t *testing.T) {
		all := append(files(whole()), trust.File{Path: "agreements/mou-xa-xb.pdf", Data: []byte{0xff}},
			trust.File{Path: ".git/x.yaml"}, trust.File{Path: "members/.csirt-xb.yaml"})
		_, problems := trust.Parse("csirt-xa", all)
		assert.Empty(t, problems)
	})
	t.Run("every fault at once, in order", func(t *testing.T) {
		_, problems := trust.Parse("csirt-xa", files(map[string]string{
			"local.yaml": "publik: true\n", "members/b.yaml": "member: b\ntrust: 9\nkind: nation\n", "members/a.yaml": "a\n",
		}))
		require.Len(t, problems, 4)
		assert.Equal(t, []string{"local.yaml", "members/a.yaml", "members/b.yaml", "members/b.yaml"},
			[]string{problems[0].File, problems[1].File, problems[2].File, problems[3].File})
	})
	t.Run("red is read in both places", func(t *testing.T) {
		p, problems := trust.Parse("csirt-xa", files(map[string]string{"local.yaml": "red: [admin]\n"}))
		require.Empty(t, problems)
		assert.Equal(t, []string{"admin"}, p.Local.Red)
	})
}

func TestRevision(t *testing.T) {
	base := trust.Revision(files(whole()))
	assert.Len(t, base, 64)
	for range 3 {
		assert.Equal(t, base, trust.Revision(files(whole())), "the order in which files are read does not matter")
	}
	p, _ := trust.Parse("csirt-xa", files(whole()))
	assert.Equal(t, base, p.Revision)

	changed := whole()
	changed["local.yaml"] += "# a comment is a change\n"
	assert.NotEqual(t, base, trust.Revision(files(changed)))
	assert.NotEqual(t, trust.Revision([]trust.File{{Path: "a.yaml", Data: []byte("b")}}),
		trust.Revision([]trust.File{{Path: "a.yamlb"}, {Path: "a.yaml"}}), "a path is not content")
}

func TestWarnings(t *testing.T) {
	in := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name, file, old, new string
		now                  time.Time
		want                 string
	}{
		{"nothing to say", "local.yaml", "", "", in, ""},
		{"the last day counts", "local.yaml", "", "", time.Date(2028, 12, 31, 23, 59, 59, 0, time.UTC), ""},
		{"P-3 expired", "local.yaml", "", "", time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC), "agreements/mou-xa-xb.yaml:4:34: the agreement ended on 2028-12-31"},
		{"not yet", "local.yaml", "", "", time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC), "agreements/mou-xa-xb.yaml:4:15: the agreement begins on 2026-01-01"},
		{"P-3 more than trust lets through", "members/csirt-xb.yaml", "trust: 3", "trust: 2", in, "agreements/mou-xa-xb.yaml:6:45: max_tlp: trust 2 of csirt-xb lets through green at most"},
		{"P-3 no trust", "members/csirt-xb.yaml", "trust: 3", "trust: 0", in, "lets through nothing at most"},
		{"P-4 7 RED by a flow", "agreements/mou-xa-xb.yaml", "max_tlp: green", "max_tlp: red", in, "agreements/mou-xa-xb.yaml:8:45: max_tlp: RED goes to named members"},
		{"P-4 7 RED by a community", "communities/north.yaml", "max_tlp: amber", "max_tlp: red", in, "communities/north.yaml:4:10: max_tlp: RED goes to named members"},
		{"others' agreement", "agreements/mou-xa-xb.yaml", "csirt-xa", "fin-xa", in, "agreements/mou-xa-xb.yaml:3:10: this node is not a party"},
		{"a link without credentials", "links/csirt-xb.yaml", linkCredentials, "", in, "links/csirt-xb.yaml:1:9: the link has no credentials: the member cannot sign in here"},
		{"a link to nowhere", "links/csirt-xb.yaml", whole()["links/csirt-xb.yaml"], "member: csirt-xb\n", in, "links/csirt-xb.yaml:1:9: the link has no credentials and no discovery"},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := whole()
			n := 1
			if row.new == "fin-xa" {
				n = -1
			}
			folder[row.file] = strings.Replace(folder[row.file], row.old, row.new, n)
			p, problems := trust.Parse("csirt-xa", files(folder))
			require.Empty(t, problems)
			warnings := p.Warnings(row.now)
			if row.want == "" {
				assert.Empty(t, warnings)
				return
			}
			assert.Contains(t, warnings.Error(), row.want)
		})
	}
	t.Run("a policy that was not parsed", func(t *testing.T) {
		p := trust.Policy{Links: map[string]trust.LinkFile{"csirt-xb": {}}}
		assert.Equal(t, "links/csirt-xb.yaml: the link has no credentials and no discovery: neither side reaches the other", p.Warnings(in).Error())
	})
}

// linkCredentials is that part of the whole folder's link.
var linkCredentials = func() string {
	text := whole()["links/csirt-xb.yaml"]
	return text[strings.Index(text, "credentials:"):strings.Index(text, "discovery:")]
}()

func TestDates(t *testing.T) {
	d := trust.DateOf(time.Date(2026, 2, 28, 23, 30, 0, 0, time.FixedZone("", -3600)))
	assert.Equal(t, "2026-03-01", d.String(), "a day is one of UTC")
	assert.Equal(t, time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), d.End())
	assert.Empty(t, trust.Date{}.String())
	spoken := trust.MemberIdentity{Until: d}
	assert.True(t, spoken.SpeaksAt(d.End().Add(-1)))
	assert.False(t, spoken.SpeaksAt(d.End()))
}

func FuzzParse(f *testing.F) {
	for path, text := range whole() {
		f.Add(path, []byte(text))
	}
	f.Add("members/a.yaml", []byte("a: &a [*a, *a]\n? {}\n: !!binary x\n"))
	f.Fuzz(func(t *testing.T, path string, data []byte) {
		folder := whole()
		delete(folder, path)
		p, problems := trust.Parse("csirt-xa", append(files(folder), trust.File{Path: path, Data: data}))
		if (p == nil) != (len(problems) > 0) {
			t.Fatal("a policy or problems, not both and not neither")
		}
		if p != nil {
			_ = p.Warnings(time.Time{})
		}
	})
}
