package pattern_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"entente/stix/pattern"
)

// The first and the last constant that is right or wrong.
func TestConstantsAtTheEdge(t *testing.T) {
	hash := func(algorithm string, digits int) string {
		return "[file:hashes.'" + algorithm + "' = '" + strings.Repeat("a", digits) + "']"
	}
	sized := map[string]int{
		"MD5": 32, "SHA-1": 40, "RIPEMD160": 40, "SHA224": 56, "SHA3-224": 56, "SHA-256": 64, "sha256": 64, "SHA3-256": 64, "SHA384": 96, "SHA3-384": 96,
		"SHA-512": 128, "SHA3-512": 128, "WHIRLPOOL": 128,
	}
	for algorithm, digits := range sized {
		t.Run("S-2.7-04 "+algorithm, func(t *testing.T) {
			assert.Equal(t, "S-2.7-04", refused(t, hash(algorithm, digits+1)).Code)
			parse(t, hash(algorithm, digits))
			assert.Equal(t, "S-2.7-04", refused(t, hash(algorithm, digits-1)).Code)
		})
	}
	for _, row := range []struct {
		code      string
		good, bad []string
	}{
		{"S-2.7-04", []string{hash("MD6", 32), hash("MD6", 128), hash("SSDEEP", 148), "[file:hashes.MD5 LIKE 'a%']", "[file:hashes.MD5.a = 'a']", "[file:hashes[0] = 'a']",
			"[file:hashes.SSDEEP = '3:a+b/c.d:E9']", "[file:md5 = 'a']"},
			[]string{hash("MD6", 31), hash("MD6", 129), hash("SSDEEP", 149), hash("SSDEEP", 0), "[file:hashes.SSDEEP = 3]", "[file:hashes.SSDEEP = 'a-b']", "[file:hashes.MD5 = 1]",
				"[file:hashes.MD5 IN ('a')]", "[file:hashes.MD5 != 'a']", "[file:hashes.MD5 = '" + strings.Repeat("g", 32) + "']", "[file:hashes.MD5 = '" + strings.Repeat("`", 32) + "']"}},
		{"S-9.2-07", []string{"[a:b = t'2020-01-31T23:59:60Z']", "[a:b = t'2020-12-01T00:00:00.0Z']"},
			[]string{"[a:b = t'2020-00-01T00:00:00Z']", "[a:b = t'2020-13-01T00:00:00Z']", "[a:b = t'2020-01-00T00:00:00Z']", "[a:b = t'2020-01-32T00:00:00Z']", "[a:b = t'2020-01-01T24:00:00Z']",
				"[a:b = t'2020-01-01T00:60:00Z']", "[a:b = t'2020-01-01T00:00:61Z']", "[a:b = t'2020-01-01T00:00:00,5Z']", "[a:b = t'2020-01-01T00:00:00.5xZ']", "[a:b = t'2020-01-01 00:00:00Z']",
				"[a:b = t'2020-01-0aT00:00:00Z']", "[a:b = t'2020-01-01T00:00:0Z']", "[a:b = t'Z']", "[a:b = t'']"}},
		{"S-9.2-02", []string{"[a:b = b'AZaz09+/']", "[a:b = b'AA==']", "[a:b = b'AAA=']"}, []string{"[a:b = b'AAAAA']", "[a:b = b'====']", "[a:b = b'AA=A']", "[a:b = b'AA-A']", "[a:b = b'AA A']"}},
		{"S-9.2-03", []string{"[a:b = h'09afAF']"}, []string{"[a:b = h'0g']", "[a:b = h'0`']", "[a:b = h'0@']", "[a:b = h'0G']", "[a:b = h'abc']"}},
		{"S-9.6.1-01", []string{"[a:b!=1]"}, []string{"[a:b ! 1]", "[a:b ! = 1]"}},
	} {
		for _, text := range row.good {
			t.Run(row.code+" "+text, func(t *testing.T) { parse(t, text) })
		}
		for _, text := range row.bad {
			t.Run(row.code+" "+text, func(t *testing.T) { assert.Equal(t, row.code, refused(t, text).Code) })
		}
	}
	for _, text := range []string{
		"[a:b > MATCHES]", "[a:b MATCHES 1]", "[a:b ISSUBSET 1]", "[a:b ISSUPERSET 1]", "[a:b LIKE 1]", "[a:b > true]", "[1:b = 1]", "['a':b = 1]", "[a:b = 1] START t'2020-01-01T00:00:00Z'",
		"[a:b = / 1]", "[a:b = 1 / * x */]", "[a:b = \x80]", "[a:AND = 1]", "[a:true = 1]", "[a:b = 'x", "[a:b = '", "[a:b = t'", "[a:b", "[", "[a:b = 1/", "[a:b = -", "[a:b = .",
	} {
		t.Run("S-4.7-03 "+text, func(t *testing.T) { refused(t, text) })
	}
}

