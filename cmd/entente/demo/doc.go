// Package demo is a guided tour of a small federation, and a check of it.
//
// It owns the tour: a lab of two nodes and a guest, sample data that is really published, and
// steps that say what they do and then look whether it is so. A tick is only ever printed after a
// comparison in this package came out right; the comparisons know the samples' bytes and reckon
// from their markings, not from what a node said, who should see what. One comparison that comes
// out wrong fails the tour.
//
// It works without a network, and publishes with the program's own `publish`.
//
// Neighbours: cmd/entente/lab runs the nodes, taxii/client reads and writes as their users do.
package demo
