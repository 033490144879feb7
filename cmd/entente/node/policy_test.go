package node

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust/auth"
	"entente/trust/exchange"
)

// started runs a node and stops it again; between, it is looked at. It returns what was logged.
func started(t *testing.T, config string, look func(n *Node)) string {
	t.Helper()
	setup, problems := Load(config, time.Now())
	require.Empty(t, problems)
	var log bytes.Buffer
	n, err := Open(t.Context(), Config{Setup: setup, Log: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	look(n)
	stop()
	require.NoError(t, <-ended)
	return log.String()
}

const differs = "the policy folder differs from what is in force"

// What is in force stays in force, whatever the folder says by the time that the node starts again;
// the links are taken as they are.
func TestPolicyInForce(t *testing.T) {
	p := plan(filepath.Join(t.TempDir(), "node"))
	p.PlainHTTP = true
	f, err := Create(p)
	require.NoError(t, err)
	write := func(name, content string) {
		require.NoError(t, os.WriteFile(filepath.Join(f.Dir, "policy", name), []byte(content), 0o600))
	}
	apply := func(n *Node) {
		_, err := n.registry.ApplyPolicy(func(r exchange.Revision) (exchange.Change, error) {
			r.Author = "olga"
			return n.exchange.Apply(t.Context(), r)
		})
		require.NoError(t, err)
	}
	signsIn := func(n *Node) bool {
		_, err := n.registry.Authenticate(t.Context(), auth.Credentials{Authorization: "Bearer a-token-of-some-length"})
		return err == nil
	}
	authors := func(n *Node) (list []string) {
		history, err := n.exchange.History(t.Context())
		require.NoError(t, err)
		for _, a := range history {
			list = append(list, a.Author)
		}
		return list
	}

	log := started(t, f.Config, func(n *Node) {
		assert.Equal(t, []string{"first start"}, authors(n))
		assert.False(t, n.registry.Public())
	})
	assert.NotContains(t, log, differs)

	write("local.yaml", "public: true\n")
	write("members/csirt-xb.yaml", "member: csirt-xb\ntrust: 2\n")
	write("links/csirt-xb.yaml", "member: csirt-xb\n")
	log = started(t, f.Config, func(n *Node) {
		assert.False(t, n.registry.Public(), "nobody applied it")
		assert.Equal(t, []string{"first start"}, authors(n))
		apply(n)
		assert.True(t, n.registry.Public())
	})
	assert.Contains(t, log, differs)

	write("links/csirt-xb.yaml", "member: csirt-xb\ncredentials: [{token_hash_file: xb.tokens}]\n")
	write("links/xb.tokens", auth.HashToken("a-token-of-some-length")+"\n")
	log = started(t, f.Config, func(n *Node) {
		assert.True(t, n.registry.Public())
		assert.Equal(t, []string{"first start", "olga"}, authors(n))
		assert.True(t, signsIn(n), "links are those of the folder")
	})
	assert.NotContains(t, log, differs)

	write("local.yaml", "public: maybe\n")
	_, problems := Check(f.Config, time.Now())
	assert.ErrorContains(t, problems, "local.yaml:1:9")
	log = started(t, f.Config, func(n *Node) { assert.True(t, n.registry.Public(), "38 the old one stays") })
	assert.Contains(t, log, differs)
	assert.Contains(t, log, "public")

	write("links/csirt-xb.yaml", "member: csirt-xb\ncredentials: [{spell: abracadabra}]\n")
	setup, problems := Load(f.Config, time.Now())
	require.Empty(t, problems)
	_, err = Open(t.Context(), Config{Setup: setup, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	assert.ErrorContains(t, err, "has faults; correct the links")
	assert.ErrorContains(t, err, "links/csirt-xb.yaml:2")
}

// A node that has no policy yet does not start with one that has faults.
func TestFirstPolicyWithFaults(t *testing.T) {
	f, err := Create(plan(filepath.Join(t.TempDir(), "node")))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(f.Dir, "policy", "local.yaml"), []byte("public: maybe\n"), 0o600))
	setup, problems := Load(f.Config, time.Now())
	require.Empty(t, problems)
	_, err = Open(t.Context(), Config{Setup: setup, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	assert.ErrorContains(t, err, filepath.Join("policy", "local.yaml")+":1:9")
}
