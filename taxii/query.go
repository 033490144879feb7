package taxii

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"entente/stix"
)

// Query is one validated set of request parameters (TAXII 2.1 §3.4). Every list is a set of
// alternatives, ascending and without repeats, so two queries that ask for the same look the same.
type Query struct {
	AddedAfter   time.Time // zero: from the beginning; truncated to microseconds
	Limit        int       // 0: the server's page size
	Next         string    // the sealed cursor of an earlier page, or empty
	IDs          []stix.ID // as the client wrote them; an ill-formed one equals no object's id
	Types        []string
	SpecVersions []string     // empty: the latest of each object
	Version      VersionMatch // zero: last
	Extra        []Match      // the interop profile's optional filters, when they are switched on
}

// VersionMatch is match[version] (§3.4.1). The zero value means the last version.
type VersionMatch struct {
	First, Last, All bool
	At               []time.Time // exact versions, compared as instants, ascending
}

// Match is one further match field: any of Values, which are OR-ed.
type Match struct {
	Field  string // "confidence-gte" of match[confidence-gte]
	Values []string
}

// ParameterError is a query parameter that this server did not understand: a 400 that names it.
type ParameterError struct {
	Parameter string // as the client wrote it: "match[version]"
	Value     string // shortened
	Reason    string // what would be right
}

func (e *ParameterError) Error() string {
	return fmt.Sprintf("parameter %s: %q: %s", e.Parameter, e.Value, e.Reason)
}

func parameterError(parameter, value, reason string) error {
	return &ParameterError{Parameter: shorten(parameter), Value: shorten(value), Reason: reason}
}

// shorten makes what a client sent fit to be sent back: valid UTF-8 and not long.
func shorten(s string) string {
	const most = 80
	if len(s) > most {
		cut := most
		for cut > most-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
