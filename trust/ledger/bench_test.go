package ledger_test

import (
	"crypto/rand"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entente/trust/ledger"
)

// Figures are for each record: half are admissions, half releases.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 500, 5000} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			w := newWorld(b, "bench")
			w.commit(audience("csirt-xb"))
			records := slices.Repeat([]ledger.Record{release(1, 1), record(ledger.Admission)}, (size+1)/2)[:size]
			b.ReportAllocs()
			for n := 0; n < b.N; n += size {
				next, _, err := w.tree.Append(records, rand.Reader)
				if err != nil {
					b.Fatal(err)
				}
				w.tree = next
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	w := town(b)
	for b.Loop() {
		w.sign()
	}
}

func BenchmarkDefineAudience(b *testing.B) {
	w := newWorld(b, "bench")
	members := make([]string, 194)
	for i := range members {
		members[i] = fmt.Sprintf("csirt-%03d", i)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, _, err := w.tree.Append([]ledger.Record{audience(members...)}, rand.Reader)
		require.NoError(b, err)
	}
}

// hall is a ledger of 100,000 entries.
func hall(b *testing.B) *world {
	w := newWorld(b, "hall")
	w.commit(audience("csirt-xb"))
	records := slices.Repeat([]ledger.Record{record(ledger.Admission), release(1, 1)}, 500)
	for range 100 {
		w.commit(records...)
	}
	return w
}

func BenchmarkVerify100k(b *testing.B) {
	w := hall(b)
	b.ReportAllocs()
	for b.Loop() {
		_, err := w.verify()
		require.NoError(b, err)
	}
}

func BenchmarkProve(b *testing.B) {
	w := hall(b)
	d := w.disclosure(50_001, "csirt-xb")
	doc, err := ledger.Prove(d, w, w.keys)
	require.NoError(b, err)
	b.Run("prove", func(b *testing.B) {
		for b.Loop() {
			_, err := ledger.Prove(d, w, w.keys)
			require.NoError(b, err)
		}
	})
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			_, err := ledger.CheckProof(doc, w.keys)
			require.NoError(b, err)
		}
	})
}
