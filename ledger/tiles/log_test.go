package tiles_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/ledger/tiles"
	"daybook.internal/notary"
)

// memory are files in memory that a test may change while they are read.
type memory struct {
	mu    sync.Mutex
	files map[string][]byte
	asked map[string]int
}

func (m *memory) Open(_ context.Context, name string) (io.ReadCloser, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked[name]++
	data, ok := m.files[name]
	if !ok {
		return nil, 0, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
}

func (m *memory) Names(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.files)), nil
}

func (m *memory) set(name string, data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[name] = data
}

func (m *memory) Close() error { return nil }

func recordAt(i int) domain.Record {
	return domain.Record{
		Seq: uint64(i), Stream: "test-1", Revision: uint64(i), ID: domain.NewEventID("c", "test-1", i), Type: "tested.v1",
		Meta: []byte(`{"source":"ed_1"}`), Data: fmt.Appendf(nil, `{"n":%d}`, i),
	}
}

// published is a log of n records, and of more that came later.
func published(t *testing.T, n, more int) (*tiles.Log, *memory) {
	t.Helper()
	m := &memory{files: map[string][]byte{}, asked: map[string]int{}}
	var tree notary.Tree
	tree.Full = func(tile tlog.Tile, data []byte) error { m.files[notary.TilePath(tile)] = data; return nil }
	var bundle []byte
	var head notary.Checkpoint
	for i := range n + more {
		leaf := notary.AppendLeaf(nil, recordAt(i))
		h, _ := notary.LeafHash(nil, leaf)
		require.NoError(t, tree.Append(h))
		var err error
		bundle, err = notary.AppendEntry(bundle, leaf)
		require.NoError(t, err)
		if w := i%notary.Width + 1; w == notary.Width || i == n+more-1 {
			m.files[notary.EntriesPath(int64(i/notary.Width), w)] = bundle
			bundle = nil
		}
		if i == n-1 {
			head = notary.Checkpoint{Origin: "log", Size: int64(n), Root: tree.Root()}
		}
	}
	for tile, data := range tree.Edge {
		m.files[notary.TilePath(tile)] = data
	}
	return &tiles.Log{Checkpoint: head, Files: m}, m
}

// A log is read in order, whatever is worked on at once; where it has grown since, the full tiles and bundles are cut to what the head has.
func TestRecords(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]int{{1, 0}, {255, 0}, {256, 0}, {257, 0}, {5000, 0}, {5000, 200}, {5120, 1}, {1000, 4000}} {
		l, _ := published(t, c[0], c[1])
		n := 0
		for r, err := range l.Records(t.Context()) {
			require.NoError(t, err, "%v", c)
			require.Equal(t, recordAt(n), r)
			n++
		}
		require.Equal(t, c[0], n)
		for _, seq := range []int{0, c[0] / 2, c[0] - 1} {
			r, err := l.Record(t.Context(), uint64(seq))
			require.NoError(t, err)
			require.Equal(t, recordAt(seq), r)
		}
		_, err := l.Record(t.Context(), uint64(c[0]))
		require.Error(t, err)
	}
}

func TestDamagedLogs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(m *memory)
		err    error
	}{
		"an entry":           {func(m *memory) { m.files["tile/entries/002"][100] ^= 1 }, notary.ErrProof},
		"a hash":             {func(m *memory) { m.files["tile/0/002"][100] ^= 1 }, notary.ErrProof},
		"both":               {func(m *memory) { m.files["tile/entries/003.p/232"], m.files["tile/0/003.p/232"] = forged(t) }, notary.ErrProof},
		"no bundle":          {func(m *memory) { delete(m.files, "tile/entries/002") }, fs.ErrNotExist},
		"no tile":            {func(m *memory) { delete(m.files, "tile/0/002") }, fs.ErrNotExist},
		"no bundle at first": {func(m *memory) { delete(m.files, "tile/entries/000") }, fs.ErrNotExist},
		"a short bundle":     {func(m *memory) { m.files["tile/entries/002"] = m.files["tile/entries/002"][:500] }, notary.ErrForm},
		"a long bundle":      {func(m *memory) { m.files["tile/entries/002"] = append(m.files["tile/entries/002"], 0) }, notary.ErrForm},
		"an empty bundle":    {func(m *memory) { m.files["tile/entries/002"] = nil }, notary.ErrForm},
		"a length beyond":    {func(m *memory) { m.files["tile/entries/002"][0] = 255 }, notary.ErrForm},
		"a short tile":       {func(m *memory) { m.files["tile/0/002"] = m.files["tile/0/002"][:32] }, notary.ErrForm},
		"a long tile":        {func(m *memory) { m.files["tile/0/002"] = append(m.files["tile/0/002"], 0) }, tiles.ErrTooLarge},
		"an endless bundle":  {func(m *memory) { m.files["tile/entries/002"] = make([]byte, notary.MaxEntries+1) }, tiles.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, m := published(t, 1000, 0)
			c.change(m)
			var failed error
			n := 0
			for _, err := range l.Records(t.Context()) {
				require.NoError(t, failed, "an error is the last pair")
				if failed = err; err == nil {
					n++
				}
			}
			require.ErrorIs(t, failed, c.err)
			require.LessOrEqual(t, n, 1000)
		})
	}
}

