package auth

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"entente/configs"
	"entente/trust"
)

// Config says who exists and how they prove themselves.
type Config struct {
	Accounts     Accounts
	AccountsFile string        // names the accounts in problems; default accounts.yaml
	Policy       *trust.Policy // the members and their links

	// Read gives the files that links name, by [trust.LinkFile.Path]: relative to the policy
	// folder unless absolute.
	Read func(path string) ([]byte, error)

	// Schemes are what is accepted: basic, bearer, certificate; default all (TAXII 2.1 §8.2.2).
	Schemes []string

	Now  func() time.Time                           // default time.Now
	Rand io.Reader                                  // default crypto/rand; keys the cache of verified passwords
	KDF  func(password, salt []byte, c Cost) []byte // default [Argon2id]

	// Parallel is how many password hashes are computed at once, 19 MiB and a core each;
	// default half the cores, at least one.
	Parallel int
}

// Directory knows everybody who may sign in. It does not change; it is safe for concurrent use.
type Directory struct {
	schemes      []string
	now          func() time.Time
	users        map[string]user // by account name or member id
	tokens       map[string]token
	certificates map[string]trust.Principal // by [HashSPKI]
	issuers      map[issuerKey]issuer
	passwords    passwords
}

// user is somebody with a name; the zero value is nobody, whom no password fits.
type user struct {
	principal trust.Principal
	hash      *passwordHash // nil: no password
}

type token struct {
	principal trust.Principal
	expires   time.Time // zero: never
}

// New makes a directory, or says what is wrong with accounts, links and the files they name.
func New(c Config) (*Directory, configs.Problems) {
	if c.AccountsFile == "" {
		c.AccountsFile = "accounts.yaml"
	}
	if c.Schemes == nil {
		c.Schemes = []string{"basic", "bearer", "certificate"}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.KDF == nil {
		c.KDF = Argon2id
	}
	if c.Parallel == 0 {
		c.Parallel = max(1, runtime.GOMAXPROCS(0)/2)
	}
	key := make([]byte, sha256.Size)
	if _, err := io.ReadFull(c.Rand, key); err != nil {
		return nil, configs.Problems{{File: c.AccountsFile, Message: "no random bytes: " + err.Error()}}
	}
	b := builder{config: c, directory: &Directory{
		schemes:      c.Schemes,
		now:          c.Now,
		users:        map[string]user{},
		tokens:       map[string]token{},
		certificates: map[string]trust.Principal{},
		issuers:      map[issuerKey]issuer{},
		passwords: passwords{
			kdf: c.KDF, now: c.Now,
			mac: func(m []byte) (sum [sha256.Size]byte) {
				h := hmac.New(sha256.New, key)
				h.Write(m)
				h.Sum(sum[:0])
				return sum
			},
			slots:    make(chan struct{}, c.Parallel),
			verified: map[[sha256.Size]byte]verified{},
			failures: map[source]*failures{},
		},
	}}
	b.accounts()
	b.members()
	if len(b.problems) > 0 {
		b.problems.Sort()
		return nil, b.problems
	}
	return b.directory, nil
}

// builder fills a directory and collects what is wrong.
type builder struct {
	config    Config
	directory *Directory
	problems  configs.Problems
}

func (b *builder) fault(file, format string, args ...any) {
	b.problems = append(b.problems, configs.Problem{File: file, Message: fmt.Sprintf(format, args...)})
}

func (b *builder) accounts() {
	d := b.directory
	for i, a := range b.config.Accounts.List {
		role, _ := trust.ParseRole(a.Role)
		p := trust.Principal{Kind: trust.Account, ID: a.Name, Role: role, Person: a.Kind == "person", Compat: a.Compat}
		if _, member := b.config.Policy.Members[a.Name]; member {
			b.accountFault(i, "name: a member has this id, and signs in with it; choose another name")
		}
		u := user{principal: p}
		if h, err := parsePasswordHash(a.Password); err == nil {
			u.hash = &h
		} else if a.Password != "" {
			b.accountFault(i, "password: "+err.Error())
		}
		d.users[a.Name] = u
		for _, t := range a.Tokens {
			d.tokens[t.SHA256] = token{p, t.Expires.Time}
		}
	}
}

func (b *builder) accountFault(i int, message string) {
	if doc := b.config.Accounts.document; doc != nil {
		p := doc.Problem(message, "accounts", i, "name")
		p.File = b.config.AccountsFile
		b.problems = append(b.problems, p)
		return
	}
	b.fault(b.config.AccountsFile, "%s", message)
}

// members reads the credentials of every link that is not suspended: those of the others are
// unknown here, as if there were none.
func (b *builder) members() {
	var ids []string
	for id := range b.config.Policy.Links {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		link := b.config.Policy.Links[id]
		if link.Suspended {
			continue
		}
		p := trust.Principal{Kind: trust.Member, ID: id, Compat: link.Compat}
		for _, c := range link.Credentials {
			switch {
			case c.BasicHashFile != "":
				b.basic(link, p, c.BasicHashFile)
			case c.TokenHashFile != "":
				b.tokens(link, p, c.TokenHashFile)
			case c.JWT != nil:
				b.issuer(link, p, *c.JWT)
			default:
				if other, taken := b.directory.certificates[c.CertSPKI]; taken {
					b.fault("links/"+id+".yaml", "cert_spki: %s proves itself by this key already; a key is one member's", other)
				}
				b.directory.certificates[c.CertSPKI] = p
			}
		}
	}
}

func (b *builder) basic(link trust.LinkFile, p trust.Principal, file string) {
	lines, ok := b.lines(link, file)
	if !ok {
		return
	}
	h, err := parsePasswordHash(strings.Join(lines, " "))
	if err != nil {
		b.fault(link.Path(file), "one argon2id hash on one line is expected, as `entente init` makes it")
		return
	}
	b.directory.users[p.ID] = user{p, &h}
}

// tokens reads one hash a line, so that a new token may be in use beside the old one. When the
// last one is revoked none is left, and the link stays as it is.
func (b *builder) tokens(link trust.LinkFile, p trust.Principal, file string) {
	lines, _ := b.lines(link, file)
	for i, line := range lines {
		if !isDigest(line) {
			b.fault(link.Path(file), "hash %d: write the SHA-256 of a token, 64 hexadecimal digits in lower case", i+1)
			continue
		}
		if other, taken := b.directory.tokens[line]; taken {
			b.fault(link.Path(file), "hash %d: %s has this token already; a token is one party's", i+1, other.principal)
		}
		b.directory.tokens[line] = token{principal: p}
	}
}

// lines is what a file holds, without empty lines and # comments.
func (b *builder) lines(link trust.LinkFile, file string) (out []string, ok bool) {
	data, ok := b.read(link, file)
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		if line := strings.TrimSpace(s.Text()); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out, ok
}

func (b *builder) read(link trust.LinkFile, file string) ([]byte, bool) {
	data, err := b.config.Read(link.Path(file))
	if err != nil {
		b.fault(link.Path(file), "named by links/%s.yaml, but it cannot be read: %v", link.Member, err)
		return nil, false
	}
	return data, true
}
