package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/notary"
)

// world is a ledger, a disk, and an honest witness who remembers every head.
type world struct {
	require.TestingT
	ledger   *ledgertest.Memory
	records  int
	leaves   [][]byte
	tree     reference
	disk     *modelDisk
	signer   note.Signer
	key      string
	verifier note.Verifier
	witness  *witness
	heads    map[int64]tlog.Hash // every head that anybody has seen published
	last     int64               // size of the head that Publish or Open has returned for: no power cut takes that away
}

func newWorld(t require.TestingT) *world {
	skey, vkey, err := notary.NewKey(bytes.NewReader(bytes.Repeat([]byte{7}, 32)), "example.org/log")
	require.NoError(t, err)
	w := &world{TestingT: t, ledger: ledgertest.NewMemory(), disk: newModel("log", "head"), heads: map[int64]tlog.Hash{}, key: vkey}
	w.signer, err = notary.ParseSigner(skey)
	require.NoError(t, err)
	w.verifier, err = notary.ParseVerifier(vkey)
	require.NoError(t, err)
	w.witness = &witness{w: w}
	return w
}

// record is the n-th record of the ledger of a world, or of another one with the same beginning.
func record(n int, other string) (domain.StreamID, uint64, ledger.Draft) {
	stream := domain.StreamName("test", strconv.Itoa(n%3))
	return stream, uint64(n / 3), ledger.Draft{
		ID: domain.NewEventID("c"+other, stream, n), Type: "test.v1", Meta: []byte(`{"source":"ed_1","time":1}`), Data: fmt.Appendf(nil, `{"n":%d%s}`, n, other),
	}
}

func (w *world) append(n int) {
	for range n {
		stream, version, draft := record(w.records, "")
		_, err := w.ledger.Append(context.Background(), stream, version, draft)
		require.NoError(w, err)
		leaf := notary.AppendLeaf(nil, domain.Record{Stream: stream, Revision: version, ID: draft.ID, Type: draft.Type, Meta: draft.Meta, Data: draft.Data})
		hashes, err := tlog.StoredHashes(int64(w.records), leaf, w.tree)
		require.NoError(w, err)
		w.tree, w.leaves = append(w.tree, hashes...), append(w.leaves, leaf)
		w.records++
	}
}

func (w *world) config() Config {
	return Config{Ledger: w.ledger, Dir: "log", Head: "head/head", Signer: w.signer, Key: w.key, Witnesses: w.witness}
}

func (w *world) open() (*Publisher, error) {
	p, err := open(context.Background(), w.config(), w.disk)
	if err == nil {
		w.last = w.check()
	}
	return p, err
}

// again publishes what is new.
func (w *world) again(p *Publisher) (notary.Checkpoint, error) {
	head, err := p.Publish(context.Background())
	if err == nil {
		require.Equal(w, head.Size, w.check())
		w.last = head.Size
	}
	return head, err
}

// publish opens, publishes and closes.
func (w *world) publish() error {
	p, err := w.open()
	if err != nil {
		return err
	}
	_, err = w.again(p)
	return errors.Join(err, p.Close())
}

// check verifies the whole published log as x/mod says what it is, and that its head is not before one that was seen. It gives the head's size.
func (w *world) check() int64 {
	files := w.disk.files("log")
	signed, ok := files["log/checkpoint"]
	if !ok {
		require.Zero(w, w.last, "what was published is gone")
		return 0
	}
	head, _, err := notary.OpenCheckpoint([]byte(signed), w.verifier)
	require.NoError(w, err)
	require.Contains(w, signed, "cosigned", "only cosigned heads are published")
	require.GreaterOrEqual(w, head.Size, w.last, "heads only grow")
	if seen, ok := w.heads[head.Size]; ok {
		require.Equal(w, seen, head.Root)
	}
	w.heads[head.Size] = head.Root
	require.Equal(w, signed, files["log/checkpoints/"+strconv.FormatInt(head.Size, 10)])
	for size := range w.heads {
		require.Contains(w, files, "log/checkpoints/"+strconv.FormatInt(size, 10), "every published head is archived")
	}

	root, err := tlog.TreeHash(head.Size, w.tree)
	require.NoError(w, err)
	require.Equal(w, root, head.Root)
	for t := range notary.Tiles(head.Size) {
		want, err := tlog.ReadTileData(t, w.tree)
		require.NoError(w, err)
		have := w.file(files, notary.TilePath(t))
		require.True(w, bytes.HasPrefix(have, want), "%v: %d bytes, not %d", t, len(have), len(want))
		if t.L > 0 {
			continue
		}
		var entries []byte
		for i := range t.W {
			entries, err = notary.AppendEntry(entries, w.leaves[t.N*notary.Width+int64(i)])
			require.NoError(w, err)
		}
		have = w.file(files, notary.EntriesPath(t.N, t.W))
		require.True(w, bytes.HasPrefix(have, entries), "%v: %d bytes, not %d", t, len(have), len(entries))
	}
	return head.Size
}

// file is what a client gets: a partial tile, or the full one that has taken its place (https://c2sp.org/tlog-tiles).
func (w *world) file(files map[string]string, name string) []byte {
	data, ok := files[path.Join("log", name)]
	if full, _, partial := strings.Cut(name, ".p/"); !ok && partial {
		data, ok = files[path.Join("log", full)]
	}
	require.True(w, ok, "%s is missing", name)
	return []byte(data)
}

// reference is the tree of x/mod.
type reference []tlog.Hash

func (r reference) ReadHashes(at []int64) ([]tlog.Hash, error) {
	h := make([]tlog.Hash, len(at))
	for i, a := range at {
		h[i] = r[a]
	}
	return h, nil
}

// witness cosigns what continues the head that it saw last, and fails the test where something does not.
type witness struct {
	w    *world
	seen notary.Checkpoint
	down atomic.Bool
}

func (v *witness) Cosign(_ context.Context, old int64, proof func(int64) ([]tlog.Hash, error), signed []byte) ([]byte, error) {
	if v.down.Load() {
		return nil, errors.New("no witness answers")
	}
	require.LessOrEqual(v.w, old, v.seen.Size, "the witness has seen what is published")
	head, _, err := notary.OpenCheckpoint(signed, v.w.verifier)
	require.NoError(v.w, err)
	require.GreaterOrEqual(v.w, head.Size, v.seen.Size, "the witness was shown an older head")
	path, err := proof(v.seen.Size)
	if err != nil {
		return nil, err
	}
	if v.seen.Size > 0 {
		require.NoError(v.w, notary.CheckConsistency(path, head.Size, head.Root, v.seen.Size, v.seen.Root), "two histories")
	}
	err = v.w.disk.step("ask the witnesses", func() error { v.seen = head; return nil })
	return append(bytes.Clone(signed), "— cosigned AAAAAAAA\n"...), err
}
