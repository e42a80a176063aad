package pgtest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// oldest is the first major version that daybook works with.
const oldest = 15

// Where packages put the binaries of PostgreSQL, besides the PATH.
var places = []string{
	"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
	"/opt/local/lib/postgresql*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin",
}

// binaries is a folder with initdb and postgres in it.
type binaries struct {
	dir   string
	major int
}

// find gives the newest PostgreSQL of this machine: what PGTEST_BIN names, or the PATH and the usual places.
func find() (binaries, error) {
	if dir := os.Getenv("PGTEST_BIN"); dir != "" {
		b, err := look(dir)
		if err == nil && b.major < oldest {
			err = fmt.Errorf("it is PostgreSQL %d, and %d is the oldest that will do", b.major, oldest)
		}
		if err != nil {
			return binaries{}, fmt.Errorf("PGTEST_BIN=%s: %w", dir, err)
		}
		return b, nil
	}
	var dirs []string
	if p, err := exec.LookPath("postgres"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, filepath.Dir(p))
		}
	}
	for _, pattern := range places {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return binaries{}, err
		}
		dirs = append(dirs, found...)
	}
	return newest(dirs, look)
}

// newest chooses among folders. Those without a PostgreSQL are passed over.
func newest(dirs []string, look func(dir string) (binaries, error)) (binaries, error) {
	var found []binaries
	for _, dir := range dirs {
		if b, err := look(dir); err == nil {
			found = append(found, b)
		}
	}
	if len(found) == 0 {
		return binaries{}, errNone
	}
	b := slices.MaxFunc(found, func(a, b binaries) int { return cmp.Compare(a.major, b.major) })
	if b.major < oldest {
		return binaries{}, fmt.Errorf("%w: %s has PostgreSQL %d, and %d is the oldest that will do", errNone, b.dir, b.major, oldest)
	}
	return b, nil
}

// look tells which version lies in a folder.
func look(dir string) (binaries, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return binaries{}, err
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return binaries{}, err
	}
	major, ok := majorOf(string(out))
	if !ok {
		return binaries{}, fmt.Errorf("no version in %q", out)
	}
	return binaries{dir, major}, nil
}

// majorOf reads what postgres --version says: "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 19beta1".
func majorOf(said string) (int, bool) {
	_, version, ok := strings.Cut(said, "(PostgreSQL) ")
	digits := strings.IndexFunc(version+" ", func(r rune) bool { return r < '0' || r > '9' })
	if !ok || digits < 1 {
		return 0, false
	}
	major, err := strconv.Atoi(version[:digits])
	return major, err == nil
}

// errNone says that this machine has no PostgreSQL to test with.
var errNone = errors.New("there is no PostgreSQL here to test with")

// command installs a PostgreSQL on a system.
func command(system string) string {
	switch system {
	case "darwin":
		return "brew install postgresql@17"
	case "linux":
		return "sudo apt-get install -y postgresql (on Fedora: sudo dnf install -y postgresql-server)"
	}
	return "install PostgreSQL 15 or later"
}

// advice says what to do where there is none.
func advice(err error) string {
	return fmt.Sprintf("%v. One command brings it: %s. Or PGTEST_BIN names the folder of another one's initdb and postgres", err, command(runtime.GOOS))
}
