package taxii

import (
	"encoding/json"
	"time"

	"entente/stix"
)

// MediaType is what every answer carries, spelt as the strictest client wants it (TAXII 2.1 §1.6.8).
const MediaType = "application/taxii+json;version=2.1"

// ObjectMediaType is the media type of a STIX 2.1 object (manifest records, §5.3.1).
const ObjectMediaType = "application/stix+json;version=2.1"

// Discovery is the discovery resource (§4.1.1).
type Discovery struct {
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Contact     string   `json:"contact,omitempty"`
	Default     string   `json:"default,omitempty"`
	APIRoots    []string `json:"api_roots,omitempty"`
}

// APIRoot is the api-root resource (§4.2.1).
type APIRoot struct {
	Title            string   `json:"title"`
	Description      string   `json:"description,omitempty"`
	Versions         []string `json:"versions"`
	MaxContentLength int64    `json:"max_content_length"` // octets of a request body
}

// Collections is the collections resource (§5.1.1).
type Collections struct {
	Collections []Collection `json:"collections,omitempty"`
}

// Collection is the collection resource as one caller sees it (§5.2.1).
type Collection struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Alias       string   `json:"alias,omitempty"`
	CanRead     bool     `json:"can_read"`
	CanWrite    bool     `json:"can_write"`
	MediaTypes  []string `json:"media_types,omitempty"`
}

// Envelope is a page of objects as a client reads it (§3.7). The server writes its pages from
// stored bytes and never through this type.
type Envelope struct {
	More    bool              `json:"more,omitempty"`
	Next    string            `json:"next,omitempty"`
	Objects []json.RawMessage `json:"objects,omitempty"`
}

// Manifest is the manifest resource (§5.3.1), with the `next` that its text forgot
// (oasis-tcs/cti-taxii2#110).
type Manifest struct {
	More    bool             `json:"more,omitempty"`
	Next    string           `json:"next,omitempty"`
	Objects []ManifestRecord `json:"objects,omitempty"`
}

// ManifestRecord tells of one version of an object in a collection (§5.3.1).
type ManifestRecord struct {
	ID        stix.ID `json:"id"`
	DateAdded string  `json:"date_added"`
	Version   string  `json:"version"`
	MediaType string  `json:"media_type,omitempty"`
}

// Versions is the versions resource (§5.8.1).
type Versions struct {
	More     bool     `json:"more,omitempty"`
	Next     string   `json:"next,omitempty"`
	Versions []string `json:"versions,omitempty"`
}

// Status is the status resource (§4.3.1). Ours is always complete.
type Status struct {
	ID               string         `json:"id"`
	Status           string         `json:"status"` // "complete" or "pending"
	RequestTimestamp string         `json:"request_timestamp,omitempty"`
	TotalCount       int            `json:"total_count"`
	SuccessCount     int            `json:"success_count"`
	Successes        []StatusDetail `json:"successes,omitempty"`
	FailureCount     int            `json:"failure_count"`
	Failures         []StatusDetail `json:"failures,omitempty"`
	PendingCount     int            `json:"pending_count"`
	Pendings         []StatusDetail `json:"pendings,omitempty"`

	// Forgiven is how many of the successes carry a message, because a named tolerance or a mere
	// recommendation of STIX let them in. It is a custom property (§7.1.1).
	Forgiven int `json:"x_5b0f2c1e_8d34_4f0a_9c67_2e1d7a4b9f03_forgiven_count"`
}

// StatusDetail is the verdict on one object (§4.3.1).
type StatusDetail struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Message string `json:"message,omitempty"`
}

// Error is the error message (§3.6.1). HTTPStatus is a string there.
type Error struct {
	Title           string         `json:"title"`
	Description     string         `json:"description,omitempty"`
	ErrorID         string         `json:"error_id,omitempty"`
	ErrorCode       string         `json:"error_code,omitempty"`
	HTTPStatus      string         `json:"http_status,omitempty"`
	ExternalDetails string         `json:"external_details,omitempty"`
	Details         map[string]any `json:"details,omitempty"`
}

// Page is what one read of a collection yields, in `date_added` order.
type Page struct {
	Count   int
	Objects []byte           // object reads: the stored bytes, joined by commas
	Records []ManifestRecord // manifest and versions reads
	More    bool
	Next    string    // sealed; set if and only if More
	First   time.Time // X-TAXII-Date-Added-First
	Last    time.Time // X-TAXII-Date-Added-Last
}
