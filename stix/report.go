package stix

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// remark is a finding in the making: where it is stays a node until all are known.
type remark struct {
	Finding
	at   int32
	more int // the same said of other places
}

// report rejects the object for what is at a node; node 0 is the object itself.
func (x *examination) report(at int32, code, message string) {
	x.add(remark{at: at, Finding: Finding{Code: code, Message: message, Severity: Error}})
}

// reportUnless rejects the object unless its source is forgiven this.
func (x *examination) reportUnless(t tolerance, at int32, code, message string) {
	f := Finding{Code: code, Message: message, Severity: Error}
	if x.tolerated.has(t) {
		f.Severity, f.Tolerance = Warning, tolerances[t].Name
	}
	x.add(remark{at: at, Finding: f})
}

// warn advises. What is said once of an object is not said again, only counted: feeds repeat
// themselves.
func (x *examination) warn(at int32, code, message string) {
	for i := range x.remarks {
		if m := &x.remarks[i]; m.Severity == Warning && m.Code == code && m.Message == message {
			m.more++
			return
		}
	}
	x.add(remark{at: at, Finding: Finding{Code: code, Message: message, Severity: Warning}})
}

// add keeps the first findings; the first error always has a place. Of a value that is wrong in
// several ways the first is said.
func (x *examination) add(m remark) {
	if m.Severity == Error && x.rejected && x.saidOf(m.at) {
		return
	}
	full := len(x.remarks) >= maxFindings
	if full && (x.rejected || m.Severity != Error) {
		return
	}
	x.rejected = x.rejected || m.Severity == Error
	if full {
		x.remarks[maxFindings-1] = m
		return
	}
	x.remarks = append(x.remarks, m)
}

// saidOf reports whether a value that has no parts has an error already.
func (x *examination) saidOf(at int32) bool {
	if kind := x.nodes[at].kind; kind == '{' || kind == '[' {
		return false
	}
	for i := range x.remarks {
		if x.remarks[i].at == at && x.remarks[i].Severity == Error {
			return true
		}
	}
	return false
}

// findings are the remarks with everything written out, into one text for all of them.
func (x *examination) findings() []Finding {
	if len(x.remarks) == 0 {
		return nil
	}
	type spans struct{ pointer, value, more int }
	var ends [maxFindings]spans
	text := x.written[:0]
	for i := range x.remarks {
		m := &x.remarks[i]
		text = x.appendPointer(text, m.at)
		ends[i].pointer = len(text)
		text = x.appendValue(text, m.at)
		ends[i].value = len(text)
		if m.more > 0 {
			text = append(text, m.Message...)
			text = append(text, " (and "...)
			text = strconv.AppendInt(text, int64(m.more), 10)
			text = append(text, " more)"...)
		}
		ends[i].more = len(text)
	}
	x.written = text
	whole, from := string(text), 0
	out := make([]Finding, len(x.remarks))
	for i := range x.remarks {
		out[i] = x.remarks[i].Finding
		out[i].Pointer = whole[from:ends[i].pointer]
		out[i].Value = whole[ends[i].pointer:ends[i].value]
		if ends[i].more > ends[i].value {
			out[i].Message = whole[ends[i].value:ends[i].more]
		}
		from = ends[i].more
	}
	return out
}

// appendValue appends an offending value, unless it is one of many parts.
func (x *examination) appendValue(dst []byte, at int32) []byte {
	switch kind := x.nodes[at].kind; {
	case kind == '[' && x.empty(at):
		return append(dst, "[]"...)
	case kind == '{' && x.empty(at):
		return append(dst, "{}"...)
	case kind == '[', kind == '{':
		return dst
	}
	return appendShortened(dst, x.str(at))
}

// appendPointer appends the JSON pointer (RFC 6901) of a node; of one that would be too long,
// the pointer of a value around it.
func (t *tape) appendPointer(dst []byte, to int32) []byte {
	from := len(dst)
	for at := int32(0); at != to; {
		list, index := t.nodes[at].kind == '[', 0
		for i := range t.children(at) {
			if to >= t.endOf(i) {
				index++
				continue
			}
			mark := len(dst)
			dst = append(dst, '/')
			if list {
				dst = strconv.AppendInt(dst, int64(index), 10)
			} else {
				dst = appendEscaped(dst, t.nameOf(i))
			}
			if len(dst)-from > maxPointer {
				return dst[:mark]
			}
			at = i
			break
		}
	}
	return dst
}

func appendEscaped(dst, name []byte) []byte {
	if isPlainText(name) && bytes.IndexByte(name, '~') < 0 && bytes.IndexByte(name, '/') < 0 {
		return append(dst, name...)
	}
	for len(name) > 0 {
		r, n := utf8.DecodeRune(name)
		switch r {
		case '~':
			dst = append(dst, "~0"...)
		case '/':
			dst = append(dst, "~1"...)
		default:
			dst = utf8.AppendRune(dst, r)
		}
		name = name[n:]
	}
	return dst
}

// boundedPointer makes a pointer that is too long name an enclosing value, and valid UTF-8 of any.
func boundedPointer(p string) string {
	for len(p) > maxPointer {
		p = p[:strings.LastIndexByte(p, '/')]
	}
	return strings.ToValidUTF8(p, "\uFFFD")
}

// appendShortened makes an offending value fit for a finding: valid UTF-8 and maxShown runes at most.
func appendShortened(dst, b []byte) []byte {
	if len(b) <= maxShown && isPlainText(b) {
		return append(dst, b...)
	}
	for shown := 0; len(b) > 0; shown++ {
		r, n := utf8.DecodeRune(b)
		if shown == maxShown-1 && n < len(b) {
			return append(dst, "…"...)
		}
		dst = utf8.AppendRune(dst, r)
		b = b[n:]
	}
	return dst
}

// isPlainText reports whether there is nothing but ASCII.
func isPlainText(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// shorten is appendShortened for the text of a message.
func shorten(b []byte) string { return string(appendShortened(nil, b)) }
