package exchange_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/trust/exchange"
	"entente/trust/ledger"
)

// told is what the ledger shows of a choice, one line an entry.
func (n *node) told(choice exchange.LedgerChoice) (list []string) {
	n.t.Helper()
	err := n.Ledger(ctx, choice, func(e exchange.LedgerEntry) error {
		assert.NotZero(n.t, e.Seq)
		assert.False(n.t, e.Time.IsZero() && e.PurgedBy == 0)
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", e.Kind, e.Actor, e.Object, strings.Join(e.Members, ","))))
		return nil
	})
	require.NoError(n.t, err)
	return list
}

// exported is the ledger as a file, and what verifying that says.
func (n *node) exported() (text string, report ledger.Report, err error) {
	n.t.Helper()
	var out bytes.Buffer
	require.NoError(n.t, n.ExportLedger(ctx, &out))
	a, err := ledger.ReadExport(bytes.NewReader(out.Bytes()))
	require.NoError(n.t, err)
	report, err = ledger.Verify(a, ledgerKey(n.t).Verifiers)
	return out.String(), report, err
}

// I-8: everything that happens is in the ledger, which verifies, here and as an exported file.
func TestLedgerTells(t *testing.T) {
	world := peers().with("agreements/mou.yaml", agreed("max_tlp: amber"), "communities/north.yaml", "community: north\nmembers: [csirt-xa, csirt-xc]\n")
	n := newWorld(t, world)
	one, two := stix.ID("indicator--"+uid(1)), stix.ID("indicator--"+uid(2))
	n.put(officer, "publish", indicator(1, 1, "amber"), indicator(2, 1, "green"))
	n.sees(xb, "for-csirt-xb", "")
	n.apply(world.with("agreements/mou.yaml", ""))
	_, err := n.Recall(ctx, two, "anna", "it names a victim")
	require.NoError(t, err)

	assert.Equal(t, []string{
		"admission account officer " + string(one),
		"release  " + string(one) + " csirt-xb",
	}, n.told(exchange.LedgerChoice{Object: one}))
	assert.Equal(t, []string{
		"admission account officer " + string(two), "release  " + string(two) + " csirt-xb,csirt-xc,csirt-xd", "recall anna " + string(two) + " csirt-xb",
	}, n.told(exchange.LedgerChoice{Object: two}))
	assert.Equal(t, []string{"delivery   csirt-xb"}, n.told(exchange.LedgerChoice{Kind: ledger.Delivery, Member: "csirt-xb"}))
	assert.NotContains(t, strings.Join(n.told(exchange.LedgerChoice{Member: "csirt-xc"}), "\n"), one)
	assert.NotEmpty(t, n.told(exchange.LedgerChoice{Kind: ledger.Audience}))
	assert.NotEmpty(t, n.told(exchange.LedgerChoice{Kind: ledger.Policy}))

	all := n.told(exchange.LedgerChoice{})
	assert.NotContains(t, strings.Join(all, "\n"), "audience")
	assert.Equal(t, all[len(all)-3:], n.told(exchange.LedgerChoice{Last: 3}))
	assert.Equal(t, all, n.told(exchange.LedgerChoice{Last: 1000}))
	assert.Equal(t, all[1:], n.told(exchange.LedgerChoice{After: 1}))
	stop := errors.New("enough")
	assert.ErrorIs(t, n.Ledger(ctx, exchange.LedgerChoice{}, func(exchange.LedgerEntry) error { return stop }), stop)

	_, report, err := n.exported()
	require.NoError(t, err)
	head, err := n.LedgerHead(ctx)
	require.NoError(t, err)
	latest, err := ledger.OpenHead(head, ledgerKey(t).Verifiers)
	require.NoError(t, err)
	assert.Equal(t, latest, report.Head)
}

// A tampered export is found, and where.
func TestLedgerExportTampered(t *testing.T) {
	n := newWorld(t, peers())
	n.put(officer, "publish", indicator(1, 1, "clear"), indicator(2, 1, "clear"))
	text, _, err := n.exported()
	require.NoError(t, err)
	lines := strings.SplitAfter(text, "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, `"kind":"release"`) })
	require.Positive(t, at)
	seq := 0
	_, err = fmt.Sscanf(lines[at], `{"seq":%d,`, &seq)
	require.NoError(t, err)
	edited := strings.Replace(lines[at], uid(1), uid(3), 1)
	for _, row := range []struct {
		name string
		text string
		kind ledger.Tampering
	}{
		{"edited", strings.Replace(text, lines[at], edited, 1), ledger.Edited},
		{"removed", strings.Replace(text, lines[at], "", 1), ledger.Removed},
		{"cut off", strings.Join(lines[:at], ""), ledger.CutOff},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.NotEqual(t, text, row.text)
			a, err := ledger.ReadExport(strings.NewReader(row.text))
			require.NoError(t, err)
			_, err = ledger.Verify(a, ledgerKey(t).Verifiers)
			var f *ledger.Fault
			require.ErrorAs(t, err, &f)
			assert.EqualValues(t, seq, f.Seq)
			assert.Equal(t, row.kind, f.Kind)
		})
	}
}

