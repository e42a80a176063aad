package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/notary"
	"daybook.internal/notary/witness"
)

// recordsOf reads a ledger.
func (w *whole) recordsOf(t *testing.T, dir string) (all []domain.Record) {
	t.Helper()
	n, err := openLedger(t.Context(), w.path(dir))
	require.NoError(t, err)
	for e, err := range n.ledger.All(t.Context(), ledger.Cursor{}) {
		require.NoError(t, err)
		all = append(all, e.Record)
	}
	require.NoError(t, n.Close())
	return all
}

// without leaves a record out, and renumbers those after it.
func without(records []domain.Record, i int) []domain.Record {
	left := slices.Delete(slices.Clone(records), i, i+1)
	next := map[domain.StreamID]uint64{}
	for i := range left {
		r := &left[i]
		r.Seq, r.Revision = uint64(i), next[r.Stream]
		next[r.Stream]++
	}
	return left
}

// rewrite replaces the ledger of a data directory by one of these records, as somebody does who knows how, and takes away what follows from it.
func (w *whole) rewrite(t *testing.T, dir string, records []domain.Record) {
	t.Helper()
	w.remove(t, dir, "ledger.db*", "views.db*")
	l, err := ledgersqlite.Open(t.Context(), w.path(dir+"/ledger.db"), ledgersqlite.Options{})
	require.NoError(t, err)
	batches := make([]ledger.Batch, len(records))
	for i, r := range records {
		batches[i] = ledger.Batch{Stream: r.Stream, Version: r.Revision, Drafts: []ledger.Draft{{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data}}}
	}
	_, written, err := ledger.AppendBatches(context.Background(), l, batches)
	require.NoError(t, err)
	require.Equal(t, len(records), written)
	require.NoError(t, l.Close())
}

func (w *whole) remove(t *testing.T, dir string, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		found, err := filepath.Glob(w.path(dir + "/" + pattern))
		require.NoError(t, err)
		for _, path := range found {
			require.NoError(t, os.Remove(path))
		}
	}
}

