package taxii

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"entente/stix"
)

// Fields are the parameters that an endpoint knows (TAXII 2.1 §5, "Filters"). It ignores all others.
type Fields uint16

const (
	FieldAddedAfter Fields = 1 << iota
	FieldLimit
	FieldNext
	FieldID
	FieldType
	FieldVersion
	FieldSpecVersion
	// ExtraFields are the optional filters of the interoperability profile, see [CompileMatch].
	ExtraFields
)

// What each endpoint of §5 knows.
const (
	ObjectsFields  = FieldAddedAfter | FieldLimit | FieldNext | FieldID | FieldType | FieldVersion | FieldSpecVersion
	ManifestFields = ObjectsFields
	ObjectFields   = FieldAddedAfter | FieldLimit | FieldNext | FieldVersion | FieldSpecVersion
	VersionsFields = FieldAddedAfter | FieldLimit | FieldNext | FieldSpecVersion
	DeleteFields   = FieldVersion | FieldSpecVersion
)

// Limits of a query string. A `next` carries the filters of its request, so whatever fits into
// maxFilters fits into MaxQuery again together with its `next`.
const (
	MaxQuery   = 40 << 10  // octets in all
	maxFilters = 16 << 10  // octets of everything but next
	maxPairs   = 256       // parameters, known or not
	maxValues  = 1000      // of one match field
	maxLimit   = 1<<31 - 1 // what a greater limit is taken for
)

// ErrQueryTooLong is a query string beyond what this server reads.
var ErrQueryTooLong = errors.New("the query string is too long: at most 256 parameters, 16 KiB beside next, 40 KiB with it")

// ParseQuery reads a query string as it stands in the URL, without the question mark. Parameters
// outside allowed are ignored, as are those that nobody knows. The error is a [*ParameterError],
// or [ErrQueryTooLong].
func ParseQuery(raw string, allowed Fields) (Query, error) {
	if len(raw) > MaxQuery {
		return Query{}, ErrQueryTooLong
	}
	p := parser{allowed: allowed, seen: make(map[string]bool)}
	pairs, filters := 0, 0
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, err := unescapePair(pair)
		if err != nil {
			return Query{}, err
		}
		if name != "next" {
			filters += len(pair) + 1
			pairs++
		}
		if pairs > maxPairs || filters > maxFilters {
			return Query{}, ErrQueryTooLong
		}
		if err := p.parameter(name, value); err != nil {
			return Query{}, err
		}
	}
	slices.SortFunc(p.query.Extra, func(a, b Match) int { return cmp.Compare(a.Field, b.Field) })
	if _, err := CompileMatch(p.query.Extra); err != nil {
		return Query{}, err
	}
	return p.query, nil
}

func unescapePair(pair string) (name, value string, err error) {
	const reason = "the percent-encoding is malformed"
	rawName, rawValue, _ := strings.Cut(pair, "=")
	if name, err = url.QueryUnescape(rawName); err != nil {
		return "", "", parameterError(rawName, rawValue, reason)
	}
	if value, err = url.QueryUnescape(rawValue); err != nil {
		return "", "", parameterError(name, rawValue, reason)
	}
	return name, value, nil
}

// parser collects one query. Its methods take names and values unescaped.
type parser struct {
	allowed Fields
	seen    map[string]bool
	query   Query
}

func (p *parser) parameter(name, value string) error {
	field, match := fieldOf(name)
	if field&p.allowed == 0 {
		return nil
	}
	if p.seen[name] {
		return parameterError(name, value, "is given twice; several values of one match field are joined by commas")
	}
	p.seen[name] = true
	if value == "" && field != FieldNext {
		return parameterError(name, value, "is empty; leave it out to get everything")
	}
	var err error
	switch field {
	case FieldAddedAfter:
		p.query.AddedAfter, err = parseAddedAfter(name, value)
	case FieldLimit:
		p.query.Limit, err = parseLimit(name, value)
	case FieldNext:
		p.query.Next = value
	case FieldID:
		p.query.IDs, err = parseNames[stix.ID](name, value)
	case FieldType:
		p.query.Types, err = parseNames[string](name, value)
	case FieldSpecVersion:
		p.query.SpecVersions, err = parseNames[string](name, value)
	case FieldVersion:
		p.query.Version, err = parseVersion(name, value)
	case ExtraFields:
		var values []string
		values, err = splitValues(name, value)
		p.query.Extra = append(p.query.Extra, Match{Field: match, Values: sortedSet(values)})
	}
	return err
}

