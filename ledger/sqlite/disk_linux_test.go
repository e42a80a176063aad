package sqlite_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
)

// onSmallDisk runs test again in a process that has a file system of 1.5 MB of its own, mounted at the folder that it returns there. It
// skips where the kernel does not let us. In this process it returns "".
func onSmallDisk(t *testing.T) (dir string) {
	t.Helper()
	const env = "DAYBOOK_TEST_SMALL_DISK"
	if dir := os.Getenv(env); dir != "" {
		require.NoError(t, syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
		require.NoError(t, syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1536k"))
		return dir
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), env+"="+t.TempDir())
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	var out bytes.Buffer
	child.Stdout, child.Stderr = &out, &out
	if err := child.Start(); err != nil {
		t.Skipf("no mounts of our own here: %v", err)
	}
	require.NoError(t, child.Wait(), "%s", &out)
	require.Contains(t, out.String(), "--- PASS: "+t.Name())
	return ""
}

func TestFullFileSystem(t *testing.T) {
	dir := onSmallDisk(t)
	if dir == "" {
		return
	}
	path, ballast := filepath.Join(dir, "ledger.db"), filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 512<<10), 0o600))
	l, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	require.NoError(t, err)
	versions, errs := fillUp(t, l)
	requireFull(t, l, versions, errs)
	t.Logf("full after %v records: %v", versions, errs[0])
	require.NoError(t, os.Remove(ballast))
	requireFull(t, l, versions, errs) // there is room, but nobody knows what the disk holds
	require.NoError(t, l.Close())

	l = open(t, path)
	requireHolds(t, l, versions)
	appendTo(t, l, streamOf(0), versions[0], ledgertest.Draft("again", 0))
}

func TestReadOnlyDisk(t *testing.T) {
	dir := onSmallDisk(t)
	if dir == "" {
		return
	}
	path := filepath.Join(dir, "ledger.db")
	l := open(t, path)
	appendTo(t, l, "test-a", 0, ledgertest.Draft("one", 0))
	require.NoError(t, l.Close())
	require.NoError(t, syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	requireReadOnly(t, path)
}
