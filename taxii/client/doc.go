// Package client reads and writes other people's TAXII 2.1 servers.
//
// It owns the conversation with one server: finding it, authenticating, asking legal questions,
// reading what really comes back, walking pages, cutting batches into envelopes, retrying. It
// expects the server to be wrong or hostile: every answer has a limit, every walk an end.
//
// It never follows a redirect, never uses a proxy and never dials another origin than the one it
// was made for, so that neither credentials nor objects can leak. It judges no STIX (an object is
// handed over as the bytes that came), keeps no checkpoint and starts no goroutine.
//
// Neighbours: taxii (resources, timestamps), taxii/peering and cmd/entente, which use it.
// Source: TAXII 2.1 OASIS Standard, section 8.4 and 8.5 for clients.
package client
