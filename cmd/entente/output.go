package main

import (
	"encoding/json"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// jsonFlag adds --json to a command.
func jsonFlag(c *cobra.Command, into *bool) {
	c.Flags().BoolVar(into, "json", false, "print one JSON document")
}

// instant is how tables show a time.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// printJSON writes one document.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
