package demo

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"entente/cmd/entente/lab"
	"entente/cmd/entente/node"
	"entente/taxii/client"
)

// caller is somebody who talks TAXII to a node.
type caller struct {
	*client.Client
	root        client.Root
	title       string
	collections map[string]client.Collection // by alias
}

// call signs in at a node, and reads what it offers.
func (t *tour) call(ctx context.Context, served *lab.Served, as node.Credential) (*caller, error) {
	cfg := client.Config{
		Discovery:   served.TAXII,
		Credentials: client.Credentials{User: as.User, Password: as.Password},
		Attempts:    1, // the tour wants to see every failure
		Timeouts:    client.Timeouts{Total: 20 * time.Second},
	}
	pem, err := os.ReadFile(t.lab.State().CA)
	if err != nil {
		return nil, err
	}
	cfg.TLS.RootCAs = x509.NewCertPool()
	cfg.TLS.RootCAs.AppendCertsFromPEM(pem)
	c := &caller{collections: map[string]client.Collection{}}
	if c.Client, err = client.New(cfg); err != nil {
		return nil, err
	}
	discovery, err := c.Discover(ctx)
	if err != nil {
		return nil, err
	}
	if c.root, err = c.APIRoot(ctx, discovery.DefaultRoot); err != nil {
		return nil, err
	}
	c.title = discovery.Title
	list, err := c.Collections(ctx, c.root)
	for _, col := range list {
		c.collections[col.Alias] = col
	}
	return c, err
}

// collection is one by its alias.
func (c *caller) collection(alias string) (client.Collection, error) {
	col, ok := c.collections[alias]
	if !ok {
		return col, fmt.Errorf("no collection %s is shown", alias)
	}
	return col, nil
}

// harvest is what a walk brought.
type harvest struct {
	ids   []string
	raw   map[string]string // the last of each id
	pages int
	last  time.Time // date_added of the last object
}

// walk reads a collection page by page.
func (c *caller) walk(ctx context.Context, alias string, q client.Query) (h harvest, err error) {
	h.raw = map[string]string{}
	col, err := c.collection(alias)
	if err != nil {
		return h, err
	}
	for page, err := range c.Pages(ctx, col, q) {
		if err != nil {
			return h, err
		}
		h.pages++
		if len(page.Items) > 0 {
			h.last = page.Last
		}
		for _, raw := range page.Items {
			id, err := idOf(raw)
			if err != nil {
				return h, err
			}
			h.ids = append(h.ids, id)
			h.raw[id] = string(raw)
		}
	}
	return h, nil
}
