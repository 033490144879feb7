// Package stix reads STIX 2.1 objects strictly and takes their facts once.
//
// It owns the meaning of an object's bytes: what is well-formed (RFC 8259, RFC 7493),
// what is valid (STIX 2.1), which version it is, what it refers to and how it is marked.
// It keeps the received bytes and never re-encodes them. It does no I/O and reads no clock.
//
// Neighbours: stix/pattern (pattern grammar), taxii and everything to its right import it.
package stix
