package trust_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
)

// explained is a folder in which every line that decides something is known.
func explained() map[string]string {
	return map[string]string{
		"members/xb.yaml":  "member: xb\ntrust: 3\nunderstands: tlp1\n",
		"members/xc.yaml":  "member: xc\ntrust: 4\n",
		"members/xd.yaml":  "member: xd\ntrust: 2\n",
		"members/x0.yaml":  "member: x0\ntrust: 0\n",
		"members/xr.yaml":  "member: xr\ntrust: 4\n",
		"members/xs.yaml":  "member: xs\ntrust: 0\n",
		"members/fin.yaml": "member: fin\ntrust: 4\nrelation: constituent\n",
		"links/xs.yaml":    "member: xs\nsuspended: true\n",
		"links/xc.yaml":    "member: xc\n",
		"agreements/mou-xb.yaml": `agreement: mou-xb
parties: [us, xb]
baseline: replace
terms:
  personal_data: hold
flows:
  - {from: us, to: xb, max_tlp: amber, types: [indicator]}
  - from: us
    to: xb
    max_tlp: amber
    sectors: [energy]
    countries: [XA]
    labels: [phishing]
    exclude:
      - {labels: [legal-hold]}
      - {sectors: [health], types: [malware]}
`,
		"agreements/next-xb.yaml": `agreement: next-xb
parties: [us, xb]
baseline: replace
terms: {personal_data: withhold}
flows:
  - {from: us, to: xb, max_tlp: clear}
  - {from: us, to: xb, max_tlp: amber, types: [report], sectors: [water]}
`,
		"agreements/old-xr.yaml":  "agreement: old-xr\nparties: [us, xr]\nbaseline: replace\nterms:\n  attribution: may\n  personal_data: hold\n",
		"agreements/then-xr.yaml": "agreement: then-xr\nparties: [us, xr, xb]\nbaseline: replace\nterms:\n  personal_data: hold\nflows:\n  - {from: xb, to: xr, max_tlp: amber}\n",
		"communities/north.yaml":  "community: north\nmembers: [xc, xd]\nhub: us\nmax_tlp: amber\n",
		"local.yaml": `public: true
rules:
  - {to: xc, min_confidence: 50}
  - {to: [xc, xd], min_confidence: 70, embargo: 1h}
  - {to: xc, min_confidence: 60, embargo: 3h}
  - {to: xc, embargo: 2h, approval: {green: one, amber: two}}
  - {to: xc, approval: {clear: one, green: two}}
  - {to: fin, embargo: 2026-06-15T11:00:00Z}
  - {to: fin, embargo: 2026-06-15T13:00:00Z}
  - {to: fin, embargo: 2026-06-15T14:00:00Z, approval: {amber: one}}
  - {to: any, exclude: {labels: [secret]}}
  - to: xr
    exclude:
      - {labels: [a]}
      - {labels: [b]}
    min_confidence: 40
    embargo: 1h
    approval: {clear: one}
  - to: xr
    min_confidence: 40
    embargo: 1h
    approval: {clear: one}
  - to: x0
    min_confidence: 30
    embargo: 2026-06-16T00:00:00Z
`,
	}
}

// told is a decision in words: each reason with its outcome and the line that decided it.
func told(d *trust.Decision) (out []string) {
	for _, r := range d.Reasons() {
		line := fmt.Sprintf("%s %s", r.Outcome, r.Code)
		if r.Rule != nil {
			line += fmt.Sprintf(" %s %s", r.Rule, r.Rule.Clause)
		}
		out = append(out, line)
	}
	return out
}

