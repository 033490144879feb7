package client_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
	"entente/taxii"
	"entente/taxii/client"
)

func TestQuery(t *testing.T) {
	at := time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct {
		query client.Query
		want  url.Values
	}{
		"nothing asked":                            {client.Query{}, url.Values{}},
		"I-3.13.1.1 C-3.4-02 six digits":           {client.Query{AddedAfter: at}, url.Values{"added_after": {"2018-01-01T00:00:00.000000Z"}}},
		"C-3.4-02 another zone, cut to six digits": {client.Query{AddedAfter: at.Add(1999).In(time.FixedZone("", 3600))}, url.Values{"added_after": {"2018-01-01T00:00:00.000001Z"}}},
		"I-3.13.1.2 C-3.4-03 limit":                {client.Query{Limit: 1}, url.Values{"limit": {"1"}}},
		"I-3.13.1.3 match[id]":                     {client.Query{IDs: []stix.ID{badIP}}, url.Values{"match[id]": {badIP}}},
		"I-3.13.1.4 match[type]":                   {client.Query{Types: []string{"indicator"}}, url.Values{"match[type]": {"indicator"}}},
		"I-3.13.1.5 match[version]":                {client.Query{Versions: []string{"first"}}, url.Values{"match[version]": {"first"}}},
		"C-3.4.1-02 a version as it was written":   {client.Query{Versions: []string{"first", "2016-01-01T01:01:01.10Z"}}, url.Values{"match[version]": {"first,2016-01-01T01:01:01.10Z"}}},
		"I-3.13.1.6 match[spec_version]":           {client.Query{SpecVersions: []string{"2.1"}}, url.Values{"match[spec_version]": {"2.1"}}},
		"I-3.13.1.7 I-3.13.1.10 C-3.4-04 OR":       {client.Query{Types: []string{"indicator", "malware"}}, url.Values{"match[type]": {"indicator,malware"}}},
		"I-3.13.1.8 AND":                           {client.Query{Types: []string{"indicator"}, IDs: []stix.ID{badIP}}, url.Values{"match[type]": {"indicator"}, "match[id]": {badIP}}},
		"I-3.13.1.9 OR and AND":                    {client.Query{Types: []string{"indicator", "malware"}, IDs: []stix.ID{badIP}}, url.Values{"match[type]": {"indicator,malware"}, "match[id]": {badIP}}},
		"C-3.4-05 a field beyond the standard":     {match("confidence-gte", "10"), url.Values{"match[confidence-gte]": {"10"}}},
		"I-3.13.2.1 a top-level property":          {match("pattern_type", "stix"), url.Values{"match[pattern_type]": {"stix"}}},
		"I-3.13.2.2 a top-level list":              {match("malware_types", "remote-access-trojan", "worm"), url.Values{"match[malware_types]": {"remote-access-trojan,worm"}}},
		"I-3.13.2.3 a nested property":             {match("SHA3-256", "aa"), url.Values{"match[SHA3-256]": {"aa"}}},
		"I-3.13.2.4 relationships":                 {match("relationships-all", badIP), url.Values{"match[relationships-all]": {badIP}}},
		"I-3.13.2.5 a calculation":                 {match("valid_from-lte", "2018-01-01T00:00:00Z"), url.Values{"match[valid_from-lte]": {"2018-01-01T00:00:00Z"}}},
		"C-3.7-02 next is opaque":                  {client.Query{Next: "a b+c/=&%ü"}, url.Values{"next": {"a b+c/=&%ü"}}},
		"C-3.5-D4 to mirror, ask for all":          {client.Mirror(at), url.Values{"added_after": {"2018-01-01T00:00:00.000000Z"}, "match[version]": {"all"}, "match[spec_version]": {"2.0,2.1"}}},
		"C-3.4-D1 a plus sign in a value":          {match("name", "a+b c&d"), url.Values{"match[name]": {"a+b c&d"}}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]reply{"GET " + objectsPath: {{body: `{}`}}})
			_, err := f.client(t).Objects(t.Context(), f.collection(), row.query)
			require.NoError(t, err)
			r := f.requests()[0]
			assert.Equal(t, row.want, r.query(t), "C-3.4-01 C-3.4-04: each key once")
			assert.NotContains(t, r.RawQuery, "+", "C-3.4-D1")
			assert.NotContains(t, r.RawQuery, "[")
		})
	}
}

func match(field string, values ...string) client.Query {
	return client.Query{Match: []taxii.Match{{Field: field, Values: values}}}
}

