// Package exchange is the act of crossing a border: it admits what is written, orders it into
// the release log, and lets each caller read what trust decides that it may.
//
// It owns the one committer (every write of a node goes through [Exchange.Run]), the
// collections and the rights on them, and the gate in front of every read. It never decides
// by itself who may see an object: that is trust.Decide. It speaks no HTTP and knows no driver.
//
//	publish          local accounts write and read what is ours
//	received         local accounts read what members gave us
//	for-<member>     that member reads what we release to it
//	from-<member>    that member writes
//	public           anybody reads CLEAR, where the policy says so
//
// Neighbours: taxii/server and taxii/peering are its doors, storage its records.
package exchange
