package lab

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"entente/cmd/entente/node"
	"entente/trust"
)

// memberFile is policy/members/<id>.yaml as a lab writes it, before what `members` says.
type memberFile struct {
	Format      int          `yaml:"format"`
	Member      string       `yaml:"member"`
	Name        string       `yaml:"name"`
	Kind        string       `yaml:"kind"`
	Country     string       `yaml:"country,omitempty"`
	Relation    string       `yaml:"relation"`
	Trust       int          `yaml:"trust"`
	Identities  []identity   `yaml:"identities"`
	SigningKeys []signingKey `yaml:"signing_keys,omitempty"`
}

type identity struct {
	ID string `yaml:"id"`
}

type signingKey struct {
	ID      string `yaml:"id"`
	Ed25519 string `yaml:"ed25519"`
}

// communityFile is policy/communities/<id>.yaml, before what `communities` says.
type communityFile struct {
	Format    int      `yaml:"format"`
	Community string   `yaml:"community"`
	Members   []string `yaml:"members"`
	MaxTLP    string   `yaml:"max_tlp"`
}

// defaultTrust is the trust of whoever the topology does not name.
const defaultTrust = 2

// member writes what node at says of member of. Key is nil for a guest.
func (t *Topology) member(at string, of *Node, id string, key *node.SigningKey) ([]byte, error) {
	f := memberFile{
		Format: 1, Member: of.ID, Name: of.Name, Kind: of.Kind, Country: of.Country,
		Relation: string(trust.Peer), Trust: defaultTrust, Identities: []identity{{id}},
	}
	if key != nil {
		f.SigningKeys = []signingKey{{key.ID, key.Ed25519}}
	}
	for _, x := range nearestLast(t.Trust, func(x Trust) (string, string) { return x.Of, x.At }, of.ID, at) {
		f.Trust = t.Trust[x].Level
	}
	for _, x := range nearestLast(t.Relations, func(x Relation) (string, string) { return x.Of, x.At }, of.ID, at) {
		f.Relation = string(t.Relations[x].Is)
	}
	var doc yaml.Node
	if err := doc.Encode(f); err != nil {
		return nil, err
	}
	for _, x := range nearestLast(t.Members, func(m Member) (string, string) { return m.Of, m.At }, of.ID, at) {
		overlay(&doc, t.item("members", x), "of", "at")
	}
	return blockStyle(&doc)
}

// nearestLast are the entries about a member that count at a node: those for all nodes first, so
// that those for this one override them.
func nearestLast[T any](list []T, of func(T) (of, at string), member, node string) (indexes []int) {
	for _, place := range []string{"", node} {
		for i, x := range list {
			if o, at := of(x); o == member && at == place {
				indexes = append(indexes, i)
			}
		}
	}
	return indexes
}

