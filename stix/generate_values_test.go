package stix_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

const maxInteger = 1<<53 - 1 // §2.10

func (g *generator) between(least, most int) int { return rapid.IntRange(least, most).Draw(g.T, "n") }

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.between(1, n) == 1 }

func (g *generator) pick(from ...string) string { return rapid.SampledFrom(from).Draw(g.T, "pick") }

func (g *generator) integer(least, most int64) json.Number {
	return json.Number(strconv.FormatInt(rapid.Int64Range(least, most).Draw(g.T, "integer"), 10))
}

// float spells a number in one of the ways JSON has for it.
func (g *generator) float(least, most float64) json.Number {
	f := rapid.Float64Range(least, most).Draw(g.T, "float")
	format := rapid.SampledFrom([]byte("gfe")).Draw(g.T, "format")
	return json.Number(strconv.FormatFloat(f, format, -1, 64))
}

// Runes of every plane that has characters; what is awkward to print, order or fold comes first.
var (
	anyRune = rapid.RuneFrom([]rune("\t\n\r\x01\x1f\x7f\u0085\u00a0\u200b\u202e\u2028\ufeff\ufffd\"\\/<>&'~%ſKİ\U0001f600\U000e0041\U0010fffd"),
		unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs, unicode.Co)
	asciiRune = rapid.RuneFrom([]rune(` "\/ABCabc012.,:;-_#{}[]`))
)

func (g *generator) text() string {
	if g.chance(3) {
		return rapid.StringOfN(anyRune, 0, 12, -1).Draw(g.T, "text")
	}
	return rapid.StringOfN(asciiRune, 0, 12, -1).Draw(g.T, "text")
}

// word is a lower-case name that follows a prefix.
func (g *generator) word() string {
	return g.pick("a1", "beta", "gamma_ray", "d", "epsilon9")
}

// key is a dictionary's (§2.3): producers keep the case of names that others gave.
func (g *generator) key() string {
	if g.chance(20) {
		return strings.Repeat("k", 250)
	}
	return g.pick("a", "path", "PATH", "USERNAME", "Content-Type", "x_y", "Z9", "User-Agent", "name", "HOME", "0", "SO_KEEPALIVE", "subject", "_", "-")
}

// dictionary draws one with some of the given keys, or with any.
func (g *generator) dictionary(draw func() any, keys ...string) any {
	d, folded := object{}, map[string]bool{}
	for range g.between(1, 4) {
		key := g.key()
		if len(keys) > 0 {
			key = g.pick(keys...)
		}
		if lower := strings.ToLower(key); !folded[lower] {
			folded[lower] = true
			d[key] = draw()
		}
	}
	return d
}

func (g *generator) hex(digits int) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune("0123456789abcdef")), digits, digits, -1).Draw(g.T, "hex")
}

func (g *generator) base64() string {
	return base64.StdEncoding.EncodeToString(rapid.SliceOfN(rapid.Byte(), 1, 12).Draw(g.T, "bytes"))
}

// id draws an identifier of a type with an RFC 4122 UUID, random (4) or from a name (5).
func (g *generator) id(typ string) string {
	version := "5"
	if typ == "process" || g.chance(2) {
		version = "4"
	}
	return typ + "--" + g.uuid(version)
}

func (g *generator) uuid(version string) string {
	h := g.hex(30)
	return fmt.Sprintf("%s-%s-%s%s-%s%s-%s", h[:8], h[8:12], version, h[12:15], g.pick("8", "9", "a", "b"), h[15:18], h[18:])
}

// contributing are the properties that a deterministic id is made of (§2.9), where all of them
// are optional; without any, the UUID is random.
var contributing = map[string][]string{
	"artifact":             {"hashes", "payload_bin"},
	"email-message":        {"from_ref", "subject", "body"},
	"process":              {},
	"user-account":         {"account_type", "user_id", "account_login"},
	"windows-registry-key": {"key", "values"},
	"x509-certificate":     {"hashes", "serial_number"},
}

func (g *generator) ownID(typ string, o object) string {
	names, optional := contributing[typ]
	if optional && !slices.ContainsFunc(names, func(name string) bool { return o[name] != nil }) {
		return typ + "--" + g.uuid("4")
	}
	return g.id(typ)
}

// timestamp draws one with at least some fraction digits, at most twelve (§2.16).
func (g *generator) timestamp(digits int) string {
	s := time.Unix(rapid.Int64Range(0, 4_070_000_000).Draw(g.T, "seconds"), 0).UTC().Format("2006-01-02T15:04:05")
	if n := g.between(digits, 12); n > 0 {
		s += "." + rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), n, n, -1).Draw(g.T, "fraction")
	}
	return s + "Z"
}

