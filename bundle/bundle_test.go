package bundle_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"daybook.internal/bundle"
	"daybook.internal/domain"
	"daybook.internal/ledger/tiles"
	"daybook.internal/notary"
	"daybook.internal/projections"
)

func TestTwiceTheSame(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	a, ra := export(t, w.source(), "a.zip")
	b, rb := export(t, w.source(), "b.zip")
	dir, rd := export(t, w.source(), "dir")
	require.Equal(t, ra, rb)
	require.Equal(t, ra, rd)
	one, err := os.ReadFile(a)
	require.NoError(t, err)
	two, err := os.ReadFile(b)
	require.NoError(t, err)
	require.True(t, bytes.Equal(one, two), "the same data directory, the same bytes")
	names, zipped := contentsOf(t, a)
	require.True(t, slices.IsSorted(names))
	_, unzipped := contentsOf(t, dir)
	require.Equal(t, zipped, unzipped)
	require.Len(t, names, ra.Files)
	require.Equal(t, w.verifier.Name(), ra.Head.Origin)
}

func TestContents(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	path, r := export(t, w.source(), "bundle.zip")
	names, files := contentsOf(t, path)

	read, err := tiles.Open(path)
	require.NoError(t, err)
	defer read.Close()
	seenNames, err := read.(tiles.Lister).Names(t.Context())
	require.NoError(t, err)
	require.Equal(t, names, seenNames, "the auditor finds the same files")

	head, _, err := notary.OpenCheckpoint(files["checkpoint"], w.verifier)
	require.NoError(t, err)
	require.Equal(t, r.Head, head)
	require.Contains(t, string(files["BUNDLE.md"]), head.Root.String())

	// The list of sums has every other file.
	var sums strings.Builder
	size := int64(0)
	for _, name := range names {
		size += int64(len(files[name]))
		if name != "SHA256SUMS" {
			fmt.Fprintf(&sums, "%s  %s\n", sumOf(files[name]), name)
		}
	}
	require.Equal(t, sums.String(), string(files["SHA256SUMS"]))
	require.Equal(t, size, r.Bytes)

	// The log is there, as far as the head goes and no further.
	want := []string{"BUNDLE.md", "SHA256SUMS", "checkpoint", fmt.Sprintf("checkpoints/%d", head.Size), "documents/index.json", "policy"}
	for tile := range notary.Tiles(head.Size) {
		want = append(want, notary.TilePath(tile))
	}
	records := []domain.Record{}
	for n := int64(0); notary.WidthAt(0, n, head.Size) > 0; n++ {
		name := notary.EntriesPath(n, notary.WidthAt(0, n, head.Size))
		want = append(want, name)
		for leaf, err := range notary.Entries(files[name], notary.WidthAt(0, n, head.Size)) {
			require.NoError(t, err)
			r, err := notary.ParseLeaf(uint64(len(records)), leaf)
			require.NoError(t, err)
			records = append(records, r)
		}
	}
	for typ := range domain.EventTypes() {
		want = append(want, "schemas/"+typ+".json")
	}
	for _, v := range projections.All() {
		want = append(want, "documents/"+v.Name+".ndjson")
	}
	require.ElementsMatch(t, want, names)
	seen := 0
	for e, err := range w.ledger.All(t.Context(), cursor) {
		require.NoError(t, err)
		require.Equal(t, e.Record, records[seen])
		seen++
	}
	require.Len(t, records, seen)
}

func TestDocumentsAreThoseServed(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	path, r := export(t, w.source(), "dir")
	_, files := contentsOf(t, path)
	var index struct {
		Views []struct {
			View      string
			Version   int
			At, Count uint64
		}
	}
	require.NoError(t, json.Unmarshal(files["documents/index.json"], &index))
	require.Len(t, index.Views, len(projections.All()))
	for _, v := range index.Views {
		require.Equal(t, uint64(r.Head.Size), v.At, v.View)
		served, _, _, err := w.views.Served(t.Context(), v.View)
		require.NoError(t, err)
		require.Equal(t, served.Version, v.Version)
		lines := bytes.SplitAfter(files["documents/"+v.View+".ndjson"], []byte("\n"))
		require.Empty(t, lines[len(lines)-1])
		require.Len(t, lines, int(v.Count)+1, v.View)
		for d, err := range w.views.List(t.Context(), v.View, "", 0) {
			require.NoError(t, err)
			var line struct {
				Key      string
				At       uint64
				Document json.RawMessage
			}
			require.NoError(t, json.Unmarshal(lines[0], &line))
			require.Equal(t, d.Key, line.Key)
			require.Equal(t, d.At, line.At)
			require.Equal(t, string(d.Data), string(line.Document), "byte for byte")
			lines = lines[1:]
		}
	}
}

// TestEveryEventIsAsItsSchemaSays: each leaf of an edition in which everything happens.
func TestEveryEventIsAsItsSchemaSays(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	path, _ := export(t, w.source(), "dir")
	schemas := map[string]*jsonschema.Schema{}
	for e, err := range w.ledger.All(t.Context(), cursor) {
		require.NoError(t, err)
		s, ok := schemas[e.Type]
		if !ok {
			c := jsonschema.NewCompiler()
			c.AssertFormat()
			s, err = c.Compile(filepath.Join(path, "schemas", e.Type+".json"))
			require.NoError(t, err)
			schemas[e.Type] = s
		}
		leaf, err := jsonschema.UnmarshalJSON(bytes.NewReader(notary.AppendLeaf(nil, e.Record)))
		require.NoError(t, err)
		require.NoError(t, s.Validate(leaf), "%d %s", e.Seq, e.Type)
	}
	require.Greater(t, len(schemas), 30)
}

func TestAnnex(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	dir := t.TempDir()
	out, annex := filepath.Join(dir, "bundle.zip"), filepath.Join(dir, "annex.ndjson")
	r, err := bundle.Export(t.Context(), w.source(), out, annex)
	require.NoError(t, err)
	requireOnly(t, dir, "annex.ndjson", "bundle.zip")
	info, err := os.Stat(annex)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	data, err := os.ReadFile(annex)
	require.NoError(t, err)
	type opening struct {
		Event domain.EventID
		Field string
		Salt  domain.Digest
		Words string
	}
	openings := map[string]opening{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		var o opening
		require.NoError(t, json.Unmarshal(lines.Bytes(), &o))
		openings[o.Event.String()+o.Field] = o
	}
	require.Len(t, openings, r.Openings)
	require.NotZero(t, r.Openings)
	require.NotZero(t, r.Without, "somebody's words were erased")
	opened, without := 0, 0
	for e, err := range w.ledger.All(t.Context(), cursor) {
		require.NoError(t, err)
		f, err := e.Decode()
		require.NoError(t, err)
		for field, c := range domain.Commitments(f.Event) {
			o, ok := openings[f.ID.String()+field]
			if !ok {
				without++
				continue
			}
			require.Equal(t, c, domain.Commit(domain.Salt(o.Salt), o.Event, o.Field, []byte(o.Words)))
			opened++
		}
	}
	require.Equal(t, []int{r.Openings, r.Without}, []int{opened, without})

	// What is in the annex is not in the bundle.
	same, _ := export(t, w.source(), "bundle.zip")
	with, err := os.ReadFile(out)
	require.NoError(t, err)
	plain, err := os.ReadFile(same)
	require.NoError(t, err)
	require.True(t, bytes.Equal(plain, with))
	for _, o := range openings {
		require.NotContains(t, string(plain), o.Salt.String())
	}
}
