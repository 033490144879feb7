package node

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"entente/cmd/entente/admin"
	"entente/trust"
	"entente/trust/auth"
)

const tokenFileHeader = "# SHA-256 of the tokens by which this member signs in here, one a line; format 1.\n"

// MemberTokens lists the tokens of every link.
func (r *Registry) MemberTokens() (list []admin.MemberToken, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	links := r.inForce.Load().policy.Links
	for _, member := range slices.Sorted(maps.Keys(links)) {
		for _, file := range tokenFiles(links[member]) {
			data, err := r.readSecret(file)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", r.inPolicy(file), err)
			}
			for hash := range hashes(data) {
				list = append(list, admin.MemberToken{Member: member, ID: tokenID(hash)})
			}
		}
	}
	return list, nil
}

// AddMemberToken lets a member sign in with one token more. A link that names no file of tokens,
// or is not there, gets one.
func (r *Registry) AddMemberToken(member, hash string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	policy := r.inForce.Load().policy
	if _, known := policy.Members[member]; !known {
		return fmt.Errorf("%w: there is no members/%s.yaml", admin.ErrNoMember, member)
	}
	change := linkChange{policy: policy}
	if files := tokenFiles(policy.Links[member]); len(files) > 0 {
		change.secret = files[0]
	} else if err := r.nameTokens(member, &change); err != nil {
		return err
	}
	old, err := os.ReadFile(r.inPolicy(change.secret))
	if errors.Is(err, fs.ErrNotExist) {
		old, err = []byte(tokenFileHeader), nil
	}
	if err != nil {
		return err
	}
	if n := len(old); n > 0 && old[n-1] != '\n' {
		old = append(old, '\n')
	}
	change.data = append(old, hash+"\n"...)
	return r.apply(change)
}

// RemoveMemberToken takes back the token of an id. [auth.ErrNoToken].
func (r *Registry) RemoveMemberToken(id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	policy := r.inForce.Load().policy
	for _, member := range slices.Sorted(maps.Keys(policy.Links)) {
		for _, file := range tokenFiles(policy.Links[member]) {
			data, err := r.readSecret(file)
			if err != nil {
				return fmt.Errorf("read %s: %w", r.inPolicy(file), err)
			}
			for hash := range hashes(data) {
				if tokenID(hash) == id {
					rest := bytes.Replace(data, []byte(hash), nil, 1)
					return r.apply(linkChange{policy: policy, secret: file, data: rest})
				}
			}
		}
	}
	return fmt.Errorf("revoke token %s: %w", id, auth.ErrNoToken)
}

// linkChange is a change of what one link accepts.
type linkChange struct {
	policy *trust.Policy // with the link as it will be
	secret string        // the file of hashes, as a link names files
	data   []byte        // what it will hold
	link   string        // the link's own file, if that changes too
	yaml   []byte        // what it will hold
}

// apply checks a change whole, writes it and puts it in force. The link's file comes last: it may
// not name a file that is not there.
func (r *Registry) apply(c linkChange) error {
	accounts := r.inForce.Load().accounts
	d, problems := r.check(accounts, c.policy, func(path string) ([]byte, error) {
		if path == c.secret {
			return c.data, nil
		}
		return r.readSecret(path)
	})
	if len(problems) > 0 {
		return problems
	}
	if err := ReplaceFile(r.inPolicy(c.secret), c.data, 0o600); err != nil {
		return err
	}
	if c.link != "" {
		if err := ReplaceFile(r.inPolicy(c.link), c.yaml, 0o640); err != nil {
			return err
		}
	}
	r.inForce.Store(&standing{c.policy, accounts, d})
	return nil
}

// nameTokens makes a member's link name a file of tokens. Only this link is taken from the folder
// as it is now: other edits there are not in force before the policy is applied.
func (r *Registry) nameTokens(member string, c *linkChange) error {
	files, problems := readYAML(r.config.Policy)
	if len(problems) > 0 {
		return problems
	}
	c.link = "links/" + member + ".yaml"
	name := member + ".tokens"
	i := slices.IndexFunc(files, func(f trust.File) bool { return f.Path == c.link })
	if i < 0 {
		c.yaml = fmt.Appendf(nil, "format: 1\nmember: %s\ncredentials:\n  - token_hash_file: %s\n", member, name)
		files = append(files, trust.File{Path: c.link, Data: c.yaml})
	} else {
		var err error
		if c.yaml, err = addCredential(files[i].Data, "token_hash_file: "+name); err != nil {
			return fmt.Errorf("%s: %w", c.link, err)
		}
		files[i].Data = c.yaml
	}
	parsed, problems := trust.Parse(r.config.Self.ID, files)
	if len(problems) > 0 {
		return problems.In(r.config.Policy)
	}
	changed := *c.policy
	changed.Links = maps.Clone(changed.Links)
	changed.Links[member] = parsed.Links[member]
	c.policy, c.secret = &changed, path.Join("links", name)
	return nil
}

var errByHand = errors.New("its credentials are written in a way that only a person can edit; add the line by hand")

// addCredential writes one more item into a link's credentials and leaves the rest as it is.
func addCredential(link []byte, item string) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Load(link, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode || doc.Content[0].Style&yaml.FlowStyle != 0 {
		return nil, errByHand
	}
	var list *yaml.Node
	for i := 0; i+1 < len(doc.Content[0].Content); i += 2 {
		if doc.Content[0].Content[i].Value == "credentials" {
			list = doc.Content[0].Content[i+1]
		}
	}
	lines := strings.SplitAfter(string(link), "\n")
	switch {
	case list == nil:
		return fmt.Appendf(nil, "%s\ncredentials:\n  - %s\n", strings.TrimRight(string(link), "\n"), item), nil
	case list.Kind != yaml.SequenceNode:
		return nil, errByHand
	case list.Style&yaml.FlowStyle == 0:
		at := list.Line - 1
		return []byte(strings.Join(slices.Insert(lines, at, strings.Repeat(" ", list.Column-1)+"- "+item+"\n"), "")), nil
	}
	line := lines[list.Line-1]
	before, after, found := strings.Cut(line, "[")
	if !found {
		return nil, errByHand
	}
	if len(list.Content) > 0 {
		after = ", " + after
	}
	lines[list.Line-1] = before + "[{" + item + "}" + after
	return []byte(strings.Join(lines, "")), nil
}

// tokenFiles are the files of tokens that a link names, from the policy folder.
func tokenFiles(l trust.LinkFile) (files []string) {
	for _, c := range l.Credentials {
		if c.TokenHashFile != "" {
			files = append(files, l.Path(c.TokenHashFile))
		}
	}
	return files
}

// hashes yields the lines that are not comments.
func hashes(data []byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
			line := strings.TrimSpace(s.Text())
			if line != "" && !strings.HasPrefix(line, "#") && !yield(line) {
				return
			}
		}
	}
}

// tokenID names a token by the beginning of its hash, as accounts.yaml does.
func tokenID(hash string) string { return hash[:min(len(hash), 12)] }