// forged is a last bundle of other entries, with the tile that it comes to.
func forged(t *testing.T) (bundle, tile []byte) {
	t.Helper()
	for i := range 232 {
		leaf := notary.AppendLeaf(nil, recordAt(i))
		h, _ := notary.LeafHash(nil, leaf)
		tile = append(tile, h[:]...)
		var err error
		bundle, err = notary.AppendEntry(bundle, leaf)
		require.NoError(t, err)
	}
	return bundle, tile
}

// What is read a second time is the same, or an error.
func TestReadAgain(t *testing.T) {
	t.Parallel()
	l, m := published(t, 1000, 0)
	_, err := l.Record(t.Context(), 3)
	require.ErrorContains(t, err, "not been read yet")
	for _, err := range l.Records(t.Context()) {
		require.NoError(t, err)
	}
	other, _ := published(t, 1000, 0)
	for i := range 2 { // from the bundle, then from what was kept of it
		r, err := l.Record(t.Context(), 300)
		require.NoError(t, err)
		require.Equal(t, recordAt(300), r)
		r.Data[0], r.Meta[0] = 'x', 'x' // they belong to the receiver
		require.Equal(t, 2, m.asked["tile/entries/001"], i)
	}
	changed := bytes.Replace(m.files["tile/entries/002"], []byte(`{"n":600}`), []byte(`{"n":601}`), 1)
	m.set("tile/entries/002", changed)
	_, err = l.Record(t.Context(), 600)
	require.ErrorIs(t, err, notary.ErrForm)
	_, err = other.Record(t.Context(), 600)
	require.Error(t, err)
}

// Whoever stops early, or fails, waits for nobody.
func TestStopping(t *testing.T) {
	t.Parallel()
	l, m := published(t, 5000, 0)
	for r, err := range l.Records(t.Context()) {
		require.NoError(t, err)
		if r.Seq == 10 {
			break
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	why := errors.New("enough")
	var failed error
	for r, err := range l.Records(ctx) {
		if failed = err; r.Seq == 300 {
			cancel(why)
		}
	}
	require.ErrorIs(t, failed, why)
	boom := errors.New("boom")
	for _, err := range tiles.Batches(t.Context(), l, func(_ context.Context, b *tiles.Batch) (int, error) {
		if b.First == 512 {
			return 0, boom
		}
		return int(b.First), nil
	}) {
		failed = err
	}
	require.ErrorIs(t, failed, boom)
	m.mu.Lock()
	defer m.mu.Unlock()
	require.NotEmpty(t, m.asked)
}

func TestSums(t *testing.T) {
	t.Parallel()
	_, m := published(t, 1000, 0)
	m.files["documents/a.ndjson"] = []byte("{}\n")
	list := func() []tiles.Sum {
		var text []byte
		names := slices.Sorted(maps.Keys(m.files))
		for _, name := range names {
			text = fmt.Appendf(text, "%x  %s\n", sha(m.files[name]), name)
		}
		sums, err := tiles.ParseSums(text)
		require.NoError(t, err)
		require.Len(t, sums, len(names))
		return sums
	}
	sums := list()
	finish := func(s *tiles.Summed) map[string]string {
		found := map[string]string{}
		n, err := s.Finish(t.Context(), func(name, problem string) { found[name] = problem })
		require.NoError(t, err)
		require.Equal(t, len(sums), n)
		return found
	}
	s := tiles.WithSums(m, sums)
	_, err := tiles.Read(t.Context(), s, "tile/0/000", notary.MaxTile)
	require.NoError(t, err)
	m.set("tile/0/000", nil) // too late: it was compared as it was read
	require.Empty(t, finish(s))
	for name, times := range m.asked {
		require.Equal(t, 1, times, "%s is read once", name)
	}

	m.set("documents/a.ndjson", []byte("[]\n"))
	m.set("documents/b.ndjson", nil)
	delete(m.files, "tile/entries/001")
	m.set("tile/entries/002", make([]byte, notary.MaxEntries+1))
	require.Equal(t, map[string]string{
		"tile/0/000": "is not as it is listed", "documents/a.ndjson": "is not as it is listed", "documents/b.ndjson": "is not listed", "tile/entries/001": "is missing",
		"tile/entries/002": fmt.Sprintf("tile/entries/002: the file is longer than it may be: %d bytes, and not at most %d", notary.MaxEntries+1, notary.MaxEntries),
	}, finish(tiles.WithSums(m, sums)))
}

func TestSumsForm(t *testing.T) {
	t.Parallel()
	digest := fmt.Sprintf("%x", sha(nil))
	for name, text := range map[string]string{
		"no end": digest + "  a", "no name": digest + "  \n", "one blank": digest + " a\n", "binary": digest + " *a\n", "short": digest[1:] + "  a\n", "upper": "ABCD" + digest[4:] + "  a\n",
		"out": digest + "  ../a\n", "absolute": digest + "  /a\n", "itself": digest + "  SHA256SUMS\n", "twice": digest + "  a\n" + digest + "  a\n",
		"unsorted": digest + "  b\n" + digest + "  a\n", "windows": digest + "  a\r\n", "an empty line": digest + "  a\n\n" + digest + "  b\n",
	} {
		_, err := tiles.ParseSums([]byte(text))
		require.Error(t, err, name)
	}
	sums, err := tiles.ParseSums(nil)
	require.NoError(t, err)
	require.Empty(t, sums)
}
