// Package ledger is the node's append-only disclosure ledger (I-8): what was admitted, released,
// read, recalled, decided and administered, in a Merkle tree whose heads the node signs, so that
// whatever is changed afterwards shows, and a single release can be proved to a stranger.
//
// It owns the records and their encoding, the tree, the signed heads, [Verify] and the proofs of
// release, and the form of an exported ledger. It is pure: the exchange hands it records and stores the [Batch] that comes back in
// the transaction of what the records speak of; a driver keeps entries, hashes and heads apart.
// It does no I/O of its own, reads no clock and decides nothing.
//
// # What is hashed
//
// An entry is a [Record] in RFC 8785 form and a salt of 32 random bytes. Its leaf is
// SHA-256(0x00 || salt || record) and the tree is that of RFC 6962, which golang.org/x/mod/sumdb/tlog
// implements. The hashes say nothing without the salts. So an entry is forgotten by deleting
// its record and its salt: its leaf stays, a purge record says why, and the tree still verifies.
//
// An audience is defined once, as the root of a tree of its own. Each member's leaf has a salt
// of its own; filler leaves bring the tree to a power of two of at least 256, and all lie in the
// order of their hashes. So one member's leaf shows that this member is among them, and neither
// who else is nor how many. Members and salts lie beside the entry, as its opening.
//
// # Heads and keys
//
// A head is a checkpoint (c2sp.org/tlog-checkpoint) in a signed note (c2sp.org/signed-note):
// origin, size, root, and two lines of ours, "time" and "policy". The origin is the name of the
// key that signs. Keys are Ed25519, one line each, as golang.org/x/mod/sumdb/note writes and reads
// them: "PRIVATE+KEY+name+id+base64" for the node, "name+id+base64" for everybody else; the id
// makes them rotatable.
//
// What the node's own disk cannot show, because all of it was replaced by an older state, a head
// shows that somebody else has kept: see [Archive].
//
// Neighbours: trust/exchange writes records and heads, storage keeps them, cmd/entente reads.
package ledger
