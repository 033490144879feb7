package stix_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// verdict is what testdata/differential/oracles.py prints for one object.
type verdict struct {
	File      string `json:"file"`
	Index     int    `json:"index"`
	Validator struct {
		Valid  bool     `json:"valid"`
		Errors []string `json:"errors"`
	} `json:"validator"`
	Python struct {
		Valid bool   `json:"valid"`
		Error string `json:"error"`
	} `json:"python"`
}

const (
	bundleItself  = -1 // a bundle without its objects
	wholeDocument = -2 // an oracle could not read it
)

// refusals are the messages of one oracle; none when it accepts.
func (v verdict) refusals(oracle string) []string {
	switch {
	case oracle == "validator" && !v.Validator.Valid:
		return v.Validator.Errors
	case oracle == "python" && !v.Python.Valid:
		return []string{v.Python.Error}
	}
	return nil
}

// difference is one kind of disagreement that the text decides for us: a line of differences.tsv.
type difference struct {
	oracle  string
	code    *regexp.Regexp // what we say; nil when we accept
	message *regexp.Regexp // what the oracle says; nil when it accepts
	line    int
	used    int
}

func TestDifferential(t *testing.T) {
	python := pythonWith(t, "stix2validator")
	t.Run("subset", func(t *testing.T) {
		compareWithOracles(t, python, []string{"testdata/differential/oasis.jsonl"}, 0)
	})
	t.Run("corpus", func(t *testing.T) {
		if testing.Short() {
			t.Skip("eight thousand objects, a minute")
		}
		for _, d := range compareWithOracles(t, python, corpusFiles(t), 60) {
			assert.NotZero(t, d.used, "differences.tsv:%d: nothing differs like this any more", d.line)
		}
	})
}

// compareWithOracles judges objects strictly and by the oracles, at most so many of each file if most
// is not 0. Every disagreement must be a known difference; these are returned with the number of
// objects that showed them.
func compareWithOracles(t *testing.T, python string, files []string, most int) []difference {
	t.Helper()
	known := readDifferences(t)
	unknown := map[string][]string{}
	objects, agreed := 0, map[string]int{}
	judge := newJudge(t)
	for _, v := range askOracles(t, python, files, most) {
		ours := judge.codes(v)
		objects++
		for _, oracle := range []string{"validator", "python"} {
			theirs := v.refusals(oracle)
			if (len(ours) == 0) == (len(theirs) == 0) {
				agreed[oracle]++
				continue
			}
			for _, kind := range explain(known, oracle, ours, theirs) {
				unknown[kind] = append(unknown[kind], fmt.Sprintf("%s#%d", v.File, v.Index))
			}
		}
	}
	t.Logf("%d objects; verdicts equal to stix2-validator's: %d, to python-stix2's: %d", objects, agreed["validator"], agreed["python"])
	for _, d := range known {
		t.Logf("differences.tsv:%d: %d objects", d.line, d.used)
	}
	for _, kind := range slices.Sorted(maps.Keys(unknown)) {
		t.Errorf("%s: %d objects, as %s", kind, len(unknown[kind]), unknown[kind][0])
	}
	return known
}

// explain counts a disagreement at every known difference that it shows, and returns the kinds that
// are not known: our codes where the oracle accepts, its messages where we do.
func explain(known []difference, oracle string, ours, theirs []string) (unknown []string) {
	said := slices.Concat(ours, theirs) // one of them is empty
	used := map[int]bool{}
	for _, what := range said {
		found := false
		for i, d := range known {
			re := d.code
			if len(ours) == 0 {
				re = d.message
			}
			if d.oracle == oracle && re != nil && re.MatchString(what) {
				found, used[i] = true, true
			}
		}
		if !found && len(ours) == 0 {
			unknown = append(unknown, fmt.Sprintf("we accept, %s says %.300q", oracle, what))
		} else if !found {
			unknown = append(unknown, fmt.Sprintf("%s accepts, we say %s", oracle, what))
		}
	}
	for i := range used {
		known[i].used++
	}
	return unknown
}

// readDifferences reads the lines of differences.tsv; its header says what the columns are.
func readDifferences(t *testing.T) (all []difference) {
	t.Helper()
	data, err := os.ReadFile("testdata/differential/differences.tsv")
	require.NoError(t, err)
	pattern := func(column, anchor string) *regexp.Regexp {
		if column == "-" {
			return nil
		}
		return regexp.MustCompile(fmt.Sprintf(anchor, column))
	}
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n")[1:] {
		c := strings.Split(line, "\t")
		require.Len(t, c, 6, "line %d", i+2)
		d := difference{oracle: c[0], code: pattern(c[1], `^(?:%s)$`), message: pattern(c[2], `%s`), line: i + 2}
		require.Contains(t, []string{"validator", "python"}, d.oracle, "line %d", d.line)
		require.True(t, (d.code == nil) != (d.message == nil), "line %d: one of us rejects", d.line)
		require.NotEmpty(t, c[3], "line %d: the section that decides", d.line)
		require.NotEmpty(t, c[4], "line %d: the rule that decides", d.line)
		_, err := strconv.Atoi(c[5])
		require.NoError(t, err, "line %d: how many were seen", d.line)
		all = append(all, d)
	}
	return all
}

