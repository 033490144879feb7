package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"entente/cmd/entente/node"
	"entente/configs"
)

// initFlags are what `entente init` can be told; whatever is not said has a default.
type initFlags struct {
	node      configs.Node
	cert, key string
	http      bool
	json      bool
}

func initCommand() *cobra.Command {
	f := initFlags{node: configs.Default()}
	c := &cobra.Command{
		Use:   "init DIR",
		Short: "Make a node's folder: node.yaml, keys, certificates, policy, the first account",
		Long: "Make a node's folder: node.yaml, keys, certificates, policy, the first account.\n\n" +
			"The password and token of the account are printed once and kept nowhere. DIR must not exist,\n" +
			"or be empty. Without --http or --cert the node gets a certificate of an authority of its own,\n" +
			"tls/ca.pem, which clients must trust.",
		Example: "  entente init csirt-xa --name 'National CSIRT of Xanadu' --kind national --country XA",
		Args:    need(1, false, "name the folder to make, one"),
		RunE:    func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	flags := c.Flags()
	flags.StringVar(&f.node.Self.ID, "id", "", "short name, unique in the federation: a-z, 0-9, hyphens (default: the name of DIR)")
	flags.StringVar(&f.node.Self.Name, "name", "", "the organisation's full name (default: the id)")
	flags.StringVar(&f.node.Self.Kind, "kind", "organisation", "national, governmental, sectoral, regional or organisation")
	flags.StringVar(&f.node.Self.Country, "country", "", "ISO 3166-1 code; XA to XZ are free for examples")
	flags.StringVar(&f.node.Self.Identity, "identity", "", "id of the STIX Identity that the node creates objects as (default: a new one)")
	flags.StringVar(&f.node.Listen.TAXII, "listen", f.node.Listen.TAXII, "address for peers and tools; port 0 takes any free one")
	flags.StringVar(&f.node.Listen.Admin, "admin", f.node.Listen.Admin, "address for health and metrics")
	flags.StringVar(&f.node.Listen.URL, "url", "", "how peers reach the node (default: from --listen)")
	flags.BoolVar(&f.http, "http", false, "no TLS: for a laboratory, or behind a proxy on the same machine")
	flags.StringVar(&f.cert, "cert", "", "PEM file of a certificate that the node already has")
	flags.StringVar(&f.key, "key", "", "PEM file of its private key")
	jsonFlag(c, &f.json)
	choices(c, "kind", "national", "governmental", "sectoral", "regional", "organisation")
	return c
}

func (f *initFlags) run(c *cobra.Command, dir string) error {
	plan := node.Plan{Dir: dir, Node: f.node, PlainHTTP: f.http}
	if err := f.complete(&plan); err != nil {
		return hint(c, err)
	}
	folder, err := node.Create(plan)
	var problems configs.Problems
	if errors.As(err, &problems) {
		// A problem begins with the key in node.yaml; but for one, flags are named alike.
		return hint(c, errors.New("--"+strings.Replace(problems[0].Message, "taxii: ", "listen: ", 1)))
	}
	if err != nil {
		return err
	}
	admin := folder.Accounts["admin"]
	if f.json {
		return printJSON(c.OutOrStdout(), map[string]any{
			"dir": folder.Dir, "config": folder.Config, "identity": folder.Identity, "ca": folder.CA,
			"signing_key": folder.SigningKey, "admin": admin,
		})
	}
	fmt.Fprintf(c.OutOrStdout(), "Made the node %s in %s.\n\n  user      %s\n  password  %s\n  token     %s\n\n"+
		"These are shown only now. Next:\n\n  entente serve -c %s\n",
		plan.Node.Self.ID, dir, admin.User, admin.Password, admin.Token, filepath.Join(dir, node.ConfigFile))
	return nil
}

// complete puts in what follows from other flags.
func (f *initFlags) complete(p *node.Plan) error {
	abs, err := filepath.Abs(p.Dir)
	if err != nil {
		return err
	}
	self := &p.Node.Self
	if self.ID == "" {
		self.ID = filepath.Base(abs)
		if fault := configs.CheckID(self.ID); fault != "" {
			return fmt.Errorf("the name of the folder, %q, cannot be the node's id; say --id", self.ID)
		}
	}
	if self.Name == "" {
		self.Name = self.ID
	}
	switch {
	case (f.cert == "") != (f.key == ""):
		return errors.New("--cert and --key go together")
	case f.http && f.cert != "":
		return errors.New("--http says that there is no TLS: leave out --cert and --key")
	case f.http && strings.HasPrefix(p.Node.Listen.URL, "https:"):
		return errors.New("--http says that there is no TLS: write an http:// --url")
	case !f.http && strings.HasPrefix(p.Node.Listen.URL, "http:"):
		return errors.New("--url: with TLS it is https://; say --http if no TLS is meant")
	case f.cert == "":
		return nil
	}
	t := configs.TLS{}
	if t.Cert, err = filepath.Abs(f.cert); err != nil {
		return err
	}
	if t.Key, err = filepath.Abs(f.key); err != nil {
		return err
	}
	p.Node.Listen.TLS = &t
	return nil
}
