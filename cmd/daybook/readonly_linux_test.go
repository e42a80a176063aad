package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadOnlyDisk reads, replays and explains a data directory on a disk that cannot be written, and is told clearly what cannot be done there.
// It runs in a process with mounts of its own, and is skipped where the kernel does not let us have one.
func TestReadOnlyDisk(t *testing.T) {
	const env = "DAYBOOK_TEST_READ_ONLY_DISK"
	if dir := os.Getenv(env); dir != "" {
		readOnlyDisk(t, dir)
		return
	}
	dir := t.TempDir()
	export := writeExport(t, filepath.Join(dir, "talk"), 10, 10, 100)
	var imported struct{ Written int }
	daybook(t, &imported, "import", "polis", export, "--data", filepath.Join(dir, "disk", "data"), "-q")

	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestReadOnlyDisk$", "-test.v")
	child.Env = append(os.Environ(), env+"="+dir)
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
	if bytes.Contains(out.Bytes(), []byte("--- SKIP: TestReadOnlyDisk")) {
		t.Skipf("no read-only mounts of our own here: %s", &out)
	}
	require.Contains(t, out.String(), "--- PASS: TestReadOnlyDisk")
}

func readOnlyDisk(t *testing.T, dir string) {
	disk := filepath.Join(dir, "disk")
	data := filepath.Join(disk, "data")
	require.NoError(t, syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	require.NoError(t, syscall.Mount(disk, disk, "", syscall.MS_BIND, ""))
	const readOnly = syscall.MS_BIND | syscall.MS_REMOUNT | syscall.MS_RDONLY
	err := syscall.Mount("none", disk, "", readOnly, "")
	if err != nil { // a mount keeps the flags that its parent was given
		err = syscall.Mount("none", disk, "", readOnly|syscall.MS_NOSUID|syscall.MS_NODEV, "")
	}
	if err != nil {
		t.Skip(err)
	}
	require.Error(t, os.WriteFile(filepath.Join(disk, "x"), nil, 0o600), "the disk can be written")

	var report replayReport
	daybook(t, &report, "replay", "--data", data)
	require.Zero(t, report.Mismatches)
	require.EqualValues(t, 10+8, report.Documents)
	var conversation struct{ Statements int }
	daybook(t, &conversation, "view", "get", "conversation", "talk", "--data", data)
	require.Equal(t, 10, conversation.Statements)

	for _, args := range [][]string{
		{"import", "polis", filepath.Join(dir, "talk"), "--data", data},
		{"serve", "--listen", "127.0.0.1:0", "--data", data},
		{"import", "polis", filepath.Join(dir, "talk"), "--data", filepath.Join(disk, "another")},
	} {
		var out bytes.Buffer
		root := newRoot(&out, &out)
		root.SetArgs(args)
		err := root.ExecuteContext(t.Context())
		require.ErrorIs(t, err, syscall.EROFS, "%v", args)
		require.ErrorContains(t, err, disk, "%v", args)
		require.Equal(t, exitFailed, exitCode(t.Context(), err))
	}
}
