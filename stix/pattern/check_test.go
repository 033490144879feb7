package pattern_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/stix/pattern"
)

// Each row has one finding, or none where its code is empty.
func TestCheck(t *testing.T) {
	for _, row := range []struct {
		name, text, code string
		column           int
		must             bool
		message          string
	}{
		{"S-9.2-03 upper case", "[file:name_hex = h'aB']", "S-9.2-03", 18, false, "lower case"},
		{"S-9.2-04", "[file:size = +1]", "S-9.2-04", 14, true, "no plus sign"},
		{"S-9.2-04 of a qualifier", "[file:size = 1] REPEATS +1 TIMES", "S-9.2-04", 25, true, "no plus sign"},
		{"S-9.2-04 of an index", "[file:names[+1] = 1]", "S-9.2-04", 13, true, "no plus sign"},
		{"S-9.2-05", "[file:size = +.5]", "S-9.2-05", 14, true, "no plus sign"},
		{"S-9.2-07 30 February", "[file:ctime = t'2024-02-30T00:00:00Z']", "S-9.2-07", 15, true, "calendar"},
		{"S-9.2-07 29 February", "[file:ctime = t'2023-02-29T00:00:00Z']", "S-9.2-07", 15, true, "calendar"},
		{"S-9.2-07 29 February 1900", "[file:ctime = t'1900-02-29T00:00:00Z']", "S-9.2-07", 15, true, "calendar"},
		{"S-9.2-07 29 February 2000", "[file:ctime = t'2000-02-29T00:00:00Z']", "", 0, false, ""},
		{"S-9.2-07 29 February of a leap year", "[file:ctime = t'2024-02-29T00:00:00Z']", "", 0, false, ""},
		{"S-9.2-07 31 June in a set", "[file:ctime IN (t'2024-06-31T00:00:00Z')]", "S-9.2-07", 17, true, "calendar"},
		{"S-9.2-07 31 December", "[file:ctime = t'2024-12-31T00:00:00Z']", "", 0, false, ""},
		{"S-9.4-01 a comment", "[file:name = 'é'] // two", "S-9.4-01", 19, false, "leave them out"},
		{"S-9.5.1-01 behind parentheses", "([file:size = 1]) WITHIN 5 SECONDS WITHIN 6 SECONDS", "S-9.5.1-01", 36, true, "a second WITHIN"},
		{"S-9.5.1-01 inside and behind them", "([file:size = 1] WITHIN 5 SECONDS) WITHIN 6 SECONDS", "", 0, false, ""},
		{"S-9.5.1-02", "[file:size = 1] REPEATS 0 TIMES", "S-9.5.1-02", 25, true, "positive"},
		{"S-9.5.1-03", "[file:size = 1] WITHIN 0 SECONDS", "S-9.5.1-03", 24, true, "above 0"},
		{"S-9.5.1-03 a float", "[file:size = 1] WITHIN .00 SECONDS", "S-9.5.1-03", 24, true, "above 0"},
		{"S-9.5.1-03 above it", "[file:size = 1] WITHIN .01 SECONDS", "", 0, false, ""},
		{"S-9.5.1-04", "[file:size = 1] START t'2020-01-02T00:00:00Z' STOP t'2020-01-01T00:00:00Z'", "S-9.5.1-04", 52, false, "later"},
		{"S-9.5.1-04 equal but for noughts", "[file:size = 1] START t'2020-01-01T00:00:00Z' STOP t'2020-01-01T00:00:00.00Z'", "S-9.5.1-04", 52, false, "later"},
		{"S-9.5.1-04 by a fraction", "[file:size = 1] START t'2020-01-01T00:00:00.09Z' STOP t'2020-01-01T00:00:00.1Z'", "", 0, false, ""},
		{"S-9.6.1-01 ==", "[file:size NOT == 1]", "S-9.6.1-01", 16, false, "equal is ="},
		{"S-9.6.1-01 <>", "[file:size<>1]", "S-9.6.1-01", 11, false, "unequal is !="},
		{"S-9.6.1-01 only inside of a string", "[file:size = '<>==']", "", 0, false, ""},
		{"S-9.6.1-04", "[file:size IN (1, 'x', 2)]", "S-9.6.1-04", 19, true, "this string is among those of type integer"},
		{"S-9.6.1-04 nothing", "[file:size NOT IN ()]", "S-9.6.1-04", 19, true, "at least one constant"},
		{"S-9.6.1-04 integers and floats", "[file:size IN (1, 2.5, -3)]", "", 0, false, ""},
		{"S-9.6.1-07 another property", "[file:name ISSUBSET '198.51.100.0/24']", "S-9.6.1-07", 2, true, "ISSUBSET needs the value"},
		{"S-9.6.1-07 another value", "[url:value ISSUPERSET '198.51.100.0/24']", "S-9.6.1-07", 2, true, "ISSUPERSET needs the value"},
		{"S-9.6.1-07 no reference", "[file:extensions.value ISSUBSET '::/0']", "S-9.6.1-07", 2, true, "needs the value"},
		{"S-9.6.1-07 no network", "[ipv4-addr:value ISSUBSET '198.51.100.0/33']", "S-9.6.1-07", 27, true, "needs an IP address"},
		{"S-9.6.1-07 no address", "[ipv6-addr:value ISSUBSET 'fe80::1%eth0']", "S-9.6.1-07", 27, true, "needs an IP address"},
		{"S-9.6.1-07 an address", "[ipv6-addr:value NOT ISSUPERSET '2001:0db8::1']", "", 0, false, ""},
		{"S-9.6.1-07 a reference", "[network-traffic:dst_ref.value ISSUBSET '10.0.0.0/8']", "", 0, false, ""},
		{"S-9.6.1-07 a list of references", "[domain-name:resolves_to_refs[*].value ISSUBSET '10.0.0.0/8']", "", 0, false, ""},
		{"S-9.7.2-01", "[file:names[-1] = 1]", "S-9.7.2-01", 13, true, "0 or more"},
		{"S-9.7.2-01 all", "[file:names[*] = 1]", "", 0, false, ""},
		{"S-3.1-04 an object type", "[ab:size = 1]", "S-3.1-04", 2, false, "an object type has 3 to 250 characters, this one has 2"},
		{"S-3.1-04 a property", "[file:ab = 1]", "S-3.1-04", 7, false, "a property name has 3 to 250"},
		{"S-3.1-04 id", "[file:id = 'x']", "", 0, false, ""},
		{"S-3.1-04 the property of a referred object", "[file:content_ref.ab = 1]", "S-3.1-04", 19, false, "a property name"},
		{"S-3.1-04 the same through a list", "[file:contains_refs[0].ab = 1]", "S-3.1-04", 24, false, "a property name"},
		{"S-3.1-04 a key of a dictionary", "[process:environment_variables.A = 1]", "", 0, false, ""},
		{"S-3.1-01 an object type", "[File:size = 1]", "S-3.1-01", 2, false, "lower case"},
		{"S-3.1-01 a property", "[file:Size = 1]", "S-3.1-01", 7, false, "lower case"},
		{"S-3.1-02", "[_file:size = 1]", "S-3.1-02", 2, false, "starts with a letter"},
		{"S-3.1-03 an object type", "[my_file:size = 1]", "S-3.1-03", 2, false, "'-' only"},
		{"S-3.1-03 a property", "[file:'my-size' = 1]", "S-3.1-03", 7, false, "'_' only"},
	} {
		t.Run(row.name, func(t *testing.T) {
			findings := parse(t, row.text).Check(nil)
			if row.code == "" {
				assert.Empty(t, findings)
				return
			}
			require.Len(t, findings, 1)
			f := findings[0]
			assert.Equal(t, row.code, f.Code)
			assert.Equal(t, row.column, f.Column)
			assert.Equal(t, row.column, len([]rune(row.text[:f.Offset]))+1)
			assert.Equal(t, row.must, f.Must)
			assert.Contains(t, f.Message, row.message)
		})
	}
}

