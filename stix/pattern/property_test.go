package pattern_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// sentence is a text and the shape that its tree must have.
type sentence struct{ text, shape string }

// Whatever the grammar derives is valid, and its tree is the derivation.
func TestDerivationsParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawObservations(t, 3)
		p := parse(t, s.text)
		assert.Equal(t, s.shape, shape(p.Root()), s.text)
		p.Check(nil)
	})
}

// Without its last character, none of them is valid.
func TestShortenedDerivationsFail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawObservation(t, 2, false)
		refused(t, strings.TrimSuffix(strings.TrimSuffix(s.text, ")"), "]"))
	})
}

func space(t *rapid.T) string {
	return rapid.SampledFrom([]string{" ", "\n", "\u2003\t", " /**/ ", " //x\n"}).Draw(t, "space")
}

// drawList draws one operand or more of them; one stands for itself.
func drawList(t *rapid.T, operator, kind string, operand func() sentence) sentence {
	n := rapid.IntRange(1, 3).Draw(t, "operands")
	texts, shapes := []string{}, ""
	for range n {
		s := operand()
		texts = append(texts, s.text)
		shapes += " (" + s.shape + ")"
	}
	if n == 1 {
		return sentence{texts[0], shapes[2 : len(shapes)-1]}
	}
	return sentence{strings.Join(texts, space(t)+operator+space(t)), kind + shapes}
}

func drawObservations(t *rapid.T, depth int) sentence {
	return drawList(t, "FOLLOWEDBY", "followed-by", func() sentence {
		return drawList(t, "OR", "or", func() sentence {
			return drawList(t, "AND", "and", func() sentence { return drawObservation(t, depth, true) })
		})
	})
}

func drawObservation(t *rapid.T, depth int, qualified bool) sentence {
	var s sentence
	if depth > 0 && rapid.IntRange(0, 3).Draw(t, "group") == 0 {
		inner := drawObservations(t, depth-1)
		s = sentence{"(" + inner.text + ")", "group (" + inner.shape + ")"}
	} else {
		inner := drawComparisons(t, depth)
		s = sentence{"[" + inner.text + "]", "observation (" + inner.shape + ")"}
	}
	if !qualified {
		return s
	}
	for _, q := range []sentence{
		{"WITHIN 0.5 SECONDS", " (within (float 0.5))"},
		{"REPEATS 7 TIMES", " (repeats (integer 7))"},
		{"START t'2020-01-01T00:00:00Z' STOP t'2020-01-02T00:00:00.5Z'", " (start-stop (timestamp t'2020-01-01T00:00:00Z') (timestamp t'2020-01-02T00:00:00.5Z'))"},
	} {
		if rapid.IntRange(0, 3).Draw(t, "qualifier") == 0 {
			s.text += space(t) + q.text
			s.shape += q.shape
		}
	}
	return s
}

func drawComparisons(t *rapid.T, depth int) sentence {
	return drawList(t, "OR", "or", func() sentence {
		return drawList(t, "AND", "and", func() sentence { return drawTest(t, depth) })
	})
}

func drawTest(t *rapid.T, depth int) sentence {
	if depth > 0 && rapid.IntRange(0, 3).Draw(t, "group") == 0 {
		inner := drawComparisons(t, depth-1)
		return sentence{"(" + inner.text + ")", "group (" + inner.shape + ")"}
	}
	path := drawPath(t)
	not := rapid.SampledFrom([]string{"", "NOT "}).Draw(t, "not")
	shapeNot := strings.TrimRight(" "+not, " ")
	operator := rapid.SampledFrom([]string{"EXISTS", "=", "!=", "<", ">=", "IN", "LIKE", "MATCHES", "ISSUBSET"}).Draw(t, "operator")
	if operator == "EXISTS" {
		return sentence{not + "EXISTS" + space(t) + path.text, "comparison" + shapeNot + " EXISTS (" + path.shape + ")"}
	}
	right := drawConstant(t, operator)
	return sentence{
		path.text + space(t) + not + operator + space(t) + right.text,
		"comparison" + shapeNot + " " + operator + " (" + path.shape + ") (" + right.shape + ")",
	}
}

func drawPath(t *rapid.T) sentence {
	object := rapid.SampledFrom([]string{"file", "x-a", "a_", "NOT-a", "tt"}).Draw(t, "type")
	s := sentence{object + ":", "path (object type " + object + ")"}
	for i := range rapid.IntRange(1, 4).Draw(t, "steps") {
		if i > 0 && rapid.Bool().Draw(t, "index") {
			index := rapid.SampledFrom([]string{"[0]", "[12]", "[-1]", "[*]"}).Draw(t, "at")
			kind := map[bool]string{true: "star ", false: "index "}[index == "[*]"]
			s.text, s.shape = s.text+index, s.shape+" ("+kind+index+")"
			continue
		}
		key := rapid.SampledFrom([]string{"name", "INx", "_", "'AND'", "'a-b'", `'\\\''`, "''"}).Draw(t, "key")
		s.text, s.shape = s.text+map[bool]string{true: "."}[i > 0]+key, s.shape+" (key "+key+")"
	}
	return s
}

func drawConstant(t *rapid.T, operator string) sentence {
	switch operator {
	case "IN":
		s := sentence{"(", "set"}
		n := rapid.IntRange(1, 3).Draw(t, "members")
		for i := range n {
			c := drawConstant(t, "=")
			s.text, s.shape = s.text+map[bool]string{true: ","}[i > 0]+c.text, s.shape+" ("+c.shape+")"
		}
		return sentence{s.text + ")", s.shape}
	case "LIKE", "MATCHES", "ISSUBSET":
		text := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(rapid.String().Draw(t, "string")) + "'"
		return sentence{text, "string " + text}
	}
	constants := []sentence{
		{"0", "integer 0"}, {"-12", "integer -12"}, {"+3", "integer +3"}, {".5", "float .5"}, {"-01.50", "float -01.50"},
		{"h'0aF0'", "hex h'0aF0'"}, {"b'AB+/CD=='", "binary b'AB+/CD=='"}, {"'x'", "string 'x'"},
		{"t'2024-02-29T23:59:60.123Z'", "timestamp t'2024-02-29T23:59:60.123Z'"},
		{"true", "boolean true"}, {"false", "boolean false"},
	}
	if operator == "<" || operator == ">=" {
		constants = constants[:len(constants)-2]
	}
	return rapid.SampledFrom(constants).Draw(t, "constant")
}
