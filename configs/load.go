package configs

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v4"
)

// Load reads node.yaml. What the file leaves out has its default; relative paths are resolved
// from the file's folder, with a "." or ".." in the way taken out. With problems, Node holds what
// could be read, good for finding more of them and nothing else.
func Load(path string) (Node, Problems) {
	n := Default()
	data, ps := ReadFile(path)
	if len(ps) > 0 {
		return n, ps
	}
	ps = Decode(path, data, &n)
	return n.below(filepath.Dir(path)), ps
}

// ReadFile reads a file for [Parse] or [Decode]; one that cannot be read, or is too large to
// be a configuration, is a problem.
func ReadFile(path string) ([]byte, Problems) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Problems{{File: path, Message: unreadable(err)}}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, Problems{{File: path, Message: unreadable(err)}}
	}
	return data, nil
}

func unreadable(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "there is no such file"
	}
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return "the file cannot be read: " + err.Error()
}

// below is n with its relative paths below dir.
func (n Node) below(dir string) Node {
	resolve := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	n.Storage.Bolt, n.Policy, n.Accounts = resolve(n.Storage.Bolt), resolve(n.Policy), resolve(n.Accounts)
	if t := n.Listen.TLS; t != nil {
		n.Listen.TLS = &TLS{Cert: resolve(t.Cert), Key: resolve(t.Key), ClientCA: resolve(t.ClientCA)}
	}
	return n
}

//go:embed node.yaml
var nodeTemplate string

// YAML is node.yaml for n, every setting written out and explained.
func (n Node) YAML() ([]byte, error) {
	t, err := template.New("node.yaml").Funcs(template.FuncMap{"yaml": scalar}).Parse(nodeTemplate)
	if err != nil {
		return nil, fmt.Errorf("parse the template of node.yaml: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, n); err != nil {
		return nil, fmt.Errorf("write node.yaml: %w", err)
	}
	return b.Bytes(), nil
}

// scalar writes a text as one line of YAML, in quotes where it needs them.
func scalar(s string) (string, error) {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) {
		return "", fmt.Errorf("%q is not one line of text", s)
	}
	b, err := yaml.Dump(s, yaml.WithLineWidth(-1))
	return strings.TrimSpace(string(b)), err
}
