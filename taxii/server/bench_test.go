package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bbolt "go.etcd.io/bbolt"

	"entente/stix"
	"entente/storage/bolt"
	"entente/taxii"
	"entente/taxii/server"
	"entente/trust"
	"entente/trust/auth"
	"entente/trust/exchange"
)

// The benchmarks measure a durable node over real HTTP on loopback, and in the same run what the
// machine gives at best for the same bytes: raw bbolt, and a static file. Only ratios compare.

const (
	benchBatch = 500
	benchPage  = 1000
)

// benchIndicator is 1.4 kB, as real indicators are.
func benchIndicator(n int) []byte {
	h := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
	id := fmt.Sprintf("%x-%x-4%x-8%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
	id = id[:8] + id[8:13] + id[13:18] + id[19:24] + id[25:]
	o := fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--%s","created_by_ref":"identity--aaaaaaaa-0000-4000-8000-000000000001","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",`+
		`"name":"Beacon %d","description":"%s","indicator_types":["malicious-activity"],"pattern":"[file:hashes.'SHA-256' = '%x']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","labels":["sector:energy","c2"],"confidence":80,"object_marking_refs":["%s"]}`,
		id, n, strings.Repeat("Seen in the energy sector. ", 28), h, green)
	return []byte(o)
}

type benchNode struct{ url string }

// startBench runs a node that syncs every commit, with a log that nobody reads.
func startBench(b *testing.B, members int) *benchNode {
	b.Helper()
	store, err := bolt.Open(filepath.Join(b.TempDir(), "node.db"), bolt.Options{})
	require.NoError(b, err)
	reader, err := stix.NewReader(stix.Options{Tolerate: stix.DefaultTolerances()})
	require.NoError(b, err)
	sealer, err := taxii.NewSealer(bytes.Repeat([]byte{1}, 32))
	require.NoError(b, err)
	policy := &trust.Policy{Node: nodeID, Revision: strings.Repeat("1", 64), Members: map[string]trust.MemberFile{}, Local: trust.LocalFile{
		Accounts: trust.LocalAccounts{Person: trust.AmberStrict, Tool: trust.Amber}}}
	north := trust.CommunityFile{Community: "north", Members: []string{nodeID}, MaxTLP: trust.Green}
	for i := range members {
		id := fmt.Sprintf("csirt-%03d", i)
		policy.Members[id] = trust.MemberFile{Member: id, Trust: 3}
		north.Members = append(north.Members, id)
	}
	policy.Communities = map[string]trust.CommunityFile{"north": north}
	x, err := exchange.Open(b.Context(), exchange.Config{Store: store, Policy: policy, Reader: reader, Sealer: sealer, Ledger: ledgerKey(b), Identity: "identity--aaaaaaaa-0000-4000-8000-000000000001"})
	require.NoError(b, err)
	s, err := server.New(server.Config{
		NodeID: nodeID, Title: "bench", URL: "http://127.0.0.1", MaxContentLength: 10 << 20, Schemes: []string{"bearer"},
		Exchange: x, Authenticator: benchAuth{}, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(b, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	web := &http.Server{Handler: s}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = web.Serve(listener) })
	running.Go(func() { _ = x.Run(ctx) })
	b.Cleanup(func() { _ = web.Close(); stop(); running.Wait(); require.NoError(b, store.Close()) })
	return &benchNode{"http://" + listener.Addr().String()}
}

// benchAuth knows two tokens: credentials have benchmarks of their own.
type benchAuth struct{}

func (benchAuth) Authenticate(_ context.Context, c auth.Credentials) (trust.Principal, error) {
	switch c.Authorization {
	case "Bearer analyst":
		return trust.Principal{Kind: trust.Account, ID: "analyst", Role: trust.Analyst, Person: true}, nil
	case "Bearer member":
		return trust.Principal{Kind: trust.Member, ID: "csirt-000"}, nil
	}
	return trust.Principal{}, auth.ErrUnauthenticated
}

func (n *benchNode) do(b *testing.B, method, token, path string, body []byte) (*http.Response, int64) {
	r, err := http.NewRequestWithContext(b.Context(), method, n.url+path, bytes.NewReader(body))
	require.NoError(b, err)
	r.Header.Set("Accept", t21)
	r.Header.Set("Accept-Encoding", "identity")
	r.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		r.Header.Set("Content-Type", t21)
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(b, err)
	defer answer.Body.Close()
	size, err := io.Copy(io.Discard, answer.Body)
	require.NoError(b, err)
	return answer, size
}

func benchEnvelope(first int) []byte {
	objects := make([][]byte, benchBatch)
	for i := range objects {
		objects[i] = benchIndicator(first + i)
	}
	return slicesJoin(objects)
}

func slicesJoin(objects [][]byte) []byte {
	return append(append([]byte(`{"objects":[`), bytes.Join(objects, []byte(","))...), "]}"...)
}

// BenchmarkIngest: design section 8, row 1. POSTs of 500 from four clients at once, each answered
// when it is durable, against raw bbolt with the same bytes and keys in the same batches.
func BenchmarkIngest(b *testing.B) {
	for _, members := range []int{5, 194} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			const clients, posts = 4, 20
			n := startBench(b, members)
			made, elapsed := 0, time.Duration(0)
			var raw float64
			for b.Loop() {
				b.StopTimer()
				bodies := make([][]byte, clients*posts)
				for i := range bodies {
					bodies[i] = benchEnvelope(made)
					made += benchBatch
				}
				raw = rawBolt(b, made-len(bodies)*benchBatch, len(bodies))
				b.StartTimer()
				start := time.Now()
				var wg sync.WaitGroup
				for c := range clients {
					wg.Go(func() {
						for _, body := range bodies[c*posts : (c+1)*posts] {
							answer, _ := n.do(b, http.MethodPost, "analyst", rootPath+"collections/publish/objects/", body)
							if answer.StatusCode != http.StatusAccepted {
								b.Error(answer.Status)
							}
						}
					})
				}
				wg.Wait()
				elapsed += time.Since(start)
			}
			rate := float64(made) / elapsed.Seconds()
			b.ReportMetric(rate, "objects/s")
			b.ReportMetric(raw, "bbolt-objects/s")
			b.ReportMetric(100*rate/raw, "%-of-bbolt")
		})
	}
}

