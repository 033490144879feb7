package exchange

import (
	"slices"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// line is all that is known of one id, from every source.
type line struct {
	id      stix.ID
	copies  []*copyState
	touched bool

	namesakes map[trust.Source]int // copies of other types that share the UUID, by source
}

// copyState is one copy with what this batch does to it.
type copyState struct {
	storage.Copy
	class    trust.Class // its own
	hash     [32]byte    // zero: not looked up yet
	fresh    bool        // not in the store yet
	from     *submission // that brought it in this batch
	changed  bool        // in the store, but otherwise
	entry    *storage.Entry
	appended bool // the entry is not in the store yet
}

func (l *line) add(c *copyState) {
	l.copies = append(l.copies, c)
	l.touched = true
}

func (l *line) count(source trust.Source) (n int) {
	for _, c := range l.copies {
		if c.class.Source == source {
			n++
		}
	}
	return n
}

func (w *writer) line(id stix.ID) (*line, error) {
	if l, ok := w.lines[id]; ok {
		return l, nil
	}
	l := &line{id: id}
	for c, err := range w.s.Copies(id) {
		if err != nil {
			return nil, err
		}
		class := w.class(c.Class)
		if class.Type == id.Type() {
			l.copies = append(l.copies, &copyState{Copy: c, class: class})
			continue
		}
		if l.namesakes == nil {
			l.namesakes = map[trust.Source]int{}
		}
		l.namesakes[class.Source]++
	}
	w.lines[id] = l
	return l, nil
}

// relink gives every version of a touched line its effective label and its place among the
// others. Ours and theirs are placed apart; where we publish an id, ours speaks for it. Of an
// object without versions every source's copies are placed by themselves (P-5).
func (w *writer) relink(l *line) error {
	if !l.touched {
		return nil
	}
	if len(l.copies) == 1 && l.copies[0].appended { // the usual case: nothing to compare with
		return nil
	}
	ours, theirs := []*copyState{}, []*copyState{}
	observed := map[trust.Source][]*copyState{}
	for _, c := range l.copies {
		switch source := c.class.Source; {
		case c.State != storage.Live && c.State != storage.Withdrawn:
		case c.class.Observable:
			observed[source] = append(observed[source], c)
		case source.Ours():
			ours = append(ours, c)
		default:
			theirs = append(theirs, c)
		}
	}
	for _, cs := range observed {
		if err := w.place(cs, storage.Entry{Beside: len(observed) > 1}); err != nil {
			return err
		}
	}
	speak := slices.ContainsFunc(ours, live)
	if err := w.place(ours, storage.Entry{}); err != nil {
		return err
	}
	return w.place(theirs, storage.Entry{Shadowed: speak})
}

func live(c *copyState) bool { return c.State == storage.Live }

// place walks the versions from the newest down. Each is covered by the labels of all later
// ones (P-2, I-2), also of withdrawn ones. Mark holds what else their entries say.
func (w *writer) place(cs []*copyState, mark storage.Entry) error {
	slices.SortStableFunc(cs, func(a, b *copyState) int { return b.Instant.Compare(a.Instant) })
	stored := make([]storage.Entry, len(cs))
	labels := effectiveLabels(cs)
	for i, c := range slices.Backward(cs) {
		if !live(c) || c.appended {
			continue
		}
		var err error
		if stored[i], err = w.s.Entry(c.Added); err != nil {
			return err
		}
		// What becomes visible now lies at the end of the log, so that it is read also by those
		// who have read beyond its old date (I-4).
		if stored[i].Shadowed && !mark.Shadowed || loosens(w.class(stored[i].Class).Label, labels[i]) {
			w.batch.Remove = append(w.batch.Remove, c.Added)
			w.append(c)
		}
	}
	places := placesOf(cs)
	for i, c := range cs {
		if !live(c) {
			continue
		}
		class := c.class
		class.Label = labels[i]
		want := places[i]
		want.Added, want.Body, want.Class = c.Added, c.Body, w.classID(class)
		want.Shadowed, want.Beside = mark.Shadowed, mark.Beside
		if c.appended || stored[i] != want {
			c.entry = &want
		}
	}
	return nil
}

// loosens reports whether somebody may see more under the second label than under the first.
func loosens(from, to trust.Label) bool { return from.Join(to) != to }

// effectiveLabels joins each version's label with those of all later ones; versions of one
// instant cover each other. A revoked version without a mark has the label before it (P-4).
func effectiveLabels(cs []*copyState) []trust.Label {
	own := make([]trust.Label, len(cs))
	for i := len(cs) - 1; i >= 0; i-- {
		own[i] = cs[i].class.Label
		if cs[i].class.Revoked && own[i].Unmarked && i+1 < len(cs) {
			own[i] = own[i+1]
		}
	}
	effective := make([]trust.Label, len(cs))
	var cover trust.Label
	for i := 0; i < len(cs); {
		end := i
		for ; end < len(cs) && cs[end].Instant.Equal(cs[i].Instant); end++ {
			cover = cover.Join(own[end])
		}
		for ; i < end; i++ {
			effective[i] = cover
		}
	}
	return effective
}

// placesOf finds Newer, Older and NewerSpec of versions that are sorted from the newest down.
func placesOf(cs []*copyState) []storage.Entry {
	places := make([]storage.Entry, len(cs))
	latestSpec := storage.Added(0)
	for _, c := range cs {
		if c.State == storage.Live && c.class.SpecVersion != "2.0" {
			latestSpec = max(latestSpec, c.Added)
		}
	}
	ascend := func(i int) int { return len(cs) - 1 - i }
	sweep(cs, func(i int) int { return i }, func(i int, seen storage.Added) { places[i].Newer = seen })
	sweep(cs, ascend, func(i int, seen storage.Added) { places[i].Older = seen })
	for i, c := range cs {
		if c.class.SpecVersion == "2.0" {
			places[i].NewerSpec = latestSpec
		}
	}
	return places
}

// sweep visits the versions in an order and tells each the greatest Added of those of its STIX
// version that come strictly before it; equals in time are no predecessors of each other.
func sweep(cs []*copyState, at func(int) int, tell func(int, storage.Added)) {
	type run struct {
		before, within storage.Added
		last           *copyState
	}
	runs := map[string]*run{}
	for n := range cs {
		i := at(n)
		c := cs[i]
		r := runs[c.class.SpecVersion]
		if r == nil {
			r = &run{}
			runs[c.class.SpecVersion] = r
		}
		if r.last == nil || !r.last.Instant.Equal(c.Instant) {
			r.before = max(r.before, r.within)
			r.within = 0
		}
		r.last = c
		tell(i, r.before)
		if c.State == storage.Live {
			r.within = max(r.within, c.Added)
		}
	}
}

// flush moves what the lines became into the batch.
func (w *writer) flush() {
	for id, l := range w.lines {
		if !l.touched {
			continue
		}
		for _, c := range l.copies {
			if c.fresh || c.changed || c.appended {
				w.batch.Copies = append(w.batch.Copies, storage.IDCopy{ID: id, Copy: c.Copy})
			}
			switch {
			case c.entry == nil:
			case c.appended:
				w.batch.Append = append(w.batch.Append, *c.entry)
			default:
				w.batch.Amend = append(w.batch.Amend, *c.entry)
			}
		}
	}
	slices.SortFunc(w.batch.Append, func(a, b storage.Entry) int { return int(a.Added - b.Added) })
}