// shared writes what a node's policy has in common with others', by path below policy/.
func (t *Topology) shared(at string) (map[string][]byte, error) {
	files := map[string][]byte{}
	add := func(path string, doc *yaml.Node) (err error) {
		files[path], err = blockStyle(doc)
		return err
	}
	for i, a := range t.Agreements {
		if slices.Contains(a.Parties, at) {
			if err := add("agreements/"+a.Agreement+".yaml", t.item("agreements", i)); err != nil {
				return nil, err
			}
		}
	}
	for i, s := range t.Sources {
		if err := add("sources/"+s.Source+".yaml", t.item("sources", i)); err != nil {
			return nil, err
		}
	}
	for _, c := range t.communities() {
		if !slices.Contains(c.members, at) && c.hub != at {
			continue
		}
		var doc yaml.Node
		if err := doc.Encode(communityFile{1, c.id, c.members, trust.Green.String()}); err != nil {
			return nil, err
		}
		overlay(&doc, c.item, "members")
		if err := add("communities/"+c.id+".yaml", &doc); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// community is one that is described, or that nodes only name.
type community struct {
	id, hub string
	members []string
	item    *yaml.Node // as it is described; nil: only named
}

func (t *Topology) communities() (all []community) {
	for i, c := range t.Communities {
		all = append(all, community{c.Community, c.Hub, t.roster(c), t.item("communities", i)})
	}
	for _, n := range t.Nodes {
		for _, id := range n.Communities {
			if !slices.ContainsFunc(all, func(c community) bool { return c.id == id }) {
				all = append(all, community{id: id, members: t.roster(Community{Community: id})})
			}
		}
	}
	return all
}

// local writes local.yaml of a node over what `init` made; nil when the topology says nothing.
func (t *Topology) local(at string, made []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Load(made, &doc); err != nil {
		return nil, err
	}
	here := value(value(t.root, "local_at"), at)
	everywhere := value(t.root, "local")
	if here == nil && everywhere == nil {
		return nil, nil
	}
	overlay(doc.Content[0], everywhere)
	overlay(doc.Content[0], here)
	return blockStyle(doc.Content[0])
}

func clone(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i := range n.Content {
		c.Content[i] = clone(n.Content[i])
	}
	return &c
}

// item is an entry of one of the topology's lists, as it is written.
func (t *Topology) item(list string, i int) *yaml.Node { return value(t.root, list).Content[i] }

// value is the value of a key; nil without one.
func value(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// overlay puts the keys of one mapping over those of another, but for some; a mapping goes over a
// mapping key by key. What it puts in is a copy, since the topology's own is laid over many.
func overlay(onto, from *yaml.Node, without ...string) {
	if from == nil {
		return
	}
	for i := 0; i+1 < len(from.Content); i += 2 {
		k, v := from.Content[i], from.Content[i+1]
		switch old := value(onto, k.Value); {
		case slices.Contains(without, k.Value):
		case old != nil && old.Kind == yaml.MappingNode && v.Kind == yaml.MappingNode:
			overlay(old, v)
		case old != nil:
			*old = *clone(v)
		default:
			onto.Content = append(onto.Content, k, clone(v))
		}
	}
}

// blockStyle writes a mapping as people write policy files: one key a line, no comments of the
// file that it came from.
func blockStyle(n *yaml.Node) ([]byte, error) {
	return yaml.Dump(plain(n), yaml.WithLineWidth(-1))
}

func plain(n *yaml.Node) *yaml.Node {
	c := *n
	c.HeadComment, c.LineComment, c.FootComment = "", "", ""
	c.Style &^= yaml.FlowStyle
	c.Content = nil
	for _, child := range n.Content {
		c.Content = append(c.Content, plain(child))
	}
	return &c
}

// entrance is how a member signs in at a node, as the node keeps it.
type entrance struct {
	password string // argon2id
	token    string // SHA-256, in hex
	spki     string // of its certificate, in hex; empty with http
}

// link is what one node's policy says of how a member and it reach each other.
type link struct {
	member string
	in     entrance
	to     *Link // nil: only the member reaches the node
	there  *Served
	self   string // who we are there
	secret node.Credential
}

// write puts the link and the files that it names below policy/links.
func (l link) write(policy string, tls bool) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "format: 1\nmember: %s\ncredentials:\n  - basic_hash_file: %[1]s.password\n  - token_hash_file: %[1]s.tokens\n", l.member)
	if l.in.spki != "" {
		fmt.Fprintf(&b, "  - cert_spki: %q\n", l.in.spki)
	}
	files := map[string]string{l.member + ".password": l.in.password + "\n", l.member + ".tokens": l.in.token + "\n"}
	if l.to != nil {
		fmt.Fprintf(&b, "discovery: %s\n", l.there.TAXII)
		if tls {
			fmt.Fprintf(&b, "ca_file: ../../tls/ca.pem\n")
		}
		fmt.Fprintf(&b, "auth:\n  basic_file: %s.secret\n", l.member)
		files[l.member+".secret"] = l.secret.User + ":" + l.secret.Password + "\n"
		if l.to.Pull > 0 {
			fmt.Fprintf(&b, "pull:\n  every: %s\n", l.to.Pull)
		}
		if l.to.Push {
			fmt.Fprintf(&b, "push:\n  to: from-%s\n", l.self)
		}
	}
	files[l.member+".yaml"] = b.String()
	for name, text := range files {
		mode := os.FileMode(0o600)
		if strings.HasSuffix(name, ".yaml") {
			mode = 0o640
		}
		if err := os.WriteFile(filepath.Join(policy, "links", name), []byte(text), mode); err != nil {
			return err
		}
	}
	return nil
}
