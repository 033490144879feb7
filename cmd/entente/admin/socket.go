package admin

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

// SocketName is the socket's file in a node's data folder.
const SocketName = "admin.sock"

// maxSocketPath is what every system takes as a socket's address; Linux takes four bytes more.
const maxSocketPath = 103

// Listen opens the socket in a data folder. The caller holds the node's database, so that a
// socket found there is of a node that died, and is replaced.
func Listen(dataDir string) (net.Listener, error) {
	path := filepath.Join(dataDir, SocketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	address, folder, err := shortAddress(path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: address, Net: "unix"})
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, errors.Join(err, folder.Close()))
	}
	return &listener{UnixListener: l, folder: folder}, nil
}

// shortAddress is an address of the socket that is short enough: a long path is reached through
// its folder, which stays open as long as the address is used. Folder may be nil.
func shortAddress(path string) (address string, folder *os.File, err error) {
	if len(path) <= maxSocketPath {
		return path, nil, nil
	}
	folder, err = os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), filepath.Base(path)), folder, nil
}

// listener hands out connections that know whose they are.
type listener struct {
	*net.UnixListener
	folder *os.File // nil, unless the address goes through it
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.AcceptUnix()
	if err != nil {
		return nil, err
	}
	uid, err := peerUID(c)
	return &connection{UnixConn: c, uid: uid, known: err == nil}, nil
}

func (l *listener) Close() error {
	err := l.UnixListener.Close()
	if l.folder != nil {
		err = errors.Join(err, l.folder.Close())
	}
	return err
}

// connection is one caller's.
type connection struct {
	*net.UnixConn
	uid   uint32
	known bool // the kernel said whose it is
}
