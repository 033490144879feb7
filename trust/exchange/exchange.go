package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gofrs/uuid/v5"

	"entente/stix"
	"entente/storage"
	"entente/taxii"
	"entente/trust"
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

// Config is what an Exchange needs. Fields with a default may be left zero.
type Config struct {
	Store  storage.Store
	Policy *trust.Policy
	Reader *stix.Reader
	Sealer *taxii.Sealer

	Identity stix.ID // the identity that this node creates objects as

	Now   func() time.Time // default time.Now
	NewID func() uuid.UUID // random UUIDv4; default uuid.NewV4
	Log   *slog.Logger     // default slog.Default()

	PageLimit       int           // objects of a page, and the most a client may ask for; default 1000 and 10,000
	MaxPageLimit    int           //
	PageBytes       int           // object bytes after which a page ends early; default 16 MiB
	StatusRetention time.Duration // default 48 h; TAXII asks for 24 h at least
	OptionalFilters bool          // the interop profile's optional match fields
}

// Exchange admits, commits and releases. Its methods may be called concurrently while Run runs.
type Exchange struct {
	store  storage.Store
	policy *trust.Policy
	reader *stix.Reader
	strict map[string]*stix.Reader // of members that are forgiven otherwise than by default
	sealer *taxii.Sealer
	now    func() time.Time
	newID  func() uuid.UUID
	log    *slog.Logger
	cfg    Config

	collections []*collection // ascending by id
	byName      map[string]*collection
	classes     *classes
	gates       *gates

	queue   chan *submission
	stopped chan struct{}
	metrics *metrics
}

// Open reads what the store holds and names the collections that the policy calls for.
// Nothing can be written before Run.
func Open(ctx context.Context, cfg Config) (*Exchange, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = func() uuid.UUID { return uuid.Must(uuid.NewV4()) }
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	cfg.PageLimit = cmp.Or(cfg.PageLimit, 1000)
	cfg.MaxPageLimit = max(cmp.Or(cfg.MaxPageLimit, 10_000), cfg.PageLimit)
	cfg.PageBytes = cmp.Or(cfg.PageBytes, 16<<20)
	cfg.StatusRetention = cmp.Or(cfg.StatusRetention, 48*time.Hour)
	x := &Exchange{
		store: cfg.Store, policy: cfg.Policy, reader: cfg.Reader, sealer: cfg.Sealer,
		now: cfg.Now, newID: cfg.NewID, log: cfg.Log, cfg: cfg,
		queue: make(chan *submission, 64), stopped: make(chan struct{}),
		metrics: newMetrics(),
	}
	if err := errors.Join(x.makeReaders(), x.layOut(ctx)); err != nil {
		return nil, err
	}
	x.classes = newClasses()
	err := x.store.View(ctx, func(s storage.Snapshot) error {
		for c, err := range s.Classes() {
			if err != nil {
				return err
			}
			x.classes.add(c)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read classes: %w", err)
	}
	x.gates = newGates(x.policy, x.classes)
	return x, nil
}

// makeReaders gives the members that the policy forgives otherwise a reader of their own.
func (x *Exchange) makeReaders() error {
	x.strict = map[string]*stix.Reader{}
	for id, m := range x.policy.Members {
		if m.Tolerate == nil {
			continue
		}
		r, err := stix.NewReader(stix.Options{Tolerate: *m.Tolerate})
		if err != nil {
			return fmt.Errorf("member %s: %w", id, err)
		}
		x.strict[id] = r
	}
	return nil
}

// readerFor is the reader with what a source is forgiven.
func (x *Exchange) readerFor(s trust.Source) *stix.Reader {
	if r, ok := x.strict[s.Name]; ok && s.Kind == trust.FromMember {
		return r
	}
	return x.reader
}
