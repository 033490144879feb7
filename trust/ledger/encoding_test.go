package ledger_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"entente/stix"
	"entente/trust/ledger"
)

// The encoding is a promise: entries of years ago must hash the same.
func TestEncoding(t *testing.T) {
	w := newWorld(t, "golden")
	w.commit(audience("csirt-xc", "csirt-xb"), release(1, 1))
	assert.Equal(t, `{"audience":1,"hash":"bfa5a1ad25f299a246a25121f6ff9664f4f76fd300d5b1a556fe8439db20d185",`+
		`"kind":"release","object":"indicator--8e2e2d2b-17d4-4cbf-938f-000000000001",`+
		`"revision":"823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812","seq":2,`+
		`"time":"2027-03-01T09:00:00.123456Z","v":1,"version":"2027-03-01T09:00:00.000Z"}`,
		string(w.entries[1].Encoding))
	assert.Equal(t, `{"members":["csirt-xb","csirt-xc"],`+
		`"secret":"17228871c30c61e2c6ba1a13000a8d6e5aeed3b76a13f16fcb1d403297018f5d","v":1}`,
		string(w.entries[0].Opening))
	assert.Equal(t, "X1V6VSgsbLKiCTa7Tleqde6F1SoTE61GRWDjwP3Z9I4=", w.tree.Root().String())
}

func TestEncodingRoundTrip(t *testing.T) {
	w := town(t)
	kinds := map[ledger.Kind]bool{}
	for _, e := range w.entries {
		if e.PurgedBy != 0 {
			continue
		}
		r, err := ledger.ParseRecord(e.Encoding)
		require.NoError(t, err)
		kinds[r.Kind] = true
		assert.Equal(t, e.Seq, r.Seq)
		canonical := jsontext.Value(bytes.Clone(e.Encoding))
		require.NoError(t, canonical.Canonicalize())
		assert.Equal(t, string(canonical), string(e.Encoding), "RFC 8785")
	}
	assert.Len(t, kinds, int(ledger.Purge), "the town has every kind")
}

func TestRecordOfAnEntry(t *testing.T) {
	w := town(t)
	r, err := w.entries[1].Record()
	require.NoError(t, err)
	want := audience("csirt-xb", "csirt-xc", "csirt-xd")
	want.Seq, want.Root = 2, r.Root
	assert.Equal(t, want, r, "an audience comes with its members")
	_, err = w.entries[3].Record()
	assert.ErrorContains(t, err, "entry 4 was purged by entry 33: nothing is left of it")
	_, err = (&ledger.Entry{Seq: 2, Encoding: w.entries[1].Encoding}).Record()
	assert.ErrorContains(t, err, "entry 2: opening")
}

func TestAnyTextRoundTrips(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := record(ledger.Act)
		r.Actor = rapid.StringN(1, -1, ledger.MaxText).Draw(rt, "actor")
		r.Detail = rapid.StringN(1, -1, ledger.MaxDetail).Draw(rt, "detail")
		r.Member = rapid.StringN(0, -1, ledger.MaxText).Draw(rt, "member")
		r.Time = time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(rt, "time")).In(time.FixedZone("", 3600))
		require.NoError(rt, r.Check())
		var tree ledger.Tree
		_, b, err := tree.Append([]ledger.Record{r}, random("text"))
		require.NoError(rt, err)
		got, err := ledger.ParseRecord(b.Entries[0].Encoding)
		require.NoError(rt, err)
		r.Seq, r.Time = 1, r.Time.UTC()
		assert.Equal(rt, r, got)
	})
}

func TestParseRecordRefuses(t *testing.T) {
	w := town(t)
	good := string(w.entries[len(w.entries)-1].Encoding)
	acknowledgement := string(w.entries[31].Encoding)
	tests := []struct {
		name, encoding, says string
	}{
		{"nothing", "", "EOF"},
		{"no object", "[]", "unmarshal JSON array"},
		{"an unknown field", strings.Replace(good, `{`, `{"a":1,`, 1), "unknown"},
		{"a field twice", strings.Replace(good, `"v":1`, `"v":1,"v":1`, 1), "duplicate"},
		{"a later version", strings.Replace(good, `"v":1`, `"v":2`, 1), "format version 2: this program reads version 1"},
		{"a later version with new fields", strings.Replace(good, `"v":1`, `"v":2,"x":[]`, 1), "format version 2"},
		{"no version", strings.Replace(good, `"v":1,`, ``, 1), "format version 0"},
		{"an unknown kind", strings.Replace(good, `"release"`, `"rumour"`, 1), `kind "rumour"`},
		{"a field that the kind has not", strings.Replace(good, `{`, `{"actor":"me",`, 1), "with actor"},
		{"a field missing", strings.Replace(good, `"audience":2,`, ``, 1), "without audience"},
		{"white space", good + " ", "not as this program writes it"},
		{"another order", `{"v":1,` + strings.Replace(good[1:], `"v":1,`, ``, 1), "not as this program writes it"},
		{"an empty field", strings.Replace(good, `{`, `{"actor":"",`, 1), "not as this program writes it"},
		{"upper-case digits", strings.Replace(good, `"hash":"`, `"hash":"A`, 1), "without hash"},
		{"a time without a zone", strings.Replace(good, `123456Z`, `123456`, 1), "years 1 to 9999"},
		{"a time of other precision", strings.Replace(good, `123456Z`, `123Z`, 1), "years 1 to 9999"},
		{"the first entry referring to itself", strings.Replace(acknowledgement, `"seq":32`, `"seq":1`, 1), "entries before it"},
		{"no number", strings.Replace(good, `"seq":50`, `"seq":0`, 1), "numbered from 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ledger.ParseRecord([]byte(tt.encoding))
			assert.ErrorContains(t, err, tt.says)
		})
	}
	_, err := ledger.ParseRecord([]byte(good))
	assert.NoError(t, err)
}

func TestKinds(t *testing.T) {
	for k := ledger.Admission; k <= ledger.Purge; k++ {
		got, ok := ledger.ParseKind(k.String())
		assert.True(t, ok)
		assert.Equal(t, k, got)
	}
	for _, s := range []string{"", "kind 0", "Release"} {
		_, ok := ledger.ParseKind(s)
		assert.False(t, ok, s)
	}
	assert.Equal(t, "kind 0", ledger.Kind(0).String())
}

// An object's id is written as the store has it.
func TestObjectIDs(t *testing.T) {
	r := record(ledger.Act)
	r.Object = stix.ID("x-" + strings.Repeat("a", 248) + "--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f")
	assert.NoError(t, r.Check(), "the longest type")
}

func FuzzParseRecord(f *testing.F) {
	for _, e := range town(f).entries {
		f.Add(e.Encoding)
	}
	f.Fuzz(func(t *testing.T, encoding []byte) {
		r, err := ledger.ParseRecord(encoding)
		if err != nil {
			return
		}
		require.NoError(t, r.Check())
		canonical := jsontext.Value(bytes.Clone(encoding))
		require.NoError(t, canonical.Canonicalize())
		assert.Equal(t, string(canonical), string(encoding), "what is accepted is in RFC 8785 form")
	})
}
