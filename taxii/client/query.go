package client

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"entente/stix"
	"entente/taxii"
)

// Query says which part of a collection is wanted (§3.4). The zero value asks for the latest
// version of everything. What TAXII forbids is refused with ErrQuery before anything is sent.
type Query struct {
	AddedAfter   time.Time // sent with six fraction digits, the rest cut off; zero: from the beginning
	Limit        int       // objects in a page; 0: Config.PageLimit
	Next         string    // the Next of an earlier page of the same query, byte for byte
	IDs          []stix.ID
	Types        []string
	SpecVersions []string // "2.1"; none: the latest that the server has
	Versions     []string // "first", "last", "all" (alone), or a version's own text; none: last
	// Match holds match fields beyond the standard's, of the interoperability profile for
	// example. A server may ignore them, and then the result is wider than asked.
	Match []taxii.Match
}

// Mirror asks for all that a collection holds: every version, of STIX 2.0 and 2.1 alike. Without
// it a server shows only the latest version of each object.
func Mirror(addedAfter time.Time) Query {
	return Query{AddedAfter: addedAfter, SpecVersions: []string{"2.0", "2.1"}, Versions: []string{"all"}}
}

// fields says which parameters an endpoint takes (§5.3 to §5.8).
type fields struct{ paging, objects, version bool }

func listFields() fields    { return fields{paging: true, objects: true, version: true} }
func objectFields() fields  { return fields{paging: true, version: true} }
func versionFields() fields { return fields{paging: true} }
func deleteFields() fields  { return fields{version: true} }

var (
	specVersionForm = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)
	fieldForm       = regexp.MustCompile(`^[0-9A-Za-z_-]{1,250}$`)
)

// encode writes the query string. A key occurs once; the values of a match field are joined by
// commas; everything but unreserved characters is percent-encoded, so that no "+" is left for a
// server to read as a space.
func (q Query) encode(allowed fields, pageLimit int) (string, error) {
	if err := q.check(allowed); err != nil {
		return "", err
	}
	v := url.Values{}
	set := func(key, value string) {
		if value != "" {
			v.Set(key, value)
		}
	}
	if !q.AddedAfter.IsZero() {
		set("added_after", taxii.FormatTimestamp(q.AddedAfter))
	}
	if q.Limit == 0 {
		q.Limit = pageLimit
	}
	if q.Limit > 0 && allowed.paging {
		set("limit", strconv.Itoa(q.Limit))
	}
	set("next", q.Next)
	ids := make([]string, len(q.IDs))
	for i, id := range q.IDs {
		ids[i] = string(id)
	}
	set("match[id]", strings.Join(ids, ","))
	set("match[type]", strings.Join(q.Types, ","))
	set("match[spec_version]", strings.Join(q.SpecVersions, ","))
	set("match[version]", strings.Join(q.Versions, ","))
	for _, m := range q.Match {
		set("match["+m.Field+"]", strings.Join(m.Values, ","))
	}
	return strings.ReplaceAll(v.Encode(), "+", "%20"), nil
}

func (q Query) check(allowed fields) error {
	switch {
	case q.Limit < 0:
		return fmt.Errorf("%w: limit %d: want more than 0", ErrQuery, q.Limit)
	case len(q.Next) > 4096:
		return fmt.Errorf("%w: next has %d octets, more than a URL carries", ErrQuery, len(q.Next))
	case !q.AddedAfter.IsZero() && (q.AddedAfter.UTC().Year() < 1 || q.AddedAfter.UTC().Year() > 9999):
		return fmt.Errorf("%w: added_after: year %d has no timestamp", ErrQuery, q.AddedAfter.UTC().Year())
	case !allowed.paging && (!q.AddedAfter.IsZero() || q.Limit != 0 || q.Next != ""):
		return fmt.Errorf("%w: no paging here", ErrQuery)
	case !allowed.objects && len(q.IDs)+len(q.Types)+len(q.Match) > 0:
		return fmt.Errorf("%w: one object is asked for, its id and type cannot be matched", ErrQuery)
	case !allowed.version && len(q.Versions) > 0:
		return fmt.Errorf("%w: match[version] is not possible here", ErrQuery)
	}
	for _, id := range q.IDs {
		if err := checkValue("id", string(id)); err != nil {
			return err
		}
	}
	for _, t := range q.Types {
		if err := checkValue("type", t); err != nil {
			return err
		}
	}
	for _, s := range q.SpecVersions {
		if !specVersionForm.MatchString(s) {
			return fmt.Errorf("%w: match[spec_version]: %q", ErrQuery, s)
		}
	}
	if err := checkVersions(q.Versions); err != nil {
		return err
	}
	return checkMatch(q.Match)
}

// checkVersions is §3.4.1: no value twice, `all` alone, others STIX timestamps as written.
func checkVersions(versions []string) error {
	seen := map[string]bool{}
	for _, v := range versions {
		value := v
		switch v {
		case "all":
			if len(versions) > 1 {
				return fmt.Errorf("%w: match[version]: all stands alone", ErrQuery)
			}
		case "first", "last":
		default:
			t, err := stix.ParseTimestamp(v)
			if err != nil {
				return fmt.Errorf("%w: match[version]: %q: %w", ErrQuery, v, err)
			}
			value = t.Format(time.RFC3339Nano)
		}
		if seen[value] {
			return fmt.Errorf("%w: match[version]: %q twice", ErrQuery, v)
		}
		seen[value] = true
	}
	return nil
}

func checkMatch(matches []taxii.Match) error {
	seen := map[string]bool{"id": true, "type": true, "spec_version": true, "version": true}
	for _, m := range matches {
		if !fieldForm.MatchString(m.Field) || seen[m.Field] || len(m.Values) == 0 {
			return fmt.Errorf("%w: match[%s]: want a name of its own, once, with values", ErrQuery, m.Field)
		}
		seen[m.Field] = true
		for _, v := range m.Values {
			if err := checkValue(m.Field, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkValue keeps one value one: a comma would make it two.
func checkValue(field, v string) error {
	if v == "" || strings.Contains(v, ",") || strings.TrimSpace(v) != v || hasControl(v) {
		return fmt.Errorf("%w: match[%s]: %q", ErrQuery, field, v)
	}
	return nil
}
