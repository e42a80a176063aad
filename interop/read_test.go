package interop

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"filippo.io/torchwood"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// TestTorchwoodReadsOurLog reads a published log with torchwood's client, from a directory and over HTTP: head, entries, and proofs from its tiles.
func TestTorchwoodReadsOurLog(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 255, 256, 257, 700} {
		l := newLog(t, size)
		dir := l.publish(t)
		fromDir, err := torchwood.NewTileFS(os.DirFS(dir))
		require.NoError(t, err)
		server := httptest.NewServer(http.StripPrefix("/log/", http.FileServer(http.Dir(dir))))
		t.Cleanup(server.Close)
		fromHTTP, err := torchwood.NewTileFetcher(server.URL + "/log/")
		require.NoError(t, err)
		for _, from := range []torchwood.TileReader{fromDir, fromHTTP} {
			signed, err := from.ReadEndpoint(t.Context(), "checkpoint")
			require.NoError(t, err)
			head, _, err := torchwood.VerifyCheckpoint(signed, torchwood.ThresholdPolicy(2, torchwood.OriginPolicy("log.example/ours"), torchwood.SingleVerifierPolicy(l.key)))
			require.NoError(t, err)
			require.EqualValues(t, size, head.N)
			require.EqualValues(t, l.roots[size], head.Hash)
			client, err := torchwood.NewClient(from)
			require.NoError(t, err)
			n := 0
			for i, entry := range client.AllEntries(t.Context(), head.Tree, 0) {
				require.EqualValues(t, n, i)
				require.Equal(t, string(l.leaves[i]), string(entry))
				n++
			}
			require.NoError(t, client.Err())
			require.Equal(t, size, n)
			for index := 0; index < size; index += 1 + size/9 {
				entry, path, err := client.Entry(t.Context(), head.Tree, int64(index))
				require.NoError(t, err)
				require.Equal(t, string(l.leaves[index]), string(entry))
				ours, err := notary.ProveInclusion(l.tile, int64(size), int64(index))
				require.NoError(t, err)
				require.Equal(t, []tlog.Hash(path), append([]tlog.Hash{}, ours...))
			}
		}
	}
}

// TestTilePaths names tiles as torchwood does.
func TestTilePaths(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 7, 999, 1000, 1234567, 999999999} {
		for _, w := range []int{1, 17, 255, 256} {
			require.Equal(t, torchwood.TilePath(tlog.Tile{H: 8, L: -1, N: n, W: w}), notary.EntriesPath(n, w))
			for l := range 6 {
				tile := tlog.Tile{H: 8, L: l, N: n, W: w}
				require.Equal(t, torchwood.TilePath(tile), notary.TilePath(tile))
				again, err := torchwood.ParseTilePath(notary.TilePath(tile))
				require.NoError(t, err)
				require.Equal(t, tile, again)
			}
		}
	}
	var theirs, ours []byte
	for i := range 300 {
		var err error
		entry := bytes.Repeat([]byte{byte(i)}, i*i%(notary.MaxLeaf+1))
		theirs, err = torchwood.AppendTileEntry(theirs, entry)
		require.NoError(t, err)
		ours, err = notary.AppendEntry(ours, entry)
		require.NoError(t, err)
	}
	require.Equal(t, theirs, ours)
}

// TestReceipts lets torchwood check our receipts, byte for byte the ones that it makes itself.
func TestReceipts(t *testing.T) {
	t.Parallel()
	l := newLog(t, 600)
	athens, err := torchwood.NewCosignatureSigner("witness.example/athens", seeded("athens"))
	require.NoError(t, err)
	text := "log " + l.vkey + "\nwitness athens " + athens.Verifier().String() + "\nquorum athens\n"
	theirs, err := torchwood.ParsePolicy([]byte(text))
	require.NoError(t, err)
	ours, err := notary.ParsePolicy([]byte(text))
	require.NoError(t, err)
	for _, size := range []int{1, 2, 256, 300, 600} {
		cosigned, plain := l.head(t, size, athens), l.head(t, size)
		require.NoError(t, ours.Check(cosigned))
		require.ErrorIs(t, ours.Check(plain), notary.ErrSignature)
		for index := 0; index < size; index += 1 + size/13 {
			path, err := notary.ProveInclusion(l.tile, int64(size), int64(index))
			require.NoError(t, err)
			r := notary.Receipt{Leaf: l.leaves[index], Index: int64(index), Path: path, Checkpoint: cosigned}
			require.Equal(t, string(torchwood.FormatProofWithExtraData(int64(index), l.leaves[index], path, cosigned)), string(r.Text()))
			require.NoError(t, torchwood.VerifyProof(theirs, tlog.RecordHash(l.leaves[index]), r.Text()))
			extra, err := torchwood.ProofExtraData(r.Text())
			require.NoError(t, err)
			require.Equal(t, l.leaves[index], extra)
			again, err := notary.ParseReceipt(r.Text())
			require.NoError(t, err)
			require.Equal(t, string(r.Text()), string(again.Text()))
			_, head, err := again.Check(l.key, ours)
			require.NoError(t, err)
			require.EqualValues(t, size, head.Size)

			r.Checkpoint = plain // without the witness, and at another place
			require.Error(t, torchwood.VerifyProof(theirs, tlog.RecordHash(l.leaves[index]), r.Text()))
			if size > 1 {
				r.Checkpoint, r.Index = cosigned, int64((index+1)%size)
				require.Error(t, torchwood.VerifyProof(theirs, tlog.RecordHash(l.leaves[index]), r.Text()))
				_, _, err = r.Check(l.key, nil)
				require.ErrorIs(t, err, notary.ErrProof)
			}
		}
	}
}
