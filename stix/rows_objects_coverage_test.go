package stix_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// objNotDecidable are rows of §4 to §6 that no reader can decide, and why.
var objNotDecidable = map[string]string{
	"S-4.7-04": "whether a version is that of the pattern's language needs the language; any string must pass",
}

// objTogether are rows that need other objects; their examples stand with those.
var objTogether = []string{"S-4.11-06", "S-4.11-07"}

// objElsewhere are rows whose examples need identifiers of a certain kind; theirs are those of ids.
var objElsewhere = []string{"S-6.13-04"}

// TestObjectsRowsAreCovered fails on a rule of §4 to §6 that has no example, and on an example of
// a row that does not exist.
func TestObjectsRowsAreCovered(t *testing.T) {
	text := objRequirements(t)
	_, sections, _ := strings.Cut(text, "\n## 8. ")
	sections, _, _ = strings.Cut(sections, "\n### 9.1 ")
	verdicts := map[string]map[objVerdict]bool{}
	for _, c := range objAll() {
		for _, row := range strings.Fields(c.rows) {
			assert.True(t, objExists(text, row), "%s is no row", row)
		}
		if verdicts[c.row()] == nil {
			verdicts[c.row()] = map[objVerdict]bool{}
		}
		verdicts[c.row()][c.want] = true
	}
	for _, typ := range objTypes(t) {
		assert.True(t, objExists(text, typ.row), "%s is no row", typ.row)
	}
	row := regexp.MustCompile(`(?m)^\| (S-[456][0-9.]*-\d+) \| [^|]+ \| ([^|]+) \| ([^|]+) \| (.+) \|$`)
	rows := row.FindAllStringSubmatch(sections, -1)
	assert.Greater(t, len(rows), 140)
	for _, m := range rows {
		id, level, check := m[1], m[2], m[3]
		rule := strings.Contains(level, "MUST") || level == "required" || strings.Contains(m[4], "bad") || strings.Contains(m[4], "warn")
		_, undecidable := objNotDecidable[id]
		undecidable = undecidable || strings.HasSuffix(m[4], "at most") // a reader may say so, or not
		if !rule || !strings.ContainsAny(check, "OSV") || undecidable || slices.Contains(objTogether, id) || slices.Contains(objElsewhere, id) {
			continue
		}
		assert.True(t, verdicts[id][objOK], "%s has no good example: %s", id, m[4])
		assert.True(t, verdicts[id][objBad] || verdicts[id][objWarn], "%s has no bad example: %s", id, m[4])
	}
}

// objAll are the examples of all tables.
func objAll() []objCase {
	all := slices.Concat(objDomain, objRelationship, objObservableRows, objFile, objNetwork, objContainer,
		objOrders(), objReferenceCases(), objCounts(), objNumbers())
	for _, v := range objVocabularies {
		all = append(all, objCase{rows: v.rows, want: v.other}, objCase{rows: v.rows, want: objOK})
	}
	for range objHashPlaces {
		all = append(all, objCase{rows: "S-6-02", want: objBad}, objCase{rows: "S-6-02", want: objOK})
	}
	return all
}

// objExists reports whether the requirements have a row; patterns match some.
func objExists(text, row string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(row), `\*`, `[^ |]*`)
	return regexp.MustCompile(`(?m)^(\| |\*\*)` + pattern + `( \||\*\*)`).MatchString(text)
}
