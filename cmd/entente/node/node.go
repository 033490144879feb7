package node

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"entente/cmd/entente/admin"
	"entente/configs"
	"entente/stix"
	"entente/storage/bolt"
	"entente/taxii/server"
	"entente/trust"
	"entente/trust/exchange"
)

// Config is what a node needs to run.
type Config struct {
	Setup Setup
	Now   func() time.Time // default time.Now
	Log   *slog.Logger     // default slog.Default()
}

// Node is an open node: it holds its database and its listeners, and answers while [Node.Run] runs.
type Node struct {
	config   configs.Node
	now      func() time.Time
	log      *slog.Logger
	store    *bolt.Store
	exchange *exchange.Exchange
	registry *Registry
	cert     *certificate // nil without TLS
	health   *health
	doors    []door
	at       Addresses
}

// door is a listener and who answers there.
type door struct {
	name     string
	listener net.Listener
	server   *http.Server
}

// Open opens the store and the listeners. [configs.Problems] says what of the node's files is not
// right. Whatever it opened is closed again by Run, or here with an error.
func Open(ctx context.Context, cfg Config) (n *Node, err error) {
	n = &Node{config: cfg.Setup.Config, now: cfg.Now, log: cmp.Or(cfg.Log, slog.Default())}
	if n.now == nil {
		n.now = time.Now
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close())
		}
	}()
	if n.store, err = bolt.Open(n.config.Storage.Bolt, bolt.Options{}); err != nil {
		return n, err
	}
	// From here on this process is the node: what another left behind is of one that died.
	if err := os.Remove(AddressFile(n.config)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return n, err
	}
	policy, err := cfg.Setup.startPolicy(ctx, n.store)
	if err != nil {
		return n, err
	}
	for _, p := range cfg.Setup.differs(policy) {
		n.log.Warn(p.Message, "file", p.File, "line", p.Line)
	}
	var problems configs.Problems
	if n.registry, problems = newRegistry(cfg.Setup, policy, n.now); len(problems) > 0 {
		return n, problems
	}
	if err := n.openExchange(ctx, cfg.Setup, policy); err != nil {
		return n, err
	}
	if err := n.openTAXII(cfg.Setup); err != nil {
		return n, err
	}
	return n, n.openAdmin()
}

func (n *Node) openExchange(ctx context.Context, s Setup, policy *trust.Policy) error {
	reader, err := stix.NewReader(stix.Options{Tolerate: stix.DefaultTolerances()})
	if err != nil {
		return err
	}
	n.exchange, err = exchange.Open(ctx, exchange.Config{
		Store: n.store, Policy: policy, Files: s.Folder.Files, Reader: reader, Sealer: s.sealer, Ledger: s.ledger,
		Identity:        stix.ID(n.config.Self.Identity),
		Now:             n.now,
		Log:             n.log,
		PageLimit:       n.config.Limits.Page,
		MaxPageLimit:    n.config.Limits.MaxPage,
		StatusRetention: time.Duration(n.config.Limits.StatusRetention),
		OptionalFilters: n.config.TAXII.OptionalFilters,
	})
	return err
}

func (n *Node) openTAXII(s Setup) error {
	l, err := net.Listen("tcp", n.config.Listen.TAXII)
	if err != nil {
		return fmt.Errorf("listen for TAXII: %w", err)
	}
	d := door{name: "taxii", listener: l}
	n.doors = append(n.doors, d)
	base := n.url(l.Addr())
	taxii, err := server.New(server.Config{
		NodeID: n.config.Self.ID, Title: n.config.Self.Name, URL: base,
		MaxContentLength: int64(n.config.Limits.MaxContentLength),
		OptionalFilters:  n.config.TAXII.OptionalFilters,
		Public:           n.registry.Public,
		Schemes:          n.config.TAXII.Authentication,
		Exchange:         n.exchange,
		Authenticator:    n.registry,
		Now:              n.now,
		Log:              n.log,
	})
	if err != nil {
		return err
	}
	t := n.config.Timeouts
	limits := server.Limits{
		Header: time.Duration(t.Header), Read: time.Duration(t.Read),
		Write: time.Duration(t.Write), Idle: time.Duration(t.Idle),
	}
	quiet := slog.NewLogLogger(n.log.Handler(), slog.LevelDebug)
	n.doors[0].server = server.HTTPServer(taxii, nil, limits, quiet)
	if files := n.config.Listen.TLS; files != nil {
		n.cert = &certificate{files: *files}
		if err := n.cert.reload(); err != nil {
			return err
		}
		if n.doors[0].server.TLSConfig, err = n.cert.tlsConfig(); err != nil {
			return err
		}
	}
	n.health = newHealth(append(n.exchange.Collectors(), taxii.Collectors()...)...)
	n.at.TAXII, n.at.Root = local(base, l.Addr())+"/taxii2/", local(base, l.Addr())+"/"+n.config.Self.ID+"/"
	return nil
}

// openAdmin opens the two listeners that are not for peers.
func (n *Node) openAdmin() error {
	quiet := slog.NewLogLogger(n.log.Handler(), slog.LevelDebug)
	l, err := net.Listen("tcp", n.config.Listen.Admin)
	if err != nil {
		return fmt.Errorf("listen for administration: %w", err)
	}
	n.doors = append(n.doors, door{"admin", l, server.HTTPServer(n.health.mux, nil, server.Limits{}, quiet)})
	n.at.Admin = local("http://"+l.Addr().String(), l.Addr()) + "/"
	socket, err := admin.Listen(DataDir(n.config))
	if err != nil {
		return err
	}
	s := admin.NewServer(admin.Config{Registry: n.registry, Publisher: n.exchange, Officer: n.exchange, Ledger: n.exchange, Now: n.now, Rand: rand.Reader, Log: n.log})
	n.doors = append(n.doors, door{"socket", socket, s.HTTP()})
	n.at.PID = os.Getpid()
	return nil
}

// url is how callers reach the node: as configured, with the real port where any would do.
func (n *Node) url(at net.Addr) string {
	u, err := url.Parse(n.config.Listen.URL)
	_, port, portErr := net.SplitHostPort(n.config.Listen.TAXII)
	if tcp, ok := at.(*net.TCPAddr); ok && err == nil && portErr == nil && port == "0" {
		u.Host = net.JoinHostPort(u.Hostname(), fmt.Sprint(tcp.Port))
	}
	return u.Scheme + "://" + u.Host
}

// local is the URL of a listener as it is reached on this machine.
func local(base string, at net.Addr) string {
	scheme, _, _ := strings.Cut(base, "://")
	host, port, err := net.SplitHostPort(at.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Addresses is where a running node answers.
type Addresses struct {
	PID   int    `json:"pid"`
	TAXII string `json:"taxii"` // discovery
	Root  string `json:"root"`
	Admin string `json:"admin"`
}

// AddressFile holds the [Addresses] of a node while it runs: it appears when the node is ready.
func AddressFile(c configs.Node) string { return filepath.Join(DataDir(c), "run.json") }

// Addresses is where the node answers, once it runs.
func (n *Node) Addresses() Addresses { return n.at }

// close releases what was opened.
func (n *Node) close() error {
	var errs []error
	for _, d := range n.doors {
		errs = append(errs, d.listener.Close())
	}
	if n.store != nil {
		errs = append(errs, n.store.Close())
	}
	return errors.Join(errs...)
}
