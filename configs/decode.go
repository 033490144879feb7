package configs

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Report records a fault of the value at path, which starts at the value being validated; see
// [Document.Problem] for its steps. Faults of values that have one already are dropped.
type Report func(message string, path ...any)

// Validator is a struct with rules beyond its shape. Validate is called once its fields are
// set, also when some could not be: those are zero.
type Validator interface{ Validate(Report) }

// Choice is a list that narrows: nil, which is also what is absent or written `any`, means
// all. One value needs no brackets; an empty list is a problem.
type Choice []string

// Any reports whether the choice narrows nothing.
func (c Choice) Any() bool { return c == nil }

// Has reports whether s is among what is chosen.
func (c Choice) Has(s string) bool { return c == nil || slices.Contains(c, s) }

// Decode reads one YAML file into a struct and reports every fault of it; into keeps what it
// held where the file is silent, so defaults are set beforehand.
//
// Fields are named by `yaml:"key"`; a field without is not read. Further tags:
//
//	required:"true"     the key must stand there
//	choice:"a|b"        the only values of the scalar, or of the scalars in the list or map
//	empty:"ok"          the list may be empty; elsewhere that is a problem, since it neither
//	                    chooses something nor leaves the choice open
//	single:"ok"         a list of one may be written without brackets
//	write:"a number…"   what to write, for messages
//
// Types that implement [encoding.TextUnmarshaler] read a scalar; their error says what to write.
func Decode(file string, data []byte, into any) Problems {
	d, ps := Parse(file, data)
	if len(ps) > 0 {
		return ps
	}
	return d.Decode(into)
}

// Decode is [Decode] of a document that is parsed already.
func (d *Document) Decode(into any) Problems {
	dec := decoder{doc: d, faulty: map[*yaml.Node]bool{}}
	dec.value(d.root, reflect.ValueOf(into).Elem(), rules{name: "the file"})
	dec.problems.Sort()
	return dec.problems
}

type decoder struct {
	doc      *Document
	problems Problems
	faulty   map[*yaml.Node]bool
}

// rules are a field's tags.
type rules struct {
	name          string // as messages call the value
	choices       []string
	empty, single bool
	write         string
}

func rulesOf(f reflect.StructField, key string) rules {
	r := rules{name: key, empty: f.Tag.Get("empty") == "ok", single: f.Tag.Get("single") == "ok", write: f.Tag.Get("write")}
	if c := f.Tag.Get("choice"); c != "" {
		r.choices = strings.Split(c, "|")
	}
	return r
}

func (d *decoder) fail(n *yaml.Node, format string, args ...any) {
	d.faulty[n] = true
	d.problems = append(d.problems, d.doc.at(n, fmt.Sprintf(format, args...)))
}

func (d *decoder) value(n *yaml.Node, v reflect.Value, r rules) {
	switch {
	case n.Anchor != "" || n.Kind == yaml.AliasNode:
		d.fail(n, "%s: anchors (&) and aliases (*) are not read; write the value out", r.name)
	case n.Style&yaml.TaggedStyle != 0:
		d.fail(n, "%s: tags such as %s are not read; write the value alone", r.name, n.Tag)
	case v.Kind() == reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			p.Elem().Set(v.Elem())
		}
		v.Set(p)
		d.value(n, p.Elem(), r)
	case v.Type() == reflect.TypeFor[Choice]():
		d.choice(n, v, r)
	case isText(v):
		d.scalar(n, v, r)
	case v.Kind() == reflect.Struct:
		d.structure(n, v, r)
	case v.Kind() == reflect.Map:
		d.mapping(n, v, r)
	case v.Kind() == reflect.Slice:
		d.list(n, v, r)
	default:
		d.scalar(n, v, r)
	}
}

func isText(v reflect.Value) bool {
	return v.Addr().Type().Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value, r rules) {
	fields := map[string]reflect.StructField{}
	for f := range v.Type().Fields() {
		if key := f.Tag.Get("yaml"); key != "" {
			fields[key] = f
		}
	}
	if n.Kind != yaml.MappingNode {
		d.fail(n, "%s: write keys and values, not %s; the keys are %s", r.name, describe(n), keyList(fields))
		return
	}
	seen, misspelt := d.keys(n), map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, val := n.Content[i], n.Content[i+1]
		f, known := fields[k.Value]
		if !known {
			meant := nearest(k.Value, slices.Sorted(maps.Keys(fields)))
			d.fail(k, "unknown key %q%s; allowed here: %s", k.Value, didYouMean(meant), keyList(fields))
			d.hush(k.Value)
			misspelt[meant] = true
		} else if seen[k.Value] == k {
			d.value(val, v.FieldByIndex(f.Index), rulesOf(f, f.Tag.Get("yaml")))
		}
	}
	for f := range v.Type().Fields() {
		key := f.Tag.Get("yaml")
		if f.Tag.Get("required") == "true" && seen[key] == nil && !misspelt[key] {
			d.problems = append(d.problems, d.doc.at(n, fmt.Sprintf("%s is missing; add %q: %s", key, key, wanted(v.FieldByIndex(f.Index), rulesOf(f, key)))))
		}
	}
	if val, ok := v.Addr().Interface().(Validator); ok {
		val.Validate(func(message string, path ...any) {
			if at := find(n, path); !d.faulty[at] {
				d.problems = append(d.problems, d.doc.at(at, message))
			}
		})
	}
}