// Every reason names the file, the line and the clause that decided it, if one did.
func TestSnapshotExplains(t *testing.T) {
	p, problems := trust.Parse(us, files(explained()))
	require.Empty(t, problems)
	s := p.At(noon)
	sure := trust.ConfidenceOf(100)
	labelled := func(c trust.Class, sectors, countries, labels string) trust.Class {
		c.Scope = trust.Scope{Sectors: trust.SetOf(sectors), Countries: trust.SetOf(countries), Labels: trust.SetOf(labels)}
		return c
	}
	of := func(typ string, level trust.Level) trust.Class {
		c := ours(level)
		c.Type, c.Confidence = typ, sure
		return c
	}
	old := trust.Circumstances{Received: noon.Add(-24 * time.Hour)}
	at := func(ago time.Duration, by int) trust.Circumstances {
		return trust.Circumstances{Received: noon.Add(-ago), Approval: trust.Approval{By: by}}
	}
	for _, row := range []struct {
		name  string
		to    string
		class trust.Class
		o     trust.Circumstances
		grant string
		want  []string
	}{
		{"P-4 1 a suspended link, before trust 0", "xs", of("indicator", trust.Clear), old, "", []string{"withhold recipient links/xs.yaml:2 suspended", "withhold ceiling members/xs.yaml:2 trust 0"}},
		{"P-4 1 a suspended link stops notices", "xs", with(ours(trust.Clear), func(c *trust.Class) { c.System = true }), old, "", []string{"withhold recipient links/xs.yaml:2 suspended"}},
		{"P-4 1 trust 0", "x0", of("indicator", trust.Clear), old, "", []string{
			"withhold recipient members/x0.yaml:2 trust 0", "withhold ceiling members/x0.yaml:2 trust 0", "hold embargo local.yaml:25 embargo"}},
		{"P-4 8b only TLP 1", "xb", of("indicator", trust.AmberStrict), old, "", []string{
			"withhold dialect members/xb.yaml:3 understands tlp1", "withhold ceiling members/xb.yaml:2 trust 3"}},
		{"P-4 9 above trust only", "xd", of("indicator", trust.Amber), old, "communities/north.yaml:4 members and hub, up to amber", []string{"withhold ceiling members/xd.yaml:2 trust 2"}},
		{"P-4 9 above every grant, baseline in place", "fin", of("indicator", trust.Amber), at(0, 1), "", []string{
			"withhold ceiling", "hold embargo local.yaml:9 embargo"}},
		{"P-4 9 above every grant, baseline replaced by the first", "xb", of("indicator", trust.Red), old, "", []string{
			"withhold red", "withhold ceiling members/xb.yaml:2 trust 3"}},
		{"P-4 9 nothing but the flows, by the first that says so", "xr", of("indicator", trust.Green), at(time.Hour, 1), "", []string{
			"withhold ceiling agreements/old-xr.yaml:3 baseline: replace"}},
		{"P-4 10 to 13 of equal rules the first", "xr", with(of("user-account", trust.Clear), func(c *trust.Class) {
			c.Personal, c.Confidence, c.Scope.Labels = true, trust.ConfidenceOf(39), trust.SetOf("b")
		}), at(0, 0), "", []string{
			"withhold ceiling agreements/old-xr.yaml:3 baseline: replace", "withhold scope:min_confidence local.yaml:16 min_confidence: 40", "withhold exclude local.yaml:15 exclude",
			"hold personal agreements/old-xr.yaml:6 personal_data: hold", "hold embargo local.yaml:17 embargo", "hold approval local.yaml:18 approval"}},
		{"P-4 10 each field, and the first grant that misses it", "xb", of("report", trust.Amber), old, "", []string{
			"withhold scope:types agreements/mou-xb.yaml:7 flow to xb, up to amber", "withhold scope:sectors agreements/mou-xb.yaml:8 flow to xb, up to amber",
			"withhold scope:countries agreements/mou-xb.yaml:8 flow to xb, up to amber", "withhold scope:labels agreements/mou-xb.yaml:8 flow to xb, up to amber"}},
		{"P-4 10 the first grant that covers", "xb", labelled(of("indicator", trust.Amber), "energy", "XA", "phishing"), old, "agreements/mou-xb.yaml:7 flow to xb, up to amber", nil},
		{"P-4 10 a later grant that covers", "xb", labelled(of("incident", trust.Amber), "energy", "XA", "phishing"), old, "agreements/mou-xb.yaml:8 flow to xb, up to amber", nil},
		{"P-4 10 a grant of another agreement", "xb", of("incident", trust.Clear), old, "agreements/next-xb.yaml:6 flow to xb, up to clear", nil},
		{"P-4 10 a correction", "xb", of("report", trust.Amber), trust.Circumstances{Received: old.Received, Corrects: true}, "", nil},
		{"P-4 10 min_confidence, the strictest", "xc", with(of("indicator", trust.Clear), func(c *trust.Class) { c.Confidence = trust.ConfidenceOf(49) }), at(24*time.Hour, 9), "", []string{
			"withhold scope:min_confidence local.yaml:4 min_confidence: 70"}},
		{"P-4 10 min_confidence, the strictest alone", "xc", with(of("indicator", trust.Clear), func(c *trust.Class) { c.Confidence = trust.ConfidenceOf(69) }), at(24*time.Hour, 9), "", []string{
			"withhold scope:min_confidence local.yaml:4 min_confidence: 70"}},
		{"P-4 10 min_confidence reached", "xc", with(of("indicator", trust.Clear), func(c *trust.Class) { c.Confidence = trust.ConfidenceOf(70) }), at(24*time.Hour, 9), "", nil},
		{"P-4 10a a flow's exclusion", "xb", labelled(of("indicator", trust.Amber), "", "", "legal-hold"), old, "agreements/mou-xb.yaml:7 flow to xb, up to amber", []string{
			"withhold exclude agreements/mou-xb.yaml:15 exclude"}},
		{"P-4 10a its second alternative", "xb", labelled(of("malware", trust.Clear), "health", "", ""), old, "agreements/next-xb.yaml:6 flow to xb, up to clear", []string{
			"withhold exclude agreements/mou-xb.yaml:16 exclude"}},
		{"P-4 10a one key of two", "xb", labelled(of("indicator", trust.Clear), "health", "", ""), old, "agreements/mou-xb.yaml:7 flow to xb, up to amber", nil},
		{"P-4 10a a local exclusion", "xc", labelled(of("indicator", trust.Clear), "", "", "secret"), at(24*time.Hour, 9), "", []string{
			"withhold exclude local.yaml:11 exclude"}},
		{"P-4 10a the first of two exclusions", "xb", with(of("indicator", trust.Clear), func(c *trust.Class) { c.Scope.Labels = trust.SetOf("secret", "legal-hold") }), old, "agreements/mou-xb.yaml:7 flow to xb, up to amber", []string{
			"withhold exclude agreements/mou-xb.yaml:15 exclude"}},
		{"P-4 10b the strictest terms", "xb", with(of("indicator", trust.Clear), func(c *trust.Class) { c.Personal = true }), old, "agreements/mou-xb.yaml:7 flow to xb, up to amber", []string{
			"withhold personal agreements/next-xb.yaml:4 personal_data: withhold"}},
		{"P-4 12 the longest delay", "xc", of("indicator", trust.Clear), at(150*time.Minute, 9), "", []string{"hold embargo local.yaml:5 embargo"}},
		{"P-4 12 the longest delay over", "xc", of("indicator", trust.Clear), at(3*time.Hour, 9), "", nil},
		{"P-4 12 an instant later than the snapshot", "xd", of("indicator", trust.Clear), at(-time.Hour, 0), "", []string{"hold embargo local.yaml:4 embargo"}},
		{"P-4 12 without an embargo", "xb", of("indicator", trust.Clear), at(-time.Hour, 0), "agreements/mou-xb.yaml:7 flow to xb, up to amber", nil},
		{"P-4 12 the first instant that is to come", "fin", of("indicator", trust.Clear), at(0, 0), "", []string{"hold embargo local.yaml:9 embargo"}},
		{"P-4 13 CLEAR asks for one", "xc", of("indicator", trust.Clear), old, "", []string{"hold approval local.yaml:7 approval"}},
		{"P-4 13 CLEAR has one", "xc", of("indicator", trust.Clear), at(24*time.Hour, 1), "", nil},
		{"P-4 13 GREEN asks for two", "xc", of("indicator", trust.Green), at(24*time.Hour, 1), "", []string{"hold approval local.yaml:7 approval"}},
		{"P-4 13 AMBER asks for two, the first rule says", "xc", of("indicator", trust.Amber), at(24*time.Hour, 1), "communities/north.yaml:4 members and hub, up to amber", []string{"hold approval local.yaml:6 approval"}},
		{"P-4 13 AMBER has two", "xc", of("indicator", trust.Amber), at(24*time.Hour, 2), "communities/north.yaml:4 members and hub, up to amber", nil},
		{"P-4 13 RED asks too", "xc", of("indicator", trust.Red), at(24*time.Hour, 1), "", []string{
			"withhold red", "withhold ceiling members/xc.yaml:2 trust 4", "hold approval local.yaml:6 approval"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := s.Decide(&row.class, &row.o, trust.Principal{Kind: trust.Member, ID: row.to})
			assert.Equal(t, row.want, told(&d))
			grant := ""
			if d.Grant != nil {
				grant = fmt.Sprintf("%s %s", d.Grant, d.Grant.Clause)
			}
			assert.Equal(t, row.grant, grant)
		})
	}
	secret := labelled(of("indicator", trust.Clear), "", "", "secret")
	d := s.Decide(&secret, &old, trust.Principal{Kind: trust.Anonymous})
	assert.Equal(t, []string{"withhold exclude local.yaml:11 exclude"}, told(&d), "P-4 10a an anonymous caller")
}

