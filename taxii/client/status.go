package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"entente/stix"
	"entente/taxii"
)

// statusLimit bounds a status, in octets: it lists every object of an envelope.
const statusLimit = 8 << 20

// maxPolls bounds the polling of one status, which at the default pauses is over three hours.
const maxPolls = 100

// Status reads how far the server is with an envelope (§4.3). ErrNotFound: it no longer says.
func (c *Client) Status(ctx context.Context, root Root, id string) (taxii.Status, error) {
	u, err := c.at(ctx, root.URL, "status", id)
	if err != nil {
		return taxii.Status{}, err
	}
	var status taxii.Status
	if err := c.get(ctx, u, statusLimit, &status); err != nil {
		return taxii.Status{}, err
	}
	return status, nil
}

// Await polls while the status is pending, and never once it is complete (§5.5, §4.3). A server
// that forgets the status or never ends is ErrUnknownOutcome, beside the last that it said. The
// counts are what holds; the lists of a status are optional.
func (c *Client) Await(ctx context.Context, root Root, status taxii.Status) (taxii.Status, error) {
	id := status.ID
	pause := c.cfg.Timeouts.Poll
	for polls := 0; status.Status == "pending"; polls++ {
		if polls == maxPolls {
			return status, fmt.Errorf("status %s: %w: still pending after %d polls", shorten(id, 64), ErrUnknownOutcome, maxPolls)
		}
		if err := c.cfg.Sleep(ctx, pause); err != nil {
			return status, err
		}
		pause = min(2*pause, c.cfg.Timeouts.MaxWait)
		now, err := c.Status(ctx, root, id)
		if errors.Is(err, ErrNotFound) {
			return status, fmt.Errorf("status %s: %w: %w", shorten(id, 64), ErrUnknownOutcome, err)
		}
		if err != nil {
			return status, err
		}
		status = now
	}
	return status, nil
}

// Delete removes an object from a collection (§5.7): the versions that q names, else what the
// server takes a DELETE without match[version] to mean. Whatever body comes with the 2xx is
// ignored.
func (c *Client) Delete(ctx context.Context, col Collection, id stix.ID, q Query) error {
	if !col.CanRead || !col.CanWrite {
		return fmt.Errorf("delete from collection %s: %w: it takes can_read and can_write", col.ID, ErrForbidden)
	}
	u, err := c.collectionURL(ctx, col, q, listing{fields: deleteFields(), below: []string{"objects", string(id)}})
	if err != nil {
		return err
	}
	_, err = c.do(ctx, request{method: http.MethodDelete, url: u, limit: controlLimit})
	return err
}