// keys checks a mapping's keys and is the first node of each.
func (d *decoder) keys(n *yaml.Node) map[string]*yaml.Node {
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch first := seen[k.Value]; {
		case k.Kind != yaml.ScalarNode || k.Anchor != "" || k.Style&yaml.TaggedStyle != 0:
			d.fail(k, "a key is a plain word")
		case first != nil:
			d.fail(k, "%q stands here twice, first on line %d; keep one", k.Value, first.Line)
		default:
			seen[k.Value] = k
		}
	}
	return seen
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, r rules) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "%s: write keys and values, as in {key: value}, not %s", r.name, describe(n))
		return
	}
	seen := d.keys(n)
	out := reflect.MakeMap(v.Type())
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, val := n.Content[i], n.Content[i+1]
		if seen[k.Value] != k {
			continue
		}
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		d.scalar(k, key, rules{name: r.name})
		d.value(val, elem, rules{name: k.Value, choices: r.choices, write: r.write})
		if !d.faulty[k] {
			out.SetMapIndex(key, elem)
		}
	}
	v.Set(out)
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, r rules) {
	items := n.Content
	switch {
	case n.Kind == yaml.SequenceNode && len(items) == 0 && !r.empty:
		d.fail(n, "%s: an empty list chooses nothing; list something or remove the key", r.name)
		return
	case n.Kind != yaml.SequenceNode && r.single && !isNull(n):
		items = []*yaml.Node{n}
	case n.Kind != yaml.SequenceNode:
		d.fail(n, "%s: write a list, as in [a, b], not %s", r.name, describe(n))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		d.value(item, out.Index(i), rules{name: r.name, choices: r.choices, write: r.write})
	}
	v.Set(out)
}

func (d *decoder) choice(n *yaml.Node, v reflect.Value, r rules) {
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		d.fail(n, "%s: an empty list would mean nothing at all; an absent list means all: remove the key, or list what is meant", r.name)
		return
	}
	if n.Kind == yaml.ScalarNode && n.Value == "any" {
		v.SetZero()
		return
	}
	r.single = true
	list := reflect.New(reflect.TypeFor[[]string]()).Elem()
	d.list(n, list, r)
	v.Set(list.Convert(v.Type()))
	for i, s := range v.Interface().(Choice) {
		if s == "any" {
			d.fail(child(n, i), "%s: `any` stands alone, or nothing does", r.name)
		}
	}
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, r rules) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		d.fail(n, "%s: write %s, not %s", r.name, wanted(v, r), describe(n))
		return
	}
	if r.choices != nil && !slices.Contains(r.choices, n.Value) {
		d.fail(n, "%s: %q is not known%s; write %s", r.name, n.Value, didYouMean(nearest(n.Value, r.choices)), wanted(v, r))
		return
	}
	if fault := set(n, v, wanted(v, r)); fault != "" {
		d.fail(n, "%s: %s", r.name, fault)
	}
}

// set reads one scalar; what it returns is a message without the value's name.
func set(n *yaml.Node, v reflect.Value, want string) string {
	wrong := fmt.Sprintf("write %s, not %s", want, describe(n))
	if isText(v) {
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
			return err.Error()
		}
		return ""
	}
	switch v.Kind() {
	case reflect.String:
		if n.Tag == "!!bool" {
			return fmt.Sprintf("write %s: in quotes, %q, if it is meant as text", want, n.Value)
		}
		v.SetString(n.Value)
	case reflect.Bool:
		if n.Value != "true" && n.Value != "false" || n.Tag != "!!bool" {
			return wrong
		}
		v.SetBool(n.Value == "true")
	case reflect.Int:
		i, err := strconv.Atoi(n.Value)
		if err != nil || n.Tag != "!!int" || strconv.Itoa(i) != n.Value {
			return wrong
		}
		v.SetInt(int64(i))
	default:
		panic("configs: no reader for fields of type " + v.Type().String())
	}
	return ""
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// describe names what stands there, briefly: it may be long, or a secret in the wrong place.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys and values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	case len(n.Value) > 40:
		return "a long text"
	}
	return strconv.Quote(n.Value)
}

// wanted says what a field takes.
func wanted(v reflect.Value, r rules) string {
	switch {
	case r.write != "":
		return r.write
	case len(r.choices) > 0:
		return "one of " + strings.Join(r.choices, ", ")
	}
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "keys and values"
	}
	return "a text"
}

func keyList(fields map[string]reflect.StructField) string {
	return strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
}

// hush takes the line out of the last problem if the key at fault sounds like a secret's: what
// stands behind it belongs into no terminal and no journal.
func (d *decoder) hush(key string) {
	for _, word := range []string{"pass", "secret", "token", "key", "credential"} {
		if strings.Contains(strings.ToLower(key), word) {
			last := &d.problems[len(d.problems)-1]
			last.Excerpt = ""
			last.Message += "; a secret stands in a file of its own"
			return
		}
	}
}
