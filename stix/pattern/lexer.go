package pattern

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// lexer cuts a text into tokens, one ahead of the parser. It takes the longest token at each
// place, as the grammar wants. No sentence of the grammar holds a malformed literal or a character
// outside of tokens, so either is an error at once.
type lexer struct {
	text       []byte
	token      token
	start, end int // of the token
	before     int // the end of the token before
	comment    int // where the first comment starts, or -1
	work       int // tokens read
	err        *Error
}

// advance goes on to the next token. There is none behind an error, so that the parser unwinds.
func (l *lexer) advance() {
	if l.err != nil {
		return
	}
	l.before = l.end
	l.work++
	l.skip()
	l.end = l.start
	if l.start >= len(l.text) {
		l.token = tokenEnd
		return
	}
	switch c := l.text[l.start]; {
	case isLetter(c) || c == '_':
		l.word()
	case isDigit(c) || c == '+' || c == '-' || c == '.' && isDigit(l.at(1)):
		l.number()
	case c == '\'':
		l.quoted()
	default:
		l.sign(c)
	}
}

// at is the byte so many behind the token's start; 0 beyond the end.
func (l *lexer) at(i int) byte {
	if l.start+i >= len(l.text) {
		return 0
	}
	return l.text[l.start+i]
}

// skip sets start behind white space (the White_Space characters of Unicode) and comments.
func (l *lexer) skip() {
	l.start = l.end
	for l.start < len(l.text) {
		c := l.text[l.start]
		n := 0
		switch {
		case c == ' ' || c >= '\t' && c <= '\r':
			n = 1
		case c == '/':
			n = l.commentLength()
		case c >= utf8.RuneSelf:
			if r, size := utf8.DecodeRune(l.text[l.start:]); unicode.IsSpace(r) {
				n = size
			}
		}
		if n == 0 {
			return
		}
		l.start += n
	}
}

// commentLength is 0 if no comment starts here, or if it never ends.
func (l *lexer) commentLength() int {
	rest := l.text[l.start+1:]
	length := 0
	switch l.at(1) {
	case '/':
		if length = bytes.IndexAny(rest, "\r\n") + 1; length == 0 {
			length = len(rest) + 1
		}
	case '*':
		end := bytes.Index(rest[1:], []byte("*/"))
		if end < 0 {
			return 0
		}
		length = end + len("/**/")
	}
	if length > 0 && l.comment < 0 {
		l.comment = l.start
	}
	return length
}

func (l *lexer) word() {
	hyphen := false
	i := l.start + 1
	for ; i < len(l.text); i++ {
		c := l.text[i]
		if c == '-' {
			hyphen = true
		} else if !isLetter(c) && !isDigit(c) && c != '_' {
			break
		}
	}
	l.end = i
	if hyphen {
		l.token = tokenHyphenated
		return
	}
	if i == l.start+1 && i < len(l.text) && l.text[i] == '\'' && l.prefixed() {
		return
	}
	l.token = keyword(l.text[l.start:i])
}

// prefixed reads t'…', b'…' and h'…'. It returns false for any other letter.
func (l *lexer) prefixed() bool {
	kind, code, want := tokenBad, "", ""
	switch l.text[l.start] {
	case 't':
		kind, code, want = tokenTimestamp, "S-9.2-07", "a timestamp such as t'2026-01-31T12:00:00Z'"
	case 'b':
		kind, code, want = tokenBinary, "S-9.2-02", "base64 in groups of four such as b'ABI='"
	case 'h':
		kind, code, want = tokenHex, "S-9.2-03", "hexadecimal digits in pairs such as h'ffc3'"
	default:
		return false
	}
	open := l.end + 1
	length := bytes.IndexByte(l.text[open:], '\'')
	ok := false
	if length >= 0 {
		l.end = open + length + 1
		content := l.text[open : open+length]
		switch kind {
		case tokenTimestamp:
			ok = isTimestamp(content)
		case tokenBinary:
			ok = isBase64(content)
		case tokenHex:
			ok = isHexDigits(content) && len(content)%2 == 0
		}
	}
	l.token = kind
	if !ok {
		l.fail(code, "expected "+want+", found "+clip(l.text[l.start:max(l.end, open)]))
	}
	return true
}

