package admin

import (
	"entente/stix"
	"entente/trust"
)

// Release is to whom an object is released by name, and why.
type Release struct {
	Members []string `json:"members"`
	Reason  string   `json:"reason"`
}

func (s *Server) release(c call) (any, error) {
	object, err := objectID(c.PathValue("object"))
	if err != nil {
		return nil, err
	}
	r, err := read[Release](c)
	if err == nil {
		err = checkReason(r.Reason, true)
	}
	switch {
	case err != nil:
		return nil, err
	case len(r.Members) == 0:
		return nil, invalid{"members: name whom it goes to"}
	}
	if err := s.mayRelease(c, object, r.Members); err != nil {
		return nil, err
	}
	if err := s.cfg.Officer.ReleaseTo(c.Context(), object, r.Members, c.author, r.Reason); err != nil {
		return nil, err
	}
	s.audit(c, "release", string(object), "members", r.Members, "reason", r.Reason)
	return nil, nil
}

// mayRelease leaves what is RED to officers.
func (s *Server) mayRelease(c call, object stix.ID, members []string) error {
	if c.role >= trust.Officer {
		return nil
	}
	for _, m := range members {
		e, err := s.cfg.Officer.Explain(c.Context(), object, m)
		if err != nil {
			return err
		}
		for _, check := range e.Checks {
			if check.Code == trust.CheckRed.String() && check.Outcome != "pass" {
				return c.mustBe(trust.Officer)
			}
		}
	}
	return nil
}

// Reason is why somebody does something.
type Reason struct {
	Reason string `json:"reason"`
}

func (s *Server) recall(c call) (any, error) {
	object, err := objectID(c.PathValue("object"))
	if err != nil {
		return nil, err
	}
	r, err := read[Reason](c)
	if err == nil {
		err = checkReason(r.Reason, true)
	}
	if err != nil {
		return nil, err
	}
	recall, err := s.cfg.Officer.Recall(c.Context(), object, c.author, r.Reason)
	if err != nil {
		return nil, err
	}
	recall.Versions, recall.Recipients = list(recall.Versions), list(recall.Recipients)
	s.audit(c, "recall", string(object), "recipients", len(recall.Recipients), "reason", r.Reason)
	return recall, nil
}
