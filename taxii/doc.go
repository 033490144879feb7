// Package taxii holds the words of TAXII 2.1 and the pure functions on them: resources,
// media types and their negotiation, timestamps, query parameters, matching, and the sealed
// `next` cursor.
//
// It owns the meaning of the protocol. It does no I/O, reads no clock and knows no HTTP
// framework; taxii/server and taxii/client speak it, trust/exchange answers in it.
// Source: TAXII 2.1 OASIS Standard, 10 June 2021.
package taxii
