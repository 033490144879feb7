package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"entente/cmd/entente/lab"
)

// Config is what a tour needs. Fields with a default may be left zero.
type Config struct {
	Dir     string           // the lab's; default a temporary folder, removed at the end
	Once    bool             // end with the last step, instead of leaving the lab running
	ATTACK  string           // a folder of ATT&CK bundles, published too when it is there
	Python  string           // a Python with taxii2-client, which walks too; empty: none
	Walk    []byte           // the script that it runs
	Program string           // this program, for `publish` and `serve`; default os.Executable
	Samples fs.FS            // default the embedded ones
	Out     io.Writer        // where the tour is printed
	Now     func() time.Time // default time.Now
}

// ErrFailed says that something was not as the tour claimed.
var ErrFailed = errors.New("not everything was as it should be")

// Run gives the tour. It returns ErrFailed when a check failed, after the last step that made
// sense. Without Once the lab runs until ctx ends.
func Run(ctx context.Context, cfg Config) (err error) {
	if err := cfg.complete(); err != nil {
		return err
	}
	dir := cfg.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "entente-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	t := &tour{Config: cfg, dir: dir, begun: cfg.Now(), told: map[string]*told{}}
	defer func() { err = errors.Join(err, t.close()) }()
	if err := t.steps(ctx); err != nil {
		return err
	}
	if !cfg.Once {
		t.leave()
		<-ctx.Done()
	}
	if t.failed > 0 {
		return ErrFailed
	}
	return nil
}

func (c *Config) complete() (err error) {
	if c.Program == "" {
		if c.Program, err = os.Executable(); err != nil {
			return err
		}
	}
	if c.Samples == nil {
		if c.Samples, err = fs.Sub(embedded, "data"); err != nil {
			return err
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

// tour is one run: what is up, what was told so far, what was checked.
type tour struct {
	Config
	dir   string
	begun time.Time
	lab   *lab.Lab

	told     map[string]*told // everything that csirt-xa published, by id
	read     []string         // ids that csirt-xb was given, in order
	mark     time.Time        // date_added of the last of them
	step     int
	checks   int
	failed   int
	problems []string
}

// steps gives every step until one cannot be given.
func (t *tour) steps(ctx context.Context) error {
	for _, step := range []struct {
		title string
		do    func(*tour, context.Context) error
	}{
		{"Two CSIRTs and a guest start", (*tour).start},
		{"csirt-xa publishes what it has", (*tour).publish},
		{"Its own people read it all back", (*tour).readOwn},
		{"csirt-xb looks around at csirt-xa", (*tour).lookAround},
		{"csirt-xb reads what is meant for it", (*tour).readMember},
		{"Others see nothing, and not even that there is something", (*tour).readOthers},
		{"csirt-xb pushes an alert", (*tour).pushAlert},
		{"A bad object harms no neighbour", (*tour).pushBad},
		{"csirt-xa is killed in the middle of an ingest", (*tour).crash},
		{"csirt-xb asks for what is new", (*tour).poll},
		{"The stock Python client reads the same", (*tour).python},
		{"An officer asks why csirt-xb gets one object and not another", (*tour).explain},
		{"csirt-xa takes an object back", (*tour).recall},
		{"The ledger knows what went to whom", (*tour).prove},
	} {
		t.step++
		fmt.Fprintf(t.Out, "\n%2d  %s\n", t.step, step.title)
		err := step.do(t, ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil { // nothing is left to go on with
			t.check(false, step.title, err.Error())
			break
		}
	}
	t.summarize()
	return nil
}

func (t *tour) summarize() {
	took := t.Now().Sub(t.begun)
	if t.failed == 0 {
		fmt.Fprintf(t.Out, "\n    %d checks, all as they should be, in %.1f s\n", t.checks, took.Seconds())
		return
	}
	fmt.Fprintf(t.Out, "\n    %d of %d checks FAILED, in %.1f s:\n", t.failed, t.checks, took.Seconds())
	for _, p := range t.problems {
		fmt.Fprintln(t.Out, "    ✗ "+p)
	}
}

// say prints a line of the tour.
func (t *tour) say(format string, args ...any) {
	fmt.Fprintf(t.Out, "    "+format+"\n", args...)
}

// check prints a claim that was compared with the truth. Found says what was there instead.
func (t *tour) check(ok bool, claim, found string) bool {
	t.checks++
	if ok {
		t.say("✓ %s", claim)
		return true
	}
	t.failed++
	t.problems = append(t.problems, fmt.Sprintf("step %d: %s", t.step, claim))
	t.say("✗ expected: %s", claim)
	for line := range strings.SplitSeq(strings.TrimSpace(found), "\n") {
		t.say("  found: %s", line)
	}
	return false
}

// equal is check of two values.
func equal[T comparable](t *tour, claim string, want, found T) bool {
	return t.check(want == found, claim, fmt.Sprint(found))
}

// since is the time that something took, for people.
func (t *tour) since(begun time.Time) string {
	return fmt.Sprintf("%d ms", t.Now().Sub(begun).Milliseconds())
}

func (t *tour) path(name string) string { return filepath.Join(t.dir, name) }

// close stops the lab.
func (t *tour) close() error {
	if t.lab == nil {
		return nil
	}
	return t.lab.Stop()
}

// leave says how to go on by hand.
func (t *tour) leave() {
	s := t.lab.State()
	xa := s.Nodes["csirt-xa"]
	xb := xa.Members["csirt-xb"]
	fmt.Fprintf(t.Out, `
    The lab stays up. Try it yourself, as csirt-xb at csirt-xa:

CA=%[1]s
curl --cacert $CA -u %[2]s:%[3]s \
  -H 'Accept: application/taxii+json;version=2.1' \
  %[4]s

curl --cacert $CA -u %[2]s:%[3]s \
  -H 'Accept: application/taxii+json;version=2.1' \
  '%[5]scollections/for-csirt-xb/objects/?limit=2'

# pip install taxii2-client
REQUESTS_CA_BUNDLE=$CA python3 - <<'END'
from taxii2client.v21 import Collection, as_pages
c = Collection(
    "%[5]scollections/for-csirt-xb/",
    user="%[2]s", password="%[3]s")
for page in as_pages(c.get_objects, per_request=100):
    print(len(page["objects"]), page["objects"][0]["id"])
END

    As csirt-xa's analyst: %[6]s, %[7]s
    Publish more: entente publish -c %[8]s FILE

    Ctrl-C stops the lab.
`, s.CA, xb.User, xb.Password, xa.TAXII, xa.Root,
		xa.Accounts["analyst"].User, xa.Accounts["analyst"].Password, xa.Config)
}
