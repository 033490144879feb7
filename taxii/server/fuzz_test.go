package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// FuzzServer: whatever a caller sends, the answer is one of TAXII's and never our fault.
func FuzzServer(f *testing.F) {
	w := seeded(f)
	for _, seed := range [][5]string{
		{"GET", "/taxii2/", "", "Accept: " + t21, ""},
		{"GET", rootPath + rw + "objects/", "match[version]=all&limit=2&added_after=2016-01-01T00:00:00Z", "Accept-Encoding: gzip", ""},
		{"GET", rootPath + rw + "manifest", "match%5Btype%5D=indicator&next=AQ", "Range: items 0-1", ""},
		{"POST", rootPath + rw + "objects/", "", "Content-Type: " + t21, envelope(objectM)},
		{"POST", rootPath + rw + "objects/", "", "Content-Type: application/stix+json\nContent-Encoding: gzip", "\x1f\x8b\x08"},
		{"POST", rootPath + rw + "objects/", "", "Content-Type: " + t21, `{"objects":[{"type":"indicator","id":"indicator--x"},1,"\ud800",[[[[]]]]]}`},
		{"DELETE", rootPath + rw + "objects/" + idS + "/", "match[version]=first", "", ""},
		{"HEAD", rootPath + "status/" + unknownCollection, "", "Accept: */*;q=0", ""},
		{"OPTIONS", "//csirt-xa/%2e%2e/", "%", "Authorization: Basic \x00", ""},
		{"PATCH", rootPath + "collections/for-csirt-xb/objects/" + idI + "/versions/", "match[spec_version]=2.0,2.1", "X-API-Key: x", "{}"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4])
	}
	f.Fuzz(func(t *testing.T, method, path, query, headers, body string) {
		if !isToken(method) {
			return // net/http lets none through
		}
		r := httptest.NewRequest(http.MethodGet, "https://xa.example/", strings.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawPath, r.URL.RawQuery = method, path, path, query
		r.Header.Set("Authorization", "Bearer "+tokenOf("analyst"))
		r.Header.Set("Content-Type", t21)
		for line := range strings.SplitSeq(headers, "\n") {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Set(name, value)
		}
		answer := httptest.NewRecorder()
		w.server.ServeHTTP(answer, r)
		assert.Less(t, answer.Code, 500)
		assert.Equal(t, []string{t21}, answer.Header()["Content-Type"])
		assert.NotEmpty(t, answer.Header().Get("Content-Length"))
		if answer.Code >= 400 && method != http.MethodHead {
			assert.Contains(t, answer.Body.String(), `"error_id":"`)
		}
	})
}

func isToken(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}
