// Package configs reads node.yaml, and gives every other file of a node its strict YAML
// reader: unknown keys are errors, and each fault carries file, line, column and what to
// write instead, all of them at once.
//
// It owns the node's configuration ([Node], [Load]) and the reader ([Decode], [Document],
// [Problem]); it keeps no state and never touches what the configuration names, such as keys
// or the store. It is a leaf: it imports nothing of ours.
//
// Neighbours: trust reads the policy folder with it, trust/auth the accounts, cmd/entente
// everything else. Anchors, aliases, tags and second documents are not read: a file that
// several people sign off says what it says where it says it.
package configs
