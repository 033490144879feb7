package stix

// facts gathers what an Object says in one text, so that taking it costs a few allocations
// and not one for each fact.
type facts struct {
	text                               []byte
	id, typ, version, createdBy, lang  span
	labels, markings, refs, extensions []span
}

// span is a part of facts.text.
type span struct{ a, b int32 }

func (f *facts) keep(b []byte) span {
	a := len(f.text)
	f.text = append(f.text, b...)
	return span{int32(a), int32(len(f.text))}
}

func (f *facts) reset() {
	*f = facts{
		text: f.text[:0], labels: f.labels[:0], markings: f.markings[:0],
		refs: f.refs[:0], extensions: f.extensions[:0],
	}
}

// write puts the facts into an object; those that need no text are there already.
func (f *facts) write(o *Object) {
	text := string(f.text)
	cut := func(s span) string { return text[s.a:s.b] }
	o.ID, o.CreatedBy = ID(cut(f.id)), ID(cut(f.createdBy))
	o.Version, o.Lang = cut(f.version), cut(f.lang)
	if o.Type == "" {
		o.Type = cut(f.typ)
	}
	if len(f.labels) > 0 {
		o.Labels = make([]string, len(f.labels))
		for i, s := range f.labels {
			o.Labels[i] = cut(s)
		}
	}
	all := make([]ID, 0, len(f.markings)+len(f.refs)+len(f.extensions))
	list := func(spans []span) []ID {
		from := len(all)
		for _, s := range spans {
			all = append(all, ID(cut(s)))
		}
		return distinct(all[from:len(all):len(all)])
	}
	o.Markings, o.Refs, o.Extensions = list(f.markings), list(f.refs), list(f.extensions)
}

// distinct removes duplicates in place and keeps the order; nil for none.
func distinct(ids []ID) []ID {
	const few = 16
	if len(ids) == 0 {
		return nil
	}
	kept := ids[:0]
	if len(ids) > few {
		seen := make(map[ID]struct{}, len(ids))
		for _, id := range ids {
			if _, ok := seen[id]; !ok {
				seen[id] = struct{}{}
				kept = append(kept, id)
			}
		}
		return kept
	}
next:
	for _, id := range ids {
		for _, k := range kept {
			if k == id {
				continue next
			}
		}
		kept = append(kept, id)
	}
	return kept
}
