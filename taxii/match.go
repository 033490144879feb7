package taxii

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"entente/stix"
)

// Matcher tests objects against the optional filters of the interoperability profile (TAXII 2.1
// Interoperability Test Document, §3.13.2). The zero value matches every object.
type Matcher struct {
	tests []test
}

// test is one match field: which values of an object it looks at, and what one of them must be.
type test struct {
	kind   kind
	name   string // of the property, where the kind has one
	holds  func(jsontext.Token) bool
	absent bool // it also holds for an object without the property
}

// kind says where a match field looks.
type kind uint8

const (
	kindText     kind = iota + 1 // a top-level string
	kindNumber                   // a top-level number
	kindBool                     // a top-level boolean, absent meaning false
	kindList                     // an element of a top-level list
	kindNested                   // a string under that name at any depth
	kindTLP                      // a TLP marking of the object or of a part of it
	kindRefs                     // any embedded reference
	kindNumberLE                 // a top-level number at most, or
	kindNumberGE                 // at least the value
	kindTimeLE                   // a top-level timestamp at most, or
	kindTimeGE                   // at least the value
)

// matchKind knows the names that may stand in match[…] beyond the four of the standard.
func matchKind(field string) (kind, bool) {
	switch field {
	case "account_type", "context", "data_type", "encryption_algorithm", "identity_class", "name", "opinion",
		"pattern", "pattern_type", "primary_motivation", "region", "relationship_type", "resource_level",
		"result", "sophistication", "subject", "value":
		return kindText, true
	case "confidence", "dst_port", "number", "src_port":
		return kindNumber, true
	case "revoked":
		return kindBool, true
	case "aliases", "architecture_execution_envs", "capabilities", "extension_types", "implementation_languages",
		"indicator_types", "infrastructure_types", "labels", "malware_types", "personal_motivations", "report_types",
		"roles", "secondary_motivations", "sectors", "threat_actor_types", "tool_types":
		return kindList, true
	case "address_family", "external_id", "MD5", "SHA-1", "SHA-256", "SHA-512", "SHA3-256", "SHA3-512", "SSDEEP",
		"TLSH", "integrity_level", "pe_type", "phase_name", "service_status", "service_type", "socket_type",
		"source_name", "start_type":
		return kindNested, true
	case "tlp":
		return kindTLP, true
	case "relationships-all":
		return kindRefs, true
	case "confidence-lte", "number-lte", "src_port-lte", "dst_port-lte":
		return kindNumberLE, true
	case "confidence-gte", "number-gte", "src_port-gte", "dst_port-gte":
		return kindNumberGE, true
	case "modified-lte", "valid_from-lte":
		return kindTimeLE, true
	case "modified-gte", "valid_until-gte":
		return kindTimeGE, true
	}
	return 0, false
}

// CompileMatch prepares [Query.Extra] for use. All of the matches must hold. match[tlp] takes a level's name
// in TLP 1.0 or 2.0 and finds the marking of that level in either: white and clear are one level,
// amber+strict exists in 2.0 only. The error is a [*ParameterError].
func CompileMatch(matches []Match) (Matcher, error) {
	var m Matcher
	for _, match := range matches {
		t, err := compileTest(match)
		if err != nil {
			return Matcher{}, err
		}
		m.tests = append(m.tests, t)
	}
	return m, nil
}

func compileTest(m Match) (test, error) {
	k, known := matchKind(m.Field)
	if !known {
		return test{}, parameterError("match["+m.Field+"]", "", "is not a match field of this server")
	}
	name, _, _ := strings.Cut(m.Field, "-")
	t := test{kind: k, name: name}
	bad, reason := "", ""
	switch k {
	case kindNumber, kindNumberLE, kindNumberGE:
		var numbers []float64
		numbers, bad = parseAll(m.Values, parseNumber)
		t.holds, reason = numberTest(k, numbers), "is an integer"
	case kindTimeLE, kindTimeGE:
		var times []time.Time
		times, bad = parseAll(m.Values, ParseTimestamp)
		t.holds, reason = timeTest(k, times), errTimestamp.Error()
	case kindBool:
		var flags []bool
		flags, bad = parseAll(m.Values, parseBool)
		t.holds, reason = func(v jsontext.Token) bool { return isBool(v) && slices.Contains(flags, v.Bool()) }, "is true or false"
		t.absent = slices.Contains(flags, false)
	case kindTLP:
		var ids [][]string
		ids, bad = parseAll(m.Values, tlpMarkings)
		t.holds, reason = textTest(slices.Concat(ids...)), "is one of white, clear, green, amber, amber+strict, red"
	default:
		t.name = m.Field // a hyphen belongs to it: SHA-256
		t.holds = textTest(m.Values)
	}
	if bad != "" {
		return test{}, parameterError("match["+m.Field+"]", bad, reason)
	}
	return t, nil
}