// What went to a member is proved to strangers, and what never did, to whoever has the ledger.
func TestProve(t *testing.T) {
	n := newWorld(t, peers().with("agreements/mou.yaml", agreed("max_tlp: amber")))
	one := stix.ID("indicator--" + uid(1))
	n.put(officer, "publish", indicator(1, 1, "amber"))
	n.sees(xb, "for-csirt-xb", "")
	n.turn(1e9)
	n.put(officer, "publish", indicator(1, 2, "amber"))

	p, err := n.Prove(ctx, one, "csirt-xb")
	require.NoError(t, err)
	require.Len(t, p.Released, 2)
	for i, want := range []struct {
		version string
		read    bool
	}{{"2026-01-01T00:00:01.000Z", true}, {"2026-01-01T00:00:02.000Z", false}} {
		r := p.Released[i]
		assert.Equal(t, want.read, r.Read, "the member has not read since")
		s, err := ledger.CheckProof([]byte(r.Proof), ledgerKey(t).Verifiers)
		require.NoError(t, err)
		assert.Equal(t, ledger.Statement{
			Node: "csirt-xa", Object: one, Version: r.Version, Hash: s.Hash, Member: "csirt-xb",
			Time: r.Time, Revision: s.Revision, Seq: r.Seq, Head: s.Head,
		}, s)
		assert.Equal(t, fmt.Sprintf("%x %x", s.Hash, s.Revision), r.Hash+" "+r.Revision)
	}

	none, err := n.Prove(ctx, one, "csirt-xc")
	require.NoError(t, err)
	assert.Empty(t, none.Released)
	assert.Equal(t, p.Entries, none.Entries, "and it was gone through whole")
	assert.Equal(t, p.Head, none.Head)

	_, err = n.Prove(ctx, one, "csirt-xx")
	assert.ErrorContains(t, err, "there is no member csirt-xx")
	_, err = n.Prove(ctx, "indicator--"+stix.ID(uid(7)), "csirt-xb")
	assert.ErrorIs(t, err, exchange.ErrNotFound)
}

// What is purged is forgotten: by the ledger, its export and its proofs, which say that something is
// gone. The rest verifies.
func TestPurgeLedger(t *testing.T) {
	n := newWorld(t, peers().with("agreements/mou.yaml", agreed("max_tlp: amber")))
	one := stix.ID("indicator--" + uid(1))
	n.put(officer, "publish", indicator(1, 1, "amber"), indicator(2, 1, "amber"))
	p, err := n.Prove(ctx, one, "csirt-xb")
	require.NoError(t, err)
	require.Len(t, p.Released, 1)
	seq := p.Released[0].Seq

	require.NoError(t, n.PurgeLedger(ctx, seq, "root", "a court order"))
	n.restart()
	_, report, err := n.exported()
	require.NoError(t, err)
	assert.EqualValues(t, 1, report.Purged)
	p, err = n.Prove(ctx, one, "csirt-xb")
	require.NoError(t, err)
	assert.Empty(t, p.Released)
	assert.EqualValues(t, 1, p.Purged, "and that is said")
	assert.Equal(t, []string{"admission account officer " + string(one)}, n.told(exchange.LedgerChoice{Object: one}))
	assert.Equal(t, []string{"purge root"}, n.told(exchange.LedgerChoice{Kind: ledger.Purge}))

	for _, row := range []struct {
		name string
		seq  int64
		want string
	}{
		{"twice", seq, "was purged already, by entry"},
		{"the record of a purge", report.Head.Size, "says why entry"},
		{"an audience", 0, "defines an audience"},
		{"nothing", 1 << 40, "not found"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.seq == 0 {
				err := n.Ledger(ctx, exchange.LedgerChoice{Kind: ledger.Audience}, func(e exchange.LedgerEntry) error { row.seq = e.Seq; return nil })
				require.NoError(t, err)
			}
			assert.ErrorContains(t, n.PurgeLedger(ctx, row.seq, "root", "why"), row.want)
		})
	}
	_, again, err := n.exported()
	require.NoError(t, err)
	assert.Equal(t, report, again, "nothing was done")
}
