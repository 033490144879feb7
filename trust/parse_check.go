package trust

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"entente/configs"
	"entente/stix"
)

// check compares the files with one another.
func (f *folder) check() {
	f.checkMembers()
	f.checkSources()
	f.checkAgreements()
	f.checkCommunities()
	f.checkLocal()
}

// known reports a name that is neither ours nor a member's.
func (f *folder) known(file, id string, at ...any) {
	if id != f.policy.Node {
		f.stranger(file, id, at...)
	}
}

// stranger reports a name that is no member's.
func (f *folder) stranger(file, id string, at ...any) {
	if _, ok := f.policy.Members[id]; !ok && id != "" {
		f.fault(file, fmt.Sprintf("unknown member %q; there is no members/%s.yaml", id, id), at...)
	}
}

func (f *folder) checkMembers() {
	owner := map[stix.ID]string{}
	for _, id := range sorted(f.policy.Members) {
		file, m := "members/"+id+".yaml", f.policy.Members[id]
		if id == f.policy.Node {
			f.fault(file, "this is the node itself, and node.yaml says who it is; remove the file", "member")
		}
		for i, identity := range m.Identities {
			if other, taken := owner[identity.ID]; taken {
				f.fault(file, fmt.Sprintf("id: %s speaks for this identity already; it is one member's", other), "identities", i, "id")
			}
			owner[identity.ID] = file
		}
		for i, other := range m.RelaysFor {
			f.stranger(file, other, "relays_for", i)
		}
	}
	for _, id := range sorted(f.policy.Links) {
		f.stranger("links/"+id+".yaml", id, "member")
	}
	for _, id := range sorted(f.policy.Sources) {
		file := "sources/" + id + ".yaml"
		for i, identity := range f.policy.Sources[id].Identities {
			if other, taken := owner[identity]; taken {
				f.fault(file, fmt.Sprintf("identities: %s speaks for this identity already", other), "identities", i)
			}
			owner[identity] = file
		}
	}
}

func (f *folder) checkSources() {
	for _, id := range sorted(f.policy.Sources) {
		for i, via := range f.policy.Sources[id].Via {
			if member, ok := strings.CutPrefix(via, "link:"); ok {
				f.stranger("sources/"+id+".yaml", member, "via", i)
			}
		}
	}
}

func (f *folder) checkAgreements() {
	for _, id := range sorted(f.policy.Agreements) {
		file, a := "agreements/"+id+".yaml", f.policy.Agreements[id]
		for i, party := range a.Parties {
			f.known(file, party, "parties", i)
		}
		for i, flow := range a.Flows {
			if _, ok := f.policy.Communities[flow.Community]; !ok && flow.Community != "" {
				f.fault(file, fmt.Sprintf("unknown community %q; there is no communities/%s.yaml", flow.Community, flow.Community), "flows", i, "community")
			}
		}
		f.checkMeanings(file, a.Markings)
	}
}

func (f *folder) checkCommunities() {
	for _, id := range sorted(f.policy.Communities) {
		file, c := "communities/"+id+".yaml", f.policy.Communities[id]
		for i, member := range c.Members {
			f.known(file, member, "members", i)
		}
		f.known(file, c.Hub, "hub")
		f.checkMeanings(file, c.Markings)
	}
}

func (f *folder) checkMeanings(file string, markings map[stix.ID]Meaning) {
	for id, meaning := range markings {
		for i, to := range meaning.To {
			f.known(file, to, "markings", string(id), "to", i)
		}
	}
}

func (f *folder) checkLocal() {
	const file = "local.yaml"
	l := f.policy.Local
	for id := range l.UnmarkedFrom {
		if _, source := f.policy.Sources[id]; !source {
			f.stranger(file, id, "unmarked_from", configs.Key(id))
		}
	}
	for i, id := range l.Suspended {
		if _, ok := f.policy.Agreements[id]; !ok {
			f.fault(file, fmt.Sprintf("unknown agreement %q; there is no agreements/%s.yaml", id, id), "suspended", i)
		}
	}
	for i, r := range l.Rules {
		for j, to := range r.To {
			f.stranger(file, to, "rules", i, "to", j)
		}
	}
}

