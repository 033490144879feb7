package exchange

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/trust"
)

// Held lists what waits, the oldest first.
func (x *Exchange) Held(ctx context.Context, choice HoldChoice) (list []Held, err error) {
	if err := x.keepTime(ctx); err != nil {
		return nil, err
	}
	list = []Held{}
	err = x.store.View(ctx, func(s storage.Snapshot) error {
		w := x.newWriter(x.regime.Load(), s)
		return w.eachHeld(ctx, choice, func(l *line, c *copyState, held []Held) { list = append(list, held...) })
	})
	return list, err
}

// eachHeld yields the versions that wait, each with the members it waits for.
func (w *writer) eachHeld(ctx context.Context, choice HoldChoice, yield func(*line, *copyState, []Held)) error {
	if len(choice.Objects) > 0 {
		for _, id := range choice.Objects {
			if _, err := stix.ParseID(string(id)); err != nil {
				return Refusal(fmt.Sprintf("%s is no object's id", id))
			}
			l, err := w.line(id)
			if err != nil {
				return err
			}
			for _, g := range l.owned() {
				if err := w.heldOf(l, g.newest(), choice, yield); err != nil {
					return err
				}
			}
		}
		return nil
	}
	n := 0
	for e, err := range w.s.Log(0) {
		if err != nil {
			return err
		}
		if n++; n%w.x.parts.entries == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			maps.DeleteFunc(w.lines, func(_ stix.ID, l *line) bool { return !l.touched && !l.kept })
		}
		if e.Newer != 0 && !e.Split || w.row(e.Class).hold.empty() || w.caseOf(e.Class).Companion != "" {
			continue
		}
		b, err := w.s.Body(e.Body)
		if err != nil {
			return err
		}
		l, err := w.line(b.ID)
		if err != nil {
			return err
		}
		for _, g := range l.owned() {
			if c := g.newest(); c != nil && c.Added == e.Added {
				if err := w.heldOf(l, c, choice, yield); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// heldOf yields one version, if it waits for anybody that the choice names.
func (w *writer) heldOf(l *line, c *copyState, choice HoldChoice, yield func(*line, *copyState, []Held)) error {
	if c == nil || c.State != storage.Live {
		return nil
	}
	if err := w.load(c); err != nil || len(c.stored) == 0 {
		return err
	}
	k := w.caseOf(c.stored[0].Class)
	from := k.Source.Name
	if k.Source.Kind == trust.FromUs {
		from = ""
	}
	if choice.Source != "" && choice.Source != from || choice.Type != "" && choice.Type != k.Type {
		return nil
	}
	waiver, err := w.waiver(c)
	if err != nil {
		return err
	}
	b, err := w.s.Body(c.Body)
	if err != nil {
		return err
	}
	var held []Held
	for i := range w.row(c.stored[0].Class).hold.all() {
		p := w.g.readers[i]
		if _, denied := waiver.Denied[p.ID]; p.Kind != trust.Member || denied || choice.Member != "" && choice.Member != p.ID {
			continue
		}
		h := Held{Object: l.id, Member: p.ID, Since: b.Received, Type: k.Type, Source: from, Codes: []string{}}
		d := w.g.decide(&k, w.list(), w.rows, w.company, i, p)
		for _, r := range d.Reasons() {
			h.Codes = append(h.Codes, r.Code.String())
		}
		if choice.Code == "" || slices.Contains(h.Codes, choice.Code) {
			held = append(held, h)
		}
	}
	if len(held) > 0 {
		yield(l, c, held)
	}
	return nil
}

// Approve lets what waits go to whom it waits for, as far as it waits for people, and returns what it
// approved. What has no TLP mark needs a level: any for ours, of which a marked version is made; CLEAR or
// GREEN for what others gave.
func (x *Exchange) Approve(ctx context.Context, choice HoldChoice, as trust.Level, by, reason string) (done []Held, err error) {
	err = x.act(ctx, func(w *writer) error {
		type approval struct {
			l    *line
			c    *copyState
			held []Held
		}
		var all []approval
		err := w.eachHeld(ctx, choice, func(l *line, c *copyState, held []Held) {
			l.kept = true
			all = append(all, approval{l, c, held})
		})
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return ErrNotFound
		}
		for _, a := range all {
			if refusal := approvable(a.c, a.held, as); refusal != "" {
				return refusal
			}
		}
		for _, a := range all {
			if err := w.approve(a.l, a.c, a.held, as, act{By: by, At: w.now.UTC(), Reason: reason}); err != nil {
				return err
			}
			done = append(done, a.held...)
		}
		return nil
	})
	return done, err
}

// approvable says why a version cannot be approved so; empty: it can.
func approvable(c *copyState, held []Held, as trust.Level) Refusal {
	unmarked := slices.ContainsFunc(held, func(h Held) bool { return slices.Contains(h.Codes, trust.CheckUnmarked.String()) })
	received := c.class.Received() || c.class.Source.Kind == trust.FromPinned
	switch {
	case unmarked && as == trust.Unmarked:
		return Refusal(fmt.Sprintf("%s has no TLP mark: name the level that it gets, as in --tlp green", held[0].Object))
	case unmarked && received && as > trust.Green:
		return Refusal(fmt.Sprintf("%s is not ours: what is not in its bytes does not travel, so only --tlp clear or green can be assigned", held[0].Object))
	}
	for _, h := range held {
		if len(h.Codes) == 1 && h.Codes[0] == trust.CheckReference.String() {
			return Refusal(fmt.Sprintf("%s waits for what it refers to: approve that first (see `entente policy explain %s --to %s`)", h.Object, h.Object, h.Member))
		}
	}
	return ""
}

// approve notes one approval for each member, or marks what is ours.
func (w *writer) approve(l *line, c *copyState, held []Held, as trust.Level, a act) error {
	unmarked := slices.ContainsFunc(held, func(h Held) bool { return slices.Contains(h.Codes, trust.CheckUnmarked.String()) })
	if unmarked && c.class.Source.Kind == trust.FromUs && c.class.Owner == "" {
		return w.mark(l, c, as, a)
	}
	v, err := w.waiver(c)
	if err != nil {
		return err
	}
	for _, h := range held {
		if v.Approved == nil {
			v.Approved = map[string][]string{}
		}
		if !slices.Contains(v.Approved[h.Member], a.By) {
			v.Approved[h.Member] = append(slices.Clone(v.Approved[h.Member]), a.By)
		}
		beyond := func(code string) bool {
			return code == trust.CheckNeedToKnow.String() || code == trust.CheckPersonal.String()
		}
		if slices.ContainsFunc(h.Codes, beyond) { // only an explicit release overrides these
			v.release(h.Member, a)
		}
		w.tellAct(a, "hold.approve", l.id, h.Member)
	}
	if unmarked {
		v.As = as
	}
	return w.setWaiver(l, c, v)
}

func (v *waiver) release(member string, a act) {
	if v.Explicit == nil {
		v.Explicit = map[string]act{}
	}
	v.Explicit[member] = a
}

// setWaiver keeps what people did about a version, and has it judged again.
func (w *writer) setWaiver(l *line, c *copyState, v waiver) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.waivers[c.Key] = v
	w.batch.Records = append(w.batch.Records, storage.Record{Kind: waiverRecord, Key: keyAfter(nil, c.Key), Value: data})
	c.Waived, c.changed = true, true
	l.touched, l.groups = true, nil
	return nil
}

// mark makes a version of an object of ours with the mark that somebody gives it.
func (w *writer) mark(l *line, c *copyState, as trust.Level, a act) error {
	o, err := w.factsOf(c)
	if err != nil {
		return err
	}
	raw, err := stix.AddMarking(o, trust.MarkingOf(as))
	if err == nil && o.Version != "" {
		raw, err = stix.SetModified(raw, w.later(o.VersionTime))
	}
	if err != nil {
		return Refusal(fmt.Sprintf("%s cannot be marked: %v", l.id, err))
	}
	w.tellAct(a, "hold.mark "+as.String(), l.id, "")
	return w.putOwn(a.By, raw)
}

// later is an instant after a version's, in whole milliseconds.
func (w *writer) later(than time.Time) time.Time {
	at := w.now.UTC().Truncate(time.Millisecond)
	if !at.After(than) {
		at = than.Truncate(time.Millisecond).Add(time.Millisecond)
	}
	return at
}

// putOwn takes in an object that this node makes itself.
func (w *writer) putOwn(by string, raw []byte) error {
	o, findings := w.x.reader.Read(raw)
	it := item{object: o, version: o.Version}
	it.find(findings)
	if it.failed {
		return Refusal(describe(it.findings, maxMessage))
	}
	sub := &submission{owner: by, source: trust.Source{Kind: trust.FromUs}, received: w.now.UTC(), id: w.x.newID(), items: []item{it}}
	if err := w.put(sub, &sub.items[0]); err != nil {
		return err
	}
	if sub.items[0].failed {
		return Refusal(sub.items[0].message)
	}
	return nil
}

// Deny takes what waits off the list: it stays where it is, and waits for nobody any more.
func (x *Exchange) Deny(ctx context.Context, choice HoldChoice, by, reason string) (done []Held, err error) {
	err = x.act(ctx, func(w *writer) error {
		var failed error
		err := w.eachHeld(ctx, choice, func(l *line, c *copyState, held []Held) {
			v, err := w.waiver(c)
			if v.Denied == nil {
				v.Denied = map[string]act{}
			}
			for _, h := range held {
				v.Denied[h.Member] = act{By: by, At: w.now.UTC(), Reason: reason}
				w.tellAct(v.Denied[h.Member], "hold.deny", l.id, h.Member)
			}
			if err == nil {
				err = w.setWaiver(l, c, v)
			}
			if err != nil {
				failed = err
			}
			done = append(done, held...)
		})
		if err == nil && failed == nil && len(done) == 0 {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		return failed
	})
	return done, err
}

// ReleaseTo lets members have every version of an object that the node holds now, whatever TLP,
// agreements and local rules say; never what echo, recalls, markings, onward terms and exclusions
// forbid (P-4, explicit release).
func (x *Exchange) ReleaseTo(ctx context.Context, id stix.ID, members []string, by, reason string) error {
	return x.act(ctx, func(w *writer) error {
		if _, err := stix.ParseID(string(id)); err != nil {
			return ErrNotFound
		}
		for _, m := range members {
			if _, known := w.g.Members[m]; !known {
				return Refusal(fmt.Sprintf("there is no member %s", m))
			}
		}
		l, err := w.line(id)
		if err != nil {
			return err
		}
		found := false
		a := act{By: by, At: w.now.UTC(), Reason: reason}
		for _, g := range l.owned() {
			for _, c := range g.copies {
				if c.State != storage.Live {
					continue
				}
				v, err := w.waiver(c)
				if err != nil {
					return err
				}
				for _, m := range members {
					v.release(m, a)
				}
				found = true
				if err := w.setWaiver(l, c, v); err != nil {
					return err
				}
			}
		}
		if !found {
			return ErrNotFound
		}
		for _, m := range members {
			w.tellAct(a, "release", id, m)
		}
		return nil
	})
}

// act runs what a person does in a transaction, after the clock was looked at.
func (x *Exchange) act(ctx context.Context, do func(*writer) error) error {
	if err := x.keepTime(ctx); err != nil {
		return err
	}
	return x.submit(ctx, &submission{act: do})
}

// inherit lets a version keep the approvals of the one before it, if it says nothing else (P-4).
func (w *writer) inherit(l *line, c *copyState) error {
	var before *copyState
	for _, o := range l.copies {
		earlier := o != c && o.State == storage.Live && ownerOf(&o.class) == ownerOf(&c.class) && o.Instant.Before(c.Instant)
		if earlier && (before == nil || before.Instant.Before(o.Instant)) {
			before = o
		}
	}
	if before == nil || !before.Waived {
		return nil
	}
	v, err := w.waiver(before)
	if err != nil || len(v.Approved) == 0 {
		return err
	}
	old, err := w.raw(before)
	if err != nil || !sameButLifetime(old, c.facts.Raw) {
		return err
	}
	return w.setWaiver(l, c, waiver{Approved: v.Approved, As: v.As})
}

// sameButLifetime reports whether two versions differ in nothing but what an approval need not be
// given for again.
func sameButLifetime(a, b []byte) bool {
	read := func(raw []byte) (m map[string]any) {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if d.Decode(&m) != nil {
			return nil
		}
		for _, key := range []string{"modified", "revoked", "valid_until", "confidence"} {
			delete(m, key)
		}
		return m
	}
	x, y := read(a), read(b)
	return x != nil && reflect.DeepEqual(x, y)
}
