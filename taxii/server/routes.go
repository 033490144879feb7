package server

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

const discoveryPath = "/taxii2/"

// handler answers one endpoint.
type handler func(*Server, *request) error

// route is one row of the table: an endpoint, by method and path below the API root.
type route struct {
	method  string
	path    string // after {root}, with the node's id in its place
	handler handler
	section string // of TAXII 2.1
}

// routes is every endpoint that there is. Each passes [Server.guard] first, and every GET is
// also a HEAD. The guard test walks this table.
func routes() []route {
	const (
		get, post, remove = http.MethodGet, http.MethodPost, http.MethodDelete
		collection        = "{root}collections/:collection/"
	)
	return []route{
		{get, discoveryPath, (*Server).discovery, "4.1"},
		{get, "{root}", (*Server).apiRoot, "4.2"},
		{get, "{root}status/:status/", (*Server).status, "4.3"},
		{get, "{root}collections/", (*Server).collections, "5.1"},
		{get, collection, (*Server).collection, "5.2"},
		{get, collection + "manifest/", (*Server).manifest, "5.3"},
		{get, collection + "objects/", (*Server).objects, "5.4"},
		{post, collection + "objects/", (*Server).add, "5.5"},
		{get, collection + "objects/:object/", (*Server).object, "5.6"},
		{remove, collection + "objects/:object/", (*Server).remove, "5.7"},
		{get, collection + "objects/:object/versions/", (*Server).versions, "5.8"},
	}
}

// register hands the table to echo and notes which methods each path allows.
func (s *Server) register() {
	s.allow = map[string]string{}
	for _, row := range routes() {
		path := strings.Replace(row.path, "{root}", "/"+s.cfg.NodeID+"/", 1)
		methods := []string{row.method}
		if row.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		for _, method := range methods {
			s.echo.Add(method, path, func(c echo.Context) error {
				r := c.(*request)
				if err := s.guard(r); err != nil {
					return err
				}
				return row.handler(s, r)
			})
			if s.allow[path] != "" {
				s.allow[path] += ", "
			}
			s.allow[path] += method
		}
	}
}

// isPath reports whether a decoded path holds only what our own paths are made of; any other
// leads nowhere, whatever a proxy in front of us thought it to mean.
func isPath(path string) bool {
	for _, c := range []byte(path) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("/-._~", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// canonical spells the path of a request as the routes are spelt, so that real clients need no
// redirect: many leave out the last slash, or write one too many. ok is false for what is no
// path of ours in any spelling.
func canonical(path, rawPath string) (clean string, ok bool) {
	if !isPath(path) || strings.Contains(strings.ToLower(rawPath), "%2f") {
		return "", false
	}
	var b strings.Builder
	b.Grow(len(path) + 2)
	b.WriteByte('/')
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "":
		case ".", "..":
			return "", false
		default:
			b.WriteString(segment)
			b.WriteByte('/')
		}
	}
	return b.String(), true
}
