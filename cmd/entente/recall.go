package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"entente/cmd/entente/admin"
	"entente/trust/exchange"
)

func releaseCommand() *cobra.Command {
	var r remote
	var release admin.Release
	c := &cobra.Command{
		Use:   "release OBJECT --to MEMBER[,MEMBER…] --reason TEXT",
		Short: "Let named members have an object, whatever TLP and agreements say",
		Long: "Let named members have every version of an object that the node holds now: the only way for TLP:RED.\n" +
			"It overrides ceilings, scopes, need-to-know, personal data, embargoes and approvals; never markings that\n" +
			"name other recipients, onward terms, exclusions, what the object refers to, nor recalls. A later version is\n" +
			"judged afresh. Needs the role analyst, and for RED the role officer.",
		Example: "  entente release report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3 --to csirt-xb,csirt-xc --reason 'case 2026-17' --as alice",
		Args:    need(1, false, "name the object, one"),
		RunE: func(c *cobra.Command, args []string) error {
			err := cmp.Or(checkObjects(args), checkMembers("--to", release.Members...), checkReason(release.Reason))
			if err != nil {
				return hint(c, err)
			}
			return r.call(func(client *admin.Client) error {
				if err := client.Release(c.Context(), args[0], release); err != nil {
					return err
				}
				if r.json {
					return printJSON(c.OutOrStdout(), map[string]any{"released": args[0], "members": release.Members})
				}
				_, err := fmt.Fprintf(c.OutOrStdout(), "%s: released to %s\n", args[0], strings.Join(release.Members, ", "))
				return err
			})
		},
	}
	r.flags(c)
	c.Flags().StringSliceVar(&release.Members, "to", nil, "the members, separated by commas")
	reasonFlag(c, &release.Reason)
	return c
}

func recallCommand() *cobra.Command {
	var r remote
	var reason string
	c := &cobra.Command{
		Use:   "recall OBJECT --reason TEXT",
		Short: "Take back an object of ours, and tell everybody who has it",
		Long: "Take back every version of an object of ours. When the command returns, nobody reads it here any more,\n" +
			"and everybody to whom it was delivered has a notice of it, with the reason: another Entente hides or\n" +
			"destroys it and says so (acknowledged), a plain TAXII client cannot (unable). What somebody copied\n" +
			"elsewhere a recall does not reach. Needs the role analyst.",
		Example: "  entente recall indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --reason 'it names a victim'",
		Args:    need(1, false, "name the object, one"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := cmp.Or(checkObjects(args), checkReason(reason)); err != nil {
				return hint(c, err)
			}
			return query(c, &r, func(client *admin.Client) (exchange.Recall, error) {
				return client.Recall(c.Context(), args[0], reason)
			}, printRecall)
		},
	}
	r.flags(c)
	reasonFlag(c, &reason)
	return c
}

func reasonFlag(c *cobra.Command, into *string) {
	c.Flags().StringVar(into, "reason", "", "why, for the ledger")
}

func checkReason(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return errors.New("--reason is missing: say why")
	}
	return nil
}

func printRecall(out io.Writer, r exchange.Recall) error {
	fmt.Fprintf(out, "%s: recalled, %s\n", r.Object, plural(len(r.Versions), "version"))
	if len(r.Recipients) == 0 {
		_, err := fmt.Fprintln(out, "Nobody had it.")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "MEMBER\tSTATE")
	for _, m := range r.Recipients {
		fmt.Fprintf(w, "%s\t%s\n", m.Member, m.State)
	}
	return w.Flush()
}
