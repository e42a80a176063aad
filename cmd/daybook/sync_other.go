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
