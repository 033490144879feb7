package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"entente/stix"
	"entente/storage"
	"entente/trust"
	"entente/trust/ledger"
)

// enact puts a policy in force as of now, in one step (P-6): what becomes forbidden is invisible
// when it returns; what becomes permitted is released in the background, with new dates. It belongs
// to the committer, or to Open before there is one. The ledger is told who did it and what it does,
// or, where nobody did, if anything changes.
func (x *Exchange) enact(ctx context.Context, policy *trust.Policy, before *regime, with []storage.Record, told ...ledger.Record) error {
	now := x.now()
	var head storage.Head
	err := x.store.View(ctx, func(s storage.Snapshot) (err error) {
		head, err = s.Head()
		return err
	})
	if err != nil {
		return err
	}
	fresh := strangers(policy, before.names())
	g := newRegime(policy.At(now), slices.Concat(before.names(), fresh))
	g.alarm = x.alarm
	batch := storage.Batch{Records: with, Meta: map[string][]byte{}}
	if g.forgiving, err = makeReaders(policy); err != nil {
		return err
	}
	if err := x.layOut(ctx, g, &batch); err != nil {
		return err
	}
	for i, id := range fresh {
		key := number(uint32(len(g.readers) - len(fresh) + i))
		batch.Records = append(batch.Records, storage.Record{Kind: columnRecord, Key: key, Value: []byte(id)})
	}
	opened := g.evaluateAll(x.cases.all(), x.company, *before.rows.Load(), head.Added)
	changed := false
	for id, r := range *g.rows.Load() {
		if was := (*before.rows.Load())[id]; id > 0 && (!r.open.equal(was.open) || !slices.Equal(r.since, was.since)) {
			batch.Records = append(batch.Records, r.record(uint32(id)))
			changed = true
		}
	}
	anew := before.Policy != nil && before.Node != "" && (before.Reading() != g.Reading() || !slices.Equal(before.embargoes, g.embargoes))
	if before.Node == "" { // the node starts: is the policy read as it was?
		anew = x.readAs != "" && x.readAs != g.fingerprint()
	}
	if opened || anew {
		x.sweep = x.sweep.again(anew)
		batch.Records = append(batch.Records, x.sweep.record())
	}
	bound := x.endings.under(g)
	batch.Records = append(batch.Records, bound.record())
	batch.Records = append(batch.Records, storage.Record{Kind: stateRecord, Key: []byte("reading"), Value: []byte(g.fingerprint())})
	if len(told) == 0 {
		told = x.journal.tellPolicy(policy.Revision, changed)
	}
	if err := x.commitTold(ctx, &batch, told, now, policy.Revision); err != nil {
		return unknown{err}
	}
	x.endings = bound
	x.reread.Store(int64(x.sweep.reached()))
	x.regime.Store(g)
	x.await()
	return nil
}

// fingerprint tells whether two policies read objects alike.
func (g *regime) fingerprint() string { return fmt.Sprint(g.Reading(), g.embargoes) }

// unknown is an error after which nobody knows what is stored: the process must stop (I-3).
type unknown struct{ error }

func (u unknown) Unwrap() error { return u.error }

// await notes when the gate next opens or shuts by time alone.
func (x *Exchange) await() {
	next := int64(math.MaxInt64)
	for _, t := range []time.Time{x.regime.Load().Until, x.due} {
		if !t.IsZero() {
			next = min(next, t.UnixMicro())
		}
	}
	x.turn.Store(next)
}

// keepTime brings the gate up to date where its time has come, so that no read is answered with
// what no longer holds (P-6).
func (x *Exchange) keepTime(ctx context.Context) error {
	if x.now().UnixMicro() < x.turn.Load() {
		return nil
	}
	return x.submit(ctx, &submission{alone: x.passTime})
}

// passTime does what is due: agreements that begin or end, embargoes that are over.
func (x *Exchange) passTime() error {
	g, now := x.regime.Load(), x.now()
	if !g.Until.IsZero() && !now.Before(g.Until) {
		if err := x.enact(context.Background(), g.Policy, g, nil); err != nil {
			return err
		}
	}
	if x.due.IsZero() || now.Before(x.due) {
		return nil
	}
	return x.batch(func(w *writer) error { return w.releaseDue() })
}

// releaseDue judges again what an embargo is over for.
func (w *writer) releaseDue() error {
	var failed error
	w.due = time.Time{}
	n := 0
	for k, v := range recordsOf(w.s, dueRecord, nil, &failed) {
		at := time.UnixMicro(int64(key64(k))).UTC()
		if n == w.x.parts.due || w.now.Before(at) {
			w.due = at
			break
		}
		n++
		w.batch.Records = append(w.batch.Records, storage.Record{Kind: dueRecord, Key: slices.Clone(k)})
		l, err := w.line(stix.ID(strings.Clone(string(v))))
		if err != nil {
			return err
		}
		l.touched = true
	}
	return failed
}

// resume reads what was under way.
func (x *Exchange) resume(s storage.Snapshot) error {
	data, err := s.Record(stateRecord, []byte("sweep"))
	if err == nil {
		x.sweep = &sweepState{}
		err = json.Unmarshal(data, x.sweep)
	}
	reading, missing := s.Record(stateRecord, []byte("reading"))
	x.readAs = string(reading)
	x.endings = &endings{}
	bound, unbound := s.Record(stateRecord, []byte("endings"))
	if unbound == nil {
		unbound = json.Unmarshal(bound, x.endings)
	}
	return errors.Join(ignoreNotFound(err), ignoreNotFound(missing), ignoreNotFound(unbound))
}
