package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gofrs/uuid/v5"

	"entente/stix"
	"entente/storage"
	"entente/taxii"
	"entente/trust"
)

// maxSkew is how far a version's time may lie ahead of ours (P-5): a poller that continues from
// the greatest `modified` it saw must not be led past everybody else's objects.
const maxSkew = 10 * time.Minute

// Add writes objects into a collection (TAXII 2.1 §5.5) and returns when they are durable (I-3).
// Each object stands or falls alone; the status says which and why. The objects' bytes are
// copied. An error means that nothing was written, but for [ErrStopping].
func (x *Exchange) Add(ctx context.Context, p trust.Principal, name string, objects [][]byte) (taxii.Status, error) {
	g := x.regime.Load()
	c, r, err := g.find(p, name)
	if err != nil {
		return taxii.Status{}, err
	}
	if !r.write {
		return taxii.Status{}, ErrForbidden
	}
	s := &submission{owner: p.String(), source: trust.Source{Kind: trust.FromUs}}
	if c.kind == fromView {
		s.source = trust.Source{Kind: trust.FromMember, Name: c.member}
	} else if name, pinned := g.sourceOf(p); pinned {
		s.come(name, g.Sources[name])
	}
	return x.admit(ctx, s, objects)
}

// sourceOf is the pinned source whose objects an account brings in.
func (g *regime) sourceOf(p trust.Principal) (name string, pinned bool) {
	for _, name := range slices.Sorted(maps.Keys(g.Sources)) {
		if p.Kind == trust.Account && slices.Contains(g.Sources[name].Via, "account:"+p.ID) {
			return name, true
		}
	}
	return "", false
}

// come says that a submission is of a pinned source.
func (s *submission) come(name string, file trust.SourceFile) {
	s.source = trust.Source{Kind: trust.FromPinned, Name: name}
	s.creators = file.Identities
}

// Publication is what the node's own administration publishes at once.
type Publication struct {
	Objects [][]byte
	Mark    trust.Level // the TLP level for objects of ours that carry none; Unmarked: leave them
	Source  string      // the pinned source that they come from; empty: us
	Job     string      // names a publication in parts, so that it can be resumed; empty: none
	Done    int         // with Job: how many of its objects are durable when this one is
}

// viaCLI is how a source's file says that the administration may bring its objects in.
const viaCLI = "cli"

// Publish writes objects of ours, or of a pinned source, into `publish`. A source that the policy
// does not let in this way is not found; of one that it does, objects that somebody else created
// are rejected.
func (x *Exchange) Publish(ctx context.Context, p trust.Principal, pub Publication) (taxii.Status, error) {
	s := &submission{owner: p.String(), source: trust.Source{Kind: trust.FromUs}, mark: pub.Mark}
	if pub.Source != "" {
		file, known := x.regime.Load().Sources[pub.Source]
		if !known || !slices.Contains(file.Via, viaCLI) {
			return taxii.Status{}, fmt.Errorf("source %q, with `via: cli` in its file: %w", pub.Source, ErrNotFound)
		}
		s.come(pub.Source, file)
	}
	if pub.Job != "" {
		s.meta = map[string][]byte{jobKey(pub.Job): fmt.Append(nil, pub.Done)}
	}
	return x.admit(ctx, s, pub.Objects)
}

// Published is how many objects of a job are durable.
func (x *Exchange) Published(ctx context.Context, job string) (done int, err error) {
	err = x.store.View(ctx, func(s storage.Snapshot) error {
		value, err := s.Meta(jobKey(job))
		if err == nil {
			_, err = fmt.Sscan(string(value), &done)
		}
		return err
	})
	return done, ignoreNotFound(err)
}

func jobKey(job string) string { return "publish:" + job }

// submission is one write on its way to the committer.
type submission struct {
	owner    string // the principal who may ask for the status
	source   trust.Source
	creators []stix.ID // of a pinned source: who its objects may name as their creator
	mark     trust.Level
	items    []item
	act      func(*writer) error // something else than objects, in the same transaction
	alone    func() error        // something that is a transaction of its own
	meta     map[string][]byte
	history  int // bytes of earlier versions that may still be read to compare with

	received time.Time
	id       uuid.UUID
	status   taxii.Status  // written by the committer
	err      error         // of a deletion
	done     chan struct{} // closed when the commit is durable
}

// item is one object of a submission and what becomes of it.
type item struct {
	object   stix.Object
	version  string // as the status and the manifest name it
	findings []stix.Finding
	message  string // why it failed, where no finding says so
	failed   bool
	future   bool // dated too far ahead: for quarantine
}

