package node

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"

	"entente/configs"
	"entente/trust"
	"entente/trust/auth"
)

// Registry is who may sign in while a node runs: what accounts.yaml and the links say, and their
// changes. Each change is checked whole, written, and then in force for every later request.
type Registry struct {
	config configs.Node

	mu       sync.Mutex // held by whoever changes something
	policy   *trust.Policy
	accounts auth.Accounts

	directory atomic.Pointer[auth.Directory]
}

// newRegistry reads what the links name. Its problems are those of accounts, links and the files
// that they name.
func newRegistry(s Setup) (*Registry, configs.Problems) {
	r := &Registry{config: s.Config}
	d, problems := r.check(s.Accounts, s.Policy, r.readSecret)
	if len(problems) > 0 {
		return nil, problems
	}
	r.policy, r.accounts = s.Policy, s.Accounts
	r.directory.Store(d)
	return r, nil
}

// Authenticate says who asks; see [auth.Directory.Authenticate].
func (r *Registry) Authenticate(ctx context.Context, c auth.Credentials) (trust.Principal, error) {
	return r.directory.Load().Authenticate(ctx, c)
}

// Accounts is who has an account.
func (r *Registry) Accounts() auth.Accounts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.accounts
}

// ChangeAccounts changes accounts.yaml as it is now, edits by hand included.
func (r *Registry) ChangeAccounts(change func(auth.Accounts) (auth.Accounts, error)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	current, problems := ReadAccounts(r.config.Accounts)
	if len(problems) > 0 {
		return problems
	}
	changed, err := change(current)
	if err != nil {
		return err
	}
	d, problems := r.check(changed, r.policy, r.readSecret)
	if len(problems) > 0 {
		return problems
	}
	if err := ReplaceFile(r.config.Accounts, changed.YAML(), 0o600); err != nil {
		return err
	}
	r.accounts = changed
	r.directory.Store(d)
	return nil
}

// Reload reads accounts.yaml, and what the links name, again. With a problem everything stays as
// it was.
func (r *Registry) Reload() configs.Problems {
	r.mu.Lock()
	defer r.mu.Unlock()
	accounts, problems := ReadAccounts(r.config.Accounts)
	if len(problems) > 0 {
		return problems
	}
	d, problems := r.check(accounts, r.policy, r.readSecret)
	if len(problems) > 0 {
		return problems
	}
	r.accounts = accounts
	r.directory.Store(d)
	return nil
}

// check makes the directory of what is given; read gives the files that links name.
func (r *Registry) check(accounts auth.Accounts, policy *trust.Policy, read func(string) ([]byte, error)) (*auth.Directory, configs.Problems) {
	// Problems of links are named from the policy folder, and so must be those of accounts.
	file, err := filepath.Rel(r.config.Policy, r.config.Accounts)
	if err != nil {
		file = r.config.Accounts // one of the two is absolute
	}
	d, problems := auth.New(auth.Config{
		Accounts:     accounts,
		AccountsFile: file,
		Policy:       policy,
		Read:         read,
		Schemes:      r.config.TAXII.Authentication,
	})
	return d, problems.In(r.config.Policy)
}

// readSecret reads a file that a link names.
func (r *Registry) readSecret(path string) ([]byte, error) {
	data, problems := configs.ReadFile(r.inPolicy(path))
	if len(problems) > 0 {
		return nil, secretError(problems[0].Message)
	}
	return data, nil
}

func (r *Registry) inPolicy(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.config.Policy, filepath.FromSlash(path))
}

// secretError is why a file cannot be read, without its name, which the reader adds.
type secretError string

func (e secretError) Error() string { return string(e) }
