package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"entente/taxii"
)

// controlLimit bounds the resources that describe a server, in octets: what is decoded into
// strings and structs takes a multiple of its text.
const controlLimit = 1 << 20

// Client talks to one TAXII server. Its methods may be called at the same time.
type Client struct {
	cfg       Config
	transport *http.Transport

	mu     sync.Mutex // guards what follows
	origin origin     // its discovery URL is set once
	scheme scheme     // what the server accepted last
}

// New checks the configuration; it connects to nobody.
func New(cfg Config) (*Client, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("taxii client: %w", err)
	}
	origin, err := parseOrigin(cfg.Discovery, cfg.AllowHTTP)
	if err != nil {
		return nil, fmt.Errorf("taxii client: %w", err)
	}
	c := &Client{cfg: cfg, origin: origin, scheme: cfg.Credentials.first()}
	c.transport = c.newTransport()
	return c, nil
}

// Close drops the idle connections. The client can be used again.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Discovery is what a server says of itself (§4.1.1), and what of it may be used.
type Discovery struct {
	taxii.Discovery
	DefaultRoot string    // absolute; empty when the server names none, or a refused one
	Roots       []string  // absolute, on the client's origin, each once
	Refused     []Refused // the others: reported, never called
}

// Refused is an API root that must not be called, and why.
type Refused struct {
	URL    string // as the server wrote it, shortened
	Reason error  // wraps ErrForeign
}

// Root is an API root that speaks TAXII 2.1 (§4.2.1).
type Root struct {
	URL string // absolute, ends in "/"
	taxii.APIRoot
}

// Collection is a collection as the server shows it to this client (§5.2.1), in its API root.
// Its CanRead and CanWrite are believed: what they forbid is not asked for.
type Collection struct {
	Root Root
	taxii.Collection
}

// Discover reads the discovery resource.
func (c *Client) Discover(ctx context.Context) (Discovery, error) {
	base, err := c.locate(ctx)
	if err != nil {
		return Discovery{}, err
	}
	var d Discovery
	if err := c.get(ctx, base, controlLimit, &d.Discovery); err != nil {
		return Discovery{}, err
	}
	seen := map[string]bool{}
	for _, ref := range d.APIRoots {
		u, err := resolve(base, ref)
		if err != nil {
			d.Refused = append(d.Refused, Refused{URL: shorten(ref, 256), Reason: err})
			continue
		}
		if !seen[u.String()] {
			seen[u.String()] = true
			d.Roots = append(d.Roots, u.String())
		}
	}
	if d.Default != "" {
		if u, err := resolve(base, d.Default); err == nil {
			d.DefaultRoot = u.String()
		}
	}
	return d, nil
}

// APIRoot reads an API root, named as [Discovery] has it or as a path "/root/". One that does not
// offer TAXII 2.1 is ErrVersion; a URL that must not be called, ErrForeign.
func (c *Client) APIRoot(ctx context.Context, ref string) (Root, error) {
	u, err := c.at(ctx, ref)
	if err != nil {
		return Root{}, err
	}
	root := Root{URL: u.String()}
	if err := c.get(ctx, u, controlLimit, &root.APIRoot); err != nil {
		return Root{}, err
	}
	for _, v := range root.Versions {
		if kind, version := mediaType(v); kind == taxiiType && version == "2.1" {
			return root, nil
		}
	}
	return Root{}, fmt.Errorf("%s: %w: its versions are %q", root.URL, ErrVersion, root.Versions[:min(len(root.Versions), 8)])
}

// Collections lists an API root's collections; none is no error.
func (c *Client) Collections(ctx context.Context, root Root) ([]Collection, error) {
	u, err := c.at(ctx, root.URL, "collections")
	if err != nil {
		return nil, err
	}
	var list taxii.Collections
	if err := c.get(ctx, u, controlLimit, &list); err != nil {
		return nil, err
	}
	found := make([]Collection, len(list.Collections))
	for i, col := range list.Collections {
		found[i] = newCollection(root, col)
	}
	return found, nil
}

// Collection reads one collection by its id or alias.
func (c *Client) Collection(ctx context.Context, root Root, id string) (Collection, error) {
	u, err := c.at(ctx, root.URL, "collections", id)
	if err != nil {
		return Collection{}, err
	}
	col := taxii.Collection{}
	if err := c.get(ctx, u, controlLimit, &col); err != nil {
		return Collection{}, err
	}
	if col.ID == "" {
		col.ID = id
	}
	return newCollection(root, col), nil
}

// newCollection applies the default of §5.2.1.
func newCollection(root Root, col taxii.Collection) Collection {
	if len(col.MediaTypes) == 0 {
		col.MediaTypes = []string{"application/stix+json"}
	}
	return Collection{Root: root, Collection: col}
}

// at builds the URL of what lies below a root, with the slash at its end (§3.1).
func (c *Client) at(ctx context.Context, root string, names ...string) (*url.URL, error) {
	base, err := c.locate(ctx)
	if err != nil {
		return nil, err
	}
	u, err := resolve(base, root)
	if err != nil {
		return nil, fmt.Errorf("API root %q: %w", shorten(root, 256), err)
	}
	whole := u.String()
	for _, name := range names {
		escaped, err := segment(name)
		if err != nil {
			return nil, err
		}
		whole += escaped + "/"
	}
	return url.Parse(whole)
}

// get reads a resource into v. Unknown members are ignored, a null leaves the default.
func (c *Client) get(ctx context.Context, u *url.URL, limit int64, v any) error {
	answer, err := c.do(ctx, request{method: http.MethodGet, url: u, limit: limit})
	if err != nil {
		return err
	}
	return answer.decode(v)
}
