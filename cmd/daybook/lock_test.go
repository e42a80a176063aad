package main

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLockIsGivenBack(t *testing.T) {
	dir := t.TempDir()
	lock, err := lockDir(dir)
	require.NoError(t, err)
	child, err := syscall.Dup(int(lock.file.Fd())) // what a child process has between fork and exec
	require.NoError(t, err)
	defer func() { require.NoError(t, syscall.Close(child)) }()
	_, err = lockDir(dir)
	require.ErrorIs(t, err, errInUse)
	require.NoError(t, lock.Close())
	again, err := lockDir(dir)
	require.NoError(t, err)
	require.NoError(t, again.Close())
}
