package publish

import (
	"bytes"
	"context"
	"crypto/sha256"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/notary"
)

// another is a ledger of n records: those of a world, but from record other on with another content.
func another(t testing.TB, n, other int) *ledgertest.Memory {
	t.Helper()
	l := ledgertest.NewMemory()
	for i := range n {
		mark := ""
		if i >= other {
			mark = `,"x":1`
		}
		stream, version, draft := record(i, mark)
		_, err := l.Append(context.Background(), stream, version, draft)
		require.NoError(t, err)
	}
	return l
}

// changed is a ledger in which one record is another one.
type changed struct {
	*ledgertest.Memory
	seq uint64
}

func (c changed) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range c.Memory.All(ctx, after) {
			if e.Seq == c.seq {
				e.Data = append(bytes.TrimSuffix(e.Data, []byte("}")), `,"x":1}`...)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// What is not what was signed is refused at the start, by name, with a way out, and nothing on the disk has changed by then.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const size = 700
	for name, c := range map[string]struct {
		change func(t *testing.T, w *world, c *Config)
		want   error
		says   string
	}{
		"a ledger without its end":       {func(t *testing.T, _ *world, c *Config) { c.Ledger = another(t, size-1, size) }, ErrShorter, "a head of 700 was signed"},
		"a ledger of long ago":           {func(t *testing.T, _ *world, c *Config) { c.Ledger = another(t, 100, size) }, ErrShorter, "Put back the ledger"},
		"no ledger at all":               {func(_ *testing.T, _ *world, c *Config) { c.Ledger = ledgertest.NewMemory() }, ErrShorter, "a head of 700"},
		"an older copy that went on":     {func(t *testing.T, _ *world, c *Config) { c.Ledger = another(t, size+50, 690) }, ErrAltered, "record 690 of the ledger (test-0@230, test.v1) is not the one that was signed"},
		"a record changed at the edge":   {func(_ *testing.T, w *world, c *Config) { c.Ledger = changed{w.ledger, size - 1} }, ErrAltered, "record 699 "},
		"the head of another ledger":     {func(_ *testing.T, w *world, _ *Config) { w.sign("head/head", size, tlog.Hash{1}) }, ErrAltered, "Move that folder away"},
		"a head before what is public":   {func(_ *testing.T, w *world, _ *Config) { w.sign("head/head", 600, w.root(600)) }, ErrHead, "put back to an earlier day"},
		"no head":                        {func(_ *testing.T, w *world, _ *Config) { w.remove("head/head") }, ErrHead, "head/head is missing"},
		"no head and no checkpoint":      {func(_ *testing.T, w *world, _ *Config) { w.remove("head/head"); w.remove("log/checkpoint") }, ErrHead, "head/head is missing"},
		"a head of another key":          {func(t *testing.T, w *world, _ *Config) { w.write("head/head", foreign(t, size)) }, ErrHead, "is no head that this log's key example.org/log signed"},
		"a head that is none":            {func(_ *testing.T, w *world, _ *Config) { w.write("head/head", "") }, ErrHead, "is no head"},
		"a checkpoint of another key":    {func(t *testing.T, w *world, _ *Config) { w.write("log/checkpoint", foreign(t, size)) }, ErrAltered, "delete the file"},
		"a checkpoint of another ledger": {func(_ *testing.T, w *world, _ *Config) { w.sign("log/checkpoint", 600, tlog.Hash{1}) }, ErrAltered, "from the published head of 600 events"},
		"a tile at the edge":             {func(_ *testing.T, w *world, _ *Config) { w.flip("log/tile/0/002.p/188") }, ErrAltered, "Move that folder away"},
		"a tile above":                   {func(_ *testing.T, w *world, _ *Config) { w.flip("log/tile/1/000.p/2") }, ErrAltered, "Move that folder away"},
		"a tile cut short":               {func(_ *testing.T, w *world, _ *Config) { w.write("log/tile/0/002.p/188", "short") }, ErrAltered, "tile/0/002.p/188"},
		"entries at the edge":            {func(_ *testing.T, w *world, _ *Config) { w.flip("log/tile/entries/002.p/188") }, ErrAltered, "tile/entries/002.p/188 is not what the ledger gives"},
		"a lost log and an altered ledger": {func(_ *testing.T, w *world, c *Config) {
			delete(w.disk.root.entries["log"].entries, "tile")
			c.Ledger = changed{w.ledger, 5}
		}, ErrAltered, "the first 700 records of the ledger come to the root"},
		"a lost log and a shorter ledger": {func(t *testing.T, w *world, c *Config) {
			delete(w.disk.root.entries["log"].entries, "tile")
			c.Ledger = another(t, 650, size)
		}, ErrShorter, "a head of 700"},
		"a lost tile and an altered one": {func(_ *testing.T, w *world, _ *Config) {
			w.remove("log/tile/0/002.p/188")
			w.flip("log/tile/0/001")
		}, ErrAltered, "log/tile/0/001 is there, with other bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.append(size)
			require.NoError(t, w.publish())
			conf := w.config()
			c.change(t, w, &conf)
			before := w.disk.files("log")
			head := w.disk.files("head")
			_, err := open(t.Context(), conf, w.disk)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
			require.Equal(t, before, w.disk.files("log"), "nothing was changed")
			require.Equal(t, head, w.disk.files("head"))
		})
	}
}

