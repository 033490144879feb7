package auth

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"entente/configs"
	"entente/trust"
)

// Accounts is accounts.yaml: the local people and tools. Its methods return changed copies;
// who calls them writes the file.
type Accounts struct {
	Format int       `yaml:"format" choice:"1" required:"true"`
	List   []Account `yaml:"accounts" empty:"ok" required:"true"`

	document *configs.Document // where the list came from; nil for one made here
}

// Account is a local person or tool.
type Account struct {
	Name     string   `yaml:"name" required:"true"`
	Role     string   `yaml:"role" required:"true" choice:"reader|analyst|officer|admin"`
	Kind     string   `yaml:"kind" required:"true" choice:"person|tool"`
	Compat   []string `yaml:"compat" empty:"ok" choice:"empty-objects"`
	Password string   `yaml:"password"` // PHC string of argon2id; empty: none, tokens only
	Tokens   []Token  `yaml:"tokens" empty:"ok"`
}

// Token is what is kept of an account's token.
type Token struct {
	ID      string    `yaml:"id" required:"true"` // names it, and tells nothing of it
	SHA256  string    `yaml:"sha256" required:"true"`
	Created Timestamp `yaml:"created" required:"true"`
	Expires Timestamp `yaml:"expires"` // zero: never
}

// Timestamp is an instant in accounts.yaml, to the second, in UTC.
type Timestamp struct{ time.Time }

// UnmarshalText reads an RFC 3339 timestamp.
func (t *Timestamp) UnmarshalText(text []byte) error {
	at, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return errors.New("write an instant, as in 2026-05-01T12:00:00Z")
	}
	t.Time = at.UTC()
	return nil
}

// String is the instant as the file has it.
func (t Timestamp) String() string { return t.UTC().Format(time.RFC3339) }

// Errors of a change that cannot be made.
var (
	ErrNoAccount = errors.New("no such account")
	ErrNoToken   = errors.New("no such token")
	ErrTaken     = errors.New("the name is taken")
)

var (
	accountName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)
	tokenID     = regexp.MustCompile(`^[a-z0-9-]{4,32}$`)
)

// ParseAccounts reads accounts.yaml and reports every fault of it.
func ParseAccounts(file string, data []byte) (Accounts, configs.Problems) {
	doc, problems := configs.Parse(file, data)
	if len(problems) > 0 {
		return Accounts{}, problems
	}
	a := Accounts{document: doc}
	if problems := doc.Decode(&a); len(problems) > 0 {
		return Accounts{}, problems
	}
	return a, nil
}

// Validate checks that names, tokens and their ids are unique.
func (a *Accounts) Validate(report configs.Report) {
	names, ids, hashes := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, account := range a.List {
		if names[account.Name] {
			report(fmt.Sprintf("name: %q stands here twice; an account has one entry", account.Name), "accounts", i, "name")
		}
		names[account.Name] = true
		for j, token := range account.Tokens {
			if ids[token.ID] {
				report("id: another token has this id", "accounts", i, "tokens", j, "id")
			}
			if hashes[token.SHA256] {
				report("sha256: another entry has this token; a token names one account", "accounts", i, "tokens", j, "sha256")
			}
			ids[token.ID], hashes[token.SHA256] = true, true
		}
	}
}

// Validate checks one account.
func (a *Account) Validate(report configs.Report) {
	if a.Name != "" && !accountName.MatchString(a.Name) {
		report("name: write at most 64 of a-z, 0-9 and . _ @ -, beginning with a letter or digit", "name")
	}
	if _, isRole := trust.ParseRole(a.Name); isRole && a.Role != a.Name {
		report(fmt.Sprintf("name: an account named %s has that role, since policy files name both alike", a.Name), "name")
	}
	if a.Password != "" {
		if _, err := parsePasswordHash(a.Password); err != nil {
			report("password: "+err.Error(), "password")
		}
	}
}

// Validate checks one token.
func (t *Token) Validate(report configs.Report) {
	if t.ID != "" && !tokenID.MatchString(t.ID) {
		report("id: write 4 to 32 of a-z, 0-9 and hyphens", "id")
	}
	if t.SHA256 != "" && !isDigest(t.SHA256) {
		report("sha256: write the SHA-256 of the token, 64 hexadecimal digits in lower case", "sha256")
	}
}

func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && s == strings.ToLower(s)
}

// Find is the account of a name.
func (a Accounts) Find(name string) (account Account, ok bool) {
	if i := a.index(name); i >= 0 {
		return a.List[i], true
	}
	return Account{}, false
}

func (a Accounts) index(name string) int {
	return slices.IndexFunc(a.List, func(account Account) bool { return account.Name == name })
}

