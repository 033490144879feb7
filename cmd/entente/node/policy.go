package node

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"entente/configs"
	"entente/storage"
	"entente/trust"
	"entente/trust/exchange"
)

// linksFolder is the part of the policy folder that is in force as it is when the node starts: how
// members sign in and are reached is no matter of what was agreed.
const linksFolder = "links/"

// startPolicy is the policy that a node starts with: the last one applied, with the links as they
// are in the folder, or the folder where none was applied yet. What the folder says besides comes
// in force when somebody applies it.
func (s *Setup) startPolicy(ctx context.Context, store storage.Store) (*trust.Policy, error) {
	applied, revision, err := exchange.LastRevision(ctx, store)
	if err != nil {
		return nil, err
	}
	if applied == nil {
		return s.Folder.Policy, s.Faults.Err()
	}
	policy, problems := trust.Parse(s.Config.Self.ID, withLinks(applied, s.Folder.Files))
	if len(problems) > 0 {
		inForce := configs.Problem{File: s.Config.Policy, Message: fmt.Sprintf(
			"the policy in force, revision %s with the links of this folder, has faults; correct the links, or apply another policy with the program that applied this one", revision)}
		return nil, append(configs.Problems{inForce}, problems.In(s.Config.Policy)...)
	}
	return policy, nil
}

// withLinks are the files of a policy with the links of a folder, but for members whom the policy
// does not know.
func withLinks(policy, folder []trust.File) []trust.File {
	isLink := func(f trust.File) bool { return strings.HasPrefix(f.Path, linksFolder) }
	files := slices.DeleteFunc(slices.Clone(policy), isLink)
	for _, f := range folder {
		member := path.Join("members", path.Base(f.Path))
		if isLink(f) && slices.ContainsFunc(policy, func(p trust.File) bool { return p.Path == member }) {
			files = append(files, f)
		}
	}
	return files
}

// differs says of the policy folder what is not in force, to whoever starts the node.
func (s *Setup) differs(policy *trust.Policy) configs.Problems {
	if trust.Revision(s.Folder.Files) == policy.Revision {
		return nil
	}
	differs := configs.Problem{File: s.Config.Policy, Message: "the policy folder differs from what is in force: see `entente policy plan`"}
	return append(configs.Problems{differs}, s.Faults...)
}
