package node

import (
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/uuid/v5"

	"entente/configs"
	"entente/trust/auth"
	"entente/trust/ledger"
)

// ConfigFile is the name of a node's configuration in its folder.
const ConfigFile = "node.yaml"

const accountsFile = "accounts.yaml"

// Plan is a node's folder as it is to be made. Zero fields have the defaults of node.yaml.
type Plan struct {
	Dir       string
	Node      configs.Node // Self.Identity empty: a new one; Listen.URL empty: from Listen.TAXII
	PlainHTTP bool         // no TLS
	Authority *Authority   // signs the certificate; nil: one made for this node
	Accounts  []NewAccount // nil: one admin, a person named admin
	Now       func() time.Time
}

// NewAccount is an account to be made, with a password and a token.
type NewAccount struct{ Name, Role, Kind string }

// Folder is what was made. The credentials are nowhere else.
type Folder struct {
	Dir        string                `json:"dir"`
	Config     string                `json:"config"`
	Identity   string                `json:"identity"`
	CA         string                `json:"ca,omitempty"` // the authority's certificate file
	SigningKey SigningKey            `json:"signing_key"`
	Accounts   map[string]Credential `json:"accounts"`
}

// Credential is how one account signs in, either way.
type Credential struct {
	User     string `json:"user"`
	Password string `json:"password"`
	Token    string `json:"token"`
}

//go:embed files/local.yaml
var localYAML []byte

//go:embed files/mitre-attack.yaml
var mitreAttackYAML []byte

//go:embed files/gitignore
var gitignore []byte

// Create makes a node's folder: configuration, keys, certificates, policy and first accounts. It
// appears whole or, with an error, not at all; a folder with anything in it is left alone.
// A [configs.Problems] says what of the plan is not right; nothing was made then.
func Create(p Plan) (f Folder, err error) {
	if err := p.complete(); err != nil {
		return Folder{}, err
	}
	config, problems := p.check()
	if len(problems) > 0 {
		return Folder{}, problems
	}
	s, err := stage(p.Dir)
	if err != nil {
		return Folder{}, fmt.Errorf("make %s: %w", p.Dir, err)
	}
	f, err = p.fill(s)
	if err == nil {
		err = s.file(ConfigFile, config, 0o640)
	}
	if err == nil {
		err = s.publish(ConfigFile)
	}
	if err != nil {
		return Folder{}, fmt.Errorf("make %s: %w", p.Dir, errors.Join(err, s.discard()))
	}
	return f, nil
}

// complete puts defaults where the plan is silent.
func (p *Plan) complete() error {
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Accounts == nil {
		p.Accounts = []NewAccount{{Name: "admin", Role: "admin", Kind: "person"}}
	}
	dir, err := filepath.Abs(p.Dir)
	if err != nil {
		return err
	}
	p.Dir = dir
	n := &p.Node
	if n.Self.Identity == "" {
		id, err := uuid.NewV4()
		if err != nil {
			return err
		}
		n.Self.Identity = "identity--" + id.String()
	}
	if n.Listen.URL == "" {
		n.Listen.URL = p.scheme() + "://" + n.Listen.TAXII
	}
	if n.Listen.TLS == nil && !p.PlainHTTP {
		n.Listen.TLS = &configs.TLS{Cert: "tls/node.pem", Key: "tls/node.key", ClientCA: "tls/peers-ca.pem"}
	}
	return nil
}

func (p *Plan) scheme() string {
	if p.PlainHTTP {
		return "http"
	}
	return "https"
}

// check writes node.yaml and reads it back, so that no folder is made that `check` would refuse.
func (p *Plan) check() ([]byte, configs.Problems) {
	data, err := p.Node.YAML()
	if err != nil {
		return nil, configs.Problems{{File: ConfigFile, Message: err.Error()}}
	}
	read := configs.Default()
	problems := configs.Decode(ConfigFile, data, &read)
	if u, err := url.Parse(p.Node.Listen.URL); err == nil {
		if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
			problems = append(problems, configs.Problem{File: ConfigFile, Message: "url: nobody can reach " + u.Hostname() + "; say how peers reach the node, as in https://taxii.example:6443"})
		}
	}
	return data, problems
}

