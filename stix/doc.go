// Package stix reads STIX 2.1 objects strictly and takes their facts once.
//
// It owns the meaning of an object's bytes: what is well-formed (RFC 8259, RFC 7493),
// what is valid (STIX 2.1), which version it is, what it refers to and how it is marked.
// It keeps the received bytes and never re-encodes them. It does no I/O and reads no clock.
//
// [ReadDocument] finds the objects in what was received, so that one bad object harms none of
// its neighbours. [Reader.Read] lays one object flat in a single strict pass (tape.go), runs the
// checks over that (reader.go lists them) and writes the facts into an [Object]. What a source
// is forgiven is a [Tolerance], by name. What types require is generated from properties.json
// and properties20.json.
//
// Neighbours: stix/pattern (pattern grammar), taxii and everything to its right import it.
package stix
