package lab

import "syscall"

// attributes keep a terminal's Ctrl-C from the nodes, which are ended in order instead, and end
// them with the lab when that is killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
