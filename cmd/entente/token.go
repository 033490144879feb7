package main

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"entente/cmd/entente/admin"
	"entente/configs"
)

func tokenCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "Issue, list and revoke tokens of accounts and members",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return hint(c, errors.New("say what to do: issue, list or revoke"))
		},
	}
	c.AddCommand(tokenIssueCommand(), tokenListCommand(), tokenRevokeCommand())
	return c
}

func tokenIssueCommand() *cobra.Command {
	var r remote
	var t admin.NewToken
	var expires string
	var fromStdin bool
	c := &cobra.Command{
		Use:   "issue [ACCOUNT]",
		Short: "Issue a token to an account, or with --member to a member",
		Long: "Issue a token to an account, or with --member to a member. It is made and printed once, or read\n" +
			"from standard input. A member's link names the file of its tokens; where it names none, it will.",
		Example: "  entente token issue misp --expires 365d\n  entente token issue --member csirt-xb",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if (len(args) == 1) == (t.Member != "") {
				return hint(c, errors.New("name an account, or a member with --member"))
			}
			if len(args) == 1 {
				t.Account = args[0]
			}
			if err := readToken(c, &t, expires, fromStdin); err != nil {
				return err
			}
			return r.call(func(client *admin.Client) error {
				s, err := client.IssueToken(c.Context(), t)
				if err != nil {
					return err
				}
				return printSecret(c.OutOrStdout(), r.json, s)
			})
		},
	}
	r.flags(c)
	c.Flags().StringVar(&t.Member, "member", "", "the member that signs in with it")
	c.Flags().StringVar(&expires, "expires", "", "how long it works, as in 90d (default: until it is revoked); accounts only")
	c.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the token from standard input")
	return c
}

// readToken puts in what is not on the command line as such.
func readToken(c *cobra.Command, t *admin.NewToken, expires string, fromStdin bool) (err error) {
	if expires != "" {
		var life configs.Duration
		if err := life.UnmarshalText([]byte(expires)); err != nil {
			return hint(c, fmt.Errorf("--expires: %w", err))
		}
		t.Expires = time.Now().Add(time.Duration(life)).UTC()
	}
	if fromStdin {
		t.Token, err = readSecret(c.InOrStdin())
	}
	return err
}

func tokenListCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{
		Use:   "list",
		Short: "List the tokens by their ids",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.call(func(client *admin.Client) error {
				list, err := client.Tokens(c.Context())
				if err != nil {
					return err
				}
				if r.json {
					return printJSON(c.OutOrStdout(), map[string]any{"tokens": list})
				}
				w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "ID\tOF\tCREATED\tEXPIRES")
				for _, t := range list {
					of := "account " + t.Account
					if t.Member != "" {
						of = "member " + t.Member
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.ID, of, dayOf(t.Created, "unknown"), dayOf(t.Expires, "never"))
				}
				return w.Flush()
			})
		},
	}
	r.flags(c)
	return c
}

func tokenRevokeCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{
		Use:   "revoke ID",
		Short: "Revoke a token; `token list` shows the ids",
		Args:  need(1, false, "name the token by its id, one; `token list` shows them"),
		RunE: func(c *cobra.Command, args []string) error {
			return r.call(func(client *admin.Client) error {
				if err := client.RevokeToken(c.Context(), args[0]); err != nil {
					return err
				}
				return printDone(c.OutOrStdout(), r.json, "revoked", args[0])
			})
		},
	}
	r.flags(c)
	return c
}

func dayOf(t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return t.UTC().Format(time.DateOnly)
}
