package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"entente/cmd/entente/admin"
	"entente/configs"
	"entente/stix"
	"entente/trust/exchange"
	"entente/trust/ledger"
)

func ledgerCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "ledger",
		Short: "Show, verify and export the disclosure ledger, and prove what went to whom",
		Long: "The ledger holds what was admitted, released, read, recalled, decided and administered, in an order that\n" +
			"cannot be changed afterwards without showing: its heads are signed.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return hint(c, errors.New("say what to do: show, verify, export, prove, head, key or purge"))
		},
	}
	c.AddCommand(ledgerShowCommand(), ledgerVerifyCommand(), ledgerExportCommand(), ledgerProveCommand(),
		ledgerHeadCommand(), ledgerKeyCommand(), ledgerPurgeCommand())
	return c
}

// shownEntries is how many entries a table has, unless it is told.
const shownEntries = 50

func ledgerShowCommand() *cobra.Command {
	var r remote
	var choice exchange.LedgerChoice
	var object, kind string
	c := &cobra.Command{
		Use:   "show",
		Short: "List entries of the ledger",
		Long: "List entries of the ledger, in order: the last 50, or with --last as many as you like; with --json all\n" +
			"that are chosen. What is shown is what is stored; `entente ledger verify` says whether that is as it was\n" +
			"written. Definitions of audiences are shown with --kind audience only. Needs the role analyst.",
		Example: "  entente ledger show --member csirt-xb --kind release\n  entente ledger show --object indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkLedgerChoice(&choice, object, kind); err != nil {
				return hint(c, err)
			}
			if !r.json && choice.Last == 0 {
				choice.Last = shownEntries
			}
			return r.call(func(client *admin.Client) error {
				if r.json {
					return printEntriesJSON(c, client, choice)
				}
				return printEntries(c, client, choice)
			})
		},
	}
	r.flags(c)
	c.Flags().StringVar(&object, "object", "", "only of this object")
	c.Flags().StringVar(&choice.Member, "member", "", "only what names this member, or an audience that it is in")
	c.Flags().StringVar(&kind, "kind", "", "only of this kind")
	c.Flags().Int64Var(&choice.After, "after", 0, "only after the entry of this number")
	c.Flags().IntVar(&choice.Last, "last", 0, "only so many, the last ones")
	choices(c, "kind", kindNames()...)
	return c
}

func kindNames() (names []string) {
	for k := ledger.Admission; k <= ledger.Purge; k++ {
		names = append(names, k.String())
	}
	return names
}

func checkLedgerChoice(choice *exchange.LedgerChoice, object, kind string) error {
	if object != "" {
		if err := checkObjects([]string{object}); err != nil {
			return err
		}
		choice.Object = stix.ID(object)
	}
	if fault := configs.CheckID(choice.Member); choice.Member != "" && fault != "" {
		return fmt.Errorf("--member: %s", fault)
	}
	var known bool
	if choice.Kind, known = ledger.ParseKind(kind); kind != "" && !known {
		return fmt.Errorf("--kind: %q is not one of %s", kind, strings.Join(kindNames(), ", "))
	}
	if choice.After < 0 || choice.Last < 0 {
		return errors.New("--after and --last are not below 0")
	}
	return nil
}

// printEntriesJSON prints one document, however long, entry by entry.
func printEntriesJSON(c *cobra.Command, client *admin.Client, choice exchange.LedgerChoice) error {
	out := bufio.NewWriter(c.OutOrStdout())
	separator := "{\"entries\": ["
	err := client.Ledger(c.Context(), choice, func(e exchange.LedgerEntry) error {
		line, err := json.Marshal(e)
		if err == nil {
			_, err = fmt.Fprintf(out, "%s\n  %s", separator, line)
		}
		separator = ","
		return err
	})
	if err != nil {
		return err
	}
	if separator != "," {
		out.WriteString(separator)
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}

func printEntries(c *cobra.Command, client *admin.Client, choice exchange.LedgerChoice) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SEQ\tTIME\tKIND\tBY\tOBJECT\tMEMBERS\tDETAIL")
	err := client.Ledger(c.Context(), choice, func(e exchange.LedgerEntry) error {
		if e.PurgedBy != 0 {
			fmt.Fprintf(w, "%d\t\t\t\t\t\tpurged by entry %d\n", e.Seq, e.PurgedBy)
			return nil
		}
		detail := e.Detail
		switch {
		case !e.Upto.IsZero():
			detail = "read up to " + instant(e.Upto)
		case e.Target != 0:
			detail = fmt.Sprintf("entry %d: %s", e.Target, e.Detail)
		case e.Version != "":
			detail = strings.TrimSpace("version " + e.Version + " " + e.Detail)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", e.Seq, instant(e.Time), e.Kind, printable(e.Actor), e.Object, some(e.Members), printable(detail))
		return nil
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

// some are the first of many members.
func some(members []string) string {
	const shown = 4
	if len(members) <= shown {
		return strings.Join(members, ",")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(members[:shown], ","), len(members)-shown)
}

func ledgerPurgeCommand() *cobra.Command {
	var r remote
	var reason string
	c := &cobra.Command{
		Use:   "purge SEQ --reason TEXT",
		Short: "Forget what an entry of the ledger says",
		Long: "Delete what an entry of the ledger says, and its salt, for good: nobody can tell any more what it was. That\n" +
			"it was there, who purged it and why, stays, and the rest of the ledger still verifies. Copies elsewhere,\n" +
			"as in exports and backups, are not reached. Needs the role admin.",
		Example: "  entente ledger purge 4711 --reason 'erasure, case 2026-17' --as root",
		Args:    need(1, false, "name the entry by its number, one"),
		RunE: func(c *cobra.Command, args []string) error {
			seq, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || seq < 1 {
				return hint(c, fmt.Errorf("%q is no entry: write its number, as `entente ledger show` prints it", args[0]))
			}
			if err := checkReason(reason); err != nil {
				return hint(c, err)
			}
			return r.call(func(client *admin.Client) error {
				if err := client.PurgeLedger(c.Context(), seq, reason); err != nil {
					return err
				}
				return printDone(c.OutOrStdout(), r.json, "purged", args[0])
			})
		},
	}
	r.flags(c)
	reasonFlag(c, &reason)
	return c
}
