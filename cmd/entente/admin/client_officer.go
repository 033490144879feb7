package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"entente/trust/exchange"
)

// Plan is what the policy folder, as it is now, would change.
func (c *Client) Plan(ctx context.Context) (change exchange.Change, err error) {
	err = c.call(ctx, http.MethodGet, "/policy/plan", nil, &change)
	return change, err
}

// Apply puts the policy folder, as it is now, in force.
func (c *Client) Apply(ctx context.Context) (change exchange.Change, err error) {
	err = c.call(ctx, http.MethodPost, "/policy/apply", nil, &change)
	return change, err
}

// History lists the revisions that were in force.
func (c *Client) History(ctx context.Context) (list []exchange.Applied, err error) {
	err = c.call(ctx, http.MethodGet, "/policy/history", nil, &list)
	return list, err
}

// Explain says why a member gets an object, or not.
func (c *Client) Explain(ctx context.Context, object, member string) (e exchange.Explanation, err error) {
	q := url.Values{"object": {object}, "member": {member}}
	err = c.call(ctx, http.MethodGet, "/policy/explain?"+q.Encode(), nil, &e)
	return e, err
}

// Held lists what waits for a person. The choice's objects are not looked at.
func (c *Client) Held(ctx context.Context, choice exchange.HoldChoice) (list []exchange.Held, err error) {
	q := url.Values{"member": {choice.Member}, "source": {choice.Source}, "type": {choice.Type}, "code": {choice.Code}}
	err = c.call(ctx, http.MethodGet, "/holds?"+q.Encode(), nil, &list)
	return list, err
}

// Approve lets go what is chosen of what waits, and returns it.
func (c *Client) Approve(ctx context.Context, a Approval) (list []exchange.Held, err error) {
	err = c.call(ctx, http.MethodPost, "/holds/approve", a, &list)
	return list, err
}

// Deny lets what is chosen wait no more, and returns it.
func (c *Client) Deny(ctx context.Context, a Approval) (list []exchange.Held, err error) {
	err = c.call(ctx, http.MethodPost, "/holds/deny", a, &list)
	return list, err
}

// Suspects lists the quarantine.
func (c *Client) Suspects(ctx context.Context) (list []exchange.Suspect, err error) {
	err = c.call(ctx, http.MethodGet, "/quarantine", nil, &list)
	return list, err
}

// Suspect is one in quarantine; key 0 is the only one of the object.
func (c *Client) Suspect(ctx context.Context, object string, key uint64) (s Suspect, err error) {
	q := url.Values{"key": {strconv.FormatUint(key, 10)}}
	err = c.call(ctx, http.MethodGet, "/quarantine/"+url.PathEscape(object)+"?"+q.Encode(), nil, &s)
	return s, err
}

// Free lets one out of quarantine.
func (c *Client) Free(ctx context.Context, object string, v Verdict) error {
	return c.call(ctx, http.MethodPost, "/quarantine/"+url.PathEscape(object)+"/release", v, nil)
}

// Purge forgets one in quarantine.
func (c *Client) Purge(ctx context.Context, object string, v Verdict) error {
	return c.call(ctx, http.MethodPost, "/quarantine/"+url.PathEscape(object)+"/purge", v, nil)
}

// Release lets named members have an object.
func (c *Client) Release(ctx context.Context, object string, r Release) error {
	return c.call(ctx, http.MethodPost, "/objects/"+url.PathEscape(object)+"/release", r, nil)
}

// Recall takes an object back from everybody.
func (c *Client) Recall(ctx context.Context, object, reason string) (r exchange.Recall, err error) {
	err = c.call(ctx, http.MethodPost, "/objects/"+url.PathEscape(object)+"/recall", Reason{reason}, &r)
	return r, err
}
