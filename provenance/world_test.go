package provenance_test

import (
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/provenance"
	"daybook.internal/replay"
	"daybook.internal/replay/verify/verifytest"
)

// told are events one after another, each in a stream of a dialogue.
type told struct {
	dialogue domain.DialogueID
	stream   domain.StreamID
	event    domain.Event
}

func recordsTold(t *testing.T, all []told) (records []domain.Record) {
	t.Helper()
	revisions := map[domain.StreamID]uint64{}
	for i, e := range all {
		actor := domain.Actor{Role: domain.NationalPartner, Principal: "l.wanjiru", Partner: "pt_ke"}
		switch e.event.(type) {
		case domain.StatementPosted:
			actor = domain.Actor{Role: domain.Participant, Principal: "somebody"}
		case domain.EditionOpened, domain.ProtocolFrozen, domain.SynthesisCompleted:
			actor = domain.Actor{Role: domain.Coordinator, Principal: "c.ordinator"}
		}
		meta, err := domain.EncodeMeta(domain.Meta{
			Source: "ed_1", Dialogue: e.dialogue, Time: domain.Time(1_000_000 + 1000*i), Actor: actor, Command: fmt.Sprint("c", i),
		})
		require.NoError(t, err)
		typ, data, err := domain.Encode(e.event)
		require.NoError(t, err)
		records = append(records, domain.Record{
			Seq: uint64(i), Stream: e.stream, Revision: revisions[e.stream], ID: domain.NewEventID(fmt.Sprint("c", i), e.stream, 0), Type: typ, Meta: meta, Data: data,
		})
		revisions[e.stream]++
	}
	return records
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
