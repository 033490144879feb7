package ledger_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"entente/trust/ledger"
)

// export is the world as a file.
func (w *world) export(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, ledger.Export(&out, w.archive()))
	return out.String()
}

// verifyFile verifies an exported ledger as anybody can.
func (w *world) verifyFile(text string) (ledger.Report, error) {
	a, err := ledger.ReadExport(strings.NewReader(text))
	if err != nil {
		return ledger.Report{}, err
	}
	return ledger.Verify(a, w.keys)
}

// opened is the first audience of which something is kept.
func (w *world) opened() *ledger.Entry {
	return &w.entries[slices.IndexFunc(w.entries, func(e ledger.Entry) bool { return len(e.Opening) > 0 })]
}

func TestExport(t *testing.T) {
	w := town(t)
	stored, err := w.verify()
	require.NoError(t, err)
	exported, err := w.verifyFile(w.export(t))
	require.NoError(t, err)
	assert.Equal(t, stored, exported)

	empty := newWorld(t, "empty")
	exported, err = empty.verifyFile(empty.export(t))
	require.NoError(t, err)
	assert.Equal(t, ledger.Report{}, exported)
}

// Whatever was done to the stored ledger, its export says the same of it.
func TestExportOfDamaged(t *testing.T) {
	for _, row := range []struct {
		name   string
		damage func(w *world)
	}{
		{"a record is edited", func(w *world) { w.entries[4].Encoding[9] ^= 1 }},
		{"a record is another", func(w *world) { w.entries[4].Encoding = w.entries[6].Encoding }},
		{"a record is no text", func(w *world) { w.entries[4].Encoding = []byte{0xff, '\n', 0} }},
		{"a record has a line more", func(w *world) { w.entries[4].Encoding = append(w.entries[4].Encoding, '\n') }},
		{"a record is gone", func(w *world) { w.entries[4].Encoding = nil }},
		{"a salt is edited", func(w *world) { w.entries[4].Salt[3] ^= 1 }},
		{"an opening is edited", func(w *world) { w.opened().Opening[20] ^= 1 }},
		{"an opening is gone", func(w *world) { w.opened().Opening = nil }},
		{"a leaf stands beside a record", func(w *world) { w.entries[4].Leaf[0] = 1 }},
		{"a part of what was purged is there", func(w *world) {
			for i := range w.entries {
				if w.entries[i].PurgedBy != 0 {
					w.entries[i].Salt[0] = 1
				}
			}
		}},
		{"an entry is gone", func(w *world) { w.entries = append(w.entries[:4:4], w.entries[5:]...) }},
		{"the last entry is gone", func(w *world) { w.entries = w.entries[:len(w.entries)-1] }},
		{"entries are reordered", func(w *world) { w.entries[4], w.entries[5] = w.entries[5], w.entries[4] }},
		{"a hash is edited", func(w *world) { w.hashes[11][0] ^= 1 }},
		{"the last hash is gone", func(w *world) { w.hashes = w.hashes[:len(w.hashes)-1] }},
		{"there is a hash too many", func(w *world) { w.hashes = append(w.hashes, tlog.Hash{1}) }},
		{"a head is edited", func(w *world) { w.heads[1][12] ^= 1 }},
		{"the last head is gone", func(w *world) { w.heads = w.heads[:len(w.heads)-1] }},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := town(t).clone()
			row.damage(w)
			_, stored := w.verify()
			require.Error(t, stored)
			_, exported := w.verifyFile(w.export(t))
			var want, found *ledger.Fault
			require.ErrorAs(t, stored, &want)
			require.ErrorAs(t, exported, &found)
			assert.Equal(t, want, found)
		})
	}
}

// With one bit of an exported ledger changed, anywhere, it does not verify, or it reads as it did.
func TestEditedExportIsFound(t *testing.T) {
	t.Parallel()
	w := town(t)
	sound, err := w.verify()
	require.NoError(t, err)
	text := []byte(w.export(t))
	for i := 0; i < len(text); i += 13 {
		text[i] ^= 1 << (i % 7)
		if report, err := w.verifyFile(string(text)); err == nil {
			require.Equal(t, sound, report, "byte %d", i)
		}
		text[i] ^= 1 << (i % 7)
	}
}

func TestReadExportRefuses(t *testing.T) {
	good := town(t).export(t)
	first, _, _ := strings.Cut(good, "\n")
	entry := good[strings.Index(good, `{"seq":1,`):strings.Index(good, `{"seq":2,`)]
	for _, row := range []struct{ name, text, want string }{
		{"nothing", "", "line 1: no ledger as"},
		{"another file", "{}\n", "line 1: no ledger as"},
		{"no JSON", "format\n", "line 1: no line of an exported ledger"},
		{"a later format", strings.Replace(good, "ledger/1", "ledger/2", 1), "line 1: no ledger as"},
		{"a field that there is not", first + "\n{\"seq\":1,\"note\":\"\"}\n", "line 2: no line of"},
		{"a line that is cut", good[:len(good)-9], "no line of an exported ledger"},
		{"a head among entries", first + "\n" + entry + `{"head":"x"}` + "\n", "line 3: an entry is expected here"},
		{"an empty line of entries", first + "\n" + entry + "{}\n", "line 3: an entry is expected here"},
		{"a salt that is none", first + "\n" + `{"seq":1,"salt":"ab"}` + "\n", "line 2: entry 1: salts and hashes have 64"},
		{"a hash that is none", first + "\n" + `{"seq":1,"hashes":["ab"]}` + "\n", "line 2: entry 1: salts and hashes have 64"},
		{"hashes of others", first + "\n" + `{"seq":1,"hashes":["",""]}` + "\n", "line 2: entry 1 has 2 hashes with it, and 1 are stored"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := town(t).verifyFile(row.text)
			assert.ErrorContains(t, err, row.want)
		})
	}
}

// What cannot be read or written is no end of the ledger.
func TestExportErrs(t *testing.T) {
	broken := errors.New("broken")
	w := town(t)
	a := w.archive()
	a.Entries = func(yield func(ledger.Entry, error) bool) { yield(ledger.Entry{}, broken) }
	assert.ErrorIs(t, ledger.Export(new(bytes.Buffer), a), broken)
	a = w.archive()
	a.Hashes = func(yield func(tlog.Hash, error) bool) { yield(tlog.Hash{}, broken) }
	assert.ErrorIs(t, ledger.Export(new(bytes.Buffer), a), broken)
	a = w.archive()
	a.Heads = func(yield func([]byte, error) bool) { yield(nil, broken) }
	assert.ErrorIs(t, ledger.Export(new(bytes.Buffer), a), broken)
	assert.ErrorIs(t, ledger.Export(unwritable{broken}, w.archive()), broken)
}

type unwritable struct{ error }

func (f unwritable) Write([]byte) (int, error) { return 0, f.error }
