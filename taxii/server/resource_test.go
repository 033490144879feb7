package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/taxii"
	"entente/taxii/server"
	"entente/trust"
)

func TestDiscovery(t *testing.T) {
	w := newWorld(t)
	d := decode[taxii.Discovery](w.as("analyst").get("/taxii2/").want(200)) // T-4.1-01
	root := "https://taxii.xa.example:6443/csirt-xa/"
	assert.Equal(t, taxii.Discovery{
		Title: "National CSIRT of Xanadu", Description: "This TAXII Server contains test data", Contact: "cert@xa.example",
		Default: root, APIRoots: []string{root},
	}, d, "T-4.1.1-01 T-4.1.1-02 T-4.1.1-03 T-4.1.1-05 T-4.2-01")
	assert.True(t, strings.HasSuffix(d.Default, "/"), "F-33 advertised with the slash")
	for name, path := range map[string]string{"T-8.2.1-01 TAXII 2.0's": "/taxii/", "the host's root": "/"} {
		t.Run(name, func(t *testing.T) { w.as("analyst").get(path).want(404) })
	}
	t.Run("T-4.1.1-05 http cannot be advertised, a relative root can", func(t *testing.T) {
		w := newWorld(t, withServer(func(c *server.Config) { c.URL = "http://127.0.0.1:6443" }))
		d := decode[taxii.Discovery](w.as("analyst").get("/taxii2/").want(200))
		assert.Equal(t, rootPath, d.Default)
		assert.Equal(t, []string{rootPath}, d.APIRoots, "T-4.1.1-06 one slash in front")
	})
}

func TestConfigIsRefused(t *testing.T) {
	whole := func(change func(*server.Config)) server.Config {
		w := newWorld(t)
		c := server.Config{NodeID: nodeID, URL: "https://xa.example", Exchange: w.exchange, Authenticator: everybody{}}
		change(&c)
		return c
	}
	for name, change := range map[string]func(*server.Config){
		"T-4.1.1-07 a query in the URL":     func(c *server.Config) { c.URL = "https://foo.edu/?baz" },
		"T-4.1.1-05 another scheme":         func(c *server.Config) { c.URL = "ftp://foo.edu/" },
		"T-4.1.1-06 no host":                func(c *server.Config) { c.URL = "//host/x" },
		"T-4.1.1-06 relative":               func(c *server.Config) { c.URL = "../x" },
		"a path: discovery is at the root":  func(c *server.Config) { c.URL = "https://foo.edu/taxii/" },
		"credentials in the URL":            func(c *server.Config) { c.URL = "https://u:p@foo.edu/" },
		"no node id":                        func(c *server.Config) { c.NodeID = "" },
		"T-4.2-01 the discovery's path":     func(c *server.Config) { c.NodeID = "taxii2" },
		"T-4.1.1-06 a node id with a slash": func(c *server.Config) { c.NodeID = "/x" },
		"an unknown scheme":                 func(c *server.Config) { c.Schemes = []string{"digest"} },
		"nobody to ask who somebody is":     func(c *server.Config) { c.Authenticator = nil },
		"nothing to serve":                  func(c *server.Config) { c.Exchange = nil },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := server.New(whole(change))
			assert.Error(t, err)
		})
	}
	_, err := server.New(whole(func(*server.Config) {}))
	assert.NoError(t, err)
}

func TestAPIRoot(t *testing.T) {
	w := newWorld(t)
	r := decode[taxii.APIRoot](w.as("analyst").get("").want(200))
	assert.Equal(t, taxii.APIRoot{
		Title: "National CSIRT of Xanadu", Description: "This TAXII Server contains test data",
		Versions: []string{t21}, MaxContentLength: 64 << 10,
	}, r, "T-8.2.1-02 T-4.2.1-01 T-4.2.1-03 T-4.2.1-04 T-2-06 F-39")
	assert.Regexp(t, versionForm, r.Versions[0], "T-4.2.1-02")
	t.Run("T-4.2-03 no such root", func(t *testing.T) { w.as("analyst").get("/nope/").want(404) })
}

