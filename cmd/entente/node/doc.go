// Package node makes a node's folder and runs the node that lives in it.
//
// It owns the folder's layout below node.yaml (keys/, tls/, policy/, data/), the files that are
// made once and read at every start, and the order in which a node starts and stops. It wires
// the other packages together and decides nothing: who may see what is trust's, what is written
// when is trust/exchange's, how TAXII is spoken is taxii/server's.
//
//	Create   what `entente init` does
//	Load     reads node.yaml, the policy folder and the accounts; every fault at once
//	Open     opens the store and the listeners of a loaded node
//	Run      answers until its context ends
//
// Neighbours: configs, trust, trust/auth, storage/bolt, trust/exchange, taxii/server; the lab
// makes its nodes with Create, and cmd/entente/admin is how a running node is administered.
package node
