package taxii

import "github.com/go-json-experiment/json/jsontext"

// PageForm is how a page is written where clients differ from the standard. The zero value is
// the standard: a list without entries is left out (§2).
type PageForm struct {
	EmptyList bool // an empty page holds "objects":[] (or "versions":[])
}

// EnvelopeFrame returns what stands before and after the page's objects in its envelope (§3.7),
// so that a server can write the stored bytes without copying them.
func EnvelopeFrame(p Page, form PageForm) (head, tail []byte) {
	head = appendPageHead(nil, p)
	switch {
	case p.Count > 0:
		return append(head, `,"objects":[`...), []byte("]}")
	case form.EmptyList:
		return append(head, `,"objects":[]`...), []byte("}")
	}
	return head, []byte("}")
}

// AppendEnvelope appends a page of objects as an envelope (§3.7).
func AppendEnvelope(dst []byte, p Page, form PageForm) []byte {
	head, tail := EnvelopeFrame(p, form)
	dst = append(dst, head...)
	dst = append(dst, p.Objects...)
	return append(dst, tail...)
}

// AppendManifest appends a page of records as a manifest resource (§5.3.1), with a next.
func AppendManifest(dst []byte, p Page, form PageForm) []byte {
	return appendRecords(dst, p, form, "objects", appendManifestRecord)
}

// AppendVersions appends a page of records as a versions resource (§5.8.1), with a next.
func AppendVersions(dst []byte, p Page, form PageForm) []byte {
	return appendRecords(dst, p, form, "versions", func(dst []byte, r ManifestRecord) []byte {
		return appendString(dst, r.Version)
	})
}

func appendRecords(dst []byte, p Page, form PageForm, list string, record func([]byte, ManifestRecord) []byte) []byte {
	dst = appendPageHead(dst, p)
	if len(p.Records) == 0 && !form.EmptyList {
		return append(dst, '}')
	}
	dst = append(dst, ',')
	dst = append(appendString(dst, list), ':', '[')
	for i, r := range p.Records {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = record(dst, r)
	}
	return append(dst, "]}"...)
}

func appendManifestRecord(dst []byte, r ManifestRecord) []byte {
	dst = appendString(append(dst, `{"id":`...), string(r.ID))
	dst = appendString(append(dst, `,"date_added":`...), r.DateAdded)
	dst = appendString(append(dst, `,"version":`...), r.Version)
	if r.MediaType != "" {
		dst = appendString(append(dst, `,"media_type":`...), r.MediaType)
	}
	return append(dst, '}')
}

// appendPageHead begins a page with the members that all three resources share.
func appendPageHead(dst []byte, p Page) []byte {
	if !p.More {
		return append(dst, `{"more":false`...)
	}
	return appendString(append(dst, `{"more":true,"next":`...), p.Next)
}

// appendString appends a JSON string; octets that are not UTF-8 become U+FFFD.
func appendString(dst []byte, s string) []byte {
	quoted, _ := jsontext.AppendQuote(dst, s) // the error only tells of such octets
	return quoted
}