// What is lost is made again, and no more of it is believed than what was signed.
func TestLostLog(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(w *world){
		"all of it":    func(w *world) { clear(w.disk.root.entries["log"].entries) },
		"the tiles":    func(w *world) { delete(w.disk.root.entries["log"].entries, "tile") },
		"an edge tile": func(w *world) { w.remove("log/tile/1/000.p/2") },
		"entries":      func(w *world) { w.remove("log/tile/entries/002.p/188") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.append(700)
			require.NoError(t, w.publish())
			want := w.disk.files("log")
			lose(w)
			w.last = 0
			require.NoError(t, w.publish())
			require.Equal(t, want, w.disk.files("log"))
			w.append(1)
			require.NoError(t, w.publish())
			require.EqualValues(t, 701, w.check())
		})
	}
}

// A ledger that changes under a publisher: it is found out at the next publishing, and named by the start after that.
func TestLedgerChangesMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.append(300)
	now := ledger.Reader(w.ledger)
	c := w.config()
	c.Ledger = swap{&now}
	p, err := open(t.Context(), c, w.disk)
	require.NoError(t, err)
	_, err = p.Publish(t.Context())
	require.NoError(t, err)
	now = another(t, 200, 1000)
	_, err = p.Publish(t.Context())
	require.ErrorIs(t, err, ledger.ErrCursor)
	_, err = p.Publish(t.Context())
	require.ErrorIs(t, err, ErrShorter)
	now = w.ledger
	_, err = p.Publish(t.Context())
	require.NoError(t, err, "the right ledger is back")
	require.EqualValues(t, 300, w.check())
}

// A ledger that does not give records in their order is not published.
func TestLedgerWithAGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.append(10)
	c := w.config()
	c.Ledger = gap{w.ledger}
	p, err := open(t.Context(), c, w.disk)
	require.NoError(t, err)
	_, err = p.Publish(t.Context())
	require.ErrorIs(t, err, ledger.ErrDamaged)
	require.Empty(t, w.disk.files("log"))
}

// Tiles beyond the signed head are what an earlier attempt wrote. If the ledger gives others now, it has lost what it had acknowledged.
func TestLeftTilesOfAnotherLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.append(300)
	p, err := w.open()
	require.NoError(t, err)
	w.disk.breaks = func(d *modelDisk, step string, _ int, _ bool) error {
		if d.dead = step == "write the head"; d.dead {
			return errBroken
		}
		return nil
	}
	_, err = p.Publish(t.Context())
	require.ErrorIs(t, err, errBroken)
	w.disk.restart()
	c := w.config()
	c.Ledger = another(t, 300, 280)
	p, err = open(t.Context(), c, w.disk)
	require.NoError(t, err, "nothing was signed")
	_, err = p.Publish(t.Context())
	require.ErrorIs(t, err, ErrAltered)
	require.NotContains(t, w.disk.files("head"), "head/head")
}

