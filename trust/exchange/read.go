package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/uuid/v5"

	"entente/stix"
	"entente/storage"
	"entente/taxii"
	"entente/trust"
)

// Objects reads a page of a collection (TAXII 2.1 §5.4).
func (x *Exchange) Objects(ctx context.Context, p trust.Principal, name string, q taxii.Query) (taxii.Page, error) {
	return x.page(ctx, p, request{endpoint: "objects", collection: name, query: q})
}

// Manifest reads a page of a collection's manifest (§5.3).
func (x *Exchange) Manifest(ctx context.Context, p trust.Principal, name string, q taxii.Query) (taxii.Page, error) {
	return x.page(ctx, p, request{endpoint: "manifest", collection: name, query: q, records: true})
}

// Object reads the versions of one object (§5.6).
func (x *Exchange) Object(ctx context.Context, p trust.Principal, name string, id stix.ID, q taxii.Query) (taxii.Page, error) {
	return x.page(ctx, p, request{endpoint: "object", collection: name, object: id, query: q})
}

// Versions lists the versions of one object, oldest `date_added` first (§5.8).
func (x *Exchange) Versions(ctx context.Context, p trust.Principal, name string, id stix.ID, q taxii.Query) (taxii.Page, error) {
	q.Version = taxii.VersionMatch{All: true}
	return x.page(ctx, p, request{endpoint: "versions", collection: name, object: id, query: q, records: true})
}

// Status finds the status of an earlier write by the same caller. Another's is not found.
func (x *Exchange) Status(ctx context.Context, p trust.Principal, id string) (status []byte, err error) {
	u, err := uuid.FromString(id)
	if err != nil || len(id) != 36 || strings.ToLower(id) != id {
		return nil, ErrNotFound
	}
	err = x.store.View(ctx, func(s storage.Snapshot) error {
		st, err := s.Status(u)
		if errors.Is(err, storage.ErrNotFound) || err == nil && (st.Owner != p.String() || st.Expires.Before(x.now())) {
			return ErrNotFound
		}
		status = slices.Clone(st.Body)
		return err
	})
	return status, err
}

// request is one read as the caller put it.
type request struct {
	endpoint   string
	collection string
	object     stix.ID // empty: the whole collection
	query      taxii.Query
	records    bool // manifest records instead of objects
}

// binding is what a cursor is good for: nothing else opens it.
func binding(p trust.Principal, parts ...any) string {
	return fmt.Sprintf("%d %q %q", p.Kind, p.ID, parts)
}

// reader assembles one page from one snapshot.
type reader struct {
	x       *Exchange
	g       *regime
	c       *collection
	caller  trust.Principal
	req     request
	query   taxii.Query // with the cursor's filters
	binding string
	after   storage.Added
	upto    storage.Added // nothing after it
	turn    uint64        // of what waits, when the read began
	limit   int
	column  int    // of the gate
	rows    []*row // the gate, by case
	cases   []storage.Case
	sets    []columns // audiences
	waiting bool      // something waits to be judged again
	matcher taxii.Matcher

	s      storage.Snapshot
	places map[storage.Added]storage.Entry // see place
	firsts map[beside]storage.Added        // see leads
	exist  bool                            // something of the object is visible, whatever the filters say
	page   taxii.Page
	last   storage.Added
}

func (r *reader) prepare() error {
	r.after = storage.Added(r.query.Window())
	if r.query.Next != "" {
		cursor, err := r.x.sealer.Open(r.binding, r.query.Next)
		if err != nil {
			return err
		}
		if r.query, err = taxii.Merge(r.query, cursor); err != nil {
			return err
		}
		r.after = storage.Added(cursor.After)
	}
	var err error
	if r.matcher, err = taxii.CompileMatch(r.query.Extra); err != nil {
		return err
	}
	r.limit = r.x.cfg.PageLimit
	if r.query.Limit > 0 {
		r.limit = min(r.query.Limit, r.x.cfg.MaxPageLimit)
	}
	return nil
}

// gate takes what decides for this caller. The snapshot is taken already, so every case in it is
// known: an entry of an unknown one would be passed over, and never be read.
func (r *reader) gate() {
	p := r.caller
	if r.c.kind == publicView {
		p = trust.Principal{Kind: trust.Anonymous} // the same for everybody, whoever else they are
	}
	r.rows, r.cases, r.sets = *r.g.rows.Load(), r.x.cases.all(), r.x.audiences.all()
	r.waiting = (r.waiting || r.x.waiting.any()) && r.c.merges()
	column, ok := r.g.columnOf(p)
	if !ok {
		r.rows = nil
	}
	r.column = column
}

