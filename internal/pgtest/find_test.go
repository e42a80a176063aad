package pgtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNewest(t *testing.T) {
	t.Parallel()
	has := map[string]int{"/a/9/bin": 9, "/a/14/bin": 14, "/a/15/bin": 15, "/b/18/bin": 18, "/a/17/bin": 17}
	look := func(dir string) (binaries, error) {
		if has[dir] == 0 {
			return binaries{}, errors.New("nothing there")
		}
		return binaries{dir, has[dir]}, nil
	}
	b, err := newest([]string{"/none", "/a/15/bin", "/b/18/bin", "/a/17/bin", "/a/9/bin"}, look)
	require.NoError(t, err)
	require.Equal(t, binaries{"/b/18/bin", 18}, b)
	_, err = newest([]string{"/none"}, look)
	require.ErrorIs(t, err, errNone)
	_, err = newest([]string{"/a/9/bin", "/a/14/bin"}, look)
	require.ErrorIs(t, err, errNone)
	require.ErrorContains(t, err, "/a/14/bin has PostgreSQL 14")
}

func TestMajor(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15, "postgres (PostgreSQL) 18.0\n": 18, "postgres (PostgreSQL) 19beta1\n": 19, "postgres (PostgreSQL) 9.6.24\n": 9,
		"postgres (PostgreSQL) \n": 0, "MySQL 8.0\n": 0, "": 0,
	} {
		major, ok := majorOf(said)
		require.Equal(t, want != 0, ok, said)
		require.Equal(t, want, major, said)
	}
}

// What PGTEST_BIN names is used or is an error; nobody tests something else in silence.
func TestNamedBinaries(t *testing.T) {
	b, err := find()
	requireServer(t, err)
	t.Setenv("PGTEST_BIN", b.dir)
	named, err := find()
	require.NoError(t, err)
	require.Equal(t, b, named)

	dir := t.TempDir()
	t.Setenv("PGTEST_BIN", dir)
	_, err = find()
	require.ErrorContains(t, err, dir)
	require.NotErrorIs(t, err, errNone)
	for name, script := range map[string]string{"initdb": "", "postgres": "#!/bin/sh\necho 'postgres (PostgreSQL) 13.4'\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755))
	}
	_, err = find()
	require.ErrorContains(t, err, "it is PostgreSQL 13, and 15 is the oldest")
}

// recorder is a test that only writes down what becomes of it.
type recorder struct {
	testing.TB
	became string
}

func (r *recorder) Helper() {}

func (r *recorder) Skip(args ...any)  { r.became = "skipped: " + fmt.Sprint(args...) }
func (r *recorder) Fatal(args ...any) { r.became = "failed: " + fmt.Sprint(args...) }

func TestWithoutAServer(t *testing.T) {
	became := func(err error) string {
		r := &recorder{TB: t}
		requireServer(r, err)
		return r.became
	}
	t.Setenv("CI", "")
	require.Empty(t, became(nil))
	require.Contains(t, became(errNone), "skipped: ")
	require.Contains(t, became(errNone), command(runtime.GOOS))
	require.Contains(t, became(errors.New("initdb: no space left")), "failed: initdb")
	t.Setenv("CI", "true")
	require.Contains(t, became(errNone), "failed: ")
	require.Contains(t, became(errNone), command(runtime.GOOS))
	require.Contains(t, command("darwin"), "brew install")
	require.Contains(t, command("linux"), "apt-get install")
}
