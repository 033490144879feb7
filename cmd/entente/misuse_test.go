package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMisuse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "csirt-xa")
	for _, row := range []struct {
		name string
		args string
		want string
	}{
		{"a command that is none", "serv", `unknown command "serv" for "entente"`},
		{"a flag that is none", "serve --colour", "unknown flag: --colour; see `entente serve --help`"},
		{"a flag without its value", "publish --tlp", "flag needs an argument: --tlp"},
		{"no folder", "init", "name the folder to make"},
		{"two folders", "init a b", "name the folder to make, one"},
		{"an id with capitals", "init DIR --id CSIRT", "--id: write a short name"},
		{"an id that means something else", "init DIR --id publish", "--id: `publish` means something else here"},
		{"a folder whose name is no id", "init DIR/Über", "say --id"},
		{"a kind that is none", "init DIR --kind nation", `--kind: "nation" is not known, did you mean "national"?`},
		{"a country in small letters", "init DIR --country xa", "--country: write it in capital letters: XA"},
		{"an identity that is none", "init DIR --identity me", "--identity: write the id of a STIX Identity"},
		{"an address without a port", "init DIR --listen localhost", "--listen: write host:port"},
		{"one port for peers and for us", "init DIR --admin 127.0.0.1:6443", "--admin: peers must not reach the admin listener"},
		{"an address that nobody reaches", "init DIR --listen 0.0.0.0:6443", "--url: nobody can reach 0.0.0.0"},
		{"a url with a path", "init DIR --url https://a.example/x", "--url: write scheme, host and port alone"},
		{"http without TLS left out", "init DIR --url http://a.example", "--url: with TLS it is https://"},
		{"https without TLS", "init DIR --http --url https://a.example", "--http says that there is no TLS"},
		{"a certificate without TLS", "init DIR --http --cert a --key b", "--http says that there is no TLS"},
		{"a certificate without its key", "init DIR --cert a", "--cert and --key go together"},
		{"nothing to do", "account", "say what to do: add, list or remove"},
		{"nothing to do with the policy", "policy", "say what to do: plan, apply, explain or history"},
		{"nothing to do with holds", "hold", "say what to do: list, approve or deny"},
		{"nothing to do with quarantine", "quarantine", "say what to do: list, show, release or purge"},
		{"something else to do", "token lose", `unknown command "lose"`},
		{"an account without a role", "account add alice", "--role is missing"},
		{"a password and none", "account add alice --role reader --tokens-only --password-stdin", "contradict each other"},
		{"a password of nothing", "account add alice --role reader --password-stdin", "standard input holds no secret"},
		{"a token of nobody", "token issue", "name an account, or a member with --member"},
		{"a token of two", "token issue alice --member csirt-xb", "name an account, or a member with --member"},
		{"a token for a while", "token issue alice --expires soon", "--expires: write a time span"},
		{"nothing to publish", "publish", "name the files to publish"},
		{"a level that is none", "publish x --tlp white", `--tlp: "white" is not clear, green`},
		{"our mark on somebody else's", "publish x --tlp clear --source mitre-attack", "use one"},
		{"no batch", "publish x --batch 0", "--batch: write a number from 1 to 4000"},
		{"standard input twice", "publish - -", "can be read once"},
		{"no configuration", "serve -c DIR/node.yaml", "node.yaml: there is no such file"},
		{"no configuration to publish to", "publish x -c DIR/node.yaml", "node.yaml: there is no such file"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := entente(t, strings.Fields(strings.ReplaceAll(row.args, "DIR", dir))...)
			assert.Equal(t, exitMisuse, r.code)
			assert.Contains(t, r.err, row.want)
			assert.Empty(t, r.out)
			assert.NoDirExists(t, dir)
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range []string{"", "--help", "init --help", "serve --help", "check --help", "publish --help", "account --help",
		"account add --help", "token issue --help", "version", "version --json", "completion bash"} {
		r := entente(t, strings.Fields(args)...)
		assert.Equal(t, exitDone, r.code, args)
		assert.NotEmpty(t, r.out, args)
		assert.Empty(t, r.err, args)
	}
}

func TestInitLeavesAlone(t *testing.T) {
	dir := t.TempDir()
	note := filepath.Join(dir, "note")
	require.NoError(t, os.WriteFile(note, []byte("mine"), 0o600))
	for _, name := range []string{dir, note, filepath.Join(note, "below")} {
		r := entente(t, "init", name, "--id", "csirt-xa")
		assert.Equal(t, exitFailed, r.code, name)
		assert.Contains(t, r.err, "make "+name, name)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1)

	m := initNode(t)
	before, err := os.ReadFile(m.Config)
	require.NoError(t, err)
	r := entente(t, "init", m.Dir)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, "not empty")
	after, err := os.ReadFile(m.Config)
	require.NoError(t, err)
	assert.Equal(t, before, after, "a node is not made over")
}

