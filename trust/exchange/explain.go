package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// Explain says of every check of P-4 what it comes to for a member and the newest version of an
// object. [ErrNotFound] is an object that the node does not hold, and a member that it does not know.
func (x *Exchange) Explain(ctx context.Context, id stix.ID, member string) (e Explanation, err error) {
	if err := x.keepTime(ctx); err != nil {
		return e, err
	}
	err = x.store.View(ctx, func(s storage.Snapshot) error {
		g := x.regime.Load()
		column, known := g.column[member]
		if _, is := g.Members[member]; !known || !is {
			return fmt.Errorf("member %s: %w", member, ErrNotFound)
		}
		if _, err := stix.ParseID(string(id)); err != nil {
			return fmt.Errorf("object %s: %w", id, ErrNotFound)
		}
		w := x.newWriter(g, s)
		l, err := w.line(id)
		if err != nil {
			return err
		}
		c, err := w.shown(l, column)
		if err != nil {
			return err
		}
		if c == nil {
			return fmt.Errorf("object %s: %w", id, ErrNotFound)
		}
		e, err = w.explain(l, c, column)
		return err
	})
	return e, err
}

// shown is the newest version of an id that a reader gets or, where it gets none, of who speaks for it.
func (w *writer) shown(l *line, column int) (best *copyState, err error) {
	most := 0
	for _, g := range l.owned() {
		c := g.newest()
		if c == nil {
			continue
		}
		if err := w.load(c); err != nil {
			return nil, err
		}
		rank := 1
		if g.owner.speaks() {
			rank = 2
		}
		if slices.ContainsFunc(c.stored, func(e storage.Entry) bool { return w.seeing(e).has(column) }) {
			rank = 3
		}
		if rank > most {
			best, most = c, rank
		}
	}
	return best, nil
}

func (w *writer) explain(l *line, c *copyState, column int) (Explanation, error) {
	k := w.caseOf(c.Class)
	k.Recalled = c.State == storage.Recalled
	if len(c.stored) > 0 {
		k = w.caseOf(c.stored[0].Class)
	}
	b, err := w.s.Body(c.Body)
	if err != nil {
		return Explanation{}, err
	}
	p := w.g.readers[column]
	d := w.g.decide(&k, w.list(), w.rows, w.company, column, p)
	e := Explanation{
		Object: l.id, Version: b.Version, Member: p.ID, Decision: d.Outcome.String(), Label: say(k.Label),
	}
	if d.Outcome == trust.Release && d.Grant != nil {
		e.Grant, e.File, e.Line = d.Grant.Clause, d.Grant.File, d.Grant.Line
	}
	if primary, ok := d.Primary(); ok {
		e.Primary = primary.Code.String()
	}
	for _, code := range trust.Codes() {
		check := Check{Code: code.String(), Outcome: "pass"}
		for _, r := range d.Reasons() {
			if r.Code != code {
				continue
			}
			check.Outcome, check.Detail = r.Outcome.String(), w.detail(code, &k, p)
			if r.Rule != nil {
				check.File, check.Line = r.Rule.File, r.Rule.Line
				check.Detail = strings.TrimPrefix(check.Detail+"; "+r.Rule.Clause, "; ")
			}
			if code == trust.CheckEmbargo {
				check.Until = w.embargoUntil(b.Received, p.ID)
			}
			if code == trust.CheckReference {
				if check.Detail, err = w.keepingReferences(c, &k, column, check.Detail); err != nil {
					return e, err
				}
			}
		}
		if code != trust.CheckInternal || check.Outcome != "pass" {
			e.Checks = append(e.Checks, check)
		}
	}
	if e.Primary == "" && d.Outcome != trust.Release { // somebody else speaks for the object, or it is addressed to others
		e.Primary = trust.CheckRecipients.String()
	}
	return e, nil
}

