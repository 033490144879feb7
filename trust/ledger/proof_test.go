package ledger_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"entente/trust/ledger"
)

func (w *world) prove(release int64, member string) []byte {
	w.tb.Helper()
	doc, err := ledger.Prove(w.disclosure(release, member), w, w.keys)
	require.NoError(w.tb, err)
	return doc
}

func TestProof(t *testing.T) {
	w := town(t)
	doc := w.prove(7, "csirt-xc")
	got, err := ledger.CheckProof(doc, w.keys)
	require.NoError(t, err)
	want := release(1, 2)
	assert.Equal(t, ledger.Statement{
		Node: "csirt-xa", Object: want.Object, Version: want.Version, Hash: want.Hash, Member: "csirt-xc",
		Time: begin, Revision: revision, Seq: 7, Head: w.head(),
	}, got)
	_, err = ledger.CheckProof(bytes.TrimSuffix(doc, []byte("\n")), w.keys)
	assert.NoError(t, err, "a final line feed is neither here nor there")
	canonical := jsontext.Value(bytes.Clone(doc))
	require.NoError(t, canonical.Canonicalize())
	assert.Equal(t, string(canonical)+"\n", string(doc), "RFC 8785")
}

// Every release to every member under every head that covers it.
func TestEveryReleaseIsProved(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, "every")
		members := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9-]{1,12}`), 1, 300, rapid.ID).Draw(rt, "members")
		w.commit(audience(members...))
		for range rapid.IntRange(1, 20).Draw(rt, "releases") {
			w.commit(release(1, 1))
		}
		seq := rapid.Int64Range(2, w.tree.Size()).Draw(rt, "release")
		member := rapid.SampledFrom(members).Draw(rt, "member")
		d := w.disclosure(seq, member)
		d.Head = w.heads[rapid.Int64Range(seq-1, w.tree.Size()-1).Draw(rt, "head")]
		doc, err := ledger.Prove(d, w, w.keys)
		require.NoError(rt, err)
		got, err := ledger.CheckProof(doc, w.keys)
		require.NoError(rt, err)
		assert.Equal(rt, seq, got.Seq)
		assert.Equal(rt, member, got.Member)
	})
}

// Every byte of a proof counts: in any bit, removed, or doubled.
func TestEveryMutatedByteOfAProofIsRefused(t *testing.T) {
	t.Parallel()
	w := town(t)
	doc := w.prove(7, "csirt-xc")
	for i := range doc {
		for bit := range 8 {
			doc[i] ^= 1 << bit
			_, err := ledger.CheckProof(doc, w.keys)
			assert.Error(t, err, "byte %d, bit %d: %q", i, bit, doc[max(i-20, 0):min(i+20, len(doc))])
			doc[i] ^= 1 << bit
		}
		_, err := ledger.CheckProof(append(bytes.Clone(doc[:i+1]), doc[i:]...), w.keys)
		assert.Error(t, err, "byte %d doubled", i)
		if i < len(doc)-1 {
			_, err = ledger.CheckProof(append(bytes.Clone(doc[:i]), doc[i+1:]...), w.keys)
			assert.Error(t, err, "byte %d removed", i)
		}
	}
	_, err := ledger.CheckProof(doc, w.keys)
	assert.NoError(t, err)
}

// Parts of genuine proofs do not make another.
func TestProofsDoNotMix(t *testing.T) {
	w := town(t)
	w.commit(audience("csirt-xb", "csirt-xe"), release(50, 51))
	parts := func(doc []byte) (p map[string]json.RawMessage) {
		require.NoError(t, json.Unmarshal(doc, &p))
		return p
	}
	a, b := w.prove(7, "csirt-xc"), w.prove(52, "csirt-xe")
	for name := range parts(a) {
		mixed := parts(a)
		mixed[name] = parts(b)[name]
		doc, err := json.Marshal(mixed)
		require.NoError(t, err)
		canonical := jsontext.Value(doc)
		require.NoError(t, canonical.Canonicalize())
		_, err = ledger.CheckProof(canonical, w.keys)
		if name == "format" || name == "head" {
			assert.NoError(t, err, "both have the same")
			continue
		}
		assert.Error(t, err, name)
	}
}

func TestProofOfWhatWasNot(t *testing.T) {
	w := town(t)
	w.commit(record(ledger.Policy), audience("csirt-xc"))
	broken := errors.New("disk")
	tests := []struct {
		name   string
		change func(d *ledger.Disclosure)
		says   string
	}{
		{"a member outside the audience", func(d *ledger.Disclosure) { d.Member = "csirt-xe" }, `entry 7: the release was not to this member: "csirt-xe"`},
		{"nobody", func(d *ledger.Disclosure) { d.Member = "" }, "not to this member"},
		{"a purged release", func(d *ledger.Disclosure) { d.Release = w.entries[3] }, "entry 4 was purged by entry 33"},
		{"a purged audience", func(d *ledger.Disclosure) { d.Audience = w.entries[29] }, "entry 30 was purged by entry 34"},
		{"another audience's release", func(d *ledger.Disclosure) { d.Release = w.entries[6]; d.Audience = w.entries[51] }, "the release is to audience 2, and the audience shown is 52"},
		{"an admission", func(d *ledger.Disclosure) { d.Release = w.entries[2] }, "the record shown as the release is of kind admission"},
		{"a head before it", func(d *ledger.Disclosure) { d.Head = w.heads[0] }, "entry 7 is beyond the head of 2 entries: take a later head"},
		{"no head", func(d *ledger.Disclosure) { d.Head = nil }, "malformed note"},
		{"what is no record", func(d *ledger.Disclosure) { d.Release.Encoding = []byte("x") }, "proof: "},
		{"no opening", func(d *ledger.Disclosure) { d.Audience.Opening = nil }, "entry 2: opening"},
		{"an opening written otherwise", func(d *ledger.Disclosure) { d.Audience.Opening = append(bytes.Clone(d.Audience.Opening), ' ') }, "not as this program writes it"},
		{"an opening without its secret", func(d *ledger.Disclosure) { d.Audience.Opening = []byte(`{"members":["csirt-xc"],"v":1}`) }, "the secret has 64"},
		{"an opening of a later version", func(d *ledger.Disclosure) { d.Audience.Opening = []byte(`{"members":{},"v":2}`) }, "format version 2"},
		{"an opening of unsorted members", func(d *ledger.Disclosure) {
			d.Audience.Opening = bytes.Replace(d.Audience.Opening, []byte("csirt-xc"), []byte("csirt-xa"), 1)
		}, "out of order"},
		{"an opening of other members", func(d *ledger.Disclosure) {
			d.Audience.Opening = bytes.Replace(d.Audience.Opening, []byte("csirt-xc"), []byte("csirt-xb1"), 1)
			d.Member = "csirt-xb1"
		}, "verify it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := w.disclosure(7, "csirt-xc")
			tt.change(&d)
			doc, err := ledger.Prove(d, w, w.keys)
			assert.ErrorContains(t, err, tt.says)
			assert.Nil(t, doc)
		})
	}
	_, err := ledger.Prove(w.disclosure(7, "csirt-xe"), w, w.keys)
	assert.ErrorIs(t, err, ledger.ErrNotRecipient)
	unreadable := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		if at[0] == 0 { // the first hash is read for the audience only
			return nil, broken
		}
		return w.ReadHashes(at)
	})
	_, err = ledger.Prove(w.disclosure(7, "csirt-xc"), unreadable, w.keys)
	assert.ErrorIs(t, err, broken)
}

func TestCheckProofSaysWhatDoesNotFit(t *testing.T) {
	w := town(t)
	doc := string(w.prove(7, "csirt-xc"))
	w.commit(audience("csirt-xc"))
	salt := `"salt":"` + strings.Split(strings.Split(doc, `"salt":"`)[1], `"`)[0]
	tests := []struct{ name, doc, says string }{
		{"nothing", "", "EOF"},
		{"too much", strings.Repeat(" ", 64<<10+1), "at most 65536"},
		{"a later format", strings.Replace(doc, "proof/1", "proof/2", 1), `format "entente-release-proof/2": this program reads`},
		{"a later format with other fields", strings.Replace(strings.Replace(doc, "proof/1", "proof/2", 1), `"head"`, `"heads"`, 1), "this program reads"},
		{"an unknown field", strings.Replace(doc, `"format"`, `"extra":1,"format"`, 1), "unknown"},
		{"white space", " " + doc, "not as this program writes it"},
		{"another head", strings.Replace(doc, `csirt-xa\n50`, `csirt-xa\n51`, 1), "head: invalid signature"},
		{"another member", strings.Replace(doc, `"csirt-xc"`, `"csirt-xe"`, 1), "member: id, salt and path"},
		{"another object", strings.Replace(doc, "-000000000001", "-000000000002", 1), "release: record, salt and path do not lead to the root of the signed head"},
		{"another audience", strings.Replace(doc, `"audience":2`, `"audience":3`, 1), "release: record"},
		{"an entry beyond the head", strings.Replace(doc, `"seq":7`, `"seq":51`, 1), "beyond the head of 50 entries"},
		{"a digit too few", strings.Replace(doc, salt, salt[:len(salt)-1], 1), "audience: salts and hashes have 64"},
		{"a member's path of 61 hashes", long(doc, 53), "member: id"},
		{"a member's path of 63 hashes", long(doc, 55), "member: id"},
		{"a member's path of 64 hashes", long(doc, 56), "member: id"},
		{"a member's path of 200 hashes", long(doc, 192), "member: id"},
		{"an index out of range", strings.Replace(doc, `"index":`, `"index":1000`, 1), "member: id"},
		{"a member's path that is none", strings.Replace(doc, `"path":["`, `"path":["x","`, 2), "64 lower-case"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ledger.CheckProof([]byte(tt.doc), w.keys)
			assert.ErrorContains(t, err, tt.says)
		})
	}
	t.Run("another node's key", func(t *testing.T) {
		_, keys := key(t, "csirt-xa", "another")
		_, err := ledger.CheckProof([]byte(doc), keys)
		assert.ErrorContains(t, err, "no verifiable signatures")
	})
}

