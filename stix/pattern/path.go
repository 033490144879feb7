package pattern

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"
)

// path checks the names in an object path. They are the names of section 3.1, whose MUSTs bind who
// defines an object, not who asks for it; so these findings are never a Must. Keys below the first
// property may be those of a dictionary, which have other rules, unless a reference leads to them.
func (c *checker) path(n Node) {
	objectType := n.First()
	c.name(objectType, '-', "an object type")
	first := objectType.Next()
	c.name(first, '_', "a property name")
	for property, step := first, first.Next(); !step.IsZero(); step = step.Next() {
		if step.Kind() != Key {
			continue
		}
		if isReference(property) {
			c.name(step, '_', "a property name")
		}
		property = step
	}
}

// name reports the first rule that a name breaks.
func (c *checker) name(n Node, joint byte, what string) {
	s := unquoted(n.Text())
	switch {
	case len(s) == len("id") && string(s) == "id":
	case utf8.RuneCount(s) < 3 || utf8.RuneCount(s) > 250:
		c.add(n.Start(), "S-3.1-04", fmt.Sprintf("%s has 3 to 250 characters, this one has %d", what, utf8.RuneCount(s)), false)
	case !isLetter(s[0]):
		c.add(n.Start(), "S-3.1-02", what+" starts with a letter", false)
	default:
		c.characters(n, s, joint, what)
	}
}

func (c *checker) characters(n Node, s []byte, joint byte, what string) {
	for _, b := range s {
		switch {
		case b >= 'A' && b <= 'Z':
			c.add(n.Start(), "S-3.1-01", what+" is written in lower case", false)
			return
		case !isLetter(b) && !isDigit(b) && b != joint:
			c.add(n.Start(), "S-3.1-03", fmt.Sprintf("%s has letters, digits and '%c' only", what, joint), false)
			return
		}
	}
}

func isReference(n Node) bool {
	name := unquoted(n.Text())
	return bytes.HasSuffix(name, []byte("_ref")) || bytes.HasSuffix(name, []byte("_refs"))
}

// endsInAddress reports whether a path may lead to the value of an address: ipv4-addr:value and
// ipv6-addr:value do, and value behind any reference.
func endsInAddress(path Node) bool {
	objectType := path.First()
	var before Node
	last := objectType.Next()
	for n := last.Next(); !n.IsZero(); n = n.Next() {
		if last.Kind() == Key {
			before = last
		}
		last = n
	}
	if last.Kind() != Key || string(unquoted(last.Text())) != "value" {
		return false
	}
	if before.IsZero() {
		t := string(objectType.Text())
		return t == "ipv4-addr" || t == "ipv6-addr"
	}
	return isReference(before)
}

// isNetwork accepts an IP address, or one with the length of a prefix.
func isNetwork(s string) bool {
	if strings.Contains(s, "/") {
		_, err := netip.ParsePrefix(s)
		return err == nil
	}
	address, err := netip.ParseAddr(s)
	return err == nil && address.Zone() == ""
}
