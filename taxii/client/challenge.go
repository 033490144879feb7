package client

import "strings"

// Challenge is one way to authenticate that a server offers (RFC 9110 §11.3).
type Challenge struct {
	Scheme  string            // as written; compare without regard to case
	Params  map[string]string // names in lower case
	Token68 string            // the other form of a challenge's argument
}

// Bounds on what a hostile server can make of a 401.
const (
	maxChallengeText = 8 << 10
	maxChallenges    = 32
)

// parseChallenges reads the WWW-Authenticate lines of a 401 (§1.6.9). One line may hold several
// challenges, and a comma separates challenges as well as the parameters of one: an element is a
// parameter when its first token is followed by "=", else it begins a challenge.
func parseChallenges(lines []string) []Challenge {
	var found []Challenge
	for _, line := range lines {
		if len(line) <= maxChallengeText {
			found = appendChallenges(found, line)
		}
	}
	return found
}

func appendChallenges(found []Challenge, line string) []Challenge {
	before := len(found) // a parameter cannot belong to another line's challenge
	for p := (scanner{line}); p.rest != ""; p.skipElement() {
		p.skip(" \t,")
		name := p.token()
		spaced := p.skip(" \t")
		switch {
		case name == "":
		case p.peek('='):
			if len(found) > before {
				p.param(&found[len(found)-1], name)
			}
		case len(found) == maxChallenges:
			return found
		default:
			found = append(found, Challenge{Scheme: name, Params: map[string]string{}})
			if spaced {
				p.argument(&found[len(found)-1])
			}
		}
	}
	return found
}

// scanner reads a header value from its front.
type scanner struct{ rest string }

func (p *scanner) peek(c byte) bool { return p.rest != "" && p.rest[0] == c }

// skip drops leading characters of set, and reports whether there were any.
func (p *scanner) skip(set string) bool {
	before := len(p.rest)
	p.rest = strings.TrimLeft(p.rest, set)
	return len(p.rest) < before
}

func (p *scanner) token() string {
	return p.take(func(c byte) bool {
		return isAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
	})
}

// argument reads what stands behind a scheme: its first parameter, or a token68.
func (p *scanner) argument(c *Challenge) {
	at := p.rest
	if name := p.token(); name != "" {
		p.skip(" \t")
		if p.peek('=') && !endsInPadding(p.rest) {
			p.param(c, name)
			return
		}
	}
	p.rest = at
	c.Token68 = p.take(func(c byte) bool { return isAlphanumeric(c) || strings.IndexByte("-._~+/=", c) >= 0 })
}

// endsInPadding tells the "=" that ends a token68 from the one before a parameter's value.
func endsInPadding(s string) bool {
	s = strings.TrimLeft(strings.TrimLeft(s, "="), " \t")
	return s == "" || s[0] == ','
}

// param reads "=" and a value, a token or a quoted string. The first of two equal names holds.
func (p *scanner) param(c *Challenge, name string) {
	p.rest = p.rest[1:]
	p.skip(" \t")
	var value string
	if p.peek('"') {
		value = p.quoted()
	} else {
		value = p.token()
	}
	name = strings.ToLower(name)
	if _, twice := c.Params[name]; !twice {
		c.Params[name] = value
	}
}

// quoted reads a quoted string; one that never ends runs to the end of the line.
func (p *scanner) quoted() string {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return b.String()
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	p.rest = ""
	return b.String()
}

// skipElement drops what is left before the next comma outside a quoted string.
func (p *scanner) skipElement() {
	for p.rest != "" && !p.peek(',') {
		if p.peek('"') {
			p.quoted()
		} else {
			p.rest = p.rest[1:]
		}
	}
}

func (p *scanner) take(ok func(byte) bool) string {
	n := 0
	for n < len(p.rest) && ok(p.rest[n]) {
		n++
	}
	taken := p.rest[:n]
	p.rest = p.rest[n:]
	return taken
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