// asks reports whether match[type] and match[spec_version] ask for a case.
func (r *reader) asks(k *storage.Case) bool {
	return (len(r.query.Types) == 0 || slices.Contains(r.query.Types, k.Type)) &&
		(len(r.query.SpecVersions) == 0 || slices.Contains(r.query.SpecVersions, k.SpecVersion))
}

func (r *reader) run(ctx context.Context, s storage.Snapshot) error {
	r.s = s
	r.gate()
	n := 0
	for e, err := range r.candidates() {
		if err != nil {
			return err
		}
		if n++; n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if e.Added > r.upto {
			break
		}
		ok := r.opens(e)
		if ok {
			ok, err = r.selects(e)
		}
		if ok && err == nil {
			ok, err = r.visible(e)
		}
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if r.page.More, err = r.add(e); err != nil {
			return err
		}
		if r.page.More {
			break
		}
	}
	if r.req.object != "" {
		if gone, err := r.withdrawn(); err != nil || gone || !r.exist {
			return cmp.Or(err, ErrNotFound)
		}
	}
	r.finish()
	return nil
}

// withdrawn reports whether the caller asks for one version of an object by its time and that
// version was there, for this caller to see, until it was deleted (TAXII 2.1 §5.7).
func (r *reader) withdrawn() (bool, error) {
	if r.page.Count > 0 || len(r.query.Version.At) == 0 {
		return false, nil
	}
	list := r.cases
	var copies []storage.Copy
	for c, err := range r.s.Copies(r.req.object) {
		if err != nil {
			return false, err
		}
		released := c.State == storage.Live || c.State == storage.Withdrawn
		if released && int(c.Class) < len(list) && list[c.Class].Type == r.req.object.Type() {
			copies = append(copies, c)
		}
	}
	return slices.ContainsFunc(copies, func(c storage.Copy) bool {
		had := int(c.Had) < len(r.sets) && r.sets[c.Had].has(r.column)
		if c.State != storage.Withdrawn || !had || !slices.ContainsFunc(r.query.Version.At, c.Instant.Equal) {
			return false
		}
		// Later versions cover earlier ones (P-2): what one of them hid was never there.
		return !slices.ContainsFunc(copies, func(later storage.Copy) bool {
			return !later.Instant.Before(c.Instant) && list[later.Class].Source == list[c.Class].Source &&
				(int(later.Class) >= len(r.rows) || !r.rows[later.Class].open.has(r.column))
		})
	}), nil
}

