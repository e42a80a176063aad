package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/projections/measures"
	"daybook.internal/readstore/live"
	"daybook.internal/replay"
)

// measuring is a node whose measures follow its ledger.
func measuring(t *testing.T) *node {
	t.Helper()
	n := newNode(t, func(n *node) { n.Measures = live.New(n.memory) })
	n.follow(t)
	return n
}

// follow lets the measures follow the ledger, and waits until they have reached the end of the demo.
func (n *node) follow(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Measures.Run(ctx, nil) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	n.reach(end())
}

// reach waits until the measures rest on so many records.
func (n *node) reach(records uint64) {
	n.t.Helper()
	require.Eventually(n.t, func() bool {
		_, at, err := n.Measures.Keys(measures.Result)
		return err == nil && at >= records
	}, 20*time.Second, time.Millisecond)
}

func TestMeasures(t *testing.T) {
	t.Parallel()
	n := measuring(t)
	s, err := live.At(context.Background(), n.memory, replay.Head, nil)
	require.NoError(t, err)
	list := decode[struct {
		View      string `json:"view"`
		Version   int    `json:"version"`
		Position  uint64 `json:"position"`
		About     string `json:"about"`
		Documents []struct {
			Key      string `json:"key"`
			At       uint64 `json:"at"`
			Document any    `json:"document"`
		} `json:"documents"`
		Next string `json:"next"`
	}](t, n.get("/v1/views/result?limit=3"))
	named := decode[struct {
		Views    []any
		Measures []struct {
			View, About string
			Version     int
			Position    uint64
		}
	}](t, n.get("/v1/views")).Measures
	require.Len(t, named, len(measures.All()))
	for i, v := range measures.All() {
		require.Equal(t, v.Name, named[i].View)
		require.EqualValues(t, end(), named[i].Position)
	}
	keys := measures.Result.Keys(s)
	require.Len(t, list.Documents, 3)
	require.Equal(t, keys[0], list.Documents[0].Key)
	require.Contains(t, string(n.get(list.Next).body), fmt.Sprintf(`"documents":[{"key":%q`, keys[3]))
	require.Equal(t, http.StatusOK, n.get("/v1/views/result?after="+url.QueryEscape(keys[2])+"&limit=3").StatusCode)
	for _, key := range keys {
		want, err := measures.Result.Compute(s, key, nil)
		require.NoError(t, err)
		a := n.get(pathOf("result", key))
		require.Equal(t, string(want.Data), string(a.body))
		require.Equal(t, at("END"), a.Header.Get("Ledger-Position"))
		tag := a.Header.Get("ETag")
		require.Equal(t, fmt.Sprintf(`"%d-%d"`, measures.Result.Version, want.At), tag)
		require.Equal(t, http.StatusNotModified, n.get(pathOf("result", key), "If-None-Match", tag).StatusCode)
	}

	// At an earlier place the document is the one of then; where there was none, none.
	past, err := live.At(context.Background(), n.memory, end()-40, nil)
	require.NoError(t, err)
	key := measures.Result.Keys(past)[0]
	want, err := measures.Result.Compute(past, key, nil)
	require.NoError(t, err)
	a := n.get(pathOf("result", key) + fmt.Sprintf("?at=%d", end()-40))
	require.Equal(t, string(want.Data), string(a.body))
	require.Contains(t, a.Header.Get("Cache-Control"), "immutable")
	requireProblem(t, n.get(pathOf("result", key)+"?at=1"), http.StatusNotFound, "not-found")
	requireProblem(t, n.get("/v1/views/result/no/such/key"), http.StatusNotFound, "not-found")
	requireProblem(t, n.get("/v1/views/result?after=nothing"), http.StatusNotFound, "not-found")

	// What is committed is measured without being asked for.
	require.Equal(t, 201, n.post("add-artefact-version", "k1", `{"edition":"ed_demo","artefact":"ar_new","version":1,"kind":"script","sourceLang":"en","content":"64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525","wordingLocked":false,"author":"c"}`).StatusCode)
	n.reach(end() + 1)
	a = n.get(pathOf("result", key))
	require.Equal(t, at("NEXT"), a.Header.Get("Ledger-Position"))
	require.Equal(t, http.StatusNotModified, n.get(pathOf("result", key), "If-None-Match", a.Header.Get("ETag")).StatusCode)
}

func TestMeasuresBehind(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(n *node) { n.Measures = live.New(n.memory) })
	a := n.get("/v1/views/result")
	requireProblem(t, a, http.StatusServiceUnavailable, "not-ready")
	require.NotEmpty(t, a.Header.Get("Retry-After"))
	requireProblem(t, newNode(t, nil).get("/v1/views/result"), http.StatusNotFound, "not-found")
}
