package stix

import "bytes"

// splitter finds where JSON values end, and trusts nothing that is between their brackets. It
// works in one pass, without recursion, in memory of one bit for each level of nesting.
type splitter struct {
	data []byte
	pos  int
	open []uint64 // one bit for each open bracket: set for a brace
}

func (s *splitter) fault(reason string) error {
	return &DocumentError{Offset: s.pos, Reason: reason}
}

// peek is the byte at pos; 0 at the end.
func (s *splitter) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *splitter) space() {
	for s.pos < len(s.data) && byteClass[s.data[s.pos]] == classSpace {
		s.pos++
	}
}

func (s *splitter) expect(c byte, reason string) error {
	if s.peek() != c {
		return s.fault(reason)
	}
	s.pos++
	return nil
}

// byteClasses are what the splitter tells apart outside strings.
const (
	classOther = iota
	classSpace
	classQuote
	classOpen
	classClose
	classComma
)

var byteClass = [256]uint8{
	' ': classSpace, '\t': classSpace, '\r': classSpace, '\n': classSpace, '"': classQuote,
	'{': classOpen, '[': classOpen, '}': classClose, ']': classClose, ',': classComma,
}

// value moves past one value.
func (s *splitter) value() error {
	switch byteClass[s.peek()] {
	case classQuote:
		return s.str()
	case classOpen:
		return s.nested()
	}
	start := s.pos
	for s.pos < len(s.data) && byteClass[s.data[s.pos]] == classOther {
		s.pos++
	}
	if s.pos == start {
		return s.fault("a value is missing")
	}
	return nil
}

// str moves past a string: to the first quote that an even number of backslashes precedes.
func (s *splitter) str() error {
	for at := s.pos + 1; ; {
		i := bytes.IndexByte(s.data[at:], '"')
		if i < 0 {
			return s.fault("a string that begins here has no end; the document is cut off")
		}
		at += i + 1
		slashes := at - 2
		for s.data[slashes] == '\\' {
			slashes--
		}
		if (at-slashes)%2 == 0 {
			s.pos = at
			return nil
		}
	}
}

// nested moves past an object or a list, matching brackets.
func (s *splitter) nested() error {
	start, depth := s.pos, 0
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		switch byteClass[c] {
		case classQuote:
			if err := s.str(); err != nil {
				return err
			}
			continue
		case classOpen:
			s.push(depth, c == '{')
			depth++
		case classClose:
			if depth--; s.brace(depth) != (c == '}') {
				return s.fault("a bracket closes what it did not open")
			}
			if depth == 0 {
				s.pos++
				return nil
			}
		}
		s.pos++
	}
	s.pos = start
	return s.fault("a bracket that opens here is never closed; the document is cut off")
}

func (s *splitter) push(depth int, brace bool) {
	word, bit := depth/64, uint64(1)<<(depth%64)
	if word == len(s.open) {
		s.open = append(s.open, 0)
	}
	if s.open[word] &^= bit; brace {
		s.open[word] |= bit
	}
}

func (s *splitter) brace(depth int) bool {
	return s.open[depth/64]&(1<<(depth%64)) != 0
}

// name reads a member's name and its colon.
func (s *splitter) name() (string, error) {
	start := s.pos
	if s.peek() != '"' {
		return "", s.fault("the name of a member is missing")
	}
	if err := s.str(); err != nil {
		return "", err
	}
	quoted := s.data[start:s.pos]
	s.space()
	if err := s.expect(':', "a colon is missing"); err != nil {
		return "", err
	}
	s.space()
	if plain(quoted) {
		return string(quoted[1 : len(quoted)-1]), nil
	}
	return string(unquoteLoosely(quoted)), nil
}

// elements reads a list and returns its elements.
func (s *splitter) elements() (elements [][]byte, err error) {
	s.pos++
	start := s.pos
	for s.space(); s.peek() != ']'; s.space() {
		if len(elements) > 0 {
			if err := s.expect(',', "a comma or a closing bracket is missing"); err != nil {
				return nil, err
			}
			s.space()
		}
		element, err := s.element()
		if err != nil {
			return nil, err
		}
		if len(elements) == cap(elements) {
			if len(elements) == MaxObjects {
				return nil, s.fault("more than 1,000,000 objects; send them in parts")
			}
			elements = s.grow(elements, start)
		}
		elements = append(elements, element)
	}
	s.pos++
	return elements, nil
}

// element moves past all that stands before the next comma or closing bracket of a list. That is
// one value, or the element is wrong and its neighbours are not.
func (s *splitter) element() ([]byte, error) {
	start := s.pos
	for {
		if err := s.value(); err != nil {
			return nil, err
		}
		end := s.pos
		s.space()
		if c := s.peek(); c == ',' || c == ']' || s.pos == len(s.data) {
			return s.data[start:end], nil
		}
	}
}

// grow makes room for as many elements as the rest of the data holds if they are like those so
// far, so that most documents need two allocations.
func (s *splitter) grow(elements [][]byte, start int) [][]byte {
	const first = 16
	room := first
	if n := len(elements); n > 0 {
		each := (s.pos-start)/n + 1
		room = min(n+(len(s.data)-s.pos)/each*5/4+first, MaxObjects)
	}
	return append(make([][]byte, 0, room), elements...)
}
