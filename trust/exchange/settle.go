package exchange

import (
	"cmp"
	"slices"

	"entente/stix"
	"entente/storage"
)

// maxTurns bounds how often one commit judges the same line: objects may refer in circles.
const maxTurns = 4

// settle finds what everything written means for itself and for what refers to it, and makes the
// log say so.
func (w *writer) settle() error {
	queue := w.touchedLines()
	var settled []*line
	for _, l := range queue {
		l.queued = true
	}
	for len(queue) > 0 {
		l := queue[0]
		queue, l.queued = queue[1:], false
		if l.turns++; l.turns == 1 {
			settled = append(settled, l)
		}
		before, err := w.casesOf(l)
		if err == nil {
			l.reconsider()
			err = w.judge(l)
		}
		if err != nil {
			return err
		}
		after, err := w.casesOf(l)
		if err != nil {
			return err
		}
		written := l.touched && !w.hidden[l.id] // what only waited for its turn concerns others if it changed
		if slices.Equal(before, after) && !(written && l.turns == 1) || l.turns == maxTurns {
			continue
		}
		more, err := w.dependents(l)
		if err != nil {
			return err
		}
		more = slices.DeleteFunc(more, func(d *line) bool { return d.queued })
		if len(settled)+len(queue)+len(more) > w.x.parts.affected {
			w.postpone(more)
			continue
		}
		for _, d := range more {
			d.queued = true
		}
		queue = append(queue, more...)
	}
	if err := w.rewrite(settled); err != nil {
		return err
	}
	for _, l := range settled {
		if l.touched {
			if err := w.tellWhoNoLongerQualifies(l); err != nil {
				return err
			}
		}
	}
	return w.settleNotices()
}

