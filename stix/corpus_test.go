package stix_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// corpus is a folder of real and conformance data that is too large, or not free enough, to be
// part of the project. Tests that read it are skipped where it is not.
func corpus(t testing.TB, folder string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", "corpus", folder)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the corpus is not here: %v", err)
	}
	return dir
}

// documents reads every JSON document below a folder, but for lists of cases.
func documents(t testing.TB, dir string, visit func(path string, d stix.Document)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".json") || e.Name() == "cases.json" {
			return err
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		d, err := stix.ReadDocument(data)
		require.NoError(t, err, path)
		visit(path, d)
		return nil
	})
	require.NoError(t, err)
}

func TestOASISExamplesAreAccepted(t *testing.T) {
	r := newReader(t)
	objects := 0
	documents(t, "testdata/oasis", func(path string, d stix.Document) {
		assert.Equal(t, stix.Bundle, d.Kind)
		for _, raw := range d.Objects {
			o, _ := accepted(t, r, string(raw))
			assert.NotEmpty(t, o.ID, path)
			assert.Equal(t, "2.1", o.SpecVersion)
			objects++
		}
	})
	assert.Equal(t, 122, objects)
}

// exceptions are the objects of real data that stay out, by part of their path, and why.
var exceptions = []struct{ path, code, why string }{
	{"attack/mobile-attack-12.1.json", "S-3.2-06", "one relationship was modified before it was created: order is never tolerated"},
	{"feeds/ti-feed-static-taxii/api__collections__", "S-2.9-02", "its creator's id is no UUID: identity is never tolerated"},
	{"feeds/ti-feed-static-taxii/", "S-", "TAXII resources, not objects"},
	{"extensions/dogesec/automodel_generated__examples__properties__vulnerability", "S-4.19-01", "its CVE is called CVE-XXX-XXXX"},
	{"examples/go-stix2/all.json", "S-", "made up of pieces: a reference without content, versions that do not agree"},
	{"examples/json-schemas/infrastructure.json", "S-2.9-02", "a UUID in upper case"},
	{"misp-stix/files/", "S-3.", "events of MISP, not objects of STIX"},
	{"misp-stix/extracted-misp-events/", "S-3.", "events of MISP, not objects of STIX"},
	{"feeds/oca-iob/apl_reference_implementation_bundle__revision_0", "S-", "a first draft: ids that are not their type's, spec_version a number, references that are empty"},
}

func TestCorpusIsAccepted(t *testing.T) {
	for _, folder := range []string{"valid", "warn", "attack", "advisories", "feeds", "extensions", "incident", "misp-stix", "examples"} {
		t.Run(folder, func(t *testing.T) {
			dir := corpus(t, folder)
			r := newReader(t, stix.DefaultTolerances()...)
			objects, excepted := 0, 0
			tolerated := map[string]int{}
			documents(t, dir, func(path string, d stix.Document) {
				objects += len(d.Objects)
				for _, f := range findingsOf(r, &d) {
					tolerated[f.Tolerance]++
					if f.Severity == stix.Error {
						excepted++
						assert.True(t, isException(path, f), "%s: %v", path, f)
					}
				}
			})
			assert.NotZero(t, objects)
			t.Logf("%d objects, %d excepted, tolerated: %v", objects, excepted, tolerated)
		})
	}
}

func isException(path string, f stix.Finding) bool {
	for _, e := range exceptions {
		if strings.Contains(filepath.ToSlash(path), e.path) && strings.HasPrefix(f.Code, e.code) {
			return true
		}
	}
	return false
}

// Every case of corpus/invalid is rejected under strict reading, with the code of the rule that it
// says it breaks. With the default tolerances only what they name gets through.
func TestCorpusInvalidIsRejected(t *testing.T) {
	dir := corpus(t, "invalid")
	strict, lenient := newReader(t), newReader(t, stix.DefaultTolerances()...)
	named := map[string]bool{}
	for _, tolerance := range stix.Tolerances() {
		for _, code := range tolerance.Codes {
			named[code] = true
		}
	}
	passed := 0
	for file, code := range invalidCases(t) {
		codes := codesOf(t, strict, filepath.Join(dir, file))
		assert.Contains(t, codes, code, file)
		if len(codesOf(t, lenient, filepath.Join(dir, file))) > 0 {
			continue
		}
		passed++
		for _, code := range codes {
			assert.True(t, named[code], "%s: %s is forgiven, and no tolerance says so", file, code)
		}
	}
	t.Logf("%d of %d cases get through with the default tolerances", passed, len(invalidCases(t)))
}

// invalidCases are the cases of corpus/invalid and the code that each must raise.
func invalidCases(t testing.TB) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/invalid.tsv")
	require.NoError(t, err)
	cases := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if file, code, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			cases[file] = code
		}
	}
	return cases
}

