package stix_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// keptCase is one line of testdata/kept: a document, what becomes of it when nothing is forgiven,
// and the row that says so.
type keptCase struct {
	Name     string `json:"name"`
	Verdict  string `json:"verdict"` // valid, warn or invalid
	Code     string `json:"code"`
	Document string `json:"document"`
}

func TestKeptCases(t *testing.T) {
	data, err := os.ReadFile("testdata/kept/cases.jsonl")
	require.NoError(t, err)
	r := newReader(t)
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	require.Greater(t, len(lines), 100)
	for _, line := range lines {
		var c keptCase
		require.NoError(t, json.Unmarshal(line, &c))
		t.Run(c.Code+" "+c.Name, func(t *testing.T) {
			d, err := stix.ReadDocument([]byte(c.Document))
			require.NoError(t, err)
			errors, warnings := codesBySeverity(findingsOf(r, &d))
			switch c.Verdict {
			case "valid":
				assert.Empty(t, errors)
			case "warn":
				assert.Empty(t, errors)
				assert.Contains(t, warnings, c.Code)
			case "invalid":
				assert.Contains(t, errors, c.Code)
			default:
				t.Fatalf("the verdict is valid, warn or invalid, not %q", c.Verdict)
			}
		})
	}
}

func codesBySeverity(findings []stix.Finding) (errors, warnings []string) {
	for _, f := range findings {
		if f.Severity == stix.Error {
			errors = append(errors, f.Code)
		} else {
			warnings = append(warnings, f.Code)
		}
	}
	return errors, warnings
}
