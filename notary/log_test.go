package notary_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/notary"
)

var update = flag.Bool("update", false, "write the golden files anew")

// events are in the least form that they ever had, so that golden files stay.
var events = [][2]string{
	{"edition-opened.v1", `{"coordinator":"pt_coordination","decisionOwners":["River basin commission","Ministry of Agriculture"],"edition":"ed_2026","languages":["en","nl","sw"],"mandate":{"source":"en","text":{"en":"Advise the river basin commissions.\nThe answer is public."}},"title":{"source":"en","text":{"en":"Dialogue on \"water & land\"","nl":"Dialoog over water en land","sw":"Mazungumzo kuhusu maji"}}}`},
	{"ballot-cast.v1", `{"answer":{"option":"users"},"channel":"paper","dialogue":"dl_KE","lang":"sw","pseudonym":"q7xk2","question":{"id":"ar_wells","version":3},"revision":2,"session":"ss_2","wave":"post"}`},
	{"dialogue-registered.v1", `{"dialogue":"dl_KE","edition":"ed_2026","languages":["en","sw"],"mode":"hybrid","partner":"pt_nairobi","place":"KE","sampleType":"sortition"}`},
}

// A testLog has records and the tiles of all sizes that it went through.
type testLog struct {
	t        testing.TB
	signer   note.Signer
	verifier note.Verifier
	leaves   [][]byte
	roots    []tlog.Hash // by size
	tree     notary.Tree
	tiles    map[tlog.Tile][]byte
}

// newKey derives a key pair from one byte, so that golden files stay.
func newKey(t testing.TB, seed byte, origin string) (note.Signer, note.Verifier) {
	skey, vkey, err := notary.NewKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 32)), origin)
	require.NoError(t, err)
	signer, err := notary.ParseSigner(skey + "\n")
	require.NoError(t, err)
	verifier, err := notary.ParseVerifier(vkey + "\n")
	require.NoError(t, err)
	return signer, verifier
}

func newLog(t testing.TB, size int) *testLog {
	l := &testLog{t: t, tiles: map[tlog.Tile][]byte{}}
	l.signer, l.verifier = newKey(t, 1, "")
	l.tree.Full = func(tile tlog.Tile, data []byte) error { l.tiles[tile] = data; return nil }
	l.roots = []tlog.Hash{l.tree.Root()}
	meta, err := domain.EncodeMeta(domain.Meta{Source: "ed_2026", Time: 1, Actor: domain.Actor{Role: domain.Coordinator, Principal: "ana"}, Command: "c-1"})
	require.NoError(t, err)
	for n := range size {
		stream := domain.StreamName("test", fmt.Sprint(n%7))
		l.append(notary.AppendLeaf(nil, domain.Record{Stream: stream, Revision: uint64(n / 7), ID: domain.NewEventID("c-1", stream, n),
			Type: events[n%len(events)][0], Meta: meta, Data: []byte(events[n%len(events)][1])}))
	}
	return l
}

func (l *testLog) append(leaf []byte) {
	h, _ := notary.LeafHash(nil, leaf)
	require.NoError(l.t, l.tree.Append(h))
	l.leaves = append(l.leaves, leaf)
	l.roots = append(l.roots, l.tree.Root())
	l.tree.Edge(func(tile tlog.Tile, data []byte) bool { l.tiles[tile] = data; return true })
}

func (l *testLog) read(tile tlog.Tile) ([]byte, error) {
	data, ok := l.tiles[tile]
	if !ok {
		return nil, fmt.Errorf("no tile %s", notary.TilePath(tile))
	}
	return data, nil
}

// signed is the checkpoint of the first size events.
func (l *testLog) signed(size int64, others ...note.Signer) []byte {
	text := notary.Checkpoint{Origin: l.signer.Name(), Size: size, Root: l.roots[size]}.Text()
	msg, err := note.Sign(&note.Note{Text: text}, append([]note.Signer{l.signer}, others...)...)
	require.NoError(l.t, err)
	return msg
}

func (l *testLog) receipt(size, index int64) notary.Receipt {
	path, err := notary.ProveInclusion(l.read, size, index)
	require.NoError(l.t, err)
	return notary.Receipt{Leaf: l.leaves[index], Index: index, Path: path, Checkpoint: l.signed(size)}
}

// golden compares have with a file of testdata, or writes it.
func golden(t *testing.T, name string, have []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(name, have, 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(want), string(have))
}
