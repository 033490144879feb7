package configs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/configs"
)

// sample has a field of every kind that the reader knows.
type sample struct {
	Name    string            `yaml:"name" required:"true" write:"a name"`
	Count   int               `yaml:"count"`
	Level   int               `yaml:"level" choice:"1|2|3"`
	On      bool              `yaml:"on"`
	Size    configs.Size      `yaml:"size"`
	Wait    configs.Duration  `yaml:"wait"`
	List    []string          `yaml:"list"`
	Free    []string          `yaml:"free" empty:"ok"`
	Maybe   *[]string         `yaml:"maybe" empty:"ok"`
	Kinds   []string          `yaml:"kinds" choice:"red|blue"`
	Parts   []part            `yaml:"parts" single:"ok"`
	Part    *part             `yaml:"part"`
	Map     map[string]string `yaml:"map"`
	Colours map[string]string `yaml:"colours" choice:"red|blue"`
	Only    configs.Choice    `yaml:"only"`
	Unread  string
}

type part struct {
	A int `yaml:"a"`
	B int `yaml:"b"`
}

func (p *part) Validate(report configs.Report) {
	if p.A > p.B {
		report("a is above b", "a")
	}
	if p.B > 9 {
		report("b is above nine", configs.Key("b"))
	}
}

func TestDecode(t *testing.T) {
	s := sample{Count: 7, Part: &part{B: 5}}
	problems := configs.Decode("x.yaml", []byte(`# comments
name: NO
level: 2
on: true
size: 64KiB
wait: 90s
list: [a, "true", 010, 2026-01-01]
free: []
maybe: []
kinds: [red]
parts: {a: 1, b: 2}
part: {a: 3}
map: {x: y}
colours: {sky: blue}
only: [a, b]
`), &s)
	require.Empty(t, problems)
	assert.Equal(t, sample{
		Name: "NO", Count: 7, Level: 2, On: true, Size: 64 << 10, Wait: configs.Duration(90 * time.Second),
		List: []string{"a", "true", "010", "2026-01-01"}, Free: []string{}, Maybe: &[]string{}, Kinds: []string{"red"},
		Parts: []part{{1, 2}}, Part: &part{3, 5}, Map: map[string]string{"x": "y"}, Colours: map[string]string{"sky": "blue"},
		Only: configs.Choice{"a", "b"},
	}, s, "what the file does not say stays")
}

func TestChoice(t *testing.T) {
	for text, want := range map[string]configs.Choice{
		"": nil, "only: any\n": nil, "only: a\n": {"a"}, "only: [a, b]\n": {"a", "b"},
	} {
		s := sample{}
		require.Empty(t, configs.Decode("x.yaml", []byte("name: x\n"+text), &s))
		assert.Equal(t, want, s.Only)
		assert.Equal(t, want == nil, s.Only.Any())
		assert.Equal(t, want == nil || text != "", s.Only.Has("a"))
		assert.Equal(t, want == nil, s.Only.Has("z"))
	}
}

