package main

import (
	"context"
	_ "embed"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"entente/cmd/entente/demo"
)

// walkScript walks a node with the stock Python client.
//
//go:embed testdata/walk.py
var walkScript []byte

func demoCommand() *cobra.Command {
	var cfg demo.Config
	c := &cobra.Command{
		Use:   "demo",
		Short: "Give a guided tour of a small federation, and check every claim of it",
		Long: "Start two nodes and a guest on this machine, publish real data, read it as others do, and say what\n" +
			"was checked. Then the lab stays up for you, until Ctrl-C. A Python with taxii2-client, named by the\n" +
			"environment variable ENTENTE_PYTHON, takes part.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg.Out, cfg.Python, cfg.Walk = c.OutOrStdout(), os.Getenv("ENTENTE_PYTHON"), walkScript
			ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGHUP) // the terminal went away: clean up
			defer stop()
			err := demo.Run(ctx, cfg)
			if errors.Is(err, context.Canceled) {
				return errors.New("the tour was interrupted")
			}
			return err
		},
	}
	c.Flags().BoolVar(&cfg.Once, "once", false, "end after the last step; the exit code is 0 only if every check came out right")
	c.Flags().StringVar(&cfg.Dir, "dir", "", "keep everything in this folder (default: a temporary one, removed at the end)")
	c.Flags().StringVar(&cfg.ATTACK, "attack", "../shared/corpus/attack", "publish the newest mobile-attack-*.json of this folder too, if there is one")
	return c
}
