package publish

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/ledger"
	"daybook.internal/notary"
)

// Check finds every change, anywhere, and names the place.
func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(t *testing.T, w *world, l *ledger.Reader)
		want   []string // in the findings, in this order
		more   int
	}{
		"nothing":             {func(*testing.T, *world, *ledger.Reader) {}, nil, 0},
		"a record of old":     {func(_ *testing.T, w *world, l *ledger.Reader) { *l = changed{w.ledger, 5} }, []string{"tile/entries/000: entry 5 is not record 5 of the ledger"}, 4},
		"a record at the end": {func(_ *testing.T, w *world, l *ledger.Reader) { *l = changed{w.ledger, 699} }, []string{"tile/entries/002.p/188: entry 187 is not record 699 of the ledger"}, 2},
		"a shorter ledger":    {func(t *testing.T, _ *world, l *ledger.Reader) { *l = another(t, 512, 1000) }, []string{"ledger: the ledger is shorter than what was signed: it has 512 records"}, 0},
		"an entry":            {func(_ *testing.T, w *world, _ *ledger.Reader) { w.flip("log/tile/entries/001") }, []string{"tile/entries/001: entry 12"}, 0},
		"entries cut short":   {func(_ *testing.T, w *world, _ *ledger.Reader) { w.write("log/tile/entries/001", "\x00") }, []string{"tile/entries/001: entry 0 is not record 256"}, 0},
		"a tile":              {func(_ *testing.T, w *world, _ *ledger.Reader) { w.flip("log/tile/0/001") }, []string{"tile/0/001: it is not what the ledger gives"}, 0},
		"a tile above":        {func(_ *testing.T, w *world, _ *ledger.Reader) { w.flip("log/tile/1/000.p/2") }, []string{"tile/1/000.p/2: it is not"}, 0},
		"more than a tile": {func(_ *testing.T, w *world, _ *ledger.Reader) {
			w.write("log/tile/0/001", w.disk.files("log")["log/tile/0/001"]+"x")
		}, []string{"tile/0/001: it is not"}, 0},
		"a lost tile":      {func(_ *testing.T, w *world, _ *ledger.Reader) { w.remove("log/tile/0/000") }, []string{"tile/0/000: it is missing"}, 0},
		"an archived head": {func(_ *testing.T, w *world, _ *ledger.Reader) { w.sign("log/checkpoints/300", 300, tlog.Hash{1}) }, []string{"head of 300 events: signed is the root AQAAAA"}, 0},
		"a head in a place of another": {func(_ *testing.T, w *world, _ *ledger.Reader) { w.sign("log/checkpoints/301", 300, w.root(300)) },
			[]string{"log/checkpoints/301: it is of 300 events"}, 0},
		"a head by another key": {func(t *testing.T, w *world, _ *ledger.Reader) { w.write("log/checkpoints/300", foreign(t, 300)) }, []string{"log/checkpoints/300: checkpoint: the signature"}, 0},
		"the checkpoint":        {func(t *testing.T, w *world, _ *ledger.Reader) { w.write("log/checkpoint", foreign(t, 700)) }, []string{"log/checkpoint: checkpoint: the signature"}, 0},
		"the signed head":       {func(_ *testing.T, w *world, _ *ledger.Reader) { w.write("head/head", "x") }, []string{"head/head: checkpoint"}, 0},
		"no signed head":        {func(_ *testing.T, w *world, _ *ledger.Reader) { w.remove("head/head") }, []string{"head/head: the last signed head is missing"}, 0},
		"two histories":         {func(_ *testing.T, w *world, _ *ledger.Reader) { w.sign("head/head", 700, tlog.Hash{1}) }, []string{"two roots were signed for 700 events"}, 1},
		"everything": {func(t *testing.T, w *world, l *ledger.Reader) { *l = another(t, 700, 0) },
			[]string{"tile/entries/000: entry 0 is not record 0"}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, n := range []int{300, 400} {
				w.append(n)
				require.NoError(t, w.publish())
			}
			before := w.disk.files("log")
			l := &Log{dir: "log", verifier: w.verifier, disk: w.disk}
			from := ledger.Reader(w.ledger)
			c.change(t, w, &from)
			if name != "nothing" && from == ledger.Reader(w.ledger) && before["log/checkpoint"] == w.disk.files("log")["log/checkpoint"] {
				require.False(t, equal(before, w.disk.files("log")) && w.disk.files("head")["head/head"] == before["log/checkpoint"], "something was changed")
			}
			report, err := l.Check(context.Background(), from, "head/head")
			require.NoError(t, err)
			require.Equal(t, len(c.want)+c.more, report.Problems, "%v", report.Findings)
			require.Len(t, report.Findings, report.Problems)
			for i, want := range c.want {
				require.Contains(t, report.Findings[i].String(), want)
			}
			if name == "nothing" {
				require.Equal(t, Report{Origin: "example.org/log", Events: 700, Size: 700, Heads: 4, Files: 3 + 3 + 1, Findings: []Finding{}}, report)
			}
		})
	}
}

