package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/uuid/v5"

	"entente/stix"
	"entente/taxii"
	"entente/trust"
	"entente/trust/auth"
)

// Authenticator says who a caller is. See trust/auth.
type Authenticator interface {
	Authenticate(ctx context.Context, c auth.Credentials) (trust.Principal, error)
}

// Exchange is what the endpoints are made of. See trust/exchange for what its methods promise.
type Exchange interface {
	Catalogue
	Reader
	Writer
}

// Catalogue tells which collections a caller may know of.
type Catalogue interface {
	Collections(p trust.Principal) []taxii.Collection
	Collection(p trust.Principal, name string) (taxii.Collection, error)
}

// Reader reads collections page by page.
type Reader interface {
	Objects(ctx context.Context, p trust.Principal, collection string, q taxii.Query) (taxii.Page, error)
	Manifest(ctx context.Context, p trust.Principal, collection string, q taxii.Query) (taxii.Page, error)
	Object(ctx context.Context, p trust.Principal, collection string, id stix.ID, q taxii.Query) (taxii.Page, error)
	Versions(ctx context.Context, p trust.Principal, collection string, id stix.ID, q taxii.Query) (taxii.Page, error)
}

// Writer changes collections, and tells later what became of it. Add copies the objects' bytes.
type Writer interface {
	Add(ctx context.Context, p trust.Principal, collection string, objects [][]byte) (taxii.Status, error)
	Delete(ctx context.Context, p trust.Principal, collection string, id stix.ID, q taxii.Query) error
	Status(ctx context.Context, p trust.Principal, id string) ([]byte, error)
}

// Config is what a Server needs. Fields with a default may be left zero.
type Config struct {
	NodeID      string // names the API root
	Title       string // of the discovery and the API root; default NodeID
	Description string
	Contact     string
	URL         string // how callers reach the server, https://host[:port]; http:// only in a lab

	Parallel         int      // large bodies that one caller may have in hand at once, in or out; default 8
	MaxContentLength int64    // octets of a request body, also after decompression; default 10 MiB
	OptionalFilters  bool     // the interoperability profile's optional match fields
	Schemes          []string // what the Authenticator accepts: basic, bearer, certificate; default all

	Exchange      Exchange
	Authenticator Authenticator
	Public        func() bool // whether reading without credentials is anonymous; default: it is refused

	Now        func() time.Time // default time.Now
	NewErrorID func() string    // random, of one length; default a UUIDv4
	Log        *slog.Logger     // default slog.Default()
}

const (
	schemeBasic       = "basic"
	schemeBearer      = "bearer"
	schemeCertificate = "certificate"
)

func (cfg Config) withDefaults() (Config, error) {
	if cfg.Exchange == nil || cfg.Authenticator == nil {
		return cfg, errors.New("an exchange and an authenticator are needed")
	}
	if cfg.NodeID == "" || !isPath(cfg.NodeID) || strings.Contains(cfg.NodeID, "/") || "/"+cfg.NodeID+"/" == discoveryPath {
		return cfg, fmt.Errorf("node id %q cannot name an API root", cfg.NodeID)
	}
	if cfg.Title == "" {
		cfg.Title = cfg.NodeID
	}
	if cfg.MaxContentLength == 0 {
		cfg.MaxContentLength = 10 << 20
	}
	if cfg.Parallel == 0 {
		cfg.Parallel = 8
	}
	if len(cfg.Schemes) == 0 {
		cfg.Schemes = []string{schemeBasic, schemeBearer, schemeCertificate}
	}
	for _, s := range cfg.Schemes {
		if !slices.Contains([]string{schemeBasic, schemeBearer, schemeCertificate}, s) {
			return cfg, fmt.Errorf("authentication scheme %q is not basic, bearer or certificate", s)
		}
	}
	if cfg.Public == nil {
		cfg.Public = func() bool { return false }
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewErrorID == nil {
		cfg.NewErrorID = func() string { return uuid.Must(uuid.NewV4()).String() }
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return cfg, nil
}

// apiRoot is the API root's URL as discovery names it (TAXII 2.1 §4.1.1): absolute with https,
// else relative, because an absolute one must be https.
func (cfg Config) apiRoot() (string, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return "", fmt.Errorf("url %q is not of the form https://host:port", cfg.URL)
	}
	relative := "/" + cfg.NodeID + "/"
	switch u.Scheme {
	case "https":
		return "https://" + u.Host + relative, nil
	case "http":
		return relative, nil
	}
	return "", fmt.Errorf("url %q is neither https nor http", cfg.URL)
}
