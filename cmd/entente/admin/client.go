package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// ErrNotRunning says that no node answers on the socket.
var ErrNotRunning = errors.New("the node is not running")

// Error is a node's answer to what it did not do.
type Error struct {
	Status  int // HTTP
	Message string
}

func (e *Error) Error() string { return e.Message }

// Client calls a running node over its socket.
type Client struct {
	socket string
	as     string
	http   *http.Client
}

// NewClient makes a client for the node with this data folder. As names the person who acts; empty:
// the user whose process it is.
func NewClient(dataDir, as string) *Client {
	c := &Client{socket: filepath.Join(dataDir, SocketName), as: as}
	c.http = &http.Client{Transport: &http.Transport{DialContext: c.dial}}
	return c
}

func (c *Client) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	address, folder, err := shortAddress(c.socket)
	if err != nil {
		return nil, err
	}
	if folder != nil {
		defer folder.Close()
	}
	return patiently(ctx, func() (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", address)
	})
}

// patience is how long a node that was just started gets to open its socket.
const patience = 2 * time.Second

// patiently tries again while nothing answers.
func patiently(ctx context.Context, dial func() (net.Conn, error)) (net.Conn, error) {
	enough := time.NewTimer(patience)
	defer enough.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := dial()
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ECONNREFUSED) {
			return conn, err
		}
		select {
		case <-again.C:
		case <-enough.C:
			return nil, err
		case <-ctx.Done():
			return nil, err
		}
	}
}

// Close lets go of the connection.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Accounts lists the accounts.
func (c *Client) Accounts(ctx context.Context) (list []Account, err error) {
	err = c.call(ctx, http.MethodGet, "/accounts", nil, &list)
	return list, err
}

// AddAccount makes an account.
func (c *Client) AddAccount(ctx context.Context, a NewAccount) (s Secret, err error) {
	err = c.call(ctx, http.MethodPost, "/accounts", a, &s)
	return s, err
}

// RemoveAccount removes an account and its tokens.
func (c *Client) RemoveAccount(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, "/accounts/"+url.PathEscape(name), nil, nil)
}

// Tokens lists the tokens of accounts and members.
func (c *Client) Tokens(ctx context.Context) (list []Token, err error) {
	err = c.call(ctx, http.MethodGet, "/tokens", nil, &list)
	return list, err
}

// IssueToken makes a token.
func (c *Client) IssueToken(ctx context.Context, t NewToken) (s Secret, err error) {
	err = c.call(ctx, http.MethodPost, "/tokens", t, &s)
	return s, err
}

// RevokeToken takes a token back.
func (c *Client) RevokeToken(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/tokens/"+url.PathEscape(id), nil, nil)
}

// Collections are the ids of the node's collections, by alias.
func (c *Client) Collections(ctx context.Context) (ids map[string]string, err error) {
	err = c.call(ctx, http.MethodGet, "/collections", nil, &ids)
	return ids, err
}

// Published is how much of a publication is durable.
func (c *Client) Published(ctx context.Context, job string) (done int, err error) {
	var p Progress
	err = c.call(ctx, http.MethodGet, "/publications/"+url.PathEscape(job), nil, &p)
	return p.Done, err
}

// Publish sends a part of a publication; when it returns, the part is durable.
func (c *Client) Publish(ctx context.Context, p Part) (o Outcome, err error) {
	q := url.Values{"job": {p.Job}, "done": {strconv.Itoa(p.Done)}, "tlp": {p.TLP}, "source": {p.Source}}
	err = c.send(ctx, http.MethodPost, "/publications?"+q.Encode(), appendFrames(nil, p.Objects), &o)
	return o, err
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	return c.send(ctx, method, path, body, out)
}

func (c *Client) send(ctx context.Context, method, path string, body []byte, out any) error {
	resp, err := c.ask(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the node's answer: %w", err)
	}
	return nil
}

// ask sends a request; an answer that says no is an [Error].
func (c *Client) ask(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://node"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if c.as != "" {
		r.Header.Set(asHeader, c.as)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, c.explain(err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	var p problem
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&p); err != nil || p.Error == "" {
		p.Error = fmt.Sprintf("the node answered %s", resp.Status)
	}
	return nil, &Error{Status: resp.StatusCode, Message: p.Error}
}

// explain says of a failed connection what it means.
func (c *Client) explain(err error) error {
	var op *net.OpError
	switch {
	case errors.As(err, &op) && op.Op == "dial" && errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: only the node's own user and root may administer it", c.socket)
	case errors.As(err, &op) && op.Op == "dial":
		return fmt.Errorf("%w: nothing answers at %s", ErrNotRunning, c.socket)
	}
	return fmt.Errorf("call the node: %w", err)
}
