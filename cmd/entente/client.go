package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"entente/cmd/entente/admin"
	"entente/cmd/entente/node"
	"entente/configs"
)

// remote are the flags of a command that calls a running node.
type remote struct {
	config string
	as     string
	json   bool
}

func (r *remote) flags(c *cobra.Command) {
	configFlag(c, &r.config)
	c.Flags().StringVar(&r.as, "as", "", "who acts, where one user serves several people (default: the user)")
	jsonFlag(c, &r.json)
}

// client makes a client for the node; it does not call it yet.
func (r *remote) client() (*admin.Client, error) {
	n, problems := configs.Load(r.config)
	if len(problems) > 0 {
		return nil, misuseError{problems}
	}
	return admin.NewClient(node.DataDir(n), r.as), nil
}

// explain adds to an error of the client what to do.
func (r *remote) explain(err error) error {
	if errors.Is(err, admin.ErrNotRunning) {
		return fmt.Errorf("%w; start it with `entente serve -c %s`", err, r.config)
	}
	return err
}

// call runs one command of a client.
func (r *remote) call(do func(*admin.Client) error) error {
	client, err := r.client()
	if err != nil {
		return err
	}
	defer client.Close()
	return r.explain(do(client))
}

// maxSecret is the longest password or token that is read.
const maxSecret = 8 << 10

// readSecret reads one line.
func readSecret(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	secret := strings.TrimRight(string(data), "\r\n")
	if secret == "" || len(secret) > maxSecret || strings.ContainsAny(secret, "\r\n") {
		return "", misuse("standard input holds no secret of one line")
	}
	return secret, nil
}
