// Package server is the HTTP door of a node: the endpoints of TAXII 2.1 §4 and §5.
//
// It owns what HTTP is about: routes, the order of checks, negotiation, limits, the headers and
// the error resource of every answer, one log record per request. It decides nothing about
// objects: who may see or do what is trust/exchange's word, who somebody is trust/auth's. It
// knows no storage, and keeps nothing of one request for another.
//
// Every request passes the same checks, in this order (a TAXII server's own choice):
//
//	route 404 → method 405 → authentication 401 → Accept 406 → visibility 404 →
//	permission 403 or 404 → Content-Type 415 → size 413 → query 400 → body 422
//
// The table of routes is in routes.go, that of errors in errors.go. Source: TAXII 2.1 OASIS
// Standard, 10 June 2021; where the interoperability profile is stricter, that.
package server
