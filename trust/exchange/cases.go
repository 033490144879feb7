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
	of    map[trust.Source]int  // how many each source brought about
	along map[[16]byte][]uint32 // those that companions decide, by their UUID
}

// maxCases bounds what one source can bring about: cases are kept for ever, in every gate, and a
// type is any name that its writer likes (I-10). Every type and label of STIX together make fewer
// than half as many.
const maxCases = 4096

// ownCases bounds what this node's own objects bring about.
const ownCases = 1 << 16

func newCases() *cases {
	return &cases{list: make([]storage.Case, 1), ids: map[storage.Case]uint32{}, of: map[trust.Source]int{}, along: map[[16]byte][]uint32{}}
}

func (cs *cases) add(c storage.Class) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for int(c.ID) >= len(cs.list) {
		cs.list = append(cs.list, storage.Case{})
	}
	cs.list[c.ID] = c.Case
	cs.ids[c.Case] = c.ID
	cs.of[c.Source]++
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

// count says how many cases a source brought about.
func (cs *cases) count(source trust.Source) int {
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	return cs.of[source]
}

// mayGrow reports whether a source may bring about so many more.
func (cs *cases) mayGrow(source trust.Source, fresh int) bool {
	most := maxCases
	if source.Ours() {
		most = ownCases
	}
	return cs.count(source)+fresh < most
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
