package commands

import (
	"context"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
)

func TestStatesAreBounded(t *testing.T) {
	t.Parallel()
	var c states
	const each = 1 << 10 // what a long stream weighs
	for i := range 20 * maxWeight / each {
		c.put(domain.StreamID(fmt.Sprint(i)), kept{state: domain.Ballot{}, ids: make([]domain.EventID, each-1)})
		c.get("0") // in use all the time
	}
	require.LessOrEqual(t, len(c.young)+len(c.old), 2*maxWeight/each+2)
	_, ok := c.get("0")
	require.True(t, ok, "what is in use is kept")
	_, ok = c.get("1")
	require.False(t, ok, "what is not in use is forgotten")

	c.put("0", kept{ids: make([]domain.EventID, 1)})
	k, _ := c.get("0")
	require.Len(t, k.ids, each-1, "a later fold is not replaced by an earlier one")
}

// counting tells how many records were read.
type counting struct {
	ledger.Ledger
	read *int
}

func (c counting) Stream(ctx context.Context, stream domain.StreamID, from uint64) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		for r, err := range c.Ledger.Stream(ctx, stream, from) {
			*c.read++
			if !yield(r, err) {
				return
			}
		}
	}
}

func TestLoadReadsWhatIsNew(t *testing.T) {
	t.Parallel()
	read := 0
	l := counting{ledgertest.NewMemory(), &read}
	meta := domain.Meta{Source: "ed_1", Time: 1, Actor: domain.Actor{Role: domain.Coordinator, Principal: "ada"}}
	stream := domain.ReactionsStream("c", "r")
	react := func(c *states, command string) (Receipt, error) {
		m := meta
		m.Command = command
		return executeWith(t.Context(), l, c, stream, m, func(r domain.Reactions) ([]domain.Event, error) {
			return r.Imported(domain.ReactionCast{Conversation: "c", Respondent: "r", Statement: "s", Value: domain.Agree})
		})
	}
	var ours, theirs states
	for i := range 20 {
		c := &ours
		if i%5 == 4 { // somebody else writes, too
			c = &theirs
		}
		r, err := react(c, fmt.Sprint(i))
		require.NoError(t, err)
		require.EqualValues(t, i+1, r.Version)
	}
	require.Equal(t, 4*4+3*1, read, "what was written here is known; what others wrote is read once")

	first, err := react(&ours, "3")
	require.NoError(t, err)
	require.EqualValues(t, 4, first.Version, "a command that stands in the known part is found again")
	h, err := load[domain.Reactions](t.Context(), l, &ours, stream, domain.EventID{})
	require.NoError(t, err)
	fresh, version, err := Load[domain.Reactions](t.Context(), l, stream)
	require.NoError(t, err)
	require.Equal(t, version, h.version)
	require.Equal(t, fresh, h.state)
}