// The list of cases is that of the corpus.
func TestCorpusInvalidIsListed(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(corpus(t, "invalid"), "cases.json"))
	require.NoError(t, err)
	var cases []struct{ File string }
	require.NoError(t, json.Unmarshal(data, &cases))
	listed := invalidCases(t)
	assert.Len(t, listed, len(cases))
	for _, c := range cases {
		assert.NotEmpty(t, listed[c.File], c.File)
	}
}

// What breaks only a SHOULD is accepted, and told.
func TestCorpusWarnIsTold(t *testing.T) {
	r := newReader(t, stix.DefaultTolerances()...)
	documents(t, corpus(t, "warn"), func(path string, d stix.Document) {
		findings := findingsOf(r, &d)
		_, rejected := stix.Rejects(findings)
		assert.False(t, rejected, "%s: %v", path, findings)
		assert.NotEmpty(t, findings, path)
	})
}

// slips are the examples of the standard that break its own rules, and how (none is a false alarm).
var slips = []struct{ path, codes, why string }{
	{"s11.2.1-01", "S-3.2-02", "objects without spec_version"},
	{"s11.3.1-01", "S-6.7-00 S-11.3-02", "no id, and the name of an extension that does not end in -ext"},
	{"s2.13-02", "S-3.2-01 S-3.3-01", "a fragment"},
	{"s2.7-01", "S-3.2-01 S-3.3-01", "a fragment"},
	{"s2.9-02", "S-3.2-01 S-3.3-01", "a fragment"},
	{"s3.6.2-", "S-2.9-02 S-3.2-02 S-2.16-01 S-2.16-03", "identifiers such as example--1"},
	{"s3.9.1-01", "S-2.9-01", "an identifier with one hyphen"},
	{"s4.16.2-02", "S-4.7-00 S-3.2-02", "indicators without pattern_type"},
	{"s6.1.1-0", "S-2.1-02", "payloads that end in dots"},
	{"sappC-01-additional-examples-4", "S-2.9-02", "a digit of a UUID in upper case"},
	{"sappC-03-additional-examples-2", "S-2.9-02", "a digit of a UUID in upper case"},
	{"sappC-07", "S-2.1-02", "a payload that ends in dots"},
	{"s8.2-01", "S-4.7-00 S-3.2-02", "an indicator without pattern_type"},
	{"s9.5-01", "S-4.14-00 S-3.2-02", "observed-data without created, modified and spec_version"},
	{"s9.6.4-01", "S-3.2-01 S-3.3-01", "a fragment"},
	{"sappC-09", "S-3.2-20", "an extension_type with an underscore"},
}

func TestSpecExamplesAreRight(t *testing.T) {
	r := newReader(t)
	objects := 0
	documents(t, corpus(t, "spec-examples"), func(path string, d stix.Document) {
		if strings.Contains(filepath.ToSlash(path), "/fragments/") || filepath.Base(path) == "index.json" {
			return
		}
		objects += len(d.Objects)
		for _, f := range findingsOf(r, &d) {
			known := slices.ContainsFunc(slips, func(s struct{ path, codes, why string }) bool {
				return strings.HasPrefix(filepath.Base(path), s.path) && slices.Contains(strings.Fields(s.codes), f.Code)
			})
			assert.True(t, known || f.Severity == stix.Warning, "%s: %v", filepath.Base(path), f)
		}
	})
	assert.Greater(t, objects, 150)
}

// findingsOf are all findings about a document: as a bundle, of each object, and of those that are
// accepted beside each other.
func findingsOf(r *stix.Reader, d *stix.Document) []stix.Finding {
	all := r.CheckBundle(d)
	var objects []stix.Object
	for _, raw := range d.Objects {
		o, findings := r.Read(raw)
		all = append(all, findings...)
		if _, rejected := stix.Rejects(findings); !rejected {
			objects = append(objects, o)
		}
	}
	for _, findings := range r.CheckTogether(objects) {
		all = append(all, findings...)
	}
	return all
}

// codesOf are the codes of all errors in a document; "document" where it cannot be read at all.
func codesOf(t testing.TB, r *stix.Reader, path string) (codes []string) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	d, err := stix.ReadDocument(data)
	if err != nil {
		return []string{"document"}
	}
	for _, f := range findingsOf(r, &d) {
		if f.Severity == stix.Error {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// Every code that the reader may give is a row of the requirements.
func TestCodesAreRequirements(t *testing.T) {
	rows, err := os.ReadFile(filepath.Join("..", "..", "shared", "stix", "requirements.md"))
	if err != nil {
		t.Skipf("the requirements are not here: %v", err)
	}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	code := regexp.MustCompile(`"(S-[0-9A-Z][0-9A-Za-z.]*-\d+)"`)
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range code.FindAllSubmatch(src, -1) {
			found++
			assert.Regexp(t, `(?m)^\| `+regexp.QuoteMeta(string(m[1]))+` \||^\*\*`+regexp.QuoteMeta(string(m[1]))+`\*\*`, string(rows), file)
		}
	}
	assert.Greater(t, found, 60)
}
