package lab

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/uuid/v5"
	"golang.org/x/sync/errgroup"

	"entente/cmd/entente/node"
	"entente/configs"
	"entente/trust/auth"
)

// account is one that every node of a lab has. The tool may do what an analyst may.
type account = node.NewAccount

var accounts = [...]account{
	{Name: "analyst", Role: "analyst", Kind: "person"},
	{Name: "reader", Role: "reader", Kind: "person"},
	{Name: "officer", Role: "officer", Kind: "person"},
	{Name: "admin", Role: "admin", Kind: "person"},
	{Name: "tool", Role: "analyst", Kind: "tool"},
}

// The folder's own files have names that no node can have.
const (
	caFile     = "ca.pem"
	clientsDir = "_clients" // certificates by which members sign in, <id>.pem and <id>.key
)

// shutdown is how long a node of a lab may take to finish the requests in progress.
const shutdown = 5 * time.Second

// maker makes a lab's folder.
type maker struct {
	topology *Topology
	dir      string
	now      func() time.Time
	rand     io.Reader

	authority  *node.Authority // nil with http
	identities map[string]string
	folders    map[string]node.Folder // of those that are no guests
	spki       map[string]string
	entrances  map[[2]string]entrance // by node and member
	ports      ports
	state      State
}

// Make makes the folder of a lab: dir, which must be empty or not exist. Nothing runs yet. What it
// made is removed again when it fails. A [configs.Problems] says what of the topology is not right.
func Make(t *Topology, cfg Config) (l *Lab, err error) {
	if cfg, err = cfg.withDefaults(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(cfg.Dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty: name a folder that does not exist, or start the lab in it again with --resume", cfg.Dir)
	}
	m := &maker{
		topology: t, dir: cfg.Dir, now: cfg.Now, rand: cfg.Rand,
		identities: map[string]string{}, folders: map[string]node.Folder{}, spki: map[string]string{},
		entrances: map[[2]string]entrance{}, state: State{Nodes: map[string]*Served{}},
	}
	err = m.make()
	m.ports.release()
	if err != nil {
		return nil, errors.Join(err, m.discard())
	}
	return newLab(cfg, m.state), nil
}

func (m *maker) discard() error {
	entries, err := os.ReadDir(m.dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(m.dir, e.Name())))
	}
	return err
}

func (m *maker) make() error {
	if err := os.MkdirAll(filepath.Join(m.dir, clientsDir), 0o700); err != nil {
		return err
	}
	for _, n := range m.topology.Nodes {
		id, err := uuid.NewV4()
		if err != nil {
			return err
		}
		m.identities[n.ID] = "identity--" + id.String()
	}
	if err := m.certify(); err != nil {
		return err
	}
	if err := m.folder(); err != nil {
		return err
	}
	if err := m.admit(); err != nil {
		return err
	}
	for _, n := range m.topology.Nodes {
		if n.Guest {
			continue
		}
		if err := m.policy(n.ID); err != nil {
			return fmt.Errorf("write the policy of %s: %w", n.ID, err)
		}
		if _, problems := node.Check(m.state.Nodes[n.ID].Config, m.now()); len(problems) > 0 {
			return problems
		}
	}
	return m.state.write(filepath.Join(m.dir, stateFile))
}

// certify makes the authority and a client certificate for everybody.
func (m *maker) certify() (err error) {
	if m.topology.Scheme == "http" {
		return nil
	}
	if m.authority, err = node.NewAuthority("entente lab", m.now()); err != nil {
		return err
	}
	m.state.CA = filepath.Join(m.dir, caFile)
	if err := os.WriteFile(m.state.CA, m.authority.PEM(), 0o644); err != nil {
		return err
	}
	for _, n := range m.topology.Nodes {
		c, err := m.authority.IssueClient(n.ID, m.now())
		if err != nil {
			return err
		}
		cert, key := m.client(n.ID)
		if err := errors.Join(os.WriteFile(cert, c.Cert, 0o644), os.WriteFile(key, c.Key, 0o600)); err != nil {
			return err
		}
		m.spki[n.ID] = hex.EncodeToString(c.SPKI[:])
	}
	return nil
}

// client are the files of a member's certificate; empty with http.
func (m *maker) client(id string) (cert, key string) {
	if m.authority == nil {
		return "", ""
	}
	path := filepath.Join(m.dir, clientsDir, id)
	return path + ".pem", path + ".key"
}

