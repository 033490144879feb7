package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

const discoveryPath = "/taxii2/"

// origin is where a client's server is: known from the start, or after the SRV lookup.
type origin struct {
	domain    string   // looked up when discovery is nil
	discovery *url.URL // absolute, its path ends in "/"
}

var domainForm = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?(\.[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?)*\.?$`)

// parseOrigin reads Config.Discovery.
func parseOrigin(discovery string, allowHTTP bool) (origin, error) {
	if !strings.Contains(discovery, "/") {
		if !domainForm.MatchString(discovery) {
			return origin{}, fmt.Errorf("discovery %q: want https://host/taxii2/ or a domain name", discovery)
		}
		return origin{domain: strings.ToLower(strings.TrimSuffix(discovery, "."))}, nil
	}
	u, err := url.Parse(discovery)
	if err != nil {
		return origin{}, fmt.Errorf("discovery: %w", err)
	}
	switch {
	case u.Scheme == "http" && !allowHTTP:
		return origin{}, errors.New("discovery: TAXII 2.1 goes over https, not http (§8.5.1)")
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "" || !isASCII(u.Host):
		return origin{}, fmt.Errorf("discovery %q: want https://host/taxii2/", u.Redacted())
	case u.User != nil:
		return origin{}, errors.New("discovery: credentials do not belong into the URL")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return origin{}, errors.New("discovery: a query or fragment does not belong into the URL")
	}
	if err := checkPath(u.EscapedPath()); err != nil {
		return origin{}, fmt.Errorf("discovery: %w", err)
	}
	u.Host = strings.ToLower(u.Host)
	return origin{discovery: withSlash(u)}, nil
}

// locate returns the discovery URL, after the SRV lookup if the client was made for a domain
// (§8.4.2). A domain without the record is its own server. DNS is not authenticated, and
// certificates are checked for the target's name: so a target outside the domain is refused,
// else whoever answers the lookup would choose who gets the credentials.
func (c *Client) locate(ctx context.Context) (*url.URL, error) {
	c.mu.Lock()
	o := c.origin
	c.mu.Unlock()
	if o.discovery != nil {
		return o.discovery, nil
	}
	host := o.domain
	_, records, err := c.cfg.Resolver.LookupSRV(ctx, "taxii2", "tcp", o.domain)
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
	case err != nil:
		return nil, fmt.Errorf("look up the TAXII server of %s: %w", o.domain, err)
	case len(records) > 0:
		target := strings.ToLower(strings.TrimSuffix(records[0].Target, "."))
		if target != o.domain && !strings.HasSuffix(target, "."+o.domain) {
			return nil, fmt.Errorf("the TAXII server of %s is said to be %q: %w: outside the domain; configure its discovery URL", o.domain, target, ErrForeign)
		}
		host = target
		if port := records[0].Port; port != 443 {
			host = net.JoinHostPort(target, strconv.Itoa(int(port)))
		}
	}
	found := &url.URL{Scheme: "https", Host: host, Path: discoveryPath}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.origin.discovery == nil { // another call may have been faster: one answer holds for ever
		c.origin.discovery = found
	}
	return c.origin.discovery, nil
}

// resolve turns an API root's URL, absolute or "/path/", into one on the client's origin
// (§4.1.1), or says why it must not be used.
func resolve(base *url.URL, ref string) (*url.URL, error) {
	if len(ref) > 2048 || hasControl(ref) || strings.ContainsAny(ref, `\ `) || !utf8.ValidString(ref) {
		return nil, fmt.Errorf("%w: not a URL", ErrForeign)
	}
	u, err := url.Parse(ref)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: not a URL", ErrForeign)
	case u.User != nil, u.RawQuery != "" || u.ForceQuery, strings.Contains(ref, "#"):
		return nil, fmt.Errorf("%w: user, query or fragment in it", ErrForeign)
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(ref, "/") && !strings.HasPrefix(ref, "//"):
		u.Scheme, u.Host = base.Scheme, base.Host
	case u.Scheme == "":
		return nil, fmt.Errorf("%w: a relative one begins with a single slash", ErrForeign)
	case u.Scheme != base.Scheme || hostport(u) != hostport(base):
		return nil, fmt.Errorf("%w: not on %s://%s", ErrForeign, base.Scheme, base.Host)
	}
	if err := checkPath(u.EscapedPath()); err != nil {
		return nil, err
	}
	u.Host = base.Host
	return withSlash(u), nil
}

// checkPath refuses dot segments and encoded separators, which a server might read otherwise
// than this client.
func checkPath(escaped string) error {
	for segment := range strings.SplitSeq(escaped, "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil || plain == "." || plain == ".." || strings.ContainsAny(plain, `/\`) || hasControl(plain) {
			return fmt.Errorf("%w: path segment %q", ErrForeign, shorten(segment, 64))
		}
	}
	return nil
}

// segment escapes one name for use in a path.
func segment(name string) (string, error) {
	if name == "" || len(name) > 512 || name == "." || name == ".." ||
		strings.ContainsAny(name, `/\`) || hasControl(name) || !utf8.ValidString(name) {
		return "", fmt.Errorf("%w: %q cannot stand in a path", ErrForeign, shorten(name, 64))
	}
	return url.PathEscape(name), nil
}

func withSlash(u *url.URL) *url.URL {
	if strings.HasSuffix(u.Path, "/") {
		return u
	}
	slashed := *u
	slashed.Path += "/"
	if slashed.RawPath != "" {
		slashed.RawPath += "/"
	}
	return &slashed
}

// hostport is the host in lower case with the scheme's port when none is written.
func hostport(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
		if u.Scheme == "http" {
			port = "80"
		}
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7e })
}
