//go:build !linux

package pgtest

import "syscall"

// attributes of the server's process: Ctrl-C in the terminal is not for it. Where ours is killed, the next one sweeps it away.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as, Setpgid: true}
}

// memory is where files lie in memory.
func memory() string { return "" }
