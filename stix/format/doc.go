// Package format checks the forms of values that STIX 2.1 takes from elsewhere: names, addresses,
// identifiers, encodings and hashes.
//
// It owns the grammars (each function names its RFC or standard) and, under data/, the names that
// registries list; a list is read once, when the first value asks for it. A check takes bytes as
// they stand between a JSON string's quotes after unescaping, answers in time linear in their
// length and, but for the look-up of a rare language tag, without allocating. It never rewrites a
// value, resolves a name, does I/O or says what a wrong value means: findings, and whether they
// reject, are the business of package stix, its only neighbour. It imports nothing of ours.
//
// Where a standard leaves room, or its letter would refuse what real data holds, the function says
// what was decided and why.
package format