// folder makes every node's folder by the code of `entente init`.
func (m *maker) folder() (err error) {
	var made errgroup.Group
	made.SetLimit(runtime.GOMAXPROCS(0))
	if m.ports, err = takePorts(m.rand, 2*len(m.topology.Nodes)); err != nil {
		return err
	}
	folders := make([]node.Folder, len(m.topology.Nodes))
	for i, n := range m.topology.Nodes {
		if n.Guest {
			continue
		}
		plan := node.Plan{
			Dir: filepath.Join(m.dir, n.ID), Node: configs.Default(), PlainHTTP: m.authority == nil,
			Authority: m.authority, Accounts: accounts[:], Now: m.now,
		}
		plan.Node.Self = configs.Self{ID: n.ID, Name: n.Name, Kind: n.Kind, Country: n.Country, Identity: m.identities[n.ID]}
		plan.Node.Listen.TAXII, plan.Node.Listen.Admin = m.ports.address(2*i), m.ports.address(2*i+1)
		plan.Node.Timeouts.Shutdown = configs.Duration(shutdown)
		base := cmp.Or(m.topology.Scheme, "https") + "://" + plan.Node.Listen.TAXII
		m.state.Nodes[n.ID] = &Served{
			TAXII: base + "/taxii2/", Root: base + "/" + n.ID + "/", Admin: "http://" + plan.Node.Listen.Admin + "/",
			Dir: plan.Dir, Config: filepath.Join(plan.Dir, node.ConfigFile), Identity: m.identities[n.ID],
			Collections: map[string]string{}, Members: map[string]Access{},
		}
		made.Go(func() (err error) {
			folders[i], err = node.Create(plan)
			return err
		})
	}
	err = made.Wait()
	for i, n := range m.topology.Nodes {
		if !n.Guest {
			m.folders[n.ID], m.state.Nodes[n.ID].Accounts = folders[i], folders[i].Accounts
		}
	}
	return err
}

// admit gives every member its own credentials at every node. Passwords are hashed at cost, so
// that is done on all cores.
func (m *maker) admit() error {
	var hashed errgroup.Group
	hashed.SetLimit(runtime.GOMAXPROCS(0))
	hashes := map[[2]string]*string{}
	for at, served := range m.state.Nodes {
		for _, n := range m.topology.Nodes {
			if n.ID == at {
				continue
			}
			password, err := auth.NewPassword(m.rand)
			if err != nil {
				return err
			}
			token, err := auth.NewToken(m.rand)
			if err != nil {
				return err
			}
			access := Access{Credential: node.Credential{User: n.ID, Password: password, Token: token}, Identity: m.identities[n.ID]}
			access.Cert, access.Key = m.client(n.ID)
			served.Members[n.ID] = access
			key, hash := [2]string{at, n.ID}, new(string)
			m.entrances[key], hashes[key] = entrance{token: auth.HashToken(token), spki: m.spki[n.ID]}, hash
			hashed.Go(func() (err error) {
				*hash, err = auth.HashPassword(rand.Reader, password) // at once with others
				return err
			})
		}
	}
	err := hashed.Wait()
	for key, hash := range hashes {
		e := m.entrances[key]
		e.password = *hash
		m.entrances[key] = e
	}
	return err
}

// policy writes what the topology says into one node's policy folder.
func (m *maker) policy(at string) error {
	dir := filepath.Join(m.dir, at, "policy")
	files, err := m.topology.shared(at)
	if err != nil {
		return err
	}
	for i := range m.topology.Nodes {
		n := &m.topology.Nodes[i]
		if n.ID == at {
			continue
		}
		var key *node.SigningKey
		if !n.Guest {
			signing := m.folders[n.ID].SigningKey
			key = &signing
		}
		if files["members/"+n.ID+".yaml"], err = m.topology.member(at, n, m.identities[n.ID], key); err != nil {
			return err
		}
		if err := m.link(at, n.ID).write(dir, m.authority != nil); err != nil {
			return err
		}
	}
	made, err := os.ReadFile(filepath.Join(dir, "local.yaml"))
	if err != nil {
		return err
	}
	local, err := m.topology.local(at, made)
	if err != nil {
		return err
	}
	if local != nil {
		files["local.yaml"] = local
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), data, 0o640); err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) link(at, member string) link {
	l := link{member: member, self: at, in: m.entrances[[2]string{at, member}]}
	for i, x := range m.topology.Links {
		if x.At == at && x.To == member {
			l.to, l.there = &m.topology.Links[i], m.state.Nodes[member]
			l.secret = l.there.Members[at].Credential
		}
	}
	return l
}

// ports are free ones on loopback, held until the folders are made.
type ports []net.Listener

// Ports come from below those that systems give to outgoing connections, so that nobody takes the
// port of a node while it is down.
const (
	firstPort = 18_000
	portRange = 14_000
	portTries = 200
)

func takePorts(random io.Reader, n int) (p ports, err error) {
	for tries := 0; len(p) < n; tries++ {
		var b [2]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			p.release()
			return nil, err
		}
		port := firstPort + (int(b[0])<<8|int(b[1]))%portRange
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			p = append(p, l)
		} else if tries > portTries+n {
			p.release()
			return nil, fmt.Errorf("find free ports on 127.0.0.1: %w", err)
		}
	}
	return p, nil
}

func (p ports) address(i int) string { return p[i].Addr().String() }

func (p ports) release() {
	for _, l := range p {
		l.Close()
	}
}