func equal(a, b map[string]string) bool {
	for name, data := range a {
		if b[name] != data {
			return false
		}
	}
	return len(a) == len(b)
}

// What is signed and not published yet is checked as well.
func TestCheckUnpublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.append(10)
	require.NoError(t, w.publish())
	w.append(10)
	w.witness.down.Store(true)
	require.ErrorIs(t, w.publish(), ErrNotCosigned)
	l := &Log{dir: "log", verifier: w.verifier, disk: w.disk}
	report, err := l.Check(t.Context(), w.ledger, "head/head")
	require.NoError(t, err)
	require.Zero(t, report.Problems, "%v", report.Findings)
	require.EqualValues(t, 20, report.Events)
	require.EqualValues(t, 10, report.Size)
	report, err = l.Check(t.Context(), changed{w.ledger, 15}, "head/head")
	require.NoError(t, err)
	require.Contains(t, report.Findings[0].String(), "record 15")
}

// A ledger that cannot be read is no finding, and no pass.
func TestCheckThatCannotBeDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.append(10)
	require.NoError(t, w.publish())
	l := &Log{dir: "log", verifier: w.verifier, disk: w.disk}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := l.Check(ctx, w.ledger, "head/head")
	require.ErrorIs(t, err, context.Canceled)
}

func TestCopy(t *testing.T) {
	t.Parallel()
	w, c := onDisk(t)
	p, err := Open(t.Context(), c)
	require.NoError(t, err)
	defer p.Close()
	to := filepath.Join(t.TempDir(), "x", "public")
	for i, n := range []int{300, 10, 400} {
		w.append(n)
		head, err := p.Publish(t.Context())
		require.NoError(t, err)
		copied, written, err := p.CopyTo(t.Context(), to)
		require.NoError(t, err)
		require.Equal(t, head, copied)
		require.Equal(t, []int{6, 3, 6}[i], written)
		_, written, err = p.CopyTo(t.Context(), to)
		require.NoError(t, err)
		require.Zero(t, written)
		there, err := OpenLog(to, w.key)
		require.NoError(t, err)
		published, _, err := there.Published()
		require.NoError(t, err)
		require.Equal(t, head, published)
		report, err := there.Check(t.Context(), w.ledger, c.Head)
		require.NoError(t, err)
		require.Zero(t, report.Problems, "%v", report.Findings)
		require.Equal(t, 2+i+1, report.Heads)
		for name := range filesIn(t, to) {
			require.NotContains(t, name, ".new")
		}
	}
	t.Run("a head that is not there any more", func(t *testing.T) {
		old := newWorld(t)
		old.ledger = another(t, 100, 1000)
		oc := old.config()
		oc.Dir, oc.Head, oc.Ledger = filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), "head"), old.ledger
		q, err := Open(t.Context(), oc)
		require.NoError(t, err)
		defer q.Close()
		_, err = q.Publish(t.Context())
		require.NoError(t, err)
		_, _, err = q.CopyTo(t.Context(), to)
		require.ErrorIs(t, err, ErrAltered)
		require.ErrorContains(t, err, "a head of 710 events already")
	})
	t.Run("another history", func(t *testing.T) {
		oc := c
		oc.Dir, oc.Head, oc.Ledger = filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), "head"), another(t, 800, 100)
		oc.Witnesses = nil
		q, err := Open(t.Context(), oc)
		require.NoError(t, err)
		defer q.Close()
		_, err = q.Publish(t.Context())
		require.NoError(t, err)
		before := filesIn(t, to)
		_, _, err = q.CopyTo(t.Context(), to)
		require.ErrorIs(t, err, ErrAltered)
		require.ErrorContains(t, err, "does not continue")
		require.Equal(t, before, filesIn(t, to))
	})
}

func TestTakeApart(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 7, 255, 999, 1000, 1234567, 999999999} {
		for _, w := range []int{1, 255, 256} {
			for level := range 4 {
				name := notary.TilePath(tlog.Tile{H: notary.Height, L: level, N: n, W: w})
				full, l, i, width := takeApart(name)
				require.Equal(t, []any{level, n, w}, []any{l, i, width}, name)
				require.Equal(t, notary.TilePath(tlog.Tile{H: notary.Height, L: level, N: n, W: notary.Width}), full)
			}
			full, l, i, width := takeApart(notary.EntriesPath(n, w))
			require.Equal(t, []any{0, n, w}, []any{l, i, width})
			require.Equal(t, notary.EntriesPath(n, notary.Width), full)
		}
	}
}
