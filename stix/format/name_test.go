package format_test

import (
	"mime"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"entente/stix/format"
)

func TestLanguageTags(t *testing.T) {
	registered := []string{"en", "EN", "de", "eng", "en-US", "zh-Hant-TW", "de-DE-1996", "sl-rozaj-biske", "es-419", "zh-yue-HK", "zh-cmn-Hans-CN", "x-private", "X-a-b", "en-x-us", "de-CH-x-phonebk", "i-klingon", "I-Klingon",
		"en-GB-oed", "sgn-BE-FR", "art-lojban", "zh-min-nan", "en-u-ca-buddhist", "iw", "und", "tlh", "en-QX", "en-a-bbb-x-a", "en-a-bb-b-cc"}
	form := []string{"foo", "xx", "english", "Python", "PHP", "en-ZG", "en-Abcd", "de-DE-1997", "ab-cde-fgh-ijk", "abcd-Latn", "de-Latn-1abc", "en-" + times(40, "a-bb-") + "c-dd"}
	bad := []string{"", "e", "1", "x", "x-", "-", "en-", "-en", "en--US", "en_US", "en_us", "english language", "klingonish lang", "xx yy", "english_us!", "Javascript", "C#", "en-US-", "en-a", "en-a-b-cc", "en-x", "en-x-", "en-x-toolongsub",
		"x-toolongsub", "en-Latn-Latn", "en-US-US", "en-US-Latn", "en-123-Latn", "ab-cde-fgh-ijk-lmn", "abcd-efg", "e1", "en-é", "én", "i-foo", "a-bb", "en-12", "en-US-1a", "de-419-DE", "en\x00", "b\xe9"}
	checkRows(t, []row{
		{"S-3.2-13 S-7.1-04 S-6.14-02 form", first(format.LanguageTag), append(registered, form...), bad},
		{"S-3.2-13 registry", second(format.LanguageTag), registered, append(form, bad...)},
	})
}

