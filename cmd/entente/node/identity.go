package node

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"entente/configs"
	"entente/stix"
	"entente/trust"
	"entente/trust/exchange"
)

// identityJob marks in the store that the node has introduced itself.
const identityJob = "identity"

// identity is the STIX Identity that a node's objects name as their creator (STIX 2.1 §4.5).
type identity struct {
	Type          string    `json:"type"`
	SpecVersion   string    `json:"spec_version"`
	ID            string    `json:"id"`
	Created       string    `json:"created"`
	Modified      string    `json:"modified"`
	Name          string    `json:"name"`
	IdentityClass string    `json:"identity_class"`
	Markings      []stix.ID `json:"object_marking_refs"`
}

// introduce publishes the node's own identity, TLP:CLEAR, at its first start and never again: from
// then on it is an object like others, for its people to change or withdraw.
func introduce(ctx context.Context, x *exchange.Exchange, self configs.Self, now time.Time) error {
	done, err := x.Published(ctx, identityJob)
	if err != nil || done > 0 {
		return err
	}
	at := now.UTC().Format("2006-01-02T15:04:05.000Z")
	raw, err := json.Marshal(identity{
		Type: "identity", SpecVersion: "2.1", ID: self.Identity, Created: at, Modified: at,
		Name: self.Name, IdentityClass: "organization", Markings: []stix.ID{trust.MarkingOf(trust.Clear)},
	})
	if err != nil {
		return err
	}
	p := trust.Principal{Kind: trust.Account, ID: self.ID, Role: trust.Admin}
	status, err := x.Publish(ctx, p, exchange.Publication{Objects: [][]byte{raw}, Job: identityJob, Done: 1})
	if err == nil && status.FailureCount > 0 {
		err = fmt.Errorf("%s was rejected: %s", self.Identity, status.Failures[0].Message)
	}
	if err != nil {
		return fmt.Errorf("publish the node's identity: %w", err)
	}
	return nil
}
