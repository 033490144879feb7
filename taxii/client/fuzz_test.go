package client_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"entente/taxii/client"
)

func FuzzPage(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"more":true,"next":"n","objects":[{"a":1}, {"a":2}]}`, `{"objects":[{"a":"]"},null,"x\"y"]}`,
		`{"next":1,"objects":null}`, `{"objects":[{}`, `{"n\u0065xt":"a","next":"b"}`, `[]`, "{\"x\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		p, err := client.ParsePage(body, "objects")
		if !bytes.Equal(before, body) {
			t.Fatal("the body was changed")
		}
		if err != nil {
			return
		}
		// What passes is JSON, and its items are the very texts that another reader finds.
		var other struct {
			Objects []json.RawMessage `json:"objects"`
		}
		if !json.Valid(body) {
			t.Fatalf("accepted what is not JSON: %q", body)
		}
		members := map[string]json.RawMessage{}
		if json.Unmarshal(body, &members) != nil || json.Unmarshal(members["objects"], &other.Objects) != nil && members["objects"] != nil {
			t.Fatalf("another reader cannot read %q", body)
		}
		if len(other.Objects) != len(p.Items) {
			t.Fatalf("%d items, another reader finds %d", len(p.Items), len(other.Objects))
		}
		for i, item := range p.Items {
			if !bytes.Equal(item, other.Objects[i]) {
				t.Fatalf("item %d is %q, another reader finds %q", i, item, other.Objects[i])
			}
		}
	})
}

func FuzzChallenges(f *testing.F) {
	for _, seed := range []string{interopChallenge, `Negotiate a==, Bearer`, `Basic realm="a`, `=,",\`, "a b=c d=e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		found := client.ParseChallenges([]string{line})
		if len(found) > 32 {
			t.Fatalf("%d challenges", len(found))
		}
		for _, ch := range found {
			if ch.Scheme == "" || !strings.Contains(line, ch.Scheme) {
				t.Fatalf("scheme %q is not in %q", ch.Scheme, line)
			}
		}
	})
}

func FuzzError(f *testing.F) {
	for _, seed := range []string{`{"title":"T","details":{"a":[1]}}`, `{"http_status":404}`, `<html>`, `{"title":1e400,"name":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if e := client.ParseError(body); len(e.Title) > 300 || len(e.Description) > 1100 {
			t.Fatal("not shortened")
		}
	})
}
