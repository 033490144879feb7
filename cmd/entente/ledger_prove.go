package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"entente/cmd/entente/admin"
	"entente/trust/exchange"
)

func ledgerProveCommand() *cobra.Command {
	var r remote
	var to string
	c := &cobra.Command{
		Use:   "prove OBJECT --to MEMBER",
		Short: "Prove that an object was released to a member, or that it never was",
		Long: "Verify the whole ledger, and look for releases of an object to a member. For each version that was\n" +
			"released, print a proof, one line: whoever has it and the node's public key checks it without the node, by\n" +
			"`entente ledger verify --proof FILE --key FILE`, and learns nothing of other objects and members. What is\n" +
			"known of it besides goes to standard error.\n\n" +
			"Where nothing was released, that is what is printed: it holds for whoever has the ledger, which\n" +
			"`entente ledger export` writes. Needs the role analyst.",
		Example: "  entente ledger prove indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --to csirt-xb > release.proof",
		Args:    need(1, false, "name the object, one"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := cmp.Or(checkObjects(args), checkMembers("--to", to)); err != nil {
				return hint(c, err)
			}
			return query(c, &r, func(client *admin.Client) (exchange.Proof, error) {
				return client.Prove(c.Context(), args[0], to)
			}, func(out io.Writer, p exchange.Proof) error { return printProof(out, c.ErrOrStderr(), p) })
		},
	}
	r.flags(c)
	c.Flags().StringVar(&to, "to", "", "the member")
	return c
}

func printProof(out, about io.Writer, p exchange.Proof) error {
	gone := ""
	if p.Purged > 0 {
		gone = fmt.Sprintf("; what %d of them said was purged", p.Purged)
	}
	if len(p.Released) == 0 {
		_, err := fmt.Fprintf(out, "%s was never released to %s: the ledger is in order, and none of its %d entries says so%s\n", p.Object, p.Member, p.Entries, gone)
		return err
	}
	for _, r := range p.Released {
		read := "not read yet"
		if r.Read {
			read = "read, or at least asked for"
		}
		fmt.Fprintf(about, "%s, version %s, released to %s at %s by entry %d of %d%s: %s\n", p.Object, r.Version, p.Member, instant(r.Time), r.Seq, p.Entries, gone, read)
		if _, err := io.WriteString(out, r.Proof); err != nil {
			return err
		}
	}
	return nil
}