func TestDecodeFaults(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"an unknown key, near to one", "coumt: 1", `2:1: unknown key "coumt", did you mean "count"?; allowed here: colours, count, free, kinds, level, list, map, maybe, name, on, only, part, parts, size, wait`},
		{"two letters swapped", "czunt: 1", `2:1: unknown key "czunt", did you mean "count"?`},
		{"in capitals", "COUNT: 1", `2:1: unknown key "COUNT", did you mean "count"?`},
		{"an unknown key, near to none", "colourful: 1", `2:1: unknown key "colourful", did you mean "colours"?`},
		{"another language", "anzahl: 1", `2:1: unknown key "anzahl"; allowed here: `},
		{"a very long key", strings.Repeat("count", 20) + ": 1", `; allowed here: `},
		{"a field that is not read", "Unread: 1", `2:1: unknown key "Unread"`},
		{"one key twice", "count: 1\ncount: 2", `3:1: "count" stands here twice, first on line 2; keep one`},
		{"a merge key", "<<: {count: 1}", `2:1: unknown key "<<"`},
		{"a list as a key", "? [a]\n: 1", "2:3: a key is a plain word"},
		{"a tagged key", "!!str count: 1", "2:1: a key is a plain word"},
		{"an anchored key", "&a count: 1", "a key is a plain word"},

		{"text for a number", "count: many", `2:8: count: write a whole number, not "many"`},
		{"a fraction", "count: 1.5", `2:8: count: write a whole number, not "1.5"`},
		{"octal", "count: 010", `2:8: count: write a whole number, not "010"`},
		{"a number in quotes", `count: "1"`, `2:8: count: write a whole number, not "1"`},
		{"too large a number", "count: 99999999999999999999", "2:8: count: write a whole number"},
		{"nothing", "count:", "2:7: count: write a whole number, not nothing"},
		{"null", "count: ~", "2:8: count: write a whole number, not nothing"},
		{"a list for a number", "count: [1]", "2:8: count: write a whole number, not a list"},
		{"keys for a number", "count: {a: 1}", "2:8: count: write a whole number, not keys and values"},
		{"a choice that is none", "level: 4", `2:8: level: "4" is not known; write one of 1, 2, 3`},
		{"a choice in other digits", "level: 01", `2:8: level: "01" is not known`},
		{"yes", "on: yes", `2:5: on: write true or false, not "yes"`},
		{"truth in quotes", `on: "true"`, `2:5: on: write true or false, not "true"`},
		{"a size in decimal units", "size: 10MB", "2:7: size: write a size, as in 512, 64KiB"},
		{"a span without a unit", "wait: 10", "2:7: wait: write a time span"},
		{"a scalar for a list", "list: a", `2:7: list: write a list, as in [a, b], not "a"`},
		{"a scalar of some length", "list: " + strings.Repeat("a", 50), "2:7: list: write a list, as in [a, b], not a long text"},
		{"an empty list", "list: []", "2:7: list: an empty list chooses nothing"},
		{"an empty item", "list: [a, ]\nfree: [~]", "3:8: free: write a text, not nothing"},
		{"a choice of a list", "kinds: [red, blu]", `2:14: kinds: "blu" is not known, did you mean "blue"?; write one of red, blue`},
		{"a choice of a map", "colours: {sky: bleu}", `2:16: sky: "bleu" is not known, did you mean "blue"?`},
		{"truth as text", "map: {a: true}", `2:10: a: write a text: in quotes, "true", if it is meant as text`},
		{"truth as a key", "map: {true: a}", `2:7: map: write a text: in quotes, "true", if it is meant as text`},
		{"a list for a map", "map: [a]", "2:6: map: write keys and values, as in {key: value}, not a list"},
		{"one key of a map twice", "map: {a: b, a: c}", `2:13: "a" stands here twice`},
		{"a scalar for a struct", "part: 1", `2:7: part: write keys and values, not "1"; the keys are a, b`},
		{"nothing for a struct", "part:", "2:6: part: write keys and values, not nothing"},
		{"P-8 43 an empty choice", "only: []", "2:7: only: an empty list would mean nothing at all; an absent list means all"},
		{"any and more", "only: [a, any]", "2:11: only: `any` stands alone"},
		{"keys for a choice", "only: {a: b}", "2:7: only: write a text, not keys and values"},

		{"an anchor", "list: &x [a]", "2:7: list: anchors (&) and aliases (*) are not read; write the value out"},
		{"a tag", "name2: !!binary aGk=\ncount: !!int 1", "3:8: count: tags such as !!int are not read"},
		{"a private tag", "part: !part {a: 1}", "2:7: part: tags such as !part are not read"},
		{"a struct's own rule", "part: {a: 2, b: 1}", "2:11: a is above b"},
		{"a rule about a key", "parts: [{b: 1}, {b: 10}]", "2:18: b is above nine"},
		{"a rule about a list of one", "parts: {a: 2}", "2:12: a is above b"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := sample{}
			problems := configs.Decode("x.yaml", []byte("name: x\n"+row.text+"\n"), &s)
			require.NotEmpty(t, problems)
			assert.Contains(t, problems.Error(), row.want)
		})
	}
}

