package auth_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/configs"
	"entente/trust/auth"
)

func TestParseAccountsFaults(t *testing.T) {
	w := newWorld(t)
	hash := phc(alicePassword)
	for _, row := range []struct{ name, old, new, want string }{
		{"a future format", "format: 1", "format: 2", `accounts.yaml:1:9: format: "2" is not known; write one of 1`},
		{"no format", "format: 1\n", "", "accounts.yaml:1:1: format is missing"},
		{"an unknown key", "role: officer", "rolle: officer", `accounts.yaml:4:5: unknown key "rolle", did you mean "role"?`},
		{"an unknown role", "role: officer", "role: root", `accounts.yaml:4:11: role: "root" is not known; write one of reader, analyst, officer, admin`},
		{"an unknown kind", "kind: person", "kind: human", `accounts.yaml:5:11: kind: "human" is not known`},
		{"no name", "name: alice", "name: 'a:b'", "accounts.yaml:3:11: name: write at most 64 of"},
		{"a role's name with another role", "name: alice", "name: admin", "accounts.yaml:3:11: name: an account named admin has that role"},
		{"one name twice", "name: robot", "name: alice", `accounts.yaml:11:11: name: "alice" stands here twice`},
		{"an unknown switch", "[empty-objects]", "[empty_objects]", `accounts.yaml:6:14: compat: "empty_objects" is not known, did you mean "empty-objects"?`},
		{"a password in the clear", hash, "secret", "accounts.yaml:7:15: password: write an argon2id hash"},
		{"bcrypt", hash, "$2b$12$abc", "accounts.yaml:7:15: password: write an argon2id hash"},
		{"argon2i", "argon2id", "argon2i", "accounts.yaml:7:15: password: write an argon2id hash"},
		{"cheap", "m=19456", "m=64", "accounts.yaml:7:15: password: the hash costs too little or too much"},
		{"ruinous", "m=19456", "m=4194304", "accounts.yaml:7:15: password: the hash costs too little or too much"},
		{"odd numbers", "m=19456", "m=019456", "accounts.yaml:7:15: password: write an argon2id hash"},
		{"no numbers", "m=19456", "m=x", "accounts.yaml:7:15: password: write an argon2id hash"},
		{"no base64", "$MDEy", "$!!!!", "accounts.yaml:7:15: password: write an argon2id hash"},
		{"a token in the clear", auth.HashToken(w.aliceToken), w.aliceToken, "accounts.yaml:9:28: sha256: write the SHA-256 of the token"},
		{"one token twice", auth.HashToken(w.oldToken), auth.HashToken(w.aliceToken), "accounts.yaml:10:28: sha256: another entry has this token"},
		{"one id twice", "id: old1", "id: new1", "accounts.yaml:10:14: id: another token has this id"},
		{"no id", "id: old1", "id: OLD", "accounts.yaml:10:14: id: write 4 to 32 of"},
		{"no instant", "expires: 2026-06-01T12:00:00Z", "expires: tomorrow", "accounts.yaml:10:134: expires: write an instant"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Contains(t, w.accounts, row.old)
			_, problems := auth.ParseAccounts("accounts.yaml", []byte(strings.Replace(w.accounts, row.old, row.new, 1)))
			require.Len(t, problems, 1)
			assert.Contains(t, problems.Error(), row.want)
		})
	}
	t.Run("no YAML", func(t *testing.T) {
		_, problems := auth.ParseAccounts("accounts.yaml", []byte("a: b: c"))
		assert.Contains(t, problems.Error(), "accounts.yaml:1:5: not YAML")
	})
}

