package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/projections"
	"daybook.internal/replay"
	"daybook.internal/replay/verify"
)

// guarded refuses views that are not public, and also, to whoever has no token. Requests for anything else carry none that matters.
func guarded(h http.Handler, also string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest, isView := strings.CutPrefix(r.URL.Path, "/v1/views/")
		name, _, _ := strings.Cut(rest, "/")
		v, _ := projections.ByName(name)
		if isView && (!v.Public || name == also) && r.Header.Get("Authorization") != "Bearer eve's" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// Views that are not made for everybody are compared for whoever may see them. To others it is said that they were not.
func TestClosedViews(t *testing.T) {
	t.Parallel()
	var closed []string
	for _, v := range projections.All() {
		if !v.Public {
			closed = append(closed, v.Name)
		}
	}
	require.NotEmpty(t, closed)
	d := newDaybook(t)
	l := d.published(t)
	dir, policy := l.Published(t).Dir(t), file(t, []byte(l.Keys.PolicyText()))
	url := serves(t, guarded(d.handler, ""), dir)
	token, wrong := file(t, []byte("eve's\n")), file(t, []byte("mallory's"))

	compared := map[string]uint64{}
	for name, args := range map[string][]string{"nobody": nil, "eve": {"--token", token}} {
		out, code := said(t, append([]string{"verify", url, "--key", l.Keys.Key, "--policy", policy, "-o", "json"}, args...)...)
		var r verify.Report
		require.NoError(t, json.Unmarshal([]byte(out), &r), out)
		require.Equal(t, exitVerified, code, out)
		var noticed []string
		for _, n := range r.Notices {
			require.Equal(t, verify.NoticeClosed, n.Notice)
			noticed = append(noticed, n.Where)
		}
		out, code = said(t, append([]string{"replay", url, "-o", "json"}, args...)...)
		var again replay.Report
		require.NoError(t, json.Unmarshal([]byte(out), &again), out)
		require.Equal(t, exitVerified, code)
		if name == "eve" {
			require.Empty(t, noticed)
			require.Empty(t, again.Closed)
		} else {
			require.Equal(t, closed, noticed)
			require.Equal(t, closed, again.Closed)
		}
		require.Equal(t, again.Documents, r.Documents)
		compared[name] = r.Documents
	}
	require.Less(t, compared["nobody"], compared["eve"])
	out, code := said(t, "compare", url)
	require.Equal(t, exitVerified, code)
	require.Contains(t, out, "not compared, as they are not made for everybody: "+strings.Join(closed, ", "))

	for name, args := range map[string][]string{
		"a wrong token":            {"replay", url, "--token", wrong},
		"a public view is refused": {"replay", serves(t, guarded(d.handler, "country"), dir)},
	} {
		out, code := said(t, args...)
		require.Equal(t, exitUnknown, code, name)
		require.Contains(t, out, "401 Unauthorized", name)
	}
	out, code = said(t, "replay", "http://daybook.example", "--token", token)
	require.Equal(t, exitUnknown, code)
	require.Contains(t, out, "others could read the token")
}
