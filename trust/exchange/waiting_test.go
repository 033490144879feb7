package exchange_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/storage"
	"entente/storage/bolt"
	"entente/taxii"
	"entente/trust"
)

// TestMoreReferrersThanACommitJudges is P-4 (11) and I-1 where more objects refer to what is marked
// more strictly than one commit looks at: the rest is hidden until its turn comes, also if the node
// stops meanwhile.
func TestMoreReferrersThanACommitJudges(t *testing.T) {
	const referrers, batch = 20_500, 4_100
	n := &node{t: t, path: t.TempDir() + "/node.db", policy: policy(), now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	n.open = func(path string) (storage.Store, error) { return bolt.Open(path, bolt.Options{NoSync: true}) }
	n.start()
	t.Cleanup(n.shut)
	malware := func(version int, level trust.Level) string {
		return fmt.Sprintf(`{"type":"malware","spec_version":"2.1","id":"malware--%s","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:0%d.000Z","is_family":false,"name":"m","object_marking_refs":[%q]}`, uid(1), version, trust.MarkingOf(level))
	}
	relationships := func() int {
		total, q := 0, taxii.Query{Types: []string{"relationship"}, Limit: 10_000}
		for {
			page, err := n.Objects(ctx, xb, "for-csirt-xb", q)
			require.NoError(t, err)
			if total += page.Count; !page.More {
				return total
			}
			q = taxii.Query{Next: page.Next, Limit: 10_000}
		}
	}
	n.put(analyst, "publish", malware(1, trust.Green))
	for at := 0; at < referrers; at += batch {
		objects := make([]string, batch)
		for i := range objects {
			objects[i] = fmt.Sprintf(`{"type":"relationship","spec_version":"2.1","id":"relationship--%s","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","relationship_type":"related-to","source_ref":"malware--%s","target_ref":"malware--%s","object_marking_refs":[%q]}`,
				uid(1000+at+i), uid(1), uid(1), trust.MarkingOf(trust.Clear))
		}
		n.put(analyst, "publish", objects...)
	}
	require.Equal(t, referrers, relationships())

	n.turn(time.Minute)
	n.put(analyst, "publish", malware(2, trust.Amber))
	assert.Zero(t, relationships(), "I-1 at once")
	n.restart()
	assert.Zero(t, relationships(), "nor after a restart")
	n.settle()
	assert.Zero(t, relationships())

	n.turn(time.Minute)
	n.put(analyst, "publish", malware(3, trust.Green))
	n.restart()
	n.settle()
	assert.Equal(t, referrers, relationships(), "I-4 all of them, each once")
	differing, err := n.Differing(ctx)
	require.NoError(t, err)
	assert.Empty(t, differing)
	n.checkLog()
}

// TestWaitingEndsDuringARead is I-1 where what waited is judged while somebody reads: its snapshot
// is of before, so that what was hidden from it stays so.
func TestWaitingEndsDuringARead(t *testing.T) {
	var viewed func()
	n := &node{t: t, path: t.TempDir() + "/node.db", policy: policy(), hand: true, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	n.wrap = func(s storage.Store) storage.Store { return hooked{Store: s, viewed: &viewed} }
	n.start()
	t.Cleanup(n.shut)
	objects := []string{thing("malware", 1, 1, "green", `"is_family":false,"name":"m"`)}
	for i := range 9 {
		objects = append(objects, thing("relationship", 20+i, 1, "clear", `"relationship_type":"related-to","source_ref":"malware--`+uid(1)+`","target_ref":"malware--`+uid(1)+`"`))
	}
	n.put(analyst, "publish", objects...)
	n.settle()
	require.Len(t, n.sees(xb, "for-csirt-xb", "match[type]=relationship"), 9)
	n.turn(time.Minute)
	n.put(analyst, "publish", thing("malware", 1, 2, "amber", `"is_family":false,"name":"m"`))
	require.Empty(t, n.sees(xb, "for-csirt-xb", "match[type]=relationship"), "hidden until they are judged")
	viewed = n.settle
	assert.Empty(t, n.sees(xb, "for-csirt-xb", "match[type]=relationship"))
	require.Nil(t, viewed)
	assert.Empty(t, n.sees(xb, "for-csirt-xb", "match[type]=relationship"))
	n.checkLog()
}