func TestChangeAccounts(t *testing.T) {
	random := rand.NewChaCha8([32]byte{7})
	password, err := auth.NewPassword(random)
	require.NoError(t, err)
	hash, err := auth.HashPassword(random, password)
	require.NoError(t, err)
	token, err := auth.NewToken(random)
	require.NoError(t, err)

	var empty auth.Accounts
	bob, err := empty.Add(auth.Account{Name: "bob", Role: "reader", Kind: "person", Password: hash})
	require.NoError(t, err)
	both, err := bob.Add(auth.Account{Name: "123", Role: "analyst", Kind: "tool", Compat: []string{"empty-objects"}})
	require.NoError(t, err)
	issued, record, err := both.IssueToken("bob", token, now.Add(time.Millisecond), now.Add(time.Hour))
	require.NoError(t, err)

	assert.Empty(t, empty.List)
	assert.Len(t, bob.List, 1, "a change is a copy")
	assert.Equal(t, auth.HashToken(token), record.SHA256)
	assert.NotContains(t, token, record.ID)
	a, ok := issued.Find("bob")
	require.True(t, ok)
	assert.Equal(t, []auth.Token{record}, a.Tokens)

	text := string(issued.YAML())
	assert.NotContains(t, text, token)
	assert.NotContains(t, text, password)
	assert.Contains(t, text, "# role: reader < analyst < officer < admin.")
	again, problems := auth.ParseAccounts("accounts.yaml", []byte(text))
	require.Empty(t, problems)
	assert.Equal(t, text, string(again.YAML()), "the same accounts, the same bytes")

	revoked, err := issued.RevokeToken(record.ID)
	require.NoError(t, err)
	assert.Equal(t, string(both.YAML()), string(revoked.YAML()))
	assert.Len(t, issued.List[1].Tokens, 1, "a change is a copy")
	other, err := issued.SetPassword("123", hash)
	require.NoError(t, err)
	a, _ = other.Find("123")
	assert.Equal(t, hash, a.Password)
	forever, record, err := issued.IssueToken("123", "another", now, time.Time{})
	require.NoError(t, err)
	assert.True(t, record.Expires.IsZero())
	assert.Contains(t, string(forever.YAML()), "created: 2026-06-01T12:00:00Z")
	gone, err := issued.Remove("bob")
	require.NoError(t, err)
	_, ok = gone.Find("bob")
	assert.False(t, ok)

	for name, fail := range map[string]struct {
		change func() (auth.Accounts, error)
		want   error
	}{
		"a name that is taken":     {func() (auth.Accounts, error) { return both.Add(auth.Account{Name: "bob"}) }, auth.ErrTaken},
		"nobody to remove":         {func() (auth.Accounts, error) { return both.Remove("carol") }, auth.ErrNoAccount},
		"nobody's password":        {func() (auth.Accounts, error) { return both.SetPassword("carol", hash) }, auth.ErrNoAccount},
		"no token to revoke":       {func() (auth.Accounts, error) { return both.RevokeToken(record.ID) }, auth.ErrNoToken},
		"a token for nobody":       {func() (auth.Accounts, error) { a, _, err := both.IssueToken("carol", token, now, now); return a, err }, auth.ErrNoAccount},
		"the same token once more": {func() (auth.Accounts, error) { a, _, err := issued.IssueToken("123", token, now, now); return a, err }, nil},
		"an account that is none":  {func() (auth.Accounts, error) { return both.Add(auth.Account{Name: "X\n'", Role: "x", Kind: "tool"}) }, nil},
	} {
		_, err := fail.change()
		require.Error(t, err, name)
		if fail.want != nil {
			assert.ErrorIs(t, err, fail.want, name)
		} else {
			assert.ErrorAs(t, err, new(configs.Problems), name)
		}
	}
}

func TestEmptyAccountsReadBack(t *testing.T) {
	a, problems := auth.ParseAccounts("accounts.yaml", auth.Accounts{}.YAML())
	require.Empty(t, problems)
	assert.Empty(t, a.List)
}

