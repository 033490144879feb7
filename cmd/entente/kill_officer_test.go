package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The two policies between which officers change: under the second csirt-xb gets no AMBER, and
// csirt-xc nothing within an hour, which makes the node judge every object anew.
const (
	wideFlow   = "agreement: mou\nparties: [csirt-xa, csirt-xb]\nflows: [{from: csirt-xa, to: csirt-xb, max_tlp: amber}]\n"
	narrowFlow = "agreement: mou\nparties: [csirt-xa, csirt-xb]\nflows: [{from: csirt-xa, to: csirt-xb, max_tlp: green}]\n"
	wideLocal  = "public: false\n"
	embargoed  = "public: false\nrules: [{to: csirt-xc, embargo: 1h}]\n"
)

const ambers, greens = 900, 700

// changer kills a node while officers change its policy and take objects back.
type changer struct {
	t        *testing.T
	made     made
	rand     *rand.Rand
	wide     bool          // what is in force
	applied  int           // revisions that were
	recalled []string      // objects
	took     time.Duration // an apply and what follows from it
}

func newChanger(t *testing.T) *changer {
	seed := number(t, "ENTENTE_KILL_SEED", int(time.Now().UnixNano()%1e9))
	t.Logf("ENTENTE_KILL_SEED=%d", seed)
	d := &changer{t: t, made: withMembers(t), rand: rand.New(rand.NewPCG(uint64(seed), 1)), wide: true, applied: 1}
	d.write(true)
	n := d.made.spawn(t)
	var objects []string
	for i := range ambers + greens {
		mark := markAmber
		if i >= ambers {
			mark = markGreen
		}
		objects = append(objects, marked(i, mark))
	}
	for part := range slices.Chunk(objects, 400) {
		n.publish(part...)
	}
	n.objects(xbToken, "for-csirt-xb") // so that what is recalled was read
	begun := time.Now()
	for _, wide := range []bool{false, true} {
		d.write(wide)
		require.Equal(t, exitDone, n.entente("policy", "apply").code)
		d.wide, d.applied = wide, d.applied+1
		d.settled(n)
	}
	d.took = time.Since(begun) / 2
	n.kill()
	return d
}

// write puts one of the two policies into the folder.
func (d *changer) write(wide bool) {
	d.t.Helper()
	agreement, local := narrowFlow, embargoed
	if wide {
		agreement, local = wideFlow, wideLocal
	}
	policy := filepath.Join(d.made.Dir, "policy")
	require.NoError(d.t, os.WriteFile(filepath.Join(policy, "agreements", "mou.yaml"), []byte(agreement), 0o600))
	require.NoError(d.t, os.WriteFile(filepath.Join(policy, "local.yaml"), []byte(local), 0o600))
}

// id is an object's.
func (d *changer) id(i int) string { return fmt.Sprintf("indicator--00000000-0000-4000-8000-%012x", i) }

// views are the indicators that the two members see, and the notices.
func (d *changer) views(n *running) (xb, xc, notices []string) {
	d.t.Helper()
	indicators := func(token, member string) (list []string) {
		for _, o := range n.objects(token, "for-"+member) {
			if strings.Contains(o, `"note"`) {
				notices = append(notices, o)
			} else {
				list = append(list, ids(d.t, []string{o})...)
			}
		}
		return list
	}
	return indicators(xbToken, "csirt-xb"), indicators(xcToken, "csirt-xc"), notices
}

// due are those that the policy in force permits.
func (d *changer) due() (xb, xc int) {
	gone := len(d.recalled) // all were AMBER
	if d.wide {
		return ambers + greens - gone, greens
	}
	return greens, 0
}

// settled waits until members see what the policy permits: never more than that, and all in the end.
func (d *changer) settled(n *running) {
	d.t.Helper()
	xbDue, xcDue := d.due()
	require.Eventually(d.t, func() bool {
		xb, xc, _ := d.views(n)
		require.LessOrEqual(d.t, len(xb), xbDue, "csirt-xb sees more than the policy in force permits")
		require.LessOrEqual(d.t, len(xc), xcDue, "csirt-xc sees more than the policy in force permits")
		return len(xb) == xbDue && len(xc) == xcDue
	}, 20*time.Second, 20*time.Millisecond)
}

// round kills the node while a policy is applied and an object recalled, and starts it again.
func (d *changer) round(i int) {
	n := d.made.spawn(d.t)
	wide, object := !d.wide, d.id(i)
	d.write(wide)
	var acts sync.WaitGroup
	var apply, recall result
	acts.Go(func() { apply = n.entente("policy", "apply") })
	acts.Go(func() { recall = n.entente("recall", object, "--reason", "a drill") })
	<-time.After(time.Duration(d.rand.Int64N(int64(d.took + d.took/2))))
	n.kill()
	acts.Wait()
	n.http.CloseIdleConnections()

	n = d.made.spawn(d.t)
	history := decode[revisions](d.t, n.entente("policy", "history", "--json")).Revisions
	if apply.code == exitDone || len(history) > d.applied {
		require.Len(d.t, history, d.applied+1, "%+v", apply)
		d.wide, d.applied = wide, d.applied+1
	}
	require.Len(d.t, history, d.applied)
	shown := entries(d.t, n.entente("ledger", "show", "--object", object, "--kind", "recall", "--json"))
	require.True(d.t, recall.code != exitDone || len(shown) == 1, "the recall was acknowledged and lost")
	if len(shown) > 0 {
		d.recalled = append(d.recalled, object)
	}
	d.settled(n)
	_, _, notices := d.views(n)
	assert.Len(d.t, notices, len(d.recalled), "each recall is told of once")
	verified := n.entente("ledger", "verify")
	assert.Equal(d.t, exitDone, verified.code, verified.err)
	n.kill()
}

// A node that is killed at any moment of apply, recall and what follows in the background has the
// old policy afterwards, not acknowledged, or the new one, and the same holds of recalls; members see what
// that permits and nothing else, and the ledger verifies. ENTENTE_KILL_CYCLES=1000 is the long form.
func TestKilledWhileOfficersDecide(t *testing.T) {
	d := newChanger(t)
	cycles := number(t, "ENTENTE_KILL_CYCLES", 6)
	for i := range min(cycles, ambers) {
		d.round(i)
		require.False(t, t.Failed(), "round %d", i)
	}
	t.Logf("%d rounds, %d policies applied, %d objects recalled, an apply took %s", cycles, d.applied, len(d.recalled), d.took.Round(time.Millisecond))
}
