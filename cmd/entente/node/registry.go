package node

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"entente/configs"
	"entente/trust"
	"entente/trust/auth"
	"entente/trust/exchange"
)

// Registry is who may sign in while a node runs: what accounts.yaml and the links say, and their
// changes. Each change is checked whole, written, and then in force for every later request.
type Registry struct {
	config configs.Node
	now    func() time.Time

	mu      sync.Mutex // held by whoever changes something
	inForce atomic.Pointer[standing]
}

// standing is what is in force; another replaces it whole.
type standing struct {
	policy    *trust.Policy
	accounts  auth.Accounts
	directory *auth.Directory
}

// newRegistry reads what the links name. Its problems are those of accounts, links and the files
// that they name.
func newRegistry(s Setup, policy *trust.Policy, now func() time.Time) (*Registry, configs.Problems) {
	r := &Registry{config: s.Config, now: now}
	d, problems := r.check(s.Accounts, policy, r.readSecret)
	if len(problems) > 0 {
		return nil, problems
	}
	r.inForce.Store(&standing{policy, s.Accounts, d})
	return r, nil
}

// Authenticate says who asks; see [auth.Directory.Authenticate].
func (r *Registry) Authenticate(ctx context.Context, c auth.Credentials) (trust.Principal, error) {
	return r.inForce.Load().directory.Authenticate(ctx, c)
}

// Accounts is who has an account.
func (r *Registry) Accounts() auth.Accounts { return r.inForce.Load().accounts }

// Public reports whether the policy lets callers read without credentials.
func (r *Registry) Public() bool { return r.inForce.Load().policy.Local.Public }

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
	policy := r.inForce.Load().policy
	d, problems := r.check(changed, policy, r.readSecret)
	if len(problems) > 0 {
		return problems
	}
	if err := ReplaceFile(r.config.Accounts, changed.YAML(), 0o600); err != nil {
		return err
	}
	r.inForce.Store(&standing{policy, changed, d})
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
	policy := r.inForce.Load().policy
	d, problems := r.check(accounts, policy, r.readSecret)
	if len(problems) > 0 {
		return problems
	}
	r.inForce.Store(&standing{policy, accounts, d})
	return nil
}

// ReadPolicy reads the policy folder as it is now and checks it whole: its files, the tests of its
// agreements, and what its links name. The error is [configs.Problems], all of them.
func (r *Registry) ReadPolicy() (exchange.Revision, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	revision, _, problems := r.readPolicy()
	return revision, problems.Err()
}

// ApplyPolicy reads the policy folder as ReadPolicy does and hands it to apply. Who may sign in, and
// whether anybody may read, follows what apply put in force before ApplyPolicy returns. With an
// error nothing changes.
func (r *Registry) ApplyPolicy(apply func(exchange.Revision) (exchange.Change, error)) (exchange.Change, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	revision, d, problems := r.readPolicy()
	if len(problems) > 0 {
		return exchange.Change{}, problems
	}
	change, err := apply(revision)
	if err == nil && change.Applied {
		r.inForce.Store(&standing{revision.Policy, r.inForce.Load().accounts, d})
	}
	return change, err
}

func (r *Registry) readPolicy() (exchange.Revision, *auth.Directory, configs.Problems) {
	revision, problems := ReadPolicy(r.config)
	if revision.Policy == nil {
		return revision, nil, problems
	}
	d, found := r.check(r.inForce.Load().accounts, revision.Policy, r.readSecret)
	problems = append(problems, found...)
	problems.Sort()
	return revision, d, problems
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
