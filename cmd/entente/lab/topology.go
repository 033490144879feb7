package lab

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"entente/configs"
	"entente/stix"
	"entente/trust"
)

// Topology is a topology file: which nodes there are, and what each thinks of the others.
// What is not said has a default: trust 2, relation peer, no agreements, no links.
type Topology struct {
	Scheme      string                     `yaml:"scheme" choice:"https|http"`
	Nodes       []Node                     `yaml:"nodes" required:"true"`
	Trust       []Trust                    `yaml:"trust" empty:"ok"`
	Relations   []Relation                 `yaml:"relations" empty:"ok"`
	Agreements  []trust.AgreementFile      `yaml:"agreements" empty:"ok"`
	Communities []Community                `yaml:"communities" empty:"ok"`
	Links       []Link                     `yaml:"links" empty:"ok"`
	Members     []Member                   `yaml:"members" empty:"ok"`
	Local       *trust.LocalFile           `yaml:"local"`
	LocalAt     map[string]trust.LocalFile `yaml:"local_at"`
	Sources     []trust.SourceFile         `yaml:"sources" empty:"ok"`

	root *yaml.Node // the same as it is written, for what is copied into policy files
}

// Node is one organisation. A guest has no node of its own: it is a member of the others.
type Node struct {
	ID          string   `yaml:"id" required:"true" write:"a short name of a-z, 0-9 and hyphens, as in csirt-xa"`
	Name        string   `yaml:"name"`
	Kind        string   `yaml:"kind" choice:"national|governmental|sectoral|regional|organisation"`
	Country     string   `yaml:"country"`
	Communities []string `yaml:"communities" empty:"ok"`
	Guest       bool     `yaml:"guest"`
}

// Trust is how far one node trusts another; without At, how far all do.
type Trust struct {
	Of    string `yaml:"of" required:"true" write:"whom it trusts"`
	At    string `yaml:"at"`
	Level int    `yaml:"level" required:"true" choice:"0|1|2|3|4" write:"a whole number from 0 (nothing) to 4 (up to AMBER+STRICT)"`
}

// Relation is what one member is to another; without At, to all.
type Relation struct {
	Of string         `yaml:"of" required:"true" write:"whose relation it is"`
	At string         `yaml:"at"`
	Is trust.Relation `yaml:"is" required:"true" choice:"peer|hub|constituent|parent"`
}

// Link is a node that fetches from another, or sends to it.
type Link struct {
	At   string           `yaml:"at" required:"true" write:"the node that has the link"`
	To   string           `yaml:"to" required:"true" write:"the node that it reaches"`
	Pull configs.Duration `yaml:"pull" write:"a time span, as in 1s"` // 0: it does not pull
	Push bool             `yaml:"push"`
}

// Community is a file of policy/communities. Its roster is Members, and whoever names it.
type Community struct {
	Format    int                       `yaml:"format" choice:"1"`
	Community string                    `yaml:"community" required:"true" write:"the community's short name"`
	Name      string                    `yaml:"name"`
	Members   []string                  `yaml:"members" empty:"ok"`
	Hub       string                    `yaml:"hub"`
	MaxTLP    trust.Level               `yaml:"max_tlp" choice:"clear|green|amber|amber+strict|red"`
	Onward    trust.Onward              `yaml:"onward" choice:"none|community"`
	Markings  map[stix.ID]trust.Meaning `yaml:"markings"`
	Roster    string                    `yaml:"roster" choice:"open|closed"`
}

// Member is what the file of member Of says at node At, or at all without it: any key of
// policy/members, in place of what the rest of the topology says.
type Member struct {
	Of string `yaml:"of" required:"true" write:"the member that the file is about"`
	At string `yaml:"at"`

	Format       int                    `yaml:"format" choice:"1"`
	Name         string                 `yaml:"name"`
	Kind         string                 `yaml:"kind" choice:"national|governmental|sectoral|regional|organisation"`
	Country      string                 `yaml:"country"`
	Relation     trust.Relation         `yaml:"relation" choice:"peer|hub|constituent|parent"`
	Trust        int                    `yaml:"trust" choice:"0|1|2|3|4"`
	Identities   []trust.MemberIdentity `yaml:"identities" empty:"ok"`
	Understands  string                 `yaml:"understands" choice:"tlp1|tlp2"`
	SigningKeys  []trust.SigningKey     `yaml:"signing_keys" empty:"ok"`
	RelaysFor    []string               `yaml:"relays_for" empty:"ok"`
	Constituency *trust.Constituency    `yaml:"constituency"`
	Contacts     []trust.Contact        `yaml:"contacts" empty:"ok"`
	Tolerate     *[]string              `yaml:"tolerate" empty:"ok"`
}

// Read reads a topology file, and reports every fault of it.
func Read(path string) (*Topology, configs.Problems) {
	data, problems := configs.ReadFile(path)
	if len(problems) > 0 {
		return nil, problems
	}
	return Parse(path, data)
}

// Parse reads a topology; file names it in problems.
func Parse(file string, data []byte) (*Topology, configs.Problems) {
	t := &Topology{Scheme: "https"}
	if problems := configs.Decode(file, data, t); len(problems) > 0 {
		return nil, problems
	}
	var document yaml.Node
	if err := yaml.Load(data, &document); err != nil {
		return nil, configs.Problems{{File: file, Message: err.Error()}}
	}
	t.root = document.Content[0]
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if n.Name == "" {
			n.Name = n.ID
		}
		if n.Kind == "" {
			n.Kind = "organisation"
		}
	}
	return t, nil
}

