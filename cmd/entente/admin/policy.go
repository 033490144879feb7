package admin

import (
	"errors"
	"fmt"

	"entente/configs"
	"entente/stix"
	"entente/trust/exchange"
)

func (s *Server) plan(c call) (any, error) {
	r, err := s.cfg.Registry.ReadPolicy()
	if err != nil {
		return nil, notInOrder(err)
	}
	change, err := s.cfg.Officer.Plan(c.Context(), r.Policy)
	return whole(change), err
}

func (s *Server) apply(c call) (any, error) {
	change, err := s.cfg.Registry.ApplyPolicy(func(r exchange.Revision) (exchange.Change, error) {
		r.Author = c.author
		return s.cfg.Officer.Apply(c.Context(), r)
	})
	if err != nil {
		return nil, notInOrder(err)
	}
	s.audit(c, "policy.apply", change.Revision, "applied", change.Applied, "waits", change.Waits)
	return whole(change), nil
}

// notInOrder says of problems what they are of, and that nothing changed.
func notInOrder(err error) error {
	var problems configs.Problems
	if errors.As(err, &problems) {
		return fmt.Errorf("the policy folder is not in order, and nothing was changed:\n%w", problems)
	}
	return err
}

// whole is a change without what JSON would call null.
func whole(c exchange.Change) exchange.Change {
	c.Members = list(c.Members)
	for i := range c.Members {
		m := &c.Members[i]
		m.Release, m.Withdraw = list(m.Release), list(m.Withdraw)
	}
	return c
}

func (s *Server) history(c call) (any, error) {
	revisions, err := s.cfg.Officer.History(c.Context())
	return list(revisions), err
}

func (s *Server) explain(c call) (any, error) {
	q := c.URL.Query()
	object, err := objectID(q.Get("object"))
	if err != nil {
		return nil, err
	}
	e, err := s.cfg.Officer.Explain(c.Context(), object, q.Get("member"))
	e.Checks = list(e.Checks)
	return e, err
}

func objectID(s string) (stix.ID, error) {
	id, err := stix.ParseID(s)
	if err != nil {
		return "", invalid{fmt.Sprintf("%q is no object's id: write it as in indicator--…", s)}
	}
	return id, nil
}

// list is what JSON writes as a list, also without anything in it.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
