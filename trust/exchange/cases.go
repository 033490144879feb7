package exchange

import (
	"encoding/binary"
	"sync"

	"entente/storage"
	"entente/trust"
)

// cases interns what decisions depend on. Only the committer adds, before its commit; readers take
// the list as it is and never see it change.
type cases struct {
	mu    sync.RWMutex
	list  []storage.Case // by number; 0 is none
	ids   map[storage.Case]uint32
	of    map[trust.Source]tally
	along map[[16]byte][]uint32 // those that companions decide, by their UUID
}

// tally is how many cases a source brought about: by what its objects are, and by what they have to
// do with others, which a refusal must not tell (P-5).
type tally struct{ own, derived int }

// Bounds of what one source can bring about: cases are kept for ever, in every gate, and a type is
// any name that its writer likes (I-10). Every type and label of STIX together make fewer than half
// of maxCases.
const (
	maxCases   = 4096
	ownCases   = 1 << 16 // of this node's own objects
	maxDerived = 1 << 16 // beyond, an object that brings about more goes to nobody
)

// isDerived reports whether a case says anything that its object alone does not.
func isDerived(k *storage.Case) bool { return *k != storage.Case{Class: k.Class} }

func newCases() *cases {
	return &cases{list: make([]storage.Case, 1), ids: map[storage.Case]uint32{}, of: map[trust.Source]tally{}, along: map[[16]byte][]uint32{}}
}

func (cs *cases) add(c storage.Class) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for int(c.ID) >= len(cs.list) {
		cs.list = append(cs.list, storage.Case{})
	}
	cs.list[c.ID] = c.Case
	cs.ids[c.Case] = c.ID
	t := cs.of[c.Source]
	t.count(&c.Case)
	cs.of[c.Source] = t
	if of := goesBy(&c.Case, cs.list); of != "" {
		uuid := of.UUID()
		cs.along[uuid] = append(cs.along[uuid], c.ID)
	}
}

// alongside are the cases that companions with a UUID decide.
func (cs *cases) alongside(uuid [16]byte) []uint32 {
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	return cs.along[uuid]
}

func (cs *cases) all() []storage.Case {
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	return cs.list
}

func (cs *cases) id(c storage.Case) (uint32, bool) {
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	id, ok := cs.ids[c]
	return id, ok
}

func (t *tally) count(k *storage.Case) {
	if isDerived(k) {
		t.derived++
	} else {
		t.own++
	}
}

// mayGrow reports whether a source may bring about one more, when a batch has brought about some.
func (cs *cases) mayGrow(k *storage.Case, fresh tally) bool {
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	t := cs.of[k.Source]
	switch {
	case isDerived(k):
		return t.derived+fresh.derived < maxDerived
	case k.Source.Ours():
		return t.own+fresh.own < ownCases
	}
	return t.own+fresh.own < maxCases
}

// audiences interns the sets of readers for whom entries are. They are kept by column, because
// columns never change their meaning.
type audiences struct {
	mu   sync.RWMutex
	list []columns // by number; 0 is everybody
	ids  map[string]uint32
}

func newAudiences() *audiences {
	return &audiences{list: make([]columns, 1), ids: map[string]uint32{}}
}

func (a *audiences) add(id uint32, c columns) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for int(id) >= len(a.list) {
		a.list = append(a.list, nil)
	}
	a.list[id] = c
	a.ids[audienceKey(c)] = id
}

func (a *audiences) id(c columns) (uint32, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	id, ok := a.ids[audienceKey(c)]
	return id, ok
}

func (a *audiences) all() []columns {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.list
}

// audienceKey is the same for equal sets, however long their slices are.
func audienceKey(c columns) string {
	for len(c) > 0 && c[len(c)-1] == 0 {
		c = c[:len(c)-1]
	}
	return string(c.append(nil))
}

func number(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
