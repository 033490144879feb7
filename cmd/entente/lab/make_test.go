package lab_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/cmd/entente/lab"
	"entente/cmd/entente/node"
	"entente/trust"
	"entente/trust/auth"
)

// makeLab makes a folder; nothing runs.
func makeLab(t *testing.T, topology string) (dir string, s lab.State) {
	t.Helper()
	parsed, problems := lab.Parse("t.yaml", []byte(topology))
	require.Empty(t, problems)
	dir = filepath.Join(t.TempDir(), "lab")
	l, err := lab.Make(parsed, lab.Config{Dir: dir})
	require.NoError(t, err)
	return dir, l.State()
}

func TestPolicyFolders(t *testing.T) {
	dir, s := makeLab(t, whole)
	text := func(path string) string {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		require.NoError(t, err)
		return string(data)
	}
	missing := func(path string) { t.Helper(); assert.NoFileExists(t, filepath.Join(dir, filepath.FromSlash(path))) }
	policy := func(id string) *trust.Policy {
		t.Helper()
		setup, problems := node.Check(s.Nodes[id].Config, time.Now())
		require.Empty(t, problems)
		return setup.Folder.Policy
	}

	t.Run("each document is block style, and says what the topology says", func(t *testing.T) {
		assert.Equal(t, "format: 1\nmember: fin-xa\nname: fin-xa\nkind: organisation\nrelation: constituent\ntrust: 0\nidentities:\n- id: "+
			s.Nodes["fin-xa"].Identity+"\n", before(text("csirt-xa/policy/members/fin-xa.yaml"), "signing_keys:"))
		assert.True(t, strings.HasSuffix(text("csirt-xa/policy/members/fin-xa.yaml"), "constituency:\n  sectors:\n  - energy\nunderstands: tlp1\n"))
		assert.Contains(t, text("csirt-xb/policy/members/csirt-xa.yaml"), "name: 'National CSIRT of Xanadu: the first'\n")
		assert.NotContains(t, text("csirt-xb/policy/members/csirt-xx.yaml"), "signing_keys", "a guest signs nothing")
		for id := range s.Nodes {
			for member := range s.Nodes[id].Members {
				assert.Contains(t, text(id+"/policy/members/"+member+".yaml"), "\ntrust: ", "always written out")
			}
		}
	})
	t.Run("trust and relation, nearest first", func(t *testing.T) {
		xa, fin := policy("csirt-xa"), policy("fin-xa")
		assert.Equal(t, 4, xa.Members["csirt-xb"].Trust)
		assert.Equal(t, 1, fin.Members["csirt-xb"].Trust)
		assert.Equal(t, 2, fin.Members["csirt-xa"].Trust, "the default")
		assert.Equal(t, trust.Constituent, xa.Members["fin-xa"].Relation)
		assert.Equal(t, trust.Peer, policy("csirt-xb").Members["fin-xa"].Relation)
		assert.Equal(t, trust.Hub, fin.Members["hub-n"].Relation)
	})
	t.Run("agreements lie at their parties, the same bytes", func(t *testing.T) {
		mou := text("csirt-xa/policy/agreements/mou-xa-xb.yaml")
		assert.Equal(t, mou, text("csirt-xb/policy/agreements/mou-xa-xb.yaml"))
		assert.Contains(t, mou, "valid:\n  from: 2026-01-01\n  until: 2028-12-31\nflows:\n- from: csirt-xa\n")
		assert.NotContains(t, mou, "inclusive", "a comment of the topology is not part of it")
		missing("fin-xa/policy/agreements/mou-xa-xb.yaml")
	})
	t.Run("communities lie at their members and the hub, the same bytes", func(t *testing.T) {
		north := text("csirt-xa/policy/communities/north.yaml")
		assert.Equal(t, "format: 1\ncommunity: north\nmembers:\n- csirt-xa\n- csirt-xb\n- csirt-xx\nmax_tlp: amber\nhub: hub-n\n", north)
		assert.Equal(t, north, text("csirt-xb/policy/communities/north.yaml"))
		assert.Equal(t, north, text("hub-n/policy/communities/north.yaml"))
		missing("fin-xa/policy/communities/north.yaml")
		assert.Equal(t, "format: 1\ncommunity: plain\nmembers:\n- csirt-xb\n- csirt-xx\nmax_tlp: green\n", text("csirt-xb/policy/communities/plain.yaml"), "named for short")
		missing("csirt-xa/policy/communities/plain.yaml")
	})
	t.Run("local.yaml and sources", func(t *testing.T) {
		assert.Equal(t, trust.Clear, policy("csirt-xa").Local.Unmarked)
		assert.Equal(t, trust.Green, policy("csirt-xb").Local.Unmarked)
		for id := range s.Nodes {
			p := policy(id)
			assert.True(t, p.Local.Public)
			assert.Equal(t, []string{"officer"}, p.Local.Red, "what the topology does not say stays as `init` makes it")
			assert.Contains(t, p.Sources, "feed")
			assert.Contains(t, p.Sources, "mitre-attack")
		}
	})
	t.Run("links carry their credentials by themselves", func(t *testing.T) {
		link := policy("csirt-xb").Links["csirt-xa"]
		assert.Equal(t, s.Nodes["csirt-xa"].TAXII, link.Discovery)
		assert.Equal(t, "1s", link.Pull.Every.String())
		assert.Equal(t, "from-csirt-xb", link.Push.To)
		there := s.Nodes["csirt-xa"].Members["csirt-xb"]
		assert.Equal(t, there.User+":"+there.Password+"\n", text("csirt-xb/policy/"+link.Path(link.Auth.BasicFile)))
		assert.Empty(t, policy("csirt-xa").Links["csirt-xb"].Discovery, "a link has a direction")
		assert.Equal(t, auth.HashToken(there.Token)+"\n", text("csirt-xa/policy/links/csirt-xb.tokens"))
	})
	t.Run("secrets are for their owner alone", func(t *testing.T) {
		for _, name := range []string{"lab.json", "csirt-xb/policy/links/csirt-xa.secret", "csirt-xa/policy/links/csirt-xb.password", "csirt-xa/accounts.yaml"} {
			info, err := os.Stat(filepath.Join(dir, name))
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
		}
	})
}