// Validate checks what the parts of a topology say of one another.
func (t *Topology) Validate(report configs.Report) {
	t.checkNodes(report)
	for i, x := range t.Trust {
		t.checkPair(report, x.Of, x.At, "trust", i)
	}
	for i, x := range t.Relations {
		t.checkPair(report, x.Of, x.At, "relations", i)
	}
	for i, x := range t.Members {
		t.checkPair(report, x.Of, x.At, "members", i)
		for j, id := range x.RelaysFor {
			t.checkMember(report, id, "members", i, "relays_for", j)
		}
	}
	t.checkLinks(report)
	t.checkShared(report)
	for id := range t.LocalAt {
		t.checkNode(report, id, "local_at", configs.Key(id))
	}
}

func (t *Topology) checkNodes(report configs.Report) {
	seen, real := map[string]bool{}, false
	for i, n := range t.Nodes {
		real = real || !n.Guest
		switch {
		case n.ID == "":
		case seen[n.ID]:
			report(fmt.Sprintf("id: %q stands in the list twice; keep one", n.ID), "nodes", i, "id")
		case slices.ContainsFunc(accounts[:], func(a account) bool { return a.Name == n.ID }):
			report("id: `"+n.ID+"` is an account of every node of a lab; choose another name", "nodes", i, "id")
		}
		seen[n.ID] = true
		if fault := configs.CheckID(n.ID); n.ID != "" && fault != "" {
			report("id: "+fault, "nodes", i, "id")
		}
		if fault := configs.CheckCountry(n.Country); n.Country != "" && fault != "" {
			report("country: "+fault, "nodes", i, "country")
		}
		for j, c := range n.Communities {
			if fault := configs.CheckID(c); fault != "" {
				report("communities: "+fault, "nodes", i, "communities", j)
			}
		}
	}
	if len(t.Nodes) > 0 && !real {
		report("nodes: all are guests, and a guest has no node of its own", "nodes")
	}
}

func (t *Topology) checkLinks(report configs.Report) {
	seen := map[[2]string]bool{}
	for i, l := range t.Links {
		t.checkNode(report, l.At, "links", i, "at")
		t.checkNode(report, l.To, "links", i, "to")
		switch pair := [2]string{l.At, l.To}; {
		case l.At == l.To && l.At != "":
			report("to: a node has no link to itself", "links", i, "to")
		case seen[pair]:
			report(fmt.Sprintf("the link at %s to %s stands here twice; write pull and push in one", l.At, l.To), "links", i)
		default:
			seen[pair] = true
		}
		if l.Pull == 0 && !l.Push {
			report("this link does nothing; write pull, push or both", "links", i)
		}
	}
}

// checkShared checks what is written the same to several: agreements, communities, sources.
func (t *Topology) checkShared(report configs.Report) {
	seen := map[string]bool{}
	once := func(kind, id, list string, i int) {
		if seen[kind+" "+id] {
			report(fmt.Sprintf("%s: %q stands in the list twice; keep one", kind, id), list, i, kind)
		}
		seen[kind+" "+id] = id != ""
	}
	for i, a := range t.Agreements {
		once("agreement", a.Agreement, "agreements", i)
		for j, party := range a.Parties {
			t.checkMember(report, party, "agreements", i, "parties", j)
		}
	}
	for i, c := range t.Communities {
		once("community", c.Community, "communities", i)
		for j, id := range c.Members {
			t.checkMember(report, id, "communities", i, "members", j)
		}
		if c.Hub != "" {
			t.checkMember(report, c.Hub, "communities", i, "hub")
		}
		if c.Community != "" && len(t.roster(c)) == 0 {
			report("members: nobody is in this community; list its members, or let nodes name it", "communities", i)
		}
	}
	for i, s := range t.Sources {
		once("source", s.Source, "sources", i)
	}
}

func (t *Topology) checkPair(report configs.Report, of, at, list string, i int) {
	t.checkMember(report, of, list, i, "of")
	if at != "" {
		t.checkNode(report, at, list, i, "at")
	}
	if of == at && of != "" {
		report("at: a node has no file about itself", list, i, "at")
	}
}

// checkMember reports a name that no node of the topology has.
func (t *Topology) checkMember(report configs.Report, id string, path ...any) {
	if t.find(id) == nil && id != "" {
		report(fmt.Sprintf("unknown node %q; `nodes` does not list it", id), path...)
	}
}

// checkNode reports a name that has no node of its own.
func (t *Topology) checkNode(report configs.Report, id string, path ...any) {
	t.checkMember(report, id, path...)
	if n := t.find(id); n != nil && n.Guest {
		report(id+" is a guest, and has no node of its own", path...)
	}
}

func (t *Topology) find(id string) *Node {
	for i := range t.Nodes {
		if t.Nodes[i].ID == id {
			return &t.Nodes[i]
		}
	}
	return nil
}

// roster is who is in a community, in the order of the nodes.
func (t *Topology) roster(c Community) (ids []string) {
	for _, n := range t.Nodes {
		if slices.Contains(c.Members, n.ID) || slices.Contains(n.Communities, c.Community) {
			ids = append(ids, n.ID)
		}
	}
	return ids
}

// Validate checks what a community's file will say by itself.
func (c *Community) Validate(report configs.Report) {
	f := trust.CommunityFile{Community: c.Community, Members: c.Members, Markings: c.Markings}
	f.Validate(report)
}

// Validate checks what a member's file will say by itself.
func (m *Member) Validate(report configs.Report) {
	f := trust.MemberFile{
		Country: m.Country, Relation: trust.Constituent, // what it is here, `relations` may say
		Identities: m.Identities, SigningKeys: m.SigningKeys, RelaysFor: m.RelaysFor, Tolerate: m.Tolerate,
		Constituency: m.Constituency,
	}
	f.Validate(report)
}
