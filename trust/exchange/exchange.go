package exchange

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gofrs/uuid/v5"

	"entente/stix"
	"entente/storage"
	"entente/taxii"
	"entente/trust"
	"entente/trust/ledger"
)

var (
	// ErrNotFound is what is not there, and what the caller may not know of: one answer (I-1).
	ErrNotFound = errors.New("not found")
	// ErrForbidden is an action on a collection that the caller sees but may not do this to.
	ErrForbidden = errors.New("forbidden")
	// ErrStopping is a write that came too late: the node stops and the outcome of writes that
	// were under way may be unknown.
	ErrStopping = errors.New("the node is stopping")
	// ErrCursor is a `next` that this node did not give to this caller for this endpoint.
	ErrCursor = taxii.ErrCursor
)

// Refusal is what the exchange does not do, with what to do instead: fit for who asked.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Config is what an Exchange needs. Fields with a default may be left zero.
type Config struct {
	Store  storage.Store
	Policy *trust.Policy
	Files  []trust.File // what it was parsed from; kept as the first revision where none was applied
	Reader *stix.Reader
	Sealer *taxii.Sealer

	Ledger ledger.Key // signs the disclosure ledger; its name is the node's id

	Identity stix.ID // the identity that this node creates objects as

	Now    func() time.Time // default time.Now
	NewID  func() uuid.UUID // random UUIDv4; default uuid.NewV4
	Log    *slog.Logger     // default slog.Default()
	Random io.Reader        // fit for keys; default crypto/rand

	PageLimit       int           // objects of a page, and the most a client may ask for; default 1000 and 10,000
	MaxPageLimit    int           //
	PageBytes       int           // object bytes after which a page ends early; default 16 MiB
	StatusRetention time.Duration // default 48 h; TAXII asks for 24 h at least
	OptionalFilters bool          // the interop profile's optional match fields
}

// Exchange admits, commits and releases. Its methods may be called concurrently while Run runs.
type Exchange struct {
	store  storage.Store
	reader *stix.Reader
	sealer *taxii.Sealer
	now    func() time.Time
	newID  func() uuid.UUID
	log    *slog.Logger
	cfg    Config
	parts  parts

	regime    atomic.Pointer[regime]
	cases     *cases
	audiences *audiences
	waiting   *waiting // lines that wait to be judged
	marks     marks
	reread    atomic.Int64 // entries beyond this date are still to be read as the policy reads now
	turn      atomic.Int64 // when the gate may next open or shut by time alone, in microseconds

	// Of the committer alone.
	company *companions
	due     time.Time // of the first embargo that will be over; zero: none
	sweep   *sweepState
	endings *endings
	readAs  string // the fingerprint of the policy that objects were last read with
	journal journal
	served  time.Time // when the last submission was
	resting time.Time // until then the work in the background rests

	queue   chan *submission
	stopped chan struct{}
	metrics *metrics
}

// Open reads what the store holds, and puts the policy in force; what changed since the node last
// ran is withdrawn at once, or released as soon as Run runs. Nothing can be written before Run.
func Open(ctx context.Context, cfg Config) (*Exchange, error) {
	if cfg.Identity == "" {
		return nil, errors.New("no identity: give the id of the identity that this node creates objects as")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = func() uuid.UUID { return uuid.Must(uuid.NewV4()) }
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	cfg.PageLimit = cmp.Or(cfg.PageLimit, 1000)
	cfg.MaxPageLimit = max(cmp.Or(cfg.MaxPageLimit, 10_000), cfg.PageLimit)
	cfg.PageBytes = cmp.Or(cfg.PageBytes, 16<<20)
	cfg.StatusRetention = cmp.Or(cfg.StatusRetention, 48*time.Hour)
	x := &Exchange{
		store: cfg.Store, reader: cfg.Reader, sealer: cfg.Sealer,
		now: cfg.Now, newID: cfg.NewID, log: cfg.Log, cfg: cfg,
		parts: parts{entries: 4_000, anew: 1_000, affected: 20_000, due: 5_000},
		cases: newCases(), audiences: newAudiences(), waiting: newWaiting(), company: newCompanions(),
		queue: make(chan *submission, 64), stopped: make(chan struct{}),
		metrics: newMetrics(),
	}
	before, err := x.restore(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the gate: %w", err)
	}
	first, err := x.firstRevision(ctx)
	if err != nil {
		return nil, err
	}
	return x, x.enact(ctx, cfg.Policy, before, first)
}

// restore reads what decisions were made with when the node last ran.
func (x *Exchange) restore(ctx context.Context) (before *regime, err error) {
	before = newRegime(&trust.Snapshot{Policy: &trust.Policy{}}, nil)
	return before, x.store.View(ctx, func(s storage.Snapshot) (err error) {
		for c, err := range s.Classes() {
			if err != nil {
				return err
			}
			x.cases.add(c)
		}
		rows := make([]*row, len(x.cases.all()))
		for i := range rows {
			rows[i] = &row{}
		}
		var failed error
		for _, v := range recordsOf(s, columnRecord, nil, &failed) {
			before.column[string(v)] = len(before.readers)
			before.readers = append(before.readers, trust.Principal{Kind: trust.Member, ID: string(v)})
		}
		for k, v := range recordsOf(s, gateRecord, nil, &failed) {
			r, err := readRow(v)
			if err != nil || int(binary.BigEndian.Uint32(k)) >= len(rows) {
				return cmp.Or(err, errors.New("a row of the gate has no case: restore a backup"))
			}
			rows[binary.BigEndian.Uint32(k)] = r
		}
		for k, v := range recordsOf(s, audienceRecord, nil, &failed) {
			x.audiences.add(binary.BigEndian.Uint32(k), readColumns(v))
		}
		for k, v := range recordsOf(s, alongRecord, nil, &failed) {
			x.company.add([16]byte(k), binary.BigEndian.Uint32(k[16:]), int(binary.BigEndian.Uint32(v)))
		}
		for k := range recordsOf(s, waitingRecord, nil, &failed) {
			x.waiting.add(stix.ID(k), nil)
		}
		for k := range recordsOf(s, dueRecord, nil, &failed) {
			x.due = time.UnixMicro(int64(key64(k))).UTC()
			break
		}
		before.rows.Store(&rows)
		if x.journal, err = openJournal(s, &x.cfg); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		return errors.Join(failed, x.marks.restore(s), x.resume(s))
	})
}

// makeReaders gives the members that the policy forgives otherwise a reader of their own.
func makeReaders(p *trust.Policy) (map[string]*stix.Reader, error) {
	readers := map[string]*stix.Reader{}
	for id, m := range p.Members {
		if m.Tolerate == nil {
			continue
		}
		r, err := stix.NewReader(stix.Options{Tolerate: *m.Tolerate})
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", id, err)
		}
		readers[id] = r
	}
	return readers, nil
}

// readerFor is the reader with what a source is forgiven.
func (x *Exchange) readerFor(s trust.Source) *stix.Reader {
	if r, ok := x.regime.Load().forgiving[s.Name]; ok && s.Kind == trust.FromMember {
		return r
	}
	return x.reader
}