func (x *Exchange) admit(ctx context.Context, s *submission, objects [][]byte) (taxii.Status, error) {
	if err := x.keepTime(ctx); err != nil { // what comes in after an agreement's end does not come under it
		return taxii.Status{}, err
	}
	s.received, s.id = x.now().UTC(), x.newID()
	s.items = make([]item, len(objects))
	s.history = freeHistory
	for i, raw := range objects {
		s.items[i] = x.check(s, raw)
		s.history += len(raw)
	}
	s.checkTogether(x.readerFor(s.source))
	if err := x.submit(ctx, s); err != nil {
		return taxii.Status{}, err
	}
	return s.status, nil
}

// check reads one object and judges what can be judged without the store.
func (x *Exchange) check(s *submission, raw []byte) item {
	reader := x.readerFor(s.source)
	o, findings := reader.Read(raw)
	it := item{object: o, version: o.Version}
	it.find(findings)
	switch {
	case it.failed:
	case o.Marking != nil && o.Marking.Redefines: // P-1
		it.failed = true
		it.message = "this is the id of a TLP level, and the definition says something else: use an id of your own"
	case o.Version != "" && !exactVersion(o.Version):
		it.failed = true
		it.message = "the version says more than nine fraction digits: instants order the versions, so write nanoseconds or less"
	case o.VersionTime.After(s.received.Add(maxSkew)) && s.source.Kind == trust.FromMember:
		it.future = true
	case o.VersionTime.After(s.received.Add(maxSkew)):
		it.failed = true
		it.message = "the version lies more than ten minutes in the future: correct the clock or the timestamp and send it again"
	case s.creators != nil && o.CreatedBy != "" && !slices.Contains(s.creators, o.CreatedBy):
		it.failed = true
		it.message = fmt.Sprintf("created by %s, who is not the source %s", o.CreatedBy, s.source.Name)
	}
	if it.failed || s.mark == trust.Unmarked || !x.ownUnmarked(&o) {
		return it
	}
	marked, err := stix.AddMarking(&o, trust.MarkingOf(s.mark))
	if err != nil {
		it.failed, it.message = true, err.Error()
		return it
	}
	it.object, _ = reader.Read(marked)
	return it
}

// exactVersion reports whether an instant says all that a version does. A finer one would be
// another version at the same place among the others, and its text as long as its writer likes.
func exactVersion(version string) bool {
	_, err := stix.ParseTimestamp(version)
	return err == nil
}

// ownUnmarked reports whether `--tlp` may mark an object: it is ours to mark, carries no TLP
// mark, and is not itself a marking.
func (x *Exchange) ownUnmarked(o *stix.Object) bool {
	if o.Marking != nil || o.CreatedBy != "" && o.CreatedBy != x.cfg.Identity {
		return false
	}
	for _, m := range o.Markings {
		if _, tlp := trust.LevelOf(m); tlp {
			return false
		}
	}
	for _, g := range o.Granular {
		if _, tlp := trust.LevelOf(g.Marking); tlp {
			return false
		}
	}
	return true
}

// submit hands a write to the committer and waits for its durability, also when the caller has
// gone: what was handed over is being written.
func (x *Exchange) submit(ctx context.Context, s *submission) error {
	s.done = make(chan struct{})
	select {
	case x.queue <- s:
	case <-x.stopped:
		return ErrStopping
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-s.done:
		return s.err
	case <-x.stopped:
		select {
		case <-s.done: // both happened: the commit was in time
			return s.err
		default:
			return ErrStopping
		}
	}
}

// complete writes the submission's status, once every item has its verdict.
func (s *submission) complete(retention time.Duration) (storage.Status, error) {
	st := taxii.Status{
		ID: s.id.String(), Status: "complete", RequestTimestamp: taxii.FormatTimestamp(s.received),
		TotalCount: len(s.items),
	}
	for i := range s.items {
		it := &s.items[i]
		detail := taxii.StatusDetail{ID: string(it.object.ID), Version: it.version, Message: it.message}
		if detail.Message == "" {
			detail.Message = describe(it.findings, min(maxMessage, len(it.object.Raw)))
		}
		if detail.ID == "" {
			detail.ID = fmt.Sprintf("objects[%d]", i)
		}
		if detail.Version == "" {
			detail.Version = st.RequestTimestamp
		}
		if it.failed {
			st.Failures = append(st.Failures, detail)
		} else {
			st.Successes = append(st.Successes, detail)
			if forgiven(it.findings) {
				st.Forgiven++
			}
		}
	}
	st.SuccessCount, st.FailureCount = len(st.Successes), len(st.Failures)
	s.status = st
	body, err := json.Marshal(st)
	return storage.Status{ID: s.id, Owner: s.owner, Expires: s.received.Add(retention), Body: body}, err
}