func TestDecodeWholeFileFaults(t *testing.T) {
	bomb := "a: &a [x, x]\n"
	for c := 'b'; c < 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	for _, row := range []struct{ name, text, want string }{
		{"nothing", "", `x.yaml:1:1: name is missing; add "name": a name`},
		{"only comments", "# later\n", `x.yaml:1:1: name is missing`},
		{"only a marker", "---\n", `x.yaml:1:1: name is missing`},
		{"a word", "hello", `x.yaml:1:1: the file: write keys and values, not "hello"`},
		{"a list", "- a", "x.yaml:1:1: the file: write keys and values, not a list"},
		{"a misspelt key is not missing too", "nane: x", `unknown key "nane", did you mean "name"?`},
		{"an open bracket", "name: x\nlist: [a\ncount: 1\n", "x.yaml:3:6: not YAML: did not find expected ',' or ']' (while parsing a flow sequence that begins on line 2)"},
		{"a tab", "name: x\n\tcount: 1\n", "x.yaml:2:1: not YAML: "},
		{"an unknown alias", "name: *x", "x.yaml:1:7: not YAML: unknown anchor"},
		{"two documents", "name: x\n---\nname: y\n", "x.yaml:2:1: a second document begins here"},
		{"a broken second document", "name: x\n---\n[\n", "not YAML: "},
		{"no UTF-8", "name: x\n\nlist: [é, \xff]", "x.yaml:3:11: this byte is not UTF-8"},
		{"UTF-16", "\xff\xfen\x00", "x.yaml:1:1: this byte is not UTF-8"},
		{"a NUL", "name: \x00", "not YAML: "},
		{"ADV-45 too deep", "list: " + strings.Repeat("[", 20_000), "not YAML: exceeded max depth"},
		{"ADV-45 too deep in blocks", strings.Repeat("- ", 20_000), "not YAML: exceeded max depth"},
		{"ADV-45 an alias bomb", bomb, "unknown key"},
		{"ADV-45 too long", "# " + strings.Repeat("x", 1<<20), "x.yaml: the file has 1048578 bytes; at most 1048576 are read"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := sample{}
			problems := configs.Decode("x.yaml", []byte(row.text), &s)
			require.NotEmpty(t, problems)
			assert.Contains(t, problems.Error(), row.want)
		})
	}
}

func TestEveryFaultAtOnce(t *testing.T) {
	s := sample{}
	problems := configs.Decode("x.yaml", []byte("count: a\nlevel: 9\nparts:\n  - {a: x, b: 11}\n  - {c: 1}\nnope: 1\n"), &s)
	var places []string
	for _, p := range problems {
		places = append(places, fmt.Sprintf("%d:%d", p.Line, p.Column))
	}
	assert.Equal(t, []string{"1:1", "1:8", "2:8", "4:9", "4:12", "5:6", "6:1"}, places)
	assert.Equal(t, "x.yaml:4:9: a: write a whole number, not \"x\"\n   4 |   - {a: x, b: 11}\n     |         ^", problems[3].Error())
}

func TestDocumentProblem(t *testing.T) {
	d, problems := configs.Parse("x.yaml", []byte("a:\n  - b: 1\n    c: {d: é, e: f}\n"))
	require.Empty(t, problems)
	for _, row := range []struct {
		name         string
		path         []any
		line, column int
	}{
		{"the document", nil, 1, 1},
		{"a value", []any{"a", 0, "c", "e"}, 3, 18},
		{"a key", []any{"a", 0, configs.Key("c")}, 3, 5},
		{"as far as it goes", []any{"a", 0, "x", "y"}, 2, 5},
		{"an index that is not there", []any{"a", 5}, 2, 3},
		{"a key of no mapping", []any{"a", "b"}, 2, 3},
		{"the first of what is no list", []any{"a", 0, "c", "e", 0}, 3, 18},
	} {
		p := d.Problem("here", row.path...)
		assert.Equal(t, [2]int{row.line, row.column}, [2]int{p.Line, p.Column}, row.name)
	}
}

func TestUnreadableField(t *testing.T) {
	var s struct {
		F float64 `yaml:"f"`
	}
	assert.Panics(t, func() { configs.Decode("x.yaml", []byte("f: 1.5"), &s) }, "a mistake of the program, not of the file")
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"name: x\nparts: {a: 1}\n", "a: &a [*a]\n", "? {a: b}\n: - c\n", "name: |\n  x\n", "\xef\xbb\xbfname: x", "%YAML 1.2\n---\nname: x\n...\n", "only: [any]\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := sample{}
		for _, p := range configs.Decode("x.yaml", data, &s) {
			if p.Message == "" || p.Line < 0 || strings.ContainsAny(p.Excerpt, "\x1b\x07\r") {
				t.Fatalf("%#v", p)
			}
		}
	})
}
