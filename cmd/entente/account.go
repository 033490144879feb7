package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"entente/cmd/entente/admin"
)

func accountCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "account",
		Short: "Add, list and remove local people and tools",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return hint(c, errors.New("say what to do: add, list or remove"))
		},
	}
	c.AddCommand(accountAddCommand(), accountListCommand(), accountRemoveCommand())
	return c
}

func accountAddCommand() *cobra.Command {
	var r remote
	var a admin.NewAccount
	var fromStdin bool
	c := &cobra.Command{
		Use:   "add NAME --role ROLE",
		Short: "Add an account",
		Long: "Add an account. Its password is made and printed once, or read from standard input. Each role\n" +
			"includes those before it: a reader reads, an analyst also publishes, recalls and approves, an\n" +
			"officer also applies policy, an admin also manages accounts and the node.",
		Example: "  entente account add alice --role analyst\n  entente account add misp --role analyst --kind tool --tokens-only",
		Args:    need(1, false, "name the account, one"),
		RunE: func(c *cobra.Command, args []string) error {
			a.Name = args[0]
			if a.Role == "" {
				return hint(c, errors.New("--role is missing: reader, analyst, officer or admin"))
			}
			if fromStdin && a.TokensOnly {
				return hint(c, errors.New("--password-stdin and --tokens-only contradict each other"))
			}
			if fromStdin {
				var err error
				if a.Password, err = readSecret(c.InOrStdin()); err != nil {
					return err
				}
			}
			return r.call(func(client *admin.Client) error {
				s, err := client.AddAccount(c.Context(), a)
				if err != nil {
					return err
				}
				return printSecret(c.OutOrStdout(), r.json, s)
			})
		},
	}
	r.flags(c)
	c.Flags().StringVar(&a.Role, "role", "", "reader, analyst, officer or admin")
	c.Flags().StringVar(&a.Kind, "kind", "person", "person or tool")
	c.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	c.Flags().BoolVar(&a.TokensOnly, "tokens-only", false, "no password: the account signs in with tokens")
	choices(c, "role", "reader", "analyst", "officer", "admin")
	choices(c, "kind", "person", "tool")
	return c
}

func accountListCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{
		Use:   "list",
		Short: "List the accounts",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.call(func(client *admin.Client) error {
				list, err := client.Accounts(c.Context())
				if err != nil {
					return err
				}
				if r.json {
					return printJSON(c.OutOrStdout(), map[string]any{"accounts": list})
				}
				w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "NAME\tROLE\tKIND\tPASSWORD\tTOKENS")
				for _, a := range list {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\n", a.Name, a.Role, a.Kind, yesNo(a.Password), a.Tokens)
				}
				return w.Flush()
			})
		},
	}
	r.flags(c)
	return c
}

func accountRemoveCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove an account and its tokens",
		Args:  need(1, false, "name the account, one"),
		RunE: func(c *cobra.Command, args []string) error {
			return r.call(func(client *admin.Client) error {
				if err := client.RemoveAccount(c.Context(), args[0]); err != nil {
					return err
				}
				return printDone(c.OutOrStdout(), r.json, "removed", args[0])
			})
		},
	}
	r.flags(c)
	return c
}

// printSecret tells once what is kept nowhere.
func printSecret(w io.Writer, asJSON bool, s admin.Secret) error {
	if asJSON {
		return printJSON(w, s)
	}
	for _, line := range []struct{ name, value string }{
		{"account", s.Account}, {"member", s.Member}, {"password", s.Password}, {"token", s.Token}, {"token id", s.ID},
	} {
		if line.value != "" {
			fmt.Fprintf(w, "%-9s %s\n", line.name, line.value)
		}
	}
	if s.Password != "" || s.Token != "" {
		fmt.Fprintln(w, "This is shown only now.")
	}
	return nil
}

func printDone(w io.Writer, asJSON bool, what, subject string) error {
	if asJSON {
		return printJSON(w, map[string]string{what: subject})
	}
	_, err := fmt.Fprintf(w, "%s: %s\n", subject, what)
	return err
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
