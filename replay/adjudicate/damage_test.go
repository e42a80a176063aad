package adjudicate_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/replay/adjudicate"
)

// damaged is a record in which some events are missing, doubled, moved or exchanged for others, and numbered again by somebody who takes care: each has the
// place in its stream, and most the id, that it needs.
func damaged(t *rapid.T, r record) record {
	facts := make([]domain.Fact, len(r))
	for i := range r {
		var err error
		facts[i], err = r[i].Decode()
		require.NoError(t, err)
	}
	for n := rapid.IntRange(1, 6).Draw(t, "how much"); n > 0; n-- {
		at := rapid.IntRange(0, len(facts)-1).Draw(t, "at")
		to := min(len(facts)-1, at+rapid.IntRange(0, 400).Draw(t, "to"))
		switch f := facts[at]; rapid.SampledFrom([]string{"drop", "double", "move", "other event", "other look", "other stream"}).Draw(t, "how") {
		case "drop":
			facts = slices.Delete(facts, at, at+1)
		case "double":
			f.Meta.Command += "+"
			facts = slices.Insert(facts, to, f)
		case "move":
			facts = slices.Insert(slices.Delete(facts, at, at+1), to, f)
		case "other event": // in the same stream
			if facts[at].Stream == facts[to].Stream || domain.TypeOf(facts[at].Event) == domain.TypeOf(facts[to].Event) {
				facts[at].Event, facts[to].Event = facts[to].Event, facts[at].Event
			}
		case "other look":
			facts[at].Meta.Observed = facts[to].Meta.Observed
		case "other stream":
			facts[at].Stream = facts[to].Stream
		}
	}
	out, revisions := make(record, len(facts)), map[domain.StreamID]uint64{}
	for i, f := range facts {
		typ, data, err := domain.Encode(f.Event)
		require.NoError(t, err)
		m, err := domain.EncodeMeta(f.Meta)
		require.NoError(t, err)
		out[i] = domain.Record{Seq: uint64(i), Stream: f.Stream, Revision: revisions[f.Stream], ID: domain.NewEventID(f.Meta.Command, f.Stream, 0), Type: typ, Meta: m, Data: data}
		revisions[f.Stream]++
	}
	return out
}

// However a record is damaged: what a court lets go of, and in how few words it keeps votes, changes no verdict.
func TestDamaged(t *testing.T) {
	t.Parallel()
	checks, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	require.NoError(t, err)
	runs, failing, found := max(5, checks/10), false, 0 // one in ten checks judges a whole record, three times
	rapid.Check(t, func(t *rapid.T) {
		r := damaged(t, tiny())
		if runs--; runs < 0 && !failing {
			return
		}
		was := failing
		failing = true // stays so where this one fails, so that smaller ones are looked for
		want := judged(t, adjudicate.Thorough(r, adjudicate.Options{}), r)
		require.Equal(t, want, judged(t, adjudicate.New(r, adjudicate.Options{}), r))
		require.Equal(t, want, judged(t, adjudicate.New(r, adjudicate.Options{Streams: 1 + len(want)}), r))
		failing, found = was, found+len(want)
	})
	require.NotZero(t, found)
}

func judged(t *rapid.T, c *adjudicate.Court, r record) (found []string) {
	for i := range r {
		f, err := r[i].Decode()
		require.NoError(t, err)
		if err := c.Judge(context.Background(), f); err != nil {
			require.IsType(t, &adjudicate.Violation{}, err)
			found = append(found, err.Error())
		}
	}
	return found
}

// What was counted at an earlier place is what a court counts that has seen no more.
func TestCountedEarlier(t *testing.T) {
	t.Parallel()
	r := tiny()
	facts := r.facts(t)
	rooms := map[domain.DialogueID]bool{}
	for _, f := range facts {
		if f.Meta.Dialogue != "" {
			rooms[f.Meta.Dialogue] = true
		}
	}
	then := adjudicate.New(r, adjudicate.Options{})
	known := map[string]adjudicate.Counted{}
	places := []uint64{}
	for i := range facts {
		if i%97 == 0 {
			places = append(places, uint64(i))
			for id := range rooms {
				c, ok, err := then.CountedAt(context.Background(), id, uint64(i))
				require.NoError(t, err)
				require.True(t, ok)
				known[fmt.Sprint(id, i)] = c
			}
		}
		require.NoError(t, then.Judge(context.Background(), facts[i]))
	}
	require.Greater(t, len(places), 10)
	for _, place := range places {
		for id := range rooms {
			c, ok, err := then.CountedAt(context.Background(), id, place)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, known[fmt.Sprint(id, place)], c, "%s at %d", id, place)
		}
	}
}

// A court keeps few streams where it is told to.
func TestBounded(t *testing.T) {
	t.Parallel()
	r := tiny()
	all, few := adjudicate.New(r, adjudicate.Options{}), adjudicate.New(r, adjudicate.Options{Streams: 8})
	require.Empty(t, verdicts(t, all, r))
	require.Empty(t, verdicts(t, few, r))
	require.Greater(t, all.Kept(), 200)
	require.LessOrEqual(t, few.Kept(), 8*20)
}

// A state that no decision leads to keeps no court from going on: an endorsement that was closed and never opened has no chambers to hold a decision against.
func TestWhatRulesCannotBeAppliedTo(t *testing.T) {
	t.Parallel()
	r := small()
	closed := first(t, r, func(domain.Fact, domain.EndorsementClosed) bool { return true })
	decided := first(t, r, func(f domain.Fact, _ domain.RecommendationDecided) bool { return f.Stream == closed.Stream })
	c := adjudicate.New(r, adjudicate.Options{})
	before := slices.IndexFunc(r, func(r domain.Record) bool { return r.Stream == closed.Stream }) + 1
	require.Empty(t, verdicts(t, c, r[:before]))
	closed.Seq, closed.Revision = uint64(before), 1
	decided.Seq, decided.Revision = uint64(before)+1, 2
	require.ErrorContains(t, c.Judge(context.Background(), closed), "phase-closed")
	require.ErrorContains(t, c.Judge(context.Background(), decided), "cannot be applied")
	next, err := r[before].Decode()
	require.NoError(t, err)
	next.Seq += 2
	if next.Stream == closed.Stream {
		next.Revision += 2
	}
	var v *adjudicate.Violation
	if err := c.Judge(context.Background(), next); err != nil {
		require.ErrorAs(t, err, &v, "and on it goes")
	}
}