// candidates yields log entries in order: of the ids asked for where there are any, else all.
func (r *reader) candidates() iter.Seq2[storage.Entry, error] {
	ids := r.query.IDs
	if r.req.object != "" {
		ids = []stix.ID{r.req.object}
	}
	if len(ids) == 0 {
		return r.s.Log(r.after)
	}
	return func(yield func(storage.Entry, error) bool) {
		var found []storage.Entry
		for _, id := range ids {
			for e, err := range r.entriesOf(id) {
				ok := false
				if err == nil {
					ok, err = r.visible(e.Entry)
				}
				if err != nil {
					yield(e.Entry, err)
					return
				}
				r.exist = r.exist || ok
				if e.Added > r.after {
					found = append(found, e.Entry)
				}
			}
		}
		slices.SortFunc(found, func(a, b storage.Entry) int { return cmp.Compare(a.Added, b.Added) })
		found = slices.Compact(found)
		for _, e := range found {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// release is an entry with the time of its version.
type release struct {
	storage.Entry
	instant time.Time
}

// entriesOf yields the entries of one id, in no order. What is no identifier has none.
func (r *reader) entriesOf(id stix.ID) iter.Seq2[release, error] {
	return func(yield func(release, error) bool) {
		if _, err := stix.ParseID(string(id)); err != nil {
			return
		}
		for copy, err := range r.s.Copies(id) {
			if err == nil && (copy.State != storage.Live || int(copy.Class) >= len(r.cases) || r.cases[copy.Class].Type != id.Type()) {
				continue
			}
			for _, at := range append([]storage.Added{copy.Added}, copy.Also...) {
				e := release{instant: copy.Instant}
				if err == nil {
					e.Entry, err = r.s.Entry(at)
				}
				if !yield(e, err) {
					return
				}
			}
		}
	}
}

// visible is the gate: everything that leaves the node passes here.
func (r *reader) visible(e storage.Entry) (bool, error) {
	if !r.opens(e) {
		return false, nil
	}
	if r.waiting {
		b, err := r.s.Body(e.Body)
		if err != nil || r.x.waiting.hides(b.ID, r.column, r.turn) {
			return false, err
		}
	}
	if e.Beside {
		return r.leads(e)
	}
	return true, nil
}

// opens asks the gate for one entry: whether its case lets the caller through, and whether it is
// this entry that released the version to the caller.
func (r *reader) opens(e storage.Entry) bool {
	if e.Added > r.upto || int(e.Class) >= len(r.rows) || !r.rows[e.Class].sees(r.column, e.Added) || !r.c.holds(&r.cases[e.Class].Class) {
		return false
	}
	return e.Audience == 0 || int(e.Audience) < len(r.sets) && r.sets[e.Audience].has(r.column)
}

// beside is what copies of several owners stand beside each other as: a version of an object, or
// an object without versions.
type beside struct {
	id      stix.ID
	instant int64
}

// leads reports whether the entry is the one copy of its version that the caller sees: of those
// that it may see, ours and those that somebody vouches for before others', then the earliest. What is
// hidden takes no part, so that it does not show by what it keeps away (I-1; P-5: one releasable copy
// suffices). When the first is withdrawn the next one leads from its old date: a new one would tell
// those who never saw the first, and those who did have the object.
func (r *reader) leads(e storage.Entry) (bool, error) {
	self, err := r.s.Body(e.Body)
	if err != nil {
		return false, err
	}
	key := r.besides(self.ID, self.Instant, &r.cases[e.Class])
	first, known := r.firsts[key]
	if !known {
		best := storage.Entry{}
		for o, err := range r.entriesOf(self.ID) {
			if err != nil {
				return false, err
			}
			if !o.Beside || !r.opens(o.Entry) || r.besides(self.ID, o.instant, &r.cases[o.Class]) != key {
				continue
			}
			speaks, bestSpeaks := ownerOf(&r.cases[o.Class].Class).speaks(), ownerOf(&r.cases[best.Class].Class).speaks()
			if best.Added == 0 || speaks && !bestSpeaks || speaks == bestSpeaks && o.Added < best.Added {
				best = o.Entry
			}
		}
		if r.firsts == nil || len(r.firsts) > maxPlaces {
			r.firsts = map[beside]storage.Added{}
		}
		first = best.Added
		r.firsts[key] = first
	}
	if r.cases[e.Class].Observable {
		f, err := r.s.Entry(first)
		return err == nil && ownerOf(&r.cases[f.Class].Class) == ownerOf(&r.cases[e.Class].Class), err
	}
	return e.Added == first, nil
}

func (r *reader) besides(id stix.ID, instant time.Time, k *storage.Case) beside {
	if k.Observable {
		return beside{id: id}
	}
	return beside{id, instant.UnixNano()}
}

// selects applies the filters to a visible entry (TAXII 2.1 §3.4.1).
func (r *reader) selects(e storage.Entry) (bool, error) {
	window := r.query.Window()
	if !r.asks(&r.cases[e.Class]) {
		return false, nil
	}
	if ok, err := r.matches(e); err != nil || !ok {
		return false, err
	}
	if r.misplaced(e) {
		var err error
		if e, err = r.place(e); err != nil {
			return false, err
		}
	}
	if len(r.query.SpecVersions) == 0 && int64(e.NewerSpec) > window {
		return false, nil
	}
	var instant time.Time
	if len(r.query.Version.At) > 0 {
		b, err := r.s.Body(e.Body)
		if err != nil {
			return false, err
		}
		instant = b.Instant
	}
	return r.query.Version.Selects(instant, int64(e.Newer), int64(e.Older), window), nil
}

// misplaced reports whether the entry's place among all versions of its object may not be that
// among those that this caller sees and asks for. A later version is no stricter than what it
// covers, so who sees an entry sees what is newer; what is older, or in another STIX version, may
// be hidden, and must not show by what it keeps away (I-1, ADV-15).
func (r *reader) misplaced(e storage.Entry) bool {
	window := r.query.Window()
	newer, older := int64(e.Newer) > window, int64(e.Older) > window
	return len(r.query.Extra) > 0 && (newer || older) || e.Split && (newer || older) || e.Beside && !r.cases[e.Class].Observable ||
		r.query.Version.First && older ||
		len(r.query.SpecVersions) == 0 && int64(e.NewerSpec) > window
}

func (r *reader) matches(e storage.Entry) (bool, error) {
	if len(r.query.Extra) == 0 {
		return true, nil
	}
	raw, err := r.s.Raw(e.Body)
	return err == nil && r.matcher.Matches(raw), err
}

// maxPlaces bounds what a read remembers of places.
const maxPlaces = 1 << 16

// place gives the entry its place among those of its versions that are visible and that the
// filters match: "last" is the last that matches the remainder of the request. All versions of an
// object are placed at once, since each of them will be asked for.
func (r *reader) place(e storage.Entry) (storage.Entry, error) {
	if placed, ok := r.places[e.Added]; ok {
		return placed, nil
	}
	if r.places == nil || len(r.places) > maxPlaces {
		r.places = map[storage.Added]storage.Entry{}
	}
	self, err := r.s.Body(e.Body)
	if err != nil {
		return e, err
	}
	var versions []*copyState
	for o, err := range r.entriesOf(self.ID) {
		if err != nil {
			return e, err
		}
		ok, err := r.visible(o.Entry)
		if ok = ok && r.asks(&r.cases[o.Class]); ok && err == nil {
			ok, err = r.matches(o.Entry)
		}
		if err != nil {
			return e, err
		}
		if !ok {
			continue
		}
		versions = append(versions, &copyState{
			Copy:    storage.Copy{Added: o.Added, Instant: o.instant, State: storage.Live},
			entries: []storage.Entry{o.Entry}, class: r.cases[o.Class].Class,
		})
	}
	slices.SortFunc(versions, func(a, b *copyState) int { return b.Instant.Compare(a.Instant) })
	for i, place := range placesOf(versions) {
		o := versions[i].entries[0]
		o.Newer, o.Older, o.NewerSpec = place.Newer, place.Older, place.NewerSpec
		r.places[o.Added] = o
	}
	return r.places[e.Added], nil
}

// add puts an entry onto the page, or reports that the page is full without it. A page ends early
// rather than grow beyond its bytes; a single object always has a place.
func (r *reader) add(e storage.Entry) (full bool, err error) {
	if r.page.Count == r.limit {
		return true, nil
	}
	if r.req.records {
		err = r.addRecord(e)
	} else {
		full, err = r.addObject(e)
	}
	if full || err != nil {
		return full, err
	}
	if r.page.Count == 0 {
		r.page.First = e.Added.Time()
	}
	r.page.Count++
	r.last = e.Added
	return false, nil
}

func (r *reader) addRecord(e storage.Entry) error {
	b, err := r.s.Body(e.Body)
	if err != nil {
		return err
	}
	r.page.Records = append(r.page.Records, taxii.ManifestRecord{
		ID: b.ID, DateAdded: taxii.FormatTimestamp(e.Added.Time()), Version: b.Version,
		MediaType: mediaType(r.cases[e.Class].SpecVersion),
	})
	return nil
}

func (r *reader) addObject(e storage.Entry) (full bool, err error) {
	raw, err := r.s.Raw(e.Body)
	if err != nil {
		return false, err
	}
	switch {
	case r.page.Count == 0:
		r.page.Objects = make([]byte, 0, max(len(raw), min(r.limit*(len(raw)+64), r.x.cfg.PageBytes)))
	case len(r.page.Objects)+1+len(raw) > r.x.cfg.PageBytes:
		return true, nil
	default:
		r.page.Objects = append(r.page.Objects, ',')
	}
	r.page.Objects = append(r.page.Objects, raw...)
	return false, nil
}

func mediaType(specVersion string) string { return "application/stix+json;version=" + specVersion }

// finish sets the dates and the cursor. An empty page has dates too: what the caller had.
func (r *reader) finish() {
	if r.page.Count == 0 {
		r.page.First = r.after.Time()
		if r.req.query.Next == "" && !r.query.AddedAfter.IsZero() {
			r.page.First = r.query.AddedAfter // also when it lies before 1970
		}
		r.page.Last = r.page.First
		return
	}
	r.page.Last = r.last.Time()
	if r.page.More {
		q := r.query
		q.Limit, q.Next = 0, ""
		r.page.Next = r.x.sealer.Seal(r.binding, taxii.Cursor{After: int64(r.last), Query: q})
	}
}
