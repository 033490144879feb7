package configs

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// Problem is one fault of one file: where it is, and what to write instead.
type Problem struct {
	File    string
	Line    int // from 1; 0 when the fault is of the file as a whole
	Column  int // from 1, in characters
	Message string
	Excerpt string // the faulty line with a caret under the column; empty when Line is 0
}

// Error is "file:line:column: message" and, on two more lines, the excerpt.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": " + p.Message)
	if p.Excerpt != "" {
		b.WriteString("\n" + p.Excerpt)
	}
	return b.String()
}

// Problems is every fault found, in order of file, line and column. It is an error when it is
// not empty; use [Problems.Err] where an error is wanted.
type Problems []Problem

// Error is every problem, one below the other.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Err is ps as an error, nil when there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// Sort puts problems in order of file, line and column; those of one place keep their order.
func (ps Problems) Sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// In is a copy of ps whose relative file names are below dir.
func (ps Problems) In(dir string) Problems {
	out := slices.Clone(ps)
	for i, p := range out {
		if !filepath.IsAbs(p.File) {
			out[i].File = filepath.Join(dir, filepath.FromSlash(p.File))
		}
	}
	return out
}

// excerptWidth is how much of a long line an excerpt shows, in characters.
const excerptWidth = 100

// excerpt shows one line with a caret under the column. What a terminal would act on is
// replaced: the text may come from somebody else.
func excerpt(text string, line, column int) string {
	lines := strings.Split(text, "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	shown := []rune(strings.TrimRight(lines[line-1], "\r"))
	for i, r := range shown {
		if r == '\t' {
			shown[i] = ' '
		} else if !unicode.IsPrint(r) {
			shown[i] = '?'
		}
	}
	caret := min(max(column-1, 0), len(shown))
	if from := caret - excerptWidth/2; len(shown) > excerptWidth && from > 0 {
		shown, caret = shown[from:], caret-from
	}
	shown = shown[:min(len(shown), excerptWidth)]
	number := fmt.Sprintf("%4d", line)
	return number + " | " + string(shown) + "\n" + strings.Repeat(" ", len(number)) + " | " + strings.Repeat(" ", caret) + "^"
}
