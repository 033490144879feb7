package server_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
)

var (
	timestampForm  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`)
	identifierForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	versionForm    = regexp.MustCompile(`^application/taxii\+json;version=\d+\.\d+$`)
)

// checkHeaders is what every answer has, whatever it says.
func (a *answer) checkHeaders() {
	a.t.Helper()
	h := a.header
	assert.Equal(a.t, []string{taxii.MediaType}, h["Content-Type"], "T-3.1-04 F-32")
	assert.Equal(a.t, "no-store", h.Get("Cache-Control"), "ADV-22")
	assert.Equal(a.t, "Accept, Accept-Encoding, Authorization", h.Get("Vary"), "T-HTTP-03")
	assert.Equal(a.t, "nosniff", h.Get("X-Content-Type-Options"))
	for _, name := range []string{"Etag", "Server", "Accept-Ranges", "Content-Range", "Location", "Set-Cookie", "X-Powered-By"} {
		assert.NotContains(a.t, h, name, "T-HTTP-04")
	}
	if a.method != http.MethodHead {
		assert.Equal(a.t, strconv.Itoa(len(a.body)), h.Get("Content-Length"))
	}
	paged := a.status == http.StatusOK && a.method != http.MethodDelete &&
		(strings.Contains(a.path, "/objects") || strings.Contains(a.path, "/manifest"))
	for _, name := range []string{"X-Taxii-Date-Added-First", "X-Taxii-Date-Added-Last"} {
		if paged {
			assert.Regexp(a.t, timestampForm, h.Get(name), "T-3.2-01 T-2-07")
		} else {
			assert.NotContains(a.t, h, name, "T-3.2-04")
		}
	}
	if a.status == http.StatusUnauthorized {
		assert.NotEmpty(a.t, h.Values("Www-Authenticate"), "T-AUTH-03")
	}
}

// checkBody is what the resource of an answer must be (T-8.2.1-05, T-8.2.1-06, T-8.1.2-02, T-3.8-02), and that there
// is one wherever the status permits (T-3.1-02).
func (a *answer) checkBody() {
	a.t.Helper()
	switch {
	case a.method == http.MethodHead, a.method == http.MethodDelete && a.status == http.StatusOK:
		assert.Empty(a.t, a.body, "T-5.7-03 T-HTTP-02")
		return
	case a.header.Get("Content-Encoding") != "":
		return
	}
	var resource map[string]any
	require.NoError(a.t, json.Unmarshal(a.body, &resource), "T-1.6.7-01: %s", a.body)
	checkLists(a.t, resource)
	assert.Contains(a.t, []int{200, 202, 400, 401, 403, 404, 405, 406, 408, 413, 415, 422, 500, 503}, a.status, "T-3.6-01")
	switch {
	case a.status >= 400:
		a.checkError(resource)
	case a.method == http.MethodPost || strings.Contains(a.path, "/status/"):
		a.checkStatus(resource)
	default:
		a.checkResource(resource)
	}
}

func (a *answer) checkError(resource map[string]any) {
	a.t.Helper()
	for _, name := range []string{"title", "description", "error_id"} {
		assert.IsType(a.t, "", resource[name], "T-3.6.1-01 T-3.6.1-02 %s", name)
		assert.NotEmpty(a.t, resource[name], "T-3.6.1-01 %s", name)
	}
	assert.Equal(a.t, strconv.Itoa(a.status), resource["http_status"], "T-3.6.1-03")
	if details, ok := resource["details"]; ok {
		assert.IsType(a.t, map[string]any{}, details, "T-3.6.1-04")
	}
}

func (a *answer) checkStatus(resource map[string]any) {
	a.t.Helper()
	assert.Regexp(a.t, identifierForm, resource["id"], "T-2-02")
	assert.Equal(a.t, "complete", resource["status"], "T-4.3.1-02")
	assert.Regexp(a.t, timestampForm, resource["request_timestamp"], "T-4.3.1-05 A-08")
	sum := 0.0
	for name, list := range map[string]string{"success_count": "successes", "failure_count": "failures", "pending_count": "pendings"} {
		count, isNumber := resource[name].(float64)
		assert.True(a.t, isNumber, "T-4.3.1-01 T-4.3.1-04 %s", name)
		sum += count
		details, _ := resource[list].([]any)
		assert.Len(a.t, details, int(count), "T-4.3.1-D1 T-4.3.1-06 F-58")
		assert.True(a.t, 0 <= count && count < 1<<53, "T-2-03 %s", name)
		for _, d := range details {
			detail := d.(map[string]any)
			assert.NotEmpty(a.t, detail["id"], "T-4.3.1-07")
			assert.NotEmpty(a.t, detail["version"], "T-4.3.1-08")
		}
	}
	assert.Equal(a.t, sum, resource["total_count"], "T-4.3.1-D1")
	assert.Equal(a.t, 0.0, resource["pending_count"], "T-4.3.1-D1")
}

func (a *answer) checkResource(resource map[string]any) {
	a.t.Helper()
	path := strings.SplitN(a.path, "?", 2)[0]
	switch {
	case strings.Contains(path, "/manifest"):
		checkMembers(a.t, resource, "more", "next", "objects")
		for _, r := range listOf(resource, "objects") {
			record := r.(map[string]any)
			checkMembers(a.t, record, "id", "date_added", "version", "media_type")
			assert.NotEmpty(a.t, record["id"], "T-5.3.1-02")
			assert.NotEmpty(a.t, record["version"], "T-5.3.1-02")
			assert.Regexp(a.t, timestampForm, record["date_added"], "T-5.3.1-02 T-2-07")
		}
	case strings.Contains(path, "/versions"):
		checkMembers(a.t, resource, "more", "next", "versions")
	case strings.Contains(path, "/objects"):
		checkMembers(a.t, resource, "more", "next", "objects")
		for _, o := range listOf(resource, "objects") {
			assert.NotEqual(a.t, "bundle", o.(map[string]any)["type"], "T-3.7-02")
		}
	case strings.Contains(path, "/collections/") && resource["id"] != nil:
		checkCollection(a.t, resource)
	case strings.Contains(path, "/collections"):
		checkMembers(a.t, resource, "collections")
		for _, c := range listOf(resource, "collections") {
			checkCollection(a.t, c.(map[string]any))
		}
	case strings.Contains(path, "taxii2"):
		checkMembers(a.t, resource, "title", "description", "contact", "default", "api_roots")
		assert.NotEmpty(a.t, resource["title"], "T-4.1.1-01")
	default:
		checkMembers(a.t, resource, "title", "description", "versions", "max_content_length")
		assert.NotEmpty(a.t, resource["title"], "T-4.2.1-01")
		most, _ := resource["max_content_length"].(float64)
		assert.True(a.t, 0 < most && most < 1<<53, "T-2-03 T-4.2.1-04")
	}
	if more, ok := resource["more"]; ok {
		_, next := resource["next"]
		assert.Equal(a.t, more, next, "T-3.5-D2 T-3.7-04 F-08: next if and only if more")
	}
}

func checkCollection(t testing.TB, c map[string]any) {
	t.Helper()
	checkMembers(t, c, "id", "title", "description", "alias", "can_read", "can_write", "media_types")
	assert.Regexp(t, identifierForm, c["id"], "T-2-02")
	assert.NotEmpty(t, c["title"], "T-5.2.1-01")
	assert.IsType(t, true, c["can_read"], "T-2-01 T-5.2.1-01")
	assert.IsType(t, true, c["can_write"], "T-2-01 T-5.2.1-01")
}

// checkMembers knows the names of TAXII 2.1, to the letter (T-3.8-01).
func checkMembers(t testing.TB, resource map[string]any, names ...string) {
	t.Helper()
	for name := range resource {
		assert.Contains(t, names, name, "T-3.8-01")
	}
}

func listOf(resource map[string]any, name string) []any {
	list, _ := resource[name].([]any)
	return list
}

// checkLists finds no empty list anywhere (T-2-05).
func checkLists(t testing.TB, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if list, ok := member.([]any); ok {
				assert.NotEmpty(t, list, "T-2-05 %s", name)
			}
			checkLists(t, member)
		}
	case []any:
		for _, element := range v {
			checkLists(t, element)
		}
	}
}
