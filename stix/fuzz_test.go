package stix_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

func FuzzRead(f *testing.F) {
	for _, seed := range []string{indicator, address, statement, amber, amber2, `{"type":"x-a","x_\u0061":[1e9,{"b_ref":null}]}`} {
		f.Add([]byte(seed))
	}
	strict, lenient := newReader(f), newReader(f, stix.DefaultTolerances()...)
	f.Fuzz(func(t *testing.T, data []byte) {
		o, findings := lenient.Read(data)
		assert.True(t, bytes.Equal(bytes.Trim(data, " \t\r\n"), o.Raw))
		assert.Equal(t, sha256.Sum256(o.Raw), o.Hash)
		assert.LessOrEqual(t, len(findings), 50)
		for _, f := range findings {
			assert.True(t, utf8.ValidString(f.Pointer+f.Value+f.Message))
			assert.LessOrEqual(t, utf8.RuneCountInString(f.Value), 60)
			assert.True(t, f.Pointer == "" || f.Pointer[0] == '/')
			assert.NotEmpty(t, f.Code)
		}
		if _, rejected := stix.Rejects(findings); rejected {
			_, findings = strict.Read(data)
			_, rejected = stix.Rejects(findings)
			assert.True(t, rejected, "what tolerance does not save, strictness rejects")
			return
		}
		require.True(t, jsontext.Value(o.Raw).IsValid())
		_, err := stix.ParseID(string(o.ID))
		assert.NoError(t, err)
		assert.Equal(t, o.Type, o.ID.Type())
		for _, id := range append(append(o.Refs, o.Markings...), o.Extensions...) {
			_, err := stix.ParseID(string(id))
			assert.NoError(t, err)
		}
		// What we take for id must be what any other reader takes for it.
		var other struct {
			ID   string `json:"id"`
			Type string `json:"type"`
		}
		require.NoError(t, json.Unmarshal(data, &other))
		assert.Equal(t, string(o.ID), other.ID)
		assert.Equal(t, o.Type, other.Type)
	})
}

func FuzzReadDocument(f *testing.F) {
	for _, seed := range []string{
		`{"type":"bundle","id":"bundle--1","objects":[{"a":"\"]"},1]}`, `{"more":true,"next":"x","objects":[{}]}`, `[{},[],""]`,
		"{\"a\":1}\n{\"b\":2}", `{"objects":[],"type":"bundl\u0065"}`, indicator,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := stix.ReadDocument(data)
		if err != nil {
			assert.False(t, bytes.HasPrefix(data, []byte("[")) && jsontext.Value(data).IsValid(), "a valid list is always read")
			return
		}
		for _, o := range d.Objects {
			assert.NotEmpty(t, o)
			assert.True(t, bytes.Contains(data, o))
			assert.True(t, bytes.Equal(o, bytes.Trim(o, " \t\r\n")))
		}
		if d.Kind != stix.List || !jsontext.Value(data).IsValid() {
			return
		}
		var want []json.RawMessage
		require.NoError(t, json.Unmarshal(data, &want))
		require.Len(t, d.Objects, len(want), "the same elements as another reader finds")
		for i := range want {
			assert.True(t, bytes.Equal(want[i], d.Objects[i]))
		}
	})
}

func FuzzParseID(f *testing.F) {
	f.Add("indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f")
	f.Add("x-a--00000000-0000-0000-0000-000000000000")
	f.Add("indicator---8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := stix.ParseID(s)
		if err != nil {
			assert.Empty(t, id)
			return
		}
		assert.Equal(t, s, string(id))
		assert.Equal(t, strings.ToLower(s), s)
		assert.Equal(t, s, id.Type()+"--"+s[len(s)-36:])
	})
}

func FuzzParseTimestamp(f *testing.F) {
	f.Add("2026-01-31T12:00:00.000Z")
	f.Add("2024-02-29T23:59:59.123456789Z")
	f.Add("0001-01-01T00:00:00Z")
	f.Add("2016-12-31T23:59:60Z")
	f.Add("2016-02-30T00:00:00.Z")
	form := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:([0-5]\d)(\.\d{1,9})?Z$`)
	f.Fuzz(func(t *testing.T, s string) {
		at, err := stix.ParseTimestamp(s)
		if form.MatchString(s) && s[:4] != "0000" { // a leap second and the year 0 are for the parser to judge
			_, want := time.Parse("2006-01-02T15:04:05", s[:19])
			assert.Equal(t, want == nil, err == nil, s)
		}
		if err != nil {
			assert.True(t, at.IsZero())
			return
		}
		assert.Equal(t, s[:19], at.Format("2006-01-02T15:04:05"))
		again, err := stix.ParseTimestamp(at.Format("2006-01-02T15:04:05.000000000Z"))
		assert.NoError(t, err)
		assert.True(t, at.Equal(again))
	})
}
