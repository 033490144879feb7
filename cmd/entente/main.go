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

	"entente/configs"
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
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd() // which writes where root does by now
	misuseArgs(root)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	var problems configs.Problems
	switch {
	case errors.As(err, new(silent)):
	case errors.As(err, &problems):
		fmt.Fprintln(stderr, problems.Error())
	default:
		fmt.Fprintln(stderr, "entente: "+err.Error())
	}
	if errors.As(err, new(misuseError)) {
		return exitMisuse
	}
	return exitFailed
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "entente",
		Short:         "Exchange incident information with other CSIRTs, under the agreements you have with them",
		Long:          "Entente is a TAXII 2.1 node for CSIRTs: it keeps STIX objects and shows each member what\nits agreement and the TLP allow.\n\nExit codes: 0 done, 1 failed, 2 misused.",
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(hint)
	root.AddCommand(
		initCommand(), serveCommand(), checkCommand(), publishCommand(), validateCommand(),
		policyCommand(), holdCommand(), quarantineCommand(), releaseCommand(), recallCommand(), ledgerCommand(),
		accountCommand(), tokenCommand(), labCommand(), demoCommand(), versionCommand(),
	)
	return root
}

// misuseArgs makes every complaint about arguments a misuse.
func misuseArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return hint(c, err)
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		misuseArgs(sub)
	}
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

// need asks for n arguments at least, and at most when more is false.
func need(n int, more bool, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < n || len(args) > n && !more {
			return errors.New(what)
		}
		return nil
	}
}

// choices completes a flag that takes one of a few words. What is wrong with another, whoever
// takes the value says.
func choices(c *cobra.Command, flag string, words ...string) {
	err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic("entente: " + err.Error()) // there is no such flag
	}
}