// deviations writes a file of commands that change little.
func (w *whole) deviations(t *testing.T, name string, n int) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"command":"%s-%d","name":"report-deviation","actor":"auditor:ada","content":%s}`+"\n", name, i, deviation)
	}
	w.write(t, name+".ndjson", b.String())
	return name + ".ndjson"
}

// logOf is a log of these records under the key of a data directory: what its operator can sign.
func (w *whole) logOf(t *testing.T, dir string, records []domain.Record) *stub {
	t.Helper()
	signer, err := notary.ParseSigner(w.read(t, dir+"/log.key"))
	require.NoError(t, err)
	s := &stub{signer: signer}
	for i, r := range records {
		hashes, err := tlog.StoredHashes(int64(i), notary.AppendLeaf(nil, r), s)
		require.NoError(t, err)
		s.stored = append(s.stored, hashes...)
	}
	return s
}

// rollbackOfferedToAWitness: the operator, who has the key, offers a witness heads that do not continue the one that it cosigned.
func rollbackOfferedToAWitness(t *testing.T, w *whole) {
	aDay(t, w)
	out, _ := w.run(t, 0, "daybook key --data d")
	ws := w.witnesses(t, strings.TrimSpace(out))
	w.run(t, 0, "daybook publish --data d --policy policy"+quiet)
	records := w.recordsOf(t, "d")
	known := int64(len(records))
	honest, forked := w.logOf(t, "d", records), w.logOf(t, "d", append(without(records, 40), records[:5]...))
	offer := func(log *stub, old, size int64, proof []tlog.Hash) (status int, answer string) {
		head, err := log.head(size)
		require.NoError(t, err)
		r, err := http.Post(ws.all[0].url+"/add-checkpoint", "text/plain", strings.NewReader(string(witness.Request{Old: old, Proof: proof, Checkpoint: head}.Text())))
		require.NoError(t, err)
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		return r.StatusCode, string(body)
	}
	prove := func(log *stub, old, size int64) []tlog.Hash {
		proof, err := log.prove(size)(old)
		require.NoError(t, err)
		return proof
	}
	size := fmt.Sprintf("%d\n", known)
	for name, c := range map[string]struct {
		log       *stub
		old, size int64
		proof     []tlog.Hash
		status    int
		says      string
	}{
		"an earlier head":            {honest, known - 20, known - 10, prove(honest, known-20, known-10), http.StatusConflict, size},
		"the same head from earlier": {honest, known - 20, known, prove(honest, known-20, known), http.StatusConflict, size},
		"everything anew":            {forked, 0, known + 4, nil, http.StatusConflict, size},
		"a fork from before it":      {forked, 30, known, prove(forked, 30, known), http.StatusConflict, size},
		"a fork that goes on":        {forked, known, known + 4, prove(forked, known, known+4), http.StatusUnprocessableEntity, ""},
		"a fork without a proof":     {forked, known, known + 4, nil, http.StatusUnprocessableEntity, ""},
	} {
		status, answer := offer(c.log, c.old, c.size, c.proof)
		require.Equal(t, c.status, status, "%s: %s", name, answer)
		require.Contains(t, answer, c.says, name)
		require.NotContains(t, answer, "— ", "%s: it has cosigned", name)
	}
	status, answer := offer(forked, known, known, nil) // of one size, two heads
	require.Contains(t, []int{http.StatusConflict, http.StatusUnprocessableEntity}, status, answer)
	status, answer = offer(honest, known, known-10, nil)
	require.Equal(t, http.StatusBadRequest, status, answer)
	kept, err := os.ReadDir(w.path("w0/evidence"))
	require.NoError(t, err)
	require.NotEmpty(t, kept, "two signed heads that do not go together are the proof")

	// The honest log goes on with it.
	w.run(t, 0, "daybook run "+w.deviations(t, "on", 2)+" --data d"+quiet)
	w.run(t, 0, "daybook publish --data d --policy policy"+quiet)
	require.Contains(t, w.read(t, "d/log/checkpoint"), "— w0.example.org ")
}

// restoredFromABackup: a ledger of an earlier day, or another one, is put where the signed one was.
func restoredFromABackup(t *testing.T, w *whole) {
	aDay(t, w)
	out, _ := w.run(t, 0, "daybook key --data d")
	w.write(t, "log.pub", out)
	ws := w.witnesses(t, strings.TrimSpace(out))
	w.run(t, 0, "daybook publish --data d --policy policy"+quiet)
	w.run(t, 0, "cp -a d backup")
	w.run(t, 0, "daybook run "+w.deviations(t, "later", 4)+" --data d"+quiet)
	w.run(t, 0, "daybook publish --data d --policy policy"+quiet)
	w.run(t, 0, "daybook run "+w.deviations(t, "unpublished", 3)+" --data d"+quiet)
	w.run(t, 0, "cp -a d good")
	w.write(t, "pin", w.read(t, "d/log/checkpoint"))
	head, checkpoint := w.read(t, "d/head"), w.read(t, "d/log/checkpoint")
	refused := func(why string) {
		t.Helper()
		for _, line := range []string{"daybook publish --data d --policy policy", "daybook serve --data d --policy policy --listen 127.0.0.1:0", "daybook export bundle --data d --out refused.zip"} {
			_, said := w.run(t, 3, line)
			require.Contains(t, said, why, line)
		}
		_, said := w.run(t, 3, "daybook publish --data d --check -o ndjson")
		require.Contains(t, said, "finding: ")
		require.Equal(t, head, w.read(t, "d/head"), "nothing was signed")
		require.Equal(t, checkpoint, w.read(t, "d/log/checkpoint"))
		require.NoFileExists(t, w.path("refused.zip"))
	}
	restore := func() {
		w.remove(t, "d", "ledger.db*", "views.db*")
		w.write(t, "d/ledger.db", w.read(t, "backup/ledger.db"))
	}

	restore()
	refused("the ledger is shorter than what was signed")
	w.run(t, 0, "daybook run "+w.deviations(t, "other", 12)+" --data d"+quiet)
	refused("is not the one that was signed")

	// One event is dropped, and those after it renumbered: as long as what was signed, and another history.
	records := w.recordsOf(t, "good")
	dropped := slices.IndexFunc(records, func(r domain.Record) bool { return r.Type == "reaction-cast.v1" })
	require.Positive(t, dropped)
	w.rewrite(t, "d", without(records, dropped))
	refused("is not the one that was signed")

	// With the words that were signed last put back, too, nobody at home can tell. The witnesses can, and who kept a head.
	require.NoError(t, os.RemoveAll(w.path("d")))
	w.run(t, 0, "cp -a backup d")
	w.run(t, 0, "daybook run other.ndjson --data d"+quiet)
	before := w.read(t, "d/log/checkpoint")
	_, said := w.run(t, 1, "daybook publish --data d --policy policy")
	require.Contains(t, said, "signed and not published: the witnesses did not cosign it")
	require.Equal(t, before, w.read(t, "d/log/checkpoint"))
	_, said = w.run(t, 1, "auditor verify d/log --key log.pub --policy policy --pin pin")
	require.Contains(t, said, "ROLLBACK")

	// The one that was signed is put back, and all is well.
	require.NoError(t, os.RemoveAll(w.path("d")))
	w.run(t, 0, "cp -a good d")
	_, said = w.run(t, 0, "daybook publish --data d --policy policy")
	require.NotContains(t, said, "did not cosign")
	require.NotEqual(t, checkpoint, w.read(t, "d/log/checkpoint"))
	w.run(t, 0, "auditor verify d/log --key log.pub --policy policy --pin pin")
	require.Zero(t, ws.all[2].stop(os.Interrupt))
}