func TestCollections(t *testing.T) {
	w := newWorld(t)
	list := decode[taxii.Collections](w.as("analyst").get("collections/").want(200)).Collections // T-5.1-01
	require.Len(t, list, 2)
	t.Run("T-5.1-02 X-02 ascending by id, each time", func(t *testing.T) {
		assert.Less(t, list[0].ID, list[1].ID)
		for range 2 {
			assert.Equal(t, list, decode[taxii.Collections](w.as("analyst").get("collections/").want(200)).Collections)
		}
	})
	for _, c := range list {
		t.Run("T-5.2.1-D1 T-5.2-01 the entry equals the resource "+c.Alias, func(t *testing.T) {
			assert.Equal(t, c, decode[taxii.Collection](w.as("analyst").get("collections/"+c.ID+"/").want(200)))
		})
		t.Run("T-5.2.1-03 the alias stands for the id "+c.Alias, func(t *testing.T) {
			assert.Equal(t, w.as("analyst").get("collections/"+c.ID+"/").want(200).bytes(), w.as("analyst").get("collections/"+c.Alias+"/").want(200).bytes())
		})
		assert.Equal(t, []string{"application/stix+json;version=2.1", "application/stix+json;version=2.0"}, c.MediaTypes, "T-5.2.1-05")
	}
	t.Run("T-5.2-01 unknown", func(t *testing.T) { w.as("analyst").get("collections/" + unknownCollection + "/").want(404) })
	for _, tc := range []struct {
		name, who, alias string
		read, write      bool
	}{
		{"T-5.2.1-04 the analyst reads and writes", "analyst", "publish", true, true},
		{"T-5.2.1-04 the reader reads", "reader", "publish", true, false},
		{"T-5.2.1-04 a member reads", "csirt-xb", "for-csirt-xb", true, false},
		{"T-5.2.1-04 a member writes", "csirt-xb", "from-csirt-xb", false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := decode[taxii.Collection](w.as(tc.who).get("collections/" + tc.alias + "/").want(200))
			assert.Equal(t, tc.read, c.CanRead)
			assert.Equal(t, tc.write, c.CanWrite)
			assert.Equal(t, tc.alias, c.Alias, "T-5.2.1-02")
		})
	}
	t.Run("T-5.2.1-02 titles and aliases are unique", func(t *testing.T) {
		seen := map[string]bool{}
		for _, c := range append(decode[taxii.Collections](w.as("csirt-xb").get("collections/").want(200)).Collections, list...) {
			assert.False(t, seen[c.Alias] || seen[c.Title])
			seen[c.Alias], seen[c.Title] = true, true
		}
	})
}

func TestNoCollections(t *testing.T) { // T-5-01 T-5.1.1-01
	w := newWorld(t, withServer(func(c *server.Config) { c.Exchange = none{c.Exchange} }))
	assert.Equal(t, "{}", w.as("analyst").get("collections/").want(200).bytes())
}

// none is an exchange without collections.
type none struct{ server.Exchange }

func (none) Collections(trust.Principal) []taxii.Collection { return nil }

func TestStatus(t *testing.T) {
	w := newWorld(t)
	analyst := w.as("analyst")
	posted := analyst.post(rw+"objects/", envelope(indicator(idI, v1), objectMD, objectS)).want(202)
	s := posted.accepted(3)
	path := "status/" + s.ID + "/"
	t.Run("T-4.3-03 T-5.5-04 T-4.3.1-03 the same, again and again", func(t *testing.T) {
		assert.Equal(t, posted.bytes(), analyst.get(path).want(200).bytes())
		assert.Equal(t, posted.bytes(), analyst.get(path).want(200).bytes())
	})
	t.Run("T-4.3.1-07 T-4.3.1-08 ids and versions", func(t *testing.T) {
		records := analyst.get(rw + "manifest/").want(200).manifest().Objects
		require.Len(t, records, 3)
		for i, want := range []string{v1, "2017-01-20T00:00:00.000Z", records[2].Version} {
			assert.Equal(t, want, s.Successes[i].Version)
			assert.Equal(t, string(records[i].ID), s.Successes[i].ID)
		}
	})
	t.Run("T-4.3.1-05 when it was asked", func(t *testing.T) {
		assert.Equal(t, taxii.FormatTimestamp(begin), s.RequestTimestamp)
	})
	t.Run("T-4.3-01 X-03 F-59 a day later still", func(t *testing.T) {
		w.pass(24*time.Hour + time.Minute)
		analyst.get(path).want(200)
	})
	for name, path := range map[string]string{
		"T-4.3-02 F-59 unknown":   "status/" + unknownCollection + "/",
		"no id":                   "status/nonsense/",
		"upper case":              "status/" + strings.ToUpper(s.ID) + "/",
		"T-4.3-D1 another root's": "/other/status/" + s.ID + "/",
	} {
		t.Run(name, func(t *testing.T) { analyst.get(path).want(404) })
	}
	for _, other := range []string{"reader", "robot", "csirt-xb"} {
		t.Run("T-4.3-D1 ADV-20 not "+other+"'s", func(t *testing.T) { w.as(other).get(path).want(404) })
	}
	t.Run("T-4.3-02 expired", func(t *testing.T) {
		w.pass(72 * time.Hour)
		analyst.get(path).want(404)
	})
}
