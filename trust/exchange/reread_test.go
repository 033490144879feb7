package exchange_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust/exchange"
)

// TestWhatAPolicyReadsOtherwise is P-6 where a revision asks objects for what the one before did not
// look at: what it forbids is invisible when Apply returns, though every object must be read again.
func TestWhatAPolicyReadsOtherwise(t *testing.T) {
	const objects = 30
	before := peers().with("agreements/mou.yaml", agreed("max_tlp: amber"))
	n := &node{t: t, path: t.TempDir() + "/node.db", hand: true, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	n.policy, _ = before.parse(t)
	n.start()
	t.Cleanup(n.shut)
	var all []string
	for i := range objects {
		labels := `"labels":["kept"]`
		if i%2 == 1 {
			labels = `"labels":["secret"]`
		}
		all = append(all, indicator(i, 1, "green", labels))
	}
	n.put(analyst, "publish", all...)
	watcher := watcher{who: xb, at: "for-csirt-xb", read: map[string]bool{}}
	watcher.poll(n)
	require.Len(t, n.sees(xb, "for-csirt-xb", "limit=1000"), objects)

	n.turn(time.Minute)
	w := before.with("local.yaml", "rules: [{to: csirt-xb, exclude: {labels: [secret]}}]\n")
	p, files := w.parse(t)
	_, err := n.Apply(ctx, exchange.Revision{Policy: p, Files: files, Author: "officer"})
	require.NoError(t, err)
	page, err := n.objects(xb, "for-csirt-xb", "limit=1000")
	require.NoError(t, err)
	assert.NotContains(t, string(page.Objects), "secret", "while objects are read again")
	n.put(analyst, "publish", indicator(objects, 1, "green", `"labels":["kept"]`))
	watcher.poll(n)
	n.settle()
	watcher.poll(n)
	seen := n.sees(xb, "for-csirt-xb", "limit=1000")
	assert.Len(t, seen, objects/2+1)
	for _, v := range seen {
		assert.True(t, watcher.read[v], "I-4 %s", v)
	}
	assert.False(t, strings.Contains(fmt.Sprint(seen), name(1, 1)))
	n.checkLog()
}
