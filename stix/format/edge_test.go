package format_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"golang.org/x/text/language"

	"entente/stix/format"
)

// The first and the last that is right or wrong, of lengths, characters and lists.
func TestEdges(t *testing.T) {
	checkRows(t, []row{
		{"S-6.8-01 IPv4", format.IPv4, nil, []string{"1,2,3,4", "1.2.3,4", "1.2.3.4/18446744073709551617"}},
		{"S-6.9-01 IPv6", format.IPv6, nil, []string{"1:2:3:4:5:6:7g8", "::1/18446744073709551617"}},
		{"S-6.4-01 domain name", format.DomainName,
			[]string{"bü-cher.example", "α͵β.example", "א׳ב.example", "א״ב.example", "न्\u200cष.example", "न्\u200dष.example", "ア・イ.example", "bü٣.example",
				strings.Repeat(times(50, "é")+".", 4) + "com"}, nil},
		{"S-6.5-01 e-mail address", format.Email,
			[]string{"\"a\tb\"@example.com", `"~ !"@example.com`, "jdoe@[]", "jdoe@[!~^]", "Ā@example.com"},
			[]string{`"a"@b..c`, "\"a\x7f\"@b", "\"a\x1f\"@b", "\"a\x08\"@b", "\"a\n\"@b", "a@[a]b]", "a@[\x7f]", "a\x7f@b"}},
		{"S-6.6-05 encoded word", format.EncodedWord, []string{"=?utf-8?B?SGk=?="}, []string{"=?utf-8?QXa?=", "=?utf-8?Q?a?b"}},
		{"S-2.7-04 SSDEEP", func(s []byte) bool { _, ok := format.Hash([]byte("SSDEEP"), s); return ok }, []string{"1234567890:a:b"}, nil},
		{"S-4.19-01 CVE", format.CVE, nil, []string{"CVE-2014", "CVE-2014x0160", "CVE-2014-x160"}},
		{"S-6.7.4-01 PDF info key", format.PDFInfoKey,
			[]string{"Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate", "Trapped"}, nil},
		{"S-3.2-13 language tag", first(format.LanguageTag),
			[]string{"abcdefgh", "eng-abc", "en-abcdefgh", "en-xabcd", "en-a-bb-cc", "en-abcde-abcde", "en-a-bb-abcde", "x-abcdefgh", "en-1abc-2abc"},
			[]string{"abcdefghi", "abcd-abc", "en-abcdefghi", "en--US", "en-U_S", "en-x", "en-a1bc", "en-US-DE", "en-abcde-US", "en-abcde-Latn", "en-US-Latn", "en-a", "x-abcdefghi", "x-", "x-a--b"}},
		{"S-3.2-13 registered language tag", second(format.LanguageTag),
			append(strings.Fields("en-GB-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo i-pwn i-tao i-tay i-tsu sgn-BE-FR sgn-BE-NL sgn-CH-DE"),
				"en-x"+times(13, "-abcdefgh")+"-abcdef"),
			[]string{"en-x" + times(13, "-abcdefgh") + "-abcdefg"}},
		{"S-6.12.4-01 socket option form", first(format.SocketOption), []string{"ICMP_TEST"}, nil},
		{"S-4.10-07 subdivision", format.Subdivision, nil, []string{"US-_A", "US-A_"}},
		{"S-6.1-04 media type form", first(format.MediaType), []string{times(127, "a") + "/" + times(127, "a")}, []string{times(128, "a") + "/b"}},
		{"S-6.1-04 media type registry", second(format.MediaType), []string{"APPLICATION/ZIP"}, nil},
		{"S-6.12-08 service name", format.ServiceName, nil, []string{"#"}},
		{"S-6.12.2-02 HTTP header", format.HTTPHeader, nil, []string{"#"}},
		{"S-6.15-01 URL", format.URL, []string{"http://[V1.a]/", "http://[::1]:8", "svn+ssh://e.example/", "view-source:x", "a.b:c", "http://e/A%2f"},
			[]string{"foo://[::1", "foo://a|b@h/", "foo://%@h", "http://[::1]:8a/", "http://[::1]:a", "http://e/|41", "a:%", "a:%4"}},
	})
}

// What a URL and an address may hold is what their grammars list, octet by octet.
func TestEveryOctet(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	for _, tt := range []struct {
		name, allowed string
		check         func(c string) bool
	}{
		{"S-6.15-01 RFC 3986, a query", letters + "-._~!$&'()*+,;=:@/?#", func(c string) bool { return format.URL([]byte("http://e/?a" + c + "b")) }},
		{"S-6.15-01 RFC 3986, a scheme", letters + "+-.:", func(c string) bool { return format.URL([]byte("a" + c + "b:c")) }},
		{"S-6.15-01 RFC 3986, a user", letters + "-._~!$&'()*+,;=:", func(c string) bool {
			return format.URL([]byte("http://a"+c+"b@e.example/")) && !strings.Contains("/?#@", c)
		}},
		{"S-6.5-01 RFC 5322, an atom", letters + "!#$%&'*+-/=?^_`{|}~.", func(c string) bool { return format.Email([]byte("a" + c + "b@e.example")) }},
		{"S-6.1-04 RFC 6838, a name", letters + "!#$&-^_.+", func(c string) bool { ok, _ := format.MediaType([]byte("a" + c + "/b")); return ok }},
		{"S-6.6-05 RFC 2047, a token", letters + "!#$%&'*+-.^_`|~", func(c string) bool { return format.EncodedWord([]byte("=?a" + c + "b?q?a?=")) }},
		{"S-2.1-02 RFC 4648", letters + "+/", func(c string) bool { return format.Base64([]byte("a" + c + "bc")) }},
		{"S-6.14-01 NISTIR 7695", letters + "-._", func(c string) bool { return format.CPE23([]byte("cpe:2.3:a:x" + c + "y:*:*:*:*:*:*:*:*:*")) }},
		{"S-6.14-01 NISTIR 7695, quoted", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", func(c string) bool { return format.CPE23([]byte(`cpe:2.3:a:x\` + c + "y:*:*:*:*:*:*:*:*:*")) }},
		{"S-2.7-04 SSDEEP", letters + "+/", func(c string) bool {
			_, first := format.Hash([]byte("SSDEEP"), []byte("3:a"+c+":b"))
			_, second := format.Hash([]byte("SSDEEP"), []byte("3:b:a"+c))
			return first && second
		}},
		{"S-2.8-01 hex", "0123456789abcdef", func(c string) bool { return format.Hex([]byte("0" + c)) }},
		{"S-2.7-04 MD5", "0123456789abcdefABCDEF", func(c string) bool { _, ok := format.Hash([]byte("MD5"), []byte(times(31, "0")+c)); return ok }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for c := range 128 {
				assert.Equal(t, strings.Contains(tt.allowed, string(rune(c))), tt.check(string(rune(c))), "%q", rune(c))
			}
		})
	}
}

// Two letters are looked up in a table of our own.
func TestTwoLetters(t *testing.T) {
	for i := range 26 * 26 {
		tag := string([]byte{'a' + byte(i/26), 'a' + byte(i%26)})
		_, err := language.ParseBase(tag)
		for _, s := range []string{tag, strings.ToUpper(tag)} {
			formed, registered := format.LanguageTag([]byte(s))
			assert.True(t, formed, s)
			assert.Equal(t, err == nil, registered, s)
		}
	}
}
