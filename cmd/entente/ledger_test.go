package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust/auth"
	"entente/trust/exchange"
)

const xbToken, xcToken = "the-token-of-csirt-xb-0123456789", "the-token-of-csirt-xc-0123456789"

// withMembers makes two members who sign in, in a community with the node; csirt-xb has an agreement too.
func withMembers(t testing.TB) made {
	t.Helper()
	m := initNode(t, "--http")
	for name, content := range map[string]string{
		"members/csirt-xb.yaml":  "member: csirt-xb\ntrust: 3\n",
		"members/csirt-xc.yaml":  "member: csirt-xc\ntrust: 3\n",
		"links/csirt-xb.yaml":    "member: csirt-xb\ncredentials: [{token_hash_file: xb.tokens}]\n",
		"links/csirt-xc.yaml":    "member: csirt-xc\ncredentials: [{token_hash_file: xc.tokens}]\n",
		"links/xb.tokens":        auth.HashToken(xbToken) + "\n",
		"links/xc.tokens":        auth.HashToken(xcToken) + "\n",
		"communities/north.yaml": "community: north\nmembers: [csirt-xa, csirt-xb, csirt-xc]\n",
		"agreements/mou.yaml":    "agreement: mou\nparties: [csirt-xa, csirt-xb]\nflows: [{from: csirt-xa, to: csirt-xb, max_tlp: amber}]\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(m.Dir, "policy", filepath.FromSlash(name)), []byte(content), 0o600))
	}
	return m
}

// publish sends objects as they are.
func (n *running) publish(objects ...string) {
	n.t.Helper()
	a := n.call(http.MethodPost, n.Admin.Token, "collections/publish/objects/", `{"objects":[`+strings.Join(objects, ",")+`]}`)
	require.Equal(n.t, http.StatusAccepted, a.status, "%s", a.body)
	require.NotContains(n.t, string(a.body), `"failures"`)
}

// marked is indicator i with a TLP mark.
func marked(i int, marking string) string {
	return strings.TrimSuffix(indicator(i), "}") + `,"object_marking_refs":["` + marking + `"]}`
}

const (
	markGreen = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
	markAmber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
)

// books are a node's ledger, and what a stranger has of it: files.
type books struct {
	*running
	green, amber                string // objects, of which csirt-xb read both and csirt-xc none
	keys, exported, proof, head string
}

// save keeps what a command printed.
func save(t testing.TB, path string, r result) {
	t.Helper()
	require.Equal(t, exitDone, r.code, r.err)
	require.NoError(t, os.WriteFile(path, []byte(r.out), 0o600))
}

// What a node told its ledger is shown, exported, verified without it, and proved to strangers.
func TestLedger(t *testing.T) {
	dir := t.TempDir()
	b := &books{
		running: withMembers(t).serve(t),
		keys:    filepath.Join(dir, "keys"), exported: filepath.Join(dir, "ledger"), proof: filepath.Join(dir, "proof"), head: filepath.Join(dir, "head"),
	}
	b.publish(marked(1, markGreen), marked(2, markAmber))
	require.Len(t, b.objects(xbToken, "for-csirt-xb"), 2)
	b.green, b.amber = ids(t, []string{indicator(1)})[0], ids(t, []string{indicator(2)})[0]
	save(t, b.keys, b.entente("ledger", "key"))
	save(t, b.head, b.entente("ledger", "head"))
	t.Run("show", b.isShown)
	t.Run("verify", b.verifies)
	t.Run("what was tampered with is found, and where", b.showsTampering)
	t.Run("prove", b.proves)
	t.Run("purge", b.purges)
	t.Run("a new key", b.changesKeys)
}

// entries are what `ledger show --json` prints.
func entries(t testing.TB, r result) []exchange.LedgerEntry {
	t.Helper()
	return decode[struct{ Entries []exchange.LedgerEntry }](t, r).Entries
}