func TestObjectTypes(t *testing.T) {
	for _, row := range []struct {
		name, text string
		good       bool
	}{
		{"S-9.5-02 one type", "[a:x = 1 AND a:y = 2 AND EXISTS a:z]", true},
		{"S-9.5-02 two types", "[a:x = 1 AND b:y = 2]", false},
		{"S-9.5-02 EXISTS is a comparison too", "[a:x = 1 AND EXISTS b:y]", false},
		{"S-9.5-02 by AND in parentheses", "[a:x = 1 AND (a:y = 2 AND b:z = 3)]", false},
		{"S-9.5-02 by AND in parentheses of their own", "[(((a:x = 1)) AND ((b:z = 3)))]", false},
		{"S-9.5-02 inside of OR", "[a:x = 1 OR (a:y = 2 AND b:z = 3)]", false},
		{"S-9.5-02 precedence", "[a:x = 1 OR a:y = 2 AND b:z = 3]", false},
		{"S-9.5-02 (a OR b) AND a", "[(a:x = 1 OR b:y = 2) AND a:z = 3]", true},
		{"S-9.5-02 (a OR b) AND c", "[(a:x = 1 OR b:y = 2) AND c:z = 3]", false},
		{"S-9.5-02 (a OR b) AND (b OR c)", "[(a:x = 1 OR b:y = 2) AND (b:x = 3 OR c:y = 4)]", true},
		{"S-9.5-02 (a OR b) AND (b OR c) AND (a OR c)", "[(a:x = 1 OR b:y = 2) AND (b:x = 3 OR c:y = 4) AND (a:x = 1 OR c:x = 1)]", false},
		{"S-9.5-02 (a OR (b OR c)) AND c", "[(a:x = 1 OR (b:y = 2 OR (c:x = 1 OR a:x = 2))) AND c:z = 3]", true},
		{"S-9.5-02 ((a OR b) AND b) AND a", "[((a:x = 1 OR b:y = 2) AND b:z = 3) AND a:z = 4]", false},
		{"S-9.5-02 the same type twice is one", "[(a:x = 1 OR a:x = 2) AND (b:x = 3 OR c:x = 4)]", false},
		{"S-9.5-02 in the second [ ]", "[a:x = 1 OR b:x = 2] AND [a:x = 1 AND b:x = 2]", false},
		{"S-9.5-03 OR", "[a:x = 1 OR b:y = 2 OR (c:z = 3 AND c:x = 4)]", true},
		{"S-9.5-02 each [ ] by itself", "[a:x = 1] AND [b:x = 2]", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := codes(parse(t, row.text))
			if row.good {
				assert.Empty(t, got)
				return
			}
			assert.Equal(t, []string{"S-9.5-02"}, got)
		})
	}
	f := parse(t, "[url:value = 'x' OR (file:name = 'é' AND url:value = 'y')]").Check(nil)
	require.Len(t, f, 1)
	assert.Equal(t, 22, f[0].Column, "where the AND starts")
	assert.Contains(t, f[0].Message, "no object is both file and url")
}

