package demo

import (
	"context"
	"errors"
	"fmt"
	"os"

	"entente/taxii/client"
	"entente/trust"
)

const (
	envelopeSize = 50
	maxEnvelopes = 2000 // far more than are sent before the kill
	killAfter    = 20   // envelopes acknowledged
)

// crash kills csirt-xa with SIGKILL while one of its tools writes, and looks what is left.
func (t *tour) crash(ctx context.Context) error {
	tool, err := t.call(ctx, t.xa(), t.xa().Accounts["tool"])
	if err != nil {
		return err
	}
	defer tool.Close()
	victim, err := os.FindProcess(t.xa().PID)
	if err != nil {
		return err
	}
	killed := make(chan error, 1)
	sent, acknowledged, err := t.ingest(ctx, tool, func() { killed <- victim.Kill() })
	if err != nil {
		return err
	}
	if err := <-killed; err != nil {
		return err
	}
	t.say("kill -9 after %d objects were acknowledged, more on their way", acknowledged*envelopeSize)
	begun := t.Now()
	if err := t.lab.Start(ctx); err != nil {
		return err
	}
	again, err := t.call(ctx, t.xa(), t.xa().Accounts["tool"])
	if err != nil {
		return err
	}
	defer again.Close()
	t.check(t.xa().PID != victim.Pid, "it is back at the same address after "+t.since(begun), "the old process answers")
	h, err := again.walk(ctx, "publish", client.Query{Limit: 1000, Types: []string{"indicator"}, AddedAfter: t.mark})
	if err != nil {
		return err
	}
	lost, torn := 0, 0
	for i, envelope := range sent {
		there := 0
		for id, raw := range envelope {
			if h.raw[id] == raw {
				there++
			}
		}
		if i < acknowledged {
			lost += len(envelope) - there
		} else if there != 0 && there != len(envelope) {
			torn++
		}
	}
	equal(t, "acknowledged objects lost: 0", 0, lost)
	equal(t, "envelopes visible in part: 0", 0, torn)
	return nil
}

// ingest sends envelopes until the node is gone. The first of those that it returns, by id and
// bytes, were acknowledged.
func (t *tour) ingest(ctx context.Context, c *caller, kill func()) (sent []map[string]string, acknowledged int, err error) {
	for range maxEnvelopes {
		envelope := map[string]string{}
		var objects [][]byte
		for range envelopeSize {
			raw, err := indicator("Written during a crash", t.xa().Identity, t.Now(), trust.MarkingOf(trust.Amber))
			if err != nil {
				return nil, 0, err
			}
			id, err := idOf(raw)
			if err != nil {
				return nil, 0, err
			}
			envelope[id], objects = string(raw), append(objects, raw)
		}
		sent = append(sent, envelope)
		if acknowledged == killAfter {
			go kill() // while the writer goes on
		}
		status, err := send(ctx, c, "publish", objects...)
		switch {
		case err != nil && acknowledged >= killAfter:
			return sent, acknowledged, nil
		case err != nil:
			return nil, 0, err
		case status.SuccessCount != envelopeSize:
			return nil, 0, fmt.Errorf("%d of %d objects were taken", status.SuccessCount, envelopeSize)
		}
		acknowledged++
	}
	return nil, 0, errors.New("the node outlived its kill")
}
