package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

const (
	maxFile  = 1 << 20 // bytes of one file
	maxDepth = 32      // levels of nesting
)

// Document is one parsed YAML file that remembers where each value stands.
type Document struct {
	file string
	text string
	root *yaml.Node // the value of the document, never nil
}

// Key as the last step of a path points at the key of an entry instead of its value.
type Key string

// Parse reads one YAML document of at most 1 MiB and 32 levels. A second document, bytes that
// are not UTF-8 and a syntax error are problems; anchors, aliases and tags are left to
// [Document.Decode], which refuses them.
func Parse(file string, data []byte) (*Document, Problems) {
	d := &Document{file: file, text: string(data), root: &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}}
	if len(data) > maxFile {
		return d, Problems{{File: file, Message: fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), maxFile)}}
	}
	if !utf8.Valid(data) {
		return d, Problems{d.invalidUTF8()}
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		return d, Problems{{File: file, Message: err.Error()}}
	}
	var first, second yaml.Node
	switch err := loader.Load(&first); {
	case errors.Is(err, io.EOF):
		return d, nil // nothing but comments: an empty mapping
	case err != nil:
		return d, Problems{d.syntax(err)}
	}
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return d, Problems{d.syntax(err)}
	default:
		return d, Problems{d.at(&second, "a second document begins here; a file holds one: remove the --- and what follows it")}
	}
	if len(first.Content) > 0 && first.Content[0].Tag != "!!null" {
		d.root = first.Content[0]
	}
	return d, nil
}

// Problem is a fault of the value at path: string for a key, int for an index, [Key] for a
// key itself. Where the path ends early in the file, the last value on the way is shown.
func (d *Document) Problem(message string, path ...any) Problem {
	return d.at(find(d.root, path), message)
}

func find(n *yaml.Node, path []any) *yaml.Node {
	for _, step := range path {
		next := child(n, step)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// child is one step down; a list of one may be written without its brackets, so that index 0
// of something that is no list is the thing itself.
func child(n *yaml.Node, step any) *yaml.Node {
	switch step := step.(type) {
	case int:
		if n.Kind != yaml.SequenceNode && step == 0 {
			return n
		}
		if n.Kind == yaml.SequenceNode && step < len(n.Content) {
			return n.Content[step]
		}
	case string:
		if i := entry(n, step); i >= 0 {
			return n.Content[i+1]
		}
	case Key:
		if i := entry(n, string(step)); i >= 0 {
			return n.Content[i]
		}
	}
	return nil
}

// entry is the index of a key among a mapping's content, -1 without one.
func entry(n *yaml.Node, key string) int {
	if n.Kind != yaml.MappingNode {
		return -1
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return i
		}
	}
	return -1
}

func (d *Document) at(n *yaml.Node, message string) Problem {
	return d.position(n.Line, n.Column, message)
}

func (d *Document) position(line, column int, message string) Problem {
	return Problem{File: d.file, Line: line, Column: column, Message: message, Excerpt: excerpt(d.text, line, column)}
}

func (d *Document) invalidUTF8() Problem {
	valid := 0
	for valid < len(d.text) {
		r, n := utf8.DecodeRuneInString(d.text[valid:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		valid += n
	}
	before := d.text[:valid]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return d.position(line, column, "this byte is not UTF-8; save the file as UTF-8")
}

// syntax says where the parser stopped; where a construct is left open, where it began.
func (d *Document) syntax(err error) Problem {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return Problem{File: d.file, Message: "not YAML: " + err.Error()}
	}
	message := "not YAML: " + e.Message
	if e.ContextMsg != "" {
		message += " (" + e.ContextMsg
		if e.ContextMark.Line > 0 && e.ContextMark.Line != e.Mark.Line {
			message += fmt.Sprintf(" that begins on line %d", e.ContextMark.Line)
		}
		message += ")"
	}
	return d.position(max(e.Mark.Line, 1), max(e.Mark.Column, 1), message)
}