// The first and the last that a rule of the prose is about.
func TestRulesAtTheEdge(t *testing.T) {
	at := func(day string) string { return "[file:ctime = t'2023-" + day + "T00:00:00Z']" }
	long := strings.Repeat("a", 250)
	for _, row := range []struct {
		code      string
		good, bad []string
	}{
		{"S-9.2-07", []string{at("01-31"), at("02-28"), at("04-30"), at("06-30"), at("09-30"), at("11-30"), at("12-31")},
			[]string{at("02-29"), at("02-30"), at("04-31"), at("06-31"), at("09-31"), at("11-31")}},
		{"S-9.2-03", []string{"[file:name_hex = h'0af9']"}, []string{"[file:name_hex = h'A0']", "[file:name_hex = h'0F']"}},
		{"S-9.4-01", []string{"[file:name = '/*//']"}, []string{"/**/[file:name = 'x']", "[file:name = 'x']//", "[file:name /*==*/ = 'x']", "[file:name //<>\n = 'x']"}},
		{"S-9.5.1-04", []string{"[file:size = 1] START t'2020-01-01T00:00:00.1Z' STOP t'2020-01-01T00:00:00.11Z'", "[file:size = 1] START t'2020-01-01T00:00:00.9Z' STOP t'2020-01-01T00:00:01Z'"},
			[]string{"[file:size = 1] START t'2020-01-01T00:00:00.11Z' STOP t'2020-01-01T00:00:00.1Z'", "[file:size = 1] START t'2020-01-01T00:00:01Z' STOP t'2020-01-01T00:00:00.9Z'"}},
		{"S-9.6.1-04", []string{"[file:size IN (1.5, 1)]", "[file:name IN ('a', 'b', 'c')]"}, []string{"[file:size IN (1, 'a')]", "[file:size IN ('a', 1)]", "[file:size IN (true, 1.5)]", "[file:size IN (1.5, true)]"}},
		{"S-9.6.1-07", []string{"[ipv4-addr:value ISSUBSET '1.2.3.4']", "[network-traffic:src_ref.value ISSUPERSET '::/0']"},
			[]string{"[ipv4-addr:values ISSUBSET '1.2.3.4']", "[ipv4-addr:value[0] ISSUBSET '1.2.3.4']", "[network-traffic:src_ref.other ISSUBSET '::/0']", "[ipv4-addr:value ISSUBSET 'x']", "[ipv4-addr:value ISSUBSET 'fe80::1%a']"}},
		{"S-3.1-04", []string{"[" + long + ":abc = 1]", "[abc:" + long + " = 1]", "[abc:id = 1]"}, []string{"[" + long + "a:abc = 1]", "[abc:" + long + "a = 1]", "[abc:ie = 1]"}},
		{"S-3.1-01", []string{"[abc:azz = 1]"}, []string{"[abc:aAa = 1]", "[abc:aZa = 1]"}},
		{"S-9.5-02", []string{"[abc:def = 1 AND abc:ghi = 2]", "[abc:def = 1] AND [ghi:def = 1]", "[abc:def = 1 OR ghi:def = 1]"}, []string{"[abc:def = 1 AND ghi:def = 1]"}},
	} {
		for _, text := range row.good {
			t.Run(row.code+" "+text, func(t *testing.T) { assert.Empty(t, parse(t, text).Check(nil)) })
		}
		for _, text := range row.bad {
			t.Run(row.code+" "+text, func(t *testing.T) {
				var got []string
				for _, f := range parse(t, text).Check(nil) {
					got = append(got, f.Code)
				}
				assert.Equal(t, []string{row.code}, got)
			})
		}
	}
}

// The first comment is the one that is pointed to, and the first error the one that is told.
func TestTheFirstIsTold(t *testing.T) {
	findings := parse(t, "[file:name /*a*/ = /*b*/ 'x']").Check(nil)
	if assert.Len(t, findings, 1) {
		assert.Equal(t, 12, findings[0].Column)
	}
	for text, want := range map[string]struct {
		code    string
		column  int
		message string
	}{
		"[a:b = h'x' AND c:d = b'x']":                         {"S-9.2-03", 8, "h'x'"},
		"[file:hashes.MD5 = 'x' AND file:hashes.MD5 = 'yy']":  {"S-2.7-04", 20, "32 hexadecimal digits"},
		"[file:hashes.MD6 IN ('x', 'y')]":                     {"S-2.7-04", 22, "32 to 128 hexadecimal digits"},
		"[a:b = '" + strings.Repeat("é", 30):                  {"S-9.2-06", 8, "'" + strings.Repeat("é", 19) + "…"},
		"[a:b = '" + strings.Repeat("a", 39):                  {"S-9.2-06", 8, "'" + strings.Repeat("a", 39) + " ("},
		strings.Repeat("(", pattern.MaxDepth+1) + "[a:b = 1]": {"S-4.7-03", pattern.MaxDepth + 1, "parentheses within each other"},
		"[a:b = 1] WITHIN 5 SECONDS WITHIN 5 SECONDS":         {"S-9.5.1-01", 28, "WITHIN"},
		strings.Repeat(" ", pattern.MaxText) + "[a:b = 1]":    {"S-4.7-03", 1, "expected at most"},
		"[a:b = 1] START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00Z' START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00Z'": {"S-9.5.1-01", 70, "START"},
	} {
		t.Run(want.code+" "+want.message, func(t *testing.T) {
			err := refused(t, text)
			assert.Equal(t, want.code, err.Code)
			assert.Equal(t, want.column, err.Column)
			assert.Contains(t, err.Error(), want.message)
		})
	}
}
