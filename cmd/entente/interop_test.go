package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/cmd/entente/lab"
	"entente/cmd/entente/node"
	"entente/stix"
)

// walked is what testdata/walk.py saw with the stock taxii2-client and stix2.
type walked struct {
	Title       string   `json:"title"`
	Collections []string `json:"collections"`
	Written     string   `json:"written"`
	Pages       int      `json:"pages"`
	IDs         []string `json:"ids"`
	Refused     []string `json:"refused"` // by stix2
	Raw         []string `json:"raw"`     // the answers, page by page
}

func walk(t *testing.T, python, ca string, n *lab.Served, as node.Credential, alias string) (w walked) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), python, "testdata/walk.py", n.TAXII, as.User, as.Password, ca, alias, "100")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	require.NoError(t, json.Unmarshal(out, &w))
	return w
}

// objects are the bytes of every object in the answers, by id.
func (w walked) objects(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, page := range w.Raw {
		doc, err := stix.ReadDocument([]byte(page))
		require.NoError(t, err)
		for _, raw := range doc.Objects {
			all[ids(t, []string{string(raw)})[0]] = string(raw)
		}
	}
	return all
}

// The stock Python client reads what was published, page by page and byte for byte, and writes.
func TestInterop(t *testing.T) {
	python := os.Getenv("ENTENTE_PYTHON")
	if python == "" {
		t.Skip("ENTENTE_PYTHON names no Python with taxii2-client and stix2")
	}
	const two = "nodes:\n  - {id: csirt-xa, name: National CSIRT of Xanadu}\n  - {id: csirt-xb}\n"
	l := startLab(t, file(t, "two.yaml", two), "--dir", filepath.Join(t.TempDir(), "lab"))
	s := l.state()
	xa := s.Nodes["csirt-xa"]

	published := map[string]string{}
	publish := func(path string, flags ...string) {
		r := entente(t, append([]string{"publish", "-c", xa.Config, path}, flags...)...)
		require.Equal(t, exitDone, r.code, r.err)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		doc, err := stix.ReadDocument(data)
		require.NoError(t, err)
		for _, raw := range doc.Objects {
			id := ids(t, []string{string(raw)})[0]
			published[id] = string(raw)
		}
	}
	publish("demo/data/dogood-honeypot-2025-12-10.json") // TLP:WHITE, and what goes along with it
	attack := "../../../shared/corpus/attack/mobile-attack-17.1.json"
	if _, err := os.Stat(attack); err == nil {
		publish(attack, "--source", "mitre-attack")
	} else {
		t.Log("without ATT&CK, which is not here")
	}

	t.Run("an analyst walks publish", func(t *testing.T) {
		w := walk(t, python, s.CA, xa, xa.Accounts["analyst"], "publish")
		assert.Equal(t, "National CSIRT of Xanadu", w.Title)
		assert.Equal(t, []string{"publish", "received"}, w.Collections)
		assert.Len(t, w.IDs, len(published))
		assert.Equal(t, (len(published)+99)/100, w.Pages)
		assert.Equal(t, published, w.objects(t))
		assert.Empty(t, w.Refused)
		assert.NotEmpty(t, w.Written, "and writes, reads back and deletes")
	})
	t.Run("a member walks what is for it", func(t *testing.T) {
		w := walk(t, python, s.CA, xa, xa.Members["csirt-xb"].Credential, "for-csirt-xb")
		assert.Equal(t, []string{"for-csirt-xb", "from-csirt-xb"}, w.Collections)
		assert.Len(t, w.IDs, len(published))
		assert.Equal(t, published, w.objects(t))
		assert.Empty(t, w.Refused)
		assert.Empty(t, w.Written)
	})
	t.Run("a member writes where it cannot read", func(t *testing.T) {
		w := walk(t, python, s.CA, xa, xa.Members["csirt-xb"].Credential, "from-csirt-xb")
		assert.Empty(t, w.IDs)
		require.NotEmpty(t, w.Written)
		status, body := ask(t, s.CA, xa.Root+"collections/received/objects/"+w.Written+"/", signIn{token: xa.Accounts["analyst"].Token})
		assert.Equal(t, 200, status, "%s", body)
	})
}
