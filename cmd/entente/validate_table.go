package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tableFlags say how much the table shows.
type tableFlags struct {
	warnings, all, quiet bool
}

// How much the table shows without --all, and how wide it is.
const (
	shownKinds  = 20 // kinds of errors, and of warnings, of a file
	shownPlaces = 3  // places of one kind
	tableWidth  = 80
)

// table prints verdicts for people.
type table struct {
	tableFlags
	out *bufio.Writer

	rows                                      int // printed, so not those that --quiet leaves out
	files, invalid, objects, errors, warnings int
	forgiven                                  map[string]int // by tolerance
	codes                                     map[string]*codeCount
}

// codeCount is how often an error occurs in all files.
type codeCount struct {
	code, message string
	places, files int
}

func newTable(w io.Writer, f tableFlags) *table {
	return &table{tableFlags: f, out: bufio.NewWriter(w), forgiven: map[string]int{}, codes: map[string]*codeCount{}}
}

// add prints what is said of one file.
func (t *table) add(v verdict) error {
	t.count(v)
	if t.quiet && v.Valid {
		return nil
	}
	if t.rows++; t.rows == 1 {
		fmt.Fprintln(t.out, "verdict  objects  errors  warnings  file")
	}
	word := "valid"
	if !v.Valid {
		word = "INVALID"
	}
	fmt.Fprintf(t.out, "%-7s %8d %7d %9d  %s\n", word, v.Objects, len(v.Errors), len(v.Warnings), printable(v.File))
	t.list("error", v.Errors)
	if t.tableFlags.warnings {
		t.list("warning", v.Warnings)
	}
	return t.out.Flush()
}

func (t *table) count(v verdict) {
	t.files++
	if !v.Valid {
		t.invalid++
	}
	t.objects += v.Objects
	t.errors += len(v.Errors)
	t.warnings += len(v.Warnings)
	for _, f := range v.Warnings {
		if f.Tolerance != "" {
			t.forgiven[f.Tolerance]++
		}
	}
	here := map[string]bool{}
	for _, f := range v.Errors {
		c := t.codes[f.Code]
		if c == nil {
			c = &codeCount{code: f.Code, message: f.Message}
			t.codes[f.Code] = c
		}
		c.places++
		if !here[f.Code] {
			here[f.Code] = true
			c.files++
		}
	}
}

// list prints findings by kind, the most frequent first.
func (t *table) list(severity string, fs []finding) {
	kinds := kindsOf(fs)
	for i, places := range kinds {
		if i == shownKinds && !t.all {
			fmt.Fprintf(t.out, "  and %s of %ss; --all shows them\n", plural(len(kinds)-i, "more kind"), severity)
			return
		}
		t.kind(severity, places)
	}
}

// kind prints one kind of finding: its message where that is the same everywhere, else beside
// each place.
func (t *table) kind(severity string, places []finding) {
	head := severity + " " + places[0].Code
	if places[0].Tolerance != "" {
		head += ", forgiven: " + places[0].Tolerance
	}
	if len(places) > 1 {
		head += fmt.Sprintf(", %d times", len(places))
	}
	differ := slices.ContainsFunc(places, func(f finding) bool { return f.Message != places[0].Message })
	if !differ {
		head += ": " + places[0].Message
	}
	t.wrap("  ", "      ", head)
	shown := places
	if !t.all && len(places) > shownPlaces {
		shown = examples(places)
	}
	for _, f := range shown {
		t.place(f)
		if differ {
			t.wrap("      ", "      ", f.Message)
		}
	}
	if len(shown) < len(places) {
		fmt.Fprintf(t.out, "    and %s; --all shows them\n", plural(len(places)-len(shown), "more place"))
	}
}

// examples are a few places, with as many messages as possible.
func examples(places []finding) []finding {
	said := map[string]bool{}
	var first, more []finding
	for _, f := range places {
		if said[f.Message] {
			more = append(more, f)
			continue
		}
		said[f.Message] = true
		first = append(first, f)
	}
	return append(first, more...)[:shownPlaces]
}

