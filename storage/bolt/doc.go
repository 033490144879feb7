// Package bolt keeps a node's records in one bbolt file.
//
// It owns the file: its first creation, its format version and the layout of its keys. Every
// bucket but the id index grows at its end only, because a B+tree writes most cheaply there.
// It decides nothing; the contract is storage's and storage/storagetest proves it.
//
//	meta      name                    → value
//	classes   class (4)               → class as JSON
//	bodies    key (8)                 → header, object bytes
//	log       added (8)               → entry
//	ids       UUID (16) key (8)       → copy
//	statuses  status id (16)          → expiry, owner, resource
//	expiry    instant (8) id (16)     → nothing
//	r:KIND    key                     → value, a bucket for each kind of record
package bolt
