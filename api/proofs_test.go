package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/notary"
	"daybook.internal/notary/viewroots"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/replay"
)

// commits brings the views up and commits to them.
func (n *node) commits() domain.ViewsCommitted {
	n.t.Helper()
	c := viewroots.New(n.Service, n.store, projections.All())
	require.NoError(n.t, readstore.NewProjector(n.memory, n.store, projections.All(), readstore.Options{Watch: c.Watch}).CatchUp(context.Background(), nil))
	wrote, err := c.Commit(context.Background())
	require.NoError(n.t, err)
	require.True(n.t, wrote)
	n.catchUp()
	last, err := n.Service.LastCommitment(context.Background())
	require.NoError(n.t, err)
	return *last
}

// says adds an artefact, and so a document by its key.
func (n *node) says(key string) {
	n.t.Helper()
	require.Equal(n.t, 201, n.post("add-artefact-version", key, `{"edition":"ed_demo","artefact":"`+key+`","version":1,"kind":"script","sourceLang":"en","content":"64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525","wordingLocked":false,"author":"c"}`).StatusCode)
}

func (n *node) proof(path string) (notary.ViewProof, answer) {
	n.t.Helper()
	a := n.get(path)
	require.Equal(n.t, http.StatusOK, a.StatusCode, "%s: %s", path, a.body)
	p, err := notary.ParseViewProof(a.body)
	require.NoError(n.t, err)
	return p, a
}

var proofLink = regexp.MustCompile(`^<(/v1/proofs/views/[^>]*)>; rel="https://www.rfc-editor.org/rfc/rfc6962#section-2.1.1", </v1/events/(\d+)>; rel="via"$`)

// TestDocumentsAreProved: at a committed place, a document says where its proof is, and with it follows from an event of the record.
func TestDocumentsAreProved(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	first := n.commits()
	n.says("late one?")
	second := n.commits()
	require.Empty(t, n.get(fmt.Sprintf("/v1/views/country/FR?at=%d", first.Size-1)).Header.Get("Link"), "not a committed place")
	for _, c := range []domain.ViewsCommitted{second, first} {
		for _, v := range projections.All() {
			for d, err := range n.store.List(context.Background(), v.Name, "", 0) {
				require.NoError(t, err)
				a := n.get(fmt.Sprintf("%s?at=%d", pathOf(v.Name, d.Key), c.Size))
				link := proofLink.FindStringSubmatch(a.Header.Get("Link"))
				require.NotNil(t, link, a.Header.Get("Link"))
				p, proved := n.proof(link[1])
				require.Equal(t, link[2], fmt.Sprint(p.Event))
				require.Equal(t, c, n.committedBy(p.Event))
				present, err := p.Check(n.committedBy(p.Event))
				require.NoError(t, err)
				require.Equal(t, a.StatusCode == http.StatusOK, present, "%s %s", v.Name, d.Key)
				if present {
					require.Equal(t, string(a.body), p.Leaf.Document)
				}
				require.Contains(t, proved.Header.Get("Cache-Control"), "immutable")
				require.Equal(t, fmt.Sprint(c.Size), proved.Header.Get("Ledger-Position"))
			}
		}
	}
	p, a := n.proof("/v1/proofs/views/artefact/late%20one%3F")
	require.Equal(t, second.Size, p.Size, "the last place, where none is named")
	require.Equal(t, "no-cache", a.Header.Get("Cache-Control"))
	require.NotNil(t, p.Leaf)
	p, _ = n.proof("/v1/proofs/views/statement/" + url.PathEscape("dl_FR/nobody said this?"))
	present, err := p.Check(second)
	require.NoError(t, err)
	require.False(t, present)
	require.Equal(t, "dl_FR/nobody said this?", p.Key)
}

// committedBy is what an event commits to, as the API gives it.
func (n *node) committedBy(event uint64) domain.ViewsCommitted {
	n.t.Helper()
	var e struct {
		Type string          `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	require.NoError(n.t, json.Unmarshal(n.get(fmt.Sprintf("/v1/events/%d", event)).body, &e))
	c, err := domain.Decode(e.Type, e.Data)
	require.NoError(n.t, err)
	return c.(domain.ViewsCommitted)
}

func TestCommittedPlaces(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	list := func(path string) (sizes []uint64, next string) {
		var page struct {
			Committed []struct {
				Size, Event uint64
				Time        domain.Time
			}
			Next string
		}
		a := n.get(path)
		require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.body)
		require.NoError(t, json.Unmarshal(a.body, &page))
		for _, c := range page.Committed {
			require.Equal(t, c.Size, n.committedBy(c.Event).Size)
			require.NotZero(t, c.Time)
			sizes = append(sizes, c.Size)
		}
		return sizes, page.Next
	}
	sizes, next := list("/v1/proofs/views")
	require.Empty(t, sizes)
	require.Contains(t, string(n.get("/v1/proofs/views").body), `"committed":[]`)
	var want []uint64
	for i := range 3 {
		n.says(fmt.Sprint("later-", i))
		want = append(want, n.commits().Size)
	}
	sizes, next = list(next)
	require.Equal(t, want, sizes)
	sizes, _ = list(next)
	require.Empty(t, sizes, "there are no more yet")
	sizes, next = list("/v1/proofs/views?limit=2")
	require.Equal(t, want[:2], sizes)
	sizes, _ = list(next)
	require.Equal(t, want[2:], sizes)
}

func TestRefusedProofs(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	requireProblem(t, n.get("/v1/proofs/views/country/FR"), 404, "not-committed")
	c := n.commits()
	for path, want := range map[string]struct {
		status int
		name   string
	}{
		fmt.Sprintf("/v1/proofs/views/country/FR?at=%d", c.Size-1): {404, "not-committed"},
		fmt.Sprintf("/v1/proofs/views/country/FR?at=%d", c.Size+9): {404, "not-committed"},
		"/v1/proofs/views/country/FR?at=x":                         {400, "bad-request"},
		"/v1/proofs/views/opinions/FR":                             {404, "not-found"},
		"/v1/proofs/views?after=x":                                 {400, "bad-request"},
		"/v1/proofs/views?limit=0":                                 {400, "bad-request"},
	} {
		requireProblem(t, n.get(path), want.status, want.name)
	}
	// Somebody has committed to what the record does not say, and to a view that is not made here any more.
	n.says("late")
	n.catchUp()
	n.says("later")
	n.catchUp()
	size := uint64(0)
	for r, err := range replay.Records(context.Background(), n.memory) {
		require.NoError(t, err)
		size = r.Seq + 1
	}
	_, err := n.Service.CommitViews(context.Background(), domain.ViewsCommitted{Size: size - 1, Views: []domain.ViewRoot{
		{View: "conversation", Version: projections.Conversation.Version + 1, Count: 1, Root: domain.Digest{1}},
		{View: "country", Version: projections.Country.Version, Count: 1, Root: domain.Digest{1}},
	}})
	require.NoError(t, err)
	requireProblem(t, n.get(fmt.Sprintf("/v1/proofs/views/country/FR?at=%d", size-1)), 500, "damaged")
	requireProblem(t, n.get(fmt.Sprintf("/v1/proofs/views/conversation/dl_FR?at=%d", size-1)), 404, "other-version")
}
