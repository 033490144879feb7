package stix_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rowsNotDecidable are the rows that no check of objects proves or breaks, and why.
var rowsNotDecidable = map[string]string{
	"S-2.7-01":   "needs what was hashed; the form of the value is S-2.7-04",
	"S-2.9-10":   "needs to know whether the id would be unique",
	"S-2.16-05":  "the text leaves leap seconds open",
	"S-3.1-03":   "needs to know where a word ends",
	"S-3.2-07":   "said by S-3.6-06: a new version without a new modified is another content under the same version",
	"S-3.2-14":   "an absent lang says en (S-3.2-13), so to miss it would be said of nearly every object and tell nobody anything",
	"S-3.3-03":   "what a reference means is the store's to answer",
	"S-3.5-02":   "needs to know who published and what was meant to change",
	"S-3.6-01":   "a summary of rows that are tested one by one",
	"S-3.6-05":   "said by S-3.6-06",
	"S-3.6-08":   "needs to know that an object came from another",
	"S-3.6-10":   "said by S-3.6-06",
	"S-3.6-12":   "said by S-3.6-06",
	"S-7.2.2-02": "said by S-3.6-06: a marking without a new modified is another content under the same version",
	"S-8-00":     "a bundle is no object: what reads documents checks it",
	"S-8-01":     "a bundle is no object: what reads documents checks it",
	"S-8-06":     "a bundle is no object: what reads documents ignores it",
	"S-TLP2-03":  "what two markings mean together is the policy's to say",
}

// Every row of sections 1 to 7 that a machine can decide has a test, whatever its level.
func TestRowsCoverRequirements(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "shared", "stix", "requirements.md"))
	if err != nil {
		t.Skipf("the requirements are not here: %v", err)
	}
	_, sections, found := strings.Cut(string(text), "\n## 1. ")
	require.True(t, found)
	sections, _, found = strings.Cut(sections, "\n## 8. ")
	require.True(t, found)

	var tested []string
	for _, r := range rowsAll(rowsObjects{t}) {
		tested = append(tested, r.row)
	}
	for _, g := range rowsTogether(rowsObjects{t}) {
		tested = append(tested, g.row)
	}
	rows := rowsToTest(sections)
	assert.Greater(t, len(rows), 180)
	for _, row := range rows {
		reason, excused := rowsNotDecidable[row]
		assert.True(t, excused && reason != "" || slices.Contains(tested, row), "%s has no test and no reason to have none", row)
		assert.False(t, excused && slices.Contains(tested, row), "%s is tested, so it can be decided", row)
	}
	for row := range rowsNotDecidable {
		assert.Contains(t, rows, row)
	}
}

// rowsToTest are the rows that are about an object, others beside it, or its earlier versions.
func rowsToTest(sections string) (rows []string) {
	whole := regexp.MustCompile(`(?m)^\*\*(S-[0-9A-Z.]+-00)\*\*`)
	for _, m := range whole.FindAllStringSubmatch(sections, -1) {
		rows = append(rows, m[1])
	}
	row := regexp.MustCompile(`(?m)^\| (S-[0-9A-Z][0-9A-Za-z.]*-\d+) \|(.*)\|$`)
	for _, m := range row.FindAllStringSubmatch(sections, -1) {
		cells := strings.Split(m[2], "|")
		if strings.HasPrefix(m[1], "S-E-") || regexp.MustCompile(`^(O|S|V|O/S|O/E)$`).MatchString(strings.TrimSpace(cells[3])) {
			rows = append(rows, m[1])
		}
	}
	return rows
}