// settleNotices puts the notices of the batch into the log.
func (w *writer) settleNotices() error {
	if err := w.send(); err != nil {
		return err
	}
	var lines []*line
	for _, l := range w.touchedLines() {
		if !l.judged {
			l.reconsider()
			if err := w.judge(l); err != nil {
				return err
			}
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return w.rewrite(lines)
}

func (w *writer) touchedLines() (lines []*line) {
	for _, l := range w.lines {
		if l.touched {
			lines = append(lines, l)
		}
	}
	slices.SortFunc(lines, func(a, b *line) int { return cmp.Compare(a.id, b.id) })
	return lines
}

// reconsider forgets what was found about a line.
func (l *line) reconsider() {
	l.judged, l.groups = true, nil
	for _, c := range l.copies {
		c.bare, c.alone, c.full = 0, 0, 0
	}
}

// casesOf are what was found about a line last.
func (w *writer) casesOf(l *line) (ids []uint32, err error) {
	for _, c := range l.copies {
		if err := w.load(c); err != nil {
			return nil, err
		}
		is := c.full
		if is == 0 && len(c.stored) > 0 {
			is = c.stored[0].Class
		}
		ids = append(ids, is)
	}
	return ids, nil
}

// dependents are the lines that are judged in the light of this one: what refers to it, what it
// contains, what it joins.
func (w *writer) dependents(l *line) (lines []*line, err error) {
	refs, err := w.referrers(l.id)
	if err != nil {
		return nil, err
	}
	found := map[*line]bool{l: true}
	add := func(id stix.ID) error {
		other, err := w.line(id)
		if err == nil && len(other.copies) > 0 && !found[other] {
			found[other], lines = true, append(lines, other)
		}
		return err
	}
	for _, r := range refs {
		if err := add(r.id); err != nil {
			return nil, err
		}
		if l.id.Type() == "marking-definition" {
			w.redefined[r.key] = true
		}
	}
	works, err := w.worksOf(l)
	if err != nil {
		return nil, err
	}
	for _, id := range works {
		if err := add(id); err != nil {
			return nil, err
		}
	}
	joins := l.id.Type() == "relationship" && w.g.Scoped()
	if typ := l.id.Type(); !isContainer(typ) && typ != "note" && typ != "opinion" && !joins {
		return lines, nil
	}
	for _, c := range l.copies {
		if c.State != storage.Live && len(c.stored) == 0 {
			continue // and did not leave just now
		}
		o, err := w.factsOf(c)
		if err != nil {
			return nil, err
		}
		for _, id := range o.Refs {
			if err := add(id); err != nil {
				return nil, err
			}
		}
	}
	return lines, nil
}

// rewrite gives every copy of the lines its entries.
func (w *writer) rewrite(lines []*line) error {
	var gained []*copyState // with an entry more than they had
	for _, l := range lines {
		for _, g := range l.owned() {
			for i, c := range g.copies {
				if err := w.load(c); err != nil {
					return err
				}
				switch {
				case c.State != storage.Live:
					w.goAlong(l, c, nil)
					c.entries = nil
					continue
				case len(c.stored) == 0:
					c.loaded = true
					c.entries = []storage.Entry{{Body: c.Body, Class: c.full}}
					c.changed = true
				default:
					if w.resettle(c, w.hidden[l.id]) {
						gained = append(gained, c)
					}
				}
				var along [][16]byte
				if !slices.ContainsFunc(g.copies[:i], live) {
					var err error
					if along, err = w.along(c); err != nil {
						return err
					}
				}
				w.goAlong(l, c, along)
			}
		}
	}
	companions, err := w.regroup()
	if err != nil {
		return err
	}
	w.date(companions)
	w.date(w.order)
	gained = append(gained, w.regained...)
	slices.SortFunc(gained, func(a, b *copyState) int { return cmp.Compare(a.Added, b.Added) })
	w.date(gained)
	for _, l := range w.lines {
		if l.judged || l.replaced {
			if err := w.place(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// touch notes that a line's entries changed though nothing was written under its id.
func (w *writer) touch(l *line) { l.replaced = true }

// resettle moves a stored version to its case: who sees it already goes on doing so at the old
// date, who does no longer is remembered, and who does now gets an entry of its own.
func (w *writer) resettle(c *copyState, hidden bool) (gained bool) {
	if c.full == c.stored[0].Class && !hidden {
		return w.regain(c)
	}
	now := w.row(c.full)
	var seen, lost, had columns
	c.entries = c.entries[:0]
	for _, e := range c.stored {
		saw := w.seeing(e)
		lost, had = lost.or(saw.without(now.open)), had.or(w.everSeeing(e).without(now.open))
		keep := saw.and(now.seeing(e.Added))
		if hidden {
			keep = keep.and(columns{1<<anonymousColumn - 1}) // local people were not kept waiting
		}
		keep = keep.without(seen)
		seen = seen.or(keep)
		e.Class = c.full
		if !keep.equal(now.seeing(e.Added)) || e.Audience != 0 {
			e.Audience = w.audienceID(keep)
		}
		if len(c.entries) == 0 || !keep.empty() {
			c.entries = append(c.entries, e)
		}
	}
	w.remember(c, had)
	w.lost = append(w.lost, loss{c.Body, lost})
	c.changed = true
	if fresh := now.open.without(seen); !fresh.empty() {
		c.entries = append(c.entries, storage.Entry{Body: c.Body, Class: c.full, Audience: w.audienceID(fresh)})
		return true
	}
	return false
}

// remember notes who could see a copy and no longer can: they may have it (P-7).
func (w *writer) remember(c *copyState, had columns) {
	if had.empty() {
		return
	}
	if c.Had != 0 {
		had = had.or(w.audience(c.Had))
	}
	c.Had, c.changed = w.audienceID(had), true
}

// date puts the new entries of some copies at the end of the log, in their order.
func (w *writer) date(cs []*copyState) {
	for _, c := range cs {
		for i := range c.entries {
			if c.entries[i].Added == 0 {
				w.head.Added = max(w.head.Added+1, w.ceiling)
				c.entries[i].Added = w.head.Added
			}
		}
		if len(c.entries) > 0 {
			c.Added = c.entries[0].Added
		}
	}
}

// regain gives everybody who may see a copy and has no entry of it one.
func (w *writer) regain(c *copyState) bool {
	now := w.row(c.entries[0].Class)
	fresh := now.open
	kept := c.entries[:0]
	for i, e := range c.entries {
		saw := w.seeing(e)
		fresh = fresh.without(saw)
		if i == 0 || e.Added == 0 || !saw.empty() {
			kept = append(kept, e)
		}
	}
	c.changed = c.changed || len(kept) < len(c.entries)
	c.entries = kept
	if fresh.empty() {
		return false
	}
	c.entries = append(c.entries, storage.Entry{Body: c.Body, Class: c.entries[0].Class, Audience: w.audienceID(fresh)})
	c.changed = true
	return true
}
