package stix

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// Kind is how objects are put together in a document.
type Kind uint8

const (
	// Bundle is a STIX bundle (STIX 2.1 §8).
	Bundle Kind = iota + 1
	// Envelope is a TAXII envelope (TAXII 2.1 §3.7): objects, more and next, and no type.
	Envelope
	// List is a JSON array of objects.
	List
	// Single is one object.
	Single
	// Lines is objects one after the other, with line breaks between them.
	Lines
)

func (k Kind) String() string {
	return [...]string{"nothing", "bundle", "envelope", "list", "object", "lines"}[k]
}

// MaxObjects is the most objects that one document may hold.
const MaxObjects = 1_000_000

// Document is what [ReadDocument] found. Byte slices alias the data that was read.
type Document struct {
	Kind Kind
	// Objects holds each element's bytes, without white space around them. What stands there has
	// been checked for nothing but its boundaries: that is [Reader.Read]'s task.
	Objects [][]byte
	// Members are the members of a bundle or an envelope in order, `objects` among them.
	Members []Member
}

// Member is one member of a JSON object. Its value is valid JSON, unless it is `objects`.
type Member struct {
	Name  string
	Value []byte
}

// Member returns the value of a bundle's or envelope's member.
func (d *Document) Member(name string) (value []byte, ok bool) {
	for _, m := range d.Members {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}

// ID is the bundle's id as written; empty when there is none or it is not a string.
func (d *Document) ID() string {
	v, _ := d.Member("id")
	if len(v) == 0 || v[0] != '"' {
		return ""
	}
	return string(appendUnquoted(nil, v))
}

// DocumentError says why the boundaries of a document's objects cannot be found.
type DocumentError struct {
	Offset int    // bytes from the beginning
	Reason string // what is wrong and what would be right
}

func (e *DocumentError) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Reason) }

// ReadDocument finds the objects in a bundle, an envelope, a list, a single object or lines of
// objects. An element that is wrong in itself, even no JSON, is returned like any other and harms
// none of its neighbours. An error is a [*DocumentError]: the brackets do not match, something
// stands where nothing should, or a member that says where the objects are is ambiguous.
func ReadDocument(data []byte) (Document, error) {
	s := splitter{data: data}
	if reason := misencoded(data); reason != "" {
		return Document{}, s.fault(reason)
	}
	s.space()
	if s.pos == len(data) {
		return Document{}, s.fault("the document is empty")
	}
	var d Document
	var err error
	start := s.pos
	switch s.peek() {
	case '[':
		d.Kind = List
		d.Objects, err = s.elements()
	case '{':
		d, err = s.object()
	default:
		return Document{}, s.fault("a document is an object, a bundle, an envelope, a list, or lines of objects")
	}
	s.space()
	if s.data[start] == '{' && (err != nil || d.Kind == Single && s.pos < len(data)) {
		if lines, ok := s.lines(start); ok {
			return lines, nil
		}
	}
	if err == nil && s.pos < len(data) {
		err = s.fault("something follows the document; put several objects in a list, a bundle, an envelope, or on lines of their own")
	}
	if err != nil {
		return Document{}, err
	}
	return d, nil
}

// misencoded says what to do with a document that is not UTF-8 from its first byte on. One begins
// with two ASCII characters, and in UTF-16 every other byte of these is NUL.
func misencoded(data []byte) string {
	const utf16 = "this is UTF-16; write it in UTF-8"
	starts := func(with string) bool { return bytes.HasPrefix(data, []byte(with)) }
	nul := func(i int) bool { return data[i] == 0 }
	switch {
	case starts("\x1F\x8B"):
		return "this is compressed with gzip; unpack it first"
	case starts("\xEF\xBB\xBF"):
		return "the document begins with a byte order mark; leave it out"
	case starts("\xFF\xFE"), starts("\xFE\xFF"):
		return utf16
	case len(data) >= 4 && nul(0) != nul(1) && nul(0) == nul(2) && nul(1) == nul(3):
		return utf16
	}
	return ""
}

// object reads the members of an object and says whether they make it a container.
func (s *splitter) object() (Document, error) {
	start := s.pos
	var d Document
	var objects [][]byte
	var isList bool
	s.pos++
	for s.space(); s.peek() != '}'; s.space() {
		if len(d.Members) > 0 {
			if err := s.expect(',', "a comma or a closing brace is missing"); err != nil {
				return d, err
			}
			s.space()
		}
		name, err := s.name()
		if err != nil {
			return d, err
		}
		at := s.pos
		if name == "objects" && s.peek() == '[' {
			isList = true
			objects, err = s.elements()
		} else {
			err = s.value()
		}
		if err != nil {
			return d, err
		}
		if len(d.Members) == maxKeys {
			return d, s.fault("more than 10,000 members at the top")
		}
		d.Members = append(d.Members, Member{name, s.data[at:s.pos]})
	}
	s.pos++
	switch d.Kind = d.containerKind(isList); d.Kind {
	case Single:
		d.Members, d.Objects = nil, [][]byte{s.data[start:s.pos]}
		return d, nil
	default:
		d.Objects = objects
		return d, d.checkMembers(start, isList)
	}
}

// containerKind tells a bundle and an envelope from an object. An object that has lost its type
// stays an object, so that it is rejected for that.
func (d *Document) containerKind(hasList bool) Kind {
	typ, hasType := d.Member("type")
	_, hasMore := d.Member("more")
	_, hasNext := d.Member("next")
	switch {
	case hasType && len(typ) > 0 && typ[0] == '"' && isBundle(typ):
		return Bundle
	case !hasType && (hasList || hasMore || hasNext || len(d.Members) == 0):
		return Envelope
	}
	return Single
}

func isBundle(quoted []byte) bool { return string(unquoteLoosely(quoted)) == "bundle" }

// checkMembers rejects a container that two readers could read in two ways.
func (d *Document) checkMembers(start int, isList bool) error {
	seen := make(map[string]struct{}, len(d.Members))
	for _, m := range d.Members {
		folded := string(appendFolded(nil, []byte(m.Name)))
		_, twice := seen[folded]
		seen[folded] = struct{}{}
		var reason string
		switch {
		case twice:
			reason = "the %s has the member %q twice"
		case folded != m.Name && containerMembers[folded]:
			reason = "the %s has a member %q, which differs from a defined one in case"
		case m.Name == "objects" && !isList:
			reason = "the %s has %q, but it is not a list"
		case m.Name != "objects" && !jsontext.Value(m.Value).IsValid():
			reason = "the %s has a member %q whose value is not valid JSON"
		default:
			continue
		}
		return &DocumentError{Offset: start, Reason: fmt.Sprintf(reason, d.Kind, shorten([]byte(m.Name)))}
	}
	return nil
}

var containerMembers = map[string]bool{"type": true, "id": true, "objects": true, "more": true, "next": true}

// lines reads objects with line breaks between them; ok is false if these are not at least two.
func (s *splitter) lines(start int) (d Document, ok bool) {
	rest := splitter{data: s.data, pos: start}
	d.Kind = Lines
	for {
		at := rest.pos
		if rest.peek() != '{' || rest.value() != nil || len(d.Objects) == MaxObjects {
			return Document{}, false
		}
		d.Objects = append(d.Objects, rest.data[at:rest.pos])
		end := rest.pos
		rest.space()
		if rest.pos == len(rest.data) {
			return d, len(d.Objects) > 1
		}
		if bytes.IndexByte(rest.data[end:rest.pos], '\n') < 0 {
			return Document{}, false
		}
	}
}
