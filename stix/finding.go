package stix

import "fmt"

// Severity says what a finding does to its object.
type Severity uint8

const (
	// Warning is a broken SHOULD, or an error that a named tolerance lets in.
	Warning Severity = iota
	// Error rejects the object.
	Error
)

// Finding is one thing wrong with an object, said so that a person can act on it.
type Finding struct {
	Code      string // the requirement's row, as in docs/stix.md: "S-3.2-06"
	Pointer   string // JSON pointer (RFC 6901) into the object; "" is the object itself
	Value     string // the offending value, shortened; may be empty
	Message   string // what is wrong and what would be right
	Severity  Severity
	Tolerance string // the named tolerance that covers it, or empty
}

func (f Finding) String() string {
	if f.Pointer == "" {
		return fmt.Sprintf("%s (%s)", f.Message, f.Code)
	}
	return fmt.Sprintf("%s: %s (%s)", f.Pointer, f.Message, f.Code)
}

// Rejects reports whether any finding is an error, and returns the first that is.
func Rejects(fs []Finding) (Finding, bool) {
	for _, f := range fs {
		if f.Severity == Error {
			return f, true
		}
	}
	return Finding{}, false
}