// say is a label as people write it.
func say(l trust.Label) string {
	s := strings.ToUpper(l.Level.String())
	if l.Unmarked {
		s = strings.TrimSuffix("UNMARKED "+s, " UNMARKED")
	}
	if l.Named {
		s += " for " + strings.Join(l.To.Names(), ", ")
	}
	if l.Unresolvable {
		s += ", unresolvable"
	}
	return s
}

// detail says in words what a check found.
func (w *writer) detail(code trust.Code, k *storage.Case, p trust.Principal) string {
	switch code {
	case trust.CheckRecipient:
		return "the member is suspended, or its trust is 0"
	case trust.CheckEcho:
		return "it came from this member, or is its own"
	case trust.CheckRecalled:
		return "it was recalled"
	case trust.CheckMarking:
		return "a marking is unknown here, contradictory, or without its definition"
	case trust.CheckUnmarked:
		return "it has no TLP mark: approve it with a level"
	case trust.CheckRecipients:
		return "it is for " + strings.Join(k.Label.To.Names(), ", ")
	case trust.CheckRed:
		return "TLP:RED goes to named members by explicit release only"
	case trust.CheckOnward:
		if k.SecondHand {
			return "it names another member as its creator, and nothing proves that"
		}
		return "the terms under which it was received do not let it go on to this member"
	case trust.CheckNeedToKnow:
		return "its sectors do not meet this member's constituency"
	case trust.CheckDialect:
		return "this member understands TLP 1 only, which has no AMBER+STRICT"
	case trust.CheckCeiling:
		return say(k.Label) + " is above what this member may get"
	case trust.CheckPersonal:
		return "it is personal data"
	case trust.CheckReference:
		return "it refers to what this member may not get"
	case trust.CheckEmbargo:
		return "the embargo is not over"
	case trust.CheckInternal:
		return "a rule failed, and what is not certain is kept back: please report it"
	case trust.CheckApproval:
		return "nobody approved it yet, or not enough people"
	case trust.CheckTypes, trust.CheckSectors, trust.CheckCountries, trust.CheckLabels, trust.CheckConfidence, trust.CheckExclude:
		return "the object is " + k.Type + ", sectors " + list(k.Scope.Sectors) + ", countries " + list(k.Scope.Countries) + ", labels " + list(k.Scope.Labels)
	}
	return ""
}

func list(s trust.Set) string {
	if s == "" {
		return "none"
	}
	return strings.Join(s.Names(), " ")
}

// embargoUntil is when the last embargo on a member is over.
func (w *writer) embargoUntil(received time.Time, member string) (until time.Time) {
	for i := range w.g.Local.Rules {
		r := &w.g.Local.Rules[i]
		if !r.To.Any() && !r.To.Has(member) {
			continue
		}
		for _, t := range []time.Time{r.Embargo.Until, received.Add(r.Embargo.For)} {
			if t.After(until) && t != received {
				until = t
			}
		}
	}
	return until
}

// keepingReferences names what an object refers to and the member may not get.
func (w *writer) keepingReferences(c *copyState, k *storage.Case, column int, detail string) (string, error) {
	o, err := w.factsOf(c)
	if err != nil {
		return "", err
	}
	var kept []string
	for _, id := range named(o) {
		n, err := w.referred(id, c)
		if err != nil {
			return "", err
		}
		if n == 0 {
			continue
		}
		one := *k
		one.Inside, one.Before, one.Targets, one.Derived = "", 0, storage.NumbersOf(n), ""
		if id.UUID()[6]>>4 == 5 {
			one.Targets, one.Derived = "", one.Targets
		}
		if d := w.g.decide(&one, w.list(), w.rows, w.company, column, w.g.readers[column]); d.Has(trust.CheckReference) {
			kept = append(kept, string(id))
		}
	}
	if len(kept) == 0 {
		return "only containers label it above GREEN, and this member gets none of them", nil
	}
	return detail + ": " + strings.Join(kept, ", "), nil
}