func TestIdentifiers(t *testing.T) {
	cpe := func(parts string) string { return "cpe:2.3:" + parts }
	checkRows(t, []row{
		{"S-6.14-01 CPE 2.3", format.CPE23,
			[]string{cpe("a:microsoft:word:2000:*:*:*:*:*:*:*"), cpe("*:*:*:*:*:*:*:*:*:*:*"), cpe("-:-:-:-:-:-:-:-:-:-:-"), cpe("a:adobe:acrobat:10.0:-:pro:*:*:*:*:*"), cpe("o:v:p:1.*:??a??:e:en-us:*:*:*:*"),
				cpe(`a:\@thi.ng\/egf_project:a\:b:*1*:*:*:zh:*:*:*:*`), cpe("h:A-b_c.d:p:-:*:*:-:*:*:x64:*"), cpe(`a:v:p\-q:*:*:*:es-419:*:*:*:*`), cpe(`a:\\:\*:\?:*:*:*:*:*:*:*`)},
			[]string{"", "invalid", "cpe:2.3:", "cpe:/a:microsoft:word:2000", "CPE:2.3:a:v:p:*:*:*:*:*:*:*:*", cpe("a:v:p:*:*:*:*:*:*:*"), cpe("a:v:p:*:*:*:*:*:*:*:*:*"), cpe("x:v:p:*:*:*:*:*:*:*:*"), cpe(":v:p:*:*:*:*:*:*:*:*"),
				cpe("ao:v:p:*:*:*:*:*:*:*:*"), cpe("a::p:*:*:*:*:*:*:*:*"), cpe("a:v:p::*:*:*:*:*:*:*"), cpe("a:v v:p:*:*:*:*:*:*:*:*"), cpe("a:v@v:p:*:*:*:*:*:*:*:*"), cpe("a:v*v:p:*:*:*:*:*:*:*:*"), cpe("a:v?v:p:*:*:*:*:*:*:*:*"),
				cpe("a:**:p:*:*:*:*:*:*:*:*"), cpe("a:?:p:*:*:*:*:*:*:*:*"), cpe("a:v*?:p:*:*:*:*:*:*:*:*"), cpe(`a:v:p:*:*:*:*:*:*:*:\`), cpe(`a:v\a:p:*:*:*:*:*:*:*:*`), cpe(`a:v\:p:*:*:*:*:*:*:*:*`), cpe("a:v:p:*:*:*:english_us:*:*:*:*"),
				cpe("a:é:p:*:*:*:*:*:*:*:*"), cpe("a:v:p:*:*:*:*:*:*:*:"), cpe("a:v:p:*:*:*:*:*:*:*:* ")}},
		{"S-4.19-01 CVE", format.CVE, []string{"CVE-2014-0160", "CVE-2016-1234", "CVE-2021-44228", "CVE-1999-0001", "CVE-2020-1234567"},
			[]string{"", "CVE", "CVE-", "2014-0160", "cve-2016-1234", "CVE-2016-abc", "CVE-2016-123", "CVE-2016-", "CVE-2016-12a4", "CVE-16-1234", "CVE-20166-1234", "CVE_2016_1234", "CVE-2016-1234 ", " CVE-2016-1234", "CVE-2016–1234", "CVE-201a-1234"}},
		{"S-4.1-01 CAPEC", format.CAPEC, []string{"CAPEC-163", "CAPEC-1"}, []string{"", "163", "CAPEC", "CAPEC-", "capec-163", "CAPEC-a", "CAPEC-1a", "CAPEC-163 ", "CAPEC 163", "CAPEC--1"}},
		{"S-6.17-02 abbreviated hive", format.AbbreviatedHive,
			[]string{"HKLM", `HKLM\system\bar\foo`, `hklm\Software`, `HKCU\Software\x`, `Hkcr\.exe`, `HKU\S-1-5`, `HKCC\x`, `HKLM:\Software`, `HKPD\x`, `HKDD\x`},
			[]string{"", `HKEY_LOCAL_MACHINE\System\Foo`, `hkey_local_machine\system`, `HKLMX\a`, `\REGISTRY\MACHINE\SOFTWARE`, `Software\HKLM`, `\HKLM\a`, "HKEY_USERS", `HKLM::\a`}},
		{"S-2.14-01 token", format.Token, []string{"malware", "x86-64", "crime-syndicate", "2", "a1-b2"}, []string{"", " ", "-", "a-", "-a", "a--b", "A", "Malware", "a b", "a_b", "c++", "é", ".net"}},
		{"S-6.7.4-01 PDF info key", format.PDFInfoKey, []string{"Title", "Author", "CreationDate", "Trapped"}, []string{"", "title", "/Title", "foo", "Creationdate"}},
	})
}

func TestRegistries(t *testing.T) {
	checkRows(t, []row{
		{"S-6.1-04 S-6.7-05 media type form", first(format.MediaType), []string{"application/zip", "bla/blabla", "application/exe", "image/svg+xml", "a/b", "application/vnd.a.b-c_d!#$&^"},
			[]string{"", "bla", "/", "a/", "/b", "a/b/c", "text/plain; charset=utf-8", "text /plain", "a/.b", "-a/b", "a/b*", "a/é", "a/" + times(128, "a")}},
		{"S-6.1-04 S-6.7-05 media type registry", second(format.MediaType), []string{"application/zip", "text/plain", "TEXT/Plain", "image/jpeg", "multipart/mixed", "application/msword", "application/octet-stream", "text/csv", "image/png", "application/stix+json"},
			[]string{"", "bla", "bla/blabla", "application/exe", "text/plain;", times(64, "a") + "/" + times(64, "a")}},
		{"S-6.12-08 service name", format.ServiceName, []string{"ipv4", "ipv6", "tcp", "udp", "icmp", "ssl", "tls", "http", "HTTP", "https", "dns", "smtp", "ip", "smb", "pptp", "quic", "ssh", "z39.50"}, []string{"", "foo_bar", "foo", "tcp ", times(200, "a")}},
		{"S-6.12-10 IPFIX element", format.IPFIXElement, []string{"minimumIpTotalLength", "maximumIpTotalLength", "octetDeltaCount"}, []string{"", "minimumIPTotalLength", "foo", "Reserved", "Unassigned"}},
		{"S-6.12.2-02 HTTP header", format.HTTPHeader, []string{"Accept-Encoding", "accept-encoding", "User-Agent", "Host", "Content-Type", "X-Forwarded-For"}, []string{"", "foo", "User_Agent", "Host:", "Host "}},
		{"S-6.12.4-01 socket option form", first(format.SocketOption), []string{"SO_RCVTIMEO", "SO_TEST", "IP_TEST", "MCAST_TEST", "ICMP6_FILTER", "IPV6_V6ONLY", "IRLMP_9WIRE_MODE"}, []string{"", "SO", "SO_", "so_rcvtimeo", "SO_RcvTimeo", "AF_INET", "XSO_A", "SO-A", "SO_A B", "foo"}},
		{"S-6.12.4-01 socket option known", second(format.SocketOption), []string{"SO_RCVTIMEO", "TCP_NODELAY", "IPV6_UNICAST_HOPS", "ICMP6_FILTER"}, []string{"", "SO_TEST", "IP_TEST", "MCAST_TEST", "so_rcvtimeo"}},
		{"S-4.10-07 country", format.Country, []string{"US", "TH", "GB", "SS", "CW"}, []string{"", "us", "xx", "XX", "UK", "EU", "GBR", "USA", "Germany", "U", "AN"}},
		{"S-4.10-07 subdivision", format.Subdivision, []string{"US-DC", "US-VA", "TH-63", "GB-ENG", "FR-2A", "AT-9"}, []string{"", "Tak", "US", "US-", "US-ABCD", "us-dc", "US-dc", "XX-AB", "USDC", "US_DC", "US-D "}},
	})
}

func TestCharset(t *testing.T) {
	for _, r := range []struct{ name, charset, preferred string }{
		{"S-3.9-01 the preferred MIME name", "ISO-8859-1", "ISO-8859-1"},
		{"S-3.9-01 an alias", "latin1", "ISO-8859-1"},
		{"S-3.9-01 the name, where there is a preferred one", "ISO_8859-1:1987", "ISO-8859-1"},
		{"S-3.9-01 letter case does not count", "utf-8", "UTF-8"},
		{"S-3.9-01 the name, where there is no other", "windows-1252", "windows-1252"},
		{"S-3.9-01 an alias of a name", "cp936", "GBK"},
		{"S-3.9-01 a short alias", "us", "US-ASCII"},
		{"S-3.9-01 what all say, but nobody registered", "ASCII", ""},
		{"S-6.3-01 as real data has it", "ISO-8859-6-I", "ISO-8859-6-I"},
		{"S-3.9-01 unknown", "foo", ""},
		{"S-3.9-01 unknown, with dots", "bla.bla.bla", ""},
		{"S-3.9-01 empty", "", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			known, preferred := format.Charset([]byte(r.charset))
			assert.Equal(t, r.preferred, preferred)
			assert.Equal(t, r.preferred != "", known)
		})
	}
}

// A list is a comment and sorted names, none twice, of which each fits a look-up.
func TestListsAreInOrder(t *testing.T) {
	files, err := os.ReadDir("data")
	require.NoError(t, err)
	require.Len(t, files, 7)
	for _, file := range files {
		t.Run(file.Name(), func(t *testing.T) {
			text, err := os.ReadFile("data/" + file.Name())
			require.NoError(t, err)
			lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
			require.True(t, strings.HasPrefix(lines[0], "# "), "says what it is")
			lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "# ") })
			assert.True(t, slices.IsSorted(lines))
			seen := map[string]bool{}
			for _, line := range lines {
				for _, name := range strings.Split(line, " ") {
					assert.True(t, name != "" && len(name) <= 128, "%q", line)
					assert.False(t, seen[strings.ToLower(name)], "%s twice", name)
					seen[strings.ToLower(name)] = true
				}
			}
		})
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"de-CH-1996-x-phonebk", "i-klingon", `cpe:2.3:a:\@v:p:1.*:*:*:en-us:*:*:*:*`, "CVE-2014-0160", "CAPEC-1", `HKLM:\a`, "text/plain", "US-DC", "latin1", "SO_RCVTIMEO"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := []byte(s)
		wellFormed, registered := format.LanguageTag(b)
		assert.False(t, registered && !wellFormed)
		if _, err := language.Raw.Parse(s); err == nil && wellFormed && len(s) <= 128 {
			assert.True(t, registered, "%q", s)
		}
		if ok, _ := format.MediaType(b); ok {
			_, _, err := mime.ParseMediaType(s)
			assert.NoError(t, err, "%q", s)
		}
		if known, preferred := format.Charset(b); known {
			_, again := format.Charset([]byte(preferred))
			assert.Equal(t, preferred, again)
		}
		for _, check := range []func([]byte) bool{format.CPE23, format.CVE, format.CAPEC, format.Token, format.Country, format.Subdivision, format.HTTPHeader, format.IPFIXElement, second(format.SocketOption)} {
			assert.False(t, check(b) && !ascii(s), "%q", s)
		}
		assert.False(t, format.AbbreviatedHive(b) && strings.HasPrefix(strings.ToUpper(s), "HKEY_"))
	})
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
