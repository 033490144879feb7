package client

import (
	"context"
	"fmt"
	"iter"
	"time"

	"entente/stix"
	"entente/taxii"
)

// maxEmptyPages is how many pages without an item may follow each other while the server says
// that there is more: objects may have been deleted or filtered away, but not for ever.
const maxEmptyPages = 16

// Pages walks a collection's objects in date_added order, page by page (§3.5): `next` with the
// same filters, or where the server gives none, added_after the last header. An error ends the
// walk; the pages before it are good, so a caller resumes from the Last of its last stored page.
// ErrNoProgress and ErrTooManyPages end walks that would not end by themselves.
func (c *Client) Pages(ctx context.Context, col Collection, q Query) iter.Seq2[Page[[]byte], error] {
	return walk(q, c.cfg.MaxPages, func(q Query) (Page[[]byte], error) { return c.Objects(ctx, col, q) })
}

// ObjectPages walks one object's versions in full, as Pages does.
func (c *Client) ObjectPages(ctx context.Context, col Collection, id stix.ID, q Query) iter.Seq2[Page[[]byte], error] {
	return walk(q, c.cfg.MaxPages, func(q Query) (Page[[]byte], error) { return c.Object(ctx, col, id, q) })
}

// ManifestPages walks a collection's manifest, as Pages does.
func (c *Client) ManifestPages(ctx context.Context, col Collection, q Query) iter.Seq2[Page[taxii.ManifestRecord], error] {
	return walk(q, c.cfg.MaxPages, func(q Query) (Page[taxii.ManifestRecord], error) { return c.Manifest(ctx, col, q) })
}

// VersionPages walks an object's versions, as Pages does.
func (c *Client) VersionPages(ctx context.Context, col Collection, id stix.ID, q Query) iter.Seq2[Page[string], error] {
	return walk(q, c.cfg.MaxPages, func(q Query) (Page[string], error) { return c.Versions(ctx, col, id, q) })
}

func walk[T any](q Query, maxPages int, fetch func(Query) (Page[T], error)) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		at := position{query: q}
		for range maxPages {
			p, err := fetch(at.query)
			if err != nil {
				yield(Page[T]{}, err)
				return
			}
			if !yield(p, nil) || !p.More {
				return
			}
			if err := at.advance(len(p.Items), p.Next, p.Last); err != nil {
				yield(Page[T]{}, err)
				return
			}
		}
		yield(Page[T]{}, fmt.Errorf("%w: %d", ErrTooManyPages, maxPages))
	}
}

// position is where a walk stands, with what it takes to notice that it goes round.
type position struct {
	query Query
	empty int // pages without items in a row

	// Brent's cycle search: each `next` is compared with one earlier `next`, which is replaced
	// after 1, 2, 4, 8… pages. It finds any circle and remembers one string.
	earlier     string
	since, span int
}

// advance makes the query of the following page, or tells why there cannot be one.
func (p *position) advance(items int, next string, last time.Time) error {
	if p.empty++; items > 0 {
		p.empty = 0
	}
	if p.empty > maxEmptyPages {
		return fmt.Errorf("%w: %d empty pages in a row", ErrNoProgress, p.empty)
	}
	if next != "" {
		if next == p.earlier {
			return fmt.Errorf("%w: the same next again", ErrNoProgress)
		}
		if p.since++; p.since >= p.span {
			p.earlier, p.since, p.span = next, 0, max(1, 2*p.span)
		}
		p.query.Next = next
		return nil
	}
	last = last.Truncate(time.Microsecond) // as it is sent
	if !last.After(p.query.AddedAfter) {
		return fmt.Errorf("%w: neither next nor a later X-TAXII-Date-Added-Last", ErrNoProgress)
	}
	p.query.Next, p.query.AddedAfter = "", last
	return nil
}