// Without files there are no lines, and still every reason.
func TestSnapshotWithoutFiles(t *testing.T) {
	p := &trust.Policy{Node: us, Members: map[string]trust.MemberFile{"xb": {Trust: 1}}}
	green := ours(trust.Green)
	d := p.At(noon).Decide(&green, &trust.Circumstances{}, trust.Principal{Kind: trust.Member, ID: "xb"})
	require.Len(t, d.Reasons(), 1)
	assert.Equal(t, &trust.Origin{File: "members/xb.yaml", Clause: "trust 1"}, d.Reasons()[0].Rule)
}

// TestSnapshotUntil shows the next instant at which time alone may change a decision (P-6).
func TestSnapshotUntil(t *testing.T) {
	day := func(d int) trust.Date { return trust.DateOf(noon.AddDate(0, 0, d)) }
	midnight := func(d int) time.Time { return time.Date(2026, 6, 15+d, 0, 0, 0, 0, time.UTC) }
	member := func(m trust.MemberFile) func(*trust.Policy) {
		return func(p *trust.Policy) { p.Members = map[string]trust.MemberFile{"xb": m} }
	}
	agreement := func(v ...trust.Validity) func(*trust.Policy) {
		return func(p *trust.Policy) {
			p.Agreements = map[string]trust.AgreementFile{}
			for i, v := range v {
				p.Agreements[fmt.Sprint(i)] = trust.AgreementFile{Valid: v}
			}
		}
	}
	rule := func(e trust.Embargo) func(*trust.Policy) {
		return func(p *trust.Policy) { p.Local.Rules = []trust.Rule{{Embargo: e}} }
	}
	for _, row := range []struct {
		name   string
		change func(*trust.Policy)
		want   time.Time
	}{
		{"P-6 nothing ends", func(*trust.Policy) {}, time.Time{}},
		{"P-6 an agreement without dates", agreement(trust.Validity{}), time.Time{}},
		{"P-6 an agreement begins", agreement(trust.Validity{From: day(2)}), midnight(2)},
		{"P-6 an agreement ends, its last day inside", agreement(trust.Validity{Until: day(0)}), midnight(1)},
		{"P-6 what began and what ended is past", agreement(trust.Validity{From: day(0)}, trust.Validity{Until: day(-1)}), time.Time{}},
		{"P-6 the first of several of all kinds", func(p *trust.Policy) {
			member(trust.MemberFile{Identities: []trust.MemberIdentity{{From: day(8)}, {From: day(4)}}, SigningKeys: []trust.SigningKey{{From: day(8)}, {From: day(5)}}})(p)
			agreement(trust.Validity{From: day(3)})(p)
			p.Local.Rules = []trust.Rule{{}, {Embargo: trust.Embargo{Until: noon.Add(96 * time.Hour)}}}
		}, midnight(3)},
		{"P-6 of many agreements one", agreement(append(make([]trust.Validity, 63), trust.Validity{From: day(2)})...), midnight(2)},
		{"P-5 of many members one", func(p *trust.Policy) {
			p.Members = map[string]trust.MemberFile{"xb": {Identities: []trust.MemberIdentity{{From: day(2)}}}}
			for i := range 63 {
				p.Members[fmt.Sprint(i)] = trust.MemberFile{}
			}
		}, midnight(2)},
		{"P-5 a member's second identity", member(trust.MemberFile{Identities: []trust.MemberIdentity{{From: day(8)}, {From: day(4)}}}), midnight(4)},
		{"P-5 a member's second key", member(trust.MemberFile{SigningKeys: []trust.SigningKey{{From: day(8)}, {From: day(4)}}}), midnight(4)},
		{"P-4 12 the embargo of a second rule", func(p *trust.Policy) {
			p.Local.Rules = []trust.Rule{{}, {Embargo: trust.Embargo{Until: noon.Add(1)}}}
		}, noon.Add(1)},
		{"P-6 the first of several", agreement(trust.Validity{Until: day(5)}, trust.Validity{From: day(1), Until: day(9)}, trust.Validity{From: day(3)}), midnight(1)},
		{"P-5 an identity begins", member(trust.MemberFile{Identities: []trust.MemberIdentity{{}, {From: day(3)}}}), midnight(3)},
		{"P-5 an identity ends", member(trust.MemberFile{Identities: []trust.MemberIdentity{{Until: day(3)}}}), midnight(4)},
		{"P-5 a signing key begins", member(trust.MemberFile{SigningKeys: []trust.SigningKey{{}, {From: day(3)}}}), midnight(3)},
		{"P-5 a signing key ends", member(trust.MemberFile{SigningKeys: []trust.SigningKey{{Until: day(3)}}}), midnight(4)},
		{"P-4 12 an embargo passes", rule(trust.Embargo{Until: noon.Add(1)}), noon.Add(1)},
		{"P-4 12 an embargo has passed", rule(trust.Embargo{Until: noon}), time.Time{}},
		{"P-4 12 an embargo from receipt is each object's own", rule(trust.Embargo{For: time.Hour}), time.Time{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := &trust.Policy{Node: us}
			row.change(p)
			s := p.At(noon)
			assert.Equal(t, noon, s.At)
			assert.Equal(t, row.want, s.Until)
			if !row.want.IsZero() {
				assert.NotEqual(t, row.want, p.At(row.want).Until, "once it has come it is past")
			}
		})
	}
}

