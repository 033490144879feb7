package admin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"entente/trust/exchange"
	"entente/trust/ledger"
)

// stream is an answer that is written as it is read, because it may be long.
type stream func(w io.Writer) error

// faultTrailer says after a stream why it is not whole; empty where it is.
const faultTrailer = "Entente-Fault"

// send writes a stream. Its status is out before anything can go wrong, so a fault comes after it.
func (s *Server) send(w http.ResponseWriter, c call, content stream) {
	w.Header().Set("Trailer", faultTrailer)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.WriteHeader(http.StatusOK)
	if err := content(w); err != nil {
		s.cfg.Log.Error("administration failed", "author", c.author, "path", c.Pattern, "error", err)
		w.Header().Set(faultTrailer, strconv.QuoteToASCII(err.Error()))
	}
}

func (s *Server) ledger(c call) (any, error) {
	choice, err := ledgerChoice(c)
	if err != nil {
		return nil, err
	}
	return stream(func(w io.Writer) error {
		out := json.NewEncoder(w)
		return s.cfg.Ledger.Ledger(c.Context(), choice, func(e exchange.LedgerEntry) error { return out.Encode(e) })
	}), nil
}

func ledgerChoice(c call) (choice exchange.LedgerChoice, err error) {
	q := c.URL.Query()
	choice.Member = q.Get("member")
	if id := q.Get("object"); id != "" {
		if choice.Object, err = objectID(id); err != nil {
			return choice, err
		}
	}
	if kind := q.Get("kind"); kind != "" {
		var ok bool
		if choice.Kind, ok = ledger.ParseKind(kind); !ok {
			return choice, invalid{fmt.Sprintf("kind: there is no kind %q of entries", kind)}
		}
	}
	after, afterErr := number(q.Get("after"))
	last, lastErr := number(q.Get("last"))
	if afterErr != nil || lastErr != nil {
		return choice, invalid{"after, last: write whole numbers"}
	}
	choice.After, choice.Last = after, int(last)
	return choice, nil
}

// number reads a number that may be left out.
func number(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 31+32)
	return int64(n), err
}

func (s *Server) exportLedger(c call) (any, error) {
	s.audit(c, "ledger.export", "")
	return stream(func(w io.Writer) error { return s.cfg.Ledger.ExportLedger(c.Context(), w) }), nil
}

// SignedHead is the latest head of the ledger.
type SignedHead struct {
	Head string `json:"head"`
}

func (s *Server) ledgerHead(c call) (any, error) {
	signed, err := s.cfg.Ledger.LedgerHead(c.Context())
	return SignedHead{string(signed)}, err
}

func (s *Server) prove(c call) (any, error) {
	q := c.URL.Query()
	object, err := objectID(q.Get("object"))
	if err != nil {
		return nil, err
	}
	p, err := s.cfg.Ledger.Prove(c.Context(), object, q.Get("member"))
	p.Released = list(p.Released)
	return p, err
}

func (s *Server) purgeLedger(c call) (any, error) {
	seq, err := strconv.ParseInt(c.PathValue("seq"), 10, 64)
	if err != nil || seq < 1 {
		return nil, invalid{fmt.Sprintf("%q is no entry: write its number", c.PathValue("seq"))}
	}
	r, err := read[Reason](c)
	if err == nil {
		err = checkReason(r.Reason, true)
	}
	if err != nil {
		return nil, err
	}
	if err := s.cfg.Ledger.PurgeLedger(c.Context(), seq, c.author, r.Reason); err != nil {
		return nil, err
	}
	s.audit(c, "ledger.purge", strconv.FormatInt(seq, 10), "reason", r.Reason)
	return nil, nil
}
