package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/sync/semaphore"

	"entente/stix"
)

// validateFlags say what is forgiven and how much is told.
type validateFlags struct {
	strict   bool
	tolerate []string
	patterns bool
	json     bool
	table    tableFlags
}

func validateCommand() *cobra.Command {
	var f validateFlags
	c := &cobra.Command{
		Use:   "validate FILE…",
		Short: "Say what is wrong with STIX objects or patterns, and what would be right",
		Long: "Check files against STIX 2.1: bundles, TAXII envelopes, lists, single objects, or lines of objects.\n" +
			"- is standard input; of a folder every .json, .jsonl and .ndjson file in it and below is checked.\n" +
			"No node is needed. What a node forgives by default is a warning here; --strict makes it an error.\n\n" +
			"With --patterns each line of a file is an indicator's pattern, and a line of JSON says of each\n" +
			"whether it is valid.\n\n" +
			"Exit codes: 0 all is valid, 1 something is not, 2 misuse, results that cannot be written, or a file\n" +
			"that cannot be read; the others are checked nevertheless.",
		Example: "  entente validate report.json\n  entente validate --strict --json feed/ | jq -r 'select(.valid | not).file'\n" +
			"  curl -s https://feed.example/bundle.json | entente validate -w -\n  entente validate --patterns rules.txt",
		Args: need(1, true, "name the files to check, or - for standard input"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	c.Flags().BoolVar(&f.strict, "strict", false, "forgive nothing: every broken MUST is an error")
	c.Flags().StringSliceVar(&f.tolerate, "tolerate", nil, "forgive these alone (default: all that docs/stix.md lists)")
	c.Flags().BoolVar(&f.patterns, "patterns", false, "the files hold a pattern on each line")
	c.Flags().BoolVar(&f.json, "json", false, "print one line of JSON for each file")
	c.Flags().BoolVarP(&f.table.warnings, "warnings", "w", false, "show warnings too, not just how many there are")
	c.Flags().BoolVarP(&f.table.all, "all", "a", false, "show every place, not just the first of each kind")
	c.Flags().BoolVarP(&f.table.quiet, "quiet", "q", false, "leave files that are valid out of the table")
	choices(c, "tolerate", stix.DefaultTolerances()...)
	return c
}

func (f *validateFlags) run(c *cobra.Command, args []string) error {
	reader, err := f.check(c, args)
	if err != nil {
		return hint(c, err)
	}
	tell := func(name string, err error) { fmt.Fprintf(c.ErrOrStderr(), "entente: %s: %v\n", name, err) }
	if f.patterns {
		return checkPatterns(c, args, tell)
	}
	v := validation{reader: reader, stdin: c.InOrStdin()}
	table := newTable(c.OutOrStdout(), f.table)
	lines := json.NewEncoder(c.OutOrStdout())
	lines.SetEscapeHTML(false)
	v.report = table.add
	v.problem = func(name string, err error) error { tell(name, err); return nil }
	if f.json {
		v.report = func(r verdict) error { return lines.Encode(r) }
		v.problem = func(name string, err error) error {
			tell(name, err)
			return v.report(refused(name, codeUnread, err))
		}
	}
	inputs := inputsOf(args)
	v.meter = newMeter(c.ErrOrStderr(), inputs)
	err = v.files(c.Context(), inputs)
	v.meter.close()
	if err != nil {
		return err
	}
	if !f.json {
		if err := table.close(); err != nil {
			return notPrinted(err)
		}
	}
	return exitError(v.unread, v.invalid)
}

// check reads the flags.
func (f *validateFlags) check(c *cobra.Command, files []string) (*stix.Reader, error) {
	if stdin := slices.Index(files, "-"); stdin >= 0 && slices.Contains(files[stdin+1:], "-") {
		return nil, errors.New("standard input (-) can be read once")
	}
	some := c.Flags().Changed("tolerate")
	if f.strict && some {
		return nil, errors.New("--strict forgives nothing and --tolerate something: use one")
	}
	if f.patterns && (f.strict || some) {
		return nil, errors.New("--strict and --tolerate are about objects: leave them out with --patterns")
	}
	var o stix.Options
	switch {
	case some:
		o.Tolerate = f.tolerate
	case !f.strict:
		o.Tolerate = stix.DefaultTolerances()
	}
	r, err := stix.NewReader(o)
	if err != nil {
		return nil, fmt.Errorf("--tolerate: %w", err)
	}
	return r, nil
}

// exitError is what a run that told all it found ends with.
func exitError(unread, invalid bool) error {
	switch {
	case unread:
		return misuseError{silent{}}
	case invalid:
		return silent{}
	}
	return nil
}

// notPrinted is that nobody gets to see the results, which says nothing of the files.
func notPrinted(err error) error {
	return misuse("the results cannot be written: %w", plainError(err))
}

// validation checks files, several at a time, and reports on each in its turn.
type validation struct {
	reader  *stix.Reader
	stdin   io.Reader
	report  func(verdict) error
	problem func(name string, err error) error // a file that cannot be read
	meter   *meter

	unread, invalid bool
}

// maxAtOnce is how many bytes of files are in memory at once; a larger file is there alone.
const maxAtOnce = 256 << 20

// turn is a file that is being checked.
type turn struct {
	input
	verdict verdict
	ready   chan struct{}
}

// files checks files on all cores and reports on them in order. When the context ends, what is
// under way is left behind: a read may block for ever, and nobody waits for a check any more.
func (v *validation) files(ctx context.Context, inputs []input) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	turns := make(chan *turn, runtime.GOMAXPROCS(0)) // its room bounds how many are ahead
	go func() {
		defer close(turns)
		v.start(ctx, inputs, turns)
	}()
	for t := range turns {
		select {
		case <-t.ready:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		if err := v.meter.aside(func() error { return v.tell(t) }); err != nil {
			return notPrinted(err)
		}
	}
	if ctx.Err() != nil {
		return errors.New("interrupted; the files that are not in the report were not checked")
	}
	return nil
}

// start begins to check one file after the other, as far as there is room.
func (v *validation) start(ctx context.Context, inputs []input, turns chan<- *turn) {
	room := semaphore.NewWeighted(maxAtOnce)
	for _, in := range inputs {
		size := in.room()
		if room.Acquire(ctx, size) != nil {
			return
		}
		t := &turn{input: in, ready: make(chan struct{})}
		go func() {
			defer close(t.ready)
			defer room.Release(size)
			v.file(ctx, t)
		}()
		select {
		case turns <- t:
		case <-ctx.Done():
			return
		}
	}
}

// room is what a file takes of maxAtOnce: of what tells no size, everything.
func (in input) room() int64 {
	switch {
	case in.size == stream:
		return maxAtOnce
	case in.size > maxFile:
		return 0 // it is not read
	}
	return min(in.size, maxAtOnce)
}

// file checks one file.
func (v *validation) file(ctx context.Context, t *turn) {
	if t.err != nil {
		return
	}
	data, err := t.read(v.stdin)
	switch {
	case errors.Is(err, errTooLarge):
		t.verdict = refused(t.name, codeTooLarge, err)
	case err != nil:
		t.err = err
	default:
		if t.size == stream {
			v.meter.more(len(data))
		}
		t.verdict, t.err = v.judge(ctx, t.name, data)
	}
}

// tell reports on a file in its turn.
func (v *validation) tell(t *turn) error {
	if t.err != nil {
		v.unread = true
		return v.problem(t.name, plainError(t.err))
	}
	v.invalid = v.invalid || !t.verdict.Valid
	return v.report(t.verdict)
}
