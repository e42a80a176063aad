package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/readstore"
)

type page struct {
	View, About string
	Version     int
	Position    uint64
	Began       uint64
	Documents   []document
	Next        string
}

type document struct {
	Key      string
	At       uint64
	Document json.RawMessage
}

func TestPagesVisitEachDocumentOnce(t *testing.T) {
	t.Parallel()
	n := awkwardNode(t)
	want := map[string]string{}
	for d, err := range n.store.List(context.Background(), "lineage", "", 0) {
		require.NoError(t, err)
		want[d.Key] = string(d.Data)
	}
	require.Greater(t, len(want), len(awkward))
	for _, limit := range []int{1, 2, 7, len(want) - 1, len(want), 200} {
		got, pages, last := map[string]string{}, 0, ""
		for next := fmt.Sprintf("/v1/views/lineage?limit=%d", limit); next != ""; pages++ {
			a := n.get(next)
			p := decode[page](t, a)
			require.Equal(t, at("END"), a.Header.Get("Ledger-Position"))
			require.EqualValues(t, end(), p.Position)
			require.LessOrEqual(t, len(p.Documents), limit)
			require.NotEmpty(t, p.Documents)
			for _, d := range p.Documents {
				require.True(t, pages == 0 && last == "" || d.Key > last, "%q after %q", d.Key, last)
				last = d.Key
				got[d.Key] = string(d.Document)
			}
			next = p.Next
		}
		require.Equal(t, want, got, "byte for byte, limit %d", limit)
		require.Equal(t, (len(want)+limit-1)/limit, pages)
	}
}

func TestEventPages(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	type event struct {
		Seq, Revision    uint64
		Stream, ID, Type string
		Meta, Data       json.RawMessage
	}
	records := demo().records
	for _, limit := range []int{1, 50, 200} {
		seq := 0
		for next := fmt.Sprintf("/v1/events?limit=%d", limit); ; {
			p := decode[struct {
				Events []event
				Next   string
			}](t, n.get(next))
			if next = p.Next; len(p.Events) == 0 {
				break
			}
			for _, e := range p.Events {
				r := records[seq]
				require.Equal(t, event{r.Seq, r.Revision, string(r.Stream), r.ID.String(), r.Type, r.Meta, r.Data}, e)
				seq++
			}
		}
		require.Equal(t, len(records), seq)
	}
	a := n.get("/v1/events/36")
	require.Equal(t, string(records[36].Data), string(decode[event](t, a).Data))
	require.Contains(t, a.Header.Get("Cache-Control"), "immutable")
}

// Every ledger says no to places beyond its head; the one that is embedded, too.
func TestEventsBeyondTheHead(t *testing.T) {
	t.Parallel()
	l, err := ledgersqlite.Open(context.Background(), filepath.Join(t.TempDir(), "ledger.db"), ledgersqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	for _, r := range demo().records {
		_, err := l.Append(context.Background(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
		require.NoError(t, err)
	}
	for _, n := range []*node{newNode(t, nil), newNode(t, func(n *node) { n.Service.Ledger = l })} {
		for _, seq := range []string{at("END"), at("NEXT"), "9223372036854775807"} {
			requireProblem(t, n.get("/v1/events/"+seq), 404, "not-found")
		}
		for _, after := range []string{at("NEXT"), "9223372036854775807"} {
			requireProblem(t, n.get("/v1/events?after="+after), 400, "beyond-the-ledger")
		}
		require.Contains(t, string(n.get(at("/v1/events?after=END")).body), `{"events":[],`, "the end is a place")
		require.Contains(t, string(n.get(at("/v1/events/LAST")).body), at(`{"seq":LAST,`))
		require.Contains(t, string(n.get(at("/v1/events?after=LAST")).body), at(`[{"seq":LAST,`))
	}
}

// A page is of the place that it names, even where the view moves on between the two looks at the store.
func TestPagesNameTheirPlace(t *testing.T) {
	t.Parallel()
	var moving *mover
	n := newNode(t, func(n *node) {
		moving = &mover{Store: n.store, left: 3}
		n.Store = moving
	})
	p := decode[page](t, n.get("/v1/views/country"))
	require.EqualValues(t, end(), p.Position)
	require.Zero(t, moving.left)
	for _, d := range p.Documents {
		require.LessOrEqual(t, d.At, p.Position)
	}
	moving.left = 1000
	requireProblem(t, n.get("/v1/views/country"), 503, "moving")
}

// mover says of an earlier place that it is served, some times: another process has committed since.
type mover struct {
	readstore.Store
	left int
}

func (m *mover) Served(ctx context.Context, view string) (readstore.ViewVersion, ledger.Cursor, bool, error) {
	v, at, ok, err := m.Store.Served(ctx, view)
	if m.left > 0 {
		m.left--
		at.Seq = 100
	}
	return v, at, ok, err
}
