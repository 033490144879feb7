package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"entente/cmd/entente/admin"
	"entente/cmd/entente/node"
	"entente/configs"
	"entente/trust/ledger"
)

func ledgerExportCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Write the whole ledger to a file, for others to verify",
		Long: "Write the whole ledger to a file, or to standard output: a JSON value a line, first the signed heads, then\n" +
			"every entry with its salt and hashes. It holds everything that the ledger knows of everybody: mind to whom\n" +
			"you give it. `entente ledger prove` shows a stranger one release and nothing else. Needs the role officer.",
		Example: "  entente ledger export ledger.jsonl && entente ledger verify ledger.jsonl --key ledger.pub",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.call(func(client *admin.Client) error {
				if len(args) == 0 || args[0] == "-" {
					return client.ExportLedger(c.Context(), func(in io.Reader) error {
						_, err := io.Copy(c.OutOrStdout(), in)
						return err
					})
				}
				size, err := exportTo(c, client, args[0])
				if err != nil {
					return err
				}
				if r.json {
					return printJSON(c.OutOrStdout(), map[string]any{"exported": args[0], "bytes": size})
				}
				_, err = fmt.Fprintf(c.OutOrStdout(), "%s: exported, %d bytes\n", args[0], size)
				return err
			})
		},
	}
	r.flags(c)
	return c
}

// exportTo writes a file that appears whole or not at all.
func exportTo(c *cobra.Command, client *admin.Client, path string) (size int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name()) // is gone when it was moved
	err = client.ExportLedger(c.Context(), func(in io.Reader) (err error) {
		size, err = io.Copy(f, in)
		return err
	})
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	return size, os.Rename(f.Name(), path)
}

func ledgerHeadCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{
		Use:   "head",
		Short: "Print the latest signed head of the ledger, for others to keep",
		Long: "Print the latest signed head of the ledger. Whoever keeps it can tell by `entente ledger verify --head FILE`\n" +
			"whether a later ledger continues this one: nothing else shows that a ledger was replaced whole by an older\n" +
			"state of itself. Needs the role analyst.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return query(c, &r, func(client *admin.Client) (admin.SignedHead, error) {
				return client.LedgerHead(c.Context())
			}, func(out io.Writer, h admin.SignedHead) error { _, err := io.WriteString(out, h.Head); return err })
		},
	}
	r.flags(c)
	return c
}

func ledgerKeyCommand() *cobra.Command {
	var config string
	var asJSON, fresh bool
	c := &cobra.Command{
		Use:   "key",
		Short: "Print the public keys of the ledger, or make a new one",
		Long: "Print the public keys by which others verify this node's ledger, exports and proofs, one a line: first the\n" +
			"one that signs now. With --new another key is made, which signs from the node's next start on; those before\n" +
			"it stay, so that what they signed still verifies. The node need not run.",
		Example: "  entente ledger key > ledger.pub",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			key, err := ledgerKey(config, fresh)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), map[string]any{"keys": key.Public})
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), strings.Join(key.Public, "\n"))
			return err
		},
	}
	configFlag(c, &config)
	jsonFlag(c, &asJSON)
	c.Flags().BoolVar(&fresh, "new", false, "make a key that signs from the next start on")
	return c
}

func ledgerKey(config string, fresh bool) (key ledger.Key, err error) {
	var problems configs.Problems
	if fresh {
		key, err = node.NewLedgerKey(config)
	} else {
		key, problems = node.LedgerKey(config)
		err = problems.Err()
	}
	if errors.As(err, &problems) {
		return key, misuseError{problems}
	}
	return key, err
}
