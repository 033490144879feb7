package stix_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"entente/stix"
)

// mutation is one change that breaks exactly one rule.
type mutation struct {
	name  string // begins with the rule's row
	types string // the types it applies to, or classes: sdo, sro, sco
	// change sets members: null removes one, "*" removes all that are the type's own and its
	// extensions; --U stands for -- and a UUIDv4, --V for one from a name, KEY for 250 letters.
	change string
	also   string // other rows that say the same; one that ends in - or . stands for all it begins
}

// Every rule that a change breaks is named, and no other.
func TestMutationsAreRejected(t *testing.T) {
	s, r := loadSchema(t), newReader(t)
	table := slices.Concat(commonMutations, domainMutations, observableMutations, metaMutations)
	for _, typ := range s.types() {
		t.Run(typ, rapid.MakeCheck(func(rt *rapid.T) {
			g := &generator{T: rt, schema: s, plain: true}
			o := g.object(typ)
			for _, m := range table {
				if m.appliesTo(s, typ) && g.chance(8) {
					mustBreak(rt, r, m, m.of(rt, o))
				}
			}
		}))
	}
	for _, m := range table {
		assert.True(t, slices.ContainsFunc(s.types(), func(typ string) bool { return m.appliesTo(s, typ) }), "%s applies to nothing", m.name)
	}
}

// A broken recommendation warns, and no more.
func TestMutationsThatWarn(t *testing.T) {
	s, r := loadSchema(t), newReader(t)
	for _, typ := range s.types() {
		t.Run(typ, rapid.MakeCheck(func(rt *rapid.T) {
			g := &generator{T: rt, schema: s, plain: true}
			o := g.object(typ)
			for _, m := range softMutations {
				if !m.appliesTo(s, typ) || !g.chance(8) {
					continue
				}
				raw := encode(rt, m.of(rt, o))
				_, findings := r.Read(raw)
				f, rejected := stix.Rejects(findings)
				assert.False(rt, rejected, "%s: %v in %s", m.name, f, raw)
				assert.True(rt, slices.ContainsFunc(findings, func(f stix.Finding) bool { return m.names(f.Code) }), "%s: %v in %s", m.name, findings, raw)
			}
		}))
	}
}

// Every value of another JSON type, and every required property that is gone, is said to be wrong.
func TestEveryPropertyIsChecked(t *testing.T) {
	s, r := loadSchema(t), newReader(t)
	for _, typ := range s.types() {
		t.Run(typ, rapid.MakeCheck(func(rt *rapid.T) {
			g := &generator{T: rt, schema: s, plain: true}
			o := g.object(typ)
			name := g.pick(slices.Sorted(maps.Keys(o))...)
			is, ok := s.property(typ, name)
			if !ok {
				return
			}
			kind, list := strings.CutPrefix(is.Type, "list of type ")
			rows := s.rowsOf(typ) + " " + rowsOfTypes[name]
			if is.Required {
				mustBreak(rt, r, mutation{name: "S-3.1-08 no " + name, also: rows}, without(o, name))
			}
			rows += " " + rowsOfTypes[kind]
			if list {
				rows += " S-2.12-01"
			}
			for _, wrong := range wrongValues(kind, list) {
				m := mutation{name: name + " is " + wrong, also: rows}
				if strings.Contains(wrong, "null") {
					m.also += " S-2.3-06"
				}
				mustBreak(rt, r, m, with(o, name, json.RawMessage(wrong)))
			}
		}))
	}
}

func mustBreak(t *rapid.T, r *stix.Reader, m mutation, o object) {
	raw := encode(t, o)
	_, findings := r.Read(raw)
	_, rejected := stix.Rejects(findings)
	assert.True(t, rejected, "%s: must be rejected: %s", m.name, raw)
	for _, f := range findings {
		assert.True(t, f.Severity != stix.Error || m.names(f.Code), "%s: %v in %s", m.name, f, raw)
	}
}

func (m mutation) appliesTo(s *schema, typ string) bool {
	for _, name := range strings.Fields(m.types) {
		if name == typ || slices.Contains(s.classes[name], typ) {
			return true
		}
	}
	return false
}

// names reports whether a code is one that may be given for the change.
func (m mutation) names(code string) bool {
	row, _, _ := strings.Cut(m.name, " ")
	for _, also := range append(strings.Fields(m.also), row) {
		if code == also || strings.TrimRight(also, "-.") != also && strings.HasPrefix(code, also) {
			return true
		}
	}
	return false
}

// of is a changed copy of an object.
func (m mutation) of(t require.TestingT, o object) object {
	change := strings.NewReplacer("--U", "--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", "--V", "--8e2e2d2b-17d4-5cbf-938f-98ee46b3cd3f",
		"KEY", strings.Repeat("k", 250)).Replace(m.change)
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(change), &members), m.name)
	changed := maps.Clone(o)
	if _, all := members["*"]; all {
		delete(members, "*")
		maps.DeleteFunc(changed, func(name string, _ any) bool { return !slices.Contains(alwaysKept, name) })
	}
	for name, value := range members {
		if string(value) == "null" {
			delete(changed, name)
		} else {
			changed[name] = value
		}
	}
	return changed
}

