package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/internal/sqlitefile"
)

// send runs a file of commands over HTTP, each of which is done.
func (s *served) send(t *testing.T, lines string) {
	t.Helper()
	r, err := http.Post(s.url+"/v1/commands", "application/x-ndjson", strings.NewReader(lines))
	require.NoError(t, err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	require.Equal(t, strings.Count(lines, "\n"), strings.Count(string(body), `"result":"done"`), "%s", body)
}

// told tells which of the marked words stand in an answer.
func told(page string) (found []string) {
	for _, words := range said {
		if strings.Contains(page, words) {
			found = append(found, words)
		}
	}
	return found
}

// erasedAndVerified: words of every kind are said to a running server, published and opened; then they are erased. They are nowhere any more, and everything that was
// handed out before still holds: heads, receipts, proofs of documents, counts.
func erasedAndVerified(t *testing.T, w *whole) {
	d := w.serve(t, "daybook serve --data d --listen 127.0.0.1:0 --view-roots 100ms")
	d.send(t, markedDay(t))
	out, _ := w.run(t, 0, "daybook key --data d")
	w.write(t, "log.pub", out)
	const brings = " --key log.pub"
	require.Empty(t, inFiles(t, w.path("d"), inPlain()), "not while the server runs either")
	_, page := get(t, d.url+"/v1/views/statement/dl_lyon/2?words=true")
	require.Equal(t, []string{saidAloud}, told(page))

	// What is handed out: a receipt of every event that bears words, a head, a proof of a document and of the commitment on which it rests, an annex.
	records, receipts := w.recordsOf(t, "d"), []string{}
	for _, r := range records {
		f, err := r.Decode()
		require.NoError(t, err)
		for range domain.Commitments(f.Event) {
			name := fmt.Sprint("receipt", r.Seq)
			w.receipt(t, fmt.Sprint(d.url, "/v1/receipts/", r.Seq), name)
			receipts = append(receipts, name)
			break
		}
	}
	require.Greater(t, len(receipts), 6)
	require.Zero(t, d.stop(os.Interrupt))
	w.run(t, 0, "daybook export bundle --data d --out before.zip --annex before.ndjson"+quiet)
	require.Len(t, told(w.read(t, "before.ndjson")), len(said))
	require.Empty(t, told(w.read(t, "before.zip")))
	_, page = w.run(t, 0, "auditor verify before.zip --annex before.ndjson --save-pin pin"+brings)
	require.Regexp(t, `\d+ opened, 0 erased and declared`, page)
	w.run(t, 0, "daybook view get statement dl_lyon/2 --data d --proof proof.json -o ndjson")
	var proof struct{ Event uint64 }
	require.NoError(t, json.Unmarshal([]byte(w.read(t, "proof.json")), &proof))
	w.run(t, 0, fmt.Sprintf("daybook receipt %d --data d --out committed.txt", proof.Event))
	documents := map[string]string{}
	for _, key := range []string{"conversation dl_lyon", "room dl_lyon", "statement dl_lyon/1", "statement dl_lyon/2"} {
		documents[key], _ = w.run(t, 0, "daybook view get "+key+" --data d -o ndjson")
	}
	holds := func() {
		t.Helper()
		for _, name := range append(receipts, "committed.txt") {
			w.run(t, 0, "auditor receipt "+name+brings)
		}
		w.run(t, 0, "daybook proof view proof.json --data d")
		w.run(t, 0, "daybook proof view proof.json --receipt committed.txt"+brings)
		w.run(t, 0, "auditor verify before.zip --pin pin"+brings)
		w.run(t, 0, "auditor verify d/log --pin pin"+brings)
		for key, document := range documents {
			now, _ := w.run(t, 0, "daybook view get "+key+" --data d -o ndjson")
			require.Equal(t, document, now, key)
		}
	}
	holds()

	// Erased, while the server runs.
	d = w.serve(t, "daybook serve --data d --listen 127.0.0.1:0")
	d.send(t, forgetMarked())
	gone := len(said)
	served := func() {
		t.Helper()
		_, page := get(t, d.url+"/v1/views/statement/dl_lyon/2?words=true")
		require.Contains(t, page, `"words":null,"erased":true`)
		for _, path := range []string{"/v1/views/statement/dl_lyon/2?words=true", "/v1/views/room/dl_lyon", "/v1/views/recruitment/dl_lyon", "/v1/events?limit=200", "/v1/views/statement?limit=100"} {
			status, page := get(t, d.url+path)
			require.Equal(t, http.StatusOK, status, path)
			require.Empty(t, told(page), path)
		}
	}
	served()
	require.Zero(t, d.stop(os.Interrupt))
	w.run(t, 0, "daybook vault compact --data d"+quiet)
	require.NoError(t, os.Remove(w.path("before.ndjson")), "who was given the openings has to do that")
	w.run(t, 0, "daybook export bundle --data d --out after.zip --annex after.ndjson"+quiet)
	w.run(t, 0, "daybook export bundle --data d --out after"+quiet)
	require.Empty(t, inFiles(t, w.dir, inPlain()), "in no file: ledger, vault, views, log, bundles, annex, receipts")
	_, page = w.run(t, 0, "auditor verify after.zip --annex after.ndjson --pin pin"+brings)
	require.Contains(t, page, "VERIFIED")
	require.Regexp(t, fmt.Sprintf(`\d+ opened, %d erased and declared`, gone), page)
	w.run(t, 0, "daybook vault check --data d"+quiet)
	w.run(t, 0, "daybook replay --data d"+quiet)
	w.run(t, 0, "daybook publish --data d --check"+quiet)
	holds()
	d = w.serve(t, "daybook serve --data d --listen 127.0.0.1:0")
	served()
	w.run(t, 0, "auditor verify "+d.url+" --pin pin"+brings)
	require.Zero(t, d.stop(os.Interrupt))

	// Words that are made away with, without a word.
	c, err := sqlitefile.Connect(w.path("d/vault.db"), "")
	require.NoError(t, err)
	kept := records[slices.IndexFunc(records, func(r domain.Record) bool { return r.Stream == "statement-dl_lyon/1" })]
	require.NoError(t, c.Exec("DELETE FROM openings WHERE event = ?", kept.ID[:]))
	require.NoError(t, c.Close())
	_, page = w.run(t, 3, "daybook vault check --data d")
	require.Contains(t, page, "OPENING statement-dl_lyon/1@1 text")
	w.run(t, 0, "daybook export bundle --data d --out less.zip --annex less.ndjson"+quiet)
	require.NotEqual(t, w.read(t, "after.ndjson"), w.read(t, "less.ndjson"))
	_, page = w.run(t, 1, "auditor verify less.zip --annex less.ndjson --pin pin"+brings)
	require.Contains(t, page, "OPENING")
	require.Contains(t, page, "no erasure is declared")
	w.run(t, 0, "auditor verify less.zip --pin pin"+brings) // the record is what it was
}