// fill writes every file but node.yaml.
func (p *Plan) fill(s *staging) (Folder, error) {
	f := Folder{Dir: p.Dir, Config: filepath.Join(p.Dir, ConfigFile), Identity: p.Node.Self.Identity, Accounts: map[string]Credential{}}
	for _, folder := range []struct {
		name string
		mode fs.FileMode
	}{
		{"keys", 0o700}, {"data", 0o700}, {"policy/members", 0o750}, {"policy/links", 0o750},
		{"policy/agreements", 0o750}, {"policy/communities", 0o750}, {"policy/sources", 0o750},
	} {
		if err := s.folder(folder.name, folder.mode); err != nil {
			return f, err
		}
	}
	signing, private, err := newSigningKey()
	if err != nil {
		return f, err
	}
	f.SigningKey = signing
	ledgerKey, err := ledger.NewKey(rand.Reader, p.Node.Self.ID)
	if err != nil {
		return f, err
	}
	introduction, err := identityOf(p.Node.Self, p.Now())
	if err != nil {
		return f, err
	}
	accounts, err := p.accounts(f.Accounts)
	if err != nil {
		return f, err
	}
	for _, file := range []struct {
		name string
		data []byte
		mode fs.FileMode
	}{
		{".gitignore", gitignore, 0o644},
		{accountsFile, accounts.YAML(), 0o600},
		{cursorKeyFile, newCursorKey(), 0o600},
		{signingKeyFile, private, 0o600},
		{ledgerKeyFile, []byte(ledgerKey), 0o600},
		{identityFile, introduction, 0o644},
		{signingKeyShare, signing.share(p.Node.Self.ID), 0o644},
		{"policy/local.yaml", localYAML, 0o640},
		{"policy/sources/mitre-attack.yaml", mitreAttackYAML, 0o640},
	} {
		if err := s.file(file.name, file.data, file.mode); err != nil {
			return f, err
		}
	}
	if t := p.Node.Listen.TLS; t != nil && !filepath.IsAbs(t.Cert) {
		f.CA = filepath.Join(p.Dir, "tls/ca.pem")
		return f, p.certify(s)
	}
	return f, nil
}

func (p *Plan) accounts(credentials map[string]Credential) (auth.Accounts, error) {
	var list auth.Accounts
	for _, a := range p.Accounts {
		password, err := auth.NewPassword(rand.Reader)
		if err != nil {
			return list, err
		}
		hash, err := auth.HashPassword(rand.Reader, password)
		if err != nil {
			return list, err
		}
		token, err := auth.NewToken(rand.Reader)
		if err != nil {
			return list, err
		}
		if list, err = list.Add(auth.Account{Name: a.Name, Role: a.Role, Kind: a.Kind, Password: hash}); err != nil {
			return list, err
		}
		if list, _, err = list.IssueToken(a.Name, token, p.Now(), time.Time{}); err != nil {
			return list, err
		}
		credentials[a.Name] = Credential{User: a.Name, Password: password, Token: token}
	}
	return list, nil
}

// certify makes the TLS files: the authority, whose clients are accepted, and the node's own.
func (p *Plan) certify(s *staging) error {
	if err := s.folder("tls", 0o750); err != nil {
		return err
	}
	authority := p.Authority
	if authority == nil {
		var err error
		if authority, err = NewAuthority(p.Node.Self.ID+" authority", p.Now()); err != nil {
			return err
		}
		key, err := authority.KeyPEM()
		if err != nil {
			return err
		}
		if err := s.file("tls/ca.key", key, 0o600); err != nil {
			return err
		}
	}
	own, err := authority.IssueServer(p.Node.Self.ID, p.hosts(), p.Now())
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		data []byte
		mode fs.FileMode
	}{
		{"tls/ca.pem", authority.PEM(), 0o644},
		{"tls/peers-ca.pem", authority.PEM(), 0o644},
		{"tls/node.pem", own.Cert, 0o644},
		{"tls/node.key", own.Key, 0o600},
	} {
		if err := s.file(file.name, file.data, file.mode); err != nil {
			return err
		}
	}
	return nil
}

// hosts is under what names the node is reached: those it was told of, and this machine's own.
func (p *Plan) hosts() []string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if u, err := url.Parse(p.Node.Listen.URL); err == nil {
		hosts = append(hosts, u.Hostname())
	}
	if host, _, err := net.SplitHostPort(p.Node.Listen.TAXII); err == nil {
		hosts = append(hosts, host)
	}
	hosts = slices.DeleteFunc(hosts, func(h string) bool {
		ip := net.ParseIP(h)
		return h == "" || strings.Contains(h, "%") || ip != nil && ip.IsUnspecified()
	})
	slices.Sort(hosts)
	return slices.Compact(hosts)
}
