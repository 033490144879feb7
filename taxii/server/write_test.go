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

func TestAdd(t *testing.T) {
	w := newWorld(t)
	analyst := w.as("analyst")
	t.Run("T-5.5-01 accepted", func(t *testing.T) {
		analyst.post(rw+"objects/", envelope(indicator(idI, v1))).want(202).accepted(1)
	})
	t.Run("T-5.5-03 F-16 a duplicate is no error and changes nothing", func(t *testing.T) {
		before := analyst.get(rw + "manifest/?match[version]=all").want(200)
		w.pass(time.Hour)
		analyst.post(rw+"objects/", envelope(indicator(idI, v1))).want(202).accepted(1)
		assert.Equal(t, before.bytes(), analyst.get(rw+"manifest/?match[version]=all").want(200).bytes())
	})
	t.Run("T-5.5-11 an older version does not become the last", func(t *testing.T) {
		analyst.post(rw+"objects/", envelope(indicator(idI, v3))).want(202).accepted(1)
		analyst.post(rw+"objects/", envelope(indicator(idI, v2))).want(202).accepted(1)
		analyst.get(rw + "objects/" + idI + "/?match[version]=last").want(200).holds(indicator(idI, v3))
		assert.Equal(t, []string{v1, v3, v2}, analyst.get(rw+"objects/"+idI+"/versions/").want(200).versions().Versions)
	})
	t.Run("T-5.5-09 F-50 good and bad in one envelope", func(t *testing.T) {
		bad := `{"type":"malware","spec_version":"2.1","id":"malware--not-a-uuid"}`
		s := decode[taxii.Status](analyst.post(rw+"objects/", envelope(bad, objectM)).want(202))
		assert.Equal(t, 1, s.SuccessCount)
		require.Len(t, s.Failures, 1)
		assert.NotEmpty(t, s.Failures[0].Message, "T-4.3.1-09")
		analyst.get(rw + "objects/" + idM + "/").want(200).holds(objectM)
	})
	t.Run("T-5.5-09 all bad: still 202, with the reasons", func(t *testing.T) {
		s := decode[taxii.Status](analyst.post(rw+"objects/", envelope(`{}`, `1`, `{"type":7}`)).want(202))
		assert.Equal(t, 3, s.FailureCount)
	})
	t.Run("T-5.5-13 added no earlier than asked, and the headers agree", func(t *testing.T) {
		w.pass(time.Hour)
		asked := w.now()
		analyst.post(rw+"objects/", envelope(objectX1)).want(202).accepted(1)
		a := analyst.get(rw + "manifest/?match[id]=" + idX).want(200)
		at := a.manifest().Objects[0].DateAdded
		added, err := taxii.ParseTimestamp(at)
		require.NoError(t, err)
		assert.False(t, added.Before(asked))
		assert.Equal(t, at, a.header.Get("X-TAXII-Date-Added-First"))
		assert.Equal(t, at, analyst.get(rw+"objects/"+idX+"/").want(200).header.Get("X-TAXII-Date-Added-Last"))
	})
	t.Run("T-5.5-10 X-04 written, never read", func(t *testing.T) {
		w.as("csirt-xb").post("collections/from-csirt-xb/objects/", envelope(objectS)).want(202).accepted(1)
		w.as("csirt-xb").get("collections/from-csirt-xb/objects/").want(403)
		w.as("analyst").get("collections/received/objects/").want(200).holds(objectS)
	})
	for _, c := range [][2]string{{"reader", "publish"}, {"csirt-xb", "for-csirt-xb"}, {"analyst", "received"}} {
		t.Run("T-5.5-02 X-04 may not write "+c[1], func(t *testing.T) {
			w.as(c[0]).post("collections/"+c[1]+"/objects/", envelope(objectM)).want(403)
		})
	}
	for _, tc := range []struct{ name, body string }{
		{"T-5.5-07 broken off", `{`},
		{"T-5.5-07 an array", `[]`},
		{"T-5.5-07 no objects in objects", `{"objects":[]}`},
		{"T-5.5-07 no objects", `{}`},
		{"T-5.5-07 nothing", ``},
		{"T-5.5-07 another type of objects", `{"objects":{}}`},
		{"T-5.5-07 trailing text", envelope(objectM) + "x"},
		{"T-5.5-07 objects twice", `{"objects":[` + objectM + `],"objects":[` + objectS + `]}`},
		{"T-5.5-12 a bundle", `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[` + objectM + `]}`},
		{"T-5.5-07 one object", objectM},
	} {
		t.Run(tc.name, func(t *testing.T) { analyst.post(rw+"objects/", tc.body).want(422) })
	}
	t.Run("T-7.1.1-05 X-10 an unknown member stops nothing", func(t *testing.T) {
		analyst.post(rw+"objects/", `{"objects":[`+objectM+`],"x_acme_foo":1}`).want(202).accepted(1)
	})
	t.Run("T-5.5-12 a bundle as what it is", func(t *testing.T) {
		analyst.with("Content-Type", "application/stix+json;version=2.1").
			post(rw+"objects/", `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[`+objectM+`]}`).want(202).accepted(1)
	})
	t.Run("T-5.5-08 the Accept of a POST counts too", func(t *testing.T) {
		analyst.with("Accept", "text/html").post(rw+"objects/", envelope(objectM)).want(406)
	})
}