// long makes the member's path of 8 hashes longer.
func long(doc string, more int) string {
	at := strings.Index(doc, `"member":`)
	before, member := doc[:at], doc[at:]
	return before + strings.Replace(member, `"path":[`, `"path":[`+strings.Repeat(`"`+strings.Repeat("0", 64)+`",`, more), 1)
}

// A stranger who holds a proof, and a list of everybody who may be in the audience, learns
// nothing of any of them: not from names, not from hashes of names, not with the salts that the
// proof shows.
func TestProofTellsNothingOfOthers(t *testing.T) {
	dictionary := make([]string, 60)
	for i := range dictionary {
		dictionary[i] = fmt.Sprintf("csirt-member-%02d", i)
	}
	w := newWorld(t, "secrecy")
	w.commit(audience(dictionary[:40]...))
	admission := record(ledger.Admission)
	admission.Actor, admission.Detail = "member "+dictionary[3], "canary"
	w.commit(admission, release(1, 1), release(2, 1))
	const shown = 7
	doc := w.prove(3, dictionary[shown])

	var secrets [][]byte // all 32-byte values of the document
	for _, text := range strings.FieldsFunc(string(doc), func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }) {
		if b, err := hex.DecodeString(text); err == nil && len(b) == 32 {
			secrets = append(secrets, b)
		}
	}
	require.Greater(t, len(secrets), 10)
	bare := func(b []byte) [32]byte { return sha256.Sum256(b) }
	for i, member := range dictionary {
		if i == shown {
			continue
		}
		assert.NotContains(t, string(doc), member)
		for _, h := range [][32]byte{bare([]byte(member)), tlog.RecordHash([]byte(member))} {
			assert.False(t, reveals(doc, h))
		}
		for _, s := range secrets {
			mac := hmac.New(sha256.New, s)
			mac.Write([]byte("member " + member))
			derived := [32]byte(mac.Sum(nil))
			salted := append(bytes.Clone(s), member...)
			under := append(derived[:], member...)
			for _, h := range [][32]byte{bare(salted), tlog.RecordHash(salted), derived, tlog.RecordHash(under)} {
				assert.False(t, reveals(doc, h))
			}
		}
	}
	other := release(2, 1)
	for _, text := range []string{"canary", "admission", string(other.Object)} {
		assert.NotContains(t, string(doc), text)
	}
	assert.False(t, reveals(doc, other.Hash))
	assert.False(t, reveals(doc, tlog.RecordHash(w.entries[3].Encoding)), "the next release's leaf without its salt")
}