// Add is a with one account more. ErrTaken; or a [configs.Problems] when the account is not one.
func (a Accounts) Add(account Account) (Accounts, error) {
	if a.index(account.Name) >= 0 {
		return a, fmt.Errorf("add account %s: %w", account.Name, ErrTaken)
	}
	return a.changed(append(slices.Clone(a.List), account))
}

// Remove is a without an account and its tokens. ErrNoAccount.
func (a Accounts) Remove(name string) (Accounts, error) {
	i := a.index(name)
	if i < 0 {
		return a, fmt.Errorf("remove account %s: %w", name, ErrNoAccount)
	}
	return a.changed(slices.Delete(slices.Clone(a.List), i, i+1))
}

// SetPassword is a with another password hash for an account. ErrNoAccount.
func (a Accounts) SetPassword(name, hash string) (Accounts, error) {
	i := a.index(name)
	if i < 0 {
		return a, fmt.Errorf("set the password of %s: %w", name, ErrNoAccount)
	}
	list := slices.Clone(a.List)
	list[i].Password = hash
	return a.changed(list)
}

// IssueToken is a with a token more for an account, and what was added. The token comes from
// [NewToken] and is shown once; expires may be zero. ErrNoAccount.
func (a Accounts) IssueToken(name, token string, created, expires time.Time) (Accounts, Token, error) {
	i := a.index(name)
	if i < 0 {
		return a, Token{}, fmt.Errorf("issue a token for %s: %w", name, ErrNoAccount)
	}
	hash := HashToken(token)
	t := Token{ID: hash[:12], SHA256: hash, Created: Timestamp{created.UTC().Truncate(time.Second)}}
	if !expires.IsZero() {
		t.Expires = Timestamp{expires.UTC().Truncate(time.Second)}
	}
	list := slices.Clone(a.List)
	list[i].Tokens = append(slices.Clone(list[i].Tokens), t)
	changed, err := a.changed(list)
	return changed, t, err
}

// RevokeToken is a without the token of an id. ErrNoToken.
func (a Accounts) RevokeToken(id string) (Accounts, error) {
	list := slices.Clone(a.List)
	for i, account := range list {
		if j := slices.IndexFunc(account.Tokens, func(t Token) bool { return t.ID == id }); j >= 0 {
			list[i].Tokens = slices.Delete(slices.Clone(account.Tokens), j, j+1)
			return a.changed(list)
		}
	}
	return a, fmt.Errorf("revoke token %s: %w", id, ErrNoToken)
}

// changed reads back what would be written, so that no change makes a file that cannot be read.
func (a Accounts) changed(list []Account) (Accounts, error) {
	next, problems := ParseAccounts("accounts.yaml", Accounts{List: list}.YAML())
	if len(problems) > 0 {
		return a, problems
	}
	return next, nil
}

const accountsHeader = `# accounts.yaml: local people and tools. Written by ` + "`entente account` and `entente token`" + `;
# edits are kept, comments are not. Passwords are argon2id hashes, tokens SHA-256 hashes.
# role: reader < analyst < officer < admin.  kind: person | tool.
format: 1
`

// YAML is accounts.yaml, by name: the same accounts give the same bytes.
func (a Accounts) YAML() []byte {
	b := bytes.NewBufferString(accountsHeader)
	if len(a.List) == 0 {
		b.WriteString("accounts: []\n")
		return b.Bytes()
	}
	b.WriteString("accounts:\n")
	sorted := slices.Clone(a.List)
	slices.SortStableFunc(sorted, func(x, y Account) int { return cmp.Compare(x.Name, y.Name) })
	for _, account := range sorted {
		account.write(b)
	}
	return b.Bytes()
}

func (a Account) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "  - name: %s\n    role: %s\n    kind: %s\n", quote(a.Name), quote(a.Role), quote(a.Kind))
	if len(a.Compat) > 0 {
		b.WriteString("    compat:\n")
		for _, c := range a.Compat {
			fmt.Fprintf(b, "      - %s\n", quote(c))
		}
	}
	if a.Password != "" {
		fmt.Fprintf(b, "    password: %s\n", quote(a.Password))
	}
	if len(a.Tokens) > 0 {
		b.WriteString("    tokens:\n")
	}
	for _, t := range a.Tokens {
		fmt.Fprintf(b, "      - id: %s\n        sha256: %s\n        created: %s\n", quote(t.ID), quote(t.SHA256), t.Created)
		if !t.Expires.IsZero() {
			fmt.Fprintf(b, "        expires: %s\n", t.Expires)
		}
	}
}

// plain is what YAML reads as the text that it is, without quotes.
var plain = regexp.MustCompile(`^[a-z][a-z0-9._-]*$`)

func quote(s string) string {
	switch s {
	case "true", "false", "null":
	default:
		if plain.MatchString(s) {
			return s
		}
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
