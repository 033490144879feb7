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

func (c *collection) rights(p trust.Principal, policy *trust.Policy) rights {
	local := p.Kind == trust.Account && p.Role >= trust.Reader
	own := p.Kind == trust.Member && p.ID == c.member
	switch c.kind {
	case publishView:
		return rights{see: local, read: local, write: local && p.Role >= trust.Analyst}
	case receivedView:
		return rights{see: local, read: local}
	case publicView:
		open := policy.Local.Public && p.Kind != trust.Nobody
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
	names := make(map[string]string, len(x.collections))
	for _, c := range x.collections {
		names[c.alias] = c.id
	}
	return names
}

// Collections lists what the caller may know of, ascending by id (interop X-02).
func (x *Exchange) Collections(p trust.Principal) []taxii.Collection {
	var seen []taxii.Collection
	for _, c := range x.collections {
		if r := c.rights(p, x.policy); r.see {
			seen = append(seen, c.resource(r))
		}
	}
	return seen
}

// Collection finds one by id or alias. What the caller may not know of is not found.
func (x *Exchange) Collection(p trust.Principal, name string) (taxii.Collection, error) {
	c, r, err := x.find(p, name)
	if err != nil {
		return taxii.Collection{}, err
	}
	return c.resource(r), nil
}

func (x *Exchange) find(p trust.Principal, name string) (*collection, rights, error) {
	c, ok := x.byName[name]
	if !ok {
		return nil, rights{}, ErrNotFound
	}
	r := c.rights(p, x.policy)
	if !r.see {
		return nil, rights{}, ErrNotFound
	}
	return c, r, nil
}

// readable finds a collection that the caller may read, or says which of the two it is not.
func (x *Exchange) readable(p trust.Principal, name string) (*collection, error) {
	c, r, err := x.find(p, name)
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
func (x *Exchange) layOut(ctx context.Context) error {
	cs := []*collection{
		{alias: "publish", kind: publishView, title: "Published", about: "What this node publishes. Local accounts write here."},
		{alias: "received", kind: receivedView, title: "Received", about: "What members gave this node."},
		{alias: "public", kind: publicView, title: "Public", about: "TLP:CLEAR, for everybody."},
	}
	for id, m := range x.policy.Members {
		name := m.Name
		if name == "" {
			name = id
		}
		cs = append(cs,
			&collection{alias: "for-" + id, kind: forView, member: id, title: "For " + name + " (" + id + ")", about: "What this node releases to " + name + "."},
			&collection{alias: "from-" + id, kind: fromView, member: id, title: "From " + name + " (" + id + ")", about: "Where " + name + " writes."})
	}
	fresh := &storage.Batch{Meta: map[string][]byte{}}
	err := x.store.View(ctx, func(s storage.Snapshot) error {
		for _, c := range cs {
			id, err := s.Meta("collection:" + c.alias)
			if errors.Is(err, storage.ErrNotFound) {
				id, err = []byte(x.newID().String()), nil
				fresh.Meta["collection:"+c.alias] = id
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
	if len(fresh.Meta) > 0 {
		if err := x.store.Commit(ctx, fresh); err != nil {
			return fmt.Errorf("name collections: %w", err)
		}
	}
	slices.SortFunc(cs, func(a, b *collection) int { return strings.Compare(a.id, b.id) })
	x.collections = cs
	x.byName = make(map[string]*collection, 2*len(cs))
	for _, c := range cs {
		x.byName[c.id], x.byName[c.alias] = c, c
	}
	return nil
}
