// Package docs holds the project's documents, and the tests that keep them true.
//
// It owns no code that runs in a node and is imported by nothing.
package docs
