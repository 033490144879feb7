package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"entente/taxii/client"
	"entente/trust/exchange"
)

// command runs a command of this program for csirt-xa; failed is what it said where it did not
// exit with 0.
func (t *tour) command(ctx context.Context, args ...string) (out []byte, failed string, err error) {
	cmd := exec.CommandContext(ctx, t.Program, append(args, "-c", t.xa().Config)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err = cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return out, exit.Error() + ": " + stderr.String(), nil
	}
	return out, "", err
}

// ask runs a command and reads the document that it prints.
func ask[T any](ctx context.Context, t *tour, args ...string) (v T, err error) {
	out, failed, err := t.command(ctx, append(args, "--json")...)
	if err == nil && failed != "" {
		err = errors.New(failed)
	}
	if err == nil {
		err = json.Unmarshal(out, &v)
	}
	if err != nil {
		err = fmt.Errorf("entente %s: %w", args[0], err)
	}
	return v, err
}

// one is an indicator of this fate, the same in every look.
func (t *tour) one(f fate) string {
	for _, id := range slices.Sorted(maps.Keys(t.told)) {
		if t.told[id].fate == f && t.told[id].Type == "indicator" {
			return id
		}
	}
	return ""
}

// explain asks why csirt-xb gets an object, or not.
func (t *tour) explain(ctx context.Context) error {
	for _, row := range []struct {
		fate     fate
		decision string
	}{{clear, "release"}, {green, "release"}, {amber, "withhold"}, {red, "withhold"}, {unmarked, "hold"}} {
		e, err := ask[exchange.Explanation](ctx, t, "policy", "explain", t.one(row.fate), "--to", "csirt-xb")
		if err != nil {
			return err
		}
		claim := fmt.Sprintf("%-8s %s", row.fate, row.decision)
		if e.Primary != "" {
			claim += ", because of " + e.Primary
		}
		t.check(e.Decision == row.decision, claim, e.Decision)
	}
	return nil
}

// recall takes back one object that csirt-xb has.
func (t *tour) recall(ctx context.Context) error {
	id := t.one(green)
	r, err := ask[exchange.Recall](ctx, t, "recall", id, "--reason", "it names a victim", "--as", "analyst")
	if err != nil {
		return err
	}
	t.check(len(r.Recipients) == 1 && r.Recipients[0].Member == "csirt-xb", "of all members, csirt-xb alone may have read it", fmt.Sprint(r.Recipients))
	xb, err := t.member(ctx, "csirt-xb")
	if err != nil {
		return err
	}
	defer xb.Close()
	h, err := xb.walk(ctx, "for-csirt-xb", client.Query{Limit: 1000})
	if err != nil {
		return err
	}
	_, still := h.raw[id]
	t.check(!still, "csirt-xb sees it no more", id+" is in for-csirt-xb")
	notices := 0
	for _, raw := range h.raw {
		if strings.Contains(raw, `"note"`) && strings.Contains(raw, id) {
			notices++
		}
	}
	equal(t, "and finds a notice that says so", 1, notices)
	return nil
}

// prove shows from the ledger what csirt-xb got and what it never did, to somebody who has nothing of
// the node but its public key.
func (t *tour) prove(ctx context.Context) error {
	key, proof, exported := t.path("ledger.pub"), t.path("release.proof"), t.path("ledger.jsonl")
	for _, file := range []struct {
		path string
		args []string
	}{
		{key, []string{"ledger", "key"}},
		{proof, []string{"ledger", "prove", t.one(green), "--to", "csirt-xb"}},
		{exported, []string{"ledger", "export"}},
	} {
		out, failed, err := t.command(ctx, file.args...)
		if err == nil && failed != "" {
			err = errors.New(failed)
		}
		if err == nil {
			err = os.WriteFile(file.path, out, 0o600)
		}
		if err != nil {
			return err
		}
	}
	said, failed, err := t.command(ctx, "ledger", "verify", "--proof", proof, "--key", key)
	if err != nil {
		return err
	}
	t.check(failed == "" && strings.Contains(string(said), "released "+t.one(green)), "a stranger can check that csirt-xb got what was recalled", failed)
	none, err := ask[exchange.Proof](ctx, t, "ledger", "prove", t.one(amber), "--to", "csirt-xb")
	if err != nil {
		return err
	}
	t.check(len(none.Released) == 0 && none.Entries > 0, fmt.Sprintf("and of %d entries none gave it what is AMBER", none.Entries), fmt.Sprint(none.Released))
	_, failed, err = t.command(ctx, "ledger", "verify", exported, "--key", key)
	if err != nil {
		return err
	}
	equal(t, "the exported ledger is as it was written", "", failed)
	return t.tamper(ctx, exported, key)
}

// tamper makes the exported ledger say that csirt-xb got another object.
func (t *tour) tamper(ctx context.Context, exported, key string) error {
	text, err := os.ReadFile(exported)
	if err != nil {
		return err
	}
	edited := bytes.Replace(text, []byte(t.one(green)), []byte(t.one(amber)), 1)
	if err := os.WriteFile(exported, edited, 0o600); err != nil {
		return err
	}
	_, failed, err := t.command(ctx, "ledger", "verify", exported, "--key", key)
	if err != nil {
		return err
	}
	t.check(strings.Contains(failed, ": edited:"), "one word of it changed, and the entry is named", failed)
	return nil
}
