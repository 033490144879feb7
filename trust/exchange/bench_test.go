package exchange_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entente/taxii"
	"entente/trust"
	"entente/trust/exchange"
)

// network is a world of some members, of which half share a community, and twice as many
// agreements, the first of which says this.
func network(members int, flow string) world {
	w := world{"local.yaml": "public: true\n"}
	var north []string
	for i := range members {
		id := fmt.Sprintf("csirt-%03d", i)
		w["members/"+id+".yaml"] = fmt.Sprintf("member: %s\ntrust: 3\nrelation: peer\n", id)
		if i%2 == 1 {
			north = append(north, id)
		}
		for j, sector := range []string{"energy", "finance"} {
			mou := fmt.Sprintf("mou-%03d-%d", i, j)
			w["agreements/"+mou+".yaml"] = fmt.Sprintf("agreement: %s\nparties: [csirt-xa, %s]\nflows:\n  - {from: csirt-xa, to: %s, max_tlp: amber, sectors: [%s]}\n", mou, id, id, sector)
		}
	}
	w["communities/north.yaml"] = "community: north\nmembers: [csirt-xa, " + strings.Join(north, ", ") + "]\n"
	w["agreements/mou-000-0.yaml"] = "agreement: mou-000-0\nparties: [csirt-xa, csirt-000]\nflows:\n  - {from: csirt-xa, to: csirt-000, " + flow + "}\n"
	return w
}

// benchObject is an indicator as feeds have them, of 700 bytes.
func benchObject(n int) []byte {
	h := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
	id := fmt.Sprintf("%x-%x-4%x-8%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
	id = id[:14] + id[14:18] + id[19:24] + id[25:]
	level := []trust.Level{trust.Green, trust.Amber, trust.Green, trust.Clear}[n%4]
	return fmt.Appendf(nil, `{"type":"indicator","spec_version":"2.1","id":"indicator--%s","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",`+
		`"name":"Beacon %d","description":"%s","pattern":"[file:hashes.'SHA-256' = '%x']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","labels":["sector:%s"],"confidence":80,"object_marking_refs":["%s"]}`,
		id, n, strings.Repeat("Seen in the energy sector. ", 8), h, []string{"energy", "finance", "health"}[n%3], trust.MarkingOf(level))
}

// benchNode runs by the real clock, on a store that syncs.
func benchNode(b *testing.B, w world) *node {
	n := &node{t: b, path: b.TempDir() + "/node.db", ticks: true}
	n.policy, _ = w.parse(b)
	n.start()
	b.Cleanup(n.shut)
	return n
}

// pour publishes objects in batches of 500 and says how long that took.
func pour(t testing.TB, n *node, first, count int) time.Duration {
	start := time.Now()
	for at := first; at < first+count; at += 500 {
		objects := make([]string, 500)
		for i := range objects {
			objects[i] = string(benchObject(at + i))
		}
		st := n.add(analyst, "publish", objects...)
		require.Zero(t, st.FailureCount, "%+v", st.Failures)
	}
	return time.Since(start)
}

// BenchmarkMembers is what members cost the writer: the rate with 194 of them over that with 5.
func BenchmarkMembers(b *testing.B) {
	const batch = 10_000
	small, large := benchNode(b, network(5, "max_tlp: amber")), benchNode(b, network(194, "max_tlp: amber"))
	var few, many time.Duration
	made := 0
	for b.Loop() {
		few += pour(b, small, made, batch)
		many += pour(b, large, made, batch)
		made += batch
	}
	b.ReportMetric(float64(made)/few.Seconds(), "objects/s-5")
	b.ReportMetric(float64(made)/many.Seconds(), "objects/s-194")
	b.ReportMetric(many.Seconds()/few.Seconds(), "times")
}

// BenchmarkReevaluate applies one changed agreement to a full node (ENTENTE_OBJECTS, default
// 50,000), in three ways, while objects are published, and says how long the release took and what
// it left of the rate.
func BenchmarkReevaluate(b *testing.B) {
	count := 50_000
	if v := os.Getenv("ENTENTE_OBJECTS"); v != "" {
		var err error
		count, err = strconv.Atoi(v)
		require.NoError(b, err)
	}
	n := benchNode(b, network(194, "max_tlp: clear"))
	pour(b, n, 0, count)
	made := count
	for _, c := range []struct{ name, flow string }{
		{"a third newly released", "max_tlp: amber, sectors: [energy]"}, {"all newly released", "max_tlp: amber"}, {"all withdrawn", "max_tlp: clear"},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				const alone = 10_000
				before := pour(b, n, made, alone).Seconds() / alone
				made += alone
				p, files := network(194, c.flow).parse(b)
				start := time.Now()
				_, err := n.Apply(ctx, exchange.Revision{Policy: p, Files: files, Author: "officer"})
				require.NoError(b, err)
				applied := time.Since(start)
				during, took := 0, time.Duration(0)
				for pending := true; pending; pending, err = n.Pending(ctx) {
					require.NoError(b, err)
					took += pour(b, n, made, 500)
					made, during = made+500, during+500
				}
				released := time.Since(start)
				b.ReportMetric(applied.Seconds(), "s-to-apply")
				b.ReportMetric(released.Seconds(), "s-to-release")
				b.ReportMetric(float64(made), "objects")
				b.ReportMetric(1/before, "objects/s-before")
				b.ReportMetric(100*before/(took.Seconds()/float64(during)), "%-of-rate")
			}
		})
	}
	page, err := n.Objects(ctx, trust.Principal{Kind: trust.Member, ID: "csirt-000"}, "for-csirt-000", taxii.Query{Limit: 10})
	require.NoError(b, err)
	require.NotZero(b, page.Count)
}