// rawBolt puts the same objects in the same batches, with a sequential body key, a log key and a
// random id key, and says how many it puts in a second.
func rawBolt(b *testing.B, first, batches int) float64 {
	path := filepath.Join(b.TempDir(), fmt.Sprintf("raw%d.db", first))
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 32})
	require.NoError(b, err)
	defer os.Remove(path)
	defer db.Close()
	objects := make([][]byte, batches*benchBatch)
	for i := range objects {
		objects[i] = benchIndicator(first + i)
	}
	start := time.Now()
	for i := range batches {
		require.NoError(b, db.Update(func(tx *bbolt.Tx) error { return putRaw(tx, objects[i*benchBatch:(i+1)*benchBatch], i*benchBatch) }))
	}
	return float64(len(objects)) / time.Since(start).Seconds()
}

func putRaw(tx *bbolt.Tx, objects [][]byte, first int) error {
	var buckets [3]*bbolt.Bucket
	for i, name := range []string{"bodies", "log", "ids"} {
		bucket, err := tx.CreateBucketIfNotExists([]byte(name))
		if err != nil {
			return err
		}
		bucket.FillPercent = 0.95
		buckets[i] = bucket
	}
	buckets[2].FillPercent = bbolt.DefaultFillPercent
	for i, o := range objects {
		key := binary.BigEndian.AppendUint64(nil, uint64(first+i))
		id := sha256.Sum256(o)
		for j, put := range [3][2][]byte{{key, o}, {key, make([]byte, 37)}, {id[:24], make([]byte, 33)}} {
			if err := buckets[j].Put(put[0], put[1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// BenchmarkPage: row 3. A page of 1,000 through the gate, against the same bytes as a static file.
func BenchmarkPage(b *testing.B) {
	n := startBench(b, 5)
	for i := 0; i < 20; i++ {
		answer, _ := n.do(b, http.MethodPost, "analyst", rootPath+"collections/publish/objects/", benchEnvelope(i*benchBatch))
		require.Equal(b, http.StatusAccepted, answer.StatusCode)
	}
	page := rootPath + "collections/for-csirt-000/objects/?limit=1000"
	answer, size := n.do(b, http.MethodGet, "member", page, nil)
	require.Equal(b, http.StatusOK, answer.StatusCode)
	require.Greater(b, size, int64(1<<20), "a page of 1,000 objects")

	dir := b.TempDir()
	require.NoError(b, os.WriteFile(filepath.Join(dir, "page.json"), make([]byte, size), 0o600))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	web := &http.Server{Handler: http.FileServer(http.Dir(dir))}
	var running sync.WaitGroup
	running.Go(func() { _ = web.Serve(listener) })
	b.Cleanup(func() { _ = web.Close(); running.Wait() })
	static := &benchNode{"http://" + listener.Addr().String()}

	var ours, file time.Duration
	pages := 0
	for b.Loop() {
		start := time.Now()
		n.do(b, http.MethodGet, "member", page, nil)
		middle := time.Now()
		static.do(b, http.MethodGet, "", "/page.json", nil)
		ours, file, pages = ours+middle.Sub(start), file+time.Since(middle), pages+1
	}
	b.ReportMetric(float64(ours.Microseconds())/float64(pages), "µs/page")
	b.ReportMetric(float64(file.Microseconds())/float64(pages), "µs/file")
	b.ReportMetric(100*file.Seconds()/ours.Seconds(), "%-of-file")
}

// BenchmarkPoll is a sync with nothing new: one request.
func BenchmarkPoll(b *testing.B) {
	n := startBench(b, 5)
	answer, _ := n.do(b, http.MethodPost, "analyst", rootPath+"collections/publish/objects/", benchEnvelope(0))
	require.Equal(b, http.StatusAccepted, answer.StatusCode)
	answer, _ = n.do(b, http.MethodGet, "member", rootPath+"collections/for-csirt-000/objects/", nil)
	last := answer.Header.Get("X-TAXII-Date-Added-Last")
	for b.Loop() {
		n.do(b, http.MethodGet, "member", rootPath+"collections/for-csirt-000/objects/?added_after="+last, nil)
	}
}
