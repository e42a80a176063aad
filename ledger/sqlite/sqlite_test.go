package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
)

func TestContract(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(t *testing.T) ledger.Ledger { return open(t, file(t)) })
}

// Alone in the file, a ledger keeps the same promises without asking the file for the ends of streams.
func TestContractAlone(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(t *testing.T) ledger.Ledger { return openWith(t, file(t), sqlite.Options{Alone: true}) })
}

// What was acknowledged is seen by everybody at once, whoever has asked before.
func TestAloneSeesWhatWasWritten(t *testing.T) {
	t.Parallel()
	l := openWith(t, file(t), sqlite.Options{Alone: true})
	const streams, records = 8, 200
	stream := func(i int) domain.StreamID { return domain.StreamID(fmt.Sprint("test-", i)) }
	var seen [streams]atomic.Uint64 // acknowledged
	var all sync.WaitGroup
	for i := range streams {
		all.Go(func() {
			for v := range uint64(records) {
				if _, err := l.Append(t.Context(), stream(i), v, ledgertest.Draft(fmt.Sprint(i), int(v))); err != nil {
					t.Error(err)
					return
				}
				seen[i].Store(v + 1)
				other := (i + int(v)) % streams
				least := seen[other].Load()
				n := uint64(0)
				for _, err := range l.Stream(t.Context(), stream(other), 0) {
					if err != nil {
						t.Error(err)
						return
					}
					n++
				}
				tail := n
				for _, err := range l.Stream(t.Context(), stream(other), n) {
					if err != nil {
						t.Error(err)
						return
					}
					tail++
				}
				if n < least || tail < n {
					t.Errorf("stream %d has %d acknowledged records, and %d, then %d are read", other, least, n, tail)
				}
			}
		})
	}
	all.Wait()
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "ledger.db") }

// open opens the ledger at path, and verifies and closes it when the test ends.
func open(t *testing.T, path string) *sqlite.Ledger {
	t.Helper()
	return openWith(t, path, sqlite.Options{})
}

func openWith(t *testing.T, path string, o sqlite.Options) *sqlite.Ledger {
	t.Helper()
	l, err := sqlite.Open(t.Context(), path, o)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := l.Verify(context.Background()); err != nil {
			require.ErrorIs(t, err, ledger.ErrClosed)
		}
		require.NoError(t, l.Close())
	})
	return l
}

