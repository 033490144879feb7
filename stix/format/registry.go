package format

import (
	"bytes"
	_ "embed" // the lists under data/
	"strings"
	"sync"
)

// maxListed is longer than any name that a registry lists; what is longer is not looked up.
const maxListed = 128

// Charset reports whether the IANA registry knows a character set by the name s, of which letter
// case does not count (RFC 2978 section 2.3), and the name that STIX wants for it: the preferred
// MIME name or, without one, the registered name (STIX 2.1 section 3.9). s is right if it is equal
// to that, but for letter case.
func Charset(s []byte) (known bool, preferred string) {
	preferred, known = charsets().find(s)
	return known, preferred
}

// MediaType reports whether s has the form of a media type, type/subtype without parameters (RFC
// 6838 section 4.2), and whether IANA lists it (STIX 2.1 sections 6.1 and 6.7). Letter case does not
// count.
func MediaType(s []byte) (wellFormed, registered bool) {
	kind, subtype, _ := bytes.Cut(s, []byte("/"))
	if !restrictedName(kind) || !restrictedName(subtype) {
		return false, false
	}
	return true, mediaTypes().has(s)
}

// ServiceName reports whether s names a protocol (STIX 2.1 section 6.12): a service name or
// transport protocol of the IANA registry (RFC 6335), or one without a port that traffic is commonly
// described by, such as ipv4, tls or dns. Letter case does not count (RFC 6335 section 5.1).
func ServiceName(s []byte) bool { return serviceNames().has(s) }

// IPFIXElement reports whether s is the name of an IANA IPFIX information element (STIX 2.1 section
// 6.12), in the letter case of the registry.
func IPFIXElement(s []byte) bool { return ipfixElements().has(s) }

// HTTPHeader reports whether s is the name of an HTTP field that IANA lists or that is in wide use
// (STIX 2.1 section 6.12.2). Letter case does not count (RFC 9110 section 5.1).
func HTTPHeader(s []byte) bool { return httpFields().has(s) }

// SocketOption reports whether s has the form of a socket option, upper case with one of the
// prefixes of STIX 2.1 section 6.12.4, and whether a common system has an option of that name.
func SocketOption(s []byte) (wellFormed, known bool) {
	family, name, _ := bytes.Cut(s, []byte("_"))
	switch string(family) {
	case "SO", "ICMP", "ICMP6", "IP", "IPV6", "MCAST", "TCP", "IRLMP":
		return some(name, upperAlnum|underscore), socketOptions().has(s)
	}
	return false, false
}

// Country reports whether s is a code of ISO 3166-1 alpha-2, in upper case (STIX 2.1 section
// 4.10). Codes that are reserved or for private use (UK, EU, XK) name no country there.
func Country(s []byte) bool { return countries().has(s) }

// Subdivision reports whether s has the form of an ISO 3166-2 code (STIX 2.1 section 4.10): a
// country, a hyphen and up to three upper-case letters or digits, which are not looked up.
func Subdivision(s []byte) bool {
	return len(s) > 3 && len(s) <= 6 && Country(s[:2]) && s[2] == '-' && all(s[3:], upperAlnum)
}

// restrictedName is that of RFC 6838 section 4.2.
func restrictedName(s []byte) bool {
	return len(s) > 0 && len(s) <= 127 && classes[s[0]]&alnum != 0 && all(s, nameChar)
}

// folded maps names in lower case to the name to write.
type folded map[string]string

func (f folded) find(s []byte) (name string, found bool) {
	var lower [maxListed]byte
	if len(s) > len(lower) {
		return "", false
	}
	for i, c := range s {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	name, found = f[string(lower[:len(s)])]
	return name, found
}

func (f folded) has(s []byte) bool {
	_, found := f.find(s)
	return found
}

// exact are names whose letter case counts.
type exact map[string]struct{}

func (e exact) has(s []byte) bool {
	_, found := e[string(s)]
	return found
}

var (
	//go:embed data/charsets.txt
	charsetList string
	//go:embed data/media-types.txt
	mediaTypeList string
	//go:embed data/service-names.txt
	serviceNameList string
	//go:embed data/ipfix-elements.txt
	ipfixElementList string
	//go:embed data/http-fields.txt
	httpFieldList string
	//go:embed data/socket-options.txt
	socketOptionList string
	//go:embed data/countries.txt
	countryList string

	charsets      = foldedOf(&charsetList)
	mediaTypes    = foldedOf(&mediaTypeList)
	serviceNames  = foldedOf(&serviceNameList)
	httpFields    = foldedOf(&httpFieldList)
	ipfixElements = exactOf(&ipfixElementList)
	socketOptions = exactOf(&socketOptionList)
	countries     = exactOf(&countryList)
)

// foldedOf reads a list when it is first asked for: a name a line, and after it other names of the
// same thing. Lines that begin with "#" say what the list is.
func foldedOf(list *string) func() folded {
	return sync.OnceValue(func() folded {
		f := make(folded, strings.Count(*list, "\n"))
		for line := range strings.Lines(*list) {
			if line[0] == '#' {
				continue
			}
			names := strings.Fields(line)
			for _, name := range names {
				f[strings.ToLower(name)] = names[0]
			}
		}
		return f
	})
}

// exactOf is foldedOf for names that are the only ones of their things.
func exactOf(list *string) func() exact {
	return sync.OnceValue(func() exact {
		e := make(exact, strings.Count(*list, "\n"))
		for line := range strings.Lines(*list) {
			if line[0] != '#' {
				e[strings.TrimSuffix(line, "\n")] = struct{}{}
			}
		}
		return e
	})
}
