package taxii

import (
	"fmt"
	"time"

	"entente/stix"
)

// Query is one validated set of request parameters (TAXII 2.1 §3.4).
type Query struct {
	AddedAfter   time.Time // zero: from the beginning; truncated to microseconds
	Limit        int       // 0: the server's page size
	Next         string    // the sealed cursor of an earlier page, or empty
	IDs          []stix.ID
	Types        []string
	SpecVersions []string     // empty: the latest of each object
	Version      VersionMatch // zero: last
	Extra        []Match      // the interop profile's optional filters, when they are switched on
}

// VersionMatch is match[version] (§3.4.1). The zero value means the last version.
type VersionMatch struct {
	First, Last, All bool
	At               []time.Time // exact versions, compared as instants
}

// Match is one further match field: any of Values, which are OR-ed.
type Match struct {
	Field  string
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
