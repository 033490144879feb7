package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/spf13/cobra"

	"entente/cmd/entente/admin"
	"entente/trust/exchange"
)

func quarantineCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "quarantine",
		Short: "List, show, release and purge what was not believed",
		Long: "In quarantine lies what somebody sent and had no right to say (claim), what its owner said in two ways\n" +
			"(conflict), and what was made in the future (future). Nobody gets it before an officer decides.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return hint(c, errors.New("say what to do: list, show, release or purge"))
		},
	}
	c.AddCommand(quarantineListCommand(), quarantineShowCommand(),
		verdictCommand("release", "released", "Let one out of quarantine",
			"Believe an object in quarantine: it becomes a version like any other, and is judged by the policy.",
			(*admin.Client).Free),
		verdictCommand("purge", "purged", "Forget one in quarantine",
			"Delete the bytes of an object in quarantine. That it was there stays in the ledger.",
			(*admin.Client).Purge),
	)
	return c
}

// suspects is the quarantine as --json prints it.
type suspects struct {
	Items []exchange.Suspect `json:"items"`
}

func quarantineListCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{
		Use:   "list",
		Short: "List the quarantine",
		Long: "List what lies in quarantine: since when, who sent it, why it lies there, and the key that tells several\n" +
			"of one object apart. Needs the role analyst.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return query(c, &r, func(client *admin.Client) (l suspects, err error) {
				l.Items, err = client.Suspects(c.Context())
				return l, err
			}, printSuspects)
		},
	}
	r.flags(c)
	return c
}

// shownSuspect is one in quarantine as --json prints it: its bytes as text, none of them changed.
type shownSuspect struct {
	exchange.Suspect
	Stored  string `json:"stored"`
	Against string `json:"against,omitempty"`
}

func quarantineShowCommand() *cobra.Command {
	var r remote
	var key uint64
	c := &cobra.Command{
		Use:   "show OBJECT",
		Short: "Print one in quarantine, and what it contradicts",
		Long: "Print the stored bytes of an object in quarantine, and after them those that it contradicts. Characters\n" +
			"that could command a terminal are printed as \\u escapes; --json holds the bytes as they are. Needs the\n" +
			"role analyst.",
		Args: need(1, false, "name the object, one"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkObjects(args); err != nil {
				return hint(c, err)
			}
			return query(c, &r, func(client *admin.Client) (shownSuspect, error) {
				s, err := client.Suspect(c.Context(), args[0], key)
				return shownSuspect{s.Suspect, string(s.Stored), string(s.Against)}, err
			}, printSuspect)
		},
	}
	r.flags(c)
	keyFlag(c, &key)
	return c
}

// verdictCommand makes one of the two commands that end a quarantine.
func verdictCommand(name, done, short, long string, do func(*admin.Client, context.Context, string, admin.Verdict) error) *cobra.Command {
	var r remote
	var v admin.Verdict
	c := &cobra.Command{
		Use:     name + " OBJECT --reason TEXT",
		Short:   short,
		Long:    long + " Needs the role\nofficer.",
		Example: "  entente quarantine " + name + " indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --reason 'asked them by phone'",
		Args:    need(1, false, "name the object, one"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := cmp.Or(checkObjects(args), checkReason(v.Reason)); err != nil {
				return hint(c, err)
			}
			return r.call(func(client *admin.Client) error {
				if err := do(client, c.Context(), args[0], v); err != nil {
					return err
				}
				return printDone(c.OutOrStdout(), r.json, done, args[0])
			})
		},
	}
	r.flags(c)
	keyFlag(c, &v.Key)
	reasonFlag(c, &v.Reason)
	return c
}

func keyFlag(c *cobra.Command, into *uint64) {
	c.Flags().Uint64Var(into, "key", 0, "which, where several of the object are in quarantine (see list)")
}

func printSuspects(out io.Writer, l suspects) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SINCE\tSOURCE\tKIND\tKEY\tOBJECT\tVERSION")
	for _, s := range l.Items {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", instant(s.Since), s.Source, s.Kind, s.Key, s.Object, s.Version)
	}
	return w.Flush()
}

func printSuspect(out io.Writer, s shownSuspect) error {
	fmt.Fprintf(out, "%s from %s, version %s, %s, key %d, since %s\n\n", s.Object, s.Source, s.Version, s.Kind, s.Key, instant(s.Since))
	fmt.Fprintf(out, "It says:\n%s\n", escaped(s.Stored))
	if s.Against == "" {
		_, err := fmt.Fprintln(out, "\nIt contradicts nothing that the node holds.")
		return err
	}
	_, err := fmt.Fprintf(out, "\nIt contradicts:\n%s\n", escaped(s.Against))
	return err
}

// escaped is JSON that means the same and commands no terminal.
func escaped(json string) string {
	var b strings.Builder
	for _, r := range json {
		switch {
		case unicode.IsPrint(r) || r == '\n':
			b.WriteRune(r)
		case r == '\t' || r == '\r':
			b.WriteByte(' ') // between values: inside a string JSON has them escaped
		case r > 0xffff:
			hi, lo := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
