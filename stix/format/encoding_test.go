package format_test

import (
	"encoding/base64"
	"encoding/hex"
	"mime"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"entente/stix/format"
)

func TestEncodings(t *testing.T) {
	checkRows(t, []row{
		{"S-2.1-02 base64", format.Base64,
			[]string{"", "SGVsbG8=", "SGVsbG8h", "SA==", "+/+/", "VBORw0KGgoAAAANSUhEUgAAADI==", "////"},
			[]string{"@@@", "###", "@@@@", "SGVsbG8", "SGVsbG8==", "SA=", "S===", "====", "=", "SA==SA==", "S=A=", "SGVs\nbG8=", "SGVsbG8=\n", "SGVs bG8=", "-_-_", "SGVsbG8é", "VBORw0KGgoAAAANSUhEUgAAADI== ..."}},
		{"S-2.8-01 hex", format.Hex,
			[]string{"00", "ffd8", "504b0304", times(4096, "a0")},
			[]string{"", "a", "abc", "FF", "504B0304", "0x", "0x12", "zz", "a b ", "ff\n0", "é"}},
		{"S-6.6-05 encoded word", format.EncodedWord,
			[]string{"=?utf-8?Q?Caf=C3=A9?=", "=?ISO-8859-1?b?SGk=?=", "Re: =?US-ASCII*EN?Q?Keith_Moore?= said", "=?=?utf-8?q?a?=", "=?a?=?utf-8?q?a?=", "=?utf-8?Q?a b?="},
			[]string{"", "Check out this picture of a cat!", "=?", "=??=", "=?utf-8?=", "=?utf-8?Q?=", "=?utf-8?Q??=", "=?utf-8?x?a?=", "=?utf-8?Q?a\nb?=", "=??Q?a?=", "=?utf 8?Q?a?=", "=?utf-8?Q?a?", "=?utf-8?QQ?a?=", "=?utf-8?Q?é?=", "a=?b?c"}},
	})
}

func TestHashes(t *testing.T) {
	ok := func(algorithm string) func([]byte) bool {
		return func(s []byte) bool {
			known, ok := format.Hash([]byte(algorithm), s)
			return known && ok
		}
	}
	size := func(n int) row {
		return row{ok: []string{times(n, "a"), times(n, "A"), times(n, "7")}, bad: []string{"", "a", times(n-1, "a"), times(n+1, "a"), times(n-1, "a") + "g", times(n-1, "a") + " ", times(n-2, "a") + "é"}}
	}
	var rows []row
	for algorithm, n := range map[string]int{"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128, "SHA3-256": 64, "SHA3-512": 128, "TLSH": 70} {
		r := size(n)
		r.name, r.check = "S-2.7-04 "+algorithm, ok(algorithm)
		rows = append(rows, r)
	}
	rows = append(rows,
		row{"S-2.7-04 TLSH with its version", ok("TLSH"), []string{"T1" + times(70, "A")}, []string{"T1" + times(68, "A"), "T2" + times(70, "A"), "t1" + times(70, "A"), "T1T1" + times(70, "A")}},
		row{"S-2.7-04 SSDEEP", ok("SSDEEP"),
			[]string{"96:gS/mFkCpXTWLr/PbKQHbr/S/mFkCpXTWLr/Pb:gS", "3::", "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C", "98304:" + times(64, "z") + ":" + times(64, "+")},
			[]string{"", "foo", "96:abc", ":abc:def", "a:abc:def", "96:abc:def:ghi", `96:abc:def,"x.exe"`, "96:ab c:def", "96:" + times(65, "a") + ":b", "96:b:" + times(65, "a"), "12345678901:a:b"}},
		row{"S-2.7-04 others are not ours to judge", func(s []byte) bool { known, _ := format.Hash(s, nil); return known },
			[]string{"MD5", "SHA-1", "SHA-256", "SHA-512", "SHA3-256", "SHA3-512", "SSDEEP", "TLSH"}, []string{"", "md5", "SHA1", "ssdeep", "SHA-224", "foo", "IMPHASH"}})
	checkRows(t, rows)
}

// Base64 is what encoding/base64 decodes, but that skips line breaks.
func assertBase64AndHex(t assert.TestingT, s string) {
	_, err := base64.StdEncoding.DecodeString(s)
	assert.Equal(t, err == nil && !strings.ContainsAny(s, "\r\n"), format.Base64([]byte(s)), "%q as base64", s)
	_, err = hex.DecodeString(s)
	assert.Equal(t, err == nil && s != "" && s == strings.ToLower(s), format.Hex([]byte(s)), "%q as hex", s)
}

func TestEncodingsAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		octets := rapid.SliceOf(rapid.Byte()).Draw(t, "octets")
		assert.True(t, format.Base64([]byte(base64.StdEncoding.EncodeToString(octets))))
		assert.Equal(t, len(octets) > 0, format.Hex([]byte(hex.EncodeToString(octets))))
		assertBase64AndHex(t, rapid.StringMatching(`[A-Ja-j0-9+/=\n]{0,12}={0,3}`).Draw(t, "text"))
		word := mime.QEncoding.Encode("utf-8", rapid.StringMatching(`é.{1,5}`).Draw(t, "word"))
		assert.True(t, format.EncodedWord([]byte(word)), word)
	})
}

func FuzzEncodings(f *testing.F) {
	word := regexp.MustCompile(`=\?[^?]+\?[bBqQ]\?[^?]+\?=`)
	for _, s := range []string{"SGVsbG8=", "ffd8", "=?utf-8?Q?Caf=C3=A9?=", "=?=?a?q?", "=?utf-8?Q??0?=", "96:abc:def", "T1" + times(70, "A")} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		assertBase64AndHex(t, s)
		// What mime decodes is found, but for words with line breaks or tabs, and those whose text is
		// empty or has a question mark, which RFC 2047 section 2 forbids.
		if decoded, err := new(mime.WordDecoder).DecodeHeader(s); err == nil && decoded != s && word.MatchString(s) && !strings.ContainsAny(s, "\r\n\t") {
			assert.True(t, format.EncodedWord([]byte(s)), "%q decodes to %q", s, decoded)
		}
		for _, algorithm := range []string{"MD5", "SSDEEP", "TLSH"} {
			if _, ok := format.Hash([]byte(algorithm), []byte(s)); ok {
				assert.Less(t, len(s), 150)
			}
		}
	})
}
