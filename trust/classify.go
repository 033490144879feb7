package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"entente/stix"
)

// Classify takes from an object what decisions about it depend on, by itself: without later
// versions and without what it refers to. Of the names that agreements choose by, only those count
// that this policy mentions, so that few classes exist; see [Snapshot.Reading].
func (s *Snapshot) Classify(o *stix.Object, source Source, meaning func(stix.ID) (Label, bool)) Class {
	return Class{
		Type: o.Type, SpecVersion: o.SpecVersion, Revoked: o.Revoked, Observable: o.Version == "", Source: source,
		Label: LabelOf(o, meaning),
		Scope: Scope{
			Sectors:   s.mentioned.Sectors.among(o.Sectors),
			Countries: s.mentioned.Countries.among(o.Countries),
			Labels:    s.mentioned.Labels.among(o.Labels),
		},
		Confidence: s.confidence(o),
		Personal:   isPersonal(o.Type) || o.Type == "identity" && o.IdentityClass == "individual",
	}
}

// confidence is the greatest minimum that the policy asks for and the object reaches: more is not
// asked, and classes stay few.
func (s *Snapshot) confidence(o *stix.Object) (reached Confidence) {
	if o.Version == "" || o.Type == "marking-definition" || o.Type == "extension-definition" {
		return NoConfidence
	}
	for _, least := range s.minimums {
		if o.Confidence >= least {
			reached = ConfidenceOf(least)
		}
	}
	return reached
}

// findMentioned gathers the names and minimums that agreements and rules choose by.
func (s *Snapshot) findMentioned() {
	var sectors, countries, labels []string
	add := func(e Exclude) {
		sectors, countries, labels = append(sectors, e.Sectors...), append(countries, e.Countries...), append(labels, e.Labels...)
	}
	for _, a := range s.Agreements {
		for _, f := range a.Flows {
			add(Exclude{Sectors: f.Sectors, Countries: f.Countries, Labels: f.Labels})
			for _, e := range f.Exclude {
				add(e)
			}
		}
	}
	for _, r := range s.Local.Rules {
		for _, e := range r.Exclude {
			add(e)
		}
		if r.MinConfidence > 0 {
			s.minimums = append(s.minimums, r.MinConfidence)
		}
	}
	for _, m := range s.Members {
		if m.Constituency != nil {
			sectors = append(sectors, m.Constituency.Sectors...)
		}
	}
	s.mentioned = Scope{SetOf(sectors...), SetOf(countries...), SetOf(labels...)}
	slices.Sort(s.minimums)
	s.minimums = slices.Compact(s.minimums)
}

// Scoped reports whether sectors, countries or labels matter to anybody.
func (s *Snapshot) Scoped() bool { return s.mentioned != Scope{} }

// Reading is a fingerprint of what [Snapshot.Classify] and [Policy.Meaning] depend on: under two
// policies with the same one every object has the same class.
func (s *Snapshot) Reading() string {
	reading := struct {
		mentioned Scope
		minimums  []int
		markings  map[string]any
	}{s.mentioned, s.minimums, map[string]any{}}
	for id, a := range s.Agreements {
		if len(a.Markings) > 0 && s.inForce(id, &a) {
			reading.markings["agreement "+id] = a.Markings
		}
	}
	for id, c := range s.Communities {
		if len(c.Markings) > 0 {
			reading.markings["community "+id] = c.Markings
		}
	}
	for id, f := range s.Sources {
		if len(f.Markings) > 0 {
			reading.markings["source "+id] = f.Markings
		}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", reading)) // maps in the order of their keys
	return hex.EncodeToString(sum[:])
}

// ReadsRed reports whether an account is named to read RED.
func (s *Snapshot) ReadsRed(p Principal) bool { return s.Local.readsRed(p) }
