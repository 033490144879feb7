package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Run answers until ctx ends, then stops in order: no new connections, the requests in progress
// finished (for as long as node.yaml says), the committer, the store. An error of the committer
// leaves the outcome of writes unknown (I-3): Run returns at once then, answers nobody any more,
// and the process must exit. A node runs once.
func (n *Node) Run(ctx context.Context) error {
	commits, stopCommits := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCommits()
	committer := make(chan error, 1)
	go func() { committer <- n.exchange.Run(commits) }()
	var serving sync.WaitGroup
	broken := make(chan error, len(n.doors))
	for _, d := range n.doors {
		serving.Go(func() { broken <- d.serve() })
	}
	err := n.announce()
	if err == nil {
		n.health.ready.Store(true)
		n.log.Info("node started", "node", n.config.Self.ID, "taxii", n.at.TAXII, "admin", n.at.Admin, "pid", n.at.PID)
		select {
		case <-ctx.Done():
		case err = <-broken:
		case err := <-committer:
			return n.abort(err)
		}
	}
	n.health.ready.Store(false)
	n.log.Info("node stopping", "node", n.config.Self.ID)
	finished := make(chan error, 1)
	go func() { finished <- n.finish() }()
	select {
	case ferr := <-finished:
		serving.Wait()
		err = errors.Join(err, ferr)
	case cerr := <-committer:
		return n.abort(cerr)
	}
	stopCommits()
	err = errors.Join(err, <-committer, n.withdraw(), n.store.Close())
	n.log.Info("node stopped", "node", n.config.Self.ID)
	return err
}

// serve answers at one door until its server is told to stop.
func (d door) serve() error {
	var err error
	if d.server.TLSConfig != nil {
		err = d.server.ServeTLS(d.listener, "", "")
	} else {
		err = d.server.Serve(d.listener)
	}
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("serve %s: %w", d.name, err)
}

// finish stops accepting, and gives the requests in progress their time.
func (n *Node) finish() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(n.config.Timeouts.Shutdown))
	defer cancel()
	var all errgroup.Group
	for _, d := range n.doors {
		all.Go(func() error {
			err := d.server.Shutdown(ctx)
			if errors.Is(err, context.DeadlineExceeded) {
				n.log.Warn("requests were cut off", "listener", d.name)
				return d.server.Close()
			}
			return err
		})
	}
	return all.Wait()
}

// abort cuts every connection. The store is left as it is: what it holds is unknown until it is
// opened again.
func (n *Node) abort(err error) error {
	for _, d := range n.doors {
		err = errors.Join(err, d.server.Close())
	}
	return errors.Join(err, n.withdraw())
}

// announce writes where the node answers.
func (n *Node) announce() error {
	data, err := json.Marshal(n.at)
	if err != nil {
		return err
	}
	return ReplaceFile(AddressFile(n.config), append(data, '\n'), 0o644)
}

func (n *Node) withdraw() error {
	if err := os.Remove(AddressFile(n.config)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Reload reads the certificate and the accounts again; what has a fault stays as it was.
func (n *Node) Reload() {
	if n.cert != nil {
		if err := n.cert.reload(); err != nil {
			n.log.Error("the certificate was not reloaded", "error", err)
		}
	}
	if problems := n.registry.Reload(); len(problems) > 0 {
		n.log.Error("the accounts were not reloaded", "error", problems.Error())
		return
	}
	n.log.Info("reloaded", "node", n.config.Self.ID)
}