func TestInitSecrets(t *testing.T) {
	m := initNode(t)
	for _, name := range []string{"accounts.yaml", "keys/cursor.pem", "keys/node.ed25519", "tls/node.key", "tls/ca.key"} {
		info, err := os.Stat(filepath.Join(m.Dir, name))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	err := filepath.WalkDir(m.Dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		assert.NotContains(t, string(data), m.Admin.Token, path)
		assert.NotContains(t, string(data), m.Admin.Password, path)
		return err
	})
	assert.NoError(t, err)
	r := entente(t, "check", "-c", m.Config)
	assert.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "the node csirt-xa is in order: 0 members, 0 agreements, 1 accounts")
	assert.Empty(t, r.err, "what init makes has not even a warning")
}

func TestInitWithCertificate(t *testing.T) {
	other := initNode(t)
	m := initNode(t, "--cert", filepath.Join(other.Dir, "tls/node.pem"), "--key", filepath.Join(other.Dir, "tls/node.key"))
	assert.Empty(t, m.CA)
	assert.NoDirExists(t, filepath.Join(m.Dir, "tls"))
	m.CA = other.CA
	assert.Equal(t, 200, m.serve(t).get(m.Admin.Token, "collections/").status)
}

func TestCheckFaults(t *testing.T) {
	replace := func(file, old, new string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, file)
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Contains(t, string(data), old)
			require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(data), old, new, 1)), 0o600))
		}
	}
	write := func(file, content string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600))
		}
	}
	remove := func(file string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(filepath.Join(dir, file))) }
	}
	for _, row := range []struct {
		name   string
		change func(t *testing.T, dir string)
		want   string
	}{
		{"an unknown key", replace("node.yaml", "policy: policy/", "polcy: policy/"), `node.yaml:23:1: unknown key "polcy", did you mean "policy"?`},
		{"a port that is none", replace("node.yaml", "taxii: 127.0.0.1:0", "taxii: 127.0.0.1:99999"), "node.yaml:12:10: taxii: write host:port"},
		{"a page of nothing", replace("node.yaml", "page: 1000", "page: 0"), "page: write a number from 1 to 10000"},
		{"no YAML", replace("node.yaml", "node:", "node: ["), "not YAML"},
		{"a policy folder that is gone", remove("policy"), "policy: there is no such folder; `policy` in node.yaml names it"},
		{"a policy file with a fault", replace("policy/local.yaml", "unmarked: hold", "unmarked: amber"), "policy/local.yaml:5:11: unmarked: \"amber\" is not known"},
		{"a policy file where none lies", write("policy/members.yaml", "format: 1\n"), "policy/members.yaml: no policy file lies here"},
		{"a link of nobody", write("policy/links/csirt-xb.yaml", "format: 1\nmember: csirt-xb\n"), `policy/links/csirt-xb.yaml:2:9: unknown member "csirt-xb"`},
		{"accounts that are gone", remove("accounts.yaml"), "accounts.yaml: there is no such file"},
		{"a role that is none", replace("accounts.yaml", "role: admin", "role: root"), `accounts.yaml:7:11: role: "root" is not known`},
		{"a password in the clear", replace("accounts.yaml", "$argon2id", "hunter2"), "write an argon2id hash"},
		{"no certificate", remove("tls/node.pem"), "tls/node.pem: the certificate cannot be used"},
		{"no clients' authority", remove("tls/peers-ca.pem"), "tls/peers-ca.pem: the file of client_ca cannot be read"},
		{"no cursor key", remove("keys/cursor.pem"), "keys/cursor.pem: "},
		{"a cursor key that is none", write("keys/cursor.pem", "secret"), "no key is in the file"},
		{"no ledger key", remove("keys/ledger.key"), "keys/ledger.key: there is no such file; restore it from a backup, or make one with `entente ledger key --new`"},
		{"a ledger key that is none", write("keys/ledger.key", "hunter2"), "keys/ledger.key: no ledger key: the first line is a private one"},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := initNode(t)
			row.change(t, m.Dir)
			r := entente(t, "check", "-c", m.Config)
			assert.Equal(t, exitFailed, r.code)
			assert.Contains(t, r.err, m.Dir+"/", "the file is named so that an editor finds it")
			assert.Contains(t, r.err, row.want)
			assert.NotContains(t, r.err, "hunter2")

			report := decode[struct {
				OK     bool
				Faults []fault
			}](t, entente(t, "check", "--json", "-c", m.Config))
			assert.False(t, report.OK)
			assert.NotEmpty(t, report.Faults)

			r = entente(t, "serve", "-c", m.Config)
			assert.Equal(t, exitMisuse, r.code, "the node does not start")
			assert.Contains(t, r.err, row.want)
		})
	}
}

