package node

import (
	"encoding/json"
	"time"

	"entente/configs"
	"entente/stix"
	"entente/trust"
)

// identityFile is the node's own identity as a STIX object: made with the folder, published when
// its people say so, since a collection holds what somebody put there and nothing else.
const identityFile = "identity.json"

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

// identityOf is a node's identity, TLP:CLEAR, so that `created_by_ref` resolves for everybody.
func identityOf(self configs.Self, now time.Time) ([]byte, error) {
	at := now.UTC().Format("2006-01-02T15:04:05.000Z")
	text, err := json.MarshalIndent(identity{
		Type: "identity", SpecVersion: "2.1", ID: self.Identity, Created: at, Modified: at,
		Name: self.Name, IdentityClass: "organization", Markings: []stix.ID{trust.MarkingOf(trust.Clear)},
	}, "", "  ")
	return append(text, '\n'), err
}
