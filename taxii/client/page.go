package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	json "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"entente/stix"
	"entente/taxii"
)

// maxItems bounds the entries of one page, so that a page of nothing but commas cannot take many
// times its size in memory.
const maxItems = 1 << 20

// Page is one answer of a paged endpoint.
type Page[T any] struct {
	Items []T
	More  bool
	Next  string // opaque; may be empty although More is set
	// First and Last are the X-TAXII-Date-Added headers (§3.2), zero when the server sent none
	// or something unreadable. A checkpoint is Last, once the page is stored: the server's own
	// word, never the local clock.
	First, Last time.Time
}

// Objects reads one page of a collection (§5.4). Each item is an object exactly as it came; the
// items of a page share one buffer.
func (c *Client) Objects(ctx context.Context, col Collection, q Query) (Page[[]byte], error) {
	return c.read(ctx, col, q, listing{list: "objects", fields: listFields(), below: []string{"objects"}})
}

// Object reads one page of an object's versions in full (§5.6).
func (c *Client) Object(ctx context.Context, col Collection, id stix.ID, q Query) (Page[[]byte], error) {
	return c.read(ctx, col, q, listing{list: "objects", fields: objectFields(), below: []string{"objects", string(id)}})
}

// Manifest reads one page of a collection's manifest (§5.3).
func (c *Client) Manifest(ctx context.Context, col Collection, q Query) (Page[taxii.ManifestRecord], error) {
	raw, err := c.read(ctx, col, q, listing{list: "objects", fields: listFields(), below: []string{"manifest"}})
	return decodePage[taxii.ManifestRecord](raw, err)
}

// Versions reads one page of the versions that an object has in a collection (§5.8).
func (c *Client) Versions(ctx context.Context, col Collection, id stix.ID, q Query) (Page[string], error) {
	raw, err := c.read(ctx, col, q, listing{list: "versions", fields: versionFields(), below: []string{"objects", string(id), "versions"}})
	return decodePage[string](raw, err)
}

// listing is one of the paged endpoints of a collection.
type listing struct {
	list   string // the member that holds the items
	fields fields
	below  []string // path below the collection
}

func (c *Client) read(ctx context.Context, col Collection, q Query, l listing) (Page[[]byte], error) {
	if !col.CanRead {
		return Page[[]byte]{}, fmt.Errorf("read collection %s: %w: can_read is false", col.ID, ErrForbidden)
	}
	u, err := c.collectionURL(ctx, col, q, l)
	if err != nil {
		return Page[[]byte]{}, err
	}
	a, err := c.do(ctx, request{method: http.MethodGet, url: u, limit: c.cfg.MaxResponse})
	if err != nil {
		return Page[[]byte]{}, err
	}
	var p Page[[]byte]
	if a.status != http.StatusNoContent {
		if err := a.checkType(); err != nil {
			return Page[[]byte]{}, err
		}
		if p, err = parsePage(a.body, l.list); err != nil {
			return Page[[]byte]{}, fmt.Errorf("%s: %w: %w", a.from, ErrBadResponse, err)
		}
	}
	p.First = c.dateAdded(ctx, a, "X-TAXII-Date-Added-First")
	p.Last = c.dateAdded(ctx, a, "X-TAXII-Date-Added-Last")
	return p, nil
}

func (c *Client) collectionURL(ctx context.Context, col Collection, q Query, l listing) (*url.URL, error) {
	query, err := q.encode(l.fields, c.cfg.PageLimit)
	if err != nil {
		return nil, err
	}
	u, err := c.at(ctx, col.Root.URL, append([]string{"collections", col.ID}, l.below...)...)
	if err != nil {
		return nil, err
	}
	u.RawQuery = query
	return u, nil
}

// dateAdded reads a header that many servers get wrong: milliseconds, no fraction, offsets are
// taken; what is no timestamp at all is ignored and logged.
func (c *Client) dateAdded(ctx context.Context, a answer, name string) time.Time {
	value := a.header.Get(name)
	if value == "" {
		return time.Time{}
	}
	t, err := taxii.ParseTimestamp(value)
	if err != nil {
		c.cfg.Logger.WarnContext(ctx, "taxii header is no timestamp", "from", a.from, "header", name, "value", shorten(value, 64))
		return time.Time{}
	}
	return t
}

var (
	errNoObject  = errors.New("it is not a JSON object")
	errTwice     = errors.New("a member occurs twice")
	errTooMany   = fmt.Errorf("more than %d entries", maxItems)
	errMoreForm  = errors.New("more is no boolean")
	errNextForm  = errors.New("next is no string")
	errItemsForm = errors.New("the list is no array")
)

// parsePage finds the items of an envelope, manifest or versions resource without judging them:
// they alias body, byte for byte as they came, so that a bad object spoils nobody but itself.
// An absent list is empty, an absent `more` is false (§3.7).
func parsePage(body []byte, list string) (p Page[[]byte], err error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return p, errors.Join(errNoObject, err)
	}
	seen := map[string]bool{"more": false, "next": false, list: false}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return p, err
		}
		member := name.String()
		if twice, ours := seen[member]; twice {
			return p, errTwice
		} else if ours {
			seen[member] = true
		}
		switch member {
		case "more":
			p.More, err = readMore(d)
		case "next":
			p.Next, err = readNext(d)
		case list:
			p.Items, err = readItems(d, body)
		default:
			err = d.SkipValue()
		}
		if err != nil {
			return p, err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return p, err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return p, errors.Join(errors.New("something follows the object"), err)
	}
	return p, nil
}

func readMore(d *jsontext.Decoder) (bool, error) {
	switch t, err := d.ReadToken(); {
	case err != nil:
		return false, err
	case t.Kind() == 't', t.Kind() == 'f', t.Kind() == 'n':
		return t.Kind() == 't', nil
	}
	return false, errMoreForm
}

// readNext takes a number by its text, as servers with page numbers send it.
func readNext(d *jsontext.Decoder) (string, error) {
	switch t, err := d.ReadToken(); {
	case err != nil:
		return "", err
	case t.Kind() == '"', t.Kind() == '0':
		return t.String(), nil
	case t.Kind() == 'n':
		return "", nil
	}
	return "", errNextForm
}

func readItems(d *jsontext.Decoder, body []byte) (items [][]byte, err error) {
	switch t, err := d.ReadToken(); {
	case err != nil:
		return nil, err
	case t.Kind() == 'n':
		return nil, nil
	case t.Kind() != '[':
		return nil, errItemsForm
	}
	for d.PeekKind() != ']' {
		v, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		if len(items) == maxItems {
			return nil, errTooMany
		}
		end := int(d.InputOffset())
		items = append(items, body[end-len(v):end:end])
	}
	_, err = d.ReadToken()
	return items, err
}

// decodePage decodes the items of a page that are not objects.
func decodePage[T any](raw Page[[]byte], err error) (Page[T], error) {
	if err != nil {
		return Page[T]{}, err
	}
	p := Page[T]{More: raw.More, Next: raw.Next, First: raw.First, Last: raw.Last}
	if len(raw.Items) > 0 {
		p.Items = make([]T, len(raw.Items))
	}
	for i, item := range raw.Items {
		if err := json.Unmarshal(item, &p.Items[i], jsontext.AllowInvalidUTF8(true)); err != nil {
			return Page[T]{}, fmt.Errorf("%w: entry %d: %w", ErrBadResponse, i, err)
		}
	}
	return p, nil
}
