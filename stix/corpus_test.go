package stix_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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
	{"feeds/ti-feed-static-taxii/", "S-3.2-01", "TAXII resources, not objects"},
	{"extensions/dogesec/automodel_generated__examples__properties__vulnerability", "S-4.19-01", "its CVE is called CVE-XXX-XXXX"},
	{"feeds/oca-iob/apl_reference_implementation_bundle__revision_0", "S-", "a first draft: ids that are not their type's, spec_version a number, references that are empty"},
}

func TestCorpusIsAccepted(t *testing.T) {
	for _, folder := range []string{"valid", "warn", "attack", "advisories", "feeds", "extensions", "incident"} {
		t.Run(folder, func(t *testing.T) {
			dir := corpus(t, folder)
			r := newReader(t, stix.DefaultTolerances()...)
			objects, excepted := 0, 0
			tolerated := map[string]int{}
			documents(t, dir, func(path string, d stix.Document) {
				for _, raw := range d.Objects {
					objects++
					_, findings := r.Read(raw)
					for _, f := range findings {
						tolerated[f.Tolerance]++
					}
					if f, rejected := stix.Rejects(findings); rejected {
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

// owned tells which of the invalid cases the checks of this package must reject by now, by what
// the case says is broken, and with which codes.
var owned = []struct{ section, reason, codes string }{
	{``, `^(created|modified) = .* is not a valid RFC 3339`, `^S-2\.16-01$`},
	{`^3\.2`, `modified is earlier than created`, `^S-3\.2-06$`},
	{`^3\.2$`, `(created|modified) has .*(precision|digits)`, `^S-3\.2-04$`},
	{`^[34567]\.`, `^(object|custom SDO|sighting|[a-z0-9-]+) lacks required (type|id|spec_version|created|modified|name|context|object_refs|pattern|pattern_type|valid_from|is_family|product|opinion|last_observed|relationship_type|target_ref|source_ref|sighting_of_ref|object_ref|contents|created_by_ref|schema|extension_types|number|path|value|is_multipart|protocols)`, `^S-(3\.2-0[12]|11\.2-01|7\.3-10|3\.3-01|[4567]\.\d+-00)$`},
	{`^2\.9$`, `.`, `^S-2\.9-0[12]$`},
	{`^4\.|^5\.`, `'id': must start with|does not equal the id prefix`, `^S-2\.9-0[12]$`},
	{`^3\.2`, `created_by_ref`, `^S-(2\.9-01|3\.2-03)$`},
	{`^3\.2|^4\.11$`, `object_marking_refs (entry|target|points)`, `^S-(2\.9-0[12]|3\.2-15)$`},
	{`^3\.2$`, `marks itself|refers to itself`, `^S-3\.2-16$`},
	{`^3\.2`, `confidence`, `^S-3\.2-11$`},
	{`^2\.2$|^4\.7$`, `revoked is`, `^S-2\.2-01$`},
	{`^3\.2$`, `^(spec_version|lang|external_references|extensions) `, `^S-(3\.2-02|3\.2-13|2\.12-01|3\.2-19)$`},
	{`^2\.`, `^empty (list|dictionary)$`, `^S-(2\.12-01|2\.3-05)$`},
	{`^7\.2`, `.`, `^S-(7\.2|3\.2-16|2\.12)`},
	{`^8`, `bundle inside a bundle`, `^S-8-02$`},
	{`^2\.3$`, `duplicate JSON key`, `^S-2\.3-08$`},
	{`^2\.15$`, `not UTF-8`, `^S-2\.15-01$`},
	{`^2\.6$`, `NaN`, `^J-syntax$`},
	{`^12\.1`, `.`, `^document$`},
}

// notYet are cases that fall into a line above, but need rules of single types.
var notYet = regexp.MustCompile(`^(indicator-empty-list|indicator-extension-type-bad|file-hashes-empty|file-invalid|indicator-external-ref|attack-pattern-(external|kill)|my-favorite-sdo)`)

func TestCorpusInvalidIsRejected(t *testing.T) {
	dir := corpus(t, "invalid")
	var cases []struct{ File, Reason, Spec string }
	data, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &cases))
	strict := newReader(t)
	rejected, ours := 0, 0
	for _, c := range cases {
		codes := codesOf(t, strict, filepath.Join(dir, c.File))
		if len(codes) > 0 {
			rejected++
		}
		for _, o := range owned {
			if !regexp.MustCompile(o.section).MatchString(c.Spec) || !regexp.MustCompile(o.reason).MatchString(c.Reason) || notYet.MatchString(c.File) {
				continue
			}
			ours++
			wanted := false
			for _, code := range codes {
				wanted = wanted || regexp.MustCompile(o.codes).MatchString(code)
			}
			assert.True(t, wanted, "%s (%s: %s): %v, not %s", c.File, c.Spec, c.Reason, codes, o.codes)
		}
	}
	t.Logf("%d of %d cases are rejected; %d of them had to be", rejected, len(cases), ours)
	assert.GreaterOrEqual(t, rejected, 186)
	assert.GreaterOrEqual(t, ours, 150)
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
	for _, raw := range d.Objects {
		_, findings := r.Read(raw)
		for _, f := range findings {
			if f.Severity == stix.Error {
				codes = append(codes, f.Code)
			}
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
