package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the samples below are made of: one that is valid without a warning but for its creator's
// name, one that a tolerance lets in, and one that nothing does.
var (
	soundObject    = sample(1, "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z")
	forgivenObject = sample(2, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z")
	brokenObject   = sample(3, "2026-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000Z")
)

func sample(i int, created, modified string) string {
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
	return `{"type":"identity","spec_version":"2.1","id":"identity--` + id + `","created_by_ref":"identity--` + id +
		`","created":"` + created + `","modified":"` + modified + `","name":"é","identity_class":"organization"}`
}

func bundleOf(objects ...string) string {
	return `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[` + strings.Join(objects, ",") + `]}`
}

// verdicts reads strictly what validate --json printed.
func verdicts(t testing.TB, r result) (list []verdict) {
	t.Helper()
	for line := range strings.Lines(r.out) {
		var v verdict
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(&v), line)
		require.NotNil(t, v.Errors, "a list, not null: %s", line)
		require.NotNil(t, v.Warnings, "a list, not null: %s", line)
		require.Equal(t, v.Valid, len(v.Errors) == 0)
		list = append(list, v)
	}
	return list
}

// told are findings as pointer, code and, where they have one, tolerance and line.
func told(fs []finding) (list []string) {
	for _, f := range fs {
		s := f.Pointer + " " + f.Code
		if f.Tolerance != "" {
			s += " " + f.Tolerance
		}
		if f.Line > 0 {
			s += fmt.Sprintf(" line %d", f.Line)
		}
		list = append(list, s)
	}
	return list
}

