package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"entente/cmd/entente/admin"
	"entente/configs"
	"entente/stix"
	"entente/trust"
	"entente/trust/auth"
	"entente/trust/exchange"
)

const (
	thing = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
	other = "malware--31b940d4-6f7f-459a-80ea-9c1f17b5891b"
	gone  = "report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3"
)

var then = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// bench is a node's policy and exchange as the socket sees them: it says what it was asked to do.
type bench struct {
	admin.Registry
	asked []string
	fault error // of the policy folder
	waits bool
	list  []exchange.Suspect
}

func (b *bench) did(form string, args ...any) { b.asked = append(b.asked, fmt.Sprintf(form, args...)) }

func (b *bench) Accounts() auth.Accounts {
	return auth.Accounts{List: []auth.Account{{Name: "reader", Role: "reader"}, {Name: "anna", Role: "analyst"}, {Name: "olga", Role: "officer"}}}
}

func (b *bench) ReadPolicy() (exchange.Revision, error) {
	return exchange.Revision{Policy: &trust.Policy{Revision: "abc"}}, b.fault
}

func (b *bench) ApplyPolicy(apply func(exchange.Revision) (exchange.Change, error)) (exchange.Change, error) {
	if b.fault != nil {
		return exchange.Change{}, b.fault
	}
	r, _ := b.ReadPolicy()
	return apply(r)
}

