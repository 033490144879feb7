package format

import "bytes"

// URL reports whether s is an absolute URI of RFC 3986 section 3, with or without a fragment, as
// url has it (STIX 2.1 section 6.15). A URL is a URI that says how to get there (section 1.1.3);
// as nobody lists the schemes that do, every scheme will do, but http and https need a host
// (section 3.2.2). Non-ASCII characters make an IRI (RFC 3987), which has to be percent-encoded
// to be a URL.
func URL(s []byte) bool {
	scheme, rest, found := bytes.Cut(s, []byte(":"))
	if !found || len(scheme) == 0 || classes[scheme[0]]&letter == 0 || !all(scheme, schemeChar) {
		return false
	}
	host, ok := resource(rest)
	return ok && (len(host) > 0 || !needsHost(scheme))
}

func needsHost(scheme []byte) bool {
	return bytes.EqualFold(scheme, []byte("http")) || bytes.EqualFold(scheme, []byte("https"))
}

// URIReference reports whether s is a URI or a relative reference (RFC 3986 section 4.1). The
// empty reference means the document that it stands in (section 4.4), which refers to nothing
// outside (STIX 2.1 section 2.5).
func URIReference(s []byte) bool {
	if len(s) == 0 {
		return false
	}
	if URL(s) {
		return true
	}
	if first := bytes.IndexAny(s, ":/?#"); first >= 0 && s[first] == ':' { // section 4.2: path-noscheme
		return false
	}
	_, ok := resource(s)
	return ok
}

// resource checks what follows a scheme, or is a relative reference; the host is empty if there
// is none.
func resource(s []byte) (host []byte, ok bool) {
	if rest, found := bytes.CutPrefix(s, []byte("//")); found {
		end := len(rest)
		for _, c := range []byte("/?#") {
			if i := bytes.IndexByte(rest[:end], c); i >= 0 {
				end = i
			}
		}
		if host, ok = authority(rest[:end]); !ok {
			return nil, false
		}
		s = rest[end:]
	}
	// What a path may not hold and a query may is the "?" that begins the query.
	rest, fragment, _ := bytes.Cut(s, []byte("#"))
	return host, encoded(rest, queryChar) && encoded(fragment, queryChar)
}

// authority checks [userinfo@]host[:port] (RFC 3986 section 3.2). A host in brackets is returned
// without what follows them.
func authority(s []byte) (host []byte, ok bool) {
	if user, rest, found := bytes.Cut(s, []byte("@")); found {
		if !encoded(user, unreserved|subDelim|colon) {
			return nil, false
		}
		s = rest
	}
	if len(s) > 0 && s[0] == '[' {
		end := bytes.IndexByte(s, ']')
		if end < 0 || !literal(s[1:end]) {
			return nil, false
		}
		host, s = s[:end], s[end+1:]
		return host, len(s) == 0 || s[0] == ':' && all(s[1:], digit)
	}
	host, port, _ := bytes.Cut(s, []byte(":"))
	return host, encoded(host, unreserved|subDelim) && all(port, digit)
}

// literal reports whether s is an IPv6 address or an IPvFuture (RFC 3986 section 3.2.2).
func literal(s []byte) bool {
	if len(s) == 0 || s[0] != 'v' && s[0] != 'V' {
		return eightGroups(s)
	}
	version, address, _ := bytes.Cut(s[1:], []byte("."))
	return some(version, hexAny) && some(address, unreserved|subDelim|colon)
}

// encoded reports whether every octet of s is in one of the classes or part of a percent-encoding
// (RFC 3986 section 2.1).
func encoded(s []byte, c class) bool {
	for {
		i := 0
		for i < len(s) && classes[s[i]]&c != 0 {
			i++
		}
		if i == len(s) {
			return true
		}
		if s[i] != '%' || len(s) < i+3 || !all(s[i+1:i+3], hexAny) {
			return false
		}
		s = s[i+3:]
	}
}