// parseAll parses values and returns the first that cannot be parsed.
func parseAll[T any](values []string, parse func(string) (T, error)) (parsed []T, bad string) {
	for _, v := range values {
		p, err := parse(v)
		if err != nil {
			return nil, v
		}
		parsed = append(parsed, p)
	}
	return parsed, ""
}

// parseNumber takes the integers of STIX (§2.8), which a float64 holds exactly.
func parseNumber(s string) (float64, error) {
	n, err := strconv.ParseInt(s, 10, 54)
	return float64(n), err
}

func parseBool(s string) (bool, error) {
	switch s {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, strconv.ErrSyntax
}

// tlpMarkings names the fixed marking definitions of a TLP level: those of TLP 1.0 (STIX 2.1
// §7.2.1.4) and of TLP 2.0 (OASIS common objects). A space stands for an unescaped plus sign.
func tlpMarkings(level string) ([]string, error) {
	switch strings.ReplaceAll(strings.ToLower(level), " ", "+") {
	case "white", "clear":
		return []string{"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"}, nil
	case "green":
		return []string{"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"}, nil
	case "amber":
		return []string{"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"}, nil
	case "amber+strict":
		return []string{"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"}, nil
	case "red":
		return []string{"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"}, nil
	}
	return nil, strconv.ErrSyntax
}

func textTest(values []string) func(jsontext.Token) bool {
	return func(v jsontext.Token) bool { return v.Kind() == '"' && slices.Contains(values, v.String()) }
}

func isBool(v jsontext.Token) bool { return v.Kind() == 't' || v.Kind() == 'f' }

func numberTest(k kind, numbers []float64) func(jsontext.Token) bool {
	return func(v jsontext.Token) bool {
		if v.Kind() != '0' {
			return false
		}
		got, err := v.Float()
		return err == nil && slices.ContainsFunc(numbers, func(n float64) bool {
			return got == n || k == kindNumberLE && got < n || k == kindNumberGE && got > n
		})
	}
}

func timeTest(k kind, times []time.Time) func(jsontext.Token) bool {
	return func(v jsontext.Token) bool {
		if v.Kind() != '"' {
			return false
		}
		got, err := stix.ParseTimestamp(v.String())
		return err == nil && slices.ContainsFunc(times, func(t time.Time) bool {
			return got.Equal(t) || k == kindTimeLE && got.Before(t) || k == kindTimeGE && got.After(t)
		})
	}
}

// Matches reports whether an object, given as JSON, passes. What cannot be read does not.
func (m Matcher) Matches(raw []byte) bool {
	if len(m.tests) == 0 {
		return true
	}
	w := walk{
		dec:   jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)),
		tests: m.tests,
		met:   make([]bool, len(m.tests)),
	}
	for i, t := range m.tests {
		w.met[i] = t.absent
	}
	if w.dec.PeekKind() != '{' {
		return false
	}
	if err := w.value(place{}); err != nil {
		return false
	}
	return !slices.Contains(w.met, false)
}

// walk reads one object and notes which tests are met.
type walk struct {
	dec   *jsontext.Decoder
	tests []test
	met   []bool
}

// place is where a value stands: its property's name, how many objects are around it, and
// whether it is an element of a list there.
type place struct {
	name    string
	depth   int
	element bool
}

func (w *walk) value(at place) error {
	token, err := w.dec.ReadToken()
	if err != nil {
		return err
	}
	switch token.Kind() {
	case '{':
		return w.members(at.depth + 1)
	case '[':
		at.element = true
		for w.dec.PeekKind() != ']' {
			if err := w.value(at); err != nil {
				return err
			}
		}
		_, err := w.dec.ReadToken()
		return err
	}
	for i, t := range w.tests {
		if t.looksAt(at) {
			// A property that is there takes the place of the value its absence stands for.
			w.met[i] = t.holds(token) || w.met[i] && !t.absent
		}
	}
	return nil
}

func (w *walk) members(depth int) error {
	for w.dec.PeekKind() != '}' {
		token, err := w.dec.ReadToken()
		if err != nil {
			return err
		}
		if err := w.value(place{name: token.String(), depth: depth}); err != nil {
			return err
		}
	}
	_, err := w.dec.ReadToken()
	return err
}

func (t test) looksAt(at place) bool {
	switch t.kind {
	case kindList:
		return at.name == t.name && at.depth == 1 && at.element
	case kindNested:
		return at.name == t.name
	case kindTLP:
		return at.name == "object_marking_refs" && at.depth == 1 || at.name == "marking_ref" && at.depth == 2
	case kindRefs:
		return strings.HasSuffix(at.name, "_ref") || strings.HasSuffix(at.name, "_refs")
	}
	return at.name == t.name && at.depth == 1 && !at.element
}
