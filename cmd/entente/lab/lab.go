package lab

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"entente/cmd/entente/admin"
	"entente/cmd/entente/node"
	"entente/taxii"
)

// Config is what a lab needs. Only Dir has no default.
type Config struct {
	Dir     string
	Program string           // the program whose `serve` runs a node; default this one
	Now     func() time.Time // default time.Now
	Rand    io.Reader        // makes secrets and chooses ports; default crypto/rand
	Log     *slog.Logger     // what nodes do; default none
}

func (c Config) withDefaults() (Config, error) {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return c, err
	}
	if c.Program == "" {
		if c.Program, err = os.Executable(); err != nil {
			return c, err
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Dir = dir
	c.Rand = cmp.Or(c.Rand, rand.Reader)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return c, nil
}

const (
	startTime = 30 * time.Second         // for a node to answer
	stopTime  = shutdown + 5*time.Second // for a node to end when it is asked to
	askEvery  = 10 * time.Millisecond
)

// Lab is a federation on this machine. It is for one goroutine, [Lab.State] apart.
type Lab struct {
	cfg  Config
	http *http.Client

	mu        sync.Mutex // guards what follows
	state     State
	processes map[string]*process // those that we started and that live
}

func newLab(cfg Config, s State) *Lab {
	return &Lab{cfg: cfg, state: s, processes: map[string]*process{}}
}

// Resume takes up the lab in a folder that [Make] made. Nothing is started yet.
func Resume(cfg Config) (*Lab, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s, err := readState(cfg.Dir)
	if err != nil {
		return nil, err
	}
	return newLab(cfg, s), nil
}

// State is what there is to know of the lab. What it holds must not be changed.
func (l *Lab) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := State{CA: l.state.CA, Nodes: map[string]*Served{}}
	for id, n := range l.state.Nodes {
		served := *n
		s.Nodes[id] = &served
	}
	return s
}

// Start starts the nodes that do not run, and returns when all answer. Those that run already stay
// as they are, whoever started them. With an error the others go on; see [Lab.Stop].
func (l *Lab) Start(ctx context.Context) error {
	if err := l.connect(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	var started errgroup.Group
	for _, id := range slices.Sorted(maps.Keys(l.state.Nodes)) {
		started.Go(func() error {
			if err := l.start(ctx, id); err != nil {
				return fmt.Errorf("start %s: %w", id, err)
			}
			return nil
		})
	}
	if err := started.Wait(); err != nil {
		return err
	}
	return l.State().write(filepath.Join(l.cfg.Dir, stateFile))
}

// Write writes the lab's state into a file, whole, for its user alone.
func (l *Lab) Write(path string) error { return l.State().write(path) }

// Stop ends the nodes that this lab started, and waits until they have ended.
func (l *Lab) Stop() error {
	l.mu.Lock()
	running := maps.Clone(l.processes)
	l.mu.Unlock()
	var stopped errgroup.Group
	for id, p := range running {
		stopped.Go(func() error {
			if err := p.stop(); err != nil {
				return fmt.Errorf("stop %s: %w", id, err)
			}
			return nil
		})
	}
	l.disconnect()
	return stopped.Wait()
}

// connect makes the client by which the lab asks its nodes.
func (l *Lab) connect() error {
	if l.http != nil {
		return nil
	}
	transport := &http.Transport{}
	if l.state.CA != "" {
		pem, err := os.ReadFile(l.state.CA)
		if err != nil {
			return err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return fmt.Errorf("no certificate is in %s", l.state.CA)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	l.http = &http.Client{Transport: transport, Timeout: startTime}
	return nil
}

func (l *Lab) disconnect() {
	if l.http != nil {
		l.http.CloseIdleConnections()
	}
}

// start makes one node run, and notes what only a running node can tell.
func (l *Lab) start(ctx context.Context, id string) error {
	l.mu.Lock()
	served := *l.state.Nodes[id]
	l.mu.Unlock()
	if l.runs(ctx, &served) {
		l.cfg.Log.Info("already running", "node", id, "pid", served.PID)
	} else {
		started, err := l.spawn(id, &served)
		if err != nil {
			return err
		}
		if err := l.await(ctx, &served, started); err != nil {
			return err
		}
	}
	client := admin.NewClient(filepath.Join(served.Dir, "data"), "")
	defer client.Close()
	collections, err := client.Collections(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Nodes[id].PID, l.state.Nodes[id].Collections = served.PID, collections
	return nil
}

// spawn starts the process of a node, and keeps an eye on it.
func (l *Lab) spawn(id string, served *Served) (*process, error) {
	p, err := launch(l.cfg.Program, served.Config, filepath.Join(served.Dir, "node.log"))
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.processes[id] = p
	l.mu.Unlock()
	go func() {
		<-p.ended
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.processes[id] == p {
			delete(l.processes, id)
		}
		if !p.asked.Load() {
			l.cfg.Log.Warn("the node ended and stays down", "node", id, "how", p.how, "bring it back", "entente serve -c "+served.Config)
		}
	}()
	return p, nil
}

// runs reports whether the node answers, and notes its PID. A process that is about to end is given
// its time; one that only has the number of a node that died is not waited for longer.
func (l *Lab) runs(ctx context.Context, served *Served) bool {
	every, limit := time.NewTicker(askEvery), time.NewTimer(shutdown)
	defer every.Stop()
	defer limit.Stop()
	for {
		pid, lives := livingPID(served)
		if !lives {
			return false
		}
		if l.answers(ctx, served) {
			served.PID = pid
			return true
		}
		select {
		case <-every.C:
		case <-limit.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// await returns when the node that was started answers on both its listeners; it notes its PID.
func (l *Lab) await(ctx context.Context, served *Served, started *process) error {
	every := time.NewTicker(askEvery)
	defer every.Stop()
	for {
		if pid, lives := livingPID(served); lives && pid == started.pid && l.answers(ctx, served) {
			served.PID = pid
			return nil
		}
		select {
		case <-every.C:
		case <-started.ended:
			return fmt.Errorf("it ended at once (%s); its log ends with:\n%s", started.how, tail(filepath.Join(served.Dir, "node.log")))
		case <-ctx.Done():
			return errors.New("it does not answer in time")
		}
	}
}

// livingPID is the process that says it is the node, if that lives.
func livingPID(served *Served) (pid int, lives bool) {
	var at node.Addresses
	data, err := os.ReadFile(filepath.Join(served.Dir, "data", "run.json"))
	if err != nil || json.Unmarshal(data, &at) != nil || at.PID <= 0 {
		return 0, false
	}
	process, err := os.FindProcess(at.PID)
	return at.PID, err == nil && process.Signal(syscall.Signal(0)) == nil
}

// answers reports whether the node is ready, and shows its discovery to an account.
func (l *Lab) answers(ctx context.Context, served *Served) bool {
	return l.get(ctx, served.Admin+"readyz", "") && l.get(ctx, served.TAXII, served.Accounts["tool"].Token)
}

func (l *Lab) get(ctx context.Context, url, token string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Accept", taxii.MediaType)
	}
	resp, err := l.http.Do(r)
	if err != nil {
		return false
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// tail is the end of a log.
func tail(path string) []byte {
	const lines = 8
	data, err := os.ReadFile(path)
	if err != nil {
		return []byte(err.Error())
	}
	all := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	return bytes.Join(all[max(0, len(all)-lines):], []byte("\n"))
}
