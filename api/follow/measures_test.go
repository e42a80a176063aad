package follow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore"
	"daybook.internal/readstore/live"
	"daybook.internal/readstore/storetest"
	"daybook.internal/replay"
	"daybook.internal/replay/verify/verifytest"
)

// TestMeasures: a client that listens to a document of a measure and reads it anew when it is told has what is computed, however the ledger grows; also one that was away meanwhile.
func TestMeasures(t *testing.T) {
	t.Parallel()
	records, memory, head := verifytest.Edition(t, verifytest.Small).Records, ledgertest.NewMemory(), 0
	more := func(n int) {
		for range n {
			r := records[head]
			_, err := memory.Append(t.Context(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
			require.NoError(t, err)
			head++
		}
	}
	more(len(records) / 2)
	figures := live.New(memory)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- figures.Run(ctx, nil) }()
	store := storetest.NewMemory() // which knows where dialogues take place
	require.NoError(t, readstore.NewProjector(ledgerOf(t, records), store, projections.All(), readstore.Options{}).CatchUp(ctx, nil))
	m := begin(7, func(o *Options) { o.Measures, o.Store = figures, store })
	s := httptest.NewServer(m.live)
	defer func() { m.stop(); s.Close(); cancel(); require.NoError(t, <-ended) }()

	_, err := figures.Await(ctx, uint64(head)-1)
	require.NoError(t, err)
	keys, _, err := figures.Keys(measures.Result)
	require.NoError(t, err)
	require.NotEmpty(t, keys)
	read := func(key string) string {
		d, _, err := figures.Get(ctx, measures.Result, key)
		require.NoError(t, err)
		return string(d.Data)
	}
	address := func(key string) string { return s.URL + "?view=result&key=" + url.QueryEscape(key) }
	settle := func() {
		require.Eventually(t, func() bool { return m.live.measures.known() >= uint64(head) }, 30*time.Second, time.Millisecond)
	}
	settle()
	whole := listen(t, ctx, s.URL+"?view=result&view=board")
	require.Equal(t, "position", whole.next().event)
	type reader struct {
		*client
		copied string
	}
	readers := map[string]*reader{}
	for _, key := range keys {
		readers[key] = &reader{client: listen(t, ctx, address(key))}
		require.Equal(t, heard{fmt.Sprint(head), "position", LiveEvent{Position: uint64(head)}}, readers[key].next())
		readers[key].copied = read(key)
	}
	const country = "BR" // which has fewer questions than are told one by one
	ofCountry := &reader{client: listen(t, ctx, s.URL+"?view=result&view=seating&country="+country)}
	require.Equal(t, "position", ofCountry.next().event)
	toldOf := map[string]bool{}
	changes, changesThere := 0, 0
	for _, step := range []int{1, 300, 1, 50} {
		before := map[string]string{}
		clear(toldOf)
		for _, key := range keys {
			before[key] = read(key)
		}
		more(step)
		settle()
		for _, key := range keys {
			now := read(key)
			if now == before[key] {
				continue
			}
			changes++
			if strings.HasSuffix(key, "/"+country) {
				changesThere++
				for !toldOf[key] { // it hangs where a change is not told
					for _, ref := range ofCountry.next().data.Changed {
						require.True(t, strings.HasSuffix(ref.Key, "/"+country) || ref.View == "seating", "%v is elsewhere", ref)
						toldOf[ref.Key] = true
					}
				}
			}
			for r := readers[key]; r.copied != now; r.copied = read(key) { // it hangs where a change is not told
				e := r.next()
				require.Equal(t, "changed", e.event)
				require.Equal(t, []LiveRef{{"result", key}}, e.data.Changed)
			}
		}
	}
	require.NotZero(t, changes, "a test of nothing")
	require.NotZero(t, changesThere, "a test of nothing")
	require.Equal(t, []LiveRef{{View: "board"}, {View: "result"}}, sorted(whole.next().data.Changed))

	// Who was away is told about what changed meanwhile, and about nothing else.
	d, _, err := figures.Get(ctx, measures.Result, keys[0])
	require.NoError(t, err)
	require.Equal(t, []LiveRef{{"result", keys[0]}}, listen(t, ctx, address(keys[0]), "Last-Event-ID", fmt.Sprint(d.At-1)).next().data.Changed)
	m.live.measures.mu.Lock()
	for _, s := range m.live.measures.stamps {
		require.Positive(t, s.users)
	}
	changed, known := m.live.measures.since(m.live.measures.topics[filter{views: "result", key: keys[0], measured: true}], d.At, nil)
	m.live.measures.mu.Unlock()
	require.True(t, known)
	require.Empty(t, changed)
	require.Equal(t, http.StatusBadRequest, listen(t, ctx, s.URL+"?view=board&country=FR").resp.StatusCode)
}

func sorted(refs []LiveRef) []LiveRef {
	if len(refs) == 2 && refs[0].View > refs[1].View {
		refs[0], refs[1] = refs[1], refs[0]
	}
	return refs
}

func ledgerOf(t *testing.T, records []domain.Record) *ledgertest.Memory {
	l := ledgertest.NewMemory()
	for _, r := range records {
		_, err := l.Append(t.Context(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
		require.NoError(t, err)
	}
	return l
}

// TestPlaces: keys tell to which country a document belongs as the document itself does, in all views that have countries here.
func TestPlaces(t *testing.T) {
	t.Parallel()
	l, store := ledgerOf(t, verifytest.Edition(t, verifytest.Small).Records), storetest.NewMemory()
	require.NoError(t, readstore.NewProjector(l, store, projections.All(), readstore.Options{}).CatchUp(t.Context(), nil))
	at, told := places{store: store}, map[string]int{}
	check := func(ref projections.Ref, data []byte) {
		if located[ref.View] == 0 {
			return
		}
		var d struct{ Place string }
		require.NoError(t, json.Unmarshal(data, &d))
		if d.Place == string(measures.World) && located[ref.View] != endsWithPlace {
			d.Place = ""
		}
		country, err := at.country(t.Context(), ref)
		require.NoError(t, err)
		if d.Place != "" || located[ref.View] == inDialogue {
			require.Equal(t, d.Place, country, "%v", ref)
		}
		if country != "" {
			told[ref.View]++
		}
	}
	for _, v := range projections.All() {
		for d, err := range store.List(t.Context(), v.Name, "", 0) {
			require.NoError(t, err)
			check(d.Ref, d.Data)
		}
	}
	state, err := live.At(t.Context(), l, replay.Head, nil)
	require.NoError(t, err)
	for _, v := range measures.All() {
		if located[v.Name] == 0 {
			continue
		}
		for _, key := range v.Keys(state) {
			d, err := v.Compute(state, key, nil)
			require.NoError(t, err)
			check(projections.Ref{View: v.Name, Key: key}, d.Data)
		}
	}
	for view := range located {
		require.NotZero(t, told[view], "%s: a test of nothing", view)
	}
}
