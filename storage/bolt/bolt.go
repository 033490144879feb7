package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	bbolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"entente/storage"
)

// Format is the version of the file's layout. A file of another version is refused.
const Format = 2

var (
	metaBucket     = []byte("meta")
	classesBucket  = []byte("classes")
	bodiesBucket   = []byte("bodies")
	logBucket      = []byte("log")
	idsBucket      = []byte("ids")
	statusesBucket = []byte("statuses")
	expiryBucket   = []byte("expiry")

	formatKey = []byte("format")
	headKey   = []byte("head")
)

// fillAscending packs the pages of buckets that only grow at their end.
const fillAscending = 0.95

// Options adjust a store; the zero value is right for a node.
type Options struct {
	LockTimeout time.Duration // how long to wait for another process to let go; default 2 s
	NoSync      bool          // for tests of everything but durability
}

// Store is a storage.Store in one file.
type Store struct {
	db *bbolt.DB
}

var _ storage.Store = (*Store)(nil)

// Open opens the file, or makes it whole under another name first, so that a crash during its
// creation never leaves half a file behind.
func Open(path string, o Options) (*Store, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := create(path); err != nil {
			return nil, fmt.Errorf("create %s: %w", path, err)
		}
	}
	db, err := open(path, o)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(db.View(checkFormat), sweep(path)); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return &Store{db: db}, nil
}

func open(path string, o Options) (*bbolt.DB, error) {
	if o.LockTimeout == 0 {
		o.LockTimeout = 2 * time.Second
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:         o.LockTimeout,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: initialMap,
		NoStatistics:    true,
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open %s: another process has it open: stop that node first", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.NoSync = o.NoSync
	return db, nil
}

// initialMap reserves addresses, not memory: growing the map later waits for every reader.
var initialMap = func() int {
	if strconv.IntSize < 64 {
		return 0
	}
	return 1 << 36
}()

// create makes the file under a name of its own, so that two processes that start at once cannot
// get into each other's way, and gives it its real name when it is whole.
func create(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, filepath.Base(path)+unfinished)
	if err != nil {
		return err
	}
	tmp := f.Name()
	db, err := open(tmp, Options{})
	if err := errors.Join(f.Close(), err); err != nil {
		return err
	}
	if err := errors.Join(db.Update(layOut), db.Close()); err != nil {
		return err
	}
	// Link, unlike rename, fails if another process made the file meanwhile; ours is then of no
	// use, and perhaps swept away already.
	if err := os.Link(tmp, path); err != nil {
		if _, missing := os.Stat(path); missing != nil {
			return err
		}
	}
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncDir(dir)
}

// unfinished is what the name of a file in the making ends in.
const unfinished = ".new-*"

// sweep removes what a crash during creation left behind. Whoever has the database open may.
func sweep(path string) error {
	left, err := filepath.Glob(path + unfinished)
	for _, f := range left {
		if gone := os.Remove(f); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

func layOut(tx *bbolt.Tx) error {
	for _, name := range [][]byte{metaBucket, classesBucket, bodiesBucket, logBucket, idsBucket, statusesBucket, expiryBucket} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta := tx.Bucket(metaBucket)
	return errors.Join(meta.Put(formatKey, []byte(strconv.Itoa(Format))), meta.Put(headKey, appendHead(nil, storage.Head{})))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func checkFormat(tx *bbolt.Tx) error {
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		return errors.New("this is not a node's database")
	}
	if got := string(meta.Get(formatKey)); got != strconv.Itoa(Format) {
		return fmt.Errorf("its format is %q and this program reads %d: use the version of entente that wrote it", got, Format)
	}
	return nil
}

// Close waits for open snapshots and closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Commit implements storage.Committer.
func (s *Store) Commit(_ context.Context, b *storage.Batch) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return write(tx, b) })
}

// View implements storage.Viewer.
func (s *Store) View(ctx context.Context, fn func(storage.Snapshot) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.View(func(tx *bbolt.Tx) error { return fn(newSnapshot(tx)) })
}
