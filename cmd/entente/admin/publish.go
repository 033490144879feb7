package admin

import (
	"fmt"
	"strconv"

	"entente/trust"
	"entente/trust/exchange"
)

// Part is a part of a publication: some objects, and what all of its objects share.
type Part struct {
	Job     string // names the publication, so that it can be resumed
	Done    int    // how many of the publication's objects are durable when this part is
	TLP     string // the mark for our own objects that carry none; empty: leave them
	Source  string // the pinned source that they come from; empty: us
	Objects [][]byte
}

// Progress is how much of a publication is durable.
type Progress struct {
	Done int `json:"done"` // objects, rejected ones among them
}

// Outcome is what became of a part.
type Outcome struct {
	Accepted int       `json:"accepted"`
	Rejected int       `json:"rejected"`
	Failures []Failure `json:"failures,omitempty"`
}

// Failure is one object that was not taken, and why.
type Failure struct {
	ID      string `json:"id"`
	Version string `json:"version,omitempty"`
	Message string `json:"message"`
}

// maxJob is what the store takes as a name by far; beyond that its commit would fail, and an error
// of a commit ends the node (I-3).
const maxJob = 128

func (s *Server) collections(call) (any, error) { return s.cfg.Publisher.Names(), nil }

func (s *Server) published(c call) (any, error) {
	done, err := s.cfg.Publisher.Published(c.Context(), c.PathValue("job"))
	return Progress{done}, err
}

func (s *Server) publish(c call) (any, error) {
	q := c.URL.Query()
	pub := exchange.Publication{Job: q.Get("job"), Source: q.Get("source")}
	if len(pub.Job) > maxJob {
		return nil, invalid{fmt.Sprintf("job: write at most %d bytes", maxJob)}
	}
	var err error
	if pub.Done, err = strconv.Atoi(q.Get("done")); err != nil || pub.Done < 0 {
		return nil, invalid{"done: write how many objects are durable with this part"}
	}
	if tlp := q.Get("tlp"); tlp != "" {
		var ok bool
		if pub.Mark, ok = trust.ParseLevel(tlp); !ok {
			return nil, invalid{fmt.Sprintf("tlp: %q is not clear, green, amber, amber+strict or red", tlp)}
		}
	}
	if pub.Objects, err = readFrames(c.Body); err != nil {
		return nil, invalid{err.Error()}
	}
	status, err := s.cfg.Publisher.Publish(c.Context(), s.principal(c), pub)
	if err != nil {
		return nil, err
	}
	out := Outcome{Accepted: status.SuccessCount, Rejected: status.FailureCount}
	for _, f := range status.Failures {
		out.Failures = append(out.Failures, Failure(f))
	}
	s.audit(c, "publish", pub.Source, "job", pub.Job, "accepted", out.Accepted, "rejected", out.Rejected)
	return out, nil
}

// principal is a caller of the socket as the exchange knows them.
func (s *Server) principal(c call) trust.Principal {
	return trust.Principal{Kind: trust.Account, ID: c.author, Role: c.role, Person: true}
}
