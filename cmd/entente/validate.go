package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
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
	v := validation{reader: reader, stdin: c.InOrStdin(), problem: tell}
	table := newTable(c.OutOrStdout(), f.table)
	lines := json.NewEncoder(c.OutOrStdout())
	lines.SetEscapeHTML(false)
	v.report = table.add
	if f.json {
		v.report = func(r verdict) error { return lines.Encode(r) }
	}
	names := v.inputs(args)
	v.meter = newMeter(c.ErrOrStderr(), names)
	err = v.files(c.Context(), names)
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
	problem func(name string, err error) // a file that cannot be read
	meter   *meter

	unread, invalid bool
}

// inputs are the files that were named, and those in the folders that were.
func (v *validation) inputs(args []string) (files []string) {
	for _, arg := range args {
		if info, err := os.Stat(arg); arg == "-" || err != nil || !info.IsDir() {
			files = append(files, arg)
			continue
		}
		before := len(files)
		_ = filepath.WalkDir(arg, func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				v.skip(path, err)
			case !e.IsDir() && slices.Contains([]string{".json", ".jsonl", ".ndjson"}, strings.ToLower(filepath.Ext(path))):
				files = append(files, path)
			}
			return nil
		})
		if len(files) == before {
			v.skip(arg, errors.New("no .json, .jsonl or .ndjson file is in this folder"))
		}
	}
	return files
}

func (v *validation) skip(name string, err error) {
	v.problem(name, plainError(err))
	v.unread = true
}

// plainError leaves out what the reader of a message knows: the operation and the name.
func plainError(err error) error {
	var at *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case errors.As(err, &at):
		return at.Err
	}
	return err
}

// maxAtOnce is how many bytes of files are in memory at once; a larger file is there alone.
const maxAtOnce = 256 << 20

// turn is a file that is being checked.
type turn struct {
	name    string
	verdict verdict
	err     error // the file cannot be read
	ready   chan struct{}
}

// files checks files on all cores and reports on them in order.
func (v *validation) files(ctx context.Context, names []string) error {
	g, ctx := errgroup.WithContext(ctx)
	turns := make(chan *turn, runtime.GOMAXPROCS(0)) // its room bounds how many are ahead
	room := semaphore.NewWeighted(maxAtOnce)
	g.Go(func() error {
		defer close(turns)
		for _, name := range names {
			size := sizeOf(name)
			if err := room.Acquire(ctx, size); err != nil {
				return err
			}
			t := &turn{name: name, ready: make(chan struct{})}
			g.Go(func() error {
				defer close(t.ready)
				defer room.Release(size)
				return v.file(ctx, t)
			})
			select {
			case turns <- t:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	g.Go(func() error {
		for t := range turns {
			<-t.ready
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := v.meter.aside(func() error { return v.tell(t) }); err != nil {
				return err
			}
		}
		return nil
	})
	err := g.Wait()
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted; the files that are not in the report were not checked")
	}
	return err
}

// tell reports on a file in its turn.
func (v *validation) tell(t *turn) error {
	if t.err != nil {
		v.skip(t.name, t.err)
		return nil
	}
	v.invalid = v.invalid || !t.verdict.Valid
	if err := v.report(t.verdict); err != nil {
		return notPrinted(err)
	}
	return nil
}

// sizeOf is what a file takes of maxAtOnce; of what has no size, everything.
func sizeOf(name string) int64 {
	info, err := os.Stat(name)
	if name == "-" || err == nil && !info.Mode().IsRegular() {
		return maxAtOnce
	}
	if err != nil {
		return 0
	}
	return min(info.Size(), maxAtOnce)
}

// file checks one file.
func (v *validation) file(ctx context.Context, t *turn) error {
	var data []byte
	if t.name == "-" {
		data, t.err = io.ReadAll(v.stdin)
		v.meter.more(len(data))
	} else {
		data, t.err = os.ReadFile(t.name)
	}
	if t.err != nil {
		return nil
	}
	var err error
	t.verdict, err = v.judge(ctx, t.name, data)
	return err
}