// kindsOf puts together what breaks one rule.
func kindsOf(fs []finding) (kinds [][]finding) {
	type kind struct{ code, tolerance string }
	place := map[kind]int{}
	for _, f := range fs {
		k := kind{f.Code, f.Tolerance}
		i, ok := place[k]
		if !ok {
			i = len(kinds)
			place[k] = i
			kinds = append(kinds, nil)
		}
		kinds[i] = append(kinds[i], f)
	}
	slices.SortStableFunc(kinds, func(a, b []finding) int { return cmp.Compare(len(b), len(a)) })
	return kinds
}

// place prints where something was found: pointer and value, then the object, on one line if
// there is room.
func (t *table) place(f finding) {
	where := printable(f.Pointer)
	if f.Line > 0 {
		where = strings.TrimSuffix(fmt.Sprintf("line %d, %s", f.Line, where), ", ")
	}
	if f.Value != "" && f.Value != string(f.ID) {
		const least = 12 // characters of a value that are worth showing
		room := max(tableWidth-utf8.RuneCountInString(where)-6, least)
		where += ": " + shorten(printable(strings.Join(strings.Fields(f.Value), " ")), room)
	}
	object := printable(cmp.Or(string(f.ID), f.Type))
	switch {
	case where == "" && object == "":
	case where == "" || object == "":
		fmt.Fprintf(t.out, "    %s%s\n", where, object)
	case utf8.RuneCountInString(where)+utf8.RuneCountInString(object)+6 <= tableWidth:
		fmt.Fprintf(t.out, "    %s  %s\n", where, object)
	default:
		fmt.Fprintf(t.out, "    %s\n      %s\n", where, object)
	}
}

// close prints what all files have in common.
func (t *table) close() error {
	if t.rows > 0 && t.files > 1 {
		fmt.Fprintln(t.out)
	}
	if t.files > 1 {
		fmt.Fprintf(t.out, "%s, %d invalid; %s, %s, %s\n", plural(t.files, "file"), t.invalid,
			plural(t.objects, "object"), plural(t.errors, "error"), plural(t.warnings, "warning"))
		t.frequent()
	}
	if len(t.forgiven) > 0 {
		names := slices.SortedFunc(maps.Keys(t.forgiven), func(a, b string) int {
			return cmp.Or(cmp.Compare(t.forgiven[b], t.forgiven[a]), cmp.Compare(a, b))
		})
		for i, name := range names {
			names[i] = fmt.Sprintf("%s %d", name, t.forgiven[name])
		}
		t.wrap("", "  ", "forgiven: "+strings.Join(names, ", ")+" (--strict makes errors of these)")
	}
	if t.warnings > 0 && !t.tableFlags.warnings {
		fmt.Fprintf(t.out, "%s not shown; --warnings shows them\n", plural(t.warnings, "warning"))
	}
	return t.out.Flush()
}

// frequent lists the errors that occur in several files.
func (t *table) frequent() {
	codes := slices.SortedFunc(maps.Values(t.codes), func(a, b *codeCount) int {
		return cmp.Or(cmp.Compare(b.files, a.files), cmp.Compare(b.places, a.places), cmp.Compare(a.code, b.code))
	})
	codes = slices.DeleteFunc(codes, func(c *codeCount) bool { return c.files == 1 })
	for _, c := range codes[:min(len(codes), shownKinds)] {
		t.wrap("  ", "      ", fmt.Sprintf("in %d files, %s: %s, such as: %s", c.files, plural(c.places, "place"), c.code, c.message))
	}
}

// wrap prints a text in lines that fit; the first begins with one indent, the others with another.
func (t *table) wrap(first, rest, text string) {
	line, width := first, 0
	for word := range strings.FieldsSeq(text) {
		word = printable(word)
		n := utf8.RuneCountInString(word)
		switch {
		case width == 0:
			width = len(line)
		case width+1+n > tableWidth:
			fmt.Fprintln(t.out, line)
			line, width = rest, len(rest)
		default:
			line, width = line+" ", width+1
		}
		line, width = line+word, width+n
	}
	fmt.Fprintln(t.out, line)
}

// printable keeps what a file says from commanding the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, s)
}

// shorten cuts off what is more than n characters.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
