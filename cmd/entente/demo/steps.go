package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"entente/cmd/entente/lab"
	"entente/taxii/client"
	"entente/trust"
)

const topology = `scheme: https
nodes:
  - {id: csirt-xa, name: National CSIRT of Xanadu, kind: national, country: XA, communities: [north]}
  - {id: csirt-xb, name: National CSIRT of Ys, kind: national, country: XB, communities: [north]}
  - {id: csirt-xx, name: A plain TAXII client, guest: true}
trust:
  - {of: csirt-xx, level: 0}
`

// start runs the lab.
func (t *tour) start(ctx context.Context) error {
	begun := t.Now()
	parsed, problems := lab.Parse("topology.yaml", []byte(topology))
	if len(problems) > 0 {
		return problems
	}
	l, err := lab.Make(parsed, lab.Config{Dir: t.path("lab"), Program: t.Program, Now: t.Now})
	if err != nil {
		return err
	}
	t.lab = l
	if err := l.Start(ctx); err != nil {
		return err
	}
	took := t.since(begun)
	answered := 0
	for _, id := range l.State().IDs() {
		served := l.State().Nodes[id]
		t.say("%s  %s", id, served.TAXII)
		c, err := t.call(ctx, served, served.Accounts["reader"])
		if err != nil {
			return err
		}
		c.Close()
		answered++
	}
	equal(t, "both nodes answer over TLS, after "+took, 2, answered)
	return nil
}

func (t *tour) xa() *lab.Served { return t.lab.State().Nodes["csirt-xa"] }

// publish sends every sample, and what is made for the tour.
func (t *tour) publish(ctx context.Context) error {
	folder := t.path("samples")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := t.publishFile(ctx, sample{title: "who we are, TLP:CLEAR"}, filepath.Join(t.xa().Dir, "identity.json")); err != nil {
		return err
	}
	for _, s := range samples() {
		data, err := fs.ReadFile(t.Samples, s.file)
		if err != nil {
			return err
		}
		path := filepath.Join(folder, s.file)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
		if err := t.publishFile(ctx, s, path); err != nil {
			return err
		}
	}
	if path, ok := attack(t.ATTACK); ok {
		s := sample{title: "MITRE ATT&CK, a pinned source", source: "mitre-attack"}
		if err := t.publishFile(ctx, s, path); err != nil {
			return err
		}
	}
	data, err := made(t.xa().Identity, t.Now())
	if err != nil {
		return err
	}
	path := filepath.Join(folder, "made.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return err
	}
	if err := t.publishFile(ctx, sample{title: "every TLP level, and none"}, path); err != nil {
		return err
	}
	accompany(t.told)
	return nil
}

// publishFile runs `entente publish` on one file, and compares its report with the file.
func (t *tour) publishFile(ctx context.Context, s sample, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	expected, err := s.reckon(data)
	if err != nil {
		return fmt.Errorf("%s: %w", s.title, err)
	}
	args := []string{"publish", "-c", t.xa().Config, "--json", path}
	if s.tlp != trust.Unmarked {
		args = append(args, "--tlp", s.tlp.String())
	}
	if s.source != "" {
		args = append(args, "--source", s.source)
	}
	begun := t.Now()
	cmd := exec.CommandContext(ctx, t.Program, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return err
	}
	var report struct {
		Files []struct {
			Accepted int
			Failures []struct{ ID, Message string }
		}
	}
	if err := json.Unmarshal(out, &report); err != nil || len(report.Files) != 1 {
		return fmt.Errorf("publish %s: %s", path, stderr.String())
	}
	file := report.Files[0]
	took := t.since(begun)
	var why strings.Builder
	for _, f := range file.Failures {
		fmt.Fprintf(&why, "rejected %s: %s\n", f.ID, f.Message)
	}
	claim := fmt.Sprintf("%4d accepted: %s (%s)", len(expected), s.title, took)
	t.check(file.Accepted == len(expected) && len(file.Failures) == 0, claim,
		fmt.Sprintf("%d accepted\n%s", file.Accepted, why.String()))
	for id, it := range expected {
		if _, earlier := t.told[id]; !earlier {
			t.told[id] = it
		}
	}
	return nil
}