// Section 7, item 7: what has been stored can be read back, whatever else was sent.
func TestHostileObjectsHarmNobody(t *testing.T) {
	for name, tc := range map[string]struct {
		object string
		taken  bool
	}{
		"F-19 nanoseconds":        {indicator(unknownID, "2016-01-01T00:00:00.123456789Z"), true},
		"ADV-44 lone surrogate":   {strings.Replace(indicator(unknownID, v1), "Bad IP1", `\ud800`, 1), false},
		"ADV-44 invalid UTF-8":    {strings.Replace(indicator(unknownID, v1), "Bad IP1", "\xff", 1), false},
		"F-42 NUL":                {strings.Replace(indicator(unknownID, v1), "Bad IP1", "\x00", 1), false},
		"ADV-42 a key twice":      {strings.Replace(indicator(unknownID, v1), `"name"`, `"id":"`+idM+`","name"`, 1), false},
		"ADV-45 depth 1000":       {strings.Replace(indicator(unknownID, v1), `"Bad IP1"`, strings.Repeat("[", 1000)+strings.Repeat("]", 1000), 1), false},
		"ADV-45 1e400":            {strings.Replace(indicator(unknownID, v1), `"Bad IP1"`, "1e400", 1), false},
		"F-18 no spec_version":    {strings.Replace(indicator(unknownID, v1), `"spec_version":"2.1",`, "", 1), false},
		"a long pattern":          {strings.Replace(indicator(unknownID, v1), "Bad IP1", strings.Repeat("x", 40<<10), 1), true},
		"no JSON among objects":   {`nonsense`, false},
		"ADV-35 TLP:RED as green": {strings.Replace(objectMD, idMD, "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := w.as("analyst").post(rw+"objects/", envelope(objectM, tc.object, objectS))
			if a.status == 422 { // the boundaries of the objects cannot be told
				require.False(t, tc.taken, "%s", a.body)
				return
			}
			s := decode[taxii.Status](a.want(202))
			want := []string{objectM, objectS}
			if tc.taken {
				want = []string{objectM, tc.object, objectS}
			}
			assert.Equal(t, len(want), s.SuccessCount, "%s", a.body)
			w.as("analyst").get(rw + "objects/").want(200).holds(want...)
			w.as("analyst").get(rw + "manifest/").want(200)
		})
	}
}

