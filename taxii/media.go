package taxii

import (
	"mime"
	"strings"
)

// Content is what a request's body is.
type Content uint8

const (
	// ContentTAXII is a TAXII resource: to Add Objects, an envelope.
	ContentTAXII Content = iota + 1
	// ContentSTIX is STIX itself, sent by clients that skip the envelope: a bundle.
	ContentSTIX
)

// ContentKind reads the value of a Content-Type header. It reports false for a media type that
// no endpoint takes, which is a 415 (TAXII 2.1 §3.1): a missing one, another TAXII than 2.1, or
// anything else. Spacing, case, quotes, other parameters and a missing version do not matter.
func ContentKind(contentType string) (Content, bool) {
	name, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return 0, false
	}
	version, has := params["version"]
	switch name {
	case "application/taxii+json":
		return ContentTAXII, !has || version == "2.1"
	case "application/stix+json", "application/vnd.oasis.stix+json":
		// A bundle may carry objects of both versions, and each says its own.
		return ContentSTIX, !has || version == "2.1" || version == "2.0"
	}
	return 0, false
}

// AcceptsTAXII reports whether a client that sent these Accept header lines takes a TAXII 2.1
// answer; if not, the answer is 406. It negotiates as RFC 9110 §12.5.1 says, the most specific
// range deciding, and beyond TAXII 2.1 §3.1 also serves those who ask for plain JSON, which a
// TAXII answer is, or for the STIX that §5.3 lists for the manifest. No header, or an empty one,
// asks for anything. An element that cannot be read is passed over.
func AcceptsTAXII(accept []string) bool {
	var best offer
	asked := false
	for element := range strings.SplitSeq(joinQuoted(accept), "\x00") {
		if strings.TrimSpace(element) == "" {
			continue
		}
		asked = true
		best = max(best, rangeOffer(element))
	}
	return !asked || best.accepts()
}

// offer ranks what one media range says of a TAXII 2.1 answer: twice its precedence, plus one
// if it accepts. The greatest decides; a range given twice decides in favour.
type offer uint8

const (
	offerNone offer = 2 * iota // the range does not cover us, so it says nothing
	offerAny
	offerApplication
	offerAlias
	offerName
	offerVersion
)

func (o offer) accepts() bool { return o&1 == 1 }

func rangeOffer(element string) offer {
	name, params, err := mime.ParseMediaType(element)
	if err != nil {
		return offerNone
	}
	q, weighted := params["q"]
	refused := weighted && strings.Trim(q, "0.") == ""
	version, has := params["version"]
	rank := offerNone
	switch {
	case name == "application/taxii+json" && version == "2.1":
		rank = offerVersion
	case name == "application/taxii+json" && !has:
		rank = offerName
	case name == "application/json", name == "application/stix+json" && (!has || version == "2.1"):
		if refused { // what we would send is not that, so refusing it says nothing
			return offerNone
		}
		rank = offerAlias
	case name == "application/*":
		rank = offerApplication
	case name == "*/*":
		rank = offerAny
	}
	if rank == offerNone || refused {
		return rank
	}
	return rank + 1
}

// joinQuoted joins header lines and turns the commas between list elements, but not those inside
// quoted strings, into NUL, which a header cannot hold.
func joinQuoted(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		quoted := false
		for i := 0; i < len(line); i++ {
			c := line[i]
			switch {
			case c == '"':
				quoted = !quoted
			case c == '\\' && quoted && i+1 < len(line):
				b.WriteByte(c)
				i++
				c = line[i]
			case c == ',' && !quoted:
				c = 0
			}
			b.WriteByte(c)
		}
		b.WriteByte(0)
	}
	return b.String()
}
