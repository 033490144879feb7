package exchange_test

import (
	"bytes"
	"context"
	"iter"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/storage"
	"entente/trust"
)

// misread is a store that reads the facts of malware wrong, while it is broken: they have a level
// that there is not, so that the rules which look it up panic.
type misread struct {
	storage.Store
	broken *bool
}

func (m misread) View(ctx context.Context, fn func(storage.Snapshot) error) error {
	return m.Store.View(ctx, func(s storage.Snapshot) error { return fn(misreadSnapshot{s, *m.broken}) })
}

type misreadSnapshot struct {
	storage.Snapshot
	broken bool
}

func (s misreadSnapshot) Classes() iter.Seq2[storage.Class, error] {
	return func(yield func(storage.Class, error) bool) {
		for c, err := range s.Snapshot.Classes() {
			if s.broken && c.Type == "malware" {
				c.Label.Level = trust.Red + 37
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// faults is what the alarm counts.
func (n *node) faults() (total float64) {
	n.t.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(n.Collectors()...)
	families, err := r.Gather()
	require.NoError(n.t, err)
	for _, f := range families {
		if f.GetName() == "entente_decision_faults_total" {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	require.Fail(n.t, "there is no such metric")
	return 0
}

// TestRuleThatPanics is P-8 40 and I-9: a fault inside a rule releases nothing, and is told.
func TestRuleThatPanics(t *testing.T) {
	var told bytes.Buffer
	broken := false
	n := &node{t: t, path: t.TempDir() + "/node.db", policy: policy(), now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), log: slog.New(slog.NewTextHandler(&told, nil))}
	n.wrap = func(s storage.Store) storage.Store { return misread{s, &broken} }
	n.start()
	t.Cleanup(n.shut)
	malware := `{"type":"malware","spec_version":"2.1","id":"malware--` + uid(7) + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",` +
		`"name":"secret content","is_family":false,"object_marking_refs":["` + string(trust.MarkingOf(trust.Clear)) + `"]}`
	n.put(analyst, "publish", indicator(1, 1, "clear"), malware)
	require.Len(t, n.sees(xb, "for-csirt-xb", ""), 2)
	require.Len(t, n.sees(public, "public", ""), 2)
	require.Zero(t, n.faults())

	broken = true
	n.restart()
	t.Run("P-8 40 panic in a rule: withheld from everybody outside", func(t *testing.T) {
		for _, who := range []trust.Principal{xb, xc, xd} {
			assert.Equal(t, []string{name(1, 1)}, n.sees(who, "for-"+who.ID, ""))
			assert.Empty(t, n.sees(who, "for-"+who.ID, "match[id]=malware--"+uid(7)))
		}
		assert.Equal(t, []string{name(1, 1)}, n.sees(public, "public", ""))
	})
	t.Run("P-8 40 panic in a rule: internal", func(t *testing.T) {
		e := n.decision("malware--"+uid(7), "csirt-xb")
		assert.Equal(t, "withhold", e.Decision)
		assert.Equal(t, "internal", e.Primary)
		assert.Equal(t, "release", n.decision("indicator--"+uid(1), "csirt-xb").Decision, "everything else is decided as before")
	})
	t.Run("P-8 40 panic in a rule: alarm", func(t *testing.T) {
		assert.GreaterOrEqual(t, n.faults(), float64(4), "three members and the public")
		assert.Contains(t, told.String(), "level=ERROR")
		assert.Contains(t, told.String(), "reason=internal type=malware")
		assert.NotContains(t, told.String(), "secret content")
		assert.NotContains(t, told.String(), uid(7))
	})

	broken = false
	n.restart()
	n.settle()
	assert.Len(t, n.sees(xb, "for-csirt-xb", ""), 2, "once the fault is mended it is decided afresh")
	n.checkLog()
}
