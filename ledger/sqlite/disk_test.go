package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
)

// fillUp appends from four callers until each has an error, and returns what was acknowledged: how many records each stream has.
func fillUp(t *testing.T, l *sqlite.Ledger) (versions [4]int, errs [4]error) {
	t.Helper()
	var done sync.WaitGroup
	for w := range versions {
		done.Go(func() {
			for errs[w] == nil {
				d := ledgertest.Draft(fmt.Sprint(w), versions[w])
				d.Data = make([]byte, 3000)
				if _, errs[w] = l.Append(t.Context(), streamOf(w), uint64(versions[w]), d); errs[w] == nil {
					versions[w]++
				}
			}
		})
	}
	done.Wait()
	return versions, errs
}

func streamOf(w int) domain.StreamID { return domain.StreamID(fmt.Sprintf("test-%d", w)) }

// requireFull fails unless the ledger refuses appends, can still be read, and holds what was acknowledged.
func requireFull(t *testing.T, l *sqlite.Ledger, versions [4]int, errs [4]error) {
	t.Helper()
	for _, err := range errs {
		require.ErrorContains(t, err, "disk is full")
		require.ErrorContains(t, err, "ledger.db")
	}
	_, err := l.Append(t.Context(), "test-small", 0, ledgertest.Draft("small", 0))
	require.ErrorContains(t, err, "takes no more appends until it is opened again")
	_, _, err = l.AppendBatches(t.Context(), []ledger.Batch{{Stream: "test-small", Drafts: ledgertest.Drafts("small", 1)}})
	require.ErrorContains(t, err, "takes no more appends until it is opened again")
	requireHolds(t, l, versions)
}

func requireHolds(t *testing.T, l *sqlite.Ledger, versions [4]int) {
	t.Helper()
	total := 0
	for w, v := range versions {
		require.Len(t, ledgertest.Stream(t, l, streamOf(w)), v)
		total += v
	}
	require.Positive(t, total)
	require.Equal(t, total, ledgertest.Check(t, l))
	require.NoError(t, l.Verify(t.Context()))
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := file(t)
	l, err := sqlite.Open(t.Context(), path, sqlite.FullAfter(sqlite.Options{}, 300))
	require.NoError(t, err)
	versions, errs := fillUp(t, l)
	requireFull(t, l, versions, errs)
	require.NoError(t, l.Close())

	l = open(t, path)
	requireHolds(t, l, versions)
	appendTo(t, l, streamOf(0), versions[0], ledgertest.Draft("again", 0))
}

// An import that fills the disk says how far it came.
func TestFullDiskDuringAnImport(t *testing.T) {
	t.Parallel()
	path := file(t)
	l, err := sqlite.Open(t.Context(), path, sqlite.FullAfter(sqlite.Options{}, 3000))
	require.NoError(t, err)
	batches := make([]ledger.Batch, 10_000)
	for i := range batches {
		d := ledgertest.Draft("import", i)
		d.Data = make([]byte, 2000)
		batches[i] = ledger.Batch{Stream: "test-a", Version: uint64(i), Drafts: []ledger.Draft{d}}
	}
	done, written, err := l.AppendBatches(t.Context(), batches)
	require.ErrorContains(t, err, "disk is full")
	require.Positive(t, done)
	require.Less(t, done, len(batches))
	require.Equal(t, done, written)
	require.Len(t, ledgertest.All(t, l, ledger.Cursor{}), done)
	require.NoError(t, l.Close())

	l = open(t, path)
	again, written, err := l.AppendBatches(t.Context(), batches)
	require.NoError(t, err)
	require.Equal(t, len(batches), again)
	require.Equal(t, len(batches)-done, written)
}

// The -wal file stays short while the ledger is read all the time.
func TestCheckpoint(t *testing.T) {
	t.Parallel()
	path := file(t)
	l := open(t, path)
	stop := make(chan struct{})
	var done sync.WaitGroup
	defer done.Wait()
	defer close(stop)
	for range 3 {
		done.Go(func() {
			for {
				for _, err := range l.All(t.Context(), ledger.Cursor{}) {
					select {
					case <-stop:
						return
					default:
					}
					if err != nil {
						t.Errorf("all: %v", err)
						return
					}
				}
			}
		})
	}
	const rounds, each, size = 60, 40, 50_000
	longest := int64(0)
	for i := range rounds {
		drafts := ledgertest.Drafts(fmt.Sprint(i), each)
		for j := range drafts {
			drafts[j].Data = make([]byte, size)
		}
		appendTo(t, l, "test-a", i*each, drafts...)
		info, err := os.Stat(path + "-wal")
		require.NoError(t, err)
		longest = max(longest, info.Size())
	}
	require.Less(t, longest, int64(rounds*each*size)/2)
	require.Eventually(t, func() bool {
		info, err := os.Stat(path)
		return err == nil && info.Size() > int64(rounds*each*size)-2*sqlite.CheckpointBytes
	}, time.Minute, 10*time.Millisecond)
	t.Logf("%d MB written, the -wal file grew to %d MB", rounds*each*size>>20, longest>>20)
}

// A folder that nobody may write, where the user is not root.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root writes everywhere; TestReadOnlyDisk is the same for root")
	}
	path := file(t)
	appendTo(t, open(t, path), "test-a", 0, ledgertest.Draft("one", 0))
	require.NoError(t, os.Chmod(filepath.Dir(path), 0o500))
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(path), 0o700) })
	requireReadOnly(t, path)
}

// requireReadOnly fails unless the closed ledger at path, with one record, can be read and nothing else.
func requireReadOnly(t *testing.T, path string) {
	t.Helper()
	_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	require.ErrorContains(t, err, path)
	require.ErrorContains(t, err, "read-only")
	fresh := filepath.Join(filepath.Dir(path), "new.db")
	_, err = sqlite.Open(t.Context(), fresh, sqlite.Options{})
	require.ErrorContains(t, err, fresh)
	require.ErrorContains(t, err, "cannot be written")
	l, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
	require.NoError(t, err)
	require.Equal(t, 1, ledgertest.Check(t, l))
	require.NoError(t, l.Verify(t.Context()))
	require.NoError(t, l.Close())
}
