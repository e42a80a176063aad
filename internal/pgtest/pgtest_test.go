package pgtest

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { os.Exit(Run(m)) }

func count(t *testing.T, c *pgx.Conn, sql string) (n int) {
	t.Helper()
	require.NoError(t, c.QueryRow(t.Context(), sql).Scan(&n))
	return n
}

func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			d := New(t)
			d.Exec(t, Writer, fmt.Sprintf("INSERT INTO daybook.docs VALUES('v', %d, '', 0, decode(repeat('00', 32), 'hex'), '')", i))
			c := d.Connect(t, Writer)
			require.Equal(t, 1, count(t, c, "SELECT count(*) FROM daybook.docs"))
			require.Equal(t, i, count(t, c, "SELECT version FROM daybook.docs"))
			empty := Empty(t).Connect(t, Owner)
			require.Zero(t, count(t, empty, "SELECT count(*) FROM pg_namespace WHERE nspname = 'daybook'"))
		})
	}
}

// A durable server has after kill -9 what it had acknowledged.
func TestKillAndStart(t *testing.T) {
	t.Parallel()
	s := Launch(t, Options{Durable: true})
	d := s.New(t)
	d.Exec(t, Owner, "CREATE TABLE kept(n int)")
	for i := range 3 {
		d.Exec(t, Owner, fmt.Sprintf("INSERT INTO kept VALUES(%d)", i))
		s.Kill()
		_, err := pgx.Connect(t.Context(), d.DSN(Owner))
		require.Error(t, err)
		require.NoError(t, s.Start())
		require.Equal(t, i+1, count(t, d.Connect(t, Owner), "SELECT count(*) FROM kept"))
	}
	s.Stop()
	s.Stop()
	require.NoError(t, s.Start())
}

// The server of a process that is killed ends, and the next process removes what is left of it. The test starts itself as that process.
func TestProcessIsKilled(t *testing.T) {
	const marker = "DAYBOOK_PGTEST_TO_KILL"
	if os.Getenv(marker) != "" {
		fmt.Println("in", New(t).dir)
		require.NoError(t, os.Stdout.Sync())
		select {}
	}
	t.Parallel()
	server(t) // or there is nothing to test
	c := exec.Command(os.Args[0], "-test.run=^TestProcessIsKilled$", "-test.v")
	c.Env = append(os.Environ(), marker+"=1")
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	folder := ""
	for lines := bufio.NewScanner(out); folder == "" && lines.Scan(); {
		_, folder, _ = strings.Cut(lines.Text(), "in ")
	}
	pids, err := os.ReadFile(filepath.Join(folder, "data", "postmaster.pid"))
	require.NoError(t, err)
	require.NoError(t, c.Process.Signal(syscall.SIGKILL))
	require.Error(t, c.Wait())

	sweep(filepath.Dir(folder)) // ends it, too, where the kernel does not
	require.NoDirExists(t, folder)
	pid := strings.TrimSpace(strings.SplitN(string(pids), "\n", 2)[0])
	require.Eventually(t, func() bool { return exec.Command("kill", "-0", pid).Run() != nil }, 30*time.Second, 10*time.Millisecond)
}

func TestSweep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ours, lock, err := folder(dir)
	require.NoError(t, err)
	left, gone, err := folder(dir)
	require.NoError(t, err)
	require.NoError(t, gone.Close())
	young, old := filepath.Join(dir, prefix+"young"), filepath.Join(dir, prefix+"old")
	require.NoError(t, os.Mkdir(young, 0o700))
	require.NoError(t, os.Mkdir(old, 0o700))
	yesterday := time.Now().Add(-24 * time.Hour)
	require.NoError(t, os.Chtimes(old, yesterday, yesterday))
	foreign := filepath.Join(dir, "something else")
	require.NoError(t, os.Mkdir(foreign, 0o700))
	require.NoError(t, os.Chtimes(foreign, yesterday, yesterday))
	swept := func(folder string) { // a process that another test is just starting has our locks, too, until it is its own
		require.Eventually(t, func() bool {
			sweep(dir)
			_, err := os.Stat(folder)
			return errors.Is(err, fs.ErrNotExist)
		}, 30*time.Second, 10*time.Millisecond, folder)
	}
	swept(left)
	require.DirExists(t, ours)
	require.DirExists(t, young, "it may be somebody's who is just beginning")
	require.DirExists(t, foreign)
	require.NoDirExists(t, old)
	require.NoError(t, lock.Close())
	swept(ours)
}