func TestRegularExpressions(t *testing.T) {
	for _, row := range []struct{ re, fault string }{
		{`(`, "a ( has no )"},
		{`a)b`, "a ) has no ("},
		{`(?:a|(b)`, "a ( has no )"},
		{`[a-z`, "a [ has no ]"},
		{`[]`, "a [ has no ]"},
		{`[^]`, "a [ has no ]"},
		{`[a\]`, "a [ has no ]"},
		{`[[:alpha:]`, "a [ has no ]"},
		{`a\`, `lone \`},
		{`[a\`, `lone \`},
		{`*a`, "nothing to repeat before *"},
		{`(+a)`, "nothing to repeat before +"},
		{`a|?`, "nothing to repeat before ?"},
		{`(?:{2})`, "nothing to repeat before {2}"},
		{`a**`, "repeats a repeat with *"},
		{`a{2}{3}`, "repeats a repeat with {3}"},
		{`a{3,2}`, "{3,2} are out of order"},
		{`a{70000}`, "above 65535"},
		{`[z-a]`, "range z-a is out of order"},
		{`(?#a`, "a ( has no )"},
		// What some engines lack is no fault, nor is what only looks like one.
		{`^(?=.*a)(?<!b)(?<n>x)\k<n>\1(?>y)(?|z)(?i-s:w)(?(1)a|b)(?R)?(?+1)(?&n)$`, ""},
		{`a++b*+c?+d{2}+e{2,}?f{0,2000}`, ""},
		{`[]a][^]a][[:alpha:]-][a\]b][\w-.][0-9-a]`, ""},
		{`{,a}x{y}{`, ""},
		{`\Q(*[\E+\x{41}*\p{L}+\o{101}?\N{U+41}*\c(*`, ""},
		{`(*UTF8)a(?#[()(?i)b`, ""},
		{`(?x) a ( b # :(
			)`, ""},
		{`^*\b*a||()`, ""},
		{``, ""},
	} {
		t.Run("S-9.6.1-06 "+row.re, func(t *testing.T) {
			quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(row.re)
			findings := parse(t, "[file:name MATCHES '"+quoted+"']").Check(nil)
			if row.fault == "" {
				assert.Empty(t, findings)
				return
			}
			require.Len(t, findings, 1)
			assert.Equal(t, "S-9.6.1-06", findings[0].Code)
			assert.True(t, findings[0].Must)
			assert.Contains(t, findings[0].Message, row.fault)
		})
	}
}

func TestFindingsAreAppendedInOrder(t *testing.T) {
	p := parse(t, "[file:size = +1 OR file:Name == t'2023-02-29T00:00:00Z'] WITHIN 0 SECONDS // x")
	before := pattern.Finding{Code: "before"}
	findings := p.Check([]pattern.Finding{before})
	require.Len(t, findings, 7)
	assert.Equal(t, before, findings[0])
	for i := 2; i < len(findings); i++ {
		assert.LessOrEqual(t, findings[i-1].Offset, findings[i].Offset)
	}
	many := parse(t, "[file:size = 1"+strings.Repeat(" OR file:size = +1", 1000)+"]")
	assert.Len(t, many.Check(nil), 50)
	assert.Len(t, many.Check([]pattern.Finding{before}), 51)
}

// Work is counted in tokens, nodes and types. None of these texts makes it grow faster than they do.
func TestWorkIsLinear(t *testing.T) {
	types := func(n int, operator string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%sa%d:b=1", map[bool]string{true: operator}[i > 0], i)
		}
		return b.String()
	}
	nest := func(s string) string {
		for i := range pattern.MaxDepth - 1 {
			s = fmt.Sprintf("(%s) %s z:z=1", s, []string{"OR", "AND z:y=1 OR"}[i%2])
		}
		return s
	}
	for name, text := range map[string]string{
		"one type":          "[a:b=1" + strings.Repeat(" AND a:b=1", 20_000) + "]",
		"many types":        "[" + types(20_000, " OR ") + "]",
		"AND":               "[" + types(20_000, " AND ") + "]",
		"OR in OR in AND":   "[" + nest("("+types(20_000, " OR ")+") AND ("+types(20_000, " OR ")+")") + "]",
		"groups":            "[" + nest(types(20_000, " OR ")) + "]",
		"sets":              "[a:b IN (1" + strings.Repeat(",1", 100_000) + ")]",
		"observations":      strings.Repeat("[a:b=1] OR ", 20_000) + "[a:b=1]",
		"qualifiers":        strings.Repeat("([a:b=1] WITHIN 1 SECONDS) WITHIN 1 SECONDS AND ", 8000) + "[a:b=1]",
		"repeated":          "([a:b=1])" + strings.Repeat(" REPEATS 0 TIMES", 40_000),
		"path":              "[a:b" + strings.Repeat("[0].c", 50_000) + " = 1]",
		"comments":          "[a:b" + strings.Repeat("/**/", 50_000) + " == 1]",
		"a long expression": "[a:b MATCHES '" + strings.Repeat("(?:[a-z]{2}", 30_000) + "']",
	} {
		t.Run(name, func(t *testing.T) {
			p := parse(t, text)
			p.Check(nil)
			assert.LessOrEqual(t, p.Work(), 2*len(text))
		})
	}
}
