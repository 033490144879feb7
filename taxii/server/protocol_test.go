package server_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// F-30: what real clients send as Accept, and what becomes of it.
func TestAccept(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		name, accept string
		status       int
	}{
		{"T-3.1-06 exact", t21, 200},
		{"T-3.1-06 a space", "application/taxii+json; version=2.1", 200},
		{"T-3.1-06 case", "APPLICATION/TAXII+JSON;VERSION=2.1", 200},
		{"T-3.1-05 T-3.1-06 F-30 no version: the highest", "application/taxii+json", 200},
		{"T-3.1-06 one of several", "text/html, " + t21 + ";q=0.5", 200},
		{"T-3.1-06 F-30 quoted", `application/taxii+json;version="2.1"`, 200},
		{"T-3.1-12 the manifest's printed line", t21 + ",application/stix+json;version=2.1", 200},
		{"T-3.1-08 F-30 axios", "application/json, text/plain, */*", 200},
		{"T-3.1-08 F-30 plain JSON", "application/json", 200},
		{"T-3.1-08 F-30 curl", "*/*", 200},
		{"T-3.1-08 F-30 any application", "application/*;q=0.1", 200},
		{"T-3.1-08 F-30 none", "", 200},
		{"F-30 charset", "application/taxii+json;charset=utf-8;version=2.1", 200},
		{"T-3.1-08 TAXII 2.0 alone", "application/vnd.oasis.taxii+json; version=2.0", 406},
		{"T-3.1-08 2.0 in the new name", "application/taxii+json;version=2.0", 406},
		{"T-3.1-13 three numbers", "application/taxii+json;version=2.1.0", 406},
		{"T-3.1-08 a page", "text/html", 406},
		{"refused in words", t21 + ";q=0", 406},
	} {
		for _, path := range []string{"/taxii2/", "", "collections/", rw, rw + "manifest/", rw + "objects/"} {
			t.Run(tc.name+" at "+path, func(t *testing.T) {
				a := w.as("analyst").with("Accept", tc.accept).get(path).want(tc.status)
				if tc.status == 406 {
					assert.Equal(t, map[string]any{"supported": []any{t21}}, a.error().Details, "so that a client can choose")
				}
			})
		}
	}
}

// F-31: what real clients send as Content-Type.
func TestContentType(t *testing.T) {
	w := newWorld(t)
	bundle := `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[` + objectM + `]}`
	for _, tc := range []struct {
		name, contentType, body string
		status                  int
	}{
		{"T-3.1-07 exact", t21, envelope(objectM), 202},
		{"T-3.1-07 F-31 a space", "application/taxii+json; version=2.1", envelope(objectM), 202},
		{"F-31 charset", "application/taxii+json; version=2.1; charset=utf-8", envelope(objectM), 202},
		{"F-31 no version", "application/taxii+json", envelope(objectM), 202},
		{"F-31 case", "Application/TAXII+JSON; Version=2.1", envelope(objectM), 202},
		{"F-31 T-3.1-09 OpenCTI's taxii-post", "application/stix+json; version=2.1", bundle, 202},
		{"F-31 the old name of STIX", "application/vnd.oasis.stix+json; version=2.0", bundle, 202},
		{"F-31 T-3.1-09 T-5.5-06 JSON", "application/json", envelope(objectM), 415},
		{"F-31 T-3.1-09 text", "text/plain", envelope(objectM), 415},
		{"F-31 TAXII 2.0", "application/taxii+json;version=2.0", envelope(objectM), 415},
		{"F-31 T-3.1-09 missing", " ", envelope(objectM), 415},
		{"T-5.5-12 a bundle under TAXII's name", t21, bundle, 422},
		{"T-5.5-12 an envelope under STIX's name", "application/stix+json;version=2.1", envelope(objectM), 422},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.as("analyst").with("Content-Type", tc.contentType).post(rw+"objects/", tc.body).want(tc.status)
			if tc.status == 415 {
				assert.Contains(t, a.error().Description, t21, "the answer names what is right")
			}
		})
	}
	t.Run("MISP sends one with a GET", func(t *testing.T) {
		w.as("analyst").with("Content-Type", "text/plain").get(rw + "objects/").want(200)
	})
}

