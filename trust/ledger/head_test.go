package ledger_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"entente/trust/ledger"
)

func TestHead(t *testing.T) {
	w := town(t)
	signed := w.heads[len(w.heads)-1]
	lines := strings.Split(string(signed), "\n")
	assert.Equal(t, []string{"csirt-xa", "50", w.tree.Root().String(), "time 2027-03-01T09:00:50.123456Z"}, lines[:4], "a checkpoint")
	h, err := ledger.OpenHead(signed, w.keys)
	require.NoError(t, err)
	assert.Equal(t, w.head(), h)
}

func TestSignRefuses(t *testing.T) {
	w := town(t)
	change := func(change func(*ledger.Head)) error {
		h := w.head()
		change(&h)
		_, err := h.Sign(w.signer)
		return err
	}
	assert.ErrorContains(t, change(func(h *ledger.Head) { h.Origin = "csirt-xb" }), `with the key of "csirt-xa"`)
	assert.ErrorContains(t, change(func(h *ledger.Head) { h.Size = -1 }), "0 to 2^53-1")
	assert.ErrorContains(t, change(func(h *ledger.Head) { h.Size = 1 << 53 }), "0 to 2^53-1")
	assert.ErrorContains(t, change(func(h *ledger.Head) { h.Time = time.Time{} }), "years 1 to 9999")
	h := w.head()
	_, err := h.Sign(brokenSigner{w.signer})
	assert.ErrorIs(t, err, errBroken)
}

var errBroken = errors.New("key store")

type brokenSigner struct{ note.Signer }

func (brokenSigner) Sign([]byte) ([]byte, error) { return nil, errBroken }

// What the node's key has signed, but is no head of this form.
func TestOpenHeadRefuses(t *testing.T) {
	w := town(t)
	text, _, _ := strings.Cut(string(w.heads[len(w.heads)-1]), "\n\n")
	text += "\n"
	other, _ := key(t, "csirt-xb", "other")
	tests := []struct {
		name, text, says string
		signers          []note.Signer
	}{
		{"no lines", "csirt-xa\n", "five lines", nil},
		{"no origin", strings.Replace(text, "csirt-xa", "", 1), "five lines", nil},
		{"another line", text + "more\n", "five lines", nil},
		{"another origin", strings.Replace(text, "csirt-xa", "csirt-xc", 1), `is signed by "csirt-xa"`, nil},
		{"a size that is none", strings.Replace(text, "\n50\n", "\nfifty\n", 1), "invalid syntax", nil},
		{"a size with zeros before", strings.Replace(text, "\n50\n", "\n050\n", 1), "not as this program writes it", nil},
		{"a size out of range", strings.Replace(text, "\n50\n", "\n9007199254740992\n", 1), "0 to 2^53-1", nil},
		{"a root that is none", strings.Replace(text, w.tree.Root().String(), "root", 1), "malformed hash", nil},
		{"a time of other precision", strings.Replace(text, "123456Z", "123Z", 1), "cannot parse", nil},
		{"no time", strings.Replace(text, "time ", "when ", 1), "cannot parse", nil},
		{"no policy", strings.Replace(text, "policy ", "politics ", 1), "64 hexadecimal digits", nil},
		{"a policy cut short", strings.Replace(text, "policy ", "policy", 1), "64 hexadecimal digits", nil},
		{"a second signature", text, "one signature", []note.Signer{other}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			signed, err := note.Sign(&note.Note{Text: tt.text}, append([]note.Signer{w.signer}, tt.signers...)...)
			require.NoError(t, err)
			_, err = ledger.OpenHead(signed, w.keys)
			assert.ErrorContains(t, err, tt.says)
		})
	}
	t.Run("base64 with loose bits", func(t *testing.T) {
		signed := strings.TrimSuffix(string(w.heads[0]), "=\n")
		last := signed[len(signed)-1]
		loose := signed[:len(signed)-1] + string(last+1) + "=\n"
		_, err := note.Open([]byte(loose), w.keys)
		require.NoError(t, err, "the library takes it")
		_, err = ledger.OpenHead([]byte(loose), w.keys)
		assert.ErrorContains(t, err, "canonical base64")
	})
}