func TestValidateForms(t *testing.T) {
	const forgiven = "S-3.2-04 timestamp-precision"
	all := []string{soundObject, forgivenObject, brokenObject}
	for _, row := range []struct {
		name, content    string
		objects          int
		errors, warnings []string
	}{
		{"one object", soundObject, 1, nil, nil},
		{"one object that is forgiven", forgivenObject, 1, nil, []string{"/created " + forgiven}},
		{"one object that is broken", "\n " + brokenObject + "\n", 1, []string{"/modified S-3.2-06"}, nil},
		{"a bundle", bundleOf(all...), 3, []string{"/objects/2/modified S-3.2-06"}, []string{"/objects/1/created " + forgiven}},
		{"an envelope", `{"more":false,"objects":[` + strings.Join(all, ",") + `]}`, 3, []string{"/objects/2/modified S-3.2-06"}, []string{"/objects/1/created " + forgiven}},
		{"a list", "[" + strings.Join(all, ",") + "]", 3, []string{"/2/modified S-3.2-06"}, []string{"/1/created " + forgiven}},
		{"lines", strings.Join(all, "\n") + "\n", 3, []string{"/2/modified S-3.2-06 line 3"}, []string{"/1/created " + forgiven + " line 2"}},
		{"lines with blank ones and carriage returns", "\r\n" + strings.Join(all, "\r\n\r\n"), 3, []string{"/2/modified S-3.2-06 line 6"}, []string{"/1/created " + forgiven + " line 4"}},
		{"objects over several lines", strings.ReplaceAll(strings.Join(all, "\n"), `,"`, ",\n\""), 3, []string{"/2/modified S-3.2-06 line 17"}, []string{"/1/created " + forgiven + " line 9"}},
		{"lines, one of which is no JSON", soundObject + "\n{\"type\":\n" + brokenObject + "\nhello", 4, []string{"/1/type J-syntax line 2", "/2/modified S-3.2-06 line 3", "/3 J-syntax line 4"}, nil},
		{"a bundle whose id is none (S-8-01)", strings.Replace(bundleOf(brokenObject), "bundle--", "x--", 1), 1, []string{"/id S-8-01", "/objects/0/modified S-3.2-06"}, nil},
		{"a bundle without objects (S-8-02)", `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000"}`, 0, nil, []string{" J-object"}},
		{"a bundle with an empty list (S-8-02)", bundleOf(), 0, []string{"/objects S-8-02"}, []string{" J-object"}},
		{"an envelope without objects (TAXII 2.1 §3.7)", `{"more":false}`, 0, nil, []string{" J-object"}},
		{"an envelope with an empty list (TAXII 2.1 §2)", `{"more":false,"objects":[]}`, 0, []string{" J-object"}, nil},
		{"nothing at all", "{}", 0, []string{" J-object"}, nil},
		{"an empty list", "[]", 0, []string{" J-object"}, nil},
		{"two versions that do not fit (S-3.2-05)", bundleOf(brokenObject, soundObject, sample(1, "2026-02-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z")), 3, []string{"/objects/0/modified S-3.2-06"}, []string{"/objects/2/created S-3.2-05 version-history"}},
		{"a list of numbers", "[1,2]", 2, []string{"/0 J-object", "/1 J-object"}, nil},
		{"a bundle with an element that is no JSON", bundleOf(soundObject, "{oops}"), 2, []string{"/objects/1 J-syntax"}, nil},
		{"an object that is not UTF-8 (S-2.15-01)", strings.Replace(soundObject, "é", "\xff", 1), 1, []string{"/name S-2.15-01"}, nil},
		{"an empty file", "", 0, []string{" J-syntax line 1"}, nil},
		{"white space", " \n \n", 0, []string{" J-syntax line 3"}, nil},
		{"a number", "7", 0, []string{" J-syntax line 1"}, nil},
		{"a string", `"` + "x" + `"`, 0, []string{" J-syntax line 1"}, nil},
		{"no JSON", "hello\n", 0, []string{" J-syntax line 1"}, nil},
		{"a bundle that is cut off", "{\"type\":\"bundle\",\n\"objects\":[" + soundObject, 0, []string{" J-syntax line 2"}, nil},
		{"UTF-16", "{\x00}\x00", 0, []string{" J-syntax line 1"}, nil},
		{"a byte order mark", "\xef\xbb\xbf" + soundObject, 0, []string{" J-syntax line 1"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := file(t, "x.json", row.content)
			code := exitDone
			if len(row.errors) > 0 {
				code = exitFailed
			}
			r := entente(t, "validate", "--json", path)
			assert.Equal(t, code, r.code)
			assert.Empty(t, r.err)
			v := verdicts(t, r)
			require.Len(t, v, 1)
			assert.Equal(t, path, v[0].File)
			assert.Equal(t, row.objects, v[0].Objects)
			assert.Equal(t, row.errors, told(v[0].Errors))
			assert.Equal(t, row.warnings, told(v[0].Warnings))

			stdin := ententeWith(t, row.content, "validate", "--json", "-")
			assert.Equal(t, code, stdin.code)
			assert.Equal(t, strings.Replace(r.out, path, "-", 1), stdin.out, "standard input is read alike")

			table := entente(t, "validate", path)
			assert.Equal(t, code, table.code)
			assert.Empty(t, table.err)
		})
	}
}

// The form that programs read, to the byte; what is added later stands after these members.
func TestValidateJSONForm(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.WriteFile("x.json", []byte(bundleOf(soundObject, forgivenObject)), 0o600))
	r := entente(t, "validate", "--json", "--strict", "x.json")
	assert.Equal(t, `{"file":"x.json","valid":false,"objects":2,"errors":[{"pointer":"/objects/1/created","code":"S-3.2-04",`+
		`"message":"created and modified have at least three fraction digits, as in 2026-01-31T12:00:00.000Z",`+
		`"value":"2026-01-01T00:00:00Z","type":"identity","id":"identity--00000000-0000-4000-8000-000000000002"}],"warnings":[]}`+"\n", r.out)
	r = entente(t, "validate", "--json", "--strict", file(t, "x.json", `{"type":"bundle"} <`))
	assert.Contains(t, r.out, `"errors":[{"pointer":"","code":"J-syntax","message":"byte 18: something follows the document`)
}

