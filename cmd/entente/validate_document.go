package main

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"entente/stix"
)

// verdict is what is said of one file, as --json prints it.
type verdict struct {
	File     string    `json:"file"`
	Valid    bool      `json:"valid"`
	Objects  int       `json:"objects"`
	Errors   []finding `json:"errors"`
	Warnings []finding `json:"warnings"`
}

// finding is a [stix.Finding] in a file.
type finding struct {
	Pointer   string  `json:"pointer"` // into the whole file
	Code      string  `json:"code"`
	Message   string  `json:"message"`
	Value     string  `json:"value,omitempty"`
	Type      string  `json:"type,omitempty"` // of the object, and its identifier, if it has them
	ID        stix.ID `json:"id,omitempty"`
	Tolerance string  `json:"tolerance,omitempty"`
	Line      int     `json:"line,omitempty"` // where the object begins that stands on a line of its own

	object int // its place among the objects; -1 for the file itself
}

// Codes of what is wrong with a file as such, as those of docs/stix.md.
const (
	codeNoDocument = "J-syntax"
	codeNoObjects  = "J-object"
	codeTooLarge   = "J-size"
	codeUnread     = "J-file"
)

// refused is what is said of a file that is not looked into.
func refused(name, code string, why error) verdict {
	f := finding{Code: code, Message: why.Error(), object: -1}
	return verdict{File: name, Errors: []finding{f}, Warnings: []finding{}}
}

// judge checks one document. An error is that of the context.
func (v *validation) judge(ctx context.Context, name string, data []byte) (verdict, error) {
	e := &examination{data: data, verdict: verdict{File: name, Errors: []finding{}, Warnings: []finding{}}}
	if err := e.open(); err != nil {
		return e.verdict, nil
	}
	e.add(-1, stix.Object{}, v.reader.CheckBundle(&e.doc))
	if err := e.checkObjects(ctx, v); err != nil {
		return e.verdict, err
	}
	byPlace := func(a, b finding) int { return a.object - b.object }
	slices.SortStableFunc(e.verdict.Errors, byPlace)
	slices.SortStableFunc(e.verdict.Warnings, byPlace)
	e.verdict.Valid = len(e.verdict.Errors) == 0
	return e.verdict, nil
}

// examination is the checking of one document.
type examination struct {
	data    []byte
	doc     stix.Document
	lines   []int // where the objects of a document of lines begin
	verdict verdict
}

// open finds the objects; where that cannot be done it says so, and returns an error.
func (e *examination) open() (err error) {
	if e.doc, err = readObjects(e.data); err != nil {
		f := finding{Code: codeNoDocument, Message: err.Error(), object: -1}
		var at *stix.DocumentError
		if errors.As(err, &at) {
			f.Line = 1 + bytes.Count(e.data[:at.Offset], []byte("\n"))
		}
		e.verdict.Errors = append(e.verdict.Errors, f)
		return err
	}
	e.verdict.Objects = len(e.doc.Objects)
	if e.doc.Kind == stix.Lines {
		e.lines = linesOf(e.data, e.doc.Objects)
	}
	if e.verdict.Objects > 0 {
		return nil
	}
	f := stix.Finding{Code: codeNoObjects, Message: "the " + e.doc.Kind.String() + " holds no objects, so nothing is checked"}
	if !e.mayBeEmpty() {
		f.Severity = stix.Error
	}
	e.add(-1, stix.Object{}, []stix.Finding{f})
	return nil
}

// mayBeEmpty is whether a document may hold no objects: a bundle (STIX 2.1 §8), and an envelope, as
// which a server says that it has nothing (TAXII 2.1 §3.7). An empty list does not say that (§2),
// and {} could be anything.
func (e *examination) mayBeEmpty() bool {
	_, list := e.doc.Member("objects")
	return e.doc.Kind == stix.Bundle || e.doc.Kind == stix.Envelope && len(e.doc.Members) > 0 && !list
}

