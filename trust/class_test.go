package trust_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/trust"
)

// P-5: who owns what is neither told by the payload nor by who re-published it.
func TestClassTellsOursFromTheirs(t *testing.T) {
	for _, row := range []struct {
		name       string
		source     trust.Source
		owner      string
		ours       bool
		received   bool
		originator string
	}{
		{"P-5 from nobody", trust.Source{}, "", false, false, ""},
		{"P-5 published here", trust.Source{Kind: trust.FromUs}, "", true, false, ""},
		{"P-5 published here, and a member's", trust.Source{Kind: trust.FromUs}, "xb", true, true, "xb"},
		{"P-5 a pinned source", trust.Source{Kind: trust.FromPinned, Name: "attack"}, "", true, false, ""},
		{"P-5 a member's own", trust.Source{Kind: trust.FromMember, Name: "xb"}, "", false, true, "xb"},
		{"P-5 relayed", trust.Source{Kind: trust.FromMember, Name: "hub"}, "xb", false, true, "xb"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := trust.Class{Source: row.source, Owner: row.owner}
			assert.Equal(t, row.ours, c.Source.Ours())
			assert.Equal(t, row.received, c.Received())
			assert.Equal(t, row.originator, c.Originator())
		})
	}
}

func TestClassDomain(t *testing.T) {
	for _, row := range []struct {
		name       string
		typ        string
		observable bool
		want       bool
	}{
		{"P-4 an SDO", "indicator", false, true},
		{"P-4 an SDO of an extension", "x-case", false, true},
		{"P-4 an SCO of an extension", "x-case", true, false},
		{"P-4 an SCO", "ipv4-addr", true, false},
		{"P-4 a relationship", "relationship", false, false},
		{"P-4 a marking", "marking-definition", false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, row.want, (&trust.Class{Type: row.typ, Observable: row.observable}).Domain())
		})
	}
}

func TestConfidenceOf(t *testing.T) {
	for n, want := range map[int]trust.Confidence{-1: 0, -2: 0, 0: 1, 1: 2, 50: 51, 100: 101, 101: 0, 1000: 0} {
		assert.Equal(t, want, trust.ConfidenceOf(n), n)
	}
}
