package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"entente/cmd/entente/admin"
	"entente/stix"
	"entente/trust/exchange"
	"entente/trust/ledger"
)

// verifyFlags say what is verified, and with what.
type verifyFlags struct {
	remote
	key, proof string
	heads      []string
}

func ledgerVerifyCommand() *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify [FILE | --proof FILE]",
		Short: "Say whether a ledger is as it was written, or a proof holds",
		Long: "Verify the ledger of the running node (which needs the role officer), one that `entente ledger export`\n" +
			"wrote, or with --proof what `entente ledger prove` printed: every entry against its hash, every hash against\n" +
			"those below it, the roots against the signed heads. What was edited, removed, cut off or reordered is named\n" +
			"by the first entry that it befell. --head names a head that somebody else kept, to show that the ledger\n" +
			"continues it.\n\n" +
			"Files are verified without the node, with the public keys that `entente ledger key` prints there. Without\n" +
			"--key they are those of the node that -c names.",
		Example: "  entente ledger verify\n  entente ledger verify ledger.jsonl --key csirt-xa.pub --head kept.head\n  entente ledger verify --proof release.proof --key csirt-xa.pub",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if f.proof != "" && len(args)+len(f.heads) > 0 {
				return hint(c, errors.New("--proof stands alone: a proof holds its head"))
			}
			keys, err := f.keys()
			if err != nil {
				return err
			}
			if f.proof != "" {
				return f.verifyProof(c, keys)
			}
			return f.verifyLedger(c, keys, args)
		},
	}
	f.flags(c)
	c.Flags().StringVar(&f.key, "key", "", "file of the node's public keys (default: those of the node of -c)")
	c.Flags().StringVar(&f.proof, "proof", "", "verify this file of proofs")
	c.Flags().StringArrayVar(&f.heads, "head", nil, "file of a signed head that was kept elsewhere; may be said again")
	return c
}

// keys are the public keys to verify with.
func (f *verifyFlags) keys() (note.Verifiers, error) {
	if f.key == "" {
		key, err := ledgerKey(f.config, false)
		if err != nil {
			return nil, misuse("there are no public keys: name their file with --key, or the node with -c: %v", err)
		}
		return key.Verifiers, nil
	}
	text, err := readBounded(f.key, nil)
	if err != nil {
		return nil, err
	}
	keys, err := ledger.ParsePublic(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.key, err)
	}
	return keys, nil
}

// maxSmall bounds files of keys, heads and proofs, in bytes.
const maxSmall = 64 << 20

// readBounded reads a small file, or standard input for -.
func readBounded(path string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if path != "-" || stdin == nil {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxSmall+1))
	if err == nil && len(data) > maxSmall {
		err = fmt.Errorf("%s: more than %d bytes; this is no file of keys, heads or proofs", path, maxSmall)
	}
	return data, err
}

// ledgerVerdict is what --json says of a ledger.
type ledgerVerdict struct {
	OK       bool      `json:"ok"`
	Node     string    `json:"node,omitempty"`
	Entries  int64     `json:"entries"`
	Heads    int       `json:"heads"`
	Purged   int64     `json:"purged"`
	Time     time.Time `json:"time,omitzero"` // of the latest head
	Root     string    `json:"root,omitempty"`
	Revision string    `json:"revision,omitempty"` // of the policy, at the latest head
	Fault    *misdeed  `json:"fault,omitempty"`
}