// readObjects finds the objects of a document. Where the first line is one whole object, a line
// that is broken harms none of the others.
func readObjects(data []byte) (stix.Document, error) {
	const space = " \t\r\n"
	doc, err := stix.ReadDocument(data)
	if err == nil {
		return doc, nil
	}
	first, rest, _ := bytes.Cut(bytes.TrimLeft(data, space), []byte("\n"))
	if one, e := stix.ReadDocument(first); e != nil || one.Kind != stix.Single || len(bytes.Trim(rest, space)) == 0 {
		return doc, err
	}
	lines := stix.Document{Kind: stix.Lines}
	at := 0
	for line := range bytes.Lines(data) {
		object := bytes.Trim(line, space)
		switch {
		case len(object) == 0:
		case len(lines.Objects) == stix.MaxObjects:
			return stix.Document{}, &stix.DocumentError{Offset: at, Reason: "more than 1,000,000 lines; check them in parts, as `split -l 1000000` makes them"}
		default:
			lines.Objects = append(lines.Objects, object)
		}
		at += len(line)
	}
	return lines, nil
}

// linesOf counts the lines to each object, from 1. Nothing but white space is between objects.
func linesOf(data []byte, objects [][]byte) []int {
	lines := make([]int, len(objects))
	at, line := 0, 1
	for i, o := range objects {
		gap := bytes.IndexByte(data[at:], o[0])
		line += bytes.Count(data[at:at+gap], []byte("\n"))
		lines[i] = line
		line += bytes.Count(o, []byte("\n"))
		at += gap + len(o)
	}
	return lines
}

// checkObjects reads every object, and then those that were accepted beside each other.
func (e *examination) checkObjects(ctx context.Context, v *validation) error {
	objects, findings, err := v.read(ctx, e.doc.Objects)
	if err != nil {
		return err
	}
	var places []int // of the accepted objects, which move to the front
	for i, fs := range findings {
		e.add(i, objects[i], fs)
		if _, rejected := stix.Rejects(fs); !rejected {
			objects[len(places)] = objects[i]
			places = append(places, i)
		}
	}
	for i, fs := range v.reader.CheckTogether(objects[:len(places)]) {
		e.add(places[i], objects[i], fs)
	}
	return nil
}

// read reads objects on all cores.
func (v *validation) read(ctx context.Context, raws [][]byte) ([]stix.Object, [][]stix.Finding, error) {
	const part = 256
	objects, findings := make([]stix.Object, len(raws)), make([][]stix.Finding, len(raws))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < len(raws); from += part {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			bytes := 0
			for i := from; i < min(from+part, len(raws)); i++ {
				objects[i], findings[i] = v.reader.Read(raws[i])
				bytes += len(raws[i])
			}
			v.meter.add(bytes)
			return nil
		})
	}
	return objects, findings, g.Wait()
}

// add puts what was found in an object, or in the document for -1, where it belongs.
func (e *examination) add(object int, o stix.Object, fs []stix.Finding) {
	for _, f := range fs {
		out := finding{
			Pointer: e.pointer(object) + f.Pointer, Code: f.Code, Message: f.Message, Value: f.Value,
			Type: o.Type, ID: o.ID, Tolerance: f.Tolerance, object: object,
		}
		if object >= 0 && e.lines != nil {
			out.Line = e.lines[object]
		}
		if f.Severity == stix.Error {
			e.verdict.Errors = append(e.verdict.Errors, out)
		} else {
			e.verdict.Warnings = append(e.verdict.Warnings, out)
		}
	}
}

// pointer is where an object stands in the document.
func (e *examination) pointer(object int) string {
	switch {
	case object < 0, e.doc.Kind == stix.Single:
		return ""
	case e.doc.Kind == stix.Bundle, e.doc.Kind == stix.Envelope:
		return "/objects/" + strconv.Itoa(object)
	}
	return "/" + strconv.Itoa(object)
}
