//go:build !linux

package postgres

import "syscall"

func mount(string, string) error { return syscall.EPERM }

func unmount(string) error { return nil }
