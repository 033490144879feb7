package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// report is what publish --json prints.
type report struct {
	Files              []published
	Accepted, Rejected int
}

func TestPublishForms(t *testing.T) {
	n := initNode(t, "--http").serve(t)
	a, b := indicator(1), indicator(2)
	for i, row := range []struct{ name, content string }{
		{"a bundle", `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[` + a + `,` + b + `]}`},
		{"an envelope", `{"more":false,"objects":[` + a + "," + b + `]}`},
		{"a list", "[" + a + "\n," + b + "]"},
		{"lines", a + "\n\n" + b},
		{"lines with carriage returns", a + "\r\n" + b + "\r\n"},
		{"objects over several lines", strings.ReplaceAll(a, ",", ",\n") + "\n" + strings.ReplaceAll(b, ",", ",\n")},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := file(t, fmt.Sprintf("%d.json", i), row.content)
			r := n.entente("publish", "--json", path)
			require.Equal(t, exitDone, r.code, r.err)
			assert.Empty(t, r.err, "no bar where there is no terminal")
			assert.Equal(t, report{Accepted: 2, Files: []published{{File: path, Objects: 2, Accepted: 2, Failures: decode[report](t, r).Files[0].Failures}}}, decode[report](t, r))
			assert.Len(t, n.objects(n.Admin.Token, "publish"), 2, "the same again is the same object")
		})
	}
	r := ententeWith(t, indicator(3), "publish", "-", "-c", n.Config)
	require.Equal(t, exitDone, r.code, r.err)
	assert.Equal(t, "-: 1 objects, 1 accepted, 0 rejected\n", r.out)
	assert.Equal(t, []string{a, b, indicator(3)}, n.objects(n.Admin.Token, "publish"))
}

func TestPublishFaults(t *testing.T) {
	n := initNode(t, "--http").serve(t)
	for _, row := range []struct{ name, content, want string }{
		{"an empty file", "", "the file is empty"},
		{"white space", " \n ", "the file is empty"},
		{"no JSON", "hello", "no STIX can be read here: byte 0: a document is an object"},
		{"a bundle that is cut off", `{"type":"bundle","objects":[` + indicator(1), "a comma or a closing bracket is missing"},
		{"a byte order mark", "\xef\xbb\xbf{}", "byte order mark"},
		{"a bundle of nothing", `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000"}`, "the bundle holds no objects"},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := file(t, "x.json", row.content)
			r := n.entente("publish", path)
			assert.Equal(t, exitFailed, r.code)
			assert.Contains(t, r.err, "entente: "+path+": ")
			assert.Contains(t, r.err, row.want)
		})
	}
	dir := t.TempDir()
	assert.Contains(t, n.entente("publish", dir).err, dir+": this is a folder; name the files in it")
	assert.Contains(t, n.entente("publish", filepath.Join(dir, "x")).err, "there is no such file")
	assert.Contains(t, n.entente("publish", file(t, "x.json", indicator(1)), "--source", "nobody").err, `source "nobody", with `+"`via: cli`")
	assert.Empty(t, n.objects(n.Admin.Token, "publish"), "nothing of it came in")
}

// One broken object fails alone, with the place and the reason (ADV-47).
func TestPublishRejects(t *testing.T) {
	n := initNode(t, "--http").serve(t)
	broken := []string{
		strings.Replace(indicator(1), `"modified":"2026-01-01T00:00:00.000Z"`, `"modified":"yesterday"`, 1),
		`{"type":"indicator","id":}`,
		strings.Replace(indicator(2), "é", "\xff", 1),
	}
	path := file(t, "x.ndjson", strings.Join([]string{indicator(3), broken[0], broken[1], indicator(4), broken[2]}, "\n"))
	r := n.entente("publish", path)
	assert.Equal(t, exitFailed, r.code)
	assert.Equal(t, path+": 5 objects, 2 accepted, 3 rejected\n", r.out)
	assert.Contains(t, r.err, path+": indicator--00000000-0000-4000-8000-000000000001: /modified: ")
	assert.Contains(t, r.err, "entente: 3 of 5 objects were rejected\n")
	assert.Equal(t, []string{indicator(3), indicator(4)}, n.objects(n.Admin.Token, "publish"))

	r = n.entente("publish", "--json", path)
	assert.Equal(t, exitFailed, r.code, "also when it is known already")
	got := decode[report](t, r)
	assert.Equal(t, 2, got.Accepted)
	assert.Equal(t, 3, got.Rejected)
	require.Len(t, got.Files[0].Failures, 3)
	assert.Equal(t, "indicator--00000000-0000-4000-8000-000000000001", got.Files[0].Failures[0].ID)
	assert.Contains(t, got.Files[0].Failures[0].Message, "/modified: ")
}

// What others refer to goes first, whatever its place in the file.
func TestPublishOrder(t *testing.T) {
	n := initNode(t, "--http").serve(t)
	author := `{"type":"identity","spec_version":"2.1","id":"identity--00000000-0000-4000-8000-000000000009","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"A"}`
	statement := `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--00000000-0000-4000-8000-000000000009","created":"2026-01-01T00:00:00.000Z","definition_type":"statement","definition":{"statement":"ours"}}`
	objects := []string{indicator(1), author, indicator(2), statement}
	want := []string{statement, author, indicator(1), indicator(2)}
	for name, content := range map[string]string{"lines": strings.Join(objects, "\n"), "list": "[" + strings.Join(objects, ",") + "]"} {
		r := n.entente("publish", "--batch", "1", file(t, name, content))
		require.Equal(t, exitDone, r.code, r.err)
		assert.Equal(t, want, n.objects(n.Admin.Token, "publish"), name)
	}
}

