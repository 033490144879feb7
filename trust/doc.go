// Package trust holds what the node's parties agreed and decides what each of them may see.
//
// It owns labels, the policy folder's meaning, and the one decision ([Policy.Decide]): pure,
// total, explained, and withholding by default. It parses bytes that others read; it does no
// I/O and reads no clock. The rules are numbered P-0 … P-8 in docs/trust.md.
//
// Neighbours: trust/auth proves who asks, trust/exchange enforces what is decided here.
package trust
