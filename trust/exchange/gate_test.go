package exchange_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"entente/storage"
)

// hooked is a store that calls out between the steps of others.
type hooked struct {
	storage.Store
	committed, viewing *func()
}

func (h hooked) Commit(ctx context.Context, b *storage.Batch) error {
	err := h.Store.Commit(ctx, b)
	h.call(h.committed)
	return err
}

func (h hooked) View(ctx context.Context, fn func(storage.Snapshot) error) error {
	h.call(h.viewing)
	return h.Store.View(ctx, fn)
}

// call runs a hook once.
func (h hooked) call(hook *func()) {
	if f := *hook; f != nil {
		*hook = nil
		f()
	}
}

// TestNewClassIsNotPassedOver is I-4 where a class appears while a page is read: the reader's
// position must not move beyond an entry because its class was unknown a moment ago.
func TestNewClassIsNotPassedOver(t *testing.T) {
	// A local reader: what a member reads waits for the committer, which is held up here.
	for _, name := range []string{"I-4 read between commit and answer", "I-4 committed between request and snapshot"} {
		t.Run(name, func(t *testing.T) {
			var committed, viewing func()
			n := &node{t: t, path: t.TempDir() + "/node.db", policy: policy(), now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
			n.wrap = func(s storage.Store) storage.Store { return hooked{s, &committed, &viewing} }
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
