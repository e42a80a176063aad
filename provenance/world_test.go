package provenance_test

import (
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/provenance"
	"daybook.internal/replay"
	"daybook.internal/replay/verify/verifytest"
)

// told are events one after another.
type told verifytest.Told

// recordsTold are the records of a story: participants post, the national partner writes down the rest of a dialogue.
func recordsTold(t *testing.T, all []told) []domain.Record {
	return verifytest.Records(t, all, func(e domain.Event) domain.Actor {
		switch e.(type) {
		case domain.StatementPosted:
			return domain.Actor{Role: domain.Participant, Principal: "somebody"}
		case domain.EditionOpened, domain.ProtocolFrozen, domain.SynthesisCompleted:
			return domain.Actor{Role: domain.Coordinator, Principal: "c.ordinator"}
		}
		return domain.Actor{Role: domain.NationalPartner, Principal: "l.wanjiru", Partner: "pt_ke"}
	})
}

func source(records []domain.Record) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func indexed(t testing.TB, records []domain.Record) *provenance.Index {
	t.Helper()
	x := provenance.NewIndex()
	for _, r := range records {
		require.NoError(t, x.Take(r))
	}
	return x
}

func graph(t testing.TB, x *provenance.Index, id domain.RecommendationID, d provenance.Direction) *provenance.Graph {
	t.Helper()
	g, err := x.Graph(provenance.Query{Recommendation: id, Direction: d, At: replay.Head})
	require.NoError(t, err)
	return g
}

// edition are the records of a small synthetic edition, and its recommendations.
func edition(t *testing.T) (records []domain.Record, all []domain.RecommendationID) {
	t.Helper()
	records = verifytest.Edition(t, verifytest.Small).Records
	for _, r := range records {
		if r.Type != "recommendation-drafted.v1" {
			continue
		}
		f, err := r.Decode()
		require.NoError(t, err)
		all = append(all, f.Event.(domain.RecommendationDrafted).Recommendation)
	}
	require.NotEmpty(t, all)
	return records, all
}