// --tlp marks what is ours and unmarked, and changes nothing else (P-2).
func TestPublishTLP(t *testing.T) {
	n := initNode(t, "--http").serve(t)
	const amber, green = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
	marked := strings.Replace(indicator(2), `"x_n":`, `"object_marking_refs":["`+green+`"],"x_n":`, 1)
	foreign := strings.Replace(indicator(3), `"x_n":`, `"created_by_ref":"identity--00000000-0000-4000-8000-000000000009","x_n":`, 1)
	r := n.entente("publish", "--tlp", "amber", file(t, "x", strings.Join([]string{indicator(1), marked, foreign}, "\n")))
	require.Equal(t, exitDone, r.code, r.err)
	got := n.objects(n.Admin.Token, "publish")
	assert.Equal(t, strings.TrimSuffix(indicator(1), "}")+`,"object_marking_refs":["`+amber+`"]}`, got[0])
	assert.Equal(t, []string{marked, foreign}, got[1:], "as they were")
}

// A pinned source brings in what is its own, and only where its file says so (P-5).
func TestPublishSource(t *testing.T) {
	m := initNode(t, "--http")
	file1 := filepath.Join(m.Dir, "policy/sources/elsewhere.yaml")
	require.NoError(t, os.WriteFile(file1, []byte("source: elsewhere\nidentities:\n  - identity--00000000-0000-4000-8000-000000000007\nvia:\n  - account:misp\n"), 0o600))
	n := m.serve(t)
	of := func(i int, creator string) string {
		return strings.Replace(indicator(i), `"x_n":`, `"created_by_ref":"`+creator+`","x_n":`, 1)
	}
	const mitre = "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"
	path := file(t, "attack.ndjson", strings.Join([]string{of(1, mitre), indicator(2), of(3, "identity--00000000-0000-4000-8000-000000000009")}, "\n"))
	r := n.entente("publish", "--source", "mitre-attack", path)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, "indicator--00000000-0000-4000-8000-000000000003: created by identity--00000000-0000-4000-8000-000000000009, who is not the source mitre-attack")
	assert.Equal(t, []string{of(1, mitre), indicator(2)}, n.objects(n.Admin.Token, "publish"))

	r = n.entente("publish", "--source", "elsewhere", path)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, "via: cli")
}

// The node dies in the middle, is started again, and the same command goes on: nothing is lost,
// and nothing is there twice (I-3, I-5).
func TestPublishResumes(t *testing.T) {
	m := initNode(t, "--http")
	n := m.spawn(t)
	const total, batch = 4000, 50
	path := file(t, "feed.ndjson", strings.Join(indicators(total), "\n"))
	args := []string{"publish", path, "--json", "--batch", fmt.Sprint(batch), "-c", m.Config}
	first := make(chan result, 1)
	go func() { first <- entente(t, args...) }()
	n.log.wait(t, "action=publish", 10)
	n.kill()
	r := <-first
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, path+": ")

	n = m.serve(t)
	r = entente(t, args...)
	require.Equal(t, exitDone, r.code, r.err)
	got := decode[report](t, r).Files[0]
	assert.GreaterOrEqual(t, got.ResumedAt, 10*batch, "what was acknowledged is durable")
	assert.Less(t, got.ResumedAt, total, "it was killed in the middle")
	assert.Equal(t, total-got.ResumedAt, got.Accepted)
	assert.Equal(t, indicators(total), n.objects(m.Admin.Token, "publish"))

	got = decode[report](t, entente(t, args...)).Files[0]
	assert.Zero(t, got.ResumedAt, "what is done can be done again")
	assert.Equal(t, total, got.Accepted)
	assert.Len(t, n.objects(m.Admin.Token, "publish"), total)
}

// Ctrl-C says how to go on, and what was withdrawn meanwhile comes back only when it is sent again.
func TestPublishInterrupted(t *testing.T) {
	n := initNode(t, "--http").serve(t)
	path := file(t, "feed.ndjson", strings.Join(indicators(2000), "\n"))
	args := []string{"publish", path, "--batch", "10", "-c", n.Config}
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan result, 1)
	go func() {
		var out, err bytes.Buffer
		code := run(ctx, args, nil, &out, &err)
		ended <- result{code, out.String(), err.String()}
	}()
	n.log.wait(t, "action=publish", 5)
	interrupt()
	r := <-ended
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, "interrupted; what was sent is published: run the same command again to go on")

	first := "indicator--00000000-0000-4000-8000-000000000000"
	require.Equal(t, http.StatusOK, n.call(http.MethodDelete, n.Admin.Token, "collections/publish/objects/"+first+"/", "").status)
	r = entente(t, args...)
	require.Equal(t, exitDone, r.code, r.err)
	assert.Contains(t, r.out, "published earlier")
	assert.Equal(t, indicators(2000)[1:], n.objects(n.Admin.Token, "publish"))

	require.Equal(t, exitDone, entente(t, args...).code)
	assert.Equal(t, append(indicators(2000)[1:], indicator(0)), n.objects(n.Admin.Token, "publish"), "sent again, it is visible again, and new")
}
