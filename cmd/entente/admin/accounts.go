package admin

import (
	"net/http"
	"regexp"
	"time"

	"entente/trust/auth"
)

// Account is an account as it is listed: no secret, nor anything made from one.
type Account struct {
	Name     string   `json:"name"`
	Role     string   `json:"role"`
	Kind     string   `json:"kind"`
	Password bool     `json:"password"` // it has one
	Tokens   int      `json:"tokens"`
	Compat   []string `json:"compat,omitempty"`
}

// NewAccount asks for an account.
type NewAccount struct {
	Name       string `json:"name"`
	Role       string `json:"role"`
	Kind       string `json:"kind"`
	Password   string `json:"password,omitempty"`    // empty: one is made
	TokensOnly bool   `json:"tokens_only,omitempty"` // no password at all
}

// Secret is what is told once: whose it is, and the password or the token.
type Secret struct {
	Account  string    `json:"account,omitempty"`
	Member   string    `json:"member,omitempty"`
	Password string    `json:"password,omitempty"`
	Token    string    `json:"token,omitempty"`
	ID       string    `json:"id,omitempty"` // of the token
	Expires  time.Time `json:"expires,omitzero"`
}

// Token is a token as it is listed.
type Token struct {
	ID      string    `json:"id"`
	Account string    `json:"account,omitempty"`
	Member  string    `json:"member,omitempty"`
	Created time.Time `json:"created,omitzero"`
	Expires time.Time `json:"expires,omitzero"` // zero: never
}

// NewToken asks for a token of an account or of a member.
type NewToken struct {
	Account string    `json:"account,omitempty"`
	Member  string    `json:"member,omitempty"`
	Token   string    `json:"token,omitempty"`  // empty: one is made
	Expires time.Time `json:"expires,omitzero"` // accounts only
}

func (s *Server) listAccounts(call) (any, error) {
	out := []Account{}
	for _, a := range s.cfg.Registry.Accounts().List {
		out = append(out, Account{Name: a.Name, Role: a.Role, Kind: a.Kind, Password: a.Password != "", Tokens: len(a.Tokens), Compat: a.Compat})
	}
	return out, nil
}

func (s *Server) addAccount(c call) (any, error) {
	n, err := read[NewAccount](c)
	if err != nil {
		return nil, err
	}
	secret := Secret{Account: n.Name}
	account := auth.Account{Name: n.Name, Role: n.Role, Kind: n.Kind}
	if !n.TokensOnly {
		password := n.Password
		if password == "" {
			if password, err = auth.NewPassword(s.cfg.Rand); err != nil {
				return nil, err
			}
			secret.Password = password
		}
		if account.Password, err = auth.HashPassword(s.cfg.Rand, password); err != nil {
			return nil, invalid{err.Error()}
		}
	}
	err = s.cfg.Registry.ChangeAccounts(func(a auth.Accounts) (auth.Accounts, error) { return a.Add(account) })
	if err != nil {
		return nil, err
	}
	s.audit(c, "account.add", n.Name, "role", n.Role, "kind", n.Kind)
	return secret, nil
}

func (s *Server) removeAccount(c call) (any, error) {
	name := c.PathValue("name")
	err := s.cfg.Registry.ChangeAccounts(func(a auth.Accounts) (auth.Accounts, error) { return a.Remove(name) })
	if err != nil {
		return nil, err
	}
	s.audit(c, "account.remove", name)
	return nil, nil
}

func (s *Server) listTokens(call) (any, error) {
	out := []Token{}
	for _, a := range s.cfg.Registry.Accounts().List {
		for _, t := range a.Tokens {
			out = append(out, Token{ID: t.ID, Account: a.Name, Created: t.Created.Time, Expires: t.Expires.Time})
		}
	}
	members, err := s.cfg.Registry.MemberTokens()
	for _, t := range members {
		out = append(out, Token{ID: t.ID, Member: t.Member})
	}
	return out, err
}

// strongToken is what may come from outside: only the hash is kept, and it has no salt.
var strongToken = regexp.MustCompile(`^[A-Za-z0-9+/=_~-]{32,512}$`)

func (s *Server) issueToken(c call) (any, error) {
	n, err := read[NewToken](c)
	switch {
	case err != nil:
		return nil, err
	case (n.Account == "") == (n.Member == ""):
		return nil, invalid{"a token is of an account or of a member; name one"}
	case n.Member != "" && !n.Expires.IsZero():
		return nil, invalid{"a member's token does not expire; revoke it"}
	}
	secret := Secret{Account: n.Account, Member: n.Member, Expires: n.Expires}
	token := n.Token
	if token != "" && !strongToken.MatchString(token) {
		return nil, invalid{"a token has 32 to 512 of A-Z, a-z, 0-9 and + / = _ ~ -, made at random"}
	}
	if token == "" {
		if token, err = auth.NewToken(s.cfg.Rand); err != nil {
			return nil, err
		}
		secret.Token = token
	}
	if n.Member != "" {
		secret.ID, err = tokenID(auth.HashToken(token)), s.cfg.Registry.AddMemberToken(n.Member, auth.HashToken(token))
	} else {
		err = s.cfg.Registry.ChangeAccounts(func(a auth.Accounts) (auth.Accounts, error) {
			changed, t, err := a.IssueToken(n.Account, token, s.cfg.Now(), n.Expires)
			secret.ID = t.ID
			return changed, err
		})
	}
	if err != nil {
		return nil, err
	}
	s.audit(c, "token.issue", n.Account+n.Member, "token", secret.ID)
	return secret, nil
}

func (s *Server) revokeToken(c call) (any, error) {
	id := c.PathValue("id")
	err := s.cfg.Registry.ChangeAccounts(func(a auth.Accounts) (auth.Accounts, error) { return a.RevokeToken(id) })
	if statusOf(err) == http.StatusNotFound {
		err = s.cfg.Registry.RemoveMemberToken(id)
	}
	if err != nil {
		return nil, err
	}
	s.audit(c, "token.revoke", id)
	return nil, nil
}

// tokenID names a token by the beginning of its hash, as accounts.yaml does.
func tokenID(hash string) string { return hash[:12] }
