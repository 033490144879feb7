// Package lab runs a whole federation on one machine: for drills, tests and demonstrations.
//
// It owns the topology file ([Read]), the folder that is made of it ([Make], [Resume]) and the
// processes of its nodes ([Lab]). Each node's folder is made by the code of `entente init`, its
// policy is written as people would write it, and it runs as a process of its own, on loopback
// addresses only. Whatever the lab knows (addresses, credentials, collections) is a [State], which
// it writes for others to read.
//
// A node that is killed stays down until somebody starts it again: the lab is there to see what
// the others do meanwhile.
//
// Neighbours: cmd/entente/node makes and describes a node, cmd/entente/admin asks a running one;
// cmd/entente/demo is a lab with a guided tour.
package lab
