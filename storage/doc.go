// Package storage says what a node records and how: whole batches in one transaction, and
// ordered scans. It holds the types and the contract; storage/bolt and others are the drivers,
// and storage/storagetest is the contract's proof that every driver runs.
//
// It owns no policy: who may read a record is decided in trust and enforced in trust/exchange,
// the only caller of Commit.
package storage
