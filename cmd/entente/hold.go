package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"entente/cmd/entente/admin"
	"entente/configs"
	"entente/stix"
	"entente/trust"
	"entente/trust/exchange"
)

func holdCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "hold",
		Short: "List, approve and deny what waits for a person",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return hint(c, errors.New("say what to do: list, approve or deny"))
		},
	}
	c.AddCommand(holdListCommand(), holdApproveCommand(), holdDenyCommand())
	return c
}

// heldList is what waits as --json prints it.
type heldList struct {
	Holds []exchange.Held `json:"holds"`
}

// holdFlags choose among what waits.
type holdFlags struct {
	remote
	choice exchange.HoldChoice
}

// flags adds the member that it waits for: shown is the name that reads well, and other means the same.
func (f *holdFlags) flags(c *cobra.Command, shown, other string) {
	f.remote.flags(c)
	c.Flags().StringVar(&f.choice.Member, shown, "", "only what waits for this member")
	c.Flags().StringVar(&f.choice.Member, other, "", "the same")
	c.Flags().Lookup(other).Hidden = true
}

func (f *holdFlags) filters(c *cobra.Command) {
	c.Flags().StringVar(&f.choice.Source, "source", "", "only what came from this member or public source")
	c.Flags().StringVar(&f.choice.Type, "type", "", "only objects of this type, as in indicator")
	c.Flags().StringVar(&f.choice.Code, "code", "", "only what this check holds: unmarked, need-to-know, approval, embargo, …")
}

func (f *holdFlags) check(objects []string) error {
	if err := checkObjects(objects); err != nil {
		return err
	}
	f.choice.Objects = nil
	for _, id := range objects {
		f.choice.Objects = append(f.choice.Objects, stix.ID(id))
	}
	if fault := configs.CheckID(f.choice.Member); f.choice.Member != "" && fault != "" {
		return fmt.Errorf("the member: %s", fault)
	}
	if fault := configs.CheckID(f.choice.Source); f.choice.Source != "" && fault != "" {
		return fmt.Errorf("--source: %s", fault)
	}
	if _, ok := trust.ParseCode(f.choice.Code); f.choice.Code != "" && !ok {
		return fmt.Errorf("--code: there is no check %q; write one that `entente hold list` shows", f.choice.Code)
	}
	return nil
}

func holdListCommand() *cobra.Command {
	var f holdFlags
	c := &cobra.Command{
		Use:   "list",
		Short: "List what waits for a person, or for a time",
		Long: "List the objects that wait for somebody's approval, or for an embargo to pass, before a member gets\n" +
			"them, the oldest first, with the checks that hold them. Needs the role analyst.",
		Example: "  entente hold list --code unmarked\n  entente hold list --member csirt-xb --type indicator --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(nil); err != nil {
				return hint(c, err)
			}
			return query(c, &f.remote, func(client *admin.Client) (l heldList, err error) {
				l.Holds, err = client.Held(c.Context(), f.choice)
				return l, err
			}, printHeld)
		},
	}
	f.flags(c, "member", "to")
	f.filters(c)
	return c
}

func holdApproveCommand() *cobra.Command {
	var f holdFlags
	var a admin.Approval
	var all bool
	c := &cobra.Command{
		Use:   "approve OBJECT… | --all",
		Short: "Let go what waits",
		Long: "Let objects that wait go to whom they wait for, or with --to to one member alone; with --all everything\n" +
			"that waits and that the filters choose.\n\n" +
			"What has no TLP mark needs --tlp: any level for our own, of which a marked version is made; clear or green\n" +
			"for what others gave us, since a mark that is not in the bytes does not travel. Needs the role analyst.",
		Example: "  entente hold approve indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --to csirt-xb\n" +
			"  entente hold approve --all --code unmarked --source csirt-xc --tlp green --reason 'their feed is GREEN, says their mail'",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.checkApproval(args, all, a.TLP); err != nil {
				return hint(c, err)
			}
			a.Choice = f.choice
			return f.decide(c, "approved", func(client *admin.Client) ([]exchange.Held, error) { return client.Approve(c.Context(), a) })
		},
	}
	f.flags(c, "to", "member")
	f.filters(c)
	c.Flags().BoolVar(&all, "all", false, "everything that the filters choose")
	c.Flags().StringVar(&a.TLP, "tlp", "", "the level of what has no mark: clear, green, amber, amber+strict or red")
	c.Flags().StringVar(&a.Reason, "reason", "", "why, for the ledger")
	choices(c, "tlp", "clear", "green", "amber", "amber+strict", "red")
	return c
}

func (f *holdFlags) checkApproval(objects []string, all bool, tlp string) error {
	filtered := f.choice.Source != "" || f.choice.Type != "" || f.choice.Code != ""
	switch _, known := trust.ParseLevel(tlp); {
	case len(objects) == 0 && !all:
		return errors.New("name the objects, or say --all")
	case len(objects) > 0 && all:
		return errors.New("--all needs no objects: name them, or say --all")
	case len(objects) > 0 && filtered:
		return errors.New("--source, --type and --code choose among --all; leave them out where you name objects")
	case tlp != "" && !known:
		return fmt.Errorf("--tlp: %q is not clear, green, amber, amber+strict or red", tlp)
	}
	return f.check(objects)
}

func holdDenyCommand() *cobra.Command {
	var f holdFlags
	var a admin.Approval
	c := &cobra.Command{
		Use:   "deny OBJECT… --reason TEXT",
		Short: "Let what waits wait no more, and not go",
		Long: "Take objects off the list without letting them go, for everybody they wait for or with --to for one\n" +
			"member. A later version waits again. Needs the role analyst.",
		Example: "  entente hold deny indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --reason 'a false positive'",
		Args:    need(1, true, "name the objects"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := cmp.Or(f.check(args), checkReason(a.Reason)); err != nil {
				return hint(c, err)
			}
			a.Choice = f.choice
			return f.decide(c, "denied", func(client *admin.Client) ([]exchange.Held, error) { return client.Deny(c.Context(), a) })
		},
	}
	f.flags(c, "to", "member")
	reasonFlag(c, &a.Reason)
	return c
}

// decide acts on what was chosen and prints it. That something was named and did not wait is an
// error, after the rest is done.
func (f *holdFlags) decide(c *cobra.Command, done string, act func(*admin.Client) ([]exchange.Held, error)) error {
	return f.call(func(client *admin.Client) error {
		held, err := act(client)
		if err != nil {
			return err
		}
		if f.json {
			err = printJSON(c.OutOrStdout(), map[string]any{done: held})
		} else {
			err = printDecided(c.OutOrStdout(), done, held)
		}
		if err != nil {
			return err
		}
		missing := slices.DeleteFunc(slices.Clone(f.choice.Objects), func(id stix.ID) bool {
			return slices.ContainsFunc(held, func(h exchange.Held) bool { return h.Object == id })
		})
		if len(missing) > 0 {
			return fmt.Errorf("not found among what waits: %v", missing)
		}
		return nil
	})
}

func printDecided(out io.Writer, done string, held []exchange.Held) error {
	for _, h := range held {
		fmt.Fprintf(out, "%s to %s: %s\n", h.Object, h.Member, done)
	}
	_, err := fmt.Fprintf(out, "%d %s\n", len(held), done)
	return err
}

func printHeld(out io.Writer, l heldList) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SINCE\tMEMBER\tHELD BY\tSOURCE\tOBJECT")
	for _, h := range l.Holds {
		source := h.Source
		if source == "" {
			source = "ours"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", instant(h.Since), h.Member, strings.Join(h.Codes, ","), source, h.Object)
	}
	return w.Flush()
}
