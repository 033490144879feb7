package stix_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/stix"
)

// What marks an observable in observed-data's container marks a part of the object, so whoever
// labels the object must be told (P-2, S-7.2.3-03).
func TestContainedMarkingsAreFacts(t *testing.T) {
	r := newReader(t)
	const red = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
	for name, members := range map[string]string{
		"object_marking_refs": `"object_marking_refs":["` + red + `"]`,
		"granular_markings":   `"granular_markings":[{"marking_ref":"` + red + `","selectors":["value"]}]`,
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := accepted(t, r, containerOf(t, `"0":{"type":"url","value":"https://example.com/",`+members+`}`))
			assert.Equal(t, []stix.Granular{{Marking: red, Selectors: []string{"objects.0"}, Resolves: true}}, o.Granular)
		})
	}
	for name, tt := range map[string]struct{ members, code string }{
		"no list":                        {`"granular_markings":7`, "S-2.12-01"},
		"S-7.2.3-01 neither":             {`"granular_markings":[{"selectors":["value"]}]`, "S-7.2.3-01"},
		"S-7.2.3-04 no selectors":        {`"granular_markings":[{"lang":"de"}]`, "S-7.2.3-04"},
		"S-7.2.3-03 no marking":          {`"granular_markings":[{"marking_ref":"` + someIdentity + `","selectors":["value"]}]`, "S-7.2.3-03"},
		"S-3.2-15 no marking-definition": {`"object_marking_refs":["` + someIdentity + `"]`, "S-3.2-15"},
	} {
		t.Run(name, func(t *testing.T) {
			f := rejection(t, r, containerOf(t, `"0":{"type":"url","value":"https://example.com/",`+tt.members+`}`))
			assert.Equal(t, tt.code, f.Code)
		})
	}
}

func TestSameContent(t *testing.T) {
	for name, tt := range map[string]struct {
		a, b string
		same bool
	}{
		"white space and order":                 {`{"a":1, "b":"x"}`, `{"b":"\u0078","a":1}`, true},
		"S-3.6-09 revoked false is absent":      {indicator, edit(t, indicator, "revoked", "false"), true},
		"S-3.6-09 revoked true is not":          {indicator, edit(t, indicator, "revoked", "true"), false},
		"S-3.6-09 lang en is absent":            {indicator, edit(t, indicator, "lang", `"en"`), true},
		"S-3.6-09 an observable's spec_version": {address, edit(t, address, "spec_version", `"2.1"`), true},
		"another value":                         {indicator, edit(t, indicator, "name", `"c"`), false},
		"no JSON":                               {"{", "[", false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.same, stix.SameContent([]byte(tt.a), []byte(tt.b)))
			assert.Equal(t, tt.same, stix.SameContent([]byte(tt.b), []byte(tt.a)))
		})
	}
}

// S-2.9-05 speaks of identifiers that are derived, not of every UUID of version 5; and S-8-04 once.
func TestOnlyDerivedIdentifiersAreReserved(t *testing.T) {
	r := newReader(t)
	own := edit(t, address, "id", `"ipv4-addr--8e2e2d2b-17d4-5cbf-938f-98ee46b3cd3f"`)
	sharing := edit(t, indicator, "id", `"indicator--8e2e2d2b-17d4-5cbf-938f-98ee46b3cd3f"`)
	var objects []stix.Object
	for _, text := range []string{own, sharing} {
		o, _ := accepted(t, r, text)
		objects = append(objects, o)
	}
	assert.Equal(t, [][]stix.Finding{nil, nil}, r.CheckTogether(objects))

	d, err := stix.ReadDocument([]byte(`{"type":"bundle","id":"bundle--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","a":1,"b":2,"c":3}`))
	assert.NoError(t, err)
	findings := r.CheckBundle(&d)
	if assert.Len(t, findings, 1) {
		assert.Equal(t, "S-8-04", findings[0].Code)
		assert.Equal(t, "/a", findings[0].Pointer)
	}
}
