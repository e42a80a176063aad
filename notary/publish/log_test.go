package publish

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/notary"
)

// onDisk is a world whose log is in a folder of the operating system.
func onDisk(t *testing.T) (*world, Config) {
	t.Helper()
	w := newWorld(t)
	c := w.config()
	c.Dir, c.Head = filepath.Join(t.TempDir(), "a", "log"), filepath.Join(t.TempDir(), "b", "head")
	return w, c
}

// The operating system's disk holds the same files as the model's.
func TestFilesOnDisk(t *testing.T) {
	t.Parallel()
	w, c := onDisk(t)
	p, err := Open(t.Context(), c)
	require.NoError(t, err)
	for _, n := range []int{1, 299, 0, 500, 200} {
		w.append(n)
		head, err := p.Publish(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, w.records, head.Size)
		published, signed, err := p.Published()
		require.NoError(t, err)
		require.Equal(t, head, published)
		archived, err := os.ReadFile(filepath.Join(c.Dir, "checkpoints", "1"))
		require.NoError(t, err)
		require.Equal(t, w.records == 1, string(archived) == string(signed))
	}
	require.NoError(t, p.Close())
	model := newWorld(t)
	model.append(1)
	require.NoError(t, model.publish())
	model.append(299)
	require.NoError(t, model.publish())
	model.append(500)
	require.NoError(t, model.publish())
	model.append(200)
	require.NoError(t, model.publish())
	want := map[string]string{"log/.lock": ""}
	for name, data := range model.disk.files("log") {
		want[name] = data
	}
	require.Equal(t, want, filesIn(t, c.Dir))
	info, err := os.Stat(filepath.Join(c.Dir, "tile", "0", "000"))
	require.NoError(t, err)
	require.EqualValues(t, 0o644, info.Mode().Perm(), "for everybody to read")

	p, err = Open(t.Context(), c)
	require.NoError(t, err)
	defer p.Close()
	head, err := p.Publish(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1000, head.Size)
	require.Equal(t, want, filesIn(t, c.Dir), "nothing new, nothing done")
}

// filesIn reads the files of a log.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		found["log"+strings.TrimPrefix(name, dir)] = string(data)
		return err
	}))
	return found
}

func TestNothingPublished(t *testing.T) {
	t.Parallel()
	w, c := onDisk(t)
	p, err := Open(t.Context(), c)
	require.NoError(t, err)
	defer p.Close()
	head, err := p.Publish(t.Context())
	require.NoError(t, err)
	require.Zero(t, head.Size)
	require.Equal(t, []string{"log/.lock"}, names(filesIn(t, c.Dir)), "an empty ledger has no log yet")
	_, _, err = p.Published()
	require.ErrorIs(t, err, ErrNothing)
	_, err = p.Receipt(0)
	require.ErrorIs(t, err, ErrNothing)
	_, err = p.ProveInclusion(0, 0)
	require.ErrorIs(t, err, ErrNothing)
	_, err = p.ProveConsistency(0, 0)
	require.ErrorIs(t, err, ErrNothing)
	_, _, err = p.CopyTo(t.Context(), t.TempDir())
	require.ErrorIs(t, err, ErrNothing)
	report, err := p.Check(t.Context(), w.ledger, c.Head)
	require.NoError(t, err)
	require.Zero(t, report.Problems)
}

func names(files map[string]string) (all []string) {
	for n := range files {
		all = append(all, n)
	}
	return all
}

// Receipts and proofs hold for x/mod, at every size that was ever reached, published or not.
func TestReceiptsAndProofs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, n := range []int{3, 252, 1, 400, 70} {
		w.append(n)
		require.NoError(t, w.publish())
	}
	l := &Log{dir: "log", verifier: w.verifier, disk: w.disk}
	size := int64(w.records)
	for _, seq := range []int64{0, 1, 2, 255, 256, 511, 512, 655, 656, 725} {
		r, err := l.Receipt(uint64(seq))
		require.NoError(t, err)
		again, err := notary.ParseReceipt(r.Text())
		require.NoError(t, err)
		record, head, err := again.Check(w.verifier, nil)
		require.NoError(t, err)
		require.Equal(t, size, head.Size)
		require.EqualValues(t, seq, record.Seq)
		require.Equal(t, w.leaves[seq], r.Leaf)
		require.NoError(t, tlog.CheckRecord(r.Path, size, w.root(size), seq, tlog.RecordHash(w.leaves[seq])))
		require.Equal(t, domain.StreamName("test", string(rune('0'+seq%3))), record.Stream)
		for _, at := range []int64{seq + 1, 256, 300, 655, 656, 700, 0} {
			if at != 0 && seq >= at {
				continue
			}
			q, err := l.ProveInclusion(seq, at)
			require.NoError(t, err)
			if at == 0 {
				at = size
			}
			require.Equal(t, Inclusion{Index: seq, Size: at, Leaf: tlog.RecordHash(w.leaves[seq]), Root: w.root(at), Path: q.Path}, q)
			require.NoError(t, tlog.CheckRecord(q.Path, at, q.Root, seq, q.Leaf))
		}
	}
	for _, from := range []int64{0, 1, 255, 256, 257, 512, 656, 725, 726} {
		for _, to := range []int64{1, 256, 300, 656, 700, 726, 0} {
			q, err := l.ProveConsistency(from, to)
			if to == 0 {
				to = size
			}
			if from > to {
				require.ErrorIs(t, err, ErrNotYet)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, Consistency{From: from, To: to, FromRoot: w.root(from), ToRoot: w.root(to), Path: q.Path}, q)
			if from > 0 {
				require.NoError(t, tlog.CheckTree(q.Path, to, q.ToRoot, from, q.FromRoot))
			}
		}
	}
	for _, err := range []error{
		second(l.Receipt(726)), second(l.Receipt(1 << 63)), second(l.ProveInclusion(726, 0)), second(l.ProveInclusion(3, 727)), second(l.ProveInclusion(3, 3)),
		second(l.ProveInclusion(-1, 0)), second(l.ProveInclusion(0, -1)), second(l.ProveConsistency(3, 727)), second(l.ProveConsistency(-1, 0)), second(l.ProveConsistency(0, -1)),
	} {
		require.ErrorIs(t, err, ErrNotYet)
	}
}

func second[T any](_ T, err error) error { return err }

// Files that were altered give no receipt and no proof.
func TestAlteredFilesProveNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"log/tile/0/000", "log/tile/1/000.p/2", "log/tile/0/002.p/188", "log/tile/entries/000", "log/checkpoint"} {
		w := newWorld(t)
		w.append(700)
		require.NoError(t, w.publish())
		w.flip(name)
		l := &Log{dir: "log", verifier: w.verifier, disk: w.disk}
		refused := 0
		for seq := range uint64(256) {
			if _, err := l.Receipt(seq); err != nil {
				refused++
			}
		}
		if name == "log/tile/entries/000" {
			require.Equal(t, 1, refused, "the entry that was changed")
			continue
		}
		require.NotZero(t, refused, name)
		_, err := l.ProveInclusion(130, 699)
		require.Error(t, err, name)
		_, err = l.ProveConsistency(130, 0)
		require.Error(t, err, name)
	}
}
