package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"entente/storage"
	"entente/taxii"
	"entente/trust"
)

type viewKind uint8

const (
	publishView viewKind = iota
	receivedView
	publicView
	forView
	fromView
)

// collection is one collection of this node; what it shows depends on who asks.
type collection struct {
	id     string // UUIDv4, made once
	alias  string
	title  string
	about  string
	kind   viewKind
	member string // forView, fromView
}

// rights says what a caller may do with a collection. Neither seen, nor readable, nor writable
// is the answer to everybody whom it does not concern.
type rights struct{ see, read, write bool }

func (c *collection) rights(p trust.Principal, g *regime) rights {
	local := p.Kind == trust.Account && p.Role >= trust.Reader
	own := p.Kind == trust.Member && p.ID == c.member
	switch c.kind {
	case publishView:
		return rights{see: local, read: local, write: local && p.Role >= trust.Analyst}
	case receivedView:
		return rights{see: local, read: local}
	case publicView:
		open := g.Local.Public && p.Kind != trust.Nobody
		return rights{see: open, read: open}
	case forView:
		return rights{see: own, read: own}
	case fromView:
		return rights{see: own, write: own}
	}
	return rights{}
}

func (c *collection) resource(r rights) taxii.Collection {
	return taxii.Collection{
		ID: c.id, Title: c.title, Description: c.about, Alias: c.alias,
		CanRead: r.read, CanWrite: r.write,
		MediaTypes: []string{taxii.ObjectMediaType, mediaType("2.0")},
	}
}

// Names lists every collection's alias and id, for the node's own administration.
func (x *Exchange) Names() map[string]string {
	g := x.regime.Load()
	names := make(map[string]string, len(g.collections))
	for _, c := range g.collections {
		names[c.alias] = c.id
	}
	return names
}

// Collections lists what the caller may know of, ascending by id (interop X-02).
func (x *Exchange) Collections(p trust.Principal) []taxii.Collection {
	var seen []taxii.Collection
	g := x.regime.Load()
	for _, c := range g.collections {
		if r := c.rights(p, g); r.see {
			seen = append(seen, c.resource(r))
		}
	}
	return seen
}

// Collection finds one by id or alias. What the caller may not know of is not found.
func (x *Exchange) Collection(p trust.Principal, name string) (taxii.Collection, error) {
	c, r, err := x.regime.Load().find(p, name)
	if err != nil {
		return taxii.Collection{}, err
	}
	return c.resource(r), nil
}

func (g *regime) find(p trust.Principal, name string) (*collection, rights, error) {
	c, ok := g.byName[name]
	if !ok {
		return nil, rights{}, ErrNotFound
	}
	r := c.rights(p, g)
	if !r.see {
		return nil, rights{}, ErrNotFound
	}
	return c, r, nil
}

// readable finds a collection that the caller may read, or says which of the two it is not.
func (g *regime) readable(p trust.Principal, name string) (*collection, error) {
	c, r, err := g.find(p, name)
	if err != nil {
		return nil, err
	}
	if !r.read {
		return nil, ErrForbidden
	}
	return c, nil
}

// layOut names the collections that the policy calls for and gives each its id, made once and
// kept in the store.
func (x *Exchange) layOut(ctx context.Context, g *regime, batch *storage.Batch) error {
	cs := []*collection{
		{alias: "publish", kind: publishView, title: "Published", about: "What this node publishes. Local accounts write here."},
		{alias: "received", kind: receivedView, title: "Received", about: "What members gave this node."},
		{alias: "public", kind: publicView, title: "Public", about: "TLP:CLEAR, for everybody."},
	}
	for id, m := range g.Members {
		name := m.Name
		if name == "" {
			name = id
		}
		cs = append(cs,
			&collection{alias: "for-" + id, kind: forView, member: id, title: "For " + name + " (" + id + ")", about: "What this node releases to " + name + "."},
			&collection{alias: "from-" + id, kind: fromView, member: id, title: "From " + name + " (" + id + ")", about: "Where " + name + " writes."})
	}
	err := x.store.View(ctx, func(s storage.Snapshot) error {
		for _, c := range cs {
			id, err := s.Meta("collection:" + c.alias)
			if errors.Is(err, storage.ErrNotFound) {
				id, err = []byte(x.newID().String()), nil
				batch.Meta["collection:"+c.alias] = id
			}
			if err != nil {
				return err
			}
			c.id = string(id)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read collections: %w", err)
	}
	slices.SortFunc(cs, func(a, b *collection) int { return strings.Compare(a.id, b.id) })
	g.collections = cs
	g.byName = make(map[string]*collection, 2*len(cs))
	for _, c := range cs {
		g.byName[c.id], g.byName[c.alias] = c, c
	}
	return nil
}

// holds says whether objects of a class belong into the collection at all, whoever asks.
func (c *collection) holds(k *trust.Class) bool {
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