func TestValidateForgives(t *testing.T) {
	path := file(t, "x.json", forgivenObject)
	for _, row := range []struct {
		name string
		args []string
		code int
	}{
		{"what a node forgives", nil, exitDone},
		{"nothing", []string{"--strict"}, exitFailed},
		{"nothing, by an empty list", []string{"--tolerate="}, exitFailed},
		{"this", []string{"--tolerate", "timestamp-precision"}, exitDone},
		{"this among others", []string{"--tolerate", "hex-case,timestamp-precision"}, exitDone},
		{"something else", []string{"--tolerate", "hex-case"}, exitFailed},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := entente(t, append([]string{"validate", "--json", path}, row.args...)...)
			assert.Equal(t, row.code, r.code)
			v := verdicts(t, r)[0]
			fs, tolerance := v.Errors, ""
			if row.code == exitDone {
				fs, tolerance = v.Warnings, "timestamp-precision"
			}
			require.Len(t, fs, 1)
			assert.Equal(t, "S-3.2-04", fs[0].Code)
			assert.Equal(t, tolerance, fs[0].Tolerance)
		})
	}
}

func TestValidateMisuse(t *testing.T) {
	for _, row := range []struct{ name, args, want string }{
		{"no file", "validate", "name the files to check"},
		{"a flag that is none", "validate --strikt x", "unknown flag: --strikt; see `entente validate --help`"},
		{"standard input twice", "validate - -", "can be read once"},
		{"a tolerance that is none", "validate --tolerate timestamp x", `--tolerate: "timestamp" is not a tolerance; known are timestamp-precision, `},
		{"strict and not", "validate --strict --tolerate hex-case x", "use one"},
		{"strict patterns", "validate --strict --patterns x", "leave them out with --patterns"},
		{"a file that is not there", "validate DIR/x.json", "entente: DIR/x.json: there is no such file\n"},
		{"patterns that are not there", "validate --patterns DIR/x.txt", "entente: DIR/x.txt: there is no such file\n"},
		{"a folder without files", "validate DIR", "entente: DIR: no .json, .jsonl or .ndjson file is in this folder\n"},
		{"a folder of patterns", "validate --patterns DIR", "entente: DIR: is a directory\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			r := entente(t, strings.Fields(strings.ReplaceAll(row.args, "DIR", dir))...)
			assert.Equal(t, exitMisuse, r.code)
			assert.Contains(t, r.err, strings.ReplaceAll(row.want, "DIR", dir))
			assert.Empty(t, r.out)
		})
	}
}

func TestValidateHelp(t *testing.T) {
	r := entente(t, "validate", "--help")
	assert.Equal(t, exitDone, r.code)
	for _, said := range []string{".ndjson", "Exit codes", "--strict", "--patterns", "--tolerate", "--warnings"} {
		assert.Contains(t, r.out, said)
	}
	for line := range strings.Lines(r.out) {
		assert.LessOrEqual(t, len([]rune(line)), 120, line)
	}
	assert.Contains(t, entente(t, "__complete", "validate", "--tolerate", "time").out, "timestamp-precision\n")
}

func TestValidateGoesOnWithoutAFile(t *testing.T) {
	dir := t.TempDir()
	good, none, bad := file(t, "good.json", soundObject), filepath.Join(dir, "none.json"), file(t, "bad.json", brokenObject)
	r := entente(t, "validate", "--json", good, none, dir, bad)
	assert.Equal(t, exitMisuse, r.code, "not being able to tell weighs more than telling")
	assert.Equal(t, "entente: "+none+": there is no such file\nentente: "+dir+": no .json, .jsonl or .ndjson file is in this folder\n", r.err)
	v := verdicts(t, r)
	require.Len(t, v, 4)
	assert.Equal(t, []any{good, true, bad, false}, []any{v[0].File, v[0].Valid, v[3].File, v[3].Valid})
	assert.Equal(t, `{"file":"`+none+`","valid":false,"objects":0,"errors":[{"pointer":"","code":"J-file","message":"there is no such file"}],"warnings":[]}`,
		strings.Split(r.out, "\n")[1])
	assert.Equal(t, []string{" J-file"}, told(v[2].Errors))

	table := entente(t, "validate", good, none)
	assert.Equal(t, exitMisuse, table.code)
	assert.NotContains(t, table.out, none, "a table is of what was checked")
}