func TestQueryRefused(t *testing.T) {
	for name, q := range map[string]client.Query{
		"C-3.4-03 a negative limit":             {Limit: -1},
		"C-3.4-02 a year without a timestamp":   {AddedAfter: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"C-3.4.1-01 all with another":           {Versions: []string{"all", "last"}},
		"C-3.4.1-01 a keyword twice":            {Versions: []string{"last", "last"}},
		"C-3.4.1-01 an instant twice":           {Versions: []string{"2016-01-01T00:00:00Z", "2016-01-01T00:00:00.000Z"}},
		"C-3.4.1-02 no timestamp":               {Versions: []string{"2016-01-01"}},
		"C-3.4-04 a comma inside an id":         {IDs: []stix.ID{badIP + "," + badIPs}},
		"C-3.4-04 a space around a type":        {Types: []string{" malware"}},
		"C-3.4-04 an empty type":                {Types: []string{""}},
		"C-3.4-04 a standard field among Match": {Match: []taxii.Match{{Field: "type", Values: []string{"x"}}}},
		"C-3.4-04 a field twice":                {Match: []taxii.Match{{Field: "x", Values: []string{"a"}}, {Field: "x", Values: []string{"b"}}}},
		"C-3.4-05 a field that is no name":      {Match: []taxii.Match{{Field: "x]&limit=1&match[y", Values: []string{"a"}}}},
		"C-3.4-05 a field without values":       {Match: []taxii.Match{{Field: "x"}}},
		"C-3.4-04 a comma inside a value":       {Match: []taxii.Match{{Field: "x", Values: []string{"a,b"}}}},
		"a spec version that is none":           {SpecVersions: []string{"latest"}},
		"a next that no URL carries":            {Next: strings.Repeat("a", 4097)},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, nil)
			_, err := f.client(t).Objects(t.Context(), f.collection(), q)
			assert.ErrorIs(t, err, client.ErrQuery)
			assert.Empty(t, f.requests())
		})
	}
}

func TestQueryFitsTheEndpoint(t *testing.T) {
	f := newFake(t, nil)
	c := f.client(t)
	_, err := c.Object(t.Context(), f.collection(), badIP, client.Query{Types: []string{"indicator"}})
	assert.ErrorIs(t, err, client.ErrQuery, "§5.6 has no match[type]")
	_, err = c.Versions(t.Context(), f.collection(), badIP, client.Query{Versions: []string{"all"}})
	assert.ErrorIs(t, err, client.ErrQuery, "§5.8 has no match[version]")
	assert.ErrorIs(t, c.Delete(t.Context(), f.collection(), badIP, client.Query{Limit: 1}), client.ErrQuery, "§5.7 has no limit")
	assert.Empty(t, f.requests())
}

func TestPageLimit(t *testing.T) {
	f := newFake(t, map[string][]reply{"GET " + objectsPath: {{body: `{}`}}, "DELETE " + objectsPath + badIP + "/": {{}}})
	c := f.client(t, func(c *client.Config) { c.PageLimit = 500 })
	_, err := c.Objects(t.Context(), f.collection(), client.Query{})
	require.NoError(t, err)
	_, err = c.Objects(t.Context(), f.collection(), client.Query{Limit: 7})
	require.NoError(t, err)
	require.NoError(t, c.Delete(t.Context(), f.collection(), badIP, client.Query{Versions: []string{"first"}, SpecVersions: []string{"2.1"}}))
	r := f.requests()
	assert.Equal(t, "limit=500", r[0].RawQuery)
	assert.Equal(t, "limit=7", r[1].RawQuery)
	assert.Equal(t, url.Values{"match[version]": {"first"}, "match[spec_version]": {"2.1"}}, r[2].query(t))
}

func TestObjectIDInThePath(t *testing.T) {
	f := newFake(t, map[string][]reply{"GET " + objectsPath + "x%20y%3Fz/": {{body: `{}`}}})
	c := f.client(t)
	_, err := c.Object(t.Context(), f.collection(), "x y?z", client.Query{})
	assert.NoError(t, err, "C-5.6-01: escaped")
	for _, id := range []stix.ID{"../../x", "..", "", "a/b", `a\b`} {
		_, err := c.Object(t.Context(), f.collection(), id, client.Query{})
		assert.ErrorIs(t, err, client.ErrForeign, "C-5.6-01 %q", id)
		assert.ErrorIs(t, c.Delete(t.Context(), f.collection(), id, client.Query{}), client.ErrForeign, "C-5.6-01 %q", id)
	}
	assert.Len(t, f.requests(), 1)
}
