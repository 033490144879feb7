package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
		in, err := until(c.Context(), func() (io.ReadCloser, error) { return openPatterns(name, c.InOrStdin()) })
		if err == nil {
			err = p.file(c.Context(), shown, in)
			in.Close()
		}
		if c.Context().Err() != nil {
			return errors.New("interrupted; the patterns that are not in the report were not checked")
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

// file answers each line before it waits for more, so that a program may ask line by line. Of a
// line that is longer than a pattern may be, the rest is passed over.
func (p *patternCheck) file(ctx context.Context, name string, in io.Reader) error {
	const lineBreak = 2
	r := bufio.NewReaderSize(p.questions(ctx, in), pattern.MaxText+lineBreak)
	for line := 1; ; line++ {
		text, err := r.ReadSlice('\n')
		text = bytes.TrimRight(text, "\r\n")
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			p.tell(name, line, p.tooLong())
		case (err == nil || errors.Is(err, io.EOF)) && len(bytes.TrimSpace(text)) > 0:
			p.tell(name, line, p.check(text))
		}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.ReadSlice('\n')
		}
		switch {
		case errors.Is(err, io.EOF):
			p.flush()
			return nil
		case err != nil:
			return err
		}
	}
}

// questions is a reader that prints the answers so far before it waits for more, and waits no
// longer than the context.
func (p *patternCheck) questions(ctx context.Context, in io.Reader) io.Reader {
	buffer := make([]byte, 64<<10) // not the caller's: a read that is left behind may still write to it
	return readerFunc(func(to []byte) (int, error) {
		if p.flush(); p.failed != nil {
			return 0, p.failed
		}
		part := buffer[:min(len(to), len(buffer))]
		n, err := until(ctx, func() (int, error) { return in.Read(part) })
		return copy(to, part[:n]), err
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func (p *patternCheck) tell(name string, line int, v patternVerdict) {
	v.File, v.Line = name, line
	_ = p.lines.Encode(v) // flush tells of an error
}

func (p *patternCheck) flush() {
	if err := p.out.Flush(); err != nil {
		p.failed = notPrinted(err)
	}
}

func (p *patternCheck) tooLong() patternVerdict {
	p.invalid = true
	return patternVerdict{Column: 1, Message: fmt.Sprintf("expected at most %d bytes, and this line has more", pattern.MaxText)}
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