func TestValidateFolder(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "b", "c"), 0o700))
	for _, name := range []string{"z.json", "a.JSON", "b/x.ndjson", "b/c/y.jsonl", "b/readme.md", "b/c/json"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(soundObject), 0o600))
	}
	r := entente(t, "validate", "--json", dir)
	assert.Equal(t, exitDone, r.code, r.out)
	var names []string
	for _, v := range verdicts(t, r) {
		names = append(names, strings.TrimPrefix(v.File, dir+"/"))
	}
	assert.Equal(t, []string{"a.JSON", "b/c/y.jsonl", "b/x.ndjson", "z.json"}, names)
}

// Many files are checked at once and reported in order, whatever their size.
func TestValidateManyFiles(t *testing.T) {
	const files = 300
	dir := t.TempDir()
	for i := range files {
		objects := make([]string, 1+i%7*100)
		for k := range objects {
			objects[k] = sample(k, "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z")
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.json", i)), []byte(bundleOf(objects...)), 0o600))
	}
	r := entente(t, "validate", "--json", dir)
	assert.Equal(t, exitDone, r.code)
	v := verdicts(t, r)
	require.Len(t, v, files)
	for i := range v {
		assert.Equal(t, filepath.Join(dir, fmt.Sprintf("%03d.json", i)), v[i].File)
		assert.Equal(t, 1+i%7*100, v[i].Objects)
	}
}

// Objects are checked in parts, side by side; every finding stands at its own place, in order.
func TestValidateManyObjects(t *testing.T) {
	var lines strings.Builder
	var want []string
	for i := range 3000 {
		modified := "2026-01-01T00:00:00.000Z"
		if i%10 == 3 {
			modified = "2025-01-01T00:00:00.000Z"
			want = append(want, fmt.Sprintf("/%d/modified S-3.2-06 line %d", i, i+1))
		}
		fmt.Fprintln(&lines, sample(i, "2026-01-01T00:00:00.000Z", modified))
	}
	v := verdicts(t, ententeWith(t, lines.String(), "validate", "--json", "-"))[0]
	assert.Equal(t, 3000, v.Objects)
	assert.Equal(t, want, told(v.Errors))
}

func TestValidateHugeLine(t *testing.T) {
	huge := strings.Replace(soundObject, "é", strings.Repeat("é", 10<<20), 1)
	v := verdicts(t, ententeWith(t, huge+"\n"+brokenObject, "validate", "--json", "-"))[0]
	assert.Equal(t, 2, v.Objects)
	assert.Equal(t, []string{"/1/modified S-3.2-06 line 2"}, told(v.Errors))
}

func TestValidateInterrupted(t *testing.T) {
	path := file(t, "x.json", soundObject)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"validate", path}, {"validate", "--patterns", path}} {
		var out, stderr bytes.Buffer
		assert.Equal(t, exitFailed, run(ctx, args, nil, &out, &stderr))
		assert.Contains(t, stderr.String(), "entente: interrupted; ")
		assert.Empty(t, out.String(), "nothing is said of what was not checked")
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: errors.New("no space left on device")}
}

func TestValidateCannotPrint(t *testing.T) {
	path := file(t, "x.json", soundObject)
	for _, args := range [][]string{{"validate", path}, {"validate", "--quiet", path, path}, {"validate", "--json", path}, {"validate", "--patterns", path}} {
		var stderr bytes.Buffer
		assert.Equal(t, exitMisuse, run(t.Context(), args, nil, fullDisk{}, &stderr), args)
		assert.Equal(t, "entente: the results cannot be written: no space left on device\n", stderr.String(), args)
	}
}