func (b *bench) change(revision string) exchange.Change {
	many := make([]stix.ID, 22)
	for i := range many {
		many[i] = stix.ID(fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", i))
	}
	return exchange.Change{Revision: revision, Members: []exchange.MemberChange{
		{Member: "csirt-xb", Release: []stix.ID{thing}}, {Member: "csirt-xc", Withdraw: many},
	}}
}

func (b *bench) Plan(_ context.Context, p *trust.Policy) (exchange.Change, error) {
	return b.change(p.Revision), nil
}

func (b *bench) Apply(_ context.Context, r exchange.Revision) (exchange.Change, error) {
	b.did("apply %s by %s", r.Policy.Revision, r.Author)
	c := b.change(r.Policy.Revision)
	c.Applied, c.Waits = !b.waits, b.waits
	return c, nil
}

func (b *bench) History(context.Context) ([]exchange.Applied, error) {
	return []exchange.Applied{{Number: 1, Revision: "abc", Author: "olga", At: then, Release: 3, Withdraw: 1}}, nil
}

func (b *bench) Explain(_ context.Context, id stix.ID, member string) (exchange.Explanation, error) {
	switch {
	case id == gone:
		return exchange.Explanation{}, fmt.Errorf("object %s: %w", id, exchange.ErrNotFound)
	case id == other:
		return exchange.Explanation{Object: id, Member: member, Decision: "release", Label: "red", Checks: []exchange.Check{{Code: "red", Outcome: "withhold"}}}, nil
	}
	return exchange.Explanation{Object: id, Version: "2026-01-01T00:00:00.000Z", Member: member, Decision: "withhold", Primary: "ceiling", Label: "amber",
		Checks: []exchange.Check{
			{Code: "recipient", Outcome: "pass"},
			{Code: "ceiling", Outcome: "withhold", Detail: "flow up to \x1b green", File: "agreements/mou.yaml", Line: 7},
			{Code: "embargo", Outcome: "hold", File: "local.yaml", Until: then},
		}}, nil
}

func (b *bench) Held(_ context.Context, choice exchange.HoldChoice) ([]exchange.Held, error) {
	b.did("held %+v", choice)
	if choice.Source == "csirt-xz" {
		return nil, nil
	}
	return []exchange.Held{
		{Object: thing, Member: "csirt-xb", Codes: []string{"unmarked", "approval"}, Since: then, Type: "indicator"},
		{Object: other, Member: "csirt-xc", Since: then, Type: "malware", Source: "csirt-xb"},
	}, nil
}

func (b *bench) Approve(ctx context.Context, choice exchange.HoldChoice, as trust.Level, by, reason string) ([]exchange.Held, error) {
	b.did("approve as %s by %s: %s", as, by, reason)
	return b.chosen(choice)
}

func (b *bench) Deny(ctx context.Context, choice exchange.HoldChoice, by, reason string) ([]exchange.Held, error) {
	b.did("deny by %s: %s", by, reason)
	return b.chosen(choice)
}

func (b *bench) chosen(choice exchange.HoldChoice) ([]exchange.Held, error) {
	b.did("chosen %+v", choice)
	if choice.Source == "csirt-xz" || len(choice.Objects) == 1 && choice.Objects[0] == gone {
		return nil, exchange.ErrNotFound
	}
	return []exchange.Held{{Object: thing, Member: "csirt-xb", Codes: []string{"approval"}, Since: then, Type: "indicator"}}, nil
}

func (b *bench) ReleaseTo(_ context.Context, id stix.ID, members []string, by, reason string) error {
	if id == gone {
		return exchange.ErrNotFound
	}
	if members[0] == "csirt-xz" {
		return exchange.Refusal("there is no member csirt-xz")
	}
	b.did("release %s to %v by %s: %s", id, members, by, reason)
	return nil
}

func (b *bench) Recall(_ context.Context, id stix.ID, by, reason string) (exchange.Recall, error) {
	if id == gone {
		return exchange.Recall{}, exchange.ErrNotFound
	}
	if id == other {
		return exchange.Recall{Object: id}, nil
	}
	b.did("recall %s by %s: %s", id, by, reason)
	return exchange.Recall{Object: id, Versions: []string{"v1", "v2"}, Reason: reason, By: by, At: then,
		Recipients: []exchange.Recipient{{Member: "csirt-xb", State: "pending"}}}, nil
}

func (b *bench) Suspects(context.Context) ([]exchange.Suspect, error) { return b.list, nil }

func (b *bench) Suspect(_ context.Context, id stix.ID, key uint64) (exchange.Suspect, []byte, []byte, error) {
	for _, s := range b.list {
		if s.Object == id && s.Key == key {
			return s, []byte("{ \"name\":\"é\u009b\U000E0001\"}"), []byte(`{"name":"ours"}`)[:15*min(1, int(key-1))], nil
		}
	}
	return exchange.Suspect{}, nil, nil, exchange.ErrNotFound
}

func (b *bench) Free(_ context.Context, id stix.ID, key uint64, by, reason string) error {
	b.did("free %s %d by %s: %s", id, key, by, reason)
	return nil
}

func (b *bench) Purge(_ context.Context, id stix.ID, key uint64, by, reason string) error {
	b.did("purge %s %d by %s: %s", id, key, by, reason)
	return nil
}

// onBench opens the socket of a node, with a bench behind it.
func onBench(t *testing.T, b *bench) (config string) {
	t.Helper()
	m := initNode(t)
	l, err := admin.Listen(filepath.Join(m.Dir, "data"))
	require.NoError(t, err)
	s := admin.NewServer(admin.Config{Registry: b, Officer: b, Rand: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}).HTTP()
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return m.Config
}

func quarantined() []exchange.Suspect {
	return []exchange.Suspect{
		{Object: thing, Version: "2026-01-01T00:00:00.000Z", Source: "csirt-xb", Kind: "claim", Since: then, Key: 1},
		{Object: other, Version: "2026-01-01T00:00:00.000Z", Source: "csirt-xb", Kind: "conflict", Since: then, Key: 2},
		{Object: other, Version: "2026-01-02T00:00:00.000Z", Source: "csirt-xc", Kind: "future", Since: then, Key: 3},
	}
}

// Every --json document has the form that programs read.
func TestOfficerJSON(t *testing.T) {
	withdrawn := make([]string, 22)
	for i := range withdrawn {
		withdrawn[i] = fmt.Sprintf(`"indicator--00000000-0000-4000-8000-%012d"`, i)
	}
	change := `"revision":"abc","members":[{"member":"csirt-xb","release":["` + thing + `"],"withdraw":[]},` +
		`{"member":"csirt-xc","release":[],"withdraw":[` + strings.Join(withdrawn, ",") + `]}]`
	approved := `[{"object":"` + thing + `","member":"csirt-xb","codes":["approval"],"since":"2026-05-01T12:00:00Z","type":"indicator"}]`
	config := onBench(t, &bench{list: quarantined()})
	for _, row := range []struct{ name, args, want string }{
		{"a plan, never cut", "policy plan", `{` + change + `}`},
		{"a revision that is applied", "policy apply", `{` + change + `,"applied":true}`},
		{"history", "policy history", `{"revisions":[{"number":1,"revision":"abc","author":"olga","at":"2026-05-01T12:00:00Z","release":3,"withdraw":1}]}`},
		{"an explanation", "policy explain THING --to csirt-xb", `{"object":"` + thing + `","version":"2026-01-01T00:00:00.000Z","member":"csirt-xb","decision":"withhold","primary":"ceiling","label":"amber","checks":[` +
			`{"code":"recipient","outcome":"pass"},{"code":"ceiling","outcome":"withhold","detail":"flow up to \u001b green","file":"agreements/mou.yaml","line":7},` +
			`{"code":"embargo","outcome":"hold","file":"local.yaml","until":"2026-05-01T12:00:00Z"}]}`},
		{"what waits", "hold list", `{"holds":[{"object":"` + thing + `","member":"csirt-xb","codes":["unmarked","approval"],"since":"2026-05-01T12:00:00Z","type":"indicator"},` +
			`{"object":"` + other + `","member":"csirt-xc","codes":[],"since":"2026-05-01T12:00:00Z","type":"malware","source":"csirt-xb"}]}`},
		{"nothing waits", "hold list --source csirt-xz", `{"holds":[]}`},
		{"an approval", "hold approve THING", `{"approved":` + approved + `}`},
		{"an approval of nothing", "hold approve --all --source csirt-xz", `{"approved":[]}`},
		{"a denial", "hold deny THING --reason no", `{"denied":` + approved + `}`},
		{"quarantine", "quarantine list", `{"items":[` +
			`{"object":"` + thing + `","version":"2026-01-01T00:00:00.000Z","source":"csirt-xb","kind":"claim","since":"2026-05-01T12:00:00Z","key":1},` +
			`{"object":"` + other + `","version":"2026-01-01T00:00:00.000Z","source":"csirt-xb","kind":"conflict","since":"2026-05-01T12:00:00Z","key":2},` +
			`{"object":"` + other + `","version":"2026-01-02T00:00:00.000Z","source":"csirt-xc","kind":"future","since":"2026-05-01T12:00:00Z","key":3}]}`},
		{"bytes as they are", "quarantine show OTHER --key 2", `{"object":"` + other + `","version":"2026-01-01T00:00:00.000Z","source":"csirt-xb","kind":"conflict","since":"2026-05-01T12:00:00Z","key":2,` +
			`"stored":"{ \"name\":\"é\u009b\udb40\udc01\"}","against":"{\"name\":\"ours\"}"}`},
		{"out of quarantine", "quarantine release THING --reason r", `{"released":"` + thing + `"}`},
		{"purged", "quarantine purge THING --reason r", `{"purged":"` + thing + `"}`},
		{"a release", "release THING --to csirt-xb,csirt-xc --reason r", `{"released":"` + thing + `","members":["csirt-xb","csirt-xc"]}`},
		{"a recall", "recall THING --reason why --as anna", `{"object":"` + thing + `","versions":["v1","v2"],"reason":"why","by":"anna","at":"2026-05-01T12:00:00Z","recipients":[{"member":"csirt-xb","state":"pending"}]}`},
		{"a recall from nobody", "recall OTHER --reason why", `{"object":"` + other + `","versions":[],"reason":"","by":"","at":"0001-01-01T00:00:00Z","recipients":[]}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := officer(t, config, row.args+" --json")
			require.Equal(t, exitDone, r.code, r.err)
			assert.JSONEq(t, row.want, r.out)
			assert.Empty(t, r.err)
		})
	}
}

// officer runs a command; THING, OTHER and GONE are objects.
func officer(t *testing.T, config, args string) result {
	t.Helper()
	args = strings.NewReplacer("THING", thing, "OTHER", other, "GONE", gone).Replace(args)
	return entente(t, append(strings.Fields(args), "-c", config)...)
}

func TestOfficerTables(t *testing.T) {
	b := &bench{list: quarantined()}
	config := onBench(t, b)
	for _, row := range []struct {
		name, args string
		want       []string
	}{
		{"a plan", "policy plan", []string{"revision abc\n", "csirt-xb  1        0\n", "csirt-xc  0        22\n", "\ncsirt-xb, release:\n  " + thing + "\n", "000000000019\n  … and 2 more\n"}},
		{"applied", "policy apply", []string{"csirt-xc  0        22\n", "\napplied\n"}},
		{"history", "policy history", []string{"1       2026-05-01T12:00:00Z  olga    3         1          abc\n"}},
		{"an explanation", "policy explain THING --to csirt-xb", []string{"decision  withhold, because of ceiling\n", "recipient  pass",
			"ceiling    withhold  agreements/mou.yaml:7  flow up to \ufffd green\n", "local.yaml              (until 2026-05-01T12:00:00Z)\n"}},
		{"what waits", "hold list", []string{"2026-05-01T12:00:00Z  csirt-xb  unmarked,approval  ours      " + thing, "csirt-xb  " + other}},
		{"an approval", "hold approve THING", []string{thing + " to csirt-xb: approved\n1 approved\n"}},
		{"an approval of nothing", "hold approve --all --source csirt-xz", []string{"0 approved\n"}},
		{"a denial", "hold deny THING --reason no", []string{thing + " to csirt-xb: denied\n1 denied\n"}},
		{"quarantine", "quarantine list", []string{"2026-05-01T12:00:00Z  csirt-xb  claim     1    " + thing + "  2026-01-01T00:00:00.000Z\n"}},
		{"what commands no terminal", "quarantine show THING", []string{"claim, key 1", "It says:\n{ \"name\":\"é\\u009b\\udb40\\udc01\"}\n\nIt contradicts nothing"}},
		{"what it contradicts", "quarantine show OTHER --key 2", []string{"It contradicts:\n{\"name\":\"ours\"}\n"}},
		{"out of quarantine", "quarantine release THING --reason r", []string{thing + ": released\n"}},
		{"a release", "release THING --to csirt-xb --reason r", []string{thing + ": released to csirt-xb\n"}},
		{"a recall", "recall THING --reason why", []string{thing + ": recalled, 2 versions\n", "csirt-xb  pending\n"}},
		{"a recall from nobody", "recall OTHER --reason why", []string{"Nobody had it.\n"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := officer(t, config, row.args)
			require.Equal(t, exitDone, r.code, r.err)
			for _, want := range row.want {
				assert.Contains(t, r.out, want)
			}
		})
	}
	b.waits = true
	assert.Contains(t, officer(t, config, "policy apply").out, "a second officer must apply the same revision")
	assert.NotContains(t, officer(t, config, "policy apply --json").out, `"applied"`)
}

// What is asked for arrives, with who asks for it.
func TestOfficerActs(t *testing.T) {
	for _, row := range []struct {
		name, args string
		want       []string
	}{
		{"filters", "hold list --member csirt-xb --source csirt-xc --type indicator --code scope:types",
			[]string{"held {Objects:[] Member:csirt-xb Source:csirt-xc Type:indicator Code:scope:types}"}},
		{"an approval", "hold approve THING --to csirt-xb --tlp green --reason r --as anna",
			[]string{"approve as green by anna: r", "chosen {Objects:[" + thing + "] Member:csirt-xb Source: Type: Code:}"}},
		{"an approval of all", "hold approve --all --member csirt-xb --type indicator --as anna",
			[]string{"approve as unmarked by anna: ", "chosen {Objects:[] Member:csirt-xb Source: Type:indicator Code:}"}},
		{"a denial", "hold deny THING --reason no --as anna",
			[]string{"deny by anna: no", "chosen {Objects:[" + thing + "] Member: Source: Type: Code:}"}},
		{"a policy", "policy apply --as olga", []string{"apply abc by olga"}},
		{"somebody without an account", "policy apply --as boss", []string{"apply abc by boss"}},
		{"the only one in quarantine", "quarantine release THING --reason r --as olga", []string{"free " + thing + " 1 by olga: r"}},
		{"one of several", "quarantine purge OTHER --key 3 --reason r --as olga", []string{"purge " + other + " 3 by olga: r"}},
		{"a release to two", "release THING --to csirt-xb --to csirt-xc --reason r --as anna", []string{"release " + thing + " to [csirt-xb csirt-xc] by anna: r"}},
		{"RED by an officer", "release OTHER --to csirt-xb --reason r --as olga", []string{"release " + other + " to [csirt-xb] by olga: r"}},
		{"a recall", "recall THING --reason r --as anna", []string{"recall " + thing + " by anna: r"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &bench{list: quarantined()}
			r := officer(t, onBench(t, b), row.args)
			require.Equal(t, exitDone, r.code, r.err)
			assert.Equal(t, row.want, b.asked)
		})
	}
}

// What cannot be done says why, with exit code 1, and nothing is done.
func TestOfficerFails(t *testing.T) {
	b := &bench{list: quarantined(), fault: configs.Problems{{File: "policy/local.yaml", Line: 2, Column: 3, Message: "one"}, {File: "policy/x.yaml", Message: "two"}}}
	config := onBench(t, b)
	for _, row := range []struct{ name, args, want string }{
		{"38 a folder with faults is not planned", "policy plan", "nothing was changed:\npolicy/local.yaml:2:3: one\npolicy/x.yaml: two\n"},
		{"38 a folder with faults is not applied", "policy apply", "nothing was changed:\npolicy/local.yaml:2:3: one\npolicy/x.yaml: two\n"},
		{"an object that is not there", "policy explain GONE --to csirt-xb", "not found"},
		{"a hold that is not there", "hold approve GONE", "not found"},
		{"a hold of many that is not there", "hold approve THING GONE", "not found among what waits: [" + gone + "]"},
		{"a denial of what does not wait", "hold deny GONE --reason r", "not found"},
		{"a release of what is not there", "release GONE --to csirt-xb --reason r", "not found"},
		{"a release to nobody", "release THING --to csirt-xz --reason r", "there is no member csirt-xz"},
		{"a recall of what is not there", "recall GONE --reason r", "not found"},
		{"nothing of it in quarantine", "quarantine show GONE", gone + " in quarantine: not found"},
		{"a key that is none", "quarantine show THING --key 9", "not found"},
		{"several in quarantine", "quarantine release OTHER --reason r", "2 of " + other + " are in quarantine: say which with --key 2, 3"},
		{"a policy planned by an analyst", "policy plan --as anna", "the account anna has the role analyst; this needs officer"},
		{"a policy applied by an analyst", "policy apply --as anna", "this needs officer"},
		{"quarantine ended by an analyst", "quarantine release THING --reason r --as anna", "this needs officer"},
		{"quarantine purged by an analyst", "quarantine purge THING --reason r --as anna", "this needs officer"},
		{"RED released by an analyst", "release OTHER --to csirt-xb --reason r --as anna", "this needs officer"},
		{"a recall by a reader", "recall THING --reason r --as reader", "the account reader has the role reader; this needs analyst"},
		{"holds read by a reader", "hold list --as reader", "this needs analyst"},
		{"accounts managed by an officer", "account list --as olga", "this needs admin"},
		{"a reason without end", "recall THING --as anna --reason " + strings.Repeat("x", 5000), "reason: write at most 4096 bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b.asked = nil
			r := officer(t, config, row.args)
			assert.Equal(t, exitFailed, r.code, r.out)
			assert.Contains(t, r.err, row.want)
			for _, asked := range b.asked {
				assert.Regexp(t, "^(approve|deny|chosen) ", asked)
			}
		})
	}
}

func TestOfficerMisuse(t *testing.T) {
	for _, row := range []struct{ name, args, want string }{
		{"a plan of something", "policy plan x", "unknown command"},
		{"no object", "policy explain --to csirt-xb", "name the object, one"},
		{"two objects", "policy explain THING OTHER --to csirt-xb", "name the object, one"},
		{"an object that is none", "policy explain report --to csirt-xb", `"report" is no object's id`},
		{"nobody to explain for", "policy explain THING", "--to is missing: name the member"},
		{"a member that is none", "policy explain THING --to XB", "--to: write a short name"},
		{"a check that is none", "hold list --code late", `--code: there is no check "late"`},
		{"a member of capitals", "hold list --member XB", "the member: write a short name"},
		{"a source of capitals", "hold list --source XB", "--source: write a short name"},
		{"an approval of nothing", "hold approve", "name the objects, or say --all"},
		{"an approval of some and all", "hold approve THING --all", "--all needs no objects"},
		{"filters of what is named", "hold approve THING --type indicator", "leave them out where you name objects"},
		{"a level that is none", "hold approve THING --tlp white", `--tlp: "white" is not clear`},
		{"an approval of no object", "hold approve it", `"it" is no object's id`},
		{"a denial without a reason", "hold deny THING", "--reason is missing: say why"},
		{"a denial of nothing", "hold deny --reason r", "name the objects"},
		{"a show of nothing", "quarantine show", "name the object, one"},
		{"a key that is no number", "quarantine show THING --key a", "invalid argument"},
		{"a purge without a reason", "quarantine purge THING", "--reason is missing"},
		{"a release to nobody", "release THING --reason r", "--to is missing"},
		{"a release without a reason", "release THING --to csirt-xb", "--reason is missing"},
		{"a release to one and nobody", "release THING --to csirt-xb, --reason r", "--to is missing"},
		{"a recall without a reason", "recall THING", "--reason is missing"},
		{"a recall without an object", "recall --reason r", "name the object, one"},
		{"no node", "recall THING --reason r", "node.yaml: there is no such file"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := officer(t, filepath.Join(t.TempDir(), "node.yaml"), row.args)
			assert.Equal(t, exitMisuse, r.code)
			assert.Contains(t, r.err, row.want)
			assert.Empty(t, r.out)
		})
	}
}

func TestOfficerHelp(t *testing.T) {
	for _, name := range []string{"policy", "policy plan", "policy apply", "policy explain", "policy history", "hold", "hold list", "hold approve",
		"hold deny", "quarantine", "quarantine list", "quarantine show", "quarantine release", "quarantine purge", "release", "recall",
		"ledger", "ledger show", "ledger verify", "ledger export", "ledger prove", "ledger head", "ledger key", "ledger purge"} {
		r := entente(t, append(strings.Fields(name), "--help")...)
		assert.Equal(t, exitDone, r.code, name)
		assert.Contains(t, r.out, "Usage:\n  entente "+name, name)
		for line := range strings.SplitSeq(r.out, "\n") {
			assert.LessOrEqual(t, len([]rune(line)), 140, line)
		}
	}
}

func TestNotRunning(t *testing.T) {
	r := officer(t, initNode(t).Config, "policy plan")
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, "the node is not running")
}
