package adjudicate_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/replay"
	"daybook.internal/replay/adjudicate"
)

// A forgery is one event that does not follow, at a place in an honest record.
type forgery struct {
	typ     string
	what    string
	finding string
	make    func(t testing.TB, r record) domain.Fact // Seq says where: what stands there and behind it is not judged
}

// instead changes the first event of a type that can be changed so, where it stands.
func instead[E domain.Event](finding, what string, change func(f *domain.Fact, e *E) bool) forgery {
	var of E
	return forgery{domain.TypeOf(of), what, finding, func(t testing.TB, r record) (forged domain.Fact) {
		first(t, r, func(f domain.Fact, e E) bool {
			forged = f
			ok := change(&forged, &e)
			forged.Event = e
			return ok
		})
		return moved(r, forged, forged.Stream)
	}}
}

// besides changes the first event of a type that can be changed so, and puts it behind itself.
func besides[E domain.Event](finding, what string, change func(f *domain.Fact, e *E) bool) forgery {
	return elsewhere(finding, what, func(_ record, seq uint64) uint64 { return seq + 1 }, change)
}

// late changes the first event of a type that can be changed so, and puts it at the end of the record.
func late[E domain.Event](finding, what string, change func(f *domain.Fact, e *E) bool) forgery {
	return elsewhere(finding, what, func(r record, _ uint64) uint64 { return uint64(len(r)) }, change)
}

func elsewhere[E domain.Event](finding, what string, to func(r record, seq uint64) uint64, change func(f *domain.Fact, e *E) bool) forgery {
	f := instead(finding, what, change)
	inner := f.make
	f.make = func(t testing.TB, r record) domain.Fact {
		forged := inner(t, r)
		forged.Seq, forged.Meta.Command = to(r, forged.Seq), "forged"
		return moved(r, forged, forged.Stream)
	}
	return f
}

// into changes the first event of a type, which then belongs into another stream.
func into[E domain.Event](finding, what string, change func(e *E) domain.StreamID) forgery {
	return instead(finding, what, func(f *domain.Fact, e *E) bool { f.Stream = change(e); return true })
}

// moved gives an event the place in a stream, and the id, that it has by rights where its Seq is.
func moved(r record, f domain.Fact, stream domain.StreamID) domain.Fact {
	f.Stream, f.Revision = stream, 0
	for _, have := range r[:f.Seq] {
		if have.Stream == stream {
			f.Revision++
		}
	}
	f.ID = domain.NewEventID(f.Meta.Command, f.Stream, 0)
	return f
}

// forged is the event as it would be read.
func (g forgery) forged(t *testing.T, r record) domain.Fact {
	f := g.make(t, r)
	typ, data, err := domain.Encode(f.Event)
	require.NoError(t, err)
	f.Event, err = domain.Decode(typ, data)
	require.NoError(t, err)
	if int(f.Seq) < len(r) {
		was, err := r[f.Seq].Decode()
		require.NoError(t, err)
		require.NotEqual(t, was, f, "%s %s: nothing is forged", g.typ, g.what)
	}
	return f
}

// home is which record has the events of a type.
func home(typ string) int {
	switch typ {
	case domain.TypeOf(domain.ImportRecorded{}):
		return 1
	case domain.TypeOf(domain.PoolSealed{}), domain.TypeOf(domain.DrawCommitted{}), domain.TypeOf(domain.DrawExecuted{}):
		return 2
	}
	return 0
}

// Every forgery is found, by its name, whatever was let go of; and the honest events around it follow.
func TestForgeries(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{0, 2} {
		for nth, r := range []record{small(), withImport(), walked()} {
			type made struct {
				forgery
				fact domain.Fact
			}
			at := map[uint64][]made{}
			for _, g := range forgeries() {
				if nth == home(g.typ) {
					f := g.forged(t, r)
					at[f.Seq] = append(at[f.Seq], made{g, f})
				}
			}
			require.NotEmpty(t, at)
			c := adjudicate.New(r, adjudicate.Options{Streams: limit})
			for seq, honest := range append(r.facts(t), domain.Fact{}) {
				for _, g := range at[uint64(seq)] {
					v, err := c.Hear(context.Background(), g.fact)
					require.NoError(t, err)
					require.NotNil(t, v, "%s %s follows", g.typ, g.what)
					require.Equal(t, g.finding, v.Finding, "%s: %v", g.what, v)
					require.Equal(t, g.typ, v.Type)
					require.NotEmpty(t, v.Detail)
				}
				if seq < len(r) {
					require.NoError(t, c.Judge(context.Background(), honest))
				}
			}
		}
	}
}

// Every event that there is, is forged once at least.
func TestEveryEventIsForged(t *testing.T) {
	t.Parallel()
	golden, err := filepath.Glob("../../domain/testdata/events/*.json")
	require.NoError(t, err)
	require.Greater(t, len(golden), 60)
	findings := map[string]bool{}
	for _, file := range golden {
		typ := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".json"), ".least")
		require.True(t, slices.ContainsFunc(forgeries(), func(g forgery) bool { return g.typ == typ }), "nobody forges %s", typ)
	}
	for _, g := range forgeries() {
		findings[g.finding] = true
	}
	for _, name := range []string{
		replay.Rule, replay.Unregistered, replay.DuplicateBallot, replay.BallotWindow, replay.BallotSignature, replay.TallyWrong, replay.SourceMissing, replay.Phase,
		replay.SortitionWrong, replay.ViewRoot,
	} {
		require.True(t, findings[name], "nothing is found under %s", name)
	}
}