// Trust that no file can say is none.
func TestSnapshotOfUnknownTrust(t *testing.T) {
	clear := ours(trust.Clear)
	for _, level := range []int{-1, 5, 6, 7} {
		p := &trust.Policy{Node: us, Members: map[string]trust.MemberFile{"xb": {Trust: level}}}
		d := p.At(noon).Decide(&clear, &trust.Circumstances{}, trust.Principal{Kind: trust.Member, ID: "xb"})
		assert.True(t, d.Has(trust.CheckCeiling), level)
	}
}

// Both days are inside, in UTC; without a day there is no end (P-0).
func TestDatesHold(t *testing.T) {
	day := trust.DateOf(noon)
	start, end := noon.Truncate(24*time.Hour), noon.Truncate(24*time.Hour).Add(24*time.Hour)
	for _, row := range []struct {
		name        string
		from, until trust.Date
		at          time.Time
		want        bool
	}{
		{"open", trust.Date{}, trust.Date{}, noon, true},
		{"P-0 the first instant", day, trust.Date{}, start, true},
		{"P-0 just before it", day, trust.Date{}, start.Add(-1), false},
		{"P-0 the last instant", trust.Date{}, day, end.Add(-1), true},
		{"P-0 just after it", trust.Date{}, day, end, false},
		{"P-0 one day", day, day, noon, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, row.want, trust.Validity{From: row.from, Until: row.until}.Holds(row.at))
			assert.Equal(t, row.want, trust.MemberIdentity{From: row.from, Until: row.until}.SpeaksAt(row.at))
		})
	}
}
