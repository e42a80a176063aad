package sqlite_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
)

// TestKill kills a process that appends, again and again, and looks for what that process was told is durable.
func TestKill(t *testing.T) {
	t.Parallel()
	path := file(t)
	random := rand.New(rand.NewPCG(4, 5))
	told := make(map[string]uint64) // "stream revision" to seq
	for range 10 {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKillChild$")
		child.Env = append(os.Environ(), "DAYBOOK_TEST_APPEND_TO="+path)
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		lines := bufio.NewReader(out)
		first, err := lines.ReadString('\n')
		require.NoError(t, err)
		time.AfterFunc(time.Duration(random.IntN(60))*time.Millisecond, func() { _ = child.Process.Kill() })
		rest, err := io.ReadAll(lines)
		require.NoError(t, err)
		require.Error(t, child.Wait())
		for line := range strings.Lines(first + string(rest)) {
			var stream string
			var revision, seq uint64
			if n, _ := fmt.Sscanf(line, "%s %d %d\n", &stream, &revision, &seq); n == 3 && strings.HasSuffix(line, "\n") {
				told[fmt.Sprint(stream, " ", revision)] = seq
			}
		}

		l := open(t, path)
		require.NoError(t, l.Verify(t.Context()))
		ids := make(map[domain.EventID]bool)
		at := make(map[string]uint64)
		for _, e := range ledgertest.All(t, l, ledger.Cursor{}) {
			require.False(t, ids[e.ID], "record %d is there twice", e.Seq)
			ids[e.ID] = true
			at[fmt.Sprint(e.Stream, " ", e.Revision)] = e.Seq
		}
		for place, seq := range told {
			require.Contains(t, at, place, "acknowledged, but not there")
			require.Equal(t, seq, at[place], place)
		}
		require.NoError(t, l.Close())
	}
	t.Logf("%d acknowledged appends, none lost", len(told))
}

// TestKillChild is the process that TestKill kills.
func TestKillChild(t *testing.T) {
	path := os.Getenv("DAYBOOK_TEST_APPEND_TO")
	if path == "" {
		t.Skip("only TestKill runs this")
	}
	l, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	require.NoError(t, err)
	for w := range 8 {
		go func() {
			stream := domain.StreamID(fmt.Sprintf("test-%d", w))
			v := uint64(0)
			for _, err := range l.Stream(t.Context(), stream, 0) {
				if err != nil {
					panic(err)
				}
				v++
			}
			for ; ; v++ {
				seq, err := l.Append(t.Context(), stream, v, ledgertest.Draft(string(stream), int(v)))
				if err != nil {
					panic(err)
				}
				_, _ = fmt.Printf("%s %d %d\n", stream, v, seq) // one write, straight to the pipe
			}
		}()
	}
	select {}
}

func TestReadOnlyFollowsAnotherProcess(t *testing.T) {
	t.Parallel()
	path := file(t)
	l := open(t, path)
	appendTo(t, l, "test-a", 0, ledgertest.Draft("one", 0))
	r := openReadOnly(t, path)
	n := 0
	for e, err := range r.Follow(t.Context(), ledger.Cursor{}) {
		require.NoError(t, err)
		require.Equal(t, uint64(n), e.Seq)
		if n++; n == 5 {
			break
		}
		appendTo(t, l, "test-a", n, ledgertest.Draft("one", n))
	}
	require.Equal(t, 5, ledgertest.Check(t, r))
	require.NoError(t, r.Verify(t.Context()))
	_, err := r.Append(t.Context(), "test-a", 5, ledgertest.Draft("one", 5))
	require.ErrorContains(t, err, "read-only")
}

// The writer wakes those who follow; the look that they take once a second is for what other processes write.
func TestFollowIsWoken(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	l := open(t, file(t))
	appendTo(t, l, "test-a", 0, ledgertest.Draft("one", 0))
	n := 0
	for _, err := range l.Follow(ctx, ledger.Cursor{}) {
		require.NoError(t, err)
		if n++; n == 100 {
			break
		}
		appendTo(t, l, "test-a", n, ledgertest.Draft("one", n))
	}
}

// Two processes that both write keep the contract too, though one is usual.
func TestTwoWriters(t *testing.T) {
	t.Parallel()
	path := file(t)
	both := []*sqlite.Ledger{open(t, path), open(t, path)}
	var done sync.WaitGroup
	for w := range 8 {
		done.Go(func() {
			l := both[w%2]
			for i := range 25 {
				if _, err := l.Append(t.Context(), domain.StreamID(fmt.Sprintf("test-%d", w)), uint64(i), ledgertest.Draft(fmt.Sprint(w), i)); err != nil {
					t.Errorf("append: %v", err)
					return
				}
			}
		})
	}
	done.Wait()
	for i, l := range both {
		require.Equal(t, 200+i, ledgertest.Check(t, l))
		appendTo(t, l, "test-0", 25+i, ledgertest.Draft("more", i)) // on what the other one wrote
	}
	_, err := both[0].Append(t.Context(), "test-0", 26, ledgertest.Draft("late", 0))
	require.ErrorIs(t, err, ledger.ErrConflict)
}

// An append that waits behind another one can be called off, and is never written then.
func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	path := file(t)
	l := open(t, path)
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer db.Close()
	other, err := db.Conn(t.Context())
	require.NoError(t, err)
	_, err = other.ExecContext(t.Context(), "BEGIN IMMEDIATE") // keeps the writer at its first append
	require.NoError(t, err)

	first := make(chan error, 1)
	go func() {
		_, err := l.Append(t.Context(), "test-a", 0, ledgertest.Draft("one", 0))
		first <- err
	}()
	time.Sleep(50 * time.Millisecond)
	for i := range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		_, err = l.Append(ctx, domain.StreamID(fmt.Sprintf("test-b%d", i)), 0, ledgertest.Draft("two", i))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		cancel()
	}
	_, err = other.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, <-first)
	appendTo(t, l, "test-c", 0, ledgertest.Draft("three", 0))
	require.Equal(t, 2, ledgertest.Check(t, l))
}