func (b *books) isShown(t *testing.T) {
	r := b.entente("ledger", "show", "--object", b.amber)
	assert.Regexp(t, `release +`+b.amber+` +csirt-xb +version 2026`, r.out)
	assert.Regexp(t, `delivery +csirt-xb +read up to 2`, b.entente("ledger", "show", "--kind", "delivery").out)
	assert.NotContains(t, b.entente("ledger", "show", "--member", "csirt-xc").out, b.amber)
	shown := entries(t, b.entente("ledger", "show", "--json", "--kind", "release", "--last", "1"))
	require.Len(t, shown, 1)
	assert.Equal(t, "release", shown[0].Kind)
	assert.JSONEq(t, `{"entries":[]}`, b.entente("ledger", "show", "--json", "--kind", "purge").out)
}

func (b *books) verifies(t *testing.T) {
	assert.Regexp(t, `^the ledger of csirt-xa is in order: \d+ entries`, b.entente("ledger", "verify").out)
	require.Equal(t, exitDone, b.entente("ledger", "export", b.exported).code)
	assert.Equal(t, b.entente("ledger", "export").out, text(t, b.exported))
	r := entente(t, "ledger", "verify", b.exported, "--key", b.keys, "--head", b.head)
	assert.Contains(t, r.out, "is in order", r.err)
	v := decode[ledgerVerdict](t, entente(t, "ledger", "verify", b.exported, "--key", b.keys, "--json"))
	assert.True(t, v.OK && v.Entries > 5 && v.Node == "csirt-xa", "%+v", v)
	assert.Contains(t, ententeWith(t, text(t, b.exported), "ledger", "verify", "-", "--key", b.keys).out, "is in order")
}

func (b *books) showsTampering(t *testing.T) {
	edited := file(t, "edited", strings.Replace(text(t, b.exported), b.amber, b.green, 1))
	r := entente(t, "ledger", "verify", edited, "--key", b.keys)
	assert.Equal(t, exitFailed, r.code)
	assert.Regexp(t, `ledger: entry \d+: edited: expected .*; found `, r.err)
	r = entente(t, "ledger", "verify", edited, "--key", b.keys, "--json")
	assert.Equal(t, exitFailed, r.code)
	v := decode[ledgerVerdict](t, r)
	assert.False(t, v.OK)
	assert.Equal(t, "edited", v.Fault.Kind)
	save(t, b.keys+".other", entente(t, "ledger", "key", "-c", initNode(t).Config))
	assert.Contains(t, entente(t, "ledger", "verify", b.exported, "--key", b.keys+".other").err, "head broken")
}

func (b *books) proves(t *testing.T) {
	r := b.entente("ledger", "prove", b.amber, "--to", "csirt-xb")
	save(t, b.proof, r)
	assert.Regexp(t, `released to csirt-xb at .* by entry \d+ of \d+: read`, r.err)
	r = entente(t, "ledger", "verify", "--proof", b.proof, "--key", b.keys)
	assert.Contains(t, r.out, "csirt-xa released "+b.amber, r.err)
	assert.Contains(t, r.out, " to csirt-xb at ")
	save(t, b.proof+".json", b.entente("ledger", "prove", b.amber, "--to", "csirt-xb", "--json"))
	proved := decode[struct{ Proved []statement }](t, entente(t, "ledger", "verify", "--proof", b.proof+".json", "--key", b.keys, "--json")).Proved
	require.Len(t, proved, 1)
	assert.Equal(t, "csirt-xb", proved[0].Member)

	forged := file(t, "forged", strings.Replace(text(t, b.proof), "csirt-xb", "csirt-xc", 1))
	r = entente(t, "ledger", "verify", "--key", b.keys, "--proof", forged)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, "proof 1 does not hold: proof: member: id, salt and path do not lead to the root")

	r = b.entente("ledger", "prove", b.amber, "--to", "csirt-xc")
	assert.Equal(t, exitDone, r.code, r.err)
	assert.Regexp(t, b.amber+` was never released to csirt-xc: the ledger is in order, and none of its \d+ entries says so`, r.out)
	assert.Contains(t, entente(t, "ledger", "verify", "--key", b.keys, "--proof", file(t, "none", r.out)).err, "does not hold")
	p := decode[exchange.Proof](t, b.entente("ledger", "prove", b.amber, "--to", "csirt-xc", "--json"))
	assert.Empty(t, p.Released)
	assert.Positive(t, p.Entries)
	assert.Contains(t, b.entente("ledger", "prove", b.amber, "--to", "csirt-xq").err, "there is no member csirt-xq")
	assert.Contains(t, b.entente("ledger", "prove", thing, "--to", "csirt-xb").err, "not found")
}

