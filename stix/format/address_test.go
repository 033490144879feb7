package format_test

import (
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"entente/stix/format"
)

func TestAddresses(t *testing.T) {
	checkRows(t, []row{
		{"S-6.8-01 IPv4", format.IPv4,
			[]string{"198.51.100.3", "0.0.0.0", "255.255.255.255", "198.51.100.0/24", "198.51.100.3/32", "192.168.0.1/0", "192.168.0.1/5"},
			[]string{"", "foo", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.", "1.2.3.4.5", "1.2.3.4-5", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/01",
				"1.2.3.4/a", "1.2.3.4/-1", "1.2.3.4/+1", "1.2.3.4/24/24", "1.2.3.4/0024", "/24", "01.2.3.4", "1.2.3.04", "00.2.3.4", "198.51.100.256",
				"999.999.999.999", "1.2.3.4444", "0x1.2.3.4", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4:80", "1[.]2.3.4", "2001:db8::1", "١.2.3.4", "1.2.3.4\x00"}},
		{"S-6.9-01 IPv6", format.IPv6,
			[]string{"::", "::1", "1::", "2001:db8::1", "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "2001:DB8::8a2e:370:7334", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::",
				"::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "::ffff:192.0.2.1", "64:ff9b::192.0.2.33", "1:2:3:4:5:6:192.0.2.1", "2001:0db8::/96", "::/0", "fe80::1/128",
				"fe80:0000:0000:0000:0204:61ff:fe9d:f156/6"},
			[]string{"", ":", ":::", "foo", "1", "1:", ":1", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8",
				"12345::", "::g", "fe80::1%eth0", "1:2:3:4:5:6:7:192.0.2.1", "1:2:3:4:5::192.0.2.1:1", "::192.0.2", "::192.0.2.01", "1::2:3:4:5:6:192.0.2.1", "[::1]",
				"::1/", "::1/129", "::1/03", "::1/00", "::1/1a", "198.51.100.3", "1:2:3:4:5:6:7:", " ::1", "::1 ", "::\x001"}},
		{"S-6.10-01 MAC", format.MAC,
			[]string{"d2:fb:49:24:37:18", "00:00:5e:00:53:af", "ff:ff:ff:ff:ff:ff"},
			[]string{"", "D2:FB:49:24:37:18", "d2-fb-49-24-37-18", "d2:fb:49:24:37:8", "0:1:2:3:4:5", "d2fb.4924.3718", "d2fb49243718", "d2:fb:49:24:37:18:", "d2:fb:49:24:37:1g",
				"d2:fb:49:24:37:18:00:00", ":d2:fb:49:24:37:1", "d2:fb:49:24:37-18"}},
		{"S-6.4-01 domain name", format.DomainName,
			[]string{"example.com", "EXAMPLE.com", "localhost", "data-server-domain", "example.com.", "3com.com", "a.b.c.d.e", "1.2.3.4.in-addr.arpa", "_dmarc.example.com",
				"_sip._tcp.example.com", "foo_bar.example.com", "r3---sn-abc.example.com", "xn--bcher-kva.example", "bücher.example", "例え.テスト", "παράδειγμα.δοκιμή",
				"उदाहरण.परीक्षा", "l·l.cat", "example.c0m", "igvmwp3544wpnd6u.onion", times(63, "a") + ".com", times(59, "é") + ".com",
				strings.Repeat(times(49, "a")+".", 5) + "abc", strings.Repeat(times(49, "a")+".", 5) + "abc."},
			[]string{"", ".", "..", ".com", "example..com", "example.com..", "ex ample.com", "exa mple.com", " example.com", "example.com ", "-a.com", "a-.com", "a.-", "a.com-",
				"example.com/x", "http://example.com", "example.com:80", "user@example.com", "*.example.com", "example[.]com", "example,com", "a\\b.com", "ex\x00ample.com",
				"ex\tample.com", "192.0.2.1", "96.0.4664.45", "example.1", "12", times(64, "a") + ".com", times(60, "é") + ".com", strings.Repeat(times(49, "a")+".", 5) + "abcd",
				times(127, "a.") + "a", "b\xffcher.example", "\xc3.example", "i❤.example", "́a.example", "例え。テスト", "bü_cher.example", "bü cher.example", "bücher-.example"}},
		{"S-6.5-01 e-mail address", format.Email,
			[]string{"jdoe@example.com", "john+tag@example.co.th", "a@b", "o'brien@example.com", "!#$%&'*+-/=?^_`{|}~@example.com", "first.last@sub.example.com",
				`"john doe"@example.com`, `"a\"b\\c"@example.com`, `""@example.com`, `"@"@example.com`, "jdoe@[192.0.2.1]", "jdoe@[IPv6:2001:db8::1]", "jörg@exämple.de", "用户@例子.广告", `"ü ü"@example.com`,
				"evil@decryptyourstuff.zip", "test_2-1@subdomain.example.com"},
			[]string{"", "@", "a@", "@b", "jdoe", "Jane <j@e.com>", "John Doe <jdoe@example.com>", "<jdoe@example.com>", "jdoe@example.com (Jane)", "jane doe@example.com", "jdoe@exa mple.com",
				".a@example.com", "a.@example.com", "a..b@example.com", "a@b..c", "a@.b", "a@b.", "a@b@c", `"a"b@example.com`, `a"b"@example.com`, `"a@example.com`, `"a"example.com`, `"a\`, `"a\` + "\x01" + `"@b`,
				"\"a\x00\"@b", "jdoe@[192.0.2.1", "jdoe@192.0.2.1]", "jdoe@[[]", "jdoe@[a b]", `jdoe@[a\b]`, "jdoe@[", "a@\xff", "\xc3@example.com", "mailto:a@b", "a@b,c@d", "a@b ", "a\n@b", "jdoe[at]example.com"}},
	})
}

func TestURIs(t *testing.T) {
	absolute := []string{"https://example.com", "http://example.com/research/index.html", "HTTP://example.com:8080/a?b=c", "ftp://user:pa:ss@example.com/", "http://192.0.2.1/x",
		"http://[2001:db8::1]:80/", "http://[v1.a:b]/", "http://h:/", "http://a_b.example/", "http://example.com/%7Efoo/;p=1?q=/?#/?f", "file:///etc/passwd", "mailto:a@b", "urn:isbn:0451450523",
		"hxxp://example.com", "data:text/plain;base64,SGk=", "tel:+1-816-555-1212", "a:", "a:b:c", "foo:/", "http://example.com//a", "http://%41/", "https://user@example.com"}
	relative := []string{"foo/bar", "/index.html", "//example.com/a", "../x", "?q", "#f", "a/b:c", "./a:b", "foo", "%20"}
	neither := []string{"example dot com", "not a url", "http://", "https:///x", "http:x", "HTTPS:/x", "http://?q", "http://:80/", "http://exa mple.com", "http://example.com/a b", "http://example.com/\n", "://a", "1a:b", "a_b:c",
		"107.183.86.25:80/x", "http://example[.]com/", "http://[::1/", "http://[::1]x/", "http://[1.2.3.4]/", "http://[fe80::1%25eth0]/", "http://[v.a]/", "http://[v1.]/", "http://[vg.a]/", "http://[v1.a/b]/", "http://[]/",
		"http://h:8a/", "http://a@b@c/", "http://a:[@b/", "http://example.com/%", "http://example.com/%2", "http://example.com/%zz", "http://example.com/a|b", "http://example.com/\"", "http://example.com/<x>", "http://example.com/{a}",
		"http://example.com/a\\b", "http://example.com/a^", "http://example.com/a`", "http://example.com/[x]", "http://example.com/#a#b", "http://example.com/ü", "http://bücher.example/", "http://example.com/\xff", "http://example.com/\x7f", ""}
	checkRows(t, []row{
		{"S-6.15-01 URL", format.URL, absolute, append(relative, neither...)},
		{"S-2.5-03 URI reference", format.URIReference, append(absolute, relative...), neither},
	})
}

// Addresses and blocks are what net/netip takes for them, but for zones.
func TestAddressesAgreeWithNetip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.StringMatching(`[0-9]{1,3}(\.[0-9]{1,3}){3}(/[0-9]{1,3})?`),
			rapid.StringMatching(`(([0-9a-f]{1,4})?:){1,8}([0-9a-f]{1,4})?(/[0-9]{1,3})?`),
			rapid.StringMatching(`(([0-9a-f]{1,4})?:){1,7}[0-9]{1,3}(\.[0-9]{1,2}){3}`),
		).Draw(t, "address")
		assertNetip(t, s)
	})
}

func assertNetip(t assert.TestingT, s string) {
	four, six := netipOpinion(s)
	assert.Equal(t, four, format.IPv4([]byte(s)), "%q as IPv4", s)
	assert.Equal(t, six, format.IPv6([]byte(s)), "%q as IPv6", s)
}

func netipOpinion(s string) (four, six bool) {
	a, err := netip.ParseAddr(s)
	if p, perr := netip.ParsePrefix(s); perr == nil {
		a, err = p.Addr(), nil
	}
	if err != nil || a.Zone() != "" {
		return false, false
	}
	return a.Is4(), !a.Is4()
}

// What is right for us is right for the standard library; the other way round it is laxer: it
// takes non-ASCII and unescaped characters into URLs, display names and comments into addresses.
func assertNetURLAndMail(t assert.TestingT, s string) {
	if format.URIReference([]byte(s)) && !beyondNetURL(s) {
		_, err := url.Parse(s)
		assert.NoError(t, err, "%q", s)
	}
	if format.Email([]byte(s)) && !beyondNetMail(s) {
		_, err := mail.ParseAddress("<" + s + ">")
		assert.NoError(t, err, "%q", s)
	}
}

// beyondNetURL tells what RFC 3986 allows and net/url does not: percent-encodings of ASCII in a
// host, and IPvFuture.
func beyondNetURL(s string) bool {
	_, rest, found := strings.Cut(s, "//")
	if !found {
		return false
	}
	host, _, _ := strings.Cut(rest, "/")
	return strings.ContainsAny(host, "%[")
}

// beyondNetMail tells what RFC 5322 allows and net/mail does not: an empty quoted string, and a
// domain literal that is no IP address.
func beyondNetMail(s string) bool {
	return strings.HasPrefix(s, `""@`) || strings.HasSuffix(s, "]")
}

func TestURIsAndMailAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.StringMatching(`([a-z][a-z0-9+.-]{0,5}:)?(//)?([a-z:%@]{0,4}@)?[a-zA-Z0-9.:\[\]-]{0,12}[/?#a-z0-9%&=:@!$'()*+,;_~-]{0,20}`),
			rapid.StringMatching(`("?[ -~]{0,8}"?|[a-z.+é]{1,8})@[a-z0-9.\-\[\]é]{1,12}`),
		).Draw(t, "value")
		assertNetURLAndMail(t, s)
	})
}

func FuzzAddresses(f *testing.F) {
	for _, s := range []string{"198.51.100.0/24", "64:ff9b::192.0.2.33/96", "d2:fb:49:24:37:18", "_dmarc.bücher.example.", `"a\"b"@[192.0.2.1]`, "http://u:p@[v1.a]:80/%7E?q#f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		assertNetip(t, s)
		assertNetURLAndMail(t, s)
		if format.MAC([]byte(s)) {
			assert.Len(t, s, 17)
		}
		if format.DomainName([]byte(s)) {
			assert.NotContains(t, s, "..")
			assert.False(t, format.IPv4([]byte(s)) || format.Email([]byte(s)))
		}
		if format.URL([]byte(s)) {
			assert.True(t, format.URIReference([]byte(s)))
		}
	})
}
