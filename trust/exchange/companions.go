package exchange

import (
	"encoding/binary"
	"maps"
	"slices"
	"sync"

	"entente/stix"
	"entente/storage"
)

// companions says what goes along with what: how many objects of each case cite an id. Only the
// committer changes it.
type companions struct {
	mu     sync.RWMutex
	counts map[[16]byte]map[uint32]int
	cited  map[uint32]map[[16]byte]bool // the other way round
}

func newCompanions() *companions {
	return &companions{counts: map[[16]byte]map[uint32]int{}, cited: map[uint32]map[[16]byte]bool{}}
}

func (c *companions) add(uuid [16]byte, id uint32, n int) (total int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	of := c.counts[uuid]
	if of == nil {
		of = map[uint32]int{}
		c.counts[uuid] = of
	}
	if c.cited[id] == nil {
		c.cited[id] = map[[16]byte]bool{}
	}
	of[id], c.cited[id][uuid] = of[id]+n, true
	total = of[id]
	if total <= 0 {
		delete(of, id)
		delete(c.cited[id], uuid)
	}
	return total
}

// citedBy are the ids that objects of a case cite.
func (c *companions) citedBy(id uint32) [][16]byte {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Collect(maps.Keys(c.cited[id]))
}

// citing are the cases of which objects cite an id.
func (c *companions) citing(uuid [16]byte) []uint32 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Collect(maps.Keys(c.counts[uuid]))
}

// goesBy is the companion that a case is of, or that the newest or the held version of the same
// line is: such a case is open to whom what cites that goes.
func goesBy(k *storage.Case, list []storage.Case) stix.ID {
	if k.Companion != "" {
		return k.Companion
	}
	for _, id := range append(k.Under.All(), k.Before) {
		if id != 0 {
			if of := goesBy(&list[id], list); of != "" {
				return of
			}
		}
	}
	return ""
}

// goesAlong reports whether the reader has an object that cites the companion: one of the same
// owner, or of anybody where it is a definition of ours.
func (g *regime) goesAlong(k *storage.Case, list []storage.Case, rows []*row, along *companions, column int) bool {
	for _, id := range along.citing(k.Companion.UUID()) {
		if int(id) >= len(rows) || rows[id] == nil || !rows[id].open.has(column) {
			continue
		}
		if ownerOf(&list[id].Class).isOf(ownerOf(&k.Class)) || k.Source.Ours() && k.Type != "identity" {
			return true
		}
	}
	return false
}

// evaluateCompanions decides cases that depend on each other: each is closed until something that
// is open cites it, so that those which only cite each other stay closed.
func (g *regime) evaluateCompanions(ids []uint32, list []storage.Case, rows []*row, along *companions) {
	for _, id := range ids {
		rows[id] = &row{}
	}
	for turned := true; turned; {
		turned = false
		for _, id := range ids {
			r := g.evaluate(&list[id], list, rows, along)
			turned = turned || !r.open.equal(rows[id].open)
			rows[id] = r
		}
	}
}

// along are the UUIDs of what goes along with a copy.
func (w *writer) along(c *copyState) (uuids [][16]byte, err error) {
	if !c.fresh && !w.rereads(c) {
		return c.Along, nil // it cites what it always did
	}
	o, err := w.factsOf(c)
	if err != nil {
		return nil, err
	}
	for _, id := range cited(o) {
		uuids = append(uuids, id.UUID())
	}
	return uuids, nil
}

// goAlong counts a copy under its case with everything that it cites, and no longer where it was.
func (w *writer) goAlong(l *line, c *copyState, along [][16]byte) {
	if len(c.stored) > 0 {
		for _, uuid := range c.Along {
			w.count(uuid, c.stored[0].Class, -1)
		}
	}
	for _, uuid := range along {
		w.count(uuid, c.full, 1)
	}
	if !slices.Equal(c.Along, along) {
		c.Along, c.changed = along, true
	}
}

func (w *writer) count(uuid [16]byte, id uint32, n int) {
	if w.alongside[uuid] == nil {
		w.alongside[uuid] = map[uint32]int{}
	}
	w.alongside[uuid][id] += n
}

// regroup brings the counts up to date, and gives those whom companions newly go to an entry.
func (w *writer) regroup() (gained []*copyState, err error) {
	var turned [][16]byte
	for uuid := range w.alongside {
		if w.recount(uuid) {
			turned = append(turned, uuid)
		}
	}
	clear(w.alongside)
	ids := w.companionsOf(turned)
	was := make([]*row, len(ids))
	for i, id := range ids {
		was[i] = w.row(id)
	}
	w.g.evaluateCompanions(ids, w.cases, w.rows, w.company)
	for i, id := range ids {
		is := w.row(id)
		if is.open.equal(was[i].open) && is.hold.equal(was[i].hold) {
			w.rows[id] = was[i]
			continue
		}
		opened := is.follow(was[i], w.began)
		w.replaceRow(id, is)
		if !opened {
			continue
		}
		more, err := w.reopen(id)
		if err != nil {
			return nil, err
		}
		gained = append(gained, more...)
	}
	return gained, nil
}

// companionsOf are the cases that ids decide of which others began or ceased to be cited, and those
// that these decide in turn.
func (w *writer) companionsOf(uuids [][16]byte) (ids []uint32) {
	seen := map[[16]byte]bool{}
	for len(uuids) > 0 {
		uuid := uuids[0]
		if uuids = uuids[1:]; seen[uuid] {
			continue
		}
		seen[uuid] = true
		for _, id := range w.companionCases(uuid) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
				uuids = append(uuids, w.company.citedBy(id)...)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// recount brings the counts of one UUID up to date, and reports whether a case began or ceased to
// cite it.
func (w *writer) recount(uuid [16]byte) (turned bool) {
	for id, n := range w.alongside[uuid] {
		if n == 0 {
			continue
		}
		total := w.company.add(uuid, id, n)
		turned = turned || total <= 0 || total == n
		var value []byte
		if total > 0 {
			value = binary.BigEndian.AppendUint32(nil, uint32(total))
		}
		w.batch.Records = append(w.batch.Records, storage.Record{Kind: alongRecord, Key: slices.Concat(uuid[:], number(id)), Value: value})
	}
	return turned
}

// reopen gives those whom a companion's case newly goes to an entry of each of its versions.
func (w *writer) reopen(id uint32) (gained []*copyState, err error) {
	k := w.caseOf(id)
	l, err := w.line(goesBy(&k, w.cases))
	if err != nil {
		return nil, err
	}
	for _, c := range l.copies {
		if err := w.load(c); err != nil {
			return nil, err
		}
		if len(c.stored) == 0 || len(c.entries) == 0 || c.entries[0].Class != id {
			continue
		}
		w.touch(l)
		if w.regain(c) {
			gained = append(gained, c)
		}
	}
	return gained, nil
}

// companionCases are the cases that companions with a UUID decide.
func (w *writer) companionCases(uuid [16]byte) []uint32 {
	return slices.Concat(w.x.cases.alongside(uuid), w.companied[uuid])
}
