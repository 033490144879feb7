package configs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/configs"
)

// node is a node with everything that has no default.
func node() configs.Node {
	n := configs.Default()
	n.Self = configs.Self{ID: "csirt-xa", Name: "National CSIRT of Xanadu", Kind: "national", Country: "XA", Identity: "identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"}
	n.Listen.URL = "https://127.0.0.1:6443"
	n.Listen.TLS = &configs.TLS{Cert: "tls/node.pem", Key: "tls/node.key", ClientCA: "tls/peers-ca.pem"}
	return n
}

func text(t *testing.T, n configs.Node) string {
	t.Helper()
	b, err := n.YAML()
	require.NoError(t, err)
	return string(b)
}

// What `init` writes is what a node has by default, and reads back as it was.
func TestNodeYAMLReadsBack(t *testing.T) {
	region := node()
	region.Self = configs.Self{ID: "north", Name: "it's: the #1 \"region\"", Kind: "regional", Identity: region.Self.Identity}
	region.Listen.TLS, region.Listen.URL = nil, "http://[::1]:80"
	region.TAXII = configs.TAXII{Authentication: []string{"bearer"}, OptionalFilters: true}
	region.Limits.MaxContentLength, region.Limits.Page = 1<<20+1, 7
	region.Log = configs.Log{Level: "debug", Format: "json"}
	noClients := node()
	noClients.Listen.TLS = &configs.TLS{Cert: "a b.pem", Key: "-"}
	norway := node()
	norway.Self.Country, norway.Self.Name = "NO", "true"
	for name, n := range map[string]configs.Node{"by default": node(), "http, no country": region, "no client certificates": noClients, "words that YAML takes for others": norway} {
		t.Run(name, func(t *testing.T) {
			var bare configs.Node
			require.Empty(t, configs.Decode("node.yaml", []byte(text(t, n)), &bare))
			assert.Equal(t, n, bare, "every setting is written out")
		})
	}
	broken := node()
	broken.Self.Name = "two\nlines"
	_, err := broken.YAML()
	assert.ErrorContains(t, err, "is not one line")
}

func TestNodeDefaults(t *testing.T) {
	short := `node: {id: csirt-xa, name: National CSIRT of Xanadu, kind: national, country: XA, identity: identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f}
listen: {url: "https://127.0.0.1:6443", tls: {cert: tls/node.pem, key: tls/node.key, client_ca: tls/peers-ca.pem}}
`
	n := configs.Default()
	require.Empty(t, configs.Decode("node.yaml", []byte(short), &n))
	assert.Equal(t, node(), n)
}

