package trust

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"path"
	"slices"
	"strings"

	"entente/configs"
)

// File is one file of the policy folder. Path is relative to it, with slashes.
type File struct {
	Path string
	Data []byte
}

// Parse compiles the policy folder of a node. It reads local.yaml and every .yaml file in
// members, links, agreements, communities and sources; what else lies in the folder, such as
// the files that a link names, is none of its business. Every fault of every file is
// reported, also what one file says that another contradicts; with any, the policy is nil.
func Parse(node string, files []File) (*Policy, configs.Problems) {
	f := folder{policy: &Policy{
		Node:        node,
		Revision:    Revision(files),
		Members:     map[string]MemberFile{},
		Links:       map[string]LinkFile{},
		Agreements:  map[string]AgreementFile{},
		Communities: map[string]CommunityFile{},
		Sources:     map[string]SourceFile{},
		Local:       defaultLocal(),
		documents:   map[string]*configs.Document{},
	}}
	for _, file := range policyFiles(files) {
		f.read(file)
	}
	f.check()
	if len(f.problems) > 0 {
		f.problems.Sort()
		return nil, f.problems
	}
	return f.policy, nil
}

// Revision is the SHA-256, in hex, of the files that [Parse] reads, in order of their paths.
func Revision(files []File) string {
	h := sha256.New()
	for _, file := range policyFiles(files) {
		for _, part := range [][]byte{[]byte(file.Path), file.Data} {
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
			h.Write(part)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// policyFiles is what of the folder is policy, by path: its YAML files, hidden ones apart.
func policyFiles(files []File) []File {
	var out []File
	for _, file := range files {
		ext := path.Ext(file.Path)
		if hidden := strings.HasPrefix(file.Path, ".") || strings.Contains(file.Path, "/."); !hidden && (ext == ".yaml" || ext == ".yml") {
			out = append(out, file)
		}
	}
	slices.SortStableFunc(out, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// folder is a policy in the making.
type folder struct {
	policy   *Policy
	problems configs.Problems
}

func (f *folder) read(file File) {
	dir, name := path.Split(file.Path)
	id, isYAML := strings.CutSuffix(name, ".yaml")
	p := f.policy
	switch {
	case p.documents[file.Path] != nil:
		f.problems = append(f.problems, configs.Problem{File: file.Path, Message: "the file is given twice"})
	case !isYAML:
		f.problems = append(f.problems, configs.Problem{File: file.Path, Message: "name the file .yaml"})
	case file.Path == "local.yaml":
		decode(f, file, &p.Local)
		if red := p.Local.Accounts.Red; red != nil {
			p.Local.Red = red
		}
	case dir == "members/":
		m := MemberFile{Format: 1, Relation: Peer, Understands: "tlp2"}
		f.named(file, id, "member", decode(f, file, &m).Member)
		p.Members[id] = m
	case dir == "links/":
		l := LinkFile{Format: 1}
		f.named(file, id, "member", decode(f, file, &l).Member)
		p.Links[id] = l
	case dir == "agreements/":
		a := AgreementFile{Format: 1, Baseline: "keep"}
		f.named(file, id, "agreement", decode(f, file, &a).Agreement)
		p.Agreements[id] = a
	case dir == "communities/":
		c := CommunityFile{Format: 1, MaxTLP: Green, Onward: OnwardCommunity, Roster: "open"}
		f.named(file, id, "community", decode(f, file, &c).Community)
		p.Communities[id] = c
	case dir == "sources/":
		s := SourceFile{Format: 1}
		f.named(file, id, "source", decode(f, file, &s).Source)
		p.Sources[id] = s
	default:
		f.problems = append(f.problems, configs.Problem{File: file.Path,
			Message: "no policy file lies here; policy is local.yaml and members/, links/, agreements/, communities/, sources/, each file named <id>.yaml"})
	}
}

func decode[T any](f *folder, file File, into *T) *T {
	doc, problems := configs.Parse(file.Path, file.Data)
	if len(problems) == 0 {
		problems = doc.Decode(into)
	}
	f.policy.documents[file.Path] = doc
	f.problems = append(f.problems, problems...)
	return into
}

// named checks that a file says what it is named: one name, one file.
func (f *folder) named(file File, id, key, said string) {
	if said != "" && said != id && configs.CheckID(said) == "" {
		f.fault(file.Path, key+": the file is named "+id+"; write that, or rename the file", key)
	}
}

func (f *folder) fault(file, message string, at ...any) {
	f.problems = append(f.problems, f.policy.problem(file, message, at...))
}

// problem is a fault of a value in one of the policy's files.
func (p *Policy) problem(file, message string, at ...any) configs.Problem {
	if doc := p.documents[file]; doc != nil {
		return doc.Problem(message, at...)
	}
	return configs.Problem{File: file, Message: message}
}

// sorted is a map's keys in order: what is reported does not depend on chance.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
