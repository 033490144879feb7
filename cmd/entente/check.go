package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"entente/cmd/entente/node"
	"entente/configs"
)

// fault is a problem as --json prints it.
type fault struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Excerpt string `json:"excerpt,omitempty"`
}

func checkCommand() *cobra.Command {
	var config string
	var asJSON bool
	c := &cobra.Command{
		Use:   "check",
		Short: "Say what is wrong with a node's files, and what to write instead",
		Long: "Read node.yaml, the policy folder, the accounts and what they name, run the tests of the agreements,\n" +
			"and report every fault with file, line and column. Nothing is changed, and the node need not run.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return check(c, config, asJSON) },
	}
	configFlag(c, &config)
	jsonFlag(c, &asJSON)
	return c
}

func check(c *cobra.Command, config string, asJSON bool) error {
	setup, problems := node.Check(config, time.Now())
	if asJSON {
		err := printJSON(c.OutOrStdout(), map[string]any{
			"ok": len(problems) == 0, "faults": faults(problems), "warnings": faults(setup.Warnings),
		})
		if err == nil && len(problems) > 0 {
			err = silent{}
		}
		return err
	}
	for _, w := range setup.Warnings {
		fmt.Fprintln(c.ErrOrStderr(), "warning: "+w.Error())
	}
	if len(problems) > 0 {
		for _, p := range problems {
			fmt.Fprintln(c.ErrOrStderr(), p.Error())
		}
		return fmt.Errorf("%d to correct", len(problems))
	}
	fmt.Fprintf(c.OutOrStdout(), "%s: the node %s is in order: %d members, %d agreements, %d accounts\n",
		config, setup.Config.Self.ID, len(setup.Folder.Policy.Members), len(setup.Folder.Policy.Agreements), len(setup.Accounts.List))
	return nil
}

func faults(ps configs.Problems) []fault {
	out := make([]fault, len(ps))
	for i, p := range ps {
		out[i] = fault(p)
	}
	return out
}
