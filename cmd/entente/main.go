package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitMisuse = 2 // bad flags, an unknown command, a configuration that cannot be read
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	var quiet silent
	if !errors.As(err, &quiet) {
		fmt.Fprintln(stderr, "entente: "+err.Error())
	}
	var misuse misuseError
	if errors.As(err, &misuse) {
		return exitMisuse
	}
	return exitFailed
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "entente",
		Short:         "Exchange incident information with other CSIRTs, under the agreements you have with them",
		Long:          "Entente is a TAXII 2.1 node for CSIRTs: it keeps STIX objects and shows each member what\nits agreement and the TLP allow.\n\nExit codes: 0 done, 1 failed, 2 misused.",
		Args:          misused(cobra.NoArgs),
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return hint(c, err) })
	root.AddCommand(
		initCommand(), serveCommand(), checkCommand(), publishCommand(),
		accountCommand(), tokenCommand(), versionCommand(),
	)
	return root
}

// misuseError is a command that was not called as it should be.
type misuseError struct{ error }

func (e misuseError) Unwrap() error { return e.error }

// silent is a failure that has been reported already.
type silent struct{}

func (silent) Error() string { return "failed" }

func misuse(format string, args ...any) error { return misuseError{fmt.Errorf(format, args...)} }

// hint says where to read how a command is called.
func hint(c *cobra.Command, err error) error {
	return misuse("%w; see `%s --help`", err, c.CommandPath())
}

// misused makes a complaint about arguments a misuse.
func misused(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return hint(c, err)
		}
		return nil
	}
}
