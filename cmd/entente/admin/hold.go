package admin

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"entente/trust"
	"entente/trust/exchange"
)

// Approval lets go what waits, or denies it.
type Approval struct {
	Choice exchange.HoldChoice `json:"choice"`
	TLP    string              `json:"tlp,omitempty"` // the level of what has no mark; approvals only
	Reason string              `json:"reason,omitempty"`
}

func (s *Server) held(c call) (any, error) {
	q := c.URL.Query()
	choice := exchange.HoldChoice{Member: q.Get("member"), Source: q.Get("source"), Type: q.Get("type"), Code: q.Get("code")}
	if err := check(choice); err != nil {
		return nil, err
	}
	held, err := s.cfg.Officer.Held(c.Context(), choice)
	return wholeHeld(held), err
}

func (s *Server) approve(c call) (any, error) {
	a, err := readApproval(c)
	if err != nil {
		return nil, err
	}
	level := trust.Unmarked
	if a.TLP != "" {
		var ok bool
		if level, ok = trust.ParseLevel(a.TLP); !ok {
			return nil, invalid{fmt.Sprintf("tlp: %q is not clear, green, amber, amber+strict or red", a.TLP)}
		}
	}
	if err := checkReason(a.Reason, false); err != nil {
		return nil, err
	}
	held, err := s.cfg.Officer.Approve(c.Context(), a.Choice, level, c.author, a.Reason)
	return s.chosen(c, "hold.approve", a, held, err)
}

func (s *Server) deny(c call) (any, error) {
	a, err := readApproval(c)
	if err == nil {
		err = checkReason(a.Reason, true)
	}
	if err != nil {
		return nil, err
	}
	held, err := s.cfg.Officer.Deny(c.Context(), a.Choice, c.author, a.Reason)
	return s.chosen(c, "hold.deny", a, held, err)
}

// chosen answers with what was acted on. That nothing waits is an error only where something was
// named.
func (s *Server) chosen(c call, action string, a Approval, held []exchange.Held, err error) (any, error) {
	if errors.Is(err, exchange.ErrNotFound) && len(a.Choice.Objects) == 0 {
		held, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		s.audit(c, action, string(h.Object), "member", h.Member, "reason", a.Reason)
	}
	return wholeHeld(held), nil
}

func readApproval(c call) (Approval, error) {
	a, err := read[Approval](c)
	if err == nil {
		err = check(a.Choice)
	}
	return a, err
}

func check(choice exchange.HoldChoice) error {
	for _, id := range choice.Objects {
		if _, err := objectID(string(id)); err != nil {
			return err
		}
	}
	if _, ok := trust.ParseCode(choice.Code); choice.Code != "" && !ok {
		return invalid{fmt.Sprintf("code: there is no check %q", choice.Code)}
	}
	return nil
}

// wholeHeld is a list without what JSON would call null.
func wholeHeld(held []exchange.Held) []exchange.Held {
	held = list(held)
	for i := range held {
		held[i].Codes = list(held[i].Codes)
	}
	return held
}

// maxReason is how long a reason may be, in bytes: it is kept for ever, and recalls carry it.
const maxReason = 4096

func checkReason(reason string, needed bool) error {
	switch {
	case reason == "" && needed:
		return invalid{"reason: say why"}
	case len(reason) > maxReason || !utf8.ValidString(reason):
		return invalid{fmt.Sprintf("reason: write at most %d bytes of text", maxReason)}
	}
	return nil
}
