package exchange

import (
	"sync"

	"entente/storage"
	"entente/trust"
)

// classes interns what decisions depend on. Only the committer adds, before its commit; readers
// take the list as it is and never see it change.
type classes struct {
	mu   sync.RWMutex
	list []trust.Class // by number; 0 is no class
	ids  map[trust.Class]uint32
	of   map[trust.Source]int // how many each source brought about
}

// maxClasses bounds what one source can bring about: classes are kept for ever, in every gate,
// and a type is any name that its writer likes (I-10). Every type and label of STIX together
// make fewer than half as many.
const maxClasses = 4096

func newClasses() *classes {
	return &classes{list: make([]trust.Class, 1), ids: map[trust.Class]uint32{}, of: map[trust.Source]int{}}
}

func (cs *classes) add(c storage.Class) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for int(c.ID) >= len(cs.list) {
		cs.list = append(cs.list, trust.Class{})
	}
	cs.list[c.ID] = c.Class
	cs.ids[c.Class] = c.ID
	cs.of[c.Source]++
}

func (cs *classes) all() []trust.Class {
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	return cs.list
}

func (cs *classes) id(c trust.Class) (uint32, bool) {
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	id, ok := cs.ids[c]
	return id, ok
}

// count says how many classes a source brought about.
func (cs *classes) count(source trust.Source) int {
	cs.mu.RLock()
	defer cs.mu.RUnlock()
	return cs.of[source]
}

// gates remembers, for each caller and collection, which classes trust.Decide lets through.
// It is the gate in front of every read: a decision once for each class, not for each object.
type gates struct {
	policy  *trust.Policy
	classes *classes
	mu      sync.RWMutex
	open    map[gateKey][]bool // by class number
}

// gateKey is everything of a caller that a decision depends on.
type gateKey struct {
	c      *collection
	kind   trust.Kind
	id     string
	role   trust.Role
	person bool
}

func newGates(p *trust.Policy, cs *classes) *gates {
	return &gates{policy: p, classes: cs, open: map[gateKey][]bool{}}
}

// of says by class number what the caller may see in the collection. The answer covers every
// class that exists when it is given; a number beyond it is shut.
func (g *gates) of(c *collection, p trust.Principal) []bool {
	if c.kind == publicView {
		p = trust.Principal{Kind: trust.Anonymous} // the same for everybody, whoever else they are
	}
	key := gateKey{c, p.Kind, p.ID, p.Role, p.Person}
	list := g.classes.all()
	g.mu.RLock()
	open := g.open[key]
	g.mu.RUnlock()
	if len(open) >= len(list) {
		return open
	}
	grown := make([]bool, len(list))
	copy(grown, open)
	for i := max(1, len(open)); i < len(list); i++ {
		grown[i] = c.holds(list[i]) && g.policy.Decide(list[i], p).Outcome == trust.Release
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.open[key]) < len(grown) {
		g.open[key] = grown
	}
	return grown
}

// holds says whether objects of a class belong into the collection at all, whoever asks.
func (c *collection) holds(k trust.Class) bool {
	switch c.kind {
	case publishView:
		return k.Source.Ours()
	case receivedView:
		return k.Source.Kind == trust.FromMember
	case publicView, forView:
		return true
	}
	return false
}

// merges reports whether the collection shows ours and received objects as one, so that of two
// lines with one id only the one that speaks for it appears.
func (c *collection) merges() bool { return c.kind == publicView || c.kind == forView }
