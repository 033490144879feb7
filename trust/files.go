package trust

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"path"
	"slices"
	"strings"

	"entente/configs"
	"entente/stix"
)

// MemberFile is members/<id>.yaml: who a member is (P-0).
type MemberFile struct {
	Format       int              `yaml:"format" choice:"1"`
	Member       string           `yaml:"member" required:"true" write:"the member's short name, as the file is named"`
	Name         string           `yaml:"name"`
	Kind         string           `yaml:"kind" choice:"national|governmental|sectoral|regional|organisation"` // description only
	Country      string           `yaml:"country"`
	Relation     Relation         `yaml:"relation" choice:"peer|hub|constituent|parent"`
	Trust        int              `yaml:"trust" required:"true" choice:"0|1|2|3|4" write:"a whole number from 0 (nothing) to 4 (up to AMBER+STRICT)"`
	Identities   []MemberIdentity `yaml:"identities" empty:"ok"` // created_by_ref values it speaks for
	Understands  string           `yaml:"understands" choice:"tlp1|tlp2"`
	SigningKeys  []SigningKey     `yaml:"signing_keys" empty:"ok"`
	RelaysFor    []string         `yaml:"relays_for" empty:"ok"` // members whose objects it may bring us as theirs
	Constituency *Constituency    `yaml:"constituency"`          // nil: nothing matches
	Contacts     []Contact        `yaml:"contacts" empty:"ok"`
	Tolerate     *[]string        `yaml:"tolerate" empty:"ok"` // nil: the default list; empty: strict
}

// Relation is what a member is to us.
type Relation string

const (
	Peer        Relation = "peer"
	Hub         Relation = "hub"
	Constituent Relation = "constituent"
	Parent      Relation = "parent"
)

// MemberIdentity is a STIX Identity that a member speaks for, within its dates.
type MemberIdentity struct {
	ID    stix.ID `yaml:"id" required:"true" write:"the id of a STIX Identity: identity-- and a UUID"`
	From  Date    `yaml:"from"`
	Until Date    `yaml:"until"`
}

// SigningKey checks a member's origin signatures.
type SigningKey struct {
	ID      string `yaml:"id" required:"true"`
	Ed25519 string `yaml:"ed25519" required:"true" write:"the public key in base64"`
	From    Date   `yaml:"from"`
	Until   Date   `yaml:"until"`
}

// Constituency is who a constituent looks after: what it needs to know (P-3).
type Constituency struct {
	Sectors []string `yaml:"sectors" required:"true" write:"a list of sectors, as in [energy]"`
}

// Validate checks what a constituency is described by.
func (c *Constituency) Validate(report configs.Report) { checkScope(report, nil, c.Sectors, nil) }

// Contact is how to reach people.
type Contact struct {
	Role      string   `yaml:"role"`
	Hours     string   `yaml:"hours"`
	Languages []string `yaml:"languages"`
	Mail      string   `yaml:"mail"`
	Phone     string   `yaml:"phone"`
	Key       string   `yaml:"key"`
}

// Validate checks what a member file says about itself.
func (m *MemberFile) Validate(report configs.Report) {
	checkID(report, m.Member, "member")
	if m.Country != "" {
		if fault := configs.CheckCountry(m.Country); fault != "" {
			report("country: "+fault, "country")
		}
	}
	for i, id := range m.Identities {
		checkIdentity(report, id.ID, "identities", i, "id")
		checkOrder(report, id.From, id.Until, "identities", i, "until")
	}
	for i, k := range m.SigningKeys {
		if key, err := base64.StdEncoding.DecodeString(k.Ed25519); k.Ed25519 != "" && (err != nil || len(key) != ed25519.PublicKeySize) {
			report("ed25519: write the 32 bytes of the public key in base64, 44 characters", "signing_keys", i, "ed25519")
		}
		checkOrder(report, k.From, k.Until, "signing_keys", i, "until")
	}
	checkUnique(report, m.RelaysFor, "relays_for")
	if m.Tolerate != nil {
		checkTolerances(report, *m.Tolerate)
	}
	if m.Constituency != nil && m.Relation != Constituent {
		report("constituency is of a constituent; write `relation: constituent`, or remove it", configs.Key("constituency"))
	}
}

func checkTolerances(report configs.Report, names []string) {
	var known []string
	for _, t := range stix.Tolerances() {
		known = append(known, t.Name)
	}
	for i, name := range names {
		if !slices.Contains(known, name) {
			report("tolerate: write one of "+strings.Join(known, ", "), "tolerate", i)
		}
	}
}

// LinkFile is links/<member>.yaml: how a member proves itself here, and how we reach it.
// Secrets are named by file, relative to the link's own file; see [LinkFile.Path].
type LinkFile struct {
	Format      int          `yaml:"format" choice:"1"`
	Member      string       `yaml:"member" required:"true" write:"the member's short name, as the file is named"`
	Credentials []Credential `yaml:"credentials" empty:"ok"`
	Discovery   string       `yaml:"discovery" write:"the URL of its discovery, as in https://taxii.example/taxii2/"` // empty: it only reaches us
	CAFile      string       `yaml:"ca_file"`                                                                         // authorities of its server certificate; empty: the system's
	Auth        *LinkAuth    `yaml:"auth"`                                                                            // how we prove ourselves there
	Pull        *Pull        `yaml:"pull"`
	Push        *Push        `yaml:"push"`
	Compat      []string     `yaml:"compat" empty:"ok" choice:"empty-objects"`
	Suspended   bool         `yaml:"suspended"`
}