func TestPaths(t *testing.T) {
	w := seeded(t)
	analyst := w.as("analyst")
	for _, tc := range []struct{ name, path, same string }{
		{"T-3.1-01 F-33 discovery", "/taxii2", "/taxii2/"},
		{"T-3.1-01 F-33 root", "/csirt-xa", "/csirt-xa/"},
		{"F-33 collections", "/csirt-xa/collections", "/csirt-xa/collections/"},
		{"F-33 objects with a query", "/csirt-xa/collections/publish/objects?limit=2", "/csirt-xa/collections/publish/objects/?limit=2"},
		{"F-33 MISP's double slash", "/csirt-xa//collections//", "/csirt-xa/collections/"},
		{"ADV-56 doubled in front", "//csirt-xa/collections/", "/csirt-xa/collections/"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, analyst.get(tc.same).want(200).bytes(), analyst.get(tc.path).want(200).bytes())
		})
	}
	t.Run("F-33 a POST without the slash keeps its body", func(t *testing.T) {
		analyst.post("collections/publish/objects", envelope(objectM)).want(202).accepted(1)
	})
	for _, path := range []string{
		"/csirt-xa/collections/publish%2fobjects/", "/csirt-xa%2Fcollections/", "/csirt-xa/./collections/", "/taxii2/../taxii2/", "/csirt-xa/collections/../",
		"/csirt-xa/collections/publish;x/", "/taxii2;x", "/taxii2/%00", "/taxii2/%0a", "/csirt-xa/collections/publish%5cobjects/", "/csirt-xa/collections/%2e%2e/collections/",
		"/csirt-xa/collections/publish/objects/" + idI + "/versions/more/", "/csirt-xa/collections/publish/object/", "/CSIRT-XA/collections/", "/metrics", "/healthz", "/debug/pprof/", "/debug/vars",
	} {
		t.Run("ADV-56 ADV-26 nothing at "+path, func(t *testing.T) {
			analyst.get(path).want(404)
			w.as("").get(path).want(404)
		})
	}
}

func TestMethods(t *testing.T) {
	w := seeded(t)
	for _, tc := range []struct{ path, allow string }{
		{"/taxii2/", "GET, HEAD"},
		{rootPath, "GET, HEAD"},
		{"status/" + unknownCollection + "/", "GET, HEAD"},
		{"collections/", "GET, HEAD"},
		{rw, "GET, HEAD"},
		{rw + "manifest/", "GET, HEAD"},
		{rw + "objects/", "GET, HEAD, POST"},
		{rw + "objects/" + idI + "/", "GET, HEAD, DELETE"},
		{rw + "objects/" + idI + "/versions/", "GET, HEAD"},
	} {
		for _, method := range []string{"PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "FOO", "get", "echo_route_not_found", "POST", "DELETE"} {
			if strings.Contains(tc.allow, method) {
				continue
			}
			t.Run("T-HTTP-01 "+method+" "+tc.path, func(t *testing.T) {
				assert.Equal(t, tc.allow, w.as("").do(method, tc.path, nil).want(405).header.Get("Allow"), "before authentication")
			})
		}
	}
	for _, path := range []string{"/taxii2/", "", "collections/", rw, rw + "manifest/", rw + "objects/", rw + "objects/" + idI + "/", rw + "objects/" + idI + "/versions/", rw + "objects/" + unknownID + "/"} {
		t.Run("T-HTTP-02 T-3.1-03 HEAD "+path, func(t *testing.T) {
			get, head := w.as("analyst").get(path), w.as("analyst").head(path)
			assert.Equal(t, get.status, head.status)
			assert.Equal(t, get.header, head.header, "the same headers, length included")
			assert.Empty(t, head.body)
		})
	}
}

