package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"entente/cmd/entente/lab"
)

// labFlags say which lab is run, and who is told of it.
type labFlags struct {
	dir, resume, ready string
}

const topologyHelp = `A topology names its nodes, and what differs from trust 2, relation peer and no agreements:

  scheme: https
  nodes:
    - {id: csirt-xa, name: National CSIRT of Xanadu, kind: national, country: XA, communities: [north]}
    - {id: csirt-xb, communities: [north]}
    - {id: csirt-xx, guest: true}                 # a member everywhere, no node of its own
  trust: [{of: csirt-xb, at: csirt-xa, level: 4}] # without at: everywhere
  relations: [{of: csirt-xb, at: csirt-xa, is: constituent}]
  links: [{at: csirt-xb, to: csirt-xa, pull: 1s, push: true}]
  members: [{of: csirt-xb, at: csirt-xa, understands: tlp1}]
  agreements: []                                  # as in policy/agreements, for every party
  communities: []                                 # as in policy/communities, for members and hub
  sources: []                                     # as in policy/sources, for every node
  local: {public: true}                           # as in policy/local.yaml, for every node
  local_at: {csirt-xa: {unmarked: green}}         # for one`

func labCommand() *cobra.Command {
	var f labFlags
	c := &cobra.Command{
		Use:   "lab TOPOLOGY.yaml --dir DIR",
		Short: "Run a whole federation on this machine",
		Long: "Make the nodes that the topology describes, each with a folder below DIR, and run each as a process\n" +
			"of its own, on loopback addresses only, until SIGINT or SIGTERM. FILE appears when all answer, and\n" +
			"says where they do and how to sign in: it holds every password of the lab.\n\n" +
			"A node that is killed stays down. `entente serve -c` on its folder brings it back; so does --resume,\n" +
			"which starts whatever of the lab in DIR does not run.\n\n" + topologyHelp,
		Example: "  entente lab federation.yaml --dir /tmp/lab --ready /tmp/lab.json\n  entente lab --resume /tmp/lab",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	c.Flags().StringVar(&f.dir, "dir", "", "the folder to make: it does not exist, or is empty")
	c.Flags().StringVar(&f.resume, "resume", "", "run the lab in this folder again")
	c.Flags().StringVar(&f.ready, "ready", "", "write this file when every node answers")
	return c
}

func (f *labFlags) run(c *cobra.Command, args []string) error {
	if err := f.check(args); err != nil {
		return hint(c, err)
	}
	if f.ready != "" {
		// What an earlier lab wrote there is not true of this one.
		if err := os.Remove(f.ready); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	begun := time.Now()
	l, err := f.open(args, slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil)))
	if err != nil {
		return err
	}
	err = l.Start(c.Context())
	if err == nil && f.ready != "" {
		err = l.Write(f.ready)
	}
	if c.Context().Err() != nil {
		return l.Stop() // asked to while the nodes were starting
	}
	if err != nil {
		return errors.Join(err, l.Stop())
	}
	f.announce(c, l.State(), time.Since(begun))
	<-c.Context().Done()
	return l.Stop()
}

func (f *labFlags) check(args []string) error {
	switch {
	case f.resume == "" && len(args) == 0:
		return errors.New("name the topology's file, or a lab's folder with --resume")
	case f.resume != "" && (len(args) > 0 || f.dir != ""):
		return errors.New("--resume needs neither a topology nor --dir: the folder holds all")
	case f.resume == "" && f.dir == "":
		return errors.New("--dir is missing: name the folder to make")
	}
	return nil
}

func (f *labFlags) open(args []string, log *slog.Logger) (*lab.Lab, error) {
	if f.resume != "" {
		return lab.Resume(lab.Config{Dir: f.resume, Log: log})
	}
	t, problems := lab.Read(args[0])
	if len(problems) > 0 {
		return nil, misuseError{problems}
	}
	return lab.Make(t, lab.Config{Dir: f.dir, Log: log})
}

// announce says what runs. Secrets are only in the file.
func (f *labFlags) announce(c *cobra.Command, s lab.State, took time.Duration) {
	w := c.OutOrStdout()
	for _, id := range s.IDs() {
		fmt.Fprintf(w, "%-16s %s  pid %d\n", id, s.Nodes[id].TAXII, s.Nodes[id].PID)
	}
	fmt.Fprintf(w, "%d nodes answer after %.1f s; Ctrl-C stops them\n", len(s.Nodes), took.Seconds())
}
