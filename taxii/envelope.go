package taxii

import "entente/stix"

// EnvelopeError is a request body that is not what its media type says: a 422.
type EnvelopeError struct {
	Reason string // what to send instead, for the client to read
}

func (e *EnvelopeError) Error() string { return e.Reason }

// Bounds of what one body may hold: any body MaxObjects, a longer one an object for every
// leastObject octets, which real objects exceed. What an answer says of an object is longer than
// nothing at all, so millions of empty ones would take far more memory than they took to send (I-10).
const (
	MaxObjects  = 10_000
	leastObject = 100
)

// ParseEnvelope finds the objects in a body of Add Objects (TAXII 2.1 §5.5): in an envelope
// (§3.7), or, if it was sent as STIX, in a bundle. Custom members beside them are ignored
// (§7.1.1). The objects alias body, as it was sent and not yet read: one that is wrong harms none
// of the others. There is at least one. The error is an [*EnvelopeError].
func ParseEnvelope(body []byte, kind Content) ([][]byte, error) {
	doc, err := stix.ReadDocument(body)
	if err != nil {
		return nil, &EnvelopeError{Reason: "the body cannot be read: " + err.Error()}
	}
	reason := ""
	switch {
	case kind == ContentSTIX && doc.Kind != stix.Bundle:
		reason = `a body sent as application/stix+json is a bundle; send an envelope, {"objects": [...]}, as ` + MediaType
	case kind == ContentTAXII && doc.Kind == stix.Bundle:
		reason = `a bundle is not an envelope; send {"objects": [...]}, or the bundle as ` + ObjectMediaType
	case kind == ContentTAXII && doc.Kind != stix.Envelope:
		reason = `the body is not an envelope; send {"objects": [...]}`
	case len(doc.Objects) == 0:
		reason = `the body has no objects; send at least one, in {"objects": [...]}`
	case len(doc.Objects) > max(MaxObjects, len(body)/leastObject):
		reason = "the body has more than 10,000 objects, and more than one for every 100 octets; split them over several requests"
	default:
		return doc.Objects, nil
	}
	return nil, &EnvelopeError{Reason: reason}
}
