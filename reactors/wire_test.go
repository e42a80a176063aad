package reactors

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestWire holds a delivery against what receivers are written for: its method, headers and body, to the byte. They change under another name, or not at all.
func TestWire(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(&got, "%s %s\n", r.Method, r.URL.RequestURI())
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			fmt.Fprintf(&got, "%s: %s\n", name, r.Header[name])
		}
		fmt.Fprintln(&got)
		_, err := io.Copy(&got, r.Body)
		require.NoError(t, err)
		fmt.Fprintln(&got)
	}))
	defer s.Close()
	meta, err := domain.EncodeMeta(domain.Meta{
		Source: "ed_1", Dialogue: "dl_KE", Time: 1_700_000_000_000, Actor: domain.Actor{Role: domain.Participant, Principal: "p1"}, Command: "c1", Correlation: "room 3",
	})
	require.NoError(t, err)
	e := ledger.Entry{Record: domain.Record{Seq: 1207, Stream: domain.StreamName("reaction", "dl_KE", "p1"), Revision: 4, ID: domain.NewEventID("c1", "s", 0), Type: "reaction-cast.v1",
		Meta: meta, Data: []byte(`{"conversation":"dl_KE","statement":"1"}`)}}
	at, err := url.Parse(s.URL + "/hook?key=1")
	require.NoError(t, err)
	w := newWebhook(at, []Secret{testSecret(t)}, loopback, nil, 0, time.Minute, time.Minute)
	w.now = func() time.Time { return time.Unix(1_700_000_001, 0) }
	require.NoError(t, w.deliver(t.Context(), e, leafOf(e)))
	const golden = "testdata/delivery.txt"
	if *update {
		require.NoError(t, os.WriteFile(golden, got.Bytes(), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String())
}