// judge reads strictly the objects that the oracles were asked about.
type judge struct {
	t      *testing.T
	reader *stix.Reader
	file   string
	doc    stix.Document
	err    error
}

func newJudge(t *testing.T) *judge { return &judge{t: t, reader: newReader(t)} }

// codes are those of the errors in the object of a verdict; none when we accept it.
func (j *judge) codes(v verdict) []string {
	if j.file != v.File {
		data, err := os.ReadFile(v.File)
		require.NoError(j.t, err)
		j.file = v.File
		j.doc, j.err = stix.ReadDocument(data)
	}
	if j.err != nil {
		return []string{"document"}
	}
	switch v.Index {
	case bundleItself:
		return errorCodes(j.reader.CheckBundle(&j.doc))
	case wholeDocument:
		var codes []string
		for _, raw := range j.doc.Objects {
			_, findings := j.reader.Read(raw)
			codes = append(codes, errorCodes(findings)...)
		}
		return codes
	}
	require.Less(j.t, v.Index, len(j.doc.Objects), v.File)
	_, findings := j.reader.Read(j.doc.Objects[v.Index])
	return errorCodes(findings)
}

func errorCodes(findings []stix.Finding) (codes []string) {
	for _, f := range findings {
		if f.Severity == stix.Error && !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

func askOracles(t *testing.T, python string, files []string, most int) (all []verdict) {
	t.Helper()
	out := runOracles(t, python, files, "--most", strconv.Itoa(most))
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var v verdict
		require.NoError(t, json.Unmarshal(lines.Bytes(), &v))
		all = append(all, v)
	}
	require.NoError(t, lines.Err())
	require.NotEmpty(t, all)
	return all
}

func runOracles(t testing.TB, python string, files []string, flags ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), python, append([]string{"testdata/differential/oracles.py"}, flags...)...)
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	return out
}

// pythonWith is the interpreter that ENTENTE_PYTHON names, if it has the module.
func pythonWith(t testing.TB, module string) string {
	t.Helper()
	python := os.Getenv("ENTENTE_PYTHON")
	if python == "" || exec.CommandContext(t.Context(), python, "-c", "import "+module).Run() != nil {
		t.Skipf("ENTENTE_PYTHON names no Python with %s", module)
	}
	return python
}

// noSTIX are parts of the corpus in other formats.
var noSTIX = regexp.MustCompile(`/(misp|taxii|patterns)/|extracted-misp-events|/cases\.json$|spec-examples/index\.json$`)

func corpusFiles(t testing.TB) (files []string) {
	t.Helper()
	err := filepath.WalkDir(corpus(t, ""), func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".json") && !noSTIX.MatchString(filepath.ToSlash(path)) {
			files = append(files, path)
		}
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

// BenchmarkBesideValidator gives the same objects, 500 of ATT&CK if they are here, to stix2-validator and to our reader.
func BenchmarkBesideValidator(b *testing.B) {
	python := pythonWith(b, "stix2validator")
	path := filepath.Join("..", "..", "shared", "corpus", "attack", "mobile-attack-17.1.json")
	if _, err := os.Stat(path); err != nil {
		path = "testdata/oasis/apt1.json"
	}
	objects, _ := benchObjects(b, path)
	objects = objects[:min(len(objects), 500)]
	file := filepath.Join(b.TempDir(), "objects.jsonl")
	require.NoError(b, os.WriteFile(file, bytes.Join(objects, []byte("\n")), 0o600))
	var theirs struct {
		Objects int     `json:"objects"`
		Seconds float64 `json:"seconds"`
	}
	require.NoError(b, json.Unmarshal(runOracles(b, python, []string{file}, "--time"), &theirs))
	require.Equal(b, len(objects), theirs.Objects)

	r := newReader(b)
	b.SetBytes(int64(len(bytes.Join(objects, nil))))
	for b.Loop() {
		for _, o := range objects {
			r.Read(o)
		}
	}
	ours := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(theirs.Seconds*1e9/float64(theirs.Objects), "validator-ns/object")
	b.ReportMetric(ours*1e9/float64(len(objects)), "ns/object")
	b.ReportMetric(theirs.Seconds/ours, "times-faster")
}