func TestNodeFaults(t *testing.T) {
	for _, row := range []struct{ name, old, new, want string }{
		{"another format", "format: 1", "format: 2", `3:9: format: "2" is not known`},
		{"no id", "  id: csirt-xa", "  #", "id is missing"},
		{"an id with capitals", "id: csirt-xa", "id: CSIRT-XA", "6:7: id: write a short name"},
		{"an id that means something else", "id: csirt-xa", "id: taxii2", "6:7: id: `taxii2` means something else"},
		{"an unknown kind", "kind: national", "kind: nation", `8:9: kind: "nation" is not known, did you mean "national"?`},
		{"a country in small letters", "country: XA", "country: fr", "9:12: country: write it in capital letters: FR"},
		{"no country", "country: XA", "country: EU", "9:12: country: write two capital letters"},
		{"no identity", "identity--8e2e", "identity-8e2e", "10:13: identity: write the id of a STIX Identity"},
		{"no port", "taxii: 127.0.0.1:6443", "taxii: 127.0.0.1", "13:10: taxii: write host:port"},
		{"a port too high", "taxii: 127.0.0.1:6443", "taxii: 127.0.0.1:66443", "13:10: taxii: write host:port"},
		{"a URL for an address", "taxii: 127.0.0.1:6443", "taxii: 'http://127.0.0.1:6443'", "13:10: taxii: write host:port"},
		{"a path in an address", "taxii: 127.0.0.1:6443", "taxii: 'a/b:6443'", "13:10: taxii: write host:port"},
		{"the peers' address for the admin", "admin: 127.0.0.1:6444", "admin: 127.0.0.1:6443", "14:10: admin: peers must not reach the admin listener"},
		{"http by accident", "url: https:", "url: http:", "19:8: url: with tls the url is https://"},
		{"no key", "    key: tls/node.key\n", "", `key is missing; add "key": the private key's file`},
		{"no scheme", "url: https://127.0.0.1:6443", "url: 127.0.0.1:6443", "19:8: url: write how peers reach the node"},
		{"another scheme", "url: https:", "url: ftp:", "19:8: url: write how peers reach the node"},
		{"a path in the URL", "url: https://127.0.0.1:6443", "url: https://127.0.0.1:6443/taxii2/", "19:8: url: write scheme, host and port alone"},
		{"a password in the URL", "url: https://", "url: https://u:p@", "19:8: url: write scheme, host and port alone"},
		{"an unknown scheme", "- basic", "- digest", `29:7: authentication: "digest" is not known; write one of basic, bearer, certificate`},
		{"a body too small", "10MiB", "1000", "35:23: max_content_length: write a size from 1KiB to 1GiB"},
		{"a body too large", "10MiB", "2GiB", "35:23: max_content_length: write a size from 1KiB to 1GiB"},
		{"no page", "  page: 1000", "  page: 0", "36:9: page: write a number from 1 to 100000"},
		{"a page that nobody may ask for", "max_page: 10000", "max_page: 999", "37:13: max_page: write a number from page to 100000"},
		{"T-4.3-01 X-03 a status that goes too soon", "status_retention: 2d", "status_retention: 23h59m", "38:21: status_retention: a status stays readable for at least 24h"},
		{"no timeout", "read: 1m", "read: 0s", "42:9: read: write a time span from 1s to 1h"},
		{"a timeout of a day", "write: 5m", "write: 24h", "43:10: write: write a time span from 1s to 1h"},
		{"shouting", "level: info", "level: INFO", `48:10: level: "INFO" is not known, did you mean "info"?`},
		{"a secret in the file", "accounts: accounts.yaml", "accounts: accounts.yaml\npassword: x", `26:1: unknown key "password"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			good := text(t, node())
			require.Contains(t, good, row.old)
			n := configs.Default()
			problems := configs.Decode("node.yaml", []byte(strings.Replace(good, row.old, row.new, 1)), &n)
			require.Len(t, problems, 1, problems.Error())
			assert.Contains(t, problems.Error(), row.want)
		})
	}
	t.Run("no TLS, and nobody said so", func(t *testing.T) {
		n := node()
		n.Listen.TLS = nil
		problems := configs.Decode("node.yaml", []byte(text(t, n)), &configs.Node{})
		assert.Contains(t, problems.Error(), "node.yaml:15:8: tls is missing: add tls: {cert: …, key: …}, or write an http:// url")
	})
	t.Run("nothing at all", func(t *testing.T) {
		n := configs.Default()
		problems := configs.Decode("node.yaml", nil, &n)
		assert.Contains(t, problems.Error(), "node is missing")
		assert.Contains(t, problems.Error(), "listen is missing")
	})
	t.Run("no URL", func(t *testing.T) {
		n := configs.Default()
		problems := configs.Decode("node.yaml", []byte("listen: {taxii: 'localhost:0', admin: 'localhost:0'}"), &n)
		assert.Contains(t, problems.Error(), "node.yaml:1:9: url is missing")
		assert.Len(t, problems, 2)
	})
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "node.yaml")
	n := node()
	n.Accounts = filepath.Join(dir, "elsewhere.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text(t, n)), 0o600))

	got, problems := configs.Load(path)
	require.Empty(t, problems)
	assert.Equal(t, filepath.Join(dir, "data", "node.db"), got.Storage.Bolt)
	assert.Equal(t, filepath.Join(dir, "policy"), got.Policy)
	assert.Equal(t, filepath.Join(dir, "elsewhere.yaml"), got.Accounts, "an absolute path stays")
	assert.Equal(t, &configs.TLS{Cert: filepath.Join(dir, "tls/node.pem"), Key: filepath.Join(dir, "tls/node.key"), ClientCA: filepath.Join(dir, "tls/peers-ca.pem")}, got.Listen.TLS)

	n.Listen.TLS, n.Listen.URL = &configs.TLS{Cert: "c", Key: "k"}, "https://localhost"
	require.NoError(t, os.WriteFile(path, []byte(text(t, n)), 0o600))
	got, problems = configs.Load(path)
	require.Empty(t, problems)
	assert.Empty(t, got.Listen.TLS.ClientCA, "what is not named is not resolved")

	require.NoError(t, os.WriteFile(path, []byte("x: y\n"), 0o600))
	_, problems = configs.Load(path)
	assert.Contains(t, problems.Error(), path+`:1:1: unknown key "x"`)

	_, problems = configs.Load(filepath.Join(dir, "none.yaml"))
	assert.Equal(t, filepath.Join(dir, "none.yaml")+": there is no such file", problems.Error())
	_, problems = configs.Load(dir)
	assert.Contains(t, problems.Error(), "the file cannot be read: ")
	_, problems = configs.Load(filepath.Join(path, "node.yaml"))
	assert.Contains(t, problems.Error(), "the file cannot be read: not a directory")

	require.NoError(t, os.WriteFile(path, make([]byte, 2<<20), 0o600))
	_, problems = configs.Load(path)
	assert.Contains(t, problems.Error(), "at most 1048576 are read")
}

// A secret in the wrong place is found, and not repeated to terminals and journals.
func TestSecretsAreNotShown(t *testing.T) {
	var n configs.Node
	problems := configs.Decode("node.yaml", []byte(text(t, node())+"password: hunter2\n"), &n)
	require.Len(t, problems, 1)
	assert.Contains(t, problems.Error(), `unknown key "password"`)
	assert.Contains(t, problems.Error(), "a secret stands in a file of its own")
	assert.NotContains(t, problems.Error(), "hunter2")
}