func (b *books) purges(t *testing.T) {
	shown := entries(t, b.entente("ledger", "show", "--json", "--object", b.amber, "--kind", "admission"))
	require.Len(t, shown, 1)
	seq := strconv.FormatInt(shown[0].Seq, 10)
	r := b.entente("ledger", "purge", seq, "--reason", "erasure")
	assert.Equal(t, seq+": purged\n", r.out, r.err)
	assert.Contains(t, b.entente("ledger", "verify").out, "1 of them were purged")
	assert.Contains(t, b.entente("ledger", "show").out, "purged by entry")
	assert.Contains(t, b.entente("ledger", "purge", seq, "--reason", "erasure").err, "was purged already")
}

func (b *books) changesKeys(t *testing.T) {
	r := b.entente("ledger", "key", "--new", "--json")
	require.Equal(t, exitDone, r.code, r.err)
	fresh := decode[struct{ Keys []string }](t, r).Keys
	require.Len(t, fresh, 2)
	assert.Equal(t, text(t, b.keys), fresh[1]+"\n")
	assert.NotContains(t, r.out, "PRIVATE")
	require.Equal(t, exitDone, b.stop())
	again := b.made.serve(t)
	again.publish(marked(3, markGreen))
	assert.Contains(t, again.entente("ledger", "verify", "--head", b.head).out, "is in order")
	assert.Contains(t, again.entente("ledger", "verify", "--key", b.keys).err, "head broken", "the old key alone is not enough")
}

func text(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

func TestLedgerRoles(t *testing.T) {
	n := initNode(t, "--http").serve(t)
	for name, role := range map[string]string{"rita": "reader", "anna": "analyst", "olga": "officer"} {
		require.Equal(t, exitDone, n.entente("account", "add", name, "--role", role).code)
	}
	for _, row := range []struct{ args, as, want string }{
		{"ledger show", "rita", "this needs analyst"},
		{"ledger head", "rita", "this needs analyst"},
		{"ledger prove " + thing + " --to csirt-xb", "rita", "this needs analyst"},
		{"ledger export", "anna", "this needs officer"},
		{"ledger verify", "anna", "this needs officer"},
		{"ledger purge 1 --reason r", "olga", "this needs admin"},
	} {
		t.Run(row.args, func(t *testing.T) {
			r := n.entente(append(strings.Fields(row.args), "--as", row.as)...)
			assert.Equal(t, exitFailed, r.code)
			assert.Contains(t, r.err, row.want)
			assert.Empty(t, r.out)
		})
	}
}

func TestLedgerMisuse(t *testing.T) {
	for _, row := range []struct{ name, args, want string }{
		{"an object that is none", "ledger show --object it", `"it" is no object's id`},
		{"a member of capitals", "ledger show --member XB", "--member: write a short name"},
		{"a kind that is none", "ledger show --kind gift", `--kind: "gift" is not one of admission, release`},
		{"a number below 0", "ledger show --last -1", "--after and --last are not below 0"},
		{"a proof and a ledger", "ledger verify x --proof y", "--proof stands alone"},
		{"no keys", "ledger verify x", "there are no public keys: name their file with --key"},
		{"nobody to prove for", "ledger prove THING", "--to is missing"},
		{"no object", "ledger prove --to csirt-xb", "name the object, one"},
		{"an entry that is none", "ledger purge x --reason r", `"x" is no entry: write its number`},
		{"a purge without a reason", "ledger purge 1", "--reason is missing"},
		{"no node", "ledger key", "node.yaml: there is no such file"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := officer(t, filepath.Join(t.TempDir(), "node.yaml"), row.args)
			assert.Equal(t, exitMisuse, r.code)
			assert.Contains(t, r.err, row.want)
			assert.Empty(t, r.out)
		})
	}
	keys := file(t, "keys", text(t, filepath.Join(filepath.Dir(initNode(t).Config), "keys", "node.ed25519.pub")))
	assert.Contains(t, entente(t, "ledger").err, "say what to do: show, verify")
	r := entente(t, "ledger", "verify", "x", "--key", keys)
	assert.Contains(t, r.err, "public key 1: write name+id+base64")
}
