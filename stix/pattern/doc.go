// Package pattern reads the patterns of indicators: the STIX 2.1 patterning language (section 9).
//
// It owns the grammar, the tree of a pattern with its positions, and the rules that the text of
// section 9 adds to the grammar. [Parser.Parse] refuses what is no pattern: what the grammar does
// not derive, a constant that cannot be the hash it is compared with, a second qualifier of one
// kind. [Pattern.Check] reports the other rules, each as a [Finding] of its own.
//
// The grammar is that of OASIS (pattern_grammar/STIXPattern.g4), and so it is more generous than
// the text: it has == and <>, a leading +, comments, IN (), negative list indexes. These parse and
// are findings. Line feeds in b'…' are the one thing that the text allows and that grammar does not.
//
// It never runs a pattern, never compiles its regular expressions, and knows no object types;
// whether a property exists is for its neighbour stix to say. It does no I/O and reads no clock.
//
// What one pattern may cost is bounded by [MaxText], [MaxDepth] and [MaxNodes], and work is linear
// in the text. A [Parser] reuses its memory; a comparison costs it well below a microsecond.
package pattern
