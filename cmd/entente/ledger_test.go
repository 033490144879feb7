package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
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

// What a node told its ledger is shown, exported, verified without it, and proved to strangers.
func TestLedger(t *testing.T) {
	n := withMembers(t).serve(t)
	n.publish(marked(1, markGreen), marked(2, markAmber))
	require.Len(t, n.objects(xbToken, "for-csirt-xb"), 2)
	green, amber := ids(t, []string{indicator(1)})[0], ids(t, []string{indicator(2)})[0]
	dir := t.TempDir()
	keys, exported, proof, head := filepath.Join(dir, "keys"), filepath.Join(dir, "ledger"), filepath.Join(dir, "proof"), filepath.Join(dir, "head")
	save := func(path string, r result) {
		require.Equal(t, exitDone, r.code, r.err)
		require.NoError(t, os.WriteFile(path, []byte(r.out), 0o600))
	}
	save(keys, n.entente("ledger", "key"))
	save(head, n.entente("ledger", "head"))

	t.Run("show", func(t *testing.T) {
		r := n.entente("ledger", "show", "--object", amber)
		assert.Regexp(t, `release +`+amber+` +csirt-xb +version 2026`, r.out)
		assert.Regexp(t, `delivery +csirt-xb +read up to 2`, n.entente("ledger", "show", "--kind", "delivery").out)
		assert.NotContains(t, n.entente("ledger", "show", "--member", "csirt-xc").out, amber)
		shown := decode[struct{ Entries []exchange.LedgerEntry }](t, n.entente("ledger", "show", "--json", "--kind", "release", "--last", "1"))
		require.Len(t, shown.Entries, 1)
		assert.Equal(t, "release", shown.Entries[0].Kind)
		assert.JSONEq(t, `{"entries":[]}`, n.entente("ledger", "show", "--json", "--kind", "purge").out)
	})
	t.Run("verify", func(t *testing.T) {
		assert.Regexp(t, `^the ledger of csirt-xa is in order: \d+ entries`, n.entente("ledger", "verify").out)
		require.Equal(t, exitDone, n.entente("ledger", "export", exported).code)
		assert.Equal(t, n.entente("ledger", "export").out, text(t, exported))
		r := entente(t, "ledger", "verify", exported, "--key", keys, "--head", head)
		assert.Contains(t, r.out, "is in order", r.err)
		v := decode[ledgerVerdict](t, entente(t, "ledger", "verify", exported, "--key", keys, "--json"))
		assert.True(t, v.OK && v.Entries > 5 && v.Node == "csirt-xa", "%+v", v)
		assert.Contains(t, ententeWith(t, text(t, exported), "ledger", "verify", "-", "--key", keys).out, "is in order")
	})
	t.Run("what was tampered with is found, and where", func(t *testing.T) {
		edited := strings.Replace(text(t, exported), amber, green, 1)
		r := entente(t, "ledger", "verify", file(t, "edited", edited), "--key", keys)
		assert.Equal(t, exitFailed, r.code)
		assert.Regexp(t, `ledger: entry \d+: edited: expected .*; found `, r.err)
		r = entente(t, "ledger", "verify", file(t, "edited", edited), "--key", keys, "--json")
		assert.Equal(t, exitFailed, r.code)
		v := decode[ledgerVerdict](t, r)
		assert.False(t, v.OK)
		assert.Equal(t, "edited", v.Fault.Kind)
		other := initNode(t)
		save(keys+".other", entente(t, "ledger", "key", "-c", other.Config))
		r = entente(t, "ledger", "verify", exported, "--key", keys+".other")
		assert.Contains(t, r.err, "head broken")
	})
	t.Run("prove", func(t *testing.T) {
		r := n.entente("ledger", "prove", amber, "--to", "csirt-xb")
		save(proof, r)
		assert.Regexp(t, `released to csirt-xb at .* by entry \d+ of \d+: read`, r.err)
		r = entente(t, "ledger", "verify", "--proof", proof, "--key", keys)
		assert.Contains(t, r.out, "csirt-xa released "+amber, r.err)
		assert.Contains(t, r.out, " to csirt-xb at ")
		save(proof+".json", n.entente("ledger", "prove", amber, "--to", "csirt-xb", "--json"))
		proved := decode[struct{ Proved []statement }](t, entente(t, "ledger", "verify", "--proof", proof+".json", "--key", keys, "--json"))
		require.Len(t, proved.Proved, 1)
		assert.Equal(t, "csirt-xb", proved.Proved[0].Member)

		r = entente(t, "ledger", "verify", "--key", keys, "--proof", file(t, "forged", strings.Replace(text(t, proof), "csirt-xb", "csirt-xc", 1)))
		assert.Equal(t, exitFailed, r.code)
		assert.Contains(t, r.err, "proof 1 does not hold: proof: member: id, salt and path do not lead to the root")

		r = n.entente("ledger", "prove", amber, "--to", "csirt-xc")
		assert.Equal(t, exitDone, r.code, r.err)
		assert.Regexp(t, amber+` was never released to csirt-xc: the ledger is in order, and none of its \d+ entries says so`, r.out)
		p := decode[exchange.Proof](t, n.entente("ledger", "prove", amber, "--to", "csirt-xc", "--json"))
		assert.Empty(t, p.Released)
		assert.Positive(t, p.Entries)
		assert.Contains(t, n.entente("ledger", "prove", amber, "--to", "csirt-xq").err, "there is no member csirt-xq")
		assert.Contains(t, n.entente("ledger", "prove", thing, "--to", "csirt-xb").err, "not found")
	})
	t.Run("purge", func(t *testing.T) {
		shown := decode[struct{ Entries []exchange.LedgerEntry }](t, n.entente("ledger", "show", "--json", "--object", amber, "--kind", "admission"))
		require.Len(t, shown.Entries, 1)
		seq, err := json.Marshal(shown.Entries[0].Seq)
		require.NoError(t, err)
		r := n.entente("ledger", "purge", string(seq), "--reason", "erasure")
		assert.Equal(t, string(seq)+": purged\n", r.out, r.err)
		assert.Contains(t, n.entente("ledger", "verify").out, "1 of them were purged")
		assert.Contains(t, n.entente("ledger", "show").out, "purged by entry")
		assert.Contains(t, n.entente("ledger", "purge", string(seq), "--reason", "erasure").err, "was purged already")
	})
	t.Run("a new key", func(t *testing.T) {
		r := n.entente("ledger", "key", "--new", "--json")
		require.Equal(t, exitDone, r.code, r.err)
		fresh := decode[struct{ Keys []string }](t, r).Keys
		require.Len(t, fresh, 2)
		assert.Equal(t, text(t, keys), fresh[1]+"\n")
		assert.NotContains(t, r.out, "PRIVATE")
		require.Equal(t, exitDone, n.stop())
		again := n.made.serve(t)
		again.publish(marked(3, markGreen))
		assert.Contains(t, again.entente("ledger", "verify", "--head", head).out, "is in order")
		assert.Contains(t, again.entente("ledger", "verify", "--key", keys).err, "head broken", "the old key alone is not enough")
	})
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
