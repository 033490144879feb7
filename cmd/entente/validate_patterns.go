package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"entente/stix/pattern"
)

// patternVerdict is what is said of one pattern.
type patternVerdict struct {
	File     string           `json:"file,omitempty"` // where several are checked
	Line     int              `json:"line"`
	Valid    bool             `json:"valid"`
	Column   int              `json:"column,omitempty"` // in characters, from 1
	Message  string           `json:"message,omitempty"`
	Findings []patternFinding `json:"findings,omitempty"`
}

// patternFinding is a rule of the text that a pattern breaks though it is one.
type patternFinding struct {
	Code    string `json:"code"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// checkPatterns checks files with a pattern on each line.
func checkPatterns(c *cobra.Command, files []string, problem func(name string, err error)) error {
	out := bufio.NewWriter(c.OutOrStdout())
	p := patternCheck{out: out, lines: json.NewEncoder(out)}
	p.lines.SetEscapeHTML(false)
	unread := false
	for _, name := range files {
		shown := name
		if len(files) == 1 {
			shown = ""
		}
		in, err := openPatterns(name, c.InOrStdin())
		if err == nil {
			err = p.file(c, shown, in)
			in.Close()
		}
		if p.failed != nil {
			return p.failed
		}
		if err != nil {
			problem(name, plainError(err))
			unread = true
		}
	}
	return exitError(unread, p.invalid)
}

func openPatterns(name string, stdin io.Reader) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(stdin), nil
	}
	return os.Open(name)
}

// patternCheck checks one pattern after the other.
type patternCheck struct {
	out     *bufio.Writer
	lines   *json.Encoder
	parser  pattern.Parser
	found   []pattern.Finding
	invalid bool
	failed  error // why nothing more can be printed
}

// file answers each line as soon as nothing more is there to read, so that a program may ask
// line by line.
func (p *patternCheck) file(c *cobra.Command, name string, in io.Reader) error {
	r := bufio.NewReader(in)
	for line := 1; ; line++ {
		if p.failed = c.Context().Err(); p.failed != nil {
			p.failed = errors.New("interrupted; the patterns that are not in the report were not checked")
			return nil
		}
		text, err := r.ReadBytes('\n')
		if text = bytes.TrimRight(text, "\r\n"); len(bytes.TrimSpace(text)) > 0 {
			v := p.check(text)
			v.File, v.Line = name, line
			_ = p.lines.Encode(v) // an error shows when it is flushed
		}
		if r.Buffered() == 0 || err != nil {
			if failed := p.out.Flush(); failed != nil {
				p.failed = notPrinted(failed)
			}
		}
		switch {
		case p.failed != nil, errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func (p *patternCheck) check(text []byte) patternVerdict {
	parsed, err := p.parser.Parse(text)
	if err != nil {
		p.invalid = true
		return patternVerdict{Column: err.Column, Message: err.Message}
	}
	p.found = parsed.Check(p.found[:0])
	v := patternVerdict{Valid: true}
	for _, f := range p.found {
		v.Findings = append(v.Findings, patternFinding{f.Code, f.Column, f.Message})
	}
	return v
}
