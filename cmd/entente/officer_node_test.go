package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/trust/exchange"
)

const markRed = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"

// Officers and analysts decide at a running node: members see it, and the ledger says who it was.
func TestOfficersAtANode(t *testing.T) {
	n := withMembers(t).serve(t)
	for name, role := range map[string]string{"anna": "analyst", "olga": "officer", "otto": "officer"} {
		require.Equal(t, exitDone, n.entente("account", "add", name, "--role", role).code)
	}
	did := func(want string, args ...string) {
		t.Helper()
		r := n.entente(args...)
		require.Equal(t, exitDone, r.code, r.err)
		assert.Contains(t, r.out, want)
	}
	sees := func(token, member string) []string { return ids(t, n.objects(token, "for-"+member)) }
	id := func(i int) string { return ids(t, []string{indicator(i)})[0] }
	n.publish(indicator(0), marked(1, markGreen), marked(2, markAmber), marked(3, markRed))

	did("csirt-xb", "hold", "list", "--code", "unmarked")
	did("2 approved\n", "hold", "approve", id(0), "--tlp", "green", "--as", "anna")
	did("decision  withhold, because of red\n", "policy", "explain", id(3), "--to", "csirt-xb")
	did("agreements/mou.yaml:3", "policy", "explain", id(2), "--to", "csirt-xb")
	did("released to csirt-xc", "release", id(3), "--to", "csirt-xc", "--reason", "case 1", "--as", "olga")
	assert.ElementsMatch(t, []string{id(0), id(1), id(2)}, sees(xbToken, "csirt-xb"))
	assert.ElementsMatch(t, []string{id(0), id(1), id(3)}, sees(xcToken, "csirt-xc"))

	agreement := filepath.Join(n.Dir, "policy", "agreements", "mou.yaml")
	was := text(t, agreement)
	require.NoError(t, os.WriteFile(agreement, []byte(strings.ReplaceAll(was, "csirt-xb", "csirt-xc")), 0o600))
	plan := decode[exchange.Change](t, n.entente("policy", "plan", "--json"))
	amber, none := []stix.ID{stix.ID(id(2))}, []stix.ID{}
	assert.Equal(t, []exchange.MemberChange{
		{Member: "csirt-xb", Release: none, Withdraw: amber}, {Member: "csirt-xc", Release: amber, Withdraw: none},
	}, plan.Members)
	assert.Contains(t, sees(xbToken, "csirt-xb"), id(2), "a plan changes nothing")
	did("applied\n", "policy", "apply", "--as", "otto")
	assert.NotContains(t, sees(xbToken, "csirt-xb"), id(2))
	require.Eventually(t, func() bool { return slices.Contains(sees(xcToken, "csirt-xc"), id(2)) }, 10*time.Second, 20*time.Millisecond,
		"what a policy newly permits is released in the background")
	did("olga", "ledger", "show", "--kind", "act")
	did("otto         1         1  ", "policy", "history")

	did("recalled, 1 version", "recall", id(1), "--reason", "it names a victim", "--as", "anna")
	assert.NotContains(t, sees(xbToken, "csirt-xb"), id(1))
	for kind, want := range map[string]string{
		"policy": `otto +applied: releases 1 and withdraws 1`, "recall": `anna +` + id(1) + ` +csirt-xb,csirt-xc +it names a victim`,
	} {
		assert.Regexp(t, want, n.entente("ledger", "show", "--kind", kind).out)
	}
	assert.Contains(t, n.entente("ledger", "verify").out, "is in order")
}

// What a member says of another's object is kept aside until an officer decides.
func TestQuarantineAtANode(t *testing.T) {
	n := withMembers(t).serve(t)
	n.publish(marked(1, markGreen))
	claim := strings.Replace(marked(1, markGreen), "00Z\",\"name", "00Z\",\"confidence\":1,\"name", 1)
	a := n.call(http.MethodPost, xbToken, "collections/from-csirt-xb/objects/", `{"objects":[`+claim+`]}`)
	require.Equal(t, http.StatusAccepted, a.status, "%s", a.body)
	id := ids(t, []string{indicator(1)})[0]
	listed := decode[suspects](t, n.entente("quarantine", "list", "--json"))
	require.Len(t, listed.Items, 1)
	assert.Equal(t, "claim", listed.Items[0].Kind)
	assert.Contains(t, n.entente("quarantine", "show", id).out, "It contradicts:\n")
	r := n.entente("quarantine", "purge", id, "--reason", "asked them", "--as", "olga")
	assert.Equal(t, exitDone, r.code, r.err)
	assert.Empty(t, decode[suspects](t, n.entente("quarantine", "list", "--json")).Items)
	assert.Regexp(t, `olga +`+id+` +csirt-xb +quarantine.purge: asked them`, n.entente("ledger", "show", "--kind", "act").out)
}
