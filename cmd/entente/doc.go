// Command entente is a node that exchanges STIX over TAXII 2.1 under a trust policy, and the
// commands that make, check, run and administer one.
//
// It owns the command line: flags, what is printed where, and exit codes: 0 done, 1 failed, 2
// misused. Results go to standard output, everything else to standard error; nothing is ever
// asked. Each command has a file; what they do lies in the packages below and to the left.
//
// Neighbours: cmd/entente/node makes and runs a node, cmd/entente/admin calls a running one.
package main