func TestHeadersThatMeanNothing(t *testing.T) { // ADV-49
	w := seeded(t)
	plain := w.as("csirt-xb").get("collections/for-csirt-xb/objects/").want(200)
	hidden := w.as("csirt-xb").get(rw + "objects/").want(404)
	for _, h := range [][2]string{
		{"X-HTTP-Method-Override", "DELETE"}, {"X-HTTP-Method", "DELETE"}, {"X-Method-Override", "DELETE"}, {"X-Original-URL", "/csirt-xa/collections/publish/objects/"}, {"X-Rewrite-URL", "/csirt-xa/collections/publish/objects/"},
		{"X-Forwarded-User", "analyst"}, {"X-Remote-User", "analyst"}, {"X-Client-Cert", "MII"}, {"X-Forwarded-For", "127.0.0.1"}, {"X-Real-Ip", "127.0.0.1"}, {"X-Forwarded-Host", "evil.example"}, {"X-Forwarded-Proto", "http"}, {"Forwarded", "for=127.0.0.1;host=evil.example"},
		{"X-Forwarded-Prefix", "/evil"}, {"Synchronized-Upsert", "true"}, {"If-None-Match", "*"}, {"If-Modified-Since", "Mon, 01 Jun 2026 12:00:00 GMT"}, {"Range", "items 0-1"}, {"Range", "bytes=0-1"}, {"Cookie", "session=1"}, {"Origin", "https://evil.example"},
	} {
		t.Run("ADV-49 T-HTTP-04 "+h[0], func(t *testing.T) {
			assert.Equal(t, plain.bytes(), w.as("csirt-xb").with(h[0], h[1]).get("collections/for-csirt-xb/objects/").want(200).bytes())
			assert.Equal(t, masked(hidden), masked(w.as("csirt-xb").with(h[0], h[1]).get(rw+"objects/").want(404)))
			w.as("").with(h[0], h[1]).get("collections/").want(401)
			discovery := w.as("analyst").with(h[0], h[1]).get("/taxii2/").want(200).bytes()
			assert.NotContains(t, discovery, "evil", "F-38")
		})
	}
	many := w.as("csirt-xb")
	for i := range 10000 {
		many.header[fmt.Sprintf("X-%d", i)] = []string{"1"}
	}
	assert.Equal(t, plain.bytes(), many.get("collections/for-csirt-xb/objects/?bypass=1&admin=true").want(200).bytes(), "ADV-49")
	t.Run("T-8.2.1-07 no User-Agent", func(t *testing.T) { w.as("analyst").with("User-Agent", "").get("/taxii2/").want(200) })
	assert.NotContains(t, w.log.String(), "127.0.0.1", "ADV-56 the log has the real address")
}

func TestCompression(t *testing.T) {
	w := seeded(t)
	path := rw + "objects/?match[version]=all"
	plain := w.as("analyst").get(path).want(200)
	require.Greater(t, len(plain.body), 1<<10)
	for _, tc := range []struct {
		accept string
		zipped bool
	}{
		{"gzip", true}, {"gzip, deflate, br", true}, {"GZIP;q=0.5", true}, {"*", true}, {"x-gzip", true}, {"deflate, gzip;q=1.0, *;q=0.5", true},
		{"", false}, {"identity", false}, {"gzip;q=0", false}, {"gzip;q=abc", false}, {"gzip; q=0.000", false}, {"*;q=0", false}, {"gzip;q=0, *", false}, {"deflate", false}, {"br", false},
	} {
		t.Run("T-HTTP-03 "+tc.accept, func(t *testing.T) {
			a := w.as("analyst").with("Accept-Encoding", tc.accept).get(path).want(200)
			if !tc.zipped {
				assert.Empty(t, a.header.Get("Content-Encoding"))
				assert.Equal(t, plain.body, a.body)
				return
			}
			assert.Equal(t, "gzip", a.header.Get("Content-Encoding"))
			assert.Less(t, len(a.body), len(plain.body))
			z, err := gzip.NewReader(bytes.NewReader(a.body))
			require.NoError(t, err)
			body, err := io.ReadAll(z)
			require.NoError(t, err)
			assert.Equal(t, plain.body, body)
			head := w.as("analyst").with("Accept-Encoding", tc.accept).head(path).want(200)
			assert.Equal(t, a.header, head.header, "T-HTTP-02")
		})
	}
	t.Run("small answers stay as they are", func(t *testing.T) {
		assert.Empty(t, w.as("analyst").with("Accept-Encoding", "gzip").get("/taxii2/").want(200).header.Get("Content-Encoding"))
	})
}

