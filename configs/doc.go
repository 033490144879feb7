// Package configs reads node.yaml, and gives every other file of a node its strict YAML
// reader: unknown keys are errors, and each fault carries file, line, column and what to
// write instead, all of them at once.
//
// It owns the node's configuration and no state. It is a leaf: it imports nothing of ours.
package configs
