package pattern

import (
	"bytes"
	"fmt"
	"slices"
)

// satisfy appends to c.types the object types of which one single object can make a comparison
// expression true, each once, and reports every AND for which there is none (STIX 2.1 §9.5). The
// types of OR are those of its operands together, the types of AND are those that its operands
// share: (a OR b) AND c holds where some type is in both. Every level of nesting sorts its types
// again, and levels are few ([MaxDepth]).
func (c *checker) satisfy(n Node) {
	switch n.Kind() {
	case Comparison:
		c.types = append(c.types, n.First().First().i)
		return
	case Group:
		c.satisfy(n.First())
		return
	}
	from, operands := len(c.types), 0
	for operand := n.First(); !operand.IsZero(); operand = operand.Next() {
		c.satisfy(operand)
		operands++
	}
	set := c.types[from:]
	c.work += len(set)
	slices.SortFunc(set, func(a, b int32) int { return bytes.Compare(c.textOf(a), c.textOf(b)) })
	kept := 0
	if n.Kind() == And {
		if kept = c.keep(set, operands); kept == 0 {
			c.reportTypes(n, set) // and goes on as if it were OR, so that one fault is one finding
		}
	}
	if kept == 0 {
		kept = c.keep(set, 1)
	}
	c.types = c.types[:from+kept]
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
