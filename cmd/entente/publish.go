package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"entente/cmd/entente/admin"
	"entente/trust"
)

// publishFlags say how files are published.
type publishFlags struct {
	remote
	tlp, source string
	batch       int
}

// published is what became of one file.
type published struct {
	File      string          `json:"file"`
	Objects   int             `json:"objects"`
	Accepted  int             `json:"accepted"`
	Rejected  int             `json:"rejected"`
	ResumedAt int             `json:"resumed_at"` // objects that an interrupted run had published
	Failures  []admin.Failure `json:"failures"`
	Error     string          `json:"error,omitempty"` // why it ended early
}

func publishCommand() *cobra.Command {
	var f publishFlags
	c := &cobra.Command{
		Use:   "publish FILE…",
		Short: "Send STIX objects to the node's publish collection",
		Long: "Send STIX objects to the node's publish collection: a bundle, a TAXII envelope, a list, one object,\n" +
			"or lines of objects; - is standard input. Definitions go first, then identities, then the rest as\n" +
			"they stand in the file. A run that was interrupted goes on where it stopped when it is called again\n" +
			"with the same files and flags. Objects that break a rule are listed, and the others published.",
		Example: "  entente publish enterprise-attack.json --source mitre-attack\n  feed | entente publish --tlp green -",
		Args:    need(1, true, "name the files to publish, or - for standard input"),
		RunE:    func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	f.flags(c)
	c.Flags().StringVar(&f.tlp, "tlp", "", "mark our own unmarked objects: clear, green, amber, amber+strict or red")
	c.Flags().StringVar(&f.source, "source", "", "they come from this public source of the policy folder (sources/)")
	c.Flags().IntVar(&f.batch, "batch", 500, "objects in one commit, 1 to 4000")
	choices(c, "tlp", "clear", "green", "amber", "amber+strict", "red")
	return c
}

func (f *publishFlags) run(c *cobra.Command, files []string) error {
	if err := f.check(files); err != nil {
		return hint(c, err)
	}
	return f.call(func(client *admin.Client) error {
		report := struct {
			Files    []published `json:"files"`
			Accepted int         `json:"accepted"`
			Rejected int         `json:"rejected"`
		}{Files: []published{}}
		var failed error
		for _, name := range files {
			p, err := f.publish(c, client, name)
			if err != nil {
				failed = f.interrupted(name, err)
				p.Error = failed.Error()
			}
			report.Files = append(report.Files, p)
			report.Accepted += p.Accepted
			report.Rejected += p.Rejected
			if err != nil {
				break
			}
		}
		if f.json {
			if err := printJSON(c.OutOrStdout(), report); err != nil {
				return err
			}
		}
		if failed == nil && report.Rejected > 0 {
			failed = fmt.Errorf("%d of %d objects were rejected", report.Rejected, report.Rejected+report.Accepted)
		}
		return failed
	})
}

func (f *publishFlags) check(files []string) error {
	if _, ok := trust.ParseLevel(f.tlp); f.tlp != "" && !ok {
		return fmt.Errorf("--tlp: %q is not clear, green, amber, amber+strict or red", f.tlp)
	}
	if f.tlp != "" && f.source != "" {
		return errors.New("--tlp marks our own objects and --source names somebody else's: use one")
	}
	if f.batch < 1 || f.batch > 4000 {
		return errors.New("--batch: write a number from 1 to 4000")
	}
	stdin := 0
	for _, name := range files {
		if name == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return errors.New("standard input (-) can be read once")
	}
	return nil
}

// interrupted says how to go on after an error that left a file half published.
func (f *publishFlags) interrupted(name string, err error) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: interrupted; what was sent is published: run the same command again to go on", name)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// publish sends one file.
func (f *publishFlags) publish(c *cobra.Command, client *admin.Client, name string) (published, error) {
	p := published{File: name, Failures: []admin.Failure{}}
	doc, err := openDocument(name, c.InOrStdin())
	if err != nil {
		return p, err
	}
	defer doc.Close()
	p.Objects = doc.Count
	job := doc.job(f.tlp, f.source)
	if p.ResumedAt, err = client.Published(c.Context(), job); err != nil {
		return p, err
	}
	bar := progress(c.ErrOrStderr(), name, doc.Count)
	bar.Set(p.ResumedAt)
	defer bar.Exit()
	at := p.ResumedAt
	send := func(objects [][]byte) error {
		part := admin.Part{Job: job, Done: at + len(objects), TLP: f.tlp, Source: f.source, Objects: objects}
		if part.Done == doc.Count {
			part.Done = 0 // a job that is done can be done again
		}
		out, err := client.Publish(c.Context(), part)
		if err != nil {
			return err
		}
		at += len(objects)
		p.Accepted += out.Accepted
		p.Rejected += out.Rejected
		p.Failures = append(p.Failures, out.Failures...)
		if !f.json {
			for _, failure := range out.Failures {
				fmt.Fprintf(c.ErrOrStderr(), "%s: %s: %s\n", name, failure.ID, failure.Message)
			}
		}
		return bar.Add(len(objects))
	}
	if err := doc.batches(p.ResumedAt, f.batch, send); err != nil {
		return p, err
	}
	bar.Finish()
	if !f.json {
		f.summarize(c.OutOrStdout(), p)
	}
	return p, nil
}

func (f *publishFlags) summarize(w io.Writer, p published) {
	fmt.Fprintf(w, "%s: %d objects, %d accepted, %d rejected", p.File, p.Objects, p.Accepted, p.Rejected)
	if p.ResumedAt > 0 {
		fmt.Fprintf(w, ", %d published earlier", p.ResumedAt)
	}
	fmt.Fprintln(w)
}

// progress is a bar on a terminal, and nothing elsewhere.
func progress(w io.Writer, name string, total int) *progressbar.ProgressBar {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return progressbar.DefaultSilent(int64(total))
	}
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(filepath.Base(name)),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("objects"),
		progressbar.OptionClearOnFinish())
}