func TestTwoPublishers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.config()
	c.Dir, c.Head = t.TempDir()+"/log", t.TempDir()+"/head"
	first, err := Open(t.Context(), c)
	require.NoError(t, err)
	_, err = Open(t.Context(), c)
	require.ErrorIs(t, err, ErrInUse)
	other := c
	other.Dir = t.TempDir()
	_, err = Open(t.Context(), other)
	require.ErrorIs(t, err, ErrInUse, "the same head")
	other = c
	other.Head = t.TempDir() + "/head"
	_, err = Open(t.Context(), other)
	require.ErrorIs(t, err, ErrInUse, "the same folder")
	require.NoError(t, first.Close())
	require.NoError(t, first.Close())
	_, err = first.Publish(t.Context())
	require.ErrorIs(t, err, errClosed)
	second, err := Open(t.Context(), c)
	require.NoError(t, err)
	require.NoError(t, second.Close())
}

func TestKeysThatDoNotBelongTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.config()
	skey, _, err := notary.NewKey(bytes.NewReader(bytes.Repeat([]byte{9}, 32)), c.Signer.Name())
	require.NoError(t, err)
	c.Signer, err = notary.ParseSigner(skey)
	require.NoError(t, err)
	_, err = open(t.Context(), c, w.disk)
	require.ErrorContains(t, err, "do not belong together")
}

// What witnesses give back must be the head that they were asked about, still signed.
func TestWitnessesThatAnswerSomethingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.append(5)
	for name, answer := range map[string]func(signed []byte) []byte{
		"nothing":      func([]byte) []byte { return nil },
		"unsigned":     func(signed []byte) []byte { return []byte(strings.Split(string(signed), "—")[0]) },
		"another head": func([]byte) []byte { return w.signed(4, w.root(4)) },
	} {
		c := w.config()
		c.Witnesses = answers(answer)
		p, err := open(t.Context(), c, w.disk)
		require.NoError(t, err)
		_, err = p.Publish(t.Context())
		require.ErrorIs(t, err, ErrNotCosigned, name)
		_, _, err = p.Published()
		require.ErrorIs(t, err, ErrNothing)
		require.NoError(t, p.Close())
	}
	require.NoError(t, w.publish())
	require.EqualValues(t, 5, w.check())
}

type answers func(signed []byte) []byte

func (a answers) Cosign(_ context.Context, _ int64, _ func(int64) ([]tlog.Hash, error), signed []byte) ([]byte, error) {
	return a(signed), nil
}

type swap struct{ now *ledger.Reader }

func (s swap) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return (*s.now).All(ctx, after)
}

func (s swap) Follow(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return (*s.now).Follow(ctx, after)
}

func (s swap) Stream(ctx context.Context, stream domain.StreamID, from uint64) iter.Seq2[domain.Record, error] {
	return (*s.now).Stream(ctx, stream, from)
}

type gap struct{ *ledgertest.Memory }

func (g gap) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range g.Memory.All(ctx, after) {
			if e.Seq != 4 && !yield(e, err) {
				return
			}
		}
	}
}

// root is that of the first size records.
func (w *world) root(size int64) tlog.Hash {
	root, err := tlog.TreeHash(size, w.tree)
	require.NoError(w, err)
	return root
}

func (w *world) signed(size int64, root tlog.Hash) []byte {
	signed, err := note.Sign(&note.Note{Text: notary.Checkpoint{Origin: w.signer.Name(), Size: size, Root: root}.Text()}, w.signer)
	require.NoError(w, err)
	return signed
}

func (w *world) sign(name string, size int64, root tlog.Hash) {
	w.write(name, string(w.signed(size, root)))
}

func (w *world) write(name, data string) { require.NoError(w, w.disk.Write(name, []byte(data))) }

func (w *world) remove(name string) { require.NoError(w, w.disk.Remove(name)) }

// flip changes a bit in the middle of a file.
func (w *world) flip(name string) {
	data, err := w.disk.Read(name)
	require.NoError(w, err)
	before := sha256.Sum256(data)
	data[len(data)/2] ^= 1
	require.NotEqual(w, before, sha256.Sum256(data))
	w.write(name, string(data))
}

// foreign is a head under the same name by another key.
func foreign(t testing.TB, size int64) string {
	t.Helper()
	skey, _, err := notary.NewKey(bytes.NewReader(bytes.Repeat([]byte{9}, 32)), "example.org/log")
	require.NoError(t, err)
	s, err := notary.ParseSigner(skey)
	require.NoError(t, err)
	signed, err := note.Sign(&note.Note{Text: notary.Checkpoint{Origin: s.Name(), Size: size}.Text()}, s)
	require.NoError(t, err)
	return string(signed)
}
