package exchange_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
	"entente/trust"
)

// poller is one client style: how it asks for what comes after a page.
type poller struct {
	name string
	next func(q taxii.Query, page taxii.Page) taxii.Query
	// repeats: the style may meet an object again, because what it keeps is coarser than a date.
	repeats bool
}

func follow(limit int) func(taxii.Query, taxii.Page) taxii.Query {
	return func(_ taxii.Query, page taxii.Page) taxii.Query {
		if page.More {
			return taxii.Query{Next: page.Next, Limit: limit}
		}
		return taxii.Query{AddedAfter: page.Last, Limit: limit}
	}
}

var pollers = []poller{
	{name: "next", next: follow(7)},
	{name: "next, limit 1", next: follow(1)},
	{name: "added_after", next: func(_ taxii.Query, page taxii.Page) taxii.Query {
		return taxii.Query{AddedAfter: page.Last, Limit: 5}
	}},
	{name: "both", next: func(_ taxii.Query, page taxii.Page) taxii.Query {
		return taxii.Query{AddedAfter: page.Last, Next: page.Next, Limit: 11}
	}},
	{name: "added_after cut to milliseconds", repeats: true, next: func(_ taxii.Query, page taxii.Page) taxii.Query {
		return taxii.Query{AddedAfter: page.Last.Truncate(time.Millisecond), Limit: 1000}
	}},
}

// read polls until the writers are done and nothing new comes, and says what it saw. An old checkpoint is read again
// at the end, as a client does that lost the answer.
func (p poller) read(t *testing.T, n *node, who trust.Principal, collection string, want *atomic.Int64) map[string]int {
	seen := map[string]int{}
	q, checkpoint := taxii.Query{Limit: 3}, taxii.Query{Limit: 3}
	for round := 0; ; round++ {
		finished, before := want.Load(), len(seen)
		page, err := n.Objects(ctx, who, collection, q)
		if !assert.NoError(t, err) {
			return seen
		}
		assert.Equal(t, page.More, page.Next != "", "F-08: `next` if and only if `more`")
		if page.More {
			assert.NotZero(t, page.Count, "no empty page with more")
		}
		for _, name := range names(t, page.Objects) {
			seen[name]++
		}
		if round == 3 {
			checkpoint = q
		}
		if finished > 0 && !page.More && len(seen) == before {
			break // nobody writes any more, and there was nothing new
		}
		q = p.next(q, page)
	}
	again, err := n.Objects(ctx, who, collection, checkpoint)
	assert.NoError(t, err)
	for _, name := range names(t, again.Objects) {
		assert.Contains(t, seen, name, "an old checkpoint still works")
	}
	return seen
}

// TestFeed is I-4: 20 writers, a reader of every style, each in two collections; what they read
// together is what was committed, and nothing comes twice in one walk.
func TestFeed(t *testing.T) {
	n := newNode(t)
	const writers, posts, size = 20, 12, 5
	var total atomic.Int64
	var readers, writing sync.WaitGroup
	for _, p := range pollers {
		for _, at := range []struct {
			who        trust.Principal
			collection string
		}{{analyst, "publish"}, {xb, "for-csirt-xb"}} {
			readers.Go(func() {
				seen := p.read(t, n, at.who, at.collection, &total)
				assert.Len(t, seen, writers*posts*size, "%s of %s", p.name, at.collection)
				for name, times := range seen {
					if !p.repeats {
						assert.Equal(t, 1, times, "%s of %s: %s", p.name, at.collection, name)
					}
				}
			})
		}
	}
	for w := range writers {
		writing.Go(func() {
			for i := range posts {
				objects := make([]string, size)
				for j := range objects {
					objects[j] = indicator(w*1000+i*size+j, 1, "green")
				}
				st := n.add(analyst, "publish", objects...)
				assert.Zero(t, st.FailureCount)
				n.turn(300 * time.Microsecond)
			}
		})
	}
	writing.Wait()
	total.Store(writers * posts * size)
	readers.Wait()
	n.checkLog()
	assert.True(t, slices.IsSorted(n.dates(analyst, "publish")))
}

// TestWalkSurvivesRestart: the node stops in the middle of every walk.
func TestWalkSurvivesRestart(t *testing.T) {
	for _, p := range pollers {
		t.Run(p.name, func(t *testing.T) {
			n := newNode(t)
			const batches = 6
			seen := map[string]int{}
			q := taxii.Query{Limit: 3}
			for i := range batches + 20 {
				if i < batches {
					for j := range 4 {
						n.put(analyst, "publish", indicator(i*10+j, 1, "green"))
					}
				}
				n.restart()
				page, err := n.Objects(ctx, xb, "for-csirt-xb", q)
				require.NoError(t, err)
				for _, name := range names(t, page.Objects) {
					seen[name]++
				}
				q = p.next(q, page)
			}
			assert.Len(t, seen, batches*4)
		})
	}
}

// TestParallelReads is F-01: no answer holds another's object.
func TestParallelReads(t *testing.T) {
	n := newNode(t)
	const objects = 40
	for i := range objects {
		n.put(xb, "from-csirt-xb", indicator(i, 1, "green"))
		n.put(xc, "from-csirt-xc", indicator(100+i, 1, "green"))
	}
	var wg sync.WaitGroup
	for w := range 8 {
		who, collection, base := xb, "for-csirt-xb", 100
		if w%2 == 1 {
			who, collection, base = xc, "for-csirt-xc", 0
		}
		wg.Go(func() {
			for i := range 200 {
				want := base + (i*7+w)%objects
				page, err := n.objects(who, collection, "match[id]=indicator--"+uid(want))
				if assert.NoError(t, err) {
					assert.Equal(t, indicator(want, 1, "green"), string(page.Objects), fmt.Sprint(w, i))
				}
			}
		})
	}
	wg.Wait()
}

// TestRevocationBeforeItsObject: a revoked version without a mark has the label before it, also when
// that comes later, and is visible from then on (P-4, I-4).
func TestRevocationBeforeItsObject(t *testing.T) {
	n := newNode(t)
	n.put(analyst, "publish", indicator(1, 2, "", `"revoked":true`), indicator(2, 1, "green"))
	page, err := n.objects(xc, "for-csirt-xc", "")
	require.NoError(t, err)
	require.Equal(t, []string{name(2, 1)}, names(t, page.Objects))
	n.put(analyst, "publish", indicator(1, 1, "green"))
	assert.Equal(t, []string{name(1, 2)}, n.sees(xc, "for-csirt-xc", "added_after="+taxii.FormatTimestamp(page.Last)))
	n.checkLog()
}

// TestUncoveredIsReleasedAnew: what ours spoke for becomes visible again when ours is deleted, and
// then it must not lie before what a poller has read already (I-4, design section 4).
func TestUncoveredIsReleasedAnew(t *testing.T) {
	n := newNode(t)
	n.put(xb, "from-csirt-xb", indicator(1, 1, "green"))
	n.put(officer, "publish", indicator(1, 2, "red"), indicator(2, 1, "green"))
	page, err := n.objects(xc, "for-csirt-xc", "")
	require.NoError(t, err)
	require.Equal(t, []string{name(2, 1)}, names(t, page.Objects))
	require.NoError(t, n.Delete(ctx, officer, "publish", stix.ID("indicator--"+uid(1)), taxii.Query{}))
	assert.Equal(t, []string{name(1, 1)}, n.sees(xc, "for-csirt-xc", "added_after="+taxii.FormatTimestamp(page.Last)))
	n.checkLog()
}
