package exchange_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/storage"
)

// hooked is a store that calls out between the steps of others.
type hooked struct {
	storage.Store
	committing, committed, viewing, viewed *func()
}

func (h hooked) Commit(ctx context.Context, b *storage.Batch) error {
	h.call(h.committing)
	err := h.Store.Commit(ctx, b)
	h.call(h.committed)
	return err
}

func (h hooked) View(ctx context.Context, fn func(storage.Snapshot) error) error {
	h.call(h.viewing)
	return h.Store.View(ctx, func(s storage.Snapshot) error {
		h.call(h.viewed)
		return fn(s)
	})
}

// call runs a hook once.
func (h hooked) call(hook *func()) {
	if hook == nil || *hook == nil {
		return
	}
	f := *hook
	*hook = nil
	f()
}

// TestNewClassIsNotPassedOver is I-4 where a class appears while a page is read: the reader's
// position must not move beyond an entry because its class was unknown a moment ago.
func TestNewClassIsNotPassedOver(t *testing.T) {
	// A local reader: what a member reads waits for the committer, which is held up here.
	for _, name := range []string{"I-4 read between commit and answer", "I-4 committed between request and snapshot"} {
		t.Run(name, func(t *testing.T) {
			var committed, viewing func()
			n := &node{t: t, path: t.TempDir() + "/node.db", policy: policy(), now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
			n.wrap = func(s storage.Store) storage.Store { return hooked{Store: s, committed: &committed, viewing: &viewing} }
			n.start()
			t.Cleanup(n.shut)
			n.put(analyst, "publish", indicator(1, 1, "green"))
			before := n.sees(tool, "publish", "")
			batch := []string{address(2, ""), indicator(3, 1, "clear"), indicator(4, 1, "green")} // the middle one is of a new class
			var seen []string
			read := func() { seen = n.sees(tool, "publish", "") }
			if name == "I-4 read between commit and answer" {
				committed = read
				n.put(analyst, "publish", batch...)
			} else {
				viewing = func() { n.put(analyst, "publish", batch...) }
				read()
			}
			assert.Equal(t, n.sees(tool, "publish", ""), seen)
			assert.Greater(t, len(seen), len(before))
		})
	}
}

// TestWhoReadsMeanwhileIsTold is P-7 where a member reads an object while it is being taken back: it
// does not get it any more, or it is told.
func TestWhoReadsMeanwhileIsTold(t *testing.T) {
	for how, takeBack := range map[string]func(*node) error{
		"recall": func(n *node) error {
			_, err := n.Recall(ctx, stix.ID("indicator--"+uid(2)), "officer", "wrong")
			return err
		},
		"re-marking": func(n *node) error {
			n.put(officer, "publish", indicator(2, 2, "red"))
			return nil
		},
	} {
		t.Run(how, func(t *testing.T) {
			var committing func()
			n := &node{t: t, path: t.TempDir() + "/node.db", policy: policy(), now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
			n.wrap = func(s storage.Store) storage.Store { return hooked{Store: s, committing: &committing} }
			n.start()
			t.Cleanup(n.shut)
			n.put(analyst, "publish", indicator(1, 1, "green"), indicator(2, 1, "green"))
			require.Equal(t, []string{name(1, 1)}, n.sees(xb, "for-csirt-xb", "limit=1")) // marked durably as if it had read all
			var seen []string
			committing = func() { seen = n.sees(xb, "for-csirt-xb", "") }
			require.NoError(t, takeBack(n))
			require.NotEmpty(t, seen)
			told := types(n, xb, "for-csirt-xb")
			assert.Equal(t, len(seen) > 1, len(told) > 1, "saw %v, has now %v", seen, told)
		})
	}
}

// TestOnePolicyForARequest is I-9: a page is by the policy of its beginning, whatever is applied while
// it is read.
func TestOnePolicyForARequest(t *testing.T) {
	flow := func(sector string) world {
		return peers().with("agreements/mou.yaml", agreed("max_tlp: amber, sectors: ["+sector+"]"))
	}
	var viewed func()
	n := &node{t: t, path: t.TempDir() + "/node.db", now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	n.wrap = func(s storage.Store) storage.Store { return hooked{Store: s, viewed: &viewed} }
	n.policy, _ = flow("energy, finance").parse(t) // so that both are looked at from the start
	n.start()
	t.Cleanup(n.shut)
	n.apply(flow("energy"))
	n.put(analyst, "publish", indicator(1, 1, "amber", `"labels":["sector:energy"]`), indicator(2, 1, "amber", `"labels":["sector:finance"]`))
	require.Equal(t, []string{name(1, 1)}, n.sees(xb, "for-csirt-xb", ""))
	n.turn(time.Minute)
	viewed = func() { n.apply(flow("finance")) }
	assert.Equal(t, []string{name(1, 1)}, n.sees(xb, "for-csirt-xb", ""))
	assert.Equal(t, []string{name(2, 1)}, n.sees(xb, "for-csirt-xb", ""))
}
