package simulate

import (
	"context"
	"iter"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/replay"
)

// TestEmergence walks from every global recommendation down to the tables: it stands on worksheets or reconciled results of as many countries as the
// frozen protocol asks for. And no national recommendation is lost on the way up: an output stands on it, or the synthesis says why none does.
func TestEmergence(t *testing.T) {
	t.Parallel()
	s := stores(t)
	run(t, s, small)
	all := records(t, s)
	var protocol domain.ProtocolFrozen
	places := map[domain.DialogueID]domain.Place{}
	recommendations := map[domain.StreamID]domain.RecommendationState{}
	levels := map[domain.RecommendationID]domain.Level{}
	var synthesis domain.SynthesisCompleted
	for _, r := range all {
		f, err := r.Decode()
		require.NoError(t, err)
		switch e := f.Event.(type) {
		case domain.ProtocolFrozen:
			protocol = e
		case domain.DialogueRegistered:
			places[e.Dialogue] = e.Place
		case domain.RecommendationDrafted:
			levels[e.Recommendation] = e.Level
		case domain.SynthesisCompleted:
			synthesis = e
		}
		if st := recommendations[r.Stream].Evolve(f.Event); st.Version() > 0 {
			recommendations[r.Stream] = st
		}
	}
	least, err := strconv.Atoi(protocol.Thresholds[domain.MinCountries].String())
	require.NoError(t, err)
	require.Greater(t, least, 1, "the protocol asks for more than one country")

	global := 0
	for id, level := range levels {
		if level != domain.GlobalLevel {
			continue
		}
		global++
		reached := map[domain.Place]bool{}
		for step, err := range replay.Trace(t.Context(), func() iter.Seq2[domain.Record, error] { return replay.Records(context.Background(), s.Ledger) }, id) {
			require.NoError(t, err)
			switch step.Event.(type) {
			case domain.TableOutputRecorded, domain.TallyReconciled:
				reached[places[step.Meta.Dialogue]] = true
			}
		}
		delete(reached, "")
		require.GreaterOrEqual(t, len(reached), least, "%s stands on what is said in these countries: %v", id, reached)
	}
	require.Positive(t, global)

	used := map[domain.StreamID]bool{}
	for todo := streamsOf(synthesis.Outputs); len(todo) > 0; todo = todo[1:] {
		for _, source := range recommendations[todo[0]].Sources() {
			if !used[source.Ref.Stream] {
				used[source.Ref.Stream] = true
				todo = append(todo, source.Ref.Stream)
			}
		}
	}
	unused := map[domain.RecommendationID]string{}
	for _, u := range synthesis.Unused {
		for _, id := range u.Recommendations {
			unused[id] = u.ReasonCode
		}
	}
	adopted := 0
	for id, level := range levels {
		stream := domain.RecommendationStream(id)
		if level != domain.NationalLevel || recommendations[stream].Decided() != domain.Adopted {
			continue
		}
		adopted++
		require.NotEqual(t, used[stream], unused[id] != "", "%s is used by an output, or there is a reason why not", id)
	}
	require.Positive(t, adopted)
	require.NotEmpty(t, unused)
}

func streamsOf(ids []domain.RecommendationID) (streams []domain.StreamID) {
	for _, id := range ids {
		streams = append(streams, domain.RecommendationStream(id))
	}
	return streams
}
