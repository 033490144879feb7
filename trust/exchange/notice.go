package exchange

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"entente/stix"
	"entente/storage"
	"entente/taxii"
	"entente/trust"
	"entente/trust/ledger"
)

// notice is what members are told of what they may have.
type notice struct {
	of       stix.ID
	versions []string
	reason   string
	level    trust.Level // that it carries: what it is about came with it
	to       columns
}

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
		if err := w.sendOne(body, w.g.membersOf(n.to)); err != nil {
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

// takeBack has notices made of copies of one line for those among some readers (nil: everybody) to
// whom they were delivered, and says who that is. Each is told of the versions that it may have and
// of no others: that there is another one may be what it must not know (I-1).
func (w *writer) takeBack(l *line, copies []*copyState, among columns, a act) (had columns, err error) {
	versions, levels := map[int][]string{}, map[int]trust.Level{} // by column
	for _, c := range copies {
		got, err := w.deliveredTo(c)
		if err != nil {
			return had, err
		}
		if among != nil {
			got = got.and(among)
		}
		if got.empty() {
			continue
		}
		version, err := w.versionOf(c)
		if err != nil {
			return had, err
		}
		had = had.or(got)
		for column := range got.all() {
			if !slices.Contains(versions[column], version) {
				versions[column] = append(versions[column], version)
			}
			levels[column] = max(levels[column], c.class.Label.Level)
		}
	}
	if had.empty() && a.By == "" {
		return had, nil // the node found nobody to tell
	}
	w.tell(ledger.Record{Kind: ledger.Recall, Actor: a.By, Object: l.id, Audience: w.tellAudience(had), Detail: a.Reason})
	told := map[string]*notice{}
	for column := range had.all() {
		slices.Sort(versions[column])
		key := fmt.Sprint(levels[column], versions[column])
		if told[key] == nil {
			told[key] = &notice{of: l.id, versions: versions[column], reason: a.Reason, level: levels[column]}
		}
		told[key].to = told[key].to.with(column)
	}
	for _, key := range slices.Sorted(maps.Keys(told)) {
		w.notices = append(w.notices, *told[key])
	}
	return had, nil
}

// tellWhoNoLongerQualifies takes earlier versions of a line back from members who do not get the new
// one: because it is revoked, or because its label rose (P-4, P-7).
func (w *writer) tellWhoNoLongerQualifies(l *line) error {
	for _, g := range l.owned() {
		c := g.newest()
		if c == nil || !c.fresh || c.State != storage.Live || c.class.System {
			continue
		}
		before := slices.DeleteFunc(slices.Clone(g.copies), func(v *copyState) bool { return v.fresh })
		losing, err := w.losing(before, c)
		if err != nil {
			return err
		}
		if losing.empty() {
			continue
		}
		w.conceal(l.id, losing)
		why := act{}
		switch {
		case c.class.Revoked:
			why.Reason = "revoked"
		case w.rose(before, c):
			why.Reason = "marked more strictly"
		default:
			continue // it is as sensitive as it was
		}
		if _, err := w.takeBack(l, before, losing, why); err != nil {
			return err
		}
	}
	return nil
}

// rose reports whether a new version has a higher level than any before it had.
func (w *writer) rose(before []*copyState, c *copyState) bool {
	return slices.ContainsFunc(before, func(v *copyState) bool {
		was := v.class.Label.Level // where it is in the log no more
		if len(v.stored) > 0 {
			was = w.caseOf(v.stored[0].Class).Label.Level
		}
		return w.caseOf(c.full).Label.Level > was
	})
}

// losing are those who saw any earlier version of a line and do not see the new one.
func (w *writer) losing(before []*copyState, c *copyState) (who columns, err error) {
	for _, v := range before {
		if err := w.load(v); err != nil {
			return who, err
		}
		for _, e := range v.stored {
			who = who.or(w.everSeeing(e))
		}
		who = who.or(w.audience(v.Had))
	}
	members := who.without(columns{1<<memberColumns - 1})
	return members.without(w.row(c.full).open), nil
}
