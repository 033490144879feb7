package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/cmd/entente/admin"
)

func (n *running) basic(user, password string) int {
	n.t.Helper()
	r, err := http.NewRequest(http.MethodGet, n.at.TAXII, nil)
	require.NoError(n.t, err)
	r.SetBasicAuth(user, password)
	resp, err := n.http.Do(r)
	require.NoError(n.t, err)
	resp.Body.Close()
	return resp.StatusCode
}

// An account's life, each step in force when the command returns, and kept over a restart.
func TestAccountLife(t *testing.T) {
	m := initNode(t)
	n := m.serve(t)
	r := n.entente("account", "add", "alice", "--role", "analyst", "--json", "--as", "boss")
	require.Equal(t, exitDone, r.code, r.err)
	alice := decode[admin.Secret](t, r)
	n.log.wait(t, "author=boss action=account.add subject=alice role=analyst kind=person", 1)
	assert.Equal(t, http.StatusOK, n.basic("alice", alice.Password))
	assert.Equal(t, http.StatusUnauthorized, n.basic("alice", alice.Password+"x"))

	token := decode[admin.Secret](t, n.entente("token", "issue", "alice", "--json"))
	other := decode[admin.Secret](t, n.entente("token", "issue", "alice", "--json", "--expires", "90d"))
	assert.WithinDuration(t, time.Now().Add(90*24*time.Hour), other.Expires, time.Minute)
	assert.Equal(t, http.StatusOK, n.get(token.Token, "collections/").status)

	require.Equal(t, exitDone, n.stop())
	n = m.serve(t)
	assert.Equal(t, http.StatusOK, n.basic("alice", alice.Password))
	list := n.entente("token", "list").out
	assert.Contains(t, list, token.ID+"  account alice")
	assert.NotContains(t, list, token.Token)

	require.Equal(t, exitDone, n.entente("token", "revoke", token.ID).code)
	assert.Equal(t, http.StatusUnauthorized, n.get(token.Token, "collections/").status)
	assert.Equal(t, http.StatusOK, n.get(other.Token, "collections/").status)
	require.Equal(t, exitDone, n.entente("account", "remove", "alice").code)
	assert.Equal(t, http.StatusUnauthorized, n.get(other.Token, "collections/").status)
	assert.Equal(t, http.StatusUnauthorized, n.basic("alice", alice.Password))
	n.log.wait(t, "action=account.remove subject=alice", 1)

	for _, secret := range []string{alice.Password, token.Token, other.Token} {
		for _, line := range n.log.lines {
			assert.NotContains(t, line, secret)
		}
	}
}

func TestAccountSecretsFromOutside(t *testing.T) {
	n := initNode(t).serve(t)
	const password = "correct horse battery staple"
	r := ententeWith(t, password+"\n", "account", "add", "bob", "--role", "reader", "--password-stdin", "-c", n.Config)
	require.Equal(t, exitDone, r.code, r.err)
	assert.NotContains(t, r.out, password)
	assert.Equal(t, http.StatusOK, n.basic("bob", password))

	r = n.entente("account", "add", "misp", "--role", "analyst", "--kind", "tool", "--tokens-only", "--json")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Empty(t, decode[admin.Secret](t, r).Password)
	assert.Equal(t, http.StatusUnauthorized, n.basic("misp", ""))

	own := strings.Repeat("own-token_", 5)
	r = ententeWith(t, own, "token", "issue", "misp", "--password-stdin", "-c", n.Config)
	require.Equal(t, exitDone, r.code, r.err)
	assert.Equal(t, http.StatusOK, n.get(own, "collections/").status)
}