// Warnings is what the policy allows but its author may not have meant, at the instant now.
func (p *Policy) Warnings(now time.Time) configs.Problems {
	var out configs.Problems
	warn := func(file, message string, at ...any) {
		out = append(out, p.problem(file, message, at...))
	}
	for _, id := range sorted(p.Agreements) {
		p.warnAgreement("agreements/"+id+".yaml", p.Agreements[id], now, warn)
	}
	for _, id := range sorted(p.Communities) {
		c := p.Communities[id]
		if c.MaxTLP == Red {
			warn("communities/"+id+".yaml", redByTerms, "max_tlp")
		}
	}
	for _, id := range sorted(p.Links) {
		l := p.Links[id]
		if len(l.Credentials) == 0 && l.Discovery == "" {
			warn("links/"+id+".yaml", "the link has no credentials and no discovery: neither side reaches the other", "member")
		} else if len(l.Credentials) == 0 {
			warn("links/"+id+".yaml", "the link has no credentials: the member cannot sign in here", "member")
		}
	}
	out.Sort()
	return out
}

const redByTerms = "max_tlp: RED goes to named members by explicit release only; this reaches as far as amber+strict"

func (p *Policy) warnAgreement(file string, a AgreementFile, now time.Time, warn func(file, message string, at ...any)) {
	switch {
	case !a.Valid.Until.IsZero() && !now.Before(a.Valid.Until.End()):
		warn(file, fmt.Sprintf("the agreement ended on %s: it grants nothing, and what it takes away stays away", a.Valid.Until), "valid", "until")
	case !a.Valid.Holds(now):
		warn(file, fmt.Sprintf("the agreement begins on %s: until then it grants nothing", a.Valid.From), "valid", "from")
	}
	if !slices.Contains(a.Parties, p.Node) {
		warn(file, "this node is not a party: the agreement changes nothing here", "parties")
	}
	for i, flow := range a.Flows {
		if flow.MaxTLP == Red {
			warn(file, redByTerms, "flows", i, "max_tlp")
		}
		to, ok := p.Members[flow.To]
		if most := reach(to.Trust); ok && flow.From == p.Node && min(flow.MaxTLP, AmberStrict) > most {
			warn(file, fmt.Sprintf("max_tlp: trust %d of %s lets through %s at most (members/%s.yaml)", to.Trust, flow.To, through(most), flow.To), "flows", i, "max_tlp")
		}
	}
}

func through(most Level) string {
	if most == Unmarked {
		return "nothing"
	}
	return most.String()
}

func checkID(report configs.Report, id, key string) {
	if id != "" {
		if fault := configs.CheckID(id); fault != "" {
			report(key+": "+fault, key)
		}
	}
}

// checkScope reports names that no object has, because types are in lower case, sectors are read so
// and countries in capitals: an exclusion by such a name would let everything through.
func checkScope(report configs.Report, types, sectors, countries []string) {
	for key, names := range map[string][]string{"types": types, "sectors": sectors} {
		for i, name := range names {
			if low := strings.ToLower(name); low != name {
				report(key+": write it in lower case: "+low, key, i)
			}
		}
	}
	for i, country := range countries {
		if fault := configs.CheckCountry(country); fault != "" {
			report("countries: "+fault, "countries", i)
		}
	}
}

func checkIdentity(report configs.Report, id stix.ID, at ...any) {
	if id != "" {
		if fault := configs.CheckIdentity(string(id)); fault != "" {
			report(fault, at...)
		}
	}
}

func checkMarking(report configs.Report, id stix.ID, at ...any) {
	level, isTLP := LevelOf(id)
	switch parsed, err := stix.ParseID(string(id)); {
	case err != nil || parsed.Type() != "marking-definition":
		report("write the id of a marking: marking-definition-- and a UUID in lower case", at...)
	case isTLP:
		report("this id is TLP:"+strings.ToUpper(level.String())+" for everybody; its meaning cannot be changed", at...)
	}
}

func checkOrder(report configs.Report, from, until Date, at ...any) {
	if !from.IsZero() && !until.IsZero() && until.Start().Before(from.Start()) {
		report("until: the end lies before the beginning, "+from.String(), at...)
	}
}

func checkUnique(report configs.Report, list []string, at ...any) {
	seen := map[string]bool{}
	for i, s := range list {
		if seen[s] && s != "" {
			report(fmt.Sprintf("%q stands in the list twice; keep one", s), append(at[:len(at):len(at)], i)...)
		}
		seen[s] = true
	}
}
