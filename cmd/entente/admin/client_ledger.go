package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"entente/trust/exchange"
)

// Ledger yields the entries that are chosen, in order.
func (c *Client) Ledger(ctx context.Context, choice exchange.LedgerChoice, yield func(exchange.LedgerEntry) error) error {
	q := url.Values{
		"object": {string(choice.Object)}, "member": {choice.Member},
		"after": {strconv.FormatInt(choice.After, 10)}, "last": {strconv.Itoa(choice.Last)},
	}
	if choice.Kind != 0 {
		q.Set("kind", choice.Kind.String())
	}
	return c.stream(ctx, "/ledger?"+q.Encode(), func(r io.Reader) error {
		for d := json.NewDecoder(r); ; {
			var e exchange.LedgerEntry
			if err := d.Decode(&e); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return fmt.Errorf("read the node's answer: %w", err)
			}
			if err := yield(e); err != nil {
				return err
			}
		}
	})
}

// ExportLedger hands the whole ledger to read, as it comes; see ledger.ReadExport. What read does with
// it holds only where ExportLedger returns no error: the end may be missing.
func (c *Client) ExportLedger(ctx context.Context, read func(io.Reader) error) error {
	return c.stream(ctx, "/ledger/export", read)
}

// LedgerHead is the latest signed head.
func (c *Client) LedgerHead(ctx context.Context) (h SignedHead, err error) {
	err = c.call(ctx, http.MethodGet, "/ledger/head", nil, &h)
	return h, err
}

// Prove proves what of an object was released to a member.
func (c *Client) Prove(ctx context.Context, object, member string) (p exchange.Proof, err error) {
	q := url.Values{"object": {object}, "member": {member}}
	err = c.call(ctx, http.MethodGet, "/ledger/proof?"+q.Encode(), nil, &p)
	return p, err
}

// PurgeLedger forgets an entry of the ledger.
func (c *Client) PurgeLedger(ctx context.Context, seq int64, reason string) error {
	return c.call(ctx, http.MethodPost, "/ledger/"+strconv.FormatInt(seq, 10)+"/purge", Reason{reason}, nil)
}

// stream reads an answer as it comes, and errs where the node says after it that it is not whole.
func (c *Client) stream(ctx context.Context, path string, read func(io.Reader) error) error {
	resp, err := c.ask(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := read(resp.Body); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil { // what follows stands after the end
		return fmt.Errorf("read the node's answer: %w", err)
	}
	if fault := resp.Trailer.Get(faultTrailer); fault != "" {
		message, err := strconv.Unquote(fault)
		if err != nil {
			message = fault
		}
		return &Error{Status: http.StatusInternalServerError, Message: message}
	}
	return nil
}
