package api

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/api/edge"
)

// TestClasses says what sort of work each request is: what waits for others, or for long, holds no slot of what is quick.
func TestClasses(t *testing.T) {
	t.Parallel()
	of := classes{"groups": true}
	for _, c := range []struct {
		method, target, accept string
		want                   edge.Class
	}{
		{"GET", "/livez", "", edge.Free},
		{"GET", "/v1/live?view=country", "text/event-stream", edge.Free},
		{"GET", "/v1/events?after=7&wait=20s", "", edge.Free},
		{"GET", "/v1/events?after=7", "", edge.Read},
		{"GET", "/v1/views/country/FR?wait=1s", "", edge.Read},
		{"GET", "/v1/views/country/FR", "", edge.Read},
		{"HEAD", "/v1/views/country/FR", "application/json", edge.Read},
		{"GET", "/v1/views/country/FR?at=7", "", edge.Heavy},
		{"GET", "/v1/views/country?format=csv", "", edge.Heavy},
		{"GET", "/v1/views/country", "text/csv", edge.Heavy},
		{"GET", "/v1/views/statement?country=FR", "", edge.Heavy},
		{"GET", "/v1/views/groups/x", "", edge.Heavy},
		{"GET", "/v1/proofs/inclusion/7", "", edge.Heavy},
		{"GET", "/v1/receipts/7", "", edge.Heavy},
		{"GET", "/v1/recommendations/r/provenance", "", edge.Heavy},
		{"GET", "/log/tile/0/000", "", edge.Read},
		{"POST", "/v1/commands/cast-ballot", "", edge.Command},
		{"POST", "/v1/webhooks", "", edge.Command},
		{"DELETE", "/v1/webhooks/x", "", edge.Command},
		{"POST", "/v1/commands?atomic=true", "", edge.File},
		{"POST", "/livez", "", edge.Command},
	} {
		r := httptest.NewRequest(c.method, c.target, http.NoBody)
		r.Header.Set("Accept", c.accept)
		require.Equal(t, c.want, of.class(r), "%s %s", c.method, c.target)
	}
}
