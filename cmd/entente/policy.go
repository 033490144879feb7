package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"entente/cmd/entente/admin"
	"entente/configs"
	"entente/stix"
	"entente/trust/exchange"
)

func policyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "policy",
		Short: "See what the policy folder would change, apply it, and ask why",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return hint(c, errors.New("say what to do: plan, apply, explain or history"))
		},
	}
	c.AddCommand(policyPlanCommand(), policyApplyCommand(), policyExplainCommand(), policyHistoryCommand())
	return c
}

func policyPlanCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{
		Use:   "plan",
		Short: "Say what the policy folder, as it is now, would change",
		Long: "Read the policy folder as it is now, run the tests of its agreements, and say what it would newly\n" +
			"release to each member and withdraw from it: how many objects, then which, the most sensitive first.\n" +
			"Nothing is changed. The table shows the first 20 of each, --json all. Needs the role officer.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return query(c, &r, func(client *admin.Client) (exchange.Change, error) { return client.Plan(c.Context()) }, printChange)
		},
	}
	r.flags(c)
	return c
}

func policyApplyCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{
		Use:   "apply",
		Short: "Put the policy folder, as it is now, in force",
		Long: "Read the policy folder as it is now, run the tests of its agreements, and put all of it in force, or\n" +
			"with any fault nothing. When the command returns, nobody sees any more what the policy forbids; what\n" +
			"it permits is released in the background. Who may sign in follows too. Prints what plan prints.\n\n" +
			"With `widening: two` in local.yaml a revision that releases anything waits until a second officer\n" +
			"applies the same files. Needs the role officer.",
		Example: "  entente policy apply --as alice",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return query(c, &r, func(client *admin.Client) (exchange.Change, error) { return client.Apply(c.Context()) }, printChange)
		},
	}
	r.flags(c)
	return c
}

func policyExplainCommand() *cobra.Command {
	var r remote
	var to string
	c := &cobra.Command{
		Use:   "explain OBJECT --to MEMBER",
		Short: "Say why a member gets an object, or not",
		Long: "Print every check of the decision about the newest version of an object and a member: its outcome,\n" +
			"and the file and line of the policy that decided it. Needs the role analyst.",
		Example: "  entente policy explain indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --to csirt-xb",
		Args:    need(1, false, "name the object, one"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := cmp.Or(checkObjects(args), checkMembers("--to", to)); err != nil {
				return hint(c, err)
			}
			return query(c, &r, func(client *admin.Client) (exchange.Explanation, error) {
				return client.Explain(c.Context(), args[0], to)
			}, printExplanation)
		},
	}
	r.flags(c)
	c.Flags().StringVar(&to, "to", "", "the member")
	return c
}

// revisions is the history as --json prints it.
type revisions struct {
	Revisions []exchange.Applied `json:"revisions"`
}

func policyHistoryCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{
		Use:   "history",
		Short: "List the revisions of the policy that were in force",
		Long: "List every revision of the policy that was in force: its number, when it was applied and by whom, how\n" +
			"many objects it released and withdrew, over all members, and the SHA-256 of its files. Needs the role\n" +
			"analyst.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return query(c, &r, func(client *admin.Client) (h revisions, err error) {
				h.Revisions, err = client.History(c.Context())
				return h, err
			}, printHistory)
		},
	}
	r.flags(c)
	return c
}

// query prints what the node answers: as JSON, or for people.
func query[T any](c *cobra.Command, r *remote, question func(*admin.Client) (T, error), print func(io.Writer, T) error) error {
	return r.call(func(client *admin.Client) error {
		said, err := question(client)
		if err != nil {
			return err
		}
		if r.json {
			return printJSON(c.OutOrStdout(), said)
		}
		return print(c.OutOrStdout(), said)
	})
}

// checkObjects checks that arguments are ids of objects.
func checkObjects(ids []string) error {
	for _, id := range ids {
		if _, err := stix.ParseID(id); err != nil {
			return fmt.Errorf("%q is no object's id: write it as in indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", id)
		}
	}
	return nil
}

// checkMembers checks that a flag names members, at least one.
func checkMembers(flag string, names ...string) error {
	for _, name := range names {
		if name == "" {
			return fmt.Errorf("%s is missing: name the member", flag)
		}
		if fault := configs.CheckID(name); fault != "" {
			return fmt.Errorf("%s: %s", flag, fault)
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("%s is missing: name the member", flag)
	}
	return nil
}

// shownObjects is how many objects of one kind the table of a plan shows.
const shownObjects = 20

func printChange(out io.Writer, change exchange.Change) error {
	fmt.Fprintf(out, "revision %s\n\n", change.Revision)
	if len(change.Members) == 0 {
		fmt.Fprintln(out, "No member gets more or less.")
	} else {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "MEMBER\tRELEASE\tWITHDRAW")
		for _, m := range change.Members {
			fmt.Fprintf(w, "%s\t%d\t%d\n", m.Member, len(m.Release), len(m.Withdraw))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	for _, m := range change.Members {
		printObjects(out, m.Member, "release", m.Release)
		printObjects(out, m.Member, "withdraw", m.Withdraw)
	}
	switch {
	case change.Applied:
		fmt.Fprintln(out, "\napplied")
	case change.Waits:
		fmt.Fprintln(out, "\nnot applied yet: it releases something, so a second officer must apply the same revision\n(`entente policy apply --as NAME`)")
	}
	return nil
}

func printObjects(out io.Writer, member, what string, ids []stix.ID) {
	if len(ids) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s, %s:\n", member, what)
	for _, id := range ids[:min(len(ids), shownObjects)] {
		fmt.Fprintf(out, "  %s\n", id)
	}
	if more := len(ids) - shownObjects; more > 0 {
		fmt.Fprintf(out, "  … and %d more\n", more)
	}
}

func printExplanation(out io.Writer, e exchange.Explanation) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "object\t%s\n", e.Object)
	if e.Version != "" {
		fmt.Fprintf(w, "version\t%s\n", e.Version)
	}
	fmt.Fprintf(w, "member\t%s\nlabel\t%s\n", e.Member, printable(e.Label))
	decision := e.Decision
	if e.Primary != "" {
		decision += ", because of " + e.Primary
	}
	fmt.Fprintf(w, "decision\t%s\n", decision)
	if e.Grant != "" {
		fmt.Fprintf(w, "granted by\t%s\n", printable(e.Grant+place(" (%s)", e.File, e.Line)))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	fmt.Fprintln(w, "CHECK\tOUTCOME\tWHERE\tDETAIL")
	for _, c := range e.Checks {
		detail := c.Detail
		if !c.Until.IsZero() {
			detail += " (until " + instant(c.Until) + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.Code, c.Outcome, printable(place("%s", c.File, c.Line)), printable(detail))
	}
	return w.Flush()
}

// place is where the policy says something, as the form has it; empty where it is nowhere.
func place(form, file string, line int) string {
	switch {
	case file == "":
		return ""
	case line == 0:
		return fmt.Sprintf(form, file)
	}
	return fmt.Sprintf(form, fmt.Sprintf("%s:%d", file, line))
}

func printHistory(out io.Writer, h revisions) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NUMBER\tAPPLIED\tAUTHOR\tRELEASED\tWITHDRAWN\tREVISION")
	for _, a := range h.Revisions {
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%s\n", a.Number, instant(a.At), a.Author, a.Release, a.Withdraw, a.Revision)
	}
	return w.Flush()
}