var alwaysKept = []string{"type", "id", "spec_version", "created", "modified", "created_by_ref", "object_marking_refs"}

func with(o object, name string, value any) object {
	o = maps.Clone(o)
	o[name] = value
	return o
}

func without(o object, name string) object {
	o = maps.Clone(o)
	delete(o, name)
	return o
}

// property says what is published of a property, common ones included.
func (s *schema) property(typ, name string) (property, bool) {
	common := s.Common[s.commonOf(typ)]
	is, ok := s.Types[typ].Properties[name]
	if !ok {
		is, ok = property{Type: commonTypes[name]}, slices.Contains(common.Optional, name)
	}
	if slices.Contains(common.Required, name) {
		is, ok = property{Type: commonTypes[name], Required: true}, true
	}
	return is, ok
}

var commonTypes = map[string]string{
	"type": "object type", "id": "identifier", "spec_version": "version", "created": "timestamp", "modified": "timestamp", "created_by_ref": "identifier",
	"revoked": "boolean", "defanged": "boolean", "labels": "list of type string", "confidence": "integer", "lang": "string",
	"external_references": "list of type external-reference", "object_marking_refs": "list of type identifier", "extensions": "dictionary",
}

// rowsOf are the rows that say what a type's properties are.
func (s *schema) rowsOf(typ string) string {
	parts := strings.Split(s.Types[typ].Section+"..", ".")
	if parts[0] == "" {
		return "S-11.2-01 S-7.3-10"
	}
	return "S-" + parts[0] + "." + parts[1] + "-00"
}

// rowsOfTypes are the rows of data types, and of properties that have one of their own.
var rowsOfTypes = map[string]string{
	"boolean": "S-2.2-01", "integer": "S-2.10-01 S-2.6-01", "float": "S-2.6-01", "timestamp": "S-2.16-01", "identifier": "S-2.9-01 S-2.9-02",
	"hex": "S-2.8-01", "binary": "S-2.1-02", "hashes": "S-2.7-03 S-2.7-04 S-2.3-05 S-6-02", "dictionary": "S-2.3-05 S-2.3-06",
	"enum": "S-2.4-01", "observable-container": "S-2.13-02 S-2.3-05", "external-reference": "S-2.5-01", "kill-chain-phase": "S-2.11-01",
	"x509-v3-extensions-type": "S-6.18.2- S-2.3-05", "email-mime-part-type": "S-6.6.2-", "windows-registry-value-type": "S-6.17.2-",

	"type": "S-3.2-01", "extension_types": "S-7.3-05 S-7.3-06", "objects": "S-4.14-05", "opinion": "S-4.15-01", "encryption_algorithm": "S-6.1-05", "path": "S-3.1-06",
	"spec_version": "S-3.2-02", "id": "S-3.3-01 S-2.9-01", "confidence": "S-3.2-11", "lang": "S-3.2-13",
	"extensions": "S-3.2-19", "created_by_ref": "S-3.2-03", "object_marking_refs": "S-3.2-15",
}

// wrongValues are values that no property of a type can hold.
func wrongValues(kind string, list bool) (wrong []string) {
	switch kind {
	case "boolean":
		wrong = []string{`"true"`, `0`}
	case "integer":
		wrong = []string{`"5"`, `1.5`, `9007199254740992`, `1e400`}
	case "float":
		wrong = []string{`"1.5"`, `true`}
	case "timestamp":
		wrong = []string{`5`, `"yesterday"`, `"2016-02-30T00:00:00.000Z"`, `"2016-02-03 00:00:00.000Z"`}
	case "identifier":
		wrong = []string{`5`, `"7a"`, `"indicator--1"`}
	case "hex":
		wrong = []string{`5`, `"abc"`, `"FF"`}
	case "binary":
		wrong = []string{`5`, `"@@@"`}
	case "hashes":
		wrong = []string{`"x"`, `{}`, `{"MD5":"00"}`, `{"MD5":5}`}
	case "dictionary", "observable-container", "x509-v3-extensions-type":
		wrong = []string{`"x"`, `{}`, `["x"]`}
	case "enum":
		wrong = []string{`5`, `"no-such-thing"`}
	case "string", "open-vocab":
		wrong = []string{`5`, `true`, `{"a_b":"x"}`}
	case "object type":
		wrong = []string{`5`}
	default:
		wrong = []string{`"x"`, `5`}
	}
	if list {
		for i, w := range wrong {
			wrong[i] = "[" + w + "]"
		}
		return append(wrong, `[]`, `"x"`, `{"a_b":"x"}`)
	}
	return append(wrong, `null`, `["x"]`)
}
