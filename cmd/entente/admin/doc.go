// Package admin is how a running node is administered: a small HTTP API on a unix socket in the
// node's data folder, its server and its client.
//
// It owns the socket, who may use it and in whose name, and the form of requests and answers. The
// kernel says who calls: the node's own user and root may, nobody else, and no password is
// asked; who acts in the name of an account has its role. It edits no file and stores nothing itself; what changes accounts, what
// publishes and what decides are handed to it. It is not reachable over the network; health and metrics, which are, are on
// another listener.
//
//	GET    /accounts             who may sign in
//	POST   /accounts             a new account
//	DELETE /accounts/{name}      an account and its tokens
//	GET    /tokens               tokens of accounts and members, by id
//	POST   /tokens               a new token of one of them
//	DELETE /tokens/{id}          a token
//	GET    /collections          the collections, by alias
//	GET    /publications/{job}   how much of a publication is durable
//	POST   /publications         the next part of one
//	GET    /policy/plan          what the policy folder, as it is now, would change
//	POST   /policy/apply         change it
//	GET    /policy/history       the revisions that were in force
//	GET    /policy/explain       why a member gets an object, or not: every check
//	GET    /holds                what waits for a person, by ?member, source, type, code
//	POST   /holds/approve        let it go
//	POST   /holds/deny           let it wait no more
//	GET    /quarantine           what was not believed
//	GET    /quarantine/{object}  its bytes, and those that it contradicts; ?key tells several apart
//	POST   /quarantine/{object}/release, /purge
//	POST   /objects/{object}/release   to named members, whatever TLP and agreements say
//	POST   /objects/{object}/recall
//	GET    /ledger               its entries, by ?object, member, kind, after, last
//	GET    /ledger/head          the latest signed head
//	GET    /ledger/proof         what of an ?object was released to a ?member
//	GET    /ledger/export        all of it
//	POST   /ledger/{seq}/purge   forget an entry
//
// Neighbours: cmd/entente/node runs the server, the commands of cmd/entente use the client.
package admin