// misdeed is the first entry that is not as it was written.
type misdeed struct {
	Seq      int64  `json:"seq"`
	Last     int64  `json:"last"`
	Kind     string `json:"kind"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
}

func (f *verifyFlags) verifyLedger(c *cobra.Command, keys note.Verifiers, args []string) error {
	var witnessed [][]byte
	for _, path := range f.heads {
		head, err := readBounded(path, nil)
		if err != nil {
			return err
		}
		witnessed = append(witnessed, head)
	}
	var report ledger.Report
	verify := func(in io.Reader) error {
		archive, err := ledger.ReadExport(in)
		if err == nil {
			archive.Witnessed = witnessed
			report, err = ledger.Verify(archive, keys)
		}
		return err
	}
	err := f.read(c, args, verify)
	var fault *ledger.Fault
	if err != nil && !errors.As(err, &fault) {
		return err
	}
	if !f.json {
		if fault == nil {
			printReport(c.OutOrStdout(), report)
		}
		return err
	}
	v := ledgerVerdict{OK: true, Node: report.Head.Origin, Entries: report.Head.Size, Heads: report.Heads, Purged: report.Purged,
		Time: report.Head.Time, Root: report.Head.Root.String(), Revision: hex.EncodeToString(report.Head.Revision[:])}
	if fault != nil {
		v = ledgerVerdict{Fault: &misdeed{fault.Seq, fault.Last, string(fault.Kind), fault.Expected, fault.Found}}
		err = silent{}
	}
	return errors.Join(printJSON(c.OutOrStdout(), v), err)
}

// read hands the ledger over: a file, standard input, or what the running node says.
func (f *verifyFlags) read(c *cobra.Command, args []string, verify func(io.Reader) error) error {
	if len(args) == 0 {
		return f.call(func(client *admin.Client) error { return client.ExportLedger(c.Context(), verify) })
	}
	if args[0] == "-" {
		return verify(c.InOrStdin())
	}
	in, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	return verify(in)
}

func printReport(out io.Writer, r ledger.Report) {
	fmt.Fprintf(out, "the ledger of %s is in order: %d entries, %d signed heads, the last of %s\n", r.Head.Origin, r.Head.Size, r.Heads, instant(r.Head.Time))
	if r.Purged > 0 {
		fmt.Fprintf(out, "%d of them were purged: what they said is not known any more\n", r.Purged)
	}
}

// statement is what a proof proves, as --json prints it.
type statement struct {
	Node     string    `json:"node"`
	Object   stix.ID   `json:"object"`
	Version  string    `json:"version"`
	Hash     string    `json:"hash"`
	Member   string    `json:"member"`
	Time     time.Time `json:"time"`
	Revision string    `json:"revision"`
	Seq      int64     `json:"seq"`
	Entries  int64     `json:"entries"` // of the ledger when it was proved
}

func (f *verifyFlags) verifyProof(c *cobra.Command, keys note.Verifiers) error {
	data, err := readBounded(f.proof, c.InOrStdin())
	if err != nil {
		return err
	}
	docs := proofsIn(data)
	if len(docs) == 0 {
		return fmt.Errorf("%s: there is no proof in it", f.proof)
	}
	var proved []statement
	for i, doc := range docs {
		s, err := ledger.CheckProof(doc, keys)
		if err != nil {
			return fmt.Errorf("%s: proof %d does not hold: %w", f.proof, i+1, err)
		}
		proved = append(proved, statement{
			s.Node, s.Object, s.Version, hex.EncodeToString(s.Hash[:]), s.Member, s.Time,
			hex.EncodeToString(s.Revision[:]), s.Seq, s.Head.Size,
		})
	}
	if f.json {
		return printJSON(c.OutOrStdout(), map[string]any{"ok": true, "proved": proved})
	}
	for _, s := range proved {
		fmt.Fprintf(c.OutOrStdout(), "%s released %s, version %s, to %s at %s\n  bytes   SHA-256 %s\n  policy  %s\n  ledger  entry %d of %d\n",
			s.Node, s.Object, s.Version, s.Member, instant(s.Time), s.Hash, s.Revision, s.Seq, s.Entries)
	}
	return nil
}

// proofsIn are the proofs of a file: one a line, or those of what `prove --json` printed.
func proofsIn(data []byte) (docs [][]byte) {
	var p exchange.Proof
	if err := json.Unmarshal(data, &p); err == nil && p.Object != "" {
		for _, r := range p.Released {
			docs = append(docs, []byte(r.Proof))
		}
		return docs
	}
	if v := jsontext.Value(bytes.TrimSpace(data)); v.IsValid() {
		return [][]byte{v}
	}
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			docs = append(docs, line)
		}
	}
	return docs
}
