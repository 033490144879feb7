package stix_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"entente/stix"
)

// told are the facts that the policy decides by, taken from an object as any JSON reader has it.
type told struct {
	refs, contains, joins map[stix.ID]bool
	translates            stix.ID
	sectors, countries    map[string]bool
	class                 string
}

func toldBy(raw []byte) (s told, err error) {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return s, err
	}
	s = told{refs: map[stix.ID]bool{}, contains: map[stix.ID]bool{}, joins: map[stix.ID]bool{}, sectors: map[string]bool{}, countries: map[string]bool{}}
	for name, value := range o {
		switch name {
		case "created_by_ref", "object_marking_refs":
			continue
		case "granular_markings":
			for _, m := range value.([]any) {
				delete(m.(object), "marking_ref")
			}
		case "object_refs":
			identifiers(s.contains, name, value)
		case "object_ref":
			if o["type"] == "language-content" {
				s.translates = stix.ID(value.(string))
			}
		case "source_ref", "target_ref", "sighting_of_ref", "where_sighted_refs", "observed_data_refs":
			if o["type"] == "relationship" || o["type"] == "sighting" {
				identifiers(s.joins, name, value)
			}
		case "labels":
			for _, label := range value.([]any) {
				name, value, _ := strings.Cut(label.(string), ":")
				s.tell(object{map[string]string{"sector": "sectors", "country": "country"}[strings.ToLower(name)]: value})
			}
		case "extensions":
			for _, e := range value.(object) {
				s.tell(e.(object))
			}
		}
		identifiers(s.refs, name, value)
	}
	s.tell(o)
	s.class, _ = o["identity_class"].(string)
	s.class = strings.ToLower(strings.TrimSpace(s.class))
	return s, nil
}

// tell takes what an object or extension says itself; a label says it as one word.
func (s *told) tell(o object) {
	switch v := o["sectors"].(type) {
	case string:
		s.sectors[strings.ToLower(strings.TrimSpace(v))] = true
	case []any:
		for _, sector := range v {
			text, _ := sector.(string)
			s.sectors[strings.ToLower(strings.TrimSpace(text))] = true
		}
	}
	country, _ := o["country"].(string)
	s.countries[strings.ToUpper(strings.TrimSpace(country))] = true
	delete(s.sectors, "")
	delete(s.countries, "")
}

// identifiers adds those that a value holds under names that end in _ref or _refs.
func identifiers(to map[stix.ID]bool, name string, value any) {
	switch v := value.(type) {
	case object:
		for name, value := range v {
			identifiers(to, name, value)
		}
	case []any:
		for _, item := range v {
			identifiers(to, name, item)
		}
	case string:
		if id, err := stix.ParseID(v); err == nil && (strings.HasSuffix(name, "_ref") || strings.HasSuffix(name, "_refs")) {
			to[id] = true
		}
	}
}

// mustTell compares what the reader took with what the object says.
func mustTell(t require.TestingT, raw []byte, o stix.Object) {
	want, err := toldBy(raw)
	require.NoError(t, err)
	same(t, want.refs, o.Refs, raw)
	same(t, want.contains, o.Contains, raw)
	same(t, want.joins, o.Joins, raw)
	same(t, want.sectors, o.Sectors, raw)
	same(t, want.countries, o.Countries, raw)
	require.Equal(t, want.translates, o.Translates, "%s", raw)
	require.Equal(t, want.class, o.IdentityClass, "%s", raw)
}

func same[T ~string](t require.TestingT, want map[T]bool, got []T, raw []byte) {
	require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(slices.Values(got)), "%s", raw)
}

// Nothing that an object says of these is overlooked.
func TestGeneratedObjectsAreToldWhole(t *testing.T) {
	s, r := loadSchema(t), newReader(t)
	for _, typ := range s.types() {
		t.Run(typ, rapid.MakeCheck(func(rt *rapid.T) {
			g := &generator{T: rt, schema: s}
			raw := encode(rt, g.object(typ))
			mustTell(rt, raw, mustAccept(rt, r, raw))
		}))
	}
}

func TestRealObjectsAreToldWhole(t *testing.T) {
	tell := func(t *testing.T, dir string) {
		r := newReader(t, stix.DefaultTolerances()...)
		counts := map[string]int{}
		documents(t, dir, func(_ string, d stix.Document) {
			for _, raw := range d.Objects {
				o, findings := r.Read(raw)
				if _, rejected := stix.Rejects(findings); rejected {
					continue
				}
				mustTell(t, raw, o)
				counts["refs"] += len(o.Refs)
				counts["contains"] += len(o.Contains)
				counts["joins"] += len(o.Joins)
				counts["sectors"] += len(o.Sectors)
				counts["countries"] += len(o.Countries)
			}
		})
		require.NotZero(t, counts["refs"])
		t.Log(counts)
	}
	t.Run("committed", func(t *testing.T) { tell(t, "testdata/oasis") })
	for _, folder := range []string{"valid", "warn", "extensions", "incident", "misp-stix", "examples"} {
		t.Run(folder, func(t *testing.T) { tell(t, corpus(t, folder)) })
	}
}