// number reads an integer or a float. The grammar lets floats start with any zeros, or with the
// point; integers have none in front.
func (l *lexer) number() {
	i := l.start
	if l.text[i] == '+' || l.text[i] == '-' {
		i++
	}
	first := i
	i = l.digits(i)
	l.token = tokenInteger
	if whole := i - first; i+1 < len(l.text) && l.text[i] == '.' && isDigit(l.text[i+1]) {
		i = l.digits(i + 1)
		l.token = tokenFloat
	} else if whole == 0 {
		l.fail("S-9.2-04", "expected a digit after the sign '"+string(l.text[l.start])+"'")
	} else if whole > 1 && l.text[first] == '0' {
		l.fail("S-9.2-04", "expected a number without leading zeros, found "+clip(l.text[l.start:i]))
	}
	l.end = i
}

func (l *lexer) digits(i int) int {
	for i < len(l.text) && isDigit(l.text[i]) {
		i++
	}
	return i
}

// quoted reads '…', in which only \' and \\ are escapes.
func (l *lexer) quoted() {
	l.token = tokenString
	for i := l.start + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '\'':
			l.end = i + 1
			return
		case '\\':
			i++
			if i < len(l.text) && l.text[i] != '\'' && l.text[i] != '\\' {
				l.start = i - 1
				l.fail("S-9.2-06", `expected \' or \\ (a string has no other escapes), found `+string(l.text[i-1:i])+firstRune(l.text[i:]))
				return
			}
		}
	}
	l.fail("S-9.2-06", "expected a single quote that ends the string "+clip(l.text[l.start:]))
}

// sign reads operators and brackets.
func (l *lexer) sign(c byte) {
	length := 1
	next := l.at(1)
	switch c {
	case '=':
		l.token = tokenEqual
		if next == '=' {
			length = 2
		}
	case '!':
		l.token, length = tokenNotEqual, 2
		if next != '=' {
			l.fail("S-9.6.1-01", "expected !=, found '!'")
			return
		}
	case '<':
		l.token = tokenLess
		if next == '=' {
			l.token, length = tokenLessOrEqual, 2
		} else if next == '>' {
			l.token, length = tokenNotEqual, 2
		}
	case '>':
		l.token = tokenGreater
		if next == '=' {
			l.token, length = tokenGreaterOrEqual, 2
		}
	default:
		l.token = bracket(c)
	}
	if l.token == tokenBad {
		l.stray(c, next)
		return
	}
	l.end = l.start + length
}

func bracket(c byte) token {
	switch c {
	case ':':
		return tokenColon
	case '.':
		return tokenDot
	case ',':
		return tokenComma
	case '*':
		return tokenStar
	case '(':
		return tokenOpen
	case ')':
		return tokenClose
	case '[':
		return tokenOpenList
	case ']':
		return tokenCloseList
	}
	return tokenBad
}

// stray is a character that no token starts with.
func (l *lexer) stray(c, next byte) {
	switch {
	case c == '"':
		l.fail("S-9.2-06", `found '"'; strings and names are quoted with single quotes`)
	case c == '/' && next == '*':
		l.fail("S-4.7-03", "expected */ that ends the comment")
	default:
		l.fail("S-4.7-03", "'"+firstRune(l.text[l.start:])+"' is no part of the pattern language")
	}
}

// fail is an error at the token.
func (l *lexer) fail(code, message string) { l.failAt(l.start, code, message) }

// failAt keeps the first error, and leaves a token that no rule accepts.
func (l *lexer) failAt(offset int, code, message string) {
	if l.err == nil {
		l.err = newError(l.text, offset, code, message)
	}
	l.token = tokenBad
}

func firstRune(s []byte) string {
	_, n := utf8.DecodeRune(s)
	return string(s[:n])
}
