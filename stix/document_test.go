package stix_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix"
)

func TestReadDocument(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		kind       stix.Kind
		objects    []string
		members    []string
	}{
		{"bundle", ` {"type": "bundle", "id": "bundle--1", "objects": [ {"a":1} , {"b":[{}]} ]}` + "\n", stix.Bundle,
			[]string{`{"a":1}`, `{"b":[{}]}`}, []string{"type", "id", "objects"}},
		{"bundle without objects", `{"type":"bundle","id":"bundle--1"}`, stix.Bundle, nil, []string{"type", "id"}},
		{"bundle with an empty list", `{"type":"bundle","objects":[]}`, stix.Bundle, nil, []string{"type", "objects"}},
		{"bundle whose type comes last", `{"objects":[{}],"type":"bundle"}`, stix.Bundle, []string{`{}`}, []string{"objects", "type"}},
		{"bundle with its names escaped", `{"\u0074ype":"bund\u006ce","ob\u006aects":[{}]}`, stix.Bundle, []string{`{}`}, []string{"type", "objects"}},
		{"bundle with a custom member", `{"type":"bundle","x_a":{"objects":[1]},"objects":[2]}`, stix.Bundle, []string{`2`}, []string{"type", "x_a", "objects"}},
		{"envelope", `{"more":true,"next":"n","objects":[{}]}`, stix.Envelope, []string{`{}`}, []string{"more", "next", "objects"}},
		{"empty envelope", `{ }`, stix.Envelope, nil, nil},
		{"envelope without objects", `{"more":false}`, stix.Envelope, nil, []string{"more"}},
		{"envelope of objects alone", `{"objects":[{}]}`, stix.Envelope, []string{`{}`}, []string{"objects"}},
		{"envelope with next alone", `{"next":"n"}`, stix.Envelope, nil, []string{"next"}},
		{"envelope with another list", `{"objects":[{}],"X_a":[1,2]}`, stix.Envelope, []string{`{}`}, []string{"objects", "X_a"}},
		{"list", `[{"a":1},{"a":2}]`, stix.List, []string{`{"a":1}`, `{"a":2}`}, nil},
		{"list with an element that is no single value", "[{} {}, \xEF\xBB\xBF{} ,:1]", stix.List, []string{`{} {}`, "\xEF\xBB\xBF{}", `:1`}, nil},
		{"empty list", `[]`, stix.List, nil, nil},
		{"list of what is no object", `[1, "a\"]", null, [2], NaN]`, stix.List, []string{`1`, `"a\"]"`, `null`, `[2]`, `NaN`}, nil},
		{"single", indicator + "\n", stix.Single, []string{indicator}, nil},
		{"single that has a list named objects", `{"type":"x-a","objects":[1]}`, stix.Single, []string{`{"type":"x-a","objects":[1]}`}, nil},
		{"single without a type", `{"id":"x"}`, stix.Single, []string{`{"id":"x"}`}, nil},
		{"single whose type is no string", `{"type":["bundle"],"objects":[1]}`, stix.Single, []string{`{"type":["bundle"],"objects":[1]}`}, nil},
		{"lines", "{\"a\":1}\n\r\n {\"b\":\n2}\n", stix.Lines, []string{`{"a":1}`, "{\"b\":\n2}"}, nil},
		{"lines, the first of which is no JSON", "{a}\n{\"b\":2}", stix.Lines, []string{`{a}`, `{"b":2}`}, nil},
		{"brackets, quotes and backslashes in strings", `[{"a":"}]\\"},{"b":"\\\"{["}]`, stix.List, []string{`{"a":"}]\\"}`, `{"b":"\\\"{["}`}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := stix.ReadDocument([]byte(tt.data))
			require.NoError(t, err)
			assert.Equal(t, tt.kind, d.Kind)
			var objects, members []string
			for _, o := range d.Objects {
				objects = append(objects, string(o))
			}
			for _, m := range d.Members {
				members = append(members, m.Name)
			}
			assert.Equal(t, tt.objects, objects)
			assert.Equal(t, tt.members, members)
		})
	}
}

func TestReadDocumentRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		offset     int
		reason     string
	}{
		{"empty", " \n", 2, "empty"},
		{"ADV-44 byte order mark", "\xEF\xBB\xBF{}", 0, "byte order mark"},
		{"a string", `"x"`, 0, "a document is"},
		{"a number", `1`, 0, "a document is"},
		{"UTF-16", "{\x00}\x00", 0, "this is UTF-16; write it in UTF-8"},
		{"UTF-16, the high byte first", "\x00[\x00]", 0, "this is UTF-16; write it in UTF-8"},
		{"UTF-16 with a byte order mark", "\xFF\xFE{\x00}\x00", 0, "this is UTF-16; write it in UTF-8"},
		{"UTF-16 with a byte order mark, the high byte first", "\xFE\xFF\x00{\x00}", 0, "this is UTF-16; write it in UTF-8"},
		{"NUL bytes", "\x00\x00\x00\x00", 0, "a document is"},
		{"half a byte order mark", "\xFF{}", 0, "a document is"},
		{"gzip", "\x1F\x8B\x08\x00", 0, "this is compressed with gzip; unpack it first"},
		{"cut off in an object", `[{"a":1}`, 8, "comma or a closing bracket"},
		{"cut off in an element", `[{"a":1},{"b":[`, 9, "never closed"},
		{"cut off in a string", `[{"a":"x`, 6, "string that begins here has no end"},
		{"a quote that is escaped is no end", `[{"a":"x\"}]`, 6, "string that begins here has no end"},
		{"cut off at the top", `{"type":"bundle"`, 16, "comma or a closing brace"},
		{"brackets that do not match", `[{"a":[}]]`, 7, "closes what it did not open"},
		{"a closing bracket too many", `[{}]]`, 4, "follows the document"},
		{"no comma at the top", `{"more":true "next":""}`, 13, "comma or a closing brace"},
		{"a comma at the end", `[{},]`, 4, "value is missing"},
		{"no colon", `{"type" "bundle"}`, 8, "colon"},
		{"no value", `{"type":}`, 8, "value is missing"},
		{"trailing data", `{"type":"bundle"} x`, 18, "follows the document"},
		{"two documents on one line", `{"type":"x-a"}{"type":"x-b"}`, 14, "follows the document"},
		{"two bundles on lines", "{\"type\":\"bundle\"}\n{\"type\":\"bundle\"}", 18, "follows the document"},
		{"S-2.3-08 objects twice", `{"type":"bundle","objects":[{}],"objects":[]}`, 0, `"objects" twice`},
		{"S-2.3-08 objects twice, once escaped", `{"more":true,"objects":[{}],"\u006fbjects":[]}`, 0, `"objects" twice`},
		{"S-2.3-08 type twice", `{"type":"bundle","type":"indicator"}`, 0, `"type" twice`},
		{"ADV-42 a case variant of objects", `{"type":"bundle","Objects":[{}]}`, 0, `"Objects", which differs`},
		{"ADV-42 a case variant beside objects", `{"type":"bundle","objects":[],"OBJECTS":[{}]}`, 0, `"OBJECTS" twice`},
		{"ADV-42 a case variant of type", `{"type":"bundle","TYPE":"bundle"}`, 0, `"TYPE" twice`},
		{"ADV-42 a case variant of type alone", `{"more":true,"Type":"bundle"}`, 0, `"Type", which differs`},
		{"ADV-42 a case variant of id", `{"type":"bundle","Id":"x"}`, 0, `"Id", which differs`},
		{"ADV-42 a case variant of more", `{"type":"bundle","More":true}`, 0, `"More", which differs`},
		{"ADV-42 a case variant of next", `{"type":"bundle","Next":"x"}`, 0, `"Next", which differs`},
		{"ADV-42 a long s in objects", `{"type":"bundle","objectſ":[{}]}`, 0, "differs from a defined one"},
		{"objects that are no list", `{"type":"bundle","objects":{}}`, 0, "not a list"},
		{"a member that is no JSON", `{"type":"bundle","x_a":nul}`, 0, `"x_a" whose value is not valid JSON`},
		{"a member with a duplicate key", `{"more":true,"x_a":{"b":1,"b":2}}`, 0, `"x_a" whose value is not valid JSON`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := stix.ReadDocument([]byte(tt.data))
			var at *stix.DocumentError
			require.ErrorAs(t, err, &at)
			assert.Equal(t, tt.offset, at.Offset)
			assert.Contains(t, at.Reason, tt.reason)
			assert.Zero(t, d)
		})
	}
}

func TestReadDocumentAliasesAndFindsMembers(t *testing.T) {
	data := []byte(`{"type":"bundle","id":"bundle--\u0031","next":"n","objects":[{}]}`)
	d, err := stix.ReadDocument(data)
	require.NoError(t, err)
	assert.Equal(t, "bundle--1", d.ID())
	next, ok := d.Member("next")
	assert.True(t, ok)
	assert.Equal(t, `"n"`, string(next))
	_, ok = d.Member("more")
	assert.False(t, ok)
	require.Len(t, d.Objects, 1)
	d.Objects[0][0] = '<'
	assert.Contains(t, string(data), "[<}]", "objects alias the data")

	none, err := stix.ReadDocument([]byte(`{"type":"bundle","id":7}`))
	require.NoError(t, err)
	assert.Empty(t, none.ID())
}

func TestReadDocumentBounds(t *testing.T) {
	deep := strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000)
	d, err := stix.ReadDocument([]byte("[" + deep + ",{}]"))
	require.NoError(t, err, "ADV-45 depth does not harm the neighbour")
	assert.Len(t, d.Objects, 2)

	many := "[" + strings.Repeat("0,", stix.MaxObjects) + "0]"
	_, err = stix.ReadDocument([]byte(many))
	assert.ErrorContains(t, err, "more than 1,000,000 objects")

	var wide strings.Builder
	for i := range 10_001 {
		fmt.Fprintf(&wide, `"k%d":0,`, i)
	}
	_, err = stix.ReadDocument([]byte(`{` + wide.String() + `"type":"bundle"}`))
	assert.ErrorContains(t, err, "more than 10,000 members")
}

func TestKindString(t *testing.T) {
	assert.Equal(t, "bundle envelope list object lines", fmt.Sprint(stix.Bundle, " ", stix.Envelope, " ", stix.List, " ", stix.Single, " ", stix.Lines))
}