// A secret that a link names is part of what check looks at, and so is what files say together.
// One run tells everything: a fault in node.yaml hides none in the files that it names.
func TestCheckTellsAllAtOnce(t *testing.T) {
	m := initNode(t)
	for file, change := range map[string][2]string{
		"node.yaml": {"kind: organisation", "kind: nation"}, "policy/local.yaml": {"unmarked: hold", "unmarked: amber"},
	} {
		path := filepath.Join(m.Dir, file)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, string(data), change[0])
		require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(data), change[0], change[1], 1)), 0o600))
	}
	r := entente(t, "check", "-c", m.Config)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, `node.yaml:8:9: kind: "nation" is not known`)
	assert.Contains(t, r.err, `policy/local.yaml:5:11: unmarked: "amber" is not known`)
}

func TestCheckReadsWhatLinksName(t *testing.T) {
	m := initNode(t)
	policy := filepath.Join(m.Dir, "policy")
	require.NoError(t, os.WriteFile(filepath.Join(policy, "members/csirt-xb.yaml"), []byte("member: csirt-xb\ntrust: 2\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(policy, "links/csirt-xb.yaml"), []byte("member: csirt-xb\ncredentials:\n  - basic_hash_file: xb.basic\n"), 0o600))
	r := entente(t, "check", "-c", m.Config)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, policy+"/links/xb.basic: named by links/csirt-xb.yaml, but it cannot be read")

	require.NoError(t, os.WriteFile(filepath.Join(policy, "links/csirt-xb.yaml"), []byte("member: csirt-xb\n"), 0o600))
	r = entente(t, "check", "-c", m.Config)
	assert.Equal(t, exitDone, r.code, "a warning is no fault")
	assert.Contains(t, r.err, "warning: "+policy+"/links/csirt-xb.yaml:1:9: the link has no credentials")
}

// An agreement's tests are run, and one that fails is named with its place and what the policy says.
func TestCheckRunsAgreementTests(t *testing.T) {
	m := withMembers(t)
	agreement := filepath.Join(m.Dir, "policy", "agreements", "mou.yaml")
	const text = `agreement: mou
parties: [csirt-xa, csirt-xb]
flows:
  - {from: csirt-xa, to: csirt-xb, max_tlp: amber, types: [indicator]}
tests:
  - {from: csirt-xa, to: csirt-xb, object: {type: indicator, tlp: amber}, expect: release}
  - {from: csirt-xa, to: csirt-xb, object: {type: malware, tlp: amber}, expect: withhold, reason: "scope:types"}
  - {from: csirt-xb, to: csirt-xa, object: {type: malware, tlp: red}, expect: release}
`
	require.NoError(t, os.WriteFile(agreement, []byte(text), 0o600))
	r := entente(t, "check", "-c", m.Config)
	require.Equal(t, exitDone, r.code, r.err)

	wrong := strings.Replace(strings.Replace(text, "tlp: amber}, expect: release", "tlp: red}, expect: release", 1), "scope:types", "echo", 1)
	require.NoError(t, os.WriteFile(agreement, []byte(wrong), 0o600))
	r = entente(t, "check", "-c", m.Config)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, agreement+":6:")
	assert.Contains(t, r.err, "test 1: expected release, and the policy says withhold (")
	assert.Contains(t, r.err, agreement+":7:")
	assert.Contains(t, r.err, "test 2: expected the reason echo")
	assert.Contains(t, r.err, "2 to correct", "what they receive from us is theirs to test")
}
