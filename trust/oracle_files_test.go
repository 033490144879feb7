package trust_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"entente/configs"
	"entente/trust"
)

// yaml is a flow mapping in the making: what is absent is not written.
type yaml []string

func (y yaml) String() string { return "{" + strings.Join(y, ", ") + "}" }

func (y *yaml) put(key string, value any) { *y = append(*y, fmt.Sprintf("%s: %v", key, value)) }

func (y *yaml) text(key string, value string) {
	if value != "" {
		y.put(key, value)
	}
}

func (y *yaml) list(key string, names configs.Choice) {
	if names != nil {
		y.put(key, listed(names))
	}
}

// listed writes names in quotes: a JSON list is a YAML list.
func listed(names []string) string {
	text, err := json.Marshal(names)
	if err != nil || names == nil {
		return "[]"
	}
	return string(text)
}

// tlp is a level as files write it.
func tlp(l trust.Level) string {
	if l == trust.Unmarked {
		return "hold"
	}
	return l.String()
}

// written is the folder that says what a world's policy does.
func written(p *trust.Policy) (folder []trust.File) {
	add := func(path string, y yaml) {
		folder = append(folder, trust.File{Path: path, Data: []byte(y.String() + "\n")})
	}
	for id, m := range p.Members {
		add("members/"+id+".yaml", writtenMember(m))
	}
	for id, l := range p.Links {
		add("links/"+id+".yaml", yaml{"member: " + id, fmt.Sprintf("suspended: %t", l.Suspended)})
	}
	for id, a := range p.Agreements {
		add("agreements/"+id+".yaml", writtenAgreement(a))
	}
	for id, c := range p.Communities {
		y := yaml{"community: " + id, "max_tlp: " + tlp(c.MaxTLP), "onward: " + string(c.Onward)}
		y.list("members", c.Members)
		y.text("hub", c.Hub)
		add("communities/"+id+".yaml", y)
	}
	for id, s := range p.Sources {
		identity := fmt.Sprintf("identity--00000000-0000-4000-8000-%012x", id[:1])
		add("sources/"+id+".yaml", yaml{"source: " + id, "identities: [" + identity + "]", "via: [cli]", "unmarked: " + tlp(s.Unmarked)})
	}
	add("local.yaml", writtenLocal(p.Local))
	return folder
}

func writtenMember(m trust.MemberFile) yaml {
	y := yaml{"member: " + m.Member, fmt.Sprint("trust: ", m.Trust), "relation: " + string(m.Relation), "understands: " + m.Understands}
	if m.Constituency != nil {
		y.put("constituency", "{sectors: "+listed(m.Constituency.Sectors)+"}")
	}
	return y
}

func writtenAgreement(a trust.AgreementFile) yaml {
	y := yaml{"agreement: " + a.Agreement, "baseline: " + a.Baseline, "parties: " + listed(a.Parties)}
	var valid, terms yaml
	valid.text("from", a.Valid.From.String())
	valid.text("until", a.Valid.Until.String())
	y.put("valid", valid)
	terms.text("personal_data", a.Terms.PersonalData)
	y.put("terms", terms)
	var flows []string
	for _, f := range a.Flows {
		w := yaml{"from: " + f.From, "to: " + f.To, "max_tlp: " + tlp(f.MaxTLP)}
		w.list("types", f.Types)
		w.list("sectors", f.Sectors)
		w.list("countries", f.Countries)
		w.list("labels", f.Labels)
		w.text("onward", string(f.Onward))
		writeExclude(&w, f.Exclude)
		flows = append(flows, w.String())
	}
	y.put("flows", flowList(flows))
	return y
}

func flowList(items []string) string { return "[" + strings.Join(items, ", ") + "]" }

func writeExclude(y *yaml, all []trust.Exclude) {
	var items []string
	for _, e := range all {
		var w yaml
		w.list("types", e.Types)
		w.list("sectors", e.Sectors)
		w.list("countries", e.Countries)
		w.list("labels", e.Labels)
		items = append(items, w.String())
	}
	if items != nil {
		y.put("exclude", flowList(items))
	}
}

func writtenLocal(l trust.LocalFile) yaml {
	y := yaml{"unmarked: " + tlp(l.Unmarked), fmt.Sprint("public: ", l.Public), "suspended: " + listed(l.Suspended), "red: " + listed(l.Red)}
	y.put("accounts", yaml{"person: " + tlp(l.Accounts.Person), "tool: " + tlp(l.Accounts.Tool)})
	var from yaml
	for id, level := range l.UnmarkedFrom {
		from.put(id, tlp(level))
	}
	y.put("unmarked_from", from)
	var rules []string
	for _, r := range l.Rules {
		rules = append(rules, writtenRule(r).String())
	}
	y.put("rules", flowList(rules))
	return y
}

func writtenRule(r trust.Rule) yaml {
	y := yaml{fmt.Sprint("min_confidence: ", r.MinConfidence)}
	y.list("to", r.To)
	var approval yaml
	for level, approvers := range r.Approval {
		approval.put(tlp(level), approvers)
	}
	if approval != nil {
		y.put("approval", approval)
	}
	switch {
	case r.Embargo.For > 0:
		y.put("embargo", r.Embargo.For)
	case !r.Embargo.Until.IsZero():
		y.put("embargo", `"`+r.Embargo.Until.Format(time.RFC3339Nano)+`"`)
	}
	writeExclude(&y, r.Exclude)
	return y
}
