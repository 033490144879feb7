//go:build !linux

package admin

import (
	"errors"
	"net"
)

// peerUID knows nobody here, so that nobody is let in: a node is administered on Linux.
func peerUID(*net.UnixConn) (uint32, error) {
	return 0, errors.New("this system does not tell whose a connection is")
}
