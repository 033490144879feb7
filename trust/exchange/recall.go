package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"entente/stix"
	"entente/storage"
	"entente/taxii"
	"entente/trust"
	"entente/trust/ledger"
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
	var had columns
	level := trust.Unmarked
	for _, c := range gone {
		version, err := w.versionOf(c)
		if err != nil {
			return r, err
		}
		if !slices.Contains(r.Versions, version) {
			r.Versions = append(r.Versions, version)
		}
		if had, err = w.deliveredTo(c, had); err != nil {
			return r, err
		}
		level = max(level, c.class.Label.Level)
		if err := w.leave(l, c, storage.Recalled); err != nil {
			return r, err
		}
	}
	slices.Sort(r.Versions)
	members := w.g.membersOf(had)
	for _, m := range members.Names() {
		r.Recipients = append(r.Recipients, Recipient{m, w.stateOf(m)})
	}
	w.tell(ledger.Record{Kind: ledger.Recall, Actor: a.By, Object: l.id, Audience: w.tellAudience(had), Detail: a.Reason})
	if members != "" {
		w.notify(notice{of: l.id, versions: r.Versions, reason: a.Reason, level: level, to: members})
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

// levelOf is the level that a copy had when the batch began.
func (w *writer) levelOf(c *copyState) trust.Level {
	if len(c.stored) > 0 {
		return w.caseOf(c.stored[0].Class).Label.Level
	}
	return c.class.Label.Level // it is in the log no more
}

// deliveredTo adds the members who may have read a copy: who could see it, then or earlier, and has
// read as far as its first date. It may name one too many, never one too few.
func (w *writer) deliveredTo(c *copyState, to columns) (columns, error) {
	if c.fresh {
		return to, nil
	}
	if err := w.load(c); err != nil {
		return to, err
	}
	for _, e := range c.stored {
		to = to.or(w.readers(w.everSeeing(e), e.Added))
	}
	if c.Had != 0 {
		to = to.or(w.readers(w.audience(c.Had), c.Added))
	}
	return to, nil
}

// readers are those of some columns who have read up to a date.
func (w *writer) readers(of columns, date storage.Added) (to columns) {
	for i := range of.all() {
		if i >= memberColumns && w.x.deliveredUpTo(i) >= date {
			to = to.with(i)
		}
	}
	return to
}

// everSeeing are those for whom an entry is or once was the release of its version: whom a policy
// shut out since had it until then.
func (w *writer) everSeeing(e storage.Entry) columns {
	seen := w.row(e.Class).everSeeing(e.Added)
	if e.Audience != 0 {
		seen = seen.and(w.audience(e.Audience))
	}
	return seen
}

// notice is what members are told of what they may have.
type notice struct {
	of       stix.ID
	versions []string
	reason   string
	level    trust.Level // that it carries: what it is about came with it
	to       trust.Set
}

// notify has a notice made when the batch is whole.
func (w *writer) notify(n notice) { w.notices = append(w.notices, n) }

// NoticeExtension is the extension by which another Entente knows a notice: a note that says which
// versions of which object are taken back, and why. Everybody else reads a note.
const NoticeExtension = stix.ID("extension-definition--5b1f3c5e-8a64-4c0e-9d0b-0f6c2a7d9e31")

// send makes the notices of the batch, each addressed to its members alone.
func (w *writer) send() error {
	for _, n := range w.notices {
		at := taxii.FormatTimestamp(w.later(w.now))
		level := n.level
		if level == trust.Unmarked {
			level = trust.Green
		}
		body, err := json.Marshal(map[string]any{
			"type": "note", "spec_version": "2.1", "id": "note--" + w.x.newID().String(), "created_by_ref": w.x.cfg.Identity,
			"created": at, "modified": at, "object_refs": []stix.ID{n.of},
			"object_marking_refs": []stix.ID{trust.MarkingOf(level)},
			"abstract":            "Recall",
			"content":             fmt.Sprintf("%s is taken back: %s. Delete it, or stop using it.", n.of, n.reason),
			"extensions": map[stix.ID]any{NoticeExtension: map[string]any{
				"extension_type": "property-extension", "versions": n.versions, "reason": n.reason,
			}},
		})
		if err != nil {
			return err
		}
		if err := w.sendOne(body, n.to); err != nil {
			return err
		}
	}
	w.notices = nil
	return nil
}

func (w *writer) sendOne(body []byte, to trust.Set) error {
	o, findings := w.x.reader.Read(body)
	if code, bad := stix.Rejects(findings); bad {
		return fmt.Errorf("make a notice: %v: %s", code, describe(findings, maxMessage))
	}
	l, err := w.line(o.ID)
	if err != nil {
		return err
	}
	class := w.g.Classify(&o, trust.Source{Kind: trust.FromUs}, func(stix.ID) (trust.Label, bool) { return trust.Label{}, false })
	class.System = true
	sub := &submission{owner: nodeActor, source: class.Source, received: w.now.UTC()}
	c := &copyState{Copy: storage.Copy{Instant: o.VersionTime, State: storage.Live}, class: class}
	w.store(sub, l, &item{object: o, version: o.Version}, c)
	return w.setWaiver(l, c, waiver{Addressed: to.Names()})
}

// tellWhoNoLongerQualifies makes notices for members who may have earlier versions of a line and do
// not get the new one: because it is revoked, or because its label rose (P-4, P-7).
func (w *writer) tellWhoNoLongerQualifies(l *line) error {
	for _, g := range l.owned() {
		c := g.newest()
		if c == nil || !c.fresh || c.State != storage.Live || c.class.System {
			continue
		}
		losing, err := w.losing(g, c)
		if err != nil {
			return err
		}
		if losing.empty() {
			continue
		}
		w.conceal(l.id, losing)
		var had columns
		var versions []string
		rose, level := false, trust.Unmarked
		for _, before := range g.copies {
			if before == c || before.fresh {
				continue
			}
			was := had
			if had, err = w.deliveredTo(before, had); err != nil {
				return err
			}
			if had.equal(was) {
				continue
			}
			version, err := w.versionOf(before)
			if err != nil {
				return err
			}
			versions = append(versions, version)
			rose = rose || w.caseOf(c.full).Label.Level > w.levelOf(before)
			level = max(level, before.class.Label.Level)
		}
		lost := w.g.membersOf(had.without(w.row(c.full).open))
		slices.Sort(versions)
		switch {
		case lost == "":
		case c.class.Revoked:
			w.notify(notice{of: l.id, versions: versions, reason: "revoked", level: level, to: lost})
		case rose:
			w.notify(notice{of: l.id, versions: versions, reason: "marked more strictly", level: level, to: lost})
		}
	}
	return nil
}

// losing are those who saw any earlier version of a line and do not see the new one.
func (w *writer) losing(g *group, c *copyState) (who columns, err error) {
	for _, before := range g.copies {
		if before == c || before.fresh {
			continue
		}
		if err := w.load(before); err != nil {
			return who, err
		}
		for _, e := range before.stored {
			who = who.or(w.everSeeing(e))
		}
		who = who.or(w.audience(before.Had))
	}
	members := who.without(columns{1<<memberColumns - 1})
	return members.without(w.row(c.full).open), nil
}

func (w *writer) tellAct(a act, what string, id stix.ID, member string) {
	w.tell(ledger.Record{Kind: ledger.Act, Actor: a.By, Object: id, Member: member, Detail: what + ": " + a.Reason})
}