// fieldOf names the field of a parameter, 0 if there is none, and what stands in match[…].
func fieldOf(name string) (field Fields, match string) {
	switch name {
	case "added_after":
		return FieldAddedAfter, ""
	case "limit":
		return FieldLimit, ""
	case "next":
		return FieldNext, ""
	}
	match, ok := strings.CutPrefix(name, "match[")
	if !ok || !strings.HasSuffix(match, "]") {
		return 0, ""
	}
	match = match[:len(match)-1]
	switch match {
	case "id":
		return FieldID, match
	case "type":
		return FieldType, match
	case "version":
		return FieldVersion, match
	case "spec_version":
		return FieldSpecVersion, match
	}
	if _, ok := matchKind(match); ok {
		return ExtraFields, match
	}
	return 0, ""
}

func parseAddedAfter(name, value string) (time.Time, error) {
	t, err := ParseTimestamp(value)
	if err != nil {
		return time.Time{}, parameterError(name, value, err.Error())
	}
	return t.Truncate(time.Microsecond), nil
}

// parseLimit takes any positive integer: one beyond reason is a wish for as much as there is.
func parseLimit(name, value string) (int, error) {
	n := 0
	for _, c := range []byte(value) {
		if c < '0' || c > '9' {
			n = 0
			break
		}
		n = min(n*10+int(c-'0'), maxLimit)
	}
	if n == 0 {
		return 0, parameterError(name, value, "is an integer greater than 0")
	}
	return n, nil
}

func parseNames[T ~string](name, value string) ([]T, error) {
	values, err := splitValues(name, value)
	if err != nil {
		return nil, err
	}
	names := make([]T, len(values))
	for i, v := range values {
		if strings.TrimSpace(v) != v {
			return nil, parameterError(name, value, "holds a space; values are joined by commas alone")
		}
		names[i] = T(v)
	}
	return sortedSet(names), nil
}

func splitValues(name, value string) ([]string, error) {
	if strings.Count(value, ",") >= maxValues {
		return nil, parameterError(name, value, "holds more than 1000 values")
	}
	values := strings.Split(value, ",")
	if slices.Contains(values, "") {
		return nil, parameterError(name, value, "holds an empty value")
	}
	return values, nil
}

func sortedSet[T ~string](values []T) []T {
	slices.Sort(values)
	return slices.Compact(values)
}

// parseVersion reads match[version] (§3.4.1): all by itself, or any of first, last and instants,
// none of them twice. Two spellings of one instant are one version.
func parseVersion(name, value string) (VersionMatch, error) {
	const twice = "names a version twice"
	var m VersionMatch
	values, err := splitValues(name, value)
	if err != nil {
		return m, err
	}
	for _, v := range values {
		keyword := m.keyword(v)
		if keyword == nil {
			at, err := stix.ParseTimestamp(v)
			if err != nil {
				return m, parameterError(name, v, "is first, last, all or a version: "+err.Error())
			}
			m.At = append(m.At, at)
			continue
		}
		if *keyword {
			return m, parameterError(name, value, twice)
		}
		*keyword = true
	}
	if m.All && len(values) > 1 {
		return m, parameterError(name, value, "has all beside other versions; all stands alone")
	}
	slices.SortFunc(m.At, time.Time.Compare)
	if len(slices.CompactFunc(slices.Clone(m.At), time.Time.Equal)) < len(m.At) {
		return m, parameterError(name, value, twice)
	}
	return m, nil
}

func (m *VersionMatch) keyword(word string) *bool {
	switch word {
	case "first":
		return &m.First
	case "last":
		return &m.Last
	case "all":
		return &m.All
	}
	return nil
}
