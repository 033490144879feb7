package stix

import (
	"bytes"
	"unicode/utf8"
)

// facts gathers what an Object says in one text, so that taking it costs a few allocations
// and not one for each fact.
type facts struct {
	text                               []byte
	id, typ, version, createdBy, lang  span
	labels, markings, refs, extensions []span

	contains, joins    []span // of refs
	translates         span
	sectors, countries []span
	class              span
}

// span is a part of facts.text.
type span struct{ a, b int32 }

func (f *facts) keep(b []byte) span {
	a := len(f.text)
	f.text = append(f.text, b...)
	return span{int32(a), int32(len(f.text))}
}

// keepAs keeps a word that is written in either case, each rune as to makes it.
func (f *facts) keepAs(word []byte, to func(rune) rune) span {
	a := len(f.text)
	for word = bytes.TrimSpace(word); len(word) > 0; {
		r, n := utf8.DecodeRune(word)
		f.text = utf8.AppendRune(f.text, to(r))
		word = word[n:]
	}
	return span{int32(a), int32(len(f.text))}
}

// keepIn keeps a word so in a list, unless it is empty.
func (f *facts) keepIn(list *[]span, word []byte, to func(rune) rune) {
	if s := f.keepAs(word, to); s.a < s.b {
		*list = append(*list, s)
	}
}

func (f *facts) reset() {
	*f = facts{
		text: f.text[:0], labels: f.labels[:0], markings: f.markings[:0],
		refs: f.refs[:0], extensions: f.extensions[:0],
		contains: f.contains[:0], joins: f.joins[:0],
		sectors: f.sectors[:0], countries: f.countries[:0],
	}
}

// write puts the facts into an object; those that need no text are there already.
func (f *facts) write(o *Object) {
	text := string(f.text)
	cut := func(s span) string { return text[s.a:s.b] }
	o.ID, o.CreatedBy = ID(cut(f.id)), ID(cut(f.createdBy))
	o.Version, o.Lang = cut(f.version), cut(f.lang)
	o.Translates, o.IdentityClass = ID(cut(f.translates)), cut(f.class)
	if o.Type == "" {
		o.Type = cut(f.typ)
	}
	if len(f.labels)+len(f.sectors)+len(f.countries) > 0 {
		f.writeWords(o, text)
	}
	if n := len(f.markings) + len(f.refs) + len(f.extensions); n > 0 {
		f.writeIDs(o, text, make([]ID, 0, n+len(f.contains)+len(f.joins)))
	}
}

func (f *facts) writeWords(o *Object, text string) {
	all := make([]string, 0, len(f.labels)+len(f.sectors)+len(f.countries))
	o.Labels, all = carve(text, all, f.labels)
	o.Sectors, all = carve(text, all, f.sectors)
	o.Countries, _ = carve(text, all, f.countries)
	o.Sectors, o.Countries = distinct(o.Sectors), distinct(o.Countries)
}

func (f *facts) writeIDs(o *Object, text string, all []ID) {
	o.Markings, all = carve(text, all, f.markings)
	o.Refs, all = carve(text, all, f.refs)
	o.Extensions, all = carve(text, all, f.extensions)
	o.Contains, all = carve(text, all, f.contains)
	o.Joins, _ = carve(text, all, f.joins)
	o.Markings, o.Refs, o.Extensions = distinct(o.Markings), distinct(o.Refs), distinct(o.Extensions)
	if len(o.Refs) < len(f.refs) { // else its parts repeat nothing either
		o.Contains, o.Joins = distinct(o.Contains), distinct(o.Joins)
	}
}

// carve appends what the spans say to all, and returns that part of it as a list of its own; nil
// for none.
func carve[T ~string](text string, all []T, spans []span) (list, rest []T) {
	if len(spans) == 0 {
		return nil, all
	}
	from := len(all)
	for _, s := range spans {
		all = append(all, T(text[s.a:s.b]))
	}
	return all[from:len(all):len(all)], all
}

// distinct removes duplicates in place and keeps the order.
func distinct[T ~string](list []T) []T {
	const few = 16
	if len(list) < 2 {
		return list
	}
	kept := list[:0]
	if len(list) > few {
		seen := make(map[T]struct{}, len(list))
		for _, s := range list {
			if _, ok := seen[s]; !ok {
				seen[s] = struct{}{}
				kept = append(kept, s)
			}
		}
		return kept
	}
next:
	for _, s := range list {
		for _, k := range kept {
			if k == s {
				continue next
			}
		}
		kept = append(kept, s)
	}
	return kept
}