// order puts two timestamps in order if the object has both.
func (g *generator) order(o object, first, second string, strictly bool) {
	a, hasA := o[first].(string)
	b, hasB := o[second].(string)
	if !hasA || !hasB {
		return
	}
	if instant(a) > instant(b) {
		a, b = b, a
	}
	if strictly && instant(a) == instant(b) {
		b = "2104" + b[4:] // later than all, and a leap year
	}
	o[first], o[second] = a, b
}

// instant is a timestamp's text in a form that sorts.
func instant(timestamp string) string {
	fraction := strings.Trim(timestamp[19:], ".Z")
	return timestamp[:19] + strings.TrimRight(fraction, "0")
}

func (g *generator) hashes() any {
	digits := map[string]int{"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128, "SHA3-256": 64, "SHA3-512": 128}
	h := object{}
	for range g.between(1, 3) {
		switch name := g.pick(g.schema.vocabularies["hash-algorithm-ov"].Values...); name {
		case "SSDEEP":
			h[name] = g.pick("3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C", "96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO")
		case "TLSH":
			h[name] = g.pick("", "T1") + strings.ToUpper(g.hex(70))
		default:
			h[name] = g.hex(digits[name])
		}
	}
	return h
}

func (g *generator) lang() string {
	return g.pick("en", "de", "en-US", "de-CH-1996", "zh-Hant-TW", "es-419", "sr-Latn-RS", "fr-CA", "pt-BR", "ja")
}

func (g *generator) marking() string {
	return g.pick(g.id("marking-definition"), tlpMarkings[g.between(0, len(tlpMarkings)-1)].id)
}

// externalReference says where else something is described (§2.5).
func (g *generator) externalReference() any {
	switch g.between(1, 5) {
	case 1:
		return object{"source_name": "capec", "external_id": g.pick("CAPEC-163", "CAPEC-1")}
	case 2:
		return object{"source_name": "cve", "external_id": g.pick("CVE-2014-0160", "CVE-2024-1234567")}
	}
	r := object{"source_name": "acme " + g.text()}
	for _, name := range []string{g.pick("description", "url", "external_id"), g.pick("url", "hashes")} {
		switch name {
		case "url":
			r[name] = g.url()
		case "hashes":
			r[name] = g.hashes()
		default:
			r[name] = g.text()
		}
	}
	return r
}

func (g *generator) url() string {
	return g.pick("https://example.com/a?b=c#d", "http://[2001:db8::1]:8080/", "ftp://user@example.net/%7Efile",
		"https://xn--bcher-kva.example/", "http://203.0.113.7/x;y=1,2", "https://example.org")
}

// customProperty adds one that STIX does not define (§11.1).
func (g *generator) customProperty(o object) {
	switch name := g.pick("x_acme_score", "x_acme_list", "x_acme_detail", "x_acme_ref", "x_acme_refs", "x_acme_hex", "x_acme_bin", "my_note"); name {
	case "x_acme_score":
		o[name] = g.integer(-maxInteger, maxInteger)
	case "x_acme_list":
		o[name] = g.several(func() any { return g.text() })
	case "x_acme_detail":
		o[name] = object{"first": g.text(), "second_part": g.float(-1e15, 1e15), "third": object{"depth": g.chance(2)}}
	case "x_acme_ref":
		o[name] = g.id("malware")
	case "x_acme_refs":
		o[name] = []any{g.id("malware"), g.id("x-acme-widget")}
	case "x_acme_hex":
		o[name] = g.hex(4)
	case "x_acme_bin":
		o[name] = g.base64()
	default:
		o[name] = g.text()
	}
}

// markGranularly marks some of what the object holds by then (§7.2.3).
func (g *generator) markGranularly(o object) {
	if _, may := g.schema.Common[g.schema.commonOf(o["type"].(string))]; !may {
		return
	}
	paths := selectorsOf(o, "")
	var markings []any
	for range g.between(1, 2) {
		m := object{"selectors": g.several(func() any { return g.pick(paths...) })}
		if g.chance(3) {
			m["lang"] = g.lang()
		} else {
			m["marking_ref"] = g.marking()
		}
		markings = append(markings, m)
	}
	o["granular_markings"] = markings
}

// selectorsOf are the selectors of everything inside a value.
func selectorsOf(value any, at string) (paths []string) {
	if at != "" {
		paths = []string{strings.TrimSuffix(at, ".")}
	}
	switch v := value.(type) {
	case object:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			paths = append(paths, selectorsOf(v[name], at+name+".")...)
		}
	case []any:
		for i, item := range v {
			paths = append(paths, selectorsOf(item, at+"["+strconv.Itoa(i)+"].")...)
		}
	}
	return paths
}
