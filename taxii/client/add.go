package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	"github.com/go-json-experiment/json/jsontext"

	"entente/taxii"
)

// Property is a custom property of an envelope (§7.1.1): "x_", then a–z, 0–9 and "_", at most 250
// characters, best with the owner's UUID in it.
type Property struct {
	Name  string
	Value []byte // JSON
}

// Receipt is the server's verdict on one envelope: on Count of the given objects, from First.
type Receipt struct {
	First, Count int
	Status       taxii.Status
}

var propertyForm = regexp.MustCompile(`^x_[a-z0-9_]{1,248}$`)

// Add sends objects, in their order, in as many envelopes as the API root's max_content_length
// needs (§5.5). A 413 halves the envelope and tries again. The receipts are good also beside an
// error; what they do not cover may be sent again, as adding twice is no error. An object that
// the server cannot take at all is ErrTooLarge, with its index. A receipt's status may be
// pending: see [Client.Await].
func (c *Client) Add(ctx context.Context, col Collection, objects [][]byte, custom ...Property) ([]Receipt, error) {
	if !col.CanWrite {
		return nil, fmt.Errorf("add to collection %s: %w: can_write is false", col.ID, ErrForbidden)
	}
	u, err := c.at(ctx, col.Root.URL, "collections", col.ID, "objects")
	if err != nil {
		return nil, err
	}
	tail, err := envelopeTail(custom)
	if err != nil {
		return nil, err
	}
	hard := c.cfg.MaxRequest
	if most := col.Root.MaxContentLength; most > 0 {
		hard = min(hard, most)
	}
	if i, err := checkObjects(objects, hard-int64(len(envelopeHead)+len(tail))); err != nil {
		return nil, fmt.Errorf("object %d: %w", i, err)
	}

	var receipts []Receipt
	soft := hard // shrinks when a 413 shows that the server takes less than it says
	for sent := 0; sent < len(objects); {
		body, n := envelope(objects[sent:], tail, soft)
		status, err := c.post(ctx, u, body)
		if errors.Is(err, ErrTooLarge) && n > 1 {
			soft = int64(len(body)) / 2
			continue
		}
		if err != nil {
			return receipts, fmt.Errorf("add objects %d to %d: %w", sent, sent+n-1, err)
		}
		receipts = append(receipts, Receipt{First: sent, Count: n, Status: status})
		sent += n
	}
	return receipts, nil
}

func (c *Client) post(ctx context.Context, u *url.URL, body []byte) (taxii.Status, error) {
	a, err := c.do(ctx, request{method: http.MethodPost, url: u, body: body, limit: statusLimit})
	if err != nil {
		return taxii.Status{}, err
	}
	var status taxii.Status
	return status, a.decode(&status)
}

const envelopeHead = `{"objects":[`

// envelopeTail is what closes the list, with the custom properties behind it.
func envelopeTail(custom []Property) ([]byte, error) {
	tail := []byte("]")
	seen := map[string]bool{}
	for _, p := range custom {
		if !propertyForm.MatchString(p.Name) || seen[p.Name] || !jsontext.Value(p.Value).IsValid() {
			return nil, fmt.Errorf("custom property %q: want x_ with a–z, 0–9 and _, once, and a JSON value", shorten(p.Name, 64))
		}
		seen[p.Name] = true
		tail = append(tail, `,"`+p.Name+`":`...)
		tail = append(tail, p.Value...)
	}
	return append(tail, '}'), nil
}

// checkObjects finds the first object that no envelope could carry, before anything is sent.
func checkObjects(objects [][]byte, room int64) (int, error) {
	for i, o := range objects {
		if v := jsontext.Value(o); v.Kind() != '{' || !v.IsValid() {
			return i, errNoObject
		}
		if int64(len(o)) > room {
			return i, fmt.Errorf("%w: %d octets, room for %d", ErrTooLarge, len(o), room)
		}
	}
	return 0, nil
}

// envelope joins as many objects as fit, at least one.
func envelope(objects [][]byte, tail []byte, limit int64) (body []byte, n int) {
	size := int64(len(envelopeHead) + len(objects[0]) + len(tail))
	for n = 1; n < len(objects) && size+1+int64(len(objects[n])) <= limit; n++ {
		size += 1 + int64(len(objects[n]))
	}
	body = append(make([]byte, 0, size), envelopeHead...)
	for i, o := range objects[:n] {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, o...)
	}
	return append(body, tail...), n
}