// readOwn reads `publish` as the officer, who may read every level.
func (t *tour) readOwn(ctx context.Context) error {
	c, err := t.call(ctx, t.xa(), t.xa().Accounts["officer"])
	if err != nil {
		return err
	}
	defer c.Close()
	begun := t.Now()
	h, err := c.walk(ctx, "publish", client.Query{Limit: 500})
	if err != nil {
		return err
	}
	took := t.since(begun)
	t.compare(h, t.told, fmt.Sprintf("%d objects in %d pages, byte for byte (%s)", len(t.told), h.pages, took))
	return nil
}

// compare checks that a walk brought these objects, each once and with these bytes.
func (t *tour) compare(h harvest, want map[string]*told, claim string) bool {
	var wrong []string
	for id, it := range want {
		switch raw, got := h.raw[id]; {
		case !got:
			wrong = append(wrong, id+" is missing ("+string(it.fate)+")")
		case raw != it.raw:
			wrong = append(wrong, id+" has other bytes")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(h.raw)) {
		if want[id] == nil {
			wrong = append(wrong, id+" is there too many")
		}
	}
	if len(h.ids) != len(h.raw) {
		wrong = append(wrong, fmt.Sprintf("%d of them twice", len(h.ids)-len(h.raw)))
	}
	slices.Sort(wrong)
	const shown = 5
	more := len(wrong) - shown
	if more > 0 {
		wrong = append(wrong[:shown], fmt.Sprintf("and %d more", more))
	}
	return t.check(len(wrong) == 0, claim, strings.Join(wrong, "\n"))
}

// member signs in at csirt-xa as one of its members.
func (t *tour) member(ctx context.Context, id string) (*caller, error) {
	return t.call(ctx, t.xa(), t.xa().Members[id].Credential)
}

func (t *tour) lookAround(ctx context.Context) error {
	c, err := t.member(ctx, "csirt-xb")
	if err != nil {
		return err
	}
	defer c.Close()
	equal(t, "discovery names National CSIRT of Xanadu", "National CSIRT of Xanadu", c.title)
	equal(t, "its API root is /csirt-xa/", t.xa().Root, c.root.URL)
	var seen []string
	for _, alias := range slices.Sorted(maps.Keys(c.collections)) {
		col := c.collections[alias]
		seen = append(seen, fmt.Sprintf("%s (read %t, write %t)", alias, col.CanRead, col.CanWrite))
	}
	t.say("two collections, and only these:")
	for _, line := range seen {
		t.say("  %s", line)
	}
	want := []string{"for-csirt-xb (read true, write false)", "from-csirt-xb (read false, write true)"}
	t.check(slices.Equal(want, seen), "it sees its own two of the node's collections", strings.Join(seen, "\n"))
	return nil
}

// meant is what csirt-xb must get.
func (t *tour) meant() map[string]*told {
	out := map[string]*told{}
	for id, it := range t.told {
		if it.fate.goes() {
			out[id] = it
		}
	}
	return out
}

func (t *tour) readMember(ctx context.Context) error {
	c, err := t.member(ctx, "csirt-xb")
	if err != nil {
		return err
	}
	defer c.Close()
	begun := t.Now()
	h, err := c.walk(ctx, "for-csirt-xb", client.Query{Limit: 100})
	if err != nil {
		return err
	}
	took := t.since(begun)
	t.mark, t.read = h.last, h.ids
	meant := t.meant()
	pages := (len(meant) + 99) / 100
	equal(t, fmt.Sprintf("%d pages of 100, by `next` (%s)", pages, took), pages, h.pages)
	t.compare(h, meant, fmt.Sprintf("%d objects, byte for byte as they were published", len(meant)))
	t.say("")
	t.say("%-18s %9s %8s", "marking", "published", "arrived")
	right := true
	for _, f := range []fate{clear, green, along, amber, strict, red, unmarked, unresolved} {
		published, arrived := 0, 0
		for id, it := range t.told {
			if it.fate == f {
				published++
				if _, got := h.raw[id]; got {
					arrived++
				}
			}
		}
		t.say("%-18s %9d %8d", f, published, arrived)
		want := 0
		if f.goes() {
			want = published
		}
		right = right && published > 0 && arrived == want
	}
	t.say("")
	t.check(right, "all that is CLEAR or GREEN, what explains it, and nothing else", "see the table")
	return nil
}

// readOthers looks with the eyes of a guest at trust 0, and of nobody.
func (t *tour) readOthers(ctx context.Context) error {
	c, err := t.member(ctx, "csirt-xx")
	if err != nil {
		return err
	}
	defer c.Close()
	h, err := c.walk(ctx, "for-csirt-xx", client.Query{})
	if err != nil {
		return err
	}
	equal(t, "the guest, at trust 0, signs in and gets no object", 0, len(h.ids))
	foreign, err := t.probe(ctx, "collections/for-csirt-xb/objects/", "csirt-xx")
	if err != nil {
		return err
	}
	missing, err := t.probe(ctx, "collections/for-nobody/objects/", "csirt-xx")
	if err != nil {
		return err
	}
	t.check(foreign.status == http.StatusNotFound && foreign == missing,
		"csirt-xb's collection is to it as one that does not exist", fmt.Sprintf("%+v\n%+v", foreign, missing))
	anonymous, err := t.probe(ctx, "collections/", "")
	if err != nil {
		return err
	}
	equal(t, "without credentials: 401", http.StatusUnauthorized, anonymous.status)
	return nil
}

// poll asks for what was added since csirt-xb's first reading.
func (t *tour) poll(ctx context.Context) error {
	fresh, err := indicator("New since", t.xa().Identity, t.Now(), trust.MarkingOf(trust.Green))
	if err != nil {
		return err
	}
	path := filepath.Join(t.dir, "samples", "new.json")
	if err := os.WriteFile(path, fresh, 0o600); err != nil {
		return err
	}
	if err := t.publishFile(ctx, sample{title: "one more indicator, GREEN"}, path); err != nil {
		return err
	}
	c, err := t.member(ctx, "csirt-xb")
	if err != nil {
		return err
	}
	defer c.Close()
	h, err := c.walk(ctx, "for-csirt-xb", client.Query{AddedAfter: t.mark})
	if err != nil {
		return err
	}
	id, err := idOf(fresh)
	if err != nil {
		return err
	}
	t.compare(h, map[string]*told{id: t.told[id]}, "added_after, from before the crash: the new one, nothing else")
	again, err := c.walk(ctx, "for-csirt-xb", client.Query{AddedAfter: h.last})
	if err != nil {
		return err
	}
	t.check(len(again.ids) == 0 && again.pages == 1, "and after that nothing, in one request", fmt.Sprint(again.ids, again.pages))
	t.read = append(t.read, h.ids...)
	return nil
}

// python lets the stock client walk the same collection.
func (t *tour) python(ctx context.Context) error {
	if t.Python == "" {
		t.say("skipped: ENTENTE_PYTHON names no Python with taxii2-client")
		return nil
	}
	script := t.path("walk.py")
	if err := os.WriteFile(script, t.Walk, 0o600); err != nil {
		return err
	}
	xb := t.xa().Members["csirt-xb"]
	begun := t.Now()
	cmd := exec.CommandContext(ctx, t.Python, script, t.xa().TAXII, xb.User, xb.Password, t.lab.State().CA, "for-csirt-xb", "100")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	var saw struct {
		IDs     []string `json:"ids"`
		Raw     []string `json:"raw"`
		Refused []string `json:"refused"` // by stix2
	}
	if err := json.Unmarshal(out, &saw); err != nil {
		return err
	}
	t.check(slices.Equal(saw.IDs, t.read), fmt.Sprintf("taxii2-client walks the same %d objects, in order (%s)", len(t.read), t.since(begun)),
		fmt.Sprintf("%d objects", len(saw.IDs)))
	same := len(saw.Raw) > 0
	body := strings.Join(saw.Raw, "\n")
	for _, it := range t.meant() {
		same = same && strings.Contains(body, it.raw)
	}
	t.check(same, "byte for byte", "an object's bytes are not in the answers")
	t.check(len(saw.Refused) == 0, "stix2 parses every one", strings.Join(saw.Refused, "\n"))
	return nil
}
