package simulate

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/vault"
)

// Whoever answers online signs, in words too, and nobody else does.
func TestOnlineSigns(t *testing.T) {
	t.Parallel()
	s := stores(t)
	run(t, s, Options{Seed: 7, Countries: 2, Citizens: MinCitizens, Online: 60})
	closed, words, again := 0, 0, 0
	for _, r := range records(t, s) {
		if r.Type != domain.TypeOf(domain.BallotCast{}) {
			continue
		}
		f, err := r.Decode()
		require.NoError(t, err)
		e := f.Event.(domain.BallotCast)
		require.NoError(t, e.Verify())
		person := e.Pseudonym != domain.TablePseudonym(e.Table)
		require.Equal(t, person && e.Channel == domain.OnlineChannel, e.Pseudonym.OfDevice(), "record %d", r.Seq)
		switch {
		case !e.Pseudonym.OfDevice():
			continue
		case e.Answer.Text != domain.Commitment{}:
			o, err := s.Vault.Open(t.Context(), vault.Place{Event: r.ID, Field: domain.AnswerField})
			require.NoError(t, err)
			require.Equal(t, e.Answer.Text, o.Commitment())
			words++
		default:
			closed++
		}
		if e.Revision > 1 {
			again++
		}
	}
	require.Positive(t, closed)
	require.Positive(t, words)
	require.Positive(t, again, "somebody thinks again, and signs again")
}
