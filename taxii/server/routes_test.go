package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/trust"
	"entente/trust/auth"
)

// nobody is an authenticator that knows nobody.
type nobody struct{}

func (nobody) Authenticate(context.Context, auth.Credentials) (trust.Principal, error) {
	return trust.Principal{}, auth.ErrUnauthenticated
}

// untouchable is an exchange of which every call panics, which would be a 500.
type untouchable struct{ Exchange }

// T-AUTH-01, T-AUTH-02, T-AUTH-05: the table is all that there is, and the guard stands before
// every row of it.
func TestEveryRouteIsGuarded(t *testing.T) {
	s, err := New(Config{NodeID: "csirt-xa", URL: "https://xa.example", Exchange: untouchable{}, Authenticator: nobody{}, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	rows := map[string]string{}
	for _, row := range routes() {
		path := strings.Replace(row.path, "{root}", "/csirt-xa/", 1)
		assert.NotEmpty(t, row.section, "%s has no section of the standard", path)
		rows[row.method+" "+path] = row.section
		if row.method == http.MethodGet {
			rows[http.MethodHead+" "+path] = row.section
		}
	}
	for _, route := range s.echo.Routes() {
		key := route.Method + " " + route.Path
		assert.Contains(t, rows, key, "a route outside the table")
		delete(rows, key)
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, httptest.NewRequest(route.Method, strings.ReplaceAll(route.Path, ":", "x"), nil))
		assert.Equal(t, http.StatusUnauthorized, answer.Code, key)
	}
	assert.Empty(t, rows, "rows that are not routed")
}

// T-3.1-11, T-8.1.2-01: the endpoints of sections 4 and 5, and no other.
func TestEndpoints(t *testing.T) {
	var got []string
	for _, row := range routes() {
		got = append(got, row.section+" "+row.method+" "+row.path)
	}
	assert.Equal(t, []string{
		"4.1 GET /taxii2/",
		"4.2 GET {root}",
		"4.3 GET {root}status/:status/",
		"5.1 GET {root}collections/",
		"5.2 GET {root}collections/:collection/",
		"5.3 GET {root}collections/:collection/manifest/",
		"5.4 GET {root}collections/:collection/objects/",
		"5.5 POST {root}collections/:collection/objects/",
		"5.6 GET {root}collections/:collection/objects/:object/",
		"5.7 DELETE {root}collections/:collection/objects/:object/",
		"5.8 GET {root}collections/:collection/objects/:object/versions/",
	}, got)
}

func TestCanonicalPath(t *testing.T) {
	for _, tc := range []struct {
		name, path, raw string
		want            string // empty: no path of ours
	}{
		{"as the standard writes it", "/taxii2/", "", "/taxii2/"},
		{"F-33 without the last slash", "/taxii2", "", "/taxii2/"},
		{"F-33 doubled slashes", "//csirt-xa///collections//", "", "/csirt-xa/collections/"},
		{"nothing", "", "", "/"},
		{"ADV-56 no way up", "/a/../b/", "", ""},
		{"ADV-56 no standing still", "/a/./b/", "", ""},
		{"dots in names", "/a..b/.c/", "", "/a..b/.c/"},
		{"ADV-56 %2f", "/csirt-xa/collections", "/csirt-xa%2fcollections", ""},
		{"ADV-56 %2F", "/csirt-xa/collections", "/csirt-xa%2Fcollections", ""},
		{"ADV-56 needless escapes mean their letter", "/taxii2/", "/%74axii2/", "/taxii2/"},
		{"ADV-56 ;x", "/taxii2/;x", "", ""},
		{"ADV-56 NUL", "/taxii2/\x00", "", ""},
		{"ADV-56 backslash", `/taxii2\`, "", ""},
		{"ADV-56 overlong slash", "/taxii2\xc0\xaf", "", ""},
		{"*", "*", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := canonical(tc.path, tc.raw)
			assert.Equal(t, tc.want, got)
			assert.Equal(t, tc.want != "", ok)
		})
	}
}