// openReadOnly opens the ledger at path, and closes it when the test ends.
func openReadOnly(t *testing.T, path string) *sqlite.Ledger {
	t.Helper()
	l, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func appendTo(t *testing.T, l ledger.Ledger, stream domain.StreamID, version int, drafts ...ledger.Draft) {
	t.Helper()
	_, err := l.Append(t.Context(), stream, uint64(version), drafts...)
	require.NoError(t, err)
}

func TestReopen(t *testing.T) {
	t.Parallel()
	path := file(t)
	for i := range 5 {
		l := open(t, path)
		require.Equal(t, 3*i, ledgertest.Check(t, l))
		appendTo(t, l, "test-a", 3*i, ledgertest.Drafts(string(rune('a'+i)), 3)...)
		require.NoError(t, l.Close())
		require.NoFileExists(t, path+"-wal", "a closed ledger is one file")
	}
	require.Equal(t, 15, ledgertest.Check(t, openReadOnly(t, path)))
}

func TestClosed(t *testing.T) {
	t.Parallel()
	l := open(t, file(t))
	appendTo(t, l, "test-a", 0, ledgertest.Draft("one", 0))
	following := make(chan error)
	go func() {
		var last error
		for _, err := range l.Follow(t.Context(), ledger.Cursor{}) {
			last = err
		}
		following <- last
	}()
	require.NoError(t, l.Close())
	require.NoError(t, l.Close(), "twice")
	require.ErrorIs(t, <-following, ledger.ErrClosed)
	_, err := l.Append(t.Context(), "test-a", 1, ledgertest.Draft("one", 1))
	require.ErrorIs(t, err, ledger.ErrClosed)
	_, _, err = l.AppendBatches(t.Context(), []ledger.Batch{{Stream: "test-a", Version: 1, Drafts: ledgertest.Drafts("two", 1)}})
	require.ErrorIs(t, err, ledger.ErrClosed)
	for _, err := range l.All(t.Context(), ledger.Cursor{}) {
		require.ErrorIs(t, err, ledger.ErrClosed)
	}
	for _, err := range l.Stream(t.Context(), "test-a", 0) {
		require.ErrorIs(t, err, ledger.ErrClosed)
	}
	require.ErrorIs(t, l.Verify(t.Context()), ledger.ErrClosed)
}

// Appends that race with Close are in the file if and only if they were acknowledged.
func TestCloseAnswersWhatWaits(t *testing.T) {
	t.Parallel()
	path := file(t)
	for round := range 5 {
		l := open(t, path)
		before := len(ledgertest.All(t, l, ledger.Cursor{}))
		const callers = 50
		outcome := make(chan error, callers)
		for i := range callers {
			go func() {
				stream := domain.StreamName("test", string(rune('a'+round)), string(rune('A'+i)))
				_, err := l.Append(t.Context(), stream, 0, ledgertest.Draft(string(stream), 0))
				outcome <- err
			}()
		}
		time.Sleep(time.Duration(round) * 200 * time.Microsecond)
		require.NoError(t, l.Close())
		written := 0
		for range callers {
			if err := <-outcome; err == nil {
				written++
			} else {
				require.ErrorIs(t, err, ledger.ErrClosed)
			}
		}
		l = open(t, path)
		require.Len(t, ledgertest.All(t, l, ledger.Cursor{}), before+written)
		require.NoError(t, l.Close())
	}
}

func TestCursorBeyondTheHead(t *testing.T) {
	t.Parallel()
	l := open(t, file(t))
	appendTo(t, l, "test-a", 0, ledgertest.Drafts("one", 3)...)
	require.Empty(t, ledgertest.All(t, l, ledger.Cursor{Seq: 3}))
	for _, seq := range []uint64{4, 1000, 1 << 63, 1<<64 - 1} {
		for name, read := range map[string]func() error{
			"all": func() (last error) {
				for _, err := range l.All(t.Context(), ledger.Cursor{Seq: seq}) {
					last = err
				}
				return last
			},
			"follow": func() (last error) {
				for _, err := range l.Follow(t.Context(), ledger.Cursor{Seq: seq}) {
					last = err
				}
				return last
			},
		} {
			require.ErrorIs(t, read(), ledger.ErrCursor, "%s %d", name, seq)
		}
	}
}

func TestNamesThatCannotBeKept(t *testing.T) {
	t.Parallel()
	l := open(t, file(t))
	for _, name := range []string{"", "a\x00b", "\xff", string(make([]byte, 1<<16))} {
		_, err := l.Append(t.Context(), domain.StreamID(name), 0, ledgertest.Draft("one", 0))
		require.ErrorContains(t, err, "name of a stream")
		d := ledgertest.Draft("one", 0)
		d.Type = name
		_, err = l.Append(t.Context(), "test-a", 0, d)
		require.ErrorContains(t, err, "type of a record")
	}
	require.Empty(t, ledgertest.All(t, l, ledger.Cursor{}))
}

// A place of one ledger is not a place in another one, even where that is longer.
func TestCursorOfAnotherLedger(t *testing.T) {
	t.Parallel()
	one, other := open(t, file(t)), open(t, file(t))
	for i := range 3 {
		_, err := one.Append(t.Context(), "test-a", uint64(i), ledgertest.Draft("one", i))
		require.NoError(t, err)
		_, err = other.Append(t.Context(), "test-b", uint64(i), ledgertest.Draft("other", i))
		require.NoError(t, err)
	}
	for _, e := range ledgertest.All(t, one, ledger.Cursor{}) {
		require.Len(t, ledgertest.All(t, one, e.Cursor), int(3-e.Cursor.Seq))
		require.Len(t, ledgertest.All(t, other, ledger.Cursor{Seq: e.Cursor.Seq}), int(3-e.Cursor.Seq), "without a token, the number alone counts")
		for _, err := range other.All(t.Context(), e.Cursor) {
			require.ErrorIs(t, err, ledger.ErrCursor)
		}
	}
	head, err := one.Head(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 3, head)
}
