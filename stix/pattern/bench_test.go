package pattern_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"entente/stix/pattern"
)

func BenchmarkParse(b *testing.B) {
	for _, set := range []struct {
		name     string
		patterns []string
	}{
		{"one hash", []string{"[file:hashes.'SHA-256' = 'aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f']"}},
		{"one address", []string{"[ipv4-addr:value = '198.51.100.7']"}},
		{"one network", []string{"[ipv4-addr:value ISSUBSET '198.51.100.0/24']"}},
		{"one expression", []string{`[email-message:from_ref.value MATCHES '.+\\@example\\.com$']`}},
		{"two types", []string{"[file:name = 'a.exe' AND (file:size = 7 OR url:value = 'https://example.com')]"}},
		{"specification", list(b, "testdata/specification.txt")},
		{"sample", list(b, "testdata/pass.txt")},
		{"real", full(b, "real-pass.txt")},
	} {
		b.Run(set.name, func(b *testing.B) {
			if len(set.patterns) == 0 {
				b.Skip("the corpus is not here")
			}
			benchmark(b, set.patterns)
		})
	}
}

// benchmark reads and checks all patterns with one parser.
func benchmark(b *testing.B, patterns []string) {
	var p pattern.Parser
	var findings []pattern.Finding
	texts, size := [][]byte{}, 0
	for _, text := range patterns {
		texts = append(texts, []byte(text))
		size += len(text)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, text := range texts {
			parsed, err := p.Parse(text)
			if err != nil {
				require.NoError(b, err)
			}
			findings = parsed.Check(findings[:0])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(texts)), "ns/pattern")
}
