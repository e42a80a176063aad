package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/access"
	"daybook.internal/api"
	"daybook.internal/domain"
)

// TestKeysAreListed: coordinators see all keys, whoever has one sees that one, and others, pages from elsewhere among them, see none; nothing of a secret is told.
func TestKeysAreListed(t *testing.T) {
	t.Parallel()
	g := newGate(t, nil)
	press, as, err := g.dir.AddKey("press", time.Now())
	require.NoError(t, err)
	_, archive, err := g.dir.AddKey("archive", time.Now())
	require.NoError(t, err)
	require.NoError(t, g.dir.RevokeKey(archive.ID))
	get := func(as string, headers ...string) answer {
		return g.get("/v1/apikeys", append(headers, "Authorization", as)...)
	}
	ada := g.token(one, coordinates)
	all := decode[api.KeyList](t, get(ada)).Keys
	require.Len(t, all, 2)
	for _, k := range all {
		require.Empty(t, k.LastUsed)
		require.Equal(t, k.ID == archive.ID, k.Revoked)
		require.Equal(t, map[string]string{as.ID: "press", archive.ID: "archive"}[k.ID], k.Name)
	}
	require.NotContains(t, string(get(ada).body), as.SHA256)
	require.Equal(t, "private, no-store", get(ada).Header.Get("Cache-Control"))
	own := decode[api.KeyList](t, get("Bearer "+press)).Keys
	require.Len(t, own, 1)
	require.Equal(t, as.ID, own[0].ID)
	require.Regexp(t, "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$", own[0].LastUsed)
	for _, grant := range []access.Grant{sits, counts, {Role: domain.Auditor, Edition: "ed_demo"}} {
		requireProblem(t, get(g.token(two, grant)), http.StatusForbidden, "forbidden")
	}
	requireProblem(t, g.get("/v1/apikeys"), http.StatusUnauthorized, "unauthenticated")
	requireProblem(t, newNode(t, nil).get("/v1/apikeys"), http.StatusNotFound, "not-found")
	requireProblem(t, get(ada, "Origin", "https://newsroom.example.org"), http.StatusForbidden, "other-origin")
}
