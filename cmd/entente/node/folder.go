package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// stagingName is where a folder's files are written before they are moved to their places.
// Only one process can make it, so it also keeps a second one out.
const stagingName = ".init"

// staging is a folder in the making: its files appear together, the last of them node.yaml.
type staging struct {
	dir   string
	made  bool // dir itself is ours
	moved []string
}

func stage(dir string) (*staging, error) {
	s := &staging{dir: dir}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	switch err := os.Mkdir(dir, 0o750); {
	case err == nil:
		s.made = true
	case !errors.Is(err, fs.ErrExist):
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	if len(entries) > 0 {
		return nil, errors.New("the folder is not empty; name one that does not exist yet, or an empty one")
	}
	if err := os.Mkdir(s.path(""), 0o700); err != nil {
		return nil, fmt.Errorf("another process is making it: %w", err)
	}
	return s, nil
}

func (s *staging) path(name string) string { return filepath.Join(s.dir, stagingName, name) }

func (s *staging) folder(name string, mode fs.FileMode) error {
	return os.MkdirAll(s.path(name), mode)
}

func (s *staging) file(name string, data []byte, mode fs.FileMode) error {
	return writeSynced(s.path(name), data, mode)
}

// publish moves everything to its place, and last the file that makes the folder a node's.
func (s *staging) publish(last string) error {
	entries, err := os.ReadDir(s.path(""))
	if err != nil {
		return err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if e.Name() != last {
			names = append(names, e.Name())
		}
	}
	for _, name := range append(names, last) {
		if err := os.Rename(s.path(name), filepath.Join(s.dir, name)); err != nil {
			return err
		}
		s.moved = append(s.moved, name)
	}
	return errors.Join(os.Remove(s.path("")), syncFolder(s.dir))
}

// discard takes back what was made; nothing that was there before is touched.
func (s *staging) discard() error {
	errs := []error{os.RemoveAll(s.path(""))}
	for _, name := range slices.Backward(s.moved) {
		errs = append(errs, os.RemoveAll(filepath.Join(s.dir, name)))
	}
	if s.made {
		errs = append(errs, os.Remove(s.dir))
	}
	return errors.Join(errs...)
}

// ReplaceFile writes a file whole under another name and puts it in place of path, so that a
// reader, or a crash, finds the old content or the new.
func ReplaceFile(path string, data []byte, mode fs.FileMode) error {
	tmp := path + ".new"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeSynced(tmp, data, mode); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func writeSynced(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
