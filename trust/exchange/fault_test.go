package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/storage"
	"entente/taxii"
	"entente/trust/exchange"
)

// faulty is a store whose next commit goes wrong: before it reaches the disk, or after.
type faulty struct {
	storage.Store
	arm   *string
	fault error
}

func (f faulty) Commit(ctx context.Context, b *storage.Batch) error {
	switch *f.arm {
	case "before":
		return f.fault
	case "after":
		return errors.Join(f.Store.Commit(ctx, b), f.fault)
	}
	return f.Store.Commit(ctx, b)
}

// TestCommitErrors is I-3: an I/O error on commit is an unknown outcome, so nobody is told
// anything but that the node stops, whatever the truth turns out to be.
func TestCommitErrors(t *testing.T) {
	for _, c := range []struct {
		name      string
		persisted bool
		act       func(n *node) error
		truth     func(n *node) bool
	}{
		{"before", false, post, posted}, {"after", true, post, posted},
		{"before", false, withdraw, withdrawn}, {"after", true, withdraw, withdrawn},
	} {
		t.Run(c.name, func(t *testing.T) {
			arm := ""
			fault := errors.New("input/output error")
			n := &node{t: t, path: t.TempDir() + "/node.db", policy: policy(), now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
			n.wrap = func(s storage.Store) storage.Store { return faulty{s, &arm, fault} }
			n.start()
			t.Cleanup(n.shut)
			n.put(analyst, "publish", indicator(1, 1, "green"))
			arm = c.name
			assert.ErrorIs(t, c.act(n), exchange.ErrStopping)
			err := <-n.result
			assert.ErrorIs(t, err, fault)
			assert.ErrorContains(t, err, "the outcome is unknown")
			n.result <- err
			assert.ErrorIs(t, c.act(n), exchange.ErrStopping, "nothing is written any more")

			arm = ""
			n.restart()
			assert.Equal(t, c.persisted, c.truth(n), "after a restart the truth shows")
			n.checkLog()
		})
	}
}

func post(n *node) error {
	_, err := n.Add(ctx, analyst, "publish", [][]byte{[]byte(indicator(2, 1, "green")), []byte(indicator(3, 1, "green"))})
	return err
}

func posted(n *node) bool {
	seen := n.sees(xb, "for-csirt-xb", "")
	require.NotEqual(n.t, 2, len(seen), "a part of a batch")
	return len(seen) == 3
}

func withdraw(n *node) error {
	return n.Delete(ctx, analyst, "publish", stix.ID("indicator--"+uid(1)), taxii.Query{})
}

func withdrawn(n *node) bool { return len(n.sees(xb, "for-csirt-xb", "")) == 0 }

// TestStop: what was handed over before the stop is written, what comes after is refused.
func TestStop(t *testing.T) {
	n := newNode(t)
	n.put(analyst, "publish", indicator(1, 1, "green"))
	n.stop()
	err := <-n.result
	require.NoError(t, err)
	patient, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for range 200 { // more than wait in the queue
		_, err = n.Add(patient, analyst, "publish", [][]byte{[]byte(indicator(2, 1, "green"))})
		require.ErrorIs(t, err, exchange.ErrStopping)
	}
	n.result <- nil
	n.restart()
	assert.Equal(t, []string{name(1, 1)}, n.sees(xb, "for-csirt-xb", ""))
}
