package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"entente/cmd/entente/node"
	"entente/configs"
)

func serveCommand() *cobra.Command {
	var config string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the node",
		Long: "Run the node until SIGINT or SIGTERM; requests in progress are finished first. SIGHUP reads the\n" +
			"certificate and the accounts again. data/run.json says where the node answers, while it does.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return serve(c.Context(), config, c.ErrOrStderr()) },
	}
	configFlag(c, &config)
	return c
}

// configFlag adds -c to a command that concerns one node.
func configFlag(c *cobra.Command, into *string) {
	c.Flags().StringVarP(into, "config", "c", node.ConfigFile, "the node's configuration")
}

func serve(ctx context.Context, config string, stderr io.Writer) error {
	setup, problems := node.Load(config, time.Now())
	if len(problems) > 0 {
		return misuseError{problems}
	}
	log := logger(setup.Config.Log, stderr)
	for _, w := range setup.Warnings {
		log.Warn(w.Message, "file", w.File, "line", w.Line)
	}
	n, err := node.Open(ctx, node.Config{Setup: setup, Log: log})
	if errors.As(err, &problems) {
		return misuseError{problems}
	}
	if err != nil {
		return err
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	running, stopped := context.WithCancel(ctx)
	defer stopped()
	go func() {
		for {
			select {
			case <-hangup:
				n.Reload()
			case <-running.Done():
				return
			}
		}
	}()
	return n.Run(ctx)
}

// logger writes what node.yaml asks for. The level is one that its reader has checked.
func logger(l configs.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	level.UnmarshalText([]byte(l.Level))
	options := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
