package stix

import "iter"

// children yields the nodes directly inside an object or list, in order.
func (t *tape) children(of int32) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for i, end := of+1, t.endOf(of); i < end; i = t.nodes[i].next {
			if !yield(i) {
				return
			}
		}
	}
}

// endOf is the first node that is not inside of; while of is still open, the end of the tape.
func (t *tape) endOf(of int32) int32 {
	if next := t.nodes[of].next; next != 0 {
		return next
	}
	return int32(len(t.nodes))
}

// member finds a member of an object by name, or returns 0.
func (t *tape) member(of int32, name string) int32 {
	if t.nodes[of].kind != '{' {
		return 0
	}
	for i := range t.children(of) {
		if string(t.nameOf(i)) == name {
			return i
		}
	}
	return 0
}

// nameOf is a member's name, unquoted; empty in a list.
func (t *tape) nameOf(i int32) []byte {
	if n := &t.nodes[i]; n.unquoted {
		return t.text[n.name:n.nEnd]
	} else {
		return t.raw[n.name:n.nEnd]
	}
}

// str is what a string says; the raw text of any other value.
func (t *tape) str(i int32) []byte {
	n := &t.nodes[i]
	if !n.escaped {
		return t.raw[n.start:n.end]
	}
	at := len(t.text)
	t.text = appendUnquoted(t.text, t.raw[n.start-1:n.end+1])
	return t.text[at:]
}

// rawOf is a value as it is written.
func (t *tape) rawOf(i int32) []byte {
	n := &t.nodes[i]
	if n.kind == '"' {
		return t.raw[n.start-1 : n.end+1]
	}
	return t.raw[n.start:n.end]
}

// count is how many values are directly inside an object or list.
func (t *tape) count(of int32) (n int) {
	for range t.children(of) {
		n++
	}
	return n
}

// empty reports whether an object or list has nothing in it.
func (t *tape) empty(i int32) bool { return t.nodes[i].next == i+1 }

// pointer is the JSON pointer (RFC 6901) of a node.
func (t *tape) pointer(to int32) string { return string(t.appendPointer(nil, to)) }
