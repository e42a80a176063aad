package pgtest

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const prefix = "daybook-pg-"

// parent is where folders of servers lie. The path of a socket has at most 103 bytes on macOS, and whoever runs the server must be able to enter.
func parent() string {
	if dir := os.TempDir(); len(dir) < 50 && open(dir) {
		return dir
	}
	return "/tmp"
}

// open tells whether everybody may enter a folder and all that are above it.
func open(dir string) bool {
	if os.Geteuid() != 0 {
		return true
	}
	for ; ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// folder makes the folder of a server in dir, and the lock in it that says that somebody needs it.
func folder(dir string) (string, *os.File, error) {
	made, err := os.MkdirTemp(dir, prefix)
	if err != nil {
		return "", nil, err
	}
	f, err := os.Create(filepath.Join(made, "new"))
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(made, "lock")) // only now, for it is taken
	}
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(made))
	}
	return made, f, nil
}

// sweep removes what processes that were killed have left in dir: their folders, and where the kernel does not end servers by itself, those, too.
func sweep(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, prefix+"*"))
	for _, folder := range left {
		f, err := os.Open(filepath.Join(folder, "lock"))
		if err != nil {
			if info, err := os.Stat(folder); err == nil && time.Since(info.ModTime()) > time.Hour { // not one that is just being made
				_ = os.RemoveAll(folder)
			}
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			end(folder)
			_ = os.RemoveAll(folder) // somebody else's, perhaps
		}
		_ = f.Close()
	}
}

// end ends the server of a folder, if one still answers there: then the process that it names is no other one's.
func end(folder string) {
	conn, err := net.Dial("unix", filepath.Join(folder, ".s.PGSQL.5432"))
	if err != nil {
		return
	}
	_ = conn.Close()
	text, _ := os.ReadFile(filepath.Join(folder, "data", "postmaster.pid"))
	first, _, _ := strings.Cut(string(text), "\n")
	if pid, err := strconv.Atoi(first); err == nil && pid > 1 {
		_ = syscall.Kill(pid, syscall.SIGQUIT)
	}
}