func TestDelete(t *testing.T) {
	path := rw + "objects/" + idI + "/"
	t.Run("T-5.7-03 T-5.7-04 T-5.7-05 A-06 all versions", func(t *testing.T) {
		w := seeded(t)
		w.as("analyst").delete(path).want(200)
		w.as("analyst").get(path).want(404)
		w.as("analyst").get(path + "versions/").want(404)
		for _, query := range []string{"manifest/?match[version]=all", "objects/?match[version]=all"} {
			assert.NotContains(t, w.as("analyst").get(rw+query).want(200).bytes(), idI)
		}
		assert.NotContains(t, w.as("csirt-xb").get("collections/for-csirt-xb/objects/?match[version]=all").want(200).bytes(), idI, "T-5.7-06 F-60")
		w.as("analyst").delete(path).want(404)
	})
	for _, tc := range []struct {
		name, query string
		left        []string
	}{
		{"T-5.7-07 T-3.4-13 one version", "?match[version]=" + v2, []string{v1, v3}},
		{"T-5.7-09 A-06 the last", "?match[version]=last", []string{v1, v2}},
		{"T-5.7-07 first and last", "?match[version]=first,last", []string{v2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := seeded(t)
			w.as("analyst").delete(path + tc.query).want(200)
			assert.Equal(t, tc.left, w.as("analyst").get(path+"versions/").want(200).versions().Versions)
		})
	}
	t.Run("T-5.7-07 A-05 one specification", func(t *testing.T) {
		w := seeded(t)
		w.as("analyst").delete(rw + "objects/" + idX + "/?match[spec_version]=2.1").want(200)
		w.as("analyst").get(rw + "objects/" + idX + "/").want(200).holds(objectX0)
	})
	t.Run("F-60 a later POST brings it back, with a new date", func(t *testing.T) {
		w := seeded(t)
		last := w.d(8)
		w.as("analyst").delete(rw + "objects/" + idM + "/").want(200)
		w.pass(time.Second)
		w.as("analyst").post(rw+"objects/", envelope(objectM)).want(202).accepted(1)
		w.as("analyst").get(rw + "objects/?added_after=" + last).want(200).holds(objectM)
	})
	w := seeded(t)
	for _, tc := range []struct {
		name, who, path string
		status          int
	}{
		{"T-5.7-02 X-05 read only is 403", "reader", path, 403},
		{"T-5.7-02 X-05 write only is 403", "csirt-xb", "collections/from-csirt-xb/objects/" + idI + "/", 403},
		{"T-5.7-08 unknown object", "analyst", rw + "objects/" + unknownID + "/", 404},
		{"T-5.7-01 no STIX id", "analyst", rw + "objects/nonsense/", 404},
		{"T-5.7-08 not understood", "analyst", path + "?match[version]=foo", 400},
		{"T-5.7-08 no such version", "analyst", path + "?match[version]=1999-01-01T00:00:00Z", 404},
	} {
		t.Run(tc.name, func(t *testing.T) { w.as(tc.who).delete(tc.path).want(tc.status) })
	}
	t.Run("T-5.7-02 X-05 neither right is 404, both is done", func(t *testing.T) {
		for status, r := range map[int]rights{404: {}, 200: {read: true, write: true}} {
			w := newWorld(t, withServer(func(c *server.Config) { r.Exchange = c.Exchange; c.Exchange = r }))
			w.as("analyst").post("collections/publish/objects/", envelope(indicator(idI, v1)))
			if status == 404 {
				w.as("analyst").delete(path).want(404)
			} else {
				w.as("analyst").delete(path).want(200)
			}
		}
	})
}

// rights is an exchange whose `publish` has other rights, to the same callers.
type rights struct {
	server.Exchange
	read, write bool
}

func (x rights) Collection(p trust.Principal, name string) (taxii.Collection, error) {
	c, err := x.Exchange.Collection(p, name)
	c.CanRead, c.CanWrite = x.read, x.write
	return c, err
}