func before(s, mark string) string {
	s, _, _ = strings.Cut(s, mark)
	return s
}

// A link over TLS trusts the lab's authority, and each link knows its member's certificate.
func TestCertificates(t *testing.T) {
	dir, s := makeLab(t, "nodes: [{id: ca}, {id: b}]\nlinks: [{at: b, to: ca, push: true}]\n")
	assert.Equal(t, filepath.Join(dir, "ca.pem"), s.CA)
	setup, problems := node.Check(s.Nodes["b"].Config, time.Now())
	require.Empty(t, problems)
	link := setup.Folder.Policy.Links["ca"]
	authority, err := os.ReadFile(filepath.Join(setup.Config.Policy, link.Path(link.CAFile)))
	require.NoError(t, err)
	whole, err := os.ReadFile(s.CA)
	require.NoError(t, err)
	assert.Equal(t, string(whole), string(authority))
	require.Len(t, link.Credentials, 3)
	assert.Len(t, link.Credentials[2].CertSPKI, 64)
	assert.FileExists(t, s.Nodes["b"].Members["ca"].Cert)
	assert.FileExists(t, s.Nodes["b"].Members["ca"].Key)
}

// What only the whole policy can tell is told with the file that it is in, and nothing is left.
func TestMakeFails(t *testing.T) {
	parsed, problems := lab.Parse("t.yaml", []byte(strings.Replace(whole, "communities: [north]}\n  - {id: csirt-xb", "communities: [plain]}\n  - {id: csirt-xb", 1)))
	require.Empty(t, problems)
	dir := filepath.Join(t.TempDir(), "lab")
	_, err := lab.Make(parsed, lab.Config{Dir: dir})
	assert.ErrorContains(t, err, `unknown community "north"`)
	assert.ErrorContains(t, err, filepath.Join(dir, "csirt-xa", "policy", "agreements", "mou-xa-xb.yaml")+":")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestResumeNeedsALab(t *testing.T) {
	_, err := lab.Resume(lab.Config{Dir: t.TempDir()})
	assert.ErrorContains(t, err, "holds no lab")
}

// What every node says stays in force beneath what one node says more of: key by key, so that a
// local_at never takes a ceiling away that local has set, and never reaches another node.
func TestLocalAtGoesOverLocal(t *testing.T) {
	_, s := makeLab(t, `scheme: http
nodes:
  - {id: csirt-xa, name: A, kind: national, country: XA}
  - {id: csirt-xb, name: B, kind: national, country: XB}
local: {accounts: {person: green}}
local_at: {csirt-xa: {accounts: {tool: clear}, unmarked_from: {csirt-xb: green}}}
`)
	local := func(id string) trust.LocalFile {
		setup, problems := node.Check(s.Nodes[id].Config, time.Now())
		require.Empty(t, problems)
		return setup.Folder.Policy.Local
	}
	assert.Equal(t, trust.LocalAccounts{Person: trust.Green, Tool: trust.Clear}, accountsOf(local("csirt-xa")))
	assert.Equal(t, trust.LocalAccounts{Person: trust.Green, Tool: trust.Amber}, accountsOf(local("csirt-xb")))
	assert.Equal(t, trust.Green, local("csirt-xa").UnmarkedFrom["csirt-xb"])
}

func accountsOf(l trust.LocalFile) trust.LocalAccounts {
	return trust.LocalAccounts{Person: l.Accounts.Person, Tool: l.Accounts.Tool}
}
