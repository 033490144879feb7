package pattern

import (
	"bytes"
	"fmt"
	"slices"
)

// satisfy appends to c.types the object types of which one single object can make a comparison
// expression true, each once (STIX 2.1 §9.5). The types of OR are those of its operands together,
// the types of AND are those that its operands share: (a OR b) AND c holds where some type is in
// both. An AND without any is reported, and the result is false: one finding for one [ ].
//
// OR inside OR leaves the sorting to the outer one, and AND gives no more types than each operand
// has, so that no type is sorted more often than the text names it, but for a few.
func (c *checker) satisfy(n Node, parent Kind) bool {
	for n.Kind() == Group {
		n = n.First()
	}
	if n.Kind() == Comparison {
		c.types = append(c.types, n.First().First().i)
		return true
	}
	from, operands := len(c.types), 0
	for operand := n.First(); !operand.IsZero(); operand = operand.Next() {
		if !c.satisfy(operand, n.Kind()) {
			return false
		}
		operands++
	}
	least := 1
	if n.Kind() == And {
		least = operands
	} else if parent == Or {
		return true
	}
	set := c.types[from:]
	c.work += len(set)
	slices.SortFunc(set, func(a, b int32) int { return bytes.Compare(c.textOf(a), c.textOf(b)) })
	kept := c.keep(set, least)
	if kept == 0 {
		c.reportTypes(n, set)
		return false
	}
	c.types = c.types[:from+kept]
	return true
}

// keep moves the types that a sorted list has at least so often to its front, each once; if there
// are none, it leaves the list alone.
func (c *checker) keep(sorted []int32, least int) (kept int) {
	for i := 0; i < len(sorted); {
		run := i + 1
		for run < len(sorted) && bytes.Equal(c.textOf(sorted[i]), c.textOf(sorted[run])) {
			run++
		}
		if run-i >= least {
			sorted[kept] = sorted[i]
			kept++
		}
		i = run
	}
	return kept
}

func (c *checker) reportTypes(and Node, sorted []int32) {
	first := c.textOf(sorted[0])
	for _, t := range sorted {
		if other := c.textOf(t); !bytes.Equal(first, other) {
			c.add(and.Start(), "S-9.5-02", fmt.Sprintf("no object is both %s and %s; AND inside [ ] joins comparisons of one object type, so use OR or a [ ] for each", clip(first), clip(other)), true)
			return
		}
	}
}

func (c *checker) textOf(n int32) []byte { return c.text[c.nodes[n].start:c.nodes[n].end] }