func TestSecrets(t *testing.T) {
	random := rand.NewChaCha8([32]byte{3})
	one, err := auth.NewToken(random)
	require.NoError(t, err)
	two, err := auth.NewToken(random)
	require.NoError(t, err)
	assert.NotEqual(t, one, two)
	assert.Regexp(t, `^ent1_[A-Za-z0-9_-]{43}$`, one)
	password, err := auth.NewPassword(random)
	require.NoError(t, err)
	assert.Regexp(t, `^[a-z2-7]{24}$`, password)
	hash, err := auth.HashPassword(random, password)
	require.NoError(t, err)
	assert.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$`, hash)

	_, err = auth.NewToken(noRandom{})
	assert.ErrorIs(t, err, errRandom)
	_, err = auth.NewPassword(noRandom{})
	assert.ErrorIs(t, err, errRandom)
	_, err = auth.HashPassword(noRandom{}, password)
	assert.ErrorIs(t, err, errRandom)
	_, err = auth.HashPassword(random, "short")
	assert.Error(t, err)
	_, err = auth.HashPassword(random, repeat("x", 1025))
	assert.Error(t, err)
}

// The real argon2 once, with everything else by default.
func TestDefaults(t *testing.T) {
	w := newWorld(t)
	hash, err := auth.HashPassword(rand.NewChaCha8([32]byte{}), alicePassword)
	require.NoError(t, err)
	w.accounts = strings.Replace(w.accounts, phc(alicePassword), hash, 1)
	c := w.config(t)
	d, problems := auth.New(auth.Config{Accounts: c.Accounts, Policy: c.Policy, Read: c.Read})
	require.Empty(t, problems)
	_, err = d.Authenticate(t.Context(), auth.Credentials{Authorization: basic("alice", alicePassword)})
	assert.NoError(t, err)
}

func TestNewFaults(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(w *world)
		want   string
	}{
		{"a file that is not there", func(w *world) { delete(w.files, "links/xb.basic") }, "links/xb.basic: named by links/csirt-xb.yaml, but it cannot be read: file does not exist"},
		{"no keys", func(w *world) { delete(w.files, "links/xb.jwks") }, "links/xb.jwks: named by links/csirt-xb.yaml"},
		{"no password", func(w *world) { w.files["links/xb.basic"] = "# nothing yet\n" }, "links/xb.basic: one argon2id hash on one line"},
		{"a password in the clear", func(w *world) { w.files["links/xb.basic"] = memberPassword }, "links/xb.basic: one argon2id hash on one line"},
		{"two passwords", func(w *world) { w.files["links/xb.basic"] = phc("one") + "\n" + phc("two") }, "links/xb.basic: one argon2id hash on one line"},
		{"a token in the clear", func(w *world) { w.files["links/xb.token"] = w.memberToken }, "links/xb.token: hash 1: write the SHA-256 of a token"},
		{"an account's token", func(w *world) { w.files["links/xb.token"] = auth.HashToken(w.aliceToken) }, "links/xb.token: hash 1: account alice has this token already"},
		{"an account with a member's name", func(w *world) { w.accounts = strings.Replace(w.accounts, "name: robot", "name: csirt-xc", 1) }, "accounts.yaml:11:11: name: a member has this id"},
		{"one key, two members", func(w *world) {
			w.links["csirt-xc"] = "member: csirt-xc\ncredentials: [{cert_spki: " + auth.HashSPKI(w.cert) + "}]\n"
		}, "links/csirt-xc.yaml: cert_spki: member csirt-xb proves itself by this key already"},
		{"one subject, two members", func(w *world) {
			w.links["csirt-xc"] = "member: csirt-xc\ncredentials: [{jwt: {issuer: 'https://id.example', subject: xb, jwks_file: xb.jwks}}]\n"
		}, "links/csirt-xc.yaml: jwt: this issuer and subject are member csirt-xb already"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			row.change(w)
			d, problems := auth.New(w.config(t))
			assert.Nil(t, d)
			require.Len(t, problems, 1)
			assert.Contains(t, problems.Error(), row.want)
		})
	}
	t.Run("accounts that were never a file", func(t *testing.T) {
		c := newWorld(t).config(t)
		c.Accounts = auth.Accounts{List: []auth.Account{{Name: "csirt-xb", Password: "x"}}}
		_, problems := auth.New(c)
		require.Len(t, problems, 2)
		assert.Contains(t, problems.Error(), "accounts.yaml: name: a member has this id")
	})
	t.Run("no randomness", func(t *testing.T) {
		c := newWorld(t).config(t)
		c.Rand = noRandom{}
		_, problems := auth.New(c)
		assert.Contains(t, problems.Error(), "no randomness")
	})
	t.Run("a suspended link's files are not read", func(t *testing.T) {
		w := newWorld(t)
		delete(w.files, "links/xc.basic")
		w.directory(t)
	})
}