// After a rotation old heads stand, as long as their key is known.
func TestKeyRotation(t *testing.T) {
	w := newWorld(t, "rotation")
	_, public, err := note.GenerateKey(random("key"), "csirt-xa")
	require.NoError(t, err)
	old, err := note.NewVerifier(public)
	require.NoError(t, err)
	w.commit(audience("csirt-xb"), release(1, 1))
	_, public, err = note.GenerateKey(random("rotated"), "csirt-xa")
	require.NoError(t, err)
	fresh, err := note.NewVerifier(public)
	require.NoError(t, err)
	w.signer, w.keys = key(t, "csirt-xa", "rotated")
	w.commit(record(ledger.Act))
	_, err = ledger.Verify(w.archive(), note.VerifierList(old, fresh))
	assert.NoError(t, err)
	assert.Equal(t, ledger.HeadBroken, w.faultOf(t, 1, "the old key is forgotten").Kind)
	_, err = ledger.CheckProof(w.prove(2, "csirt-xb"), w.keys)
	assert.NoError(t, err, "proofs are made under the latest head")
}

func TestConsistency(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, "consistent")
		heads := []ledger.Head{w.head()}
		for range rapid.IntRange(1, 20).Draw(rt, "commits") {
			for range rapid.IntRange(0, 5).Draw(rt, "records") {
				w.commit(record(ledger.Policy))
			}
			heads = append(heads, w.head())
		}
		older := heads[rapid.IntRange(0, len(heads)-1).Draw(rt, "older")]
		newer := w.head()
		proof, err := ledger.ProveConsistency(older, newer, w)
		require.NoError(rt, err)
		require.NoError(rt, ledger.CheckConsistency(older, newer, proof))
		forged := older
		forged.Root[0]++
		assert.Error(rt, ledger.CheckConsistency(forged, newer, proof))
		assert.Error(rt, ledger.CheckConsistency(older, newer, append(proof, tlog.Hash{})))
		if older.Size < newer.Size {
			assert.ErrorContains(rt, ledger.CheckConsistency(newer, older, proof), "give the older head first")
		}
	})
}

// Two histories that fork after a common beginning cannot be made to look like one.
func TestForksAreNotConsistent(t *testing.T) {
	left, right := newWorld(t, "fork"), newWorld(t, "fork")
	for _, w := range []*world{left, right} {
		w.commit(record(ledger.Policy), record(ledger.Policy), record(ledger.Policy))
	}
	common := left.head()
	require.Equal(t, common, right.head())
	left.commit(record(ledger.Act), record(ledger.Policy))
	for range 9 {
		right.commit(record(ledger.Policy))
		for _, w := range []*world{left, right} {
			_, err := ledger.ProveConsistency(common, w.head(), w)
			assert.NoError(t, err)
			older, newer := left.head(), right.head()
			if older.Size > newer.Size {
				older, newer = newer, older
			}
			_, err = ledger.ProveConsistency(older, newer, w)
			assert.ErrorContains(t, err, "continue")
		}
	}
	other := right.head()
	other.Origin = "csirt-xb"
	assert.ErrorContains(t, ledger.CheckConsistency(common, other, nil), "heads of one ledger")
	other.Origin, other.Size = "csirt-xa", math.MaxInt64
	assert.Error(t, ledger.CheckConsistency(common, other, nil))
	common.Size = -1
	assert.Error(t, ledger.CheckConsistency(common, other, nil))
}

func FuzzOpenHead(f *testing.F) {
	w := town(f)
	for _, head := range w.heads {
		f.Add(head)
	}
	genuine := map[string]bool{}
	for _, head := range w.heads {
		genuine[string(head)] = true
	}
	f.Fuzz(func(t *testing.T, signed []byte) {
		_, err := ledger.OpenHead(signed, w.keys)
		assert.Equal(t, genuine[string(signed)], err == nil, "only what was signed, as it was signed")
	})
}

// Any text, signed: whatever is taken for a head is written in the same way.
func FuzzHeadText(f *testing.F) {
	w := town(f)
	for _, head := range w.heads {
		text, _, _ := strings.Cut(string(head), "\n\n")
		f.Add(text + "\n")
	}
	f.Fuzz(func(t *testing.T, text string) {
		signed, err := note.Sign(&note.Note{Text: text}, w.signer)
		if err != nil {
			return
		}
		h, err := ledger.OpenHead(signed, w.keys)
		if err != nil {
			return
		}
		again, err := h.Sign(w.signer)
		require.NoError(t, err)
		assert.Equal(t, string(signed), string(again))
	})
}
