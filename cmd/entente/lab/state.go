package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"entente/cmd/entente/node"
)

// stateFile is where a lab's folder says what it is, so that it can be resumed.
const stateFile = "lab.json"

// State is what a lab tells those who use it. It holds every secret of the lab.
type State struct {
	CA    string             `json:"ca,omitempty"` // file of the lab's authority, absolute; absent with http
	Nodes map[string]*Served `json:"nodes"`
}

// Served is one node of the lab: where it answers, and how to sign in there.
type Served struct {
	TAXII       string                     `json:"taxii"` // discovery
	Root        string                     `json:"root"`
	Admin       string                     `json:"admin"`
	Dir         string                     `json:"dir"`
	Config      string                     `json:"config"`
	PID         int                        `json:"pid"`
	Identity    string                     `json:"identity"`
	Accounts    map[string]node.Credential `json:"accounts"`    // its own people and tools
	Collections map[string]string          `json:"collections"` // ids by alias
	Members     map[string]Access          `json:"members"`     // the others, as they sign in here
}

// Access is how a member signs in at one node, and who it is.
type Access struct {
	node.Credential
	Cert     string `json:"cert"` // files of its client certificate; empty with http
	Key      string `json:"key"`
	Identity string `json:"identity"`
}

// write puts a state into a file, whole or not at all, for nobody else to read.
func (s State) write(path string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return node.ReplaceFile(path, append(data, '\n'), 0o600)
}

// readState reads what a lab's folder says.
func readState(dir string) (s State, err error) {
	data, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("%s holds no lab; `entente lab TOPOLOGY.yaml --dir %s` makes one", dir, dir)
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("read %s: %w", filepath.Join(dir, stateFile), err)
	}
	return s, nil
}

// IDs are the nodes' ids, in order.
func (s State) IDs() []string { return slices.Sorted(maps.Keys(s.Nodes)) }