func TestAuthentication(t *testing.T) {
	w := seeded(t)
	token := tokenOf("analyst")
	for _, tc := range []struct {
		name, header, value string
		status              int
	}{
		{"T-8.2.2-06 I-3.1.4 Basic", "Authorization", basic(testUser, testPassword), 200},
		{"MISP: a scheme in lower case", "Authorization", strings.Replace(basic(testUser, testPassword), "Basic", "basic", 1), 200},
		{"T-8.2.2-08 Bearer", "Authorization", "Bearer " + token, 200},
		{"lower case", "Authorization", "bearer " + token, 200},
		{"taxii2client's TokenAuth", "Authorization", "Token " + token, 200},
		{"an API key", "X-API-Key", token, 200},
		{"T-AUTH-01 I-3.1.2 wrong password", "Authorization", basic(testUser, "wrong password"), 401},
		{"T-AUTH-01 unknown user", "Authorization", basic("nobody", testPassword), 401},
		{"T-AUTH-01 wrong token", "Authorization", "Bearer " + token + "x", 401},
		{"T-AUTH-01 a scheme that nobody knows", "Authorization", "Digest " + token, 401},
		{"T-AUTH-01 no scheme", "Authorization", token, 401},
		{"T-AUTH-01 wrong API key", "X-API-Key", "x", 401},
		{"T-AUTH-01 I-3.1.1 nothing", "", "", 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := w.as("")
			if tc.header != "" {
				c = c.with(tc.header, tc.value)
			}
			a := c.get("/taxii2/").want(tc.status)
			if tc.status == 401 {
				assert.Equal(t, []string{`Basic realm="csirt-xa"`, `Bearer realm="csirt-xa"`}, a.header.Values("WWW-Authenticate"), "T-AUTH-03 T-AUTH-04 F-40")
				assert.Equal(t, "Unauthorized", a.error().Title, "I-3.1.1")
			}
		})
	}
	for _, tc := range []struct{ method, path string }{
		{"GET", "/taxii2/"}, {"GET", rootPath}, {"GET", "status/" + unknownCollection + "/"}, {"GET", "collections/"}, {"GET", rw}, {"GET", rw + "manifest/"}, {"GET", rw + "objects/"}, {"POST", rw + "objects/"},
		{"GET", rw + "objects/" + idI + "/"}, {"DELETE", rw + "objects/" + idI + "/"}, {"GET", rw + "objects/" + idI + "/versions/"}, {"HEAD", rw + "objects/"},
	} {
		t.Run("T-AUTH-01 T-AUTH-02 T-AUTH-05 T-4.1-03 "+tc.method+" "+tc.path, func(t *testing.T) {
			w.as("").do(tc.method, tc.path, nil).want(401)
			w.as("").with("Authorization", basic(testUser, "wrong password")).do(tc.method, tc.path, nil).want(401)
		})
	}
	t.Run("T-8.2.2-07 Basic off", func(t *testing.T) {
		w := newWorld(t, option{schemes: []string{"bearer"}})
		a := w.as("").with("Authorization", basic(testUser, testPassword)).get("/taxii2/").want(401)
		assert.Equal(t, []string{`Bearer realm="csirt-xa"`}, a.header.Values("WWW-Authenticate"))
		w.as("analyst").get("/taxii2/").want(200)
	})
	t.Run("T-8.2.2-07 certificates only: still a challenge", func(t *testing.T) {
		w := newWorld(t, option{schemes: []string{"certificate"}})
		assert.Equal(t, []string{`Certificate realm="csirt-xa"`}, w.as("analyst").get("/taxii2/").want(401).header.Values("WWW-Authenticate"))
	})
}

func TestPublic(t *testing.T) { // T-8.2.2-10
	w := seeded(t, option{public: true})
	clear := strings.Replace(indicator(unknownID, v1), green, "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", 1)
	w.as("analyst").post(rw+"objects/", envelope(clear)).want(202).accepted(1)
	anybody := w.as("")
	anybody.get("/taxii2/").want(200)
	anybody.get("").want(200)
	anybody.head("collections/").want(200)
	anybody.get("collections/public/objects/").want(200).holds(clear) // F-21
	anybody.get(rw + "objects/").want(404)
	anybody.post("collections/public/objects/", envelope(clear)).want(401)
	anybody.delete("collections/public/objects/" + unknownID + "/").want(401)
	w.as("").with("Authorization", "Bearer wrong").get("/taxii2/").want(401)
	assert.Equal(t, http.StatusNotFound, newWorld(t).as("analyst").get("collections/public/").want(404).status)
}
