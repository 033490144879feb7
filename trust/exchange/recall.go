package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// Recall takes an object of ours back (P-7): when it returns no read shows any version of it, what
// is recalled does not come back by any route, and everybody who may have it finds a notice in its
// collection. A later version by us opens it again.
func (x *Exchange) Recall(ctx context.Context, id stix.ID, by, reason string) (r Recall, err error) {
	err = x.act(ctx, func(w *writer) error {
		if _, err := stix.ParseID(string(id)); err != nil {
			return ErrNotFound
		}
		l, err := w.line(id)
		if err != nil {
			return err
		}
		var gone []*copyState
		others := false
		for _, g := range l.owned() {
			ours := g.owner.kind == trust.FromUs || g.owner.kind == trust.FromPinned
			others = others || !ours
			for _, c := range g.copies {
				if ours && c.State == storage.Live {
					gone = append(gone, c)
				}
			}
		}
		switch {
		case len(gone) == 0 && others:
			return Refusal(fmt.Sprintf("%s is not ours: only its owner recalls it; `entente hold` and local rules keep it from others", id))
		case len(gone) == 0:
			return ErrNotFound
		}
		a := act{By: by, At: w.now.UTC(), Reason: reason}
		r, err = w.recall(l, gone, a)
		return err
	})
	return r, err
}

// recall takes copies out of the log for good, and tells those who may have them.
func (w *writer) recall(l *line, gone []*copyState, a act) (Recall, error) {
	w.conceal(l.id, nil)
	r := Recall{Object: l.id, Reason: a.Reason, By: a.By, At: a.At, Recipients: []Recipient{}}
	for _, c := range gone {
		version, err := w.versionOf(c)
		if err != nil {
			return r, err
		}
		if !slices.Contains(r.Versions, version) {
			r.Versions = append(r.Versions, version)
		}
	}
	slices.Sort(r.Versions)
	had, err := w.takeBack(l, gone, nil, a)
	if err != nil {
		return r, err
	}
	for _, m := range w.g.membersOf(had).Names() {
		r.Recipients = append(r.Recipients, Recipient{m, w.stateOf(m)})
	}
	for _, c := range gone {
		if err := w.leave(l, c, storage.Recalled); err != nil {
			return r, err
		}
	}
	data, err := json.Marshal(r)
	w.batch.Records = append(w.batch.Records, storage.Record{Kind: recallRecord, Key: []byte(l.id), Value: data})
	return r, err
}

// stateOf is what a notice to a member can come to: one that has no server of its own that we know
// of cannot answer.
func (w *writer) stateOf(member string) string {
	if w.g.Links[member].Discovery == "" {
		return "unable"
	}
	return "pending"
}

func (w *writer) versionOf(c *copyState) (string, error) {
	if c.facts != nil && c.facts.Version != "" {
		return c.facts.Version, nil
	}
	b, err := w.s.Body(c.Body)
	return b.Version, err
}
