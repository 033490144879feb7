package stix_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

// BenchmarkRead reads and validates whole objects: those of ATT&CK, with long descriptions, and
// feeds of indicators, large and small.
func BenchmarkRead(b *testing.B) {
	for _, source := range []struct{ name, path string }{
		{"attack", "attack/mobile-attack-17.1.json"},
		{"indicators-1300B", "feeds/dogood-honeypot/2025-12-14.json"},
		{"indicators-370B", "feeds/amnesty/2021-07-18_nso__pegasus.stix2.json"},
		{"committed", ""},
	} {
		b.Run(source.name, func(b *testing.B) {
			path := "testdata/oasis/apt1.json"
			if source.path != "" {
				path = filepath.Join(corpus(b, "."), source.path)
			}
			benchmarkRead(b, path)
		})
	}
}

func benchmarkRead(b *testing.B, path string) {
	objects, size := benchObjects(b, path)
	r := newReader(b, stix.DefaultTolerances()...)
	b.ReportAllocs()
	b.SetBytes(int64(size))
	var ours, tokens time.Duration
	for b.Loop() {
		start := time.Now()
		for _, o := range objects {
			_, findings := r.Read(o)
			if f, rejected := stix.Rejects(findings); rejected {
				b.Fatal(f)
			}
		}
		ours += time.Since(start)
		b.StopTimer()
		start = time.Now()
		tokenise(b, objects)
		tokens += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(ours.Seconds()/tokens.Seconds(), "x-tokenise")
	perObject := float64(b.Elapsed().Nanoseconds()) / float64(b.N*len(objects))
	b.ReportMetric(perObject, "ns/object")
	b.ReportMetric(testing.AllocsPerRun(10, func() { r.Read(objects[len(objects)/2]) }), "allocs/object")
}

// tokenise is the least that strict reading takes: every token once, and the hash. It is measured
// beside Read in the same run, because the speed of a shared machine changes from run to run.
func tokenise(b *testing.B, objects [][]byte) {
	var d jsontext.Decoder
	for _, o := range objects {
		d.Reset(bytes.NewBuffer(o))
		for {
			if _, err := d.ReadToken(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		sha256.Sum256(o)
	}
}

func BenchmarkReadDocument(b *testing.B) {
	data, err := os.ReadFile("testdata/oasis/apt1.json")
	require.NoError(b, err)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := stix.ReadDocument(data); err != nil {
			b.Fatal(err)
		}
	}
}

func benchObjects(b *testing.B, path string) (objects [][]byte, size int) {
	b.Helper()
	data, err := os.ReadFile(path)
	require.NoError(b, err)
	var compact bytes.Buffer // white space would flatter the figure
	require.NoError(b, json.Compact(&compact, data))
	d, err := stix.ReadDocument(compact.Bytes())
	require.NoError(b, err)
	r := newReader(b, stix.DefaultTolerances()...)
	for _, o := range d.Objects {
		_, findings := r.Read(o)
		if _, rejected := stix.Rejects(findings); !rejected { // one creator's identifier is no UUID
			objects = append(objects, o)
			size += len(o)
		}
	}
	return objects, size
}

// A reader in steady state needs few allocations, whatever the object.
func TestReadAllocations(t *testing.T) {
	r := newReader(t)
	object := []byte(edit(t, indicator, "created_by_ref", `"`+someIdentity+`"`, "labels", `["a","b"]`, "object_marking_refs", `["`+someMarking+`"]`,
		"description", `"a\nb"`, "x_a_refs", `["`+someIdentity+`","`+someMarking+`"]`))
	accepted(t, r, string(object))
	least := 1e9
	for range 20 { // the race detector makes pools forget now and then
		least = min(least, testing.AllocsPerRun(1, func() { r.Read(object) }))
	}
	require.LessOrEqual(t, least, 10.0)
}
