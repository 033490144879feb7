package format_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/stix/format"
)

// hot are the checks that run for every observable of a feed, with a usual value.
var hot = []struct {
	name  string
	value string
	check func([]byte) bool
}{
	{"DomainName", "cdn-17.updates.example.com", format.DomainName},
	{"IPv4", "198.51.100.213", format.IPv4},
	{"IPv6", "2001:0db8:85a3::8a2e:0370:7334", format.IPv6},
	{"URL", "http://cdn-17.updates.example.com/wp-content/x.php?id=4711", format.URL},
	{"URIReference", "https://attack.mitre.org/techniques/T1595/001/", format.URIReference},
	{"Email", "jane.doe+news@mail.example.com", format.Email},
	{"Hash", "aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f", func(s []byte) bool { _, ok := format.Hash([]byte("SHA-256"), s); return ok }},
	{"Hex", "ffd8ffe000104a464946000101010048", format.Hex},
	{"CPE23", "cpe:2.3:a:libpng:libpng:1.4.0:beta11:*:*:*:*:*:*", format.CPE23},
	{"LanguageTag", "en", second(format.LanguageTag)},
	{"MediaType", "application/octet-stream", second(format.MediaType)},
	{"Charset", "windows-1252", func(s []byte) bool { known, _ := format.Charset(s); return known }},
	{"ServiceName", "https", format.ServiceName},
	{"Country", "US", format.Country},
	{"Token", "remote-access-trojan", format.Token},
	{"Base64", string(bytes.Repeat([]byte("SGVs"), 1<<14)), format.Base64},
}

func BenchmarkHot(b *testing.B) {
	for _, h := range hot {
		b.Run(h.name, func(b *testing.B) {
			value := []byte(h.value)
			b.SetBytes(int64(len(value)))
			b.ReportAllocs()
			for b.Loop() {
				if !h.check(value) {
					b.Fatal("a right value is refused")
				}
			}
		})
	}
}

func TestNothingHotAllocates(t *testing.T) {
	for _, h := range hot {
		t.Run(h.name, func(t *testing.T) {
			value := []byte(h.value)
			assert.True(t, h.check(value)) // reads its list
			assert.Zero(t, testing.AllocsPerRun(100, func() { h.check(value) }))
		})
	}
}

// hostile are the beginnings of values that tempt a check to start over: each is repeated.
var hostile = []string{"=?a?q?", "=?", "a.", "a:", "1.", "::", "ab-", "a-bb-", "x-", "%41", "[", "@", `\"`, `\:`, "?", "*", ":", "/", "é", "é.", "\xff"}

func TestHostileValuesDoNotAllocate(t *testing.T) {
	for _, begin := range hostile {
		v := bytes.Repeat([]byte(begin), 1000)
		for _, h := range hot {
			assert.Zero(t, testing.AllocsPerRun(1, func() { h.check(v) }), "%s of %q again and again", h.name, begin)
		}
	}
}

// Time must grow with length, not faster: sixteen times the value may cost a little more than
// sixteen times the time, but far less than its square.
func BenchmarkHostile(b *testing.B) {
	for _, size := range []int{1 << 12, 1 << 16} {
		b.Run(map[int]string{1 << 12: "4KiB", 1 << 16: "64KiB"}[size], func(b *testing.B) {
			var values [][]byte
			for _, h := range hostile {
				values = append(values, bytes.Repeat([]byte(h), size/len(h)))
			}
			b.SetBytes(int64(size * len(values)))
			for b.Loop() {
				for _, v := range values {
					askAll(v)
				}
			}
		})
	}
}

func askAll(v []byte) {
	for _, h := range hot {
		h.check(v)
	}
	format.EncodedWord(v)
	format.Email(append([]byte(`"`), v...))
	format.URL(append([]byte("http://"), v...))
	format.CPE23(append([]byte("cpe:2.3:a:"), v...))
	format.LanguageTag(append([]byte("en-"), v...))
}