// reveals looks for a hash in every form in which the document writes one.
func reveals(doc []byte, h [32]byte) bool {
	return bytes.Contains(doc, []byte(hex.EncodeToString(h[:]))) || bytes.Contains(doc, []byte(base64.StdEncoding.EncodeToString(h[:])))
}

// Neither the length of a proof nor a member's place tells how many the others are or who they
// are: up to 256 members the proofs are alike.
func TestProofTellsNotHowMany(t *testing.T) {
	paths := map[int]bool{}
	for _, n := range []int{1, 2, 194, 256} {
		members := make([]string, n)
		for i := range members {
			members[i] = fmt.Sprintf("csirt-%03d", i)
		}
		indexes := map[float64]bool{}
		for range 8 {
			w := newWorld(t, fmt.Sprint(n, len(indexes)))
			w.commit(audience(members...), release(1, 1))
			var doc struct {
				Member struct {
					Index float64
					Path  []string
				}
			}
			require.NoError(t, json.Unmarshal(w.prove(2, "csirt-000"), &doc))
			paths[len(doc.Member.Path)] = true
			indexes[doc.Member.Index] = true
		}
		assert.Greater(t, len(indexes), 3, "a member's place is another in every audience")
	}
	assert.Len(t, paths, 1)
}

func TestProofInALargeAudience(t *testing.T) {
	members := make([]string, 300)
	for i := range members {
		members[i] = fmt.Sprintf("csirt-%03d", i)
	}
	w := newWorld(t, "large")
	w.commit(audience(members...), release(1, 1))
	for _, m := range members {
		s, err := ledger.CheckProof(w.prove(2, m), w.keys)
		require.NoError(t, err)
		assert.Equal(t, m, s.Member)
	}
}

func FuzzCheckProof(f *testing.F) {
	w := town(f)
	doc := w.prove(7, "csirt-xc")
	f.Add(doc)
	f.Add(doc[:500])
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := ledger.CheckProof(text, w.keys)
		genuine := bytes.Equal(bytes.TrimSuffix(text, []byte("\n")), bytes.TrimSuffix(doc, []byte("\n")))
		assert.Equal(t, genuine, err == nil)
	})
}
