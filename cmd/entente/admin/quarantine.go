package admin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"entente/stix"
	"entente/trust/exchange"
)

// Suspect is an object in quarantine with what is stored of it, byte for byte.
type Suspect struct {
	exchange.Suspect
	Stored  []byte `json:"stored"`
	Against []byte `json:"against,omitempty"` // what it contradicts; empty: nothing that is held
}

// Verdict is what becomes of one in quarantine, and why.
type Verdict struct {
	Key    uint64 `json:"key,omitempty"` // tells several of one object apart; 0: it is the only one
	Reason string `json:"reason"`
}

func (s *Server) suspects(c call) (any, error) {
	all, err := s.cfg.Officer.Suspects(c.Context())
	return list(all), err
}

func (s *Server) suspect(c call) (any, error) {
	var key uint64
	var err error
	if q := c.URL.Query().Get("key"); q != "" {
		if key, err = strconv.ParseUint(q, 10, 64); err != nil {
			return nil, invalid{"key: write the number that the list gives"}
		}
	}
	object, key, err := s.oneSuspect(c, key)
	if err != nil {
		return nil, err
	}
	var out Suspect
	out.Suspect, out.Stored, out.Against, err = s.cfg.Officer.Suspect(c.Context(), object, key)
	return out, err
}

func (s *Server) free(c call) (any, error) {
	return s.judge(c, "quarantine.release", s.cfg.Officer.Free)
}

func (s *Server) purge(c call) (any, error) {
	return s.judge(c, "quarantine.purge", s.cfg.Officer.Purge)
}

func (s *Server) judge(c call, action string, do func(ctx context.Context, object stix.ID, key uint64, by, reason string) error) (any, error) {
	v, err := read[Verdict](c)
	if err == nil {
		err = checkReason(v.Reason, true)
	}
	if err != nil {
		return nil, err
	}
	object, key, err := s.oneSuspect(c, v.Key)
	if err != nil {
		return nil, err
	}
	if err := do(c.Context(), object, key, c.author, v.Reason); err != nil {
		return nil, err
	}
	s.audit(c, action, string(object), "key", key, "reason", v.Reason)
	return nil, nil
}

// oneSuspect is the object of a call and its key in quarantine, which is needed only where several
// of the object lie there.
func (s *Server) oneSuspect(c call, key uint64) (stix.ID, uint64, error) {
	object, err := objectID(c.PathValue("object"))
	if err != nil || key != 0 {
		return object, key, err
	}
	all, err := s.cfg.Officer.Suspects(c.Context())
	if err != nil {
		return object, 0, err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(s exchange.Suspect) bool { return s.Object != object })
	switch len(all) {
	case 0:
		return object, 0, fmt.Errorf("%s in quarantine: %w", object, exchange.ErrNotFound)
	case 1:
		return object, all[0].Key, nil
	}
	keys := make([]string, len(all))
	for i, s := range all {
		keys[i] = strconv.FormatUint(s.Key, 10)
	}
	return object, 0, invalid{fmt.Sprintf("%d of %s are in quarantine: say which with --key %s", len(all), object, strings.Join(keys, ", "))}
}
