//go:build !linux

package main

import (
	"os"
	"syscall"
)

// fdatasync waits until the bytes of f are on the disk; on macOS, Sync goes through the drive's cache as well.
func fdatasync(f *os.File) error { return f.Sync() }

// peakRSS is the most memory that this process has had, in bytes.
func peakRSS() int {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return int(u.Maxrss)
}

// openFiles is how many files this process may have open; 0 where that is not known.
func openFiles() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0
	}
	return int(min(uint64(l.Cur), 1<<30))
}