func TestAccountFaults(t *testing.T) {
	m := initNode(t)
	require.NoError(t, os.WriteFile(filepath.Join(m.Dir, "policy/members/csirt-xb.yaml"), []byte("member: csirt-xb\ntrust: 2\n"), 0o600))
	m.serve(t)
	for _, row := range []struct{ name, args, stdin, want string }{
		{"a name that is taken", "account add admin --role admin", "", "the name is taken"},
		{"a name that is none", "account add Alice --role reader", "", "name: write at most 64 of a-z"},
		{"a role that is none", "account add alice --role king", "", `"king" is not known`},
		{"a role's name", "account add officer --role reader", "", "an account named officer has that role"},
		{"a member's name", "account add csirt-xb --role reader", "", "a member has this id"},
		{"a short password", "account add alice --role reader --password-stdin", "hunter2", "from 12 to 1024 bytes"},
		{"nobody to remove", "account remove alice", "", "no such account"},
		{"nobody's token", "token issue alice", "", "no such account"},
		{"a stranger's token", "token issue --member csirt-xc", "", "no such member: there is no members/csirt-xc.yaml"},
		{"a short token", "token issue admin --password-stdin", "123", "a token has 32 to 512"},
		{"a token that ends, of a member", "token issue --member csirt-xb --expires 9d", "", "a member's token does not expire"},
		{"no token to revoke", "token revoke 123456789abc", "", "no such token"},
		{"somebody who is none", "account list --as BOSS", "", "--as: write at most 64"},
	} {
		t.Run(row.name, func(t *testing.T) {
			before, err := os.ReadFile(filepath.Join(m.Dir, "accounts.yaml"))
			require.NoError(t, err)
			r := ententeWith(t, row.stdin, append(strings.Fields(row.args), "-c", m.Config)...)
			assert.Equal(t, exitFailed, r.code)
			assert.Contains(t, r.err, row.want)
			after, err := os.ReadFile(filepath.Join(m.Dir, "accounts.yaml"))
			require.NoError(t, err)
			assert.Equal(t, string(before), string(after), "nothing is changed")
		})
	}
}

// A member's tokens stand in a file that its link names; a link that names none, or is not
// there, gets one, and keeps what else it says.
func TestMemberTokens(t *testing.T) {
	for _, row := range []struct{ name, link, want string }{
		{"no link", "", "format: 1\nmember: csirt-xb\ncredentials:\n  - token_hash_file: csirt-xb.tokens\n"},
		{"a link without credentials", "member: csirt-xb # ours\n", "member: csirt-xb # ours\ncredentials:\n  - token_hash_file: csirt-xb.tokens\n"},
		{"an empty list", "member: csirt-xb\ncredentials: []\ncompat: []\n", "member: csirt-xb\ncredentials: [{token_hash_file: csirt-xb.tokens}]\ncompat: []\n"},
		{"a list in brackets", "member: csirt-xb\ncredentials: [{cert_spki: " + strings.Repeat("ab", 32) + "}]\n",
			"member: csirt-xb\ncredentials: [{token_hash_file: csirt-xb.tokens}, {cert_spki: " + strings.Repeat("ab", 32) + "}]\n"},
		{"a list in lines", "member: csirt-xb\ncredentials:\n# by hand\n- cert_spki: " + strings.Repeat("ab", 32) + "\nsuspended: false\n",
			"member: csirt-xb\ncredentials:\n# by hand\n- token_hash_file: csirt-xb.tokens\n- cert_spki: " + strings.Repeat("ab", 32) + "\nsuspended: false\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := initNode(t)
			policy := filepath.Join(m.Dir, "policy")
			require.NoError(t, os.WriteFile(filepath.Join(policy, "members/csirt-xb.yaml"), []byte("member: csirt-xb\ntrust: 2\n"), 0o600))
			if row.link != "" {
				require.NoError(t, os.WriteFile(filepath.Join(policy, "links/csirt-xb.yaml"), []byte(row.link), 0o600))
			}
			n := m.serve(t)
			first := decode[admin.Secret](t, n.entente("token", "issue", "--member", "csirt-xb", "--json"))
			second := decode[admin.Secret](t, n.entente("token", "issue", "--member", "csirt-xb", "--json"))
			link, err := os.ReadFile(filepath.Join(policy, "links/csirt-xb.yaml"))
			require.NoError(t, err)
			assert.Equal(t, row.want, string(link))
			for _, s := range []admin.Secret{first, second} {
				a := n.get(s.Token, "collections/")
				assert.Equal(t, http.StatusOK, a.status)
				assert.Contains(t, string(a.body), "for-csirt-xb")
				assert.Contains(t, n.entente("token", "list").out, s.ID+"  member csirt-xb")
			}

			require.Equal(t, exitDone, n.entente("token", "revoke", first.ID).code)
			assert.Equal(t, http.StatusUnauthorized, n.get(first.Token, "collections/").status)
			assert.Equal(t, http.StatusOK, n.get(second.Token, "collections/").status)
			require.Equal(t, exitDone, n.stop())
			n = m.serve(t)
			assert.Equal(t, http.StatusOK, n.get(second.Token, "collections/").status, "it is kept")
			require.Equal(t, exitDone, n.entente("token", "revoke", second.ID).code)
			assert.Equal(t, http.StatusUnauthorized, n.get(second.Token, "collections/").status)
			assert.Equal(t, exitDone, n.entente("check").code, "a member without any token is no fault")
		})
	}
}