// Credential is one way in; exactly one field is set.
type Credential struct {
	BasicHashFile string         `yaml:"basic_hash_file"` // argon2id of the password; the user is the member's id
	TokenHashFile string         `yaml:"token_hash_file"` // SHA-256 of the token, in hex
	JWT           *JWTCredential `yaml:"jwt"`
	CertSPKI      string         `yaml:"cert_spki"` // SHA-256 of the certificate's public key (SubjectPublicKeyInfo), in hex
}

// JWTCredential accepts tokens that somebody else issues for the member (RFC 7519).
type JWTCredential struct {
	Issuer   string `yaml:"issuer" required:"true"`
	Subject  string `yaml:"subject" required:"true"`
	JWKSFile string `yaml:"jwks_file" required:"true" write:"the file of the issuer's public keys (RFC 7517)"`
	Audience string `yaml:"audience"` // empty: this node's id
}

// LinkAuth is how we prove ourselves to the member's server.
type LinkAuth struct {
	BasicFile  string `yaml:"basic_file"` // user:password
	TokenFile  string `yaml:"token_file"`
	ClientCert string `yaml:"client_cert"`
	ClientKey  string `yaml:"client_key"`
}

// Pull is what we fetch from the member.
type Pull struct {
	Every       configs.Duration `yaml:"every" required:"true" write:"a time span, as in 60s"`
	Collections configs.Choice   `yaml:"collections"` // ids, aliases or titles there
}

// Push is what we send it as it happens.
type Push struct {
	To string `yaml:"to" required:"true" write:"the collection there, as in from-csirt-xa"`
}

// Path is where a file that the link names lies: relative to the policy folder, with slashes,
// unless absolute.
func (l LinkFile) Path(file string) string {
	if path.IsAbs(file) {
		return file
	}
	return path.Join("links", file)
}

// Validate checks what a link file says about itself.
func (l *LinkFile) Validate(report configs.Report) {
	checkID(report, l.Member, "member")
	if u, err := url.Parse(l.Discovery); err != nil || l.Discovery != "" && (u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil) {
		report("discovery: write the URL of its discovery, as in https://taxii.example/taxii2/; the password goes into auth", "discovery")
	}
	for key, set := range map[string]bool{"auth": l.Auth != nil, "pull": l.Pull != nil, "push": l.Push != nil} {
		if set && l.Discovery == "" {
			report(key+" needs `discovery`, the URL of the member's server", configs.Key(key))
		}
	}
	if l.Pull != nil && l.Pull.Every == 0 {
		report("every: write a time span above zero, as in 60s", "pull", "every")
	}
	checkUnique(report, l.Compat, "compat")
	basic := false
	for i, c := range l.Credentials {
		if basic && c.BasicHashFile != "" {
			report("basic_hash_file: a member has one password; remove the other", "credentials", i, "basic_hash_file")
		}
		basic = basic || c.BasicHashFile != ""
	}
}

// Validate checks that a credential is one.
func (c *Credential) Validate(report configs.Report) {
	n := 0
	for _, set := range []bool{c.BasicHashFile != "", c.TokenHashFile != "", c.JWT != nil, c.CertSPKI != ""} {
		if set {
			n++
		}
	}
	if n != 1 {
		report("a credential is exactly one of basic_hash_file, token_hash_file, jwt, cert_spki; give each a list item of its own")
	}
	if b, err := hex.DecodeString(c.CertSPKI); err != nil || c.CertSPKI != strings.ToLower(c.CertSPKI) || len(b) != 0 && len(b) != 32 {
		report("cert_spki: write the SHA-256 of the certificate's public key (SubjectPublicKeyInfo), 64 hexadecimal digits in lower case", "cert_spki")
	}
}

// Validate checks that we know one way in.
func (a *LinkAuth) Validate(report configs.Report) {
	if (a.ClientCert == "") != (a.ClientKey == "") {
		report("client_cert and client_key go together")
	}
	if a.BasicFile != "" && a.TokenFile != "" {
		report("write basic_file or token_file, not both")
	}
	if *a == (LinkAuth{}) {
		report("write one of basic_file, token_file, or client_cert with client_key")
	}
}

// SourceFile is sources/<id>.yaml: a public source whose unmarked objects have a known label.
type SourceFile struct {
	Format     int               `yaml:"format" choice:"1"`
	Source     string            `yaml:"source" required:"true" write:"the source's short name, as the file is named"`
	Name       string            `yaml:"name"`
	Identities []stix.ID         `yaml:"identities" required:"true" write:"the ids of its STIX Identities"`
	Via        []string          `yaml:"via" required:"true" write:"how it comes in: link:<member>, account:<name> or cli"`
	Unmarked   Level             `yaml:"unmarked" choice:"hold|clear|green"` // Unmarked means hold
	Markings   map[stix.ID]Level `yaml:"markings" choice:"clear|green|amber|amber+strict|red"`
	Evidence   string            `yaml:"evidence"` // why we may say so
}

// Validate checks what a source file says about itself.
func (s *SourceFile) Validate(report configs.Report) {
	checkID(report, s.Source, "source")
	for i, id := range s.Identities {
		checkIdentity(report, id, "identities", i)
	}
	for i, via := range s.Via {
		kind, name, named := strings.Cut(via, ":")
		if via != "cli" && (!named || name == "" || kind != "link" && kind != "account") {
			report("via: write link:<member>, account:<name> or cli", "via", i)
		}
	}
	checkUnique(report, s.Via, "via")
	for id := range s.Markings {
		checkMarking(report, id, "markings", configs.Key(id))
	}
}
